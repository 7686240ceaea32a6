/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Temporal queries (4.11, 5.2.21) and aggregation (4.5.19).  Beyond the standard, and only
 * where asked for: local time (tz), completeness, and the energetic mean of decibels.
 */
#ifndef CORE_TEMPORAL_Q_H
#define CORE_TEMPORAL_Q_H

#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

enum timerel {
	TIMEREL_NONE, /* no temporal query: all instances */
	TIMEREL_BEFORE, /* t < at */
	TIMEREL_AFTER, /* t >= at */
	TIMEREL_BETWEEN, /* at <= t < end_at */
};

enum time_property {
	TIME_OBSERVED,
	TIME_CREATED,
	TIME_MODIFIED,
	TIME_DELETED,
};
extern const char *const time_property_name[]; /* "observedAt" … */

enum aggregation {
	AGGR_AVG,
	AGGR_DISTINCT_COUNT,
	AGGR_MAX,
	AGGR_MIN,
	AGGR_STDDEV,
	AGGR_SUM,
	AGGR_SUMSQ,
	AGGR_TOTAL_COUNT,
	AGGR_ENERGETIC_MEAN, /* ours: 10 log10 of the mean of 10^(v/10) */
	AGGREGATIONS
};
extern const char *const aggregation_name[AGGREGATIONS]; /* "avg" … */

/* PnYnMnDTnHnMnS or PnW.  All 0: one that spans everything. */
struct duration {
	unsigned months, days;
	int64_t us;
};

#define TEMPORAL_FIRST INT64_C(-62135596800000000) /* 0001-01-01 */
#define TEMPORAL_LAST  INT64_C(253402300799999999) /* the end of 9999 */

struct temporal_q {
	enum timerel rel;
	int64_t at, end_at;
	enum time_property property;
	bool property_given; /* instances without it do not match (4.11) */
	unsigned last_n; /* per attribute and entity; 0: all */
	/* aggregatedValues */
	unsigned methods; /* 1 << enum aggregation */
	unsigned char order[AGGREGATIONS]; /* as they were asked for */
	unsigned order_len;
	struct duration period;
	const char *tz; /* an IANA name, not looked up yet; NULL: UTC */
	bool completeness;
	int64_t expected; /* between observations; 0: learned from them */
};

/* The parameters as they came; each NULL where it was not sent. */
struct temporal_params {
	const char *timerel, *time_at, *end_time_at, *time_property, *last_n;
	const char *methods, *period, *tz, *completeness, *expected;
	bool aggregated; /* aggregatedValues are asked for */
};

/* BAD_REQUEST_DATA: `timerel: 'during' is unknown; use before, after or between`. */
int temporal_q_parse(const struct temporal_params *params, struct temporal_q *out,
	struct err *err) must_check;
/* [*from, *to): what the time property of an instance must lie in. */
void temporal_q_range(const struct temporal_q *q, int64_t *from, int64_t *to);
/* Must an instance have the time property itself, not its substitute? */
bool temporal_q_strict(const struct temporal_q *q);

/* false where the text is none. */
bool duration_parse(const char *text, struct duration *out) must_check;
bool duration_is_zero(const struct duration *d);
/* Is it the same number of seconds whatever it is added to (in UTC)? */
bool duration_is_fixed(const struct duration *d);
/* Its microseconds, where months have 30 days. */
int64_t duration_us(const struct duration *d);

#endif
