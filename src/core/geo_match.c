/* SPDX-License-Identifier: Apache-2.0 */
/* Geoqueries in memory. */
#include "geo_priv.h"

#include <core/geo_q.h>

#include <base/arena.h>
#include <base/mem.h>
#include <core/entity.h>

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define GRID 1e-9 /* degrees */
#define IDLE 4 /* kept; more threads than that make their own */

/* The reference on the plane.  GEOS fills it while it is being used, so one thread at a time
 * has it. */
struct plane {
	GEOSGeometry *geometry;
	const GEOSPreparedGeometry *prepared;
};

struct geo_reference {
	struct arena arena;
	const struct jn *geometry;
	struct geo_box box;
	struct globe_shape globe; /* near only */
	_Atomic(struct plane *) idle[IDLE];
};

static bool is_near(const struct geo_q *q)
{
	return q->rel == GEOREL_NEAR_MAX || q->rel == GEOREL_NEAR_MIN;
}

static void plane_free(struct plane *plane, GEOSContextHandle_t geos)
{
	if (plane == NULL)
		return;
	GEOSPreparedGeom_destroy_r(geos, plane->prepared);
	GEOSGeom_destroy_r(geos, plane->geometry);
	free(plane);
}

static struct plane *plane_new(
	const struct geo_reference *r, GEOSContextHandle_t geos, struct arena *a)
{
	GEOSGeometry *geometry = geo_shape(geos, r->geometry, false, a);
	struct plane *plane;

	if (geometry == NULL)
		return NULL;
	plane = mem_alloc(sizeof(*plane));
	*plane = (struct plane){geometry, GEOSPrepare_r(geos, geometry)};
	if (plane->prepared != NULL)
		return plane;
	plane_free(plane, geos);
	return NULL;
}

static struct plane *plane_take(
	struct geo_reference *r, GEOSContextHandle_t geos, struct arena *a)
{
	for (size_t i = 0; i < IDLE; i++) {
		struct plane *plane = atomic_exchange(&r->idle[i], NULL);

		if (plane != NULL)
			return plane;
	}
	return plane_new(r, geos, a);
}

static void plane_put(
	struct geo_reference *r, struct plane *plane, GEOSContextHandle_t geos)
{
	for (size_t i = 0; i < IDLE; i++) {
		struct plane *none = NULL;

		if (atomic_compare_exchange_strong(&r->idle[i], &none, plane))
			return;
	}
	plane_free(plane, geos);
}

static bool boxes_meet(const struct geo_box *a, const struct geo_box *b)
{
	return a->west <= b->east && b->west <= a->east && a->south <= b->north &&
		b->south <= a->north;
}

static void reference_init(struct geo_reference *r, const struct geo_q *q)
{
	r->geometry = jn_parse_trusted(q->geometry, strlen(q->geometry), &r->arena);
	r->box = geo_box_of(r->geometry);
	if (is_near(q))
		geo_globe(r->geometry, false, &r->arena, &r->globe);
}

static void reference_fini(struct geo_reference *r)
{
	GEOSContextHandle_t geos = NULL;

	for (size_t i = 0; i < IDLE; i++) {
		struct plane *plane = atomic_load(&r->idle[i]);

		if (plane != NULL && geos == NULL)
			geos = GEOS_init_r();
		plane_free(plane, geos);
	}
	if (geos != NULL)
		GEOS_finish_r(geos);
	arena_reset(&r->arena);
}

/* The relation of the target to the reference, as the database puts it; 2: it failed. */
static char prepared_relation(const struct plane *reference, const GEOSGeometry *target,
	enum georel rel, GEOSContextHandle_t geos)
{
	const GEOSPreparedGeometry *p = reference->prepared;

	switch (rel) {
	case GEOREL_WITHIN:
		return GEOSPreparedContains_r(geos, p, target);
	case GEOREL_CONTAINS:
		return GEOSPreparedWithin_r(geos, p, target);
	case GEOREL_OVERLAPS:
		return GEOSPreparedOverlaps_r(geos, p, target);
	case GEOREL_INTERSECTS:
		return GEOSPreparedIntersects_r(geos, p, target);
	case GEOREL_DISJOINT:
		return GEOSPreparedDisjoint_r(geos, p, target);
	case GEOREL_EQUALS:
		return GEOSEquals_r(geos, reference->geometry, target);
	case GEOREL_NEAR_MAX:
	case GEOREL_NEAR_MIN:
		break;
	}
	return 0;
}

