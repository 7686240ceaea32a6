/* SPDX-License-Identifier: Apache-2.0 */
#include "pgfixture.h"
#include "pgsession.h"
#include "suite.h"

#include <base/clock.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNREACHABLE "the database is not reachable; try again in a moment"

static const struct pg_stmt one = {
	.name = "one", .sql = "SELECT 1::int8", .binary = true};
static const struct pg_stmt echo = {.name = "echo", .sql = "SELECT $1::text"};
static const struct pg_stmt fails = {.name = "fails", .sql = "SELECT 1 / $1::int"};
static const struct pg_stmt unknown = {
	.name = "unknown", .sql = "SELECT nothing FROM nowhere"};
static const struct pg_stmt begin = {.name = "begin", .sql = "BEGIN"};
static const struct pg_stmt commit = {.name = "commit", .sql = "COMMIT"};
static const struct pg_stmt insert = {
	.name = "insert", .sql = "INSERT INTO pg_test (n) VALUES ($1::int8)"};

START_TEST(exec_counts_rows)
{
	struct pg_args args = {0};
	int64_t rows = -1;

	pg_int(&args, 1);
	ck_assert_int_eq(pg_script(pg, "TRUNCATE pg_test", &err), 0);
	ck_assert_int_eq(pg_exec(pg, &insert, &args, &rows, &err), 0);
	ck_assert_int_eq(rows, 1);
	ck_assert_int_eq(count_rows(), 1);
}
END_TEST

START_TEST(statements_are_prepared_once)
{
	auto_pgresult *a = NULL, *b = NULL;

	ck_assert_int_eq(pg_query(pg, &one, NULL, &a, &err), 0);
	ck_assert_int_eq(pg_query(pg, &one, NULL, &b, &err), 0);
	check_value(
		"SELECT count(*) FROM pg_prepared_statements WHERE name = 'one'", "1");
	check_value(
		"SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE "
		"name = 'one'",
		"2");
}
END_TEST

/* However many texts there are, the server remembers a bounded number. */
START_TEST(texts_are_forgotten)
{
	for (int i = 0; i < 400; i++) {
		char sql[64], expected[16];

		snprintf(sql, sizeof(sql), "SELECT %d", i);
		snprintf(expected, sizeof(expected), "%d", i);
		check_value(sql, expected);
		check_value("SELECT 'often'", "often");
	}
	check_value("SELECT count(*) FROM pg_prepared_statements", "128");
	check_value("SELECT count(*) FROM pg_prepared_statements WHERE statement = "
		    "'SELECT ''often'''",
		"1");
}
END_TEST

START_TEST(failed_prepare_can_be_tried_again)
{
	auto_pgresult *res = NULL;

	ck_assert_int_eq(pg_query(pg, &unknown, NULL, &res, &err), -1);
	ck_assert_ptr_null(res);
	ck_assert_int_eq(err.kind, ERR_INTERNAL);
	ck_assert_str_eq(err.detail, "storage failure");
	ck_assert_str_eq(pg_sqlstate(pg), "42P01");
	ck_assert_int_eq(pg_script(pg, "CREATE TABLE nowhere (nothing int)", &err), 0);
	err_clear(&err);
	ck_assert_int_eq(pg_query(pg, &unknown, NULL, &res, &err), 0);
	ck_assert_int_eq(pg_script(pg, "DROP TABLE nowhere", &err), 0);
}
END_TEST

START_TEST(rollback_leaves_nothing)
{
	struct pg_args args = {0};

	ck_assert_int_eq(pg_script(pg, "TRUNCATE pg_test", &err), 0);
	pg_rollback(pg); /* nothing to do */
	pg_int(&args, 1);
	ck_assert_int_eq(pg_exec(pg, &begin, NULL, NULL, &err), 0);
	ck_assert_int_eq(pg_exec(pg, &insert, &args, NULL, &err), 0);
	ck_assert_int_eq(pg_script(pg, "SELECT 1 / 0", &err), -1);
	pg_rollback(pg);
	ck_assert(!pg_in_transaction(pg));
	ck_assert_int_eq(count_rows(), 0);
}
END_TEST

START_TEST(pipeline_answers_in_order)
{
	for (int round = 0; round < 2; round++) { /* prepares, then knows */
		ck_assert_int_eq(pg_pipeline(pg, &err), 0);
		for (int i = 0; i < 50; i++) {
			struct pg_args args = {0};
			char text[16];

			snprintf(text, sizeof(text), "%d", i);
			pg_text(&args, text);
			ck_assert_int_eq(pg_send(pg, &echo, &args, &err), 0);
			ck_assert_int_eq(pg_send(pg, &one, NULL, &err), 0);
		}
		ck_assert_int_eq(pg_sync(pg, &err), 0);
		for (int i = 0; i < 50; i++) {
			auto_pgresult *res = NULL;

			ck_assert_int_eq(pg_next(pg, &res, &err), 0);
			ck_assert_int_eq(atoi(PQgetvalue(res, 0, 0)), i);
			ck_assert_int_eq(pg_next(pg, NULL, &err), 0);
		}
		ck_assert_int_eq(pg_leave(pg, &err), 0);
	}
	check_value("SELECT 1", "1");
}
END_TEST

