/* SPDX-License-Identifier: Apache-2.0 */
#include <store/geo_sql.h>

#include <core/geo_area.h>
#include <core/geo_q.h>
#include <store/dict.h>
#include <store/sql.h>

#include <stdbool.h>
#include <string.h>

/* WGS 84, as geography has it. */
#define SPHEROID "'SPHEROID[\"WGS 84\",6378137,298.257223563]'::spheroid"

/* A geoquery in the making.  What is bound once is referred to by its number. */
struct geo_statement {
	const struct geo_q *q;
	struct geo_place place;
	struct sql *sql;
	int reference, attr, now;
	int64_t at; /* the time, bound last: all before tells one geoquery from another */
};

static const char *const relations[] = {
	[GEOREL_WITHIN] = "Within",
	[GEOREL_CONTAINS] = "Contains",
	[GEOREL_OVERLAPS] = "Overlaps",
	[GEOREL_INTERSECTS] = "Intersects",
	[GEOREL_EQUALS] = "Equals",
	[GEOREL_DISJOINT] = "Intersects",
};

static void bind_reference(struct geo_statement *g)
{
	geo_place_of(g->q, g->sql->arena, &g->place);
	g->reference = sql_bind_text(g->sql, g->place.wkb);
}

static void bind(struct geo_statement *g, int attr)
{
	bind_reference(g);
	g->attr = sql_bind_int4(g->sql, attr);
}

/* A subquery without references to rows is computed once, not for each of them. */
static void add_reference(const struct geo_statement *g)
{
	sql_addf(g->sql, "(SELECT ST_SetSRID($%d::geometry, 4326))", g->reference);
}

static void add_boxed_relation(const struct geo_statement *g)
{
	const char *relation = relations[g->q->rel];

	/* Boxes first.  What crosses itself can make the relation itself fail, which
	 * calanque_relates() copes with; points cannot. */
	sql_add(g->sql, "g.geom && ");
	add_reference(g);
	sql_addf(g->sql, " AND CASE ST_Dimension(g.geom) WHEN 0 THEN ST_%s(g.geom, ",
		relation);
	add_reference(g);
	sql_addf(g->sql, ") ELSE calanque_relates(lower('%s'), g.geom, ", relation);
	add_reference(g);
	sql_add(g->sql, ") END");
}

/* Not ST_DWithin(), whose search through several points at once errs by thousands of
 * kilometres. */
static void add_within_metres(const struct geo_statement *g)
{
	struct sql *sql = g->sql;
	int metres = sql_bind_float(sql, g->q->distance);

	sql_add(sql, "g.geom::geography && _ST_Expand(");
	add_reference(g);
	sql_addf(sql,
		"::geography, $%d::float8) AND _ST_DWithinUnCached(g.geom::geography, ",
		metres);
	add_reference(g);
	sql_addf(sql, "::geography, $%d::float8, true)", metres);
}

static void add_live(const struct geo_statement *g, const char *row)
{
	sql_addf(g->sql, "(%s.expires IS NULL OR %s.expires > $%d::timestamptz)", row,
		row, g->now);
}

/* Of the row g, whatever index there is. */
static void add_relation(const struct geo_statement *g)
{
	bool near = g->q->rel == GEOREL_NEAR_MAX || g->q->rel == GEOREL_NEAR_MIN;
	bool negated = g->q->rel == GEOREL_NEAR_MIN || g->q->rel == GEOREL_DISJOINT;

	sql_add(g->sql, negated ? "NOT (" : "(");
	if (near)
		add_within_metres(g);
	else
		add_boxed_relation(g);
	sql_add(g->sql, ")");
}

void geo_relation_sql(const struct geo_q *q, struct sql *sql)
{
	struct geo_statement g = {.q = q, .sql = sql};

	bind_reference(&g);
	add_relation(&g);
}

int geo_sql(const struct geo_q *q, int64_t now, struct dict *names, struct sql *sql,
	struct err *err)
{
	struct geo_statement g = {.q = q, .sql = sql};
	int attr;

	if (dict_id(names, q->property, strlen(q->property), false, &attr, err) < 0)
		return -1;
	bind(&g, attr);
	g.now = sql_bind_time(sql, now);
	sql_addf(sql,
		"EXISTS (SELECT FROM entity_geometry g WHERE g.tenant = $1 AND "
		"g.attr = $%d::int4 AND ",
		g.attr);
	add_live(&g, "g");
	sql_add(sql, " AND ");
	add_relation(&g);
	/* OFFSET 0: asked of one entity after the other, never of all geometries first. */
	sql_add(sql, " AND g.eid = e.eid OFFSET 0)");
	return 0;
}

static void add_ranges(const struct geo_range *ranges, size_t n, struct sql *sql)
{
	int64_t first[GEO_RANGES], last[GEO_RANGES];

	for (size_t i = 0; i < n; i++) {
		first[i] = ranges[i].first;
		last[i] = ranges[i].last;
	}
	sql_add(sql, "unnest(");
	sql_longs(sql, first, n);
	sql_add(sql, ", ");
	sql_longs(sql, last, n);
	sql_add(sql, ") r(first, last)");
}

/* The points in a box and in ranges as rows p(eid, x, y), from the index alone.  OFFSET 0: range after
 * range. */
static void add_points(const struct geo_statement *g, const struct geo_box *box,
	const struct geo_range *ranges, size_t n)
{
	struct sql *sql = g->sql;

	add_ranges(ranges, n, sql);
	sql_addf(sql,
		" CROSS JOIN LATERAL (SELECT p.eid, p.x, p.y FROM entity_geometry p"
		" WHERE p.tenant = $1 AND p.attr = $%d::int4 AND p.cell IS NOT NULL AND"
		" p.cell BETWEEN r.first AND r.last AND p.y BETWEEN ",
		g->attr);
	sql_float(sql, box->south);
	sql_add(sql, " AND ");
	sql_float(sql, box->north);
	sql_add(sql, " AND (p.x >= ");
	sql_float(sql, box->west);
	sql_add(sql, box->west <= box->east ? " AND p.x <= " : " OR p.x <= ");
	sql_float(sql, box->east);
	sql_add(sql, ") OFFSET 0) p");
}

