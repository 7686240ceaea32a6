/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbox: notifications that are due.  Lanes write to it in the transaction of the
 * change; who delivers takes them from here, in the order of the changes, and one
 * transaction removes what was delivered, counts it and takes what comes next.
 *
 * Subscriptions fall into OUTBOX_SHARDS shards by sid.  Who has the advisory lock of a
 * shard delivers for it; the lock is the session's, and all that its holder writes goes
 * through the same session: with the connection goes the right to write.
 */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct pg;

#define OUTBOX_SHARDS    64
#define OUTBOX_LOG_PARTS 100
#define OUTBOX_WINDOW    256 /* in memory and not delivered, at most, a subscription */

static inline unsigned outbox_shard(int64_t sid)
{
	return (unsigned)((uint64_t)sid % OUTBOX_SHARDS);
}

/* ---- who delivers (outbox_owner.c) */

/* Announces this session as one that delivers, and listens.  Again after each connect. */
int outbox_join(struct pg *pg, struct err *err) must_check;
/* Counts the connections that pg has made: the locks of an older one are gone. */
unsigned outbox_session(const struct pg *pg);
/* How many sessions deliver, this one included. */
int outbox_members(struct pg *pg, unsigned *out, struct err *err) must_check;
/* Takes free shards out of those wanted until `most` are owned in all. */
int outbox_take(struct pg *pg, bool owned[OUTBOX_SHARDS], unsigned most,
	struct err *err) must_check;
int outbox_release(struct pg *pg, unsigned shard, struct err *err) must_check;

/* Tells the other sessions that something is due for these sids. */
int outbox_notify(
	struct pg *pg, const int64_t *sids, size_t len, struct err *err) must_check;
/* Waits for another session's word, for `fd` to be readable, or for the timeout.  *sids (in
 * the arena) is what was told; *all: too much to be told. */
int outbox_wait(struct pg *pg, int fd, int timeout_ms, struct arena *a, int64_t **sids,
	size_t *len, bool *all, struct err *err) must_check;

/* ---- what is due (outbox.c) */

/* The next subscriptions, by sid, that something is pending for. */
int outbox_pending(struct pg *pg, int64_t after, unsigned most, struct arena *a,
	int64_t **sids, size_t *len, struct err *err) must_check;

struct outbox_event {
	int64_t event;
	int tenant;
	int64_t at; /* of the change */
	const char *id; /* of the entity */
	const char *body; /* NULL: it is gone */
	size_t body_len;
};

/* What one subscription wants of the outbox. */
struct outbox_load {
	int64_t sid;
	bool fresh; /* read its queue first: sequence, numbered, last, part */
	bool merge; /* drop what a later event of the same entity has overtaken */
	int64_t after; /* events up to this one are not looked at; 0: all are */
	const int64_t *have; /* events that are loaded */
	size_t have_len;
	unsigned most; /* events; and 1 MiB of bodies, but one at least */
	/* in: what is numbered; out: the same, where fresh */
	int64_t sequence;
	const int64_t *numbered; /* the last one has the number `sequence` */
	size_t numbered_len;
	int64_t last; /* last notification; 0: never.  Where fresh */
	int64_t part; /* the last of its log.  Where fresh */
	/* out */
	struct outbox_event *events; /* in order; in the arena */
	size_t len;
	bool more;
};

/* What became of one delivery. */
enum outbox_fate {
	OUTBOX_DELIVERED,
	OUTBOX_MERGED, /* a later state of the same entity was sent in its place */
	OUTBOX_DEAD,
};
struct outbox_done {
	int64_t sid, event, number; /* number: 0: never had one */
	enum outbox_fate fate;
	unsigned attempts;
	const char *reason; /* OUTBOX_DEAD */
};
/* What happened to one subscription, to be added to what is known. */
struct outbox_sent {
	int64_t sid;
	int64_t sent, failed;
	int64_t last_notification, last_success, last_failure; /* 0: not since */
};
/* One more part of its log, JSON objects separated by commas. */
struct outbox_log {
	int64_t sid;
	int64_t part; /* counts up; the last OUTBOX_LOG_PARTS are kept */
	const char *entries;
	size_t len;
};

