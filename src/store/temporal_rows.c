/* SPDX-License-Identifier: Apache-2.0 */
/* The instances of series, some at a time: each call begins where the last one ended. */
#include "temporal_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <store/pg.h>

#include <assert.h>

enum column {
	SERIES,
	TIME,
	K1,
	K2,
	SEQ,
	CREATED,
	MODIFIED,
	DELETED,
	DOC,
	DATASET,
};

void series_rows_fini(struct series_rows *rows)
{
	PQclear(rows->res);
	rows->res = NULL;
}

/* In the order of the series, which a nested loop over them keeps. */
static void build(const struct temporal_names *n, const struct evolution_page *page,
	struct series *series, const struct rows_wanted *wanted, struct sql *sql)
{
	const struct temporal_q *q = n->query->temporal;
	const char *time = time_sql(q), *ties = ties_sql(q);

	sql_add(sql, "SELECT p.n, i.* FROM ");
	series_sql(page, series, wanted->end - wanted->start, sql);
	sql_addf(sql,
		" CROSS JOIN LATERAL (SELECT %s AS t, %s, h.seq, h.created,"
		" h.modified, h.deleted, h.doc, h.dataset FROM history h WHERE true",
		time, ties);
	series_row_sql(q, sql);
	instance_sql(n, false, sql);
	sql_addf(sql, " AND %s < ", time);
	sql_time(sql, wanted->to);
	if (wanted->texts)
		sql_add(sql, " AND h.num IS NULL AND h.deleted IS NULL");
	sql_addf(sql, " ORDER BY %s, %s LIMIT %u) i LIMIT %u", time,
		q->property == TIME_OBSERVED ? "h.dataset, h.dup" : "h.seq",
		wanted->most + 1, wanted->most + 1);
}

static void read_row(const PGresult *res, int row, size_t start, struct series_row *out)
{
	*out = (struct series_row){
		.series = start + (size_t)pg_get_int(res, row, SERIES) - 1,
		.place = {pg_get_time(res, row, TIME), pg_get_int(res, row, K1),
			pg_get_int(res, row, K2)},
		.dataset = (int)pg_get_int(res, row, DATASET),
		.seq = pg_get_int(res, row, SEQ),
		.created = pg_get_time(res, row, CREATED),
		.modified = pg_get_time(res, row, MODIFIED),
		.doc = PQgetvalue(res, row, DOC),
		.len = (size_t)PQgetlength(res, row, DOC),
	};
	if (!PQgetisnull(res, row, DELETED))
		out->deleted = pg_get_time(res, row, DELETED);
}

int temporal_rows(struct pg *pg, const struct entity_index *index,
	const struct temporal_query *query, const struct evolution_page *page,
	const struct outline *outline, const struct rows_wanted *wanted, struct arena *a,
	struct series_rows *out, struct err *err)
{
	size_t n = wanted->end - wanted->start, rows;
	struct series *series = arena_array(a, struct series, n + 1);
	auto_sql sql = {.arena = a};
	struct temporal_names names;

	assert(wanted->start < wanted->end && wanted->end <= outline->len);
	*out = (struct series_rows){0};
	if (temporal_names(index, query, a, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		series[i] = outline->items[wanted->start + i];
	series[0].from = wanted->from;
	build(&names, page, series, wanted, &sql);
	if (temporal_query_sql(pg, &sql, &out->res, err) < 0)
		return -1;
	rows = (size_t)PQntuples(out->res);
	out->more = rows > wanted->most;
	out->len = out->more ? wanted->most : rows;
	out->items = arena_array(a, struct series_row, out->len + 1);
	for (size_t i = 0; i < out->len; i++) {
		read_row(out->res, (int)i, wanted->start, &out->items[i]);
		assert(i == 0 || out->items[i].series >= out->items[i - 1].series);
	}
	return 0;
}
