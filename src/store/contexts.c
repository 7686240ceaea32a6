/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every statement that answers a context selects the same columns (COLUMNS), so there is
 * one reader of rows.  The database computes the hashes.
 */
#include <store/contexts.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/mem.h>
#include <store/pg.h>

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct context_store {
	pthread_mutex_t lock; /* guards pg */
	struct pg *pg;
};

#define COLUMNS                                                                          \
	"id, kind, url, encode(sha256, 'hex'), encode(differs, 'hex'), created, "        \
	"expires, "                                                                      \
	"used, hits"
#define DOCUMENT_COLUMN 9
#define CHANGED         "UPDATE context_changes SET n = n + 1 WHERE EXISTS (SELECT FROM c)"

static const struct pg_stmt find = {"context_find",
	"SELECT " COLUMNS ", document FROM context WHERE id = $1 OR url = $1",
	.binary = true};
static const struct pg_stmt list = {"context_list",
	"SELECT " COLUMNS " FROM context WHERE $1::text IS NULL OR kind = $1 "
	"ORDER BY created, id",
	.binary = true};
static const struct pg_stmt host = {"context_host",
	"INSERT INTO context (id, kind, document, created, checked) VALUES "
	"('" CONTEXT_ID_PREFIX "' || gen_random_uuid(), $1, $2, $3, $3) RETURNING id",
	.binary = true};
static const struct pg_stmt imply = {"context_imply",
	"WITH i AS (INSERT INTO context (id, kind, document, created, checked) "
	"VALUES ('" CONTEXT_ID_PREFIX
	"' || encode(sha256($2::bytea), 'hex'), $1, $2, $3, $3) "
	"ON CONFLICT DO NOTHING) "
	"SELECT '" CONTEXT_ID_PREFIX "' || encode(sha256($2::bytea), 'hex')",
	.binary = true};
static const struct pg_stmt pin = {"context_pin",
	"WITH i AS (INSERT INTO context (id, kind, url, document, created, checked, "
	"expires) "
	"VALUES ('" CONTEXT_ID_PREFIX
	"' || gen_random_uuid(), 'Cached', $1, $2, $3, $3, $4) "
	"ON CONFLICT DO NOTHING RETURNING " COLUMNS ", document) "
	"SELECT * FROM i UNION ALL "
	"SELECT " COLUMNS ", document FROM context WHERE url = $1 LIMIT 1",
	.binary = true};
static const struct pg_stmt checked = {"context_checked",
	"UPDATE context SET checked = $3, expires = $4, "
	"differs = nullif(sha256($2::bytea), sha256) WHERE id = $1 RETURNING " COLUMNS,
	.binary = true};
static const struct pg_stmt replace = {"context_replace",
	"WITH c AS (UPDATE context SET document = $2, differs = NULL, created = $3, "
	"checked = $3, expires = $4 WHERE id = $1 RETURNING " COLUMNS "), n AS (" CHANGED
	") "
	"SELECT * FROM c",
	.binary = true};
static const struct pg_stmt remove_one = {"context_delete",
	"WITH c AS (DELETE FROM context WHERE id = $1 RETURNING id), n AS (" CHANGED ") "
	"SELECT id FROM c",
	.binary = true};
static const struct pg_stmt due = {"context_due",
	"UPDATE context SET expires = $2 WHERE id IN (SELECT id FROM context "
	"WHERE expires <= $1 AND used > checked ORDER BY expires LIMIT 8 "
	"FOR UPDATE SKIP LOCKED) RETURNING " COLUMNS,
	.binary = true};
static const struct pg_stmt changes = {
	"context_changes", "SELECT n FROM context_changes", .binary = true};
static const struct pg_stmt trim = {"context_trim",
	"DELETE FROM context WHERE id IN (SELECT id FROM context WHERE kind <> 'Hosted' "
	"ORDER BY coalesce(used, created) DESC OFFSET $1)",
	.binary = true};
