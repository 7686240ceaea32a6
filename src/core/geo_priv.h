/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between geo_match.c (which entities satisfy a geoquery), geo_area.c (where they may be),
 * geo_shape.c (GeoJSON to GEOS, for relations on the plane) and globe.c (distances).
 */
#ifndef CORE_GEO_PRIV_H
#define CORE_GEO_PRIV_H

#include <base/attr.h>
#include <core/geo_area.h>

#include <geos_c.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct jn;

/*
 * A GeoJSON geometry as the database asks with it, two dimensions and valid
 * (calanque_valid() of sql/0002_query_functions.sql); `stored`: as it is kept, without steps
 * of more than 90 degrees (store/rows_sql.c).  NULL where there is no such geometry.  The
 * caller destroys it.
 */
GEOSGeometry *geo_shape(GEOSContextHandle_t geos, const struct jn *geometry, bool stored,
	struct arena *a);

/* Around all positions of a GeoJSON geometry. */
struct geo_box geo_box_of(const struct jn *geometry);

/* A vertex: degrees, and the same as a unit vector. */
struct globe_point {
	double longitude, latitude;
	double v[3];
};
struct globe_line {
	const struct globe_point *points;
	size_t len;
};
/* One point, one line, or the rings of one polygon, the outer one first. */
struct globe_part {
	const struct globe_line *lines;
	size_t len;
	bool is_area;
	double outside[3]; /* area: a direction that is not inside */
};
struct globe_shape {
	struct globe_part *parts;
	size_t len;
	/* All of it lies within `radius` (radians) of the centre. */
	double centre[3];
	double radius;
};

/* In the arena. */
void globe_shape(GEOSContextHandle_t geos, const GEOSGeometry *geometry, struct arena *a,
	struct globe_shape *out);
/* The same of a single position. */
void globe_position(
	double longitude, double latitude, struct arena *a, struct globe_shape *out);
/* A GeoJSON geometry on the globe; stored: as of geo_shape(). */
void geo_globe(
	const struct jn *geometry, bool stored, struct arena *a, struct globe_shape *out);
/* Are they within `metres` of each other? */
bool globe_near(const struct globe_shape *a, const struct globe_shape *b, double metres);
/* False where it has no direction. */
bool globe_normalize(double v[3]);
double globe_angle(const double a[3], const double b[3]); /* radians */
/* Metres on the WGS 84 ellipsoid. */
double globe_distance(const struct globe_point *a, const struct globe_point *b);

#endif
