/* SPDX-License-Identifier: Apache-2.0 */
/* The language filter: refused with a reason, or ranges that choose from any map. */
#include <core/render.h>

#include <base/arena.h>
#include <base/err.h>

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char map[] = "{\"fr\":\"a\",\"fr-CH\":\"b\",\"en-GB\":\"c\",\"@none\":\"d\","
			  "\"zh-Hant\":\"e\"}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena a = {.cap = 16 << 20};
	struct lang *lang = NULL;
	struct err err = {0};
	int rc;

	rc = lang_parse(arena_strndup(&a, (const char *)data, size), &a, &lang, &err);
	assert((rc == 0) == (lang != NULL));
	assert((rc == 0) == (err.kind == ERR_NONE));
	if (rc < 0)
		return 0;
	for (size_t i = 0; i < lang->len; i++)
		assert(strlen(lang->ranges[i]) > 0);
	assert(lang_choose(lang, jn_parse_trusted(map, sizeof(map) - 1, &a)) != NULL);
	return 0;
}