static void add_others(struct geo_statement *g)
{
	g->now = sql_bind_time(g->sql, g->at);
	sql_addf(g->sql,
		" FROM entity_geometry g WHERE g.tenant = $1 AND g.attr = $%d::int4"
		" AND g.cell IS NULL AND ",
		g->attr);
	add_live(g, "g");
	sql_add(g->sql, " AND ");
}

/* From a row's geometry to the reference: never by a search through several points, as for
 * DWithin. */
static void add_distance(const struct geo_statement *g, const char *geography)
{
	sql_addf(g->sql, "_ST_DistanceUnCached(%s, ", geography);
	add_reference(g);
	sql_add(g->sql, "::geography, true)");
}

/* From the rows p of points. */
static void add_point_distance(const struct geo_statement *g)
{
	/* The same between points, at half the price. */
	if (g->place.is_point)
		sql_addf(g->sql,
			"ST_DistanceSpheroid(ST_MakePoint(p.x, p.y), "
			"$%d::geometry, " SPHEROID ")",
			g->reference);
	else
		add_distance(g, "ST_SetSRID(ST_MakePoint(p.x, p.y), 4326)::geography");
}

/* Of an entity with several instances of the property the nearest counts, of equal ones the
 * first. */
static void add_nearest_instance(const struct geo_statement *g)
{
	sql_add(g->sql,
		" AND (g.alone OR NOT EXISTS (SELECT FROM entity_geometry o"
		" WHERE o.tenant = g.tenant AND o.eid = g.eid AND o.attr = g.attr AND "
		"o.n <> g.n AND ");
	add_live(g, "o");
	sql_add(g->sql, " AND (");
	add_distance(g, "o.geom::geography");
	sql_add(g->sql, ", o.n) < (");
	add_distance(g, "g.geom::geography");
	sql_add(g->sql, ", g.n)))");
}

static void add_near(struct geo_statement *g, double metres)
{
	const struct geo_box box = geo_circle_box(&g->place.circle, metres);
	struct geo_range ranges[GEO_RANGES];
	size_t n = geo_place_ranges(&g->place, metres, ranges);
	struct sql *sql = g->sql;
	int reach = sql_bind_float(sql, metres);

	sql_add(sql, "(SELECT n.eid, n.d FROM (SELECT p.eid, ");
	add_point_distance(g);
	sql_add(sql, " AS d FROM ");
	add_points(g, &box, ranges, n);
	sql_add(sql, " UNION ALL SELECT g.eid, ");
	add_distance(g, "g.geom::geography");
	add_others(g);
	sql_add(sql, "g.geom::geography && _ST_Expand(");
	add_reference(g);
	sql_addf(sql, "::geography, $%d::float8)", reach);
	add_nearest_instance(g);
	/* OFFSET 0: measured once. */
	sql_addf(sql, " OFFSET 0) n WHERE n.d <= $%d::float8", reach);
}

void geo_near_sql(
	const struct geo_q *q, int attr, double metres, int64_t now, struct sql *sql)
{
	struct geo_statement g = {.q = q, .sql = sql, .at = now};

	bind(&g, attr);
	add_near(&g, metres);
	sql_add(sql, " ORDER BY n.d, n.eid OFFSET 0) g");
}

void geo_near_of_sql(
	const struct geo_q *q, int attr, const char *eids, int64_t now, struct sql *sql)
{
	struct geo_statement g = {.q = q, .sql = sql};
	int metres;

	bind(&g, attr);
	metres = sql_bind_float(sql, q->distance);
	g.now = sql_bind_time(sql, now);
	sql_add(sql,
		"(SELECT n.eid, n.d FROM (SELECT g.eid, CASE WHEN g.cell IS NOT NULL"
		" THEN ");
	add_point_distance(&g);
	sql_add(sql, " ELSE ");
	add_distance(&g, "g.geom::geography");
	sql_addf(sql,
		" END AS d FROM entity_geometry g CROSS JOIN LATERAL (SELECT g.x, g.y) p"
		" WHERE g.tenant = $1 AND g.attr = $%d::int4 AND g.eid = ANY(ARRAY(",
		g.attr);
	sql_add(sql, eids);
	sql_add(sql, ")) AND ");
	add_live(&g, "g");
	add_nearest_instance(&g);
	sql_addf(sql,
		" OFFSET 0) n WHERE n.d <= $%d::float8 ORDER BY n.d, n.eid OFFSET 0) g",
		metres);
}

void geo_source_sql(const struct geo_q *q, int attr, int64_t now, struct sql *sql)
{
	struct geo_statement g = {.q = q, .sql = sql, .at = now};
	struct geo_range ranges[GEO_RANGES];

	bind(&g, attr);
	if (q->rel == GEOREL_NEAR_MAX) {
		add_near(&g, q->distance);
	} else {
		sql_add(sql, "(SELECT p.eid FROM ");
		add_points(&g, &g.place.box, ranges, geo_ranges(&g.place.box, ranges));
		sql_addf(sql,
			" WHERE ST_%s(ST_MakePoint(p.x, p.y), $%d::geometry)"
			" UNION ALL SELECT g.eid",
			relations[q->rel], g.reference);
		add_others(&g);
		add_boxed_relation(&g);
	}
	sql_add(sql, ") g WHERE true");
}
