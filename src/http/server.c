/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP thread: one epoll set with the listener, the connections, the sockets that
 * linger, and an eventfd by which finished exchanges come back.  They come in a list, and
 * only who finds it empty writes to the eventfd: so one wake-up serves many.
 */
#include <http/server.h>

#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <base/mem.h>
#include <base/strbuf.h>

#include "counts.h"
#include "exchange.h"
#include "pool.h"
#include "server_priv.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#define EVENTS  64
#define ACCEPTS 64
#define TICK_US INT64_C(500000)
#define LOOK_US 1000 /* how often at what gathers in the pool */

/* Where the list of the finished ends when nobody will look at it again. */
static struct exchange finished_closed;
#define FINISHED_CLOSED (&finished_closed)

const struct server_config *server_config(const struct server *s)
{
	return &s->config;
}

struct pool *server_pool(struct server *s)
{
	return s->pool;
}

unsigned server_port(const struct server *s)
{
	return s->port;
}

static void server_free(struct server *s)
{
	while (atomic_load(&s->held) > 0)
		(void)sched_yield();
	if (s->listener >= 0)
		close(s->listener);
	if (s->wake >= 0)
		close(s->wake);
	if (s->epoll >= 0)
		close(s->epoll);
	pool_free(s->pool);
	counts_free(s->counts);
	pthread_mutex_destroy(&s->lock);
	free(s->address);
	free(s->cors_origin);
	free(s);
}

/* An exchange comes back after the end of the loop: nobody is there to hear its answer.
 * The last one also frees the server. */
static void orphan_finished(struct exchange *x)
{
	struct server *s = x->server;
	bool last;

	pthread_mutex_lock(&s->lock);
	x->conn->state = CONN_ANSWERED;
	conn_free(x->conn);
	last = --s->orphans == 0;
	pthread_mutex_unlock(&s->lock);
	if (last)
		server_free(s);
}

static void wake_up(struct server *s)
{
	uint64_t one = 1;

	while (write(s->wake, &one, sizeof(one)) < 0 && errno == EINTR)
		continue;
}

void server_hold(struct server *s)
{
	atomic_fetch_add(&s->held, 1);
}

void server_release(struct server *s)
{
	atomic_fetch_sub(&s->held, 1);
}

static void orphan_all(struct exchange *newest, const struct exchange *oldest)
{
	struct exchange *x = newest, *next = x->next;

	while (x != oldest) {
		orphan_finished(x);
		x = next;
		next = x->next;
	}
	orphan_finished(x);
}

void exchanges_done(struct exchange *newest, struct exchange *oldest)
{
	struct server *s = newest->server;
	struct exchange *head = atomic_load_explicit(&s->finished, memory_order_relaxed);

	server_hold(s);
	do {
		if (head == FINISHED_CLOSED) {
			server_release(s);
			orphan_all(newest, oldest);
			return;
		}
		oldest->next = head;
	} while (!atomic_compare_exchange_weak(&s->finished, &head, newest));
	if (head == NULL)
		wake_up(s);
	server_release(s);
}

void exchange_done(struct exchange *x)
{
	exchanges_done(x, x);
}

static struct exchange *reversed(struct exchange *x)
{
	struct exchange *oldest = NULL;

	while (x != NULL) {
		struct exchange *next = x->next;

		x->next = oldest;
		oldest = x;
		x = next;
	}
	return oldest;
}

static void take_finished(struct server *s)
{
	struct exchange *x = reversed(atomic_exchange(&s->finished, NULL));

	while (x != NULL) {
		struct exchange *next = x->next;

		conn_answered(x->conn);
		x = next;
	}
}

static void listener_set(struct server *s, bool on)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &s->listener_watch};

	if (on == s->listening || s->listener < 0)
		return;
	if (epoll_ctl(s->epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, s->listener, &ev) ==
		0)
		s->listening = on;
}

static void take_connections(struct server *s)
{
	struct sockaddr_storage addr;
	struct err err = {0};

	for (int i = 0; i < ACCEPTS; i++) {
		socklen_t len = sizeof(addr);
		int fd = accept4(s->listener, (struct sockaddr *)&addr, &len,
			SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM)) {
			log_warn("cannot accept connections: %s", strerror(errno));
			listener_set(s, false); /* until the next tick */
		}
		if (fd < 0)
			return;
		if (s->nconns < s->config.max_connections) {
			conn_open(s, fd, (struct sockaddr *)&addr, len);
			continue;
		}
		(void)err_set(&err, ERR_UNAVAILABLE,
			"there are %u connections already; try again in a second",
			s->config.max_connections);
		refuse_socket(s, fd, &err);
	}
}

static bool take_event(struct server *s, const struct epoll_event *ev)
{
	struct watch *w = ev->data.ptr;
	uint64_t ignored;

	switch (w->kind) {
	case WATCH_LISTENER:
		take_connections(s);
		break;
	case WATCH_CONN:
		conn_event((struct conn *)w, ev->events);
		break;
	case WATCH_LINGER:
		linger_event((struct lingering *)w);
		break;
	case WATCH_WAKE:
		while (read(s->wake, &ignored, sizeof(ignored)) < 0 && errno == EINTR)
			continue;
		return true;
	}
	return false;
}

static void run_again(struct server *s)
{
	struct conn *c = s->again;

	s->again = NULL;
	while (c != NULL) {
		struct conn *next = c->again;

		c->in_again = false;
		if (c->state != CONN_LENT)
			conn_run(c);
		c = next;
	}
}

