/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an entity of a type should look like: a JSON Schema and, under x-…, what those lack.
 * The profiles of the city's models are built in (schemas/profiles); a user's schemas come
 * beside them or take their place.  Immutable once compiled.
 *
 * Of the whole schema: x-type (IRI of the type), x-context (URL), x-event (the type is of
 * events: an id may hold a time), x-label {en, fr}.  Of a member: x-kind (Property,
 * GeoProperty, Relationship, or a list of them), x-unit (UN/CEFACT code, or a list),
 * x-expected [least, most], x-fraction (0 to 1, often sent as a percentage), x-past (an
 * instant that has been), x-label and x-note {en, fr}.
 */
#ifndef CORE_PROFILE_H
#define CORE_PROFILE_H

#include <base/attr.h>
#include <base/jn.h>
#include <base/map.h>
#include <core/schema.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

enum check_level {
	CHECK_OFF,
	CHECK_WARN,
	CHECK_STRICT,
};

#define PROFILE_SCHEMAS 4
#define PROFILE_UNITS   4

struct profile_attr {
	const char *name; /* NUL-terminated */
	size_t len;
	unsigned letters; /* which it has; for misspellings */
	const struct jn *source;
	unsigned kinds; /* bits of enum kind; 0: any */
	const struct schema *schemas[PROFILE_SCHEMAS]; /* all of them hold */
	size_t schemas_len;
	const char *units[PROFILE_UNITS]; /* the first is the one to use */
	size_t units_len;
	double least, most; /* expected */
	uint64_t required; /* its bit; 0: not required, or the 65th */
	bool expected, fraction, past;
};

struct profile {
	const char *name; /* "WasteContainer" */
	const char *iri; /* NULL: whatever ends in the name */
	const char *url; /* of its document */
	const struct schema *schema;
	const struct jn *source;
	struct profile_attr *attrs;
	size_t attrs_len;
	struct map by_name; /* struct profile_attr */
	uint64_t required; /* bits of the attributes that are */
	enum check_level level;
	bool event;
	bool own; /* a user's */
};

struct profiles;

/* The built-in ones; never NULL.  They are not compiled yet. */
struct profiles *profiles_new(void);
void profiles_free(struct profiles *p); /* NULL is fine */
/* A user's document; `name` is its path below the folder.  BAD_REQUEST_DATA. */
int profiles_add(struct profiles *p, const char *name, const char *text, size_t len,
	struct err *err) must_check;
/* Compiles all.  Documents that name no type are there for references only. */
int profiles_compile(struct profiles *p, struct err *err) must_check;
/* `warn`, or `off,strict:WasteContainer,warn:Device`: the level of all types, then of
 * some.  BAD_REQUEST_DATA. */
int profiles_set_levels(
	struct profiles *p, const char *levels, struct err *err) must_check;

/* Of a type's IRI, by its name in the namespaces of the models, or a user's own. */
const struct profile *profiles_find(
	const struct profiles *p, const char *iri, size_t len);
const struct profile *profiles_by_name(
	const struct profiles *p, const char *name, size_t len);
/* How entities of this type are checked, profile or not. */
enum check_level profiles_level(const struct profiles *p, const char *iri, size_t len);
bool profiles_are_off(const struct profiles *p); /* of every type */
/* All, in the order of their names. */
size_t profiles_count(const struct profiles *p);
const struct profile *profiles_at(const struct profiles *p, size_t i);
/* Calls fn for the profiles that have this attribute. */
typedef void profile_fn(void *cookie, const struct profile *profile);
void profiles_with(const struct profiles *p, const char *iri, size_t len, profile_fn *fn,
	void *cookie);

/* The attribute of this IRI, by its name; NULL: the profile does not know it. */
const struct profile_attr *profile_attr(
	const struct profile *p, const char *iri, size_t len);
/* Is it an IRI whose name is the models' (not of a vocabulary of somebody's own)? */
bool iri_is_model(const char *iri, size_t len);
/* What follows the last '/' or '#'. */
const char *iri_name(const char *iri, size_t len, size_t *name_len);
unsigned name_letters(const char *name, size_t len);

#endif
