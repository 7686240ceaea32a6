/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the delivery share.  listen.c: what lanes tell; delivery.c: the thread;
 * cycle.c: its exchange with the outbox; queue.c: one subscription's queue, and what may go out; result.c: what became of
 * it; item.c: from an event to a message; heap.c: when to look again; owner.c: which shards
 * are ours; periodic.c: timeInterval; settle.c: who waits for what is saved.
 *
 * Invariant: `lock` guards all of this but what is said to be the thread's.  Only the thread
 * adds items to queues and takes them out; the sender's threads change their state.
 */
#ifndef NOTIFY_DELIVERY_PRIV_H
#define NOTIFY_DELIVERY_PRIV_H

#include <base/arena.h>
#include <base/map.h>
#include <base/strbuf.h>
#include <core/q.h>
#include <core/subscription.h>
#include <notify/delivery.h>
#include <store/identity.h>
#include <store/lane.h>
#include <store/outbox.h>

#include <pthread.h>
#include <stdbool.h>

/* As of the @contexts; clang minds the switch in uthash's own. */
#define HASH_FUNCTION(key, len, hash)                                                    \
	((hash) = (unsigned)map_hash((const char *)(key), len))
#include <uthash.h>

struct matcher;
struct pg;
struct queue;

enum item_state {
	ITEM_WAITING,
	ITEM_FLYING,
	ITEM_DONE,
	ITEM_DEAD,
	ITEM_LOST, /* flying, and in no queue any more: its result is not wanted */
};

/* A notification. */
struct item {
	struct item *next;
	struct delivery *delivery;
	struct queue *queue;
	struct breaker *breaker; /* a reference, while it flies */
	bool probe; /* the one that tries whether the endpoint is back */
	unsigned edition; /* of the subscription that it was written for */
	int64_t event, number;
	uint64_t entity; /* a hash; 0: several entities */
	int64_t *merged; /* further events that it tells of */
	size_t merged_len;
	enum item_state state;
	unsigned attempts;
	bool refused; /* the last answer was about this notification, not the endpoint */
	bool last_chance; /* others were taken since: if it is refused again, it is dead */
	const char *reason; /* of ITEM_DEAD; in the arena */
	struct arena arena; /* all that message points to */
	struct message message;
};

/* A host and port that several queues may send to. */
struct breaker {
	char *origin;
	unsigned refs, failures; /* in a row, without any answer */
	int64_t until; /* monotonic; open until then */
	bool probing;
	size_t flying;
	struct queue *first, **last; /* that wait for one to land; by `after` */
	UT_hash_handle hh;
};

struct queue {
	int64_t sid;
	const struct subscription *sub; /* a reference; NULL: not known (yet) */
	struct breaker *breaker;
	unsigned edition; /* counts the states of the subscription */
	bool stale; /* something loaded was written for an older one, and is not delivered */
	bool owned, fresh; /* fresh: what the outbox knows of it was not read */
	bool more; /* the outbox may have more */
	struct item *items, **last;
	size_t len, flying, lost, finished;
	int64_t *numbered; /* events with numbers, up to `sequence`; the thread's */
	size_t numbered_len;
	int64_t sequence, part;
	int64_t seen; /* the greatest event that was loaded; the thread's */
	int64_t marks[2],
		marked; /* what `seen` was a moment ago, and when; the thread's */
	int64_t looked; /* monotonic: when all was looked at; 0: that is due */
	unsigned failures; /* in a row */
	bool unreachable; /* the last of them was without any answer */
	int64_t not_before; /* monotonic: a pause after a failure */
	int64_t last_start; /* monotonic, of the last notification; 0: never */
	int64_t used; /* monotonic */
	/* Since the last cycle. */
	struct outbox_sent sent;
	bool saving; /* what was before is on its way to the database */
	struct strbuf log;
	unsigned log_len;
	bool listed; /* in delivery.todo */
	struct queue *next;
	bool waits; /* for the breaker */
	struct queue *after;
	size_t place; /* in the heap, from 1; 0: it is not */
	int64_t wake; /* monotonic */
	UT_hash_handle hh;
};

struct periodic {
	int64_t sid;
	int64_t interval, due; /* us; monotonic */
};

struct delivery {
	struct delivery_config config;
	struct change_listener listener;
	struct sender *sender;
	char uuid[IDENTITY_TEXT]; /* "" until it was read */
	pthread_t thread, periodic_thread;
	pthread_mutex_t lock;
	pthread_cond_t periodic_wake, saved;
	uint64_t cycles_begun, cycles_ended;
	int event; /* eventfd: the thread is to look */
	bool stop, started, periodic_started;
	struct queue *queues; /* by sid */
	struct breaker *breakers;
	struct queue *todo, **todo_last;
	bool urgent; /* somebody waits for what the outbox has */
	struct queue **heap;
	size_t heap_len, heap_room;
	bool owned[OUTBOX_SHARDS];
	int64_t *foreign; /* sids that others deliver for, to be told of */
	size_t foreign_len, foreign_room;
	uint64_t random;
	size_t flying;
	size_t busy; /* queues that hold items */

