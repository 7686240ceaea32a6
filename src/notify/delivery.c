/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that delivers.  It wakes when a lane made something due, when a result came,
 * when another process says so, and by the clock.
 */
#include "delivery_priv.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <base/mem.h>
#include <notify/book.h>
#include <notify/match.h>
#include <store/pg.h>

#include <assert.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TICK    1000000 /* us: shards, subscriptions */
#define SCAN    2000000 /* us: what nobody told us of */
#define SCANNED 5000 /* subscriptions a scan */
#define GATHER  4000 /* us: results wait for company, unless somebody waits for them */
#define FEW     32 /* of what a queue has left to send: soon it needs more */
#define PAUSE   250 /* ms, after a failure of the database */
#define IDLE    (INT64_C(60) * 1000000)
#define FOREIGN 2000 /* sids told at once, at most */

static void tell_others(struct delivery *d, int64_t sid)
{
	for (size_t i = 0; i < d->foreign_len; i++)
		if (d->foreign[i] == sid)
			return;
	if (d->foreign_len == d->foreign_room) {
		if (d->foreign_room >= FOREIGN)
			return; /* they look by themselves, too */
		d->foreign_room = d->foreign_room > 0 ? d->foreign_room * 2 : 64;
		d->foreign = mem_resize(d->foreign, d->foreign_room * sizeof(int64_t));
	}
	d->foreign[d->foreign_len++] = sid;
}

void delivery_wake_queue(struct delivery *d, int64_t sid, bool all)
{
	struct queue *q;

	if (!d->owned[outbox_shard(sid)]) {
		tell_others(d, sid);
		return;
	}
	q = queue_get(d, sid);
	q->more = true;
	if (all)
		q->looked = 0;
	queue_list(d, q);
	if (q->len - q->finished < FEW)
		d->urgent = true;
}

const struct change_listener *delivery_listener(struct delivery *d)
{
	return &d->listener;
}

void delivery_look(struct delivery *d)
{
	(void)eventfd_write(d->event, 1);
}

void delivery_wake(struct delivery *d, int64_t sid)
{
	pthread_mutex_lock(&d->lock);
	if (sid > 0)
		delivery_wake_queue(d, sid, true);
	d->next_tick = 0;
	pthread_mutex_unlock(&d->lock);
	delivery_look(d);
}

int delivery_tenant(struct delivery *d, int tenant, const char **out, struct err *err)
{
	auto_arena a = {0};
	size_t n = (size_t)tenant;
	const char *name;

	if (n >= d->tenants_len) {
		d->tenants = mem_resize(d->tenants, (n + 1) * sizeof(*d->tenants));
		for (; d->tenants_len <= n; d->tenants_len++)
			d->tenants[d->tenants_len] = NULL;
	}
	if (d->tenants[n] == NULL) {
		if (outbox_tenant(d->pg, tenant, &a, &name, err) < 0)
			return -1;
		d->tenants[n] = mem_strdup(name);
	}
	*out = d->tenants[n][0] != '\0' ? d->tenants[n] : NULL;
	return 0;
}

void delivery_use(struct delivery *d, struct matcher *m)
{
	struct queue *q, *tmp;

	if (m == d->matcher) {
		match_unref(m);
		return;
	}
	match_unref(d->matcher);
	d->matcher = m;
	pthread_mutex_lock(&d->lock);
	HASH_ITER (hh, d->queues, q, tmp) {
		const struct subscription *sub = match_get(m, q->sid);

		if (sub == q->sub)
			continue;
		queue_subscribe(d, q, sub);
		q->more = true;
		queue_list(d, q);
		d->urgent = true;
	}
	periodic_update(d);
	pthread_mutex_unlock(&d->lock);
}

