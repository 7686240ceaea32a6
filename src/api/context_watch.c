/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that looks after the contexts, the context lock, and what clients ask to be
 * reloaded or deleted.  A copy that expired is compared with what its origin serves now; a
 * difference is told in the log and in the metadata, and changes nothing: only
 * contexts_reload() does.
 */
#include "contexts_priv.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/log.h>
#include <base/mem.h>
#include <store/contexts.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define RETRY      (INT64_C(60) * 1000000) /* no origin is asked more often */
#define TRIM_TICKS 300

static size_t collect(
	struct context_usage *list, size_t len, struct usage *usage, struct arena *a)
{
	if (usage->id == NULL || usage->hits == 0)
		return len;
	list[len] = (struct context_usage){
		arena_strdup(a, usage->id), usage->hits, usage->last};
	usage->hits = 0;
	return len + 1;
}

/* Takes all counts; with the lock. */
static struct context_usage *take_usage(struct contexts *c, struct arena *a, size_t *len)
{
	struct context_usage *list = arena_array(a, struct context_usage,
		c->retired_len + HASH_COUNT(c->documents) + HASH_COUNT(c->compiled) +
			HASH_COUNT(c->wrappers) + 1);
	size_t n = 0;

	for (size_t i = 0; i < c->retired_len; i++) {
		n = collect(list, n, &c->retired[i], a);
		free(c->retired[i].id);
	}
	c->retired_len = 0;
	for (struct document *d = c->documents; d != NULL; d = d->hh.next)
		n = collect(list, n, &d->usage, a);
	for (struct compiled *e = c->compiled; e != NULL; e = e->hh.next)
		n = collect(list, n, &e->usage, a);
	for (struct wrapper *w = c->wrappers; w != NULL; w = w->hh.next)
		n = collect(list, n, &w->usage, a);
	*len = n;
	return list;
}

void contexts_flush(struct contexts *c)
{
	struct context_usage *list;
	struct err err = {0};
	auto_arena a = {0};
	size_t len;

	pthread_mutex_lock(&c->lock);
	list = take_usage(c, &a, &len);
	pthread_mutex_unlock(&c->lock);
	if (len == 0 || c->config.store == NULL)
		return;
	if (context_store_used(c->config.store, list, len, &err) < 0)
		log_warn("uses of @contexts are not counted: %s", err.detail);
}

static void clear(struct contexts *c)
{
	pthread_mutex_lock(&c->lock);
	contexts_clear(c);
	pthread_mutex_unlock(&c->lock);
}

/* Forgets what another broker replaced or deleted; once at the start, too, for what may
 * have changed before the first look. */
static void follow(struct contexts *c, int64_t *seen)
{
	struct err err = {0};
	int64_t now;

	if (context_store_changes(c->config.store, &now, &err) < 0 || now == *seen)
		return;
	clear(c);
	*seen = now;
}

static void tell_difference(
	const struct stored_context *old, const struct stored_context *now)
{
	if (now->differs == NULL) {
		if (old->differs != NULL)
			log_info("@context is as pinned again url=%.200s sha256=%s",
				now->url, now->sha256);
		return;
	}
	if (old->differs != NULL && strcmp(old->differs, now->differs) == 0)
		return; /* was told */
	log_warn("@context changed at its origin, the pinned copy stays until it is "
		 "reloaded "
		 "url=%.200s pinned_sha256=%s origin_sha256=%s",
		now->url, now->sha256, now->differs);
}

static void ask_origin(
	struct contexts *c, const struct stored_context *row, struct arena *a)
{
	struct stored_context now = {0};
	struct err err = {0};
	char *text = NULL;
	int64_t expires = 0, soonest;
	size_t len = 0;

	if (c->config.source.get(
		    c->config.source.self, row->url, &text, &len, &expires, &err) < 0) {
		log_info("expired @context stays: its origin does not answer: %s",
			err.detail);
		return;
	}
	soonest = clock_now() + RETRY;
	if (context_store_checked(c->config.store, row->id, text, len,
		    expires > soonest ? expires : soonest, clock_now(), a, &now,
		    &err) == 0)
		tell_difference(row, &now);
	free(text);
}

static bool stopping(struct contexts *c)
{
	bool stop;

	pthread_mutex_lock(&c->lock);
	stop = c->stop;
	pthread_mutex_unlock(&c->lock);
	return stop;
}

static void revalidate(struct contexts *c)
{
	struct stored_context *list;
	int64_t now = clock_now();
	struct err err = {0};
	auto_arena a = {0};
	size_t len;

	if (context_store_due(c->config.store, now, now + RETRY, &a, &list, &len, &err) <
		0)
		return;
	for (size_t i = 0; i < len && !stopping(c); i++)
		ask_origin(c, &list[i], &a);
}

static bool pause_for(struct contexts *c, unsigned ms)
{
	int64_t until = clock_monotonic() + ms * INT64_C(1000);
	struct timespec ts = {until / 1000000, until % 1000000 * 1000};
	bool stop;

	pthread_mutex_lock(&c->lock);
	while (!c->stop && clock_monotonic() < until)
		pthread_cond_timedwait(&c->wake, &c->lock, &ts);
	stop = c->stop;
	pthread_mutex_unlock(&c->lock);
	return !stop;
}

static void *watch(void *arg)
{
	struct contexts *c = arg;
	struct err err = {0};
	int64_t seen = -1;

	for (unsigned tick = 0; pause_for(c, c->config.tick_ms); tick++) {
		contexts_flush(c);
		follow(c, &seen);
		revalidate(c);
		if (tick % TRIM_TICKS == 0)
			(void)!context_store_trim(
				c->config.store, c->config.max_stored, &err);
	}
	return NULL;
}

void contexts_watch(struct contexts *c)
{
	assert(!c->watched && c->config.store != NULL && c->config.tick_ms > 0);
	if (pthread_create(&c->thread, NULL, watch, c) != 0)
		abort();
	c->watched = true;
}

void watch_stop(struct contexts *c)
{
	if (!c->watched)
		return;
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_broadcast(&c->wake);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);
	c->watched = false;
}

int contexts_delete(struct contexts *c, const struct stored_context *row, struct err *err)
{
	if (context_store_delete(c->config.store, row->id, err) < 0)
		return -1;
	clear(c);
	log_info("@context deleted id=%s url=%.200s sha256=%s", row->id,
		row->url != NULL ? row->url : "-", row->sha256);
	return 0;
}

int contexts_reload(struct contexts *c, const struct stored_context *row, struct err *err)
{
	struct stored_context now = {0};
	int64_t expires = 0;
	char *text = NULL;
	auto_arena a = {0};
	size_t len = 0;
	int rc;

	assert(row->kind == CONTEXT_CACHED);
	if (documents_download(c, row->url, &text, &len, &expires, err) < 0) {
		err->kind =
			ERR_CONTEXT_NOT_AVAILABLE; /* 5.13.5.4: also where it is invalid */
		return -1;
	}
	rc = context_store_replace(
		c->config.store, row->id, text, len, expires, clock_now(), &a, &now, err);
	free(text);
	if (rc < 0)
		return -1;
	clear(c);
	log_info("@context reloaded url=%.200s old_sha256=%s new_sha256=%s", row->url,
		row->sha256, now.sha256);
	return 0;
}
