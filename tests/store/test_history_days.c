/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums of days never differ from what the rows say.  Random writes of all kinds, on several
 * threads beside the keeper; then each question is asked twice, once so that the sums can
 * answer and once so that they cannot (distinctCount).
 *
 *	HISTORY_DAYS_SEED=7 HISTORY_DAYS_ROUNDS=500 test_store_history_days
 */
#include "temporal_priv.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <base/jn.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/history_policy.h>
#include <store/dict.h>
#include <store/history_keeper.h>
#include <store/history_writes.h>
#include <store/pg.h>

#include "pgfixture.h"
#include "suite.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MINUTE  INT64_C(60000000)
#define HOUR    (60 * MINUTE)
#define DAY     (24 * HOUR)
#define DAYS    4 /* that are written, the last of them yesterday */
#define WRITERS 3
#define N       "https://x.org/n"

static struct pg_config config;
static struct dict *names;
static struct entity_index entities;
static struct history_writers *writers;
static struct history_policy policy;
static struct pg *pg;
static struct arena arena;
static int64_t today;

/* ---- writing */

struct writer {
	unsigned rng;
	int ops;
	bool *stop;
};

static int below(struct writer *w, int n)
{
	return rand_r(&w->rng) % n;
}

static void target(struct writer *w, struct history_target *t)
{
	static const char *const ids[] = {"urn:d:1", "urn:d:2"};

	*t = (struct history_target){.tenant = 1,
		.id = ids[below(w, 2)],
		.attr = N,
		.attr_name = "n",
		.all = true};
}

static int64_t some_time(struct writer *w)
{
	return today - DAY * (1 + below(w, DAYS)) + MINUTE * below(w, 1440);
}

static void add_instance(
	struct writer *w, struct strbuf *sb, int64_t at, const char *dataset)
{
	static const char *const others[] = {"\"x\"", "true", "\"urn:ngsi-ld:null\"",
		"1e200", "1e-200", "-4000", "4000"};
	char text[CLOCK_TEXT];

	strbuf_adds(sb, "{\"type\":\"Property\",\"value\":");
	if (below(w, 400) == 0)
		strbuf_adds(sb, others[below(w, 7)]);
	else
		strbuf_addf(sb, "%d.%d", below(w, 90) - 10, below(w, 10));
	strbuf_addf(sb, ",\"observedAt\":\"%s\"%s}", clock_format(at, text), dataset);
}

/* A day of a sensor, or part of one; or a value here and there. */
static void put(struct writer *w, const struct history_target *t, struct arena *a)
{
	bool dense = below(w, 2) == 0;
	int64_t at = dense ? today - DAY * (1 + below(w, DAYS)) : some_time(w);
	int n = dense ? 40 + below(w, 100) : 1 + below(w, 3);
	const char *dataset = below(w, 4) == 0 ? ",\"datasetId\":\"urn:d:a\"" : "";
	struct strbuf sb = {0};
	struct err err = {0};
	const struct jn *doc;

	strbuf_addf(
		&sb, "{\"id\":\"%s\",\"type\":[\"https://x.org/T\"],\"" N "\":[", t->id);
	for (int i = 0; i < n; i++) {
		if (i > 0)
			strbuf_addc(&sb, ',');
		add_instance(w, &sb, at, dataset);
		at = dense ? at + MINUTE * (5 + below(w, 10)) : some_time(w);
	}
	strbuf_adds(&sb, "]}");
	doc = jn_parse_trusted(sb.data, sb.len, a);
	ck_assert_ptr_nonnull(doc);
	ck_assert_msg(history_put(writers, t, doc, clock_now(), true, a, NULL, &err) == 0,
		"%s", err.detail);
	strbuf_fini(&sb);
}

/* An instanceId, which may not be there any more. */
static const char *some_instance(struct writer *w, struct pg *own, struct arena *a)
{
	struct pg_stmt stmt = {
		.sql = "SELECT seq::text FROM history ORDER BY random() LIMIT 1"};
	auto_pgresult *res = NULL;
	struct err err = {0};

	ck_assert_msg(pg_query(own, &stmt, NULL, &res, &err) == 0, "%s", err.detail);
	return PQntuples(res) == 0
		? HISTORY_INSTANCE "1"
		: arena_printf(a, HISTORY_INSTANCE "%s", PQgetvalue(res, 0, 0));
}

