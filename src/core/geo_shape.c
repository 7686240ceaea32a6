/* SPDX-License-Identifier: Apache-2.0 */
/* GeoJSON to GEOS.  Its reader of GeoJSON refuses altitudes, so positions are read here. */
#include "geo_priv.h"

#include <base/arena.h>
#include <base/jn.h>

#include <math.h>
#include <string.h>

/* As in INSERT_GEOMETRIES of store/rows_sql.c. */
#define LONGEST_STEP 90.0

struct builder {
	GEOSContextHandle_t geos;
	struct arena *a;
	bool stored; /* split what is longer than LONGEST_STEP */
	bool skip; /* edges without length */
};

static void read_position(const struct jn *position, double out[2])
{
	out[0] = jn_number(position->child);
	out[1] = jn_number(position->child->next);
}

static size_t steps(const struct builder *b, const double from[2], const double to[2])
{
	double length = b->stored ? hypot(to[0] - from[0], to[1] - from[1]) : 0;

	return length > LONGEST_STEP ? (size_t)ceil(length / LONGEST_STEP) : 1;
}

/* Adds the way from the last position to `to`, without its start. */
static size_t add_way(const struct builder *b, double *xy, size_t n, const double to[2])
{
	const double from[2] = {xy[2 * n - 2], xy[2 * n - 1]};
	size_t count = steps(b, from, to);

	if (from[0] == to[0] && from[1] == to[1] && b->skip)
		return n;
	for (size_t i = 1; i < count; i++, n++) {
		double part = (double)i / (double)count;

		xy[2 * n] = from[0] + (to[0] - from[0]) * part;
		xy[2 * n + 1] = from[1] + (to[1] - from[1]) * part;
	}
	xy[2 * n] = to[0];
	xy[2 * n + 1] = to[1];
	return n + 1;
}

static size_t read_positions(const struct builder *b, const struct jn *list, double *xy)
{
	double position[2];
	size_t n = 0;

	jn_each (it, list) {
		read_position(it, position);
		if (n == 0) {
			memcpy(xy, position, sizeof(position));
			n = 1;
		} else {
			n = add_way(b, xy, n, position);
		}
	}
	return n;
}

/* least: how many positions there must be; those without distance count only where there are
 * not enough others. */
static GEOSCoordSequence *sequence(
	const struct builder *b, const struct jn *list, size_t least)
{
	/* A step leads through 402 degrees at most. */
	double *xy =
		arena_raw(b->a, arena_size((size_t)list->count * 5, 2 * sizeof(*xy)));
	struct builder all = *b, skip = *b;
	size_t n;

	skip.skip = true;
	n = read_positions(&skip, list, xy);
	if (n < least)
		n = read_positions(&all, list, xy);
	return GEOSCoordSeq_copyFromBuffer_r(b->geos, xy, (unsigned)n, 0, 0);
}

static GEOSGeometry *build_point(const struct builder *b, const struct jn *position)
{
	double xy[2];

	read_position(position, xy);
	return GEOSGeom_createPointFromXY_r(b->geos, xy[0], xy[1]);
}

static GEOSGeometry *build_line(const struct builder *b, const struct jn *list)
{
	GEOSCoordSequence *seq = sequence(b, list, 2);

	return seq != NULL ? GEOSGeom_createLineString_r(b->geos, seq) : NULL;
}

static GEOSGeometry *build_ring(const struct builder *b, const struct jn *list)
{
	GEOSCoordSequence *seq = sequence(b, list, 4);

	return seq != NULL ? GEOSGeom_createLinearRing_r(b->geos, seq) : NULL;
}

static void destroy_all(const struct builder *b, GEOSGeometry **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		GEOSGeom_destroy_r(b->geos, list[i]);
}

typedef GEOSGeometry *build_fn(const struct builder *b, const struct jn *coordinates);

/* NULL, and nothing left over, where one cannot be built. */
static GEOSGeometry **build_all(
	const struct builder *b, const struct jn *list, build_fn *build)
{
	GEOSGeometry **all = arena_array(b->a, GEOSGeometry *, list->count);
	size_t n = 0;

	jn_each (it, list) {
		all[n] = build(b, it);
		if (all[n] == NULL) {
			destroy_all(b, all, n);
			return NULL;
		}
		n++;
	}
	return all;
}

static GEOSGeometry *build_polygon(const struct builder *b, const struct jn *rings)
{
	GEOSGeometry **all = build_all(b, rings, build_ring);

	if (all == NULL)
		return NULL;
	return GEOSGeom_createPolygon_r(b->geos, all[0], all + 1, rings->count - 1);
}

