/* SPDX-License-Identifier: Apache-2.0 */
/* Databases that lack something, and what the operator is told to do. */
#include <store/database.h>

#include "pgfixture.h"
#include "suite.h"

#include <base/clock.h>
#include <base/err.h>
#include <store/migrate.h>
#include <store/pg.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct err err;
static char version[32], name[64], conninfo[1100];

static void exec(const char *fmt, const char *arg)
{
	char sql[200];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(sql, sizeof(sql), fmt, arg);
#pragma GCC diagnostic pop
	pgfixture_exec(sql);
}

/* Another database beside the fixture's, bare, and a role without rights. */
static void setup(void)
{
	memset(&err, 0, sizeof(err));
	version[0] = '\0';
	snprintf(name, sizeof(name), "bare_%d", (int)getpid());
	snprintf(conninfo, sizeof(conninfo), "%s dbname=%s", pgfixture_conninfo(), name);
	exec("CREATE DATABASE %s TEMPLATE template0", name);
	exec("CREATE ROLE %s_guest LOGIN", name);
}

static void teardown(void)
{
	exec("DROP DATABASE IF EXISTS %s WITH (FORCE)", name);
	exec("DROP ROLE %s_guest", name);
}

static void as_guest(void)
{
	snprintf(conninfo, sizeof(conninfo), "%s dbname=%s user=%s_guest",
		pgfixture_conninfo(), name, name);
}

static void refused(const char *expected)
{
	ck_assert_int_eq(database_check(conninfo, 1000, NULL, version, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_str_eq(err.detail, expected);
}

START_TEST(postgis_is_added)
{
	int applied = 0;

	for (int i = 0; i < 2; i++) {
		ck_assert_msg(database_check(conninfo, 1000, NULL, version, &err) == 0,
			"%s", err.detail);
		ck_assert_int_ge(atoi(version), 13);
		ck_assert_uint_eq(strspn(version, "0123456789."), strlen(version));
	}
	ck_assert_int_eq(migrate(conninfo, migrations, &applied, &err), 0);
	ck_assert_int_gt(applied, 0);
}
END_TEST

START_TEST(right_to_create_is_asked_for)
{
	char expected[256];

	as_guest();
	snprintf(expected, sizeof(expected),
		"role %s_guest may not create tables in database %s; as its owner: GRANT "
		"CREATE "
		"ON DATABASE \"%s\" TO \"%s_guest\"",
		name, name, name, name);
	refused(expected);
}
END_TEST

START_TEST(right_to_add_postgis_is_asked_for)
{
	char expected[256], sql[200];

	snprintf(sql, sizeof(sql), "GRANT CREATE ON DATABASE %s TO %s_guest", name, name);
	pgfixture_exec(sql);
	as_guest();
	snprintf(expected, sizeof(expected),
		"database %s lacks PostGIS and role %s_guest may not add it; as a "
		"superuser: psql "
		"-d %s -c 'CREATE EXTENSION postgis'",
		name, name, name);
	refused(expected);
}
END_TEST

START_TEST(encoding_is_checked)
{
	char expected[256];

	exec("DROP DATABASE %s", name);
	exec("CREATE DATABASE %s TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'",
		name);
	snprintf(expected, sizeof(expected),
		"database %s is encoded in SQL_ASCII; calanque needs UTF8: createdb -E "
		"UTF8 -T "
		"template0 <another name>",
		name);
	refused(expected);
}
END_TEST

START_TEST(absence_is_waited_for)
{
	int64_t start = clock_monotonic();

	ck_assert_int_eq(
		database_check("host=/nonexistent", 700, NULL, version, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_int_eq(
		strncmp(err.detail,
			"cannot connect to the database: connection to server on "
			"socket \"/nonexistent/.s.PGSQL.",
			80),
		0);
	ck_assert_int_ge(clock_monotonic() - start, 700000);
}
END_TEST

/* Waiting would not mend these. */
START_TEST(final_answers_come_at_once)
{
	int64_t start = clock_monotonic();
	const char *end;

	snprintf(conninfo, sizeof(conninfo), "%s user=%s_missing", pgfixture_conninfo(),
		name);
	ck_assert_int_eq(database_check(conninfo, 60000, NULL, version, &err), -1);
	end = strstr(err.detail, "FATAL:");
	ck_assert_ptr_nonnull(end);
	snprintf(conninfo, sizeof(conninfo), "FATAL:  role \"%s_missing\" does not exist",
		name);
	ck_assert_str_eq(end, conninfo);
	err_clear(&err);
	ck_assert_int_eq(
		database_check("host=x porto=1", 60000, NULL, version, &err), -1);
	ck_assert_str_eq(err.detail, "--database: invalid connection option \"porto\"");
	ck_assert_int_lt(clock_monotonic() - start, 20000000);
}
END_TEST

START_TEST(waiting_can_be_stopped)
{
	const atomic_bool stop = true;

	ck_assert_int_eq(
		database_check("host=/nonexistent", 60000, &stop, version, &err), -1);
	ck_assert_str_eq(err.detail, "stopped while starting");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("database");

	pgfixture_start();
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, postgis_is_added);
	tcase_add_test(tc, right_to_create_is_asked_for);
	tcase_add_test(tc, right_to_add_postgis_is_asked_for);
	tcase_add_test(tc, encoding_is_checked);
	tcase_add_test(tc, absence_is_waited_for);
	tcase_add_test(tc, final_answers_come_at_once);
	tcase_add_test(tc, waiting_can_be_stopped);
	return suite_run("database", tc);
}
