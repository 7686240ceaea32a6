/* SPDX-License-Identifier: Apache-2.0 */
/* /entities and /entities/{id}: 6.4, 6.5; but for queries, which entities_query.c answers. */
#include "call.h"
#include "entity_map.h"
#include "checks_priv.h"
#include "linked.h"
#include "params.h"
#include "respond.h"
#include "single.h"
#include "version.h"

#include <base/arena.h>
#include <base/clock.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/expand.h>
#include <core/type_q.h>
#include <store/readers.h>

#include <string.h>

#define ENTITIES "/ngsi-ld/v1/entities"

static const char *body_id(struct call *call, const struct jn *doc)
{
	return jn_str(jn_get(doc, "id"), &call->req->arena);
}

/* POST /entities: Create Entity, 5.6.1. */
static enum handled create_entity(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct single *s;
	struct jn *doc;

	if (call_body(&call, true) < 0 ||
		call_expand(&call, call.body, call.ctx, EXPAND_CREATE, &doc, &req->err) <
			0 ||
		call_tenant(&call, true) < 0)
		return HANDLED_ERROR;
	if (checks_refuse(&call, doc, body_id(&call, doc), CHECK_WHOLE))
		return HANDLED;
	s = single_new(&call, OP_CREATE, body_id(&call, doc), 201);
	s->op.op.doc = doc;
	s->collection = ENTITIES;
	return single_submit(&call, s);
}

/* The id in the body of a PUT or PATCH, if there, must be the one of the path. */
static int check_body_id(struct call *call, const struct jn *doc)
{
	const struct jn *id = jn_get(doc, "id");

	if (id == NULL || jn_str_is(id, call->req->param[0]))
		return 0;
	return err_set(&call->req->err, ERR_BAD_REQUEST_DATA,
		"/id: the body is about another entity than the path (%.100s)",
		call->req->param[0]);
}

static int write_common(struct call *call, const struct type_q **type)
{
	struct params p = {.call = call};

	if (call_tenant(call, false) < 0)
		return -1;
	return params_type(&p, type, &call->req->err);
}

/* PUT /entities/{id}: Replace Entity, 5.6.18. */
static enum handled replace_entity(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	const struct type_q *type = NULL;
	struct single *s;
	struct jn *doc;

	if (call_entity_id(req) < 0 || call_body(&call, true) < 0 ||
		call_expand(&call, call.body, call.ctx, EXPAND_NEEDS_TYPE, &doc,
			&req->err) < 0 ||
		check_body_id(&call, doc) < 0 || write_common(&call, &type) < 0)
		return HANDLED_ERROR;
	if (checks_refuse(&call, doc, req->param[0], CHECK_WHOLE))
		return HANDLED;
	s = single_new(&call, OP_REPLACE, req->param[0], 204);
	s->op.op.doc = doc;
	s->op.op.type = type;
	return single_submit(&call, s);
}

/* An instant is stored as answers have it, whatever its zone and separator: as expand does
 * with those of bodies. */
static int read_instant(const struct params *p, const char *name, const char **out)
{
	const char *text = params_get(p, name);
	struct req *req = p->call->req;
	char buf[CLOCK_TEXT];
	int64_t at;

	if (text != NULL && !clock_parse(text, strlen(text), &at))
		return err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"%s: '%.40s' is no DateTime, YYYY-MM-DDThh:mm:ssZ", name, text);
	if (text != NULL &&
		(!clock_is_date_time(text, strlen(text)) || strchr(text, ',') != NULL))
		text = arena_strdup(&req->arena, clock_format(at, buf));
	*out = text;
	return 0;
}

