/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Downloads remote @contexts, or reads the file that the origin map names in their place.
 * It keeps nothing: the cache stands in front of it (api/contexts).  Any thread.
 *
 * The origin map is for networks without the internet.  One entry a line,
 *	URL<TAB>file
 * with files relative to the map; empty lines and lines that begin with '#' are skipped.
 * It takes the place of the GET only: what a file holds is checked like a download.
 */
#ifndef NET_CONTEXT_FETCH_H
#define NET_CONTEXT_FETCH_H

#include <base/attr.h>

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct context_fetch; /* opaque */
struct err;
struct guard;

struct context_fetch_config {
	const char *map; /* file name of the origin map; NULL: none */
	size_t max_bytes; /* of one document; 0: 4 MiB */
	unsigned connect_ms; /* 0: 1500 */
	unsigned total_ms; /* of one attempt; 0: 10000 */
	const char *user_agent; /* NULL: "calanque"; borrowed */
	const struct guard *guard; /* whom it may call; NULL: anybody; borrowed */
	const char *trusted; /* an URL that no guard is asked about; NULL; borrowed */
};

/* What was fetched: zero-initialise, context_document_fini(). */
struct context_document {
	json_t *json; /* an object with a member "@context"; owned */
	char *text; /* the bytes as they came, NUL-terminated; owned */
	size_t len;
	int64_t expires; /* Cache-Control or Expires: us since 1970; 0: not said */
	bool mapped; /* from the origin map */
};

/* Reads the map.  NULL with err set (INTERNAL, "FILE:LINE: what") where it is wrong or a
 * file in it cannot be read.  context_fetch_free(): NULL is fine. */
struct context_fetch *context_fetch_new(
	const struct context_fetch_config *config, struct err *err) must_check;
void context_fetch_free(struct context_fetch *f);
/* Ends the downloads that are under way, and those to come, as if nobody answered: the
 * program is to end.  NULL is fine. */
void context_fetch_stop(struct context_fetch *f);

/*
 * Blocks: at most connect_ms for a host that does not exist, twice total_ms (there is one
 * retry where the connection broke or the server was unavailable) in the worst case.
 *	CONTEXT_NOT_AVAILABLE  it cannot be had: unknown host, refused, not allowed by the
 *	                       guard, timeout, HTTP status 400 and above, too large, too
 *	                       many redirects
 *	BAD_REQUEST_DATA       it can, but is no JSON object with an @context; no http(s) URL
 */
int context_fetch(struct context_fetch *f, const char *url, struct context_document *out,
	struct err *err) must_check;
void context_document_fini(struct context_document *doc);
#define auto_context_document cleanup_with(context_document_fini) struct context_document

/* The same as a struct context_loader wants it: `self` is the struct context_fetch, *out
 * a new reference. */
int context_fetch_load(
	void *self, const char *url, json_t **out, struct err *err) must_check;

#endif
