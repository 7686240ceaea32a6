/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the compiled contexts (contexts.c), their documents (context_documents.c) and the
 * thread that looks after both (context_watch.c) share.
 */
#ifndef API_CONTEXTS_PRIV_H
#define API_CONTEXTS_PRIV_H

#include <api/contexts.h>
#include <base/err.h>
#include <base/map.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Clients choose the keys; uthash's own function is not seeded. */
#define HASH_FUNCTION(key, len, hash)                                                    \
	((hash) = (unsigned)map_hash((const char *)(key), len))
#include <uthash.h>

/* Uses of a stored context since they were last written. */
struct usage {
	char *id; /* NULL: nothing that is stored */
	int64_t hits, last;
};

enum document_state {
	DOCUMENT_COMING, /* some thread gets it */
	DOCUMENT_HERE,
	DOCUMENT_FAILED,
};

struct document {
	char *url;
	enum document_state state;
	json_t *json; /* HERE */
	struct err err; /* FAILED */
	int64_t until; /* FAILED: clock_monotonic() */
	struct usage usage;
	UT_hash_handle hh;
};

struct compiled {
	char *key; /* a URL, or the JSON text of an inline value */
	struct context *context;
	struct usage usage; /* of the document, where there is just one */
	UT_hash_handle hh; /* in the order of arrival: the oldest first */
};

/* A context without a URL that was given one. */
struct wrapper {
	struct context *context; /* the key; the reference keeps the address its own */
	struct usage usage;
	UT_hash_handle hh;
};

struct contexts {
	struct contexts_config config;
	int64_t started;
	struct context *standard;
	pthread_mutex_t lock; /* guards all below; never held across I/O */
	pthread_cond_t landed;
	struct document *documents;
	struct compiled *compiled;
	struct wrapper *wrappers;
	struct usage *retired; /* counts of what is no longer in memory */
	size_t retired_len;
	unsigned generation; /* counted up when the memory is cleared */
	/* context_watch.c */
	pthread_cond_t wake;
	pthread_t thread;
	bool watched, stop;
};

/* contexts.c; with the lock */
void usage_count(struct usage *usage, int64_t now);
void usage_retire(struct contexts *c, struct usage *usage);
/* Forgets what was read from the store, but for what is under way. */
void contexts_clear(struct contexts *c);

/* context_documents.c */
/* struct context_loader's function; `self` is the struct contexts. */
int documents_load(void *self, const char *url, json_t **out, struct err *err) must_check;
void documents_clear(struct contexts *c); /* with the lock */
void documents_free(struct contexts *c);
/* Downloads and checks; *text is to be freed. */
int documents_download(struct contexts *c, const char *url, char **text, size_t *len,
	int64_t *expires, struct err *err) must_check;

/* context_watch.c */
void watch_stop(struct contexts *c);

#endif