/* The parameters of Merge Entity: the form of the body, and what to add to it. */
static int merge_params(struct call *call, struct op *op, unsigned *flags)
{
	static const char *const known[] = {
		"simplified", "keyValues", "normalized", "concise", NULL};
	struct params p = {.call = call};
	const char *format = params_get(&p, "format");
	bool simplified;

	if (params_check_options(&p, known, &call->req->err) < 0)
		return -1;
	if (format == NULL)
		simplified =
			params_option(&p, "simplified") || params_option(&p, "keyValues");
	else if (strcmp(format, "simplified") == 0 || strcmp(format, "keyValues") == 0)
		simplified = true;
	else if (strcmp(format, "normalized") == 0 || strcmp(format, "concise") == 0)
		simplified = false;
	else
		return err_set(&call->req->err, ERR_INVALID_REQUEST,
			"format: '%.32s' is unknown; use simplified, or leave it out",
			format);
	op->simplified = simplified;
	op->lang = params_get(&p, "lang");
	if (op->lang != NULL && strcmp(op->lang, "@none") != 0 &&
		!language_is_tag(op->lang, strlen(op->lang)))
		return err_set(&call->req->err, ERR_BAD_REQUEST_DATA,
			"lang: '%.40s' is no language tag (RFC 5646), such as fr or "
			"fr-CH",
			op->lang);
	if (simplified)
		*flags |= EXPAND_SIMPLIFIED;
	return read_instant(&p, "observedAt", &op->observed_at);
}

/* PATCH /entities/{id}: Merge Entity, 5.6.17. */
static enum handled merge_entity(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	unsigned flags = EXPAND_NULL | EXPAND_NULL_NESTED;
	const struct type_q *type = NULL;
	struct single *s;
	struct jn *doc;

	if (call_entity_id(req) < 0 || call_body(&call, true) < 0)
		return HANDLED_ERROR;
	s = single_new(&call, OP_MERGE, req->param[0], 204);
	if (merge_params(&call, &s->op.op, &flags) < 0 ||
		call_expand(&call, call.body, call.ctx, flags, &doc, &req->err) < 0 ||
		check_body_id(&call, doc) < 0 || write_common(&call, &type) < 0)
		return HANDLED_ERROR;
	if (checks_refuse(&call, doc, req->param[0],
		    CHECK_MERGING | (s->op.op.simplified ? CHECK_SIMPLIFIED : 0)))
		return HANDLED;
	s->op.tenant = call.tenant;
	s->op.op.doc = doc;
	s->op.op.type = type;
	return single_submit(&call, s);
}

/* DELETE /entities/{id}: Delete Entity, 5.6.6. */
static enum handled delete_entity(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	const struct type_q *type = NULL;
	struct single *s;

	if (call_entity_id(req) < 0 || call_context(&call) < 0 ||
		write_common(&call, &type) < 0)
		return HANDLED_ERROR;
	s = single_new(&call, OP_DELETE, req->param[0], 204);
	s->op.op.type = type;
	return single_submit(&call, s);
}

/* One Retrieve Entity on its way: what is wanted, before the document is there. */
struct retrieval {
	struct call call;
	struct view view;
	const struct type_q *type;
	bool failed;
};

static int prepare_retrieval(struct retrieval *r)
{
	struct params p = {.call = &r->call};
	struct req *req = r->call.req;

	if (call_accept(&r->call, true) < 0 || call_entity_id(req) < 0 ||
		call_context(&r->call) < 0 || params_view(&p, &r->view, &req->err) < 0 ||
		params_attributes_only(&r->view.projection, &req->err) < 0)
		return -1;
	return write_common(&r->call, &r->type);
}

/* With join=flat it is a list (4.5.23.3). */
static int write_retrieved(struct retrieval *r, const struct jn *entity, struct err *err)
{
	struct render *render = &r->view.render;
	struct strbuf *sb = &r->call.resp->body;
	struct arena *a = &r->call.req->arena;
	auto_linked linked = {0};

	if (linked_gather(&linked, &r->call, &r->view.join, render, &entity, 1, err) < 0)
		return -1;
	view_settle(&r->view, &r->call, &entity, 1);
	render->context_text = call_answer(&r->call, 200);
	render->context_member = render->context_text != NULL;
	version_begin(&r->call, render);
	if (r->view.join.form == JOIN_FLAT && linked.first != NULL) {
		render_list_begin(sb, render);
		render_list_item(sb, entity, render, a);
		linked_append(&linked, sb);
		render_list_end(sb, render);
	} else {
		render_entity(sb, entity, render, a);
	}
	version_end(&r->call, render);
	return linked_check(&linked, err);
}

