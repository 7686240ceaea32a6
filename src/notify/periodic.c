/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread for what takes its time: periodic subscriptions (timeInterval), whose queries
 * put what they found into the outbox, the sweeping of the outbox, and that of
 * registrations.
 */
#include "delivery_priv.h"
#include "steady.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <base/mem.h>
#include <base/metrics.h>
#include <core/pattern.h>
#include <notify/book.h>
#include <notify/event.h>
#include <notify/match.h>
#include <notify/sources.h>
#include <store/entities.h>
#include <store/pg.h>

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)

struct listing {
	struct delivery *d;
	struct periodic *list;
	size_t len, room;
	int64_t now;
};

static const struct periodic *find(const struct delivery *d, int64_t sid)
{
	for (size_t i = 0; i < d->periodic_len; i++)
		if (d->periodic[i].sid == sid)
			return &d->periodic[i];
	return NULL;
}

static void list_one(void *cookie, const struct subscription *s)
{
	struct listing *l = cookie;
	const struct periodic *old;
	struct periodic *p;

	if (s->time_interval == 0)
		return;
	if (l->len == l->room) {
		l->room = l->room > 0 ? l->room * 2 : 8;
		l->list = mem_resize(l->list, l->room * sizeof(*l->list));
	}
	p = &l->list[l->len++];
	old = find(l->d, s->sid);
	*p = (struct periodic){.sid = s->sid, .interval = s->time_interval};
	p->due = old != NULL && old->interval == p->interval ? old->due
							     : l->now + p->interval;
}

void periodic_update(struct delivery *d)
{
	struct listing l = {.d = d, .now = clock_monotonic()};

	match_each(d->matcher, list_one, &l);
	free(d->periodic);
	d->periodic = l.list;
	d->periodic_len = l.len;
	pthread_cond_signal(&d->periodic_wake);
}

static void make_query(const struct subscription *s, unsigned limit, int64_t now,
	struct arena *a, struct entity_query *q)
{
	struct entity_selector *list =
		arena_array(a, struct entity_selector, s->selectors_len + 1);

	for (size_t i = 0; i < s->selectors_len; i++) {
		const struct selector *from = &s->selectors[i];

		list[i] = (struct entity_selector){
			.type = from->type,
			.ids = from->ids,
			.ids_len = from->ids_len,
			.id_pattern =
				from->id_pattern != NULL ? from->id_pattern->text : NULL,
		};
	}
	*q = (struct entity_query){
		.tenant = s->tenant,
		.selectors = list,
		.selectors_len = s->selectors_len,
		.q = s->q,
		.geo = s->geo,
		.scope = s->scope,
		.limit = limit,
		.now = now,
	};
}

/* 5.8.6: all that matches, and nothing where nothing does. */
static int notify(
	struct delivery *d, struct pg *pg, const struct subscription *s, struct err *err)
{
	int64_t now = clock_now();
	auto_entity_page page = {0};
	struct entity_query query;
	auto_strbuf text = {0};
	auto_arena a = {0};
	const char **docs;
	size_t *lens;

	if (subscription_status(s, now) != SUBSCRIPTION_ACTIVE)
		return 0;
	make_query(s, d->config.page, now, &a, &query);
	if (entities_query(pg, d->config.index, &query, &a, &page, err) < 0)
		return -1;
	if (page.len == 0)
		return 0;
	docs = arena_array(&a, const char *, page.len);
	lens = arena_array(&a, size_t, page.len);
	for (size_t i = 0; i < page.len; i++) {
		docs[i] = page.docs[i].text;
		lens[i] = page.docs[i].len;
	}
	event_write_periodic(docs, lens, page.len, &text);
	if (outbox_add(pg, s->sid, s->tenant, now, "", text.data, text.len, err) < 0)
		return -1;
	metric_add(METRIC_notifications_matched_total, 1);
	delivery_wake(d, s->sid);
	return 0;
}

static int notify_of_sources(
	struct delivery *d, struct pg *pg, const struct subscription *s, struct err *err)
{
	if (sources_tell(pg, s, clock_now(), err) < 0)
		return -1;
	delivery_wake(d, s->sid);
	return 0;
}

/* The next one that is due and ours, at a later time again; 0: none. */
static int64_t take(struct delivery *d, int64_t *next)
{
	int64_t now = clock_monotonic();

	for (size_t i = 0; i < d->periodic_len; i++) {
		struct periodic *p = &d->periodic[i];

		if (p->due <= now) {
			p->due += p->interval;
			if (p->due <= now) /* we were late: once is enough */
				p->due = now + p->interval;
			if (d->owned[outbox_shard(p->sid)])
				return p->sid;
		}
		if (p->due < *next)
			*next = p->due;
	}
	return 0;
}