/* Queues that nothing happened to for a while. */
static void forget_idle(struct delivery *d)
{
	int64_t now = clock_monotonic();
	struct queue *q, *tmp;

	pthread_mutex_lock(&d->lock);
	HASH_ITER (hh, d->queues, q, tmp)
		if (q->len + q->lost == 0 && !q->more && !q->listed &&
			q->sent.sent == 0 && now - q->used > IDLE)
			queue_free(d, q);
	pthread_mutex_unlock(&d->lock);
}

/* Looks for what is due and nobody told us of: after a start, or another's end. */
static int scan(struct delivery *d, struct err *err)
{
	auto_arena a = {0};
	int64_t *sids;
	size_t len;

	if (outbox_pending(d->pg, d->scanned, SCANNED, &a, &sids, &len, err) < 0)
		return -1;
	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < len; i++) {
		struct queue *q;

		if (!d->owned[outbox_shard(sids[i])])
			continue;
		q = queue_get(d, sids[i]);
		if (q->len > 0 || q->more)
			continue;
		q->more = true;
		q->looked = 0;
		queue_list(d, q);
		d->urgent = true;
	}
	pthread_mutex_unlock(&d->lock);
	d->scanned = len == SCANNED ? sids[len - 1] : 0;
	d->rescan = d->scanned != 0;
	d->next_scan = clock_monotonic() + SCAN;
	return 0;
}

static int tick(struct delivery *d, struct err *err)
{
	struct matcher *m;

	if (owner_tick(d, err) < 0 || book_refresh(d->config.book, d->pg, &m, err) < 0)
		return -1;
	delivery_use(d, m);
	forget_idle(d);
	return 0;
}

static int tell(struct delivery *d, struct err *err)
{
	int64_t *sids;
	size_t len;
	int rc = 0;

	pthread_mutex_lock(&d->lock);
	sids = d->foreign;
	len = d->foreign_len;
	d->foreign = NULL;
	d->foreign_len = d->foreign_room = 0;
	pthread_mutex_unlock(&d->lock);
	if (len > 0)
		rc = outbox_notify(d->pg, sids, len, err);
	free(sids);
	return rc;
}

static void hear(struct delivery *d, const int64_t *sids, size_t len, bool all)
{
	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < len; i++)
		if (d->owned[outbox_shard(sids[i])])
			delivery_wake_queue(d, sids[i], false);
	pthread_mutex_unlock(&d->lock);
	d->rescan |= all;
}

/* With the lock. */
static int64_t next_cycle(const struct delivery *d)
{
	int64_t pause = d->pause;

	if (d->urgent)
		return d->last_cycle + pause;
	if (d->todo != NULL)
		return d->last_cycle + (pause > GATHER ? pause : GATHER);
	return INT64_MAX;
}

/* How long there is nothing to do, in milliseconds. */
static int patience(struct delivery *d)
{
	int64_t now = clock_monotonic(), next = d->next_scan;

	pthread_mutex_lock(&d->lock);
	if (d->next_tick < next)
		next = d->next_tick;
	if (heap_next(d) < next)
		next = heap_next(d);
	if (next_cycle(d) < next)
		next = next_cycle(d);
	if (d->rescan)
		next = now;
	pthread_mutex_unlock(&d->lock);
	return next > now ? (int)((next - now) / 1000) + 1 : 0;
}

static int wait_for_work(struct delivery *d, struct err *err)
{
	auto_arena a = {0};
	int64_t *sids = NULL;
	eventfd_t woken;
	size_t len = 0;
	bool all = false;
	int rc = outbox_wait(d->pg, d->event, patience(d), &a, &sids, &len, &all, err);

	(void)eventfd_read(d->event, &woken);
	hear(d, sids, len, all);
	return rc;
}

static bool is_time(struct delivery *d, int64_t *now)
{
	bool due;

	*now = clock_monotonic();
	pthread_mutex_lock(&d->lock);
	due = *now >= d->next_tick;
	if (due)
		d->next_tick = *now + TICK;
	pthread_mutex_unlock(&d->lock);
	return due;
}

