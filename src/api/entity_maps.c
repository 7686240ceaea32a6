/* SPDX-License-Identifier: Apache-2.0 */
/* /entityMaps, 6.32 and 6.34, and their use in queries, 5.5.14. */
#include "entity_map.h"

#include "call.h"
#include "params.h"
#include "temporal_params.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/iri.h>
#include <core/temporal_q.h>
#include <store/entity_maps.h>
#include <store/readers.h>

#include <string.h>

#define MAPS     "/ngsi-ld/v1/entityMaps"
#define TEMPORAL "/ngsi-ld/v1/temporal/entityMaps"
#define SECOND   INT64_C(1000000)
/* How long a map lives where nothing else is said, and at most. */
#define LIFETIME     (INT64_C(3600) * SECOND)
#define LIFETIME_MAX (INT64_C(24) * LIFETIME)

/* entityMapLifetime; more than the broker grants is cut. */
static int read_expiry(const struct params *p, int64_t *out, struct err *err)
{
	const char *text = params_get(p, "entityMapLifetime");
	struct duration d;
	int64_t us = LIFETIME;

	if (text != NULL) {
		if (!duration_parse(text, &d) || duration_is_zero(&d))
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"entityMapLifetime: '%.40s' is no duration above 0, such "
				"as "
				"PT30M",
				text);
		us = duration_us(&d);
	}
	*out = p->call->req->now + (us < LIFETIME_MAX ? us : LIFETIME_MAX);
	return 0;
}

/* What a map is made of: one of the two. */
struct mapped {
	const struct entity_query *entities;
	const struct temporal_query *temporal;
};

static int fill_map(const struct params *p, const struct mapped *what, struct pg *pg,
	int64_t map, struct err *err)
{
	const struct entity_index *index = &p->call->app->index;
	struct arena *a = &p->call->req->arena;

	if (what->temporal != NULL)
		return temporal_map(pg, index, what->temporal, map, a, err);
	return entities_map(pg, index, what->entities, map, a, err);
}

/* A new map of what matches now, whatever page was asked for. */
static int make_map(const struct params *p, const struct mapped *what, int64_t expires,
	struct entity_map *out, struct err *err)
{
	struct app *app = p->call->app;
	struct entity_map map = {0};
	struct pg *pg = readers_take(app->writers);
	int rc = entity_map_new(
		pg, p->call->tenant, what->temporal != NULL, expires, &map, err);

	if (rc == 0) {
		rc = fill_map(p, what, pg, map.number, err);
		if (rc < 0 && entity_map_delete(pg, map.number, &(struct err){0}) < 0)
			rc = -1;
	}
	readers_put(app->writers, pg);
	if (rc == 0)
		*out = map;
	return rc;
}

/* The header holds the map's id, or a URL that ends with it. */
static const char *named_id(const struct params *p)
{
	const char *text = req_header(p->call->req, "NGSILD-EntityMap");
	const char *slash = text != NULL ? strrchr(text, '/') : NULL;

	return slash != NULL ? slash + 1 : text;
}

static int find_map(const struct params *p, const char *id, bool temporal,
	struct entity_map *out, struct err *err)
{
	struct app *app = p->call->app;
	struct pg *pg = readers_take(app->readers);
	int rc = entity_map_find(
		pg, p->call->tenant, id, temporal, p->call->req->now, out, err);

	readers_put(app->readers, pg);
	return rc;
}

static void name_map(const struct params *p, const struct entity_map *map)
{
	resp_header(p->call->resp, "NGSILD-EntityMap",
		arena_strdup(&p->call->req->arena, map->id));
}

static int use_map(const struct params *p, const struct mapped *what, bool *created,
	int64_t *number, struct err *err)
{
	const char *id = named_id(p);
	struct entity_map map = {0};
	int64_t expires;
	bool wanted;

	*created = false;
	if (params_bool(p, "entityMap", false, &wanted, err) < 0 ||
		read_expiry(p, &expires, err) < 0)
		return -1;
	if (!wanted && id == NULL)
		return 0;
	if (id != NULL && find_map(p, id, what->temporal != NULL, &map, err) < 0)
		return -1;
	if (map.number == 0) {
		*created = true;
		if (make_map(p, what, expires, &map, err) < 0)
			return -1;
	}
	*number = map.number;
	name_map(p, &map);
	return 0;
}

int entity_map_use(const struct params *p, struct entity_query *query, bool *created,
	struct err *err)
{
	const struct mapped what = {.entities = query};

	return use_map(p, &what, created, &query->map, err);
}

int entity_map_use_temporal(const struct params *p, struct temporal_query *query,
	bool *created, struct err *err)
{
	const struct mapped what = {.temporal = query};

	return use_map(p, &what, created, &query->entities.map, err);
}

