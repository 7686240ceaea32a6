/* SPDX-License-Identifier: Apache-2.0 */
#include <core/temporal_q.h>

#include <base/clock.h>
#include <base/err.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const time_property_name[] = {
	"observedAt", "createdAt", "modifiedAt", "deletedAt"};

const char *const aggregation_name[AGGREGATIONS] = {
	[AGGR_AVG] = "avg",
	[AGGR_DISTINCT_COUNT] = "distinctCount",
	[AGGR_MAX] = "max",
	[AGGR_MIN] = "min",
	[AGGR_STDDEV] = "stddev",
	[AGGR_SUM] = "sum",
	[AGGR_SUMSQ] = "sumsq",
	[AGGR_TOTAL_COUNT] = "totalCount",
	[AGGR_ENERGETIC_MEAN] = "energeticMean",
};

#define MOST_N 1000000000u

static int read_instant(const char *text, const char *what, int64_t *out, struct err *err)
{
	if (clock_parse(text, strlen(text), out))
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"%s: '%.40s' is no DateTime, YYYY-MM-DDThh:mm:ssZ", what, text);
}

static int read_relation(const char *text, enum timerel *out, struct err *err)
{
	static const char *const names[] = {"before", "after", "between"};

	for (int i = 0; i < 3; i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = (enum timerel)(TIMEREL_BEFORE + i);
			return 0;
		}
	}
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"timerel: '%.32s' is unknown; use before, after or between", text);
}

static int read_interval(
	const struct temporal_params *p, struct temporal_q *q, struct err *err)
{
	bool between;

	if (p->timerel == NULL) {
		if (p->time_at == NULL && p->end_time_at == NULL)
			return 0;
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"timerel is missing: %s needs it (before, after or between)",
			p->time_at != NULL ? "timeAt" : "endTimeAt");
	}
	if (read_relation(p->timerel, &q->rel, err) < 0)
		return -1;
	if (p->time_at == NULL)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"timeAt is missing: timerel=%s needs it", p->timerel);
	if (read_instant(p->time_at, "timeAt", &q->at, err) < 0)
		return -1;
	between = q->rel == TIMEREL_BETWEEN;
	if (between && p->end_time_at == NULL)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"endTimeAt is missing: timerel=between needs it");
	if (p->end_time_at == NULL)
		return 0;
	if (!between)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"endTimeAt goes with timerel=between only, not with %s",
			p->timerel);
	if (read_instant(p->end_time_at, "endTimeAt", &q->end_at, err) < 0)
		return -1;
	if (q->end_at < q->at)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"endTimeAt: %.40s is before timeAt, %.40s", p->end_time_at,
			p->time_at);
	return 0;
}

static int read_property(const char *text, struct temporal_q *q, struct err *err)
{
	if (text == NULL)
		return 0;
	for (int i = TIME_OBSERVED; i <= TIME_DELETED; i++) {
		if (strcmp(text, time_property_name[i]) == 0) {
			q->property = (enum time_property)i;
			q->property_given = true;
			return 0;
		}
	}
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"timeproperty: '%.32s' is unknown; use observedAt, createdAt, modifiedAt "
		"or deletedAt",
		text);
}

static int read_last_n(const char *text, unsigned *out, struct err *err)
{
	unsigned long v;
	char *end;

	if (text == NULL)
		return 0;
	errno = 0;
	v = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || v == 0 ||
		v > MOST_N)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"lastN: '%.32s' is no whole number above 0", text);
	*out = (unsigned)v;
	return 0;
}

static int read_method(
	const char *text, size_t len, struct temporal_q *q, struct err *err)
{
	for (unsigned i = 0; i < AGGREGATIONS; i++) {
		if (strlen(aggregation_name[i]) != len ||
			memcmp(aggregation_name[i], text, len) != 0)
			continue;
		if ((q->methods & 1u << i) == 0)
			q->order[q->order_len++] = (unsigned char)i;
		q->methods |= 1u << i;
		return 0;
	}
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"aggrMethods: '%.*s' is unknown; use avg, distinctCount, max, min, "
		"stddev, sum, sumsq, totalCount or energeticMean",
		(int)(len > 32 ? 32 : len), text);
}

