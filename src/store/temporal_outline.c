/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which series the evolutions of a page have in the interval, how many instances of each,
 * and where an answer that would be too long is cut.  All of it comes out of the index
 * (hid, attr, at) but the kind, for which the latest instance of each is read.
 */
#include "temporal_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <base/jn.h>
#include <core/render_temporal.h>
#include <store/pg.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum column {
	EVOLUTION,
	ATTR,
	ATTR_IRI,
	DATASET,
	DATASET_IRI,
	COUNT,
	FIRST,
	LAST,
	DOC,
	FROM_TIME,
	FROM_K1,
	FROM_K2,
};

struct outlining {
	const struct temporal_names *names;
	struct sql *sql;
	unsigned most;
	bool split;
};

/* The attributes of p, one after the other by the index, however long their series. */
static void add_every_attr(const struct outlining *o)
{
	struct sql *sql = o->sql;

	sql_add(sql,
		" CROSS JOIN LATERAL (WITH RECURSIVE s AS ((SELECT h.attr FROM history h"
		" WHERE h.hid = p.hid ORDER BY h.attr LIMIT 1) UNION ALL"
		" SELECT (SELECT h.attr FROM history h WHERE h.hid = p.hid"
		" AND h.attr > s.attr ORDER BY h.attr LIMIT 1) FROM s WHERE s.attr IS "
		"NOT "
		"NULL)"
		" SELECT h.attr FROM s h WHERE h.attr IS NOT NULL");
	if (o->names->without_len > 0) {
		sql_add(sql, " AND h.attr <> ALL(");
		sql_ints(sql, o->names->without, o->names->without_len);
		sql_add(sql, ")");
	}
	if (!o->names->query->scopes) {
		sql_add(sql, " AND h.attr <> ");
		sql_int4(sql, o->names->scope);
	}
	sql_add(sql, ") x");
}

static void add_attrs(const struct outlining *o)
{
	const struct temporal_names *n = o->names;
	int *attrs = arena_array(o->sql->arena, int, n->attrs_len + 1);
	size_t len = n->attrs_len;

	if (n->query->attrs == NULL && !n->query->only_scopes) {
		add_every_attr(o);
		return;
	}
	if (n->query->only_scopes)
		len = 0;
	for (size_t i = 0; i < len; i++)
		attrs[i] = n->attrs[i];
	if (n->query->scopes && n->scope != 0)
		attrs[len++] = n->scope;
	sql_add(o->sql, " CROSS JOIN LATERAL unnest(");
	sql_ints(o->sql, attrs, len);
	sql_add(o->sql, ") x(attr)");
}

/* With a scopeQ, the scope that the entity had when the interval began is one of those
 * that are shown (C.5.16). */
static void add_beginning(const struct outlining *o)
{
	struct sql *sql = o->sql;
	int64_t first, last;

	temporal_q_range(o->names->query->temporal, &first, &last);
	sql_add(sql, " CROSS JOIN LATERAL (SELECT ");
	if (o->names->query->entities.scope != NULL) {
		sql_add(sql, "CASE WHEN x.attr = ");
		sql_int4(sql, o->names->scope);
		sql_add(sql,
			" THEN (SELECT max(h.at) FROM history h WHERE h.hid = p.hid"
			" AND h.attr = ");
		sql_int4(sql, o->names->scope);
		sql_add(sql, " AND h.at < ");
		sql_time(sql, first);
		sql_add(sql, ") END");
	} else {
		sql_add(sql, "NULL::timestamptz");
	}
	sql_add(sql,
		" OFFSET 0) carried(at) CROSS JOIN LATERAL (SELECT coalesce("
		"carried.at, ");
	sql_time(sql, first);
	sql_add(sql, ") OFFSET 0) b(at)");
}

/* "SELECT <columns> FROM history h WHERE …" of one attribute, from its beginning on. */
static void add_rows(const struct outlining *o, const char *columns)
{
	sql_addf(o->sql,
		"SELECT %s FROM history h WHERE h.hid = p.hid AND h.attr = x.attr"
		" AND %s >= b.at",
		columns, time_sql(o->names->query->temporal));
	instance_sql(o->names, false, o->sql);
}