static const struct {
	const char *type;
	build_fn *build;
	int collection; /* of such parts; -1: of one alone */
} types[] = {
	{"Point", build_point, -1},
	{"LineString", build_line, -1},
	{"Polygon", build_polygon, -1},
	{"MultiPoint", build_point, GEOS_MULTIPOINT},
	{"MultiLineString", build_line, GEOS_MULTILINESTRING},
	{"MultiPolygon", build_polygon, GEOS_MULTIPOLYGON},
};

static GEOSGeometry *build(const struct builder *b, const struct jn *geometry)
{
	const struct jn *type = jn_get(geometry, "type");
	const struct jn *coordinates = jn_get(geometry, "coordinates");
	GEOSGeometry **all;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!jn_str_is(type, types[i].type) || coordinates == NULL)
			continue;
		if (types[i].collection < 0)
			return types[i].build(b, coordinates);
		all = build_all(b, coordinates, types[i].build);
		return all == NULL
			? NULL
			: GEOSGeom_createCollection_r(
				  b->geos, types[i].collection, all, coordinates->count);
	}
	return NULL;
}

/* Clones of the parts that have the dimension, however deep; counts where out is NULL. */
static size_t parts_of(
	const struct builder *b, const GEOSGeometry *g, int dimension, GEOSGeometry **out)
{
	int n = GEOSGetNumGeometries_r(b->geos, g);
	size_t found = 0;

	if (GEOSGeomTypeId_r(b->geos, g) < GEOS_MULTIPOINT) {
		if (GEOSGeom_getDimensions_r(b->geos, g) != dimension)
			return 0;
		if (out != NULL)
			out[0] = GEOSGeom_clone_r(b->geos, g);
		return 1;
	}
	for (int i = 0; i < n; i++)
		found += parts_of(b, GEOSGetGeometryN_r(b->geos, g, i), dimension,
			out == NULL ? NULL : out + found);
	return found;
}

/* ST_CollectionExtract(): of a collection, what has its highest dimension. */
static GEOSGeometry *extract(const struct builder *b, GEOSGeometry *g)
{
	static const int multi[] = {
		GEOS_MULTIPOINT, GEOS_MULTILINESTRING, GEOS_MULTIPOLYGON};
	GEOSGeometry **parts, *result;
	int dimension;
	size_t n;

	if (GEOSGeomTypeId_r(b->geos, g) != GEOS_GEOMETRYCOLLECTION)
		return g;
	dimension = GEOSGeom_getDimensions_r(b->geos, g);
	n = dimension < 0 ? 0 : parts_of(b, g, dimension, NULL);
	if (n == 0)
		return g;
	parts = arena_array(b->a, GEOSGeometry *, n);
	parts_of(b, g, dimension, parts);
	result = GEOSGeom_createCollection_r(
		b->geos, multi[dimension], parts, (unsigned)n);
	GEOSGeom_destroy_r(b->geos, g);
	return result;
}

GEOSGeometry *geo_shape(
	GEOSContextHandle_t geos, const struct jn *geometry, bool stored, struct arena *a)
{
	const struct builder b = {geos, a, stored, false};
	GEOSGeometry *g = build(&b, geometry), *valid;

	if (g == NULL || GEOSisValid_r(geos, g) == 1)
		return g;
	valid = GEOSMakeValid_r(geos, g);
	GEOSGeom_destroy_r(geos, g);
	return valid == NULL ? NULL : extract(&b, valid);
}

static void extend(struct geo_box *box, const struct jn *coordinates)
{
	double position[2];

	if (!jn_is(coordinates->child, JN_NUMBER)) {
		jn_each (it, coordinates)
			extend(box, it);
		return;
	}
	read_position(coordinates, position);
	box->west = fmin(box->west, position[0]);
	box->south = fmin(box->south, position[1]);
	box->east = fmax(box->east, position[0]);
	box->north = fmax(box->north, position[1]);
}

struct geo_box geo_box_of(const struct jn *geometry)
{
	struct geo_box box = {INFINITY, INFINITY, -INFINITY, -INFINITY};
	const struct jn *coordinates = jn_get(geometry, "coordinates");

	if (coordinates != NULL)
		extend(&box, coordinates);
	return box;
}

void geo_globe(
	const struct jn *geometry, bool stored, struct arena *a, struct globe_shape *out)
{
	const struct jn *c = jn_get(geometry, "coordinates");
	GEOSContextHandle_t geos;
	GEOSGeometry *shape;

	if (jn_str_is(jn_get(geometry, "type"), "Point")) {
		globe_position(jn_number(c->child), jn_number(c->child->next), a, out);
		return;
	}
	*out = (struct globe_shape){0};
	geos = GEOS_init_r();
	shape = geo_shape(geos, geometry, stored, a);
	if (shape != NULL)
		globe_shape(geos, shape, a, out);
	GEOSGeom_destroy_r(geos, shape);
	GEOS_finish_r(geos);
}
