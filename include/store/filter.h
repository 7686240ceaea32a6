/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions of a query as SQL about a row `e` of entity (alias fixed).  The tenant is
 * bound once as $1.
 */
#ifndef STORE_FILTER_H
#define STORE_FILTER_H

#include <base/attr.h>

#include <stdbool.h>

struct dict;
struct entity_query;
struct err;
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
/* Has at least one of the attributes. */
void attrs_sql(const struct pick_list *attrs, struct sql *sql);

#endif