/* A map of its own, of one entity, where none is named: pages of others are not at stake. */
int entity_map_retrieved(const struct params *p, const char *id, struct err *err)
{
	const struct call *call = p->call;
	const struct entity_selector one = {.ids = &id, .ids_len = 1};
	struct entity_query query = {.tenant = call->tenant,
		.selectors = &one,
		.selectors_len = 1,
		.limit = 1,
		.now = call->req->now};
	bool created;

	return entity_map_use(p, &query, &created, err);
}

int entity_map_retrieved_temporal(
	const struct params *p, const struct temporal_query *query, struct err *err)
{
	struct temporal_query one = *query;
	bool created;

	return entity_map_use_temporal(p, &one, &created, err);
}

int entity_map_named(const struct params *p, struct entity_query *query, struct err *err)
{
	const char *id = named_id(p);
	struct entity_map map = {0};

	if (id == NULL)
		return 0;
	if (find_map(p, id, false, &map, err) < 0)
		return -1;
	if (map.number == 0)
		return err_set(err, ERR_NOT_FOUND,
			"NGSILD-EntityMap: there is no EntityMap %.100s; nothing was "
			"purged",
			id);
	query->map = map.number;
	return 0;
}

/* `places`: those of the page, in order. */
static int tidy(const struct params *p, const struct entity_query *query,
	const int64_t *places, size_t len, bool more, struct err *err)
{
	struct app *app = p->call->app;
	int64_t first = query->offset > 0 ? INT64_MAX : 0, last = INT64_MAX;
	struct pg *pg;
	int rc;

	if (query->map == 0 || query->limit == 0)
		return 0;
	if (query->offset > 0 && len > 0)
		first = places[0];
	if (more)
		last = places[len - 1];
	if (first == INT64_MAX)
		return 0;
	pg = readers_take(app->writers);
	rc = entity_map_prune(pg, query->map, first, last, places, len, err);
	readers_put(app->writers, pg);
	return rc;
}

int entity_map_tidy(const struct params *p, const struct entity_query *query,
	const struct entity_page *page, struct err *err)
{
	return tidy(p, query, page->places, page->len, page->more, err);
}

int entity_map_tidy_temporal(const struct params *p, const struct temporal_query *query,
	const struct evolution_page *page, struct err *err)
{
	int64_t *places = arena_array(&p->call->req->arena, int64_t, page->len + 1);

	for (size_t i = 0; i < page->len; i++)
		places[i] = page->items[i].place;
	return tidy(p, &query->entities, places, page->len, page->more, err);
}

static int answer_new_map(const struct params *p, const struct mapped *what)
{
	struct err *err = &p->call->req->err;
	struct entity_map map;
	int64_t expires;
	bool wanted; /* it is, whatever the parameter of Table 6.4.3.2-1 says */

	if (params_bool(p, "entityMap", true, &wanted, err) < 0 ||
		read_expiry(p, &expires, err) < 0 ||
		make_map(p, what, expires, &map, err) < 0)
		return -1;
	name_map(p, &map);
	return entity_map_answer(p->call, &map, 201);
}

/* 5.14.5 */
static int create_temporal_map(const struct params *p)
{
	struct temporal_request *r =
		arena_new(&p->call->req->arena, struct temporal_request);
	const struct mapped what = {.temporal = &r->query};

	if (temporal_query_params(p, r, &p->call->req->err) < 0)
		return -1;
	return answer_new_map(p, &what);
}

/* 5.14.4 */
static int create_map(const struct params *p)
{
	struct err *err = &p->call->req->err;
	struct entity_query query;
	const struct mapped what = {.entities = &query};
	struct view view;

	if (strcmp(p->call->req->route->path, TEMPORAL) == 0)
		return create_temporal_map(p);
	if (params_view(p, &view, err) < 0 ||
		params_query(p, &view.projection, &query, err) < 0)
		return -1;
	return answer_new_map(p, &what);
}

static enum handled create_by_get(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct params p = {.call = &call};

	if (call_accept(&call, false) < 0 || call_context(&call) < 0 ||
		call_tenant(&call, false) < 0 || create_map(&p) < 0)
		return HANDLED_ERROR;
	return HANDLED;
}

static enum handled create_by_post(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct params p = {.call = &call};

	if (call_accept(&call, false) < 0 || call_body(&call, true) < 0 ||
		params_from_query(&p, call.body, &req->err) < 0 ||
		call_tenant(&call, false) < 0 || create_map(&p) < 0)
		return HANDLED_ERROR;
	return HANDLED;
}

