/* SPDX-License-Identifier: Apache-2.0 */
/* Which values go with which methods, and those that are no numbers: 4.5.19.1. */
#include <core/aggregate.h>

#include <base/arena.h>
#include <base/strbuf.h>

#include "suite.h"

#include <string.h>

#define P(value)           "{\"type\":\"Property\",\"value\":" value "}"
#define TYPED(type, value) P("{\"@type\":\"" type "\",\"@value\":\"" value "\"}")

static struct arena arena;

static struct jn *parse(const char *text)
{
	struct jn *v = jn_parse_trusted(text, strlen(text), &arena);

	ck_assert_ptr_nonnull(v);
	return v;
}

START_TEST(classes)
{
	static const struct {
		const char *instance;
		enum value_class class;
	} rows[] = {
		{P("1.5"), VALUE_NUMBER},
		{P("true"), VALUE_NUMBER},
		{P("[1,2]"), VALUE_ARRAY},
		{P("\"a\""), VALUE_STRING},
		{P("\"08:00:00Z\""), VALUE_TIME},
		{P("\"08:00\""), VALUE_STRING},
		{P("\"2026-06-01T08:00:00Z\""), VALUE_INSTANT},
		{P("\"2026-06-01\""), VALUE_INSTANT},
		{P("{\"a\":1}"), VALUE_OTHER},
		{TYPED("Time", "08:00:00Z"), VALUE_TIME},
		{TYPED("DateTime", "2026-06-01T08:00:00Z"), VALUE_INSTANT},
		{TYPED("Date", "2026-06-01"), VALUE_INSTANT},
		{TYPED("Other", "2026-06-01"), VALUE_OTHER},
		{P("{\"@type\":\"Date\",\"@value\":5}"), VALUE_OTHER},
		{"{\"type\":\"ListProperty\",\"valueList\":[1]}", VALUE_ARRAY},
		{"{\"type\":\"Relationship\",\"object\":\"urn:a:b\"}", VALUE_OTHER},
		{"{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Point\"}}",
			VALUE_OTHER},
	};

	for (int i = 0; i < ROWS(rows); i++)
		ck_assert_msg(value_class_of(parse(rows[i].instance)) == rows[i].class,
			"%s", rows[i].instance);
	arena_reset(&arena);
}
END_TEST

/* The method over the values, as text; "-": there is none. */
static const char *over(enum aggregation method, const char *const *instances, size_t n)
{
	struct bucket b = {.total = (int64_t)n};
	struct strbuf sb = {0};
	const char *text;

	for (size_t i = 0; i < n; i++)
		bucket_add(&b, parse(instances[i]), &arena);
	text = bucket_value(&b, method, &sb) ? arena_strdup(&arena, sb.data) : "-";
	bucket_fini(&b);
	strbuf_fini(&sb);
	return text;
}

#define OVER(method, list) over(method, list, sizeof(list) / sizeof((list)[0]))

