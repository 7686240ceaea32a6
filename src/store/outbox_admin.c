/* SPDX-License-Identifier: Apache-2.0 */
/* What people look at and ask for: counts, lists, and sending again. */
#include <store/outbox.h>

#include <base/arena.h>
#include <base/err.h>
#include <store/pg.h>

static const struct pg_stmt counts = {"outbox_counts",
	"SELECT c.*, (SELECT count(*) FROM outbox_delivery),"
	" (SELECT count(*) FROM outbox_dead),"
	" (SELECT at FROM outbox_event ORDER BY event LIMIT 1)"
	" FROM (SELECT sum(matched)::int8, sum(delivered)::int8, sum(merged)::int8,"
	" sum(dead)::int8, sum(dropped)::int8 FROM outbox_count) c",
	.binary = true};

int outbox_counts(struct pg *pg, struct outbox_counts *out, struct err *err)
{
	auto_pgresult *res = NULL;

	if (pg_query(pg, &counts, NULL, &res, err) < 0)
		return -1;
	*out = (struct outbox_counts){
		.matched = pg_get_int(res, 0, 0),
		.delivered = pg_get_int(res, 0, 1),
		.merged = pg_get_int(res, 0, 2),
		.dead = pg_get_int(res, 0, 3),
		.dropped = pg_get_int(res, 0, 4),
		.pending = pg_get_int(res, 0, 5),
		.letters = pg_get_int(res, 0, 6),
		.oldest = PQgetisnull(res, 0, 7) ? 0 : pg_get_time(res, 0, 7),
	};
	return 0;
}

static const struct pg_stmt list_pending = {"outbox_list_pending",
	"SELECT d.event, e.at, e.id, 0::int8, NULL::timestamptz, 0, ''"
	" FROM outbox_delivery d LEFT JOIN outbox_event e ON e.event = d.event"
	" WHERE d.sid = $1 ORDER BY d.event LIMIT $2",
	.binary = true};
static const struct pg_stmt count_pending = {"outbox_count_pending",
	"SELECT count(*) FROM outbox_delivery WHERE sid = $1", .binary = true};
static const struct pg_stmt list_dead = {"outbox_list_dead",
	"SELECT event, at, id, coalesce(number, 0), died, attempts, reason"
	" FROM outbox_dead WHERE sid = $1 ORDER BY event LIMIT $2",
	.binary = true};
static const struct pg_stmt count_dead = {"outbox_count_dead",
	"SELECT count(*) FROM outbox_dead WHERE sid = $1", .binary = true};

static int list(struct pg *pg, const struct pg_stmt *rows, const struct pg_stmt *all,
	int64_t sid, unsigned limit, struct arena *a, struct outbox_item **out,
	size_t *len, int64_t *count, struct err *err)
{
	struct pg_args args = {0}, one = {0};
	auto_pgresult *res = NULL, *total = NULL;

	pg_int(&args, sid);
	pg_int(&args, limit);
	pg_int(&one, sid);
	if (pg_query(pg, rows, &args, &res, err) < 0 ||
		pg_query(pg, all, &one, &total, err) < 0)
		return -1;
	*count = pg_get_int(total, 0, 0);
	*len = (size_t)PQntuples(res);
	*out = arena_array(a, struct outbox_item, *len + 1);
	for (int i = 0; i < PQntuples(res); i++)
		(*out)[i] = (struct outbox_item){
			.event = pg_get_int(res, i, 0),
			.at = pg_get_time_or_0(res, i, 1),
			.id = arena_strdup(a, PQgetvalue(res, i, 2)),
			.number = pg_get_int(res, i, 3),
			.died = pg_get_time_or_0(res, i, 4),
			.attempts = (unsigned)pg_get_int(res, i, 5),
			.reason = arena_strdup(a, PQgetvalue(res, i, 6)),
		};
	return 0;
}

int outbox_list_pending(struct pg *pg, int64_t sid, unsigned limit, struct arena *a,
	struct outbox_item **out, size_t *len, int64_t *count, struct err *err)
{
	return list(
		pg, &list_pending, &count_pending, sid, limit, a, out, len, count, err);
}

int outbox_list_dead(struct pg *pg, int64_t sid, unsigned limit, struct arena *a,
	struct outbox_item **out, size_t *len, int64_t *count, struct err *err)
{
	return list(pg, &list_dead, &count_dead, sid, limit, a, out, len, count, err);
}

static const struct pg_stmt list_log = {"outbox_list_log",
	"SELECT entries FROM outbox_log WHERE sid = $1 ORDER BY part DESC",
	.binary = true};

int outbox_list_log(struct pg *pg, int64_t sid, struct arena *a, const char ***parts,
	size_t *len, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int(&args, sid);
	if (pg_query(pg, &list_log, &args, &res, err) < 0)
		return -1;
	*len = (size_t)PQntuples(res);
	*parts = arena_array(a, const char *, *len + 1);
	for (size_t i = 0; i < *len; i++)
		(*parts)[i] = arena_strdup(a, PQgetvalue(res, (int)i, 0));
	return 0;
}

