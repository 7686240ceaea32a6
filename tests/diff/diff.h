/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the comparisons share: a database with entities of tenant 1, and q asked of it.
 * Failures end the test.  Check may fork: each process has its own connection.
 */
#ifndef DIFF_DIFF_H
#define DIFF_DIFF_H

#include <base/arena.h>
#include <base/err.h>
#include <core/q.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pg_config;
struct sql;

void diff_start(void);
const struct pg_config *diff_config(void);
void diff_exec(const char *sql);
void diff_store(int64_t eid, const char *id, const char *doc);
bool diff_matches(const char *text, const char *pattern); /* PostgreSQL's ~ */

/* With the core context, expandValues=e and two levels of rel{…}. */
const struct q *diff_parse(const char *text, struct arena *a);
/* Indexes every path of q for all entities, and forgets what was indexed before. */
void diff_index(const struct q *q, struct arena *a);

struct diff_eids {
	int64_t *eids; /* in order */
	size_t len;
};
/* The entities that satisfy a condition about `e`; the tenant is $1 already. */
const struct diff_eids *diff_select(struct sql *sql, struct arena *a);
/* Those that satisfy q; with the index: driven by it where it can be. */
const struct diff_eids *diff_query(
	const struct q *q, int64_t now, bool indexed, struct arena *a);

#endif
