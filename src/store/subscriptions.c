/* SPDX-License-Identifier: Apache-2.0 */
#include <store/subscriptions.h>

#include <base/arena.h>
#include <base/err.h>
#include <store/pg.h>

#include <string.h>

/* Any number, but always the same. */
#define LOCK "1128352847"

/* How many versions back the deleted are remembered. */
#define REMEMBERED "10000"

const struct pg_stmt subscriptions_share = {"subscriptions_share",
	"SELECT pg_advisory_xact_lock_shared(" LOCK ")", .binary = true};
const struct pg_stmt subscriptions_version = {
	"subscriptions_version", "SELECT n FROM subscription_version", .binary = true};

static const struct pg_stmt lock = {
	"subscriptions_lock", "SELECT pg_advisory_xact_lock(" LOCK ")", .binary = true};
static const struct pg_stmt bump = {"subscriptions_bump",
	"UPDATE subscription_version SET n = n + 1 RETURNING n", .binary = true};

#define COLUMNS                                                                          \
	"s.sid, s.tenant, s.of_sources, s.doc, s.created, s.modified, t.times_sent, "    \
	"t.times_failed, "                                                               \
	"t.last_notification, t.last_success, t.last_failure"
#define TABLES "subscription s LEFT JOIN subscription_state t ON t.sid = s.sid "

static const struct pg_stmt get = {"subscription_get",
	"SELECT " COLUMNS " FROM " TABLES
	"WHERE s.tenant = $1 AND s.of_sources = $2 AND s.id = $3",
	.binary = true};
static const struct pg_stmt list = {"subscription_list",
	"SELECT " COLUMNS " FROM " TABLES
	"WHERE s.tenant = $1 AND s.of_sources = $2 ORDER BY s.sid LIMIT $3 OFFSET $4",
	.binary = true};
static const struct pg_stmt count_all = {"subscription_count",
	"SELECT count(*) FROM subscription WHERE tenant = $1 AND of_sources = $2",
	.binary = true};
static const struct pg_stmt insert = {"subscription_insert",
	"INSERT INTO subscription "
	"(tenant, of_sources, id, created, modified, version, doc) "
	"VALUES ($1, $2, $3, $4, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING sid",
	.binary = true};
static const struct pg_stmt update = {"subscription_update",
	"UPDATE subscription SET modified = $4, version = $5, doc = $6 "
	"WHERE tenant = $1 AND of_sources = $2 AND id = $3 RETURNING sid",
	.binary = true};
static const struct pg_stmt remove_one = {"subscription_delete",
	"WITH d AS (DELETE FROM subscription WHERE tenant = $1 AND of_sources = $2 "
	"AND id = $3 RETURNING sid) "
	"INSERT INTO subscription_gone SELECT sid, $4::int8 FROM d",
	.binary = true};
static const struct pg_stmt forget = {"subscription_forget",
	"DELETE FROM subscription_gone WHERE version < $1::int8 - " REMEMBERED,
	.binary = true};
/* One statement, one snapshot: what it tells is complete at its version. */
static const struct pg_stmt news = {"subscription_news",
	"WITH v AS (SELECT n, CASE WHEN $1::int8 < n - " REMEMBERED
	" THEN -1 ELSE $1::int8 END AS since FROM subscription_version) "
	"SELECT v.n, v.since, s.sid, s.tenant, s.of_sources, s.doc, s.created, "
	"s.modified FROM v LEFT JOIN (SELECT sid, tenant, of_sources, doc, created, "
	"modified, version FROM subscription UNION ALL "
	"SELECT sid, 0, false, NULL, NULL, NULL, version FROM subscription_gone) s "
	"ON s.version > v.since ORDER BY s.sid",
	.binary = true};

static int64_t int_at(const PGresult *res, int row, int column)
{
	return PQgetisnull(res, row, column) ? 0 : pg_get_int(res, row, column);
}

