/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "JSON node": JSON trees in an arena, over the text they were parsed from: validated once, spans and
 * not copies, siblings linked, numbers kept as written.  This is the hot path's JSON
 * (entities); jansson is for what lives long (contexts, configuration, subscriptions).
 *
 * Trees are mutable by their owner only.  A node has one parent: to use a node in a second
 * place take jn_share(), which copies the node and shares its children; children that
 * are shared must not be changed in place.
 */
#ifndef BASE_JN_H
#define BASE_JN_H

#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;
struct err;
struct strbuf;

enum jn_kind {
	JN_NULL,
	JN_FALSE,
	JN_TRUE,
	JN_NUMBER,
	JN_STRING,
	JN_ARRAY,
	JN_OBJECT,
};

struct jn {
	uint8_t kind;
	bool escaped; /* string: `text` holds backslash escapes as in the source */
	uint32_t count; /* array, object: number of children */
	uint32_t key_len;
	uint32_t len; /* string, number: bytes in text */
	const char *
		key; /* member of an object: decoded key (not NUL-terminated), else NULL */
	const char *text; /* string: between the quotes; number: as written; else NULL */
	struct jn *child, *last, *next;
};

/* What a parse may cost at most.  Defaults with JN_LIMITS. */
struct jn_limits {
	unsigned max_depth; /* nesting of arrays and objects */
	unsigned
		max_nodes; /* values of any kind, 64 bytes of arena each; 0: any number */
};
#define JN_LIMITS ((struct jn_limits){.max_depth = 64, .max_nodes = 1000000})

/*
 * Parses exactly one JSON text (RFC 8259), `len` bytes that must outlive the tree.
 * Refused with INVALID_REQUEST, the byte offset and what was expected: syntax, invalid
 * UTF-8, lone surrogates, duplicate keys (with their JSON pointer), too much depth,
 * anything after the value, and what PostgreSQL cannot hold: U+0000, numbers of more than
 * 1000 characters or three digits of exponent.  TOO_LARGE: more nodes than the limit.  A
 * UTF-8 BOM is skipped.
 */
int jn_parse(const char *text, size_t len, struct jn_limits limits, struct arena *a,
	struct jn **out, struct err *err) must_check;
/* For text that this program itself wrote (stored documents): the same without the checks
 * for duplicates and UTF-8.  NULL when it is not JSON. */
struct jn *jn_parse_trusted(const char *text, size_t len, struct arena *a);

/* Reading.  Every getter accepts NULL and answers NULL/false. */
struct jn *jn_getn(const struct jn *object, const char *key, size_t len);

static inline struct jn *jn_get(const struct jn *object, const char *key)
{
	return jn_getn(object, key, strlen(key));
}

static inline bool jn_is(const struct jn *v, enum jn_kind kind)
{
	return v != NULL && v->kind == kind;
}

static inline bool jn_is_bool(const struct jn *v)
{
	return v != NULL && (v->kind == JN_FALSE || v->kind == JN_TRUE);
}

static inline bool jn_key_is(const struct jn *member, const char *key)
{
	size_t len = strlen(key);

	return member != NULL && member->key != NULL && member->key_len == len &&
		memcmp(member->key, key, len) == 0;
}

/* Does the string (decoded) equal s? */
bool jn_str_is(const struct jn *v, const char *s);
/* The decoded string, NUL-terminated, in the arena; NULL when v is not a string. */
char *jn_str(const struct jn *v, struct arena *a);
/* As above for spans without escapes: points into the text and sets *len; decodes else. */
const char *jn_span(const struct jn *v, struct arena *a, size_t *len);
double jn_number(const struct jn *v); /* 0 when not a number; inf where out of range */
/* Deep equality: numbers by value, objects without order, strings decoded. */
bool jn_equal(const struct jn *a, const struct jn *b);

#define jn_each(it, container)                                                           \
	for (struct jn *it = (container) != NULL ? (container)->child : NULL;            \
		it != NULL; it = it->next)

/* Building.  Strings are copied into the arena; the *_ref forms borrow. */
struct jn *jn_object(struct arena *a);
struct jn *jn_array(struct arena *a);
struct jn *jn_string(struct arena *a, const char *s);
struct jn *jn_stringn(struct arena *a, const char *s, size_t len);
struct jn *jn_string_ref(struct arena *a, const char *s); /* s must outlive the tree */
struct jn *jn_bool(struct arena *a, bool v);
struct jn *jn_null(struct arena *a);
struct jn *jn_integer(struct arena *a, int64_t v);
/* The shortest form that reads back equal; null where v is not finite. */
struct jn *jn_real(struct arena *a, double v);
struct jn *jn_share(struct arena *a, const struct jn *v); /* without key and next */
struct jn *jn_copy(struct arena *a, const struct jn *v); /* deep; texts are shared */

/*
 * `member` must be a fresh, shared or removed node.  set replaces in place or appends; add
 * only appends (the caller knows the key is new).  Keys are borrowed: they must outlive
 * the tree.  What was removed or replaced loses its key and can be added elsewhere; its
 * `next` stays, so that jn_each() may remove the member it is at.
 */
void jn_add(struct jn *object, const char *key, struct jn *member);
void jn_addn(struct jn *object, const char *key, size_t len, struct jn *member);
void jn_set(struct jn *object, const char *key, struct jn *member);
void jn_setn(struct jn *object, const char *key, size_t len, struct jn *member);
bool jn_remove(struct jn *object, const char *key);
bool jn_removen(struct jn *object, const char *key, size_t len);
void jn_append(struct jn *array, struct jn *item);

/* Writing: compact JSON.  jn_write_string() escapes and quotes decoded text. */
void jn_write(struct strbuf *sb, const struct jn *v);
void jn_write_string(struct strbuf *sb, const char *s, size_t len);
char *jn_text(const struct jn *v, struct arena *a); /* in the arena, NUL-terminated */

#endif
