/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever the bytes: jn_parse() keeps the contract of errors; what it accepts is written
 * as it was read, is equal to its copies, and decodes to UTF-8 without U+0000.
 */
#include <base/arena.h>
#include <base/err.h>
#include <base/iri.h>
#include <base/jn.h>
#include <base/strbuf.h>

#include <assert.h>
#include <math.h>

#define ARENA_CAP ((size_t)256 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_string(const char *s, size_t len)
{
	assert(utf8_valid(s, len));
	assert(memchr(s, '\0', len) == NULL);
}

static void check_tree(const struct jn *v, struct arena *a)
{
	const struct jn *last = NULL;
	const char *s;
	uint32_t n = 0;
	size_t len;

	assert(v != NULL);
	if (jn_is(v, JN_STRING)) {
		s = jn_span(v, a, &len);
		check_string(s, len);
		assert(jn_equal(v, jn_stringn(a, s, len)));
	}
	if (jn_is(v, JN_NUMBER))
		assert(!isnan(jn_number(v)));
	jn_each (child, v) {
		assert((child->key != NULL) == (v->kind == JN_OBJECT));
		if (child->key != NULL)
			check_string(child->key, child->key_len);
		check_tree(child, a);
		last = child;
		n++;
	}
	assert(v->count == n && v->last == last);
}

static void check_writing(const struct jn *v, struct arena *a)
{
	auto_strbuf first = {0}, second = {0};
	struct jn *back = NULL;
	struct err err = {0};
	int rc;

	jn_write(&first, v);
	rc = jn_parse(first.data, first.len, JN_LIMITS, a, &back, &err);
	assert(rc == 0);
	assert(jn_equal(v, back) && jn_equal(back, jn_copy(a, v)));
	jn_write(&second, jn_parse_trusted(first.data, first.len, a));
	assert(first.len == second.len &&
		memcmp(first.data, second.data, first.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena a = {.cap = ARENA_CAP};
	const char *text = (const char *)data;
	struct err err = {0};
	struct jn *v = NULL;
	int rc = jn_parse(text, size, JN_LIMITS, &a, &v, &err);

	assert((rc == 0) == (v != NULL));
	assert((rc == 0) == (err.kind == ERR_NONE));
	if (rc < 0) {
		assert(err.kind == ERR_INVALID_REQUEST || err.kind == ERR_TOO_LARGE);
		assert(err.detail[0] != '\0' &&
			utf8_valid(err.detail, strlen(err.detail)));
		(void)jn_parse_trusted(text, size, &a);
		return 0;
	}
	check_tree(v, &a);
	check_writing(v, &a);
	return 0;
}
