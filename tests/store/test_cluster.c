/* SPDX-License-Identifier: Apache-2.0 */
/* The private PostgreSQL's life, with fsync on: made, found again, refused, killed. */
#include <store/cluster.h>

#include "pgfixture.h"
#include "suite.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <store/pg.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char data[400];
static struct err err;

/* All but the first test use the cluster that the setup made. */
static void setup(void)
{
	memset(&err, 0, sizeof(err));
	snprintf(data, sizeof(data), "%s/data", pgfixture_dir());
}

static struct cluster *start(void)
{
	const struct cluster_config config = {.data = data, .connections = 10};
	struct cluster *c = cluster_start(&config, &err);

	ck_assert_msg(c != NULL, "%s", err.detail);
	return c;
}

static struct pg *connect_to(const struct cluster *c)
{
	const struct pg_config config = {.conninfo = cluster_conninfo(c)};

	return pg_open(&config);
}

static void run(struct pg *pg, const char *sql)
{
	if (pg_script(pg, sql, &err) < 0)
		ck_abort_msg("%s: %s", sql, err.detail);
}

static void check_value(struct pg *pg, const char *sql, const char *expected)
{
	const struct pg_stmt stmt = {.sql = sql};
	auto_pgresult *res = NULL;

	if (pg_query(pg, &stmt, NULL, &res, &err) < 0)
		ck_abort_msg("%s: %s", sql, err.detail);
	ck_assert_str_eq(PQgetvalue(res, 0, 0), expected);
}

START_TEST(is_made_and_found_again)
{
	int64_t begin = clock_monotonic(), made, found;
	struct cluster *c = start();
	struct pg *pg = connect_to(c);

	made = clock_monotonic() - begin;
	check_value(pg, "SELECT postgis_version() IS NOT NULL", "t");
	run(pg, "CREATE TABLE kept AS SELECT 42 AS n");
	run(pg, "CREATE TABLE acknowledged (n int8 PRIMARY KEY)");
	pg_close(pg);
	cluster_stop(c);
	begin = clock_monotonic();
	c = start();
	found = clock_monotonic() - begin;
	pg = connect_to(c);
	check_value(pg, "SELECT n FROM kept", "42");
	pg_close(pg);
	cluster_stop(c);
	printf("made in %jd ms, found again in %jd ms\n", (intmax_t)made / 1000,
		(intmax_t)found / 1000);
	ck_assert_int_lt(made, 30000000); /* far from what is promised: CI machines */
	ck_assert_int_lt(found, 3000000);
}
END_TEST

START_TEST(is_durable_and_private)
{
	struct cluster *c = start();
	struct pg *pg = connect_to(c);
	char path[500];
	struct stat st;

	check_value(pg, "SHOW fsync", "on");
	check_value(pg, "SHOW full_page_writes", "on");
	check_value(pg, "SHOW synchronous_commit", "on");
	check_value(pg, "SHOW data_checksums", "on");
	check_value(pg, "SHOW listen_addresses", "");
	check_value(pg, "SHOW server_encoding", "UTF8");
	check_value(pg, "SHOW max_connections", "18");
	check_value(pg,
		"SELECT coalesce('lz4' = ANY (enumvals), false) = (setting = 'lz4')"
		" FROM pg_settings WHERE name = 'wal_compression'",
		"t");
	check_value(pg, "SELECT 'b' COLLATE \"default\" > 'B'", "t"); /* by code point */
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", data, i == 0 ? "postgres" : "run");
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_int_eq(st.st_mode & 0777, 0700);
		ck_assert_uint_ne(st.st_uid, 0); /* root was dropped */
	}
	snprintf(path, sizeof(path), "/proc/%d", cluster_pid(c));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_ne(st.st_uid, 0);
	pg_close(pg);
	cluster_stop(c);
}
END_TEST

START_TEST(second_one_is_refused)
{
	const struct cluster_config config = {.data = data, .connections = 10};
	struct cluster *c = start();
	char expected[600];

	ck_assert_ptr_null(cluster_start(&config, &err));
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	snprintf(expected, sizeof(expected),
		"another calanque (process %d) uses %s; stop it, or choose another "
		"--data",
		(int)getpid(), cluster_data(c));
	ck_assert_str_eq(err.detail, expected);
	ck_assert_int_ne(cluster_pid(c), 0);
	cluster_stop(c);
}
END_TEST

