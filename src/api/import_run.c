/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run: while lanes write a page of rows, the next one is read.  Rows that came to nothing
 * are recorded after their page, those that were written with the write itself; so an
 * import that breaks off has recorded what it did, and the file may be sent again.
 */
#include "import_priv.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <store/entities.h>
#include <store/readers.h>

#include <inttypes.h>
#include <string.h>

#define BEAT INT64_C(5000000) /* us between two signs of life */

/* What is new comes in the order of the file, whichever lanes make it. */
static int number_ops(struct import_run *run, struct import_page *page, struct err *err)
{
	struct app *app = run->call->app;
	struct write *w = &page->write;
	struct pg *pg;
	int64_t *numbers;
	int rc;

	if (w->len == 0)
		return 0;
	pg = readers_take(app->writers);
	rc = entities_numbers(pg, w->len, &page->req.arena, &numbers, err);
	readers_put(app->writers, pg);
	for (size_t i = 0; rc == 0 && i < w->len; i++)
		w->ops[i].number = numbers[i];
	return rc;
}

/* What the lanes, or the dry run, made of the operations. */
static void take_results(struct import_page *page, const struct err **down)
{
	struct arena *a = &page->req.arena;

	for (size_t i = 0; i < page->len; i++) {
		struct import_item *item = &page->items[i];
		const struct err *err = item->op != NULL ? &item->op->err : NULL;
		auto_strbuf sb = {0};

		if (err == NULL)
			continue;
		item->row.result = item->import.result;
		if (err->kind == ERR_NONE)
			continue;
		if (err->kind == ERR_UNAVAILABLE)
			*down = err;
		item->row.result = IMPORT_REJECTED;
		strbuf_adds(&sb, "[{\"why\":");
		jn_write_string(&sb, err->detail, strlen(err->detail));
		strbuf_adds(&sb, "}]");
		item->row.problems = arena_strndup(a, sb.data, sb.len);
	}
}

/* Rows that no lane has recorded. */
static int record_rejected(
	struct import_run *run, struct import_page *page, struct err *err)
{
	struct app *app = run->call->app;
	struct stored_import_row *rows =
		arena_array(&page->req.arena, struct stored_import_row, page->len + 1);
	size_t len = 0;
	struct pg *pg;
	int rc;

	for (size_t i = 0; i < page->len; i++)
		if (page->items[i].row.result == IMPORT_REJECTED)
			rows[len++] = page->items[i].row;
	if (len == 0 && page->req.now - run->beat < BEAT)
		return 0;
	run->beat = page->req.now;
	pg = readers_take(app->writers);
	rc = imports_add_rows(pg, run->import, rows, len, err);
	if (rc == 0)
		rc = imports_beat(pg, run->import, page->req.now, err);
	readers_put(app->writers, pg);
	return rc;
}

/* Waits for the page; -1: the import cannot go on. */
static int finish_page(struct import_run *run, struct import_page *page, struct err *err)
{
	const struct err *down = NULL;

	if (run->dry == NULL)
		import_page_wait(page);
	take_results(page, &down);
	if (down != NULL) {
		*err = *down;
		return -1;
	}
	for (size_t i = 0; i < page->len; i++)
		report_add(&run->report, &page->items[i].row, &page->req.arena);
	return run->dry == NULL ? record_rejected(run, page, err) : 0;
}

static int begin_page(struct import_run *run, struct import_page *page, struct err *err)
{
	if (run->dry != NULL)
		return import_dry_page(run, page, err);
	if (number_ops(run, page, err) < 0) {
		page->write.len = 0;
		page->ended = true;
		return -1;
	}
	import_page_submit(page, run->call->app);
	return 0;
}

static int run_pages(struct import_run *run, struct import_page pages[2], struct err *err)
{
	struct import_page *now = &pages[0], *next = &pages[1], *swap;
	int rc = 0;

	import_read_page(run, now);
	while (rc == 0 && now->len > 0) {
		rc = begin_page(run, now, err);
		if (rc < 0)
			return -1;
		next->len = 0;
		if (!now->last)
			import_read_page(run, next);
		/* Nothing may leave while lanes work on the page. */
		if (finish_page(run, now, err) < 0)
			return -1;
		if (next->len > 0 && atomic_load(&run->call->app->closing))
			return err_set(
				err, ERR_UNAVAILABLE, "the broker is told to stop");
		swap = now;
		now = next;
		next = swap;
	}
	return rc;
}

static int64_t rows_done(const struct import_run *run)
{
	int64_t n = 0;

	for (int i = 0; i < IMPORT_RESULTS; i++)
		n += run->report.counts[i];
	return n;
}

static int break_off(struct import_run *run, struct err *err)
{
	struct app *app = run->call->app;
	struct err ignored = {0};
	struct pg *pg;

	if (run->dry != NULL)
		return -1;
	pg = readers_take(app->writers);
	if (imports_end(pg, run->import, "interrupted", err->detail, clock_now(),
		    &ignored) < 0)
		log_warn("import %" PRId64 " could not be marked as interrupted: %s",
			run->import, ignored.detail);
	readers_put(app->writers, pg);
	return err_set(err, err->kind,
		"import %" PRId64 " was interrupted after row %" PRId64
		" of %zu: what was written stays, what is missing comes when the file is "
		"sent again",
		run->import, rows_done(run), run->rows.total);
}

static int begin(struct import_run *run, struct err *err)
{
	struct call *call = run->call;
	struct app *app = call->app;
	const struct stored_import im = {
		.mapping = run->mapping_name,
		.file = req_param(call->req, "file"),
		.bytes = (int64_t)call->req->body_len,
		.total = (int64_t)run->rows.total,
		.started = call->req->now,
	};
	int64_t keep = app->config.import_keep * INT64_C(86400000000);
	struct pg *pg = readers_take(app->writers);
	int rc = imports_begin(
		pg, call->tenant, &im, im.started - keep, &run->import, err);

	readers_put(app->writers, pg);
	run->beat = im.started;
	return rc;
}

int import_run(struct import_run *run)
{
	struct app *app = run->call->app;
	struct err *err = &run->call->req->err;
	struct import_page *pages;
	struct pg *pg;
	int rc;

	if (run->dry == NULL && begin(run, err) < 0)
		return -1;
	pages = arena_array(&run->call->req->arena, struct import_page, 2);
	import_page_init(&pages[0], run->call->req);
	import_page_init(&pages[1], run->call->req);
	rc = run_pages(run, pages, err);
	import_page_fini(&pages[0]);
	import_page_fini(&pages[1]);
	if (rc < 0)
		return break_off(run, err);
	if (run->dry != NULL)
		return 0;
	pg = readers_take(app->writers);
	rc = imports_end(pg, run->import, "done", NULL, clock_now(), err);
	readers_put(app->writers, pg);
	return rc;
}
