/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents by URL: from memory, from the store, or downloaded and pinned there.  I/O
 * happens outside the mutex; its URL is marked so that others wait for it instead of
 * repeating it.  A failure is remembered for a moment, so that a server of contexts that
 * is dead stalls nobody twice.  Who compiles gets a copy: jansson counts references
 * atomically, but looks at the count plainly, and a thread sanitizer would complain.
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
#include <strings.h>

/* Where the server does not say when its document expires (6.3.16). */
#define HEURISTIC_EXPIRY (INT64_C(24) * 3600 * 1000000)

/* What a thread got from outside. */
struct catch
{
	json_t *json;
	char *id; /* in the store; NULL: not there */
};

static void drop(struct contexts *c, struct document *d)
{
	HASH_DEL(c->documents, d);
	usage_retire(c, &d->usage);
	json_decref(d->json);
	free(d->url);
	free(d);
}

void documents_clear(struct contexts *c)
{
	struct document *d, *next;

	HASH_ITER (hh, c->documents, d, next) {
		if (d->state != DOCUMENT_COMING)
			drop(c, d);
	}
}

void documents_free(struct contexts *c)
{
	struct document *d, *next;

	HASH_ITER (hh, c->documents, d, next)
		drop(c, d);
}

/* Room for one more: the oldest goes. */
static void make_room(struct contexts *c)
{
	struct document *d, *next;

	if (HASH_COUNT(c->documents) < c->config.max_cached)
		return;
	HASH_ITER (hh, c->documents, d, next) {
		if (d->state != DOCUMENT_COMING) {
			drop(c, d);
			return;
		}
	}
}

/* Finds what is here or failed just now, after waiting for what is coming; else marks the
 * URL as coming: `*mine` says that the caller is to get it.  With the lock. */
static struct document *claim(struct contexts *c, const char *url, bool *mine)
{
	struct document *d;

	for (;;) {
		HASH_FIND_STR(c->documents, url, d);
		if (d == NULL || d->state != DOCUMENT_COMING)
			break;
		pthread_cond_wait(&c->landed, &c->lock);
	}
	*mine = d == NULL ||
		(d->state == DOCUMENT_FAILED && d->until <= clock_monotonic());
	if (d == NULL) {
		make_room(c);
		d = mem_alloc(sizeof(*d));
		d->url = mem_strdup(url);
		HASH_ADD_KEYPTR(hh, c->documents, d->url, strlen(d->url), d);
	}
	if (*mine)
		d->state = DOCUMENT_COMING;
	return d;
}

/* Ends what claim() began.  With the lock. */
static void land(struct contexts *c, struct document *d, const struct catch *caught,
	const struct err *err)
{
	if (caught->json != NULL) {
		d->state = DOCUMENT_HERE;
		d->json = json_deep_copy(caught->json);
		if (caught->id != NULL)
			d->usage = (struct usage){mem_strdup(caught->id), 1, clock_now()};
	} else {
		d->state = DOCUMENT_FAILED;
		d->err = *err;
		d->until = err->kind == ERR_UNAVAILABLE /* our own database */
			? 0
			: clock_monotonic() + c->config.failure_ms * INT64_C(1000);
	}
	pthread_cond_broadcast(&c->landed);
}

static int parse(
	const char *url, const char *text, size_t len, json_t **out, struct err *err)
{
	bool bom = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
	json_t *json = json_loadb(text + (bom ? 3 : 0), len - (bom ? 3 : 0), 0, NULL);

	if (json == NULL)
		return err_set(
			err, ERR_INTERNAL, "@context %.140s is stored corrupt", url);
	*out = json;
	return 0;
}

/* Loads `url` as `document`, and whatever that names as an empty context. */
struct probe {
	const char *url;
	json_t *document;
};

static int probe_load(void *self, const char *url, json_t **out, struct err *err)
{
	const struct probe *p = self;

	if (p->url != NULL && strcmp(url, p->url) == 0)
		*out = json_incref(p->document);
	else
		*out = json_pack("{s:{}}", "@context");
	return 0;
}

int contexts_check(const json_t *document, struct err *err)
{
	struct probe probe = {0};
	struct context_loader loader = {probe_load, &probe};
	struct context *ctx =
		context_new(json_object_get(document, "@context"), &loader, err);

	if (ctx == NULL)
		return -1;
	context_unref(ctx);
	return 0;
}

static int check_download(const char *url, const char *text, size_t len, struct err *err)
{
	struct probe probe = {.url = url};
	struct context_loader loader = {probe_load, &probe};
	struct context *ctx = NULL;
	json_t *value = json_string(url);

	assert(value != NULL);
	if (parse(url, text, len, &probe.document, err) == 0) {
		ctx = context_new(value, &loader, err);
		json_decref(probe.document);
	}
	json_decref(value);
	if (ctx == NULL)
		return -1;
	context_unref(ctx);
	return 0;
}

int documents_download(struct contexts *c, const char *url, char **text, size_t *len,
	int64_t *expires, struct err *err)
{
	if (c->config.source.get(c->config.source.self, url, text, len, expires, err) < 0)
		return -1;
	if (check_download(url, *text, *len, err) < 0) {
		free(*text);
		*text = NULL;
		return -1;
	}
	if (*expires == 0)
		*expires = clock_now() + HEURISTIC_EXPIRY;
	return 0;
}

