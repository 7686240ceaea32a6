/* SPDX-License-Identifier: Apache-2.0 */
/* q as SQL: the second reader of core/q.h, held to q_eval() by tests/diff. */
#ifndef STORE_Q_SQL_H
#define STORE_Q_SQL_H

#include <base/attr.h>

#include <stdint.h>

struct err;
struct q;
struct sql;

/* Appends a condition about the row `e` of entity, never NULL; `now`: expired attributes do
 * not exist. */
int q_sql(const struct q *q, int64_t now, struct sql *sql, struct err *err) must_check;

#endif
