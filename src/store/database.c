/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One query tells what there is; each lack has its sentence with the command that mends it.
 */
#include <store/database.h>

#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <store/pg.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OLDEST        130000
#define POSTGIS_LEAST 3
#define RETRY_US      100000

static const struct pg_stmt facts = {"database_facts",
	"SELECT current_setting('server_version'), current_database(), current_user, "
	"pg_encoding_to_char(encoding), pg_is_in_recovery(), "
	"(SELECT extversion FROM pg_extension WHERE extname = 'postgis'), "
	"CASE WHEN to_regnamespace('calanque') IS NULL "
	"THEN has_database_privilege(current_database(), 'CREATE') "
	"ELSE has_schema_privilege('calanque', 'CREATE') END "
	"FROM pg_database WHERE datname = current_database()",
	.binary = false};
static const struct pg_stmt available = {"database_available",
	"SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'", .binary = false};

enum fact {
	VERSION,
	DATABASE,
	ROLE,
	ENCODING,
	STANDBY,
	POSTGIS,
	MAY_CREATE,
};

/* A server that answers, and says no for a reason that waiting does not mend. */
static bool is_final(const char *why)
{
	return strstr(why, "FATAL:") != NULL &&
		strstr(why, "the database system is") == NULL &&
		strstr(why, "too many") == NULL &&
		strstr(why, "connection slots") == NULL;
}

static int check_conninfo(const char *conninfo, struct err *err)
{
	char *said = NULL;
	PQconninfoOption *options = PQconninfoParse(conninfo, &said);

	if (options == NULL)
		(void)err_set(err, ERR_UNAVAILABLE, "--database: %.*s",
			said != NULL ? (int)strcspn(said, "\n") : 13,
			said != NULL ? said : "out of memory");
	PQconninfoFree(options);
	PQfreemem(said);
	return options != NULL ? 0 : -1;
}

static int wait_for_server(
	struct pg *pg, unsigned wait_ms, const atomic_bool *stop, struct err *err)
{
	int64_t until = clock_monotonic() + (int64_t)wait_ms * 1000;
	struct err failed = {0};

	while (pg_connect(pg, &failed) < 0) {
		if (stop != NULL && atomic_load(stop))
			return err_set(err, ERR_UNAVAILABLE, "stopped while starting");
		if (clock_monotonic() >= until || is_final(pg_why(pg)))
			return err_set(err, ERR_UNAVAILABLE,
				"cannot connect to the database: %s", pg_why(pg));
		err_clear(&failed);
		usleep(RETRY_US);
	}
	return 0;
}

static int check_server(const struct pg *pg, const PGresult *res, struct err *err)
{
	const char *database = PQgetvalue(res, 0, DATABASE);
	const char *role = PQgetvalue(res, 0, ROLE);

	if (pg_version(pg) < OLDEST)
		return err_set(err, ERR_UNAVAILABLE,
			"the server is PostgreSQL %s; calanque needs 13 or newer",
			PQgetvalue(res, 0, VERSION));
	if (PQgetvalue(res, 0, STANDBY)[0] == 't')
		return err_set(err, ERR_UNAVAILABLE,
			"the server is a standby and only reads; give all its hosts and "
			"target_session_attrs=read-write in --database");
	if (strcmp(PQgetvalue(res, 0, ENCODING), "UTF8") != 0)
		return err_set(err, ERR_UNAVAILABLE,
			"database %s is encoded in %s; calanque needs UTF8: createdb -E "
			"UTF8 -T "
			"template0 <another name>",
			database, PQgetvalue(res, 0, ENCODING));
	if (PQgetvalue(res, 0, MAY_CREATE)[0] != 't')
		return err_set(err, ERR_UNAVAILABLE,
			"role %s may not create tables in database %s; as its owner: "
			"GRANT "
			"CREATE ON DATABASE \"%s\" TO \"%s\"",
			role, database, database, role);
	return 0;
}

/* PostGIS is not in the database: tries to add it, and says who can. */
static int add_postgis(struct pg *pg, const PGresult *res, struct err *err)
{
	const char *database = PQgetvalue(res, 0, DATABASE);
	auto_pgresult *found = NULL;
	struct err failed = {0};

	if (pg_query(pg, &available, NULL, &found, err) < 0)
		return -1;
	if (PQntuples(found) == 0)
		return err_set(err, ERR_UNAVAILABLE,
			"the server has no PostGIS; on its machine: apt-get install "
			"postgresql-%d-postgis-3, then start calanque again",
			pg_version(pg) / 10000);
	if (pg_script(pg, "CREATE EXTENSION IF NOT EXISTS postgis SCHEMA public",
		    &failed) == 0) {
		log_info("added PostGIS to database %s", database);
		return 0;
	}
	if (strcmp(pg_sqlstate(pg), "42501") != 0)
		return err_set(err, ERR_UNAVAILABLE,
			"cannot add PostGIS to database %s; the log has the reason",
			database);
	return err_set(err, ERR_UNAVAILABLE,
		"database %s lacks PostGIS and role %s may not add it; as a superuser: "
		"psql -d "
		"%s -c 'CREATE EXTENSION postgis'",
		database, PQgetvalue(res, 0, ROLE), database);
}

static int check(struct pg *pg, char version[32], struct err *err)
{
	auto_pgresult *res = NULL;
	const char *postgis;

	if (pg_query(pg, &facts, NULL, &res, err) < 0 || check_server(pg, res, err) < 0)
		return -1;
	snprintf(version, 32, "%s", PQgetvalue(res, 0, VERSION));
	version[strcspn(version, " ")] = '\0'; /* "15.14 (Debian 15.14-0+deb12u1)" */
	if (PQgetisnull(res, 0, POSTGIS))
		return add_postgis(pg, res, err);
	postgis = PQgetvalue(res, 0, POSTGIS);
	if (atoi(postgis) < POSTGIS_LEAST)
		return err_set(err, ERR_UNAVAILABLE,
			"database %s has PostGIS %s; calanque needs %d or newer: install "
			"it, then "
			"as a superuser: ALTER EXTENSION postgis UPDATE",
			PQgetvalue(res, 0, DATABASE), postgis, POSTGIS_LEAST);
	return 0;
}

int database_check(const char *conninfo, unsigned wait_ms, const atomic_bool *stop,
	char version[32], struct err *err)
{
	const struct pg_config config = {.conninfo = conninfo};
	struct pg *pg = pg_open(&config);
	int rc = check_conninfo(conninfo, err);

	if (rc == 0)
		rc = wait_for_server(pg, wait_ms, stop, err);
	if (rc == 0)
		rc = check(pg, version, err);
	pg_close(pg);
	return rc;
}
