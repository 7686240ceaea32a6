/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue of one subscription.  An item may go out when nothing before it is of the same
 * entity; one that its receiver refuses again and again while it takes others is given up.
 */
#include "delivery_priv.h"

#include <base/clock.h>
#include <base/mem.h>
#include <base/metrics.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BUSY    64 /* entities that are looked past */
#define HOST    64 /* notifications to one endpoint at once, whoever's they are */
#define LOADED  16384 /* items that all queues share */
#define LEAST   4 /* for each, however many they are */
#define FAILING 8 /* for one whose endpoint fails */

struct queue *queue_find(struct delivery *d, int64_t sid)
{
	struct queue *q;

	HASH_FIND(hh, d->queues, &sid, sizeof(sid), q);
	return q;
}

struct queue *queue_get(struct delivery *d, int64_t sid)
{
	struct queue *q = queue_find(d, sid);

	if (q != NULL)
		return q;
	q = mem_alloc(sizeof(*q));
	q->sid = sid;
	q->fresh = true;
	q->last = &q->items;
	q->owned = d->owned[outbox_shard(sid)];
	HASH_ADD(hh, d->queues, sid, sizeof(q->sid), q);
	return q;
}

void queue_list(struct delivery *d, struct queue *q)
{
	if (q->listed)
		return;
	q->listed = true;
	q->next = NULL;
	*d->todo_last = q;
	d->todo_last = &q->next;
}

void queue_add(struct delivery *d, struct queue *q, struct item *it)
{
	d->busy += q->len == 0;
	it->queue = q;
	it->next = NULL;
	*q->last = it;
	q->last = &it->next;
	q->len++;
}

void queue_left(struct delivery *d, struct queue *q)
{
	q->len--;
	d->busy -= q->len == 0;
}

void breaker_unref(struct delivery *d, struct breaker *b)
{
	if (b == NULL || --b->refs > 0)
		return;
	HASH_DEL(d->breakers, b);
	free(b->origin);
	free(b);
}

/* Scheme, host and port. */
static struct breaker *breaker_get(struct delivery *d, const char *uri)
{
	const char *host = strstr(uri, "://");
	size_t len = host != NULL ? (size_t)(host - uri) + 3 : 0;
	struct breaker *b;

	len += strcspn(uri + len, "/?#");
	HASH_FIND(hh, d->breakers, uri, len, b);
	if (b == NULL) {
		b = mem_alloc(sizeof(*b));
		b->origin = mem_strndup(uri, len);
		b->last = &b->first;
		HASH_ADD_KEYPTR(hh, d->breakers, b->origin, len, b);
	}
	b->refs++;
	return b;
}

static void wait_for_breaker(struct queue *q)
{
	struct breaker *b = q->breaker;

	if (q->waits)
		return;
	q->waits = true;
	q->after = NULL;
	*b->last = q;
	b->last = &q->after;
}

static void wait_no_more(struct queue *q)
{
	struct queue **p;

	if (!q->waits)
		return;
	q->waits = false;
	for (p = &q->breaker->first; *p != q; p = &(*p)->after)
		;
	*p = q->after;
	if (q->breaker->last == &q->after)
		q->breaker->last = p;
}

void breaker_landed(struct delivery *d, struct breaker *b)
{
	struct queue *q;

	b->flying--;
	while (b->flying < HOST && (q = b->first) != NULL) {
		wait_no_more(q);
		queue_pump(d, q);
	}
}

static void look_anew(struct queue *q)
{
	q->more = true;
	q->looked = 0;
	q->seen = q->marks[0] = q->marks[1] = 0;
}

void queue_unload(struct delivery *d, struct queue *q, bool lose)
{
	struct item **p = &q->items, *it;

	while ((it = *p) != NULL) {
		if (it->state == ITEM_FLYING && !lose) {
			p = &it->next;
			continue;
		}
		*p = it->next;
		queue_left(d, q);
		if (it->state == ITEM_FLYING) {
			it->state = ITEM_LOST;
			q->flying--;
			q->lost++;
			continue;
		}
		if (it->state != ITEM_WAITING) {
			q->finished--;
		}
		item_free(it);
	}
	q->last = p;
	q->stale = false;
	look_anew(q);
	if (lose)
		q->fresh = true;
}

void queue_trim(struct delivery *d, struct queue *q)
{
	struct item **p = &q->items, *it;
	size_t kept = 0;

	if (q->failures < 2 || q->flying > 0 || q->len <= FAILING)
		return;
	while ((it = *p) != NULL) {
		if (kept < FAILING || it->state != ITEM_WAITING || it->attempts > 0) {
			kept++;
			p = &it->next;
			continue;
		}
		*p = it->next;
		queue_left(d, q);
		item_free(it);
		look_anew(q);
	}
	q->last = p;
}

void queue_free(struct delivery *d, struct queue *q)
{
	assert(q->flying + q->lost == 0 && !q->listed);
	queue_unload(d, q, true);
	heap_remove(d, q);
	wait_no_more(q);
	HASH_DEL(d->queues, q);
	breaker_unref(d, q->breaker);
	subscription_unref(q->sub);
	strbuf_fini(&q->log);
	free(q->numbered);
	free(q);
}

