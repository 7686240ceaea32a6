/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The @contexts in the database, 5.13: those that clients put here, copies of those that
 * were downloaded, and those that the broker made for a Link header.  A copy is pinned by
 * its SHA-256: only context_store_replace() changes it.  They belong to no tenant.
 *
 * One connection under a mutex, opened at the first use; any thread.  Times are
 * microseconds since 1970.  Errors are those of pg_fail(), unless said otherwise.
 */
#ifndef STORE_CONTEXTS_H
#define STORE_CONTEXTS_H

#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct context_store; /* opaque */
struct err;
struct pg_config;

enum context_kind {
	CONTEXT_ANY = -1, /* for lists */
	CONTEXT_CACHED,
	CONTEXT_HOSTED,
	CONTEXT_IMPLICIT,
};
/* As 5.13.1 spells it: "Cached", "Hosted", "ImplicitlyCreated". */
const char *context_kind_name(enum context_kind kind);
/* false where it is none of the names. */
bool context_kind_of(const char *name, enum context_kind *out);

struct stored_context {
	enum context_kind kind;
	const char *id; /* CONTEXT_ID_PREFIX and a UUID, or a hash of the document */
	const char *url; /* where a cached one came from; NULL: it is our own */
	const char *document; /* NUL-terminated; NULL in lists */
	size_t len;
	const char *sha256; /* of the document's bytes, hexadecimal */
	const char *
		differs; /* SHA-256 of what the origin serves meanwhile; NULL: the same */
	int64_t created;
	int64_t expires; /* when its origin is to be asked again; 0: never */
	int64_t used; /* 0: not yet */
	int64_t hits;
};

#define CONTEXT_ID_PREFIX "urn:calanque:context:"
#define CONTEXT_URL_MAX   2000 /* bytes of a URL that can be stored */

/* Never NULL. */
struct context_store *context_store_new(const struct pg_config *config) must_check;
void context_store_free(struct context_store *cs); /* NULL is fine */

/* By id, or by the URL of a cached one.  NOT_FOUND.  Strings live in the arena. */
int context_store_find(struct context_store *cs, const char *name, struct arena *a,
	struct stored_context *out, struct err *err) must_check;
/* All of a kind without their documents, the oldest first. */
int context_store_list(struct context_store *cs, enum context_kind kind, struct arena *a,
	struct stored_context **out, size_t *len, struct err *err) must_check;

/* Stores a document of our own and tells its id: a new one for CONTEXT_HOSTED; for
 * CONTEXT_IMPLICIT that of the document's hash, so that a second time changes nothing. */
int context_store_host(struct context_store *cs, enum context_kind kind,
	const char *document, size_t len, int64_t now, struct arena *a, const char **id,
	struct err *err) must_check;
/* Stores what was downloaded, unless there is a copy already: *out is what counts from now
 * on, which may be what another broker was quicker with. */
int context_store_pin(struct context_store *cs, const char *url, const char *document,
	size_t len, int64_t expires, int64_t now, struct arena *a,
	struct stored_context *out, struct err *err) must_check;
/* The origin was asked again: notes when to do it next, and whether it serves something
 * else by now (out->differs).  The copy stays.  `out` is without document.  NOT_FOUND. */
int context_store_checked(struct context_store *cs, const char *id, const char *document,
	size_t len, int64_t expires, int64_t now, struct arena *a,
	struct stored_context *out, struct err *err) must_check;
/* The explicit action that takes the new document; `out` (without document) is what is
 * stored then.  NOT_FOUND. */
int context_store_replace(struct context_store *cs, const char *id, const char *document,
	size_t len, int64_t expires, int64_t now, struct arena *a,
	struct stored_context *out, struct err *err) must_check;
/* By id.  NOT_FOUND. */
int context_store_delete(
	struct context_store *cs, const char *id, struct err *err) must_check;

/* Copies that expired and were used since their origin was last asked; at most 8.  They
 * are the caller's until `retry`: then they are due again, unless checked. */
int context_store_due(struct context_store *cs, int64_t now, int64_t retry,
	struct arena *a, struct stored_context **out, size_t *len,
	struct err *err) must_check;
/* Counts up each time a context was replaced or deleted, by any broker. */
int context_store_changes(
	struct context_store *cs, int64_t *out, struct err *err) must_check;
/* Forgets all but the `keep` that were used last; hosted ones stay. */
int context_store_trim(
	struct context_store *cs, int64_t keep, struct err *err) must_check;

/* How often one was used since it was last told. */
struct context_usage {
	const char *id; /* may occur several times in a list */
	int64_t hits, last;
};
int context_store_used(struct context_store *cs, const struct context_usage *usage,
	size_t len, struct err *err) must_check;

#endif