struct outbox_cycle {
	unsigned session; /* what owns the shards: in another one nothing is done */
	const struct outbox_done *done;
	size_t done_len;
	const struct outbox_sent *sent;
	size_t sent_len;
	const struct outbox_log *log;
	size_t log_len;
	struct outbox_load *load;
	size_t load_len;
	/* Called in the transaction when `load` was filled: is to number what it takes, by
	 * setting sequence, numbered and numbered_len. */
	void (*number)(void *self, struct outbox_load *load, struct arena *a);
	void *self;
};
/* One transaction.  -1: nothing of it happened, or it is not known. */
int outbox_cycle(struct pg *pg, const struct outbox_cycle *cycle, struct arena *a,
	struct err *err) must_check;

/* The name of a tenant, in the arena. */
int outbox_tenant(struct pg *pg, int tenant, struct arena *a, const char **out,
	struct err *err) must_check;
/* Adds an event for one subscription; id: what it is about, "" where that is several. */
int outbox_add(struct pg *pg, int64_t sid, int tenant, int64_t at, const char *id,
	const char *body, size_t len, struct err *err) must_check;
/* Nobody wants them any more: the subscription was deleted. */
int outbox_drop(struct pg *pg, int64_t sid, struct err *err) must_check;

/* ---- what was given up, looked at, or wanted again (outbox_admin.c) */

struct outbox_counts {
	int64_t matched, delivered, merged, dead, dropped, pending, letters;
	int64_t oldest; /* the oldest event that is stored, its time; 0: none */
};
/* One snapshot: matched = delivered + merged + dead + dropped + pending. */
int outbox_counts(struct pg *pg, struct outbox_counts *out, struct err *err) must_check;

/* Pending events, or dead letters, of one subscription, in order, as rows of texts. */
struct outbox_item {
	int64_t event, number;
	int64_t at, died;
	unsigned attempts;
	const char *id, *reason;
};
int outbox_list_pending(struct pg *pg, int64_t sid, unsigned limit, struct arena *a,
	struct outbox_item **out, size_t *len, int64_t *count,
	struct err *err) must_check;
int outbox_list_dead(struct pg *pg, int64_t sid, unsigned limit, struct arena *a,
	struct outbox_item **out, size_t *len, int64_t *count,
	struct err *err) must_check;
/* The parts of the log, newest first; each JSON objects separated by commas, oldest first. */
int outbox_list_log(struct pg *pg, int64_t sid, struct arena *a, const char ***parts,
	size_t *len, struct err *err) must_check;

/* Makes dead letters pending again: one (event > 0) or all; *n: how many. */
int outbox_revive(struct pg *pg, int64_t sid, int64_t event, int64_t *n,
	struct err *err) must_check;
/* Forgets the dead letters of a subscription. */
int outbox_discard(struct pg *pg, int64_t sid, int64_t *n, struct err *err) must_check;
/* Stored events of one tenant, from an instant (or after an event) on, for a resend. */
int outbox_events(struct pg *pg, int tenant, int64_t after, int64_t from, int64_t to,
	unsigned most, struct arena *a, struct outbox_event **out, size_t *len,
	struct err *err) must_check;
int outbox_event(struct pg *pg, int64_t event, struct arena *a, struct outbox_event *out,
	struct err *err) must_check; /* NOT_FOUND */
/* Makes stored events due once more; those that are pending are not counted. */
int outbox_again(struct pg *pg, int64_t sid, const int64_t *events, size_t len,
	int64_t *n, struct err *err) must_check;

struct outbox_limits {
	int64_t retention; /* us: how long an event stays, and may be pending */
	int64_t max_events; /* stored at most */
	unsigned dead_letters; /* kept of one subscription */
};
/*
 * Gives up what is pending for too long, oldest first, to the dead letters, and removes old
 * events and what deleted subscriptions left behind.  In steps, each a transaction.  *more:
 * it has not ended.
 */
int outbox_sweep(struct pg *pg, const struct outbox_limits *limits, int64_t now,
	bool *more, struct err *err) must_check;

#endif
