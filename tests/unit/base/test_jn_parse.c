/* SPDX-License-Identifier: Apache-2.0 */
#include <base/jn.h>

#include <base/arena.h>
#include <base/err.h>

#include <suite.h>

#include <stdio.h>

static const struct {
	const char *text;
	const char *back; /* how it is written; NULL: as it was read */
} good[] = {
	{"null", NULL},
	{"true", NULL},
	{"false", NULL},
	{"0", NULL},
	{"-0", NULL},
	{"-12.50e+07", NULL},
	{"1E400", NULL},
	{"123456789012345678901234567890", NULL},
	{"\"\"", NULL},
	{"\"\xc3\xa9\xf0\x9f\x8c\x8a\"", NULL},
	{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83C\\udf0a\"", NULL},
	{"\"\x7f\"", NULL},
	{"[]", NULL},
	{"{}", NULL},
	{"[[],{},[[]]]", NULL},
	{"{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":\"e\"}", NULL},
	{" \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : { } }\n", "{\"a\":[1,2],\"b\":{}}"},
	{"\xef\xbb\xbf[1]", "[1]"},
	{"{\"\":1}", NULL},
	{"{\"\\u0061\":1}", "{\"a\":1}"},
	{"{\"a\\nb\":1,\"a\\\"b\":2}", NULL},
	{"{\"a\":1,\"A\":2,\"a \":3}", NULL},
};

/* From a buffer of exactly the text's size, so that AddressSanitizer sees any overrun. */
START_TEST(reads)
{
	const char *back = good[_i].back != NULL ? good[_i].back : good[_i].text;
	size_t len = strlen(good[_i].text);
	char *text = memcpy(malloc(len), good[_i].text, len);
	struct err err = {0};
	struct jn *v = NULL;
	auto_arena a = {0};

	ck_assert_int_eq(jn_parse(text, len, JN_LIMITS, &a, &v, &err), 0);
	ck_assert_int_eq(err.kind, ERR_NONE);
	ck_assert_str_eq(jn_text(v, &a), back);
	if (memcmp(text, "\xef", 1) != 0) {
		v = jn_parse_trusted(text, len, &a);
		ck_assert_str_eq(jn_text(v, &a), back);
	}
	free(text);
}
END_TEST

#define AT(offset, line, column)                                                         \
	" at offset " #offset " (line " #line ", column " #column ")"
#define COMMA  "; no comma stands after the last one"
#define QUOTES "; JSON has straight double quotes only: \""
#define WORDS  "; JSON knows true, false and null, in small letters"
#define END    ", where the text ends"

