/* SPDX-License-Identifier: Apache-2.0 */
/* core/order.h as SQL, around the query that finds the entities. */
#ifndef STORE_ORDER_SQL_H
#define STORE_ORDER_SQL_H

#include <base/attr.h>

#include <stdint.h>

struct arena;
struct dict;
struct err;
struct order;
struct pg;
struct sql;

/* The quoted name of the collation asked for.  BAD_REQUEST_DATA: there is none. */
int order_collation(struct pg *pg, const struct order *order, struct arena *a,
	const char **out, struct err *err) must_check;
/* Before the query, whose columns are ORDER_COLUMNS, and after it. */
#define ORDER_COLUMNS "e.doc, e.eid"
void order_begin(struct sql *sql);
int order_end(const struct order *order, const char *collation, int64_t now,
	struct dict *names, struct sql *sql, struct err *err) must_check;

#endif
