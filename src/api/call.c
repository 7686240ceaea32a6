/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include <api/contexts.h>
#include <base/arena.h>
#include <base/iri.h>
#include <base/log.h>
#include <core/context.h>
#include <core/expand.h>
#include <core/link.h>
#include <store/dict.h>

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define TENANT_MAX 128
/* Of what is indexed; PostgreSQL takes some 2700 bytes. */
#define INDEXED_MAX 2000

void call_fini(struct call *call)
{
	context_unref(call->ctx);
}

/* NGSILD-Tenant, else Fiware-Service (T7); NULL or "": the default tenant. */
static const char *tenant_header(const struct req *req)
{
	const char *name = req_header(req, "NGSILD-Tenant");

	return name != NULL ? name : req_header(req, "Fiware-Service");
}

/* Tenants are compared without case.  Any printable ASCII but quotes and such is a name:
 * some brokers use URNs. */
static const char *tenant_name(struct req *req, const char *header)
{
	char *name = arena_strdup(&req->arena, header);

	if (strlen(name) > TENANT_MAX)
		return NULL;
	for (char *p = name; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) && strchr("_-.:", *p) == NULL)
			return NULL;
		*p = (char)tolower((unsigned char)*p);
	}
	return name;
}

int call_entity_id(struct req *req)
{
	const char *id = req->param[0];

	if (iri_is_absolute(id, strlen(id)))
		return 0;
	return err_set(&req->err, ERR_BAD_REQUEST_DATA,
		"the entity id '%.100s' is not a URI; use for example urn:ngsi-ld:Type:1",
		id);
}

int call_path_id(struct call *call, const char *what, const char **out)
{
	const char *id = call->req->param[0];

	if (!iri_is_absolute(id, strlen(id)))
		return err_set(&call->req->err, ERR_BAD_REQUEST_DATA,
			"'%.100s' is no URI, which the id of a %s is", id, what);
	*out = id;
	return 0;
}

const char *call_sent_id(struct call *call)
{
	const struct jn *id = jn_get(call->body, "id");

	return jn_str(id != NULL ? id : jn_get(call->body, "@id"), &call->req->arena);
}

enum handled call_run(
	int (*step)(struct call *call), void *app, struct req *req, struct resp *resp)
{
	auto_call call = {.app = app, .req = req, .resp = resp};

	return step(&call) < 0 ? HANDLED_ERROR : HANDLED;
}

/* Every operation may be limited to what is here (6.3.18), as it is anyway. */
static int check_local(struct req *req)
{
	const char *text = req_param(req, "local");

	if (text == NULL || strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		return 0;
	return err_set(&req->err, ERR_INVALID_REQUEST,
		"local: '%.32s' is neither true nor false", text);
}

int call_tenant(struct call *call, bool create)
{
	struct req *req = call->req;
	const char *header = tenant_header(req), *name;

	if (check_local(req) < 0)
		return -1;
	if (header == NULL || *header == '\0') {
		call->tenant = 1;
		return 0;
	}
	name = tenant_name(req, header);
	if (name == NULL)
		return err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"NGSILD-Tenant: '%.64s' is not a tenant name; use letters, "
			"digits "
			"and _ - . : (at most %d)",
			header, TENANT_MAX);
	if (dict_id(call->app->tenants, name, strlen(name), create, &call->tenant,
		    &req->err) < 0)
		return -1;
	if (call->tenant == 0)
		return err_set(&req->err, ERR_NONEXISTENT_TENANT,
			"tenant '%s' does not exist; creating an entity in it creates it",
			name);
	call->tenant_name = name;
	return 0;
}

int call_accept(struct call *call, bool geojson)
{
	const char *prefer = req_header(call->req, "Prefer");

	if (negotiate_accept(req_header(call->req, "Accept"), geojson, &call->accept,
		    &call->req->err) < 0)
		return -1;
	call->link_type = call->accept;
	call->prefer_json = call->accept == MEDIA_GEO_JSON && prefer != NULL &&
		strcasestr(prefer, "body=json") != NULL;
	return 0;
}

/* The @context of the Link headers; NULL: they name none. */
static const char *link_url(struct req *req)
{
	for (size_t i = 0; i < req->headers_len; i++) {
		const char *url;

		if (strcasecmp(req->headers[i].name, "Link") != 0)
			continue;
		url = link_context(req->headers[i].value, &req->arena);
		if (url != NULL)
			return url;
	}
	return NULL;
}

