/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which types and attributes a tenant's entities have (5.7.5 to 5.7.10).  Exact at any
 * instant: what the last entity took with it is gone, what has expired does not count.
 *
 * Types are found by stepping through entity_type, one probe a type; the rest comes from
 * the shapes in use (sql/0004_shapes.sql), one probe a shape, and counts from an index
 * alone.  What it costs: a row in entity_shape where an entity is created, where it gains
 * or loses an attribute, or where an attribute gets another kind, number of instances or
 * expiry; nothing where a value changes.  Expired attributes that nobody has removed yet
 * cost a look at their entity's document.
 */
#ifndef STORE_DISCOVERY_H
#define STORE_DISCOVERY_H

#include <base/attr.h>
#include <base/jn.h>

#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct pg;

/* A type or attribute, and what goes with it: an array of IRIs or kinds, NULL where it was
 * not asked for. */
struct discovered {
	const char *iri;
	const struct jn *with;
};

/* In order of the IRIs; all in the arena. */
struct discovery {
	int64_t count; /* of one type: entities; of one attribute: instances */
	struct discovered *items;
	size_t len;
	const struct jn *kinds; /* of one attribute: "Property", … */
};

/* The types; with: the attributes their entities have, where `details`. */
int discovery_types(struct pg *pg, int tenant, bool details, int64_t now, struct arena *a,
	struct discovery *out, struct err *err) must_check;
/* The attributes; with: the types of the entities that have them, where `details`. */
int discovery_attributes(struct pg *pg, int tenant, bool details, int64_t now,
	struct arena *a, struct discovery *out, struct err *err) must_check;
/* One type: count, and its attributes with their kinds.  NOT_FOUND is the caller's to say:
 * the count is 0. */
int discovery_type(struct pg *pg, int tenant, const char *iri, int64_t now,
	struct arena *a, struct discovery *out, struct err *err) must_check;
/* One attribute: count, kinds, and (as items) the types that have it; likewise. */
int discovery_attribute(struct pg *pg, int tenant, const char *iri, int64_t now,
	struct arena *a, struct discovery *out, struct err *err) must_check;

#endif