static void tick(struct server *s)
{
	s->ticked = s->now;
	for (struct conn *c = s->conns, *next; c != NULL; c = next) {
		next = c->next;
		conn_tick(c);
	}
	linger_tick(s);
	listener_set(s, true);
}

/* No new connections; those that wait for a request are closed.  Is all done? */
static bool drain(struct server *s)
{
	if (s->listener >= 0) {
		listener_set(s, false);
		close(s->listener);
		s->listener = -1;
	}
	for (struct conn *c = s->conns, *next; c != NULL; c = next) {
		next = c->next;
		if (c->state == CONN_WAITING && c->began == 0)
			conn_free(c);
	}
	return (s->conns == NULL && s->lingers == NULL) || s->now >= s->deadline;
}

static int wait_ms(const struct server *s)
{
	if (s->again != NULL)
		return 0;
	if (pool_gathers(s->pool))
		return 1;
	/* a worker that finds nothing that may go yet tells nobody */
	return atomic_load(&s->draining) || pool_waits(s->pool) ? 10
								: (int)(TICK_US / 1000);
}

static void *server_main(void *cookie)
{
	struct server *s = cookie;
	struct epoll_event events[EVENTS];

	for (;;) {
		int n = epoll_wait(s->epoll, events, EVENTS, wait_ms(s));
		bool finished = false;

		s->now = clock_monotonic();
		for (int i = 0; i < n; i++)
			finished |= take_event(s, &events[i]);
		pool_flush(s->pool);
		if (s->now - s->looked >= LOOK_US && pool_gathers(s->pool)) {
			s->looked = s->now;
			pool_look(s->pool);
		}
		if (finished)
			take_finished(s);
		if (s->again != NULL)
			run_again(s);
		pool_flush(s->pool);
		if (s->now - s->ticked >= TICK_US)
			tick(s);
		if (atomic_load(&s->draining) && drain(s))
			return NULL;
	}
}

static int open_descriptors(struct server *s, struct err *err)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &s->wake_watch};

	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (s->epoll < 0 || s->wake < 0 ||
		epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->wake, &ev) < 0)
		return err_set(err, ERR_UNAVAILABLE, "cannot poll: %s", strerror(errno));
	s->listener = listen_open(&s->config, &s->port, err);
	if (s->listener < 0)
		return -1;
	listener_set(s, true);
	return 0;
}

struct server *server_start(
	const struct server_config *config, struct router *router, struct err *err)
{
	struct server *s = mem_alloc(sizeof(*s));

	assert(config->max_header > 0 && config->max_body > 0 && config->timeout_s > 0);
	s->config = *config;
	s->config.address = s->address = mem_strdup(config->address);
	if (config->cors_origin != NULL)
		s->config.cors_origin = s->cors_origin = mem_strdup(config->cors_origin);
	s->router = router;
	s->epoll = s->listener = s->wake = -1;
	s->wake_watch.kind = WATCH_WAKE;
	s->listener_watch.kind = WATCH_LISTENER;
	s->now = s->ticked = clock_monotonic();
	pthread_mutex_init(&s->lock, NULL);
	s->counts = counts_new(router);
	if (getrandom(&s->seed, sizeof(s->seed), 0) < 0)
		s->seed = (uint64_t)clock_now();
	if (open_descriptors(s, err) < 0)
		goto fail;
	s->pool = pool_new(&s->config, err);
	if (s->pool == NULL)
		goto fail;
	if (pthread_create(&s->thread, NULL, server_main, s) != 0) {
		(void)err_set(err, ERR_UNAVAILABLE, "cannot start the HTTP thread");
		goto fail;
	}
	(void)pthread_setname_np(s->thread, "http");
	return s;
fail:
	server_free(s);
	return NULL;
}

/* The loop has ended.  Connections that are lent stay until they come back: from the pool
 * now, from a lane perhaps later than this function. */
static void close_connections(struct server *s)
{
	struct exchange *x;

	pthread_mutex_lock(&s->lock);
	s->orphans = 1; /* this function itself */
	for (struct conn *c = s->conns; c != NULL; c = c->next)
		s->orphans += c->state == CONN_LENT;
	x = atomic_exchange(&s->finished, FINISHED_CLOSED);
	for (; x != NULL; x = x->next) {
		x->conn->state = CONN_ANSWERED;
		s->orphans--;
	}
	for (struct conn *c = s->conns, *next; c != NULL; c = next) {
		next = c->next;
		if (c->state != CONN_LENT)
			conn_free(c);
	}
	pthread_mutex_unlock(&s->lock);
}

void server_stop(struct server *s, unsigned grace_ms)
{
	bool last;

	if (s == NULL)
		return;
	s->deadline = clock_monotonic() + (int64_t)grace_ms * 1000;
	atomic_store(&s->draining, true);
	wake_up(s);
	pthread_join(s->thread, NULL);
	linger_free_all(s);
	close_connections(s);
	pool_stop(s->pool);
	pthread_mutex_lock(&s->lock);
	last = --s->orphans == 0;
	pthread_mutex_unlock(&s->lock);
	if (last)
		server_free(s);
}

void server_metrics(struct server *s, struct strbuf *sb)
{
	if (s == NULL)
		return;
	counts_write(s->counts, sb);
	strbuf_addf(sb,
		"# HELP calanque_http_connections Connections open\n"
		"# TYPE calanque_http_connections gauge\n"
		"calanque_http_connections %u\n",
		atomic_load(&s->nconns));
}
