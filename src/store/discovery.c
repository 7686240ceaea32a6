/* SPDX-License-Identifier: Apache-2.0 */
#include <store/discovery.h>

#include <base/arena.h>
#include <base/err.h>
#include <store/pg.h>

#include <string.h>

/* Every statement answers with rows (iri, with, count, kinds); what is missing at the end
 * was not asked for. */
enum column {
	IRI,
	WITH,
	COUNT,
	KINDS_OF,
};

static const struct pg_stmt types = {"discovery_types",
	"WITH RECURSIVE t(type) AS ("
	"(SELECT type FROM entity_type WHERE tenant = $1::int4 ORDER BY type LIMIT 1)"
	" UNION ALL SELECT (SELECT n.type FROM entity_type n WHERE n.tenant = $1::int4"
	" AND n.type > t.type ORDER BY n.type LIMIT 1) FROM t WHERE t.type IS NOT NULL)"
	" SELECT n.iri FROM t JOIN name n ON n.id = t.type"
	/* One probe a type, in the order of the index: no join of all entities, no scan. */
	" WHERE (SELECT true FROM entity_type x WHERE x.tenant = $1::int4 AND x.type = "
	"t.type"
	" AND (SELECT e.expires IS NULL OR e.expires > $2::timestamptz FROM entity e"
	" WHERE e.eid = x.eid) ORDER BY x.eid LIMIT 1)"
	" ORDER BY n.iri COLLATE \"C\"",
	.binary = true};
static const struct pg_stmt types_details = {"discovery_types_details",
	"SELECT t, coalesce(json_agg(DISTINCT a COLLATE \"C\") FILTER (WHERE a IS NOT "
	"NULL),"
	" '[]') FROM calanque_shapes_at($1::int4, $2::timestamptz) s"
	" CROSS JOIN LATERAL jsonb_array_elements_text(s.body -> 'types') t"
	" LEFT JOIN LATERAL jsonb_object_keys(s.body -> 'attrs') a ON true"
	" GROUP BY t ORDER BY t COLLATE \"C\"",
	.binary = true};
static const struct pg_stmt attributes = {"discovery_attributes",
	"SELECT DISTINCT a COLLATE \"C\" FROM calanque_shapes_at($1::int4, "
	"$2::timestamptz) s"
	" CROSS JOIN LATERAL jsonb_object_keys(s.body -> 'attrs') a ORDER BY 1",
	.binary = true};
static const struct pg_stmt attributes_details = {"discovery_attributes_details",
	"SELECT a, json_agg(DISTINCT t COLLATE \"C\")"
	" FROM calanque_shapes_at($1::int4, $2::timestamptz) s"
	" CROSS JOIN LATERAL jsonb_object_keys(s.body -> 'attrs') a"
	" CROSS JOIN LATERAL jsonb_array_elements_text(s.body -> 'types') t"
	" GROUP BY a ORDER BY a COLLATE \"C\"",
	.binary = true};
static const struct pg_stmt one_type = {"discovery_type",
	"WITH s AS MATERIALIZED (SELECT number, body"
	" FROM calanque_shapes_at($1::int4, $2::timestamptz) WHERE body -> 'types' ? "
	"$3::text)"
	" SELECT a, kinds, n FROM (SELECT"
	" sum(calanque_shape_entities($1::int4, number, $2::timestamptz))::int8 AS n "
	"FROM "
	"s) c"
	" LEFT JOIN (SELECT m.key AS a, json_agg(DISTINCT k COLLATE \"C\") AS kinds FROM "
	"s"
	" CROSS JOIN LATERAL jsonb_each(body -> 'attrs') m"
	" CROSS JOIN LATERAL jsonb_object_keys(m.value) k GROUP BY m.key) l ON true"
	" ORDER BY a COLLATE \"C\"",
	.binary = true};
static const struct pg_stmt one_attribute = {"discovery_attribute",
	"WITH s AS MATERIALIZED (SELECT number, body -> 'types' AS types,"
	" body -> 'attrs' -> $3::text AS kinds"
	" FROM calanque_shapes_at($1::int4, $2::timestamptz) WHERE body -> 'attrs' ? "
	"$3::text),"
	" c AS (SELECT sum(calanque_shape_entities($1::int4, number, $2::timestamptz)"
	" * (SELECT sum(v::int8) FROM jsonb_each_text(kinds) k(k, v)))::int8 AS n,"
	" (SELECT json_agg(DISTINCT k COLLATE \"C\") FROM s o"
	" CROSS JOIN LATERAL jsonb_object_keys(o.kinds) k) AS kinds FROM s)"
	" SELECT t, NULL::json, n, c.kinds FROM c LEFT JOIN (SELECT DISTINCT t COLLATE "
	"\"C\" AS t"
	" FROM s CROSS JOIN LATERAL jsonb_array_elements_text(types) t) l ON true"
	" ORDER BY t COLLATE \"C\"",
	.binary = true};

static const struct jn *json_at(
	const PGresult *res, int row, enum column column, struct arena *a)
{
	size_t len;
	char *text;

	if (PQnfields(res) <= (int)column || PQgetisnull(res, row, column))
		return NULL;
	len = (size_t)PQgetlength(res, row, column);
	text = arena_strndup(a, PQgetvalue(res, row, column), len);
	return jn_parse_trusted(text, len, a);
}

static void read_rows(const PGresult *res, struct arena *a, struct discovery *out)
{
	int rows = PQntuples(res);

	*out = (struct discovery){
		.items = arena_array(a, struct discovered, (size_t)rows + 1)};
	if (rows > 0 && PQnfields(res) > COUNT && !PQgetisnull(res, 0, COUNT))
		out->count = pg_get_int(res, 0, COUNT);
	if (rows > 0)
		out->kinds = json_at(res, 0, KINDS_OF, a);
	for (int i = 0; i < rows; i++) {
		if (PQgetisnull(res, i, IRI))
			continue;
		out->items[out->len++] = (struct discovered){
			.iri = arena_strdup(a, PQgetvalue(res, i, IRI)),
			.with = json_at(res, i, WITH, a),
		};
	}
}

static int ask(struct pg *pg, const struct pg_stmt *stmt, int tenant, const char *iri,
	int64_t now, struct arena *a, struct discovery *out, struct err *err)
{
	auto_pgresult *res = NULL;
	struct pg_args args = {0};

	pg_int4(&args, tenant);
	pg_time(&args, now);
	if (iri != NULL)
		pg_textn(&args, iri, strlen(iri));
	if (pg_query(pg, stmt, &args, &res, err) < 0)
		return -1;
	read_rows(res, a, out);
	return 0;
}

int discovery_types(struct pg *pg, int tenant, bool details, int64_t now, struct arena *a,
	struct discovery *out, struct err *err)
{
	return ask(pg, details ? &types_details : &types, tenant, NULL, now, a, out, err);
}

int discovery_attributes(struct pg *pg, int tenant, bool details, int64_t now,
	struct arena *a, struct discovery *out, struct err *err)
{
	return ask(pg, details ? &attributes_details : &attributes, tenant, NULL, now, a,
		out, err);
}

int discovery_type(struct pg *pg, int tenant, const char *iri, int64_t now,
	struct arena *a, struct discovery *out, struct err *err)
{
	return ask(pg, &one_type, tenant, iri, now, a, out, err);
}

int discovery_attribute(struct pg *pg, int tenant, const char *iri, int64_t now,
	struct arena *a, struct discovery *out, struct err *err)
{
	return ask(pg, &one_attribute, tenant, iri, now, a, out, err);
}
