/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cycle of delivery, one transaction in two round trips: what was delivered goes and is
 * counted, what comes next is read; then that is numbered, and all is committed.
 */
#include <store/outbox.h>

#include <base/arena.h>
#include <base/err.h>
#include <store/pg.h>

#include <stdlib.h>
#include <string.h>

#define BODIES      1048576 /* bytes that one load takes */
#define TEXT(macro) TEXT_OF(macro)
#define TEXT_OF(x)  #x

static const struct pg_stmt begin = {"outbox_begin", "BEGIN", .binary = true};
static const struct pg_stmt commit = {"outbox_commit", "COMMIT", .binary = true};

/* Counts what it removes, no more: what somebody else removed is counted there.  Each row is
 * looked for (LATERAL, OFFSET 0), whatever is known of the table: it is empty at one moment
 * and has a million rows at another, and a plan for the one is no plan for the other. */
static const struct pg_stmt remove_done = {"outbox_done",
	"WITH r AS MATERIALIZED (SELECT * FROM unnest($1::int8[], $2::int8[], "
	"$3::int8[],"
	" $4::int4[], $5::int4[], $6::text[])"
	" AS r(sid, event, number, fate, attempts, reason)),"
	" x AS (SELECT r.*, o.ctid AS place FROM r CROSS JOIN LATERAL (SELECT ctid"
	" FROM outbox_delivery o WHERE o.sid = r.sid AND o.event = r.event OFFSET 0) o),"
	" g AS (DELETE FROM outbox_delivery d USING x WHERE d.ctid = x.place"
	" RETURNING x.*),"
	" k AS (INSERT INTO outbox_dead AS o SELECT g.sid, g.event, nullif(g.number, 0),"
	" now(), g.attempts, g.reason, coalesce(e.tenant, 0), coalesce(e.at, now()),"
	" coalesce(e.id, ''), coalesce(e.body, '')"
	" FROM g LEFT JOIN LATERAL (SELECT * FROM outbox_event o WHERE o.event = g.event"
	" OFFSET 0) e ON true WHERE g.fate = 2"
	" ON CONFLICT (sid, event) DO UPDATE SET died = excluded.died,"
	" number = excluded.number, attempts = excluded.attempts,"
	" reason = excluded.reason)"
	" UPDATE outbox_count SET"
	" delivered = delivered + (SELECT count(*) FROM g WHERE fate = 0),"
	" merged = merged + (SELECT count(*) FROM g WHERE fate = 1),"
	" dead = dead + (SELECT count(*) FROM g WHERE fate = 2)"
	" WHERE slot = pg_backend_pid() % 64",
	.binary = true};

/* The subscription may be gone meanwhile; while we look at it, it stays. */
static const struct pg_stmt add_sent = {"outbox_sent",
	"INSERT INTO subscription_state AS t (sid, times_sent, times_failed,"
	" last_notification, last_success, last_failure)"
	" SELECT r.* FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::timestamptz[],"
	" $5::timestamptz[], $6::timestamptz[]) AS r(sid, sent, failed, n, s, f)"
	" JOIN subscription USING (sid) FOR KEY SHARE OF subscription"
	" ON CONFLICT (sid) DO UPDATE SET"
	" times_sent = t.times_sent + excluded.times_sent,"
	" times_failed = t.times_failed + excluded.times_failed,"
	" last_notification = coalesce(excluded.last_notification, t.last_notification),"
	" last_success = coalesce(excluded.last_success, t.last_success),"
	" last_failure = coalesce(excluded.last_failure, t.last_failure)",
	.binary = true};

static const struct pg_stmt add_log = {"outbox_log",
	"INSERT INTO outbox_log (sid, n, part, entries)"
	" SELECT sid, part % $4::int8, part, entries"
	" FROM unnest($1::int8[], $2::int8[], $3::text[]) AS r(sid, part, entries)"
	" ON CONFLICT (sid, n) DO UPDATE SET part = excluded.part,"
	" entries = excluded.entries",
	.binary = true};

