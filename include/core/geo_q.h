/* SPDX-License-Identifier: Apache-2.0 */
/* Geoqueries, 4.10. */
#ifndef CORE_GEO_Q_H
#define CORE_GEO_Q_H

#include <base/attr.h>
#include <base/jn.h>

struct arena;
struct context;
struct err;

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
};

/* coordinates: JSON text.  geoproperty NULL: location.  All three of georel, geometry and
 * coordinates must be there (BAD_REQUEST_DATA names the missing one). */
int geo_q_parse(const char *georel, const char *geometry, const char *coordinates,
	const char *geoproperty, const struct context *ctx, struct arena *a,
	struct geo_q **out, struct err *err) must_check;

#endif
