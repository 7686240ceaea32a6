/* SPDX-License-Identifier: Apache-2.0 */
/* What q means (4.9), in memory.  The database is held to the same table by tests/diff. */
#include <core/q.h>

#include <base/arena.h>
#include <base/err.h>
#include <core/context.h>
#include <core/q_target.h>

#include "q_table.h"
#include "suite.h"

#include <string.h>

static struct q *parse(const char *text, struct arena *a)
{
	struct context *ctx = context_core();
	struct q_options o = {.ctx = ctx, .expand_values = "e", .max_linked = 2};
	struct err err = {0};
	struct q *q = NULL;

	ck_assert_msg(q_parse(text, &o, a, &q, &err) == 0, "%s: %s", text, err.detail);
	context_unref(ctx);
	return q;
}

static struct jn *read_doc(const char *text, struct arena *a)
{
	struct err err = {0};
	struct jn *doc = NULL;

	ck_assert_msg(
		jn_parse(text, strlen(text), JN_LIMITS, a, &doc, &err) == 0, "%s", text);
	return doc;
}

START_TEST(holds)
{
	auto_arena a = {.cap = 1 << 20};
	struct q *q = parse(q_table[_i].q, &a);
	struct jn *doc = read_doc(q_table[_i].doc, &a);

	ck_assert_msg(q_eval(q, doc, Q_NOW, NULL, &a) == q_table[_i].holds, "%s on %s",
		q_table[_i].q, q_table[_i].doc);
}
END_TEST

static const struct jn *get(void *self, const char *id, size_t len)
{
	for (int i = 0; i < ROWS(q_linked_docs); i++)
		if (strlen(q_linked_docs[i].id) == len &&
			memcmp(q_linked_docs[i].id, id, len) == 0)
			return read_doc(q_linked_docs[i].doc, self);
	return NULL;
}

START_TEST(follows_relationships)
{
	auto_arena a = {.cap = 1 << 20};
	struct q *q = parse(q_linked_table[_i].q, &a);
	struct jn *doc = read_doc(q_linked_table[_i].doc, &a);
	struct q_linked linked = {get, &a};

	ck_assert_msg(q_eval(q, doc, Q_NOW, &linked, &a) == q_linked_table[_i].holds,
		"%s on %s", q_linked_table[_i].q, q_linked_table[_i].doc);
}
END_TEST

START_TEST(no_links_without_a_reader)
{
	auto_arena a = {0};
	struct q *q = parse("a{b}", &a);

	ck_assert(!q_eval(q, read_doc(RELATION("\"urn:x:1\""), &a), Q_NOW, NULL, &a));
}
END_TEST

/* Rows as "n num txt at", one a line. */
static const struct {
	const char *q, *doc, *rows;
} indexed[] = {
	{"a", FIVE, "1 num=5\n"},
	{"a", TEXT, "1 txt=stext\n"},
	{"a", INSTANT, "1 txt=s2020-01-01T00:00:00Z at=1577836800000000\n"},
	{"a", PROPERTY("true"), "1 txt=bt\n"},
	{"a", PROPERTY("{}"), "1\n"},
	{"a", PROPERTY("[]"), "1\n"},
	{"a", NUMBERS, "-1 num=1\n-2 num=5\n-3 num=9\n"},
	{"a", MULTI, "1 num=1\n2 txt=sx\n"},
	{"a", TYPED("DateTime", "\"2020-01-01T00:00:00Z\""),
		"1 txt=s2020-01-01T00:00:00Z at=1577836800000000\n"},
	{"a", COLOURS, "1 txt=schat\n2 txt=srouge\n3 txt=sred\n4 txt=scat\n"},
	{"a[en]", COLOUR, "1 txt=sred\n"},
	{"a", MALE, "1 txt=v" DV "Male\n"},
	{"a", RELATION("\"URN:X:1\""), "1 txt=uurn:x:1\n"},
	{"a[geo.tags]", COMPOUND, "-1 txt=sx\n-2 txt=sy\n"},
	{"a[none]", COMPOUND, "1\n"},
	{"a.b", NESTED, "1 num=7\n"},
	{"a", EXPIRED, "1 num=5 expires=1704067199000000\n"},
	{"a.b", EXPIRED_SUB, "1 num=2 expires=1672531200000000\n"},
	{"createdAt", SYSTEM, "1 txt=s2020-01-01T00:00:00Z at=1577836800000000\n"},
	{"type", SYSTEM, "-1 txt=v" DV "T\n-2 txt=v" DV "U\n"},
	{"b", FIVE, ""},
};

static char *show(const struct q_row *rows, size_t len, struct arena *a)
{
	char *text = arena_strdup(a, "");

	for (size_t i = 0; i < len; i++) {
		const struct q_row *r = &rows[i];

		text = arena_printf(a, "%s%d", text, r->n);
		if (r->has_num)
			text = arena_printf(a, "%s num=%g", text, r->num);
		if (r->txt != NULL)
			text = arena_printf(a, "%s txt=%s", text, r->txt);
		if (r->has_at)
			text = arena_printf(a, "%s at=%lld", text, (long long)r->at);
		if (r->expires != INT64_MAX)
			text = arena_printf(
				a, "%s expires=%lld", text, (long long)r->expires);
		text = arena_printf(a, "%s\n", text);
	}
	return text;
}

START_TEST(gives_rows_to_index)
{
	auto_arena a = {.cap = 1 << 20};
	struct q *q = parse(indexed[_i].q, &a);
	struct q_row *rows = NULL;
	size_t len = q_rows(&q->path, read_doc(indexed[_i].doc, &a), &a, &rows);

	ck_assert_str_eq(show(rows, len, &a), indexed[_i].rows);
}
END_TEST

/* Cut behind what can be asked for, and not inside a character. */
START_TEST(long_strings_are_cut)
{
	auto_arena a = {0};
	struct q *q = parse("a", &a);
	struct q_row *rows = NULL;
	char text[600];
	struct jn *doc;

	memset(text, 'x', 255);
	for (size_t i = 255; i < 599; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[599] = '\0';
	doc = read_doc(
		arena_printf(&a, "{" A "{\"type\":\"Property\",\"value\":\"%s\"}}", text),
		&a);
	ck_assert_uint_eq(q_rows(&q->path, doc, &a, &rows), 1);
	ck_assert_uint_eq(rows[0].txt_len, 1 + 257);
	ck_assert(memcmp(rows[0].txt + 1, text, 257) == 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("q_eval");

	tcase_add_loop_test(tc, holds, 0, ROWS(q_table));
	tcase_add_loop_test(tc, follows_relationships, 0, ROWS(q_linked_table));
	tcase_add_test(tc, no_links_without_a_reader);
	tcase_add_loop_test(tc, gives_rows_to_index, 0, ROWS(indexed));
	tcase_add_test(tc, long_strings_are_cut);
	return suite_run("q_eval", tc);
}
