/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shape of an entity (sql/0004_shapes.sql), for discovery: its types, and its
 * attributes with their kinds and numbers of instances.
 */
#ifndef STORE_SHAPE_H
#define STORE_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct change;
struct jn;
struct strbuf;

/* {"types":["<IRI>",…],"attrs":{"<IRI>":{"<kind>":instances,…},…}}, types in order. */
void shape_write(struct strbuf *sb, const struct jn *doc, struct arena *a);
/* The first instant at which the entity or one of its attributes expires; INT64_MAX:
 * nothing does. */
int64_t shape_expires(const struct jn *doc, struct arena *a);
/* May the change have given the entity another shape or another expiry? */
bool shape_changes(const struct change *change);

#endif