/* In one order everywhere, so that two brokers cannot wait for each other. */
static const struct pg_stmt used = {"context_used",
	"WITH u AS (SELECT id, sum(hits)::int8 AS hits, max(last) AS last "
	"FROM unnest($1::text[], $2::int8[], $3::timestamptz[]) AS t (id, hits, last) "
	"GROUP BY id), l AS (SELECT id FROM context WHERE id IN (SELECT id FROM u) "
	"ORDER BY id FOR NO KEY UPDATE) "
	"UPDATE context c SET hits = c.hits + u.hits, used = greatest(c.used, u.last) "
	"FROM u, l WHERE c.id = u.id AND l.id = u.id",
	.binary = true};

static const char *const kinds[] = {
	[CONTEXT_CACHED] = "Cached",
	[CONTEXT_HOSTED] = "Hosted",
	[CONTEXT_IMPLICIT] = "ImplicitlyCreated",
};

const char *context_kind_name(enum context_kind kind)
{
	assert(kind >= CONTEXT_CACHED && kind <= CONTEXT_IMPLICIT);
	return kinds[kind];
}

bool context_kind_of(const char *name, enum context_kind *out)
{
	for (int i = CONTEXT_CACHED; i <= CONTEXT_IMPLICIT; i++) {
		if (strcmp(kinds[i], name) == 0) {
			*out = (enum context_kind)i;
			return true;
		}
	}
	return false;
}

struct context_store *context_store_new(const struct pg_config *config)
{
	struct context_store *cs = mem_alloc(sizeof(*cs));

	pthread_mutex_init(&cs->lock, NULL);
	cs->pg = pg_open(config);
	return cs;
}

void context_store_free(struct context_store *cs)
{
	if (cs == NULL)
		return;
	pg_close(cs->pg);
	pthread_mutex_destroy(&cs->lock);
	free(cs);
}

static int ask(struct context_store *cs, const struct pg_stmt *stmt,
	const struct pg_args *args, PGresult **res, struct err *err)
{
	int rc;

	pthread_mutex_lock(&cs->lock);
	rc = pg_query(cs->pg, stmt, args, res, err);
	pthread_mutex_unlock(&cs->lock);
	return rc;
}

static struct stored_context read_row(const PGresult *res, int row, struct arena *a)
{
	struct stored_context c = {
		.id = pg_get_text(res, row, 0, a),
		.url = pg_get_text(res, row, 2, a),
		.sha256 = pg_get_text(res, row, 3, a),
		.differs = pg_get_text(res, row, 4, a),
		.created = pg_get_time_or_0(res, row, 5),
		.expires = pg_get_time_or_0(res, row, 6),
		.used = pg_get_time_or_0(res, row, 7),
		.hits = pg_get_int(res, row, 8),
	};
	bool known = context_kind_of(pg_get_text(res, row, 1, a), &c.kind);

	assert(known);
	if (PQnfields(res) > DOCUMENT_COLUMN) {
		c.document = pg_get_text(res, row, DOCUMENT_COLUMN, a);
		c.len = (size_t)PQgetlength(res, row, DOCUMENT_COLUMN);
	}
	return c;
}

static void read_rows(
	const PGresult *res, struct arena *a, struct stored_context **out, size_t *len)
{
	*len = (size_t)PQntuples(res);
	*out = arena_array(a, struct stored_context, *len + 1);
	for (size_t i = 0; i < *len; i++)
		(*out)[i] = read_row(res, (int)i, a);
}

static int not_found(const char *name, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "no @context %.150s is kept here", name);
}

/* A statement whose answer is the context that `name` means. */
static int ask_one(struct context_store *cs, const struct pg_stmt *stmt,
	const struct pg_args *args, const char *name, struct arena *a,
	struct stored_context *out, struct err *err)
{
	auto_pgresult *res = NULL;

	if (ask(cs, stmt, args, &res, err) < 0)
		return -1;
	if (PQntuples(res) == 0)
		return not_found(name, err);
	*out = read_row(res, 0, a);
	return 0;
}

int context_store_find(struct context_store *cs, const char *name, struct arena *a,
	struct stored_context *out, struct err *err)
{
	struct pg_args args = {0};

	pg_text(&args, name);
	return ask_one(cs, &find, &args, name, a, out, err);
}

int context_store_list(struct context_store *cs, enum context_kind kind, struct arena *a,
	struct stored_context **out, size_t *len, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_text(&args, kind == CONTEXT_ANY ? NULL : context_kind_name(kind));
	if (ask(cs, &list, &args, &res, err) < 0)
		return -1;
	read_rows(res, a, out, len);
	return 0;
}

