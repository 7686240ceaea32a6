/* SPDX-License-Identifier: Apache-2.0 */
#include <store/registrations.h>

#include <base/arena.h>
#include <base/err.h>
#include <core/temporal_q.h>
#include <store/pg.h>

#include <string.h>

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
static const struct pg_stmt insert = {"registration_insert",
	"INSERT INTO registration (tenant, id, created, modified, expires, doc) "
	"VALUES ($1, $2, $3, $3, $4, $5)",
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

static int not_found(const char *id, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "registration %.150s does not exist", id);
}

int registrations_get(struct pg *pg, const struct registration_key *key, struct arena *a,
	struct stored_registration *out, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int4(&args, key->tenant);
	pg_text(&args, key->id);
	pg_time(&args, key->now);
	if (pg_query(pg, &get, &args, &res, err) < 0)
		return -1;
	if (PQntuples(res) == 0)
		return not_found(key->id, err);
	*out = read_row(res, 0, a);
	return 0;
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

static int end(struct pg *pg, int rc, struct err *err)
{
	if (rc == 0)
		rc = pg_script(pg, "COMMIT", err);
	if (rc < 0)
		pg_rollback(pg);
	return rc;
}

/* The one with the id is taken out of the list; NULL: there is none. */
static const struct stored_registration *take_out(
	struct stored_registration *list, size_t *len, const char *id)
{
	for (size_t i = 0; i < *len; i++) {
		struct stored_registration found = list[i];

		if (strcmp(found.id, id) != 0)
			continue;
		memmove(&list[i], &list[i + 1], (*len - i - 1) * sizeof(*list));
		list[--*len] = found;
		return &list[*len];
	}
	return NULL;
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

static int change_one(struct pg *pg, const struct registration_key *key, bool create,
	const struct registration_change *change, struct arena *a, struct err *err)
{
	const struct stored_registration *old;
	struct stored_registration *others;
	const char *text;
	int64_t expires;
	size_t len;

	if (begin(pg, err) < 0 ||
		registrations_all(pg, key->tenant, key->now, a, &others, &len, err) < 0)
		return -1;
	old = take_out(others, &len, key->id);
	if (create && old != NULL)
		return err_set(err, ERR_ALREADY_EXISTS,
			"registration %.150s exists already; PATCH it, or leave the id "
			"out to get a new one",
			key->id);
	if (!create && old == NULL)
		return not_found(key->id, err);
	if (change->make(change->self, old, others, len, &text, &expires, err) < 0 ||
		write_one(pg, create ? &insert : &update, key, expires, text, err) < 0)
		return -1;
	return change->written(change->self, pg, old, err);
}

int registrations_create(struct pg *pg, const struct registration_key *key,
	const struct registration_change *change, struct arena *a, struct err *err)
{
	return end(pg, change_one(pg, key, true, change, a, err), err);
}

int registrations_update(struct pg *pg, const struct registration_key *key,
	const struct registration_change *change, struct arena *a, struct err *err)
{
	return end(pg, change_one(pg, key, false, change, a, err), err);
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
	return end(pg, delete_one(pg, key, change, a, err), err);
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
	return PQntuples(res) == 0 ? 0 : end(pg, sweep_them(pg, now, sweep, err), err);
}
