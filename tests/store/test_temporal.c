/* SPDX-License-Identifier: Apache-2.0 */
/* Reading history: pages, outlines, cuts, rows in parts, and sums by period. */
#include <store/temporal.h>

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <core/type_q.h>
#include <store/dict.h>
#include <store/pg.h>

#include "pgfixture.h"
#include "suite.h"

#include <string.h>

#define X    "https://x.org/"
#define HOUR INT64_C(3600000000)

static struct pg_config config;
static struct entity_index entities;
static struct pg *pg;
static struct arena arena;
static struct err err;
static int64_t midnight;

/* Two evolutions of type X:t: 1 has X:a every hour of a day (its values 0 to 23, at 6 o'clock
 * a second dataset too) and X:b twice; 2 has X:a once, as text. */
static void fill(void)
{
	pgfixture_exec(
		"SET search_path = calanque, public; SET TIME ZONE 'UTC';"
		"INSERT INTO name (id, iri) OVERRIDING SYSTEM VALUE VALUES (101, '" X
		"t'),"
		" (102, '" X "a'), (103, '" X "b'), (104, 'urn:d');"
		"INSERT INTO evolution VALUES (1, 1, 'urn:1', '{101}', '2026-01-01', "
		"NULL),"
		" (1, 2, 'urn:2', '{101}', '2026-01-01', '2026-06-03');"
		"INSERT INTO evolution_type VALUES (1, 101, 1), (1, 101, 2);"
		"INSERT INTO history SELECT 1, 102, 0, t, 0, extract(hour FROM t)::int8,"
		" t, t, NULL, extract(hour FROM t), NULL,"
		" '{\"type\":\"Property\",\"value\":' || extract(hour FROM t) || '}'"
		" FROM generate_series('2026-06-01'::timestamptz,"
		" '2026-06-01T23:00Z', '1 hour') t;"
		"INSERT INTO history VALUES (1, 102, 104, '2026-06-01T06:00Z', 0, 50,"
		" now(), now(), NULL, 60, NULL, '{\"type\":\"Property\",\"value\":60}'),"
		" (1, 103, 0, '2026-06-01T01:00Z', 51, 51, now(), now(), NULL, 1, NULL,"
		" '{\"type\":\"Property\",\"value\":1}'),"
		" (1, 103, 0, '2026-06-01T02:00Z', 52, 52, now(), now(), now(), NULL, "
		"NULL,"
		" '{\"type\":\"Property\",\"value\":\"urn:ngsi-ld:null\"}'),"
		" (2, 102, 0, '2026-06-02T00:00Z', 0, 53, now(), now(), NULL, NULL, NULL,"
		" '{\"type\":\"Property\",\"value\":\"x\"}')");
}

static void open_all(void)
{
	config = (struct pg_config){.conninfo = pgfixture_conninfo(), .reader = true};
	entities.names = dict_names(&config);
	pg = pg_open(&config);
	err = (struct err){0};
	ck_assert(clock_parse("2026-06-01T00:00:00Z", 20, &midnight));
}

static void close_all(void)
{
	pg_close(pg);
	dict_free(entities.names);
	arena_reset(&arena);
}

static const char *type_t[] = {X "t"};
static struct type_all all_t = {type_t, 1};
static const struct type_q any_t = {&all_t, 1};
static const struct entity_selector selector_t = {.type = &any_t};

static struct temporal_query query_of(const struct temporal_q *q)
{
	return (struct temporal_query){
		.entities = {.tenant = 1,
			.selectors = &selector_t,
			.selectors_len = 1,
			.limit = 10},
		.temporal = q,
	};
}

#define OK(call) ck_assert_msg((call) == 0, "%s", err.detail)

static struct evolution_page found(const struct temporal_query *query)
{
	struct evolution_page page;

	OK(temporal_find(pg, &entities, query, &arena, &page, &err));
	return page;
}

static struct outline outlined(const struct temporal_query *query,
	const struct evolution_page *page, unsigned most, bool split)
{
	struct outline o;

	OK(temporal_outline(pg, &entities, query, page, most, split, &arena, &o, &err));
	return o;
}

START_TEST(finds_pages)
{
	struct temporal_q q = {.rel = TIMEREL_AFTER, .at = midnight};
	struct temporal_query query = query_of(&q);
	struct evolution_page page;

	query.entities.limit = 1;
	query.entities.count = true;
	page = found(&query);
	ck_assert_uint_eq(page.len, 1);
	ck_assert(page.more);
	ck_assert_int_eq(page.count, 2);
	ck_assert_str_eq(page.items[0].id, "urn:1");
	ck_assert_str_eq(page.items[0].types[0], X "t");
	query.entities.offset = 1;
	page = found(&query);
	ck_assert_str_eq(page.items[0].id, "urn:2");
	ck_assert(!page.more && page.items[0].deleted > 0);
	query.entities.offset = 0;
	q.at = midnight + 24 * HOUR; /* the second has something then */
	page = found(&query);
	ck_assert_str_eq(page.items[0].id, "urn:2");
	ck_assert_int_eq(page.count, 1);
}
END_TEST

