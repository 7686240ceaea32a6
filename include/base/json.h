/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON trees in an arena, over the text they were parsed from: validated once, spans and
 * not copies, siblings linked, numbers kept as written.  This is the hot path's JSON
 * (entities); jansson is for what lives long (contexts, configuration, subscriptions).
 *
 * Trees are mutable by their owner only.  A node has one parent: to use a node in a second
 * place take json_share(), which copies the node and shares its children; children that
 * are shared must not be changed in place.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct strbuf;

enum json_kind {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json {
	uint8_t kind;
	bool escaped;      /* string: `text` holds backslash escapes as in the source */
	uint32_t count;    /* array, object: number of children */
	uint32_t key_len;
	uint32_t len;      /* string, number: bytes in text */
	const char *key;   /* member of an object: decoded key (not NUL-terminated), else NULL */
	const char *text;  /* string: between the quotes; number: as written; else NULL */
	struct json *child, *last, *next;
};

/* What a parse may cost at most.  Defaults with JSON_LIMITS. */
struct json_limits {
	unsigned max_depth; /* nesting of arrays and objects */
};
#define JSON_LIMITS ((struct json_limits){.max_depth = 64})

/*
 * Parses exactly one JSON text (RFC 8259), `len` bytes that must outlive the tree.
 * Refused with INVALID_REQUEST, the byte offset and what was expected: syntax, invalid
 * UTF-8, lone surrogates, U+0000 (PostgreSQL cannot hold it), duplicate keys (with their
 * JSON pointer), too much depth, anything after the value.  A UTF-8 BOM is skipped.
 */
int json_parse(const char *text, size_t len, struct json_limits limits, struct arena *a,
	struct json **out, struct err *err) must_check;
/* For text that this program itself wrote (stored documents): the same without the checks
 * for duplicates and UTF-8.  NULL when it is not JSON. */
struct json *json_parse_trusted(const char *text, size_t len, struct arena *a);

/* Reading.  Every getter accepts NULL and answers NULL/false. */
struct json *json_get(const struct json *object, const char *key);
struct json *json_getn(const struct json *object, const char *key, size_t len);
bool json_is(const struct json *v, enum json_kind kind);
bool json_is_bool(const struct json *v);
bool json_key_is(const struct json *member, const char *key);
/* Does the string (decoded) equal s? */
bool json_str_is(const struct json *v, const char *s);
/* The decoded string, NUL-terminated, in the arena; NULL when v is not a string. */
char *json_str(const struct json *v, struct arena *a);
/* As above for spans without escapes: points into the text and sets *len; decodes else. */
const char *json_span(const struct json *v, struct arena *a, size_t *len);
double json_number(const struct json *v); /* 0 when not a number; inf where out of range */
/* Deep equality: numbers by value, objects without order, strings decoded. */
bool json_equal(const struct json *a, const struct json *b);

#define json_each(it, container)                                                           \
	for (struct json *it = (container) != NULL ? (container)->child : NULL; it != NULL; \
		it = it->next)

/* Building.  Strings are copied into the arena; the *_ref forms borrow. */
struct json *json_object(struct arena *a);
struct json *json_array(struct arena *a);
struct json *json_string(struct arena *a, const char *s);
struct json *json_stringn(struct arena *a, const char *s, size_t len);
struct json *json_string_ref(struct arena *a, const char *s); /* s must outlive the tree */
struct json *json_bool(struct arena *a, bool v);
struct json *json_null(struct arena *a);
struct json *json_integer(struct arena *a, int64_t v);
struct json *json_real(struct arena *a, double v); /* shortest form that reads back equal */
struct json *json_share(struct arena *a, const struct json *v); /* without key and next */
struct json *json_copy(struct arena *a, const struct json *v);  /* deep; texts are shared */

/* `member` must be a fresh or shared node.  set replaces in place or appends; add only
 * appends (the caller knows the key is new).  Keys are borrowed: they must outlive the
 * tree. */
void json_add(struct json *object, const char *key, struct json *member);
void json_addn(struct json *object, const char *key, size_t len, struct json *member);
void json_set(struct json *object, const char *key, struct json *member);
void json_setn(struct json *object, const char *key, size_t len, struct json *member);
bool json_remove(struct json *object, const char *key);
bool json_removen(struct json *object, const char *key, size_t len);
void json_append(struct json *array, struct json *item);

/* Writing: compact JSON.  json_write_string() escapes and quotes decoded text. */
void json_write(struct strbuf *sb, const struct json *v);
void json_write_string(struct strbuf *sb, const char *s, size_t len);
char *json_text(const struct json *v, struct arena *a); /* in the arena, NUL-terminated */

#endif
