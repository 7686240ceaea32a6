/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes an import back, the newest rows first: what it created goes, what it changed is as
 * before, what it added to the history goes.  What somebody else has written since stays
 * and is told.  Each row is undone in one transaction with the mark that it is, so that an
 * undo that breaks off goes on where it was.
 */
#include "import_priv.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/map.h>
#include <store/readers.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct undo {
	struct call *call;
	const struct stored_import *im;
	int64_t before; /* the row that was undone last */
	int64_t rows, kept; /* rows undone; entities of which something stays */
	struct strbuf list; /* of those, as JSON */
	struct map told; /* ids of those */
	struct arena ids;
};

/* The records of one entity, the newest first. */
struct target {
	const char *id;
	struct jn *records;
	struct import_undone *undone;
	struct target *next;
	struct import_op import;
};

static int read_rows(struct undo *u, struct arena *a, struct stored_import_row **rows,
	size_t *len, struct err *err)
{
	struct app *app = u->call->app;
	struct pg *pg = readers_take(app->readers);
	int rc = imports_undo_rows(
		pg, u->im->import, u->before, IMPORT_PAGE, a, rows, len, err);

	readers_put(app->readers, pg);
	return rc;
}

/* Groups the rows by entity, in the order of their newest. */
static size_t group(const struct stored_import_row *rows, size_t len,
	struct target *targets, struct arena *a)
{
	auto_map by_id = {0};
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		const char *text = rows[i].undo;
		struct target *t = map_get(&by_id, rows[i].id, strlen(rows[i].id));

		if (t == NULL) {
			t = &targets[n++];
			t->id = rows[i].id;
			t->records = jn_array(a);
			t->undone = arena_array(a, struct import_undone, len);
			map_put(&by_id, t->id, strlen(t->id), t);
		}
		t->undone[t->import.undone_len++] =
			(struct import_undone){rows[i].row, rows[i].now};
		jn_append(t->records, jn_parse_trusted(text, strlen(text), a));
	}
	return n;
}

static void submit(
	struct undo *u, struct import_page *page, struct target *targets, size_t n)
{
	page->write.ops = arena_array(&page->req.arena, struct write_op, n);
	page->write.len = n;
	for (size_t i = 0; i < n; i++) {
		struct target *t = &targets[i];

		t->import.import = u->im->import;
		t->import.undone = t->undone;
		page->write.ops[i] = (struct write_op){
			.tenant = u->call->tenant,
			.op = {.kind = OP_UNDO,
				.id = t->id,
				.doc = t->records,
				.now = clock_now()},
			.import = &t->import,
		};
	}
	import_page_submit(page, u->call->app);
	import_page_wait(page);
}

/* Once an entity. */
static void tell_kept(struct undo *u, const struct target *t)
{
	struct strbuf *sb = &u->list;
	const char *separator = "", *id;

	if (t->import.kept_len == 0 || map_get(&u->told, t->id, strlen(t->id)) != NULL)
		return;
	u->kept++;
	if (u->kept > IMPORT_LISTS)
		return;
	id = arena_strdup(&u->ids, t->id);
	map_put(&u->told, id, strlen(id), u);
	strbuf_adds(sb, sb->len > 0 ? ",\n{\"entity\":" : "{\"entity\":");
	jn_write_string(sb, t->id, strlen(t->id));
	strbuf_adds(sb, ",\"kept\":[");
	for (const char *p = t->import.kept; *p != '\0';) {
		size_t len = strcspn(p, " ");

		strbuf_adds(sb, separator);
		jn_write_string(sb, p, len);
		separator = ",";
		p += len + (p[len] == ' ');
	}
	strbuf_adds(sb, "],\"why\":\"somebody else has changed it since\"}");
}

/* 1: there may be more rows, 0: these were the last. */
static int undo_page(struct undo *u, struct import_page *page, struct err *err)
{
	struct arena *a = &page->req.arena;
	struct stored_import_row *rows;
	struct target *targets;
	size_t len, n;

	arena_rewind(a);
	if (read_rows(u, a, &rows, &len, err) < 0)
		return -1;
	if (len == 0)
		return 0;
	targets = arena_array(a, struct target, len);
	n = group(rows, len, targets, a);
	submit(u, page, targets, n);
	for (size_t i = 0; i < n; i++) {
		if (page->write.ops[i].err.kind != ERR_NONE) {
			*err = page->write.ops[i].err;
			return -1;
		}
		tell_kept(u, &targets[i]);
	}
	u->rows += (int64_t)len;
	u->before = rows[len - 1].row;
	return 1;
}

static int undo_pages(struct undo *u, struct err *err)
{
	struct import_page *page = arena_new(&u->call->req->arena, struct import_page);
	int rc;

	import_page_init(page, u->call->req);
	do {
		rc = undo_page(u, page, err);
		if (rc == 1 && atomic_load(&u->call->app->closing))
			rc = err_set(err, ERR_UNAVAILABLE, "the broker is told to stop");
	} while (rc == 1);
	import_page_fini(page);
	if (rc < 0)
		return err_wrap(err,
			"after %" PRId64 " rows were undone (the same request goes on)",
			u->rows);
	return 0;
}

static int end_undo(struct undo *u, struct err *err)
{
	struct app *app = u->call->app;
	struct pg *pg = readers_take(app->writers);
	int rc = imports_end(pg, u->im->import, "undone", NULL, clock_now(), err);

	readers_put(app->writers, pg);
	return rc;
}

static void answer(const struct undo *u)
{
	struct strbuf *sb = &u->call->resp->body;

	strbuf_addf(sb,
		"{\"id\":\"%" PRId64 "\",\"state\":\"undone\",\"rows\":%" PRId64
		",\"entitiesKept\":%" PRId64 ",\"kept\":[",
		u->im->import, u->rows, u->kept);
	strbuf_add(sb, u->list.data != NULL ? u->list.data : "", u->list.len);
	strbuf_adds(sb, "]}");
	u->call->resp->status = 200;
	u->call->resp->content_type = "application/json";
}

int import_undo(struct call *call, const struct stored_import *im)
{
	struct undo u = {.call = call, .im = im, .before = INT64_MAX};
	struct err *err = &call->req->err;
	int rc = 0;

	if (strcmp(im->state, "running") == 0)
		return err_set(err, ERR_CONFLICT,
			"import %" PRId64 " is under way; wait for its end, then undo it",
			im->import);
	rc = undo_pages(&u, err);
	if (rc == 0)
		rc = end_undo(&u, err);
	if (rc == 0)
		answer(&u);
	strbuf_fini(&u.list);
	map_fini(&u.told);
	arena_reset(&u.ids);
	return rc;
}
