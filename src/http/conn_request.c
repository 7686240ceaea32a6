/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What microhttpd tells of one connection, on the HTTP thread: a line, a head, pieces of a
 * body, that a request is complete, that it has ended, that the socket is closed.
 */
#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <http/negotiate.h>

#include "answer.h"
#include "counts.h"
#include "exchange.h"
#include "head.h"
#include "pool.h"
#include "server_priv.h"

#include <inttypes.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#define FIRST_MAX ((uintmax_t)256 << 10)

/* How microhttpd's log announces a page of its own; the status is its first argument. */
static const char error_page[] = "Error processing request (HTTP response code is %u";

/* Why microhttpd gives up, in our words. */
static void explain(const struct conn *c, unsigned status, struct err *err)
{
	const char *const broken[] = {
		[CONN_WAITING] = "the request line is malformed; expected 'METHOD TARGET "
				 "HTTP/1.1'",
		[CONN_HEAD] = "the headers are malformed; each must be one line, "
			      "'Name: value', and Content-Length a number",
		[CONN_BODY] = "the chunked body is malformed",
	};
	size_t most = c->server->config.max_header;

	if (status == 414)
		(void)err_set(err, ERR_URI_TOO_LONG,
			"the request line is too long; at most %zu bytes are taken",
			most);
	else if (status == 431)
		(void)err_set(err, ERR_HEADERS_TOO_LARGE,
			"request line and headers are too long; at most %zu bytes are "
			"taken",
			most);
	else if (status == 413)
		(void)err_set(err, ERR_TOO_LARGE,
			"the body is too long; at most %zu bytes are "
			"taken",
			c->server->config.max_body);
	else if (status == 505)
		(void)err_set(
			err, ERR_HTTP_VERSION, "HTTP/1.1 and HTTP/1.0 are spoken here");
	else if (status < 500 && c->state <= CONN_BODY)
		(void)err_set(err, ERR_INVALID_REQUEST, "%s", broken[c->state]);
	else
		(void)err_set(err, ERR_INTERNAL, "the request could not be taken");
}

void conn_cut_short(struct conn *c)
{
	struct err err = {0};

	if (c->state == CONN_WAITING)
		explain(c, 400, &err);
	else
		(void)err_set(&err, ERR_INVALID_REQUEST,
			"the connection ended before the request was complete");
	refuse(c, &err);
}

/* microhttpd's log.  Its word on an error page comes before the page, on this thread. */
static void on_log(void *cls, const char *fmt, va_list args)
{
	struct conn *c = cls;
	struct err err = {0};
	unsigned status;

	if (strncmp(fmt, error_page, sizeof(error_page) - 1) != 0)
		return;
	status = va_arg(args, unsigned);
	explain(c, status, &err);
	if (c->state <= CONN_BODY) {
		refuse(c, &err);
	} else {
		c->refused = true;
		(void)shutdown(c->fd, SHUT_WR);
	}
}

/* A request line was read; `target` is raw and still whole. */
static void *on_line(void *cls, const char *target, struct MHD_Connection *m)
{
	struct conn *c = cls;
	struct server *s = c->server;
	struct exchange *x = c->x;

	exchange_identify(x, s->seed + ++s->ids * UINT64_C(0x9e3779b97f4a7c15));
	c->state = CONN_HEAD;
	if (c->began == 0)
		c->began = s->now;
	if (target != NULL)
		head_line(x, target);
	return NULL;
}

/* How long a body may be; below the path of uploads it is a file's. */
static size_t max_body(const struct conn *c)
{
	const struct server_config *config = &c->server->config;
	const char *path = config->upload_path, *is = c->x->req.target;
	size_t len = path != NULL ? strlen(path) : 0;

	if (len == 0 || is == NULL || strncmp(is, path, len) != 0 ||
		(is[len] != '\0' && is[len] != '/' && is[len] != '?'))
		return config->max_body;
	return config->max_upload > config->max_body ? config->max_upload
						     : config->max_body;
}

static enum MHD_Result on_head(
	struct conn *c, struct MHD_Connection *m, const char *method, const char *version)
{
	const struct server_config *config = &c->server->config;
	const struct head_limits limits = {config->max_header, max_body(c)};
	struct err err = {0};
	const char *length;

	if (head_read(c->x, m, method, version, &limits, &err) < 0) {
		refuse(c, &err);
		return MHD_NO;
	}
	answer_identify(c->x);
	length = req_header(&c->x->req, "Content-Length");
	if (length != NULL) {
		uintmax_t n = strtoumax(length, NULL, 10);

		strbuf_grow(&c->x->body, (size_t)(n < FIRST_MAX ? n : FIRST_MAX));
	}
	c->state = CONN_BODY;
	return MHD_YES;
}

static enum MHD_Result on_body(struct conn *c, const char *data, size_t len)
{
	size_t most = max_body(c);
	struct err err = {0};

	if (len > most - c->x->body.len) {
		(void)err_set(&err, ERR_TOO_LARGE,
			"the body has more than %zu bytes, which is the most that is "
			"taken",
			most);
		refuse(c, &err);
		return MHD_NO;
	}
	strbuf_add(&c->x->body, data, len);
	return MHD_YES;
}

static void settled(struct conn *c)
{
	exchange_settle(c->x);
	c->state = CONN_ANSWERED;
}

