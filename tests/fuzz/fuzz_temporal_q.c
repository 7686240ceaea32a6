/* SPDX-License-Identifier: Apache-2.0 */
/* Temporal queries: ten lines are the parameters, in the order of struct temporal_params;
 * an empty one was not sent. */
#include <core/temporal_q.h>

#include <base/arena.h>
#include <base/err.h>

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct temporal_q *q)
{
	int64_t from, to;

	temporal_q_range(q, &from, &to);
	assert(from >= TEMPORAL_FIRST && to <= TEMPORAL_LAST && from <= TEMPORAL_LAST);
	assert(q->rel != TIMEREL_BETWEEN || from <= to);
	assert(q->order_len <= AGGREGATIONS && q->expected >= 0);
	assert(duration_us(&q->period) >= 0);
	assert((duration_us(&q->period) == 0) == duration_is_zero(&q->period));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena a = {.cap = 1 << 20};
	struct temporal_params p = {0};
	const char **field[] = {&p.timerel, &p.time_at, &p.end_time_at, &p.time_property,
		&p.last_n, &p.methods, &p.period, &p.tz, &p.completeness, &p.expected};
	struct temporal_q q;
	struct err err = {0};
	char *rest;
	int rc;

	if (size > 4096 || memchr(data, '\0', size) != NULL)
		return 0;
	rest = arena_strndup(&a, (const char *)data, size);
	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]) && rest != NULL; i++) {
		const char *line = strsep(&rest, "\n");

		if (*line != '\0')
			*field[i] = line;
	}
	p.aggregated = p.methods != NULL;
	rc = temporal_q_parse(&p, &q, &err);
	assert((rc == 0) == (err.kind == ERR_NONE));
	if (rc == 0)
		check(&q);
	return 0;
}
