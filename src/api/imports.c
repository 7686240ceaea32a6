/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /calanque/v1/imports: files that become entities, and imports that are taken back.  The
 * body is the file; the mapping is one that is stored, or the request has it.
 */
#include "import_priv.h"

#include "exports.h"
#include "params.h"
#include "respond.h"

#include <api/contexts.h>
#include <base/err.h>
#include <core/context.h>
#include <store/readers.h>
#include <table/zone.h>

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- opening */

static bool begins(const char *type, const char *name)
{
	return type != NULL && strncasecmp(type, name, strlen(name)) == 0;
}

/* Where the type says nothing of use, as curl's own, the first character does. */
int import_is_geojson(struct req *req, bool *out)
{
	const char *type = req_header(req, "Content-Type"), *p = req->body;

	if (begins(type, "text/csv")) {
		*out = false;
		return 0;
	}
	if (begins(type, "application/geo+json") || begins(type, "application/json")) {
		*out = true;
		return 0;
	}
	if (type != NULL && !begins(type, "application/x-www-form-urlencoded") &&
		!begins(type, "application/octet-stream") &&
		!begins(type, "text/plain") && !begins(type, "application/vnd.ms-excel"))
		/* not 415, whose answer could not say so */
		return err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"Content-Type: %.60s cannot be imported; send text/csv or "
			"application/geo+json",
			type);
	while (isspace((unsigned char)*p) || (unsigned char)*p >= 0x80)
		p++;
	*out = *p == '{';
	return 0;
}

static int parse_mapping(struct import_run *run, const char *text)
{
	struct req *req = run->call->req;
	struct jn *source;

	if (jn_parse(text, strlen(text), JN_LIMITS, &req->arena, &source, &req->err) < 0)
		return err_wrap(&req->err, "the mapping");
	run->mapping = mapping_new(source, &req->arena, &req->err);
	return run->mapping != NULL ? 0 : err_wrap(&req->err, "the mapping");
}

/* Only a file as our exports write them says itself how it is to be read. */
static int propose(struct import_run *run)
{
	struct req *req = run->call->req;
	auto_strbuf sb = {0};

	if (import_propose(run->call, false, NULL, &sb) == 0)
		return parse_mapping(run, arena_strndup(&req->arena, sb.data, sb.len));
	if (req->err.kind != ERR_INVALID_REQUEST)
		return -1;
	return err_set(&req->err, ERR_BAD_REQUEST_DATA,
		"a CSV file without columns id and type needs mapping=NAME; POST it "
		"to " IMPORTS "/proposals?type=TYPE for a mapping to begin with");
}

/* By its name, or as JSON in the parameter itself. */
static int find_mapping(struct import_run *run)
{
	struct call *call = run->call;
	struct req *req = call->req;
	const char *name = req_param(req, "mapping");
	struct stored_mapping m;
	struct pg *pg;
	int rc;

	run->exported = name == NULL;
	if (name == NULL)
		return run->geojson ? 0 : propose(run);
	if (*name == '{')
		return parse_mapping(run, name);
	pg = readers_take(call->app->readers);
	rc = import_mapping_get(pg, call->tenant, name, &req->arena, &m, &req->err);
	readers_put(call->app->readers, pg);
	run->mapping_name = name;
	return rc < 0 ? -1 : parse_mapping(run, m.text);
}

/* The mapping's @context, else the request's. */
static int find_context(struct import_run *run)
{
	const char *url =
		run->mapping != NULL ? mapping_file(run->mapping)->context : NULL;
	struct call *call = run->call;

	if (url == NULL) {
		if (call_context(call) < 0)
			return -1;
		run->ctx = context_ref(call->ctx);
		return 0;
	}
	contexts_reached_as(call_base_url(call));
	run->ctx = contexts_by_url(call->app->contexts, url, &call->req->err);
	contexts_reached_as(NULL);
	return run->ctx != NULL ? 0 : -1;
}

int import_open(struct import_run *run)
{
	struct call *call = run->call;
	struct req *req = call->req;
	const char *zone = call->app->config.time_zone;

	if (req->body_len == 0)
		return err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"the body is empty; send the file as it is, with curl: "
			"--data-binary "
			"@file.csv");
	if (import_is_geojson(req, &run->geojson) < 0 || find_mapping(run) < 0 ||
		find_context(run) < 0)
		return -1;
	if (run->mapping != NULL && mapping_file(run->mapping)->zone != NULL)
		zone = mapping_file(run->mapping)->zone;
	run->zone = zone_open(zone, &req->err);
	if (run->zone == NULL)
		return -1;
	return rows_open(&run->rows, run->geojson, req->body, req->body_len, run->mapping,
		&req->arena, &req->err);
}

/* ---- POST */

static void answer_dry(struct import_run *run)
{
	run->call->resp->status = 200;
	report_answer(&run->report, run->call,
		arena_printf(&run->call->req->arena,
			"\"dryRun\":true,\"state\":\"done\",\"total\":%zu",
			run->rows.total));
}