/* A pid file as after a power cut, whose number now belongs to a process of the same user:
 * PostgreSQL alone would refuse to start. */
START_TEST(stale_pid_is_no_obstacle)
{
	char path[500];
	struct stat st;
	struct cluster *c;
	pid_t other;
	FILE *f;

	snprintf(path, sizeof(path), "%s/postgres", data);
	ck_assert_int_eq(stat(path, &st), 0);
	other = fork();
	if (other == 0) {
		if (geteuid() == 0 && setuid(st.st_uid) < 0)
			_exit(1);
		execl("/bin/sleep", "sleep", "60", (char *)NULL);
		_exit(1);
	}
	snprintf(path, sizeof(path), "%s/postgres/postmaster.pid", data);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f,
		"%d\n%s/postgres\n1700000000\n5432\n%s/run\n\n  5432001 32768\nready   "
		"\n",
		(int)other, data, data);
	fclose(f);
	if (geteuid() == 0)
		ck_assert_int_eq(chown(path, st.st_uid, st.st_gid), 0);
	c = start();
	ck_assert_int_ne(cluster_pid(c), other);
	ck_assert_int_eq(kill(other, 0), 0); /* it was left alone */
	cluster_stop(c);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
}
END_TEST

/* Inserts numbers until told to stop; each is in the table when insert() returned 0. */
static int insert(struct pg *pg, int64_t n)
{
	static const struct pg_stmt stmt = {
		.name = "ack", .sql = "INSERT INTO acknowledged VALUES ($1::int8)"};
	struct pg_args args = {0};

	err_clear(&err);
	pg_int(&args, n);
	return pg_exec(pg, &stmt, &args, NULL, &err);
}

START_TEST(killed_postmaster_comes_back)
{
	struct cluster *c = start();
	struct pg *pg = connect_to(c);
	int before = cluster_pid(c), acknowledged = 0, refused = 0;
	int64_t lost = 0, back = 0;

	run(pg, "TRUNCATE acknowledged");
	for (int64_t n = 0; n < 100000 && (back == 0 || acknowledged < 2000); n++) {
		if (n == 1000)
			ck_assert_int_eq(kill(before, SIGKILL), 0);
		if (insert(pg, n) == 0) {
			acknowledged++;
			if (lost != 0 && back == 0)
				back = clock_monotonic();
			continue;
		}
		ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
		ck_assert_str_eq(err.detail,
			"the database is not reachable; try again in a moment");
		if (lost == 0)
			lost = clock_monotonic();
		refused++;
		usleep(1000);
	}
	ck_assert_int_gt(refused, 0);
	ck_assert_int_ne(cluster_pid(c), before);
	ck_assert_int_ne(cluster_pid(c), 0);
	printf("postmaster killed: away for %jd ms\n", (intmax_t)(back - lost) / 1000);
	/* What was refused may be there, or not; what was acknowledged is. */
	check_value(pg, "SELECT count(*) >= 2000 FROM acknowledged", "t");
	check_value(pg, "SELECT count(*) FROM acknowledged WHERE n < 1000", "1000");
	pg_close(pg);
	cluster_stop(c);
}
END_TEST

/* The broker of the next tests, a process: inserts for ever, says each acknowledged
 * number.  Not by Check's assertions, which would go on with the suite. */
static void broker(int out)
{
	const struct cluster_config config = {.data = data, .connections = 10};
	struct cluster *c = cluster_start(&config, &err);
	struct pg *pg;
	int64_t pid;

	if (c == NULL)
		_exit(1);
	pg = connect_to(c);
	pid = cluster_pid(c);
	if (pg_script(pg, "TRUNCATE acknowledged", &err) < 0 ||
		write(out, &pid, sizeof(pid)) != sizeof(pid))
		_exit(1);
	for (int64_t n = 0;; n++)
		if (insert(pg, n) == 0 && write(out, &n, sizeof(n)) != sizeof(n))
			_exit(1);
}

/* Is there such a process, not counting one that nobody has reaped? */
static bool is_alive(int64_t pid)
{
	char path[64], exe[500];

	snprintf(path, sizeof(path), "/proc/%jd/exe", (intmax_t)pid);
	return readlink(path, exe, sizeof(exe)) > 0;
}

