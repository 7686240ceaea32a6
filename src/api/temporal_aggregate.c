/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Aggregated series: the sums come from the database, values that are no numbers are added
 * here.  The texts of one series are held, not its instances.
 */
#include "temporal_answer_priv.h"

#include <api/app.h>
#include <base/err.h>
#include <base/jn.h>
#include <store/readers.h>

#include <math.h>
#include <stdlib.h>

#define PERIODS 20000 /* that one step may have to hold */
#define ROWS    2000

/* The periods of one dataset of a series. */
struct run {
	const struct series_bucket *items;
	size_t len;
	struct bucket *buckets;
};

static size_t periods_of(const struct answer *a)
{
	const struct periods *p = &a->periods;
	int64_t from, to;

	if (p->bounds_len > 0)
		return p->bounds_len;
	if (p->step == 0)
		return 1;
	answer_span(a, &from, &to);
	return (size_t)((to - from) / p->step + 2);
}

/* As many series as have at most PERIODS together. */
static size_t batch_end(const struct answer *a)
{
	size_t n = PERIODS / periods_of(a), end;

	end = a->at + (n > 0 ? n : 1);
	return end < a->outline.len ? end : a->outline.len;
}

/* Is there anything but numbers?  Deletions are counted as well, and are none. */
static bool has_others(const struct series_bucket *items, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (items[i].total > items[i].numbers.count)
			return true;
	return false;
}

static struct bucket *find(const struct series_bucket *items, struct bucket *buckets,
	size_t len, int dataset, int64_t start)
{
	size_t low = 0, high = len;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct series_bucket *b = &items[middle];

		if (b->dataset == dataset && b->start == start)
			return &buckets[middle];
		if (b->dataset < dataset || (b->dataset == dataset && b->start < start))
			low = middle + 1;
		else
			high = middle;
	}
	return NULL; /* it came after the sums were made */
}

/* Adds what is no number; the rows are read some at a time. */
static int add_others(struct answer *a, size_t series, const struct series_bucket *items,
	struct bucket *buckets, size_t len, struct pg *pg, struct err *err)
{
	struct rows_wanted wanted = {
		.start = series,
		.end = series + 1,
		.from = a->outline.items[series].from,
		.to = TEMPORAL_LAST,
		.most = ROWS,
		.texts = true,
	};
	bool more = true;

	while (more) {
		auto_series_rows rows = {0};

		if (temporal_rows(pg, &a->app->index, &a->request->query, &a->page,
			    &a->outline, &wanted, &a->scratch, &rows, err) < 0)
			return -1;
		for (size_t i = 0; i < rows.len; i++) {
			const struct series_row *row = &rows.items[i];
			int64_t start, end;
			struct bucket *b;

			periods_at(&a->periods, row->place.time, &start, &end);
			b = find(items, buckets, len, row->dataset, start);
			if (b == NULL)
				continue;
			b->total++;
			bucket_add(b, jn_parse_trusted(row->doc, row->len, &a->scratch),
				&a->scratch);
		}
		more = rows.more;
		if (more) {
			wanted.from = rows.items[rows.len - 1].place;
			wanted.from.second++;
		}
	}
	return 0;
}

void answer_span(const struct answer *a, int64_t *from, int64_t *to)
{
	int64_t first = a->first, last = a->last;

	temporal_q_range(&a->request->q, from, to);
	if (*from == TEMPORAL_FIRST || !a->request->q.completeness)
		*from = first > *from ? first : *from;
	/* What lies ahead is not missing yet. */
	if (a->now > last && a->request->q.completeness)
		last = a->now;
	if (*to > last)
		*to = last;
}

/* How many observations the part of the period that was asked for should have. */
static int64_t expected(
	int64_t start, int64_t end, int64_t from, int64_t to, int64_t interval)
{
	start = start > from ? start : from;
	end = end < to ? end : to;
	if (interval == 0)
		return -1;
	return end > start ? llround((double)(end - start) / (double)interval) : 0;
}

