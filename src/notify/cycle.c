/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exchange with the outbox: the queues on the list tell what was done and take what is
 * due, all in one transaction.  What comes of it is written without the lock, then queued.
 */
#include "delivery_priv.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/mem.h>
#include <notify/book.h>
#include <notify/event.h>
#include <notify/match.h>

#include <stdlib.h>
#include <string.h>

#define QUEUES 128 /* a cycle */
#define BREATH 2000 /* us: between cycles, so that what comes meanwhile goes together … */
#define BUSY   32 /* … from as many events a cycle on … */
#define DEEP   10000 /* … for longer: a cycle costs as much as some 30 events in it */
#define LATE   200000 /* us: what is committed this much later than what came after it … */
#define ALL    1000000 /* us: … waits as long, until all is looked at */

struct batch {
	struct delivery *d;
	struct arena *a;
	struct queue *queue[QUEUES];
	size_t queues;
	struct outbox_done *done;
	size_t done_len, done_room;
	struct outbox_sent sent[QUEUES];
	size_t sent_len;
	struct outbox_log log[QUEUES];
	size_t log_len;
	struct outbox_load load[QUEUES];
	struct queue *loading[QUEUES];
	size_t load_len;
	bool unknown; /* some subscription is not in memory */
};

static struct outbox_done *add_done(struct batch *b)
{
	if (b->done_len == b->done_room) {
		struct outbox_done *more;

		b->done_room = b->done_room > 0 ? b->done_room * 2 : 256;
		more = arena_array(b->a, struct outbox_done, b->done_room);
		if (b->done_len > 0)
			memcpy(more, b->done, b->done_len * sizeof(*more));
		b->done = more;
	}
	return &b->done[b->done_len++];
}

static void collect_item(struct batch *b, const struct queue *q, const struct item *it)
{
	bool dead = it->state == ITEM_DEAD;
	const char *reason = dead ? arena_strdup(b->a, it->reason) : NULL;

	for (size_t i = 0; i < it->merged_len; i++)
		*add_done(b) = (struct outbox_done){
			.sid = q->sid,
			.event = it->merged[i],
			.fate = dead ? OUTBOX_DEAD : OUTBOX_MERGED,
			.attempts = it->attempts,
			.reason = reason,
		};
	*add_done(b) = (struct outbox_done){
		.sid = q->sid,
		.event = it->event,
		.number = it->number,
		.fate = dead ? OUTBOX_DEAD : OUTBOX_DELIVERED,
		.attempts = it->attempts,
		.reason = reason,
	};
}

/* Takes out what is finished. */
static void collect_items(struct batch *b, struct queue *q)
{
	struct item **p = &q->items, *it;

	while (q->finished > 0 && (it = *p) != NULL) {
		if (it->state != ITEM_DONE && it->state != ITEM_DEAD) {
			p = &it->next;
			continue;
		}
		collect_item(b, q, it);
		*p = it->next;
		if (q->last == &it->next)
			q->last = p;
		queue_left(b->d, q);
		q->finished--;
		item_free(it);
	}
}

static void collect_counts(struct batch *b, struct queue *q)
{
	struct outbox_log *log;

	if (q->sent.sent > 0) {
		q->sent.sid = q->sid;
		b->sent[b->sent_len++] = q->sent;
		q->sent = (struct outbox_sent){0};
		q->saving = true;
	}
	if (q->log.len == 0)
		return;
	log = &b->log[b->log_len++];
	log->sid = q->sid;
	log->part = ++q->part;
	log->len = q->log.len;
	log->entries = arena_strndup(b->a, q->log.data, q->log.len);
	strbuf_reset(&q->log);
	q->log_len = 0;
}

static size_t list_events(const struct queue *q, int64_t *out)
{
	size_t n = 0;

	for (const struct item *it = q->items; it != NULL; it = it->next) {
		if (out != NULL)
			out[n] = it->event;
		n++;
		for (size_t i = 0; i < it->merged_len; i++, n++)
			if (out != NULL)
				out[n] = it->merged[i];
	}
	return n;
}

/*
 * The event that nothing due is before: whatever was delivered lies there, dead, until it is
 * swept.  Events are numbered before they are committed, so those numbered a moment ago may
 * still be missing.
 */
static int64_t look_after(struct queue *q, int64_t now)
{
	if (now - q->marked >= LATE) {
		q->marks[0] = q->marks[1];
		q->marks[1] = q->seen;
		q->marked = now;
	}
	if (q->fresh || queue_throttled(q) || q->looked == 0 || now - q->looked >= ALL) {
		q->looked = now;
		return 0;
	}
	return q->marks[0];
}