/* What crosses itself can have corners that no double is exact enough for; on a grid the
 * relation is sure to be found (calanque_relates()). */
static bool relate_on_grid(const struct plane *reference, const GEOSGeometry *target,
	enum georel rel, GEOSContextHandle_t geos)
{
	struct plane plane = {
		.geometry = GEOSGeom_setPrecision_r(geos, reference->geometry, GRID, 0)};
	GEOSGeometry *g = GEOSGeom_setPrecision_r(geos, target, GRID, 0);
	bool yes = false;

	if (plane.geometry != NULL && g != NULL) {
		plane.prepared = GEOSPrepare_r(geos, plane.geometry);
		yes = prepared_relation(&plane, g, rel, geos) == 1;
		GEOSPreparedGeom_destroy_r(geos, plane.prepared);
	}
	GEOSGeom_destroy_r(geos, plane.geometry);
	GEOSGeom_destroy_r(geos, g);
	return yes;
}

static bool relate(const struct plane *reference, const GEOSGeometry *target,
	enum georel rel, GEOSContextHandle_t geos)
{
	char answer = prepared_relation(reference, target, rel, geos);

	return answer == 2 ? relate_on_grid(reference, target, rel, geos) : answer == 1;
}

static bool test_plane(const struct geo_q *q, struct geo_reference *r,
	const struct jn *geometry, struct arena *a)
{
	struct geo_box box = geo_box_of(geometry);
	GEOSContextHandle_t geos;
	struct plane *plane;
	GEOSGeometry *target;
	bool yes = false;

	if (!boxes_meet(&box, &r->box))
		return q->rel == GEOREL_DISJOINT;
	geos = GEOS_init_r();
	target = geo_shape(geos, geometry, true, a);
	plane = target != NULL ? plane_take(r, geos, a) : NULL;
	if (plane != NULL) {
		yes = relate(plane, target, q->rel, geos);
		plane_put(r, plane, geos);
	}
	GEOSGeom_destroy_r(geos, target);
	GEOS_finish_r(geos);
	return yes;
}

static bool test(const struct geo_q *q, struct geo_reference *r,
	const struct jn *geometry, struct arena *a)
{
	struct globe_shape globe;

	if (!is_near(q))
		return test_plane(q, r, geometry, a);
	geo_globe(geometry, true, a, &globe);
	return globe_near(&globe, &r->globe, q->distance) == (q->rel == GEOREL_NEAR_MAX);
}

/* A geometry may have come as JSON text in a string (4.7.2). */
static const struct jn *geometry_of(const struct jn *instance, struct arena *a)
{
	const struct jn *value = instance_value(instance);
	const char *text;
	size_t len = 0;

	if (!jn_is(value, JN_STRING))
		return value;
	text = jn_span(value, a, &len);
	return jn_parse_trusted(text, len, a);
}

bool geo_q_matches(
	const struct geo_q *q, const struct jn *entity, int64_t now, struct arena *a)
{
	const struct jn *attribute = jn_get(entity, q->property);
	struct geo_reference once = {0}, *r = q->reference;
	bool found = false;

	each_instance(it, attribute)
	{
		const struct jn *geometry;

		if (found || instance_kind(it) != KIND_GEO_PROPERTY ||
			is_expired(it, now))
			continue;
		if (r == NULL) {
			r = &once;
			reference_init(r, q);
		}
		geometry = geometry_of(it, a);
		found = geometry != NULL && test(q, r, geometry, a);
	}
	reference_fini(&once);
	return found;
}

void geo_q_prepare(struct geo_q *q)
{
	q->reference = mem_alloc(sizeof(*q->reference));
	*q->reference = (struct geo_reference){0};
	reference_init(q->reference, q);
}

void geo_q_release(struct geo_q *q)
{
	if (q == NULL || q->reference == NULL)
		return;
	reference_fini(q->reference);
	free(q->reference);
	q->reference = NULL;
}
