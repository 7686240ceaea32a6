/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lanes add to the text that waits for each client; workers send it.  `waits` says that a
 * pull came back without text: whoever takes it back owes the client one req_more(), so a
 * follower cannot end while somebody is about to call it.
 */
#include <api/events.h>

#include "call.h"
#include "params.h"

#include <base/clock.h>
#include <base/mem.h>
#include <base/strbuf.h>
#include <core/type_q.h>
#include <store/lane.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FOLLOWERS 256 /* connections that may stay open for this */
#define WAITING   ((size_t)64 << 10) /* bytes for a client that does not read */
#define BEAT_S    15 /* signs of life */

struct follower {
	struct events *events;
	struct req *req;
	int tenant;
	const struct type_q *types; /* NULL: any; in the request's arena */
	struct strbuf text; /* what it has not been sent */
	bool waits;
	struct follower *next;
	struct follower *ready; /* in the list of those to be woken */
};

struct events {
	pthread_mutex_t lock; /* guards everything below, followers included */
	pthread_cond_t wake;
	pthread_t beat;
	struct follower *followers;
	size_t len;
	bool closed;
	struct change_watcher watcher;
};

/* Lock held: its client has something to be told. */
static void make_ready(struct follower *f, struct follower **ready)
{
	if (!f->waits)
		return;
	f->waits = false;
	f->ready = *ready;
	*ready = f;
}

/* Lock not held: req_more() may come back to us. */
static void wake_all(struct follower *f)
{
	while (f != NULL) {
		struct follower *next = f->ready;

		req_more(f->req);
		f = next;
	}
}

static void tell(struct follower *f, const struct entity_change *change)
{
	struct strbuf *sb = &f->text;

	if (sb->len > WAITING) {
		strbuf_reset(sb);
		strbuf_adds(sb, "event: resync\ndata: {}\n\n");
		return;
	}
	strbuf_addf(sb, "event: %s\ndata: {\"id\":",
		change->after != NULL ? "entity" : "deleted");
	jn_write_string(sb, change->id, strlen(change->id));
	strbuf_adds(sb, "}\n\n");
}

static bool concerns(const struct follower *f, const struct entity_change *change)
{
	return f->tenant == change->tenant &&
		(type_q_matches(f->types, change->after) ||
			type_q_matches(f->types, change->before));
}

/* On a lane's thread, after the commit. */
static void committed(void *self, const struct entity_change *changes, size_t len)
{
	struct events *e = self;
	struct follower *ready = NULL;

	pthread_mutex_lock(&e->lock);
	for (struct follower *f = e->followers; f != NULL; f = f->next) {
		for (size_t i = 0; i < len; i++)
			if (concerns(f, &changes[i]))
				tell(f, &changes[i]);
		if (f->text.len > 0)
			make_ready(f, &ready);
	}
	pthread_mutex_unlock(&e->lock);
	wake_all(ready);
}

static void *beat_main(void *cookie)
{
	struct events *e = cookie;

	pthread_mutex_lock(&e->lock);
	while (!e->closed) {
		struct follower *ready = NULL;
		struct timespec at;
		int rc = 0;

		clock_gettime(CLOCK_MONOTONIC, &at);
		at.tv_sec += BEAT_S;
		while (!e->closed && rc != ETIMEDOUT)
			rc = pthread_cond_timedwait(&e->wake, &e->lock, &at);
		for (struct follower *f = e->followers; f != NULL; f = f->next) {
			if (!e->closed)
				strbuf_adds(&f->text, ":\n\n");
			make_ready(f, &ready);
		}
		pthread_mutex_unlock(&e->lock);
		wake_all(ready);
		pthread_mutex_lock(&e->lock);
	}
	pthread_mutex_unlock(&e->lock);
	return NULL;
}

static enum pulled pull(void *self, struct strbuf *out)
{
	struct follower *f = self;
	struct events *e = f->events;
	enum pulled how = PULLED_MORE;