static bool has_work(struct delivery *d, int64_t now)
{
	bool work;

	pthread_mutex_lock(&d->lock);
	work = heap_next(d) <= now || next_cycle(d) <= now;
	pthread_mutex_unlock(&d->lock);
	return work;
}

static int turn(struct delivery *d, struct err *err)
{
	struct matcher *newer;
	int64_t now;

	if (wait_for_work(d, err) < 0)
		return -1;
	if (is_time(d, &now) && tick(d, err) < 0)
		return -1;
	if (d->session == 0 || d->matcher == NULL)
		return 0;
	newer = book_now(d->config.book);
	if (newer != NULL)
		delivery_use(d, newer);
	if ((d->rescan || now >= d->next_scan) && scan(d, err) < 0)
		return -1;
	if (tell(d, err) < 0)
		return -1;
	if (!has_work(d, now))
		return 0;
	if (cycle_run(d, err) < 0)
		return -1;
	d->last_cycle = clock_monotonic();
	return 0;
}

static bool stopping(struct delivery *d)
{
	bool stop;

	pthread_mutex_lock(&d->lock);
	stop = d->stop;
	pthread_mutex_unlock(&d->lock);
	return stop;
}

/* What the database does not know of is begun anew when it is back. */
static void recover(struct delivery *d, const struct err *why)
{
	log_warn("notifications wait: %s", why->detail);
	owner_lose(d);
	d->rescan = true;
	pthread_mutex_lock(&d->lock);
	d->next_tick = 0;
	pthread_mutex_unlock(&d->lock);
	(void)usleep(PAUSE * 1000);
}

static void *delivery_main(void *arg)
{
	struct delivery *d = arg;
	struct err err = {0};

	while (!stopping(d)) {
		err_clear(&err);
		if (turn(d, &err) < 0)
			recover(d, &err);
	}
	return NULL;
}

/* ---- start and stop */

static int start(struct delivery *d, struct err *err)
{
	d->sender = sender_start(&d->config.sender, err);
	if (d->sender == NULL || periodic_start(d, err) < 0)
		return -1;
	if (pthread_create(&d->thread, NULL, delivery_main, d) != 0)
		return err_set(err, ERR_INTERNAL,
			"cannot start the thread that delivers notifications");
	(void)pthread_setname_np(d->thread, "delivery");
	d->started = true;
	return 0;
}

struct delivery *delivery_start(const struct delivery_config *config, struct err *err)
{
	struct delivery *d = mem_alloc(sizeof(*d));
	struct pg_config pg = *config->pg;

	assert(config->book != NULL && config->parallel > 0);
	d->config = *config;
	d->todo_last = &d->todo;
	d->random = (uint64_t)clock_now() | 1;
	pg.lane = true;
	d->pg = pg_open(&pg);
	pthread_mutex_init(&d->lock, NULL);
	d->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (d->event < 0)
		abort(); /* no descriptor left */
	settle_init(d);
	listen_init(d);
	if (start(d, err) == 0)
		return d;
	delivery_stop(d);
	return NULL;
}

static void free_all(struct delivery *d)
{
	struct queue *q, *tmp;

	HASH_ITER (hh, d->queues, q, tmp) {
		q->listed = false;
		queue_free(d, q);
	}
	for (size_t i = 0; i < d->tenants_len; i++)
		free(d->tenants[i]);
	free(d->tenants);
	free(d->foreign);
	free(d->heap);
	strbuf_fini(&d->text);
	match_unref(d->matcher);
	pg_close(d->pg);
	close(d->event);
	settle_fini(d);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

void delivery_stop(struct delivery *d)
{
	struct err err = {0};

	if (d == NULL)
		return;
	pthread_mutex_lock(&d->lock);
	d->stop = true;
	pthread_mutex_unlock(&d->lock);
	delivery_look(d);
	if (d->started)
		pthread_join(d->thread, NULL);
	periodic_stop(d); /* after the thread that tells it of subscriptions */
	sender_stop(d->sender);
	if (d->session != 0)
		(void)!cycle_run(d, &err);
	free_all(d);
}
