/* SPDX-License-Identifier: Apache-2.0 */
/* One run over a document, shared by the lint_*.c files. */
#ifndef CORE_LINT_PRIV_H
#define CORE_LINT_PRIV_H

#include <core/lint.h>

#include <base/arena.h>
#include <core/entity.h>

#define LINT_TYPES 8 /* of one entity that are looked at */

struct run {
	const struct lint *l;
	struct arena *a;
	struct findings *out;
	const struct jn *doc; /* NULL: a single attribute */
	const struct profile *profiles[LINT_TYPES];
	uint64_t seen[LINT_TYPES]; /* bits of required attributes */
	size_t profiles_len;
	enum check_level level; /* the strictest of the types */
};

/* Where the run is. */
struct spot {
	const char *iri; /* of the attribute */
	size_t iri_len;
	const struct profile *profile; /* NULL: none */
	const struct profile_attr *attr;
	const struct jn *attribute, *instance;
	enum kind kind; /* KINDS: not told */
	const struct jn *value;
	const struct jn *unit; /* unitCode */
	const char *member; /* of the value, "value" … */
};

/* A new finding at <attribute>/<index>/<rest>, or (s NULL) at <rest>. */
struct finding *lint_add(struct run *r, enum lint_code code, const struct spot *s,
	const char *rest, const struct jn *seen);
/* The name of an IRI as the client writes it. */
const char *lint_name(const struct run *r, const char *iri, size_t len);
const char *lint_text(const struct run *r, const struct jn *v); /* shortened JSON */
/* A number without the dust of a division. */
struct jn *lint_number(struct arena *a, double v);

/* The value against its schemas, and the mend. */
void lint_value(struct run *r, const struct spot *s);
/* unitCode, and whether the value is a percentage. */
void lint_unit(struct run *r, const struct spot *s);
/* The text of a Property of any profile or none. */
void lint_plain_text(struct run *r, const struct spot *s);
/* How to send an instant that came without zone. */
const char *lint_zones(const struct run *r, const char *text, size_t len);
/* An instant that should have been; rest NULL: it is the value. */
void lint_past(
	struct run *r, const struct spot *s, const struct jn *text, const char *rest);
void lint_id(struct run *r, const struct jn *id);
void lint_position(struct run *r, const struct spot *s);
/* A name that no profile of the entity knows. */
void lint_unknown(struct run *r, const struct spot *s);
void lint_unknown_type(struct run *r, const struct jn *type);

/* Of names: how far apart, up to `most`; more is most + 1. */
unsigned name_distance(
	const char *a, size_t a_len, const char *b, size_t b_len, unsigned most);
/* The same but for case, '_', '-' and spaces? */
bool name_same(const char *a, size_t a_len, const char *b, size_t b_len);

enum date_text {
	DATE_NONE, /* not like a date */
	DATE_DAY, /* a day alone */
	DATE_ZONELESS,
	DATE_GOOD,
};
enum date_text date_look(const char *text, size_t len);

#endif
