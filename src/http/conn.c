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
#include <base/log.h>
#include <base/mem.h>

#include "exchange.h"
#include "server_priv.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TURNS 16 /* buffers that one connection may read before the others */

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
	c->mhd = conn_daemon(c);
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
	if (c->began != 0)
		conn_cut_short(c);
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
