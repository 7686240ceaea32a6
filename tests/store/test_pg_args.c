/* SPDX-License-Identifier: Apache-2.0 */
#include "pgfixture.h"
#include "pgsession.h"
#include "suite.h"

#include <check.h>

START_TEST(parameters_travel)
{
	static const struct pg_stmt all = {.name = "all",
		.sql = "SELECT $1::text, $2::text, $3::int8, $4::int4, $5::float8, "
		       "$6::bool, "
		       "$7::timestamptz, $8::text, $9::numeric",
		.binary = false};
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_text(&args, "caf\xc3\xa9");
	pg_textn(&args, "abcdef", 3);
	pg_int(&args, INT64_MIN);
	pg_int4(&args, -7);
	pg_float(&args, 0.1);
	pg_bool(&args, true);
	pg_time(&args, 1700000000123456LL);
	pg_text(&args, NULL);
	pg_text(&args, "12.50");
	ck_assert_int_eq(pg_query(pg, &all, &args, &res, &err), 0);
	ck_assert_str_eq(PQgetvalue(res, 0, 0), "caf\xc3\xa9");
	ck_assert_str_eq(PQgetvalue(res, 0, 1), "abc");
	ck_assert_str_eq(PQgetvalue(res, 0, 2), "-9223372036854775808");
	ck_assert_str_eq(PQgetvalue(res, 0, 3), "-7");
	ck_assert_str_eq(PQgetvalue(res, 0, 4), "0.1");
	ck_assert_str_eq(PQgetvalue(res, 0, 5), "t");
	ck_assert_str_eq(PQgetvalue(res, 0, 6), "2023-11-14 22:13:20.123456+00");
	ck_assert(PQgetisnull(res, 0, 7));
	ck_assert_str_eq(PQgetvalue(res, 0, 8), "12.50");
}
END_TEST

START_TEST(binary_results_are_read)
{
	static const struct pg_stmt all = {.name = "results",
		.sql = "SELECT 5::int2, -6::int4, 7000000000::int8, true, -2.5::float8, "
		       "'2023-11-14 22:13:20.123456+00'::timestamptz",
		.binary = true};
	auto_pgresult *res = NULL;

	ck_assert_int_eq(pg_query(pg, &all, NULL, &res, &err), 0);
	ck_assert_int_eq(pg_get_int(res, 0, 0), 5);
	ck_assert_int_eq(pg_get_int(res, 0, 1), -6);
	ck_assert_int_eq(pg_get_int(res, 0, 2), 7000000000);
	ck_assert_int_eq(pg_get_int(res, 0, 3), 1);
	ck_assert_double_eq(pg_get_float(res, 0, 4), -2.5);
	ck_assert_int_eq(pg_get_time(res, 0, 5), 1700000000123456LL);
}
END_TEST

START_TEST(arrays_travel)
{
	static const struct pg_stmt all = {.name = "arrays",
		.sql = "SELECT $1::int8[]::text, $2::text[]::text, $3::int4[]::text, "
		       "$4::float8[]::text, $5::bool[]::text, $6::timestamptz[]::text, "
		       "$7::jsonb[]::text, cardinality($8::text[]), $9::tid[]::text",
		.binary = false};
	auto_pg_array longs, texts, ints, floats, bools, times, docs, none, tids;
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_array_init(&longs, PG_INT8);
	pg_array_init(&texts, PG_TEXT);
	pg_array_init(&ints, PG_INT4);
	pg_array_init(&floats, PG_FLOAT8);
	pg_array_init(&bools, PG_BOOL);
	pg_array_init(&times, PG_TIMESTAMPTZ);
	pg_array_init(&docs, PG_JSONB);
	pg_array_init(&none, PG_TEXT);
	pg_array_init(&tids, PG_TID);
	pg_array_text(&texts, "dropped", 7);
	pg_array_reset(&texts);
	pg_array_int(&longs, -1);
	pg_array_null(&longs);
	pg_array_text(&texts, "a,\"b\"", 5);
	pg_array_text(&texts, "", 0);
	pg_array_int(&ints, 42);
	pg_array_float(&floats, 1.5);
	pg_array_int(&bools, 1);
	pg_array_int(&bools, 0);
	pg_array_time(&times, 0);
	pg_array_text(&docs, "{\"a\":1}", 7);
	pg_array_tid(&tids, "\0\0\0\7\0\3");
	pg_args_array(&args, &longs);
	pg_args_array(&args, &texts);
	pg_args_array(&args, &ints);
	pg_args_array(&args, &floats);
	pg_args_array(&args, &bools);
	pg_args_array(&args, &times);
	pg_args_array(&args, &docs);
	pg_args_array(&args, &none);
	pg_args_array(&args, &tids);
	ck_assert_int_eq(pg_query(pg, &all, &args, &res, &err), 0);
	ck_assert_str_eq(PQgetvalue(res, 0, 0), "{-1,NULL}");
	ck_assert_str_eq(PQgetvalue(res, 0, 1), "{\"a,\\\"b\\\"\",\"\"}");
	ck_assert_str_eq(PQgetvalue(res, 0, 2), "{42}");
	ck_assert_str_eq(PQgetvalue(res, 0, 3), "{1.5}");
	ck_assert_str_eq(PQgetvalue(res, 0, 4), "{t,f}");
	ck_assert_str_eq(PQgetvalue(res, 0, 5), "{\"1970-01-01 00:00:00+00\"}");
	ck_assert_str_eq(PQgetvalue(res, 0, 6), "{\"{\\\"a\\\": 1}\"}");
	ck_assert_str_eq(PQgetvalue(res, 0, 7), "0");
	ck_assert_str_eq(PQgetvalue(res, 0, 8), "{\"(7,3)\"}");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pg_args");

	pgfixture_start();
	tcase_add_checked_fixture(tc, pgsession_open, pgsession_close);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, parameters_travel);
	tcase_add_test(tc, binary_results_are_read);
	tcase_add_test(tc, arrays_travel);
	return suite_run("pg_args", tc);
}
