/* SPDX-License-Identifier: Apache-2.0 */
/* How the delivery of a subscription fares at the moment, for those who look. */
#include "delivery_priv.h"

#include <base/clock.h>

bool delivery_peek(struct delivery *d, int64_t sid, struct delivery_state *out)
{
	const struct queue *q;
	int64_t now = clock_monotonic(), next = 0;
	bool known;

	*out = (struct delivery_state){0};
	pthread_mutex_lock(&d->lock);
	q = queue_find(d, sid);
	known = q != NULL && q->owned;
	if (known) {
		const struct breaker *b = q->breaker;

		out->failures = q->failures;
		out->open = b != NULL && b->failures > 0;
		next = q->not_before;
		if (out->open && b->until > next)
			next = b->until;
	}
	pthread_mutex_unlock(&d->lock);
	if (next > now)
		out->next_try = clock_now() + (next - now);
	return known;
}
