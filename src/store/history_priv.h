/* SPDX-License-Identifier: Apache-2.0 */
/* What writes rows of `history`: lanes (history_rows.c) and the temporal API
 * (history_writes.c). */
#ifndef STORE_HISTORY_PRIV_H
#define STORE_HISTORY_PRIV_H

#include <base/attr.h>
#include <base/strbuf.h>
#include <store/pg.h>

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct dict;
struct group;
struct jn;

/* The columns of the rows that the statement takes, in order: hid, attr, dataset, at,
 * observed (is `at` its observedAt?), now, deleted, num, geometry as GeoJSON, doc. */
#define HISTORY_COLUMNS 10
extern const struct pg_stmt history_insert;
extern const struct pg_stmt history_append; /* where none of them is there already */
extern const enum pg_type history_columns[HISTORY_COLUMNS];
/* Makes evolutions and brings them up to date: tenant, hid, id, types as the text of an
 * array, now, deleted. */
#define EVOLUTION_COLUMNS 6
extern const struct pg_stmt evolution_upsert;
extern const enum pg_type evolution_columns[EVOLUTION_COLUMNS];

/* Days of which the sums are not true any more (history_days.c): hid, attr, day since 1970. */
#define HISTORY_MARK_COLUMNS 3
extern const struct pg_stmt history_mark;
extern const enum pg_type history_mark_columns[HISTORY_MARK_COLUMNS];
struct history_marks {
	struct pg_array *column; /* NULL: none are wanted */
	int64_t hid, day; /* of the last one */
	int attr;
};
/* What was observed `at` is written `now`: does nothing for a day that has no sums yet. */
void history_marks_add(
	struct history_marks *marks, int64_t hid, int attr, int64_t at, int64_t now);
/* The first day, since 1970, whose changes need no mark. */
int64_t history_days_open(int64_t now);

/* Fewer observations a day are not worth adding up. */
#define HISTORY_DAY_LEAST 48
/* Of the number of row h, so that nothing overflows: itself, its square, 10^(v/10); and the
 * sum of the squares of the differences from the mean. */
#define TAME_SQL(most)                                                                   \
	"CASE WHEN abs(h.num) < " most " THEN h.num ELSE h.num * 'Infinity' END"
#define SUM_SQL "sum(" TAME_SQL("1e300") ")"
#define SQUARE_SQL                                                                       \
	"CASE WHEN abs(h.num) < 1e-100 THEN 0 WHEN abs(h.num) < 1e100"                   \
	" THEN h.num * h.num ELSE abs(h.num) * 'Infinity' END"
#define SPREAD_SQL "regr_sxx(" TAME_SQL("1e100") ", " TAME_SQL("1e100") ")"
#define ENERGY_SQL                                                                       \
	"CASE WHEN h.num >= 3000 THEN 'Infinity' WHEN h.num <= -3000 THEN 0"             \
	" ELSE power(10::float8, h.num / 10) END"
/* The keeper's next bit of work on sums.  *more: there is more to do. */
int history_days_step(struct pg *pg, int64_t now, bool *more, struct err *err) must_check;

/* Fills columns. */
struct history_writer {
	struct pg_array *column;
	struct history_marks marks;
	bool meets; /* one of the rows may be there already */
	struct dict *names;
	struct arena *arena;
	struct pg_array
		*imports; /* of each row, struct history_row's; NULL: not wanted */
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
	int64_t import; /* that brings it; 0: none */
	bool current; /* it becomes the current one */
	const struct jn *replaced; /* that was current until then; NULL: none was */
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
struct history_output {
	struct pg_array *evolutions, *history, *marks;
	struct pg_array *imports; /* of each row of history; NULL: not wanted */
	const struct pg_stmt **stmt; /* for the rows of history */
};
int history_fill(
	struct group *g, const struct history_output *out, struct err *err) must_check;

#endif
