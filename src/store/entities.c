/* SPDX-License-Identifier: Apache-2.0 */
/* Entities by id. */
#include <store/entities.h>

#include <base/arena.h>
#include <base/err.h>
#include <store/pg.h>

#include <assert.h>
#include <string.h>

static const struct pg_stmt get_one = {"entity_get",
	"SELECT doc FROM entity WHERE tenant = $1::int4 AND id = $2"
	" AND (expires IS NULL OR expires > $3::timestamptz)",
	.binary = true};
static const struct pg_stmt get_many = {"entities_get",
	"SELECT r.n, e.doc FROM unnest($1::int4[], $2::text[])"
	" WITH ORDINALITY AS r(tenant, id, n)"
	" JOIN entity e ON e.tenant = r.tenant AND e.id = r.id"
	" WHERE e.expires IS NULL OR e.expires > $3::timestamptz",
	.binary = true};

void entity_page_fini(struct entity_page *page)
{
	PQclear(page->res);
	page->res = NULL;
}

static struct entity_text text_at(const PGresult *res, int row, int column)
{
	return (struct entity_text){
		PQgetvalue(res, row, column), (size_t)PQgetlength(res, row, column)};
}

static int query_one(struct pg *pg, const struct entity_key *key, int64_t now,
	PGresult **res, struct err *err)
{
	struct pg_args args = {0};

	pg_int4(&args, key->tenant);
	pg_textn(&args, key->id, strlen(key->id));
	pg_time(&args, now);
	return pg_query(pg, &get_one, &args, res, err);
}

static int query_many(struct pg *pg, const struct entity_key *keys, size_t n, int64_t now,
	PGresult **res, struct err *err)
{
	auto_pg_array tenants = {0}, ids = {0};
	struct pg_args args = {0};

	pg_array_init(&tenants, PG_INT4);
	pg_array_init(&ids, PG_TEXT);
	for (size_t i = 0; i < n; i++) {
		pg_array_int(&tenants, keys[i].tenant);
		pg_array_text(&ids, keys[i].id, strlen(keys[i].id));
	}
	pg_args_array(&args, &tenants);
	pg_args_array(&args, &ids);
	pg_time(&args, now);
	return pg_query(pg, &get_many, &args, res, err);
}

int entities_get(struct pg *pg, const struct entity_key *keys, size_t n, int64_t now,
	struct arena *a, struct entity_page *page, struct err *err)
{
	assert(n > 0);
	*page = (struct entity_page){.count = -1, .len = n};
	page->docs = arena_array(a, struct entity_text, n);
	if (n == 1) {
		if (query_one(pg, keys, now, &page->res, err) < 0)
			return -1;
		if (PQntuples(page->res) > 0)
			page->docs[0] = text_at(page->res, 0, 0);
		return 0;
	}
	if (query_many(pg, keys, n, now, &page->res, err) < 0)
		return -1;
	for (int row = 0; row < PQntuples(page->res); row++)
		page->docs[pg_get_int(page->res, row, 0) - 1] =
			text_at(page->res, row, 1);
	return 0;
}

int entities_number(
	struct pg *pg, int tenant, const char *id, int64_t *out, struct err *err)
{
	static const struct pg_stmt number = {"entity_number_of",
		"SELECT eid FROM entity WHERE tenant = $1::int4 AND id = $2",
		.binary = true};
	auto_pgresult *res = NULL;
	struct pg_args args = {0};

	pg_int4(&args, tenant);
	pg_textn(&args, id, strlen(id));
	if (pg_query(pg, &number, &args, &res, err) < 0)
		return -1;
	*out = PQntuples(res) > 0 ? pg_get_int(res, 0, 0) : 0;
	return 0;
}

int entities_numbers(
	struct pg *pg, size_t n, struct arena *a, int64_t **out, struct err *err)
{
	static const struct pg_stmt numbers = {"entities_numbers",
		"SELECT nextval('entity_number') FROM generate_series(1, $1::int8)",
		.binary = true};
	auto_pgresult *res = NULL;
	struct pg_args args = {0};

	pg_int(&args, (int64_t)n);
	if (pg_query(pg, &numbers, &args, &res, err) < 0)
		return -1;
	assert((size_t)PQntuples(res) == n);
	*out = arena_array(a, int64_t, n);
	for (size_t i = 0; i < n; i++)
		(*out)[i] = pg_get_int(res, (int)i, 0);
	return 0;
}
