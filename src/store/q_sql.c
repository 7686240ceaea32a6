/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the terms of q combine in SQL.  A part of the tree without dates, linked entities
 * and indexed paths is one jsonpath predicate; the document is parsed once a row, in a
 * subquery, after all that needs no document has been asked:
 *
 *	(<quick terms> AND strpos(e.doc, '"<IRI>":') > 0 AND
 *	 (SELECT <general terms> FROM (SELECT e.doc::jsonb AS j OFFSET 0) d))
 *
 * OFFSET 0 keeps the planner from repeating the parse in every term.  Parameters are few
 * however long q is, but for dates outside the index (up to seven a term).
 */
#include <store/q_sql.h>

#include "q_sql_priv.h"

#include <base/arena.h>
#include <core/type_q.h>
#include <store/sql.h>

#include <assert.h>
#include <string.h>

static void add(struct q_sql *c, const struct q *q);
static void add_entity(struct q_sql *c, const struct q *q, const struct type_q *types);

void q_sql_now(struct q_sql *c)
{
	if (c->now_param == 0) {
		sql_int(c->sql, c->now);
		c->now_param = c->sql->args.n;
	} else {
		sql_addf(c->sql, "$%d::int8", c->now_param);
	}
}

const char *q_sql_row(const struct q_sql *c)
{
	return c->level == 0 ? "e" : arena_printf(c->sql->arena, "e%u", c->level);
}

void q_sql_doc(const struct q_sql *c)
{
	if (c->level == 0)
		sql_add(c->sql, "d.j");
	else
		sql_addf(c->sql, "d%u.j", c->level);
}

static bool is_tree(const struct q *q)
{
	return q->op == Q_AND || q->op == Q_OR;
}

/* More than these go the general way, which needs no parameters for each. */
#define MAX_QUICK 20

/* The number of the term's path where the quick way answers it, else 0. */
static int quick_path(struct q_sql *c, const struct q *q)
{
	struct q_known *known = c->known;

	while (known < c->known + c->known_len && known->q != q)
		known++;
	if (known == c->known + c->known_len) {
		assert(c->known_len < Q_MAX_TERMS);
		c->known_len++;
		known->q = q;
		if (c->quick < MAX_QUICK)
			known->path = q_sql_quick(c->index, q, c->sql->arena);
		c->quick += known->path != 0;
	}
	return known->path;
}

static bool is_quick(struct q_sql *c, const struct q *q)
{
	if (is_tree(q))
		return is_quick(c, q->left) && is_quick(c, q->right);
	return quick_path(c, q) != 0;
}

/* Can all of it be one jsonpath? */
static bool is_path(struct q_sql *c, const struct q *q)
{
	if (is_tree(q))
		return is_path(c, q->left) && is_path(c, q->right);
	return q->op != Q_LINKED && !q_is_temporal(q) && !is_quick(c, q);
}

static void add_path(struct jpath *jp, const struct q *q)
{
	if (!is_tree(q)) {
		jpath_term(jp, q);
		return;
	}
	strbuf_addc(&jp->text, '(');
	add_path(jp, q->left);
	strbuf_adds(&jp->text, q->op == Q_AND ? " && " : " || ");
	add_path(jp, q->right);
	strbuf_addc(&jp->text, ')');
}

static void add_match(struct q_sql *c, const struct q *q)
{
	auto_jpath jp = {0};

	jpath_init(&jp, c->sql->arena);
	add_path(&jp, q);
	sql_add(c->sql, "jsonb_path_match(");
	q_sql_doc(c);
	sql_add(c->sql, ", ");
	jpath_bind(&jp, c->sql);
	sql_add(c->sql, ") IS TRUE");
}

/* Some entity that one of the relationships leads to.  OFFSET 0: it is found by its id
 * before anything is asked of it. */
