/* SPDX-License-Identifier: Apache-2.0 */
/*
 * History as a file: what a temporal query finds, evolution after evolution in the order of
 * creation, read some thousand instances at a time (export_history_rows.c).
 *	long, and JSON files  the instances of a series, then the next series
 *	wide                  the series of an evolution side by side, by time (export_wide.c)
 *	aggregated            the periods of each series
 */
#include "export_history.h"

#include "call.h"
#include "params.h"

#include <base/err.h>
#include <base/log.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/type_q.h>
#include <store/discovery.h>
#include <store/readers.h>
#include <table/zone.h>

#include <stdlib.h>
#include <string.h>

#define PAGE 100 /* evolutions of one look at the database */

/* ---- pages */

static int read_places(struct history_export *x, struct pg *pg, struct err *err)
{
	struct arena *a = &x->page_arena;
	const char *property = x->request->view.render.geometry_property;
	struct entity_key *keys = arena_array(a, struct entity_key, x->page.len + 1);
	auto_entity_page docs = {0};

	x->places = arena_array(a, const struct jn *, x->page.len + 1);
	for (size_t i = 0; i < x->page.len; i++)
		keys[i] = (struct entity_key){x->call.tenant, x->page.items[i].id};
	if (x->page.len == 0)
		return 0;
	if (entities_get(pg, keys, x->page.len, x->call.req->now, a, &docs, err) < 0)
		return -1;
	for (size_t i = 0; i < x->page.len; i++) {
		const struct entity_text *doc = &docs.docs[i];

		if (doc->text != NULL)
			x->places[i] = jn_get(
				jn_parse_trusted(arena_strndup(a, doc->text, doc->len),
					doc->len, a),
				property);
	}
	return 0;
}

/* Attributes that no method goes with are left out, as of temporal answers. */
static void keep_fit(struct history_export *x)
{
	size_t kept = 0;

	for (size_t i = 0; i < x->outline.len; i++)
		if (value_class_methods(x->outline.items[i].class) &
			x->request->q.methods)
			x->outline.items[kept++] = x->outline.items[i];
	x->outline.len = kept;
}

static int make_periods(struct history_export *x, struct pg *pg, struct err *err)
{
	struct answer a = {
		.request = x->request, .outline = x->outline, .now = x->call.req->now};
	int64_t from, to;

	if (x->outline.len == 0)
		return 0;
	answer_ends(&a);
	answer_span(&a, &from, &to);
	return temporal_periods(
		pg, &x->request->q, from, to, &x->page_arena, &x->periods, err);
}

static int find(struct history_export *x, struct pg *pg, struct err *err)
{
	const struct entity_index *index = &x->call.app->index;
	struct temporal_query *query = &x->request->query;
	struct arena *a = &x->page_arena;

	if (temporal_find(pg, index, query, a, &x->page, err) < 0 ||
		temporal_outline(pg, index, query, &x->page, x->request->q.last_n,
			x->wide, a, &x->outline, err) < 0)
		return -1;
	if (x->format->kind == EXPORT_GEOJSON && read_places(x, pg, err) < 0)
		return -1;
	if (x->aggregated) {
		keep_fit(x);
		return make_periods(x, pg, err);
	}
	return 0;
}

int history_page(struct history_export *x, struct err *err)
{
	struct temporal_query *query = &x->request->query;
	struct pg *pg = readers_take(x->call.app->readers);
	int rc;

	arena_rewind(&x->page_arena);
	x->outline = (struct outline){0};
	x->places = NULL;
	rc = find(x, pg, err);
	readers_put(x->call.app->readers, pg);
	if (rc < 0)
		return -1;
	x->at = 0;
	x->last_page = !x->page.more;
	if (x->page.len > 0)
		query->after = x->page.items[x->page.len - 1].hid;
	if (x->outline.len > 0)
		x->from = x->outline.items[0].from;
	return 0;
}

