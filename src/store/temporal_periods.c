/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The periods of an aggregation.  Seconds, and days in UTC, have one length; months and
 * local days are for the database to say, which knows calendars and time zones.
 */
#include <store/temporal.h>

#include "temporal_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <store/pg.h>

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define DAY      INT64_C(86400000000)
#define DATE_BIN 140000 /* PostgreSQL has it since */

static int check_tz(struct pg *pg, const char *tz, struct err *err)
{
	static const struct pg_stmt find = {
		"temporal_tz", "SELECT calanque_is_zone($1)", .binary = true};
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_text(&args, tz);
	if (pg_query(pg, &find, &args, &res, err) < 0)
		return -1;
	if (pg_get_int(res, 0, 0) != 0)
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"tz: '%.64s' is no time zone that is known here; use a name such as "
		"Europe/Paris",
		tz);
}

static int too_many(int64_t n, struct err *err)
{
	return err_set(err, ERR_TOO_MANY_RESULTS,
		"aggrPeriodDuration: the interval has %" PRId64
		" such periods, more than %d; ask for longer ones or a shorter interval",
		n, PERIODS_MOST);
}

/* What local periods are aligned to: the beginning of a year, month, week or day. */
static const char *unit_of(const struct duration *d)
{
	if (d->months > 0)
		return d->months % 12 == 0 && d->days == 0 ? "year" : "month";
	return d->days > 0 && d->days % 7 == 0 ? "week" : "day";
}

/* Where the first local period begins. */
static int local_origin(struct pg *pg, const struct temporal_q *q, int64_t from,
	int64_t *out, struct err *err)
{
	static const struct pg_stmt trunc = {"temporal_origin",
		"SELECT date_trunc($1, $2::timestamptz AT TIME ZONE $3) AT TIME ZONE $3",
		.binary = true};
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_text(&args, unit_of(&q->period));
	pg_time(&args, from);
	pg_text(&args, q->tz);
	if (pg_query(pg, &trunc, &args, &res, err) < 0)
		return -1;
	*out = pg_get_time(res, 0, 0);
	return 0;
}

/* origin + n periods, each from the origin, so that the 31st does not become the 28th for
 * good; one beyond the end. */
static int calendar(struct pg *pg, const struct temporal_q *q, int64_t origin, int64_t n,
	struct arena *a, struct periods *out, struct err *err)
{
	static const struct pg_stmt series = {"temporal_bounds",
		"SELECT (($1::timestamptz AT TIME ZONE $2) + n * make_interval(months => "
		"$3,"
		" days => $4, secs => $5)) AT TIME ZONE $2"
		" FROM generate_series(0, $6::int4) AS n",
		.binary = true};
	struct pg_args args = {0};
	auto_pgresult *res = NULL;
	int64_t *bounds;

	pg_time(&args, origin);
	pg_text(&args, q->tz != NULL ? q->tz : "UTC");
	pg_int4(&args, (int32_t)q->period.months);
	pg_int4(&args, (int32_t)q->period.days);
	pg_float(&args, (double)q->period.us / 1e6);
	pg_int4(&args, (int32_t)n);
	if (pg_query(pg, &series, &args, &res, err) < 0)
		return -1;
	out->bounds_len = (size_t)PQntuples(res);
	bounds = arena_array(a, int64_t, out->bounds_len);
	for (size_t i = 0; i < out->bounds_len; i++)
		bounds[i] = pg_get_time(res, (int)i, 0);
	out->bounds = bounds;
	return 0;
}

/* For servers that cannot do it themselves: from the period that holds the first instance
 * on. */
static void fixed_bounds(
	int64_t first, int64_t step, int64_t n, struct arena *a, struct periods *out)
{
	int64_t *bounds = arena_array(a, int64_t, (size_t)n);
	struct periods endless = {.origin = out->origin, .step = step};
	int64_t start, end;

	periods_at(&endless, first > out->origin ? first : out->origin, &start, &end);
	for (int64_t i = 0; i < n; i++)
		bounds[i] = start + i * step;
	out->bounds = bounds;
	out->bounds_len = (size_t)n;
}

/* What a period has at least: February has 28 days, a day in March 23 hours. */
static int64_t least_length(const struct duration *d)
{
	int64_t us = duration_us(d) - d->months * (2 * DAY) - DAY / 24;

	return us > 0 ? us : 1;
}

int temporal_periods(struct pg *pg, const struct temporal_q *q, int64_t first,
	int64_t last, struct arena *a, struct periods *out, struct err *err)
{
	int64_t from, to, length = duration_us(&q->period), n;
	bool fixed = q->period.months == 0 && (q->tz == NULL || q->period.days == 0);

	*out = (struct periods){0};
	temporal_q_range(q, &from, &to);
	if (from == TEMPORAL_FIRST)
		from = first;
	if (to == TEMPORAL_LAST)
		to = last;
	*out = (struct periods){.origin = from, .end = to};
	if (q->tz != NULL && check_tz(pg, q->tz, err) < 0)
		return -1;
	if (duration_is_zero(&q->period))
		return 0;
	if (q->tz != NULL && local_origin(pg, q, from, &out->origin, err) < 0)
		return -1;
	/* Only data make periods: those before and behind need not be counted. */
	n = (last - (first > out->origin && fixed ? first : out->origin)) /
			(fixed ? length : least_length(&q->period)) +
		2;
	if (n > PERIODS_MOST)
		return too_many(n, err);
	if (fixed && pg_version(pg) < DATE_BIN) {
		fixed_bounds(first, length, n, a, out);
		return 0;
	}
	if (fixed) {
		out->step = length;
		return 0;
	}
	return calendar(pg, q, out->origin, n, a, out, err);
}

void periods_at(const struct periods *p, int64_t at, int64_t *start, int64_t *end)
{
	if (p->step > 0) {
		int64_t n = (at - p->origin) / p->step;

		n -= p->origin + n * p->step > at;
		*start = p->origin + n * p->step;
		*end = *start + p->step;
	} else if (p->bounds_len > 0) {
		size_t low = 0, high = p->bounds_len - 1;

		while (low + 1 < high) {
			size_t middle = (low + high) / 2;

			if (p->bounds[middle] <= at)
				low = middle;
			else
				high = middle;
		}
		*start = p->bounds[low];
		*end = p->bounds[low + 1];
	} else {
		*start = p->origin;
		*end = p->end;
	}
}
