/* SPDX-License-Identifier: Apache-2.0 */
/* Link headers: what is found lies between the angle brackets of the header, and is found
 * wherever a well-formed link stands in front. */
#include <core/link.h>

#include <base/arena.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>

#define FIRST "<urn:first>; rel=\"" LINK_CONTEXT_REL "\""

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena a = {.cap = 16 << 20};
	const char *value = arena_strndup(&a, (const char *)data, size);
	const char *url = link_context(value, &a), *at;

	if (url != NULL) {
		assert(strchr(url, '>') == NULL);
		at = strstr(value, arena_printf(&a, "<%s>", url));
		assert(at != NULL);
		assert(strcasestr(at, LINK_CONTEXT_REL) != NULL);
	}
	url = link_context(arena_printf(&a, FIRST ", %s", value), &a);
	assert(url != NULL && strcmp(url, "urn:first") == 0);
	return 0;
}
