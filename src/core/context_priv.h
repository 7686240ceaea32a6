/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the compiler (context_compile.c), the readers (context.c) and the built-in
 * contexts (context_builtin.c) share.
 */
#ifndef CORE_CONTEXT_PRIV_H
#define CORE_CONTEXT_PRIV_H

#include <base/arena.h>
#include <base/map.h>
#include <core/context.h>

#include <stdatomic.h>
#include <stdint.h>

struct term {
	const char *name; /* NUL-terminated, as all texts here */
	const char *iri; /* NULL: mapped to null, as good as undefined */
	uint32_t name_len, iri_len;
	uint32_t stamp; /* the @context object that defined it last */
	enum coercion coercion;
	bool busy; /* its definition is under way: meeting it again is a cycle */
	bool keyword; /* `iri` is a keyword: an alias such as id for @id */
	bool prefix; /* may make compact IRIs (JSON-LD 1.1) */
	bool reads_prefix; /* is understood as a prefix: also where 1.0 allowed it */
};

/* A term that makes compact IRIs, sorted by IRI; `parent` is the next shorter one whose
 * IRI begins this one's, -1 for none: the chain of all prefixes of a text. */
struct prefix {
	const struct term *term;
	int parent;
};

struct context {
	atomic_uint refs;
	const struct context *core; /* NULL in the core itself */
	json_t *value;
	const char *url;
	struct arena arena; /* terms and their texts */
	struct map terms; /* name -> struct term, without the core's */
	struct map names; /* IRI -> its best struct term, likewise */
	struct prefix *prefixes; /* with the core's */
	int prefixes_len;
	const char *vocab;
	size_t vocab_len;
	bool aliases; /* some term besides id and type stands for a keyword */
};

/* A file of schemas/contexts, compiled in. */
struct context_file {
	const char *name, *text;
	size_t len;
};
extern const struct context_file context_files[];

/* The document of the core context. */
const json_t *context_builtin_core(void);
/* Compiles one document or value into ctx, whose core is set unless it is the core. */
int context_compile(struct context *ctx, const json_t *value,
	const struct context_loader *loader, struct err *err) must_check;
/* Fills `names` and `prefixes` from the terms; the last step of compiling. */
void context_index(struct context *ctx);
/* The definition of a term, the user's or the core's; NULL where there is none. */
const struct term *context_term(const struct context *ctx, const char *name, size_t len);
bool context_is_keyword(const char *s);
/* "@" and letters: reserved by JSON-LD for keywords to come, and ignored. */
bool context_is_reserved(const char *s);
/* `ref` against the absolute URL `base` (RFC 3986, 5.2), in the arena. */
char *context_resolve(const char *base, const char *ref, struct arena *a);

#endif
