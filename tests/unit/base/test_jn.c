/* SPDX-License-Identifier: Apache-2.0 */
#include <base/jn.h>

#include <base/arena.h>

#include <suite.h>

#include <math.h>
#include <stdio.h>

static struct arena arena;

static void reset(void)
{
	arena_reset(&arena);
}

static struct jn *read_json(const char *text)
{
	struct jn *v = jn_parse_trusted(text, strlen(text), &arena);

	ck_assert_ptr_nonnull(v);
	return v;
}

START_TEST(gets_members)
{
	struct jn *v = read_json("{\"a\":1,\"ab\":{\"b\":true},\"\\u00e9\":null}");

	ck_assert_ptr_eq(jn_get(v, "a"), v->child);
	ck_assert(jn_key_is(jn_get(v, "ab"), "ab"));
	ck_assert(!jn_key_is(jn_get(v, "ab"), "a"));
	ck_assert(jn_is(jn_get(jn_get(v, "ab"), "b"), JN_TRUE));
	ck_assert(jn_is(jn_get(v, "\xc3\xa9"), JN_NULL));
	ck_assert_ptr_eq(jn_getn(v, "abc", 1), v->child);
	ck_assert_ptr_null(jn_get(v, "x"));
	ck_assert_ptr_null(jn_get(v, ""));
	ck_assert_ptr_null(jn_get(jn_get(v, "a"), "a"));
	ck_assert(!jn_key_is(v, "a"));
}
END_TEST

START_TEST(getters_accept_nothing)
{
	size_t len = 42;
	int n = 0;

	ck_assert_ptr_null(jn_get(NULL, "a"));
	ck_assert(!jn_is(NULL, JN_NULL));
	ck_assert(!jn_is_bool(NULL));
	ck_assert(!jn_key_is(NULL, "a"));
	ck_assert(!jn_str_is(NULL, ""));
	ck_assert_ptr_null(jn_str(NULL, &arena));
	ck_assert_ptr_null(jn_span(NULL, &arena, &len));
	ck_assert_ptr_null(jn_str(read_json("1"), &arena));
	ck_assert_ptr_null(jn_span(read_json("[]"), &arena, &len));
	ck_assert_uint_eq(len, 42);
	ck_assert(jn_number(NULL) == 0);
	ck_assert(jn_number(read_json("\"1\"")) == 0);
	ck_assert(jn_equal(NULL, NULL));
	ck_assert(!jn_equal(NULL, read_json("null")));
	jn_each (it, (struct jn *)NULL)
		n += it != NULL;
	ck_assert_int_eq(n, 0);
}
END_TEST

START_TEST(tells_kinds)
{
	ck_assert(jn_is_bool(read_json("true")));
	ck_assert(jn_is_bool(read_json("false")));
	ck_assert(!jn_is_bool(read_json("null")));
	ck_assert(jn_is(read_json("[]"), JN_ARRAY));
	ck_assert(!jn_is(read_json("[]"), JN_OBJECT));
}
END_TEST

START_TEST(decodes_strings)
{
	struct jn *plain = read_json("\"abc\""), *odd;
	const char *span;
	size_t len;

	odd = read_json(
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\ud83c\\udf0a.\"");
	ck_assert_str_eq(jn_str(plain, &arena), "abc");
	ck_assert_str_eq(jn_str(odd, &arena),
		"\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x8c\x8a.");
	span = jn_span(plain, &arena, &len);
	ck_assert_ptr_eq(span, plain->text);
	ck_assert_uint_eq(len, 3);
	span = jn_span(odd, &arena, &len);
	ck_assert_uint_eq(len, 19);
	ck_assert_str_eq(span, jn_str(odd, &arena));
	ck_assert(jn_str_is(plain, "abc"));
	ck_assert(!jn_str_is(plain, "ab"));
	ck_assert(!jn_str_is(plain, "abcd"));
	ck_assert(jn_str_is(read_json("\"a\\u0062c\""), "abc"));
	ck_assert(jn_str_is(read_json("\"\""), ""));
	ck_assert(!jn_str_is(read_json("1"), "1"));
}
END_TEST

static const char *const numbers[] = {"0", "-0", "1", "-1", "12.5", "0.1", "1e22", "1e23",
	"123456789012345678", "9007199254740993", "9007199254740992", "5.369780",
	"-43.296482", "1.7976931348623157e308", "4.9e-324", "2.2250738585072011e-308",
	"1e-22", "1e-23", "0.000000000000000000000000000000000001",
	"100000000000000000000000000000000", "1e400", "-1e400", "1e-400", "1e999",
	"0e999", "8.41e21", "9.0e-10", "123.456E+2", "7205759403792793e22",
	"9007199254740993e-22"};

