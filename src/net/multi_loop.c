/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What curl wants of a connection changes with each exchange, mostly to what it was: so one
 * that is not wanted stays with epoll until something happens to it, or it is closed.
 */
#include "multi_loop.h"

#include <base/clock.h>
#include <base/mem.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENTS 64
#define LONG   1000000 /* us: no wait is longer */

struct watched {
	uint32_t wanted, known; /* by curl; to epoll */
	bool opened; /* a connection: on_close() will be called */
};

struct multi_loop {
	CURLM *multi;
	int epoll, wake;
	int64_t due; /* monotonic: curl's next timeout; INT64_MAX: none */
	struct watched *sockets; /* by descriptor */
	size_t len;
};

static void tell(struct multi_loop *l, int fd, int op, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.fd = fd};

	if (epoll_ctl(l->epoll, op, fd, &ev) < 0)
		abort(); /* no memory, or not the descriptor that it was */
}

static struct watched *watched(struct multi_loop *l, curl_socket_t fd)
{
	size_t i = (size_t)fd;

	if (i >= l->len) {
		l->sockets = mem_resize(l->sockets, (i + 64) * sizeof(*l->sockets));
		for (; l->len < i + 64; l->len++)
			l->sockets[l->len] = (struct watched){0};
	}
	return &l->sockets[i];
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *cookie, void *unused)
{
	struct multi_loop *l = cookie;
	struct watched *w = watched(l, fd);

	w->wanted = 0;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		w->wanted |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		w->wanted |= EPOLLOUT;
	if (w->wanted == w->known || (w->wanted == 0 && w->opened))
		return 0;
	tell(l, fd,
		w->wanted == 0          ? EPOLL_CTL_DEL
			: w->known != 0 ? EPOLL_CTL_MOD
					: EPOLL_CTL_ADD,
		w->wanted);
	w->known = w->wanted;
	return 0;
}

static int on_close(void *cookie, curl_socket_t fd)
{
	struct watched *w = watched(cookie, fd);

	*w = (struct watched){0}; /* closing tells epoll */
	return close(fd);
}

void multi_loop_opened(struct multi_loop *l, curl_socket_t fd)
{
	*watched(l, fd) = (struct watched){.opened = true};
}

static int on_timer(CURLM *multi, long timeout_ms, void *cookie)
{
	struct multi_loop *l = cookie;

	l->due = timeout_ms < 0 ? INT64_MAX : clock_monotonic() + timeout_ms * 1000;
	return 0;
}

struct multi_loop *multi_loop_new(CURLM *multi)
{
	struct multi_loop *l = mem_alloc(sizeof(*l));

	l->multi = multi;
	l->due = INT64_MAX;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->epoll < 0 || l->wake < 0)
		abort(); /* no descriptor left */
	tell(l, l->wake, EPOLL_CTL_ADD, EPOLLIN);
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, l);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(multi, CURLMOPT_TIMERDATA, l);
	return l;
}

void multi_loop_free(struct multi_loop *l)
{
	if (l == NULL)
		return;
	close(l->epoll);
	close(l->wake);
	free(l->sockets);
	free(l);
}

void multi_loop_adopt(struct multi_loop *l, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, l);
}

static void happened(struct multi_loop *l, int fd, uint32_t events)
{
	struct watched *w = watched(l, fd);
	int what = 0, running;

	if (w->wanted == 0) {
		if (w->known != 0)
			tell(l, fd, EPOLL_CTL_DEL, 0);
		w->known = 0;
		return;
	}
	if (events & EPOLLIN)
		what |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (events & (EPOLLERR | EPOLLHUP))
		what |= CURL_CSELECT_ERR;
	curl_multi_socket_action(l->multi, fd, what, &running);
}

static void take_events(struct multi_loop *l, int timeout_ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(l->epoll, events, EVENTS, timeout_ms), running;
	eventfd_t woken;

	for (int i = 0; i < n; i++) {
		if (events[i].data.fd == l->wake)
			(void)eventfd_read(l->wake, &woken);
		else
			happened(l, events[i].data.fd, events[i].events);
	}
	if (l->due > clock_monotonic())
		return;
	l->due = INT64_MAX; /* curl says when it wants more */
	curl_multi_socket_action(l->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

void multi_loop_turn(struct multi_loop *l)
{
	take_events(l, 0);
}

void multi_loop_wait(struct multi_loop *l)
{
	int64_t left = l->due == INT64_MAX ? LONG : l->due - clock_monotonic();

	if (left > LONG)
		left = LONG;
	take_events(l, left > 0 ? (int)((left + 999) / 1000) : 0);
}

void multi_loop_wake(struct multi_loop *l)
{
	(void)eventfd_write(l->wake, 1);
}
