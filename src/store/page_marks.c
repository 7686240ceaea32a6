/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries in a table of fixed size (a newcomer takes the place of whoever has it), each
 * with its marks in the order of offsets.  Marks live for seconds: another broker on the
 * same database may delete entities without telling this one.
 */
#include <store/page_marks.h>

#include <base/clock.h>
#include <base/mem.h>

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define QUERIES 64
#define MARKS   2048
#define EPOCHS  1024 /* tenants share one where there are more: that forgets too much */
#define KEEP_US (20 * INT64_C(1000000))

struct mark {
	unsigned at;
	int64_t eid;
	int64_t until;
};

struct marked {
	uint64_t query;
	int tenant;
	unsigned epoch;
	size_t len;
	struct mark *marks; /* by `at`; room for MARKS */
};

struct page_marks {
	pthread_mutex_t lock; /* guards the rest */
	unsigned epochs[EPOCHS];
	struct marked queries[QUERIES];
};

struct page_marks *page_marks_new(void)
{
	struct page_marks *pm = mem_alloc(sizeof(*pm));

	pthread_mutex_init(&pm->lock, NULL);
	return pm;
}

void page_marks_free(struct page_marks *pm)
{
	if (pm == NULL)
		return;
	for (size_t i = 0; i < QUERIES; i++)
		free(pm->queries[i].marks);
	pthread_mutex_destroy(&pm->lock);
	free(pm);
}

static unsigned *epoch_of(struct page_marks *pm, int tenant)
{
	return &pm->epochs[(unsigned)tenant % EPOCHS];
}

unsigned page_marks_epoch(struct page_marks *pm, int tenant)
{
	unsigned epoch;

	pthread_mutex_lock(&pm->lock);
	epoch = *epoch_of(pm, tenant);
	pthread_mutex_unlock(&pm->lock);
	return epoch;
}

void page_marks_forget(struct page_marks *pm, int tenant)
{
	pthread_mutex_lock(&pm->lock);
	++*epoch_of(pm, tenant);
	pthread_mutex_unlock(&pm->lock);
}

/* Its place in the table, whoever has it now. */
static struct marked *place_of(struct page_marks *pm, int tenant, uint64_t query)
{
	return &pm->queries[(query + (unsigned)tenant) % QUERIES];
}

/* How many marks stand at or before `at`. */
static size_t upto(const struct marked *q, unsigned at)
{
	size_t low = 0, high = q->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (q->marks[middle].at <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool page_marks_find(struct page_marks *pm, int tenant, uint64_t query, unsigned offset,
	unsigned *at, int64_t *eid)
{
	const struct marked *q = place_of(pm, tenant, query);
	int64_t now = clock_monotonic();
	bool found = false;
	size_t n;

	pthread_mutex_lock(&pm->lock);
	if (q->query == query && q->tenant == tenant &&
		q->epoch == *epoch_of(pm, tenant)) {
		for (n = upto(q, offset); n > 0 && q->marks[n - 1].until < now; n--)
			continue;
		found = n > 0;
		if (found) {
			*at = q->marks[n - 1].at;
			*eid = q->marks[n - 1].eid;
		}
	}
	pthread_mutex_unlock(&pm->lock);
	return found;
}

/* Makes the place the query's own, empty where it was not, or where it is out of date. */
static void claim(struct marked *q, int tenant, uint64_t query, unsigned epoch)
{
	if (q->marks == NULL)
		q->marks = mem_alloc(MARKS * sizeof(*q->marks));
	if (q->query == query && q->tenant == tenant && q->epoch == epoch &&
		q->len < MARKS)
		return;
	q->query = query;
	q->tenant = tenant;
	q->epoch = epoch;
	q->len = 0;
}

void page_marks_put(struct page_marks *pm, int tenant, uint64_t query, unsigned epoch,
	unsigned at, int64_t eid)
{
	struct marked *q = place_of(pm, tenant, query);
	struct mark mark = {at, eid, clock_monotonic() + KEEP_US};
	size_t n;

	pthread_mutex_lock(&pm->lock);
	if (epoch == *epoch_of(pm, tenant)) {
		claim(q, tenant, query, epoch);
		n = upto(q, at);
		if (n > 0 && q->marks[n - 1].at == at) {
			q->marks[n - 1] = mark;
		} else {
			memmove(&q->marks[n + 1], &q->marks[n],
				(q->len - n) * sizeof(*q->marks));
			q->marks[n] = mark;
			q->len++;
		}
	}
	pthread_mutex_unlock(&pm->lock);
}
