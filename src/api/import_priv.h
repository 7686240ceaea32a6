/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Imports of files.  imports.c has the routes; a run (import_run.c) goes through the file a
 * page of rows at a time: rows become operations (import_rows.c), which lanes write, or
 * which are tried on copies (import_dry.c); what became of each goes to a report
 * (import_report.c).  import_undo.c takes an import back.
 */
#ifndef API_IMPORT_PRIV_H
#define API_IMPORT_PRIV_H

#include "call.h"

#include <base/attr.h>
#include <core/import_effect.h>
#include <store/imports.h>
#include <store/lane.h>
#include <table/rows.h>

#include <pthread.h>
#include <stdbool.h>

struct findings;
struct table;
struct zone;

#define IMPORTS      "/calanque/v1/imports"
#define IMPORT_PAGE  400 /* rows of a page */
#define IMPORT_LISTS 1000 /* rows with problems that an answer lists */

/* ---- import_report.c */

struct import_report {
	bool csv, all; /* all: rows without problems too */
	struct table *table; /* csv */
	struct zone *zone;
	struct strbuf rows;
	size_t listed;
	int64_t counts[IMPORT_RESULTS], warned;
};

/* `report` (problems, all) and `format` (json, csv, csv-fr) of the request. */
int report_init(struct import_report *r, struct call *call) must_check;
void report_fini(struct import_report *r);
/* Counts the row, and lists it where it is to be. */
void report_add(struct import_report *r, const struct stored_import_row *row,
	struct arena *scratch);
/* As the answer: `head` is the members of the JSON object before the counts. */
void report_answer(struct import_report *r, struct call *call, const char *head);
/* GET …/{id}/report */
enum handled import_report_rows(void *cookie, struct req *req, struct resp *resp);
/* The members of an import as JSON, without the braces. */
void import_write(struct strbuf *sb, const struct stored_import *im);

/* ---- import_rows.c */

struct import_item {
	struct stored_import_row row;
	struct import_op import;
	struct write_op *op; /* NULL: it came to nothing */
};

/* A page on its way. */
struct import_page {
	struct req req; /* as the client's, with an arena of the page */
	struct import_item items[IMPORT_PAGE];
	size_t len;
	bool last;
	struct write write;
	pthread_mutex_t lock; /* guards ended */
	pthread_cond_t wake;
	bool ended;
};
/* `p` is all zero. */
void import_page_init(struct import_page *p, const struct req *req);
void import_page_fini(struct import_page *p);
/* Hands the page's operations to the lanes, and waits for them. */
void import_page_submit(struct import_page *p, struct app *app);
void import_page_wait(struct import_page *p);

struct import_dry;

struct import_run {
	struct call *call;
	const struct mapping *mapping; /* NULL: Features of NGSI-LD as they are */
	const char *mapping_name; /* NULL: it has none */
	bool geojson;
	/* An export of ours comes back: what its cells cannot tell, profiles do. */
	bool exported;
	struct context *ctx;
	struct zone *zone;
	struct rows rows;
	struct import_dry *dry; /* NULL: it is none */
	int64_t import; /* its number */
	int64_t beat;
	struct import_report report;
};

/* The next rows: each an operation in page->write, or rejected. */
void import_read_page(struct import_run *run, struct import_page *page);
/* The mapping that the request names, or gives; the file's rows; the @context. */
int import_open(struct import_run *run) must_check;
/* `format` and Content-Type: is the body GeoJSON? */
int import_is_geojson(struct req *req, bool *out) must_check;

/* Makes attributes of the kinds that the profile of their type wants, where values allow. */
void import_shape(const struct import_run *run, struct jn *doc, struct arena *a);

/* ---- import_propose.c */

/* A mapping for the body, as JSON; type may be NULL.  As mapping_propose(). */
int import_propose(
	struct call *call, bool geojson, const char *type, struct strbuf *out) must_check;

/* ---- import_dry.c */

/* Goes through the file for the ids that it has more than once. */
struct import_dry *import_dry_new(const struct import_run *run);
void import_dry_free(struct import_dry *d); /* NULL is fine */
/* What would become of the page's operations. */
int import_dry_page(
	struct import_run *run, struct import_page *page, struct err *err) must_check;

/* ---- import_run.c, import_undo.c */

int import_run(struct import_run *run) must_check;
int import_undo(struct call *call, const struct stored_import *im) must_check;

#endif
