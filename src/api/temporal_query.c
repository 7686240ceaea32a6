/* SPDX-License-Identifier: Apache-2.0 */
/* Reading /temporal/entities: 6.18.3.2, 6.19.3.1, 6.24. */
#include "call.h"
#include "entity_map.h"
#include "exports.h"
#include "temporal_answer.h"

#include <base/arena.h>

#define TEMPORAL "/ngsi-ld/v1/temporal"

static enum handled answer_query(const struct params *p)
{
	struct arena *a = &p->call->req->arena;
	struct temporal_request *r = arena_new(a, struct temporal_request);

	if (temporal_query_params(p, r, &p->call->req->err) < 0 ||
		entity_map_use_temporal(p, &r->query, &r->new_map, &p->call->req->err) <
			0 ||
		temporal_answer(p->call, r, true) < 0)
		return HANDLED_ERROR;
	return HANDLED;
}

/* GET /temporal/entities: Query Temporal Evolution of Entities, 5.7.4. */
static enum handled query(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct params p = {.call = &call};

	if (export_wanted(req) != NULL)
		return export_history(cookie, req, resp);
	if (call_accept(&call, false) < 0 || call_context(&call) < 0 ||
		call_tenant(&call, false) < 0)
		return HANDLED_ERROR;
	return answer_query(&p);
}

/* POST /temporal/entityOperations/query: the same, 6.24. */
static enum handled query_post(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct params p = {.call = &call};

	if (call_accept(&call, false) < 0 || call_body(&call, true) < 0 ||
		params_from_query(&p, call.body, &req->err) < 0 ||
		call_tenant(&call, false) < 0)
		return HANDLED_ERROR;
	return answer_query(&p);
}

/* GET /temporal/entities/{id}: Retrieve Temporal Evolution of an Entity, 5.7.3. */
static enum handled retrieve(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct params p = {.call = &call};
	struct temporal_request *r = arena_new(&req->arena, struct temporal_request);

	if (call_accept(&call, false) < 0 || call_entity_id(req) < 0 ||
		call_context(&call) < 0 || call_tenant(&call, false) < 0 ||
		temporal_retrieve_params(&p, r, &req->err) < 0 ||
		temporal_answer(&call, r, false) < 0 ||
		entity_map_retrieved_temporal(&p, &r->query, &req->err) < 0)
		return HANDLED_ERROR;
	return HANDLED;
}

#define WHEN "timerel", "timeAt", "endTimeAt", "timeproperty", "lastN"
#define HOW  "attrs", "pick", "omit", "format", "options", "lang", "datasetId", "local"
/* Of aggregation; the second line is ours. */
#define SUMS "aggrMethods", "aggrPeriodDuration", "tz", "completeness", "expectedInterval"
static const char *const retrieve_names[] = {
	WHEN, HOW, SUMS, "entityMap", "entityMapLifetime", NULL};
static const char *const query_names[] = {WHEN, HOW, SUMS, "type", "id", "idPattern", "q",
	"scopeQ", "georel", "geometry", "coordinates", "geoproperty", "csf",
	"expandValues", "jsonKeys", "limit", "offset", "count", "orderBy", "collation",
	"entityMap", "entityMapLifetime", "splitEntities", NULL};
static const char *const query_post_names[] = {"format", "options", "local", "limit",
	"offset", "count", "tz", "completeness", "expectedInterval", "entityMap",
	"entityMapLifetime", NULL};

#define ROUTES(root)                                                                     \
	{"GET", root "/entities", query, NULL, ROUTE_FILES, query_names},                \
		{"GET", root "/entities/{id}", retrieve, NULL, 0, retrieve_names},       \
	{                                                                                \
		"POST", root "/entityOperations/query", query_post, NULL, ROUTE_QUERY,   \
			query_post_names                                                 \
	}

const struct route temporal_query_routes[] = {
	ROUTES(TEMPORAL),
	{0},
};
