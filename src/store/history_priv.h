/* SPDX-License-Identifier: Apache-2.0 */
/* What writes rows of `history`: lanes (history_rows.c) and the temporal API
 * (history_writes.c). */
#ifndef STORE_HISTORY_PRIV_H
#define STORE_HISTORY_PRIV_H

#include <base/strbuf.h>
#include <store/pg.h>

struct arena;
struct dict;
struct group;
struct jn;

/* The columns of the rows that the statement takes, in order: hid, attr, dataset, at,
 * observed (is `at` its observedAt?), now, deleted, num, geometry as GeoJSON, doc. */
#define HISTORY_COLUMNS 10
extern const struct pg_stmt history_insert;
extern const enum pg_type history_columns[HISTORY_COLUMNS];
/* Makes evolutions and brings them up to date: tenant, hid, id, types as the text of an
 * array, now, deleted. */
#define EVOLUTION_COLUMNS 6
extern const struct pg_stmt evolution_upsert;
extern const enum pg_type evolution_columns[EVOLUTION_COLUMNS];

/* Fills columns. */
struct history_writer {
	struct pg_array *column;
	struct dict *names;
	struct arena *arena;
	struct strbuf text; /* scratch */
};
void history_writer_fini(struct history_writer *w);

/* One instance as it is from `now` on. */
struct history_row {
	int64_t hid;
	int attr;
	const struct jn *instance;
	int64_t now;
	int64_t deleted; /* 0: it is not */
};
int history_add(struct history_writer *w, const struct history_row *row,
	struct err *err) must_check;

/* The NGSI-LD Null that says that `instance` is no more (4.5.7). */
const struct jn *history_null(const struct jn *instance, struct arena *a);
/* A scope as a Property (4.5.6); scopes: array of strings. */
const struct jn *history_scope(
	const struct jn *scopes, const char *observed_at, struct arena *a);

/* Which entities of the group need a number for their history, and whose is kept. */
void history_decide(struct group *g);
/* The rows of what the group changed. */
int history_fill(struct group *g, struct pg_array *evolutions, struct pg_array *history,
	struct err *err) must_check;

#endif
