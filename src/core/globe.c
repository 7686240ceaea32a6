/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Distances on the globe, as PostGIS' geography has them: edges are great circles, the
 * nearest positions are found on the sphere, and the distance between those is measured on
 * the ellipsoid.
 */
#include "geo_priv.h"

#include <base/arena.h>

#include <math.h>
#include <string.h>

/* WGS 84 */
#define MAJOR   6378137.0
#define FLAT    (1 / 298.257223563)
#define MINOR   (MAJOR * (1 - FLAT))
#define RADIUS  ((2 * MAJOR + MINOR) / 3)
#define RADIANS (M_PI / 180)

/* Sphere and ellipsoid differ by less than this part. */
#define SLACK 0.01

static double dot(const double a[3], const double b[3])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void cross(const double a[3], const double b[3], double out[3])
{
	out[0] = a[1] * b[2] - a[2] * b[1];
	out[1] = a[2] * b[0] - a[0] * b[2];
	out[2] = a[0] * b[1] - a[1] * b[0];
}

bool globe_normalize(double v[3])
{
	double length = sqrt(dot(v, v));

	if (length < 1e-15)
		return false;
	for (int i = 0; i < 3; i++)
		v[i] /= length;
	return true;
}

/* The normal of a great circle: (a - b) x (a + b) is exact for near positions, too. */
static bool normal_of(const double a[3], const double b[3], double out[3])
{
	double minus[3], plus[3];

	for (int i = 0; i < 3; i++) {
		minus[i] = a[i] - b[i];
		plus[i] = a[i] + b[i];
	}
	cross(minus, plus, out);
	return globe_normalize(out);
}

