/* SPDX-License-Identifier: Apache-2.0 */
/* Temporal queries, 4.11 and 4.5.19. */
#include <core/temporal_q.h>

#include <base/clock.h>
#include <base/err.h>

#include "suite.h"

#include <string.h>

#define NOON  "2026-06-01T12:00:00Z"
#define LATER "2026-06-02T00:00:00Z"
#define HOUR  INT64_C(3600000000)

static int64_t instant(const char *text)
{
	int64_t us;

	ck_assert(clock_parse(text, strlen(text), &us));
	return us;
}

START_TEST(ranges_are_half_open)
{
	static const struct {
		struct temporal_params params;
		int64_t from, to; /* 0: no bound */
	} rows[] = {
		{{0}, 0, 0},
		{{.timerel = "before", .time_at = NOON}, 0, 12},
		{{.timerel = "after", .time_at = NOON}, 12, 0},
		{{.timerel = "between", .time_at = NOON, .end_time_at = LATER}, 12, 24},
		{{.timerel = "between", .time_at = NOON, .end_time_at = NOON}, 12, 12},
	};
	int64_t midnight = instant("2026-06-01T00:00:00Z"), from, to;
	struct err err = {0};

	for (int i = 0; i < ROWS(rows); i++) {
		struct temporal_q q;

		ck_assert_int_eq(temporal_q_parse(&rows[i].params, &q, &err), 0);
		temporal_q_range(&q, &from, &to);
		ck_assert_int_eq(from,
			rows[i].from != 0 ? midnight + rows[i].from * HOUR
					  : TEMPORAL_FIRST);
		ck_assert_int_eq(to,
			rows[i].to != 0 ? midnight + rows[i].to * HOUR : TEMPORAL_LAST);
		ck_assert(temporal_q_strict(&q) == (i != 0));
	}
}
END_TEST

START_TEST(reads_what_is_asked)
{
	struct temporal_params p = {.time_property = "deletedAt",
		.last_n = "3",
		.aggregated = true,
		.methods = "max,avg,max",
		.period = "PT1H",
		.tz = "Europe/Paris",
		.completeness = "true",
		.expected = "PT10M"};
	struct temporal_q q;
	struct err err = {0};

	ck_assert_int_eq(temporal_q_parse(&p, &q, &err), 0);
	ck_assert_int_eq(q.property, TIME_DELETED);
	ck_assert(temporal_q_strict(&q)); /* without timerel: what has it */
	ck_assert_uint_eq(q.last_n, 3);
	ck_assert_uint_eq(q.order_len, 2);
	ck_assert_uint_eq(q.order[0], AGGR_MAX);
	ck_assert_uint_eq(q.order[1], AGGR_AVG);
	ck_assert_int_eq(duration_us(&q.period), HOUR);
	ck_assert_str_eq(q.tz, "Europe/Paris");
	ck_assert_int_eq(q.expected, HOUR / 6);
	p.completeness = "false";
	p.expected = NULL;
	ck_assert_int_eq(temporal_q_parse(&p, &q, &err), 0);
	ck_assert(!q.completeness);
	p.aggregated = false; /* the methods of the standard are then of no effect */
	p.tz = p.completeness = NULL;
	ck_assert_int_eq(temporal_q_parse(&p, &q, &err), 0);
	ck_assert_uint_eq(q.order_len, 0);
}
END_TEST

#define AT         .timerel = "after", .time_at = NOON
#define AGGREGATED .aggregated = true, .methods = "avg"
#define UNKNOWN_METHOD                                                                   \
	" is unknown; use avg, distinctCount, max, min, stddev, sum, sumsq, totalCount " \
	"or energeticMean"
#define NO_DURATION " is no duration; use PnYnMnDTnHnMnS or PnW, for example PT15M or P1M"