static const struct pg_stmt read_queue = {"outbox_queue",
	"SELECT coalesce(q.sequence, 0), coalesce(array_to_string(q.events, ','), ''),"
	" t.last_notification,"
	" coalesce((SELECT max(part) FROM outbox_log l WHERE l.sid = $1), 0)"
	" FROM (SELECT $1::int8 AS sid) s LEFT JOIN outbox_queue q USING (sid)"
	" LEFT JOIN subscription_state t USING (sid)",
	.binary = true};

/* Every state of an entity but its last one; what is under way stays. */
static const struct pg_stmt merge = {"outbox_merge",
	"WITH p AS (SELECT d.ctid AS place, row_number()"
	" OVER (PARTITION BY e.tenant, e.id ORDER BY d.event DESC) AS age"
	" FROM outbox_delivery d CROSS JOIN LATERAL (SELECT tenant, id FROM outbox_event "
	"o"
	" WHERE o.event = d.event OFFSET 0) e"
	" WHERE d.sid = $1 AND d.event <> ALL ($2::int8[])),"
	" g AS (DELETE FROM outbox_delivery WHERE ctid = ANY (ARRAY(SELECT place FROM p"
	" WHERE age > 1)) RETURNING 1)"
	" UPDATE outbox_count SET merged = merged + (SELECT count(*) FROM g)"
	" WHERE slot = pg_backend_pid() % 64",
	.binary = true};

static const struct pg_stmt read_events = {"outbox_load",
	"SELECT event, tenant, at, id, body FROM ("
	"SELECT d.event, e.tenant, e.at, e.id, e.body,"
	" sum(octet_length(e.body)) OVER (ORDER BY d.event) - octet_length(e.body) AS "
	"above"
	" FROM (SELECT event FROM outbox_delivery"
	" WHERE sid = $1 AND event > $4 AND event <> ALL ($2::int8[])"
	" ORDER BY event LIMIT $3) d"
	" LEFT JOIN LATERAL (SELECT * FROM outbox_event o WHERE o.event = d.event"
	" OFFSET 0) e ON true) x"
	" WHERE coalesce(above, 0) < " TEXT(BODIES) " ORDER BY event",
	.binary = true};

static const struct pg_stmt write_queue = {"outbox_number",
	"INSERT INTO outbox_queue (sid, sequence, events)"
	" SELECT sid, sequence, events::int8[]"
	" FROM unnest($1::int8[], $2::int8[], $3::text[]) AS r(sid, sequence, events)"
	" ON CONFLICT (sid) DO UPDATE SET sequence = excluded.sequence,"
	" events = excluded.events",
	.binary = true};

static void add_time(struct pg_array *column, int64_t at)
{
	if (at != 0)
		pg_array_time(column, at);
	else
		pg_array_null(column);
}

static int send_done(struct pg *pg, const struct outbox_cycle *c, struct err *err)
{
	auto_pg_array sid = {0}, event = {0}, number = {0}, fate = {0}, attempts = {0},
		      reason = {0};
	struct pg_args args = {0};

	if (c->done_len == 0)
		return 0;
	pg_array_init(&sid, PG_INT8);
	pg_array_init(&event, PG_INT8);
	pg_array_init(&number, PG_INT8);
	pg_array_init(&fate, PG_INT4);
	pg_array_init(&attempts, PG_INT4);
	pg_array_init(&reason, PG_TEXT);
	for (size_t i = 0; i < c->done_len; i++) {
		const struct outbox_done *d = &c->done[i];
		const char *why = d->reason != NULL ? d->reason : "";

		pg_array_int(&sid, d->sid);
		pg_array_int(&event, d->event);
		pg_array_int(&number, d->number);
		pg_array_int(&fate, (int64_t)d->fate);
		pg_array_int(&attempts, d->attempts);
		pg_array_text(&reason, why, strlen(why));
	}
	pg_args_array(&args, &sid);
	pg_args_array(&args, &event);
	pg_args_array(&args, &number);
	pg_args_array(&args, &fate);
	pg_args_array(&args, &attempts);
	pg_args_array(&args, &reason);
	return pg_send(pg, &remove_done, &args, err) < 0 ? -1 : 1;
}

