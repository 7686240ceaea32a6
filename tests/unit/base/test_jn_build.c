/* SPDX-License-Identifier: Apache-2.0 */
#include <base/jn.h>

#include <base/arena.h>

#include <suite.h>

#include <float.h>
#include <math.h>

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

/* The text, and that links and counts say the same. */
static const char *shown(const struct jn *v)
{
	uint32_t n = 0;
	struct jn *last = NULL;

	jn_each (child, v) {
		last = child;
		n++;
	}
	ck_assert_uint_eq(v->count, n);
	ck_assert_ptr_eq(v->last, last);
	return jn_text(v, &arena);
}

START_TEST(builds_every_kind)
{
	struct jn *v = jn_object(&arena), *list = jn_array(&arena);

	jn_append(list, jn_null(&arena));
	jn_append(list, jn_bool(&arena, true));
	jn_append(list, jn_bool(&arena, false));
	jn_append(list, jn_integer(&arena, INT64_MIN));
	jn_append(list, jn_integer(&arena, INT64_MAX));
	jn_append(list, jn_real(&arena, 12.5));
	jn_add(v, "list", list);
	jn_add(v, "s", jn_string(&arena, "a\"b\n"));
	jn_addn(v, "nothing", 2, jn_stringn(&arena, "abc", 2));
	jn_add(v, "ref", jn_string_ref(&arena, "x\\y"));
	jn_add(v, "e", jn_object(&arena));
	ck_assert_str_eq(shown(v),
		"{\"list\":[null,true,false,-9223372036854775808,9223372036854775807,12."
		"5],"
		"\"s\":\"a\\\"b\\n\",\"no\":\"ab\",\"ref\":\"x\\\\y\",\"e\":{}}");
}
END_TEST

START_TEST(copies_or_borrows_strings)
{
	char text[] = "abc", odd[] = "a\tc";
	struct jn *copy = jn_string(&arena, text), *ref = jn_string_ref(&arena, text);
	struct jn *odd_ref = jn_string_ref(&arena, odd);

	ck_assert_ptr_eq(ref->text, text);
	ck_assert_ptr_ne(copy->text, text);
	text[0] = odd[0] = 'X';
	ck_assert(jn_str_is(copy, "abc"));
	ck_assert(jn_str_is(ref, "Xbc"));
	ck_assert(jn_str_is(odd_ref, "a\tc"));
}
END_TEST

static const struct {
	double v;
	const char *text;
} reals[] = {
	{0, "0"},
	{1, "1"},
	{-0.5, "-0.5"},
	{0.1, "0.1"},
	{5.36978, "5.36978"},
	{1e21, "1e+21"},
	{1.0 / 3, "0.3333333333333333"},
	{0.1 + 0.2, "0.30000000000000004"},
	{DBL_MAX, "1.7976931348623157e+308"},
	{5e-324, "4.94065645841247e-324"},
	{(double)INFINITY, "null"},
	{(double)-INFINITY, "null"},
	{(double)NAN, "null"},
};

START_TEST(writes_reals_that_read_back)
{
	struct jn *v = jn_real(&arena, reals[_i].v);

	ck_assert_str_eq(shown(v), reals[_i].text);
	if (isfinite(reals[_i].v))
		ck_assert(jn_number(v) == reals[_i].v);
}
END_TEST

START_TEST(sets)
{
	struct jn *v = read_json("{\"a\":1,\"b\":2,\"c\":3}"), *b = jn_get(v, "b");

	jn_set(v, "b", jn_string(&arena, "x"));
	ck_assert_str_eq(shown(v), "{\"a\":1,\"b\":\"x\",\"c\":3}");
	ck_assert_ptr_null(b->key);
	jn_set(v, "c", jn_null(&arena));
	ck_assert_str_eq(shown(v), "{\"a\":1,\"b\":\"x\",\"c\":null}");
	jn_set(v, "a", jn_get(v, "a")); /* itself */
	jn_set(v, "a", jn_array(&arena));
	jn_setn(v, "dd", 1, jn_integer(&arena, 4));
	ck_assert_str_eq(shown(v), "{\"a\":[],\"b\":\"x\",\"c\":null,\"d\":4}");
}
END_TEST

