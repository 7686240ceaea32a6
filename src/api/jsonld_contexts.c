/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /jsonldContexts: the @contexts that the broker hosts or keeps copies of, 5.13, 6.29, 6.30.
 * They belong to no tenant.  Those that are built in can be read, not changed; they are in
 * no list, since they are not stored.
 */
#include "call.h"

#include <api/contexts.h>
#include <base/arena.h>
#include <base/clock.h>
#include <base/iri.h>
#include <store/contexts.h>

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct context_store *store_of(const struct call *call)
{
	return call->app->context_store;
}

static int bool_param(const struct req *req, const char *name, bool *out, struct err *err)
{
	const char *text = req_param(req, name);

	*out = text != NULL && strcmp(text, "true") == 0;
	if (text == NULL || *out || strcmp(text, "false") == 0)
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA, "%s: '%.32s' is neither true nor false",
		name, text);
}

static int kind_param(const struct req *req, enum context_kind *out, struct err *err)
{
	const char *text = req_param(req, "kind");

	*out = CONTEXT_ANY;
	if (text == NULL || context_kind_of(text, out))
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"kind: '%.32s' is none of Cached, Hosted and ImplicitlyCreated", text);
}

/* What the path names: a local id, an original URL, or the URL of one that is hosted. */
static const char *name_of(struct req *req)
{
	const char *id = contexts_local_id(req->param[0], &req->arena);

	return id != NULL ? id : req->param[0];
}

/* What is not stored but compiled in; the core is a copy of what has its home elsewhere. */
static bool is_builtin(struct call *call, const char *name, struct stored_context *out)
{
	if (context_builtin(name) == NULL)
		return false;
	*out = (struct stored_context){
		.kind = context_is_core_url(name) ? CONTEXT_CACHED : CONTEXT_HOSTED,
		.id = name,
		.url = strncmp(name, "urn:", 4) != 0 ? name : NULL,
		.created = contexts_started(call->app->contexts),
	};
	return true;
}

static const char *url_of(struct call *call, const struct stored_context *row)
{
	if (row->url != NULL)
		return row->url;
	return arena_printf(&call->req->arena, "%s" CONTEXTS_PATH "%s",
		call_base_url(call), iri_encode(&call->req->arena, row->id, ":"));
}

static void write_member(struct strbuf *sb, const char *name, const char *value)
{
	strbuf_addf(sb, sb->data[sb->len - 1] == '{' ? "\"%s\":" : ",\"%s\":", name);
	jn_write_string(sb, value, strlen(value));
}

static void write_time(struct strbuf *sb, const char *name, int64_t at)
{
	char text[CLOCK_TEXT];

	if (at != 0)
		write_member(sb, name, clock_format(at, text));
}

/* The hashes of the context lock; one text, since some clients cannot take an object. */
static void write_extra(struct strbuf *sb, const struct stored_context *row)
{
	if (row->sha256 == NULL)
		return;
	strbuf_addf(sb, ",\"extraInfo\":\"sha256=%s", row->sha256);
	if (row->differs != NULL)
		strbuf_addf(sb, " origin_sha256=%s", row->differs);
	strbuf_addc(sb, '"');
}

/* 5.13.3.5 */
static void write_details(struct call *call, const struct stored_context *row)
{
	struct strbuf *sb = &call->resp->body;

	strbuf_addc(sb, '{');
	write_member(sb, "URL", url_of(call, row));
	write_member(sb, "localId", row->id);
	write_member(sb, "kind", context_kind_name(row->kind));
	write_time(sb, "createdAt", row->created);
	write_time(sb, "expiresAt", row->expires);
	write_time(sb, "lastUsage", row->used);
	strbuf_addf(sb, ",\"numberOfHits\":%" PRId64, row->hits);
	write_extra(sb, row);
	strbuf_addc(sb, '}');
}

static int add_context(struct call *call)
{
	struct req *req = call->req;
	struct jn_limits limits = JN_LIMITS;
	const char *id, *text;
	struct jn *value;
	json_t *document;
	int rc;

	limits.max_depth = call->app->config.max_depth;
	if (negotiate_content_type(req_header(req, "Content-Type"),
		    route_takes_merge(req), &call->content, &req->err) < 0)
		return -1;
	if (jn_parse(req->body, req->body_len, limits, &req->arena, &call->body,
		    &req->err) < 0)
		return err_wrap(&req->err, "body");
	value = jn_get(call->body, "@context");
	if (value == NULL)
		return err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"body: expected an object with a member \"@context\"");
	text = arena_printf(
		&req->arena, "{\"@context\":%s}", jn_text(value, &req->arena));
	document = json_loads(text, 0, NULL);
	if (document == NULL)
		return err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"/@context: a number in it is out of range");
	rc = contexts_check(document, &req->err);
	json_decref(document);
	if (rc < 0 ||
		context_store_host(store_of(call), CONTEXT_HOSTED, text, strlen(text),
			req->now, &req->arena, &id, &req->err) < 0)
		return -1;
	call->resp->status = 201;
	resp_header(call->resp, "Location",
		arena_printf(&req->arena, CONTEXTS_PATH "%s", id));
	return 0;
}

