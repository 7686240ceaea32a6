/* SPDX-License-Identifier: Apache-2.0 */
/* What became of the rows of an import: as JSON for programs, as CSV for people. */
#include "import_priv.h"

#include "exports.h"
#include "params.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <store/readers.h>
#include <table/table.h>
#include <table/zone.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 1000 /* rows of one look at the database */

static const struct column columns[] = {{"row", false}, {"line", false},
	{"result", false}, {"entity", false}, {"column", false}, {"value", false},
	{"why", false}, {"mend", false}};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static int read_format(struct import_report *r, struct req *req)
{
	const char *format = req_param(req, "format"), *what = req_param(req, "report");
	struct table_config config = {.columns = columns, .columns_len = COLUMNS};

	if (what != NULL && strcmp(what, "all") != 0 && strcmp(what, "problems") != 0)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			"report: '%.32s' is neither problems nor all", what);
	r->all = what != NULL && strcmp(what, "all") == 0;
	if (format == NULL || strcmp(format, "json") == 0)
		return 0;
	if (strcmp(format, "csv") != 0 && strcmp(format, "csv-fr") != 0)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			"format: '%.32s' is none of json, csv and csv-fr", format);
	config.format = strcmp(format, "csv") == 0 ? TABLE_CSV : TABLE_CSV_FR;
	config.zone = r->zone;
	r->csv = true;
	r->table = table_new(&config);
	return 0;
}

int report_init(struct import_report *r, struct call *call)
{
	*r = (struct import_report){0};
	r->zone = zone_open(call->app->config.time_zone, &call->req->err);
	return r->zone != NULL ? read_format(r, call->req) : -1;
}

void report_fini(struct import_report *r)
{
	table_free(r->table);
	zone_close(r->zone);
	strbuf_fini(&r->rows);
}

static struct cell text_cell(const char *text)
{
	return (struct cell){
		.kind = text != NULL && *text != '\0' ? CELL_TEXT : CELL_EMPTY,
		.text = text,
		.len = text != NULL ? strlen(text) : 0};
}

static struct cell number_cell(int64_t n, struct arena *a)
{
	const char *text = arena_printf(a, "%" PRId64, n);

	return (struct cell){.kind = CELL_NUMBER, .text = text, .len = strlen(text)};
}

/* A line for each problem, or one for the row. */
static void add_csv(
	struct import_report *r, const struct stored_import_row *row, struct arena *a)
{
	static const char *const names[] = {"column", "value", "why", "mend"};
	struct cell cells[COLUMNS] = {number_cell(row->row, a), number_cell(row->line, a),
		text_cell(import_result_names[row->result]), text_cell(row->id)};
	const struct jn *list = row->problems != NULL
		? jn_parse_trusted(row->problems, strlen(row->problems), a)
		: NULL;

	if (list == NULL || list->child == NULL)
		table_row(r->table, cells, &r->rows);
	jn_each (it, list) {
		for (size_t i = 0; i < 4; i++)
			cells[4 + i] = text_cell(jn_str(jn_get(it, names[i]), a));
		table_row(r->table, cells, &r->rows);
	}
}

static void add_json(struct import_report *r, const struct stored_import_row *row)
{
	struct strbuf *sb = &r->rows;

	strbuf_addf(sb, "%s{\"row\":%" PRId64 ",\"line\":%" PRId64 ",\"result\":\"%s\"",
		r->listed > 0 ? ",\n" : "", row->row, row->line,
		import_result_names[row->result]);
	if (row->id != NULL) {
		strbuf_adds(sb, ",\"entity\":");
		jn_write_string(sb, row->id, strlen(row->id));
	}
	if (row->problems != NULL)
		strbuf_addf(sb, ",\"problems\":%s", row->problems);
	strbuf_addc(sb, '}');
}

void report_add(struct import_report *r, const struct stored_import_row *row,
	struct arena *scratch)
{
	r->counts[row->result]++;
	r->warned += row->problems != NULL && row->result != IMPORT_REJECTED;
	if (!r->all && (row->problems == NULL || r->listed >= IMPORT_LISTS))
		return;
	if (r->csv)
		add_csv(r, row, scratch);
	else
		add_json(r, row);
	r->listed++;
}

static void write_counts(struct strbuf *sb, const int64_t *counts, int64_t warned)
{
	for (int i = 0; i < IMPORT_RESULTS; i++)
		strbuf_addf(sb, ",\"%s\":%" PRId64, import_result_names[i], counts[i]);
	strbuf_addf(sb, ",\"warned\":%" PRId64, warned);
}

void report_answer(struct import_report *r, struct call *call, const char *head)
{
	struct strbuf *sb = &call->resp->body;

	if (r->csv) {
		call->resp->content_type = "text/csv; charset=utf-8; header=present";
		table_begin(r->table, sb);
		strbuf_add(sb, r->rows.data != NULL ? r->rows.data : "", r->rows.len);
		table_end(r->table, sb);
		return;
	}
	call->resp->content_type = "application/json";
	strbuf_addf(sb, "{%s", head);
	write_counts(sb, r->counts, r->warned);
	strbuf_adds(sb, ",\"rows\":[");
	strbuf_add(sb, r->rows.data != NULL ? r->rows.data : "", r->rows.len);
	strbuf_adds(sb, "]}");
}