START_TEST(values_that_are_no_numbers)
{
	static const char *const strings[] = {P("\"b\""), P("\"a\""), P("\"b\"")};
	static const char *const arrays[] = {P("[1,2]"), P("[]"), P("[1]"), P("[1,2,3]")};
	static const char *const times[] = {
		TYPED("Time", "08:00:00Z"), TYPED("Time", "09:00:01Z")};
	static const char *const plain[] = {P("\"08:00:00Z\""), P("\"09:00:01Z\"")};
	static const char *const instants[] = {
		P("\"2026-06-01T08:00:00.5Z\""), P("\"2026-06-01T08:00:00Z\"")};
	static const char *const words[] = {
		P("\"08:00:00Z\""), P("\"b\""), P("\"2026-06-01\"")};
	static const char *const dates[] = {TYPED("DateTime", "2026-06-01T08:00:00.5Z"),
		TYPED("DateTime", "2026-06-01T08:00:00Z")};
	static const char *const links[] = {
		"{\"type\":\"Relationship\",\"object\":\"urn:a:b\"}"};
	static const char *const objects[] = {P("{\"a\":1}"), P("{\"a\":2}")};
	static const char *const mixed[] = {P("\"b\""), P("[1,2]")};

	ck_assert_str_eq(OVER(AGGR_MIN, strings), "\"a\"");
	ck_assert_str_eq(OVER(AGGR_MAX, strings), "\"b\"");
	ck_assert_str_eq(OVER(AGGR_AVG, strings), "-");
	ck_assert_str_eq(OVER(AGGR_TOTAL_COUNT, strings), "3");
	ck_assert_str_eq(OVER(AGGR_DISTINCT_COUNT, strings), "2");
	ck_assert_str_eq(OVER(AGGR_AVG, arrays), "1.5");
	ck_assert_str_eq(OVER(AGGR_SUM, arrays), "6");
	ck_assert_str_eq(OVER(AGGR_MIN, arrays), "0");
	ck_assert_str_eq(OVER(AGGR_MAX, arrays), "3");
	ck_assert_str_eq(OVER(AGGR_STDDEV, arrays), "-");
	ck_assert_str_eq(OVER(AGGR_AVG, times), "\"08:30:00.500000Z\"");
	ck_assert_str_eq(OVER(AGGR_MAX, times), "\"09:00:01Z\"");
	ck_assert_str_eq(OVER(AGGR_SUM, times), "-");
	ck_assert_str_eq(OVER(AGGR_AVG, plain), "\"08:30:00.500000Z\"");
	ck_assert_str_eq(OVER(AGGR_MIN, plain), "\"08:00:00Z\"");
	ck_assert_str_eq(OVER(AGGR_DISTINCT_COUNT, plain), "2");
	ck_assert_str_eq(OVER(AGGR_MIN, instants), "\"2026-06-01T08:00:00Z\"");
	ck_assert_str_eq(OVER(AGGR_AVG, instants), "-");
	ck_assert_str_eq(OVER(AGGR_MAX, words), "\"b\"");
	ck_assert_str_eq(OVER(AGGR_MIN, words), "\"08:00:00Z\"");
	ck_assert_str_eq(OVER(AGGR_MIN, dates), "\"2026-06-01T08:00:00Z\"");
	ck_assert_str_eq(OVER(AGGR_MAX, dates), "\"2026-06-01T08:00:00.5Z\"");
	ck_assert_str_eq(OVER(AGGR_AVG, dates), "-");
	ck_assert_str_eq(OVER(AGGR_MIN, links), "-");
	ck_assert_str_eq(OVER(AGGR_MIN, objects), "-");
	ck_assert_str_eq(OVER(AGGR_DISTINCT_COUNT, objects), "2");
	ck_assert_str_eq(OVER(AGGR_MIN, mixed), "2"); /* arrays come first */
	arena_reset(&arena);
}
END_TEST

START_TEST(numbers)
{
	struct bucket b = {.total = 3,
		.numbers = {.count = 2,
			.distinct = 2,
			.sum = 3,
			.sumsq = 5,
			.min = 1,
			.max = 2,
			.spread = 0.5,
			.energy = 2e6}};
	static const struct {
		enum aggregation method;
		const char *text;
	} rows[] = {{AGGR_AVG, "1.5"}, {AGGR_DISTINCT_COUNT, "3"}, {AGGR_MAX, "2"},
		{AGGR_MIN, "1"}, {AGGR_STDDEV, "0.5"}, {AGGR_SUM, "3"}, {AGGR_SUMSQ, "5"},
		{AGGR_TOTAL_COUNT, "3"}, {AGGR_ENERGETIC_MEAN, "60"}};

	/* One that is no number: counted, and in no one's way. */
	bucket_add(&b, parse(P("\"off\"")), &arena);
	for (int i = 0; i < ROWS(rows); i++) {
		struct strbuf sb = {0};

		ck_assert(bucket_value(&b, rows[i].method, &sb));
		ck_assert_str_eq(sb.data, rows[i].text);
		strbuf_fini(&sb);
	}
	bucket_fini(&b);
	arena_reset(&arena);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("aggregate");

	tcase_add_test(tc, classes);
	tcase_add_test(tc, values_that_are_no_numbers);
	tcase_add_test(tc, numbers);
	return suite_run("aggregate", tc);
}
