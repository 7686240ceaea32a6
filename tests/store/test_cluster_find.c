/* SPDX-License-Identifier: Apache-2.0 */
/* Which PostgreSQL is taken, in trees that are made up. */
#include "cluster_priv.h"

#include "pgfixture.h"
#include "suite.h"

#include <base/err.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char root[300];
static struct err err;
static struct installation found;

static void setup(void)
{
	memset(&err, 0, sizeof(err));
	memset(&found, 0, sizeof(found));
	snprintf(root, sizeof(root), "%s/root-XXXXXX", pgfixture_dir());
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static void touch(const char *path)
{
	pgfixture_put(root, path, "");
}

static void install(int major, bool postgis)
{
	char path[200];

	snprintf(path, sizeof(path), "/usr/lib/postgresql/%d/bin/postgres", major);
	touch(path);
	snprintf(path, sizeof(path), "/usr/lib/postgresql/%d/bin/initdb", major);
	touch(path);
	snprintf(path, sizeof(path), "/usr/share/postgresql/%d/extension/postgis.control",
		major);
	if (postgis)
		touch(path);
}

START_TEST(newest_with_postgis_is_taken)
{
	char bindir[500];

	install(13, true);
	install(15, true);
	install(16, false);
	install(18, true); /* newer than what is known to work */
	ck_assert_int_eq(installation_find(root, 0, "d", &found, &err), 0);
	ck_assert_int_eq(found.major, 15);
	snprintf(bindir, sizeof(bindir), "%s/usr/lib/postgresql/15/bin", root);
	ck_assert_str_eq(found.bindir, bindir);
}
END_TEST

START_TEST(cluster_keeps_its_version)
{
	install(13, true);
	install(15, true);
	ck_assert_int_eq(installation_find(root, 13, "d", &found, &err), 0);
	ck_assert_int_eq(found.major, 13);
	ck_assert_int_eq(installation_find(root, 14, "/data", &found, &err), -1);
	ck_assert_str_eq(err.detail,
		"/data was made by PostgreSQL 14, which is not installed (found: 15, "
		"13); "
		"install it: apt-get install postgresql-14 postgresql-14-postgis-3");
}
END_TEST

START_TEST(other_layouts_are_known)
{
	touch("/usr/pgsql-16/bin/postgres");
	touch("/usr/pgsql-16/bin/initdb");
	touch("/usr/pgsql-16/share/extension/postgis.control");
	ck_assert_int_eq(installation_find(root, 0, "d", &found, &err), 0);
	ck_assert_int_eq(found.major, 16);
}
END_TEST

START_TEST(lack_of_postgis_is_told)
{
	install(14, false);
	install(15, false);
	ck_assert_int_eq(installation_find(root, 0, "d", &found, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_str_eq(err.detail,
		"PostgreSQL 15 is installed, but without PostGIS; install it: apt-get "
		"install "
		"postgresql-15-postgis-3");
}
END_TEST

START_TEST(lack_of_all_is_told)
{
	install(12, true);
	ck_assert_int_eq(installation_find(root, 0, "d", &found, &err), -1);
	ck_assert_str_eq(err.detail,
		"no PostgreSQL from 13 to 17 is installed; install it: apt-get install "
		"postgresql postgresql-postgis, or use a server with --database");
	ck_assert_int_eq(found.major, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("cluster_find");

	(void)pgfixture_dir();
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, newest_with_postgis_is_taken);
	tcase_add_test(tc, cluster_keeps_its_version);
	tcase_add_test(tc, other_layouts_are_known);
	tcase_add_test(tc, lack_of_postgis_is_told);
	tcase_add_test(tc, lack_of_all_is_told);
	return suite_run("cluster_find", tc);
}