/* One look at the database. */
static int step(struct history_export *x, struct strbuf *out, struct err *err)
{
	int rc;

	if (x->at == x->outline.len)
		return history_page(x, err);
	if (x->aggregated)
		rc = history_periods(x, out, err);
	else if (x->wide)
		rc = history_wide(x, out, err);
	else
		rc = history_instances(x, out, err);
	arena_rewind(&x->scratch);
	return rc;
}

static enum pulled pull(void *self, struct strbuf *out)
{
	struct history_export *x = self;
	struct err err = {0};

	if (!x->begun)
		export_begin(x->format, x->table, out);
	x->begun = true;
	if ((x->at < x->outline.len || !x->last_page) && step(x, out, &err) < 0) {
		log_warn("an export breaks off: %s", err.detail);
		return PULLED_BROKEN;
	}
	if (x->at < x->outline.len || !x->last_page)
		return PULLED_MORE;
	export_end(x->format, x->table, out);
	return PULLED_END;
}

static void end(void *self)
{
	struct history_export *x = self;

	history_wide_fini(x);
	table_free(x->table);
	zone_close(x->zone);
	arena_reset(&x->scratch);
	arena_reset(&x->page_arena);
	call_fini(&x->call);
}

/* ---- the request */

static int read_query(struct history_export *x)
{
	bool sums = req_param(x->call.req, "aggrMethods") != NULL;
	struct params p = {.call = &x->call};
	const char *plain = params_option(&p, "concise") ? "concise" : "normalized";
	struct param ours[] = {{"limit", "1"}, {"offset", "0"}, {"count", "false"},
		{"format", sums ? "aggregatedValues" : plain}};

	p.body = ours;
	p.body_len = sizeof(ours) / sizeof(ours[0]);
	if (temporal_query_params(&p, x->request, &x->call.req->err) < 0)
		return -1;
	x->aggregated = sums;
	x->request->query.entities.limit = PAGE;
	x->request->query.scopes = false;
	return 0;
}

static int read_layout(struct history_export *x)
{
	struct req *req = x->call.req;
	const char *layout = req_param(req, "layout");

	if (layout != NULL && strcmp(layout, "long") != 0 && strcmp(layout, "wide") != 0)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			"layout: '%.32s' is neither wide nor long", layout);
	if (x->aggregated && x->format->kind != EXPORT_TABLE)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			"format: aggregated values are tables: use csv, csv-fr or xlsx; "
			"as "
			"JSON they are at /ngsi-ld/v1/temporal/entities");
	x->wide = !x->aggregated && x->format->kind == EXPORT_TABLE && layout != NULL &&
		strcmp(layout, "wide") == 0;
	return 0;
}

static int read_request(struct history_export *x)
{
	struct req *req = x->call.req;
	struct render *render;

	x->format = export_format(req);
	if (x->format == NULL || call_context(&x->call) < 0 ||
		call_tenant(&x->call, false) < 0 || read_query(x) < 0 ||
		read_layout(x) < 0)
		return -1;
	x->call.accept = x->format->kind == EXPORT_JSONLD ? MEDIA_LD_JSON : MEDIA_JSON;
	render = &x->request->view.render;
	render->geojson = x->format->kind == EXPORT_GEOJSON;
	if (render->geojson && render->format == FORMAT_NORMALIZED)
		render->format = FORMAT_SIMPLIFIED;
	render->projection = NULL; /* the store has chosen the series */
	render->geometry_property = NGSILD_VOCAB "location";
	return 0;
}

/* Columns: what the types have now, and what the first page has had. */
static int add_columns(struct history_export *x, struct err *err)
{
	const struct entity_query *q = &x->request->query.entities;
	const struct type_q *type = q->selectors_len == 1 ? q->selectors[0].type : NULL;
	struct arena *a = &x->call.req->arena;
	struct discovery found = {0};
	struct pg *pg = readers_take(x->call.app->readers);
	int rc = 0;

	for (size_t i = 0; rc == 0 && type != NULL && i < type->len; i++) {
		for (size_t j = 0; rc == 0 && j < type->any[i].len; j++) {
			rc = discovery_type(pg, q->tenant, type->any[i].iris[j], q->now,
				a, &found, err);
			for (size_t k = 0; rc == 0 && k < found.len; k++)
				layout_attribute(x->layout, found.items[k].iri,
					strlen(found.items[k].iri));
		}
	}
	readers_put(x->call.app->readers, pg);
	for (size_t i = 0; i < x->outline.len; i++) {
		struct jn *entity = jn_object(a), *instance = jn_object(a);
		const struct series *s = &x->outline.items[i];

		jn_add(instance, "type", jn_string_ref(a, kind_type[s->kind]));
		jn_add(entity, s->attr_iri, instance);
		layout_look(x->layout, entity);
	}
	return rc;
}

