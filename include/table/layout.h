/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From entity documents (core/entity.h) to rows.
 *	wide  one row an entity: id, type, scope, its latest observedAt, then a column an
 *	      attribute: the value of its default instance.  A GeoProperty has three: the
 *	      longitude and latitude of a Point, and what is no Point as GeoJSON
 *	long  one row an instance: id, type, attribute, datasetId, value, unitCode, observedAt,
 *	      longitude, latitude; sub-attributes have rows of their own, named a.b
 *	periods  one row a period of an aggregated series
 * Of history: wide has one row an instant (id, type, time, attributes), long says when an
 * instance was modified, too.
 */
#ifndef TABLE_LAYOUT_H
#define TABLE_LAYOUT_H

#include <base/attr.h>
#include <base/jn.h>
#include <table/table.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct context;
struct lang;
struct layout; /* opaque; in the arena */
struct projection;
struct strbuf;

enum layout_kind {
	LAYOUT_WIDE,
	LAYOUT_LONG,
	LAYOUT_PERIODS,
};

struct layout_config {
	enum layout_kind kind;
	bool history;
	const char *const *methods; /* PERIODS: names of the columns of values */
	size_t methods_len;
	const struct context *ctx; /* names are compacted with it */
	const struct projection *projection; /* NULL: everything */
	const struct lang *lang; /* NULL: a languageMap is JSON */
	int64_t now; /* expired instances are left out */
};

/* Everything lives in `a`, which must outlive the table. */
struct layout *layout_new(const struct layout_config *config, struct arena *a) must_check;
/* Wide: a column for the attribute, once, if the projection has it.  Before
 * layout_columns(). */
void layout_attribute(struct layout *l, const char *iri, size_t len);
/* Wide: columns for what this entity has, and which of them are geometries. */
void layout_look(struct layout *l, const struct jn *entity);
const struct column *layout_columns(struct layout *l, size_t *len);
/* Wide, of history: the instant of the next row. */
void layout_time(struct layout *l, int64_t at);
/* A row of periods; values: as many as methods, JSON, NULL where there is none. */
struct layout_period {
	const struct jn *entity; /* its id and type */
	const char *attribute, *dataset; /* IRIs; dataset NULL: the default instance */
	int64_t start, end;
	const struct jn *const *values;
};
void layout_period(struct layout *l, const struct layout_period *p, struct table *t,
	struct strbuf *out, struct arena *scratch);
/* Writes the rows of an entity.  scratch: for this entity only. */
void layout_rows(struct layout *l, const struct jn *entity, struct table *t,
	struct strbuf *out, struct arena *scratch);

#endif
