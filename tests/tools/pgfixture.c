/* SPDX-License-Identifier: Apache-2.0 */
#include "pgfixture.h"

#include <base/err.h>
#include <base/log.h>
#include <store/cluster.h>
#include <store/database.h>
#include <store/migrate.h>
#include <store/pg.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char pgfixture_settings[] = "fsync = off\nfull_page_writes = off\n"
				  "synchronous_commit = off\nshared_buffers = 64MB\n"
				  "max_wal_size = 256MB\nautovacuum = off\n";

static struct {
	pid_t owner; /* Check's children must not end what the parent started */
	struct cluster *cluster;
	char dir[256];
	char conninfo[1024];
	char admin[512]; /* conninfo of the given server */
	char name[64]; /* the database in it */
} fixture;

static void give_up(const char *what, const char *why)
{
	fprintf(stderr, "pgfixture: %s: %s\n", what, why);
	exit(99);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	return remove(path);
}

static void run(const char *conninfo, const char *sql)
{
	PGconn *conn = PQconnectdb(conninfo);
	PGresult *res = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(res);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		give_up(sql, PQerrorMessage(conn));
	PQclear(res);
	PQfinish(conn);
}

static void end(void)
{
	char sql[128];

	if (fixture.owner != getpid())
		return;
	if (fixture.admin[0] != '\0') {
		snprintf(sql, sizeof(sql), "DROP DATABASE IF EXISTS %s WITH (FORCE)",
			fixture.name);
		run(fixture.admin, sql);
	}
	cluster_stop(fixture.cluster);
	fixture.cluster = NULL;
	if (fixture.dir[0] != '\0')
		nftw(fixture.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void own(void)
{
	if (fixture.owner != 0)
		return;
	fixture.owner = getpid();
	atexit(end);
}

const char *pgfixture_dir(void)
{
	const char *tmp = getenv("TMPDIR");

	own();
	if (fixture.dir[0] != '\0')
		return fixture.dir;
	snprintf(fixture.dir, sizeof(fixture.dir), "%s/calanque-test-XXXXXX",
		tmp != NULL ? tmp : "/tmp");
	/* Open to others: PostgreSQL runs as another user when we are root. */
	if (mkdtemp(fixture.dir) == NULL || chmod(fixture.dir, 0755) < 0)
		give_up("cannot make a directory", fixture.dir);
	return fixture.dir;
}

void pgfixture_put(const char *dir, const char *path, const char *text)
{
	char full[700], part[700];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", dir, path);
	for (char *p = full + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)(p - full), full);
		(void)mkdir(part, 0755);
	}
	f = fopen(full, "w");
	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		give_up("cannot write", full);
}

static void on_given_server(const char *server)
{
	char sql[160];

	snprintf(fixture.name, sizeof(fixture.name), "test_%ld", (long)getpid());
	snprintf(fixture.admin, sizeof(fixture.admin), "%s", server);
	snprintf(sql, sizeof(sql), "CREATE DATABASE %s TEMPLATE calanque", fixture.name);
	run(fixture.admin, sql);
	snprintf(fixture.conninfo, sizeof(fixture.conninfo), "%s dbname=%s", server,
		fixture.name);
}

static void on_own_cluster(void)
{
	struct cluster_config config = {
		.connections = 40,
		.settings = pgfixture_settings,
	};
	struct err err = {0};
	char data[300];

	snprintf(data, sizeof(data), "%s/db", pgfixture_dir());
	config.data = data;
	fixture.cluster = cluster_start(&config, &err);
	if (fixture.cluster == NULL)
		give_up("cannot start PostgreSQL", err.detail);
	snprintf(fixture.conninfo, sizeof(fixture.conninfo), "%s",
		cluster_conninfo(fixture.cluster));
}

void pgfixture_start(void)
{
	const char *server = getenv("CALANQUE_TEST_DB");
	struct err err = {0};
	char version[32];

	log_init(LOG_WARN, LOG_LOGFMT);
	own();
	if (server != NULL && server[0] != '\0')
		on_given_server(server);
	else
		on_own_cluster();
	if (database_check(fixture.conninfo, 5000, NULL, version, &err) < 0)
		give_up("the database is not fit", err.detail);
}

void pgfixture_start_migrated(void)
{
	struct err err = {0};

	pgfixture_start();
	if (migrate(fixture.conninfo, migrations, NULL, &err) < 0)
		give_up("cannot migrate", err.detail);
}

const char *pgfixture_conninfo(void)
{
	return fixture.conninfo;
}

void pgfixture_exec(const char *sql)
{
	run(fixture.conninfo, sql);
}
