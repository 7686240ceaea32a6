/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Schema over entity documents in simplified form: the dialect of the Smart Data
 * Models and what users need besides.  Compiled once, then immutable and shared.
 *
 * Checked: type, enum, const, properties, required, additionalProperties, items, allOf,
 * anyOf, oneOf, not, $ref, minimum, maximum, exclusiveMinimum, exclusiveMaximum,
 * multipleOf, minLength, maxLength, pattern, format, minItems, maxItems, uniqueItems,
 * minProperties, maxProperties, and schemas that are true or false.  Formats are asserted:
 * date-time, date, time, uri, email, idn-email, ipv4, ipv6; others are annotations.
 * Other keywords of the standard are refused where a document can reach them; names that
 * are in no standard (x-…, typing errors) mean nothing.  No recursion.
 */
#ifndef CORE_SCHEMA_H
#define CORE_SCHEMA_H

#include <base/attr.h>
#include <base/jn.h>

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct err;
struct schema; /* compiled; belongs to its set */
struct schema_set;
struct strbuf;

enum schema_rule {
	SCHEMA_TYPE,
	SCHEMA_ENUM,
	SCHEMA_REQUIRED,
	SCHEMA_UNKNOWN, /* additionalProperties */
	SCHEMA_RANGE,
	SCHEMA_LENGTH,
	SCHEMA_PATTERN,
	SCHEMA_FORMAT,
	SCHEMA_ITEMS, /* too few, too many, twice the same */
	SCHEMA_CHOICE, /* anyOf, oneOf, not */
};

struct schema_set *schema_set_new(void); /* never NULL */
void schema_set_free(struct schema_set *set); /* with all it has compiled; NULL is fine */
/*
 * Adds a document under the URL that others refer to it by; relative references resolve
 * against it.  The same URL again takes the place of the first.  A copy of the text is
 * kept.  BAD_REQUEST_DATA: no JSON object.
 */
int schema_set_add(struct schema_set *set, const char *url, const char *text, size_t len,
	struct err *err) must_check;
/* The document under this URL or an alias of it (raw.githubusercontent.com stands for
 * smart-data-models.github.io), else NULL.  Borrowed. */
const struct jn *schema_set_get(const struct schema_set *set, const char *url);
/* The schema at url or url#/pointer.  BAD_REQUEST_DATA says where and what. */
const struct schema *schema_compile(
	struct schema_set *set, const char *url, struct err *err) must_check;

/* Is the value valid?  Allocates (in scratch) only for strings with escapes, patterns and
 * large sets of unique items. */
bool schema_valid(const struct schema *s, const struct jn *value, struct arena *scratch);

/* One thing that is wrong. */
struct schema_fault {
	enum schema_rule rule;
	const struct schema *schema; /* what it breaks */
	const struct jn *value; /* what was seen */
	const char *pointer; /* to the value, from where the check began; "" there */
	const char *member; /* SCHEMA_REQUIRED, SCHEMA_UNKNOWN; not NUL-terminated */
	size_t member_len;
};
typedef void schema_report_fn(void *cookie, const struct schema_fault *fault);
/* As schema_valid(), telling every fault; strings live in the arena. */
bool schema_explain(const struct schema *s, const struct jn *value, struct arena *a,
	schema_report_fn *report, void *cookie);

/* What the schema asks for, in words: "a number from 0 to 1". */
void schema_describe(const struct schema *s, struct strbuf *sb);

typedef void schema_member_fn(void *cookie, const char *name, size_t len,
	const struct schema *s, const struct jn *source);
/* Every member that the schema names, through allOf, as often as it is named. */
void schema_members(const struct schema *s, schema_member_fn *fn, void *cookie);
/* Every required member, through allOf. */
void schema_required(const struct schema *s, schema_member_fn *fn, void *cookie);
/* Does it take (also) values of this kind? */
bool schema_takes(const struct schema *s, enum jn_kind kind);
/* What it was compiled from, after $ref. */
const struct jn *schema_source(const struct schema *s);
/* The schema of the items of an array, else NULL. */
const struct schema *schema_items(const struct schema *s);
/* The array of its enum, through allOf and anyOf, else NULL. */
const struct jn *schema_enum(const struct schema *s);

#endif
