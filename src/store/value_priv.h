/* SPDX-License-Identifier: Apache-2.0 */
/* Between value_paths.c (the catalogue), value_build.c (the thread that fills the table)
 * and value_rows.c (what a lane writes). */
#ifndef STORE_VALUE_PRIV_H
#define STORE_VALUE_PRIV_H

#include <base/arena.h>
#include <store/pg.h>
#include <store/value_paths.h>

#include <pthread.h>
#include <stdatomic.h>

#define VALUE_PATHS_MAX 64 /* a tenant; more would cost writes more than queries gain */

struct value_set {
	atomic_int refs;
	int version; /* the greatest path number */
	size_t len;
	struct value_path *paths; /* by tenant and key */
	struct arena arena;
};

/* A path that somebody asked for. */
struct want {
	int tenant;
	char *key;
	struct want *next;
};

struct value_paths {
	pthread_mutex_t lock; /* guards all but pg */
	pthread_cond_t wake;
	struct value_set *set;
	struct want *wants;
	size_t wants_len;
	bool stop;
	pthread_t thread;
	struct pg *pg; /* the thread's */
};

int value_set_read(struct pg *pg, struct value_set **out, struct err *err) must_check;
/* Takes over the reference. */
void value_paths_put(struct value_paths *vp, struct value_set *set);

struct q_row;
/* The columns of rows of `value`: path, eid, n, num, txt, at, expires. */
#define VALUE_COLUMNS 7
extern const enum pg_type value_columns[VALUE_COLUMNS];
void value_row_add(
	struct pg_array *column, int path, int64_t eid, const struct q_row *row);

#endif