START_TEST(reads_numbers)
{
	double want = strtod(numbers[_i], NULL), got = jn_number(read_json(numbers[_i]));

	ck_assert_int_eq(memcmp(&want, &got, sizeof(want)), 0);
}
END_TEST

START_TEST(reads_any_number_like_strtod)
{
	unsigned seed = 12345;
	char text[64];

	for (int i = 0; i < 20000; i++) {
		double want, got;
		unsigned digits;

		seed = seed * 1103515245 + 12345;
		digits = seed >> 8;
		seed = seed * 1103515245 + 12345;
		(void)snprintf(text, sizeof(text), "%u.%ue%d", digits % 1000, seed >> 12,
			(int)(digits % 61) - 30);
		want = strtod(text, NULL);
		got = jn_number(read_json(text));
		ck_assert_int_eq(memcmp(&want, &got, sizeof(want)), 0);
	}
}
END_TEST

static const struct {
	const char *a, *b;
	bool equal;
} pairs[] = {
	{"1", "1", true},
	{"1", "1.0", true},
	{"1", "10e-1", true},
	{"100", "1e2", true},
	{"1E2", "100.000", true},
	{"0", "-0.0e5", true},
	{"0", "0.00", true},
	{"12.5", "0.00125e4", true},
	{"-1.5", "-15e-1", true},
	{"1", "-1", false},
	{"0", "1", false},
	{"10", "1", false},
	{"1.5", "1.50001", false},
	{"105", "15", false},
	{"1050", "1.05e3", true},
	{"1.05", "1.5", false},
	{"9007199254740993", "9007199254740992", false},
	{"0.1", "0.10000000000000000001", false},
	{"1e400", "1e401", false},
	{"1e400", "10e399", true},
	{"\"a\"", "\"\\u0061\"", true},
	{"\"a\"", "\"b\"", false},
	{"\"a\"", "\"ab\"", false},
	{"\"\\u00e9\"", "\"\xc3\xa9\"", true},
	{"\"1\"", "1", false},
	{"true", "true", true},
	{"true", "false", false},
	{"null", "null", true},
	{"null", "false", false},
	{"[]", "{}", false},
	{"[1,2]", "[1,2.0]", true},
	{"[1,2]", "[2,1]", false},
	{"[1,2]", "[1,2,3]", false},
	{"{\"a\":1,\"b\":[{}]}", "{\"b\":[{}],\"a\":1.0}", true},
	{"{\"a\":1}", "{\"a\":2}", false},
	{"{\"a\":1}", "{\"b\":1}", false},
	{"{\"a\":1,\"b\":2}", "{\"a\":1,\"c\":2}", false},
	{"{\"a\":1}", "{\"\\u0061\":1}", true},
	{"{\"a\":1}", "{\"a\":1,\"b\":1}", false},
};

START_TEST(compares)
{
	struct jn *a = read_json(pairs[_i].a), *b = read_json(pairs[_i].b);

	ck_assert_int_eq(jn_equal(a, b), pairs[_i].equal);
	ck_assert_int_eq(jn_equal(b, a), pairs[_i].equal);
	ck_assert(jn_equal(a, a));
}
END_TEST

START_TEST(compares_large_objects)
{
	struct jn *a = jn_object(&arena), *b = jn_object(&arena);

	for (int i = 0; i < 50000; i++) {
		char *key = arena_printf(&arena, "k%d", i);

		jn_add(a, key, jn_integer(&arena, i));
	}
	for (int i = 49999; i >= 0; i--) {
		char *key = arena_printf(&arena, "k%d", i);

		jn_add(b, key, jn_integer(&arena, i));
	}
	ck_assert(jn_equal(a, b));
	jn_set(b, "k7", jn_null(&arena));
	ck_assert(!jn_equal(a, b));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("jn");

	tcase_add_checked_fixture(tc, NULL, reset);
	tcase_add_test(tc, gets_members);
	tcase_add_test(tc, getters_accept_nothing);
	tcase_add_test(tc, tells_kinds);
	tcase_add_test(tc, decodes_strings);
	tcase_add_loop_test(tc, reads_numbers, 0, ROWS(numbers));
	tcase_add_test(tc, reads_any_number_like_strtod);
	tcase_add_loop_test(tc, compares, 0, ROWS(pairs));
	tcase_add_test(tc, compares_large_objects);
	return suite_run("base/jn", tc);
}
