/* SPDX-License-Identifier: Apache-2.0 */
/* Near a place with a q: whether places or values are what is looked at first, the pages are
 * the same. */
#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <base/jn.h>
#include <core/geo_q.h>
#include <core/q.h>
#include <store/dict.h>
#include <store/entities.h>
#include <store/lane.h>
#include <store/pg.h>
#include <store/rarity.h>
#include <store/reach.h>
#include <store/value_paths.h>

#include "pgfixture.h"
#include "suite.h"
#include "waiting.h"

#include <string.h>
#include <unistd.h>

#define X    "https://x.org/"
#define MANY 120

static struct pg_config config;
static struct entity_index places;
static struct lanes *lanes;
static struct pg *pg;
static struct arena arena;

/* Geometries of all kinds; several are at equal distances. */
static const char *geometry(int i)
{
	const char *point = arena_printf(&arena,
		"{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Point\",\"coordinates\":"
		"[%s%d.%d,%d]}",
		i % 2 == 0 ? "-" : "", i / 40, i % 10, i % 3);
	const char *line = arena_printf(&arena,
		"{\"type\":\"GeoProperty\",\"value\":{\"type\":\"LineString\","
		"\"coordinates\":[[%d,1],[%d,3]]}}",
		i % 9 - 4, i % 7);

	if (i % 10 == 3)
		return line;
	if (i % 10 == 4) /* the line is another instance */
		return arena_printf(
			&arena, "[%s,\"datasetId\":\"urn:d\"},%s]", point, line);
	if (i % 10 == 5)
		return arena_printf(&arena, "%s,\"expiresAt\":\"20%s1-01-01T00:00:00Z\"}",
			point, i % 20 == 5 ? "0" : "9");
	return arena_printf(&arena, "%s}", point);
}

static void create_all(void)
{
	struct write_op *ops = arena_array(&arena, struct write_op, MANY);
	struct waiting w;

	for (int i = 0; i < MANY; i++) {
		const char *id = arena_printf(&arena, "urn:near:%d", i);
		const char *text = arena_printf(&arena,
			"{\"id\":\"%s\",\"type\":[\"" X "T\"],\"" X "g\":%s,\"" X
			"n\":{\"type\":\"Property\",\"value\":%d}}",
			id, geometry(i), i % 2);

		ops[i].tenant = 1;
		ops[i].op = (struct op){.kind = OP_CREATE,
			.id = id,
			.doc = jn_parse_trusted(text, strlen(text), &arena),
			.now = clock_now()};
		ck_assert_ptr_nonnull(ops[i].op.doc);
	}
	waiting_begin(&w, lanes, ops, MANY, &arena);
	waiting_end(&w);
	for (int i = 0; i < MANY; i++)
		ck_assert_msg(
			ops[i].err.kind == ERR_NONE, "%d: %s", i, ops[i].err.detail);
}

static const char *names[] = {X "n"};
static const struct q_value one = {.type = Q_NUMBER, .text = "1", .number = 1};
static const struct q is_one = {.op = Q_EQ,
	.path = {.names = names, .names_len = 1},
	.values = &one,
	.values_len = 1};

static void ask(const struct geo_q *geo, const struct q *q, unsigned limit,
	unsigned offset, struct entity_page *page)
{
	struct entity_query query = {.tenant = 1,
		.q = q,
		.geo = geo,
		.limit = limit,
		.offset = offset,
		.count = true,
		.now = clock_now()};
	struct err err = {0};

	ck_assert_msg(entities_query(pg, &places, &query, &arena, page, &err) == 0, "%s",
		err.detail);
}

static struct jn *entity(const struct entity_page *page, size_t i)
{
	return jn_parse_trusted(page->docs[i].text, page->docs[i].len, &arena);
}

static const char *id_of(const struct jn *doc)
{
	return jn_text(jn_get(doc, "id"), &arena);
}

/* All that are near, and of them, by hand, those that q leaves. */
static size_t find_all(const struct geo_q *geo, const char *ids[MANY])
{
	auto_entity_page page = {0};
	size_t n = 0;

	ask(geo, NULL, MANY, 0, &page);
	for (size_t i = 0; i < page.len; i++) {
		struct jn *doc = entity(&page, i);

		if (q_eval(&is_one, doc, clock_now(), NULL, &arena))
			ids[n++] = id_of(doc);
	}
	return n;
}