static void add_linked(struct q_sql *c, const struct q *q)
{
	auto_jpath jp = {0};
	const char *from = q_sql_row(c), *to;

	jpath_init(&jp, c->sql->arena);
	jpath_instances(&jp, &q->path);
	strbuf_adds(&jp.text,
		".keyvalue() ? (@.key == \"object\" || @.key == \"objectList\")"
		".value[*] ? (@.type() == \"string\")");
	sql_add(c->sql, "EXISTS (SELECT FROM jsonb_path_query(");
	q_sql_doc(c);
	sql_add(c->sql, ", ");
	jpath_bind(&jp, c->sql);
	c->level++;
	to = q_sql_row(c);
	sql_addf(c->sql,
		") AS r(v) CROSS JOIN LATERAL (SELECT * FROM entity WHERE tenant = "
		"%s.tenant"
		" AND id = r.v #>> '{}' OFFSET 0) %s WHERE (%s.expires IS NULL OR "
		"%s.expires > ",
		from, to, to, to);
	sql_time(c->sql, c->now);
	sql_add(c->sql, ") AND ");
	add_entity(c, q->left, q->linked_types);
	sql_add(c->sql, ")");
	c->level--;
}

/* The operands of a chain of one operator. */
struct chain {
	const struct q *list[Q_MAX_TERMS];
	size_t len;
};

static void flatten(const struct q *q, enum q_op op, struct chain *out)
{
	if (q->op == op) {
		flatten(q->left, op, out);
		flatten(q->right, op, out);
		return;
	}
	assert(out->len < Q_MAX_TERMS);
	out->list[out->len++] = q;
}

/* Takes the operands that are `wanted` out of the chain and joins them; NULL: none is. */
static const struct q *take(struct q_sql *c, struct chain *chain, enum q_op op,
	bool (*wanted)(struct q_sql *c, const struct q *q))
{
	const struct q *all = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < chain->len; i++) {
		const struct q *q = chain->list[i];
		struct q *both;

		if (!wanted(c, q)) {
			chain->list[kept++] = q;
		} else if (all == NULL) {
			all = q;
		} else {
			both = arena_new(c->sql->arena, struct q);
			*both = (struct q){.op = op, .left = all, .right = q};
			all = both;
		}
	}
	chain->len = kept;
	return all;
}

/* What can be one jsonpath is, wherever in the chain it stands. */
static void add_chain(struct q_sql *c, const struct q *q)
{
	const char *separator = q->op == Q_AND ? " AND " : " OR ";
	struct chain chain = {.len = 0};
	const struct q *path;

	flatten(q, q->op, &chain);
	path = take(c, &chain, q->op, is_path);
	sql_add(c->sql, "(");
	if (path != NULL)
		add_match(c, path);
	for (size_t i = 0; i < chain.len; i++) {
		sql_add(c->sql, path != NULL || i > 0 ? separator : "");
		add(c, chain.list[i]);
	}
	sql_add(c->sql, ")");
}

/* A term or a tree, where the document is at hand. */
static void add(struct q_sql *c, const struct q *q)
{
	int path;

	if (q == c->taken) {
		sql_add(c->sql, "true");
	} else if (is_path(c, q)) {
		add_match(c, q);
	} else if (is_tree(q)) {
		add_chain(c, q);
	} else if (q->op == Q_LINKED) {
		add_linked(c, q);
	} else {
		path = quick_path(c, q);
		if (path != 0)
			q_sql_value(c, q, path);
		else
			q_sql_temporal(c, q);
	}
}

/* What the text of a document must have in it: cheaper than parsing those that have not.
 * Documents are written by jn_write(), so a member looks always the same. */
static void search_name(struct q_sql *c, const char *name)
{
	auto_strbuf sb = {0};
	size_t i = 0;

	while (i < c->searched_len && strcmp(c->searched[i].name, name) != 0)
		i++;
	if (strchr(name, ':') == NULL || i == MAX_SEARCHED) {
		sql_add(c->sql, "true");
		return;
	}
	sql_addf(c->sql, "strpos(%s.doc, ", q_sql_row(c));
	if (i < c->searched_len) {
		sql_addf(c->sql, "$%d::text) > 0", c->searched[i].param);
		return;
	}
	jn_write_string(&sb, name, strlen(name));
	strbuf_addc(&sb, ':');
	sql_text(c->sql, sb.data);
	sql_add(c->sql, ") > 0");
	c->searched[c->searched_len++] = (struct q_searched){name, c->sql->args.n};
}

