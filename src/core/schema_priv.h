/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SCHEMA_PRIV_H
#define CORE_SCHEMA_PRIV_H

#include <core/schema.h>

#include <base/arena.h>
#include <base/map.h>

#include <stdint.h>

struct pattern;

/* Bits of struct schema.types: a bit for each enum jn_kind, and one for whole numbers. */
#define TYPE_BIT(kind) (1U << (kind))
#define TYPE_INTEGER   (1U << 8)
#define TYPE_ANY       (~0U)

enum schema_format {
	FORMAT_NONE,
#define FORMAT(id, name, words) FORMAT_##id,
#include "schema_format.def"
#undef FORMAT
	FORMATS
};

struct schema_list {
	const struct schema **items;
	size_t len;
};

struct schema_name {
	const char *text;
	size_t len;
};

struct schema {
	const struct jn *source;
	unsigned types;
	enum schema_format format;
	bool has_minimum, has_maximum, above, below; /* above, below: exclusive */
	bool unique, entity_id; /* entity_id: the pattern of the models, by hand */
	double minimum, maximum, multiple; /* multiple 0: any */
	uint32_t min_length, max_length, min_items, max_items, min_members, max_members;
	const struct jn *values; /* enum: an array */
	const struct jn *constant;
	const struct pattern *pattern;
	struct map
		members; /* name: struct schema; entries are in the order of the source */
	struct schema_name *required;
	size_t required_len;
	const struct schema *items, *additional, *negated;
	struct schema_list all, any, one;
	const struct schema *target; /* $ref: this one instead */
	unsigned cost; /* schemas that one value may meet */
	bool compiling;
	struct schema *next; /* of the set, to free the maps */
};

struct schema_set {
	struct arena arena;
	struct map documents; /* URL: struct jn */
	struct map compiled; /* URL#pointer: struct schema */
	struct schema *schemas;
};

/* Where a schema stands: its document, and the way there. */
struct place {
	struct schema_set *set;
	const char *url; /* of the document */
	const struct jn *root;
	const char *pointer;
	unsigned depth;
	struct err *err;
};

int schema_fail(const struct place *at, const char *key, const char *what);
/* Fills *out where it is given, else makes it. */
int schema_compile_place(
	const struct place *at, const struct jn *source, struct schema **out) must_check;
/* s becomes what the reference leads to. */
int schema_compile_ref(
	const struct place *at, const struct jn *ref, struct schema *s) must_check;

bool format_matches(enum schema_format format, const char *s, size_t len);
enum schema_format format_find(const struct jn *name);
const char *format_words(enum schema_format format);
/* ^[\w\-\.\{\}\$\+\*\[\]`|~^@!,:\\]+$ */
bool entity_id_matches(const char *s, size_t len);

#endif