static void check_page(const struct geo_q *geo, unsigned limit, unsigned offset,
	const char *const *ids, size_t n)
{
	auto_entity_page page = {0};
	size_t left = offset < n ? n - offset : 0;

	ask(geo, &is_one, limit, offset, &page);
	ck_assert_uint_eq(page.len, left < limit ? left : limit);
	ck_assert(page.more == (left > limit));
	ck_assert_int_eq(page.count, (int64_t)n);
	for (size_t i = 0; i < page.len; i++)
		ck_assert_str_eq(id_of(entity(&page, i)), ids[offset + i]);
}

static const struct geo_q asked[] = {
	{.rel = GEOREL_NEAR_MAX,
		.distance = 20000000,
		.geometry = "{\"type\":\"Point\",\"coordinates\":[0,0]}",
		.property = X "g"},
	{.rel = GEOREL_NEAR_MAX,
		.distance = 200000,
		.geometry = "{\"type\":\"Point\",\"coordinates\":[0.5,1]}",
		.property = X "g"},
	{.rel = GEOREL_NEAR_MAX,
		.distance = 90000,
		.geometry = "{\"type\":\"LineString\",\"coordinates\":[[-1,0],[1,2]]}",
		.property = X "g"},
};

static void check_all(void)
{
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		const char *ids[MANY];
		size_t n = find_all(&asked[i], ids);

		ck_assert_uint_gt(n, 8);
		for (unsigned offset = 0; offset < n + 10; offset += 7) {
			check_page(&asked[i], 7, offset, ids, n);
			check_page(&asked[i], MANY, offset, ids, n);
		}
	}
}

/* How many statements began with values? */
static int64_t by_value(void)
{
	static const struct pg_stmt count = {"by_value",
		"SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE"
		" '%(ARRAY(SELECT v.eid FROM value v%n.d%'",
		.binary = true};
	auto_pgresult *res = NULL;
	struct err err = {0};

	ck_assert_int_eq(pg_query(pg, &count, NULL, &res, &err), 0);
	return pg_get_int(res, 0, 0);
}

START_TEST(values_lead_to_the_same_pages)
{
	const char *key = q_path_key(&is_one.path, &arena);

	create_all();
	check_all();
	value_paths_want(places.paths, 1, key);
	for (int i = 0; value_paths_find(places.paths, 1, key) == 0; i++) {
		ck_assert_int_lt(i, 1000);
		usleep(10000);
	}
	check_all();
	ck_assert_int_gt(by_value(), 0);
}
END_TEST

/* Who asks for what is nowhere does not have those after him look at the whole globe. */
START_TEST(one_who_found_nothing_leads_nobody_astray)
{
	const struct reach_key key = {1, 2};
	double before, after;

	for (int i = 0; i < 5; i++)
		reach_learn(places.reach, &key, 500, 20);
	before = reach_guess(places.reach, &key, 21, 20000000);
	ck_assert_double_gt(before, 400);
	ck_assert_double_lt(before, 1000);
	reach_learn(places.reach, &key, 20000000, 0);
	after = reach_guess(places.reach, &key, 21, 20000000);
	ck_assert_double_lt(after, 200000);
	for (int i = 0; i < 30; i++)
		reach_learn(places.reach, &key, 500, 20);
	after = reach_guess(places.reach, &key, 21, 20000000);
	ck_assert_double_lt(after, 1.1 * before);
}
END_TEST

static void open_all(void)
{
	struct err err = {0};
	struct lanes_config lc = {.pg = &config, .lanes = 1};
	struct pg_config reader;

	config.conninfo = pgfixture_conninfo();
	reader = config;
	reader.reader = true;
	places.names = lc.names = dict_names(&config);
	places.paths = lc.paths = value_paths_start(&config, &err);
	ck_assert_msg(places.paths != NULL, "%s", err.detail);
	places.rarity = rarity_new();
	places.reach = reach_new();
	lanes = lanes_start(&lc, &err);
	ck_assert_msg(lanes != NULL, "%s", err.detail);
	pg = pg_open(&reader);
}

static void close_all(void)
{
	lanes_stop(lanes);
	value_paths_stop(places.paths);
	rarity_free(places.rarity);
	reach_free(places.reach);
	dict_free(places.names);
	pg_close(pg);
	arena_reset(&arena);
}

int main(void)
{
	TCase *tc = tcase_create("near");

	pgfixture_start_migrated();
	tcase_add_checked_fixture(tc, open_all, close_all);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, values_lead_to_the_same_pages);
	tcase_add_test(tc, one_who_found_nothing_leads_nobody_astray);
	return suite_run("near", tc);
}
