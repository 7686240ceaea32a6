/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the render_*.c files share.  Everything is written at once and once; whether a comma
 * is due shows in the byte before (after a value it is never '{' or '[').
 */
#ifndef CORE_RENDER_PRIV_H
#define CORE_RENDER_PRIV_H

#include <core/render.h>

#include <base/strbuf.h>
#include <core/entity.h>

/* The entities that this one is inside of. */
struct visit {
	const struct jn *id;
	const struct visit *outer;
};

struct pen {
	struct strbuf *sb;
	const struct render *r;
	struct arena *arena;
	const struct projection *projection;
	const struct visit *inside;
	unsigned levels; /* of linked entities yet to come */
	bool shifted; /* datasetIds are chosen already (core/downshift.h) */
};

/* ---- render_parts.c */

/* PUT writes a string literal, KEY a member's name and its colon, after a comma if due. */
#define PUT(pen, text) strbuf_add((pen)->sb, text, sizeof(text) - 1)
#define KEY(pen, name) pen_key(pen, "\"" name "\":", sizeof(name) + 2)
void pen_key(const struct pen *pen, const char *quoted, size_t len);
void pen_comma(const struct pen *pen);
/* Core members have short names: there is nothing to compact or escape. */
void pen_core_key(const struct pen *pen, const struct jn *member);
void pen_name(const struct pen *pen, const struct jn *attribute); /* compacted */
void pen_iris(const struct pen *pen, const struct jn *iris); /* compacted */
void pen_string(const struct pen *pen, const char *s, size_t len);
/* The members of an entity, all or (of a Feature) without its id. */
void pen_members(const struct pen *pen, const struct jn *entity, bool with_id);

/* Does the member show only with sysAttrs? */
bool pen_is_system(const struct jn *member);
/* Is the instance in the answer (alive, and among the datasetIds asked for)? */
bool pen_shows(const struct pen *pen, const struct jn *instance, bool top);
/* How many instances are shown, and the first of them. */
size_t pen_count(const struct pen *pen, const struct jn *attribute, bool top,
	const struct jn **first);

/* ---- one file a representation */

/* top: of an entity, not of an attribute. */
void pen_normalized(const struct pen *pen, const struct jn *attribute, bool top);
void pen_concise(const struct pen *pen, const struct jn *attribute, bool top);
void pen_simplified(const struct pen *pen, const struct jn *attribute);
/* The value of an instance, wrapped where a bare one would hide its kind.  attribute: of
 * linked entities; NULL where none are asked for. */
void pen_simplified_value(
	const struct pen *pen, const struct jn *attribute, const struct jn *instance);
/* Does the concise form need the type: would the value member alone tell another kind? */
bool pen_needs_type(const struct jn *instance);
/* An instance as an object, with or without its type. */
void pen_instance(const struct pen *pen, const struct jn *attribute,
	const struct jn *instance, bool with_type);
void pen_feature(const struct pen *pen, const struct jn *entity);

/* ---- render_linked.c */

/* After "object" or "objectList": "entity" or "entityList". */
void pen_linked(
	const struct pen *pen, const struct jn *attribute, const struct jn *instance);
/* In place of the URI or URIs of a relationship: what they link to, or themselves. */
void pen_linked_simplified(
	const struct pen *pen, const struct jn *attribute, const struct jn *instance);

#endif
