/* SPDX-License-Identifier: Apache-2.0 */
/* Between history_writes.c (connections, transactions, what is added) and
 * history_targets.c (what is changed and deleted). */
#ifndef STORE_HISTORY_WRITES_PRIV_H
#define STORE_HISTORY_WRITES_PRIV_H

#include <store/history_writes.h>

#include "history_priv.h"

/* One transaction. */
struct history_job {
	struct history_writers *hw;
	struct dict *names;
	const struct history_target *t;
	const struct jn *doc; /* or the instance */
	int64_t now;
	bool create, created;
	struct arena *a;
	struct pg *pg;
};

/* Runs it on a connection, again where somebody else was in the way. */
int history_run(struct history_job *job, int (*body)(struct history_job *, struct err *),
	struct err *err) must_check;
int history_no_evolution(const struct history_target *t, struct err *err);
/* When what the instance says is no more was deleted; 0: it is there. */
int64_t history_deleted_at(const struct jn *instance, int64_t now, struct arena *a);
void history_columns_init(struct pg_array *column);
void history_columns_fini(struct pg_array *column);

#endif
