/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns (idPattern, ~=): the first line is the pattern, the rest is what it is tried
 * on.  What the rewriter lets pass, PCRE2 must compile. */
#include <core/pattern.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/iri.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena a = {.cap = 64 << 20};
	const char *text = (const char *)data, *line;
	struct pattern *p = NULL;
	struct err err = {0};
	size_t len;
	int rc;

	if (!utf8_valid(text, size) || (size > 0 && memchr(text, '\0', size) != NULL))
		return 0;
	line = size > 0 ? memchr(text, '\n', size) : NULL;
	len = line == NULL ? size : (size_t)(line - text);
	rc = pattern_parse(text, len, "q", 0, &a, &p, &err);
	assert((rc == 0) == (p != NULL));
	assert((rc == 0) == (err.kind == ERR_NONE));
	if (rc == 0 && line != NULL)
		(void)pattern_matches(p, line + 1, size - len - 1, &a);
	if (rc == 0)
		(void)pattern_matches(p, text, size, &a);
	return 0;
}