/* Counted up to `most` and to lastN, which takes them from the end. */
static void add_counts(const struct outlining *o)
{
	const struct temporal_q *q = o->names->query->temporal;
	const char *time = time_sql(q);
	struct sql *sql = o->sql;
	unsigned most = o->most;

	if (q->last_n > 0 && q->last_n < most)
		most = q->last_n;
	sql_add(sql, " CROSS JOIN LATERAL (SELECT ");
	sql_add(sql, o->split ? "i.dataset" : "-1::int4");
	sql_add(sql, ", count(*), min(i.t), max(i.t) FROM (");
	add_rows(o, arena_printf(sql->arena, "h.dataset, %s AS t", time));
	sql_addf(sql, " ORDER BY %s%s LIMIT %u) i GROUP BY 1) c(dataset, n, a, z)", time,
		q->last_n > 0 ? " DESC" : "", most);
}

/* Only the ends, which the index has at hand. */
static void add_ends(const struct outlining *o)
{
	const char *time = time_sql(o->names->query->temporal);
	struct sql *sql = o->sql;

	sql_add(sql, " CROSS JOIN LATERAL (SELECT -1::int4, 1::int8, (");
	add_rows(o, time);
	sql_addf(sql, " ORDER BY %s LIMIT 1), (", time);
	add_rows(o, time);
	sql_addf(sql, " ORDER BY %s DESC LIMIT 1) OFFSET 0) c(dataset, n, a, z)", time);
}

static void add_latest(const struct outlining *o, const char *more)
{
	add_rows(o, "h.doc");
	sql_addf(o->sql,
		" AND (c.dataset < 0 OR h.dataset = c.dataset)%s ORDER BY %s DESC LIMIT "
		"1",
		more, time_sql(o->names->query->temporal));
}

/* The last of lastN's; and the latest for its kind, a deletion only where there is nothing
 * else. */
static void add_instances(const struct outlining *o)
{
	const struct temporal_q *q = o->names->query->temporal;
	const char *time = time_sql(q), *ties = ties_sql(q);
	struct sql *sql = o->sql;

	sql_add(sql, " CROSS JOIN LATERAL (SELECT coalesce((");
	add_latest(o, " AND h.deleted IS NULL");
	sql_add(sql, "), (");
	add_latest(o, "");
	sql_add(sql, ")) OFFSET 0) d(doc)");
	if (q->last_n == 0 || o->most == 0)
		return;
	sql_add(sql, " LEFT JOIN LATERAL (");
	add_rows(o, arena_printf(sql->arena, "%s, %s", time, ties));
	sql_addf(sql, " ORDER BY %s DESC, %s LIMIT 1 OFFSET %u) f(t, k1, k2) ON true",
		time,
		q->property == TIME_OBSERVED ? "h.dataset DESC, h.dup DESC"
					     : "h.seq DESC",
		q->last_n - 1);
}

static void add_select(const struct outlining *o)
{
	const struct temporal_q *q = o->names->query->temporal;

	sql_add(o->sql,
		"SELECT p.n, x.attr, (SELECT t.iri FROM name t WHERE t.id = x.attr),"
		" c.dataset, (SELECT t.iri FROM name t WHERE t.id = c.dataset), c.n, "
		"c.a, "
		"c.z,"
		" d.doc, ");
	if (q->last_n > 0 && o->most > 0)
		sql_add(o->sql,
			"coalesce(f.t, b.at), coalesce(f.k1, 0), coalesce(f.k2, 0)");
	else
		sql_add(o->sql, "b.at, 0::int8, 0::int8");
}

static void build(const struct outlining *o, const struct evolution_page *page)
{
	struct sql *sql = o->sql;
	int64_t *hids = arena_array(sql->arena, int64_t, page->len + 1);

	for (size_t i = 0; i < page->len; i++)
		hids[i] = page->items[i].hid;
	add_select(o);
	sql_add(sql, " FROM unnest(");
	sql_longs(sql, hids, page->len);
	sql_add(sql, ") WITH ORDINALITY AS p(hid, n)");
	add_attrs(o);
	add_beginning(o);
	if (o->most > 0)
		add_counts(o);
	else
		add_ends(o);
	add_instances(o);
	sql_add(sql, " WHERE c.a IS NOT NULL");
}

static int by_place(const void *a, const void *b)
{
	const struct series *x = a, *y = b;

	if (x->evolution != y->evolution)
		return x->evolution < y->evolution ? -1 : 1;
	if (x->attr != y->attr)
		return x->attr < y->attr ? -1 : 1;
	return (x->dataset > y->dataset) - (x->dataset < y->dataset);
}