static void replace(struct writer *w, struct history_target *t, struct arena *a)
{
	struct strbuf sb = {0};
	struct err err = {0};

	add_instance(w, &sb, some_time(w), "");
	if (history_replace_instance(writers, t, jn_parse_trusted(sb.data, sb.len, a),
		    clock_now(), a, &err) < 0)
		ck_assert_msg(err.kind == ERR_NOT_FOUND || err.kind == ERR_ALREADY_EXISTS,
			"%s", err.detail);
	strbuf_fini(&sb);
}

static void operate(struct writer *w, struct pg *own, struct arena *a)
{
	struct history_target t;
	struct err err = {0};
	int what = below(w, 40), rc = 0;

	target(w, &t);
	if (what < 28) {
		put(w, &t, a);
		return;
	}
	t.instance_id = some_instance(w, own, a);
	if (what < 34)
		replace(w, &t, a);
	else if (what < 38)
		rc = history_delete_instance(writers, &t, &err);
	else if (what == 38)
		rc = history_delete_attribute(writers, &t, &err);
	else
		rc = history_delete(writers, &t, &err);
	ck_assert_msg(rc == 0 || err.kind == ERR_NOT_FOUND, "%s", err.detail);
}

static void *write_some(void *arg)
{
	struct writer *w = arg;
	struct pg *own = pg_open(&config);
	struct arena a = {0};

	for (int i = 0; i < w->ops; i++) {
		operate(w, own, &a);
		arena_rewind(&a);
	}
	arena_reset(&a);
	pg_close(own);
	return NULL;
}

/* ---- adding up */

static bool look(void)
{
	struct history_keeper_config kc = {
		.pg = &config, .names = names, .policy = &policy};
	struct history_look look = {0};
	struct err err = {0};

	ck_assert_msg(history_keep(&kc, today + 4 * HOUR, false, &look, &err) == 0, "%s",
		err.detail);
	return look.more;
}

static void *keep_on(void *arg)
{
	bool *stop = arg;

	while (!__atomic_load_n(stop, __ATOMIC_ACQUIRE))
		(void)look();
	return NULL;
}

static int64_t ask(const char *sql)
{
	struct pg_stmt stmt = {.sql = sql, .binary = true};
	auto_pgresult *res = NULL;
	struct err err = {0};

	ck_assert_msg(pg_query(pg, &stmt, NULL, &res, &err) == 0, "%s", err.detail);
	return pg_get_int(res, 0, 0);
}

/* ---- asking */

struct question {
	struct temporal_q q;
	struct temporal_query query;
	struct entity_selector selector;
	const char *id;
};

static void do_sql(const char *sql)
{
	struct pg_stmt stmt = {.sql = sql};
	struct err err = {0};

	ck_assert_msg(pg_exec(pg, &stmt, NULL, NULL, &err) == 0, "%s", err.detail);
}

static struct series_buckets answer(struct question *qu, unsigned methods)
{
	struct evolution_page page;
	struct outline o;
	struct periods periods;
	struct series_buckets sums = {0};
	struct err err = {0};

	qu->q.methods = methods;
	ck_assert(temporal_get(pg, &entities, &qu->query, &arena, &page, &err) == 0);
	ck_assert(temporal_outline(pg, &entities, &qu->query, &page, 0, false, &arena, &o,
			  &err) == 0);
	ck_assert(temporal_periods(pg, &qu->q, qu->q.at, qu->q.end_at, &arena, &periods,
			  &err) == 0);
	if (o.len > 0)
		ck_assert_msg(temporal_sums(pg, &entities, &qu->query, &page, &o, 0,
				      o.len, &periods, &arena, &sums, &err) == 0,
			"%s", err.detail);
	return sums;
}

