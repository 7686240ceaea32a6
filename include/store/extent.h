/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where and when the entities of a type are: a box around their locations, and the span of
 * their latest observedAt (of one entity: the latest that an attribute of it has).
 */
#ifndef STORE_EXTENT_H
#define STORE_EXTENT_H

#include <base/attr.h>

#include <stdbool.h>
#include <stdint.h>

struct dict;
struct err;
struct extents;
struct pg;
struct sql;
struct time_span;

/* Of more entities the span is not looked for: every document would be read. */
#define EXTENT_TIMES 20000

struct extent {
	bool has_box; /* some entity has a location */
	double box[4]; /* west, south, east, north; degrees */
	bool has_times; /* some entity was observed; they are at most EXTENT_TIMES */
	int64_t first, last; /* microseconds since 1970 */
};

/* What was found is remembered for a hundred times as long as it took.  Any thread. */
struct extents *extents_new(void) must_check; /* never NULL */
void extents_free(struct extents *x); /* NULL is fine */

/* location: IRI of the GeoProperty.  What has just expired may still be counted. */
int extent_of(struct extents *x, struct pg *pg, struct dict *names, int tenant,
	const char *type, const char *location, struct extent *out,
	struct err *err) must_check;

/* ` AND …`: the latest observedAt of the row `e` of entity is within the span. */
void observed_sql(const struct time_span *span, int64_t now, struct sql *sql);

#endif
