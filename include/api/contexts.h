/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The @contexts that requests name: built in, hosted here, downloaded once and kept, or
 * written in a body.  Compiled once each and shared.  Any thread; two requests that need
 * the same unknown URL cause one download.
 *
 * Documents and the SHA-256 by which a download is pinned stand in the database
 * (store/contexts.h); what is in memory is a cache of it, brought up to date by a thread
 * that also counts uses and asks the origins of expired copies whether they changed.
 */
#ifndef API_CONTEXTS_H
#define API_CONTEXTS_H

#include <base/attr.h>
#include <core/context.h>

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct context_store;
struct contexts;
struct err;
struct jn;
struct stored_context;

/* The network, or what stands for it.  *text: the bytes of a JSON object with a member
 * "@context", NUL-terminated, to be freed; *expires: us since 1970, 0 where nobody said.
 * Errors as struct context_loader. */
struct context_source {
	int (*get)(void *self, const char *url, char **text, size_t *len,
		int64_t *expires, struct err *err);
	void *self;
};

struct contexts_config {
	struct context_source source;
	struct context_store *store; /* borrowed; NULL: memory only, nothing is hosted */
	const char *default_url; /* for requests that name none */
	unsigned max_cached; /* of each kind of thing in memory; the oldest go */
	unsigned failure_ms; /* for which a URL that failed is not asked again */
	unsigned tick_ms; /* between two looks of the thread */
	int64_t max_stored; /* that nobody asked to store; beyond, the unused go */
};

/* NULL with err set where the default context cannot be had. */
struct contexts *contexts_new(
	const struct contexts_config *config, struct err *err) must_check;
/* The thread that looks after them; once.  contexts_free() ends it. */
void contexts_watch(struct contexts *c);
void contexts_free(struct contexts *c); /* NULL is fine */

/* New references.  Errors: CONTEXT_NOT_AVAILABLE, BAD_REQUEST_DATA, those of the store. */
struct context *contexts_default(struct contexts *c);
/* A URL, or the id of a context that is hosted here.  A known one costs one look-up. */
struct context *contexts_by_url(
	struct contexts *c, const char *url, struct err *err) must_check;
/* Is that all?  Else it may have to be fetched. */
bool contexts_known(struct contexts *c, const char *url);
/* The value of an "@context" member: URL, object, or array of both. */
struct context *contexts_by_value(struct contexts *c, const struct jn *value,
	struct arena *a, struct err *err) must_check;

/* The same as struct subscription_contexts (core/subscription.h) has it; `self` is the
 * struct contexts. */
struct context *contexts_get(
	void *self, const struct jn *value, struct arena *a, struct err *err) must_check;

/* How the request that the calling thread serves reached us ("http://host:port", borrowed),
 * until it says NULL: what has such a URL and is not hosted is not asked for over HTTP. */
void contexts_reached_as(const char *base);

/* Every context that is hosted here has the URL http://…CONTEXTS_PATH<id>. */
#define CONTEXTS_PATH "/ngsi-ld/v1/jsonldContexts/"
/* The id in such a URL, or in its path alone; NULL where it is none. */
const char *contexts_local_id(const char *url, struct arena *a);
/* The id under which a context without URL is hosted from now on (ImplicitlyCreated, 5.13.1);
 * NULL with err set.  Known ones cost one look-up. */
const char *contexts_host(struct contexts *c, struct context *ctx, struct arena *a,
	struct err *err) must_check;
/* Is the document's "@context" one that could be used?  Asks nobody.  BAD_REQUEST_DATA. */
int contexts_check(const json_t *document, struct err *err) must_check;

/* What /jsonldContexts does to the cache.  NOT_FOUND, and for reload CONTEXT_NOT_AVAILABLE. */
int contexts_delete(
	struct contexts *c, const struct stored_context *row, struct err *err) must_check;
int contexts_reload(
	struct contexts *c, const struct stored_context *row, struct err *err) must_check;
/* Writes the counts of uses so far to the store; counts one more. */
void contexts_flush(struct contexts *c);
void contexts_count(struct contexts *c, const char *id);
/* When the cache was made, us since 1970. */
int64_t contexts_started(const struct contexts *c);

#endif