/* Every period of the span, also those without any observation. */
static void put_complete(struct answer *a, const struct run *run, int64_t interval)
{
	int64_t from, to, start, end;
	size_t i = 0;

	answer_span(a, &from, &to);
	for (int64_t at = from; at < to || i < run->len; at = end) {
		periods_at(&a->periods, at, &start, &end);
		if (i < run->len && run->buckets[i].start == start) {
			temporal_put_complete(&a->pen, start, end, run->buckets[i].total,
				expected(start, end, from, to, interval));
			i++;
		} else {
			temporal_put_complete(&a->pen, start, end, 0,
				expected(start, end, from, to, interval));
		}
		if (end <= at)
			break; /* one period for everything */
	}
}

static void put_run(struct answer *a, size_t series, const struct run *run, bool first,
	bool last, int64_t interval)
{
	const struct series *s = &a->outline.items[series];
	const struct temporal_series head = {
		.attr = s->attr_iri,
		.dataset = run->items[0].dataset_iri,
		.kind = s->kind,
		.first = first,
		.last = last,
	};

	for (size_t i = 0; a->bucket != NULL && i < run->len; i++)
		a->bucket(a->self, s, head.dataset, &run->buckets[i]);
	if (a->bucket != NULL)
		return;
	temporal_series_begin(&a->pen, &head);
	for (size_t i = 0; i < run->len; i++)
		temporal_put_bucket(&a->pen, &run->buckets[i]);
	if (a->request->q.completeness)
		put_complete(a, run, interval);
	temporal_series_end(&a->pen);
}

static void fill(const struct answer *a, const struct series_bucket *items, size_t len,
	bool others, struct bucket *out)
{
	for (size_t i = 0; i < len; i++) {
		out[i].numbers = items[i].numbers;
		out[i].total = others ? items[i].numbers.count : items[i].total;
		periods_at(&a->periods, items[i].start, &out[i].start, &out[i].end);
	}
}

/* All datasets of one series. */
static int put_series(struct answer *a, size_t series, const struct series_bucket *items,
	size_t len, int64_t interval, struct pg *pg, struct err *err)
{
	struct bucket *buckets = arena_array(&a->scratch, struct bucket, len);
	bool others = has_others(items, len);
	int rc = 0;

	fill(a, items, len, others, buckets);
	if (others)
		rc = add_others(a, series, items, buckets, len, pg, err);
	answer_series(a, series);
	for (size_t i = 0, next; rc == 0 && i < len; i = next) {
		struct run run = {.items = &items[i], .buckets = &buckets[i]};

		for (next = i; next < len && items[next].dataset == items[i].dataset;)
			next++;
		run.len = next - i;
		put_run(a, series, &run, i == 0, next == len, interval);
	}
	for (size_t i = 0; i < len; i++)
		bucket_fini(&buckets[i]);
	return rc;
}

static int put_batch(struct answer *a, size_t end, struct pg *pg, struct err *err)
{
	const struct temporal_query *query = &a->request->query;
	const struct temporal_q *q = &a->request->q;
	int64_t *intervals = arena_array(&a->scratch, int64_t, end - a->at);
	struct series_buckets sums;

	if (temporal_sums(pg, &a->app->index, query, &a->page, &a->outline, a->at, end,
		    &a->periods, &a->scratch, &sums, err) < 0)
		return -1;
	if (q->completeness && q->expected == 0 &&
		temporal_medians(pg, &a->app->index, query, &a->page, &a->outline, a->at,
			end, &a->scratch, intervals, err) < 0)
		return -1;
	for (size_t i = 0, next; i < sums.len; i = next) {
		size_t series = sums.items[i].series;
		int64_t learned = intervals[series - a->at];

		for (next = i; next < sums.len && sums.items[next].series == series;)
			next++;
		if (put_series(a, series, &sums.items[i], next - i,
			    q->expected > 0 ? q->expected : learned, pg, err) < 0)
			return -1;
	}
	a->at = end;
	return 0;
}

int answer_aggregated(struct answer *a, struct err *err)
{
	struct pg *pg = readers_take(a->app->readers);
	int rc = put_batch(a, batch_end(a), pg, err);

	readers_put(a->app->readers, pg);
	return rc;
}
