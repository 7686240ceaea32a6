/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Periods from the sums of days (sql/0013_history_days.sql), where periods are made of whole
 * hours and the hours say all that is asked.  What has no sums, and what of the interval is
 * no whole hour, is left to the rows.
 */
#include "temporal_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <store/pg.h>

#include <assert.h>
#include <string.h>

#define HOUR INT64_C(3600000000)
#define DAY  (24 * HOUR)

enum column {
	SERIES,
	DATASET,
	DATASET_IRI,
	DAY_NUMBER,
	HOURS,
	COUNT,
	SUM,
	LEAST,
	GREATEST,
	SQUARES,
	SPREAD,
	ENERGY,
};

struct reading {
	const struct temporal_names *names;
	const struct evolution_page *page;
	const struct series *series;
	size_t start, len; /* of the series, in the outline */
	const struct periods *periods;
	int64_t first, last; /* the interval */
	struct bucket_list *sums;
	struct series_gaps *gaps;
	int64_t *done; /* by series: up to where it is in sums or gaps */
};

/* ---- what is asked */

static bool is_hour(int64_t us)
{
	return us % HOUR == 0;
}

static bool are_of_hours(const struct periods *p)
{
	for (size_t i = 0; i < p->bounds_len; i++)
		if (!is_hour(p->bounds[i]))
			return false;
	return p->bounds_len > 0 || p->step == 0 ||
		(is_hour(p->step) && is_hour(p->origin));
}

/* Hours know numbers that say when they were observed, and not how many are different. */
static bool can_tell(const struct reading *r)
{
	const struct temporal_query *query = r->names->query;
	const struct temporal_q *q = query->temporal;

	return q->property == TIME_OBSERVED && temporal_q_strict(q) &&
		(q->methods & 1u << AGGR_DISTINCT_COUNT) == 0 &&
		query->entities.scope == NULL && are_of_hours(r->periods) &&
		r->last - r->first >= DAY;
}

static void add_arrays(unsigned methods, struct sql *sql)
{
	const struct {
		unsigned methods;
		const char *column;
	} arrays[] = {
		{1u << AGGR_AVG | 1u << AGGR_SUM | 1u << AGGR_STDDEV, "sum"},
		{1u << AGGR_MIN, "least"},
		{1u << AGGR_MAX, "greatest"},
		{1u << AGGR_SUMSQ, "squares"},
		{1u << AGGR_STDDEV, "spread"},
		{1u << AGGR_ENERGETIC_MEAN, "energy"},
	};

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		if ((methods & arrays[i].methods) != 0)
			sql_addf(sql, ", d.%s", arrays[i].column);
		else
			sql_add(sql, ", NULL::float8[]");
}

static void add_day(struct sql *sql, int64_t us)
{
	sql_add(sql, "(");
	sql_time(sql, us);
	sql_add(sql, " AT TIME ZONE 'UTC')::date");
}

/* In order: the sums of a day that somebody marked are none. */
static void build(const struct reading *r, struct sql *sql)
{
	const struct temporal_query *query = r->names->query;
	int64_t *hids = arena_array(sql->arena, int64_t, r->len + 1);
	int *attrs = arena_array(sql->arena, int, r->len + 1);

	for (size_t i = 0; i < r->len; i++) {
		hids[i] = r->page->items[r->series[i].evolution].hid;
		attrs[i] = r->series[i].attr;
	}
	sql_add(sql,
		"SELECT p.n, d.dataset, CASE WHEN d.dataset <> 0 THEN (SELECT t.iri"
		" FROM name t WHERE t.id = d.dataset) END, d.day - '1970-01-01'::date,"
		" d.hours, d.count");
	add_arrays(query->temporal->methods, sql);
	sql_add(sql, " FROM unnest(");
	sql_longs(sql, hids, r->len);
	sql_add(sql, ", ");
	sql_ints(sql, attrs, r->len);
	sql_add(sql,
		") WITH ORDINALITY AS p(hid, attr, n) JOIN history_day d"
		" ON d.hid = p.hid AND d.attr = p.attr AND d.day >= ");
	add_day(sql, r->first);
	sql_add(sql, " AND d.day <= ");
	add_day(sql, r->last);
	if (query->datasets != NULL) {
		sql_add(sql, " AND d.dataset = ANY(");
		sql_ints(sql, r->names->datasets, r->names->datasets_len);
		sql_add(sql, ")");
	}
	sql_add(sql,
		" WHERE NOT EXISTS (SELECT FROM history_stale s WHERE s.hid = d.hid"
		" AND s.attr = d.attr AND s.day = d.day)"
		" ORDER BY p.n, d.day, d.dataset");
}

/* ---- what is there */

void bucket_list_add(struct bucket_list *list, const struct series_bucket *bucket)
{
	struct series_bucket *last = list->len > 0 ? &list->items[list->len - 1] : NULL;

	if (last != NULL && last->series == bucket->series &&
		last->dataset == bucket->dataset && last->start == bucket->start) {
		last->total += bucket->total;
		number_sums_add(&last->numbers, &bucket->numbers);
		return;
	}
	if (list->len == list->room) {
		size_t room = list->room > 0 ? 2 * list->room : 64;
		struct series_bucket *items =
			arena_array(list->arena, struct series_bucket, room);

		if (list->len > 0)
			memcpy(items, list->items, list->len * sizeof(items[0]));
		list->items = items;
		list->room = room;
	}
	list->items[list->len++] = *bucket;
}

