/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each instrument is an atomic of its own: updates are relaxed, a scrape may see them
 * half a request apart.  A histogram's count is the sum of its buckets, so that count and
 * buckets of one scrape always agree.
 */
#include <base/metrics.h>

#include <base/strbuf.h>

#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>

#define PREFIX "calanque_"

enum kind {
	COUNTER,
	GAUGE,
	HISTOGRAM,
};

static const struct {
	enum kind kind;
	const char *name, *help;
} instruments[METRICS] = {
#define METRIC(kind, name, help) [METRIC_##name] = {kind, PREFIX #name, help},
#include <base/metrics.def>
#undef METRIC
};

static const char *const kind_names[] = {"counter", "gauge", "histogram"};

static const struct {
	int64_t us;
	const char *le; /* the same in seconds */
} bounds[HISTOGRAM_BUCKETS] = {
	{100, "0.0001"},
	{250, "0.00025"},
	{500, "0.0005"},
	{1000, "0.001"},
	{2500, "0.0025"},
	{5000, "0.005"},
	{10000, "0.01"},
	{25000, "0.025"},
	{50000, "0.05"},
	{100000, "0.1"},
	{250000, "0.25"},
	{500000, "0.5"},
	{1000000, "1"},
	{2500000, "2.5"},
	{5000000, "5"},
	{10000000, "10"},
};

static _Atomic int64_t values[METRICS];
static struct histogram histograms[METRICS]; /* only those of kind HISTOGRAM are used */

void metric_add(enum metric m, int64_t n)
{
	assert(m < METRICS && instruments[m].kind != HISTOGRAM);
	assert(n >= 0 || instruments[m].kind == GAUGE);
	atomic_fetch_add_explicit(&values[m], n, memory_order_relaxed);
}

void metric_set(enum metric m, int64_t n)
{
	assert(m < METRICS && instruments[m].kind == GAUGE);
	atomic_store_explicit(&values[m], n, memory_order_relaxed);
}

void metric_observe(enum metric m, int64_t us)
{
	assert(m < METRICS && instruments[m].kind == HISTOGRAM);
	histogram_observe(&histograms[m], us);
}

void histogram_observe(struct histogram *h, int64_t us)
{
	unsigned i = 0;

	if (us < 0)
		us = 0;
	while (i < HISTOGRAM_BUCKETS && us > bounds[i].us)
		i++;
	atomic_fetch_add_explicit(&h->bucket[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->sum_us, (uint64_t)us, memory_order_relaxed);
}

void histogram_write(
	struct strbuf *sb, const char *name, const char *labels, struct histogram *h)
{
	const char *comma = labels[0] != '\0' ? "," : "";
	const char *open = labels[0] != '\0' ? "{" : "",
		   *close = labels[0] != '\0' ? "}" : "";
	uint64_t sum = atomic_load_explicit(&h->sum_us, memory_order_relaxed), count = 0;

	for (unsigned i = 0; i <= HISTOGRAM_BUCKETS; i++) {
		count += atomic_load_explicit(&h->bucket[i], memory_order_relaxed);
		strbuf_addf(sb, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", name, labels,
			comma, i < HISTOGRAM_BUCKETS ? bounds[i].le : "+Inf", count);
	}
	strbuf_addf(sb, "%s_sum%s%s%s %" PRIu64 ".%06" PRIu64 "\n", name, open, labels,
		close, sum / 1000000, sum % 1000000);
	strbuf_addf(sb, "%s_count%s%s%s %" PRIu64 "\n", name, open, labels, close, count);
}

void metrics_write(struct strbuf *sb)
{
	for (unsigned m = 0; m < METRICS; m++) {
		const char *name = instruments[m].name;

		strbuf_addf(sb, "# HELP %s %s\n# TYPE %s %s\n", name, instruments[m].help,
			name, kind_names[instruments[m].kind]);
		if (instruments[m].kind == HISTOGRAM)
			histogram_write(sb, name, "", &histograms[m]);
		else
			strbuf_addf(sb, "%s %" PRId64 "\n", name,
				atomic_load_explicit(&values[m], memory_order_relaxed));
	}
}