static void plan_load(struct batch *b, struct queue *q)
{
	int64_t now = clock_monotonic();
	unsigned room = queue_room(b->d, q, b->load_len, now);
	struct outbox_load *l = &b->load[b->load_len];
	int64_t *have;

	if (room == 0)
		return;
	*l = (struct outbox_load){
		.sid = q->sid,
		.fresh = q->fresh,
		.merge = queue_throttled(q),
		.most = room,
		.after = look_after(q, now),
		.sequence = q->sequence,
		.numbered = q->numbered,
		.numbered_len = q->numbered_len,
	};
	l->have_len = list_events(q, NULL);
	have = arena_array(b->a, int64_t, l->have_len + 1);
	(void)list_events(q, have);
	l->have = have;
	q->more = false;
	b->loading[b->load_len++] = q;
}

static void take_due(struct delivery *d)
{
	int64_t now = clock_monotonic();
	struct queue *q;

	while ((q = heap_due(d, now)) != NULL)
		queue_list(d, q);
}

static void take_queue(struct batch *b, struct queue *q)
{
	struct delivery *d = b->d;

	if (!q->owned) {
		queue_unload(d, q, true);
		return;
	}
	if (q->sub == NULL && d->matcher != NULL)
		queue_subscribe(d, q, match_get(d->matcher, q->sid));
	b->unknown |= q->sub == NULL;
	b->queue[b->queues++] = q;
	collect_items(b, q);
	collect_counts(b, q);
	if (q->stale)
		queue_unload(d, q, false);
	queue_trim(d, q);
	plan_load(b, q);
}

static void collect(struct batch *b)
{
	struct delivery *d = b->d;

	pthread_mutex_lock(&d->lock);
	take_due(d);
	d->cycles_begun++;
	d->urgent = false;
	while (d->todo != NULL && b->queues < QUEUES) {
		struct queue *q = d->todo;

		d->todo = q->next;
		q->listed = false;
		take_queue(b, q);
	}
	if (d->todo == NULL)
		d->todo_last = &d->todo;
	else
		d->urgent = true;
	pthread_mutex_unlock(&d->lock);
}

static bool is_among(int64_t event, const int64_t *list, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (list[i] == event)
			return true;
	return false;
}

static bool is_loaded(int64_t event, const struct outbox_load *l)
{
	if (is_among(event, l->have, l->have_len))
		return true;
	for (size_t i = 0; i < l->len; i++)
		if (l->events[i].event == event)
			return true;
	return l->more && l->len > 0 && event > l->events[l->len - 1].event;
}

/* It was notified not long ago, by somebody else maybe: then it is too early. */
static bool is_early(struct delivery *d, struct queue *q, const struct outbox_load *l)
{
	int64_t now = clock_monotonic(), age = clock_now() - l->last;
	int64_t gap = q->sub->throttling;
	bool early;

	if (!l->fresh || !l->merge || l->last == 0 || gap == 0)
		return false;
	if (age < 0)
		age = 0;
	early = age < gap;
	pthread_mutex_lock(&d->lock);
	q->last_start = now - age;
	if (early) {
		heap_put(d, q, q->last_start + gap);
		q->more = true;
	}
	pthread_mutex_unlock(&d->lock);
	return early;
}

static struct queue *queue_of(struct batch *b, const struct outbox_load *l)
{
	return b->loading[l - b->load];
}

/* A notification of sources has one reason (5.3.2): what has another one goes later. */
static void keep_alike(struct outbox_load *l)
{
	const struct outbox_event *first = l->events;

	for (size_t i = 1; i < l->len; i++) {
		const struct outbox_event *e = &l->events[i];

		if (event_same_trigger(
			    first->body, first->body_len, e->body, e->body_len))
			continue;
		l->len = i;
		l->more = true;
	}
}

/* Numbers what has none, in the order of the events.  Of several that go together the last
 * one has the number. */
static void number(void *self, struct outbox_load *l, struct arena *a)
{
	struct batch *b = self;
	struct queue *q = queue_of(b, l);
	int64_t *list, greatest = 0;
	size_t first = 0, n = 0;

	if (l->fresh)
		q->part = l->part;
	if (is_early(b->d, q, l))
		l->len = 0;
	if (l->merge && q->sub->of_sources)
		keep_alike(l);
	while (first < l->numbered_len && !is_loaded(l->numbered[first], l))
		first++;
	list = arena_array(a, int64_t, l->numbered_len + l->len + 1);
	for (size_t i = first; i < l->numbered_len; i++) {
		list[n++] = l->numbered[i];
		if (l->numbered[i] > greatest)
			greatest = l->numbered[i];
	}
	for (size_t i = l->merge && l->len > 0 ? l->len - 1 : 0; i < l->len; i++) {
		int64_t event = l->events[i].event;

		if (event <= greatest && is_among(event, list, n))
			continue;
		list[n++] = event;
		l->sequence++;
	}
	l->numbered = list;
	l->numbered_len = n;
}

