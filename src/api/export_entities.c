/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The current state as a file: everything that a query finds, in the order of creation, a
 * page of the database at a time.  `after` goes on where an earlier file ended.
 */
#include "call.h"
#include "exports.h"
#include "params.h"

#include <base/arena.h>
#include <base/err.h>
#include <base/log.h>
#include <core/context.h>
#include <core/type_q.h>
#include <store/discovery.h>
#include <store/readers.h>
#include <table/zone.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 200 /* entities of one look at the database */

/* In the request's arena. */
struct export
{
	struct call call;
	const struct export_format *format;
	struct view view;
	struct entity_query query;
	int64_t after,
		last; /* numbers of entities: the last written, the last there was */
	uint64_t left; /* entities yet to be written, at most */
	struct layout *layout; /* of tables */
	struct table *table;
	struct zone *zone;
	struct arena scratch; /* of one page */
	bool begun, some;
};

static int read_page(struct export *x, struct entity_page *page, struct err *err)
{
	struct app *app = x->call.app;
	struct pg *pg = readers_take(app->readers);
	int rc;

	if (x->left < x->query.limit)
		x->query.limit = (unsigned)x->left;
	arena_rewind(&x->scratch);
	rc = entities_after(
		pg, &app->index, &x->query, x->after, x->last, &x->scratch, page, err);
	readers_put(app->readers, pg);
	return rc;
}

static void write_entity(struct export *x, const struct jn *entity, struct strbuf *out)
{
	switch (x->format->kind) {
	case EXPORT_TABLE:
		layout_rows(x->layout, entity, x->table, out, &x->scratch);
		return;
	case EXPORT_NDJSON:
		render_entity(out, entity, &x->view.render, &x->scratch);
		strbuf_addc(out, '\n');
		return;
	case EXPORT_GEOJSON:
	case EXPORT_JSONLD:
		if (x->some)
			strbuf_adds(out, ",\n");
		render_entity(out, entity, &x->view.render, &x->scratch);
		return;
	}
}

static const struct jn *document(
	struct export *x, const struct entity_page *page, size_t i)
{
	return jn_parse_trusted(page->docs[i].text, page->docs[i].len, &x->scratch);
}

/* What the first page shows decides about columns that nobody else knows. */
static void begin_table(struct export *x, const struct entity_page *page)
{
	struct table_config config = {
		.format = x->format->table, .zone = x->zone, .sheet = "Data"};

	for (size_t i = 0; i < page->len; i++) {
		const struct jn *entity = document(x, page, i);

		if (entity != NULL)
			layout_look(x->layout, entity);
	}
	config.columns = layout_columns(x->layout, &config.columns_len);
	config.notes = export_notes(&x->call, x->format, &config.notes_len);
	x->table = table_new(&config);
}

static enum pulled write_page(
	struct export *x, const struct entity_page *page, struct strbuf *out)
{
	if (!x->begun) {
		x->begun = true;
		if (x->format->kind == EXPORT_TABLE)
			begin_table(x, page);
		export_begin(x->format, x->table, out);
	}
	for (size_t i = 0; i < page->len; i++) {
		const struct jn *entity = document(x, page, i);

		if (entity == NULL)
			continue;
		write_entity(x, entity, out);
		x->some = true;
	}
	x->after = page->last_eid;
	x->left -= page->len;
	if (page->more && x->left > 0)
		return PULLED_MORE;
	export_end(x->format, x->table, out);
	return PULLED_END;
}

static enum pulled pull(void *self, struct strbuf *out)
{
	struct export *x = self;
	auto_entity_page page = {0};
	struct err err = {0};

	if (read_page(x, &page, &err) < 0) {
		log_warn("an export breaks off: %s", err.detail);
		return PULLED_BROKEN;
	}
	return write_page(x, &page, out);
}

static void end(void *self)
{
	struct export *x = self;

	table_free(x->table);
	zone_close(x->zone);
	arena_reset(&x->scratch);
	call_fini(&x->call);
}

/* The attributes that the types have, whoever comes first. */
static int add_known(struct export *x, struct pg *pg, struct err *err)
{
	const struct entity_query *q = &x->query;
	const struct type_q *type = q->selectors_len == 1 ? q->selectors[0].type : NULL;
	struct arena *a = &x->call.req->arena;
	struct discovery found;

	if (type == NULL) {
		if (discovery_attributes(pg, q->tenant, false, q->now, a, &found, err) <
			0)
			return -1;
		for (size_t i = 0; i < found.len; i++)
			layout_attribute(x->layout, found.items[i].iri,
				strlen(found.items[i].iri));
		return 0;
	}
	for (size_t i = 0; i < type->len; i++) {
		for (size_t j = 0; j < type->any[i].len; j++) {
			if (discovery_type(pg, q->tenant, type->any[i].iris[j], q->now, a,
				    &found, err) < 0)
				return -1;
			for (size_t k = 0; k < found.len; k++)
				layout_attribute(x->layout, found.items[k].iri,
					strlen(found.items[k].iri));
		}
	}
	return 0;
}

