/* SPDX-License-Identifier: Apache-2.0 */
/* What a temporal query asks of a row h of history. */
#include "temporal_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <core/render_temporal.h>
#include <store/dict.h>
#include <store/filter.h>
#include <store/pg.h>

#include <string.h>

/* The numbers of the names that have one. */
static int known_numbers(struct dict *names, const char *const *list, size_t len,
	struct arena *a, int **out, size_t *out_len, struct err *err)
{
	int *numbers = arena_array(a, int, len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (strcmp(list[i], "@none") == 0) {
			numbers[n++] = 0;
			continue;
		}
		if (dict_id(names, list[i], strlen(list[i]), false, &numbers[n], err) < 0)
			return -1;
		n += numbers[n] != 0;
	}
	*out = numbers;
	*out_len = n;
	return 0;
}

int temporal_names(const struct entity_index *index, const struct temporal_query *query,
	struct arena *a, struct temporal_names *out, struct err *err)
{
	struct temporal_names n = {.query = query};
	struct dict *names = index->names;

	if (known_numbers(names, query->attrs, query->attrs_len, a, &n.attrs,
		    &n.attrs_len, err) < 0 ||
		known_numbers(names, query->without, query->without_len, a, &n.without,
			&n.without_len, err) < 0 ||
		known_numbers(names, query->datasets, query->datasets_len, a, &n.datasets,
			&n.datasets_len, err) < 0 ||
		dict_id(names, SCOPE_IRI, strlen(SCOPE_IRI), false, &n.scope, err) < 0)
		return -1;
	n.none = (query->attrs != NULL && n.attrs_len == 0) ||
		(query->datasets != NULL && n.datasets_len == 0);
	*out = n;
	return 0;
}

const char *time_sql(const struct temporal_q *q)
{
	static const char *const columns[] = {
		"h.at", "h.created", "h.modified", "h.deleted"};

	return columns[q->property];
}

/* Only `at` is in an index, where these two come next. */
const char *ties_sql(const struct temporal_q *q)
{
	return q->property == TIME_OBSERVED ? "h.dataset::int8, h.dup" : "0::int8, h.seq";
}

/* The scopes of the evolution of h: each from one change to the next, as text[]. */
static void validity_sql(const struct temporal_names *n, struct sql *sql)
{
	sql_add(sql,
		"(SELECT s.at AS since, lead(s.at) OVER (ORDER BY s.at, s.dup) AS until,"
		" CASE WHEN s.deleted IS NULL THEN NULLIF(ARRAY(SELECT"
		" jsonb_array_elements_text(CASE jsonb_typeof(v.v) WHEN 'array' THEN v.v"
		" ELSE jsonb_build_array(v.v) END) FROM (SELECT s.doc::jsonb -> 'value')"
		" AS v(v)), '{}') END AS scopes"
		" FROM history s WHERE s.hid = h.hid AND s.attr = ");
	sql_int4(sql, n->scope);
	sql_add(sql, ")");
}

/* The scope is there from its beginning, which is its time itself. */
static void in_scope(const struct temporal_names *n, struct sql *sql)
{
	sql_add(sql, " AND EXISTS (SELECT FROM ");
	validity_sql(n, sql);
	sql_add(sql,
		" AS e WHERE h.at >= e.since AND (e.until IS NULL OR h.at < e.until)"
		" AND ");
	scope_sql(n->query->entities.scope, sql);
	sql_add(sql, ")");
}

void instance_sql(const struct temporal_names *n, bool from, struct sql *sql)
{
	const struct temporal_q *q = n->query->temporal;
	const char *time = time_sql(q);
	int64_t first, last;

	temporal_q_range(q, &first, &last);
	if (from && first != TEMPORAL_FIRST) {
		sql_addf(sql, " AND %s >= ", time);
		sql_time(sql, first);
	}
	if (last != TEMPORAL_LAST) {
		sql_addf(sql, " AND %s < ", time);
		sql_time(sql, last);
	}
	if (q->property == TIME_OBSERVED && temporal_q_strict(q)) {
		sql_add(sql, " AND (h.dup = 0");
		if (n->query->scopes) {
			sql_add(sql, " OR h.attr = ");
			sql_int4(sql, n->scope);
		}
		sql_add(sql, ")");
	}
	if (q->property == TIME_DELETED)
		sql_add(sql, " AND h.deleted IS NOT NULL");
	if (n->query->datasets != NULL) {
		sql_add(sql, " AND h.dataset = ANY(");
		sql_ints(sql, n->datasets, n->datasets_len);
		sql_add(sql, ")");
	}
	if (n->query->entities.scope != NULL)
		in_scope(n, sql);
}

void attr_sql(const struct temporal_names *n, struct sql *sql)
{
	if (n->query->attrs != NULL) {
		sql_add(sql, " AND h.attr = ANY(");
		sql_ints(sql, n->attrs, n->attrs_len);
		sql_add(sql, ")");
	}
	if (n->without_len > 0) {
		sql_add(sql, " AND h.attr <> ALL(");
		sql_ints(sql, n->without, n->without_len);
		sql_add(sql, ")");
	}
	sql_add(sql, " AND h.attr <> ");
	sql_int4(sql, n->scope);
}

int temporal_query_sql(struct pg *pg, struct sql *sql, PGresult **res, struct err *err)
{
	const struct pg_stmt stmt = {.sql = sql->text.data, .binary = true};

	if (sql->too_many)
		return err_set(err, ERR_TOO_COMPLEX_QUERY,
			"the query has more than %d values to compare with; split it",
			PG_ARGS);
	return pg_query(pg, &stmt, &sql->args, res, err);
}

void series_sql(const struct evolution_page *page, const struct series *series,
	size_t len, struct sql *sql)
{
	struct arena *a = sql->arena;
	int64_t *hids = arena_array(a, int64_t, len + 1);
	int64_t *times = arena_array(a, int64_t, len + 1);
	int64_t *first = arena_array(a, int64_t, len + 1);
	int64_t *second = arena_array(a, int64_t, len + 1);
	int *attrs = arena_array(a, int, len + 1),
	    *datasets = arena_array(a, int, len + 1);

	for (size_t i = 0; i < len; i++) {
		hids[i] = page->items[series[i].evolution].hid;
		attrs[i] = series[i].attr;
		datasets[i] = series[i].dataset;
		times[i] = series[i].from.time;
		first[i] = series[i].from.first;
		second[i] = series[i].from.second;
	}
	sql_add(sql, "unnest(");
	sql_longs(sql, hids, len);
	sql_add(sql, ", ");
	sql_ints(sql, attrs, len);
	sql_add(sql, ", ");
	sql_ints(sql, datasets, len);
	sql_add(sql, ", ");
	sql_times(sql, times, len);
	sql_add(sql, ", ");
	sql_longs(sql, first, len);
	sql_add(sql, ", ");
	sql_longs(sql, second, len);
	sql_add(sql, ") WITH ORDINALITY AS p(hid, attr, dataset, t, k1, k2, n)");
}

void series_row_sql(const struct temporal_q *q, struct sql *sql)
{
	const char *time = time_sql(q);

	sql_addf(sql,
		" AND h.hid = p.hid AND h.attr = p.attr"
		" AND (p.dataset < 0 OR h.dataset = p.dataset)"
		" AND %s >= p.t AND (%s, %s) >= (p.t, p.k1, p.k2)",
		time, time, ties_sql(q));
}
