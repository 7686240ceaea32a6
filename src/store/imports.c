/* SPDX-License-Identifier: Apache-2.0 */
#include <store/imports.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <store/dict.h>
#include <store/pg.h>

#include <string.h>

#define SILENT "interval '1 minute'" /* after which a running import is none */

/* ---- mappings */

static const struct pg_stmt put_mapping = {"import_mapping_put",
	"INSERT INTO import_mapping AS m (tenant, name, modified, doc)"
	" VALUES ($1::int4, $2::text, $3::timestamptz, $4::text)"
	" ON CONFLICT (tenant, name) DO UPDATE SET modified = excluded.modified,"
	" doc = excluded.doc RETURNING (xmax = 0)::int",
	.binary = true};
static const struct pg_stmt get_mapping = {"import_mapping_get",
	"SELECT name, doc, modified FROM import_mapping WHERE tenant = $1 AND name = $2",
	.binary = true};
static const struct pg_stmt list_mappings = {"import_mapping_list",
	"SELECT name, doc, modified FROM import_mapping WHERE tenant = $1 ORDER BY name",
	.binary = true};
static const struct pg_stmt delete_mapping = {"import_mapping_delete",
	"DELETE FROM import_mapping WHERE tenant = $1 AND name = $2", .binary = true};

static int no_mapping(const char *name, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND,
		"there is no mapping '%.100s'; PUT /calanque/v1/imports/mappings/{name} "
		"makes "
		"one, GET /calanque/v1/imports/mappings lists those there are",
		name);
}

int import_mapping_put(struct pg *pg, int tenant, const char *name, const char *text,
	int64_t now, bool *created, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int4(&args, tenant);
	pg_text(&args, name);
	pg_time(&args, now);
	pg_text(&args, text);
	if (pg_query(pg, &put_mapping, &args, &res, err) < 0)
		return -1;
	*created = pg_get_int(res, 0, 0) != 0;
	return 0;
}

static struct stored_mapping read_mapping(const PGresult *res, int row, struct arena *a)
{
	return (struct stored_mapping){.name = pg_get_text(res, row, 0, a),
		.text = pg_get_text(res, row, 1, a),
		.modified = pg_get_time(res, row, 2)};
}

int import_mapping_get(struct pg *pg, int tenant, const char *name, struct arena *a,
	struct stored_mapping *out, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int4(&args, tenant);
	pg_text(&args, name);
	if (pg_query(pg, &get_mapping, &args, &res, err) < 0)
		return -1;
	if (PQntuples(res) == 0)
		return no_mapping(name, err);
	*out = read_mapping(res, 0, a);
	return 0;
}

int import_mapping_delete(struct pg *pg, int tenant, const char *name, struct err *err)
{
	struct pg_args args = {0};
	int64_t rows;

	pg_int4(&args, tenant);
	pg_text(&args, name);
	if (pg_exec(pg, &delete_mapping, &args, &rows, err) < 0)
		return -1;
	return rows > 0 ? 0 : no_mapping(name, err);
}

int import_mappings(struct pg *pg, int tenant, struct arena *a,
	struct stored_mapping **out, size_t *len, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int4(&args, tenant);
	if (pg_query(pg, &list_mappings, &args, &res, err) < 0)
		return -1;
	*len = (size_t)PQntuples(res);
	*out = arena_array(a, struct stored_mapping, *len + 1);
	for (size_t i = 0; i < *len; i++)
		(*out)[i] = read_mapping(res, (int)i, a);
	return 0;
}

/* ---- imports */

static const struct pg_stmt begin_import = {"import_begin",
	"INSERT INTO import (tenant, mapping, file, bytes, total, state, started, beat)"
	" VALUES ($1::int4, $2::text, $3::text, $4::int8, $5::int8, 'running',"
	" $6::timestamptz, $6::timestamptz) RETURNING import",
	.binary = true};
static const struct pg_stmt forget_imports = {"import_forget",
	"WITH g AS (DELETE FROM import WHERE started < $1::timestamptz RETURNING import),"
	" r AS (DELETE FROM import_row r USING g WHERE r.import = g.import)"
	" DELETE FROM import_replaced p USING g WHERE p.import = g.import",
	.binary = true};
static const struct pg_stmt beat = {"import_beat",
	"UPDATE import SET beat = $2::timestamptz WHERE import = $1::int8",
	.binary = true};
static const struct pg_stmt end_import = {"import_end",
	"UPDATE import SET state = $2::text, reason = $3::text, beat = $4::timestamptz,"
	" ended = coalesce(ended, $4::timestamptz) WHERE import = $1::int8",
	.binary = true};