static const struct {
	const char *text, *says;
} bad[] = {
	{"", "expected a value" AT(0, 1, 1) END},
	{" \n ", "expected a value" AT(3, 2, 2) END},
	{"nul", "expected a value" AT(0, 1, 1)},
	{"NaN", "expected a value" AT(0, 1, 1) WORDS},
	{"[True]", "expected a value" AT(1, 1, 2) WORDS},
	{"'a'", "expected a value" AT(0, 1, 1) QUOTES},
	{"{'a': 1}", "expected a key in quotes" AT(1, 1, 2) QUOTES},
	{"{\xe2\x80\x9c"
	 "a\xe2\x80\x9d: 1}",
		"expected a key in quotes" AT(1, 1, 2) QUOTES},
	{"[1, // one\n2]", "expected a value" AT(4, 1, 5) "; JSON has no comments"},
	{"[1,]", "expected a value" AT(3, 1, 4) COMMA},
	{"[1,\n]", "expected a value" AT(4, 2, 1) COMMA},
	{"[,1]", "expected a value" AT(1, 1, 2)},
	{"[1 2]", "expected ',' or ']'" AT(3, 1, 4)},
	{"[1}", "expected ',' or ']'" AT(2, 1, 3)},
	{"[", "expected a value" AT(1, 1, 2) END},
	{"[1", "expected ',' or ']'" AT(2, 1, 3) END},
	{"]", "expected a value" AT(0, 1, 1)},
	{"{", "expected a key in quotes" AT(1, 1, 2) END},
	{"{]", "expected a key in quotes" AT(1, 1, 2)},
	{"{a:1}", "expected a key in quotes" AT(1, 1, 2)},
	{"{1:1}", "expected a key in quotes" AT(1, 1, 2)},
	{"{\"a\":1,}", "expected a key in quotes" AT(7, 1, 8) COMMA},
	{"{\"a\"}", "expected ':'" AT(4, 1, 5)},
	{"{\"a\"", "expected ':'" AT(4, 1, 5) END},
	{"{\"a\":}", "expected a value" AT(5, 1, 6)},
	{"{\"a\":1", "expected ',' or '}'" AT(6, 1, 7) END},
	{"{\"a\":1 \"b\":2}", "expected ',' or '}'" AT(7, 1, 8)},
	{"{\n  \"a\": 1\n  \"b\": 2\n}", "expected ',' or '}'" AT(13, 3, 3)},
	{"[\"\xc3\xa9\xc3\xa9\" x]", "expected ',' or ']'" AT(8, 1, 7)},
	{"\xef\xbb\xbf[x]", "expected a value" AT(4, 1, 2)},
	{"1 1", "expected the end of the text" AT(2, 1, 3)},
	{"{}}", "expected the end of the text" AT(2, 1, 3)},
	{"01", "expected the end of the text" AT(1, 1, 2)},
	{"-", "expected a digit" AT(1, 1, 2) END},
	{"-a", "expected a digit" AT(1, 1, 2)},
	{"+1", "expected a value" AT(0, 1, 1)},
	{".5", "expected a value" AT(0, 1, 1)},
	{"1.", "expected a digit" AT(2, 1, 3) END},
	{"[1.e5]", "expected a digit" AT(3, 1, 4)},
	{"1e", "expected a digit" AT(2, 1, 3) END},
	{"[1e+]", "expected a digit" AT(4, 1, 5)},
	{"0x10", "expected the end of the text" AT(1, 1, 2)},
	{"[1e1000]", "number out of range" AT(1, 1, 2)},
	{"[-0.5e-16384]", "number out of range" AT(1, 1, 2)},
	{"[\"abc]", "string without closing '\"'" AT(1, 1, 2)},
	{"\"", "string without closing '\"'" AT(0, 1, 1)},
	{"[\"abc\\", "malformed escape" AT(5, 1, 6)},
	{"[\"\\x41\"]", "malformed escape" AT(2, 1, 3)},
	{"[\"\\u12g4\"]",
		"malformed escape: expected four hexadecimal digits" AT(2, 1, 3)},
	{"[\"\\u12", "malformed escape: expected four hexadecimal digits" AT(2, 1, 3)},
	{"[\"a\\u0000\"]", "\\u0000 cannot be stored" AT(3, 1, 4)},
	{"[\"\\ud83c\"]", "half of a surrogate pair" AT(2, 1, 3)},
	{"[\"\\ud83c\\u0041\"]", "half of a surrogate pair" AT(2, 1, 3)},
	{"[\"\\udf0a\"]", "half of a surrogate pair" AT(2, 1, 3)},
	{"[\"\\ud83c\\ud83c\"]", "half of a surrogate pair" AT(2, 1, 3)},
	{"[\"a\nb\"]", "control character in a string" AT(3, 1, 4)},
	{"[\"a\x1f\"]", "control character in a string" AT(3, 1, 4)},
	{"[1,\"a\xff\"]", "invalid UTF-8 in the string" AT(3, 1, 4)},
	{"[\"\\n\xed\xa0\x80\"]", "invalid UTF-8 in the string" AT(1, 1, 2)},
	{"[\"0123456789abcdef0123\xc3\"]", "invalid UTF-8 in the string" AT(1, 1, 2)},
	{"{\"\xc0\x80\":1}", "invalid UTF-8 in the string" AT(1, 1, 2)},
	{"{\"a\":1,\"a\":2}", "duplicate key at /a"},
	{"{\"a\":1,\"\\u0061\":2}", "duplicate key at /a"},
	{"{\"\":1,\"\":2}", "duplicate key at /"},
	{"{\"x\":[0,{\"b\":{},\"a/~\":1,\"a/~\":1}]}", "duplicate key at /x/1/a~1~0"},
	{"[0,1,2,3,4,5,6,7,8,9,{\"a\":1,\"a\":1}]", "duplicate key at /10/a"},
	{"[[],[{\"k\":{\"v\":1,\"w\":1,\"v\":1}}]]", "duplicate key at /1/0/k/v"},
};

