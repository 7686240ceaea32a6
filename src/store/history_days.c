/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums of days (sql/0013_history_days.sql).  Whoever writes what was observed on a day that
 * is over by an hour marks the day (history_marks_add()); the keeper makes sums of days that
 * are over by three.  So what is not marked was on disk long before anybody added it up,
 * whichever of several brokers wrote it: their clocks may differ by an hour and more.
 *
 * A step takes marks away and makes the sums of their days in one statement: it sees the
 * rows that came with these marks, and who writes meanwhile leaves a mark of its own.
 */
#include "history_priv.h"

#include <base/err.h>
#include <store/pg.h>

#define HOUR INT64_C(3600000000)
#define DAY  (24 * HOUR)
#define STEP 2000 /* marks that go in one transaction */

static int64_t floor_day(int64_t us)
{
	return us / DAY - (us % DAY < 0);
}

/* ---- marks */

const enum pg_type history_mark_columns[HISTORY_MARK_COLUMNS] = {
	PG_INT8, PG_INT4, PG_INT4};
const struct pg_stmt history_mark = {"history_mark",
	"INSERT INTO history_stale SELECT DISTINCT hid, attr, '1970-01-01'::date + day"
	" FROM unnest($1::int8[], $2::int4[], $3::int4[]) AS u(hid, attr, day)",
	.binary = true};

int64_t history_days_open(int64_t now)
{
	return floor_day(now - HOUR);
}

void history_marks_add(
	struct history_marks *marks, int64_t hid, int attr, int64_t at, int64_t now)
{
	int64_t day = floor_day(at);

	if (marks->column == NULL || day >= history_days_open(now))
		return;
	if (marks->hid == hid && marks->attr == attr && marks->day == day)
		return; /* as the one before */
	marks->hid = hid;
	marks->attr = attr;
	marks->day = day;
	pg_array_int(&marks->column[0], hid);
	pg_array_int(&marks->column[1], attr);
	pg_array_int(&marks->column[2], day);
}

/* ---- the keeper's */

/* What was not looked at yet begins with the oldest table. */
static const struct pg_stmt first_open = {"history_days_open",
	"SELECT coalesce(c.until, (SELECT min(to_date(substr(t.relname, 9), 'YYYY_MM'))"
	" FROM pg_inherits i JOIN pg_class t ON t.oid = i.inhrelid"
	" WHERE i.inhparent = 'history'::regclass"
	" AND t.relname ~ '^history_\\d{4}_\\d{2}$')) - '1970-01-01'::date"
	" FROM history_closed c",
	.binary = true};

/* Marks what has enough numbers, and nothing else, on a day. */
static const struct pg_stmt close_day = {"history_days_close",
	"WITH c AS (UPDATE history_closed SET until = '1970-01-01'::date + $1::int4 + 1)"
	" INSERT INTO history_stale SELECT h.hid, h.attr, '1970-01-01'::date + $1::int4"
	" FROM history h WHERE h.at >= $2::timestamptz AND h.at < $3::timestamptz"
	" AND h.dup = 0 GROUP BY h.hid, h.attr"
	" HAVING count(*) >= $4::int4 AND count(h.num) = count(*)",
	.binary = true};