	pthread_mutex_lock(&e->lock);
	if (e->closed) {
		how = PULLED_END;
	} else if (f->text.len > 0) {
		strbuf_add(out, f->text.data, f->text.len);
		strbuf_reset(&f->text);
	} else {
		f->waits = true;
		how = PULLED_LATER;
	}
	pthread_mutex_unlock(&e->lock);
	return how;
}

static void end(void *self)
{
	struct follower *f = self;
	struct events *e = f->events;
	struct follower **at = &e->followers;

	pthread_mutex_lock(&e->lock);
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	e->len--;
	pthread_mutex_unlock(&e->lock);
	strbuf_fini(&f->text);
	free(f);
}

/* Browsers cannot send headers with an EventSource: the parameter takes their place. */
static void take_tenant(struct req *req)
{
	const char *name = req_param(req, "tenant");
	struct header *headers;

	if (name == NULL)
		return;
	headers = arena_array(&req->arena, struct header, req->headers_len + 1);
	headers[0] = (struct header){"NGSILD-Tenant", name};
	if (req->headers_len > 0)
		memcpy(headers + 1, req->headers, req->headers_len * sizeof(*headers));
	req->headers = headers;
	req->headers_len++;
}

static int add_follower(struct events *e, struct follower *f, struct err *err)
{
	bool room;

	pthread_mutex_lock(&e->lock);
	room = !e->closed && e->len < FOLLOWERS;
	if (room) {
		f->next = e->followers;
		e->followers = f;
		e->len++;
	}
	pthread_mutex_unlock(&e->lock);
	return room ? 0
		    : err_set(err, ERR_UNAVAILABLE,
			      "%d clients follow already; ask again later", FOLLOWERS);
}

/* GET /calanque/v1/events */
static enum handled follow(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct params p = {.call = &call};
	const struct type_q *types = NULL;
	struct follower *f;

	take_tenant(req);
	if (call_context(&call) < 0 || call_tenant(&call, false) < 0 ||
		params_type(&p, &types, &req->err) < 0)
		return HANDLED_ERROR;
	f = mem_alloc(sizeof(*f));
	*f = (struct follower){.events = call.app->events,
		.req = req,
		.tenant = call.tenant,
		.types = types};
	if (add_follower(call.app->events, f, &req->err) < 0) {
		free(f);
		return HANDLED_ERROR;
	}
	resp->status = 200;
	resp->content_type = "text/event-stream";
	resp_header(resp, "Cache-Control", "no-store");
	resp_header(resp, "X-Accel-Buffering", "no"); /* nginx: as it comes */
	strbuf_adds(&resp->body, "retry: 3000\n\n");
	resp->stream = (struct stream){pull, end, f, .live = true};
	return HANDLED;
}

struct events *events_new(struct err *err)
{
	struct events *e = mem_alloc(sizeof(*e));
	pthread_condattr_t attr;

	pthread_mutex_init(&e->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&e->wake, &attr);
	pthread_condattr_destroy(&attr);
	e->watcher = (struct change_watcher){committed, e};
	if (pthread_create(&e->beat, NULL, beat_main, e) == 0)
		return e;
	(void)err_set(err, ERR_UNAVAILABLE, "cannot start the thread of the events");
	pthread_cond_destroy(&e->wake);
	pthread_mutex_destroy(&e->lock);
	free(e);
	return NULL;
}

const struct change_watcher *events_watcher(struct events *events)
{
	return &events->watcher;
}

void events_close(struct events *e)
{
	bool closed;

	if (e == NULL)
		return;
	pthread_mutex_lock(&e->lock);
	closed = e->closed;
	e->closed = true;
	pthread_cond_signal(&e->wake);
	pthread_mutex_unlock(&e->lock);
	if (!closed)
		pthread_join(e->beat, NULL);
}

void events_free(struct events *e)
{
	if (e == NULL)
		return;
	events_close(e);
	pthread_cond_destroy(&e->wake);
	pthread_mutex_destroy(&e->lock);
	free(e);
}

static const char *const names[] = {"type", "tenant", NULL};

const struct route events_routes[] = {
	{"GET", "/calanque/v1/events", follow, NULL, ROUTE_PLAIN, names},
	{0},
};
