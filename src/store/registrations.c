/* SPDX-License-Identifier: Apache-2.0 */
#include <store/registrations.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/log.h>
#include <core/temporal_q.h>
#include <store/pg.h>

#include <stdint.h>

/* Any number, but always the same; apart from that of subscriptions. */
#define LOCK "1128352848"

#define COLUMNS "rid, id, doc, created, modified"
#define THERE   "expires > "

static const struct pg_stmt lock = {
	"registrations_lock", "SELECT pg_advisory_xact_lock(" LOCK ")", .binary = true};
static const struct pg_stmt get = {"registration_get",
	"SELECT " COLUMNS " FROM registration WHERE tenant = $1 AND id = $2 AND " THERE
	"$3",
	.binary = true};
static const struct pg_stmt all = {"registrations_all",
	"SELECT " COLUMNS " FROM registration WHERE tenant = $1 AND " THERE
	"$2 ORDER BY rid",
	.binary = true};
static const struct pg_stmt over = {"registrations_over",
	"SELECT FROM registration WHERE expires <= $1 LIMIT 1", .binary = true};
static const struct pg_stmt sweep_all = {"registrations_sweep",
	"DELETE FROM registration WHERE expires <= $1 RETURNING " COLUMNS ", tenant",
	.binary = true};
/* One that has expired and was not swept yet makes room. */
static const struct pg_stmt insert = {"registration_insert",
	"INSERT INTO registration (tenant, id, created, modified, expires, doc) "
	"VALUES ($1, $2, $3, $3, $4, $5) ON CONFLICT (tenant, id) DO UPDATE SET "
	"created = excluded.created, modified = excluded.modified, "
	"expires = excluded.expires, doc = excluded.doc",
	.binary = true};
static const struct pg_stmt update = {"registration_update",
	"UPDATE registration SET modified = $3, expires = $4, doc = $5 "
	"WHERE tenant = $1 AND id = $2",
	.binary = true};
static const struct pg_stmt remove_one = {"registration_delete",
	"DELETE FROM registration WHERE tenant = $1 AND id = $2", .binary = true};

static struct stored_registration read_row(const PGresult *res, int row, struct arena *a)
{
	size_t len = (size_t)PQgetlength(res, row, 2);

	return (struct stored_registration){
		.rid = pg_get_int(res, row, 0),
		.id = arena_strndup(
			a, PQgetvalue(res, row, 1), (size_t)PQgetlength(res, row, 1)),
		.text = arena_strndup(a, PQgetvalue(res, row, 2), len),
		.len = len,
		.output = {.created = pg_get_time_or_0(res, row, 3),
			.modified = pg_get_time_or_0(res, row, 4)},
	};
}

const struct registration *registrations_compile(const struct stored_registration *r)
{
	struct err err = {0};
	const struct registration *made = registration_new(r->text, r->len, &err);

	if (made == NULL)
		log_error("registration left out rid=%jd: %s", (intmax_t)r->rid,
			err.detail);
	return made;
}

/* *there: it is one. */
static int find(struct pg *pg, const struct registration_key *key, struct arena *a,
	struct stored_registration *out, bool *there, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int4(&args, key->tenant);
	pg_text(&args, key->id);
	pg_time(&args, key->now);
	if (pg_query(pg, &get, &args, &res, err) < 0)
		return -1;
	*there = PQntuples(res) > 0;
	if (*there)
		*out = read_row(res, 0, a);
	return 0;
}

int registrations_get(struct pg *pg, const struct registration_key *key, struct arena *a,
	struct stored_registration *out, struct err *err)
{
	bool there;

	if (find(pg, key, a, out, &there, err) < 0)
		return -1;
	return there ? 0
		     : err_set(err, ERR_NOT_FOUND, "registration %.150s does not exist",
			       key->id);
}

int registrations_all(struct pg *pg, int tenant, int64_t now, struct arena *a,
	struct stored_registration **out, size_t *len, struct err *err)
{
	struct stored_registration *items;
	struct pg_args args = {0};
	auto_pgresult *res = NULL;
	int rows;

	pg_int4(&args, tenant);
	pg_time(&args, now);
	if (pg_query(pg, &all, &args, &res, err) < 0)
		return -1;
	rows = PQntuples(res);
	items = arena_array(a, struct stored_registration, (size_t)rows + 1);
	for (int i = 0; i < rows; i++)
		items[i] = read_row(res, i, a);
	*out = items;
	*len = (size_t)rows;
	return 0;
}

