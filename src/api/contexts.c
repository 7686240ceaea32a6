/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled contexts by key (a URL, or the JSON text of an inline value), and the ids of
 * those that were given a URL.  One mutex for these and the documents under them.  What is
 * compiled while the memory is cleared is used, but not kept.
 */
#include "contexts_priv.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/iri.h>
#include <base/jn.h>
#include <base/mem.h>
#include <base/metrics.h>
#include <store/contexts.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void usage_count(struct usage *usage, int64_t now)
{
	usage->hits++;
	usage->last = now;
}

void usage_retire(struct contexts *c, struct usage *usage)
{
	struct usage *r;

	if (usage->id == NULL || usage->hits == 0) {
		free(usage->id);
		*usage = (struct usage){0};
		return;
	}
	c->retired = mem_resize(c->retired, (c->retired_len + 1) * sizeof(*r));
	c->retired[c->retired_len++] = *usage;
	*usage = (struct usage){0};
}

void contexts_count(struct contexts *c, const char *id)
{
	struct usage usage = {mem_strdup(id), 1, clock_now()};

	pthread_mutex_lock(&c->lock);
	usage_retire(c, &usage);
	pthread_mutex_unlock(&c->lock);
}

static void drop_compiled(struct contexts *c, struct compiled *entry)
{
	HASH_DEL(c->compiled, entry); /* NOLINT(*unix.Malloc): it loses uthash's list */
	usage_retire(c, &entry->usage);
	context_unref(entry->context);
	free(entry->key);
	free(entry);
}

static void drop_wrapper(struct contexts *c, struct wrapper *w)
{
	HASH_DEL(c->wrappers, w); /* NOLINT(*unix.Malloc) */
	usage_retire(c, &w->usage);
	context_unref(w->context);
	free(w);
}

void contexts_clear(struct contexts *c)
{
	struct compiled *e, *e_next;
	struct wrapper *w, *w_next;

	c->generation++;
	HASH_ITER (hh, c->compiled, e, e_next)
		drop_compiled(c, e);
	HASH_ITER (hh, c->wrappers, w, w_next)
		drop_wrapper(c, w);
	documents_clear(c);
	metric_set(METRIC_contexts_cached, 0);
}

static struct context *find_compiled(struct contexts *c, const char *key)
{
	struct compiled *found;
	struct context *ctx = NULL;

	pthread_mutex_lock(&c->lock);
	HASH_FIND_STR(c->compiled, key, found);
	if (found != NULL) {
		ctx = context_ref(found->context);
		if (found->usage.id != NULL)
			usage_count(&found->usage, clock_now());
	}
	pthread_mutex_unlock(&c->lock);
	return ctx;
}

static void keep_compiled(
	struct contexts *c, const char *key, struct context *ctx, unsigned generation)
{
	struct compiled *entry;
	struct document *d;

	pthread_mutex_lock(&c->lock);
	HASH_FIND_STR(c->compiled, key, entry);
	if (entry == NULL && generation == c->generation) {
		entry = mem_alloc(sizeof(*entry));
		entry->key = mem_strdup(key);
		entry->context = context_ref(ctx);
		HASH_FIND_STR(c->documents, key, d);
		if (d != NULL && d->usage.id != NULL)
			entry->usage.id = mem_strdup(d->usage.id);
		HASH_ADD_KEYPTR(hh, c->compiled, entry->key, strlen(entry->key), entry);
	}
	if (HASH_COUNT(c->compiled) > c->config.max_cached)
		drop_compiled(c, c->compiled);
	metric_set(METRIC_contexts_cached, (int64_t)HASH_COUNT(c->compiled));
	pthread_mutex_unlock(&c->lock);
}

static struct context *compile(
	struct contexts *c, const char *key, const json_t *value, struct err *err)
{
	struct context_loader loader = {documents_load, c};
	struct context *ctx;
	unsigned generation;

	pthread_mutex_lock(&c->lock);
	generation = c->generation;
	pthread_mutex_unlock(&c->lock);
	ctx = context_new(value, &loader, err);
	if (ctx != NULL)
		keep_compiled(c, key, ctx, generation);
	return ctx;
}

bool contexts_known(struct contexts *c, const char *url)
{
	struct compiled *found;

	if (context_is_core_url(url))
		return true;
	pthread_mutex_lock(&c->lock);
	HASH_FIND_STR(c->compiled, url, found);
	pthread_mutex_unlock(&c->lock);
	return found != NULL;
}

struct context *contexts_by_url(struct contexts *c, const char *url, struct err *err)
{
	struct context *ctx;
	json_t *value;

	if (context_is_core_url(url))
		return context_core();
	ctx = find_compiled(c, url);
	if (ctx != NULL)
		return ctx;
	value = json_string(url);
	if (value == NULL) {
		err_set(err, ERR_BAD_REQUEST_DATA,
			"the URL of the @context is not UTF-8");
		return NULL;
	}
	ctx = compile(c, url, value, err);
	json_decref(value);
	return ctx;
}

