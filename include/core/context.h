/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON-LD @contexts as NGSI-LD uses them (4.4, 5.5.7, annex B): terms to IRIs and back.
 * The core context is implicit, has absolute precedence, and is built in; its @vocab
 * (DEFAULT_CONTEXT_VOCAB) is the fallback unless the user's context sets another.
 *
 * A struct context is opaque, immutable once made and shared by reference counting
 * (atomic).  Strings that expand/compact return live in the context or the arena.
 */
#ifndef CORE_CONTEXT_H
#define CORE_CONTEXT_H

#include <base/attr.h>

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct context;
struct err;

#define CORE_CONTEXT_URL                                                                 \
	"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
/* The compound of the city's subjects (schemas/README.md), for requests that name no
 * context.  A URN, since no server outside this program has the document: what a client
 * sees (Link, "@context") must be a URL under which this broker serves it. */
#define CONTEXT_DEFAULT_URL "urn:calanque:context:default"

/* How core gets a remote @context without doing I/O itself; main supplies it.  *out: new
 * reference to the document (an object with a member "@context").  Errors:
 * CONTEXT_NOT_AVAILABLE (cannot be had), BAD_REQUEST_DATA (is no @context). */
struct context_loader {
	int (*load)(void *self, const char *url, json_t **out, struct err *err);
	void *self;
};

/* Is this one of the core context's URLs, of any version (v1.0 to v1.9, or none)? */
bool context_is_core_url(const char *url);
/* A context built into the program under its public URL (the models of the city and their
 * aliases), as a document with "@context": borrowed, never to be changed; NULL when there
 * is none.  context_new() looks here before it asks the loader. */
const json_t *context_builtin(const char *url);
/* The URLs of all built-in contexts, ended by NULL (core first). */
const char *const *context_builtin_urls(void);

/*
 * Compiles the value of an "@context" member: a URL, an object, or an array of both.
 * Takes no reference on value.  Nested URLs are loaded through the loader (depth and
 * number bounded, loops refused).  NULL with err set: BAD_REQUEST_DATA names what is not
 * allowed (scoped contexts, relative URLs, terms that are no strings/objects, null, ...),
 * or what the loader said.
 */
struct context *context_new(const json_t *value, const struct context_loader *loader,
	struct err *err) must_check;
/* The core context alone; never fails; a new reference. */
struct context *context_core(void);
struct context *context_ref(struct context *ctx);
void context_unref(struct context *ctx); /* NULL is fine */

/* What it was made from (borrowed): for the "@context" of ld+json answers. */
const json_t *context_value(const struct context *ctx);
/* The URL when it is a single one (the core's for the core context), else NULL: a context
 * without URL needs a hosted wrapper for the Link header. */
const char *context_url(const struct context *ctx);

/* A term, compact IRI or IRI, as a type or attribute name (vocabulary-relative): always
 * an absolute IRI.  Core terms win over the user's. */
const char *context_expand(
	const struct context *ctx, const char *term, size_t len, struct arena *a);
/* As the value of an @id-coerced member: only prefixes expand, the rest stays. */
const char *context_expand_id(
	const struct context *ctx, const char *value, size_t len, struct arena *a);
/* The shortest name for a vocabulary IRI, by the JSON-LD compaction algorithm: exact term,
 * @vocab suffix (unless that is a term of another IRI), prefix:suffix, else the IRI.
 * Hot path: one hash lookup where a term exists. */
const char *context_compact(
	const struct context *ctx, const char *iri, size_t len, struct arena *a);
/* Does the term have a definition of its own (user's or core's)? */
bool context_defines(const struct context *ctx, const char *term, size_t len);

/* context_expand() and context_compact() without the copies: what they answer may lie in
 * the context, in the arena or in the argument, and has no NUL. */
const char *context_expand_span(const struct context *ctx, const char *term, size_t len,
	struct arena *a, size_t *out_len);
const char *context_compact_span(const struct context *ctx, const char *iri, size_t len,
	struct arena *a, size_t *out_len);

/* The type coercion that the term's definition asks for. */
enum coercion {
	COERCION_NONE,
	COERCION_ID,
	COERCION_VOCAB,
	COERCION_JSON,
	COERCION_DATATYPE,
};
enum coercion context_coercion(const struct context *ctx, const char *term, size_t len);
/* The keyword ("@id") that the user's context makes the term an alias of, else NULL; the
 * core's own aliases id and type are not told. */
const char *context_alias(const struct context *ctx, const char *term, size_t len);

#endif