int context_store_host(struct context_store *cs, enum context_kind kind,
	const char *document, size_t len, int64_t now, struct arena *a, const char **id,
	struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	assert(kind == CONTEXT_HOSTED || kind == CONTEXT_IMPLICIT);
	pg_text(&args, context_kind_name(kind));
	pg_textn(&args, document, len);
	pg_time(&args, now);
	if (ask(cs, kind == CONTEXT_HOSTED ? &host : &imply, &args, &res, err) < 0)
		return -1;
	*id = pg_get_text(res, 0, 0, a);
	return 0;
}

/* 0 is null. */
static void add_expiry(struct pg_args *args, int64_t expires)
{
	if (expires != 0)
		pg_time(args, expires);
	else
		pg_text(args, NULL);
}

static void write_args(struct pg_args *args, const char *name, const char *document,
	size_t len, int64_t expires, int64_t now)
{
	pg_text(args, name);
	pg_textn(args, document, len);
	pg_time(args, now);
	add_expiry(args, expires);
}

int context_store_pin(struct context_store *cs, const char *url, const char *document,
	size_t len, int64_t expires, int64_t now, struct arena *a,
	struct stored_context *out, struct err *err)
{
	struct pg_args args = {0};

	assert(strlen(url) <= CONTEXT_URL_MAX);
	write_args(&args, url, document, len, expires, now);
	/* Pinned by a transaction that the first try cannot see yet: the second can. */
	if (ask_one(cs, &pin, &args, url, a, out, err) == 0)
		return 0;
	if (err->kind != ERR_NOT_FOUND)
		return -1;
	*err = (struct err){0};
	return ask_one(cs, &pin, &args, url, a, out, err);
}

int context_store_checked(struct context_store *cs, const char *id, const char *document,
	size_t len, int64_t expires, int64_t now, struct arena *a,
	struct stored_context *out, struct err *err)
{
	struct pg_args args = {0};

	write_args(&args, id, document, len, expires, now);
	return ask_one(cs, &checked, &args, id, a, out, err);
}

int context_store_replace(struct context_store *cs, const char *id, const char *document,
	size_t len, int64_t expires, int64_t now, struct arena *a,
	struct stored_context *out, struct err *err)
{
	struct pg_args args = {0};

	write_args(&args, id, document, len, expires, now);
	return ask_one(cs, &replace, &args, id, a, out, err);
}

int context_store_delete(struct context_store *cs, const char *id, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_text(&args, id);
	if (ask(cs, &remove_one, &args, &res, err) < 0)
		return -1;
	return PQntuples(res) > 0 ? 0 : not_found(id, err);
}

int context_store_due(struct context_store *cs, int64_t now, int64_t retry,
	struct arena *a, struct stored_context **out, size_t *len, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_time(&args, now);
	pg_time(&args, retry);
	if (ask(cs, &due, &args, &res, err) < 0)
		return -1;
	read_rows(res, a, out, len);
	return 0;
}

int context_store_changes(struct context_store *cs, int64_t *out, struct err *err)
{
	auto_pgresult *res = NULL;

	if (ask(cs, &changes, NULL, &res, err) < 0)
		return -1;
	*out = PQntuples(res) > 0 ? pg_get_int(res, 0, 0) : 0;
	return 0;
}

int context_store_trim(struct context_store *cs, int64_t keep, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int(&args, keep);
	return ask(cs, &trim, &args, &res, err);
}

int context_store_used(struct context_store *cs, const struct context_usage *usage,
	size_t len, struct err *err)
{
	auto_pg_array ids, hits, times;
	auto_pgresult *res = NULL;
	struct pg_args args = {0};

	pg_array_init(&ids, PG_TEXT);
	pg_array_init(&hits, PG_INT8);
	pg_array_init(&times, PG_TIMESTAMPTZ);
	for (size_t i = 0; i < len; i++) {
		pg_array_text(&ids, usage[i].id, strlen(usage[i].id));
		pg_array_int(&hits, usage[i].hits);
		pg_array_time(&times, usage[i].last);
	}
	pg_args_array(&args, &ids);
	pg_args_array(&args, &hits);
	pg_args_array(&args, &times);
	return ask(cs, &used, &args, &res, err);
}
