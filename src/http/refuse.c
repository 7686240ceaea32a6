/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refusals that are written to the socket at once, behind microhttpd's back.  A socket
 * that is closed while it holds unread bytes resets the connection, which may take the
 * answer from the client's hands; so after the answer the socket lingers: it reads and
 * forgets until the client has closed, for a while.
 */
#include <base/clock.h>
#include <base/err.h>
#include <base/mem.h>
#include <base/strbuf.h>

#include "answer.h"
#include "counts.h"
#include "exchange.h"
#include "server_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define LINGER_US    INT64_C(2000000)
#define LINGER_BYTES ((size_t)16 << 20)

struct lingering {
	struct watch watch;
	struct server *server;
	int fd;
	size_t bytes;
	int64_t until;
	struct lingering *prev, *next;
};

static void linger_free(struct lingering *l)
{
	struct server *s = l->server;

	if (l->prev != NULL)
		l->prev->next = l->next;
	else
		s->lingers = l->next;
	if (l->next != NULL)
		l->next->prev = l->prev;
	close(l->fd);
	free(l);
}

static void linger_new(struct server *s, int fd)
{
	struct lingering *l = mem_alloc(sizeof(*l));
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = l};

	*l = (struct lingering){
		.watch = {WATCH_LINGER},
		.server = s,
		.fd = fd,
		.until = clock_monotonic() + LINGER_US,
		.next = s->lingers,
	};
	if (s->lingers != NULL)
		s->lingers->prev = l;
	s->lingers = l;
	if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		linger_free(l);
}

void linger_event(struct lingering *l)
{
	char buf[16384];
	ssize_t n = recv(l->fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n > 0)
		l->bytes += (size_t)n;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) ||
		l->bytes > LINGER_BYTES)
		linger_free(l);
}

void linger_tick(struct server *s)
{
	for (struct lingering *l = s->lingers, *next; l != NULL; l = next) {
		next = l->next;
		if (l->until < s->now)
			linger_free(l);
	}
}

void linger_free_all(struct server *s)
{
	for (struct lingering *l = s->lingers, *next; l != NULL; l = next) {
		next = l->next;
		linger_free(l);
	}
}

static void write_refusal(
	struct server *s, int fd, const struct req *req, const struct err *err)
{
	bool head =
		req != NULL && req->method != NULL && strcmp(req->method, "HEAD") == 0;
	struct resp resp = {0};
	auto_strbuf sb = {0};
	char date[64];
	time_t now = time(NULL);
	struct tm tm;

	resp_problem(&resp, err);
	(void)strftime(
		date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &tm));
	strbuf_addf(&sb,
		"HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Type: %s\r\nContent-Length: "
		"%zu\r\n"
		"Connection: close\r\n",
		resp.status, MHD_get_reason_phrase_for((unsigned)resp.status), date,
		resp.content_type, resp.body.len);
	if (resp.status == 503)
		strbuf_adds(&sb, "Retry-After: 1\r\n");
	if (req != NULL && req->id != NULL)
		strbuf_addf(&sb, "X-Request-Id: %s\r\n", req->id);
	answer_cors_text(&s->config, &sb);
	strbuf_adds(&sb, "\r\n");
	if (!head)
		strbuf_add(&sb, resp.body.data, resp.body.len);
	counts_add(s->counts, NULL, req != NULL ? req->method : NULL, resp.status, 0);
	(void)send(fd, sb.data, sb.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)shutdown(fd, SHUT_WR);
	strbuf_fini(&resp.body);
}

void refuse_socket(struct server *s, int fd, const struct err *err)
{
	write_refusal(s, fd, NULL, err);
	linger_new(s, fd);
}

void refuse(struct conn *c, const struct err *err)
{
	int fd;

	if (c->refused)
		return;
	c->refused = true;
	write_refusal(
		c->server, c->fd, c->state == CONN_WAITING ? NULL : &c->x->req, err);
	/* Once the socket has a second descriptor, closing the first does not take it out of
	 * the epoll set. */
	(void)epoll_ctl(c->server->epoll, EPOLL_CTL_DEL, c->fd, NULL);
	fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		linger_new(c->server, fd);
}
