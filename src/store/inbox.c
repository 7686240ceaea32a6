/* SPDX-License-Identifier: Apache-2.0 */
#include <store/inbox.h>

#include <base/arena.h>
#include <base/err.h>
#include <store/pg.h>

/* What is too old, or one too many, makes room. */
static const struct pg_stmt put = {"inbox_put",
	"WITH old AS (DELETE FROM inbox WHERE at < $2::timestamptz - $5::int8 * interval "
	"'1 us'),"
	" surplus AS (DELETE FROM inbox WHERE name = $1 AND n <= (SELECT n FROM inbox"
	" WHERE name = $1 ORDER BY n DESC OFFSET $6::int8 - 1 LIMIT 1)),"
	" known AS (SELECT EXISTS (SELECT FROM inbox WHERE name = $1)"
	" OR (SELECT count(DISTINCT name) FROM inbox) < $7::int8 AS room)"
	" INSERT INTO inbox (name, at, headers, body) SELECT $1, $2, $3, $4 FROM known"
	" WHERE room",
	.binary = true};
static const struct pg_stmt get = {"inbox_get",
	"SELECT n, at, headers, body FROM inbox WHERE name = $1 AND at >= $2"
	" ORDER BY n DESC LIMIT $3",
	.binary = true};
static const struct pg_stmt empty = {
	"inbox_empty", "DELETE FROM inbox WHERE name = $1", .binary = true};

int inbox_put(
	struct pg *pg, const char *name, const struct inbox_message *m, struct err *err)
{
	struct pg_args args = {0};
	int64_t rows;

	pg_text(&args, name);
	pg_time(&args, m->at);
	pg_text(&args, m->headers);
	pg_text(&args, m->body);
	pg_int(&args, INBOX_TIME);
	pg_int(&args, INBOX_KEPT);
	pg_int(&args, INBOX_NAMES);
	if (pg_exec(pg, &put, &args, &rows, err) < 0)
		return -1;
	if (rows == 0)
		return err_set(err, ERR_TOO_MANY_RESULTS,
			"there are %d inboxes already; use one of those, or DELETE one",
			INBOX_NAMES);
	return 0;
}

int inbox_get(struct pg *pg, const char *name, int64_t now, struct arena *a,
	struct inbox_message **out, size_t *len, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_text(&args, name);
	pg_time(&args, now - INBOX_TIME);
	pg_int(&args, INBOX_KEPT);
	if (pg_query(pg, &get, &args, &res, err) < 0)
		return -1;
	*len = (size_t)PQntuples(res);
	*out = arena_array(a, struct inbox_message, *len + 1);
	for (int i = 0; i < PQntuples(res); i++)
		(*out)[i] = (struct inbox_message){
			.n = pg_get_int(res, i, 0),
			.at = pg_get_time(res, i, 1),
			.headers = arena_strdup(a, PQgetvalue(res, i, 2)),
			.body = arena_strdup(a, PQgetvalue(res, i, 3)),
		};
	return 0;
}

int inbox_empty(struct pg *pg, const char *name, struct err *err)
{
	struct pg_args args = {0};

	pg_text(&args, name);
	return pg_exec(pg, &empty, &args, NULL, err);
}