static bool near(double a, double b)
{
	return a == b || (isnan(a) && isnan(b)) ||
		fabs(a - b) <= 1e-9 * (1 + fabs(a) + fabs(b));
}

static void check_same(const struct series_bucket *a, const struct series_bucket *b)
{
	const struct number_sums *x = &a->numbers, *y = &b->numbers;

	ck_assert_int_eq(a->start, b->start);
	ck_assert_int_eq(a->dataset, b->dataset);
	ck_assert_int_eq(a->total, b->total);
	ck_assert_int_eq(x->count, y->count);
	ck_assert_msg(near(x->sum, y->sum), "%g %g", x->sum, y->sum);
	ck_assert_msg(near(x->min, y->min) && near(x->max, y->max), "ends");
	ck_assert_msg(near(x->sumsq, y->sumsq), "%g %g", x->sumsq, y->sumsq);
	ck_assert_msg(near(x->spread, y->spread), "%g %g", x->spread, y->spread);
	ck_assert_msg(near(x->energy, y->energy), "%g %g", x->energy, y->energy);
}

static void random_question(struct writer *w, struct question *qu)
{
	static const struct duration periods[] = {{.us = HOUR}, {.us = 3 * HOUR},
		{.us = 10 * MINUTE}, {.days = 1}, {.days = 7}, {0}};
	static const char *const zones[] = {NULL, "Europe/Paris", "Asia/Kolkata"};
	struct history_target t;

	target(w, &t);
	*qu = (struct question){.id = t.id};
	qu->selector = (struct entity_selector){.ids = &qu->id, .ids_len = 1};
	qu->q.rel = TIMEREL_BETWEEN;
	qu->q.at = today - (DAYS + 1) * DAY + below(w, 30) * HOUR;
	if (below(w, 2) == 0)
		qu->q.at += below(w, 3600) * INT64_C(1000000);
	qu->q.end_at =
		qu->q.at + below(w, 120) * HOUR + below(w, 2) * below(w, 60) * MINUTE;
	qu->q.period = periods[below(w, 6)];
	qu->q.tz = zones[below(w, 3)];
	qu->query = (struct temporal_query){
		.entities = {.tenant = 1,
			.selectors = &qu->selector,
			.selectors_len = 1,
			.limit = 1},
		.temporal = &qu->q,
	};
}

static void check(struct writer *w)
{
	unsigned all = (1u << AGGREGATIONS) - 1;

	for (int i = 0; i < 20; i++) {
		struct question qu;
		struct series_buckets sums, rows;

		random_question(w, &qu);
		sums = answer(&qu, all & ~(1u << AGGR_DISTINCT_COUNT));
		rows = answer(&qu, all);
		ck_assert_uint_eq(sums.len, rows.len);
		for (size_t j = 0; j < sums.len; j++)
			check_same(&sums.items[j], &rows.items[j]);
		arena_rewind(&arena);
	}
}

static long setting(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtol(text, NULL, 10) : otherwise;
}

START_TEST(sums_are_what_the_rows_say)
{
	long seed = setting("HISTORY_DAYS_SEED", 11);
	long rounds = setting("HISTORY_DAYS_ROUNDS", 25);
	struct writer w = {.rng = (unsigned)seed};
	int64_t used = 0;

	for (long round = 0; round < rounds; round++) {
		struct writer each[WRITERS];
		pthread_t thread[WRITERS], keeper;
		bool stop = false;

		ck_assert(pthread_create(&keeper, NULL, keep_on, &stop) == 0);
		for (int i = 0; i < WRITERS; i++) {
			each[i] = (struct writer){.rng = (unsigned)below(&w, 1 << 30),
				.ops = 1 + below(&w, 8)};
			ck_assert(pthread_create(
					  &thread[i], NULL, write_some, &each[i]) == 0);
		}
		for (int i = 0; i < WRITERS; i++)
			pthread_join(thread[i], NULL);
		check(&w);
		__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
		pthread_join(keeper, NULL);
		while (look())
			;
		ck_assert_int_eq(ask("SELECT count(*) FROM history_stale"), 0);
		used += ask("SELECT count(*) FROM history_day");
		check(&w);
	}
	ck_assert_int_gt(used, rounds); /* there was something to get wrong */
}
END_TEST

