/* SPDX-License-Identifier: Apache-2.0 */
#include <store/migrate.h>

#include "pgfixture.h"
#include "suite.h"

#include <base/err.h>
#include <store/pg.h>

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct migration three[] = {
	{1, "0001_first", "aa",
		"CREATE TABLE first (n int); INSERT INTO first VALUES (1)"},
	{2, "0002_second", "bb", "INSERT INTO first VALUES (2)"},
	{3, "0003_third", "cc", "INSERT INTO first VALUES (3)"},
	{0},
};
static const struct migration one[] = {
	{1, "0001_first", "aa",
		"CREATE TABLE first (n int); INSERT INTO first VALUES (1)"},
	{0},
};
static const struct migration changed[] = {
	{1, "0001_first", "aa",
		"CREATE TABLE first (n int); INSERT INTO first VALUES (1)"},
	{2, "0002_another", "dd", "INSERT INTO first VALUES (9)"},
	{0},
};
static const struct migration broken[] = {
	{1, "0001_first", "aa",
		"CREATE TABLE first (n int); INSERT INTO first VALUES (1)"},
	{2, "0002_broken", "ee", "INSERT INTO first VALUES (8); SELECT * FROM nowhere"},
	{0},
};
static const struct migration none[] = {{0}};

static struct err err;

static void setup(void)
{
	memset(&err, 0, sizeof(err));
	pgfixture_exec("DROP SCHEMA IF EXISTS calanque CASCADE");
}

static int run(const struct migration *list)
{
	int applied = -1;

	if (migrate(pgfixture_conninfo(), list, &applied, &err) < 0)
		return -1;
	return applied;
}

static void check_rows(const char *expected)
{
	static const struct pg_stmt stmt = {
		.sql = "SELECT string_agg(n::text, ',' ORDER BY n) FROM calanque.first"};
	const struct pg_config config = {.conninfo = pgfixture_conninfo()};
	struct pg *pg = pg_open(&config);
	auto_pgresult *res = NULL;

	ck_assert_int_eq(pg_query(pg, &stmt, NULL, &res, &err), 0);
	ck_assert_str_eq(PQgetvalue(res, 0, 0), expected);
	pg_close(pg);
}

START_TEST(each_is_applied_once)
{
	ck_assert_int_eq(run(one), 1);
	check_rows("1");
	ck_assert_int_eq(run(three), 2);
	ck_assert_int_eq(run(three), 0);
	check_rows("1,2,3");
}
END_TEST

START_TEST(newer_database_is_refused)
{
	ck_assert_int_eq(run(three), 3);
	ck_assert_int_eq(run(one), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_str_eq(err.detail,
		"the database was brought to 0003_third by a newer calanque; this one "
		"knows up "
		"to 0001_first: start the newer program, or restore a backup from "
		"before");
	err_clear(&err);
	ck_assert_int_eq(run(none), -1);
	ck_assert_str_eq(err.detail,
		"the database was brought to 0003_third by a newer calanque; this one "
		"knows up "
		"to none: start the newer program, or restore a backup from before");
	check_rows("1,2,3");
}
END_TEST

START_TEST(other_text_is_refused)
{
	ck_assert_int_eq(run(three), 3);
	ck_assert_int_eq(run(changed), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_str_eq(err.detail,
		"the database had migration 0002_second applied with another text than "
		"this "
		"calanque's 0002_another; start the program that made it");
}
END_TEST

START_TEST(failed_one_leaves_nothing)
{
	ck_assert_int_eq(run(broken), -1);
	ck_assert_int_eq(err.kind, ERR_INTERNAL);
	ck_assert_str_eq(err.detail, "migration 0002_broken: storage failure");
	check_rows("1"); /* the first stays, the second went back whole */
	err_clear(&err);
	ck_assert_int_eq(run(three), 2);
	check_rows("1,2,3");
}
END_TEST

static void *run_thread(void *arg)
{
	struct err mine = {0};
	int *applied = arg;

	if (migrate(pgfixture_conninfo(), three, applied, &mine) < 0)
		*applied = -1000;
	return NULL;
}

/* Several brokers start at the same moment on one database. */
START_TEST(several_at_once)
{
	pthread_t thread[4];
	int applied[4], sum = 0;

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(
			pthread_create(&thread[i], NULL, run_thread, &applied[i]), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
		sum += applied[i];
	}
	ck_assert_int_eq(sum, 3);
	check_rows("1,2,3");
}
END_TEST

START_TEST(unreachable_is_told)
{
	ck_assert_int_eq(migrate("host=/nonexistent", three, NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_str_eq(
		err.detail, "the database is not reachable; try again in a moment");
}
END_TEST

/* What is compiled in: numbered without gaps, and good SQL. */
START_TEST(own_migrations_work)
{
	int n = 0;

	for (; migrations[n].name != NULL; n++) {
		char prefix[8];

		ck_assert_int_eq(migrations[n].number, n + 1);
		snprintf(prefix, sizeof(prefix), "%04d_", n + 1);
		ck_assert_int_eq(strncmp(migrations[n].name, prefix, 5), 0);
		ck_assert_uint_eq(strlen(migrations[n].checksum), 64);
	}
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(run(migrations), n);
	ck_assert_int_eq(run(migrations), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("migrate");

	pgfixture_start();
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, each_is_applied_once);
	tcase_add_test(tc, newer_database_is_refused);
	tcase_add_test(tc, other_text_is_refused);
	tcase_add_test(tc, failed_one_leaves_nothing);
	tcase_add_test(tc, several_at_once);
	tcase_add_test(tc, unreachable_is_told);
	tcase_add_test(tc, own_migrations_work);
	return suite_run("migrate", tc);
}
