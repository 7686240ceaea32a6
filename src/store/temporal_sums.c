/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums of numbers by period: days that were added up (temporal_days.c), and of the rest the
 * rows.  Everything they need is in the index of history, which holds the numbers beside the
 * key: no row is visited.
 */
#include "temporal_priv.h"

#include "history_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <store/pg.h>

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum column {
	SERIES,
	DATASET,
	DATASET_IRI,
	PERIOD,
	TOTAL,
	COUNT,
	SUM,
	MIN,
	MAX,
	SUMSQ,
	SPREAD,
	DISTINCT,
	ENERGY,
};

/* The periods as an expression about the time of row h: their beginning. */
static void add_period(const struct periods *p, const char *time, struct sql *sql)
{
	if (p->step > 0) {
		sql_add(sql, "date_bin(");
		sql_param(sql, "interval",
			arena_printf(sql->arena, "%" PRId64 " microseconds", p->step));
		sql_addf(sql, ", %s, ", time);
		sql_time(sql, p->origin);
		sql_add(sql, ")");
	} else if (p->bounds_len > 0) {
		/* width_bucket() counts from 1 */
		sql_addf(sql, "width_bucket(%s, ", time);
		sql_times(sql, p->bounds, p->bounds_len);
		sql_add(sql, ")");
	} else {
		sql_add(sql, "NULL::timestamptz");
	}
}

/* What costs more than adding up is made only where it was asked for. */
static void add_sums(unsigned methods, struct sql *sql)
{
	const struct {
		unsigned methods;
		const char *text, *type;
	} sums[] = {
		{1u << AGGR_AVG | 1u << AGGR_SUM | 1u << AGGR_STDDEV, SUM_SQL, "float8"},
		{1u << AGGR_MIN, "min(h.num)", "float8"},
		{1u << AGGR_MAX, "max(h.num)", "float8"},
		{1u << AGGR_SUMSQ, "sum(" SQUARE_SQL ")", "float8"},
		{1u << AGGR_STDDEV, SPREAD_SQL, "float8"},
		{1u << AGGR_DISTINCT_COUNT, "count(DISTINCT h.num)", "int8"},
		{1u << AGGR_ENERGETIC_MEAN, "sum(" ENERGY_SQL ")", "float8"},
	};

	sql_add(sql, ", count(*), count(h.num)");
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		sql_addf(sql, ", %s::%s",
			(methods & sums[i].methods) != 0 ? sums[i].text : "NULL",
			sums[i].type);
}

/* unnest(…) of gaps, as p(hid, attr, a, z, n). */
static void gaps_sql(const struct evolution_page *page, const struct outline *outline,
	const struct series_gaps *gaps, struct sql *sql)
{
	struct arena *a = sql->arena;
	int64_t *hids = arena_array(a, int64_t, gaps->len);
	int64_t *from = arena_array(a, int64_t, gaps->len);
	int64_t *to = arena_array(a, int64_t, gaps->len);
	int64_t *numbers = arena_array(a, int64_t, gaps->len);
	int *attrs = arena_array(a, int, gaps->len);

	for (size_t i = 0; i < gaps->len; i++) {
		const struct series *s = &outline->items[gaps->items[i].series];

		hids[i] = page->items[s->evolution].hid;
		attrs[i] = s->attr;
		from[i] = gaps->items[i].from;
		to[i] = gaps->items[i].to;
		numbers[i] = (int64_t)gaps->items[i].series;
	}
	sql_add(sql, "unnest(");
	sql_longs(sql, hids, gaps->len);
	sql_add(sql, ", ");
	sql_ints(sql, attrs, gaps->len);
	sql_add(sql, ", ");
	sql_times(sql, from, gaps->len);
	sql_add(sql, ", ");
	sql_times(sql, to, gaps->len);
	sql_add(sql, ", ");
	sql_longs(sql, numbers, gaps->len);
	sql_add(sql, ") AS p(hid, attr, a, z, n)");
}

static void build(const struct temporal_names *n, const struct evolution_page *page,
	const struct outline *outline, const struct series_gaps *gaps,
	const struct periods *periods, struct sql *sql)
{
	const struct temporal_q *q = n->query->temporal;

	sql_add(sql,
		"SELECT s.n, s.dataset, CASE WHEN s.dataset <> 0 THEN (SELECT t.iri"
		" FROM name t WHERE t.id = s.dataset) END, s.b, s.total, s.numbers,"
		" s.sum, s.min, s.max, s.sumsq, s.spread, s.different, s.energy"
		" FROM (SELECT p.n, h.dataset, ");
	add_period(periods, time_sql(q), sql);
	add_sums(q->methods, sql);
	sql_add(sql, " FROM ");
	gaps_sql(page, outline, gaps, sql);
	sql_addf(sql,
		" JOIN history h ON h.hid = p.hid AND h.attr = p.attr AND %s >= p.a"
		" AND %s < p.z",
		time_sql(q), time_sql(q));
	instance_sql(n, true, sql);
	sql_add(sql,
		" GROUP BY 1, 2, 3) AS s(n, dataset, b, total, numbers, sum, min, max, "
		"sumsq, spread, different, energy)");
}

static double float_or_0(const PGresult *res, int row, enum column column)
{
	return PQgetisnull(res, row, column) ? 0 : pg_get_float(res, row, column);
}

static int64_t beginning(const PGresult *res, int row, const struct periods *p)
{
	int64_t n;

	if (p->step > 0)
		return pg_get_time(res, row, PERIOD);
	if (p->bounds_len == 0)
		return p->origin;
	n = pg_get_int(res, row, PERIOD);
	assert(n > 0 && (size_t)n <= p->bounds_len);
	return p->bounds[n - 1];
}