START_TEST(outlines)
{
	struct temporal_q q = {0};
	struct temporal_query query = query_of(&q);
	struct evolution_page page = found(&query);
	struct outline o = outlined(&query, &page, 1000, true);

	ck_assert_uint_eq(o.len, 4); /* a, a of the dataset, b; a */
	ck_assert_int_eq(o.items[0].count, 24);
	ck_assert_int_eq(o.items[0].first, midnight);
	ck_assert_int_eq(o.items[0].last, midnight + 23 * HOUR);
	ck_assert_int_eq(o.items[0].class, VALUE_NUMBER);
	ck_assert_str_eq(o.items[1].dataset_iri, "urn:d");
	ck_assert_str_eq(o.items[2].attr_iri, X "b");
	ck_assert_int_eq(o.items[2].class, VALUE_NUMBER); /* of what is no deletion */
	ck_assert_int_eq(o.items[3].class, VALUE_STRING);
	o = outlined(&query, &page, 5, false);
	ck_assert_uint_eq(o.len, 3);
	ck_assert_int_eq(o.items[0].count, 5); /* no more than that are counted */
	o = outlined(&query, &page, 0, false);
	ck_assert_int_eq(o.items[0].last, midnight + 23 * HOUR);
	q.last_n = 2;
	o = outlined(&query, &page, 1000, false);
	ck_assert_int_eq(o.items[0].count, 2);
	ck_assert_int_eq(o.items[0].from.time, midnight + 22 * HOUR);
	q = (struct temporal_q){.property_given = true}; /* observedAt itself */
	o = outlined(&query, &page, 1000, false);
	ck_assert_uint_eq(o.len, 2);
}
END_TEST

START_TEST(reads_rows_in_parts)
{
	struct temporal_q q = {0};
	struct temporal_query query = query_of(&q);
	struct evolution_page page = found(&query);
	struct outline o = outlined(&query, &page, 1000, false);
	struct rows_wanted wanted = {
		.from = o.items[0].from, .to = TEMPORAL_LAST, .most = 4, .end = o.len};
	int64_t before = 0;
	size_t n = 0, series = 0;
	bool more = true;

	while (more) {
		auto_series_rows rows = {0};

		OK(temporal_rows(
			pg, &entities, &query, &page, &o, &wanted, &arena, &rows, &err));
		for (size_t i = 0; i < rows.len; i++) {
			if (rows.items[i].series != series)
				before = 0;
			series = rows.items[i].series;
			ck_assert_int_ge(rows.items[i].place.time, before);
			before = rows.items[i].place.time;
			n++;
		}
		more = rows.more;
		if (more) {
			wanted.start = rows.items[rows.len - 1].series;
			wanted.from = rows.items[rows.len - 1].place;
			wanted.from.second++;
		}
	}
	ck_assert_uint_eq(n, 24 + 1 + 2 + 1);
	wanted = (struct rows_wanted){.start = o.len - 1,
		.end = o.len,
		.from = o.items[o.len - 1].from,
		.to = midnight,
		.most = 4};
	auto_series_rows none = {0};
	OK(temporal_rows(pg, &entities, &query, &page, &o, &wanted, &arena, &none, &err));
	ck_assert_uint_eq(none.len, 0);
}
END_TEST

START_TEST(cuts_in_time)
{
	struct temporal_q q = {.rel = TIMEREL_AFTER, .at = midnight};
	struct temporal_query query = query_of(&q);
	struct evolution_page page = found(&query);
	struct outline o = outlined(&query, &page, 1000, false);
	int64_t at = 0;
	bool cut;

	OK(temporal_cut(
		pg, &entities, &query, &page, &o, 7, false, &arena, &at, &cut, &err));
	ck_assert(cut);
	ck_assert_int_eq(at, midnight + 6 * HOUR); /* both datasets of 6 o'clock are in */
	OK(temporal_cut(
		pg, &entities, &query, &page, &o, 2, true, &arena, &at, &cut, &err));
	ck_assert(cut);
	ck_assert_int_eq(at, midnight + 23 * HOUR);
	OK(temporal_cut(
		pg, &entities, &query, &page, &o, 26, false, &arena, &at, &cut, &err));
	ck_assert(!cut); /* that is all */
}
END_TEST

