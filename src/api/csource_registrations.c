/* SPDX-License-Identifier: Apache-2.0 */
/* /csourceRegistrations, 5.9, 5.10.1, 6.8, 6.9; what is found: csource_query.c. */
#include "csources.h"

#include "call.h"
#include "params.h"
#include "respond.h"

#include <base/arena.h>
#include <base/iri.h>
#include <core/pattern.h>
#include <core/project.h>
#include <core/registration.h>
#include <core/type_q.h>
#include <notify/delivery.h>
#include <notify/sources.h>
#include <store/entities.h>
#include <store/readers.h>
#include <store/registrations.h>

#include <string.h>

#define REGISTRATIONS "/ngsi-ld/v1/csourceRegistrations"

/* A registration on its way into the store. */
struct registering {
	struct call *call;
	struct registration_source source;
	struct pg *pg;
	const struct registration *made; /* a reference; NULL: it goes */
	int64_t *sids; /* of subscriptions to be woken */
	size_t sids_len;
};

static bool is_proxied(const struct registration *r)
{
	return r->mode == MODE_EXCLUSIVE || r->mode == MODE_REDIRECT;
}

/* 4.3.6.3: redirects may overlap among themselves. */
static int check_others(const struct registration *r,
	const struct stored_registration *others, size_t len, struct arena *a,
	struct err *err)
{
	for (size_t i = 0; is_proxied(r) && i < len; i++) {
		auto_registration *other =
			registration_new(others[i].text, others[i].len, err);

		if (other == NULL)
			return -1;
		if (is_proxied(other) &&
			(r->mode == MODE_EXCLUSIVE || other->mode == MODE_EXCLUSIVE) &&
			registration_overlaps(r, other, a))
			return err_set(err, ERR_CONFLICT,
				"registration %.150s already claims the same attributes "
				"of the same entity",
				other->id);
	}
	return 0;
}

/* "A|B": any of the types. */
static const struct type_q *types_of(const struct registration_entity *e, struct arena *a)
{
	struct type_q *q;

	if (e->types_len == 0)
		return NULL;
	q = arena_new(a, struct type_q);
	q->any = arena_array(a, struct type_all, e->types_len);
	q->len = e->types_len;
	for (size_t i = 0; i < q->len; i++) {
		q->any[i].iris = arena_array(a, const char *, 1);
		q->any[i].iris[0] = e->types[i];
		q->any[i].len = 1;
	}
	return q;
}

/* The entities that a RegistrationInfo is about, as a query. */
static void info_query(
	const struct registration_info *info, struct arena *a, struct entity_query *out)
{
	struct entity_selector *list =
		arena_array(a, struct entity_selector, info->entities_len + 1);
	struct pick_list *attrs = arena_new(a, struct pick_list);

	for (size_t i = 0; i < info->entities_len; i++) {
		const struct registration_entity *e = &info->entities[i];

		list[i].type = types_of(e, a);
		list[i].ids = &e->id;
		list[i].ids_len = e->id != NULL;
		list[i].id_pattern = e->id_pattern != NULL ? e->id_pattern->text : NULL;
	}
	attrs->items = arena_array(a, struct pick_item, info->attrs_len + 1);
	attrs->len = info->attrs_len;
	for (size_t i = 0; i < attrs->len; i++)
		attrs->items[i] = (struct pick_item){
			.name = info->attrs[i], .len = strlen(info->attrs[i])};
	out->selectors = list;
	out->selectors_len = info->entities_len;
	out->attrs = attrs->len > 0 ? attrs : NULL;
}

/* 5.9.2.4: what a source proxies is not held here as well. */
static int check_entities(struct registering *g, const struct registration *r)
{
	struct call *call = g->call;
	struct arena *a = &call->req->arena;

	for (size_t i = 0; is_proxied(r) && i < r->infos_len; i++) {
		struct entity_query query = {
			.tenant = call->tenant, .limit = 1, .now = call->req->now};
		auto_entity_page page = {0};

		info_query(&r->infos[i], a, &query);
		if (entities_query(g->pg, &call->app->index, &query, a, &page,
			    &call->req->err) < 0)
			return -1;
		if (page.len > 0)
			return err_set(&call->req->err, ERR_CONFLICT,
				"/information/%zu: this broker holds entities or "
				"attributes that the source would answer for; delete "
				"them first, or use mode inclusive",
				i);
	}
	return 0;
}

