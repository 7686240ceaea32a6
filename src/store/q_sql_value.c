/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terms on indexed paths: a look into the table `value`, whose rows q_rows() makes.  Only
 * terms that these rows answer exactly come here: not != and !~= (which ask what is not
 * there), nor patterns, dates without a time and times of the day.
 */
#include "q_sql_priv.h"

#include <base/arena.h>
#include <store/sql.h>

#include <inttypes.h>
#include <string.h>

static bool is_string(const struct q_value *v)
{
	return v->type == Q_STRING || v->type == Q_URI;
}

static bool fits(const char *s)
{
	return s == NULL || strlen(s) <= Q_TXT_MAX;
}

static bool is_answered(const struct q_value *v)
{
	if (is_string(v))
		return fits(v->text) && fits(v->iri) && fits(v->uri[0]) &&
			fits(v->uri[1]);
	return v->type == Q_NUMBER || v->type == Q_BOOL || v->type == Q_DATE_TIME;
}

/* The strings of the path have other forms in the table than in the order: URIs. */
static bool is_path_of_ids(const struct q_path *path)
{
	size_t len;
	const struct q_base *bases = q_bases(path, &len);

	return len == 1 && bases[0].class == Q_ID;
}

static bool is_exact(const struct q *q)
{
	bool ordered = q->range || (q->op != Q_EQ && q->op != Q_EXISTS);

	if (q->op != Q_EXISTS && q->op != Q_EQ && q->op != Q_LT && q->op != Q_LE &&
		q->op != Q_GT && q->op != Q_GE)
		return false;
	for (size_t i = 0; i < q->values_len; i++) {
		if (!is_answered(&q->values[i]))
			return false;
		if (ordered && is_string(&q->values[i]) && is_path_of_ids(&q->path))
			return false;
	}
	return true;
}

int q_sql_quick(const struct q_index *index, const struct q *q, struct arena *a)
{
	if (index == NULL || q->op == Q_AND || q->op == Q_OR || !is_exact(q))
		return 0;
	return index->path(index->self, q_path_key(&q->path, a));
}

static const char *classed(struct arena *a, char class, const char *s)
{
	return arena_printf(a, "%c%s", class, s);
}

/* All texts that a row may have to be equal to one of the values. */
static size_t texts(const struct q *q, struct arena *a, const char **out)
{
	size_t n = 0;

	for (size_t i = 0; i < q->values_len; i++) {
		const struct q_value *v = &q->values[i];

		if (v->type == Q_BOOL)
			out[n++] = v->truth ? "bt" : "bf";
		if (!is_string(v))
			continue;
		out[n++] = classed(a, 's', v->text);
		out[n++] = classed(a, 'v', v->iri);
		out[n++] = classed(a, 'u', v->uri[0]);
		if (v->uri[1] != NULL)
			out[n++] = classed(a, 'u', v->uri[1]);
		if (q->path.expand_values)
			out[n++] = classed(a, 's', v->iri);
	}
	return n;
}

static void add_texts(struct sql *sql, const struct q *q, const char **separator)
{
	const char **list = arena_array(sql->arena, const char *, 5 * q->values_len);
	size_t n = texts(q, sql->arena, list);

	if (n == 0)
		return;
	sql_add(sql, *separator);
	*separator = " OR ";
	if (n == 1) {
		sql_add(sql, "v.txt = ");
		sql_text(sql, list[0]);
		return;
	}
	sql_add(sql, "v.txt = ANY(");
	sql_texts(sql, list, n);
	sql_add(sql, ")");
}

/* One column of numbers: all values of a type as one parameter. */
static void add_numbers(
	struct sql *sql, const struct q *q, enum q_type type, const char **separator)
{
	bool instants = type == Q_DATE_TIME;
	auto_strbuf list = {0};
	size_t n = 0;