static int send_sent(struct pg *pg, const struct outbox_cycle *c, struct err *err)
{
	auto_pg_array sid = {0}, sent = {0}, failed = {0}, last = {0}, success = {0},
		      failure = {0};
	struct pg_args args = {0};

	if (c->sent_len == 0)
		return 0;
	pg_array_init(&sid, PG_INT8);
	pg_array_init(&sent, PG_INT8);
	pg_array_init(&failed, PG_INT8);
	pg_array_init(&last, PG_TIMESTAMPTZ);
	pg_array_init(&success, PG_TIMESTAMPTZ);
	pg_array_init(&failure, PG_TIMESTAMPTZ);
	for (size_t i = 0; i < c->sent_len; i++) {
		const struct outbox_sent *s = &c->sent[i];

		pg_array_int(&sid, s->sid);
		pg_array_int(&sent, s->sent);
		pg_array_int(&failed, s->failed);
		add_time(&last, s->last_notification);
		add_time(&success, s->last_success);
		add_time(&failure, s->last_failure);
	}
	pg_args_array(&args, &sid);
	pg_args_array(&args, &sent);
	pg_args_array(&args, &failed);
	pg_args_array(&args, &last);
	pg_args_array(&args, &success);
	pg_args_array(&args, &failure);
	return pg_send(pg, &add_sent, &args, err) < 0 ? -1 : 1;
}

static int send_log(struct pg *pg, const struct outbox_cycle *c, struct err *err)
{
	auto_pg_array sid = {0}, part = {0}, entries = {0};
	struct pg_args args = {0};

	if (c->log_len == 0)
		return 0;
	pg_array_init(&sid, PG_INT8);
	pg_array_init(&part, PG_INT8);
	pg_array_init(&entries, PG_TEXT);
	for (size_t i = 0; i < c->log_len; i++) {
		pg_array_int(&sid, c->log[i].sid);
		pg_array_int(&part, c->log[i].part);
		pg_array_text(&entries, c->log[i].entries, c->log[i].len);
	}
	pg_args_array(&args, &sid);
	pg_args_array(&args, &part);
	pg_args_array(&args, &entries);
	pg_int(&args, OUTBOX_LOG_PARTS);
	return pg_send(pg, &add_log, &args, err) < 0 ? -1 : 1;
}

static int send_load(struct pg *pg, const struct outbox_load *l, struct err *err)
{
	struct pg_args queue = {0}, args = {0};
	auto_pg_array have = {0};

	pg_array_init(&have, PG_INT8);
	for (size_t i = 0; i < l->have_len; i++)
		if (l->have[i] > l->after)
			pg_array_int(&have, l->have[i]);
	pg_int(&queue, l->sid);
	if (l->fresh && pg_send(pg, &read_queue, &queue, err) < 0)
		return -1;
	pg_int(&args, l->sid);
	pg_args_array(&args, &have);
	if (l->merge && pg_send(pg, &merge, &args, err) < 0)
		return -1;
	pg_int(&args, (int64_t)l->most + 1);
	pg_int(&args, l->after);
	return pg_send(pg, &read_events, &args, err);
}

/* "12,13,15" */
static void read_numbered(const char *text, struct outbox_load *l, struct arena *a)
{
	int64_t *list = arena_array(a, int64_t, strlen(text) / 2 + 2);
	char *end;

	l->numbered = list;
	l->numbered_len = 0;
	for (; *text != '\0'; text = *end == ',' ? end + 1 : end)
		list[l->numbered_len++] = strtoll(text, &end, 10);
}