struct context *contexts_by_value(
	struct contexts *c, const struct jn *value, struct arena *a, struct err *err)
{
	const char *key = jn_str(value, a);
	struct context *ctx;
	json_error_t why;
	json_t *json;

	if (key != NULL)
		return contexts_by_url(c, key, err);
	key = jn_text(value, a);
	ctx = find_compiled(c, key);
	if (ctx != NULL)
		return ctx;
	json = json_loads(key, JSON_DECODE_ANY, &why);
	if (json == NULL) {
		err_set(err, ERR_BAD_REQUEST_DATA, "@context: %s", why.text);
		return NULL;
	}
	ctx = compile(c, key, json, err);
	json_decref(json);
	return ctx;
}

struct context *contexts_get(
	void *self, const struct jn *value, struct arena *a, struct err *err)
{
	return contexts_by_value(self, value, a, err);
}

struct context *contexts_default(struct contexts *c)
{
	return context_ref(c->standard);
}

const char *contexts_local_id(const char *url, struct arena *a)
{
	const char *path = url, *id;

	if (strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0) {
		path = strstr(url, "://") + 3;
		path += strcspn(path, "/?#");
	}
	if (strncmp(path, CONTEXTS_PATH, strlen(CONTEXTS_PATH)) != 0)
		return NULL;
	id = path + strlen(CONTEXTS_PATH);
	if (*id == '\0' || id[strcspn(id, "/?#")] != '\0')
		return NULL;
	return iri_decode(a, id, strlen(id), false);
}

static const char *find_wrapper(
	struct contexts *c, const struct context *ctx, struct arena *a)
{
	const char *id = NULL;
	struct wrapper *w;

	pthread_mutex_lock(&c->lock);
	HASH_FIND_PTR(c->wrappers, &ctx, w);
	if (w != NULL) {
		id = arena_strdup(a, w->usage.id);
		usage_count(&w->usage, clock_now());
	}
	pthread_mutex_unlock(&c->lock);
	return id;
}

static void keep_wrapper(
	struct contexts *c, struct context *ctx, const char *id, unsigned generation)
{
	struct wrapper *w;

	pthread_mutex_lock(&c->lock);
	HASH_FIND_PTR(c->wrappers, &ctx, w);
	if (w == NULL && generation == c->generation) {
		w = mem_alloc(sizeof(*w));
		w->context = context_ref(ctx);
		w->usage = (struct usage){mem_strdup(id), 1, clock_now()};
		HASH_ADD_PTR(c->wrappers, context, w);
	}
	if (HASH_COUNT(c->wrappers) > c->config.max_cached)
		drop_wrapper(c, c->wrappers);
	pthread_mutex_unlock(&c->lock);
}

const char *contexts_host(
	struct contexts *c, struct context *ctx, struct arena *a, struct err *err)
{
	const char *id = find_wrapper(c, ctx, a);
	unsigned generation;
	json_t *document;
	char *text;
	int rc;

	if (id != NULL)
		return id;
	if (c->config.store == NULL) {
		err_set(err, ERR_UNAVAILABLE,
			"there is no database to host an @context in");
		return NULL;
	}
	pthread_mutex_lock(&c->lock);
	generation = c->generation;
	pthread_mutex_unlock(&c->lock);
	document = json_pack("{s:O}", "@context", context_value(ctx));
	text = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
	assert(text != NULL);
	rc = context_store_host(c->config.store, CONTEXT_IMPLICIT, text, strlen(text),
		clock_now(), a, &id, err);
	free(text);
	json_decref(document);
	if (rc < 0)
		return NULL;
	keep_wrapper(c, ctx, id, generation);
	return id;
}

int64_t contexts_started(const struct contexts *c)
{
	return c->started;
}

struct contexts *contexts_new(const struct contexts_config *config, struct err *err)
{
	struct contexts *c = mem_alloc(sizeof(*c));
	pthread_condattr_t attr;

	c->config = *config;
	c->started = clock_now();
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->landed, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->wake, &attr);
	pthread_condattr_destroy(&attr);
	c->standard = contexts_by_url(c, config->default_url, err);
	if (c->standard == NULL) {
		err_wrap(err, "default context");
		contexts_free(c);
		return NULL;
	}
	return c;
}

void contexts_free(struct contexts *c)
{
	if (c == NULL)
		return;
	watch_stop(c);
	contexts_clear(c);
	contexts_flush(c);
	documents_free(c);
	context_unref(c->standard);
	pthread_cond_destroy(&c->wake);
	pthread_cond_destroy(&c->landed);
	pthread_mutex_destroy(&c->lock);
	for (size_t i = 0; i < c->retired_len; i++)
		free(c->retired[i].id);
	free(c->retired);
	free(c);
}
