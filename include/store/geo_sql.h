/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Geoqueries as SQL.  Single points that stay are found on the curve (core/geo_area.h), all
 * else in the trees of boxes (sql/0018_points.sql).  The tenant is bound as $1.
 */
#ifndef STORE_GEO_SQL_H
#define STORE_GEO_SQL_H

#include <base/attr.h>

#include <stdint.h>

struct dict;
struct err;
struct geo_q;
struct sql;

/* Does the entity `e` match?  now: expired instances do not exist. */
int geo_sql(const struct geo_q *q, int64_t now, struct dict *names, struct sql *sql,
	struct err *err) must_check;
/* A row source `(SELECT …) g WHERE true` of what matches, by the indexes; its column is eid,
 * which may be there several times.  Not for minDistance, and not for disjoint, which no index
 * finds. */
void geo_source_sql(const struct geo_q *q, int attr, int64_t now, struct sql *sql);
/* near, nearest first: the same with a column d, metres, and each entity once.  What is
 * further than `metres` is left out. */
void geo_near_sql(
	const struct geo_q *q, int attr, double metres, int64_t now, struct sql *sql);
/* The same of those whose numbers `eids` selects: a query, of which few come. */
void geo_near_of_sql(
	const struct geo_q *q, int attr, const char *eids, int64_t now, struct sql *sql);
/* What the query asks of a geometry `g.geom`. */
void geo_relation_sql(const struct geo_q *q, struct sql *sql);

#endif
