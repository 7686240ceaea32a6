/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange.h"

#include <base/err.h>
#include <base/mem.h>
#include <http/negotiate.h>

#include "pool.h"
#include "server_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PACK_FROM 1024 /* bytes */
#define TYPES     "application/json, application/ld+json"
#define MERGE     "application/merge-patch+json"

struct exchange *exchange_new(struct server *server, struct conn *conn)
{
	struct exchange *x = mem_alloc(sizeof(*x));

	x->server = server;
	x->conn = conn;
	x->req.exchange = x;
	x->req.body = "";
	x->req.peer = conn->peer;
	return x;
}

static void end_fini(struct exchange *x)
{
	if (x->end != NULL)
		x->end(x->end_self);
	x->end = NULL;
	x->step = NULL;
}

void exchange_free(struct exchange *x)
{
	if (x == NULL)
		return;
	stream_fini(x);
	end_fini(x);
	strbuf_fini(&x->body);
	strbuf_fini(&x->resp.body);
	arena_reset(&x->req.arena);
	free(x);
}

static void buffer_reset(struct strbuf *sb)
{
	if (sb->room > MEDIUM_BODY)
		strbuf_fini(sb);
	else
		strbuf_reset(sb);
}

void exchange_reset(struct exchange *x)
{
	struct arena arena = x->req.arena;
	struct strbuf body = x->resp.body;

	stream_fini(x);
	end_fini(x);
	arena_rewind(&arena);
	buffer_reset(&x->body);
	buffer_reset(&body);
	x->req = (struct req){
		.arena = arena, .exchange = x, .body = "", .peer = x->conn->peer};
	x->resp = (struct resp){.body = body};
	x->cookie = NULL;
	x->allow = NULL;
	x->crowd = NULL;
	x->line = NULL;
	x->line_len = 0;
	x->company = 0;
	x->framed = x->draining = x->packing = x->packed = x->pulling = false;
}

/* As "%016x" writes it, for each request. */
void exchange_identify(struct exchange *x, uint64_t id)
{
	for (int i = EXCHANGE_ID - 2; i >= 0; i--) {
		x->id[i] = "0123456789abcdef"[id & 15];
		id >>= 4;
	}
	x->id[EXCHANGE_ID - 1] = '\0';
	x->req.id = x->id;
}

static bool has_body(const char *method)
{
	return strcmp(method, "POST") == 0 || strcmp(method, "PATCH") == 0 ||
		strcmp(method, "PUT") == 0;
}

/* 6.3.4.  A chunked body says where it ends, so it needs no Content-Length. */
static int check_media(struct req *req, bool framed)
{
	const char *type = req_header(req, "Content-Type");
	bool body = has_body(req->method),
	     reads = !body && strcmp(req->method, "DELETE") != 0;
	enum media ignored;

	if (req->route->flags & ROUTE_PLAIN)
		return 0;
	if (body && !framed)
		return err_set(&req->err, ERR_LENGTH_REQUIRED,
			"%s needs a Content-Length", req->method);
	if (body && (type != NULL || req->body_len > 0) &&
		negotiate_content_type(
			type, route_takes_merge(req), &ignored, &req->err) < 0)
		return -1;
	if (!reads && !(req->route->flags & ROUTE_QUERY))
		return 0;
	if ((req->route->flags & ROUTE_FILES) &&
		negotiate_file(req_header(req, "Accept")) != FILE_NONE)
		return 0;
	return negotiate_accept(req_header(req, "Accept"),
		req->route->flags & ROUTE_GEOJSON, &ignored, &req->err);
}

bool exchange_check(
	struct exchange *x, int (*before)(void *cookie, struct req *req), void *cookie)
{
	struct req *req = &x->req;

	if (check_media(req, x->framed) < 0 || route_query(req, &req->err) < 0 ||
		route_check_params(req, &req->err) < 0)
		return false;
	return before == NULL || before(cookie, req) == 0;
}

enum handled exchange_handle(struct exchange *x)
{
	return x->req.route->handle(x->cookie, &x->req, &x->resp);
}

void exchange_settle(struct exchange *x)
{
	const struct server_config *config = server_config(x->server);
	struct resp *resp = &x->resp;

	if (x->req.err.kind != ERR_NONE) {
		stream_fini(x);
		resp->headers_len = 0;
		resp_problem(resp, &x->req.err);
		if (x->req.route != NULL && x->req.route->flags & ROUTE_PROBLEM)
			resp->content_type = "application/problem+json";
		if (resp->status == 405)
			resp_header(resp, "Allow", x->allow);
		else if (resp->status == 415) /* its body is empty: RFC 9110, 15.5.16 */
			resp_header(resp, "Accept",
				route_takes_merge(&x->req) ? TYPES ", " MERGE : TYPES);
	}
	assert(resp->status >= 200 && resp->status <= 599);
	if (config->after != NULL)
		config->after(config->cookie, &x->req, resp);
	if (resp->stream.pull != NULL)
		stream_begin(x);
}

bool exchange_can_pack(const struct exchange *x)
{
	const struct resp *resp = &x->resp;

	if (resp->body.len < PACK_FROM || x->packed || resp->stream.pull != NULL)
		return false;
	for (size_t i = 0; i < resp->headers_len; i++) {
		if (strcasecmp(resp->headers[i].name, "Content-Encoding") == 0)
			return false;
	}
	return negotiate_gzip(req_header(&x->req, "Accept-Encoding"));
}

void exchange_pack(struct exchange *x, z_stream *z)
{
	struct strbuf *sb = &x->resp.body, out = {0};
	size_t most = deflateBound(z, sb->len);
	int rc;

	strbuf_grow(&out, most);
	z->next_in = (Bytef *)sb->data;
	z->avail_in = (uInt)sb->len;
	z->next_out = (Bytef *)out.data;
	z->avail_out = (uInt)most;
	rc = deflate(z, Z_FINISH);
	out.len = most - z->avail_out;
	(void)deflateReset(z);
	if (rc != Z_STREAM_END || out.len >= sb->len) {
		strbuf_fini(&out);
		return;
	}
	strbuf_fini(sb);
	*sb = out;
	x->packed = true;
}

void req_at_end(struct req *req, void (*end)(void *self), void *self)
{
	struct exchange *x = req->exchange;

	assert(&x->req == req && x->end == NULL);
	x->end = end;
	x->end_self = self;
}

void exchange_give_up(struct exchange *x)
{
	if (x->step == NULL)
		return;
	err_set(&x->req.err, ERR_UNAVAILABLE, "the broker stops");
	exchange_settle(x);
}

void req_resume(struct req *req, req_step step, void *self)
{
	struct exchange *x = req->exchange;
	struct server *s = x->server;
	bool pushed;

	assert(&x->req == req && step != NULL);
	x->step = step;
	x->step_self = self;
	server_hold(s);
	pushed = pool_append(server_pool(s), x) == 0;
	server_release(s);
	if (!pushed) {
		exchange_give_up(x);
		exchange_done(x);
	}
}

void req_finish(struct req *req)
{
	struct exchange *x = req->exchange;
	struct server *s = x->server;
	bool pushed = false;

	assert(&x->req == req);
	exchange_settle(x);
	if (exchange_can_pack(x)) {
		x->packing = true;
		server_hold(s);
		pushed = pool_push(server_pool(s), x) == 0;
		server_release(s);
	}
	if (!pushed)
		exchange_done(x);
}
