/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions of a query as SQL about a row `e` of entity (alias fixed).  The tenant is
 * bound once as $1.
 */
#ifndef STORE_FILTER_H
#define STORE_FILTER_H

#include <base/attr.h>

#include <stdbool.h>
#include <stdint.h>

struct dict;
struct entity_query;
struct err;
struct geo_q;
struct pick_list;
struct scope_q;
struct sql;
struct type_q;

/* A row source of eids with one of the types, in order and without duplicates:
 * `(SELECT …)`.  Where no entity can have them *none is set and nothing is added. */
int type_source_sql(const struct type_q *q, struct dict *names, struct sql *sql,
	bool *none, struct err *err) must_check;
int type_sql(const struct type_q *q, struct dict *names, struct sql *sql,
	struct err *err) must_check;
/* " AND …": one of the selectors.  typed, with_ids: the types, the ids are the source's. */
int selectors_sql(const struct entity_query *query, bool typed, bool with_ids,
	struct dict *names, struct sql *sql, struct err *err) must_check;
void scope_sql(const struct scope_q *q, struct sql *sql);
/* now: expired instances do not exist. */
int geo_sql(const struct geo_q *q, int64_t now, struct dict *names, struct sql *sql,
	struct err *err) must_check;
/* What the query asks of a geometry `g.geom`. */
void geo_relation_sql(const struct geo_q *q, struct sql *sql);
/* `entity_geometry g WHERE …`: the instances of the property that satisfy the query. */
void geo_source_sql(const struct geo_q *q, int attr, int64_t now, struct sql *sql);
/* `g.geom` is within the distance of the reference. */
void geo_within_sql(const struct geo_q *q, struct sql *sql);
/* The reference, valid, once. */
void geo_reference_sql(const struct geo_q *q, struct sql *sql);
/* Has at least one of the attributes. */
void attrs_sql(const struct pick_list *attrs, struct sql *sql);

#endif
