/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Query Entities, 5.7.2: GET /entities, 6.4.3.2, and POST /entityOperations/query, 6.23.
 * Pages that wait together are fetched together, and the same one only once.
 */
#include "call.h"
#include "entity_map.h"
#include "exports.h"
#include "linked.h"
#include "params.h"
#include "respond.h"
#include "version.h"

#include <base/arena.h>
#include <base/err.h>
#include <base/map.h>
#include <store/readers.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void write_page(struct call *call, struct view *view, const struct jn **entities,
	size_t n, struct linked_set *linked)
{
	struct strbuf *sb = &call->resp->body;

	version_begin(call, &view->render);
	render_list_begin(sb, &view->render);
	for (size_t i = 0; i < n; i++)
		render_list_item(sb, entities[i], &view->render, &call->req->arena);
	linked_append(linked, sb);
	render_list_end(sb, &view->render);
	version_end(call, &view->render);
}

static int answer_page(struct call *call, struct view *view, const struct entity_query *q,
	const struct entity_page *page, int status)
{
	struct arena *a = &call->req->arena;
	const struct jn **entities = arena_array(a, const struct jn *, page->len + 1);
	struct err *err = &call->req->err;
	auto_linked linked = {0};
	size_t n = 0;

	for (size_t i = 0; i < page->len; i++) {
		entities[n] = jn_parse_trusted(page->docs[i].text, page->docs[i].len, a);
		if (entities[n] != NULL &&
			projection_shows(&view->projection, entities[n], call->req->now))
			n++;
	}
	if (linked_gather(&linked, call, &view->join, &view->render, entities, n, err) <
		0)
		return -1;
	view_settle(view, call, entities, n);
	view->render.context_text = call_answer(call, status);
	view->render.context_member = view->render.context_text != NULL;
	respond_page_links(call, q->limit, q->offset, page->more);
	respond_count(call, page->count);
	write_page(call, view, entities, n, &linked);
	return linked_check(&linked, err);
}

static int run_query(const struct params *p)
{
	struct call *call = p->call;
	struct err *err = &call->req->err;
	auto_entity_page page = {0};
	struct entity_query query;
	struct view view;
	struct pg *pg;
	bool created;
	int rc;

	if (params_view(p, &view, err) < 0 ||
		params_query(p, &view.projection, &query, err) < 0 ||
		entity_map_use(p, &query, &created, err) < 0)
		return -1;
	pg = readers_take(call->app->readers);
	rc = entities_query(pg, &call->app->index, &query, &call->req->arena, &page, err);
	readers_put(call->app->readers, pg);
	if (rc < 0 || entity_map_tidy(p, &query, &page, err) < 0)
		return -1;
	return answer_page(call, &view, &query, &page, created ? 201 : 200);
}

/* GET /entities: Query Entities, 5.7.2. */
static enum handled query_entities(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct params p = {.call = &call};

	if (export_wanted(req) != NULL)
		return export_entities(cookie, req, resp);
	if (call_accept(&call, true) < 0 || call_context(&call) < 0 ||
		call_tenant(&call, false) < 0 || run_query(&p) < 0)
		return HANDLED_ERROR;
	return HANDLED;
}

/* POST /entityOperations/query: Query Entities, 6.23. */
static enum handled query_entities_post(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct params p = {.call = &call};

	if (call_accept(&call, true) < 0 || call_body(&call, true) < 0 ||
		params_from_query(&p, call.body, &req->err) < 0 ||
		call_tenant(&call, false) < 0 || run_query(&p) < 0)
		return HANDLED_ERROR;
	return HANDLED;
}

/* One of several pages on its way. */
struct asked_page {
	struct call call;
	struct view view;
	struct entity_query query;
	struct entity_asked *asked;
	bool answered;
};

static int prepare_page(struct asked_page *page)
{
	struct params p = {.call = &page->call};
	struct err *err = &page->call.req->err;

	if (call_accept(&page->call, true) < 0 || call_context(&page->call) < 0 ||
		call_tenant(&page->call, false) < 0 ||
		params_view(&p, &page->view, err) < 0)
		return -1;
	return params_query(&p, &page->view.projection, &page->query, err);
}

/* Headers that tell requests apart and no answer depends on. */
static bool is_mark(const char *name)
{
	return strcasecmp(name, "X-Request-ID") == 0 ||
		strcasecmp(name, "traceparent") == 0;
}

/* Are two requests the same in all that an answer may depend on? */
static bool is_twin(const struct req *a, const struct req *b)
{
	if (a->headers_len != b->headers_len || strcmp(a->target, b->target) != 0)
		return false;
	for (size_t i = 0; i < a->headers_len; i++) {
		const struct header *x = &a->headers[i], *y = &b->headers[i];

		if (strcasecmp(x->name, y->name) != 0 ||
			(strcmp(x->value, y->value) != 0 && !is_mark(x->name)))
			return false;
	}
	return true;
}

/* The answer to a request like this one is written already. */
static void copy_answer(const struct asked_page *from, struct asked_page *to)
{
	const struct resp *resp = from->call.resp;
	struct arena *a = &to->call.req->arena;

	to->call.resp->status = resp->status;
	to->call.resp->content_type = resp->content_type;
	strbuf_add(&to->call.resp->body, resp->body.data, resp->body.len);
	for (size_t i = 0; i < resp->headers_len; i++)
		resp_header(to->call.resp, resp->headers[i].name,
			arena_strdup(a, resp->headers[i].value));
}