static int begin_table(struct history_export *x)
{
	struct req *req = x->call.req;
	const struct temporal_q *q = &x->request->q;
	const char **methods = arena_array(&req->arena, const char *, AGGREGATIONS);
	struct layout_config config = {.ctx = x->call.ctx,
		.history = true,
		.kind = x->aggregated ? LAYOUT_PERIODS
			: x->wide     ? LAYOUT_WIDE
				      : LAYOUT_LONG,
		.projection = &x->request->view.projection,
		.lang = x->request->view.render.lang,
		.methods = methods,
		.methods_len = q->order_len};
	struct table_config to = {.format = x->format->table, .sheet = "Data"};

	for (unsigned i = 0; i < q->order_len; i++)
		methods[i] = aggregation_name[q->order[i]];
	x->zone = export_zone(&x->call);
	if (x->zone == NULL)
		return -1;
	x->layout = layout_new(&config, &req->arena);
	if (x->wide && add_columns(x, &req->err) < 0)
		return -1;
	to.zone = x->zone;
	to.columns = layout_columns(x->layout, &to.columns_len);
	to.notes = export_notes(&x->call, x->format, &to.notes_len);
	x->table = table_new(&to);
	return 0;
}

/* Where an earlier file ended. */
static int read_after(struct history_export *x, struct err *err)
{
	const char *id = req_param(x->call.req, "after");
	struct entity_selector selector = {.ids = &id, .ids_len = 1};
	struct temporal_query query = x->request->query;
	auto_arena a = {0};
	struct evolution_page page;
	struct pg *pg;
	int rc;

	if (id == NULL)
		return 0;
	query.entities.selectors = &selector;
	pg = readers_take(x->call.app->readers);
	rc = temporal_get(pg, &x->call.app->index, &query, &a, &page, err);
	readers_put(x->call.app->readers, pg);
	if (rc < 0)
		return -1;
	if (page.len == 0)
		return err_set(err, ERR_NOT_FOUND,
			"after: there is no history of entity %.150s (any more); begin "
			"anew, or after an earlier one",
			id);
	x->request->query.after = page.items[0].hid;
	return 0;
}

static int begin(struct history_export *x)
{
	struct err *err = &x->call.req->err;
	struct resp *resp = x->call.resp;
	struct render *render = &x->request->view.render;

	/* The first page is read before anything is sent: what is wrong is still an error. */
	if (read_after(x, err) < 0 || history_page(x, err) < 0 ||
		(x->format->kind == EXPORT_TABLE && begin_table(x) < 0))
		return -1;
	render->context_text = call_answer(&x->call, 200);
	render->context_member = x->format->kind == EXPORT_JSONLD;
	export_headers(&x->call, x->format,
		export_stem(&x->call, &x->request->query.entities, "history"));
	resp->stream = (struct stream){.pull = pull, .end = end, .self = x};
	return 0;
}

enum handled export_history(void *cookie, struct req *req, struct resp *resp)
{
	struct history_export *x = arena_new(&req->arena, struct history_export);
	int rc;

	x->call = (struct call){.app = cookie, .req = req, .resp = resp};
	x->request = arena_new(&req->arena, struct temporal_request);
	rc = read_request(x);
	if (rc == 0)
		rc = begin(x);
	if (rc < 0)
		end(x);
	return rc < 0 ? HANDLED_ERROR : HANDLED;
}
