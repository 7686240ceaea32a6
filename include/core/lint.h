/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks that help: what is odd in an expanded document (core/entity.h), by the profile of
 * its type and by common mistakes.  Pure; a document without findings costs look-ups and
 * no memory.
 */
#ifndef CORE_LINT_H
#define CORE_LINT_H

#include <base/attr.h>
#include <base/jn.h>
#include <core/profile.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct context;
struct err;
struct strbuf;

enum lint_code {
#define LINT(name, code, level) LINT_##name,
#include <core/lint.def>
#undef LINT
	LINT_CODES
};

enum lint_level {
	LINT_HINT,
	LINT_WARNING,
	LINT_ERROR,
};

extern const char *const lint_names[LINT_CODES]; /* "wrong-type" … */
enum lint_level lint_level_of(enum lint_code code);

/* The place where all sensors are: a box or a polygon, in degrees. */
struct territory;
/* "west,south,east,north", or the corners "lon,lat lon,lat lon,lat …"; in the arena.
 * BAD_REQUEST_DATA. */
int territory_parse(const char *text, struct arena *a, struct territory **out,
	struct err *err) must_check;
bool territory_has(const struct territory *t, double lon, double lat);

/* How a finding can be repaired for certain. */
enum fix_kind {
	FIX_NONE,
	FIX_VALUE, /* `node` becomes `value` */
	FIX_RENAME, /* `node`, an attribute or a member of a value, is called `text` */
	FIX_UNIT, /* `node`, an instance, has the unit `text`; its value becomes `value` */
	FIX_KIND, /* `node`, an instance, is of the kind `text` */
};

struct finding {
	enum lint_code code;
	const char *pointer; /* into the normalized representation */
	const char *attribute; /* as the client names it; "" for the entity */
	const char *type; /* name of the profile; "" where none was needed */
	const char *seen; /* JSON, shortened; "" where nothing was */
	const char *why, *mend;
	struct {
		enum fix_kind kind;
		const struct jn *node;
		struct jn *value;
		const char *text;
	} fix;
	struct finding *next;
};

#define FINDINGS_MAX 32 /* of one entity; the rest is counted */

struct findings {
	struct finding *first, *last;
	size_t count, kept;
	enum lint_level worst;
	bool refuse; /* an error, and a type that is held strictly */
};

struct lint {
	const struct profiles *profiles;
	const struct territory *territory; /* NULL: positions are not checked */
	const struct context *ctx; /* the names that the client knows */
	int64_t now;
	bool fragment; /* not the whole entity: nothing is missing */
	bool merging; /* objects may be parts, and hold Nulls */
	bool simplified; /* kinds are those of the stored entity */
	bool hints; /* also what is merely unknown */
	bool all; /* whatever the level of the type */
};

/* The whole entity or a fragment that names its types. */
void lint_entity(const struct lint *l, const struct jn *doc, struct arena *a,
	struct findings *out);
/* A fragment of an entity of these types, an array of IRIs (as in documents). */
void lint_fragment(const struct lint *l, const struct jn *doc, const struct jn *types,
	struct arena *a, struct findings *out);
/* The instances of one attribute of such an entity. */
void lint_attribute(const struct lint *l, const char *iri, size_t len,
	const struct jn *instances, const struct jn *types, struct arena *a,
	struct findings *out);

/* Makes the repairs that are certain, in place: the document is the caller's alone, with
 * all its values.  Returns how many. */
size_t lint_mend(struct jn *doc, const struct findings *findings, struct arena *a);

/*
 * A body as it should have been sent: NGSI v2 attributes, a GeoJSON Feature, ids and links
 * that are no URIs, dates as links.  Each is a finding; what is right already is shared.
 * *simplified: its attributes are bare values.
 */
struct jn *lint_reshape(
	const struct jn *body, struct arena *a, bool *simplified, struct findings *out);

/* A JSON object, and an array of the findings that are kept; ascii: \u for the rest. */
void finding_write(struct strbuf *sb, const struct finding *f, bool ascii);
void findings_write(struct strbuf *sb, const struct findings *findings, bool ascii);

#endif