#define IMPORT                                                                           \
	"SELECT i.import, i.mapping, i.file, i.bytes, i.total,"                          \
	" CASE WHEN i.state = 'running' AND i.beat < $2::timestamptz - " SILENT          \
	" THEN 'interrupted' ELSE i.state END, i.reason, i.started, i.ended,"            \
	" c.created, c.updated, c.unchanged, c.historized, c.rejected, c.warned"         \
	" FROM import i CROSS JOIN LATERAL (SELECT"                                      \
	" count(*) FILTER (WHERE result = 0) AS created,"                                \
	" count(*) FILTER (WHERE result = 1) AS updated,"                                \
	" count(*) FILTER (WHERE result = 2) AS unchanged,"                              \
	" count(*) FILTER (WHERE result = 3) AS historized,"                             \
	" count(*) FILTER (WHERE result = 4) AS rejected,"                               \
	" count(*) FILTER (WHERE result <> 4 AND problems IS NOT NULL) AS warned"        \
	" FROM import_row r WHERE r.import = i.import) AS c WHERE i.tenant = $1::int4"
static const struct pg_stmt get_import = {
	"import_get", IMPORT " AND i.import = $3::int8", .binary = true};
static const struct pg_stmt list_imports = {"import_list",
	IMPORT " ORDER BY i.import DESC LIMIT $3::int8 OFFSET $4::int8", .binary = true};

int imports_begin(struct pg *pg, int tenant, const struct stored_import *begun,
	int64_t forget, int64_t *import, struct err *err)
{
	struct pg_args args = {0}, old = {0};
	auto_pgresult *res = NULL;

	pg_time(&old, forget);
	pg_int4(&args, tenant);
	pg_text(&args, begun->mapping);
	pg_text(&args, begun->file);
	pg_int(&args, begun->bytes);
	pg_int(&args, begun->total);
	pg_time(&args, begun->started);
	if (pg_exec(pg, &forget_imports, &old, NULL, err) < 0 ||
		pg_query(pg, &begin_import, &args, &res, err) < 0)
		return -1;
	*import = pg_get_int(res, 0, 0);
	return 0;
}

int imports_beat(struct pg *pg, int64_t import, int64_t now, struct err *err)
{
	struct pg_args args = {0};

	pg_int(&args, import);
	pg_time(&args, now);
	return pg_exec(pg, &beat, &args, NULL, err);
}

int imports_end(struct pg *pg, int64_t import, const char *state, const char *reason,
	int64_t now, struct err *err)
{
	struct pg_args args = {0};

	pg_int(&args, import);
	pg_text(&args, state);
	pg_text(&args, reason);
	pg_time(&args, now);
	return pg_exec(pg, &end_import, &args, NULL, err);
}

static struct stored_import read_import(const PGresult *res, int row, struct arena *a)
{
	struct stored_import out = {
		.import = pg_get_int(res, row, 0),
		.mapping = pg_get_text(res, row, 1, a),
		.file = pg_get_text(res, row, 2, a),
		.bytes = pg_get_int(res, row, 3),
		.total = pg_get_int(res, row, 4),
		.state = pg_get_text(res, row, 5, a),
		.reason = pg_get_text(res, row, 6, a),
		.started = pg_get_time(res, row, 7),
		.ended = pg_get_time_or_0(res, row, 8),
		.warned = pg_get_int(res, row, 9 + IMPORT_RESULTS),
	};

	for (int i = 0; i < IMPORT_RESULTS; i++)
		out.counts[i] = pg_get_int(res, row, 9 + i);
	return out;
}

int imports_get(struct pg *pg, int tenant, int64_t import, int64_t now, struct arena *a,
	struct stored_import *out, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int4(&args, tenant);
	pg_time(&args, now);
	pg_int(&args, import);
	if (pg_query(pg, &get_import, &args, &res, err) < 0)
		return -1;
	if (PQntuples(res) == 0)
		return err_set(err, ERR_NOT_FOUND,
			"there is no import %lld (any more); GET /calanque/v1/imports "
			"lists "
			"those there are",
			(long long)import);
	*out = read_import(res, 0, a);
	return 0;
}

int imports_list(struct pg *pg, int tenant, unsigned limit, unsigned offset, int64_t now,
	struct arena *a, struct stored_import **out, size_t *len, bool *more,
	struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int4(&args, tenant);
	pg_time(&args, now);
	pg_int(&args, (int64_t)limit + 1);
	pg_int(&args, offset);
	if (pg_query(pg, &list_imports, &args, &res, err) < 0)
		return -1;
	*len = (size_t)PQntuples(res);
	*more = *len > limit;
	*len -= *more;
	*out = arena_array(a, struct stored_import, *len + 1);
	for (size_t i = 0; i < *len; i++)
		(*out)[i] = read_import(res, (int)i, a);
	return 0;
}

