/* SPDX-License-Identifier: Apache-2.0 */
/* scopeQ (4.19) and the form of scopes (4.18). */
#include <core/scope_q.h>

#include <base/arena.h>
#include <base/err.h>

#include "suite.h"

#include <string.h>

static const struct {
	const char *q, *scopes;
	bool matches;
} cases[] = {
	/* the examples of 4.19 */
	{"/Madrid", "[\"/Madrid\"]", true},
	{"/Madrid", "[\"/Madrid/Gardens\"]", false},
	{"/Madrid/Gardens/#", "[\"/Madrid/Gardens\"]", true},
	{"/Madrid/Gardens/#", "[\"/Madrid/Gardens/ParqueNorte/Parterre1\"]", true},
	{"/Madrid/Gardens/#", "[\"/Madrid\"]", false},
	{"/Madrid/Gardens/#", "[\"/Madrid/Gardens2\"]", false},
	{"/Madrid/+/ParqueNorte", "[\"/Madrid/Sights/ParqueNorte\"]", true},
	{"/Madrid/+/ParqueNorte", "[\"/Madrid/ParqueNorte\"]", false},
	{"/Madrid/+/ParqueNorte", "[\"/Madrid/a/b/ParqueNorte\"]", false},
	{"(/Madrid/Districts;/CompanyA)", "[\"/Madrid/Districts\",\"/CompanyA\"]", true},
	{"(/Madrid/Districts;/CompanyA)", "[\"/Madrid/Districts\"]", false},
	{"(/Madrid/Districts;/CompanyA)|CompanyB", "[\"/CompanyB\"]", true},
	{"(/Madrid/Districts;/CompanyA),CompanyB", "[\"/CompanyB\"]", true},
	/* any scope */
	{"/#", "[\"/x\"]", true},
	{"#", "[\"/x/y\"]", true},
	{"/#", NULL, false},
	{"/x", NULL, false},
	/* wildcards */
	{"/+", "[\"/x\"]", true},
	{"/+", "[\"/x/y\"]", false},
	{"/+/#", "[\"/x/y/z\"]", true},
	{"/+/y/#", "[\"/x/y\"]", true},
	{"/a/+", "[\"/a\"]", false},
	{"/+/+", "[\"/a/b\"]", true},
	/* forms */
	{"\"/a/#\"", "[\"/a/b\"]", true},
	{" /a | /b ", "[\"/b\"]", true},
	{"/a;/b|/c", "[\"/c\"]", true},
	{"((/a|/b);/c)", "[\"/b\",\"/c\"]", true},
	{"((/a|/b);/c)", "[\"/b\"]", false},
	{"/\xc3\xa9t\xc3\xa9", "[\"/\xc3\xa9t\xc3\xa9\"]", true},
	{"/\xc3\xa9", "[\"/\\u00e9\"]", true},
};

START_TEST(matches)
{
	auto_arena a = {.cap = 1 << 20};
	struct jn *entity = jn_object(&a);
	struct scope_q *q = NULL;
	struct err err = {0};

	if (cases[_i].scopes != NULL)
		jn_add(entity, "scope",
			jn_parse_trusted(cases[_i].scopes, strlen(cases[_i].scopes), &a));
	ck_assert_msg(scope_q_parse(cases[_i].q, &a, &q, &err) == 0, "%s", err.detail);
	ck_assert_msg(scope_q_matches(q, entity) == cases[_i].matches, "%s %s",
		cases[_i].q, cases[_i].scopes);
}
END_TEST

static const struct {
	const char *text, *says;
} bad[] = {
	{"", "scopeQ: expected a scope level at offset 0"},
	{"/", "scopeQ: expected a scope level at offset 1"},
	{"/a/", "scopeQ: expected a scope level at offset 3"},
	{"//a", "scopeQ: expected a scope level at offset 1"},
	{"/1a", "scopeQ: expected a scope level at offset 1"},
	{"/a-b", "scopeQ: expected '/', ';', '|', ',' or the end at offset 2"},
	{"/a|", "scopeQ: expected a scope level at offset 3"},
	{"/a/#/b", "scopeQ: expected '/', ';', '|', ',' or the end at offset 4"},
	{"/a+", "scopeQ: expected '/', ';', '|', ',' or the end at offset 2"},
	{"(/a", "scopeQ: expected ')' at offset 3"},
	{"/a)", "scopeQ: expected '/', ';', '|', ',' or the end at offset 2"},
	{"((((((((((((((((((((((((((((((((((/a",
		"scopeQ: nested too deeply at offset 33"},
};

START_TEST(says_where_it_stopped)
{
	auto_arena a = {0};
	struct scope_q *q = NULL;
	struct err err = {0};

	ck_assert_int_eq(scope_q_parse(bad[_i].text, &a, &q, &err), -1);
	ck_assert_str_eq(err.detail, bad[_i].says);
	ck_assert_ptr_null(q);
}
END_TEST

START_TEST(is_bounded)
{
	auto_arena a = {0};
	struct scope_q *q = NULL;
	struct err err = {0};
	char text[101 * 3 + 1];

	for (size_t i = 0; i < 101; i++)
		memcpy(text + 3 * i, "/a|", 3);
	text[sizeof(text) - 2] = '\0';
	ck_assert_int_eq(scope_q_parse(text, &a, &q, &err), -1);
	ck_assert_int_eq(err.kind, ERR_TOO_COMPLEX_QUERY);
	ck_assert_str_eq(err.detail, "scopeQ: more than 100 scopes");
}
END_TEST

START_TEST(none_matches_all)
{
	ck_assert(scope_q_matches(NULL, NULL));
}
END_TEST

static const struct {
	const char *text, *scope;
} scopes[] = {
	{"/Madrid", "/Madrid"},
	{"Madrid", "/Madrid"},
	{"Madrid/Gardens/ParqueNorte", "/Madrid/Gardens/ParqueNorte"},
	{"/\xc3\x89t\xc3\xa9_2/\xe6\x97\xa5", "/\xc3\x89t\xc3\xa9_2/\xe6\x97\xa5"},
	{"/a\xc2\xb2", "/a\xc2\xb2"}, /* a number beyond ASCII */
	{"", NULL},
	{"/", NULL},
	{"a/", NULL},
	{"a//b", NULL},
	{"9bad", NULL},
	{"_a", NULL},
	{"a-b", NULL},
	{"/a/+", NULL},
	{"/a/#", NULL},
	{"\xe2\x82\xac", NULL}, /* a currency sign is no letter */
	{"\xf0\x9f\x98\x80", NULL},
	{"urn:ngsi-ld:null", NULL},
};

START_TEST(scopes_have_one_form)
{
	auto_arena a = {0};
	const char *scope = scope_normalize(scopes[_i].text, strlen(scopes[_i].text), &a);

	if (scopes[_i].scope == NULL)
		ck_assert_ptr_null(scope);
	else
		ck_assert_str_eq(scope, scopes[_i].scope);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("scope_q");

	tcase_add_loop_test(tc, matches, 0, ROWS(cases));
	tcase_add_loop_test(tc, says_where_it_stopped, 0, ROWS(bad));
	tcase_add_test(tc, is_bounded);
	tcase_add_test(tc, none_matches_all);
	tcase_add_loop_test(tc, scopes_have_one_form, 0, ROWS(scopes));
	return suite_run("scope_q", tc);
}