/* What nobody marked is added up once its day is over, and not before. */
START_TEST(days_close)
{
	int64_t day = today - 10 * DAY;
	struct history_keeper_config kc = {
		.pg = &config, .names = names, .policy = &policy};
	struct history_look seen;
	struct err err = {0};

	pgfixture_exec(arena_printf(&arena,
		"SET search_path = calanque, public; INSERT INTO history"
		" SELECT 77, 78, 0, to_timestamp(%" PRId64
		") + i * interval '5 min', 0, i,"
		" now(), now(), NULL, i, NULL, '{}' FROM generate_series(0, 287) i;"
		"UPDATE history_closed SET until = to_timestamp(%" PRId64 ")::date",
		day / 1000000, day / 1000000));
	ck_assert(history_keep(&kc, day + DAY + 3 * HOUR - 1, false, &seen, &err) == 0);
	ck_assert_int_eq(ask("SELECT count(*) FROM history_day WHERE hid = 77"), 0);
	ck_assert(history_keep(&kc, day + DAY + 3 * HOUR, false, &seen, &err) == 0);
	ck_assert_int_eq(
		ask("SELECT count(*) FROM history_day WHERE hid = 77 AND hours = (1 << "
		    "24) - 1"
		    " AND count[1] = 12 AND sum[24] = 12 * 281.5 AND least[1] = 0"
		    " AND greatest[24] = 287 AND squares[1] = 506 AND spread[1] = 143"),
		1);
	pgfixture_exec("DELETE FROM calanque.history WHERE hid = 77;"
		       "DELETE FROM calanque.history_day WHERE hid = 77");
}
END_TEST

/* A statement that takes long does not keep the program from ending. */
START_TEST(stops_soon)
{
	const struct history_keeper_config kc = {.pg = &config,
		.names = names,
		.policy = &policy,
		.tick_ms = 60000,
		.retention_ticks = 1};
	const struct timespec pause = {.tv_nsec = 20000000};
	struct history_keeper *keeper;
	struct err err = {0};
	int64_t begin;

	do_sql("CREATE FUNCTION doze() RETURNS trigger LANGUAGE plpgsql AS"
	       " 'BEGIN PERFORM pg_sleep(50); RETURN OLD; END'");
	do_sql("CREATE TRIGGER doze BEFORE DELETE ON history_stale EXECUTE FUNCTION "
	       "doze()");
	keeper = history_keeper_start(&kc, &err);
	ck_assert(keeper != NULL);
	while (ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event = "
		   "'PgSleep'") == 0)
		(void)nanosleep(&pause, NULL);
	begin = clock_monotonic();
	history_keeper_stop(keeper);
	ck_assert_int_lt(clock_monotonic() - begin, INT64_C(10000000));
	do_sql("DROP FUNCTION doze() CASCADE");
}
END_TEST

static void setup(void)
{
	struct context *ctx = context_core();
	struct err err = {0};

	config = (struct pg_config){.conninfo = pgfixture_conninfo()};
	pg = pg_open(&config);
	names = dict_names(&config);
	entities.names = names;
	writers = history_writers_new(&config, names, WRITERS);
	ck_assert(history_policy_parse("on", ctx, &policy, &err) == 0);
	context_unref(ctx);
	/* who writes holds a day open for an hour more */
	today = (clock_now() - HOUR) / DAY * DAY;
}

static void teardown(void)
{
	history_writers_free(writers);
	history_policy_fini(&policy);
	dict_free(names);
	pg_close(pg);
	arena_reset(&arena);
}

int main(void)
{
	TCase *tc = tcase_create("history_days");

	pgfixture_start_migrated();
	tcase_set_timeout(tc, 300);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, days_close);
	tcase_add_test(tc, stops_soon);
	tcase_add_test(tc, sums_are_what_the_rows_say);
	return suite_run("history_days", tc);
}
