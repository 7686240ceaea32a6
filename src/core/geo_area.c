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

static void find_circle(
	const struct jn *geometry, struct arena *a, struct geo_place *place)
{
	struct globe_shape globe;
	const double *c = globe.centre;

	geo_globe(geometry, false, a, &globe);
	place->longitude = atan2(c[1], c[0]) / RADIANS;
	place->latitude = atan2(c[2], hypot(c[0], c[1])) / RADIANS;
	place->radius = globe.radius;
}

void geo_place_of(const struct geo_q *q, struct arena *a, struct geo_place *out)
{
	const struct jn *geometry = jn_parse_trusted(q->geometry, strlen(q->geometry), a);
	bool near = q->rel == GEOREL_NEAR_MAX || q->rel == GEOREL_NEAR_MIN;

	*out = (struct geo_place){
		.is_point = jn_str_is(jn_get(geometry, "type"), "Point"),
		.box = geo_box_of(geometry)};
	if (out->is_point) {
		out->longitude = out->box.west;
		out->latitude = out->box.south;
		out->wkb = point_wkb(out->longitude, out->latitude, a);
		return;
	}
	out->wkb = shape_wkb(geometry, a);
	if (near)
		find_circle(geometry, a, out);
}

struct geo_box geo_place_box(const struct geo_place *place, double metres)
{
	double reach = place->radius + metres / LEAST_RADIUS * (1 + SLACK) + SLACK;
	double up = fmin(reach, M_PI) / RADIANS, aside;
	struct geo_box box = {-180, fmax(place->latitude - up, -90), 180,
		fmin(place->latitude + up, 90)};

	if (box.south == -90 || box.north == 90)
		return box; /* a pole is in it, and with it all longitudes */
	aside = asin(fmin(sin(reach) / cos(place->latitude * RADIANS), 1)) / RADIANS;
	box.west = place->longitude - aside;
	box.east = place->longitude + aside;
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

size_t geo_ranges(const struct geo_box *box, struct geo_range out[GEO_RANGES])
{
	struct geo_box side = *box;
	size_t n;

	if (box->west <= box->east)
		return join(out, cover(box, GEO_RANGES, out));
	side.east = 180;
	n = cover(&side, GEO_RANGES / 2, out);
	side = (struct geo_box){-180, box->south, box->east, box->north};
	return join(out, n + cover(&side, GEO_RANGES / 2, out + n));
}
