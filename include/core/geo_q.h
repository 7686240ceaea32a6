/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Geoqueries, 4.10.  Parsed once; two readers: geo_q_matches() in memory (subscriptions) and
 * store/filter.c in the database.  tests/diff holds them to one answer.
 */
#ifndef CORE_GEO_Q_H
#define CORE_GEO_Q_H

#include <base/attr.h>
#include <base/jn.h>

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct context;
struct err;
struct geo_reference;

enum georel {
	GEOREL_NEAR_MAX, /* within `distance` metres of the reference */
	GEOREL_NEAR_MIN, /* further than `distance` metres */
	GEOREL_WITHIN,
	GEOREL_CONTAINS,
	GEOREL_OVERLAPS,
	GEOREL_INTERSECTS,
	GEOREL_EQUALS,
	GEOREL_DISJOINT,
};

struct geo_q {
	enum georel rel;
	double distance;
	const char *geometry; /* GeoJSON text of the reference, checked */
	const char *property; /* IRI of the GeoProperty */
	struct geo_reference *reference; /* geo_q_prepare(); NULL: made for each test */
};

/* coordinates: JSON text.  geoproperty NULL: location.  All three of georel, geometry and
 * coordinates must be there (BAD_REQUEST_DATA names the missing one). */
int geo_q_parse(const char *georel, const char *geometry, const char *coordinates,
	const char *geoproperty, const struct context *ctx, struct arena *a,
	struct geo_q **out, struct err *err) must_check;

/*
 * Does the entity satisfy the geoquery at `now` (expired attributes do not exist)?  Any
 * instance of the property will do; without one nothing matches, not even disjoint.  a:
 * scratch.  Many threads may ask at a time.
 *
 * Distances are those of PostGIS' geography to within a millimetre; where the nearest of
 * several edges is to be found, of which some lie north and some east, either may choose
 * another one, whose distance is at most 0.6 % greater.
 */
bool geo_q_matches(
	const struct geo_q *q, const struct jn *entity, int64_t now, struct arena *a);
/* Keeps what geo_q_matches() must know about the reference: for a geoquery that is to be
 * tested again and again.  Released by whoever prepared it; NULL is fine. */
void geo_q_prepare(struct geo_q *q);
void geo_q_release(struct geo_q *q);

#endif
