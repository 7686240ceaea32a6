/* SPDX-License-Identifier: Apache-2.0 */
/* The value of an instance as a cell. */
#ifndef TABLE_CELL_H
#define TABLE_CELL_H

#include <base/jn.h>
#include <table/table.h>

struct arena;
struct context;
struct lang;

struct cell cell_text(const char *s, size_t len);
/* Numbers, booleans and instants are typed; texts of an array have commas between; all
 * else is JSON. */
struct cell cell_json(const struct jn *v, struct arena *a);
struct cell cell_value(const struct jn *instance, const struct context *ctx,
	const struct lang *lang, struct arena *a);
/* The coordinates of a Point; false where the value is none. */
bool cell_point(const struct jn *instance, struct cell *longitude, struct cell *latitude);
/* The strings of an array, compacted as names, with blanks between. */
struct cell cell_names(const struct jn *list, const struct context *ctx, struct arena *a);

#endif
