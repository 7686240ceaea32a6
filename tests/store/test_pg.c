/* SPDX-License-Identifier: Apache-2.0 */
#include "pgfixture.h"
#include "pgsession.h"
#include "suite.h"

#include <base/clock.h>

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define UNREACHABLE "the database is not reachable; try again in a moment"

static const struct pg_stmt one = {
	.name = "one", .sql = "SELECT 1::int8", .binary = true};
static const struct pg_stmt begin = {.name = "begin", .sql = "BEGIN"};
static const struct pg_stmt insert = {
	.name = "insert", .sql = "INSERT INTO pg_test (n) VALUES ($1::int8)"};

/* Ends the connection's server process from outside and waits until it is gone. */
static void terminate(void)
{
	char *pid = value("SELECT pg_backend_pid()"), sql[300];

	snprintf(sql, sizeof(sql),
		"SELECT pg_terminate_backend(%s); DO $$ BEGIN WHILE EXISTS (SELECT FROM "
		"pg_stat_activity WHERE pid = %s) LOOP PERFORM pg_sleep(0.01); PERFORM "
		"pg_stat_clear_snapshot(); END LOOP; END $$",
		pid, pid);
	pgfixture_exec(sql);
	free(pid);
}

START_TEST(session_has_its_settings)
{
	check_value("SHOW statement_timeout", "3s");
	check_value("SHOW TimeZone", "UTC");
	check_value("SHOW client_encoding", "UTF8");
	check_value("SHOW application_name", "calanque");
	check_value("SHOW jit", "off");
	check_value("SHOW plan_cache_mode", "auto");
	check_value("SHOW search_path", "calanque, public, public");
	check_value("SHOW synchronous_commit", "on"); /* the fixture's server says off */
	ck_assert_int_ge(pg_version(pg), 130000);
}
END_TEST

static const struct {
	const char *raise, *state;
	enum err_kind kind;
	const char *says;
	bool reconnects;
} failures[] = {
	{"53100", "53100", ERR_UNAVAILABLE, "the database has no room left", false},
	{"57P01", "57P01", ERR_UNAVAILABLE, UNREACHABLE, true},
	{"57P03", "57P03", ERR_UNAVAILABLE, UNREACHABLE, true},
	{"53300", "53300", ERR_UNAVAILABLE, UNREACHABLE, true},
	{"08006", "08006", ERR_UNAVAILABLE, UNREACHABLE, true},
	{"25006", "25006", ERR_UNAVAILABLE, UNREACHABLE, true},
	{"26000", "26000", ERR_INTERNAL, "storage failure", true},
	{"0A000", "0A000", ERR_INTERNAL, "storage failure", true},
	{"57014", "57014", ERR_TOO_COMPLEX_QUERY,
		"the database needed more than 3000 ms; narrow the request (by type, id, "
		"q "
		"or geometry) or ask for fewer results",
		false},
	{"40P01", "40P01", ERR_INTERNAL, "storage failure", false},
	{"23505", "23505", ERR_INTERNAL, "storage failure", false},
};

START_TEST(failures_are_told_apart)
{
	char *before = value("SELECT pg_backend_pid()"), *after;
	char sql[128];

	snprintf(sql, sizeof(sql),
		"DO $$ BEGIN RAISE EXCEPTION 'secret' USING ERRCODE = '%s'; END $$",
		failures[_i].raise);
	ck_assert_int_eq(pg_script(pg, sql, &err), -1);
	ck_assert_int_eq(err.kind, failures[_i].kind);
	ck_assert_str_eq(err.detail, failures[_i].says);
	ck_assert_str_eq(pg_sqlstate(pg), failures[_i].state);
	after = value("SELECT pg_backend_pid()");
	ck_assert_int_eq(strcmp(before, after) != 0, failures[_i].reconnects);
	free(before);
	free(after);
}
END_TEST

START_TEST(timeout_is_too_complex)
{
	const struct pg_config config = {
		.conninfo = pgfixture_conninfo(), .statement_timeout_ms = 50};
	struct pg *hasty = pg_open(&config);

	ck_assert_int_eq(pg_script(hasty, "SELECT pg_sleep(5)", &err), -1);
	ck_assert_int_eq(err.kind, ERR_TOO_COMPLEX_QUERY);
	ck_assert_str_eq(err.detail,
		"the database needed more than 50 ms; narrow the request (by type, id, q "
		"or "
		"geometry) or ask for fewer results");
	pg_close(hasty);
}
END_TEST

/* A server that hung up while nobody looked costs no request its answer. */
START_TEST(idle_loss_is_not_noticed)
{
	auto_pgresult *res = NULL;

	ck_assert_int_eq(pg_query(pg, &one, NULL, &res, &err), 0);
	terminate();
	usleep(10000);
	PQclear(res);
	res = NULL;
	ck_assert_int_eq(pg_query(pg, &one, NULL, &res, &err), 0);
	ck_assert_int_eq(pg_get_int(res, 0, 0), 1);
}
END_TEST

