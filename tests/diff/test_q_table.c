/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database is held to the tables that the readers in memory are tested with: q
 * (tests/tools/q_table.h) read from the document and from the index, rel{…}, patterns.
 */
#include "diff.h"

#include "pattern_table.h"
#include "q_table.h"
#include "suite.h"

#include <base/strbuf.h>
#include <core/pattern.h>

#include <string.h>

static void store_only(const char *doc)
{
	diff_exec("DELETE FROM entity");
	diff_store(1, "urn:x:0", doc);
}

START_TEST(q_from_documents)
{
	auto_arena a = {0};
	const struct q *q = diff_parse(q_table[_i].q, &a);

	store_only(q_table[_i].doc);
	ck_assert_msg((diff_query(q, Q_NOW, false, &a)->len == 1) == q_table[_i].holds,
		"%s on %s", q_table[_i].q, q_table[_i].doc);
}
END_TEST

START_TEST(q_from_the_index)
{
	auto_arena a = {0};
	const struct q *q = diff_parse(q_table[_i].q, &a);

	store_only(q_table[_i].doc);
	diff_index(q, &a);
	ck_assert_msg((diff_query(q, Q_NOW, true, &a)->len == 1) == q_table[_i].holds,
		"%s on %s", q_table[_i].q, q_table[_i].doc);
}
END_TEST

START_TEST(q_linked)
{
	auto_arena a = {0};
	const struct q *q = diff_parse(q_linked_table[_i].q, &a);

	for (int indexed = 0; indexed < 2; indexed++) {
		const struct diff_eids *found;

		store_only(q_linked_table[_i].doc);
		for (int i = 0; i < ROWS(q_linked_docs); i++)
			diff_store(i + 2, q_linked_docs[i].id, q_linked_docs[i].doc);
		if (indexed)
			diff_index(q, &a);
		found = diff_query(q, Q_NOW, indexed, &a);
		ck_assert_msg((found->len > 0 && found->eids[0] == 1) ==
				q_linked_table[_i].holds,
			"%s on %s", q_linked_table[_i].q, q_linked_table[_i].doc);
	}
}
END_TEST

START_TEST(patterns)
{
	auto_arena a = {0};
	const char *pattern = pattern_table[_i].pattern, *text = pattern_table[_i].text;
	struct pattern *p = NULL;
	struct err err = {0};

	ck_assert_int_eq(
		pattern_parse(pattern, strlen(pattern), "q", 0, &a, &p, &err), 0);
	ck_assert_msg(diff_matches(text, p->text) == pattern_table[_i].matches,
		"%s (%s) on %s", pattern, p->text, text);
}
END_TEST

/* The longest lists and the most terms that the parser lets pass. */
static const struct {
	const char *first, *before, *after; /* before, a number, after: n - 1 times */
	int n;
	const char *doc;
} large[] = {
	{"a==0", ",", "", Q_MAX_VALUES, PROPERTY("999")},
	{"a!=0", ",", "", Q_MAX_VALUES, PROPERTY("1000")},
	{"a==\"x\"", ",\"x", "\"", Q_MAX_VALUES, PROPERTY("\"x999\"")},
	{"a==urn:x:0", ",urn:x:thing-", "", Q_MAX_VALUES,
		RELATION("\"URN:x:thing-999\"")},
	{"a==true", ",false,\"x", "\",1", Q_MAX_VALUES / 3, PROPERTY("1")},
	{"b", "|a>", "", Q_MAX_TERMS, PROPERTY("2")},
	{"a", ";a<", "000", Q_MAX_TERMS, PROPERTY("2")},
	{"b", "|(a==", ";a!=\"x\")", Q_MAX_TERMS / 2, PROPERTY("2")},
	{"a==2020-01-01T00:00:00Z", ",2020-01-01T00:00:00.", "Z", 85,
		PROPERTY("\"2020-01-01T00:00:00.84Z\"")},
};

START_TEST(large_queries)
{
	auto_arena a = {0};
	auto_strbuf sb = {0};
	const struct q *q;

	strbuf_adds(&sb, large[_i].first);
	for (int i = 1; i < large[_i].n; i++)
		strbuf_addf(&sb, "%s%d%s", large[_i].before, i, large[_i].after);
	store_only(large[_i].doc);
	q = diff_parse(sb.data, &a);
	ck_assert_uint_eq(diff_query(q, Q_NOW, false, &a)->len, 1);
	diff_index(q, &a);
	ck_assert_uint_eq(diff_query(q, Q_NOW, true, &a)->len, 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("q_table");

	diff_start();
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, q_from_documents, 0, ROWS(q_table));
	tcase_add_loop_test(tc, q_from_the_index, 0, ROWS(q_table));
	tcase_add_loop_test(tc, q_linked, 0, ROWS(q_linked_table));
	tcase_add_loop_test(tc, patterns, 0, ROWS(pattern_table));
	tcase_add_loop_test(tc, large_queries, 0, ROWS(large));
	return suite_run("q_table", tc);
}
