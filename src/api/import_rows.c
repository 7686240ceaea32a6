/* SPDX-License-Identifier: Apache-2.0 */
/* From rows of a file to operations: mapped, expanded, checked as every write is. */
#include "import_priv.h"

#include "checks_priv.h"

#include <api/contexts.h>
#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/expand.h>
#include <table/mapping.h>
#include <table/zone.h>

#include <string.h>

/* ---- pages */

void import_page_init(struct import_page *p, const struct req *req)
{
	p->req = *req;
	p->req.arena = (struct arena){0};
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
}

void import_page_fini(struct import_page *p)
{
	arena_reset(&p->req.arena);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
}

static void page_done(struct write *write)
{
	struct import_page *p = write->cookie;

	pthread_mutex_lock(&p->lock);
	p->ended = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

void import_page_submit(struct import_page *p, struct app *app)
{
	p->ended = p->write.len == 0;
	p->write.arena = &p->req.arena;
	p->write.summary = true;
	p->write.done = page_done;
	p->write.cookie = p;
	if (p->write.len > 0)
		lanes_submit(app->lanes, &p->write);
}

void import_page_wait(struct import_page *p)
{
	pthread_mutex_lock(&p->lock);
	while (!p->ended)
		pthread_cond_wait(&p->wake, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

/* ---- problems, as JSON */

static void add_member(struct strbuf *sb, const char *name, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	strbuf_addf(sb, "%s\"%s\":", sb->data[sb->len - 1] == '{' ? "" : ",", name);
	jn_write_string(sb, text, strlen(text));
}

static void add_problem(struct strbuf *sb, const char *column, const char *value,
	const char *why, const char *mend)
{
	strbuf_adds(sb, sb->len > 0 ? ",{" : "[{");
	add_member(sb, "column", column);
	add_member(sb, "value", value);
	add_member(sb, "why", why);
	add_member(sb, "mend", mend);
	strbuf_addc(sb, '}');
}

static const char *end_problems(struct strbuf *sb, struct arena *a)
{
	if (sb->len == 0)
		return NULL;
	strbuf_addc(sb, ']');
	return arena_strndup(a, sb->data, sb->len);
}

static void reject(struct import_item *item, struct strbuf *problems, struct arena *a)
{
	item->row.result = IMPORT_REJECTED;
	item->row.problems = end_problems(problems, a);
}

static void reject_err(struct import_item *item, const char *column,
	const struct err *err, struct arena *a)
{
	auto_strbuf sb = {0};

	add_problem(&sb, column, NULL, err->detail, NULL);
	reject(item, &sb, a);
}

static void reject_row(
	struct import_item *item, const struct row_problem *problems, struct arena *a)
{
	auto_strbuf sb = {0};

	for (const struct row_problem *p = problems; p != NULL; p = p->next)
		add_problem(&sb, p->column, p->value, p->why, p->mend);
	reject(item, &sb, a);
}

/* The column that an error about "/attribute/…: …" comes from. */
static const char *column_of(const struct import_run *run, const char *detail)
{
	if (*detail != '/' || run->mapping == NULL)
		return NULL;
	return mapping_column_of(run->mapping, detail + 1, strcspn(detail + 1, "/:"));
}

static const char *list_findings(
	const struct import_run *run, const struct findings *found, struct arena *a)
{
	auto_strbuf sb = {0};

	for (const struct finding *f = found->first; f != NULL; f = f->next) {
		const char *column = run->mapping != NULL
			? mapping_column_of(
				  run->mapping, f->attribute, strlen(f->attribute))
			: NULL;

		add_problem(&sb, column != NULL ? column : f->attribute, f->seen, f->why,
			f->mend);
		sb.len--;
		add_member(&sb, "code", lint_names[f->code]);
		strbuf_addc(&sb, '}');
	}
	return end_problems(&sb, a);
}

/* ---- entities */

/* A Feature as our exports write them: id, and attributes as properties. */
static struct jn *feature_entity(const struct jn *feature, struct arena *a)
{
	const struct jn *id = jn_get(feature, "id");
	struct jn *out = jn_object(a);

	if (id != NULL)
		jn_add(out, "id", jn_share(a, id));
	jn_each (it, jn_get(feature, "properties"))
		if (it->kind != JN_NULL && !(jn_key_is(it, "id") && id != NULL))
			jn_addn(out, it->key, it->key_len, jn_share(a, it));
	return out;
}

/* The row's entity in any representation; NULL: the item is rejected. */
static struct jn *read_entity(struct import_run *run, const struct one_row *row,
	struct import_item *item, struct arena *a)
{
	struct row_problem *problems;
	struct jn *entity;

	if (run->mapping == NULL)
		return feature_entity(row->feature, a);
	entity = mapping_row(run->mapping, &row->source, a, &problems);
	if (entity == NULL) {
		reject_row(item, problems, a);
		item->row.id = mapping_row_id(run->mapping, &row->source, a);
	}
	return entity;
}

static int expand(struct import_run *run, struct call *call, const struct jn *entity,
	struct jn **doc, struct err *err)
{
	struct err ignored = {0};

	if (call_expand(call, entity, run->ctx, EXPAND_CREATE, doc, err) < 0 &&
		(run->mapping != NULL ||
			call_expand(call, entity, run->ctx,
				EXPAND_CREATE | EXPAND_SIMPLIFIED, doc, &ignored) < 0))
		return -1;
	err_clear(err);
	if (run->exported) {
		*doc = jn_copy(&call->req->arena, *doc);
		import_shape(run, *doc, &call->req->arena);
	}
	return 0;
}

static void add_op(struct import_run *run, struct import_page *page,
	struct import_item *item, const struct jn *doc)
{
	struct write_op *op = &page->write.ops[page->write.len++];

	*op = (struct write_op){
		.tenant = run->call->tenant,
		.op = {.kind = OP_IMPORT,
			.id = item->row.id,
			.doc = doc,
			.keep_newer = true,
			.drop_late = run->mapping != NULL &&
				!mapping_file(run->mapping)->history,
			.values_only = run->mapping != NULL &&
				mapping_file(run->mapping)->values_only,
			.now = page->req.now},
		.import = &item->import,
	};
	item->import = (struct import_op){.import = run->import,
		.row = item->row.row,
		.line = item->row.line,
		.problems = item->row.problems};
	item->op = op;
}

static void read_item(struct import_run *run, struct import_page *page,
	const struct one_row *row, struct import_item *item)
{
	struct arena *a = &page->req.arena;
	struct call call = *run->call;
	struct findings found = {0};
	struct err err = {0};
	struct jn *entity = read_entity(run, row, item, a), *doc;

	if (entity == NULL)
		return;
	call.req = &page->req;
	call.content = MEDIA_JSON;
	item->row.id = jn_str(jn_get(entity, "id"), a);
	if (expand(run, &call, entity, &doc, &err) < 0) {
		reject_err(item, column_of(run, err.detail), &err, a);
		return;
	}
	checks_row(&call, run->ctx, doc, item->row.id, run->dry == NULL, &found);
	item->row.problems = list_findings(run, &found, a);
	if (found.refuse)
		item->row.result = IMPORT_REJECTED;
	else
		add_op(run, page, item, doc);
}

void import_read_page(struct import_run *run, struct import_page *page)
{
	struct arena *a = &page->req.arena;

	arena_rewind(a);
	page->len = 0;
	page->req.now = clock_now();
	page->write.ops = arena_array(a, struct write_op, IMPORT_PAGE);
	page->write.len = 0;
	while (page->len < IMPORT_PAGE) {
		struct import_item *item = &page->items[page->len];
		struct one_row row = {0};
		struct err err = {0};
		int rc = rows_next(&run->rows, a, &row, &err);

		page->last = rc == 0;
		if (rc == 0)
			return;
		row.source.zone = run->zone;
		*item = (struct import_item){
			.row = {.row = (int64_t)row.number, .line = (int64_t)row.line}};
		page->len++;
		if (rc < 0)
			reject_err(item, NULL, &err, a);
		else
			read_item(run, page, &row, item);
	}
}