static void write_text(struct strbuf *sb, const char *name, const char *text)
{
	if (text == NULL)
		return;
	strbuf_addf(sb, ",\"%s\":", name);
	jn_write_string(sb, text, strlen(text));
}

static void write_time(struct strbuf *sb, const char *name, int64_t at)
{
	char text[CLOCK_TEXT];

	if (at != 0)
		strbuf_addf(sb, ",\"%s\":\"%s\"", name, clock_format(at, text));
}

void import_write(struct strbuf *sb, const struct stored_import *im)
{
	strbuf_addf(sb, "\"id\":\"%" PRId64 "\",\"state\":\"%s\"", im->import, im->state);
	write_text(sb, "reason", im->reason);
	write_text(sb, "mapping", im->mapping);
	write_text(sb, "file", im->file);
	strbuf_addf(
		sb, ",\"bytes\":%" PRId64 ",\"total\":%" PRId64, im->bytes, im->total);
	write_time(sb, "startedAt", im->started);
	write_time(sb, "endedAt", im->ended);
	write_counts(sb, im->counts, im->warned);
}

/* ---- GET …/{id}/report: any number of rows, while they are sent */

struct report_stream {
	struct call call;
	struct import_report report;
	int64_t import, after;
	enum import_result result;
	struct arena arena; /* of a page */
	bool begun;
};

static enum pulled pull(void *self, struct strbuf *out)
{
	struct report_stream *s = self;
	struct app *app = s->call.app;
	struct stored_import_row *rows;
	struct err err = {0};
	struct pg *pg = readers_take(app->readers);
	size_t len;
	int rc;

	arena_rewind(&s->arena);
	rc = imports_rows(pg, s->import, s->after, s->result, !s->report.all, PAGE,
		&s->arena, &rows, &len, &err);
	readers_put(app->readers, pg);
	if (rc < 0) {
		log_warn("the report of an import breaks off: %s", err.detail);
		return PULLED_BROKEN;
	}
	strbuf_reset(&s->report.rows);
	if (!s->begun && s->report.csv)
		table_begin(s->report.table, out);
	else if (!s->begun)
		strbuf_addc(out, '[');
	s->begun = true;
	for (size_t i = 0; i < len; i++) {
		if (s->report.csv)
			add_csv(&s->report, &rows[i], &s->arena);
		else
			add_json(&s->report, &rows[i]);
		s->report.listed++;
		s->after = rows[i].row;
	}
	strbuf_add(out, s->report.rows.data != NULL ? s->report.rows.data : "",
		s->report.rows.len);
	if (len == PAGE)
		return PULLED_MORE;
	if (!s->report.csv)
		strbuf_adds(out, "]\n");
	return PULLED_END;
}

static void end(void *self)
{
	struct report_stream *s = self;

	report_fini(&s->report);
	arena_reset(&s->arena);
	call_fini(&s->call);
}

static int read_result(struct req *req, enum import_result *out)
{
	const char *name = req_param(req, "result");

	*out = IMPORT_RESULTS;
	if (name == NULL)
		return 0;
	for (int i = 0; i < IMPORT_RESULTS; i++) {
		if (strcmp(import_result_names[i], name) != 0)
			continue;
		*out = (enum import_result)i;
		return 0;
	}
	return err_set(&req->err, ERR_INVALID_REQUEST,
		"result: '%.32s' is none of created, updated, unchanged, historized and "
		"rejected",
		name);
}

static int open_report(struct report_stream *s)
{
	struct call *call = &s->call;
	struct req *req = call->req;
	struct stored_import im;
	struct pg *pg;
	char *rest;
	int rc;

	if (call_tenant(call, false) < 0 || report_init(&s->report, call) < 0 ||
		read_result(req, &s->result) < 0)
		return -1;
	s->import = strtoll(req->param[0], &rest, 10);
	/* results but rejected are asked for as such, whatever is odd with them */
	s->report.all |= s->result != IMPORT_RESULTS;
	if (*rest != '\0')
		s->import = 0;
	pg = readers_take(call->app->readers);
	rc = imports_get(
		pg, call->tenant, s->import, req->now, &req->arena, &im, &req->err);
	readers_put(call->app->readers, pg);
	return rc;
}

enum handled import_report_rows(void *cookie, struct req *req, struct resp *resp)
{
	struct report_stream *s = arena_new(&req->arena, struct report_stream);

	s->call = (struct call){.app = cookie, .req = req, .resp = resp};
	if (open_report(s) < 0) {
		end(s);
		return HANDLED_ERROR;
	}
	resp->status = 200;
	resp->content_type = s->report.csv ? "text/csv; charset=utf-8; header=present"
					   : "application/json";
	if (s->report.csv)
		resp_header(resp, "Content-Disposition",
			arena_printf(&req->arena,
				"attachment; filename=\"import-%" PRId64 ".csv\"",
				s->import));
	resp->stream = (struct stream){.pull = pull, .end = end, .self = s};
	return HANDLED;
}