static const struct {
	struct temporal_params params;
	const char *says;
} bad[] = {
	{{.time_at = NOON},
		"timerel is missing: timeAt needs it (before, after or between)"},
	{{.end_time_at = NOON},
		"timerel is missing: endTimeAt needs it (before, after or between)"},
	{{.timerel = "during", .time_at = NOON},
		"timerel: 'during' is unknown; use before, after or between"},
	{{.timerel = "before"}, "timeAt is missing: timerel=before needs it"},
	{{.timerel = "before", .time_at = "yesterday"},
		"timeAt: 'yesterday' is no DateTime, YYYY-MM-DDThh:mm:ssZ"},
	{{.timerel = "between", .time_at = NOON},
		"endTimeAt is missing: timerel=between needs it"},
	{{.timerel = "between", .time_at = NOON, .end_time_at = "2026-02-30T00:00:00Z"},
		"endTimeAt: '2026-02-30T00:00:00Z' is no DateTime, "
		"YYYY-MM-DDThh:mm:ssZ"},
	{{.timerel = "after", .time_at = NOON, .end_time_at = LATER},
		"endTimeAt goes with timerel=between only, not with after"},
	{{.timerel = "between", .time_at = LATER, .end_time_at = NOON},
		"endTimeAt: " NOON " is before timeAt, " LATER},
	{{AT, .time_property = "expiresAt"},
		"timeproperty: 'expiresAt' is unknown; use observedAt, createdAt, "
		"modifiedAt or deletedAt"},
	{{AT, .last_n = "0"}, "lastN: '0' is no whole number above 0"},
	{{AT, .last_n = "-1"}, "lastN: '-1' is no whole number above 0"},
	{{AT, .last_n = "1.5"}, "lastN: '1.5' is no whole number above 0"},
	{{AT, .last_n = "1000000001"}, "lastN: '1000000001' is no whole number above 0"},
	{{AT, .last_n = ""}, "lastN: '' is no whole number above 0"},
	{{AT, .aggregated = true},
		"aggrMethods is missing: aggregatedValues needs it (avg, max and "
		"others, separated by commas)"},
	{{AT, .aggregated = true, .methods = "avg,median"},
		"aggrMethods: 'median'" UNKNOWN_METHOD},
	{{AT, .aggregated = true, .methods = "avg,"}, "aggrMethods: ''" UNKNOWN_METHOD},
	{{AT, AGGREGATED, .period = "1h"}, "aggrPeriodDuration: '1h'" NO_DURATION},
	{{AT, AGGREGATED, .tz = "Paris; DROP"},
		"tz: 'Paris; DROP' is no time zone; use a name such as Europe/Paris"},
	{{AT, AGGREGATED, .completeness = "yes"},
		"completeness: 'yes' is neither true nor false"},
	{{AT, AGGREGATED, .expected = "PT10M"},
		"expectedInterval: goes with completeness=true only"},
	{{AT, AGGREGATED, .completeness = "true", .expected = "10"},
		"expectedInterval: '10'" NO_DURATION},
	{{AT, AGGREGATED, .completeness = "true", .expected = "P1M"},
		"expectedInterval: 'P1M' must be a time above 0 without months or years"},
	{{AT, AGGREGATED, .completeness = "true", .expected = "PT0S"},
		"expectedInterval: 'PT0S' must be a time above 0 without months or "
		"years"},
	{{AT, .tz = "Europe/Paris"}, "tz: goes with format=aggregatedValues only"},
	{{AT, .completeness = "true"},
		"completeness: goes with format=aggregatedValues only"},
	{{AT, .expected = "PT1M"},
		"expectedInterval: goes with format=aggregatedValues only"},
};

START_TEST(says_what_is_wrong)
{
	struct temporal_q q = {.last_n = 77};
	struct err err = {0};

	ck_assert_int_eq(temporal_q_parse(&bad[_i].params, &q, &err), -1);
	ck_assert_str_eq(err.detail, bad[_i].says);
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
	ck_assert_uint_eq(q.last_n, 77); /* out untouched */
}
END_TEST

START_TEST(durations)
{
	static const struct {
		const char *text;
		unsigned months, days;
		int64_t us;
	} good[] = {
		{"PT1H", 0, 0, HOUR},
		{"PT15M", 0, 0, HOUR / 4},
		{"PT5S", 0, 0, 5000000},
		{"PT0.25S", 0, 0, 250000},
		{"PT0S", 0, 0, 0},
		{"P0D", 0, 0, 0},
		{"P1D", 0, 1, 0},
		{"P2W", 0, 14, 0},
		{"P1M", 1, 0, 0},
		{"P3Y6M4DT12H30M5S", 42, 4, 12 * HOUR + HOUR / 2 + 5000000},
		{"P9999Y", 119988, 0, 0},
	};
	static const char *const none[] = {"", "P", "PT", "1H", "PT1", "P1", "P1H",
		"PT1D", "P1WT1H", "P1W1D", "P-1D", "PT1.5M", "PT1.S", "PT.5S",
		"PT1.1234567S", "P1D1M", "PT1S1M", "pt1h", "P1D ", "P20000Y", "P1234567D",
		"P999999W"};
	struct duration d;

	for (int i = 0; i < ROWS(good); i++) {
		ck_assert_msg(duration_parse(good[i].text, &d), "%s", good[i].text);
		ck_assert_uint_eq(d.months, good[i].months);
		ck_assert_uint_eq(d.days, good[i].days);
		ck_assert_int_eq(d.us, good[i].us);
		ck_assert(duration_is_fixed(&d) == (d.months == 0));
		ck_assert(duration_is_zero(&d) ==
			(strcmp(good[i].text, "PT0S") == 0 ||
				strcmp(good[i].text, "P0D") == 0));
	}
	for (int i = 0; i < ROWS(none); i++)
		ck_assert_msg(!duration_parse(none[i], &d), "%s", none[i]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("temporal_q");

	tcase_add_test(tc, ranges_are_half_open);
	tcase_add_test(tc, reads_what_is_asked);
	tcase_add_loop_test(tc, says_what_is_wrong, 0, ROWS(bad));
	tcase_add_test(tc, durations);
	return suite_run("temporal_q", tc);
}