static int read_layout(struct export *x, struct pg *pg)
{
	struct req *req = x->call.req;
	const char *layout = req_param(req, "layout");
	struct layout_config config = {.ctx = x->call.ctx,
		.projection = &x->view.projection,
		.lang = x->view.render.lang,
		.now = req->now};

	if (layout != NULL && strcmp(layout, "long") != 0 && strcmp(layout, "wide") != 0)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			"layout: '%.32s' is neither wide nor long", layout);
	if (layout != NULL && strcmp(layout, "long") == 0)
		config.kind = LAYOUT_LONG;
	x->layout = layout_new(&config, &req->arena);
	x->zone = export_zone(&x->call);
	if (x->zone == NULL)
		return -1;
	return config.kind == LAYOUT_LONG ? 0 : add_known(x, pg, &req->err);
}

/* limit is not a page's here; it may be any number. */
static int read_limit(struct export *x)
{
	const char *text = req_param(x->call.req, "limit");
	char *rest;

	x->left = UINT64_MAX;
	if (text == NULL)
		return 0;
	x->left = strtoull(text, &rest, 10);
	if (*text < '0' || *text > '9' || *rest != '\0' || x->left == 0)
		return err_set(&x->call.req->err, ERR_INVALID_REQUEST,
			"limit: '%.32s' is no whole number of 1 or more", text);
	return 0;
}

/* The word of the standard's `format`, for which ours leaves no room: `options` tells it.
 * A map wants columns, not objects. */
static const char *representation(const struct export *x, const struct params *p)
{
	if (params_option(p, "simplified") || params_option(p, "keyValues"))
		return "simplified";
	if (params_option(p, "concise"))
		return "concise";
	if (x->format->kind == EXPORT_GEOJSON && !params_option(p, "normalized"))
		return "simplified";
	return "normalized";
}

static int read_query(struct export *x)
{
	struct params p = {.call = &x->call};
	struct param ours[] = {{"limit", "1"}, {"offset", "0"}, {"count", "false"},
		{"format", representation(x, &p)}};

	p.body = ours;
	p.body_len = sizeof(ours) / sizeof(ours[0]);
	if (params_view(&p, &x->view, &x->call.req->err) < 0)
		return -1;
	return params_query(&p, &x->view.projection, &x->query, &x->call.req->err);
}

static int read_request(struct export *x)
{
	struct req *req = x->call.req;

	x->format = export_format(req);
	if (x->format == NULL || read_limit(x) < 0 || call_context(&x->call) < 0 ||
		call_tenant(&x->call, false) < 0)
		return -1;
	x->call.accept = MEDIA_JSON;
	if (x->format->kind == EXPORT_GEOJSON)
		x->call.accept = MEDIA_GEO_JSON;
	if (x->format->kind == EXPORT_JSONLD)
		x->call.accept = MEDIA_LD_JSON;
	x->call.prefer_json = true;
	if (read_query(x) < 0)
		return -1;
	x->query.limit = PAGE;
	return 0;
}

/* Where an earlier file ended. */
static int read_after(struct export *x, struct pg *pg)
{
	struct req *req = x->call.req;
	const char *id = req_param(req, "after");

	if (id == NULL)
		return 0;
	if (entities_number(pg, x->call.tenant, id, &x->after, &req->err) < 0)
		return -1;
	if (x->after == 0)
		return err_set(&req->err, ERR_NOT_FOUND,
			"after: there is no entity %.150s (any more); begin anew, or "
			"after "
			"an earlier one",
			id);
	return 0;
}

/* The first page is read before anything is sent: what is wrong is still an error. */
static int begin(struct export *x)
{
	struct app *app = x->call.app;
	struct err *err = &x->call.req->err;
	struct resp *resp = x->call.resp;
	auto_entity_page page = {0};
	struct pg *pg = readers_take(app->readers);
	int rc = entities_last(pg, &x->last, err);

	if (rc == 0)
		rc = read_after(x, pg);
	if (rc == 0 && x->format->kind == EXPORT_TABLE)
		rc = read_layout(x, pg);
	readers_put(app->readers, pg);
	if (rc < 0 || read_page(x, &page, err) < 0)
		return -1;
	x->view.render.context_text = call_answer(&x->call, 200);
	x->view.render.projection = &x->view.projection;
	x->view.render.context_member = x->format->kind == EXPORT_JSONLD;
	export_headers(&x->call, x->format, export_stem(&x->call, &x->query, "entities"));
	if (write_page(x, &page, &resp->body) == PULLED_MORE)
		resp->stream = (struct stream){.pull = pull, .end = end, .self = x};
	return 0;
}

enum handled export_entities(void *cookie, struct req *req, struct resp *resp)
{
	struct export *x = arena_new(&req->arena, struct export);
	int rc;

	x->call = (struct call){.app = cookie, .req = req, .resp = resp};
	rc = read_request(x);
	if (rc == 0)
		rc = begin(x);
	if (rc < 0 || resp->stream.pull == NULL)
		end(x);
	return rc < 0 ? HANDLED_ERROR : HANDLED;
}