static int download(
	struct contexts *c, const char *url, struct catch *out, struct err *err)
{
	struct stored_context row = {0};
	char *text = NULL;
	int64_t expires = 0;
	auto_arena a = {0};
	size_t len = 0;
	int rc;

	if (strlen(url) > CONTEXT_URL_MAX)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"@context %.60s...: the URL is longer than %d bytes", url,
			CONTEXT_URL_MAX);
	if (documents_download(c, url, &text, &len, &expires, err) < 0)
		return -1;
	if (c->config.store == NULL) {
		rc = parse(url, text, len, &out->json, err);
		free(text);
		return rc;
	}
	rc = context_store_pin(
		c->config.store, url, text, len, expires, clock_now(), &a, &row, err);
	free(text);
	if (rc < 0 || parse(url, row.document, row.len, &out->json, err) < 0)
		return -1;
	out->id = mem_strdup(row.id);
	log_info("@context pinned url=%.200s sha256=%s", url, row.sha256);
	return 0;
}

/* 0 and out->json NULL where the store does not have it. */
static int from_store(
	struct contexts *c, const char *name, struct catch *out, struct err *err)
{
	struct stored_context row = {0};
	struct err why = {0};
	auto_arena a = {0};

	if (c->config.store == NULL)
		return 0;
	if (context_store_find(c->config.store, name, &a, &row, &why) < 0) {
		if (why.kind == ERR_NOT_FOUND)
			return 0;
		*err = why;
		return -1;
	}
	if (parse(name, row.document, row.len, &out->json, err) < 0)
		return -1;
	out->id = mem_strdup(row.id);
	return 0;
}

static _Thread_local const char *reached_as;

void contexts_reached_as(const char *base)
{
	reached_as = base;
}

/* "host:port" of a URL. */
static const char *authority(const char *url, size_t *len)
{
	const char *p = strstr(url, "://");

	p = p != NULL ? p + 3 : url;
	*len = strcspn(p, "/?#");
	return p;
}

static bool is_loopback(const char *host)
{
	return strncasecmp(host, "localhost", 9) == 0 || strncmp(host, "127.", 4) == 0 ||
		strncmp(host, "[::1]", 5) == 0;
}

/* Would it be ourselves who answer? */
static bool is_ours(const char *url)
{
	const char *theirs, *ours, *port;
	size_t len, ours_len, port_len;

	if (reached_as == NULL)
		return false;
	theirs = authority(url, &len);
	ours = authority(reached_as, &ours_len);
	if (len == ours_len && strncasecmp(theirs, ours, len) == 0)
		return true;
	port = strrchr(ours, ':');
	port_len = port != NULL ? strlen(port) : 0;
	return is_loopback(theirs) && port_len > 0 && len > port_len &&
		strncmp(theirs + len - port_len, port, port_len) == 0;
}

/* From outside; `url` may be an id.  A URL of ours is looked up by its id, whatever the
 * host is called. */
static int obtain(struct contexts *c, const char *url, const char *id, struct catch *out,
	struct err *err)
{
	if (id != NULL && (from_store(c, id, out, err) < 0 || out->json != NULL))
		return out->json != NULL ? 0 : -1;
	if (from_store(c, url, out, err) < 0 || out->json != NULL)
		return out->json != NULL ? 0 : -1;
	if (strncmp(url, CONTEXT_ID_PREFIX, strlen(CONTEXT_ID_PREFIX)) == 0 ||
		(id != NULL && is_ours(url)))
		return err_set(err, ERR_CONTEXT_NOT_AVAILABLE,
			"@context %.150s is not hosted here", url);
	return download(c, url, out, err);
}

static int obtain_once(struct contexts *c, const char *url, const char *id, json_t **out,
	struct err *err)
{
	struct catch caught = {0};
	struct err why = {0};
	struct document *d;
	unsigned generation;
	int rc = 0;
	bool mine;

	pthread_mutex_lock(&c->lock);
	d = claim(c, url, &mine);
	if (mine) {
		generation = c->generation;
		pthread_mutex_unlock(&c->lock);
		rc = obtain(c, url, id, &caught, &why);
		pthread_mutex_lock(&c->lock);
		land(c, d, &caught, &why);
	} else if (d->state == DOCUMENT_HERE) {
		caught.json = json_deep_copy(d->json);
		usage_count(&d->usage, clock_now());
		generation = c->generation;
	} else {
		why = d->err;
		rc = -1;
		generation = c->generation;
	}
	if (generation != c->generation)
		drop(c, d); /* it may be what was replaced meanwhile */
	pthread_mutex_unlock(&c->lock);
	free(caught.id);
	if (rc < 0)
		*err = why;
	else
		*out = caught.json;
	return rc;
}

int documents_load(void *self, const char *url, json_t **out, struct err *err)
{
	auto_arena a = {0};
	const char *id = contexts_local_id(url, &a);
	const json_t *builtin = context_builtin(id != NULL ? id : url);

	if (builtin == NULL)
		return obtain_once(self, url, id, out, err);
	*out = json_deep_copy(builtin);
	return 0;
}
