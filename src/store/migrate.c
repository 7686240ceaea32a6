/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Applying migrations.  What was applied must be a prefix of what the program has, text
 * by text; the rest follows, one transaction each.
 */
#include <store/migrate.h>

#include <base/err.h>
#include <base/log.h>
#include <store/pg.h>

#include <stdlib.h>
#include <string.h>

/* Held to the end of the transaction; any number, but always the same. */
#define LOCK "SELECT pg_advisory_xact_lock(1128352846)"

/* Reads the tables, not to_regclass(), which may remember what was before the lock. */
static const struct pg_stmt has_table = {"migration_has_table",
	"SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'calanque'), "
	"EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
	"WHERE n.nspname = 'calanque' AND c.relname = 'migration')",
	.binary = false};
static const struct pg_stmt list_applied = {"migration_list",
	"SELECT number, name, checksum FROM calanque.migration ORDER BY number",
	.binary = false};
static const struct pg_stmt note = {"migration_note",
	"INSERT INTO calanque.migration (number, name, checksum) "
	"VALUES ($1::int, $2, $3)",
	.binary = false};

/* CREATE SCHEMA IF NOT EXISTS would demand the right to create even where it exists. */
static int make_table(struct pg *pg, struct err *err)
{
	auto_pgresult *res = NULL;

	if (pg_query(pg, &has_table, NULL, &res, err) < 0)
		return -1;
	if (PQgetvalue(res, 0, 0)[0] != 't' &&
		pg_script(pg, "CREATE SCHEMA calanque", err) < 0)
		return -1;
	if (PQgetvalue(res, 0, 1)[0] == 't')
		return 0;
	return pg_script(pg,
		"CREATE TABLE calanque.migration (number int PRIMARY KEY, name text NOT "
		"NULL, "
		"checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
		err);
}

static int newer(const char *name, const struct migration *last, struct err *err)
{
	return err_set(err, ERR_UNAVAILABLE,
		"the database was brought to %s by a newer calanque; this one knows up "
		"to %s: "
		"start the newer program, or restore a backup from before",
		name, last != NULL ? last->name : "none");
}

/* How many of the list the database has; -1 when it is not a prefix of the list. */
static int compare(
	const struct migration *list, const PGresult *res, int *done, struct err *err)
{
	int n = PQntuples(res), i;

	for (i = 0; i < n && list[i].name != NULL; i++) {
		const char *name = PQgetvalue(res, i, 1);

		if (atoi(PQgetvalue(res, i, 0)) != list[i].number ||
			strcmp(PQgetvalue(res, i, 2), list[i].checksum) != 0)
			return err_set(err, ERR_UNAVAILABLE,
				"the database had migration %s applied with another text "
				"than "
				"this calanque's %s; start the program that made it",
				name, list[i].name);
	}
	if (i < n)
		return newer(PQgetvalue(res, n - 1, 1), i > 0 ? &list[i - 1] : NULL, err);
	*done = n;
	return 0;
}

static int apply_one(struct pg *pg, const struct migration *m, struct err *err)
{
	struct pg_args args = {0};

	log_info("migration %s", m->name);
	if (pg_script(pg, m->sql, err) < 0)
		return err_wrap(err, "migration %s", m->name);
	pg_int4(&args, m->number);
	pg_text(&args, m->name);
	pg_text(&args, m->checksum);
	return pg_exec(pg, &note, &args, NULL, err);
}

/* One transaction: looks again what is missing (another broker may have been quicker) and
 * applies the next.  *left tells whether to come back. */
static int step(struct pg *pg, const struct migration *list, int *applied, bool *left,
	struct err *err)
{
	auto_pgresult *res = NULL;
	int done = 0;

	if (pg_script(pg, "BEGIN; " LOCK, err) < 0 || make_table(pg, err) < 0 ||
		pg_query(pg, &list_applied, NULL, &res, err) < 0 ||
		compare(list, res, &done, err) < 0)
		return -1;
	*left = list[done].name != NULL;
	if (*left && apply_one(pg, &list[done], err) < 0)
		return -1;
	if (pg_script(pg, "COMMIT", err) < 0)
		return -1;
	*applied += *left;
	return 0;
}

/* The usual start: all is there, one look suffices. */
static int look(struct pg *pg, const struct migration *list, bool *left, struct err *err)
{
	auto_pgresult *tables = NULL, *res = NULL;
	int done = 0;

	if (pg_query(pg, &has_table, NULL, &tables, err) < 0)
		return -1;
	*left = PQgetvalue(tables, 0, 1)[0] != 't';
	if (*left)
		return 0;
	if (pg_query(pg, &list_applied, NULL, &res, err) < 0 ||
		compare(list, res, &done, err) < 0)
		return -1;
	*left = list[done].name != NULL;
	return 0;
}

int migrate(
	const char *conninfo, const struct migration *list, int *applied, struct err *err)
{
	const struct pg_config config = {.conninfo = conninfo};
	struct pg *pg = pg_open(&config);
	bool left = false;
	int rc, n = 0;

	rc = look(pg, list, &left, err);
	while (rc == 0 && left)
		rc = step(pg, list, &n, &left, err);
	pg_rollback(pg);
	pg_close(pg);
	if (rc == 0 && applied != NULL)
		*applied = n;
	return rc;
}
