/* SPDX-License-Identifier: Apache-2.0 */
#include <core/geo_area.h>

#include "geo_priv.h"

#include <base/arena.h>
#include <base/jn.h>
#include <base/strbuf.h>
#include <core/geo_q.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The least radius of curvature of the WGS 84 ellipsoid: along the meridian at the equator.
 * No way of so many metres turns the vertical by more than this allows. */
#define LEAST_RADIUS 6335439.327
#define RADIANS      (M_PI / 180)
#define CELLS        2147483648.0 /* along a side of the grid */
#define SLACK        1e-9 /* radians, for rounding: 6 mm */

static uint64_t spread(uint64_t v)
{
	v = (v | v << 16) & 0x0000ffff0000ffff;
	v = (v | v << 8) & 0x00ff00ff00ff00ff;
	v = (v | v << 4) & 0x0f0f0f0f0f0f0f0f;
	v = (v | v << 2) & 0x3333333333333333;
	return (v | v << 1) & 0x5555555555555555;
}

static uint64_t column_of(double longitude)
{
	return (uint64_t)fmin(floor((longitude + 180) * CELLS / 360), CELLS - 1);
}

static uint64_t row_of(double latitude)
{
	return (uint64_t)fmin(floor((latitude + 90) * CELLS / 180), CELLS - 1);
}

static int64_t number_of(uint64_t column, uint64_t row)
{
	return (int64_t)(spread(column) | spread(row) << 1);
}

int64_t geo_cell(double longitude, double latitude)
{
	return number_of(column_of(longitude), row_of(latitude));
}

/* A point as GEOS would write it. */
static const char *point_wkb(double longitude, double latitude, struct arena *a)
{
	const double xy[2] = {longitude, latitude};
	auto_strbuf sb = {0};

	strbuf_adds(&sb, "0101000000");
	for (int i = 0; i < 2; i++) {
		uint64_t bits;

		memcpy(&bits, &xy[i], sizeof(bits));
		for (int j = 0; j < 8; j++)
			strbuf_addf(&sb, "%02X", (unsigned)(bits >> 8 * j & 255));
	}
	return arena_strndup(a, sb.data, sb.len);
}

static const char *shape_wkb(const struct jn *geometry, struct arena *a)
{
	GEOSContextHandle_t geos = GEOS_init_r();
	GEOSGeometry *shape = geo_shape(geos, geometry, false, a);
	const char *wkb = "010700000000000000"; /* no geometry */
	unsigned char *hex = NULL;
	size_t len = 0;

	if (shape != NULL) {
		GEOSWKBWriter *writer = GEOSWKBWriter_create_r(geos);

		hex = GEOSWKBWriter_writeHEX_r(geos, writer, shape, &len);
		GEOSWKBWriter_destroy_r(geos, writer);
	}
	if (hex != NULL)
		wkb = arena_strndup(a, (const char *)hex, len);
	GEOSFree_r(geos, hex);
	GEOSGeom_destroy_r(geos, shape);
	GEOS_finish_r(geos);
	return wkb;
}

static struct geo_circle circle_around(const double v[3], double radius)
{
	return (struct geo_circle){atan2(v[1], v[0]) / RADIANS,
		atan2(v[2], hypot(v[0], v[1])) / RADIANS, radius};
}

/* A street of several lines, or several points, as a list of ways; a point is one to itself. */
struct way {
	const struct globe_point *from, *to;
};

static size_t ways_of(const struct globe_shape *globe, struct arena *a, struct way **out)
{
	size_t n = 0;

	for (size_t i = 0; i < globe->len; i++)
		n += globe->parts[i].lines[0].len;
	*out = arena_array(a, struct way, n + 1);
	n = 0;
	for (size_t i = 0; i < globe->len; i++) {
		const struct globe_line *line = &globe->parts[i].lines[0];

		if (line->len == 1)
			(*out)[n++] = (struct way){line->points, line->points};
		for (size_t j = 1; j < line->len; j++)
			(*out)[n++] =
				(struct way){&line->points[j - 1], &line->points[j]};
	}
	return n;
}

/* From one to the other end of the way, `part` of it: it need not be in proportion. */
static void on_way(const struct way *way, double part, double out[3])
{
	for (int i = 0; i < 3; i++)
		out[i] = way->from->v[i] + (way->to->v[i] - way->from->v[i]) * part;
	if (!globe_normalize(out))
		memcpy(out, way->from->v, 3 * sizeof(*out));
}

/* Around two or more directions: a circle of less than half the globe holds the ways between
 * them as well. */
static struct geo_circle circle_of(double (*v)[3], size_t n)
{
	double centre[3] = {0}, radius = 0;

	for (size_t i = 0; i < n; i++)
		for (int j = 0; j < 3; j++)
			centre[j] += v[i][j];
	if (!globe_normalize(centre))
		return (struct geo_circle){.radius = M_PI};
	for (size_t i = 0; i < n; i++)
		radius = fmax(radius, globe_angle(centre, v[i]));
	return circle_around(centre, radius > 1.5 ? M_PI : radius);
}

