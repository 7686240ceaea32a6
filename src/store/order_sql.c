/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorting by what documents hold.  The entities that match are a subquery f; beside each
 * row of it stand the document d.j, without what has expired, and for each key of the
 * order i
 *
 *	v<i>.v  the value, or null
 *	k<i>    what it sorts by: the rank of its type, then a number, text or JSON of it
 *
 * Of an attribute with several instances the value of the first counts, which is that of
 * the default instance, but the distance of the nearest.  Equal entities come in the order
 * of their creation.
 */
#include "order_sql.h"

#include "q_sql_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <core/entity.h>
#include <core/order.h>
#include <store/dict.h>
#include <store/pg.h>
#include <store/sql.h>

#include <string.h>

/* 4.23.2: what is null comes behind everything, and what does not exist behind that, be
 * the order ascending or descending. */
#define RANK_NULL "9"
#define RANK                                                                             \
	"CASE WHEN v IS NULL THEN 10 ELSE CASE jsonb_typeof(v) WHEN 'number' THEN 1"     \
	" WHEN 'object' THEN 3 WHEN 'array' THEN 4 WHEN 'boolean' THEN 5"                \
	" WHEN 'null' THEN " RANK_NULL " ELSE CASE WHEN t !~ '^[0-9]' THEN 2"            \
	" WHEN calanque_time(t) IS NOT NULL THEN 6"                                      \
	" WHEN calanque_date(t) IS NOT NULL THEN 7"                                      \
	" WHEN calanque_instant(t) IS NOT NULL THEN 8 ELSE 2 END END END"

int order_collation(struct pg *pg, const struct order *order, struct arena *a,
	const char **out, struct err *err)
{
	static const struct pg_stmt find = {"order_collation",
		"SELECT quote_ident(collname) FROM pg_collation WHERE collprovider = 'i'"
		" AND collnamespace IN ('pg_catalog'::regnamespace,"
		" 'calanque'::regnamespace)"
		" AND lower(collname) IN (lower($1), lower($1) || '-x-icu')"
		" ORDER BY length(collname) LIMIT 1",
		.binary = true};
	auto_pgresult *res = NULL;
	struct pg_args args = {0};

	*out = "\"und-x-icu\"";
	if (order->collation == NULL)
		return 0;
	pg_textn(&args, order->collation, strlen(order->collation));
	if (pg_query(pg, &find, &args, &res, err) < 0)
		return -1;
	if (PQntuples(res) == 0)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"collation: '%.60s' is none that this broker has; use a language "
			"such as fr or de-AT, or und-x-icu",
			order->collation);
	*out = arena_strdup(a, PQgetvalue(res, 0, 0));
	return 0;
}

void order_begin(struct sql *sql)
{
	sql_add(sql, "SELECT f.doc FROM (");
}

static bool is_member(const struct q_path *path, const char *name)
{
	return path->names_len == 1 && strcmp(path->names[0], name) == 0;
}

/* From the instance i to the value that the path means there. */
static void add_base(const struct q_path *path, struct sql *sql)
{
	size_t len;
	const struct q_base *bases = q_bases(path, &len);

	sql_add(sql, "coalesce(");
	for (size_t i = 0; i < len; i++) {
		sql_add(sql, i > 0 ? ", i -> " : "i -> ");
		sql_text(sql, bases[i].member);
	}
	sql_add(sql, ")");
	if (path->trail_len == 0)
		return;
	sql_add(sql, " #> ");
	sql_texts(sql, path->trail, path->trail_len);
}

static void add_value(const struct q_path *path, size_t n, struct sql *sql)
{
	auto_jpath jp = {0};

	sql_add(sql,
		" CROSS JOIN LATERAL (SELECT coalesce(r -> '@value', r) AS v FROM "
		"(SELECT ");
	if (is_member(path, "type") || is_member(path, "scope")) {
		sql_addf(sql, "d.j -> '%s' -> 0 AS r", path->names[0]);
	} else {
		add_base(path, sql);
		sql_add(sql, " AS r FROM (SELECT jsonb_path_query_first(d.j, ");
		jpath_init(&jp, sql->arena);
		jpath_instances(&jp, path);
		jpath_bind(&jp, sql);
		sql_add(sql, ") AS i) i");
	}
	sql_addf(sql, " OFFSET 0) r OFFSET 0) v%zu", n);
	sql_add(sql,
		" CROSS JOIN LATERAL (SELECT rank, CASE rank WHEN 1 THEN t::numeric"
		" WHEN 6 THEN calanque_time(t) WHEN 7 THEN calanque_date(t)"
		" WHEN 8 THEN calanque_instant(t) END AS number,"
		" CASE rank WHEN 2 THEN t END AS string,"
		" CASE WHEN rank IN (3, 4, 5) THEN v END AS json"
		" FROM (SELECT v, t, " RANK " AS rank FROM");
	sql_addf(sql,
		" (SELECT v%zu.v, v%zu.v #>> '{}' AS t) x OFFSET 0) y OFFSET 0) k%zu", n,
		n, n);
}

/* Haversine: ST_DistanceSphere().  An attribute that is no GeoProperty has no distance. */
static int add_distance(const struct order *order, size_t n, struct dict *names,
	struct sql *sql, struct err *err)
{
	const char *name = order->keys[n].path.names[0];
	int attr;

	if (dict_id(names, name, strlen(name), false, &attr, err) < 0)
		return -1;
	sql_addf(sql,
		" CROSS JOIN LATERAL (SELECT CASE WHEN v%zu.v IS NOT NULL THEN"
		" (SELECT min(ST_DistanceSphere(g.geom, ST_SetSRID(",
		n);
	sql_geometry(sql, order->from);
	sql_add(sql,
		", 4326))) FROM entity_geometry g WHERE g.tenant = $1"
		" AND g.eid = f.eid AND g.attr = ");
	sql_int4(sql, attr);
	sql_addf(sql, ") END AS metres OFFSET 0) m%zu", n);
	return 0;
}

static void add_sorting(
	const struct order_key *key, size_t n, const char *collation, struct sql *sql)
{
	const char *way = key->descending ? " DESC" : "";

	if (key->distance)
		sql_addf(sql, "m%zu.metres IS NULL, m%zu.metres%s, ", n, n, way);
	if (key->descending)
		sql_addf(sql,
			"CASE WHEN k%zu.rank >= " RANK_NULL
			" THEN k%zu.rank END NULLS FIRST, ",
			n, n);
	sql_addf(sql,
		"k%zu.rank%s, k%zu.number%s, k%zu.string COLLATE %s%s, k%zu.json%s, ", n,
		way, n, way, n, collation, way, n, way);
}

int order_end(const struct order *order, const char *collation, int64_t now,
	struct dict *names, struct sql *sql, struct err *err)
{
	sql_add(sql,
		" OFFSET 0) f CROSS JOIN LATERAL (SELECT"
		" CASE WHEN strpos(f.doc, '\"expiresAt\"') > 0"
		" THEN calanque_live(f.doc::jsonb, ");
	sql_int(sql, now);
	sql_add(sql, ") ELSE f.doc::jsonb END AS j OFFSET 0) d");
	for (size_t i = 0; i < order->len; i++) {
		add_value(&order->keys[i].path, i, sql);
		if (order->keys[i].distance &&
			add_distance(order, i, names, sql, err) < 0)
			return -1;
	}
	sql_add(sql, " ORDER BY ");
	for (size_t i = 0; i < order->len; i++)
		add_sorting(&order->keys[i], i, collation, sql);
	sql_add(sql, "f.eid");
	return 0;
}
