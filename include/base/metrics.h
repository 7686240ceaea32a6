/* SPDX-License-Identifier: Apache-2.0 */
/* Counters, gauges and histograms, lock-free; exposed as Prometheus text (0.0.4). */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stdint.h>

struct strbuf;

enum metric {
#define METRIC(kind, name, help) METRIC_##name,
#include <base/metrics.def>
#undef METRIC
	METRICS
};

void metric_add(enum metric m, int64_t n); /* counter, gauge */
void metric_set(enum metric m, int64_t n); /* gauge */
void metric_observe(enum metric m, int64_t us); /* histogram; microseconds */

/* A histogram that stands on its own (one a route): buckets from 100 us to 10 s. */
#define HISTOGRAM_BUCKETS 16
struct histogram {
	_Atomic uint64_t bucket[HISTOGRAM_BUCKETS + 1];
	_Atomic uint64_t sum_us;
};
void histogram_observe(struct histogram *h, int64_t us);
/* Appends the _bucket, _sum and _count lines; labels like `route="/x"` or "". */
void histogram_write(
	struct strbuf *sb, const char *name, const char *labels, struct histogram *h);

void metrics_write(struct strbuf *sb); /* all of metrics.def, with HELP and TYPE */

#endif
