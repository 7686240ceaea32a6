/* SPDX-License-Identifier: Apache-2.0 */
/* What the expand_*.c files share. */
#ifndef CORE_EXPAND_PRIV_H
#define CORE_EXPAND_PRIV_H

#include <core/expand.h>

#include <base/arena.h>
#include <base/map.h>
#include <core/context.h>
#include <core/entity.h>

struct expander {
	const struct context *ctx;
	unsigned flags;
	struct arena *a;
	struct err *err;
};

/* Where we are in the body: a chain on the stack, read only to report an error. */
struct at {
	const struct at *up; /* NULL: the body itself */
	const char *key; /* NULL: an element of an array */
	size_t len; /* of the key, or the index of the element */
};
#define at_member(up, m) ((struct at){up, (m)->key, (m)->key_len})

/* An attribute name that was checked and expanded. */
struct name {
	const char *iri;
	size_t len;
	enum coercion coercion;
	bool geo; /* one of the predefined GeoProperties (4.7.1) */
	bool proof; /* ngsildproof */
};

/* The members that have a meaning of their own; the first ones hold values. */
enum member {
	M_VALUE,
	M_OBJECT,
	M_LANGUAGE_MAP,
	M_VOCAB,
	M_JSON,
	M_VALUE_LIST,
	M_OBJECT_LIST,
	M_ATTRIBUTE, /* none of the others */
	M_ID,
	M_TYPE,
	M_SCOPE,
	M_CONTEXT,
	M_DATASET_ID,
	M_OBSERVED_AT,
	M_EXPIRES_AT,
	M_UNIT_CODE,
	M_OBJECT_TYPE,
	M_VALUE_TYPE,
	M_SEALED,
	M_STAMP, /* createdAt, modifiedAt, deletedAt */
	M_SYSTEM, /* other read-only members of instances */
};
#define VALUE_MEMBERS M_ATTRIBUTE

/* ---- expand_name.c */

enum member expand_member(const struct expander *x, const struct jn *m);
/* "/a/b: <message>" as BAD_REQUEST_DATA; always -1. */
int expand_fail(const struct expander *x, const struct at *at, const char *fmt, ...)
	printf_like(3, 4);
/* The JSON pointer, in buf; for errors that another function reports. */
const char *expand_pointer(const struct at *at, char *buf, size_t size);
/* The name of an attribute; depth: 0 for one of the entity, more for sub-attributes. */
/* May it name a type or an attribute here?  4.6.2 */
bool expand_name_is_legal(const struct expander *x, const char *name, size_t len);
int expand_name(const struct expander *x, const struct at *at, const struct jn *m,
	unsigned depth, struct name *out) must_check;
/* "id" and "type" are the keywords @id and @type, and so are a context's aliases of any. */
bool expand_is_keyword(const struct context *ctx, const char *name, size_t len);
/* What is to be known of an attribute name that is expanded already. */
void expand_known_name(const char *iri, size_t len, struct name *out);

/* A string node over text that needs no escapes. */
struct jn *expand_plain(struct arena *a, const char *text, size_t len);

/* Keys or strings that were met; zero-initialise. */
struct seen {
	struct map map; /* empty while they are few */
};
#define auto_seen cleanup_with(expand_seen_fini) struct seen
void expand_seen_fini(struct seen *s);
/* Is there such a member in the object, or string in the array?  Else the caller adds it. */
bool expand_seen_key(
	struct seen *s, const struct jn *object, const char *key, size_t len);
bool expand_seen_text(
	struct seen *s, const struct jn *array, const char *text, size_t len);

/* ---- expand_value.c, expand_meta.c: one member each, checked; *out is a fresh node */

/* The value of a Property: no JSON null, nested Null or @context. */
int expand_value(const struct expander *x, const struct at *at, const struct jn *v,
	struct jn **out) must_check;
/* A geometry or its JSON text (4.7.2). */
int expand_geometry(const struct expander *x, const struct at *at, const struct jn *v,
	struct jn **out) must_check;
/* The value member of a kind. */
int expand_kind(const struct expander *x, const struct at *at, enum kind kind,
	const struct jn *v, struct jn **out) must_check;
/* An NGSI-LD Null: may it stand here? */
int expand_null(const struct expander *x, const struct at *at) must_check;
/* The "null" of JSON, which may stand nowhere; always -1. */
int expand_json_null(const struct expander *x, const struct at *at);

int expand_time(const struct expander *x, const struct at *at, const struct jn *v,
	struct jn **out) must_check;
int expand_uri(const struct expander *x, const struct at *at, const struct jn *v,
	struct jn **out) must_check;
/* One name of the vocabulary, or an array of them: objectType, valueType, vocab. */
int expand_vocab(const struct expander *x, const struct at *at, const struct jn *v,
	struct jn **out) must_check;
/* A member of an instance besides its type, value and sub-attributes.  *out stays NULL
 * for what is not stored. */
int expand_meta(const struct expander *x, const struct at *at, enum member id,
	enum kind kind, const struct jn *v, struct jn **out) must_check;

/* ---- expand_kind.c */

/* The kind that `type` names, also as ngsi-ld:Property or by its IRI; KINDS: none. */
enum kind expand_kind_of(const struct expander *x, const struct jn *type);
/* Says what such a type is, as far as it is known; always -1. */
int expand_refuse_type(
	const struct expander *x, const struct at *at, const struct jn *type);

/* ---- expand_instance.c */

/* An object that is an instance for sure, or an array of these. */
int expand_instances(const struct expander *x, const struct at *at, const struct jn *v,
	const struct name *name, unsigned depth, struct jn **out) must_check;
/* An attribute in any representation but the simplified. */
int expand_attribute(const struct expander *x, const struct at *at, const struct jn *v,
	const struct name *name, unsigned depth, struct jn **out) must_check;
/* An object that is one instance. */
int expand_instance(const struct expander *x, const struct at *at, const struct jn *v,
	const struct name *name, unsigned depth, struct jn **out) must_check;
/* A bare value: a Property or GeoProperty. */
int expand_bare(const struct expander *x, const struct at *at, const struct jn *v,
	const struct name *name, struct jn **out) must_check;
/* The attribute of a default instance (or NULL) and an array of the others. */
struct jn *expand_in_order(const struct expander *x, struct jn *first, struct jn *rest);
/* An instance of a kind with its value, a fresh node. */
struct jn *expand_make(const struct expander *x, enum kind kind, struct jn *value);

/* ---- expand_temporal.c */

/* The instances of one attribute, as they come. */
int expand_evolution(const struct expander *x, const struct at *at, const struct jn *v,
	const struct name *name, struct jn **out) must_check;
/* Its scope: strings, or instances whose values are such. */
int expand_scopes(const struct expander *x, const struct at *at, const struct jn *v,
	struct jn **out) must_check;

/* ---- expand.c */

/* A scope or an array of them as an array of normalized ones, maybe empty. */
int expand_scope(const struct expander *x, const struct at *at, const struct jn *scope,
	struct jn **out) must_check;

/* ---- expand_simplified.c */

/* An attribute in the simplified representation (4.5.4). */
int expand_simplified(const struct expander *x, const struct at *at, const struct jn *v,
	const struct name *name, struct jn **out) must_check;

#endif