static void answer_one(struct asked_page *list, struct asked_page *page)
{
	struct req *req = page->call.req;

	if (page->asked->err.kind != ERR_NONE) {
		req->err = page->asked->err;
		return;
	}
	for (struct asked_page *twin = list; twin < page; twin++)
		if (twin->answered && twin->asked->page.docs == page->asked->page.docs &&
			is_twin(twin->call.req, req)) {
			copy_answer(twin, page);
			return;
		}
	page->answered = answer_page(&page->call, &page->view, &page->query,
				 &page->asked->page, 200) == 0;
}

/* All are read at one instant, that of the last: so the same question is asked once. */
static void query_pages(struct app *app, struct asked_page *list, size_t n)
{
	auto_arena arena = {0};
	struct entity_asked *asked = arena_array(&arena, struct entity_asked, n);
	struct pg *pg;
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (prepare_page(&list[i]) < 0)
			continue;
		list[i].query.now = list[n - 1].call.req->now;
		list[i].asked = &asked[len];
		asked[len].query = &list[i].query;
		asked[len++].arena = &list[i].call.req->arena;
	}
	if (len == 0)
		return;
	pg = readers_take(app->readers);
	entities_query_many(pg, &app->index, asked, len);
	readers_put(app->readers, pg);
	for (size_t i = 0; i < n; i++)
		if (list[i].asked != NULL)
			answer_one(list, &list[i]);
	for (size_t i = 0; i < len; i++)
		entity_page_fini(&asked[i].page);
}

static void query_entities_together(
	void *cookie, struct req *const *req, struct resp *const *resp, size_t n)
{
	auto_arena arena = {0};
	struct asked_page *list = arena_array(&arena, struct asked_page, n);

	for (size_t i = 0; i < n; i++)
		list[i].call =
			(struct call){.app = cookie, .req = req[i], .resp = resp[i]};
	query_pages(cookie, list, n);
	for (size_t i = 0; i < n; i++)
		call_fini(&list[i].call);
}

static bool is_one_of(const char *const *words, const char *text, size_t len)
{
	while (*words != NULL &&
		(strlen(*words) != len || memcmp(*words, text, len) != 0))
		words++;
	return *words != NULL;
}

/* Pages of several types, or of what has several, may have to be counted to. */
static bool is_one_type(const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char hex[3] = {0}, c = value[i];

		if (c == '%' && i + 2 < len) {
			memcpy(hex, &value[i + 1], 2);
			c = (char)strtol(hex, NULL, 16);
		}
		if (c != '\0' && strchr(",;|(", c) != NULL)
			return false;
	}
	return true;
}

/* `name=value`: does it leave the query one by type, of few entities? */
static bool is_plain(const char *name, size_t name_len, const char *value, size_t len)
{
	static const char *const names[] = {"offset", "pick", "omit", "lang", NULL};
	static const char *const options[] = {
		"keyValues", "simplified", "concise", "normalized", "sysAttrs", NULL};

	if (is_one_of(names, name, name_len))
		return true;
	if (name_len == 4 && memcmp(name, "type", 4) == 0)
		return is_one_type(value, len);
	if (name_len == 5 && memcmp(name, "limit", 5) == 0)
		return len <= 2;
	return name_len == 7 && memcmp(name, "options", 7) == 0 &&
		is_one_of(options, value, len);
}

/* May an EntityMap or a file be asked for, or what cannot be told before it is decoded? */
static bool is_private(const char *name, size_t len)
{
	static const char *const names[] = {
		"format", "entityMap", "entityMapLifetime", NULL};

	return is_one_of(names, name, len) || memchr(name, '%', len) != NULL;
}

static uint64_t mix_header(uint64_t hash, const struct req *req, const char *name)
{
	const char *value = req_header(req, name);

	return value == NULL ? hash
			     : (hash ^ map_hash(value, strlen(value))) * 1099511628211u;
}

/* Small pages by type need no second statement and are not slow: they go together.  Other
 * queries go with those that ask the same, EntityMaps and files with nobody. */
static uint64_t company_of(const struct req *req)
{
	bool plain = true;
	uint64_t hash;

	if (req_header(req, "NGSILD-EntityMap") != NULL ||
		negotiate_file(req_header(req, "Accept")) != FILE_NONE)
		return 0;
	for (const char *p = req->query; *p != '\0';) {
		size_t len = strcspn(p, "&"), name = strcspn(p, "=&");

		if (is_private(p, name))
			return 0;
		plain = plain && name < len &&
			is_plain(p, name, p + name + 1, len - name - 1);
		p += len + (p[len] == '&');
	}
	hash = map_hash(req->query, strlen(req->query));
	if (plain)
		return hash | 2 | COMPANY_SMALL;
	/* the same words, but another question */
	hash = mix_header(hash, req, "NGSILD-Tenant");
	hash = mix_header(hash, req, "Fiware-Service");
	hash = mix_header(hash, req, "Link");
	return (hash | 2) & ~(uint64_t)COMPANY_SMALL;
}

static const struct together pages = {query_entities_together, company_of, call_waits};

static const char *const query_names[] = {PARAMS_OF_VIEW, "id", "idPattern", "q", "csf",
	"splitEntities", "scopeQ", "georel", "geometry", "coordinates", "geoproperty",
	"expandValues", "jsonKeys", "limit", "offset", "count", "orderBy", "collation",
	"orderFrom", "orderGeometry", NULL};
static const char *const query_post_names[] = {"geometryProperty", "format", "options",
	"local", "limit", "offset", "count", "entityMap", "entityMapLifetime", NULL};

const struct route entities_query_routes[] = {
	{"GET", "/ngsi-ld/v1/entities", query_entities, &pages,
		ROUTE_GEOJSON | ROUTE_FILES, query_names},
	{"POST", "/ngsi-ld/v1/entityOperations/query", query_entities_post, NULL,
		ROUTE_GEOJSON | ROUTE_QUERY, query_post_names},
	{0},
};
