/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions of clients, as PCRE2 reads them; PostgreSQL's reading of the same
 * table is in tests/diff. */
#include <core/pattern.h>

#include <base/arena.h>
#include <base/err.h>

#include "pattern_table.h"
#include "suite.h"

#include <string.h>

START_TEST(matches)
{
	auto_arena a = {.cap = 1 << 20};
	const char *pattern = pattern_table[_i].pattern, *text = pattern_table[_i].text;
	struct pattern *p = NULL;
	struct err err = {0};

	ck_assert_msg(pattern_parse(pattern, strlen(pattern), "q", 0, &a, &p, &err) == 0,
		"%s: %s", pattern, err.detail);
	ck_assert_msg(
		pattern_matches(p, text, strlen(text), &a) == pattern_table[_i].matches,
		"%s (%s) on %s", pattern, p->text, text);
	ck_assert_str_eq(p->source, pattern);
}
END_TEST

static const struct {
	const char *pattern, *text;
} rewritten[] = {
	{"a(b|c)*", "a(?:b|c)*"},
	{"\\d[^\\w.]", "[0-9][^0-9A-Z_a-z\\.]"},
	{"[[:digit:]]{2,}", "[0-9]{2,}"},
	{"a#\"", "a\\#\\\""},
	{"\\S", "[^\t-\r ]"},
};

START_TEST(is_rewritten)
{
	auto_arena a = {0};
	const char *pattern = rewritten[_i].pattern;
	struct pattern *p = NULL;
	struct err err = {0};

	ck_assert_int_eq(
		pattern_parse(pattern, strlen(pattern), "q", 0, &a, &p, &err), 0);
	ck_assert_str_eq(p->text, rewritten[_i].text);
}
END_TEST

static const struct {
	const char *pattern, *says;
} bad[] = {
	{"*a", "q: nothing to repeat at offset 10"},
	{"a|*", "q: nothing to repeat at offset 12"},
	{"^*", "q: nothing to repeat at offset 11"},
	{"***a", "q: nothing to repeat at offset 10"},
	{"(+)", "q: nothing to repeat at offset 11"},
	{"a**", "q: a repetition cannot be repeated at offset 12"},
	{"a*?", "q: a repetition cannot be repeated at offset 12"},
	{"a{2}{3}", "q: a repetition cannot be repeated at offset 14"},
	{"(a?){40}", "q: what is counted here could be empty; use * or + at offset 14"},
	{"(a|){2}", "q: what is counted here could be empty; use * or + at offset 14"},
	{"(a*b{0,3}|c){2,}",
		"q: what is counted here could be empty; use * or + at offset 22"},
	{"(^){3}", "q: what is counted here could be empty; use * or + at offset 13"},
	{"a{2,1}", "q: expected {m}, {m,} or {m,n} up to 255 at offset 11"},
	{"a{256}", "q: expected {m}, {m,} or {m,n} up to 255 at offset 11"},
	{"a{1", "q: expected {m}, {m,} or {m,n} up to 255 at offset 11"},
	{"a{99999999999999999999}",
		"q: expected {m}, {m,} or {m,n} up to 255 at offset 11"},
	{"(a", "q: the group that begins here does not end at offset 10"},
	{"a)", NULL},
	{"[a", "q: the bracket that begins here does not end at offset 10"},
	{"[]", "q: the bracket that begins here does not end at offset 10"},
	{"[^", "q: the bracket that begins here does not end at offset 10"},
	{"[z-a]", "q: the range ends before it begins at offset 14"},
	{"[a-[:digit:]]", "q: a class cannot end a range at offset 13"},
	{"[[:word:]]", "q: unknown character class at offset 11"},
	{"[[:alpha]", "q: unknown character class at offset 11"},
	{"[[.a.]]",
		"q: collating elements are not supported; list the characters at offset "
		"11"},
	{"[\\q]", "q: unknown escape in brackets at offset 11"},
	{"[\\", "q: nothing follows the backslash at offset 11"},
	{"a\\", "q: nothing follows the backslash at offset 11"},
	{"(a)\\1", "q: back references are not supported at offset 13"},
	{"\\bword", "q: unknown escape; POSIX extended syntax is meant at offset 10"},
	{"(?i)a",
		"q: (?…) is not supported: neither flags nor looking around at offset "
		"11"},
	{"(?=a)",
		"q: (?…) is not supported: neither flags nor looking around at offset "
		"11"},
	{"((a{255}){255}){255}", "q: the pattern is too large at offset 24"},
	{"(((((((((((((((((((((a", "q: nested too deeply at offset 31"},
};

START_TEST(says_what_is_wrong)
{
	auto_arena a = {0};
	const char *pattern = bad[_i].pattern;
	struct pattern *p = NULL;
	struct err err = {0};

	if (bad[_i].says == NULL) { /* a character like any other */
		ck_assert_int_eq(
			pattern_parse(pattern, strlen(pattern), "q", 10, &a, &p, &err),
			0);
		return;
	}
	ck_assert_int_eq(
		pattern_parse(pattern, strlen(pattern), "q", 10, &a, &p, &err), -1);
	ck_assert_str_eq(err.detail, bad[_i].says);
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
	ck_assert_ptr_null(p);
}
END_TEST

START_TEST(is_bounded)
{
	auto_arena a = {0};
	char text[1002];
	struct pattern *p = NULL;
	struct err err = {0};

	memset(text, 'a', 1001);
	text[1001] = '\0';
	ck_assert_int_eq(pattern_parse(text, 1001, "idPattern", 0, &a, &p, &err), -1);
	ck_assert_str_eq(
		err.detail, "idPattern: a pattern longer than 1000 bytes at offset 0");
}
END_TEST

/* What ruins a backtracking matcher is quick here. */
START_TEST(does_not_backtrack)
{
	auto_arena a = {.cap = 64 << 20};
	static const char pattern[] = "^((a+)+|(a|aa)*)*b$";
	char text[2000];
	struct pattern *p = NULL;
	struct err err = {0};

	memset(text, 'a', sizeof(text));
	ck_assert_int_eq(
		pattern_parse(pattern, strlen(pattern), "q", 0, &a, &p, &err), 0);
	ck_assert(!pattern_matches(p, text, sizeof(text), &a));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pattern");

	tcase_add_loop_test(tc, matches, 0, ROWS(pattern_table));
	tcase_add_loop_test(tc, is_rewritten, 0, ROWS(rewritten));
	tcase_add_loop_test(tc, says_what_is_wrong, 0, ROWS(bad));
	tcase_add_test(tc, is_bounded);
	tcase_add_test(tc, does_not_backtrack);
	return suite_run("pattern", tc);
}