/* The map of the path, of this tenant and alive. */
static int path_map(const struct params *p, struct entity_map *out)
{
	struct req *req = p->call->req;

	if (!iri_is_absolute(req->param[0], strlen(req->param[0])))
		return err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"'%.100s' is no URI, which the id of an EntityMap is",
			req->param[0]);
	if (call_tenant(p->call, false) < 0 ||
		find_map(p, req->param[0], false, out, &req->err) < 0)
		return -1;
	if (out->number == 0 && find_map(p, req->param[0], true, out, &req->err) < 0)
		return -1;
	if (out->number == 0)
		return err_set(&req->err, ERR_NOT_FOUND,
			"EntityMap %.150s does not exist, or has expired", req->param[0]);
	return 0;
}

/* 5.14.1 */
static enum handled retrieve_map(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct params p = {.call = &call};
	struct entity_map map;

	if (call_accept(&call, false) < 0 || call_context(&call) < 0 ||
		path_map(&p, &map) < 0 || entity_map_answer(&call, &map, 200) < 0)
		return HANDLED_ERROR;
	return HANDLED;
}

/* 5.14.2: only expiresAt can be changed; what else a fragment says is ignored. */
static int prolong_map(const struct params *p, const struct entity_map *map)
{
	struct call *call = p->call;
	const struct jn *v = jn_get(call->body, "expiresAt");
	const char *text = jn_str(v, &call->req->arena);
	struct pg *pg;
	int64_t at;
	int rc;

	if (v == NULL)
		return 0;
	if (text == NULL || !clock_parse(text, strlen(text), &at))
		return err_set(&call->req->err, ERR_BAD_REQUEST_DATA,
			"/expiresAt must be a DateTime, YYYY-MM-DDThh:mm:ssZ");
	if (at > call->req->now + LIFETIME_MAX)
		at = call->req->now + LIFETIME_MAX;
	pg = readers_take(call->app->writers);
	rc = entity_map_prolong(pg, map->number, at, &call->req->err);
	readers_put(call->app->writers, pg);
	return rc;
}

static enum handled update_map(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct params p = {.call = &call};
	struct entity_map map;

	if (call_body(&call, false) < 0)
		return HANDLED_ERROR;
	if (!jn_is(call.body, JN_OBJECT)) {
		(void)err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"the body must be an object with \"expiresAt\"");
		return HANDLED_ERROR;
	}
	if (path_map(&p, &map) < 0 || prolong_map(&p, &map) < 0)
		return HANDLED_ERROR;
	resp->status = 204;
	return HANDLED;
}

/* 5.14.3 */
static enum handled delete_map(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct params p = {.call = &call};
	struct entity_map map;
	struct pg *pg;
	int rc;

	if (path_map(&p, &map) < 0)
		return HANDLED_ERROR;
	pg = readers_take(call.app->writers);
	rc = entity_map_delete(pg, map.number, &req->err);
	readers_put(call.app->writers, pg);
	if (rc < 0)
		return HANDLED_ERROR;
	resp->status = 204;
	return HANDLED;
}

static const char *const none[] = {NULL};
static const char *const query_names[] = {"attrs", "pick", "omit", "format", "options",
	"lang", "datasetId", "local", "type", "join", "joinLevel", "containedBy", "id",
	"idPattern", "q", "csf", "scopeQ", "georel", "geometry", "coordinates",
	"geoproperty", "expandValues", "jsonKeys", "limit", "offset", "count", "orderBy",
	"collation", "orderFrom", "orderGeometry", "geometryProperty", "entityMap",
	"entityMapLifetime", "splitEntities", NULL};
static const char *const temporal_names[] = {"timerel", "timeAt", "endTimeAt",
	"timeproperty", "lastN", "attrs", "pick", "omit", "format", "options", "lang",
	"datasetId", "local", "type", "id", "idPattern", "q", "csf", "scopeQ", "georel",
	"geometry", "coordinates", "geoproperty", "expandValues", "jsonKeys", "limit",
	"offset", "count", "orderBy", "collation", "entityMap", "entityMapLifetime",
	"splitEntities", NULL};
static const char *const post_names[] = {"format", "options", "local", "limit", "offset",
	"count", "geometryProperty", "entityMap", "entityMapLifetime", NULL};
static const char *const post_temporal_names[] = {"format", "options", "local", "limit",
	"offset", "count", "entityMap", "entityMapLifetime", NULL};

const struct route entity_maps_routes[] = {
	{"GET", MAPS, create_by_get, NULL, 0, query_names},
	{"POST", MAPS, create_by_post, NULL, ROUTE_QUERY, post_names},
	{"GET", TEMPORAL, create_by_get, NULL, 0, temporal_names},
	{"POST", TEMPORAL, create_by_post, NULL, ROUTE_QUERY, post_temporal_names},
	{"GET", MAPS "/{id}", retrieve_map, NULL, 0, none},
	{"PATCH", MAPS "/{id}", update_map, NULL, 0, none},
	{"DELETE", MAPS "/{id}", delete_map, NULL, 0, none},
	{0},
};
