/* SPDX-License-Identifier: Apache-2.0 */
/* Directories that are odd, taken, closed or full, and what the operator is told. */
#include "cluster_priv.h"

#include "pgfixture.h"
#include "suite.h"

#include <base/err.h>
#include <base/log.h>
#include <store/cluster.h>
#include <store/pg.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static char data[PATH_MAX];
static struct err err;

static void setup(void)
{
	memset(&err, 0, sizeof(err));
}

/* A directory of the test's name, not made yet. */
static void choose(const char *name)
{
	snprintf(data, sizeof(data), "%s/%s", pgfixture_dir(), name);
}

static struct cluster *start_as(const char *user)
{
	const struct cluster_config config = {.data = data,
		.user = user,
		.connections = 5,
		.settings = pgfixture_settings};

	return cluster_start(&config, &err);
}

static void refused(const char *expected)
{
	ck_assert_ptr_null(start_as(NULL));
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_str_eq(err.detail, expected);
}

static void make_dir(const char *below, mode_t mode)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s%s", data, below);
	ck_assert_int_eq(mkdir(path, mode), 0);
}

static void make_file(const char *below, const char *text)
{
	char path[PATH_MAX + 32];
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", data, below);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

/* Too long for a socket, and with a space; beside a cluster whose making was interrupted. */
START_TEST(long_path_and_half_made)
{
	char expected[1024], deep[300];
	struct cluster *c;
	struct pg *pg;
	struct pg_config config = {0};

	memset(deep, 'd', 120);
	strcpy(deep + 120, " e");
	choose(deep);
	make_dir("", 0755);
	make_dir("/postgres.new", 0700);
	make_file("/postgres.new/PG_VERSION", "15\n");
	c = start_as(NULL);
	ck_assert_msg(c != NULL, "%s", err.detail);
	ck_assert_str_eq(cluster_data(c), data);
	snprintf(expected, sizeof(expected), "host=%s/calanque-",
		geteuid() != 0 && getenv("XDG_RUNTIME_DIR") != NULL
			? getenv("XDG_RUNTIME_DIR")
			: "/tmp");
	ck_assert_int_eq(strncmp(cluster_conninfo(c), expected, strlen(expected)), 0);
	config.conninfo = cluster_conninfo(c);
	pg = pg_open(&config);
	ck_assert_msg(pg_connect(pg, &err) == 0, "%s", pg_why(pg));
	pg_close(pg);
	snprintf(expected, sizeof(expected), "%.*s",
		(int)strcspn(cluster_conninfo(c) + 5, " "), cluster_conninfo(c) + 5);
	cluster_stop(c);
	ck_assert_int_eq(rmdir(expected), 0); /* PostgreSQL left it empty */
}
END_TEST

START_TEST(too_old_a_cluster_is_refused)
{
	char expected[256];

	choose("old");
	make_dir("", 0755);
	make_dir("/postgres", 0700);
	make_file("/postgres/PG_VERSION", "11\n");
	if (geteuid() == 0) {
		char path[PATH_MAX + 32];

		snprintf(path, sizeof(path), "%s/postgres", data);
		ck_assert_int_eq(chown(path, 65534, 65534), 0);
	}
	snprintf(expected, sizeof(expected),
		"%s was made by PostgreSQL 11; calanque works with 13 to 17: bring it to "
		"one of "
		"these with pg_upgrade",
		data);
	refused(expected);
}
END_TEST

START_TEST(foreign_files_are_kept)
{
	char expected[256], path[PATH_MAX + 32];
	struct stat st;

	choose("foreign");
	make_dir("", 0755);
	make_dir("/postgres", 0700);
	make_file("/postgres/letter", "dear");
	snprintf(path, sizeof(path), "%s/postgres", data);
	if (geteuid() == 0)
		ck_assert_int_eq(chown(path, 65534, 65534), 0);
	snprintf(expected, sizeof(expected),
		"cannot make a database in %s/postgres: Directory not empty", data);
	refused(expected);
	snprintf(path, sizeof(path), "%s/postgres/letter", data);
	ck_assert_int_eq(stat(path, &st), 0);
}
END_TEST

START_TEST(file_is_no_directory)
{
	char expected[256];

	choose("file");
	make_file("", "");
	snprintf(expected, sizeof(expected), "%s is not a directory", data);
	refused(expected);
}
END_TEST

/* What somebody else owns stays theirs. */
START_TEST(directory_is_not_given_away)
{
	struct stat st;
	struct cluster *c;

	choose("mine");
	make_dir("", 0755);
	c = start_as(NULL);
	ck_assert_msg(c != NULL, "%s", err.detail);
	cluster_stop(c);
	ck_assert_int_eq(stat(data, &st), 0);
	ck_assert_uint_eq(st.st_uid, geteuid());
	ck_assert_int_eq(st.st_mode & 0777, 0755);
}
END_TEST

START_TEST(closed_parent_is_named)
{
	char expected[256], user[64];
	const struct passwd *pw = getpwnam("postgres");

	if (geteuid() != 0)
		return; /* an ordinary user is not made another one */
	snprintf(user, sizeof(user), "%s", pw != NULL ? "postgres" : "nobody");
	choose("closed");
	make_dir("", 0700);
	make_file("/other", "");
	snprintf(expected, sizeof(expected),
		"cannot make the database in %s: user %s cannot enter %s/postgres.new: "
		"Permission denied",
		data, user, data);
	refused(expected);
}
END_TEST

/* An empty closed directory was made for us: mktemp -d by root. */
START_TEST(closed_empty_directory_is_taken)
{
	struct cluster *c;

	choose("closed-empty");
	make_dir("", 0700);
	c = start_as(NULL);
	ck_assert_msg(c != NULL, "%s", err.detail);
	cluster_stop(c);
}
END_TEST

START_TEST(unknown_user_is_named)
{
	if (geteuid() != 0)
		return;
	choose("user");
	ck_assert_ptr_null(start_as("nobody-of-that-name"));
	ck_assert_str_eq(err.detail, "there is no user nobody-of-that-name");
	err_clear(&err);
	ck_assert_ptr_null(start_as("root"));
	ck_assert_str_eq(
		err.detail, "PostgreSQL must not run as root; name another user");
}
END_TEST

START_TEST(full_disk_is_told)
{
	char expected[256];

	choose("full");
	make_dir("", 0755);
	if (mount("tmpfs", data, "tmpfs", 0, "size=16m,mode=0755") < 0) {
		printf("full_disk_is_told: skipped, mounting is not allowed here\n");
		return;
	}
	snprintf(expected, sizeof(expected),
		"no room is left on the disk of %s to make the database", data);
	ck_assert_ptr_null(start_as(NULL));
	ck_assert_int_eq(umount2(data, MNT_DETACH), 0);
	ck_assert_str_eq(err.detail, expected);
}
END_TEST

/* Some megabytes that can be set free later. */
static void ballast(bool there)
{
	char path[PATH_MAX + 32];
	int fd;

	snprintf(path, sizeof(path), "%s/ballast", data);
	if (!there) {
		ck_assert_int_eq(unlink(path), 0);
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(posix_fallocate(fd, 0, 64 << 20), 0);
	close(fd);
}

/* Two rows each: by the table first, by the write-ahead log first (PostgreSQL panics). */
static const struct pg_stmt fills[] = {
	{.name = "fill_table",
		.sql = "INSERT INTO fill SELECT repeat(md5(random()::text), 30000) "
		       "FROM generate_series(1, 2)"},
	{.name = "fill_log",
		.sql = "INSERT INTO fill SELECT n::text FROM generate_series(1, 2) n, "
		       "pg_logical_emit_message(true, 'fill', repeat('x', 1000000)) m"},
};

/* The disk runs full under writes: refused in words, nothing acknowledged is lost, and it
 * goes on by itself once there is room. */
START_TEST(disk_runs_full)
{
	static const struct pg_stmt count = {
		.name = "fill_count", .sql = "SELECT count(*) FROM fill", .binary = true};
	struct pg_config config = {0};
	int acknowledged = 0, rc = -1;
	auto_pgresult *res = NULL;
	struct cluster *c;
	struct pg *pg;

	choose(_i == 0 ? "filling-table" : "filling-log");
	make_dir("", 0755);
	if (mount("tmpfs", data, "tmpfs", 0, "size=220m,mode=0755") < 0)
		return; /* as above */
	c = start_as(NULL);
	ck_assert_msg(c != NULL, "%s", err.detail);
	ballast(true);
	config.conninfo = cluster_conninfo(c);
	pg = pg_open(&config);
	ck_assert_int_eq(pg_script(pg,
				 "CREATE TABLE fill (t text); ALTER TABLE fill ALTER t "
				 "SET STORAGE EXTERNAL",
				 &err),
		0);
	while (acknowledged < 1000 && pg_exec(pg, &fills[_i], NULL, NULL, &err) == 0)
		acknowledged++;
	ck_assert_int_lt(acknowledged, 1000);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert(strcmp(err.detail, "the database has no room left") == 0 ||
		strcmp(err.detail,
			"the database is not reachable; try again in a moment") == 0);
	ballast(false);
	for (int i = 0; rc < 0 && i < 600; i++) {
		err_clear(&err);
		rc = pg_query(pg, &count, NULL, &res, &err);
		if (rc < 0)
			usleep(50000);
	}
	ck_assert_msg(rc == 0, "%s", err.detail);
	ck_assert_int_ge(pg_get_int(res, 0, 0), 2 * acknowledged);
	ck_assert_int_eq(pg_exec(pg, &fills[_i], NULL, NULL, &err), 0);
	pg_close(pg);
	cluster_stop(c);
	ck_assert_int_eq(umount2(data, MNT_DETACH), 0);
}
END_TEST

START_TEST(unwritable_is_told)
{
	char expected[256];

	snprintf(data, sizeof(data), "/proc/calanque");
	snprintf(expected, sizeof(expected),
		"cannot make the directory /proc/calanque: No such file or directory");
	refused(expected);
}
END_TEST

static const struct {
	const char *output, *line;
} outputs[] = {
	{"", ""},
	{"one line", "one line"},
	{"postgres (PostgreSQL) 15.3\n", "postgres (PostgreSQL) 15.3"},
	{"fine\nlast words\n\n", "last words"},
	{"fine\ninitdb: error: could not write\nremoving data\n", "could not write"},
	{"LOG:  x\nFATAL:  no room\nHINT:  make some\n", "no room"},
	{"ERROR:  first\nPANIC:  second\n", "second"},
};

START_TEST(telling_line_is_found)
{
	char line[64];

	telling_line(outputs[_i].output, line, sizeof(line));
	ck_assert_str_eq(line, outputs[_i].line);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("cluster_dirs");

	setlinebuf(stdout);
	log_init(LOG_ERROR, LOG_LOGFMT);
	(void)pgfixture_dir();
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, long_path_and_half_made);
	tcase_add_test(tc, too_old_a_cluster_is_refused);
	tcase_add_test(tc, foreign_files_are_kept);
	tcase_add_test(tc, file_is_no_directory);
	tcase_add_test(tc, directory_is_not_given_away);
	tcase_add_test(tc, closed_parent_is_named);
	tcase_add_test(tc, closed_empty_directory_is_taken);
	tcase_add_test(tc, unknown_user_is_named);
	tcase_add_test(tc, full_disk_is_told);
	tcase_add_loop_test(tc, disk_runs_full, 0, ROWS(fills));
	tcase_add_test(tc, unwritable_is_told);
	tcase_add_loop_test(tc, telling_line_is_found, 0, ROWS(outputs));
	return suite_run("cluster_dirs", tc);
}
