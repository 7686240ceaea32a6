/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker takes the oldest request; where it is one that its route can handle together with
 * others, it takes along what else of that kind waits.  So a lonely request goes at once.
 *
 * Where all of a route go together, they gather when as many batches are under way as there
 * are processors: one more would only divide what the next can take, and a small batch costs
 * several times as much a request as a large one.  They go when a batch ends, or half of the
 * next is there, or the ones under way turn out to be slow: those wait for a disk.
 */
#include "pool.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/mem.h>
#include <base/metrics.h>
#include <http/server.h>

#include "batch.h"
#include "exchange.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SMALL   8 /* of them, different questions: other workers are to have some, too */
#define LOOKED  128 /* of the queue, at most, to find them */
#define ENOUGH  (BATCH_MOST / 2) /* for one batch more than there are processors */
#define SLOW_US 1000 /* a batch that takes longer holds nobody up */
#define STAGED  8 /* requests that may wait for company before they are queued */

#define COMPANY_ALL 2

/* What waits and what is under way of a route of which all go together; the lock's. */
struct crowd {
	const struct route *route;
	struct crowd *next;
	unsigned waiting, batches;
	int64_t began; /* monotonic; the newest batch */
};

struct pool {
	const struct server_config *config;
	struct crowd *crowds; /* the list is the HTTP thread's */
	unsigned processors;
	struct exchange *staged, **staged_tail; /* the HTTP thread's, not queued yet */
	unsigned staged_len;
	_Atomic unsigned len; /* of the queue; changed with the lock */
	pthread_mutex_t lock; /* guards all below; held for a few list steps only */
	pthread_cond_t work;
	struct exchange *head, **tail;
	unsigned sleeping;
	_Atomic bool
		gathers; /* a worker sleeps while something waits; set with the lock */
	bool closing;
	unsigned nthreads;
	pthread_t threads[];
};

/* Takes out of the queue what goes with the first of the batch. */
static void take_companions(struct pool *p, struct batch *b)
{
	const struct route *route = b->x[0]->req.route;
	uint64_t company = b->x[0]->company;
	int others = company & COMPANY_SMALL ? SMALL - 1 : 0;
	struct exchange **at = &p->head;

	for (int i = 0; i < LOOKED && *at != NULL && b->len < BATCH_MOST; i++) {
		struct exchange *x = *at;

		bool same = x->company == company,
		     other = others > 0 && (x->company & COMPANY_SMALL) != 0;

		if (!(same || other) || !exchange_is_new(x) || x->req.route != route) {
			at = &x->next;
			continue;
		}
		others -= !same;
		*at = x->next;
		if (*at == NULL)
			p->tail = at;
		b->x[b->len++] = x;
	}
}

static bool may_go(const struct pool *p, const struct exchange *x)
{
	const struct crowd *c = x->crowd;

	return c == NULL || !exchange_is_new(x) || c->batches < p->processors ||
		c->waiting >= ENOUGH || clock_monotonic() - c->began > SLOW_US;
}

/* The link to the oldest that may go; to NULL where there is none.  Those that may not are
 * fewer than ENOUGH a route. */
static struct exchange **first(struct pool *p)
{
	struct exchange **at = &p->head;

	while (*at != NULL && !may_go(p, *at))
		at = &(*at)->next;
	return at;
}

/* Called with the lock. */
static void batch_begins(struct batch *b)
{
	struct crowd *c = b->crowd;

	if (c == NULL)
		return;
	c->waiting -= (unsigned)b->len;
	c->batches++;
	c->began = clock_monotonic();
}

/* Called with the lock. */
static void batch_ended(const struct batch *b)
{
	if (b->crowd != NULL)
		b->crowd->batches--;
}

/* Called with the lock; false: the pool closes. */
static bool take(struct pool *p, struct batch *b)
{
	struct exchange *x, **at;

	while (p->closing || *(at = first(p)) == NULL) {
		if (p->closing)
			return false;
		p->sleeping++;
		p->gathers = p->head != NULL;
		pthread_cond_wait(&p->work, &p->lock);
	}
	x = *at;
	*at = x->next;
	if (*at == NULL)
		p->tail = at;
	b->x[0] = x;
	b->len = 1;
	b->crowd = exchange_is_new(x) ? x->crowd : NULL;
	if (x->company != 0 && exchange_is_new(x))
		take_companions(p, b);
	batch_begins(b);
	p->len -= (unsigned)b->len;
	return true;
}

/* Called with the lock.  Where something may go and somebody sleeps, one is called, who then
 * calls the next if there is work left.  The caller counts the sleeper out, so that two
 * calls never mean the same. */
static void unlock_and_call(struct pool *p)
{
	bool call = p->sleeping > 0 && *first(p) != NULL;

	p->sleeping -= call;
	p->gathers = p->sleeping > 0 && !call && p->head != NULL;
	pthread_mutex_unlock(&p->lock);
	if (call)
		pthread_cond_signal(&p->work);
}