/* The Location of an @context that is hosted here is one, too (6.29.3.1; RFC 8288, 3.2). */
static const char *resolved(struct call *call, const char *url)
{
	if (strncmp(url, CONTEXTS_PATH, strlen(CONTEXTS_PATH)) != 0)
		return url;
	return arena_printf(&call->req->arena, "%s%s", call_base_url(call), url);
}

/* Two different @contexts are an error rather than a choice (JSON-LD 1.1, 6.2). */
static int check_links(struct call *call, const char *first)
{
	struct req *req = call->req;

	for (size_t i = 0; i < req->headers_len; i++) {
		const char *rest = req->headers[i].value, *url;

		if (strcasecmp(req->headers[i].name, "Link") != 0)
			continue;
		while ((url = link_context_next(&rest, &req->arena)) != NULL)
			if (strcmp(resolved(call, url), first) != 0)
				return err_set(&req->err, ERR_BAD_REQUEST_DATA,
					"Link: two @contexts, %.80s and %.80s; host one "
					"that names both (POST /jsonldContexts)",
					first, url);
	}
	return 0;
}

static struct context *url_context(struct call *call, const char *url)
{
	struct context *ctx;

	contexts_reached_as(call_base_url(call));
	ctx = contexts_by_url(call->app->contexts, url, &call->req->err);
	contexts_reached_as(NULL);
	return ctx;
}

/* The value of an "@context" member. */
static struct context *body_context(
	struct call *call, const struct jn *value, struct err *err)
{
	struct context *ctx;

	contexts_reached_as(call_base_url(call));
	ctx = contexts_by_value(call->app->contexts, value, &call->req->arena, err);
	contexts_reached_as(NULL);
	return ctx;
}

/* A header that means an @context and names none would be stored under other names. */
static int check_unread(struct req *req)
{
	for (size_t i = 0; i < req->headers_len; i++) {
		const struct header *h = &req->headers[i];

		if (strcasecmp(h->name, "Link") == 0 &&
			strcasestr(h->value, LINK_CONTEXT_REL) != NULL)
			return err_set(&req->err, ERR_BAD_REQUEST_DATA,
				"Link: '%.80s' names no @context; write "
				"<URL>; rel=\"" LINK_CONTEXT_REL "\"",
				h->value);
	}
	return 0;
}

int call_context(struct call *call)
{
	const char *url = link_url(call->req);

	if (url == NULL) {
		if (check_unread(call->req) < 0)
			return -1;
		call->ctx = contexts_default(call->app->contexts);
		call->defaulted = true;
		return 0;
	}
	url = resolved(call, url);
	if (!iri_is_absolute(url, strlen(url)))
		return err_set(&call->req->err, ERR_BAD_REQUEST_DATA,
			"Link: the @context '%.100s' is not an absolute URL", url);
	if (check_links(call, url) < 0)
		return -1;
	call->ctx = url_context(call, url);
	return call->ctx != NULL ? 0 : -1;
}

bool call_waits(void *app, struct req *req)
{
	struct call call = {.app = app, .req = req};
	const char *url = link_url(req);

	return url != NULL && !contexts_known(call.app->contexts, resolved(&call, url));
}

static int ld_context(struct call *call, bool terms)
{
	struct err *err = &call->req->err;
	struct jn *value = jn_get(call->body, "@context");

	if (link_url(call->req) != NULL)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"an application/ld+json body carries its @context itself: drop "
			"the "
			"Link header, or send application/json");
	if (jn_is(call->body, JN_ARRAY) || (value == NULL && !terms)) {
		call->ctx = contexts_default(call->app->contexts);
		return 0;
	}
	if (value == NULL)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"an application/ld+json body needs a member \"@context\"; or "
			"send "
			"application/json and name the @context in a Link header");
	call->ctx = body_context(call, value, err);
	return call->ctx != NULL ? 0 : -1;
}

int call_body(struct call *call, bool terms)
{
	struct req *req = call->req;
	struct jn_limits limits = JN_LIMITS;

	limits.max_depth = call->app->config.max_depth;
	if (negotiate_content_type(req_header(req, "Content-Type"),
		    route_takes_merge(req), &call->content, &req->err) < 0)
		return -1;
	if (jn_parse(req->body, req->body_len, limits, &req->arena, &call->body,
		    &req->err) < 0)
		return err_wrap(&req->err, "body");
	if (call->content == MEDIA_LD_JSON)
		return ld_context(call, terms);
	if (jn_get(call->body, "@context") != NULL)
		return err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"/@context: an application/json body has no @context; name it in "
			"a "
			"Link header, or send application/ld+json");
	return call_context(call);
}