static int64_t number_of(const struct outbox_load *l, int64_t event)
{
	for (size_t i = l->numbered_len; i > 0; i--)
		if (l->numbered[i - 1] == event)
			return l->sequence - (int64_t)(l->numbered_len - i);
	return 0;
}

static void keep_numbers(struct queue *q, const struct outbox_load *l)
{
	q->fresh = false;
	q->sequence = l->sequence;
	q->numbered_len = l->numbered_len;
	q->numbered = mem_resize(q->numbered, (l->numbered_len + 1) * sizeof(int64_t));
	if (l->numbered_len > 0)
		memcpy(q->numbered, l->numbered, l->numbered_len * sizeof(int64_t));
}

/* The new items, in a chain. */
static struct item *make_items(
	struct delivery *d, struct queue *q, const struct outbox_load *l)
{
	struct item *first = NULL, **last = &first;

	if (l->merge && l->len > 0)
		return item_new(d, q->sub, l->events, l->len,
			number_of(l, l->events[l->len - 1].event));
	for (size_t i = 0; i < l->len; i++) {
		const struct outbox_event *e = &l->events[i];

		*last = item_new(d, q->sub, e, 1, number_of(l, e->event));
		last = &(*last)->next;
	}
	return first;
}

static void enqueue(struct batch *b, struct outbox_load *l)
{
	struct queue *q = queue_of(b, l);
	struct item *it, *next;

	keep_numbers(q, l);
	if (l->len > 0 && l->events[l->len - 1].event > q->seen)
		q->seen = l->events[l->len - 1].event;
	it = make_items(b->d, q, l);
	pthread_mutex_lock(&b->d->lock);
	for (; it != NULL; it = next) {
		next = it->next;
		it->edition = q->edition;
		queue_add(b->d, q, it);
		if (it->state == ITEM_DEAD) {
			q->finished++;
		}
	}
	if (l->more)
		q->more = true;
	queue_pump(b->d, q);
	if (q->finished > 0 || (q->more && q->failures == 0 && !l->merge))
		queue_list(b->d, q);
	pthread_mutex_unlock(&b->d->lock);
}

/* Nobody wants what is due for them: they were deleted. */
static int drop_unknown(struct batch *b, struct err *err)
{
	struct delivery *d = b->d;
	struct matcher *m;

	if (book_refresh(d->config.book, d->pg, &m, err) < 0)
		return -1;
	delivery_use(d, m);
	for (size_t i = 0; i < b->queues; i++) {
		struct queue *q = b->queue[i];

		if (q->sub != NULL)
			continue;
		if (outbox_drop(d->pg, q->sid, err) < 0)
			return -1;
		pthread_mutex_lock(&d->lock);
		queue_unload(d, q, true);
		q->more = false;
		pthread_mutex_unlock(&d->lock);
	}
	return 0;
}

static int exchange(struct batch *b, struct err *err)
{
	struct outbox_cycle cycle = {
		.session = b->d->session,
		.done = b->done,
		.done_len = b->done_len,
		.sent = b->sent,
		.sent_len = b->sent_len,
		.log = b->log,
		.log_len = b->log_len,
		.load = b->load,
		.load_len = b->load_len,
		.number = number,
		.self = b,
	};

	if (b->done_len + b->sent_len + b->log_len + b->load_len == 0)
		return 0;
	return outbox_cycle(b->d->pg, &cycle, b->a, err);
}

/* Who waits for the counts may read them. */
static void tell_saved(struct batch *b)
{
	struct delivery *d = b->d;

	pthread_mutex_lock(&d->lock);
	d->cycles_ended = d->cycles_begun;
	for (size_t i = 0; i < b->queues; i++)
		b->queue[i]->saving = false;
	pthread_cond_broadcast(&d->saved);
	pthread_mutex_unlock(&d->lock);
}

int cycle_run(struct delivery *d, struct err *err)
{
	struct batch *b;
	auto_arena a = {0};
	size_t moved;
	int rc;

	b = arena_new(&a, struct batch);
	b->d = d;
	b->a = &a;
	collect(b);
	rc = exchange(b, err);
	tell_saved(b);
	if (rc < 0)
		return -1;
	moved = b->done_len;
	for (size_t i = 0; i < b->load_len; i++) {
		moved += b->load[i].len;
		enqueue(b, &b->load[i]);
	}
	d->pause = moved >= BUSY ? DEEP : BREATH;
	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < b->queues; i++)
		queue_pump(d, b->queue[i]);
	pthread_mutex_unlock(&d->lock);
	return b->unknown ? drop_unknown(b, err) : 0;
}