static void *worker_main(void *cookie)
{
	struct pool *p = cookie;
	struct batch b;
	z_stream z = {0};

	if (deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	pthread_mutex_lock(&p->lock);
	while (take(p, &b)) {
		unlock_and_call(p);
		metric_add(METRIC_pool_workers_busy, 1);
		metric_add(METRIC_pool_queue, -(int64_t)b.len);
		batch_run(&b, p->config, &z);
		metric_add(METRIC_pool_workers_busy, -1);
		pthread_mutex_lock(&p->lock);
		batch_ended(&b);
	}
	pthread_mutex_unlock(&p->lock);
	(void)deflateEnd(&z);
	return NULL;
}

/* At least two, so that of two clients neither waits for the other. */
static unsigned processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 2 ? (unsigned)n : 2;
}

struct pool *pool_new(const struct server_config *config, struct err *err)
{
	unsigned n = config->workers > 0 ? config->workers : 1;
	struct pool *p = mem_alloc(sizeof(*p) + n * sizeof(p->threads[0]));

	p->config = config;
	p->processors = processors();
	p->tail = &p->head;
	p->staged_tail = &p->staged;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	while (p->nthreads < n) {
		if (pthread_create(&p->threads[p->nthreads], NULL, worker_main, p) != 0) {
			(void)err_set(err, ERR_UNAVAILABLE, "cannot start %u workers", n);
			pool_free(p);
			return NULL;
		}
		(void)pthread_setname_np(p->threads[p->nthreads++], "worker");
	}
	return p;
}

static struct crowd *crowd_of(struct pool *p, const struct route *route)
{
	struct crowd *c = p->crowds;

	while (c != NULL && c->route != route)
		c = c->next;
	if (c != NULL)
		return c;
	c = mem_alloc(sizeof(*c));
	c->route = route;
	c->next = p->crowds;
	p->crowds = c;
	return c;
}

int pool_submit(struct pool *p, struct exchange *x)
{
	const struct together *together = x->req.route->together;
	unsigned len =
		atomic_load_explicit(&p->len, memory_order_relaxed) + p->staged_len;

	if (len >= p->config->queue) {
		metric_add(METRIC_pool_refused_total, 1);
		return -1;
	}
	if (together != NULL)
		x->company = together->company != NULL ? together->company(&x->req)
						       : COMPANY_ALL;
	if (together != NULL && together->company == NULL)
		x->crowd = crowd_of(p, x->req.route);
	pool_stage(p, x);
	return 0;
}

void pool_stage(struct pool *p, struct exchange *x)
{
	x->next = NULL;
	*p->staged_tail = x;
	p->staged_tail = &x->next;
	if (++p->staged_len == STAGED)
		pool_flush(p);
}

void pool_flush(struct pool *p)
{
	unsigned n = p->staged_len;

	if (n == 0)
		return;
	metric_add(METRIC_pool_queue, n);
	pthread_mutex_lock(&p->lock);
	for (struct exchange *x = p->staged; x != NULL; x = x->next)
		if (x->crowd != NULL && exchange_is_new(x))
			x->crowd->waiting++;
	*p->tail = p->staged;
	p->tail = p->staged_tail;
	p->len += n;
	p->staged = NULL;
	p->staged_tail = &p->staged;
	p->staged_len = 0;
	unlock_and_call(p);
}

bool pool_gathers(const struct pool *p)
{
	return atomic_load_explicit(&p->gathers, memory_order_relaxed);
}

bool pool_waits(const struct pool *p)
{
	return atomic_load_explicit(&p->len, memory_order_relaxed) > 0;
}

void pool_look(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	unlock_and_call(p);
}

int pool_push(struct pool *p, struct exchange *x)
{
	pthread_mutex_lock(&p->lock);
	if (p->closing) {
		pthread_mutex_unlock(&p->lock);
		return -1;
	}
	x->next = p->head;
	if (p->head == NULL)
		p->tail = &x->next;
	p->head = x;
	p->len++;
	metric_add(METRIC_pool_queue, 1);
	unlock_and_call(p);
	return 0;
}

int pool_append(struct pool *p, struct exchange *x)
{
	pthread_mutex_lock(&p->lock);
	if (p->closing) {
		pthread_mutex_unlock(&p->lock);
		return -1;
	}
	x->next = NULL;
	*p->tail = x;
	p->tail = &x->next;
	p->len++;
	metric_add(METRIC_pool_queue, 1);
	unlock_and_call(p);
	return 0;
}

void pool_stop(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->closing = true;
	pthread_mutex_unlock(&p->lock);
	pthread_cond_broadcast(&p->work);
	for (unsigned i = 0; i < p->nthreads; i++)
		pthread_join(p->threads[i], NULL);
	p->nthreads = 0;
	while (p->head != NULL) {
		struct exchange *x = p->head;

		p->head = x->next;
		metric_add(METRIC_pool_queue, -1);
		x->pulled = PULLED_BROKEN;
		exchange_give_up(x);
		exchange_done(x);
	}
}

void pool_free(struct pool *p)
{
	if (p == NULL)
		return;
	pool_stop(p);
	while (p->crowds != NULL) {
		struct crowd *c = p->crowds;

		p->crowds = c->next;
		free(c);
	}
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