static int make(void *self, const struct stored_registration *old,
	const struct stored_registration *others, size_t len, const char **text,
	int64_t *expires, struct err *err)
{
	struct registering *g = self;
	struct arena *a = &g->call->req->arena;
	int rc = old == NULL ? registration_read(&g->source, a, text, err)
			     : registration_patch(old->text, &g->source, a, text, err);

	if (rc < 0)
		return -1;
	g->made = registration_new(*text, strlen(*text), err);
	if (g->made == NULL || check_others(g->made, others, len, a, err) < 0 ||
		check_entities(g, g->made) < 0)
		return -1;
	*expires = g->made->expires;
	return 0;
}

/* Those who subscribe to registrations hear of it. */
static int written(
	void *self, struct pg *pg, const struct stored_registration *old, struct err *err)
{
	struct registering *g = self;
	auto_registration *before = NULL;
	struct source_change change = {
		.tenant = g->call->tenant, .after = g->made, .now = g->call->req->now};

	if (old != NULL) {
		before = registration_new(old->text, old->len, err);
		if (before == NULL)
			return -1;
	}
	change.before = before;
	return sources_changed(g->call->app->book, pg, &change, &g->call->req->arena,
		&g->sids, &g->sids_len, err);
}

typedef int (*change_fn)(struct pg *pg, const struct registration_key *key,
	const struct registration_change *change, struct arena *a, struct err *err);

static int change(struct registering *g, change_fn fn)
{
	const struct registration_change change = {make, written, g};
	struct call *call = g->call;
	struct req *req = call->req;
	struct app *app = call->app;
	const struct registration_key key = {call->tenant, g->source.id, req->now};
	int rc;

	g->source.body = call->body;
	g->source.ctx = call->ctx;
	g->source.now = req->now;
	g->pg = readers_take(app->readers);
	/* What has expired is no conflict, and its id is free. */
	rc = sources_expire(app->delivery, app->book, g->pg, req->now, &req->err);
	if (rc == 0)
		rc = fn(g->pg, &key, &change, &req->arena, &req->err);
	readers_put(app->readers, g->pg);
	for (size_t i = 0; rc == 0 && i < g->sids_len; i++)
		delivery_wake(app->delivery, g->sids[i]);
	registration_unref(g->made);
	return rc;
}

/* The id that a body gives; NULL: it gives none. */
static const char *sent_id(struct call *call)
{
	const struct jn *id = jn_get(call->body, "id");

	return jn_str(id != NULL ? id : jn_get(call->body, "@id"), &call->req->arena);
}

/* Register Context Source, 5.9.2. */
static int create(struct call *call)
{
	struct registering g = {.call = call};

	if (call_body(call, true) < 0)
		return -1;
	g.source.id = sent_id(call);
	if (g.source.id == NULL)
		g.source.id =
			respond_new_id(&call->req->arena, "ContextSourceRegistration");
	if (call_tenant(call, true) < 0 || change(&g, registrations_create) < 0)
		return -1;
	call->resp->status = 201;
	respond_location(call->req, call->resp, REGISTRATIONS, g.source.id);
	return 0;
}

/* The id in the path. */
static int read_id(struct call *call, const char **out)
{
	const char *id = call->req->param[0];

	if (!iri_is_absolute(id, strlen(id)))
		return err_set(&call->req->err, ERR_BAD_REQUEST_DATA,
			"'%.100s' is no URI, which the id of a registration is", id);
	*out = id;
	return 0;
}

/* Update Context Source Registration, 5.9.3. */
static int update(struct call *call)
{
	struct registering g = {.call = call};

	if (read_id(call, &g.source.id) < 0 || call_body(call, true) < 0 ||
		call_tenant(call, false) < 0 || change(&g, registrations_update) < 0)
		return -1;
	call->resp->status = 204;
	return 0;
}