static bool was_searched(const struct chain *chain, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_tree(chain->list[i]) &&
			strcmp(chain->list[i]->path.names[0],
				chain->list[n]->path.names[0]) == 0)
			return true;
	return false;
}

static void add_search(struct q_sql *c, const struct q *q)
{
	struct chain chain = {.len = 0};

	if (!is_tree(q)) {
		search_name(c, q->path.names[0]);
		return;
	}
	flatten(q, q->op, &chain);
	sql_add(c->sql, "(");
	for (size_t i = 0; i < chain.len; i++) {
		if (!is_tree(chain.list[i]) && was_searched(&chain, i))
			continue;
		sql_add(c->sql, i == 0 ? "" : q->op == Q_AND ? " AND " : " OR ");
		add_search(c, chain.list[i]);
	}
	sql_add(c->sql, ")");
}

/* Has the types of rel{T,U:…}. */
static void add_types(struct q_sql *c, const struct type_q *types)
{
	sql_add(c->sql, "(");
	for (size_t i = 0; i < types->len; i++) {
		sql_add(c->sql, i > 0 ? " OR " : "");
		q_sql_doc(c);
		sql_add(c->sql, " -> 'type' ?& ");
		sql_texts(c->sql, types->any[i].iris, types->any[i].len);
	}
	sql_add(c->sql, ")");
}

/* In a subquery that parses the document, without what has expired in it. */
static void add_general(struct q_sql *c, const struct q *q, const struct type_q *types)
{
	const char *row = q_sql_row(c);

	sql_add(c->sql, "(SELECT ");
	if (types != NULL)
		add_types(c, types);
	if (types != NULL && q != NULL)
		sql_add(c->sql, " AND ");
	if (q != NULL)
		add(c, q);
	sql_addf(c->sql,
		" FROM (SELECT CASE WHEN strpos(%s.doc, '\"expiresAt\"') > 0"
		" THEN calanque_live(%s.doc::jsonb, ",
		row, row);
	q_sql_now(c);
	sql_addf(c->sql, ") ELSE %s.doc::jsonb END AS j OFFSET 0) d", row);
	if (c->level > 0)
		sql_addf(c->sql, "%u", c->level);
	sql_add(c->sql, ")");
}

/* Needs the document, and is not done yet. */
static bool is_general(struct q_sql *c, const struct q *q)
{
	return q != c->taken && !is_quick(c, q);
}

/* Everything about the row of c: what needs no document first. */
static void add_entity(struct q_sql *c, const struct q *q, const struct type_q *types)
{
	struct chain terms = {.len = 0};
	const struct q *general;

	flatten(q, Q_AND, &terms);
	general = take(c, &terms, Q_AND, is_general);
	sql_add(c->sql, "(true");
	for (size_t i = 0; i < terms.len; i++) {
		if (terms.list[i] == c->taken)
			continue;
		sql_add(c->sql, " AND ");
		add(c, terms.list[i]);
	}
	if (general != NULL) {
		sql_add(c->sql, " AND ");
		add_search(c, general);
	}
	if (general != NULL || types != NULL) {
		sql_add(c->sql, " AND ");
		add_general(c, general, types);
	}
	sql_add(c->sql, ")");
}

int q_sql_indexed(const struct q *q, int64_t now, const struct q_index *index,
	const struct q *taken, struct sql *sql, struct err *err)
{
	struct q_sql c = {.sql = sql, .now = now, .index = index, .taken = taken};

	add_entity(&c, q, NULL);
	return 0;
}

int q_sql(const struct q *q, int64_t now, struct sql *sql, struct err *err)
{
	return q_sql_indexed(q, now, NULL, NULL, sql, err);
}