/* The columns that all have, from `column` on: sid, tenant, of_sources, doc, created,
 * modified. */
static struct stored_subscription read_row(
	const PGresult *res, int row, int column, struct arena *a)
{
	size_t len = (size_t)PQgetlength(res, row, column + 3);

	return (struct stored_subscription){
		.sid = pg_get_int(res, row, column),
		.tenant = (int)pg_get_int(res, row, column + 1),
		.of_sources = pg_get_int(res, row, column + 2) != 0,
		.text = arena_strndup(a, PQgetvalue(res, row, column + 3), len),
		.len = len,
		.output = {.created = pg_get_time_or_0(res, row, column + 4),
			.modified = pg_get_time_or_0(res, row, column + 5)},
	};
}

static struct stored_subscription read_full(const PGresult *res, int row, struct arena *a)
{
	struct stored_subscription s = read_row(res, row, 0, a);

	s.output.times_sent = int_at(res, row, 6);
	s.output.times_failed = int_at(res, row, 7);
	s.output.last_notification = pg_get_time_or_0(res, row, 8);
	s.output.last_success = pg_get_time_or_0(res, row, 9);
	s.output.last_failure = pg_get_time_or_0(res, row, 10);
	return s;
}

static int not_found(const struct subscription_key *key, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND,
		"subscription %.150s does not exist; GET /%s lists those that do",
		key->id, key->of_sources ? "csourceSubscriptions" : "subscriptions");
}

static void add_key(struct pg_args *args, const struct subscription_key *key)
{
	pg_int4(args, key->tenant);
	pg_bool(args, key->of_sources);
	if (key->id != NULL)
		pg_text(args, key->id);
}

int subscriptions_get(struct pg *pg, const struct subscription_key *key, struct arena *a,
	struct stored_subscription *out, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	add_key(&args, key);
	if (pg_query(pg, &get, &args, &res, err) < 0)
		return -1;
	if (PQntuples(res) == 0)
		return not_found(key, err);
	*out = read_full(res, 0, a);
	return 0;
}

static int read_count(
	struct pg *pg, const struct subscription_key *of, int64_t *out, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	add_key(&args, of);
	if (pg_query(pg, &count_all, &args, &res, err) < 0)
		return -1;
	*out = pg_get_int(res, 0, 0);
	return 0;
}

int subscriptions_list(struct pg *pg, const struct subscription_key *of, unsigned limit,
	unsigned offset, bool count, struct arena *a, struct subscription_page *out,
	struct err *err)
{
	struct subscription_page page = {.count = -1};
	struct pg_args args = {0};
	auto_pgresult *res = NULL;
	size_t rows;

	add_key(&args, of);
	pg_int(&args, (int64_t)limit + 1);
	pg_int(&args, offset);
	if (pg_query(pg, &list, &args, &res, err) < 0 ||
		(count && read_count(pg, of, &page.count, err) < 0))
		return -1;
	rows = (size_t)PQntuples(res);
	page.more = rows > limit;
	page.len = page.more ? limit : rows;
	page.items = arena_array(a, struct stored_subscription, page.len + 1);
	for (size_t i = 0; i < page.len; i++)
		page.items[i] = read_full(res, (int)i, a);
	*out = page;
	return 0;
}

/* BEGIN, alone; *version: what is written now bears it. */
static int begin(struct pg *pg, int64_t *version, struct err *err)
{
	auto_pgresult *res = NULL;

	if (pg_script(pg, "BEGIN", err) < 0 || pg_exec(pg, &lock, NULL, NULL, err) < 0 ||
		pg_query(pg, &bump, NULL, &res, err) < 0)
		return -1;
	*version = pg_get_int(res, 0, 0);
	return 0;
}

