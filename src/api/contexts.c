/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two maps under one mutex: documents by URL, and compiled contexts by key (a URL, or the
 * JSON text of an inline value).  A download happens outside the mutex; its URL is marked
 * so that others wait for it instead of repeating it.
 */
#include <api/contexts.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/jn.h>
#include <base/metrics.h>

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* uthash's usual function falls through its cases in a way that clang objects to. */
#define HASH_FUNCTION(key, len, hash) HASH_OAT(key, len, hash)
#include <uthash.h>

struct document {
	char *url;
	json_t *json; /* NULL: its download is under way */
	UT_hash_handle hh;
};

struct compiled {
	char *key;
	struct context *context;
	UT_hash_handle hh; /* in the order of arrival: the oldest first */
};

struct contexts {
	struct contexts_config config;
	pthread_mutex_t lock; /* guards all below; never held across a download */
	pthread_cond_t landed;
	struct document *documents;
	struct compiled *compiled;
	struct context *standard;
};

static void document_free(struct contexts *c, struct document *d)
{
	HASH_DEL(c->documents, d);
	json_decref(d->json);
	free(d->url);
	free(d);
}

/* Finds a document or makes room for it; `*mine` says that the caller is to fetch it.
 * Called and left with the lock. */
static struct document *claim(struct contexts *c, const char *url, bool *mine)
{
	struct document *d;

	for (;;) {
		HASH_FIND_STR(c->documents, url, d);
		if (d == NULL)
			break;
		*mine = false;
		if (d->json != NULL)
			return d;
		pthread_cond_wait(&c->landed, &c->lock);
	}
	d = calloc(1, sizeof(*d));
	assert(d != NULL);
	d->url = strdup(url);
	assert(d->url != NULL);
	HASH_ADD_KEYPTR(hh, c->documents, d->url, strlen(d->url), d);
	*mine = true;
	return d;
}

/* The loader that core gets: built in, already here, or fetched once. */
static int load(void *self, const char *url, json_t **out, struct err *err)
{
	struct contexts *c = self;
	const json_t *builtin = context_builtin(url);
	struct document *d;
	json_t *json = NULL;
	bool mine;
	int rc = 0;

	if (builtin != NULL) {
		*out = json_incref((json_t *)builtin);
		return 0;
	}
	pthread_mutex_lock(&c->lock);
	d = claim(c, url, &mine);
	if (mine) {
		pthread_mutex_unlock(&c->lock);
		rc = c->config.fetch.load(c->config.fetch.self, url, &json, err);
		pthread_mutex_lock(&c->lock);
		d->json = json;
		if (rc < 0)
			document_free(c, d);
		pthread_cond_broadcast(&c->landed);
	}
	if (rc == 0)
		*out = json_incref(d->json);
	pthread_mutex_unlock(&c->lock);
	return rc;
}

static struct context *find_compiled(struct contexts *c, const char *key)
{
	struct compiled *found;
	struct context *ctx = NULL;

	pthread_mutex_lock(&c->lock);
	HASH_FIND_STR(c->compiled, key, found);
	if (found != NULL)
		ctx = context_ref(found->context);
	pthread_mutex_unlock(&c->lock);
	return ctx;
}

static void keep_compiled(struct contexts *c, const char *key, struct context *ctx)
{
	struct compiled *entry;

	pthread_mutex_lock(&c->lock);
	HASH_FIND_STR(c->compiled, key, entry);
	if (entry == NULL) {
		entry = calloc(1, sizeof(*entry));
		assert(entry != NULL);
		entry->key = strdup(key);
		assert(entry->key != NULL);
		entry->context = context_ref(ctx);
		HASH_ADD_KEYPTR(hh, c->compiled, entry->key, strlen(entry->key), entry);
	}
	if (HASH_COUNT(c->compiled) > c->config.max_cached) {
		struct compiled *oldest = c->compiled;

		HASH_DEL(c->compiled, oldest);
		context_unref(oldest->context);
		free(oldest->key);
		free(oldest);
	}
	metric_set(METRIC_contexts_cached, (int64_t)HASH_COUNT(c->compiled));
	pthread_mutex_unlock(&c->lock);
}

static struct context *compile(struct contexts *c, const char *key, const json_t *value,
	struct err *err)
{
	struct context_loader loader = {load, c};
	struct context *ctx = context_new(value, &loader, err);

	if (ctx != NULL)
		keep_compiled(c, key, ctx);
	return ctx;
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
		err_set(err, ERR_BAD_REQUEST_DATA, "the URL of the @context is not UTF-8");
		return NULL;
	}
	ctx = compile(c, url, value, err);
	json_decref(value);
	return ctx;
}

struct context *contexts_by_value(struct contexts *c, const struct jn *value,
	struct arena *a, struct err *err)
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

struct context *contexts_default(struct contexts *c)
{
	return context_ref(c->standard);
}

struct contexts *contexts_new(const struct contexts_config *config, struct err *err)
{
	struct contexts *c = calloc(1, sizeof(*c));

	assert(c != NULL);
	c->config = *config;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->landed, NULL);
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
	struct document *d, *d_next;
	struct compiled *e, *e_next;

	if (c == NULL)
		return;
	HASH_ITER(hh, c->compiled, e, e_next) {
		HASH_DEL(c->compiled, e);
		context_unref(e->context);
		free(e->key);
		free(e);
	}
	HASH_ITER(hh, c->documents, d, d_next)
		document_free(c, d);
	context_unref(c->standard);
	pthread_cond_destroy(&c->landed);
	pthread_mutex_destroy(&c->lock);
	free(c);
}
