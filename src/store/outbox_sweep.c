/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What bounds the outbox: events stay for a time, and up to a size; what is pending for
 * longer goes to the dead letters, of which each subscription has so many at most.
 */
#include <store/outbox.h>

#include <base/arena.h>
#include <base/log.h>
#include <store/pg.h>

#include <inttypes.h>

#define STEP  "2000" /* rows a transaction */
#define PROBE 10000 /* subscriptions looked at in one go */

static const struct pg_stmt span = {"outbox_span",
	"SELECT coalesce(min(event), 0), coalesce(max(event), 0) FROM outbox_event",
	.binary = true};
static const struct pg_stmt probe = {"outbox_probe",
	"SELECT event, at FROM outbox_event WHERE event >= $1 ORDER BY event LIMIT 1",
	.binary = true};

static const struct pg_stmt bury = {"outbox_bury",
	"WITH g AS (DELETE FROM outbox_delivery WHERE ctid = ANY (ARRAY(SELECT ctid"
	" FROM outbox_delivery WHERE sid = $1 AND event <= $2"
	" ORDER BY event LIMIT " STEP ")) RETURNING event),"
	" k AS (INSERT INTO outbox_dead AS o SELECT $1, g.event, NULL, now(), 0,"
	" 'pending for too long (settings outbox-retention, outbox-events)', e.tenant,"
	" e.at, e.id, e.body"
	" FROM g CROSS JOIN LATERAL (SELECT * FROM outbox_event o WHERE o.event = g.event"
	" OFFSET 0) e"
	" ON CONFLICT (sid, event) DO UPDATE SET died = excluded.died),"
	" u AS (UPDATE outbox_count SET dead = dead + (SELECT count(*) FROM g)"
	" WHERE slot = pg_backend_pid() % 64)"
	" SELECT count(*) FROM g",
	.binary = true};
static const struct pg_stmt remove_old = {"outbox_remove_old",
	"DELETE FROM outbox_event WHERE ctid = ANY (ARRAY(SELECT ctid FROM outbox_event"
	" WHERE event <= $1 ORDER BY event LIMIT " STEP "))",
	.binary = true};

static const struct pg_stmt full = {"outbox_full",
	"SELECT sid FROM outbox_dead GROUP BY sid HAVING count(*) > $1", .binary = true};
static const struct pg_stmt trim = {"outbox_trim",
	"DELETE FROM outbox_dead WHERE sid = $1 AND event < (SELECT event FROM "
	"outbox_dead"
	" WHERE sid = $1 ORDER BY event DESC OFFSET $2::int8 - 1 LIMIT 1)",
	.binary = true};

/* What is left of subscriptions that are gone. */
static const struct pg_stmt orphans = {"outbox_orphans",
	"SELECT sid FROM (SELECT sid FROM outbox_queue UNION SELECT sid FROM outbox_dead"
	" UNION SELECT sid FROM outbox_log UNION SELECT calanque_pending(0, 100000)) q"
	" WHERE NOT EXISTS (SELECT FROM subscription s WHERE s.sid = q.sid)",
	.binary = true};

/* The first event from `event` on: *at is 0 where there is none. */
static int look(
	struct pg *pg, int64_t event, int64_t *found, int64_t *at, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int(&args, event);
	if (pg_query(pg, &probe, &args, &res, err) < 0)
		return -1;
	*at = PQntuples(res) > 0 ? pg_get_time_or_0(res, 0, 1) : 0;
	*found = PQntuples(res) > 0 ? pg_get_int(res, 0, 0) : event;
	return 0;
}

/* The greatest number whose event, and all before it, happened before `until`: events are
 * numbered about as they happen. */
static int boundary_at(struct pg *pg, int64_t low, int64_t high, int64_t until,
	int64_t *out, struct err *err)
{
	low--;
	while (low < high) {
		int64_t middle = low + (high - low + 1) / 2, found, at;

		if (look(pg, middle, &found, &at, err) < 0)
			return -1;
		if (at != 0 && at < until)
			low = found < high ? found : high;
		else
			high = middle - 1;
	}
	*out = low;
	return 0;
}

