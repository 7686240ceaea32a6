/* SPDX-License-Identifier: Apache-2.0 */
#include <store/entity_maps.h>

#include <base/err.h>
#include <base/jn.h>
#include <base/strbuf.h>
#include <store/pg.h>

#include <stdio.h>
#include <string.h>

#define PART 1000 /* ids that are read at a time */

static const struct pg_stmt insert = {"entity_map_new",
	"INSERT INTO entity_map (tenant, id, temporal, expires) VALUES ($1::int4,"
	" 'urn:ngsi-ld:EntityMap:' || gen_random_uuid(), $2::bool, $3::timestamptz)"
	" RETURNING map, id, expires",
	.binary = true};
static const struct pg_stmt find = {"entity_map_find",
	"SELECT map, id, expires FROM entity_map WHERE tenant = $1::int4 AND id = $2"
	" AND temporal = $3::bool AND expires > $4::timestamptz",
	.binary = true};
static const struct pg_stmt items = {"entity_map_items",
	"SELECT n, id FROM entity_map_item WHERE map = $1::int8 AND n > $2::int8"
	" ORDER BY n LIMIT $3::int8",
	.binary = true};
static const struct pg_stmt prolong = {"entity_map_prolong",
	"UPDATE entity_map SET expires = $2::timestamptz WHERE map = $1::int8",
	.binary = true};
static const struct pg_stmt remove_map = {"entity_map_delete",
	"DELETE FROM entity_map WHERE map = $1::int8", .binary = true};
static const struct pg_stmt prune = {"entity_map_prune",
	"DELETE FROM entity_map_item WHERE map = $1::int8 AND n BETWEEN $2::int8 AND "
	"$3::int8"
	" AND n <> ALL($4::int8[])",
	.binary = true};
static const struct pg_stmt sweep = {"entity_maps_sweep",
	"DELETE FROM entity_map WHERE expires <= $1::timestamptz", .binary = true};

static void read_map(const PGresult *res, struct entity_map *out)
{
	*out = (struct entity_map){0};
	if (PQntuples(res) == 0)
		return;
	out->number = pg_get_int(res, 0, 0);
	snprintf(out->id, sizeof(out->id), "%s", PQgetvalue(res, 0, 1));
	out->expires = pg_get_time(res, 0, 2);
}

int entity_map_new(struct pg *pg, int tenant, bool temporal, int64_t expires,
	struct entity_map *out, struct err *err)
{
	auto_pgresult *res = NULL;
	struct pg_args args = {0};

	pg_int4(&args, tenant);
	pg_bool(&args, temporal);
	pg_time(&args, expires);
	if (pg_query(pg, &insert, &args, &res, err) < 0)
		return -1;
	read_map(res, out);
	return 0;
}

int entity_map_find(struct pg *pg, int tenant, const char *id, bool temporal, int64_t now,
	struct entity_map *out, struct err *err)
{
	auto_pgresult *res = NULL;
	struct pg_args args = {0};

	pg_int4(&args, tenant);
	pg_text(&args, id);
	pg_bool(&args, temporal);
	pg_time(&args, now);
	if (pg_query(pg, &find, &args, &res, err) < 0)
		return -1;
	read_map(res, out);
	return 0;
}

int entity_map_part(struct pg *pg, int64_t number, int64_t *after, bool *more,
	struct strbuf *out, struct err *err)
{
	auto_pgresult *res = NULL;
	struct pg_args args = {0};
	int len;

	pg_int(&args, number);
	pg_int(&args, *after);
	pg_int(&args, PART);
	if (pg_query(pg, &items, &args, &res, err) < 0)
		return -1;
	len = PQntuples(res);
	for (int i = 0; i < len; i++) {
		if (*after > 0 || i > 0)
			strbuf_addc(out, ',');
		jn_write_string(
			out, PQgetvalue(res, i, 1), (size_t)PQgetlength(res, i, 1));
		strbuf_adds(out, ":[\"@none\"]");
	}
	if (len > 0)
		*after = pg_get_int(res, len - 1, 0);
	*more = len == PART;
	return 0;
}

int entity_map_prolong(struct pg *pg, int64_t number, int64_t expires, struct err *err)
{
	struct pg_args args = {0};

	pg_int(&args, number);
	pg_time(&args, expires);
	return pg_exec(pg, &prolong, &args, NULL, err);
}

int entity_map_delete(struct pg *pg, int64_t number, struct err *err)
{
	struct pg_args args = {0};

	pg_int(&args, number);
	return pg_exec(pg, &remove_map, &args, NULL, err);
}

int entity_map_prune(struct pg *pg, int64_t number, int64_t first, int64_t last,
	const int64_t *kept, size_t len, struct err *err)
{
	auto_pg_array places = {0};
	struct pg_args args = {0};

	pg_array_init(&places, PG_INT8);
	for (size_t i = 0; i < len; i++)
		pg_array_int(&places, kept[i]);
	pg_int(&args, number);
	pg_int(&args, first);
	pg_int(&args, last);
	pg_args_array(&args, &places);
	return pg_exec(pg, &prune, &args, NULL, err);
}

int entity_maps_sweep(struct pg *pg, int64_t now, struct err *err)
{
	struct pg_args args = {0};

	pg_time(&args, now);
	return pg_exec(pg, &sweep, &args, NULL, err);
}