/* BEGIN, alone. */
static int begin(struct pg *pg, struct err *err)
{
	return pg_script(pg, "BEGIN", err) < 0 ? -1 : pg_exec(pg, &lock, NULL, NULL, err);
}

static int write_one(struct pg *pg, const struct pg_stmt *stmt,
	const struct registration_key *key, int64_t expires, const char *text,
	struct err *err)
{
	struct pg_args args = {0};

	pg_int4(&args, key->tenant);
	pg_text(&args, key->id);
	pg_time(&args, key->now);
	pg_time(&args, expires < TEMPORAL_LAST ? expires : TEMPORAL_LAST);
	pg_text(&args, text);
	return pg_exec(pg, stmt, &args, NULL, err);
}

static int write_made(struct pg *pg, const struct registration_key *key,
	const struct registration_change *change, const struct stored_registration *old,
	struct err *err)
{
	const char *text;
	int64_t expires;

	if (change->make(change->self, pg, old, &text, &expires, err) < 0 ||
		write_one(pg, old == NULL ? &insert : &update, key, expires, text, err) <
			0)
		return -1;
	return change->written(change->self, pg, old, err);
}

static int create_one(struct pg *pg, const struct registration_key *key,
	const struct registration_change *change, struct arena *a, struct err *err)
{
	struct stored_registration old;
	bool there;

	if (begin(pg, err) < 0 || find(pg, key, a, &old, &there, err) < 0)
		return -1;
	if (there)
		return err_set(err, ERR_ALREADY_EXISTS,
			"registration %.150s exists already; PATCH it, or leave the id "
			"out to get a new one",
			key->id);
	return write_made(pg, key, change, NULL, err);
}

static int update_one(struct pg *pg, const struct registration_key *key,
	const struct registration_change *change, struct arena *a, struct err *err)
{
	struct stored_registration old;

	if (begin(pg, err) < 0 || registrations_get(pg, key, a, &old, err) < 0)
		return -1;
	return write_made(pg, key, change, &old, err);
}

int registrations_create(struct pg *pg, const struct registration_key *key,
	const struct registration_change *change, struct arena *a, struct err *err)
{
	return pg_end(pg, create_one(pg, key, change, a, err), err);
}

int registrations_update(struct pg *pg, const struct registration_key *key,
	const struct registration_change *change, struct arena *a, struct err *err)
{
	return pg_end(pg, update_one(pg, key, change, a, err), err);
}

static int delete_one(struct pg *pg, const struct registration_key *key,
	const struct registration_change *change, struct arena *a, struct err *err)
{
	struct stored_registration old;
	struct pg_args args = {0};

	pg_int4(&args, key->tenant);
	pg_text(&args, key->id);
	if (begin(pg, err) < 0 || registrations_get(pg, key, a, &old, err) < 0 ||
		pg_exec(pg, &remove_one, &args, NULL, err) < 0)
		return -1;
	return change->written(change->self, pg, &old, err);
}

int registrations_delete(struct pg *pg, const struct registration_key *key,
	const struct registration_change *change, struct arena *a, struct err *err)
{
	return pg_end(pg, delete_one(pg, key, change, a, err), err);
}

static int sweep_them(struct pg *pg, int64_t now, const struct registration_sweep *sweep,
	struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;
	auto_arena a = {0};

	pg_time(&args, now);
	if (begin(pg, err) < 0 || pg_query(pg, &sweep_all, &args, &res, err) < 0)
		return -1;
	for (int i = 0; i < PQntuples(res); i++) {
		struct stored_registration old = read_row(res, i, &a);

		if (sweep->gone(sweep->self, pg, (int)pg_get_int(res, i, 5), &old, err) <
			0)
			return -1;
	}
	return 0;
}

int registrations_sweep(struct pg *pg, int64_t now,
	const struct registration_sweep *sweep, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_time(&args, now);
	if (pg_query(pg, &over, &args, &res, err) < 0)
		return -1;
	return PQntuples(res) == 0 ? 0 : pg_end(pg, sweep_them(pg, now, sweep, err), err);
}
