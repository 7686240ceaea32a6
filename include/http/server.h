/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP server: one epoll thread reads and writes by libmicrohttpd, `workers` threads
 * run the handlers, requests are lent from one to the other (ARCHITECTURE.md, threads).
 * Whatever a client sends, each answer it gets is the handler's or a ProblemDetails in
 * JSON.  A connection takes two file descriptors, and about 1.5 times max_header.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <base/attr.h>
#include <http/route.h>

#include <stdbool.h>
#include <stddef.h>

struct server;
struct strbuf;

struct server_config {
	const char *address; /* "127.0.0.1", "::1", "0.0.0.0", "::" */
	unsigned port; /* 0: any free one, see server_port() */
	unsigned workers;
	unsigned queue; /* requests that may wait for a worker; beyond: 503 */
	size_t max_body; /* bytes; beyond: 413 */
	const char *upload_path; /* whose bodies may have … */
	size_t max_upload; /* … so many instead; NULL and 0: none */
	size_t max_header; /* bytes of all headers and the request line; 431, 414 */
	unsigned timeout_s; /* a connection that neither sends nor reads */
	unsigned max_connections;
	const char *cors_origin; /* "*" or an origin; NULL: no CORS headers */
	/* What a browser gets in place of JSON: answers GET of any route but plain ones where
	 * Accept prefers text/html (negotiate_html).  One of the router's; NULL: nothing. */
	const struct route *page;
	void *page_cookie;
	/* Called on a worker before the handler (not for ROUTE_INLINE); -1 with req->err set
	 * refuses.  May be NULL. */
	int (*before)(void *cookie, struct req *req);
	/* Called once the answer stands, be it an error, before it is sent (tenant echo ...):
	 * on a worker, on the thread of req_finish(), or on the HTTP thread.  May be NULL. */
	void (*after)(void *cookie, struct req *req, struct resp *resp);
	void *cookie;
};

/* Starts listening and serving.  NULL with err set (address in use, ...). */
struct server *server_start(const struct server_config *config, struct router *router,
	struct err *err) must_check;
unsigned server_port(const struct server *s);
/* Refuses new work, finishes what is under way for at most `grace_ms`, then stops and
 * frees.  Requests that a lane still has may be finished after that: nobody hears them. */
void server_stop(struct server *s, unsigned grace_ms);
/* Requests by method, route and status, durations by route: Prometheus text. */
void server_metrics(struct server *s, struct strbuf *sb);

#endif