/* Few ways: each in as many pieces as there is room for.  Many: some together. */
static void cut(
	const struct way *ways, size_t n, struct arena *a, struct geo_place *place)
{
	size_t pieces = n < GEO_CIRCLES ? GEO_CIRCLES / n : 1;
	size_t together = (n + GEO_CIRCLES - 1) / GEO_CIRCLES;
	double(*v)[3] = arena_raw(a, arena_size(together * 2, sizeof(*v)));

	for (size_t i = 0; i < n; i += together) {
		size_t count = n - i < together ? n - i : together;

		for (size_t k = 0; k < pieces; k++) {
			for (size_t j = 0; j < count; j++) {
				const struct way *way = &ways[i + j];

				on_way(way, (double)k / (double)pieces, v[2 * j]);
				on_way(way, (double)(k + 1) / (double)pieces,
					v[2 * j + 1]);
			}
			place->parts[place->parts_len++] = circle_of(v, 2 * count);
		}
	}
}

static void find_circles(
	const struct jn *geometry, struct arena *a, struct geo_place *place)
{
	struct globe_shape globe;
	bool has_areas = false;
	struct way *ways;
	size_t n;

	geo_globe(geometry, false, a, &globe);
	place->circle = circle_around(globe.centre, globe.radius);
	for (size_t i = 0; i < globe.len; i++)
		has_areas |= globe.parts[i].is_area;
	n = has_areas ? 0 : ways_of(&globe, a, &ways);
	if (n > 0) {
		cut(ways, n, a, place);
	} else {
		place->parts[0] = place->circle;
		place->parts_len = 1;
	}
}

void geo_place_of(const struct geo_q *q, struct arena *a, struct geo_place *out)
{
	const struct jn *geometry = jn_parse_trusted(q->geometry, strlen(q->geometry), a);
	bool near = q->rel == GEOREL_NEAR_MAX || q->rel == GEOREL_NEAR_MIN;

	*out = (struct geo_place){
		.is_point = jn_str_is(jn_get(geometry, "type"), "Point"),
		.box = geo_box_of(geometry)};
	if (out->is_point) {
		out->circle = (struct geo_circle){out->box.west, out->box.south, 0};
		out->parts[0] = out->circle;
		out->parts_len = 1;
		out->wkb = point_wkb(out->box.west, out->box.south, a);
		return;
	}
	out->wkb = shape_wkb(geometry, a);
	if (near)
		find_circles(geometry, a, out);
}

struct geo_box geo_circle_box(const struct geo_circle *circle, double metres)
{
	double reach = circle->radius + metres / LEAST_RADIUS * (1 + SLACK) + SLACK;
	double up = fmin(reach, M_PI) / RADIANS, aside;
	struct geo_box box = {-180, fmax(circle->latitude - up, -90), 180,
		fmin(circle->latitude + up, 90)};

	if (box.south == -90 || box.north == 90)
		return box; /* a pole is in it, and with it all longitudes */
	aside = asin(fmin(sin(reach) / cos(circle->latitude * RADIANS), 1)) / RADIANS;
	box.west = circle->longitude - aside;
	box.east = circle->longitude + aside;
	if (box.west < -180)
		box.west += 360;
	if (box.east > 180)
		box.east -= 360;
	return box;
}

static int compare(const void *a, const void *b)
{
	const struct geo_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* Joins what follows each other, or overlaps: on both sides of the antimeridian cells may be
 * large. */
static size_t join(struct geo_range *ranges, size_t n)
{
	size_t out = 0;

	qsort(ranges, n, sizeof(*ranges), compare);
	for (size_t i = 1; i < n; i++) {
		if (ranges[i].first > ranges[out].last + 1)
			ranges[++out] = ranges[i];
		else if (ranges[i].last > ranges[out].last)
			ranges[out].last = ranges[i].last;
	}
	return n > 0 ? out + 1 : 0;
}

/* Of the grids of 2^k by 2^k the finest of which the box needs at most `most` cells. */
static size_t cover(const struct geo_box *box, size_t most, struct geo_range *out)
{
	uint64_t west = column_of(box->west), east = column_of(box->east);
	uint64_t south = row_of(box->south), north = row_of(box->north);
	unsigned shift = 0;
	size_t n = 0;

	while (((east >> shift) - (west >> shift) + 1) *
			((north >> shift) - (south >> shift) + 1) >
		most)
		shift++;
	for (uint64_t x = west >> shift; x <= east >> shift; x++)
		for (uint64_t y = south >> shift; y <= north >> shift; y++) {
			int64_t first = number_of(x, y) << 2 * shift;

			out[n++] = (struct geo_range){
				first, first + ((INT64_C(1) << 2 * shift) - 1)};
		}
	return n;
}

/* Of each side of the antimeridian, where the box has two. */
static size_t cover_box(const struct geo_box *box, size_t most, struct geo_range *out)
{
	struct geo_box side = *box;
	size_t n;

	if (box->west <= box->east)
		return cover(box, most, out);
	side.east = 180;
	n = cover(&side, most / 2, out);
	side = (struct geo_box){-180, box->south, box->east, box->north};
	return n + cover(&side, most / 2, out + n);
}

size_t geo_ranges(const struct geo_box *box, struct geo_range out[GEO_RANGES])
{
	return join(out, cover_box(box, GEO_RANGES, out));
}

size_t geo_place_ranges(
	const struct geo_place *place, double metres, struct geo_range out[GEO_RANGES])
{
	size_t n = 0;

	for (size_t i = 0; i < place->parts_len; i++) {
		struct geo_box box = geo_circle_box(&place->parts[i], metres);

		n += cover_box(&box, GEO_RANGES / place->parts_len, out + n);
	}
	return join(out, n);
}