struct context *call_element_context(
	struct call *call, const struct jn *element, struct err *err)
{
	struct jn *value = jn_get(element, "@context");

	if (call->content != MEDIA_LD_JSON)
		return context_ref(call->ctx);
	if (value == NULL) {
		err_set(err, ERR_BAD_REQUEST_DATA,
			"each element of an application/ld+json body needs a member "
			"\"@context\"");
		return NULL;
	}
	return body_context(call, value, err);
}

unsigned call_expand_flags(const struct call *call)
{
	return call->content == MEDIA_LD_JSON ? EXPAND_CONTEXT_MEMBER : 0;
}

static int check_length(const struct jn *v, const char *where, struct err *err)
{
	if (v == NULL || v->len <= INDEXED_MAX)
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"%s: longer than the %d bytes it may have", where, INDEXED_MAX);
}

int call_expand(const struct call *call, const struct jn *body, const struct context *ctx,
	unsigned flags, struct jn **out, struct err *err)
{
	struct jn *doc;

	if (body == call->body && !jn_is(body, JN_OBJECT))
		return err_set(
			err, ERR_INVALID_REQUEST, "the body must be a JSON object");
	if (entity_expand(body, ctx, flags | call_expand_flags(call), &call->req->arena,
		    &doc, err) < 0 ||
		check_length(jn_get(doc, "id"), "/id", err) < 0)
		return -1;
	jn_each (it, jn_get(doc, "scope"))
		if (check_length(it, "/scope", err) < 0)
			return -1;
	*out = doc;
	return 0;
}

/* What the proxy next to the client saw: the first of a list.  NULL: nothing of use. */
static const char *forwarded(struct req *req, const char *name)
{
	const char *value = req_header(req, name);
	size_t len;

	if (value == NULL)
		return NULL;
	value += strspn(value, " \t");
	len = strcspn(value, ", \t");
	if (len == 0 || !iri_is_authority(value, len))
		return NULL;
	return arena_strndup(&req->arena, value, len);
}

const char *call_base_url(struct call *call)
{
	struct req *req = call->req;
	const char *host = forwarded(req, "X-Forwarded-Host");
	const char *proto = forwarded(req, "X-Forwarded-Proto");

	if (host == NULL)
		host = req_header(req, "Host");
	return arena_printf(&req->arena, "%s://%s",
		proto != NULL && strcasecmp(proto, "https") == 0 ? "https" : "http",
		host != NULL && *host != '\0' ? host : "localhost");
}

const char *call_context_url(struct call *call)
{
	const char *url = context_url(call->ctx);
	struct err err = {0};

	if (url == NULL)
		url = contexts_host(
			call->app->contexts, call->ctx, &call->req->arena, &err);
	if (url == NULL) {
		log_warn("an answer names the core @context only: %s", err.detail);
		return CORE_CONTEXT_URL;
	}
	if (strncmp(url, "urn:", 4) != 0)
		return url;
	return arena_printf(
		&call->req->arena, "%s" CONTEXTS_PATH "%s", call_base_url(call), url);
}

static const char *context_text(struct call *call)
{
	char *dumped =
		json_dumps(context_value(call->ctx), JSON_COMPACT | JSON_ENCODE_ANY);
	char *text = arena_strdup(&call->req->arena, dumped != NULL ? dumped : "null");

	free(dumped);
	if (context_url(call->ctx) != NULL)
		text = arena_printf(&call->req->arena, "\"%s\"", call_context_url(call));
	return text;
}

const char *call_answer(struct call *call, int status)
{
	struct resp *resp = call->resp;
	bool inside = call->accept == MEDIA_LD_JSON ||
		(call->accept == MEDIA_GEO_JSON && !call->prefer_json);

	resp->status = status;
	resp->content_type = media_name(call->accept);
	if (inside)
		return context_text(call);
	resp_header(resp, "Link",
		arena_printf(&call->req->arena,
			"<%s>; rel=\"" LINK_CONTEXT_REL
			"\"; type=\"application/ld+json\"",
			call_context_url(call)));
	return NULL;
}

void app_after(void *cookie, struct req *req, struct resp *resp)
{
	const char *tenant = tenant_header(req);

	if (tenant != NULL && *tenant != '\0')
		resp_header(resp, "NGSILD-Tenant", tenant);
}
