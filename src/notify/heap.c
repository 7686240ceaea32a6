/* SPDX-License-Identifier: Apache-2.0 */
/* Queues that wait for a moment, the soonest on top. */
#include "delivery_priv.h"

#include <base/mem.h>

#include <stdint.h>

static void set(struct delivery *d, size_t place, struct queue *q)
{
	d->heap[place - 1] = q;
	q->place = place;
}

static void rise(struct delivery *d, struct queue *q)
{
	size_t place = q->place;

	while (place > 1 && d->heap[place / 2 - 1]->wake > q->wake) {
		set(d, place, d->heap[place / 2 - 1]);
		place /= 2;
	}
	set(d, place, q);
}

static void sink(struct delivery *d, struct queue *q)
{
	size_t place = q->place, child;

	while ((child = place * 2) <= d->heap_len) {
		if (child < d->heap_len &&
			d->heap[child]->wake < d->heap[child - 1]->wake)
			child++;
		if (d->heap[child - 1]->wake >= q->wake)
			break;
		set(d, place, d->heap[child - 1]);
		place = child;
	}
	set(d, place, q);
}

void heap_put(struct delivery *d, struct queue *q, int64_t at)
{
	if (q->place != 0) {
		if (at >= q->wake)
			return;
		q->wake = at;
		rise(d, q);
		return;
	}
	if (d->heap_len == d->heap_room) {
		d->heap_room = d->heap_room > 0 ? d->heap_room * 2 : 64;
		d->heap = mem_resize(d->heap, d->heap_room * sizeof(struct queue *));
	}
	q->wake = at;
	set(d, ++d->heap_len, q);
	rise(d, q);
}

void heap_remove(struct delivery *d, struct queue *q)
{
	struct queue *last;
	size_t place = q->place;

	if (place == 0)
		return;
	q->place = 0;
	last = d->heap[--d->heap_len];
	if (last == q)
		return;
	set(d, place, last);
	rise(d, last);
	sink(d, last);
}

struct queue *heap_due(struct delivery *d, int64_t now)
{
	struct queue *q = d->heap_len > 0 ? d->heap[0] : NULL;

	if (q == NULL || q->wake > now)
		return NULL;
	heap_remove(d, q);
	return q;
}

int64_t heap_next(const struct delivery *d)
{
	return d->heap_len > 0 ? d->heap[0]->wake : INT64_MAX;
}
