/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every NGSI-LD request has in common: the tenant, the representation that is wanted,
 * the @context and the body.  6.3.4, 6.3.5, 6.3.14.
 */
#ifndef API_CALL_H
#define API_CALL_H

#include <api/app.h>
#include <base/attr.h>
#include <base/jn.h>
#include <http/message.h>
#include <http/negotiate.h>

#include <stdbool.h>

struct context;

struct call {
	struct app *app;
	struct req *req;
	struct resp *resp;
	int tenant; /* call_tenant() */
	const char *tenant_name; /* call_tenant(); NULL: the default tenant */
	enum media accept; /* call_accept() */
	enum media link_type; /* the same, as links to other pages have it (6.3.10) */
	enum media content; /* call_body() */
	struct jn *body; /* call_body() */
	struct context *ctx; /* call_context(), call_body(); released with the call */
	bool defaulted; /* the request names no @context */
	bool prefer_json; /* Prefer: body=json (geo+json only, 6.3.6) */
};
void call_fini(struct call *call);
#define auto_call cleanup_with(call_fini) struct call
/* A handler that is one step, which answers or returns -1 with req->err set. */
enum handled call_run(
	int (*step)(struct call *call), void *app, struct req *req, struct resp *resp);

/* All return 0, or -1 with req->err set. */

/* Of a path: is the entity's id, which comes first in it, a URI? */
int call_entity_id(struct req *req) must_check;
/* The same of the id of a `what`, which is a URI, too. */
int call_path_id(struct call *call, const char *what, const char **out) must_check;
/* The tenant the request names; creates it where `create`, else NONEXISTENT_TENANT. */
int call_tenant(struct call *call, bool create) must_check;
/* Accept; geojson: application/geo+json is possible here. */
int call_accept(struct call *call, bool geojson) must_check;
/* For requests without a body: the @context of the Link header, or the default. */
int call_context(struct call *call) must_check;
/* May call_context() have to fetch the @context?  For struct together. */
bool call_waits(void *app, struct req *req);
/* Content-Type, JSON, and the @context where it belongs.  A batch (an array) in ld+json has
 * its contexts in its elements: call_element_context(); `terms` says that the body holds
 * names that need one (T5). */
int call_body(struct call *call, bool terms) must_check;
/* The id that the body gives, also as "@id"; NULL: it gives none. */
const char *call_sent_id(struct call *call);
/* A new reference: the context of one element of a batch. */
struct context *call_element_context(
	struct call *call, const struct jn *element, struct err *err) must_check;

/* An entity or fragment of the body, expanded with `ctx` (core/expand.h); refused where the
 * database could not index its id or its scopes. */
int call_expand(const struct call *call, const struct jn *body, const struct context *ctx,
	unsigned flags, struct jn **out, struct err *err) must_check;
/* The flag for expand: is a member "@context" of the body legal? */
unsigned call_expand_flags(const struct call *call);

/* How the client reaches us: scheme and host of its request (X-Forwarded-* honoured). */
const char *call_base_url(struct call *call);
/* The URL of call->ctx that a client can follow: contexts without one are given one here,
 * where they are served like those that exist in this program only. */
const char *call_context_url(struct call *call);
/* Where the request names no @context and the answer needs none of the default's names, the
 * core context takes its place.  Before call_answer(). */
void call_settle(struct call *call, const struct jn *const *entities, size_t len);
/* Sets Content-Type and, for json, the Link header of the @context (6.3.6).  Returns the
 * JSON text of the "@context" member where the representation has one inside, else NULL. */
const char *call_answer(struct call *call, int status);

#endif
