/* SPDX-License-Identifier: Apache-2.0 */
/* /calanque/v1/imports/mappings: how somebody's files become entities, by name. */
#include "import_priv.h"

#include "respond.h"

#include <base/clock.h>
#include <base/err.h>
#include <store/readers.h>
#include <table/mapping.h>

#include <ctype.h>
#include <string.h>

#define MAPPINGS         IMPORTS "/mappings"
#define MAPPING_NAME_MAX 100

/* It stands in URLs, and may not look like JSON. */
static int check_name(struct req *req)
{
	const char *name = req->param[0];
	size_t len = strlen(name);

	for (const char *p = name; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("-_.", *p) == NULL)
			len = 0;
	if (len > 0 && len <= MAPPING_NAME_MAX)
		return 0;
	return err_set(&req->err, ERR_BAD_REQUEST_DATA,
		"'%.60s' is no name of a mapping; use letters, digits and - _ . (at most "
		"%d)",
		name, MAPPING_NAME_MAX);
}

static int put(struct call *call, bool *created)
{
	struct req *req = call->req;
	struct jn *source;
	struct pg *pg;
	int rc;

	if (check_name(req) < 0)
		return -1;
	if (jn_parse(req->body, req->body_len, JN_LIMITS, &req->arena, &source,
		    &req->err) < 0)
		return err_wrap(&req->err, "body");
	if (mapping_new(source, &req->arena, &req->err) == NULL ||
		call_tenant(call, true) < 0)
		return -1;
	pg = readers_take(call->app->writers);
	rc = import_mapping_put(pg, call->tenant, req->param[0],
		jn_text(source, &req->arena), req->now, created, &req->err);
	readers_put(call->app->writers, pg);
	return rc;
}

static enum handled put_mapping(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	bool created = false;

	if (put(&call, &created) < 0)
		return HANDLED_ERROR;
	resp->status = created ? 201 : 204;
	if (created)
		respond_location(req, resp, MAPPINGS, req->param[0]);
	return HANDLED;
}

static enum handled get_mapping(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct stored_mapping m;
	struct pg *pg;
	int rc;

	if (check_name(req) < 0 || call_tenant(&call, false) < 0)
		return HANDLED_ERROR;
	pg = readers_take(call.app->readers);
	rc = import_mapping_get(
		pg, call.tenant, req->param[0], &req->arena, &m, &req->err);
	readers_put(call.app->readers, pg);
	if (rc < 0)
		return HANDLED_ERROR;
	strbuf_adds(&resp->body, m.text);
	resp->status = 200;
	resp->content_type = "application/json";
	return HANDLED;
}

static enum handled delete_mapping(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct pg *pg;
	int rc;

	if (check_name(req) < 0 || call_tenant(&call, false) < 0)
		return HANDLED_ERROR;
	pg = readers_take(call.app->writers);
	rc = import_mapping_delete(pg, call.tenant, req->param[0], &req->err);
	readers_put(call.app->writers, pg);
	resp->status = 204;
	return rc < 0 ? HANDLED_ERROR : HANDLED;
}

static void write_item(struct strbuf *sb, const struct stored_mapping *m)
{
	char modified[CLOCK_TEXT];

	strbuf_adds(sb, "{\"name\":");
	jn_write_string(sb, m->name, strlen(m->name));
	strbuf_addf(sb, ",\"modifiedAt\":\"%s\",\"mapping\":%s}",
		clock_format(m->modified, modified), m->text);
}

static enum handled list_mappings(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct stored_mapping *items;
	struct pg *pg;
	size_t len;
	int rc;

	if (call_tenant(&call, false) < 0)
		return HANDLED_ERROR;
	pg = readers_take(call.app->readers);
	rc = import_mappings(pg, call.tenant, &req->arena, &items, &len, &req->err);
	readers_put(call.app->readers, pg);
	if (rc < 0)
		return HANDLED_ERROR;
	strbuf_addc(&resp->body, '[');
	for (size_t i = 0; i < len; i++) {
		strbuf_adds(&resp->body, i > 0 ? "," : "");
		write_item(&resp->body, &items[i]);
	}
	strbuf_addc(&resp->body, ']');
	resp->status = 200;
	resp->content_type = "application/json";
	return HANDLED;
}

/* POST /calanque/v1/imports/proposals: a mapping to begin with, for a file. */
static enum handled propose_mapping(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	bool geojson = false;

	if (import_is_geojson(req, &geojson) < 0 ||
		import_propose(&call, geojson, req_param(req, "type"), &resp->body) < 0)
		return HANDLED_ERROR;
	resp->status = 200;
	resp->content_type = "application/json";
	return HANDLED;
}

static const char *const no_names[] = {NULL};
static const char *const propose_names[] = {"type", NULL};

const struct route import_mappings_routes[] = {
	{"POST", IMPORTS "/proposals", propose_mapping, NULL, ROUTE_PLAIN, propose_names},
	{"GET", MAPPINGS, list_mappings, NULL, ROUTE_PLAIN, no_names},
	{"PUT", MAPPINGS "/{name}", put_mapping, NULL, ROUTE_PLAIN, no_names},
	{"GET", MAPPINGS "/{name}", get_mapping, NULL, ROUTE_PLAIN, no_names},
	{"DELETE", MAPPINGS "/{name}", delete_mapping, NULL, ROUTE_PLAIN, no_names},
	{0},
};
