/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where little lies in an interval, the evolutions that it is of.  Without this a query for
 * what almost nobody has would look at everybody.
 */
#include "temporal_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <store/pg.h>

#include <stdlib.h>

#define DAY INT64_C(86400000000)
#define FEW 50000 /* rows */

/* " AND …": the row h is of the interval, whatever else it is. */
static void interval_sql(const struct temporal_q *q, struct sql *sql)
{
	int64_t first, last;

	temporal_q_range(q, &first, &last);
	sql_addf(sql, " AND %s >= ", time_sql(q));
	sql_time(sql, first);
	sql_addf(sql, " AND %s < ", time_sql(q));
	sql_time(sql, last);
	if (q->property == TIME_DELETED)
		sql_add(sql, " AND h.deleted IS NOT NULL");
}

/* By observedAt an evolution is probed in no time, which long intervals need not know. */
static bool may_be_few(const struct temporal_query *query)
{
	const struct temporal_q *q = query->temporal;
	const struct entity_query *e = &query->entities;
	int64_t first, last;

	temporal_q_range(q, &first, &last);
	return e->map <= 0 && (e->selectors_len != 1 || e->selectors[0].ids_len == 0) &&
		(q->property != TIME_OBSERVED || last - first <= DAY);
}

static int by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int temporal_few(struct pg *pg, const struct temporal_names *n, struct arena *a,
	struct temporal_few *out, struct err *err)
{
	auto_sql sql = {.arena = a};
	auto_pgresult *res = NULL;
	int64_t rows = 0;

	*out = (struct temporal_few){0};
	if (!may_be_few(n->query))
		return 0;
	sql_add(&sql, "SELECT h.hid, count(*), bool_or(true");
	attr_sql(n, &sql);
	instance_sql(n, true, &sql);
	sql_add(&sql, ") FROM (SELECT * FROM history h WHERE true");
	interval_sql(n->query->temporal, &sql);
	sql_addf(&sql, " LIMIT %d) AS h GROUP BY h.hid", FEW + 1);
	if (temporal_query_sql(pg, &sql, &res, err) < 0)
		return -1;
	out->hids = arena_array(a, int64_t, (size_t)PQntuples(res) + 1);
	for (int i = 0; i < PQntuples(res); i++) {
		rows += pg_get_int(res, i, 1);
		if (pg_get_int(res, i, 2) != 0)
			out->hids[out->len++] = pg_get_int(res, i, 0);
	}
	out->known = rows <= FEW;
	qsort(out->hids, out->len, sizeof(out->hids[0]), by_number);
	return 0;
}