static int64_t read_number(int fd)
{
	int64_t n = -1;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? n : -1;
}

START_TEST(killed_broker_loses_nothing)
{
	int64_t postmaster, n, last = -1, begin;
	char expected[32], sql[100];
	struct cluster *c;
	struct pg *pg;
	pid_t child;
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	child = fork();
	if (child == 0)
		broker(fd[1]);
	close(fd[1]);
	postmaster = read_number(fd[0]);
	ck_assert_int_gt(postmaster, 0);
	while (last < 2000)
		last = read_number(fd[0]);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	waitpid(child, NULL, 0);
	begin = clock_monotonic();
	c = start(); /* at once: the old postmaster has hardly noticed */
	printf("broker killed: next one ready after %jd ms\n",
		(intmax_t)(clock_monotonic() - begin) / 1000);
	while ((n = read_number(fd[0])) >= 0)
		last = n;
	ck_assert_int_ne(cluster_pid(c), postmaster);
	ck_assert(!is_alive(postmaster));
	pg = connect_to(c);
	snprintf(expected, sizeof(expected), "%jd", (intmax_t)last + 1);
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM acknowledged WHERE n <= %jd",
		(intmax_t)last);
	check_value(pg, sql, expected);
	pg_close(pg);
	close(fd[0]);
	cluster_stop(c);
}
END_TEST

/* Nobody starts the next broker: PostgreSQL must not stay behind for ever. */
START_TEST(killed_broker_takes_postgresql_along)
{
	int64_t postmaster;
	pid_t child;
	int fd[2], i;

	ck_assert_int_eq(pipe(fd), 0);
	child = fork();
	if (child == 0)
		broker(fd[1]);
	close(fd[1]);
	postmaster = read_number(fd[0]);
	ck_assert_int_gt(postmaster, 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	for (i = 0; i < 1000 && is_alive(postmaster); i++)
		usleep(10000);
	ck_assert_int_lt(i, 1000);
	close(fd[0]);
}
END_TEST

/* Postmaster and broker die at once: the orphans in the middle of a statement are ended. */
START_TEST(killed_together)
{
	int64_t postmaster;
	struct cluster *c;
	struct pg *pg;
	pid_t child;
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	child = fork();
	if (child == 0)
		broker(fd[1]);
	close(fd[1]);
	postmaster = read_number(fd[0]);
	for (int i = 0; i < 100; i++)
		ck_assert_int_ge(read_number(fd[0]), 0);
	kill(child, SIGSTOP);
	kill((pid_t)postmaster, SIGKILL);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	c = start();
	pg = connect_to(c);
	check_value(pg, "SELECT count(*) >= 100 FROM acknowledged", "t");
	pg_close(pg);
	close(fd[0]);
	cluster_stop(c);
}
END_TEST

START_TEST(stops_while_starting)
{
	const atomic_bool stop = true;
	const struct cluster_config config = {
		.data = data, .connections = 10, .stop = &stop};

	ck_assert_ptr_null(cluster_start(&config, &err));
	ck_assert_str_eq(err.detail, "stopped while starting");
}
END_TEST

START_TEST(broken_settings_are_named)
{
	const struct cluster_config config = {
		.data = data, .connections = 10, .settings = "no_such_setting = 1\n"};
	char expected[600];

	ck_assert_ptr_null(cluster_start(&config, &err));
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	snprintf(expected, sizeof(expected),
		"PostgreSQL did not start in %s: configuration file "
		"\"%s/postgres/calanque.conf"
		"\" contains errors",
		data, data);
	ck_assert_str_eq(err.detail, expected);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("cluster");

	setlinebuf(stdout);
	log_init(LOG_WARN, LOG_LOGFMT);
	(void)pgfixture_dir();
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, is_made_and_found_again); /* first: the others use it */
	tcase_add_test(tc, is_durable_and_private);
	tcase_add_test(tc, second_one_is_refused);
	tcase_add_test(tc, stale_pid_is_no_obstacle);
	tcase_add_test(tc, killed_postmaster_comes_back);
	tcase_add_test(tc, killed_broker_loses_nothing);
	tcase_add_test(tc, killed_broker_takes_postgresql_along);
	tcase_add_test(tc, killed_together);
	tcase_add_test(tc, stops_while_starting);
	tcase_add_test(tc, broken_settings_are_named);
	return suite_run("cluster", tc);
}