/* Its event may be gone meanwhile; the letter has a copy. */
static const struct pg_stmt revive = {"outbox_revive",
	"WITH g AS (DELETE FROM outbox_dead WHERE sid = $1"
	" AND ($2::int8 = 0 OR event = $2) RETURNING *),"
	" e AS (INSERT INTO outbox_event SELECT event, tenant, at, id, body FROM g"
	" WHERE body <> '' ON CONFLICT DO NOTHING),"
	" d AS (INSERT INTO outbox_delivery SELECT sid, event FROM g WHERE body <> ''"
	" ON CONFLICT DO NOTHING RETURNING 1),"
	" u AS (UPDATE outbox_count SET dead = dead - (SELECT count(*) FROM d)"
	" WHERE slot = pg_backend_pid() % 64)"
	" SELECT count(*) FROM d",
	.binary = true};

static int count_of(struct pg *pg, const struct pg_stmt *stmt, const struct pg_args *args,
	int64_t *n, struct err *err)
{
	auto_pgresult *res = NULL;

	if (pg_query(pg, stmt, args, &res, err) < 0)
		return -1;
	*n = pg_get_int(res, 0, 0);
	return 0;
}

int outbox_revive(struct pg *pg, int64_t sid, int64_t event, int64_t *n, struct err *err)
{
	struct pg_args args = {0};

	pg_int(&args, sid);
	pg_int(&args, event);
	return count_of(pg, &revive, &args, n, err);
}

static const struct pg_stmt discard = {
	"outbox_discard", "DELETE FROM outbox_dead WHERE sid = $1", .binary = true};

int outbox_discard(struct pg *pg, int64_t sid, int64_t *n, struct err *err)
{
	struct pg_args args = {0};

	pg_int(&args, sid);
	return pg_exec(pg, &discard, &args, n, err);
}

static const struct pg_stmt events = {"outbox_events",
	"SELECT event, tenant, at, id, body FROM outbox_event"
	" WHERE event > $1 AND tenant = $2 AND at >= $3 AND at < $4 AND id <> ''"
	" ORDER BY event LIMIT $5",
	.binary = true};
static const struct pg_stmt one_event = {"outbox_event",
	"SELECT event, tenant, at, id, body FROM outbox_event WHERE event = $1",
	.binary = true};

static void read_events(
	const PGresult *res, struct arena *a, struct outbox_event *out, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int row = (int)i;

		out[i].event = pg_get_int(res, row, 0);
		out[i].tenant = (int)pg_get_int(res, row, 1);
		out[i].at = pg_get_time(res, row, 2);
		out[i].id = arena_strdup(a, PQgetvalue(res, row, 3));
		out[i].body_len = (size_t)PQgetlength(res, row, 4);
		out[i].body = arena_strndup(a, PQgetvalue(res, row, 4), out[i].body_len);
	}
}

int outbox_events(struct pg *pg, int tenant, int64_t after, int64_t from, int64_t to,
	unsigned most, struct arena *a, struct outbox_event **out, size_t *len,
	struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int(&args, after);
	pg_int4(&args, tenant);
	pg_time(&args, from);
	pg_time(&args, to);
	pg_int(&args, most);
	if (pg_query(pg, &events, &args, &res, err) < 0)
		return -1;
	*len = (size_t)PQntuples(res);
	*out = arena_array(a, struct outbox_event, *len + 1);
	read_events(res, a, *out, *len);
	return 0;
}

int outbox_event(struct pg *pg, int64_t event, struct arena *a, struct outbox_event *out,
	struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int(&args, event);
	if (pg_query(pg, &one_event, &args, &res, err) < 0)
		return -1;
	if (PQntuples(res) == 0)
		return err_set(err, ERR_NOT_FOUND,
			"what this notification was made from is not stored any more "
			"(setting outbox-retention)");
	read_events(res, a, out, 1);
	return 0;
}

static const struct pg_stmt again = {"outbox_again",
	"WITH d AS (INSERT INTO outbox_delivery SELECT $1, e.event"
	" FROM unnest($2::int8[]) AS r(event) JOIN outbox_event e ON e.event = r.event"
	" ON CONFLICT DO NOTHING RETURNING 1),"
	" u AS (UPDATE outbox_count SET matched = matched + (SELECT count(*) FROM d)"
	" WHERE slot = pg_backend_pid() % 64)"
	" SELECT count(*) FROM d",
	.binary = true};

int outbox_again(struct pg *pg, int64_t sid, const int64_t *sent, size_t len, int64_t *n,
	struct err *err)
{
	struct pg_args args = {0};
	auto_pg_array array = {0};

	pg_array_init(&array, PG_INT8);
	for (size_t i = 0; i < len; i++)
		pg_array_int(&array, sent[i]);
	pg_int(&args, sid);
	pg_args_array(&args, &array);
	return count_of(pg, &again, &args, n, err);
}
