/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the terms of q combine in SQL.  A part of the tree without dates, linked entities
 * and indexed paths is one jsonpath predicate; the document is parsed once a row, in a
 * subquery, after all that needs no document has been asked:
 *
 *	(<quick terms> AND strpos(e.doc, '"<IRI>":') > 0 AND
 *	 (SELECT <general terms> FROM (SELECT e.doc::jsonb AS j OFFSET 0) d))
 *
 * OFFSET 0 keeps the planner from repeating the parse in every term.
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

/* The number of the term's path where the quick way answers it, else 0. */
static int quick_path(struct q_sql *c, const struct q *q)
{
	struct q_known *known = c->known;

	while (known < c->known + c->known_len && known->q != q)
		known++;
	if (known == c->known + c->known_len) {
		assert(c->known_len < Q_MAX_TERMS);
		c->known_len++;
		*known = (struct q_known){q, q_sql_quick(c->index, q, c->sql->arena)};
	}
	return known->path;
}

static bool is_quick(struct q_sql *c, const struct q *q)
{
	if (q->op == Q_AND || q->op == Q_OR)
		return is_quick(c, q->left) && is_quick(c, q->right);
	return quick_path(c, q) != 0;
}

/* Can all of it be one jsonpath? */
static bool is_path(struct q_sql *c, const struct q *q)
{
	if (q->op == Q_AND || q->op == Q_OR)
		return is_path(c, q->left) && is_path(c, q->right);
	return q->op != Q_LINKED && !q_is_temporal(q) && !is_quick(c, q);
}

static void add_path(struct jpath *jp, const struct q *q)
{
	if (q->op != Q_AND && q->op != Q_OR) {
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

/* A term or a tree, where the document is at hand. */
static void add(struct q_sql *c, const struct q *q)
{
	int path;

	if (q == c->taken) {
		sql_add(c->sql, "true");
	} else if (is_path(c, q)) {
		add_match(c, q);
	} else if (q->op == Q_AND || q->op == Q_OR) {
		sql_add(c->sql, "(");
		add(c, q->left);
		sql_add(c->sql, q->op == Q_AND ? " AND " : " OR ");
		add(c, q->right);
		sql_add(c->sql, ")");
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

static bool is_attribute(const struct q *q)
{
	return strchr(q->path.names[0], ':') != NULL;
}

/* Is there something to look for in the text? */
static bool can_search(const struct q *q)
{
	if (q->op == Q_AND)
		return can_search(q->left) || can_search(q->right);
	if (q->op == Q_OR)
		return can_search(q->left) && can_search(q->right);
	return is_attribute(q);
}

/* What the text of a document must have in it: cheaper than parsing those that have not.
 * Documents are written by jn_write(), so a member looks always the same. */
static void add_search(struct q_sql *c, const struct q *q)
{
	auto_strbuf sb = {0};

	if (q->op == Q_AND && !(can_search(q->left) && can_search(q->right))) {
		add_search(c, can_search(q->left) ? q->left : q->right);
	} else if (q->op == Q_AND || q->op == Q_OR) {
		sql_add(c->sql, "(");
		add_search(c, q->left);
		sql_add(c->sql, q->op == Q_AND ? " AND " : " OR ");
		add_search(c, q->right);
		sql_add(c->sql, ")");
	} else {
		jn_write_string(&sb, q->path.names[0], strlen(q->path.names[0]));
		strbuf_addc(&sb, ':');
		sql_addf(c->sql, "strpos(%s.doc, ", q_sql_row(c));
		sql_text(c->sql, sb.data);
		sql_add(c->sql, ") > 0");
	}
}

/* The terms that all matching entities satisfy. */
struct terms {
	const struct q *list[Q_MAX_TERMS];
	size_t len;
};

static void flatten(const struct q *q, struct terms *out)
{
	if (q->op == Q_AND) {
		flatten(q->left, out);
		flatten(q->right, out);
		return;
	}
	assert(out->len < Q_MAX_TERMS);
	out->list[out->len++] = q;
}

/* The general terms joined again: neighbours become one jsonpath. */
static const struct q *rejoin(struct q_sql *c, const struct terms *terms)
{
	const struct q *all = NULL;

	for (size_t i = 0; i < terms->len; i++) {
		struct q *both;

		if (terms->list[i] == c->taken || is_quick(c, terms->list[i]))
			continue;
		if (all == NULL) {
			all = terms->list[i];
			continue;
		}
		both = arena_new(c->sql->arena, struct q);
		*both = (struct q){.op = Q_AND, .left = all, .right = terms->list[i]};
		all = both;
	}
	return all;
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

/* Everything about the row of c: what needs no document first. */
static void add_entity(struct q_sql *c, const struct q *q, const struct type_q *types)
{
	struct terms terms = {.len = 0};
	const struct q *general;

	flatten(q, &terms);
	sql_add(c->sql, "(true");
	for (size_t i = 0; i < terms.len; i++) {
		if (terms.list[i] == c->taken || !is_quick(c, terms.list[i]))
			continue;
		sql_add(c->sql, " AND ");
		add(c, terms.list[i]);
	}
	general = rejoin(c, &terms);
	if (general != NULL && can_search(general)) {
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