/* *sid: of the row that was written; 0: there is none. */
static int write_one(struct pg *pg, const struct pg_stmt *stmt,
	const struct subscription_key *key, int64_t now, int64_t version,
	const char *text, int64_t *sid, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	add_key(&args, key);
	pg_time(&args, now);
	pg_int(&args, version);
	pg_text(&args, text);
	if (pg_query(pg, stmt, &args, &res, err) < 0)
		return -1;
	*sid = PQntuples(res) > 0 ? pg_get_int(res, 0, 0) : 0;
	return 0;
}

static int finish(struct pg *pg, const struct subscription_change *change, int64_t sid,
	struct err *err)
{
	return change->written != NULL ? change->written(change->self, pg, sid, err) : 0;
}

static int create_one(struct pg *pg, const struct subscription_key *key, int64_t now,
	const struct subscription_change *change, struct err *err)
{
	int64_t version, sid;
	const char *text;

	if (begin(pg, &version, err) < 0 ||
		change->make(change->self, NULL, &text, err) < 0 ||
		write_one(pg, &insert, key, now, version, text, &sid, err) < 0)
		return -1;
	if (sid == 0)
		return err_set(err, ERR_ALREADY_EXISTS,
			"subscription %.150s exists already; PATCH it, or leave the id "
			"out to get a new one",
			key->id);
	return finish(pg, change, sid, err);
}

int subscriptions_create(struct pg *pg, const struct subscription_key *key, int64_t now,
	const struct subscription_change *change, struct err *err)
{
	return pg_end(pg, create_one(pg, key, now, change, err), err);
}

static int update_one(struct pg *pg, const struct subscription_key *key, int64_t now,
	const struct subscription_change *change, struct err *err)
{
	struct stored_subscription old;
	auto_arena a = {0};
	int64_t version, sid;
	const char *text;

	if (begin(pg, &version, err) < 0 ||
		subscriptions_get(pg, key, &a, &old, err) < 0 ||
		change->make(change->self, old.text, &text, err) < 0 ||
		write_one(pg, &update, key, now, version, text, &sid, err) < 0)
		return -1;
	return finish(pg, change, sid, err);
}

int subscriptions_update(struct pg *pg, const struct subscription_key *key, int64_t now,
	const struct subscription_change *change, struct err *err)
{
	return pg_end(pg, update_one(pg, key, now, change, err), err);
}

static int delete_one(struct pg *pg, const struct subscription_key *key, struct err *err)
{
	struct pg_args args = {0}, old = {0};
	int64_t version, rows;

	if (begin(pg, &version, err) < 0)
		return -1;
	add_key(&args, key);
	pg_int(&args, version);
	pg_int(&old, version);
	if (pg_exec(pg, &remove_one, &args, &rows, err) < 0 ||
		pg_exec(pg, &forget, &old, NULL, err) < 0)
		return -1;
	return rows > 0 ? 0 : not_found(key, err);
}

int subscriptions_delete(
	struct pg *pg, const struct subscription_key *key, struct err *err)
{
	return pg_end(pg, delete_one(pg, key, err), err);
}

int subscriptions_news(struct pg *pg, int64_t since, struct arena *a,
	struct subscription_news *out, struct err *err)
{
	struct subscription_news n = {0};
	struct pg_args args = {0};
	auto_pgresult *res = NULL;
	int64_t *gone;
	int rows;

	pg_int(&args, since);
	if (pg_query(pg, &news, &args, &res, err) < 0)
		return -1;
	rows = PQntuples(res);
	n.version = pg_get_int(res, 0, 0);
	n.all = pg_get_int(res, 0, 1) < 0;
	n.items = arena_array(a, struct stored_subscription, (size_t)rows + 1);
	n.gone = gone = arena_array(a, int64_t, (size_t)rows + 1);
	for (int i = 0; i < rows; i++) {
		if (PQgetisnull(res, i, 2))
			continue; /* nothing is new */
		if (PQgetisnull(res, i, 5))
			gone[n.gone_len++] = pg_get_int(res, i, 2);
		else
			n.items[n.len++] = read_row(res, i, 2, a);
	}
	*out = n;
	return 0;
}
