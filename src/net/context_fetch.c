/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET, or the origin map's file in its place; then the same checks for both.  HTTP clients
 * are lent to the calling thread and come back for the next one, so that connections to
 * the few servers of @contexts stay open.
 */
#include <net/context_fetch.h>

#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <base/metrics.h>
#include <net/client.h>

#include "expiry.h"
#include "origin_map.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SPARE_CLIENTS  8
#define RETRY_AFTER_MS 100

struct context_fetch {
	struct client_config client;
	const char *trusted;
	struct origin_map *map;
	atomic_bool stop;
	pthread_mutex_t lock; /* guards spare, spares */
	struct client *spare[SPARE_CLIENTS];
	size_t spares;
};

struct context_fetch *context_fetch_new(
	const struct context_fetch_config *config, struct err *err)
{
	struct context_fetch *f = calloc(1, sizeof(*f));

	if (f == NULL)
		abort();
	(void)pthread_mutex_init(&f->lock, NULL);
	f->client = (struct client_config){
		.connect_ms = config->connect_ms,
		.total_ms = config->total_ms != 0 ? config->total_ms : 10000,
		.max_body = config->max_bytes != 0 ? config->max_bytes : (size_t)4 << 20,
		.redirects = 5,
		.user_agent = config->user_agent,
		.stop = &f->stop,
		.guard = config->guard,
	};
	f->trusted = config->trusted;
	if (config->map == NULL)
		return f;
	f->map = origin_map_load(config->map, err);
	if (f->map != NULL)
		return f;
	context_fetch_free(f);
	return NULL;
}

void context_fetch_free(struct context_fetch *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->spares; i++)
		client_free(f->spare[i]);
	origin_map_free(f->map);
	(void)pthread_mutex_destroy(&f->lock);
	free(f);
}

void context_fetch_stop(struct context_fetch *f)
{
	if (f != NULL)
		atomic_store(&f->stop, true);
}

static struct client *borrow(struct context_fetch *f)
{
	struct client *c = NULL;

	(void)pthread_mutex_lock(&f->lock);
	if (f->spares > 0)
		c = f->spare[--f->spares];
	(void)pthread_mutex_unlock(&f->lock);
	return c != NULL ? c : client_new(&f->client);
}

static void give_back(struct context_fetch *f, struct client *c)
{
	(void)pthread_mutex_lock(&f->lock);
	if (f->spares < SPARE_CLIENTS) {
		f->spare[f->spares++] = c;
		c = NULL;
	}
	(void)pthread_mutex_unlock(&f->lock);
	client_free(c);
}

/* Of its own, and not kept: its connections are for nobody else. */
static struct client *unguarded(const struct context_fetch *f)
{
	struct client_config config = f->client;

	config.guard = NULL;
	return client_new(&config);
}

static int not_available(const char *url, struct err *err, const char *why)
{
	return err_set(err, ERR_CONTEXT_NOT_AVAILABLE, "@context %.140s: %s", url, why);
}

/* Worth asking again: what a server that restarts does. */
static bool is_passing(const struct client *c, int rc, int status)
{
	enum client_failure failure = client_failure(c);

	if (rc < 0)
		return failure == CLIENT_BROKEN || failure == CLIENT_REFUSED;
	return status == 502 || status == 503 || status == 504;
}

static int get(
	struct client *c, const char *url, struct client_reply *reply, struct err *err)
{
	static const char *const headers[] = {
		"Accept: application/ld+json, application/json;q=0.9, */*;q=0.1", NULL};
	static const struct timespec pause = {.tv_nsec = RETRY_AFTER_MS * 1000000L};
	struct client_request request = {.method = "GET", .url = url, .headers = headers};
	struct err first = {0}, second = {0};
	int rc = client_send(c, &request, reply, &first);

	if (is_passing(c, rc, reply->status)) {
		(void)nanosleep(&pause, NULL);
		rc = client_send(c, &request, reply, &second);
	}
	if (rc < 0) {
		const struct err *last = second.kind != ERR_NONE ? &second : &first;

		return err_set(err,
			last->kind == ERR_BAD_REQUEST_DATA ? last->kind
							   : ERR_CONTEXT_NOT_AVAILABLE,
			"@context %s", last->detail);
	}
	if (reply->status < 200 || reply->status > 299)
		return err_set(err, ERR_CONTEXT_NOT_AVAILABLE,
			"@context %.140s: the server answered with status %d", url,
			reply->status);
	return 0;
}