void queue_subscribe(struct delivery *d, struct queue *q, const struct subscription *sub)
{
	if (q->sub == sub)
		return;
	wait_no_more(q);
	breaker_unref(d, q->breaker);
	q->breaker = sub != NULL ? breaker_get(d, sub->endpoint.uri) : NULL;
	subscription_unref(q->sub);
	q->sub = sub != NULL ? subscription_ref(sub) : NULL;
	q->edition++;
	/* What waits is to be written anew, and may go to another place at once. */
	if (q->len > 0)
		queue_unload(d, q, false);
	q->failures = 0;
	q->not_before = 0;
}

bool queue_throttled(const struct queue *q)
{
	return q->sub != NULL && (q->sub->throttling > 0 || q->sub->time_interval > 0);
}

bool item_is_suspect(const struct item *it)
{
	return it->refused && it->attempts >= REFUSALS && !it->last_chance;
}

/* Is there anything to try that was not refused again and again? */
static bool has_candidate(const struct queue *q)
{
	for (const struct item *it = q->items; it != NULL; it = it->next)
		if (it->state == ITEM_FLYING ||
			(it->state == ITEM_WAITING && !item_is_suspect(it)))
			return true;
	return false;
}

/* How much of the outbox a queue may hold: all of it waits there, not here. */
static size_t window(const struct delivery *d, size_t others)
{
	size_t share = LOADED / (d->busy + others + 1);

	return share < LEAST ? LEAST : share > OUTBOX_WINDOW ? OUTBOX_WINDOW : share;
}

unsigned queue_room(struct delivery *d, struct queue *q, size_t others, int64_t now)
{
	size_t most = window(d, others);
	int64_t due;

	if (!q->owned || q->sub == NULL || !q->sub->active || !q->more || q->lost > 0)
		return 0;
	if (queue_throttled(q)) {
		due = q->fresh || q->last_start == 0 ? now
						     : q->last_start + q->sub->throttling;
		if (q->len > 0)
			return 0;
		if (due > now) {
			heap_put(d, q, due);
			return 0;
		}
		return OUTBOX_WINDOW;
	}
	if (q->failures > 0)
		return has_candidate(q) ? 0 : FAILING;
	/* Numbers of what is done go when something is loaded; behind one that does not get
	 * through they would pile up. */
	if (q->len > 0 && q->numbered_len > (size_t)8 * OUTBOX_WINDOW)
		return 0;
	if (q->len > most - most / 4)
		return 0; /* some at a time */
	return q->len < most ? (unsigned)(most - q->len) : 0;
}

/* A number between half of it and all of it. */
static int64_t jitter(struct delivery *d, int64_t us)
{
	d->random ^= d->random << 13;
	d->random ^= d->random >> 7;
	d->random ^= d->random << 17;
	return us / 2 + (int64_t)(d->random % ((uint64_t)us / 2 + 1));
}

int64_t delivery_pause(struct delivery *d, unsigned failures)
{
	int64_t us = d->config.retry_ms * INT64_C(1000);
	int64_t most = d->config.retry_max_ms * INT64_C(1000);

	for (unsigned i = 1; i < failures && us < most; i++)
		us *= 2;
	return jitter(d, us < most ? us : most);
}

static struct item *next_item(const struct queue *q)
{
	struct item *suspect = NULL;
	uint64_t busy[BUSY];
	size_t n = 0, i;

	for (struct item *it = q->items; it != NULL; it = it->next) {
		bool waits = it->state == ITEM_WAITING;

		if (!waits && it->state != ITEM_FLYING)
			continue;
		for (i = 0; i < n && busy[i] != it->entity && it->entity != 0; i++)
			;
		if (waits && i == n && !item_is_suspect(it))
			return it;
		if (waits && suspect == NULL && i == n)
			suspect = it;
		if (n == BUSY || it->entity == 0)
			break;
		busy[n++] = it->entity;
	}
	return q->flying == 0 ? suspect : NULL;
}

static void take_off(struct delivery *d, struct queue *q, struct item *it)
{
	it->state = ITEM_FLYING;
	it->breaker = q->breaker;
	it->breaker->refs++;
	it->breaker->flying++;
	it->probe = it->breaker->failures > 0;
	it->breaker->probing |= it->probe;
	q->flying++;
	d->flying++;
	q->last_start = clock_monotonic();
	metric_set(METRIC_notifications_flying, (int64_t)d->flying);
	sender_submit(d->sender, &it->message);
}

/* May the queue send at all, and how many at once? */
static size_t limit(struct delivery *d, struct queue *q, int64_t now)
{
	struct breaker *b = q->breaker;

	if (!q->owned || q->sub == NULL || !q->sub->active || q->lost > 0 || q->stale ||
		d->stop)
		return 0;
	if (now < q->not_before) {
		heap_put(d, q, q->not_before);
		return 0;
	}
	if (b->failures > 0 && (b->probing || now < b->until)) {
		heap_put(d, q, b->probing ? now + 200000 : b->until);
		return 0;
	}
	return q->failures > 0 || b->failures > 0 ? 1 : d->config.parallel;
}

void queue_pump(struct delivery *d, struct queue *q)
{
	int64_t now = clock_monotonic();
	size_t most = q->items != NULL ? limit(d, q, now) : 0;
	struct item *it;

	q->used = now;
	while (q->flying < most && (it = next_item(q)) != NULL) {
		if (q->breaker->flying >= HOST) {
			wait_for_breaker(q);
			break;
		}
		take_off(d, q, it);
	}
}