START_TEST(loss_in_a_statement_is_unavailable)
{
	ck_assert_int_eq(
		pg_script(pg, "SELECT pg_terminate_backend(pg_backend_pid())", &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_str_eq(err.detail, UNREACHABLE);
	check_value("SELECT 1", "1");
}
END_TEST

/* A transaction must not go on, on another connection, as if nothing had happened. */
START_TEST(loss_in_a_transaction_ends_it)
{
	struct pg_args args = {0};

	ck_assert_int_eq(pg_script(pg, "TRUNCATE pg_test", &err), 0);
	pg_int(&args, 1);
	ck_assert_int_eq(pg_exec(pg, &begin, NULL, NULL, &err), 0);
	ck_assert_int_eq(pg_exec(pg, &insert, &args, NULL, &err), 0);
	ck_assert(pg_in_transaction(pg));
	ck_assert_int_eq(
		pg_script(pg, "SELECT pg_terminate_backend(pg_backend_pid())", &err), -1);
	pg_rollback(pg);
	err_clear(&err);
	ck_assert_int_eq(count_rows(), 0);
	ck_assert(!pg_in_transaction(pg));
}
END_TEST

START_TEST(unreachable_fails_fast)
{
	const struct pg_config config = {.conninfo = "host=/nonexistent dbname=x"};
	struct pg *nobody = pg_open(&config);
	int64_t start;

	ck_assert_int_eq(pg_connect(nobody, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_str_eq(err.detail, UNREACHABLE);
	ck_assert_ptr_nonnull(strstr(pg_why(nobody), "/nonexistent"));
	start = clock_monotonic();
	for (int i = 0; i < 1000; i++) /* within the back-off: not tried again */
		ck_assert_int_eq(pg_connect(nobody, &err), -1);
	ck_assert_int_lt(clock_monotonic() - start, 500000);
	pg_close(nobody);
}
END_TEST

/* A port that takes connections and never says a word: a host that hangs. */
static int mute_port(int *port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	*port = ntohs(addr.sin_port);
	return fd;
}

START_TEST(mute_server_blocks_a_second)
{
	struct pg_config config = {0};
	char conninfo[128];
	int64_t start = clock_monotonic(), took;
	struct pg *waiting;
	int port, fd = mute_port(&port);

	snprintf(conninfo, sizeof(conninfo), "host=127.0.0.1 port=%d dbname=x", port);
	config.conninfo = conninfo;
	waiting = pg_open(&config);
	ck_assert_int_eq(pg_connect(waiting, &err), -1);
	took = clock_monotonic() - start;
	ck_assert_str_eq(err.detail, UNREACHABLE);
	ck_assert_int_ge(took, 900000);
	ck_assert_int_lt(took, 2000000);
	pg_close(waiting); /* while the attempt is still under way */
	close(fd);
	sleep(3); /* it ends and frees itself: for the leak checkers */
}
END_TEST

/* libpq's own way through several hosts, kept while a request waits no longer. */
START_TEST(second_host_is_reached)
{
	struct pg_config config = {0};
	char conninfo[600];
	PQconninfoOption *options = PQconninfoParse(pgfixture_conninfo(), NULL), *o;
	const char *host = "", *user = "", *dbname = "";
	struct pg *several;
	int port, fd = mute_port(&port), rc = -1;

	for (o = options; o->keyword != NULL; o++) {
		if (strcmp(o->keyword, "host") == 0)
			host = o->val;
		if (strcmp(o->keyword, "user") == 0)
			user = o->val;
		if (strcmp(o->keyword, "dbname") == 0)
			dbname = o->val;
	}
	snprintf(conninfo, sizeof(conninfo),
		"host=127.0.0.1,%s port=%d,5432 user=%s dbname=%s connect_timeout=2 "
		"target_session_attrs=read-write",
		host, port, user, dbname);
	PQconninfoFree(options);
	config.conninfo = conninfo;
	several = pg_open(&config);
	for (int i = 0; rc < 0 && i < 10; i++) {
		err_clear(&err);
		rc = pg_connect(several, &err);
	}
	ck_assert_int_eq(rc, 0);
	pg_close(several);
	close(fd);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pg");

	pgfixture_start();
	pgsession_table();
	tcase_add_checked_fixture(tc, pgsession_open, pgsession_close);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, session_has_its_settings);
	tcase_add_loop_test(tc, failures_are_told_apart, 0, ROWS(failures));
	tcase_add_test(tc, timeout_is_too_complex);
	tcase_add_test(tc, idle_loss_is_not_noticed);
	tcase_add_test(tc, loss_in_a_statement_is_unavailable);
	tcase_add_test(tc, loss_in_a_transaction_ends_it);
	tcase_add_test(tc, unreachable_fails_fast);
	tcase_add_test(tc, mute_server_blocks_a_second);
	tcase_add_test(tc, second_host_is_reached);
	return suite_run("pg", tc);
}