/* Delete Context Source Registration, 5.9.4. */
static int delete_one(struct call *call)
{
	struct registering g = {.call = call};

	if (read_id(call, &g.source.id) < 0 || call_tenant(call, false) < 0 ||
		change(&g, registrations_delete) < 0)
		return -1;
	call->resp->status = 204;
	return 0;
}

/* Who has no preference would get ld+json from the pages that follow: that is what the
 * conformance suite compares with. */
void csource_link_type(struct call *call)
{
	const char *accept = req_header(call->req, "Accept");

	if (accept == NULL || strstr(accept, "application/json") == NULL)
		call->link_type = MEDIA_LD_JSON;
}

int csource_view(struct call *call, struct registration_view *out)
{
	static const char *const known[] = {"sysAttrs", "count", NULL};
	const struct params p = {.call = call};

	if (call_accept(call, false) < 0 || call_context(call) < 0 ||
		call_tenant(call, false) < 0 ||
		params_check_options(&p, known, &call->req->err) < 0)
		return -1;
	csource_link_type(call);
	*out = (struct registration_view){
		.ctx = call->ctx, .sys_attrs = params_option(&p, "sysAttrs")};
	return 0;
}

/* Retrieve Context Source Registration, 5.10.1. */
static int retrieve(struct call *call)
{
	struct req *req = call->req;
	struct stored_registration found;
	struct registration_view view;
	struct registration_key key = {.now = req->now};
	struct pg *pg;
	int rc;

	if (csource_view(call, &view) < 0 || read_id(call, &key.id) < 0)
		return -1;
	key.tenant = call->tenant;
	pg = readers_take(call->app->readers);
	rc = registrations_get(pg, &key, &req->arena, &found, &req->err);
	readers_put(call->app->readers, pg);
	if (rc < 0)
		return -1;
	view.context_text = call_answer(call, 200);
	registration_render(&call->resp->body,
		jn_parse_trusted(found.text, found.len, &req->arena), &found.output,
		&view, &req->arena);
	return 0;
}

static enum handled run(
	int (*step)(struct call *call), void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};

	return step(&call) < 0 ? HANDLED_ERROR : HANDLED;
}

static enum handled register_source(void *cookie, struct req *req, struct resp *resp)
{
	return run(create, cookie, req, resp);
}

static enum handled query_registrations(void *cookie, struct req *req, struct resp *resp)
{
	return run(csource_query, cookie, req, resp);
}

static enum handled retrieve_registration(
	void *cookie, struct req *req, struct resp *resp)
{
	return run(retrieve, cookie, req, resp);
}

static enum handled update_registration(void *cookie, struct req *req, struct resp *resp)
{
	return run(update, cookie, req, resp);
}

static enum handled delete_registration(void *cookie, struct req *req, struct resp *resp)
{
	return run(delete_one, cookie, req, resp);
}

static const char *const write_names[] = {"local", NULL};
static const char *const view_names[] = {"options", "local", NULL};
static const char *const query_names[] = {"type", "id", "idPattern", "attrs", "q",
	"expandValues", "jsonKeys", "csf", "scopeQ", "georel", "geometry", "coordinates",
	"geoproperty", "timerel", "timeAt", "endTimeAt", "timeproperty", "datasetId",
	"geometryProperty", "lang", "pick", "omit", "options", "local", "limit", "offset",
	"count", NULL};

const struct route csource_registrations_routes[] = {
	{"POST", REGISTRATIONS, register_source, NULL, 0, write_names},
	{"GET", REGISTRATIONS, query_registrations, NULL, 0, query_names},
	{"GET", REGISTRATIONS "/{id}", retrieve_registration, NULL, 0, view_names},
	{"PATCH", REGISTRATIONS "/{id}", update_registration, NULL, 0, write_names},
	{"DELETE", REGISTRATIONS "/{id}", delete_registration, NULL, 0, write_names},
	{0},
};