static int read_methods(const char *text, struct temporal_q *q, struct err *err)
{
	if (text == NULL || *text == '\0')
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"aggrMethods is missing: aggregatedValues needs it (avg, max "
			"and others, separated by commas)");
	for (;;) {
		size_t len = strcspn(text, ",");

		if (read_method(text, len, q, err) < 0)
			return -1;
		if (text[len] == '\0')
			return 0;
		text += len + 1;
	}
}

static int read_period(
	const char *text, const char *what, struct duration *out, struct err *err)
{
	if (text == NULL || duration_parse(text, out))
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"%s: '%.40s' is no duration; use PnYnMnDTnHnMnS or PnW, for example "
		"PT15M or P1M",
		what, text);
}

/* What is ours goes with aggregation only, and says so. */
static int refuse_extensions(const struct temporal_params *p, struct err *err)
{
	const char *what = p->tz != NULL  ? "tz"
		: p->completeness != NULL ? "completeness"
		: p->expected != NULL     ? "expectedInterval"
					  : NULL;

	if (what == NULL)
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"%s: goes with format=aggregatedValues only", what);
}

static int read_completeness(
	const struct temporal_params *p, struct temporal_q *q, struct err *err)
{
	struct duration expected = {0};

	if (p->completeness != NULL) {
		q->completeness = strcmp(p->completeness, "true") == 0;
		if (!q->completeness && strcmp(p->completeness, "false") != 0)
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"completeness: '%.32s' is neither true nor false",
				p->completeness);
	}
	if (p->expected == NULL)
		return 0;
	if (!q->completeness)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"expectedInterval: goes with completeness=true only");
	if (read_period(p->expected, "expectedInterval", &expected, err) < 0)
		return -1;
	if (duration_is_zero(&expected) || !duration_is_fixed(&expected))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"expectedInterval: '%.40s' must be a time above 0 without months "
			"or years",
			p->expected);
	q->expected = duration_us(&expected);
	return 0;
}

static int read_tz(const char *text, const char **out, struct err *err)
{
	size_t len;

	if (text == NULL)
		return 0;
	len = strlen(text);
	if (len == 0 || len > 64 ||
		strspn(text,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			"0123456789/_+-") != len)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"tz: '%.40s' is no time zone; use a name such as Europe/Paris",
			text);
	*out = text;
	return 0;
}

int temporal_q_parse(
	const struct temporal_params *params, struct temporal_q *out, struct err *err)
{
	struct temporal_q q = {0};

	if (read_interval(params, &q, err) < 0 ||
		read_property(params->time_property, &q, err) < 0 ||
		read_last_n(params->last_n, &q.last_n, err) < 0)
		return -1;
	if (!params->aggregated) {
		if (refuse_extensions(params, err) < 0)
			return -1;
	} else if (read_methods(params->methods, &q, err) < 0 ||
		read_period(params->period, "aggrPeriodDuration", &q.period, err) < 0 ||
		read_tz(params->tz, &q.tz, err) < 0 ||
		read_completeness(params, &q, err) < 0) {
		return -1;
	}
	*out = q;
	return 0;
}

void temporal_q_range(const struct temporal_q *q, int64_t *from, int64_t *to)
{
	*from = TEMPORAL_FIRST;
	*to = TEMPORAL_LAST;
	if (q->rel == TIMEREL_BEFORE)
		*to = q->at;
	if (q->rel == TIMEREL_AFTER || q->rel == TIMEREL_BETWEEN)
		*from = q->at;
	if (q->rel == TIMEREL_BETWEEN)
		*to = q->end_at;
}

bool temporal_q_strict(const struct temporal_q *q)
{
	return q->rel != TIMEREL_NONE || q->property_given;
}