static void read_series(const PGresult *res, int row, struct arena *a, struct series *out)
{
	const struct jn *doc = jn_parse_trusted(
		PQgetvalue(res, row, DOC), (size_t)PQgetlength(res, row, DOC), a);

	assert(doc != NULL);
	*out = (struct series){
		.evolution = (size_t)pg_get_int(res, row, EVOLUTION) - 1,
		.attr = (int)pg_get_int(res, row, ATTR),
		.dataset = (int)pg_get_int(res, row, DATASET),
		.attr_iri = arena_strdup(a, PQgetvalue(res, row, ATTR_IRI)),
		.kind = instance_kind(doc),
		.class = value_class_of(doc),
		.count = pg_get_int(res, row, COUNT),
		.first = pg_get_time(res, row, FIRST),
		.last = pg_get_time(res, row, LAST),
		.from = {pg_get_time(res, row, FROM_TIME), pg_get_int(res, row, FROM_K1),
			pg_get_int(res, row, FROM_K2)},
	};
	if (!PQgetisnull(res, row, DATASET_IRI))
		out->dataset_iri = arena_strdup(a, PQgetvalue(res, row, DATASET_IRI));
}

int temporal_outline(struct pg *pg, const struct entity_index *index,
	const struct temporal_query *query, const struct evolution_page *page,
	unsigned most, bool split, struct arena *a, struct outline *out, struct err *err)
{
	auto_sql sql = {.arena = a};
	auto_pgresult *res = NULL;
	struct temporal_names names;
	struct outlining o = {&names, &sql, most, split};

	*out = (struct outline){0};
	if (temporal_names(index, query, a, &names, err) < 0)
		return -1;
	if (page->len == 0 || names.none)
		return 0;
	build(&o, page);
	if (temporal_query_sql(pg, &sql, &res, err) < 0)
		return -1;
	out->len = (size_t)PQntuples(res);
	out->items = arena_array(a, struct series, out->len + 1);
	for (size_t i = 0; i < out->len; i++)
		read_series(res, (int)i, a, &out->items[i]);
	qsort(out->items, out->len, sizeof(struct series), by_place);
	return 0;
}

/* The times of all series, at most `most` of each; those beyond an instant where there is
 * one. */
static void cut_rows(const struct temporal_names *n, const struct evolution_page *page,
	const struct outline *outline, unsigned most, bool newest, const int64_t *beyond,
	struct sql *sql)
{
	const struct temporal_q *q = n->query->temporal;
	const char *time = time_sql(q);

	sql_add(sql, "SELECT i.t FROM ");
	series_sql(page, outline->items, outline->len, sql);
	sql_addf(sql, " CROSS JOIN LATERAL (SELECT %s AS t FROM history h WHERE true",
		time);
	series_row_sql(q, sql);
	instance_sql(n, false, sql);
	if (beyond != NULL) {
		sql_addf(sql, " AND %s %s ", time, newest ? "<" : ">");
		sql_time(sql, *beyond);
	}
	sql_addf(sql, " ORDER BY %s%s LIMIT %u) i", time, newest ? " DESC" : "", most);
}

int temporal_cut(struct pg *pg, const struct entity_index *index,
	const struct temporal_query *query, const struct evolution_page *page,
	const struct outline *outline, unsigned most, bool newest, struct arena *a,
	int64_t *at, bool *cut, struct err *err)
{
	auto_sql sql = {.arena = a}, rest = {.arena = a};
	auto_pgresult *res = NULL, *left = NULL;
	struct temporal_names names;

	*cut = false;
	if (temporal_names(index, query, a, &names, err) < 0)
		return -1;
	cut_rows(&names, page, outline, most, newest, NULL, &sql);
	sql_addf(&sql, " ORDER BY i.t%s LIMIT 1 OFFSET %u", newest ? " DESC" : "",
		most - 1);
	if (temporal_query_sql(pg, &sql, &res, err) < 0)
		return -1;
	if (PQntuples(res) == 0)
		return 0;
	*at = pg_get_time(res, 0, 0);
	cut_rows(&names, page, outline, 1, newest, at, &rest);
	sql_add(&rest, " LIMIT 1");
	if (temporal_query_sql(pg, &rest, &left, err) < 0)
		return -1;
	*cut = PQntuples(left) > 0;
	return 0;
}