/* For a route that is cheap enough to run here. */
static void run_inline(struct conn *c)
{
	struct exchange *x = c->x;
	enum handled how = HANDLED_ERROR;

	log_request(x->req.id);
	if (exchange_check(x, NULL, NULL))
		how = exchange_handle(x);
	log_request(NULL);
	if (how == HANDLED_LATER)
		return;
	if (how == HANDLED_ERROR && x->req.err.kind == ERR_NONE)
		(void)err_set(
			&x->req.err, ERR_INTERNAL, "the request failed for no reason");
	settled(c);
}

/* A browser is shown the page where a program gets JSON. */
static void turn_page(struct exchange *x)
{
	const struct server_config *config = &x->conn->server->config;
	struct req *req = &x->req;

	if (config->page == NULL || req->route == NULL ||
		req->route->flags & ROUTE_PLAIN ||
		(strcmp(req->method, "GET") != 0 && strcmp(req->method, "HEAD") != 0) ||
		!negotiate_html(req_header(req, "Accept")))
		return;
	req->route = config->page;
	x->cookie = config->page_cookie;
}

/* The request is complete: finds who answers it. */
static void dispatch(struct conn *c)
{
	struct server *s = c->server;
	struct exchange *x = c->x;
	struct req *req = &x->req;

	x->started = clock_monotonic();
	req->now = clock_now();
	req->body = x->body.data != NULL ? x->body.data : "";
	req->body_len = x->body.len;
	x->allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
	c->state = CONN_LENT;
	if (atomic_load(&s->draining)) {
		x->draining = true;
		(void)err_set(&req->err, ERR_UNAVAILABLE, "the broker is stopping");
		settled(c);
	} else if (strcmp(req->path, "*") == 0 && strcmp(req->method, "OPTIONS") == 0) {
		answer_options(x);
		settled(c);
	} else if (router_find(s->router, req, &x->cookie, &x->allow, &req->err) < 0) {
		settled(c);
	} else if (turn_page(x), req->route == NULL) {
		answer_options(x);
		settled(c);
	} else if (req->route->flags & ROUTE_INLINE) {
		run_inline(c);
	} else if (pool_submit(s->pool, x) < 0) {
		(void)err_set(&req->err, ERR_UNAVAILABLE,
			"too many requests wait already; try again in a second");
		settled(c);
	}
}

static enum MHD_Result send_answer(struct conn *c, struct MHD_Connection *m)
{
	struct exchange *x = c->x;
	long us = (long)(clock_monotonic() - x->started);
	struct MHD_Response *r = answer_new(x);
	enum MHD_Result rc;

	if (r == NULL)
		return MHD_NO;
	rc = MHD_queue_response(m, (unsigned)x->resp.status, r);
	MHD_destroy_response(r);
	c->state = CONN_SENDING;
	c->unsent = -1;
	counts_add(c->server->counts, x->req.route, x->req.method, x->resp.status, us);
	answer_log(x, us);
	return rc;
}

/* microhttpd calls it when the head is there, for each piece of the body, when the request
 * is complete, and then, until it has an answer, whenever it is run. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *m, const char *url,
	const char *method, const char *version, const char *data, size_t *len,
	void **cookie)
{
	struct conn *c = cls;

	if (c->refused)
		return MHD_NO;
	if (c->state == CONN_HEAD)
		return on_head(c, m, method, version);
	if (c->state == CONN_BODY && *len > 0) {
		enum MHD_Result rc = on_body(c, data, *len);

		*len = 0;
		return rc;
	}
	if (c->state == CONN_BODY)
		dispatch(c);
	return c->state == CONN_ANSWERED ? send_answer(c, m) : MHD_YES;
}

/* The request has ended, well or not. */
static void on_completed(void *cls, struct MHD_Connection *m, void **cookie,
	enum MHD_RequestTerminationCode why)
{
	struct conn *c = cls;

	if (c->state == CONN_LENT)
		return; /* it is freed when it is back */
	if (c->state == CONN_HEAD || c->state == CONN_BODY)
		conn_cut_short(c);
	c->broken |= c->state == CONN_SENDING && c->x->pulled == PULLED_BROKEN;
	c->state = CONN_WAITING;
	c->began = 0;
	c->active = c->server->now;
	exchange_reset(c->x);
}

/* The last moment before microhttpd closes the socket.  Where bytes came that were no
 * request line it says nothing at all. */
static void on_connection(void *cls, struct MHD_Connection *m, void **cookie,
	enum MHD_ConnectionNotificationCode what)
{
	struct conn *c = cls;

	if (what != MHD_CONNECTION_NOTIFY_CLOSED)
		return;
	if (c->state == CONN_WAITING && c->began != 0)
		conn_cut_short(c);
	c->closed = true;
}

/* Decoding is ours (route.c, query.c). */
static size_t keep_escapes(void *cls, struct MHD_Connection *m, char *s)
{
	return strlen(s);
}

/* Room for the head, for a record of each header and parameter, and for the next read. */
static size_t pool_size(const struct server_config *config)
{
	return config->max_header + config->max_header / 2 + 8192;
}

struct MHD_Daemon *conn_daemon(struct conn *c)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET |
			MHD_USE_ERROR_LOG | MHD_USE_TURBO,
		0, NULL, NULL, on_request, c, MHD_OPTION_EXTERNAL_LOGGER, on_log, c,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, pool_size(&c->server->config),
		MHD_OPTION_CONNECTION_LIMIT, 1U, MHD_OPTION_NONCE_NC_SIZE, 0U,
		MHD_OPTION_URI_LOG_CALLBACK, on_line, c, MHD_OPTION_UNESCAPE_CALLBACK,
		keep_escapes, c, MHD_OPTION_NOTIFY_COMPLETED, on_completed, c,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, c, MHD_OPTION_END);
}
