/* SPDX-License-Identifier: Apache-2.0 */
/*
 * q as SQL: the second reader of core/q.h, held to q_eval() by tests/diff.
 *
 * The general way reads the documents: exact for every q, at the cost of parsing each
 * document that gets so far.  The quick way asks the table of values of indexed paths
 * (sql/0003_values.sql), which the lanes fill with what q_rows() says.
 */
#ifndef STORE_Q_SQL_H
#define STORE_Q_SQL_H

#include <base/attr.h>

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct err;
struct q;
struct sql;

/* The number of an indexed path by its key (q_path_key()), 0 where it is not indexed or
 * its rows are not complete yet.  Must not block. */
struct q_index {
	int (*path)(void *self, const char *key);
	void *self;
};

/*
 * Appends a condition about the row `e` of entity, never NULL; `now`: expired attributes
 * do not exist.  The tenant is $1.
 */
int q_sql(const struct q *q, int64_t now, struct sql *sql, struct err *err) must_check;
/* The same with the quick way where it is exact.  index may be NULL.  taken: a term that
 * the caller has dealt with (q_driver()) and that is left out, or NULL. */
int q_sql_indexed(const struct q *q, int64_t now, const struct q_index *index,
	const struct q *taken, struct sql *sql, struct err *err) must_check;

/*
 * The most selective term that all matching entities satisfy and that the quick way
 * answers exactly; NULL: there is none.  With
 *	FROM value v JOIN entity e ON e.tenant = $1 AND e.eid = v.eid WHERE <driver> AND …
 * it can drive a query; an entity may come more than once (arrays, several instances), so
 * group or order by v.eid and skip repetitions.
 */
const struct q *q_driver(const struct q *q, const struct q_index *index, struct arena *a);
/* Appends what that term asks of the row `v` of value. */
void q_driver_sql(
	const struct q *term, int64_t now, const struct q_index *index, struct sql *sql);

#endif