static int list_contexts(struct call *call)
{
	struct strbuf *sb = &call->resp->body;
	struct req *req = call->req;
	struct stored_context *rows;
	enum context_kind kind;
	bool details;
	size_t len;

	if (call_accept(call, false) < 0 ||
		bool_param(req, "details", &details, &req->err) < 0 ||
		kind_param(req, &kind, &req->err) < 0)
		return -1;
	contexts_flush(call->app->contexts);
	if (context_store_list(
		    store_of(call), kind, &req->arena, &rows, &len, &req->err) < 0)
		return -1;
	call->resp->status = 200;
	call->resp->content_type = media_name(call->accept);
	strbuf_addc(sb, '[');
	for (size_t i = 0; i < len; i++) {
		const char *url = url_of(call, &rows[i]);

		if (i > 0)
			strbuf_addc(sb, ',');
		if (details)
			write_details(call, &rows[i]);
		else
			jn_write_string(sb, url, strlen(url));
	}
	strbuf_addc(sb, ']');
	return 0;
}

static int write_builtin(struct strbuf *sb, const char *name)
{
	char *text = json_dumps(context_builtin(name), JSON_COMPACT);

	assert(text != NULL);
	strbuf_adds(sb, text);
	free(text);
	return 0;
}

/* 5.13.4.4 */
static int write_document(struct call *call, const struct stored_context *row)
{
	struct strbuf *sb = &call->resp->body;

	if (row->kind == CONTEXT_CACHED)
		return err_set(&call->req->err, ERR_OPERATION_NOT_SUPPORTED,
			"%.150s is of kind Cached, its copy is not served; get it from "
			"its "
			"origin, or ask for details=true",
			row->url);
	if (row->document == NULL)
		return write_builtin(sb, row->id);
	strbuf_add(sb, row->document, row->len);
	return 0;
}

static int serve_context(struct call *call)
{
	struct req *req = call->req;
	const char *name = name_of(req);
	struct stored_context row;
	bool details, builtin;

	if (call_accept(call, false) < 0 ||
		bool_param(req, "details", &details, &req->err) < 0)
		return -1;
	builtin = is_builtin(call, name, &row);
	if (!builtin) {
		contexts_flush(call->app->contexts);
		if (context_store_find(
			    store_of(call), name, &req->arena, &row, &req->err) < 0)
			return -1;
	}
	if (details)
		write_details(call, &row);
	else if (write_document(call, &row) < 0)
		return -1;
	if (!builtin) /* it was found in the storage once more (5.13.3.5) */
		contexts_count(call->app->contexts, row.id);
	call->resp->status = 200;
	call->resp->content_type = media_name(call->accept);
	return 0;
}

/* What is compiled in stays; to reload the core has nothing to do, and does it. */
static int delete_builtin(const struct stored_context *row, bool reload, struct err *err)
{
	if (reload && row->kind == CONTEXT_CACHED)
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"%.150s is built in: it can neither be deleted nor reloaded", row->id);
}

static int delete_stored(struct call *call, const char *name, bool reload)
{
	struct err *err = &call->req->err;
	struct stored_context row;

	if (reload && !iri_is_absolute(name, strlen(name)))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"reload needs the URL or the id of an @context of kind Cached, "
			"'%.100s' is no URI",
			name);
	if (context_store_find(store_of(call), name, &call->req->arena, &row, err) < 0)
		return -1;
	if (!reload)
		return contexts_delete(call->app->contexts, &row, err);
	if (row.kind != CONTEXT_CACHED)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"%.150s is of kind %s: only those of kind Cached can be reloaded",
			name, context_kind_name(row.kind));
	return contexts_reload(call->app->contexts, &row, err);
}

static int delete_context(struct call *call)
{
	const char *name = name_of(call->req);
	struct stored_context row;
	bool reload;
	int rc;

	if (bool_param(call->req, "reload", &reload, &call->req->err) < 0)
		return -1;
	if (is_builtin(call, name, &row))
		rc = delete_builtin(&row, reload, &call->req->err);
	else
		rc = delete_stored(call, name, reload);
	call->resp->status = 204;
	return rc;
}

static enum handled post_contexts(void *cookie, struct req *req, struct resp *resp)
{
	return call_run(add_context, cookie, req, resp);
}

static enum handled get_contexts(void *cookie, struct req *req, struct resp *resp)
{
	return call_run(list_contexts, cookie, req, resp);
}

static enum handled get_context(void *cookie, struct req *req, struct resp *resp)
{
	return call_run(serve_context, cookie, req, resp);
}

static enum handled delete_one(void *cookie, struct req *req, struct resp *resp)
{
	return call_run(delete_context, cookie, req, resp);
}

static const char *const no_names[] = {NULL};
static const char *const list_names[] = {"details", "kind", NULL};
static const char *const serve_names[] = {"details", NULL};
static const char *const delete_names[] = {"reload", NULL};

const struct route jsonld_contexts_routes[] = {
	{"POST", "/ngsi-ld/v1/jsonldContexts", post_contexts, NULL, 0, no_names},
	{"GET", "/ngsi-ld/v1/jsonldContexts", get_contexts, NULL, 0, list_names},
	{"GET", "/ngsi-ld/v1/jsonldContexts/{id}", get_context, NULL, 0, serve_names},
	{"DELETE", "/ngsi-ld/v1/jsonldContexts/{id}", delete_one, NULL, 0, delete_names},
	{0},
};