static void read_bucket(const PGresult *res, int row, const struct periods *periods,
	struct arena *a, struct series_bucket *out)
{
	*out = (struct series_bucket){
		.series = (size_t)pg_get_int(res, row, SERIES),
		.dataset = (int)pg_get_int(res, row, DATASET),
		.start = beginning(res, row, periods),
		.total = pg_get_int(res, row, TOTAL),
		.numbers = {.count = pg_get_int(res, row, COUNT),
			.sum = float_or_0(res, row, SUM),
			.min = float_or_0(res, row, MIN),
			.max = float_or_0(res, row, MAX),
			.sumsq = float_or_0(res, row, SUMSQ),
			.spread = float_or_0(res, row, SPREAD),
			.energy = float_or_0(res, row, ENERGY)},
	};
	if (!PQgetisnull(res, row, DISTINCT))
		out->numbers.distinct = pg_get_int(res, row, DISTINCT);
	if (!PQgetisnull(res, row, DATASET_IRI))
		out->dataset_iri = arena_strdup(a, PQgetvalue(res, row, DATASET_IRI));
}

static int by_time(const void *a, const void *b)
{
	const struct series_bucket *x = a, *y = b;

	if (x->series != y->series)
		return x->series < y->series ? -1 : 1;
	if (x->dataset != y->dataset)
		return x->dataset < y->dataset ? -1 : 1;
	return (x->start > y->start) - (x->start < y->start);
}

static int read_gaps(struct pg *pg, const struct temporal_names *n,
	const struct evolution_page *page, const struct outline *outline,
	const struct series_gaps *gaps, const struct periods *periods,
	struct bucket_list *out, struct err *err)
{
	auto_sql sql = {.arena = out->arena};
	auto_pgresult *res = NULL;

	if (gaps->len == 0)
		return 0;
	build(n, page, outline, gaps, periods, &sql);
	if (temporal_query_sql(pg, &sql, &res, err) < 0)
		return -1;
	for (int i = 0; i < PQntuples(res); i++) {
		struct series_bucket b;

		read_bucket(res, i, periods, out->arena, &b);
		bucket_list_add(out, &b);
	}
	return 0;
}

/* Put in order here: the database would sort the rows for it, not the sums. */
static void put_in_order(struct bucket_list *list)
{
	for (size_t i = 1; i < list->len; i++) {
		if (by_time(&list->items[i - 1], &list->items[i]) <= 0)
			continue;
		qsort(list->items, list->len, sizeof(list->items[0]), by_time);
		return;
	}
}

/* Both in order: what both have of a period is added up. */
static void merge(
	const struct bucket_list *a, const struct bucket_list *b, struct bucket_list *out)
{
	size_t i = 0, j = 0;

	while (i < a->len || j < b->len)
		if (j == b->len ||
			(i < a->len && by_time(&a->items[i], &b->items[j]) <= 0))
			bucket_list_add(out, &a->items[i++]);
		else
			bucket_list_add(out, &b->items[j++]);
}

int temporal_sums(struct pg *pg, const struct entity_index *index,
	const struct temporal_query *query, const struct evolution_page *page,
	const struct outline *outline, size_t start, size_t end,
	const struct periods *periods, struct arena *a, struct series_buckets *out,
	struct err *err)
{
	struct bucket_list days = {.arena = a}, rows = {.arena = a}, all = {.arena = a};
	struct series_gaps gaps = {.arena = a};
	struct temporal_names names;

	*out = (struct series_buckets){0};
	if (temporal_names(index, query, a, &names, err) < 0 ||
		temporal_days(pg, &names, page, outline, start, end, periods, &days,
			&gaps, err) < 0 ||
		read_gaps(pg, &names, page, outline, &gaps, periods, &rows, err) < 0)
		return -1;
	put_in_order(&days);
	put_in_order(&rows);
	merge(&days, &rows, &all);
	out->items = all.items;
	out->len = all.len;
	return 0;
}

int temporal_medians(struct pg *pg, const struct entity_index *index,
	const struct temporal_query *query, const struct evolution_page *page,
	const struct outline *outline, size_t start, size_t end, struct arena *a,
	int64_t *out, struct err *err)
{
	const char *time = time_sql(query->temporal);
	auto_sql sql = {.arena = a};
	auto_pgresult *res = NULL;
	struct temporal_names names;

	if (temporal_names(index, query, a, &names, err) < 0)
		return -1;
	for (size_t i = start; i < end; i++)
		out[i - start] = 0;
	sql_add(&sql,
		"SELECT g.n, (extract(epoch FROM percentile_disc(0.5) WITHIN GROUP"
		" (ORDER BY g.gap)) * 1000000)::int8 FROM (SELECT p.n, ");
	sql_addf(&sql,
		"%s - lag(%s) OVER (PARTITION BY p.n, h.dataset ORDER BY %s) AS gap "
		"FROM ",
		time, time, time);
	series_sql(page, outline->items + start, end - start, &sql);
	sql_add(&sql, " JOIN history h ON h.deleted IS NULL");
	series_row_sql(query->temporal, &sql);
	instance_sql(&names, true, &sql);
	sql_add(&sql, ") g WHERE g.gap > interval '0' GROUP BY g.n");
	if (temporal_query_sql(pg, &sql, &res, err) < 0)
		return -1;
	for (int i = 0; i < PQntuples(res); i++)
		out[pg_get_int(res, i, 0) - 1] = pg_get_int(res, i, 1);
	return 0;
}
