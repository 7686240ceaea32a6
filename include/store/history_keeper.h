/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks after the tables of the history, on a thread of its own: makes those of the coming
 * months ahead and those of past months that late data ask for, lets go what the policy
 * keeps no longer, whole months where it can, and adds up days that are over.  Of several brokers on one database one does
 * it at a time.
 */
#ifndef STORE_HISTORY_KEEPER_H
#define STORE_HISTORY_KEEPER_H

#include <base/attr.h>

#include <stdbool.h>
#include <stdint.h>

struct dict;
struct err;
struct history_keeper;
struct history_policy;
struct pg_config;

struct history_keeper_config {
	const struct pg_config *pg;
	struct dict *names; /* borrowed, as is the policy */
	const struct history_policy *policy;
	unsigned tick_ms; /* between two looks */
	unsigned retention_ticks; /* looks between two times that old rows go */
	const _Atomic bool
		*stop; /* a look ends early once it is true; NULL: it does not */
};

/* NULL with err set where there is no thread to be had. */
struct history_keeper *history_keeper_start(
	const struct history_keeper_config *config, struct err *err) must_check;
void history_keeper_stop(struct history_keeper *k); /* NULL is fine */

struct history_look {
	bool busy; /* another broker is at it, nothing was done */
	bool more; /* days are left that could be added up */
};
/* One look, as of `now`. */
int history_keep(const struct history_keeper_config *config, int64_t now, bool retention,
	struct history_look *look, struct err *err) must_check;

#endif