static void run_one(struct delivery *d, struct pg *pg, int64_t sid)
{
	struct matcher *m = book_now(d->config.book);
	const struct subscription *s = m != NULL ? match_get(m, sid) : NULL;
	struct err err = {0};

	int rc = 0;

	if (s != NULL)
		rc = s->of_sources ? notify_of_sources(d, pg, s, &err)
				   : notify(d, pg, s, &err);
	if (rc < 0)
		log_warn("a periodic notification is left out subscription=%.150s: %s",
			s->id, err.detail);
	match_unref(m);
}

/* What the thread does beside. */
struct rounds {
	struct delivery *d;
	struct pg *pg;
	struct steady clock;
	bool first; /* of several brokers on one database this is the one to do it */
};

static void sweep(struct rounds *r)
{
	const struct outbox_limits *limits = &r->d->config.limits;
	bool more = r->first, stop = false, jumped;
	int64_t now = steady_now(
		&r->clock, clock_now(), clock_monotonic(), limits->retention, &jumped);
	struct err err = {0};

	if (jumped && r->first)
		log_warn("the clock jumped ahead: until outbox-retention has passed, "
			 "nothing is given up because of it");
	while (more && !stop) {
		if (outbox_sweep(r->pg, limits, now, &more, &err) < 0) {
			log_warn("the outbox was not swept: %s", err.detail);
			return;
		}
		pthread_mutex_lock(&r->d->lock);
		stop = r->d->stop;
		pthread_mutex_unlock(&r->d->lock);
	}
}

static void count(struct rounds *r)
{
	struct outbox_counts c;
	struct err err = {0};

	if (outbox_counts(r->pg, &c, &err) < 0)
		return;
	metric_set(METRIC_outbox_matched, c.matched);
	metric_set(METRIC_outbox_delivered, c.delivered);
	metric_set(METRIC_outbox_merged, c.merged);
	metric_set(METRIC_outbox_dead, c.dead);
	metric_set(METRIC_outbox_dropped, c.dropped);
	metric_set(METRIC_outbox_pending, c.pending);
	metric_set(METRIC_outbox_dead_letters, c.letters);
}

static void expire(struct rounds *r)
{
	struct err err = {0};

	if (r->first &&
		sources_expire(r->d, r->d->config.book, r->pg, clock_now(), &err) < 0)
		log_warn("registrations that have expired stay for now: %s", err.detail);
}

static const struct {
	int64_t every; /* us */
	void (*run)(struct rounds *r);
} chores[] = {{30 * SECOND, sweep}, {5 * SECOND, count}, {SECOND, expire}};
#define CHORES (sizeof(chores) / sizeof(chores[0]))

/* Does what is due; lowers *next to when something is again. */
static void do_chores(struct rounds *r, int64_t due[CHORES], int64_t *next)
{
	int64_t now = clock_monotonic();

	for (size_t i = 0; i < CHORES; i++) {
		if (now >= due[i]) {
			due[i] = now + chores[i].every;
			chores[i].run(r);
		}
		if (due[i] < *next)
			*next = due[i];
	}
}

/* With the lock: sleeps until something is due.  false: it is over. */
static bool sleep_until(struct delivery *d, int64_t at)
{
	struct timespec ts = {at / 1000000, at % 1000000 * 1000};

	if (!d->stop && clock_monotonic() < at)
		pthread_cond_timedwait(&d->periodic_wake, &d->lock, &ts);
	return !d->stop;
}

static void *periodic_main(void *arg)
{
	struct delivery *d = arg;
	struct pg_config config = *d->config.pg;
	struct rounds r = {.d = d};
	int64_t due[CHORES], next;

	for (size_t i = 0; i < CHORES; i++)
		due[i] = clock_monotonic() + SECOND;
	steady_init(&r.clock, clock_now(), clock_monotonic());
	config.reader = true;
	r.pg = pg_open(&config);
	pthread_mutex_lock(&d->lock);
	do {
		int64_t sid;

		r.first = d->owned[0];
		next = INT64_MAX;
		sid = take(d, &next);
		pthread_mutex_unlock(&d->lock);
		if (sid != 0) {
			run_one(d, r.pg, sid);
			next = 0;
		}
		do_chores(&r, due, &next);
		pthread_mutex_lock(&d->lock);
	} while (sleep_until(d, next));
	pthread_mutex_unlock(&d->lock);
	pg_close(r.pg);
	return NULL;
}

int periodic_start(struct delivery *d, struct err *err)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&d->periodic_wake, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&d->periodic_thread, NULL, periodic_main, d) != 0)
		return err_set(err, ERR_INTERNAL,
			"cannot start the thread of periodic subscriptions");
	d->periodic_started = true;
	return 0;
}

void periodic_stop(struct delivery *d)
{
	if (!d->periodic_started)
		return;
	pthread_mutex_lock(&d->lock);
	pthread_cond_signal(&d->periodic_wake);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->periodic_thread, NULL);
	pthread_cond_destroy(&d->periodic_wake);
	free(d->periodic);
	d->periodic = NULL;
	d->periodic_len = 0;
}