START_TEST(removes)
{
	struct jn *v = read_json("{\"a\":1,\"b\":2,\"c\":3,\"d\":4}");

	ck_assert(!jn_remove(v, "x"));
	ck_assert(jn_remove(v, "b"));
	ck_assert_str_eq(shown(v), "{\"a\":1,\"c\":3,\"d\":4}");
	ck_assert(jn_remove(v, "d"));
	ck_assert_str_eq(shown(v), "{\"a\":1,\"c\":3}");
	ck_assert(jn_removen(v, "abc", 1));
	ck_assert(!jn_remove(v, "a"));
	ck_assert(jn_remove(v, "c"));
	ck_assert_str_eq(shown(v), "{}");
	jn_add(v, "e", jn_integer(&arena, 5));
	ck_assert_str_eq(shown(v), "{\"e\":5}");
}
END_TEST

/* What was removed or replaced can go elsewhere. */
START_TEST(moves)
{
	struct jn *v = read_json("{\"a\":{\"x\":1},\"b\":2}"), *list = jn_array(&arena);
	struct jn *a = jn_get(v, "a");

	ck_assert(jn_remove(v, "a"));
	jn_append(list, a);
	jn_append(list, jn_share(&arena, jn_get(v, "b")));
	ck_assert_str_eq(shown(list), "[{\"x\":1},2]");
	ck_assert_str_eq(shown(v), "{\"b\":2}");
}
END_TEST

START_TEST(removes_while_iterating)
{
	struct jn *v = read_json("{\"a\":1,\"b\":2,\"c\":3,\"d\":4}");

	jn_each (m, v) {
		if (!jn_key_is(m, "c"))
			ck_assert(jn_removen(v, m->key, m->key_len));
	}
	ck_assert_str_eq(shown(v), "{\"c\":3}");
}
END_TEST

START_TEST(shares)
{
	struct jn *v = read_json("{\"a\":{\"x\":[1]},\"b\":2}"), *a = jn_get(v, "a");
	struct jn *shared = jn_share(&arena, a);

	ck_assert_ptr_null(shared->key);
	ck_assert_uint_eq(shared->key_len, 0);
	ck_assert_ptr_null(shared->next);
	ck_assert_ptr_eq(shared->child, a->child);
	jn_add(v, "c", shared);
	ck_assert_str_eq(shown(v), "{\"a\":{\"x\":[1]},\"b\":2,\"c\":{\"x\":[1]}}");
}
END_TEST

START_TEST(copies_deeply)
{
	static const char text[] = "{\"a\":{\"x\":[1,\"\\n\",null]},\"b\":[]}";
	struct jn *v = read_json(text), *copy = jn_copy(&arena, v);

	ck_assert(jn_equal(v, copy));
	jn_append(jn_get(jn_get(copy, "a"), "x"), jn_integer(&arena, 2));
	ck_assert(jn_remove(copy, "b"));
	ck_assert_str_eq(shown(v), text);
	ck_assert_str_eq(shown(copy), "{\"a\":{\"x\":[1,\"\\n\",null,2]}}");
	ck_assert_ptr_null(jn_copy(&arena, jn_get(v, "a"))->key);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("jn_build");

	tcase_add_checked_fixture(tc, NULL, reset);
	tcase_add_test(tc, builds_every_kind);
	tcase_add_test(tc, copies_or_borrows_strings);
	tcase_add_loop_test(tc, writes_reals_that_read_back, 0, ROWS(reals));
	tcase_add_test(tc, sets);
	tcase_add_test(tc, removes);
	tcase_add_test(tc, moves);
	tcase_add_test(tc, removes_while_iterating);
	tcase_add_test(tc, shares);
	tcase_add_test(tc, copies_deeply);
	return suite_run("base/jn_build", tc);
}