static void send_int(const struct pg_stmt *stmt, int64_t v)
{
	struct pg_args args = {0};

	if (stmt == &fails)
		pg_int4(&args, (int32_t)v);
	else
		pg_int(&args, v);
	ck_assert_int_eq(pg_send(pg, stmt, &args, &err), 0);
}

/* Begin, two inserts, one of them bad: nothing stays, and the rest says why. */
START_TEST(pipeline_failure_aborts_what_follows)
{
	static const struct pg_stmt late = {.name = "late", .sql = "SELECT 5"};
	auto_pgresult *res = NULL;

	ck_assert_int_eq(pg_script(pg, "TRUNCATE pg_test", &err), 0);
	ck_assert_int_eq(pg_pipeline(pg, &err), 0);
	ck_assert_int_eq(pg_send(pg, &begin, NULL, &err), 0);
	send_int(&insert, 1);
	send_int(&fails, 0);
	ck_assert_int_eq(pg_send(pg, &late, NULL, &err), 0); /* its PREPARE is skipped */
	ck_assert_int_eq(pg_send(pg, &commit, NULL, &err), 0);
	ck_assert_int_eq(pg_sync(pg, &err), 0);
	ck_assert_int_eq(pg_next(pg, NULL, &err), 0);
	ck_assert_int_eq(pg_next(pg, NULL, &err), 0);
	ck_assert_int_eq(pg_next(pg, &res, &err), -1);
	ck_assert_ptr_null(res);
	ck_assert_str_eq(err.detail, "storage failure");
	ck_assert_str_eq(pg_sqlstate(pg), "22012");
	for (int i = 0; i < 2; i++) {
		err_clear(&err);
		ck_assert_int_eq(pg_next(pg, NULL, &err), -1);
		ck_assert_str_eq(err.detail, "storage failure");
	}
	err_clear(&err);
	ck_assert_int_eq(pg_leave(pg, &err), 0);
	ck_assert(pg_in_transaction(pg));
	pg_rollback(pg);
	ck_assert_int_eq(count_rows(), 0);
	ck_assert_int_eq(pg_query(pg, &late, NULL, &res, &err), 0);
}
END_TEST

START_TEST(syncs_make_statements_independent)
{
	ck_assert_int_eq(pg_pipeline(pg, &err), 0);
	for (int i = 0; i < 3; i++) {
		send_int(&fails, i - 1);
		ck_assert_int_eq(pg_sync(pg, &err), 0);
	}
	ck_assert_int_eq(pg_next(pg, NULL, &err), 0);
	ck_assert_int_eq(pg_next(pg, NULL, &err), -1);
	err_clear(&err);
	ck_assert_int_eq(pg_next(pg, NULL, &err), 0);
	ck_assert_int_eq(pg_leave(pg, &err), 0);
}
END_TEST

START_TEST(leaving_drops_the_rest)
{
	ck_assert_int_eq(pg_pipeline(pg, &err), 0);
	send_int(&fails, 1);
	send_int(&fails, 0);
	send_int(&fails, 1);
	ck_assert_int_eq(pg_leave(pg, &err), -1); /* without a sync, too */
	ck_assert_str_eq(err.detail, "storage failure");
	check_value("SELECT 1", "1");
	err_clear(&err);
	ck_assert_int_eq(pg_pipeline(pg, &err), 0);
	ck_assert_int_eq(pg_leave(pg, &err), 0); /* empty */
	ck_assert_int_eq(pg_pipeline(pg, &err), 0);
	send_int(&fails, 0);
	pg_rollback(pg); /* also ends a pipeline */
	check_value("SELECT 1", "1");
}
END_TEST

/* Far more than the socket's buffers hold, both ways at once. */
START_TEST(big_pipeline_does_not_lock_up)
{
	enum { STATEMENTS = 400, SIZE = 50000 };
	char *text = malloc(SIZE);
	struct pg_args args = {0};

	memset(text, 'x', SIZE);
	pg_textn(&args, text, SIZE);
	ck_assert_int_eq(pg_pipeline(pg, &err), 0);
	for (int i = 0; i < STATEMENTS; i++)
		ck_assert_int_eq(pg_send(pg, &echo, &args, &err), 0);
	ck_assert_int_eq(pg_sync(pg, &err), 0);
	for (int i = 0; i < STATEMENTS; i++) {
		auto_pgresult *res = NULL;

		ck_assert_int_eq(pg_next(pg, &res, &err), 0);
		ck_assert_int_eq(PQgetlength(res, 0, 0), SIZE);
	}
	ck_assert_int_eq(pg_leave(pg, &err), 0);
	free(text);
}
END_TEST

