/* SPDX-License-Identifier: Apache-2.0 */
/* Writes through lanes whose end a test waits for, and a look at what they left. */
#ifndef TOOLS_WAITING_H
#define TOOLS_WAITING_H

#include <store/lane.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct pg;

struct waiting {
	struct write write;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool done;
};

/* Hands them in, all in one write. */
void waiting_begin(struct waiting *w, struct lanes *lanes, struct write_op *ops,
	size_t len, struct arena *a);
bool waiting_is_over(struct waiting *w);
void waiting_end(struct waiting *w);

/* The first value of a query as text, in the arena; "" of a statement that has none. */
const char *first_value(struct pg *pg, const char *sql, struct arena *a);

#endif
