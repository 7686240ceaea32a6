/* SPDX-License-Identifier: Apache-2.0 */
/* Between lane.c (queue and threads), group*.c (one transaction) and rows.c (its SQL). */
#ifndef STORE_LANE_PRIV_H
#define STORE_LANE_PRIV_H

#include <base/arena.h>
#include <base/jn.h>
#include <store/lane.h>
#include <store/pg.h>

struct block_keeper;
struct dict;
struct group_imports;
struct history_policy;
struct value_paths;
struct value_set;

/* An entity that a group touches. */
struct slot {
	int tenant;
	const char *id;
	int64_t eid; /* 0: no row yet */
	char at[PG_TID_LEN]; /* where its row is, until the group changes or deletes it */
	int64_t number; /* for it to have, if it is new; 0: any */
	int64_t hid; /* of its history; 0: there is none yet */
	int64_t next,
		past; /* group_numbers.c: for both, if it is new; 0: not asked yet */
	bool asked;
	const struct jn *stored; /* the row's document, NULL: no row */
	const struct jn *before; /* the same, NULL also where it has expired */
	const struct jn *now; /* after the operations so far; NULL: does not exist */
	bool touched;
	bool facets; /* types, scopes, expiry or geometries may differ */
	bool recorded; /* it has changes, and its history is kept */
	bool numbered; /* hid is new to the row */
	bool shape; /* types, attributes, their kinds or expiries may differ */
};

/* A change that somebody is to be notified of. */
struct matched {
	const struct entity_change *change;
	const int64_t *sids;
	size_t len;
};

struct group {
	struct pg *pg;
	const struct change_listener *listener; /* NULL: nobody subscribes */
	void *begun; /* the listener's; NULL: there are no subscriptions */
	struct dict *names;
	struct value_paths *paths;
	struct block_keeper *block_keeper; /* NULL: nobody adds up */
	struct value_set *values; /* the indexed paths, as of this transaction */
	const struct history_policy *policy;
	bool keep_newer; /* late data are for the history only */
	bool careful; /* observations that seem new may be in the history already */
	struct arena *arena;
	struct write_op **ops;
	size_t ops_len;
	int64_t now; /* when they were loaded: what had expired by then is no more */
	struct slot *slots;
	struct slot **slot_of; /* by operation */
	size_t slots_len;
	struct entity_change
		*changes; /* of the operations that did something, in order */
	size_t changes_len;
	struct matched *matched;
	size_t matched_len;
	struct group_imports *imports; /* group_imports.c; NULL: nothing of one */
};

/* Runs the group as one transaction.  0: committed, each op's err says its own fate.  -1:
 * nothing was stored, err says why; the ops' results are void. */
int group_run(struct group *g, struct err *err) must_check;
/* In the pipeline that loads: numbers for what is to be created; *sent: there is an answer,
 * which numbers_next() takes. */
int numbers_send(struct group *g, bool *sent, struct err *err) must_check;
int numbers_next(struct group *g, struct err *err) must_check;
/* After history_decide(): eid and hid of what is new. */
int numbers_rest(struct group *g, struct err *err) must_check;
/* Inside the transaction, after apply: writes what was touched and commits. */
int rows_store(struct group *g, struct err *err) must_check;

#endif