static void add_gap(const struct reading *r, size_t series, int64_t to)
{
	struct series_gaps *gaps = r->gaps;

	if (r->done[series] >= to)
		return;
	if (gaps->len == gaps->room) {
		size_t room = gaps->room > 0 ? 2 * gaps->room : 64;
		struct series_gap *items =
			arena_array(gaps->arena, struct series_gap, room);

		if (gaps->len > 0)
			memcpy(items, gaps->items, gaps->len * sizeof(items[0]));
		gaps->items = items;
		gaps->room = room;
	}
	gaps->items[gaps->len++] = (struct series_gap){
		.series = r->start + series, .from = r->done[series], .to = to};
}

static uint32_t read_32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

/* An element of an array in binary format: a head of five numbers, then each with its
 * length; none is null. */
static const char *element(
	const PGresult *res, int row, enum column column, int i, uint32_t size)
{
	const char *array = PQgetvalue(res, row, column);
	const char *at = array + 20 + (size_t)i * (4 + size);

	assert(at + 4 + size <= array + PQgetlength(res, row, column) &&
		read_32(at) == size);
	return at + 4;
}

static double float_at(const PGresult *res, int row, enum column column, int i)
{
	const char *p;
	uint64_t bits;
	double value;

	if (PQgetisnull(res, row, column))
		return 0;
	p = element(res, row, column, i, 8);
	bits = (uint64_t)read_32(p) << 32 | read_32(p + 4);
	memcpy(&value, &bits, sizeof(value));
	return value;
}

static struct number_sums hour_at(const PGresult *res, int row, int i)
{
	return (struct number_sums){
		.count = (int64_t)read_32(element(res, row, COUNT, i, 4)),
		.sum = float_at(res, row, SUM, i),
		.min = float_at(res, row, LEAST, i),
		.max = float_at(res, row, GREATEST, i),
		.sumsq = float_at(res, row, SQUARES, i),
		.spread = float_at(res, row, SPREAD, i),
		.energy = float_at(res, row, ENERGY, i),
	};
}

/* The hours of a day that lie in the interval. */
static void read_day(struct reading *r, const PGresult *res, int row, const char *iri)
{
	size_t series = (size_t)pg_get_int(res, row, SERIES) - 1;
	int64_t day = pg_get_int(res, row, DAY_NUMBER) * DAY, end;
	int64_t from = day > r->first ? day : r->first;
	int64_t to = day + DAY < r->last ? day + DAY : r->last;
	uint32_t hours = (uint32_t)pg_get_int(res, row, HOURS);
	struct series_bucket b = {.series = r->start + series,
		.dataset = (int)pg_get_int(res, row, DATASET),
		.dataset_iri = iri};

	from += is_hour(from) ? 0 : HOUR - (from - day) % HOUR;
	to -= (to - day) % HOUR;
	if (from >= to)
		return;
	add_gap(r, series, from);
	r->done[series] = to;
	for (int hour = 0, i = 0; hour < 24; hour++) {
		int64_t at = day + hour * HOUR;

		if ((hours & 1u << hour) == 0)
			continue;
		if (at >= from && at < to) {
			periods_at(r->periods, at, &b.start, &end);
			b.numbers = hour_at(res, row, i);
			b.total = b.numbers.count;
			bucket_list_add(r->sums, &b);
		}
		i++;
	}
}

static int read_days(struct reading *r, struct pg *pg, struct arena *a, struct err *err)
{
	auto_sql sql = {.arena = a};
	auto_pgresult *res = NULL;

	build(r, &sql);
	if (temporal_query_sql(pg, &sql, &res, err) < 0)
		return -1;
	for (int i = 0; i < PQntuples(res); i++) {
		const char *iri = NULL;

		if (!PQgetisnull(res, i, DATASET_IRI))
			iri = arena_strdup(a, PQgetvalue(res, i, DATASET_IRI));
		read_day(r, res, i, iri);
	}
	return 0;
}

int temporal_days(struct pg *pg, const struct temporal_names *n,
	const struct evolution_page *page, const struct outline *outline, size_t start,
	size_t end, const struct periods *periods, struct bucket_list *sums,
	struct series_gaps *gaps, struct err *err)
{
	struct reading r = {
		.names = n,
		.page = page,
		.series = outline->items + start,
		.start = start,
		.len = end - start,
		.periods = periods,
		.sums = sums,
		.gaps = gaps,
		.done = arena_array(sums->arena, int64_t, end - start + 1),
	};

	temporal_q_range(n->query->temporal, &r.first, &r.last);
	for (size_t i = 0; i < r.len; i++)
		r.done[i] = r.first;
	if (can_tell(&r) && read_days(&r, pg, sums->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < r.len; i++)
		add_gap(&r, i, r.last);
	return 0;
}
