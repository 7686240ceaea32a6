/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terms with dates and times: jsonpath finds the strings, the functions of
 * sql/0002_query_functions.sql read them.  Only values of properties (Q_PLAIN, Q_RAW) can
 * be dates or times.
 */
#include "q_sql_priv.h"

#include <base/arena.h>
#include <store/sql.h>

#include <string.h>

static const char *const reader[] = {
	[Q_DATE_TIME] = "calanque_instant",
	[Q_DATE] = "calanque_date",
	[Q_TIME] = "calanque_time",
};

static bool is_order(const struct q *q)
{
	return q->op != Q_EQ && q->op != Q_NE;
}

/* A condition about the base of an instance @: `.type() == "<type>"`. */
static void add_type(struct jpath *jp, const struct q *q, const struct q_base *base,
	const char *below, const char *type)
{
	strbuf_addc(&jp->text, '@');
	jpath_base(jp, &q->path, base);
	strbuf_addf(&jp->text, "%s.type() == \"%s\"", below, type);
}

/* A path to the strings of a base, from `root`: leaves for == and !=, else scalars. */
static void add_path(struct q_sql *c, const struct q *q, const struct q_base *base,
	const char *root, bool typed)
{
	const char *below = typed ? ".\"@value\"" : "";
	auto_jpath jp = {0};
	bool order = is_order(q);

	jpath_init(&jp, c->sql->arena);
	strbuf_adds(&jp.text, root);
	if (order || q->path.trail_len > 0) {
		strbuf_adds(&jp.text, " ? (");
		if (jpath_guard(&jp, &q->path, base) && order)
			strbuf_adds(&jp.text, " && ");
		if (order && typed) {
			add_type(&jp, q, base, "", "object");
			strbuf_adds(&jp.text, " && ");
		}
		if (order)
			add_type(&jp, q, base, below, "string");
		strbuf_addc(&jp.text, ')');
	}
	jpath_base(&jp, &q->path, base);
	strbuf_adds(&jp.text, below);
	strbuf_adds(
		&jp.text, " ? (@.type() == \"string\" && @ like_regex \"^[0-9]{2}\")");
	jpath_bind(&jp, c->sql);
}

/* (SELECT v …): all strings that the term looks at, in `doc`. */
static void add_strings(
	struct q_sql *c, const struct q *q, const char *doc, const char *root)
{
	size_t len;
	const struct q_base *bases = q_bases(&q->path, &len);
	const char *separator = "(";

	for (size_t i = 0; i < len; i++) {
		bool plain = bases[i].class == Q_PLAIN;

		if (!plain && bases[i].class != Q_RAW)
			continue;
		if (is_order(q) && !q_base_is_scalar(&q->path, &bases[i]))
			continue;
		for (int typed = 0; typed <= plain; typed++) {
			sql_addf(
				c->sql, "%sSELECT jsonb_path_query(%s, ", separator, doc);
			add_path(c, q, &bases[i], root, typed != 0);
			sql_add(c->sql, ")");
			separator = " UNION ALL ";
		}
	}
	if (*separator == '(') /* no base that could hold a date */
		sql_add(c->sql, "(SELECT NULL::jsonb");
	sql_add(c->sql, ") AS s(v)");
}

static void add_read(struct q_sql *c, const struct q_value *v, const char *op)
{
	sql_addf(c->sql, "%s(s.v #>> '{}') %s ", reader[v->type], op);
	sql_int(c->sql, v->instant);
}

static void add_condition(struct q_sql *c, const struct q *q)
{
	static const char *const symbol[] = {
		[Q_LT] = "<", [Q_LE] = "<=", [Q_GT] = ">", [Q_GE] = ">="};
	const char *separator = "(";

	if (is_order(q)) {
		add_read(c, q->values, symbol[q->op]);
		return;
	}
	if (q->range) {
		add_read(c, &q->values[0], ">=");
		sql_add(c->sql, " AND ");
		add_read(c, &q->values[1], "<=");
		return;
	}
	for (size_t i = 0; i < q->values_len; i++) {
		if (!q_value_is_temporal(&q->values[i]))
			continue;
		sql_add(c->sql, separator);
		add_read(c, &q->values[i], "=");
		separator = " OR ";
	}
	sql_add(c->sql, ")");
}

static void add_exists(
	struct q_sql *c, const struct q *q, const char *doc, const char *root)
{
	sql_add(c->sql, "EXISTS (SELECT FROM ");
	add_strings(c, q, doc, root);
	sql_add(c->sql, " WHERE ");
	add_condition(c, q);
	sql_add(c->sql, ")");
}

static const char *doc_of(struct q_sql *c)
{
	return c->level == 0 ? "d.j" : arena_printf(c->sql->arena, "d%u.j", c->level);
}

/* Some instance that is unequal to all values: to the others in the path, to the dates
 * and times in the condition. */
static void add_unequal(struct q_sql *c, const struct q *q)
{
	auto_jpath jp = {0};

	jpath_init(&jp, c->sql->arena);
	jpath_instances(&jp, &q->path);
	strbuf_adds(&jp.text, " ? (");
	jpath_instance_term(&jp, q);
	strbuf_adds(&jp.text, ")");
	sql_addf(c->sql, "EXISTS (SELECT FROM jsonb_path_query(%s, ", doc_of(c));
	jpath_bind(&jp, c->sql);
	sql_add(c->sql, ") AS i(v) WHERE NOT ");
	add_exists(c, q, "i.v", "$");
	sql_add(c->sql, ")");
}

/* The values of a list that are no dates or times. */
static bool has_others(const struct q *q)
{
	for (size_t i = 0; i < q->values_len; i++)
		if (!q_value_is_temporal(&q->values[i]))
			return true;
	return false;
}

void q_sql_temporal(struct q_sql *c, const struct q *q)
{
	auto_jpath root = {0}, others = {0};

	if (q->op == Q_NE) {
		add_unequal(c, q);
		return;
	}
	jpath_init(&root, c->sql->arena);
	jpath_instances(&root, &q->path);
	sql_add(c->sql, "(");
	add_exists(c, q, doc_of(c), root.text.data);
	if (has_others(q)) {
		jpath_init(&others, c->sql->arena);
		jpath_term(&others, q);
		sql_addf(c->sql, " OR jsonb_path_match(%s, ", doc_of(c));
		jpath_bind(&others, c->sql);
		sql_add(c->sql, ") IS TRUE");
	}
	sql_add(c->sql, ")");
}
