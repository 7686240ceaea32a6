/* SPDX-License-Identifier: Apache-2.0 */
/* What became of an attempt: on a thread of the sender's. */
#include "delivery_priv.h"

#include <base/clock.h>
#include <base/jn.h>
#include <base/metrics.h>

#include <inttypes.h>
#include <string.h>

#define LOGGED        50 /* attempts a cycle that the log keeps */
#define NO_HOST_PAUSE INT64_C(10000000) /* us; a name does not appear in a second */

/* Answers that are about the notification rather than about the moment. */
static bool is_refusal(const struct message *m)
{
	return m->status / 100 == 4 && m->status != 408 && m->status != 425 &&
		m->status != 429;
}

static void note(struct queue *q, const struct item *it, int64_t now)
{
	const struct message *m = &it->message;
	char text[CLOCK_TEXT];

	q->sent.sent++;
	q->sent.last_notification = now;
	if (m->ok)
		q->sent.last_success = now;
	else
		q->sent.last_failure = now;
	q->sent.failed += !m->ok;
	if (m->ok && q->log_len >= LOGGED)
		return;
	q->log_len++;
	strbuf_addf(&q->log,
		"%s{\"at\":\"%s\",\"event\":%" PRId64 ",\"sequence\":%" PRId64
		",\"attempt\":%u,\"result\":\"%s\",\"status\":%d,\"milliseconds\":%.3f",
		q->log.len > 0 ? "," : "", clock_format(now, text), it->event, it->number,
		it->attempts, m->ok ? "delivered" : "failed", m->status,
		(double)m->took / 1000);
	if (!m->ok) {
		strbuf_adds(&q->log, ",\"error\":");
		jn_write_string(&q->log, m->error, strlen(m->error));
	}
	strbuf_addc(&q->log, '}');
}

/* The endpoint answers again: who waited for that need not wait longer. */
static void release(struct delivery *d, struct breaker *b)
{
	struct queue *q, *tmp;

	b->failures = 0;
	b->until = 0;
	HASH_ITER (hh, d->queues, q, tmp) {
		if (q->breaker != b)
			continue;
		if (q->unreachable)
			q->not_before = 0;
		queue_list(d, q);
	}
	d->urgent = true;
}

static void breaker_note(struct delivery *d, struct breaker *b, const struct message *m)
{
	bool was_open = b->failures > 0;

	if (m->ok || m->status != 0) {
		if (was_open)
			release(d, b);
		return;
	}
	b->failures++;
	b->until = clock_monotonic() +
		(m->no_such_host ? NO_HOST_PAUSE : delivery_pause(d, b->failures));
}

static void finish(
	struct delivery *d, struct queue *q, struct item *it, enum item_state state)
{
	it->state = state;
	q->finished++;
	if (q->finished >= OUTBOX_WINDOW / 2)
		d->urgent = true;
}

/* It takes others: now it is seen whether it takes these. */
static void give_last_chances(struct queue *q)
{
	for (struct item *it = q->items; it != NULL; it = it->next)
		if (it->state == ITEM_WAITING && item_is_suspect(it))
			it->last_chance = true;
}

static void succeeded(struct delivery *d, struct queue *q, struct item *it)
{
	bool was_failing = q->failures > 0;

	finish(d, q, it, ITEM_DONE);
	q->failures = 0;
	q->unreachable = false;
	q->not_before = 0;
	give_last_chances(q);
	if (was_failing && q->more)
		d->urgent = true;
}

static void failed(struct delivery *d, struct queue *q, struct item *it)
{
	int64_t now = clock_monotonic(), pause, cooldown;

	it->state = ITEM_WAITING;
	if (it->edition != q->edition) {
		q->stale = true; /* to be written anew: it may go to another place now */
		return;
	}
	it->refused = is_refusal(&it->message);
	if (it->refused && it->last_chance) {
		it->reason = arena_printf(&it->arena, "refused %u times: %s",
			it->attempts, it->message.error);
		finish(d, q, it, ITEM_DEAD);
		return;
	}
	q->failures++;
	q->unreachable = it->message.status == 0;
	pause = delivery_pause(d, q->failures);
	if (it->message.no_such_host && pause < NO_HOST_PAUSE)
		pause = NO_HOST_PAUSE;
	cooldown = q->sub != NULL ? q->sub->endpoint.cooldown_ms * INT64_C(1000) : 0;
	q->not_before = now + (pause > cooldown ? pause : cooldown);
	heap_put(d, q, q->not_before);
}

static void measure(const struct message *m)
{
	metric_add(METRIC_notifications_sent_total, 1);
	metric_observe(METRIC_notification_duration_seconds, m->took);
	if (!m->ok)
		metric_add(METRIC_notifications_failed_total, 1);
}

static void land(struct delivery *d, struct queue *q, struct item *it)
{
	if (it->message.stopped) {
		it->state = ITEM_WAITING;
		return;
	}
	it->attempts++;
	measure(&it->message);
	note(q, it, clock_now());
	if (it->message.ok)
		succeeded(d, q, it);
	else
		failed(d, q, it);
	queue_pump(d, q);
}

/* What it says of the endpoint holds, whoever waits for the result. */
static void leave_breaker(struct delivery *d, struct item *it)
{
	struct breaker *b = it->breaker;

	it->breaker = NULL;
	if (it->probe)
		b->probing = false;
	it->probe = false;
	if (!it->message.stopped)
		breaker_note(d, b, &it->message);
	breaker_landed(d, b);
	breaker_unref(d, b);
}

void item_done(struct message *m)
{
	struct item *it = m->cookie;
	struct delivery *d = it->delivery;
	struct queue *q = it->queue;
	bool wake;

	pthread_mutex_lock(&d->lock);
	wake = d->todo == NULL;
	d->flying--;
	leave_breaker(d, it);
	metric_set(METRIC_notifications_flying, (int64_t)d->flying);
	if (it->state == ITEM_LOST) {
		q->lost--;
		item_free(it);
	} else {
		q->flying--;
		land(d, q, it);
	}
	queue_list(d, q);
	pthread_mutex_unlock(&d->lock);
	if (wake)
		delivery_look(d);
}