START_TEST(says_where_and_what)
{
	size_t len = strlen(bad[_i].text);
	char *text = memcpy(malloc(len + (len == 0)), bad[_i].text, len);
	struct err err = {0};
	struct jn *v = NULL;
	auto_arena a = {0};

	ck_assert_int_eq(jn_parse(text, len, JN_LIMITS, &a, &v, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID_REQUEST);
	ck_assert_str_eq(err.detail, bad[_i].says);
	ck_assert_ptr_null(v);
	if (strstr(bad[_i].says, "UTF-8") == NULL &&
		strstr(bad[_i].says, "duplicate") == NULL)
		ck_assert_ptr_null(jn_parse_trusted(text, len, &a));
	else
		ck_assert_ptr_nonnull(jn_parse_trusted(text, len, &a));
	free(text);
}
END_TEST

START_TEST(refuses_a_raw_nul)
{
	struct err err = {0};
	struct jn *v = NULL;
	auto_arena a = {0};

	ck_assert_int_eq(jn_parse("[\"a\0\"]", 6, JN_LIMITS, &a, &v, &err), -1);
	ck_assert_str_eq(err.detail, "control character in a string" AT(3, 1, 4));
	err_clear(&err);
	ck_assert_int_eq(jn_parse("1\0", 2, JN_LIMITS, &a, &v, &err), -1);
	ck_assert_str_eq(err.detail, "expected the end of the text" AT(1, 1, 2));
	err_clear(&err);
	ck_assert_int_eq(jn_parse("\"\\\0\"", 4, JN_LIMITS, &a, &v, &err), -1);
	ck_assert_str_eq(err.detail, "malformed escape" AT(1, 1, 2));
}
END_TEST

START_TEST(bounds_the_depth)
{
	struct err err = {0};
	struct jn *v = NULL;
	auto_arena a = {0};
	char text[2000];

	memset(text, '[', 64);
	memset(text + 64, ']', 64);
	ck_assert_int_eq(jn_parse(text, 128, JN_LIMITS, &a, &v, &err), 0);
	v = NULL;
	memset(text, '[', 65);
	memset(text + 65, ']', 65);
	ck_assert_int_eq(jn_parse(text, 130, JN_LIMITS, &a, &v, &err), -1);
	ck_assert_str_eq(err.detail, "nested more than 64 deep" AT(64, 1, 65));
	ck_assert_ptr_null(v);
	ck_assert_ptr_nonnull(jn_parse_trusted(text, 130, &a));
	memset(text, '[', 1000);
	memset(text + 1000, ']', 1000);
	ck_assert_ptr_null(jn_parse_trusted(text, 2000, &a));
	err_clear(&err);
	ck_assert_int_eq(jn_parse("[1]", 3, (struct jn_limits){0}, &a, &v, &err), -1);
	ck_assert_int_eq(jn_parse("1", 1, (struct jn_limits){0}, &a, &v, &err), 0);
}
END_TEST

START_TEST(bounds_the_number_of_values)
{
	struct jn_limits limits = {.max_depth = 64, .max_nodes = 4};
	struct err err = {0};
	struct jn *v = NULL;
	auto_arena a = {0};

	ck_assert_int_eq(jn_parse("[1,{\"a\":2}]", 11, limits, &a, &v, &err), 0);
	v = NULL;
	ck_assert_int_eq(jn_parse("[1,{\"a\":2},3]", 13, limits, &a, &v, &err), -1);
	ck_assert_int_eq(err.kind, ERR_TOO_LARGE);
	ck_assert_str_eq(
		err.detail, "JSON of more than 4 values; send it in several requests");
	ck_assert_ptr_null(v);
	err_clear(&err);
	limits.max_nodes = 0;
	ck_assert_int_eq(jn_parse("[1,2,3,4,5]", 11, limits, &a, &v, &err), 0);
}
END_TEST

/* One twin among n members, at any place: small objects and large ones. */
START_TEST(finds_every_twin)
{
	static const int sizes[] = {2, 3, 15, 16, 17, 18, 100, 5000};
	int n = sizes[_i], step = n > 100 ? 499 : n > 20 ? 13 : 1;

	for (int first = 0; first < n; first += step) {
		for (int second = first; second < n; second += step) {
			auto_arena a = {0};
			char *text = arena_raw(&a, (size_t)n * 12 + 3), *p = text,
			     says[40];
			struct err err = {0};
			struct jn *v = NULL;

			*p++ = '{';
			for (int i = 0; i < n; i++)
				p += sprintf(p, "%s\"k%d\":1", i > 0 ? "," : "",
					i == second ? first : i);
			*p++ = '}';
			if (first == second) {
				ck_assert_int_eq(jn_parse(text, (size_t)(p - text),
							 JN_LIMITS, &a, &v, &err),
					0);
				ck_assert_uint_eq(v->count, (unsigned)n);
				continue;
			}
			(void)sprintf(says, "duplicate key at /k%d", first);
			ck_assert_int_eq(jn_parse(text, (size_t)(p - text), JN_LIMITS, &a,
						 &v, &err),
				-1);
			ck_assert_str_eq(err.detail, says);
		}
	}
}
END_TEST

/* A pointer as long as it can get neither overflows nor hides the error. */
START_TEST(shortens_long_pointers)
{
	struct err err = {0};
	struct jn *v = NULL;
	auto_arena a = {0};
	char text[8000], *p = text;

	for (int i = 0; i < 60; i++)
		p += sprintf(p,
			"{\"~/~/~/~/~/~/~/~/~/~/~/~/~/~/~/~/~/~/~/~/~/~/~/~/~/~/~/~%d\":",
			i);
	p += sprintf(p, "{\"a\":1,\"a\":1}");
	ck_assert_int_eq(jn_parse(text, (size_t)(p - text), JN_LIMITS, &a, &v, &err), -1);
	ck_assert_int_eq(strncmp(err.detail, "duplicate key at /~0~1~0", 24), 0);
	ck_assert_uint_lt(strlen(err.detail), 200);
}
END_TEST

/* Special bytes at every distance from the 16 bytes that are looked at at once. */
START_TEST(sees_every_byte_of_a_string)
{
	for (size_t len = 1; len < 40; len++) {
		for (size_t at = 0; at < len; at++) {
			auto_arena a = {0};
			char *text = malloc(len + 2);
			struct err err = {0};
			struct jn *v = NULL;

			memset(text, 'x', len + 2);
			text[0] = text[len + 1] = '"';
			ck_assert_int_eq(
				jn_parse(text, len + 2, JN_LIMITS, &a, &v, &err), 0);
			ck_assert_uint_eq(v->len, len);
			ck_assert(!v->escaped);
			text[at + 1] = '\x01';
			ck_assert_int_eq(
				jn_parse(text, len + 2, JN_LIMITS, &a, &v, &err), -1);
			text[at + 1] = '\x80';
			ck_assert_int_eq(
				jn_parse(text, len + 2, JN_LIMITS, &a, &v, &err), -1);
			text[at + 1] = '"';
			ck_assert_int_eq(
				jn_parse(text, len + 2, JN_LIMITS, &a, &v, &err), -1);
			text[at + 1] = '\\';
			ck_assert_int_eq(
				jn_parse(text, len + 2, JN_LIMITS, &a, &v, &err), -1);
			free(text);
		}
	}
}
END_TEST

START_TEST(borrows_the_text)
{
	static const char text[] = "{\"key\":\"value\",\"n\":12}";
	struct err err = {0};
	struct jn *v = NULL;
	auto_arena a = {0};

	ck_assert_int_eq(jn_parse(text, strlen(text), JN_LIMITS, &a, &v, &err), 0);
	ck_assert_ptr_eq(v->child->key, text + 2);
	ck_assert_ptr_eq(v->child->text, text + 8);
	ck_assert_ptr_eq(v->last->text, text + 19);
	ck_assert_uint_eq(v->last->len, 2);
	ck_assert_uint_eq(v->count, 2);
	ck_assert_ptr_null(v->next);
	ck_assert_ptr_null(v->last->next);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("jn_parse");

	tcase_add_loop_test(tc, reads, 0, ROWS(good));
	tcase_add_loop_test(tc, says_where_and_what, 0, ROWS(bad));
	tcase_add_test(tc, refuses_a_raw_nul);
	tcase_add_test(tc, bounds_the_depth);
	tcase_add_test(tc, bounds_the_number_of_values);
	tcase_add_loop_test(tc, finds_every_twin, 0, 8);
	tcase_add_test(tc, shortens_long_pointers);
	tcase_add_test(tc, sees_every_byte_of_a_string);
	tcase_add_test(tc, borrows_the_text);
	return suite_run("base/jn_parse", tc);
}