static void read_load(const PGresult *res, struct outbox_load *l, struct arena *a)
{
	size_t rows = (size_t)PQntuples(res), bytes = 0;

	l->len = rows > l->most ? l->most : rows;
	l->events = arena_array(a, struct outbox_event, l->len + 1);
	for (size_t i = 0; i < l->len; i++) {
		struct outbox_event *e = &l->events[i];
		int row = (int)i;

		e->event = pg_get_int(res, row, 0);
		if (PQgetisnull(res, row, 4))
			continue;
		e->tenant = (int)pg_get_int(res, row, 1);
		e->at = pg_get_time(res, row, 2);
		e->id = arena_strdup(a, PQgetvalue(res, row, 3));
		e->body_len = (size_t)PQgetlength(res, row, 4);
		e->body = arena_strndup(a, PQgetvalue(res, row, 4), e->body_len);
		bytes += e->body_len;
	}
	l->more = rows > l->most || bytes >= BODIES;
}

static int fetch_load(
	struct pg *pg, struct outbox_load *l, struct arena *a, struct err *err)
{
	auto_pgresult *res = NULL, *queue = NULL;

	if (l->fresh) {
		if (pg_next(pg, &queue, err) < 0)
			return -1;
		l->sequence = pg_get_int(queue, 0, 0);
		read_numbered(PQgetvalue(queue, 0, 1), l, a);
		l->last = PQgetisnull(queue, 0, 2) ? 0 : pg_get_time(queue, 0, 2);
		l->part = pg_get_int(queue, 0, 3);
	}
	if ((l->merge && pg_next(pg, NULL, err) < 0) || pg_next(pg, &res, err) < 0)
		return -1;
	read_load(res, l, a);
	return 0;
}

static int send_numbers(struct pg *pg, const struct outbox_cycle *c, struct err *err)
{
	auto_pg_array sid = {0}, sequence = {0}, events = {0};
	struct pg_args args = {0};
	auto_strbuf text = {0};

	pg_array_init(&sid, PG_INT8);
	pg_array_init(&sequence, PG_INT8);
	pg_array_init(&events, PG_TEXT);
	for (size_t i = 0; i < c->load_len; i++) {
		const struct outbox_load *l = &c->load[i];

		if (l->len == 0)
			continue;
		strbuf_reset(&text);
		strbuf_addc(&text, '{');
		for (size_t j = 0; j < l->numbered_len; j++)
			strbuf_addf(&text, "%s%jd", j > 0 ? "," : "",
				(intmax_t)l->numbered[j]);
		strbuf_addc(&text, '}');
		pg_array_int(&sid, l->sid);
		pg_array_int(&sequence, l->sequence);
		pg_array_text(&events, text.data, text.len);
	}
	if (sid.n == 0)
		return 0;
	pg_args_array(&args, &sid);
	pg_args_array(&args, &sequence);
	pg_args_array(&args, &events);
	return pg_send(pg, &write_queue, &args, err) < 0 ? -1 : 1;
}

/* The first round trip: remove, count, read. */
static int first_trip(
	struct pg *pg, const struct outbox_cycle *c, struct arena *a, struct err *err)
{
	int done, sent, log;

	if (pg_send(pg, &begin, NULL, err) < 0)
		return -1;
	done = send_done(pg, c, err);
	sent = done < 0 ? -1 : send_sent(pg, c, err);
	log = sent < 0 ? -1 : send_log(pg, c, err);
	if (log < 0)
		return -1;
	for (size_t i = 0; i < c->load_len; i++)
		if (send_load(pg, &c->load[i], err) < 0)
			return -1;
	if (pg_sync(pg, err) < 0)
		return -1;
	for (int answers = 1 + done + sent + log; answers > 0; answers--)
		if (pg_next(pg, NULL, err) < 0)
			return -1;
	for (size_t i = 0; i < c->load_len; i++) {
		if (fetch_load(pg, &c->load[i], a, err) < 0)
			return -1;
		c->number(c->self, &c->load[i], a);
	}
	return 0;
}