/* A day with a number of which the square cannot be written is left to its rows. */
static const struct pg_stmt make_sums = {"history_days_sum",
	"WITH m AS MATERIALIZED (DELETE FROM history_stale WHERE ctid = ANY (ARRAY("
	"SELECT ctid FROM history_stale WHERE day < '1970-01-01'::date + $1::int4"
	" LIMIT $2::int4)) RETURNING hid, attr, day),"
	" w AS MATERIALIZED (SELECT DISTINCT hid, attr, day FROM m),"
	" hours AS MATERIALIZED (SELECT w.hid, w.attr, w.day, h.dataset,"
	" extract(hour FROM h.at AT TIME ZONE 'UTC')::int4 AS hour, count(*) AS n,"
	" count(h.num) = count(*) AND max(abs(h.num)) < 1e100 AS fit, " SUM_SQL " AS sum,"
	" min(h.num) AS least, max(h.num) AS greatest,"
	" sum(" SQUARE_SQL ") AS squares, " SPREAD_SQL " AS spread,"
	" sum(" ENERGY_SQL ") AS energy FROM w JOIN history h ON h.hid = w.hid"
	" AND h.attr = w.attr AND h.at >= w.day::timestamp AT TIME ZONE 'UTC'"
	" AND h.at < (w.day + 1)::timestamp AT TIME ZONE 'UTC' AND h.dup = 0"
	" GROUP BY w.hid, w.attr, w.day, h.dataset, hour),"
	" days AS MATERIALIZED (SELECT hid, attr, day FROM hours GROUP BY hid, attr, day"
	" HAVING sum(n) >= $3::int4 AND bool_and(fit)),"
	" sums AS MATERIALIZED (SELECT hid, attr, day, dataset, bit_or(1 << hour) AS "
	"hours,"
	" array_agg(n::int4) AS n, array_agg(sum) AS sum, array_agg(least) AS least,"
	" array_agg(greatest) AS greatest, array_agg(squares) AS squares,"
	" array_agg(spread) AS spread, array_agg(energy) AS energy FROM (SELECT * FROM "
	"hours JOIN days"
	" USING (hid, attr, day) ORDER BY hid, attr, day, dataset, hour) AS o"
	" GROUP BY hid, attr, day, dataset),"
	" gone AS (DELETE FROM history_day d USING w WHERE d.hid = w.hid"
	" AND d.attr = w.attr AND d.day = w.day AND NOT EXISTS (SELECT FROM sums s"
	" WHERE s.hid = d.hid AND s.attr = d.attr AND s.day = d.day"
	" AND s.dataset = d.dataset)),"
	" made AS (INSERT INTO history_day AS d SELECT * FROM sums"
	" ON CONFLICT (hid, attr, day, dataset) DO UPDATE SET hours = excluded.hours,"
	" count = excluded.count, sum = excluded.sum, least = excluded.least,"
	" greatest = excluded.greatest, squares = excluded.squares,"
	" spread = excluded.spread, energy = excluded.energy)"
	" SELECT count(*) FROM m",
	.binary = true};

/* The next day that is over and was not looked at; *done: there is none. */
static int close_next(struct pg *pg, int64_t closed, bool *done, struct err *err)
{
	auto_pgresult *res = NULL;
	struct pg_args args = {0};
	int64_t day;

	if (pg_query(pg, &first_open, NULL, &res, err) < 0)
		return -1;
	*done = PQgetisnull(res, 0, 0) || pg_get_int(res, 0, 0) >= closed;
	if (*done)
		return 0;
	day = pg_get_int(res, 0, 0);
	pg_int4(&args, (int32_t)day);
	pg_time(&args, day * DAY);
	pg_time(&args, (day + 1) * DAY);
	pg_int4(&args, HISTORY_DAY_LEAST);
	return pg_exec(pg, &close_day, &args, NULL, err);
}

static int make_next(struct pg *pg, int64_t closed, int64_t *taken, struct err *err)
{
	auto_pgresult *res = NULL;
	struct pg_args args = {0};

	pg_int4(&args, (int32_t)closed);
	pg_int4(&args, STEP);
	pg_int4(&args, HISTORY_DAY_LEAST);
	if (pg_query(pg, &make_sums, &args, &res, err) < 0)
		return -1;
	*taken = pg_get_int(res, 0, 0);
	return 0;
}

int history_days_step(struct pg *pg, int64_t now, bool *more, struct err *err)
{
	int64_t closed = floor_day(now - 3 * HOUR), taken;
	bool done;

	if (make_next(pg, closed, &taken, err) < 0)
		return -1;
	*more = true;
	if (taken > 0)
		return 0;
	if (close_next(pg, closed, &done, err) < 0)
		return -1;
	*more = !done;
	return 0;
}