static int download(struct context_fetch *f, const char *url, struct strbuf *text,
	char *media, size_t media_size, int64_t *expires, struct err *err)
{
	bool trusted = f->trusted != NULL && strcmp(url, f->trusted) == 0;
	struct client *c = trusted ? unguarded(f) : borrow(f);
	struct client_reply reply = {0};
	const char *type;
	int rc = get(c, url, &reply, err);

	if (rc == 0) {
		*expires = expiry(c, clock_now());
		type = client_header(c, "Content-Type");
		(void)snprintf(media, media_size, "%.*s",
			type != NULL ? (int)strcspn(type, "; ") : 0,
			type != NULL ? type : "");
		*text = reply.body;
		reply.body = (struct strbuf){0};
	}
	client_reply_fini(&reply);
	if (trusted)
		client_free(c);
	else
		give_back(f, c);
	return rc;
}

/* The file that the origin map names. */
static int read_file(struct context_fetch *f, const char *url, const char *file,
	struct strbuf *text, struct err *err)
{
	FILE *in = fopen(file, "re");
	char buf[8192];
	size_t len;
	int rc = 0;

	if (in == NULL) {
		log_warn("context map: cannot read file=%s errno=%d", file, errno);
		return not_available(
			url, err, "the file that the context map names is gone");
	}
	while (rc == 0 && (len = fread(buf, 1, sizeof(buf), in)) > 0) {
		strbuf_add(text, buf, len);
		if (text->len > f->client.max_body)
			rc = err_set(err, ERR_CONTEXT_NOT_AVAILABLE,
				"@context %.140s: the file is larger than %zu bytes", url,
				f->client.max_body);
	}
	if (rc == 0 && ferror(in))
		rc = not_available(
			url, err, "the file that the context map names cannot be read");
	(void)fclose(in);
	return rc;
}

static json_t *parse(
	const char *url, const struct strbuf *text, const char *media, struct err *err)
{
	static const char bom[] = "\xef\xbb\xbf";
	const char *p = text->data != NULL ? text->data : "";
	size_t len = text->len;
	json_error_t at;
	json_t *json;

	if (len >= 3 && memcmp(p, bom, 3) == 0) {
		p += 3;
		len -= 3;
	}
	json = json_loadb(p, len, 0, &at);
	if (json == NULL) {
		bool says_otherwise = media[0] != '\0' && strstr(media, "json") == NULL;

		(void)err_set(err, ERR_BAD_REQUEST_DATA,
			"@context %.140s: the document is no JSON (line %d)%s%.40s", url,
			at.line, says_otherwise ? " but " : "",
			says_otherwise ? media : "");
		return NULL;
	}
	if (json_object_get(json, "@context") != NULL)
		return json;
	json_decref(json);
	(void)err_set(err, ERR_BAD_REQUEST_DATA,
		"@context %.140s: the document is no JSON object with a member "
		"\"@context\"",
		url);
	return NULL;
}

static int fetch(struct context_fetch *f, const char *url, struct context_document *out,
	struct err *err)
{
	const char *file = origin_map_find(f->map, url);
	auto_strbuf text = {0};
	char media[64] = "";
	int64_t expires = 0;
	json_t *json;
	int rc = file != NULL
		? read_file(f, url, file, &text, err)
		: download(f, url, &text, media, sizeof(media), &expires, err);

	if (rc < 0)
		return -1;
	json = parse(url, &text, media, err);
	if (json == NULL)
		return -1;
	out->json = json;
	out->text = strbuf_steal(&text, &out->len);
	out->expires = expires;
	out->mapped = file != NULL;
	return 0;
}

int context_fetch(struct context_fetch *f, const char *url, struct context_document *out,
	struct err *err)
{
	if (fetch(f, url, out, err) < 0) {
		metric_add(METRIC_contexts_failed_total, 1);
		return -1;
	}
	metric_add(METRIC_contexts_fetched_total, 1);
	log_info("@context fetched url=%.200s bytes=%zu mapped=%d", url, out->len,
		out->mapped);
	return 0;
}

int context_fetch_load(void *self, const char *url, json_t **out, struct err *err)
{
	auto_context_document doc = {0};

	if (context_fetch(self, url, &doc, err) < 0)
		return -1;
	*out = json_incref(doc.json);
	return 0;
}

void context_document_fini(struct context_document *doc)
{
	json_decref(doc->json);
	free(doc->text);
	*doc = (struct context_document){0};
}