	/* the thread's */
	struct pg *pg;
	struct strbuf text; /* scratch */
	unsigned session; /* of pg, that owns the shards; 0: none */
	struct matcher *matcher;
	bool rescan;
	int64_t next_tick, next_scan, last_cycle, scanned;
	int64_t pause; /* between cycles */
	char **tenants; /* names by number */
	size_t tenants_len;

	/* the periodic thread's, but for the list */
	struct periodic *periodic;
	size_t periodic_len;
};

/* ---- listen.c */
void listen_init(struct delivery *d);

/* ---- delivery.c */
/* With the lock: something is due.  all: it may be older than what was seen. */
void delivery_wake_queue(struct delivery *d, int64_t sid, bool all);
void delivery_look(struct delivery *d); /* wakes the thread */
/* Each queue's subscription as it is in m from now on, whose reference it takes; the
 * thread's. */
void delivery_use(struct delivery *d, struct matcher *m);
/* The name of a tenant, NULL for the default one; the thread's. */
int delivery_tenant(
	struct delivery *d, int tenant, const char **out, struct err *err) must_check;

/* ---- cycle.c; the thread's */
/* Tells the outbox what was done, and takes what is due.  Some queues at a time. */
int cycle_run(struct delivery *d, struct err *err) must_check;

/* ---- settle.c */
void settle_init(struct delivery *d);
void settle_fini(struct delivery *d);

#define REFUSALS 5 /* attempts after which others may overtake */

/* ---- queue.c; with the lock */
struct queue *queue_find(struct delivery *d, int64_t sid);
struct queue *queue_get(struct delivery *d, int64_t sid); /* or a new one */
void queue_free(struct delivery *d, struct queue *q); /* nothing of it is flying */
void queue_list(struct delivery *d, struct queue *q); /* for the thread to look at */
void queue_add(struct delivery *d, struct queue *q, struct item *it);
/* It was taken out. */
void queue_left(struct delivery *d, struct queue *q);
/* Forgets what is loaded; what is flying is lost where `lose`, else it stays. */
void queue_unload(struct delivery *d, struct queue *q, bool lose);
/* The subscription as it is now (NULL: it is gone). */
void queue_subscribe(struct delivery *d, struct queue *q, const struct subscription *sub);
/* Sends what may go now; else says when to look again. */
void queue_pump(struct delivery *d, struct queue *q);
/* Where its endpoint fails: forgets what is not to be tried soon. */
void queue_trim(struct delivery *d, struct queue *q);
/* How many events may be loaded now, beside `others` queues that are about to load. */
unsigned queue_room(struct delivery *d, struct queue *q, size_t others, int64_t now);
/* What was sent to it is back: who waits for that may send. */
void breaker_landed(struct delivery *d, struct breaker *b);
void breaker_unref(struct delivery *d, struct breaker *b);
bool queue_throttled(const struct queue *q);
/* It was refused again and again: what comes after it is tried in its place. */
bool item_is_suspect(const struct item *it);
int64_t delivery_pause(struct delivery *d, unsigned failures);

/* ---- heap.c; with the lock */
void heap_put(
	struct delivery *d, struct queue *q, int64_t at); /* the sooner one counts */
void heap_remove(struct delivery *d, struct queue *q);
struct queue *heap_due(struct delivery *d, int64_t now); /* takes it out; NULL: none */
int64_t heap_next(const struct delivery *d); /* INT64_MAX: never */

/* ---- result.c */
void item_done(struct message *m); /* the sender's */

/* ---- item.c; the thread's, without the lock */
/* Entities that others link to, read when they are asked for (struct q_linked). */
struct links {
	struct pg *pg;
	struct arena *arena;
	int tenant;
	int64_t now;
};
const struct jn *links_get(void *self, const char *id, size_t len);
/* A notification of these events, of which the last one gives it its name. */
struct item *item_new(struct delivery *d, const struct subscription *sub,
	const struct outbox_event *events, size_t len, int64_t number);
void item_free(struct item *it);

/* ---- owner.c; the thread's */
int owner_tick(struct delivery *d, struct err *err) must_check;
void owner_lose(struct delivery *d); /* the session is gone: nothing is ours */

/* ---- periodic.c */
int periodic_start(struct delivery *d, struct err *err) must_check;
void periodic_stop(struct delivery *d);
/* The thread's: the subscriptions changed. */
void periodic_update(struct delivery *d);

#endif
