/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox as who delivers sees it, however much is in it. */
#include <store/outbox.h>

#include "pgfixture.h"
#include "suite.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <store/pg.h>

#include <check.h>
#include <string.h>

#define MANY 3000

static struct pg *pg;
static struct arena a;
static struct err err;

/* The tables are known to be empty when the plans are made, as after a quiet night. */
static void setup(void)
{
	const struct pg_config config = {.conninfo = pgfixture_conninfo(),
		.statement_timeout_ms = 10000,
		.lane = true};

	memset(&err, 0, sizeof(err));
	pg = pg_open(&config);
	pgfixture_exec("TRUNCATE calanque.outbox_event, calanque.outbox_delivery,"
		       " calanque.outbox_dead, calanque.outbox_queue;"
		       "UPDATE calanque.outbox_count SET matched = 0, delivered = 0,"
		       " merged = 0, dead = 0, dropped = 0");
	pgfixture_exec("VACUUM ANALYZE calanque.outbox_event, calanque.outbox_delivery");
}

static void teardown(void)
{
	pg_close(pg);
	arena_reset(&a);
}

/* 50 entities' changes, each of which 5 subscriptions wait for. */
static void fill(void)
{
	pgfixture_exec(
		"SET search_path = calanque;"
		"INSERT INTO outbox_event SELECT n, 0, now() - interval '1 hour',"
		" 'urn:' || n % 50, '{}' FROM generate_series(1, 40000) n;"
		"INSERT INTO outbox_delivery SELECT s, n FROM generate_series(1, 5) s,"
		" generate_series(1, 40000) n;"
		"UPDATE outbox_count SET matched = 200000 WHERE slot = 0");
}

static void nothing(void *self, struct outbox_load *load, struct arena *arena)
{
}

static void run(struct outbox_cycle *cycle)
{
	ck_assert_int_eq(outbox_join(pg, &err), 0);
	cycle->session = outbox_session(pg);
	cycle->number = nothing;
	ck_assert_msg(outbox_cycle(pg, cycle, &a, &err) == 0, "%s", err.detail);
}

static struct outbox_counts counts(void)
{
	struct outbox_counts c;

	ck_assert_int_eq(outbox_counts(pg, &c, &err), 0);
	ck_assert_int_eq(
		c.matched, c.delivered + c.merged + c.dead + c.dropped + c.pending);
	return c;
}

static void deliver(int64_t first, size_t len)
{
	struct outbox_done *done = arena_array(&a, struct outbox_done, len);
	struct outbox_cycle cycle = {.done = done, .done_len = len};

	for (size_t i = 0; i < len; i++)
		done[i] = (struct outbox_done){
			.sid = 1 + (int64_t)i % 5, .event = first + (int64_t)i / 5};
	run(&cycle);
}

/* A backlog does not make it slow to tell what was delivered. */
START_TEST(removes_what_is_delivered_from_a_backlog)
{
	deliver(1, 1);
	fill();
	deliver(1, MANY);
	ck_assert_int_eq(counts().delivered, MANY);
	deliver(1, MANY); /* nothing twice */
	ck_assert_int_eq(counts().delivered, MANY);
	ck_assert_int_eq(counts().pending, 200000 - MANY);
}
END_TEST

START_TEST(merges_a_backlog)
{
	struct outbox_load load = {.sid = 3, .merge = true, .most = 100};
	struct outbox_cycle cycle = {.load = &load, .load_len = 1};

	run(&cycle);
	fill();
	run(&cycle);
	ck_assert_uint_eq(load.len, 50);
	ck_assert(!load.more);
	ck_assert_int_eq(load.events[0].event, 40000 - 49);
	ck_assert_int_eq(counts().merged, 40000 - 50);
}
END_TEST

START_TEST(buries_a_backlog)
{
	const struct outbox_limits limits = {.retention = INT64_C(60) * 1000000,
		.max_events = 1000000,
		.dead_letters = 500};
	bool more;

	ck_assert_int_eq(outbox_sweep(pg, &limits, clock_now(), &more, &err), 0);
	fill();
	pgfixture_exec("INSERT INTO calanque.subscription (sid, tenant, id, created,"
		       " modified, version, doc) OVERRIDING SYSTEM VALUE SELECT s, 0,"
		       " 'urn:' || s, now(), now(), 1, '' FROM generate_series(1, 5) s");
	more = true;
	for (int i = 0; more && i < 100; i++)
		ck_assert_msg(outbox_sweep(pg, &limits, clock_now(), &more, &err) == 0,
			"%s", err.detail);
	ck_assert_int_eq(counts().dead, 200000);
	ck_assert_int_eq(counts().pending, 0);
	ck_assert_int_eq(counts().letters, 2500);
	ck_assert_int_eq(counts().oldest, 0);
	pgfixture_exec("TRUNCATE calanque.subscription CASCADE");
}
END_TEST

/* The last parts of the log stay, the newest first. */
START_TEST(keeps_the_end_of_the_log)
{
	const char **parts;
	size_t len;

	for (int i = 1; i <= OUTBOX_LOG_PARTS * 2 + 7; i++) {
		const char *text = arena_printf(&a, "{\"n\":%d}", i);
		const struct outbox_log log = {
			.sid = 9, .part = i, .entries = text, .len = strlen(text)};
		struct outbox_cycle cycle = {.log = &log, .log_len = 1};

		run(&cycle);
	}
	ck_assert_int_eq(outbox_list_log(pg, 9, &a, &parts, &len, &err), 0);
	ck_assert_uint_eq(len, OUTBOX_LOG_PARTS);
	ck_assert_str_eq(
		parts[0], arena_printf(&a, "{\"n\":%d}", OUTBOX_LOG_PARTS * 2 + 7));
	ck_assert_str_eq(
		parts[len - 1], arena_printf(&a, "{\"n\":%d}", OUTBOX_LOG_PARTS + 8));
	ck_assert_int_eq(outbox_drop(pg, 9, &err), 0);
	ck_assert_int_eq(outbox_list_log(pg, 9, &a, &parts, &len, &err), 0);
	ck_assert_uint_eq(len, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("outbox");

	pgfixture_start_migrated();
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, removes_what_is_delivered_from_a_backlog);
	tcase_add_test(tc, merges_a_backlog);
	tcase_add_test(tc, buries_a_backlog);
	tcase_add_test(tc, keeps_the_end_of_the_log);
	return suite_run("outbox", tc);
}
