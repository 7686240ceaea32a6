/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for the counts of a subscription: they are saved some milliseconds after the
 * endpoint has answered, when its owner may already ask for them. */
#include "delivery_priv.h"

#include <base/clock.h>

#include <time.h>

void settle_init(struct delivery *d)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&d->saved, &attr);
	pthread_condattr_destroy(&attr);
}

void settle_fini(struct delivery *d)
{
	pthread_cond_destroy(&d->saved);
}

/* The cycle after which all is saved; 0: it is.  With the lock. */
static uint64_t last_cycle(struct delivery *d, int64_t sid)
{
	struct queue *q = queue_find(d, sid);

	if (q == NULL || (q->sent.sent == 0 && !q->saving))
		return 0;
	if (q->sent.sent == 0)
		return d->cycles_begun;
	queue_list(d, q);
	d->urgent = true;
	delivery_look(d);
	return d->cycles_begun + 1;
}

bool delivery_settle(struct delivery *d, int64_t sid, unsigned ms)
{
	int64_t until = clock_monotonic() + (int64_t)ms * 1000;
	struct timespec ts = {until / 1000000, until % 1000000 * 1000};
	uint64_t cycle;

	pthread_mutex_lock(&d->lock);
	cycle = last_cycle(d, sid);
	while (d->cycles_ended < cycle && !d->stop) {
		if (pthread_cond_timedwait(&d->saved, &d->lock, &ts) != 0)
			break;
	}
	pthread_mutex_unlock(&d->lock);
	return cycle > 0;
}