static int second_trip(struct pg *pg, const struct outbox_cycle *c, struct err *err)
{
	int numbers = send_numbers(pg, c, err);

	if (numbers < 0 || pg_send(pg, &commit, NULL, err) < 0 || pg_sync(pg, err) < 0)
		return -1;
	for (int answers = 1 + numbers; answers > 0; answers--)
		if (pg_next(pg, NULL, err) < 0)
			return -1;
	return 0;
}

/* Another connection than the one that has the locks: nothing is ours any more. */
static int same_session(struct pg *pg, const struct outbox_cycle *c, struct err *err)
{
	if (outbox_session(pg) == c->session)
		return 0;
	return err_set(err, ERR_UNAVAILABLE, "the connection to the database is another");
}

int outbox_cycle(
	struct pg *pg, const struct outbox_cycle *cycle, struct arena *a, struct err *err)
{
	if (pg_pipeline(pg, err) == 0 && same_session(pg, cycle, err) == 0 &&
		first_trip(pg, cycle, a, err) == 0 && second_trip(pg, cycle, err) == 0 &&
		pg_leave(pg, err) == 0)
		return 0;
	pg_rollback(pg);
	return -1;
}

static const struct pg_stmt pending = {
	"outbox_pending", "SELECT calanque_pending($1, $2)", .binary = true};

int outbox_pending(struct pg *pg, int64_t after, unsigned most, struct arena *a,
	int64_t **sids, size_t *len, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int(&args, after);
	pg_int4(&args, (int32_t)most);
	if (pg_query(pg, &pending, &args, &res, err) < 0)
		return -1;
	*len = (size_t)PQntuples(res);
	*sids = arena_array(a, int64_t, *len + 1);
	for (size_t i = 0; i < *len; i++)
		(*sids)[i] = pg_get_int(res, (int)i, 0);
	return 0;
}

static const struct pg_stmt add = {"outbox_add",
	"WITH e AS (INSERT INTO outbox_event SELECT nextval('outbox_number'), $2, $3, "
	"$4, $5"
	" RETURNING event),"
	" d AS (INSERT INTO outbox_delivery SELECT $1, event FROM e)"
	" UPDATE outbox_count SET matched = matched + 1 WHERE slot = pg_backend_pid() % "
	"64",
	.binary = true};

int outbox_add(struct pg *pg, int64_t sid, int tenant, int64_t at, const char *id,
	const char *body, size_t len, struct err *err)
{
	struct pg_args args = {0};

	pg_int(&args, sid);
	pg_int4(&args, tenant);
	pg_time(&args, at);
	pg_text(&args, id);
	pg_textn(&args, body, len);
	return pg_exec(pg, &add, &args, NULL, err);
}

static const struct pg_stmt drop = {"outbox_drop",
	"WITH g AS (DELETE FROM outbox_delivery WHERE sid = $1 RETURNING 1),"
	" q AS (DELETE FROM outbox_queue WHERE sid = $1),"
	" l AS (DELETE FROM outbox_log WHERE sid = $1),"
	" k AS (DELETE FROM outbox_dead WHERE sid = $1)"
	" UPDATE outbox_count SET dropped = dropped + (SELECT count(*) FROM g)"
	" WHERE slot = pg_backend_pid() % 64",
	.binary = true};

int outbox_drop(struct pg *pg, int64_t sid, struct err *err)
{
	struct pg_args args = {0};

	pg_int(&args, sid);
	return pg_exec(pg, &drop, &args, NULL, err);
}

static const struct pg_stmt tenant_name = {
	"outbox_tenant", "SELECT name FROM tenant WHERE id = $1", .binary = true};

int outbox_tenant(
	struct pg *pg, int tenant, struct arena *a, const char **out, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int4(&args, tenant);
	if (pg_query(pg, &tenant_name, &args, &res, err) < 0)
		return -1;
	*out = PQntuples(res) > 0 ? arena_strdup(a, PQgetvalue(res, 0, 0)) : "";
	return 0;
}