static int answer_retrieval(struct retrieval *r, const struct entity_text *doc)
{
	const struct projection *shown = &r->view.projection;
	struct req *req = r->call.req;
	const struct jn *entity = NULL;

	if (doc->text != NULL)
		entity = jn_parse_trusted(doc->text, doc->len, &req->arena);
	if (entity == NULL || !type_q_matches(r->type, entity))
		return err_set(&req->err, ERR_NOT_FOUND, "entity %.150s does not exist",
			req->param[0]);
	if (!projection_has_attrs(shown, entity, req->now)) /* 5.7.1.4 */
		return err_set(&req->err, ERR_NOT_FOUND,
			"entity %.150s has none of the attributes in attrs",
			req->param[0]);
	if (!projection_shows(shown, entity, req->now))
		return err_set(&req->err, ERR_NOT_FOUND,
			"pick and omit leave nothing of entity %.150s", req->param[0]);
	if (entity_map_retrieved(
		    &(struct params){.call = &r->call}, req->param[0], &req->err) < 0)
		return -1;
	return write_retrieved(r, entity, &req->err);
}

/* One round trip for all that waited together. */
static void retrieve_many(struct app *app, struct retrieval *list, size_t n)
{
	auto_entity_page page = {0};
	auto_arena arena = {0};
	struct entity_key *keys = arena_array(&arena, struct entity_key, n);
	struct retrieval **asked = arena_array(&arena, struct retrieval *, n);
	struct err err = {0};
	struct pg *pg;
	size_t len = 0;
	int rc;

	for (size_t i = 0; i < n; i++) {
		if (prepare_retrieval(&list[i]) < 0)
			continue;
		asked[len] = &list[i];
		keys[len++] = (struct entity_key){
			list[i].call.tenant, list[i].call.req->param[0]};
	}
	if (len == 0)
		return;
	pg = readers_take(app->readers);
	/* the newest request knows what has expired by then */
	rc = entities_get(pg, keys, len, list[n - 1].call.req->now, &arena, &page, &err);
	readers_put(app->readers, pg);
	for (size_t i = 0; i < len; i++) {
		if (rc < 0)
			asked[i]->call.req->err = err;
		else
			(void)!answer_retrieval(asked[i], &page.docs[i]);
	}
}

/* GET /entities/{id}: Retrieve Entity, 5.7.1. */
static void retrieve_entities(
	void *cookie, struct req *const *req, struct resp *const *resp, size_t n)
{
	auto_arena arena = {0};
	struct retrieval *list = arena_array(&arena, struct retrieval, n);

	for (size_t i = 0; i < n; i++)
		list[i].call =
			(struct call){.app = cookie, .req = req[i], .resp = resp[i]};
	retrieve_many(cookie, list, n);
	for (size_t i = 0; i < n; i++)
		call_fini(&list[i].call);
}

static enum handled retrieve_entity(void *cookie, struct req *req, struct resp *resp)
{
	retrieve_entities(cookie, &req, &resp, 1);
	return req->err.kind == ERR_NONE ? HANDLED : HANDLED_ERROR;
}

static const struct together retrieve_together = {retrieve_entities, NULL, call_waits};

static const char *const create_names[] = {"local", NULL};
static const char *const write_names[] = {"local", "type", NULL};
static const char *const merge_names[] = {
	"local", "type", "format", "options", "lang", "observedAt", NULL};
static const char *const retrieve_names[] = {PARAMS_OF_VIEW, NULL};

const struct route entities_routes[] = {
	{"POST", ENTITIES, create_entity, NULL, 0, create_names},
	{"GET", ENTITIES "/{id}", retrieve_entity, &retrieve_together, ROUTE_GEOJSON,
		retrieve_names},
	{"PUT", ENTITIES "/{id}", replace_entity, NULL, 0, write_names},
	{"PATCH", ENTITIES "/{id}", merge_entity, NULL, 0, merge_names},
	{"DELETE", ENTITIES "/{id}", delete_entity, NULL, 0, write_names},
	{0},
};