static int answer_done(struct import_run *run)
{
	struct req *req = run->call->req;
	const char *id = arena_printf(&req->arena, "%" PRId64, run->import);

	run->call->resp->status = 201;
	respond_location(req, run->call->resp, IMPORTS, id);
	report_answer(&run->report, run->call,
		arena_printf(&req->arena,
			"\"id\":\"%s\",\"dryRun\":false,\"state\":\"done\",\"total\":%zu",
			id, run->rows.total));
	return 0;
}

static int run_file(struct import_run *run)
{
	struct call *call = run->call;
	struct params p = {.call = call};
	bool dry = false;

	if (params_bool(&p, "dryRun", false, &dry, &call->req->err) < 0 ||
		report_init(&run->report, call) < 0)
		return -1;
	/* a dry run makes nothing, not even a tenant */
	if (call_tenant(call, !dry) < 0 || import_open(run) < 0)
		return -1;
	if (dry)
		run->dry = import_dry_new(run);
	if (import_run(run) < 0)
		return -1;
	if (dry)
		answer_dry(run);
	return dry ? 0 : answer_done(run);
}

static enum handled import_file(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct import_run *run = arena_new(&req->arena, struct import_run);
	struct app *app = cookie;
	int rc = -1;

	run->call = &call;
	if (atomic_fetch_add(&app->importing, 1) >= app->importing_most)
		err_set(&req->err, ERR_UNAVAILABLE,
			"%u imports are under way, more at a time would keep others "
			"waiting; "
			"try again when one is done",
			app->importing_most);
	else
		rc = run_file(run);
	atomic_fetch_sub(&app->importing, 1);
	report_fini(&run->report);
	import_dry_free(run->dry);
	zone_close(run->zone);
	context_unref(run->ctx);
	return rc < 0 ? HANDLED_ERROR : HANDLED;
}

/* ---- what was imported */

static int read_import(struct call *call, struct stored_import *out)
{
	struct req *req = call->req;
	const char *id = req->param[0];
	char *rest;
	int64_t import = strtoll(id, &rest, 10);
	struct pg *pg;
	int rc;

	if (*id < '0' || *id > '9' || *rest != '\0')
		return err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"'%.60s' is no id of an import, which is a number", id);
	if (call_tenant(call, false) < 0)
		return -1;
	pg = readers_take(call->app->readers);
	rc = imports_get(pg, call->tenant, import, req->now, &req->arena, out, &req->err);
	readers_put(call->app->readers, pg);
	return rc;
}

static enum handled show_import(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct stored_import im;

	if (read_import(&call, &im) < 0)
		return HANDLED_ERROR;
	strbuf_addc(&resp->body, '{');
	import_write(&resp->body, &im);
	strbuf_addc(&resp->body, '}');
	resp->status = 200;
	resp->content_type = "application/json";
	return HANDLED;
}

static enum handled undo_import(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct stored_import im;

	if (read_import(&call, &im) < 0 || import_undo(&call, &im) < 0)
		return HANDLED_ERROR;
	return HANDLED;
}

static enum handled list_imports(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct params p = {.call = &call};
	struct stored_import *items;
	struct paging paging;
	struct pg *pg;
	size_t len;
	bool more;
	int rc;

	if (call_tenant(&call, false) < 0 || params_paging(&p, &paging, &req->err) < 0)
		return HANDLED_ERROR;
	pg = readers_take(call.app->readers);
	rc = imports_list(pg, call.tenant, paging.limit, paging.offset, req->now,
		&req->arena, &items, &len, &more, &req->err);
	readers_put(call.app->readers, pg);
	if (rc < 0)
		return HANDLED_ERROR;
	strbuf_addc(&resp->body, '[');
	for (size_t i = 0; i < len; i++) {
		strbuf_adds(&resp->body, i > 0 ? ",\n{" : "{");
		import_write(&resp->body, &items[i]);
		strbuf_addc(&resp->body, '}');
	}
	strbuf_addc(&resp->body, ']');
	respond_page_links(&call, paging.limit, paging.offset, more);
	resp->status = 200;
	resp->content_type = "application/json";
	return HANDLED;
}

static const char *const post_names[] = {
	"mapping", "dryRun", "report", "format", "file", NULL};
static const char *const list_names[] = {"limit", "offset", NULL};
static const char *const report_names[] = {"report", "result", "format", NULL};
static const char *const no_names[] = {NULL};

const struct route imports_routes[] = {
	{"POST", IMPORTS, import_file, NULL, ROUTE_PLAIN, post_names},
	{"GET", IMPORTS, list_imports, NULL, ROUTE_PLAIN, list_names},
	{"GET", IMPORTS "/{id}", show_import, NULL, ROUTE_PLAIN, no_names},
	{"DELETE", IMPORTS "/{id}", undo_import, NULL, ROUTE_PLAIN, no_names},
	{"GET", IMPORTS "/{id}/report", import_report_rows, NULL, ROUTE_PLAIN,
		report_names},
	{0},
};