	for (size_t i = 0; i < q->values_len; i++) {
		const struct q_value *v = &q->values[i];

		if (v->type != type)
			continue;
		strbuf_addc(&list, n++ == 0 ? '{' : ',');
		if (instants)
			strbuf_addf(&list, "%" PRId64, v->instant);
		else
			strbuf_addf(&list, "%.17g", v->number);
	}
	if (n == 0)
		return;
	sql_add(sql, *separator);
	*separator = " OR ";
	if (n == 1) {
		sql_add(sql, instants ? "v.at = " : "v.num = ");
		sql_param(sql, instants ? "int8" : "float8", list.data + 1);
		return;
	}
	strbuf_addc(&list, '}');
	sql_add(sql, instants ? "v.at = ANY(" : "v.num = ANY(");
	sql_param(sql, instants ? "int8[]" : "float8[]", list.data);
	sql_add(sql, ")");
}

/* `column op value`. */
static void add_bound(struct sql *sql, const struct q_value *v, const char *op)
{
	if (v->type == Q_NUMBER) {
		sql_addf(sql, "v.num %s ", op);
		sql_float(sql, v->number);
	} else if (v->type == Q_DATE_TIME) {
		sql_addf(sql, "v.at %s ", op);
		sql_int(sql, v->instant);
	} else {
		sql_addf(sql, "v.txt %s ", op);
		sql_text(sql, classed(sql->arena, 's', v->text));
	}
}

static void add_order(struct sql *sql, const struct q *q)
{
	static const char *const symbol[] = {
		[Q_LT] = "<", [Q_LE] = "<=", [Q_GT] = ">", [Q_GE] = ">="};

	add_bound(sql, q->values, symbol[q->op]);
	if (is_string(q->values)) /* and not among the texts of another class */
		sql_add(sql,
			q->op == Q_LT || q->op == Q_LE ? " AND v.txt >= 's'"
						       : " AND v.txt < 't'");
	sql_add(sql, " AND v.n > 0");
}

static void add_condition(struct sql *sql, const struct q *q)
{
	const char *separator = "(";

	if (q->op == Q_EXISTS)
		return;
	sql_add(sql, " AND ");
	if (q->op != Q_EQ) {
		add_order(sql, q);
	} else if (q->range) {
		add_bound(sql, &q->values[0], ">=");
		sql_add(sql, " AND ");
		add_bound(sql, &q->values[1], "<=");
	} else {
		add_texts(sql, q, &separator);
		add_numbers(sql, q, Q_NUMBER, &separator);
		add_numbers(sql, q, Q_DATE_TIME, &separator);
		sql_add(sql, ")");
	}
}

static void add_row(struct sql *sql, const struct q *q, int path)
{
	sql_addf(sql, "v.path = %d", path); /* the planner's estimate hangs on it */
	add_condition(sql, q);
}

void q_sql_value(struct q_sql *c, const struct q *q, int path)
{
	sql_add(c->sql, "EXISTS (SELECT FROM value v WHERE ");
	add_row(c->sql, q, path);
	sql_addf(c->sql, " AND v.eid = %s.eid AND (v.expires IS NULL OR v.expires > ",
		q_sql_row(c));
	q_sql_now(c);
	sql_add(c->sql, "))");
}

void q_driver_sql(
	const struct q *term, int64_t now, const struct q_index *index, struct sql *sql)
{
	add_row(sql, term, q_sql_quick(index, term, sql->arena));
	sql_add(sql, " AND (v.expires IS NULL OR v.expires > ");
	sql_int(sql, now);
	sql_add(sql, ")");
}

/* How few rows a term leaves, as far as one can tell without looking. */
static int selectivity(const struct q *q)
{
	if (q->op == Q_EQ)
		return q->range ? 3 : q->values_len == 1 ? 5 : 4;
	return q->op == Q_EXISTS ? 1 : 2;
}

static void best(const struct q *q, const struct q_index *index, struct arena *a,
	const struct q **found)
{
	if (q->op == Q_AND) {
		best(q->left, index, a, found);
		best(q->right, index, a, found);
	} else if (q_sql_quick(index, q, a) != 0 &&
		(*found == NULL || selectivity(q) > selectivity(*found))) {
		*found = q;
	}
}

const struct q *q_driver(const struct q *q, const struct q_index *index, struct arena *a)
{
	const struct q *found = NULL;

	best(q, index, a, &found);
	return found;
}
