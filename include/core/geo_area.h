/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a geoquery may find points, for a store that keeps them in the order of a curve: it
 * goes through the cells of a grid of 2^31 by 2^31, so that what is near each other mostly is
 * so on the curve.  The number of a cell is the bits of its longitude and latitude in turns.
 */
#ifndef CORE_GEO_AREA_H
#define CORE_GEO_AREA_H

#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct geo_q;

#define GEO_CELL_BITS 62
#define GEO_RANGES    64
#define GEO_CIRCLES   16

/* Degrees, edges included.  west > east: across the antimeridian. */
struct geo_box {
	double west, south, east, north;
};

/* Cells that follow each other on the curve, `last` included. */
struct geo_range {
	int64_t first, last;
};

/* On the globe: degrees, and radians. */
struct geo_circle {
	double longitude, latitude, radius;
};

/* The reference of a geoquery, as a database asks with it. */
struct geo_place {
	/* hexadecimal; valid (calanque_valid()), empty where it cannot be */
	const char *wkb;
	bool is_point;
	struct geo_box box; /* around it on the plane */
	/* Near only: around it, and around parts of it that together are all of it: what is
	 * near a street is not near all that lies between its ends. */
	struct geo_circle circle, parts[GEO_CIRCLES];
	size_t parts_len;
};

/* The cell of a position; calanque_cell() of sql/0018_points.sql is the same. */
int64_t geo_cell(double longitude, double latitude);
/* The pointers live in the arena. */
void geo_place_of(const struct geo_q *q, struct arena *a, struct geo_place *out);
/* Holds every position within `metres` of the circle. */
struct geo_box geo_circle_box(const struct geo_circle *circle, double metres);
/* Ranges that hold all cells of the box, and some around it; in order.  Returns how many. */
size_t geo_ranges(const struct geo_box *box, struct geo_range out[GEO_RANGES]);
/* Near: the same of every position within `metres` of the reference. */
size_t geo_place_ranges(
	const struct geo_place *place, double metres, struct geo_range out[GEO_RANGES]);

#endif
