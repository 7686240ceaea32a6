/* SPDX-License-Identifier: Apache-2.0 */
#include "pgsession.h"

#include "pgfixture.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct pg *pg;
struct err err;

void pgsession_open(void)
{
	const struct pg_config config = {
		.conninfo = pgfixture_conninfo(), .statement_timeout_ms = 3000};

	memset(&err, 0, sizeof(err));
	pg = pg_open(&config);
}

void pgsession_close(void)
{
	pg_close(pg);
	pg = NULL;
}

char *value(const char *sql)
{
	const struct pg_stmt stmt = {.sql = sql};
	auto_pgresult *res = NULL;

	if (pg_query(pg, &stmt, NULL, &res, &err) < 0)
		ck_abort_msg("%s: %s", sql, err.detail);
	return strdup(PQgetvalue(res, 0, 0));
}

void check_value(const char *sql, const char *expected)
{
	char *got = value(sql);

	ck_assert_str_eq(got, expected);
	free(got);
}

int64_t count_rows(void)
{
	static const struct pg_stmt count = {
		.name = "count", .sql = "SELECT count(*) FROM pg_test", .binary = true};
	auto_pgresult *res = NULL;

	ck_assert_int_eq(pg_query(pg, &count, NULL, &res, &err), 0);
	return pg_get_int(res, 0, 0);
}

void pgsession_table(void)
{
	pgfixture_exec("CREATE TABLE pg_test (n int8)");
}
