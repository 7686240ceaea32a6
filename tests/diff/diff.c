/* SPDX-License-Identifier: Apache-2.0 */
#include "diff.h"

#include "pgfixture.h"

#include <core/context.h>
#include <core/q_target.h>
#include <store/pg.h>
#include <store/q_sql.h>
#include <store/sql.h>

#include <check.h>
#include <string.h>
#include <unistd.h>

#define TENANT    1
#define MAX_PATHS 64

const struct pg_config *diff_config(void)
{
	static struct pg_config config;

	config.conninfo = pgfixture_conninfo();
	return &config;
}

static struct pg *connection(void)
{
	static struct pg *pg;
	static pid_t owner;

	if (pg == NULL || owner != getpid()) {
		pg = pg_open(diff_config());
		owner = getpid();
	}
	return pg;
}

static PGresult *query(const char *text, const struct pg_args *args)
{
	struct pg_stmt stmt = {.sql = text, .binary = true};
	PGresult *res = NULL;
	struct err err = {0};

	ck_assert_msg(pg_query(connection(), &stmt, args, &res, &err) == 0, "%s: %s",
		err.detail, text);
	return res;
}

void diff_start(void)
{
	pgfixture_start_migrated();
}

void diff_exec(const char *sql)
{
	PQclear(query(sql, NULL));
}

void diff_store(int64_t eid, const char *id, const char *doc)
{
	struct pg_args args = {0};

	pg_int4(&args, TENANT);
	pg_int(&args, eid);
	pg_text(&args, id);
	pg_text(&args, doc);
	PQclear(query("INSERT INTO entity (tenant, eid, id, types, doc)"
		      " VALUES ($1::int4, $2::int8, $3, '{}', $4)",
		&args));
}

bool diff_matches(const char *text, const char *pattern)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_text(&args, text);
	pg_text(&args, pattern);
	res = query("SELECT $1::text ~ $2::text", &args);
	return pg_get_int(res, 0, 0) != 0;
}

const struct q *diff_parse(const char *text, struct arena *a)
{
	struct context *ctx = context_core();
	struct q_options o = {.ctx = ctx, .expand_values = "e", .max_linked = 2};
	struct err err = {0};
	struct q *q = NULL;

	ck_assert_msg(q_parse(text, &o, a, &q, &err) == 0, "%s: %s", text, err.detail);
	context_unref(ctx);
	return q;
}

static struct {
	char *keys[MAX_PATHS];
	size_t len;
} catalogue;

static int find_path(void *self, const char *key)
{
	for (size_t i = 0; i < catalogue.len; i++)
		if (strcmp(catalogue.keys[i], key) == 0)
			return (int)i + 1;
	return 0;
}

static const struct q_index index_all = {find_path, NULL};

#define COLUMNS 7
static const enum pg_type column_types[COLUMNS] = {
	PG_INT4, PG_INT8, PG_INT4, PG_FLOAT8, PG_TEXT, PG_INT8, PG_INT8};

static void add_row(
	struct pg_array *column, int path, int64_t eid, const struct q_row *row)
{
	pg_array_int(&column[0], path);
	pg_array_int(&column[1], eid);
	pg_array_int(&column[2], row->n);
	if (row->has_num)
		pg_array_float(&column[3], row->num);
	else
		pg_array_null(&column[3]);
	if (row->txt != NULL)
		pg_array_text(&column[4], row->txt, row->txt_len);
	else
		pg_array_null(&column[4]);
	if (row->has_at)
		pg_array_int(&column[5], row->at);
	else
		pg_array_null(&column[5]);
	if (row->expires != INT64_MAX)
		pg_array_int(&column[6], row->expires);
	else
		pg_array_null(&column[6]);
}

static void insert_rows(struct pg_array *column)
{
	struct pg_args args = {0};

	for (int i = 0; i < COLUMNS; i++)
		pg_args_array(&args, &column[i]);
	PQclear(query(
		"INSERT INTO value (path, eid, n, num, txt, at, expires) SELECT * FROM"
		" unnest($1::int4[], $2::int8[], $3::int4[], $4::float8[], $5::text[],"
		" $6::int8[], $7::int8[])",
		&args));
}

static void index_path(const struct q_path *path, struct arena *a)
{
	auto_pgresult *res = NULL;
	const char *key = q_path_key(path, a);
	struct pg_array column[COLUMNS];
	int number;

	if (find_path(NULL, key) != 0)
		return;
	ck_assert_uint_lt(catalogue.len, MAX_PATHS);
	catalogue.keys[catalogue.len++] = strdup(key);
	number = (int)catalogue.len;
	for (int i = 0; i < COLUMNS; i++)
		pg_array_init(&column[i], column_types[i]);
	res = query("SELECT eid, doc FROM entity", NULL);
	for (int i = 0; i < PQntuples(res); i++) {
		auto_arena scratch = {0};
		struct jn *doc = jn_parse_trusted(
			PQgetvalue(res, i, 1), (size_t)PQgetlength(res, i, 1), &scratch);
		struct q_row *rows = NULL;
		size_t len = q_rows(path, doc, &scratch, &rows);

		for (size_t j = 0; j < len; j++)
			add_row(column, number, pg_get_int(res, i, 0), &rows[j]);
	}
	insert_rows(column);
	for (int i = 0; i < COLUMNS; i++)
		pg_array_fini(&column[i]);
}

static void index_all_paths(const struct q *q, struct arena *a)
{
	if (q->op == Q_AND || q->op == Q_OR) {
		index_all_paths(q->left, a);
		index_all_paths(q->right, a);
	} else if (q->op == Q_LINKED) {
		index_all_paths(q->left, a);
	} else {
		index_path(&q->path, a);
	}
}

void diff_index(const struct q *q, struct arena *a)
{
	while (catalogue.len > 0)
		free(catalogue.keys[--catalogue.len]);
	diff_exec("DELETE FROM value");
	index_all_paths(q, a);
}

static const struct diff_eids *read_eids(const PGresult *res, struct arena *a)
{
	struct diff_eids *found = arena_new(a, struct diff_eids);

	found->len = (size_t)PQntuples(res);
	found->eids = arena_array(a, int64_t, found->len + 1);
	for (size_t i = 0; i < found->len; i++)
		found->eids[i] = pg_get_int(res, (int)i, 0);
	return found;
}

const struct diff_eids *diff_select(struct sql *sql, struct arena *a)
{
	auto_pgresult *res = NULL;

	ck_assert(!sql->too_many);
	res = query(sql->text.data, &sql->args);
	return read_eids(res, a);
}

const struct diff_eids *diff_query(
	const struct q *q, int64_t now, bool indexed, struct arena *a)
{
	auto_sql sql = {.arena = a};
	const struct q_index *index = indexed ? &index_all : NULL;
	const struct q *driver = indexed ? q_driver(q, index, a) : NULL;
	struct err err = {0};

	pg_int4(&sql.args, TENANT);
	if (driver != NULL) {
		sql_add(&sql,
			"SELECT DISTINCT v.eid FROM value v JOIN entity e"
			" ON e.tenant = $1 AND e.eid = v.eid WHERE ");
		q_driver_sql(driver, now, index, &sql);
		sql_add(&sql, " AND ");
	} else {
		sql_add(&sql, "SELECT e.eid FROM entity e WHERE e.tenant = $1 AND ");
	}
	ck_assert_int_eq(q_sql_indexed(q, now, index, driver, &sql, &err), 0);
	sql_add(&sql, " ORDER BY 1");
	return diff_select(&sql, a);
}