static int find_boundary(struct pg *pg, const struct outbox_limits *limits, int64_t now,
	int64_t *out, struct err *err)
{
	auto_pgresult *res = NULL;
	int64_t first, last;

	if (pg_query(pg, &span, NULL, &res, err) < 0)
		return -1;
	first = pg_get_int(res, 0, 0);
	last = pg_get_int(res, 0, 1);
	if (last == 0) {
		*out = 0;
		return 0;
	}
	if (boundary_at(pg, first, last, now - limits->retention, out, err) < 0)
		return -1;
	if (last - limits->max_events > *out) {
		log_warn("the outbox is full, its oldest events go events=%" PRId64,
			last - first + 1);
		*out = last - limits->max_events;
	}
	return 0;
}

static int bury_some(
	struct pg *pg, int64_t sid, int64_t boundary, int64_t *n, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int(&args, sid);
	pg_int(&args, boundary);
	if (pg_query(pg, &bury, &args, &res, err) < 0)
		return -1;
	*n = pg_get_int(res, 0, 0);
	return 0;
}

static int bury_one(struct pg *pg, int64_t sid, int64_t boundary, struct err *err)
{
	int64_t all = 0, n;

	do {
		if (bury_some(pg, sid, boundary, &n, err) < 0)
			return -1;
		all += n;
	} while (n > 0);
	if (all > 0)
		log_warn("notifications given up, pending for too long sid=%" PRId64
			 " n=%" PRId64,
			sid, all);
	return 0;
}

static int bury_all(struct pg *pg, int64_t boundary, struct err *err)
{
	int64_t after = 0;
	size_t len;

	do {
		auto_arena a = {0};
		int64_t *sids;

		if (outbox_pending(pg, after, PROBE, &a, &sids, &len, err) < 0)
			return -1;
		for (size_t i = 0; i < len; i++) {
			if (bury_one(pg, sids[i], boundary, err) < 0)
				return -1;
			after = sids[i];
		}
	} while (len == PROBE);
	return 0;
}

static int trim_letters(struct pg *pg, unsigned most, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int(&args, most);
	if (pg_query(pg, &full, &args, &res, err) < 0)
		return -1;
	for (int i = 0; i < PQntuples(res); i++) {
		struct pg_args one = {0};
		int64_t n;

		pg_int(&one, pg_get_int(res, i, 0));
		pg_int(&one, most);
		if (pg_exec(pg, &trim, &one, &n, err) < 0)
			return -1;
		log_warn("dead letters forgotten, there were too many sid=%" PRId64
			 " n=%" PRId64,
			pg_get_int(res, i, 0), n);
	}
	return 0;
}

static int drop_orphans(struct pg *pg, struct err *err)
{
	auto_pgresult *res = NULL;

	if (pg_query(pg, &orphans, NULL, &res, err) < 0)
		return -1;
	for (int i = 0; i < PQntuples(res); i++)
		if (outbox_drop(pg, pg_get_int(res, i, 0), err) < 0)
			return -1;
	return 0;
}

int outbox_sweep(struct pg *pg, const struct outbox_limits *limits, int64_t now,
	bool *more, struct err *err)
{
	struct pg_args args = {0};
	int64_t boundary, n = 0;

	*more = false;
	if (drop_orphans(pg, err) < 0 ||
		find_boundary(pg, limits, now, &boundary, err) < 0)
		return -1;
	if (boundary > 0) {
		if (bury_all(pg, boundary, err) < 0)
			return -1;
		pg_int(&args, boundary);
		if (pg_exec(pg, &remove_old, &args, &n, err) < 0)
			return -1;
	}
	*more = n > 0;
	return trim_letters(pg, limits->dead_letters, err);
}