/* ---- rows */

static const struct pg_stmt add_rows = {"import_rows_add",
	"INSERT INTO import_row (import, row, line, result, id, problems)"
	" SELECT $1::int8, * FROM unnest($2::int8[], $3::int8[], $4::int4[], $5::text[],"
	" $6::text[])",
	.binary = true};
#define ROW "SELECT row, line, result::int4, id, problems, undo, now, undone::int"
static const struct pg_stmt list_rows = {"import_rows_list",
	ROW " FROM import_row WHERE import = $1::int8 AND row > $2::int8"
	    " AND ($3::int4 < 0 OR result = $3::int4) ORDER BY row LIMIT $4::int8",
	.binary = true};
static const struct pg_stmt list_problems = {"import_rows_problems",
	ROW " FROM import_row WHERE import = $1::int8 AND row > $2::int8"
	    " AND ($3::int4 < 0 OR result = $3::int4) AND problems IS NOT NULL"
	    " ORDER BY row LIMIT $4::int8",
	.binary = true};
static const struct pg_stmt undo_rows = {"import_rows_undo",
	ROW " FROM import_row WHERE import = $1::int8 AND row < $2::int8"
	    " AND undo IS NOT NULL AND NOT undone ORDER BY row DESC LIMIT $3::int8",
	.binary = true};

static void add_text(struct pg_array *column, const char *text)
{
	if (text != NULL)
		pg_array_text(column, text, strlen(text));
	else
		pg_array_null(column);
}

int imports_add_rows(struct pg *pg, int64_t import, const struct stored_import_row *rows,
	size_t len, struct err *err)
{
	auto_pg_array row = {0}, line = {0}, result = {0}, id = {0}, problems = {0};
	struct pg_args args = {0};

	if (len == 0)
		return 0;
	pg_array_init(&row, PG_INT8);
	pg_array_init(&line, PG_INT8);
	pg_array_init(&result, PG_INT4);
	pg_array_init(&id, PG_TEXT);
	pg_array_init(&problems, PG_TEXT);
	for (size_t i = 0; i < len; i++) {
		pg_array_int(&row, rows[i].row);
		pg_array_int(&line, rows[i].line);
		pg_array_int(&result, rows[i].result);
		add_text(&id, rows[i].id);
		add_text(&problems, rows[i].problems);
	}
	pg_int(&args, import);
	pg_args_array(&args, &row);
	pg_args_array(&args, &line);
	pg_args_array(&args, &result);
	pg_args_array(&args, &id);
	pg_args_array(&args, &problems);
	return pg_exec(pg, &add_rows, &args, NULL, err);
}

static void read_rows(
	const PGresult *res, struct arena *a, struct stored_import_row **out, size_t *len)
{
	*len = (size_t)PQntuples(res);
	*out = arena_array(a, struct stored_import_row, *len + 1);
	for (int i = 0; i < (int)*len; i++)
		(*out)[i] = (struct stored_import_row){
			.row = pg_get_int(res, i, 0),
			.line = pg_get_int(res, i, 1),
			.result = (enum import_result)pg_get_int(res, i, 2),
			.id = pg_get_text(res, i, 3, a),
			.problems = pg_get_text(res, i, 4, a),
			.undo = pg_get_text(res, i, 5, a),
			.now = pg_get_time_or_0(res, i, 6),
			.undone = pg_get_int(res, i, 7) != 0,
		};
}

int imports_rows(struct pg *pg, int64_t import, int64_t after, enum import_result result,
	bool problems, unsigned limit, struct arena *a, struct stored_import_row **out,
	size_t *len, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int(&args, import);
	pg_int(&args, after);
	pg_int4(&args, result == IMPORT_RESULTS ? -1 : (int32_t)result);
	pg_int(&args, limit);
	if (pg_query(pg, problems ? &list_problems : &list_rows, &args, &res, err) < 0)
		return -1;
	read_rows(res, a, out, len);
	return 0;
}

int imports_undo_rows(struct pg *pg, int64_t import, int64_t before, unsigned limit,
	struct arena *a, struct stored_import_row **out, size_t *len, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int(&args, import);
	pg_int(&args, before);
	pg_int(&args, limit);
	if (pg_query(pg, &undo_rows, &args, &res, err) < 0)
		return -1;
	read_rows(res, a, out, len);
	return 0;
}
