/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The write path: writes ride together.  Operations wait in a queue; a lane that is free
 * takes what is there as its next group, but leaves what is about an entity that another
 * lane is at.  One statement locks and loads the entities, apply() runs each operation in
 * the order of arrival, set-based statements store the results, one commit.  An idle lane
 * takes a single operation at once.  Acknowledged (done is called without error) means on
 * disk.
 */
#ifndef STORE_LANE_H
#define STORE_LANE_H

#include <base/attr.h>
#include <base/err.h>
#include <core/apply.h>
#include <core/import_effect.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct dict;
struct history_policy;
struct lanes;
struct pg;
struct pg_config;
struct strbuf;
struct value_paths;
struct write;

/* A row that an import undoes, and the instant it was written at. */
struct import_undone {
	int64_t row, now;
};

/* What makes an operation that of an import: it is recorded with the write itself, and
 * taken off the record by its OP_UNDO (store/imports.h). */
struct import_op {
	int64_t import;
	int64_t row, line; /* OP_IMPORT: of the file */
	const char *problems; /* what is odd about it, as JSON; NULL: nothing */
	enum import_result result; /* what became of it */
	const struct import_undone *undone; /* OP_UNDO: of the records in op.doc */
	size_t undone_len;
	char kept[256]; /* names of what somebody else has changed since, cut */
	size_t kept_len; /* how many there are */
};

/* One operation of a write and what became of it. */
struct write_op {
	struct op op; /* everything it points to lives until done() */
	int tenant;
	/* Of its entity, if that is new; 0: the lane takes one.  For batches, whose operations
	 * run on several lanes, and whose entities yet come in the order of the array. */
	int64_t number;
	struct err err; /* its own error, or the group's */
	bool created; /* the entity did not exist before */
	/* Copied into write->arena unless write->summary (5.2.18): */
	const struct not_updated *not_updated;
	const char **updated;
	size_t updated_len;
	struct import_op *import; /* OP_IMPORT and OP_UNDO; else NULL */
	struct write_op *next; /* the lanes', as the next two */
	struct write *write;
	unsigned place;
};

/* The operations of one request.  The caller owns it and keeps it until done(). */
struct write {
	struct write_op *ops;
	size_t len; /* at least 1 */
	struct arena *arena; /* the request's; lanes write to it unless `summary` */
	/* What noOverwrite left alone becomes the operation's err (the rest of it is done):
	 * for batches, whose operations run on several lanes at once. */
	bool summary;
	/* Called once, on a lane's thread, when the last operation was committed or refused.
	 * Must not block; the write may be freed in it. */
	void (*done)(struct write *write);
	void *cookie;
	atomic_size_t pending; /* the lanes' */
};

/*
 * What one operation did to one entity, inside the transaction that stores it: history and
 * notifications are written from these.  Lives in the lane's arena until the group is over.
 */
struct entity_change {
	int tenant;
	const char *id;
	int64_t now; /* the operation's */
	const struct jn *before; /* the document; NULL: did not exist */
	const struct jn *after; /* NULL: is no more */
	const struct change *changes; /* core/apply.h; never NULL */
	size_t slot; /* operations on one entity share it */
	int64_t import; /* whose row did it; 0: none's */
	bool unrecorded; /* it takes back what was recorded, and leaves no record itself */
};

/*
 * Who is to be notified, decided inside the transaction of the changes; what it answers is
 * written to the outbox (store/outbox.h) by the same transaction.  Any lane's thread.
 */
struct change_listener {
	/* Once a group: the subscriptions as of `version` (store/subscriptions.h), read through
	 * `pg` where memory is behind.  *out is NULL where there are none. */
	int (*begin)(
		void *self, int64_t version, struct pg *pg, void **out, struct err *err);
	/* The sids that the change triggers; *sids is in the arena. */
	size_t (*match)(void *self, void *begun, const struct entity_change *change,
		struct arena *a, const int64_t **sids);
	/* What a notification of the change is made from later on, as text. */
	void (*write)(const struct entity_change *change, struct strbuf *sb);
	/* Ends what began.  sids: of all changes; 0: nothing was committed. */
	void (*end)(void *self, void *begun, const int64_t *sids, size_t len);
	void *self;
};

/* Hears of what was committed.  Any lane's thread, once a group; must not block. */
struct change_watcher {
	void (*committed)(void *self, const struct entity_change *changes, size_t len);
	void *self;
};

struct lanes_config {
	struct pg_config *pg;
	unsigned lanes; /* threads, each with its connection */
	struct dict *names;
	struct value_paths *paths; /* what is indexed for q */
	const struct history_policy *policy; /* whose history is kept */
	bool keep_newer; /* op.keep_newer of every operation */
	struct block_keeper *block_keeper; /* woken where entities come and go, or NULL */
	const struct change_listener *listener; /* NULL: nobody subscribes */
	const struct change_watcher *watcher; /* NULL: nobody watches */
};

struct lanes *lanes_start(const struct lanes_config *config, struct err *err) must_check;
/* Finishes what waits, then ends the threads.  NULL is fine. */
void lanes_stop(struct lanes *lanes);
/* Takes the operations in array order.  Never blocks on the database. */
void lanes_submit(struct lanes *lanes, struct write *write);

#endif