START_TEST(sums_by_period)
{
	struct temporal_q q = {.rel = TIMEREL_AFTER,
		.at = midnight,
		.methods = 1u << AGGR_DISTINCT_COUNT | 1u << AGGR_SUM,
		.period = {.us = 6 * HOUR}};
	struct temporal_query query = query_of(&q);
	struct evolution_page page = found(&query);
	struct outline o = outlined(&query, &page, 0, false);
	int64_t bounds[5];
	struct periods periods, listed = {.bounds = bounds, .bounds_len = 5};
	struct series_buckets by_step, by_bounds;

	OK(temporal_periods(
		pg, &q, midnight, midnight + 24 * HOUR, &arena, &periods, &err));
	ck_assert_int_eq(periods.step, 6 * HOUR);
	for (int i = 0; i < 5; i++)
		bounds[i] = midnight + i * 6 * HOUR;
	OK(temporal_sums(pg, &entities, &query, &page, &o, 0, o.len, &periods, &arena,
		&by_step, &err));
	OK(temporal_sums(pg, &entities, &query, &page, &o, 0, o.len, &listed, &arena,
		&by_bounds, &err));
	ck_assert_uint_eq(by_step.len, 6); /* four of a, one of its dataset, one of 2 */
	ck_assert_uint_eq(by_bounds.len, 6);
	for (size_t i = 0; i < by_step.len; i++) {
		ck_assert_int_eq(by_step.items[i].start, by_bounds.items[i].start);
		ck_assert_double_eq(
			by_step.items[i].numbers.sum, by_bounds.items[i].numbers.sum);
	}
	ck_assert_double_eq(by_step.items[1].numbers.sum, 6 + 7 + 8 + 9 + 10 + 11);
	ck_assert_int_eq(by_step.items[1].numbers.distinct, 6);
	ck_assert_str_eq(by_step.items[4].dataset_iri, "urn:d");
	ck_assert_int_eq(by_step.items[5].total, 1);
	ck_assert_int_eq(by_step.items[5].numbers.count, 0);
}
END_TEST

START_TEST(periods_of_all_kinds)
{
	struct temporal_q q = {.rel = TIMEREL_AFTER, .at = midnight};
	struct periods periods;
	int64_t start, end, median[3];
	struct temporal_query query = query_of(&q);
	struct evolution_page page = found(&query);
	struct outline o = outlined(&query, &page, 0, false);

	OK(temporal_periods(pg, &q, midnight, midnight + HOUR, &arena, &periods, &err));
	periods_at(&periods, midnight, &start, &end);
	ck_assert_int_eq(end - start, HOUR); /* one for everything */
	q.period.days = 1;
	q.tz = "Europe/Paris";
	OK(temporal_periods(
		pg, &q, midnight, midnight + 48 * HOUR, &arena, &periods, &err));
	periods_at(&periods, midnight, &start, &end);
	ck_assert_int_eq(start, midnight - 2 * HOUR);
	ck_assert_int_eq(end, midnight + 22 * HOUR);
	periods_at(&periods, midnight + 22 * HOUR, &start, &end);
	ck_assert_int_eq(start, midnight + 22 * HOUR);
	q.tz = "Europe/Marseille";
	ck_assert_int_eq(
		temporal_periods(pg, &q, midnight, midnight, &arena, &periods, &err), -1);
	ck_assert_str_eq(err.detail,
		"tz: 'Europe/Marseille' is no time zone that is known here; use a name "
		"such as Europe/Paris");
	q.tz = NULL;
	q.period = (struct duration){.us = 1};
	ck_assert_int_eq(temporal_periods(pg, &q, midnight, midnight + HOUR, &arena,
				 &periods, &err),
		-1);
	ck_assert_int_eq(err.kind, ERR_TOO_MANY_RESULTS);
	OK(temporal_medians(
		pg, &entities, &query, &page, &o, 0, o.len, &arena, median, &err));
	ck_assert_int_eq(median[0], HOUR);
	ck_assert_int_eq(median[1], 0); /* one instance has no interval */
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("temporal");

	pgfixture_start_migrated();
	fill();
	tcase_add_checked_fixture(tc, open_all, close_all);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, finds_pages);
	tcase_add_test(tc, outlines);
	tcase_add_test(tc, reads_rows_in_parts);
	tcase_add_test(tc, cuts_in_time);
	tcase_add_test(tc, sums_by_period);
	tcase_add_test(tc, periods_of_all_kinds);
	return suite_run("temporal", tc);
}