double globe_angle(const double a[3], const double b[3])
{
	double d[3] = {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
	double half = sqrt(dot(d, d)) / 2;

	return 2 * asin(half < 1 ? half : 1);
}

static struct globe_point point_at(double longitude, double latitude)
{
	double l = longitude * RADIANS, p = latitude * RADIANS;

	return (struct globe_point){
		longitude, latitude, {cos(p) * cos(l), cos(p) * sin(l), sin(p)}};
}

static struct globe_point point_of(const double v[3])
{
	struct globe_point p = {.longitude = atan2(v[1], v[0]) / RADIANS,
		.latitude = atan2(v[2], hypot(v[0], v[1])) / RADIANS};

	memcpy(p.v, v, sizeof(p.v));
	return p;
}

/* Vincenty's inverse formula.  Its error is below a millimetre; where it does not converge
 * (almost opposite positions) what it has is within a part in a thousand. */
double globe_distance(const struct globe_point *from, const struct globe_point *to)
{
	double l = (to->longitude - from->longitude) * RADIANS, lambda = l;
	double u1 = atan((1 - FLAT) * tan(from->latitude * RADIANS));
	double u2 = atan((1 - FLAT) * tan(to->latitude * RADIANS));
	double s1 = sin(u1), c1 = cos(u1), s2 = sin(u2), c2 = cos(u2);
	double sin_s = 0, cos_s = 1, s = 0, cos2_a = 0, cos_2m = 0, k2, a, b;

	for (int i = 0; i < 100; i++) {
		double x = c2 * sin(lambda), y = c1 * s2 - s1 * c2 * cos(lambda);
		double sin_a, c, before = lambda;

		sin_s = hypot(x, y);
		cos_s = s1 * s2 + c1 * c2 * cos(lambda);
		if (sin_s < 1e-17)
			return cos_s > 0 ? 0 : M_PI * MINOR;
		s = atan2(sin_s, cos_s);
		sin_a = c1 * c2 * sin(lambda) / sin_s;
		cos2_a = 1 - sin_a * sin_a;
		cos_2m = cos2_a < 1e-15 ? 0 : cos_s - 2 * s1 * s2 / cos2_a;
		c = FLAT / 16 * cos2_a * (4 + FLAT * (4 - 3 * cos2_a));
		lambda = l +
			(1 - c) * FLAT * sin_a *
				(s +
					c * sin_s *
						(cos_2m +
							c * cos_s *
								(2 * cos_2m * cos_2m -
									1)));
		if (fabs(lambda - before) < 1e-13)
			break;
	}
	k2 = cos2_a * (MAJOR * MAJOR - MINOR * MINOR) / (MINOR * MINOR);
	a = 1 + k2 / 16384 * (4096 + k2 * (-768 + k2 * (320 - 175 * k2)));
	b = k2 / 1024 * (256 + k2 * (-128 + k2 * (74 - 47 * k2)));
	return MINOR * a *
		(s -
			b * sin_s *
				(cos_2m +
					b / 4 *
						(cos_s * (2 * cos_2m * cos_2m - 1) -
							b / 6 * cos_2m *
								(4 * sin_s * sin_s - 3) *
								(4 * cos_2m * cos_2m -
									3))));
}

/* Adds a coordinate sequence's vertices. */
static struct globe_line read_line(
	GEOSContextHandle_t geos, const GEOSGeometry *g, struct arena *a)
{
	const GEOSCoordSequence *seq = GEOSGeom_getCoordSeq_r(geos, g);
	struct globe_point *points;
	unsigned n = 0;

	if (seq == NULL || GEOSCoordSeq_getSize_r(geos, seq, &n) == 0)
		n = 0;
	points = arena_array(a, struct globe_point, n + 1);
	for (unsigned i = 0; i < n; i++) {
		double x, y;

		if (GEOSCoordSeq_getXY_r(geos, seq, i, &x, &y) == 0)
			return (struct globe_line){points, i};
		points[i] = point_at(x, y);
	}
	return (struct globe_line){points, n};
}

/* Opposite to where the ring is: areas are less than half of the globe.  A little aside, so
 * that no way to there runs along the edges of regular shapes. */
static void find_outside(const struct globe_line *ring, double out[3])
{
	static const double aside[3] = {0.0012, 0.0017, -0.0009};

	memset(out, 0, 3 * sizeof(*out));
	for (size_t i = 1; i < ring->len; i++)
		for (int j = 0; j < 3; j++)
			out[j] -= ring->points[i].v[j];
	if (!globe_normalize(out))
		out[2] = -1;
	for (int j = 0; j < 3; j++)
		out[j] += aside[j];
	(void)globe_normalize(out);
}

static struct globe_part read_part(
	GEOSContextHandle_t geos, const GEOSGeometry *g, struct arena *a)
{
	struct globe_part part = {
		.is_area = GEOSGeomTypeId_r(geos, g) == GEOS_POLYGON, .len = 1};
	int holes = part.is_area ? GEOSGetNumInteriorRings_r(geos, g) : 0;
	struct globe_line *lines = arena_array(a, struct globe_line, (size_t)holes + 1);

	part.lines = lines;
	if (!part.is_area) {
		lines[0] = read_line(geos, g, a);
		return part;
	}
	lines[0] = read_line(geos, GEOSGetExteriorRing_r(geos, g), a);
	for (int i = 0; i < holes; i++)
		lines[part.len++] =
			read_line(geos, GEOSGetInteriorRingN_r(geos, g, i), a);
	find_outside(&lines[0], part.outside);
	return part;
}

/* A circle around all vertices; one of less than half the globe holds the edges as well. */
static void enclose(struct globe_shape *shape)
{
	double *centre = shape->centre;

	for (size_t i = 0; i < shape->len; i++)
		for (size_t j = 0; j < shape->parts[i].lines[0].len; j++)
			for (int k = 0; k < 3; k++)
				centre[k] += shape->parts[i].lines[0].points[j].v[k];
	shape->radius = globe_normalize(centre) ? 0 : M_PI;
	for (size_t i = 0; i < shape->len; i++)
		for (size_t j = 0; j < shape->parts[i].lines[0].len; j++)
			shape->radius = fmax(shape->radius,
				globe_angle(
					centre, shape->parts[i].lines[0].points[j].v));
	if (shape->radius > 1.5)
		shape->radius = M_PI;
}

void globe_shape(GEOSContextHandle_t geos, const GEOSGeometry *geometry, struct arena *a,
	struct globe_shape *out)
{
	int n = GEOSGetNumGeometries_r(geos, geometry);

	*out = (struct globe_shape){0};
	out->parts = arena_array(a, struct globe_part, n > 0 ? (size_t)n : 1);
	for (int i = 0; i < n; i++) {
		const GEOSGeometry *part = GEOSGetGeometryN_r(geos, geometry, i);

		if (GEOSisEmpty_r(geos, part) == 0)
			out->parts[out->len++] = read_part(geos, part, a);
	}
	enclose(out);
}

void globe_position(
	double longitude, double latitude, struct arena *a, struct globe_shape *out)
{
	struct globe_point *point = arena_new(a, struct globe_point);
	struct globe_line *line = arena_new(a, struct globe_line);

	*point = point_at(longitude, latitude);
	*line = (struct globe_line){point, 1};
	*out = (struct globe_shape){.parts = arena_new(a, struct globe_part), .len = 1};
	out->parts[0] = (struct globe_part){.lines = line, .len = 1};
	memcpy(out->centre, point->v, sizeof(point->v));
}

/* Does the shortest way from p to q cross the one from a to b?  What merely touches, or runs
 * along, is left to chance. */
static bool ways_cross(
	const double p[3], const double q[3], const double a[3], const double b[3])
{
	double pq[3], ab[3];
	bool side_a, side_b, side_p, side_q;

	cross(p, q, pq);
	cross(a, b, ab);
	side_a = dot(pq, a) >= 0;
	side_b = dot(pq, b) >= 0;
	side_p = dot(ab, p) >= 0;
	side_q = dot(ab, q) >= 0;
	/* And not where one crosses the other's continuation round the globe. */
	return side_a != side_b && side_p != side_q && side_a == side_q;
}

/* The same of edges, where those that lie on one great circle do not cross: their ends say
 * how far they are from each other. */
static bool edges_cross(const struct globe_point *p, const struct globe_point *a)
{
	double n[3];

	if (!ways_cross(p[0].v, p[1].v, a[0].v, a[1].v) || !normal_of(p[0].v, p[1].v, n))
		return false;
	return fabs(dot(n, a[0].v)) > 1e-14 || fabs(dot(n, a[1].v)) > 1e-14;
}

static bool ring_holds(
	const struct globe_line *ring, const double outside[3], const double p[3])
{
	bool inside = false;

	for (size_t i = 1; i < ring->len; i++)
		inside ^=
			ways_cross(p, outside, ring->points[i - 1].v, ring->points[i].v);
	return inside;
}

static bool part_holds(const struct globe_part *part, const double p[3])
{
	if (!part->is_area || !ring_holds(&part->lines[0], part->outside, p))
		return false;
	for (size_t i = 1; i < part->len; i++)
		if (ring_holds(&part->lines[i], part->outside, p))
			return false;
	return true;
}

/* The position of the way from a to b that is nearest to p. */
static struct globe_point nearest_on(const struct globe_point *a,
	const struct globe_point *b, const struct globe_point *p)
{
	double n[3], foot[3], before[3], after[3];

	if (!normal_of(a->v, b->v, n))
		return *a;
	for (int i = 0; i < 3; i++)
		foot[i] = p->v[i] - n[i] * dot(n, p->v);
	if (globe_normalize(foot)) {
		cross(a->v, foot, before);
		cross(foot, b->v, after);
		/* normal_of() gives twice a x b, so that all turn one way. */
		if (dot(before, n) >= 0 && dot(after, n) >= 0)
			return point_of(foot);
	}
	return globe_angle(a->v, p->v) <= globe_angle(b->v, p->v) ? *a : *b;
}

static bool within(
	const struct globe_point *a, const struct globe_point *b, double metres)
{
	double about = RADIUS * globe_angle(a->v, b->v);

	if (about < metres * (1 - SLACK))
		return true;
	return about < metres * (1 + SLACK) && globe_distance(a, b) <= metres;
}

/* Is a vertex of `line` near an edge (or the only position) of `other`? */
static bool vertices_near(
	const struct globe_line *line, const struct globe_line *other, double metres)
{
	for (size_t i = 0; i < line->len; i++) {
		const struct globe_point *p = &line->points[i];

		if (other->len == 1 && within(p, &other->points[0], metres))
			return true;
		for (size_t j = 1; j < other->len; j++) {
			struct globe_point near =
				nearest_on(&other->points[j - 1], &other->points[j], p);

			if (within(p, &near, metres))
				return true;
		}
	}
	return false;
}

static bool lines_cross(const struct globe_line *a, const struct globe_line *b)
{
	for (size_t i = 1; i < a->len; i++)
		for (size_t j = 1; j < b->len; j++)
			if (edges_cross(&a->points[i - 1], &b->points[j - 1]))
				return true;
	return false;
}

static bool parts_near(
	const struct globe_part *a, const struct globe_part *b, double metres)
{
	if (part_holds(a, b->lines[0].points[0].v) ||
		part_holds(b, a->lines[0].points[0].v))
		return true;
	for (size_t i = 0; i < a->len; i++)
		for (size_t j = 0; j < b->len; j++)
			if (vertices_near(&a->lines[i], &b->lines[j], metres) ||
				vertices_near(&b->lines[j], &a->lines[i], metres) ||
				lines_cross(&a->lines[i], &b->lines[j]))
				return true;
	return false;
}

bool globe_near(const struct globe_shape *a, const struct globe_shape *b, double metres)
{
	if (RADIUS * (globe_angle(a->centre, b->centre) - a->radius - b->radius) >
		metres * (1 + SLACK))
		return false;
	for (size_t i = 0; i < a->len; i++)
		for (size_t j = 0; j < b->len; j++)
			if (parts_near(&a->parts[i], &b->parts[j], metres))
				return true;
	return false;
}