START_TEST(texts_in_a_pipeline_are_forgotten_later)
{
	static char sql[300][32];

	ck_assert_int_eq(pg_pipeline(pg, &err), 0);
	for (int i = 0; i < 300; i++) {
		struct pg_stmt stmt = {.sql = sql[i]};

		snprintf(sql[i], sizeof(sql[i]), "SELECT %d", i);
		ck_assert_int_eq(pg_send(pg, &stmt, NULL, &err), 0);
	}
	ck_assert_int_eq(pg_sync(pg, &err), 0);
	for (int i = 0; i < 300; i++) {
		auto_pgresult *res = NULL;

		ck_assert_int_eq(pg_next(pg, &res, &err), 0);
		ck_assert_int_eq(atoi(PQgetvalue(res, 0, 0)), i);
	}
	ck_assert_int_eq(pg_leave(pg, &err), 0);
	check_value("SELECT 7", "7");
}
END_TEST

START_TEST(loss_in_a_pipeline_is_unavailable)
{
	static const struct pg_stmt suicide = {.name = "suicide",
		.sql = "SELECT pg_terminate_backend(pg_backend_pid())"};

	ck_assert_int_eq(pg_pipeline(pg, &err), 0);
	ck_assert_int_eq(pg_send(pg, &one, NULL, &err), 0);
	ck_assert_int_eq(pg_sync(pg, &err), 0);
	ck_assert_int_eq(pg_send(pg, &suicide, NULL, &err), 0);
	ck_assert_int_eq(pg_send(pg, &one, NULL, &err), 0);
	ck_assert_int_eq(pg_sync(pg, &err), 0);
	ck_assert_int_eq(pg_next(pg, NULL, &err), 0); /* what came before the loss */
	for (int i = 0; i < 2; i++) {
		err_clear(&err);
		ck_assert_int_eq(pg_next(pg, NULL, &err), -1);
		ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
		ck_assert_str_eq(err.detail, UNREACHABLE);
	}
	err_clear(&err);
	ck_assert_int_eq(pg_leave(pg, &err), -1);
	ck_assert_str_eq(err.detail, UNREACHABLE);
	check_value("SELECT 1", "1");
}
END_TEST

/* Who takes several statements has the time of one; the next has its own again. */
START_TEST(time_runs_from_when_it_began)
{
	static const struct pg_stmt naps = {
		.name = "naps", .sql = "SELECT pg_sleep(0.3)"};
	const struct pg_config config = {
		.conninfo = pgfixture_conninfo(), .statement_timeout_ms = 3000};
	struct pg *reader = pg_open(&config);
	auto_pgresult *first = NULL, *second = NULL, *third = NULL;

	ck_assert_int_eq(
		pg_query_since(reader, clock_monotonic(), &naps, NULL, &first, &err), 0);
	for (int late = 2900000; late < 4000000; late += 1000000) {
		err_clear(&err);
		ck_assert_int_eq(pg_query_since(reader, clock_monotonic() - late, &naps,
					 NULL, &second, &err),
			-1);
		ck_assert_int_eq(err.kind, ERR_TOO_COMPLEX_QUERY);
		ck_assert_ptr_nonnull(strstr(err.detail, "more than 3000 ms"));
	}
	ck_assert_int_eq(pg_query(reader, &naps, NULL, &third, &err), 0);
	pg_close(reader);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pg_query");

	pgfixture_start();
	pgsession_table();
	tcase_add_checked_fixture(tc, pgsession_open, pgsession_close);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, exec_counts_rows);
	tcase_add_test(tc, statements_are_prepared_once);
	tcase_add_test(tc, texts_are_forgotten);
	tcase_add_test(tc, failed_prepare_can_be_tried_again);
	tcase_add_test(tc, rollback_leaves_nothing);
	tcase_add_test(tc, pipeline_answers_in_order);
	tcase_add_test(tc, pipeline_failure_aborts_what_follows);
	tcase_add_test(tc, syncs_make_statements_independent);
	tcase_add_test(tc, leaving_drops_the_rest);
	tcase_add_test(tc, big_pipeline_does_not_lock_up);
	tcase_add_test(tc, texts_in_a_pipeline_are_forgotten_later);
	tcase_add_test(tc, loss_in_a_pipeline_is_unavailable);
	tcase_add_test(tc, time_runs_from_when_it_began);
	return suite_run("pg_query", tc);
}
