/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection: microhttpd reads, parses and sends; this loop polls and decides when.
 *
 * Each connection has a microhttpd daemon of its own, without thread, listener or timeouts
 * (an epoll descriptor and a kilobyte).  microhttpd answers what it cannot parse with pages
 * of its own, in HTML, and tells nobody but the daemon's logger: with one daemon each, the
 * logger knows whose connection it is and is in time to answer in JSON and shut the socket.
 * It also needs no suspending: a connection whose exchange is lent is left alone.
 */
#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <base/mem.h>
#include <http/negotiate.h>

#include "answer.h"
#include "counts.h"
#include "exchange.h"
#include "head.h"
#include "pool.h"
#include "server_priv.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TURNS     16 /* buffers that one connection may read before the others */
#define FIRST_MAX ((uintmax_t)256 << 10)

/* How microhttpd's log announces a page of its own; the status is its first argument. */
static const char error_page[] = "Error processing request (HTTP response code is %u";

static const char cut_short[] = "the connection ended before the request was complete";

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
	struct err err = {0};

	if (c->state == CONN_LENT)
		return; /* it is freed when it is back */
	if (c->state == CONN_HEAD || c->state == CONN_BODY) {
		(void)err_set(&err, ERR_INVALID_REQUEST, "%s", cut_short);
		refuse(c, &err);
	}
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
	struct err err = {0};

	if (what != MHD_CONNECTION_NOTIFY_CLOSED)
		return;
	if (c->state == CONN_WAITING && c->began != 0) {
		explain(c, 400, &err);
		refuse(c, &err);
	}
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

static struct MHD_Daemon *daemon_new(struct conn *c)
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

static void note_peer(struct conn *c, const struct sockaddr *addr)
{
	const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *)addr;
	const struct sockaddr_in *ip4 = (const struct sockaddr_in *)addr;
	const void *mapped;

	if (addr->sa_family == AF_INET)
		(void)inet_ntop(AF_INET, &ip4->sin_addr, c->peer, sizeof(c->peer));
	if (addr->sa_family != AF_INET6)
		return;
	mapped = &ip6->sin6_addr.s6_addr[12];
	if (IN6_IS_ADDR_V4MAPPED(&ip6->sin6_addr))
		(void)inet_ntop(AF_INET, mapped, c->peer, sizeof(c->peer));
	else
		(void)inet_ntop(AF_INET6, &ip6->sin6_addr, c->peer, sizeof(c->peer));
}

void conn_open(struct server *s, int fd, const struct sockaddr *addr, socklen_t len)
{
	struct conn *c = mem_alloc(sizeof(*c));
	struct epoll_event ev = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};

	c->watch.kind = WATCH_CONN;
	c->server = s;
	c->fd = fd;
	note_peer(c, addr);
	c->active = s->now;
	c->mhd = daemon_new(c);
	if (c->mhd == NULL || epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &ev) < 0) {
		log_warn("cannot take a connection: %s", strerror(errno));
		MHD_stop_daemon(c->mhd);
		close(fd);
		free(c);
		return;
	}
	c->x = exchange_new(s, c);
	c->next = s->conns;
	if (c->next != NULL)
		c->next->prev = c;
	s->conns = c;
	atomic_fetch_add(&s->nconns, 1);
	if (MHD_add_connection(c->mhd, fd, addr, len) != MHD_YES) {
		log_warn("cannot take a connection: %s", strerror(errno));
		c->closed = true; /* it has closed fd */
		conn_free(c);
	}
}

void conn_free(struct conn *c)
{
	struct server *s = c->server;

	c->refused = true;
	MHD_stop_daemon(c->mhd);
	if (c->in_again) {
		struct conn **at = &s->again;

		while (*at != c)
			at = &(*at)->again;
		*at = c->again;
	}
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		s->conns = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	atomic_fetch_sub(&s->nconns, 1);
	exchange_free(c->x);
	free(c);
}

/* Has microhttpd more to do at once? */
static bool is_pending(struct conn *c)
{
	MHD_UNSIGNED_LONG_LONG ms;

	return MHD_get_timeout(c->mhd, &ms) == MHD_YES && ms == 0;
}

/* The client sends no more, and what it sent is read.  microhttpd, which polls for edges,
 * overlooks an end that came together with the last bytes. */
static bool is_over(struct conn *c)
{
	int bytes = 0;

	return c->ended && c->state <= CONN_BODY && ioctl(c->fd, FIONREAD, &bytes) == 0 &&
		bytes == 0;
}

static void cut_off(struct conn *c)
{
	struct err err = {0};

	if (c->state != CONN_WAITING)
		(void)err_set(&err, ERR_INVALID_REQUEST, "%s", cut_short);
	else
		explain(c, 400, &err);
	if (c->began != 0)
		refuse(c, &err);
	conn_free(c);
}

void conn_run(struct conn *c)
{
	int turns = 0;

	do {
		(void)MHD_run(c->mhd);
	} while (!c->closed && c->state != CONN_LENT && is_pending(c) && ++turns < TURNS);
	if (c->state == CONN_LENT)
		return;
	if (!c->closed && is_over(c)) {
		cut_off(c);
		return;
	}
	if (c->closed || c->broken ||
		(c->state == CONN_WAITING && c->began == 0 &&
			atomic_load(&c->server->draining))) {
		conn_free(c);
	} else if (turns == TURNS && !c->in_again) {
		c->in_again = true;
		c->again = c->server->again;
		c->server->again = c;
	}
}

void conn_event(struct conn *c, unsigned events)
{
	int bytes = 1;

	c->active = c->server->now;
	if (events & EPOLLRDHUP)
		c->ended = true;
	c->gone |= (events & (EPOLLERR | EPOLLHUP)) != 0;
	if (c->state == CONN_LENT)
		return; /* it is run when it is back */
	/* The end of the stream is readable too, but begins no request. */
	if (c->state == CONN_WAITING && c->began == 0 && (events & EPOLLIN)) {
		if ((events & EPOLLRDHUP) && ioctl(c->fd, FIONREAD, &bytes) < 0)
			bytes = 0;
		if (bytes > 0)
			c->began = c->active;
	}
	conn_run(c);
}

void conn_answered(struct conn *c)
{
	assert(c->state == CONN_LENT);
	c->state = c->x->pulling ? CONN_SENDING : CONN_ANSWERED;
	c->x->pulling = false;
	c->active = c->server->now;
	c->x->draining |= atomic_load(&c->server->draining);
	if (c->closed || c->gone)
		conn_free(c);
	else
		conn_run(c);
}
