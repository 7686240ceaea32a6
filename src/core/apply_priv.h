/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the apply_*.c files share: one application of an operation, and drafts.
 *
 * A draft is an object that is being changed: it owns copies of the member nodes, so it may
 * replace, drop and append them while everything below stays shared with the stored
 * document.  A set is the same for the instances of one attribute.  Both search linearly
 * while they are small and through a map where a client made them large.
 */
#ifndef CORE_APPLY_PRIV_H
#define CORE_APPLY_PRIV_H

#include <core/apply.h>

#include <base/map.h>
#include <core/entity.h>

struct apply {
	const struct op *op;
	struct arena *arena;
	struct outcome out;
	struct err *err;
	const char *now; /* op->now as text */
	struct change **changes_end;
	struct not_updated **not_updated_end;
	size_t updated_room;
};

/* ---- apply_draft.c */

/* Looks up members of an object many times. */
struct members {
	const struct jn *object;
	struct map map; /* empty while the object is small */
};
#define auto_members cleanup_with(members_fini) struct members
/* `object` may be NULL.  lookups: about how many will follow. */
void members_init(struct members *m, const struct jn *object, size_t lookups);
void members_fini(struct members *m);
struct jn *members_get(const struct members *m, const char *key, size_t len);

struct draft {
	struct jn *object;
	struct jn *nodes;
	uint32_t len, room, dropped;
	struct members index;
};
#define auto_draft cleanup_with(draft_fini) struct draft
/* from: NULL or the object to change.  more: how many members may be appended. */
void draft_init(struct draft *d, const struct jn *from, size_t more, struct arena *a);
void draft_fini(struct draft *d);
struct jn *draft_get(const struct draft *d, const char *key, size_t len);
/* Replaces the member in place or appends it; the node is copied, its children shared. */
void draft_put(struct draft *d, const char *key, size_t len, const struct jn *value);
/* Appends; the caller knows that the key is new. */
void draft_add(struct draft *d, const char *key, size_t len, const struct jn *value);
void draft_drop(struct draft *d, struct jn *member); /* NULL is fine */
/* Gives a node of a draft another value; it keeps its key. */
void draft_set(struct jn *node, const struct jn *value);
void draft_rename(struct draft *d, struct jn *node, const char *key, size_t len);
struct jn *draft_end(struct draft *d); /* the changed object */

struct set {
	const struct jn **items; /* NULL: removed */
	size_t len;
	struct map map; /* datasetId -> &items[i]; empty while it is small */
};
#define auto_set cleanup_with(set_fini) struct set
void set_init(struct set *s, const struct jn *attribute, const struct jn *fragment,
	struct arena *a);
void set_fini(struct set *s);
/* Where the instance with the datasetId of `instance` is; NULL where there is none. */
const struct jn **set_find(const struct set *s, const struct jn *instance);
const struct jn **set_find_id(const struct set *s, const char *dataset, size_t len);
/* Room is there for one of each instance of the fragment. */
void set_add(struct set *s, const struct jn *instance);
/* The attribute: an object or, default instance first, an array; NULL when it is empty. */
const struct jn *set_end(struct set *s, struct arena *a);

/* datasetId of an instance; NULL: the default one. */
const struct jn *set_dataset(const struct jn *instance);
/* The strings of `old` and after them those of `add` that it lacks; `old` itself when it
 * lacks none.  old may be NULL. */
const struct jn *draft_union(const struct jn *old, const struct jn *add, struct arena *a);

/* ---- apply_changes.c */

void note_attribute(struct apply *ap, const struct jn *attribute, const struct jn *before,
	const struct jn *after);
/* The instance that came is older than the stored one, which stays. */
void note_late(struct apply *ap, const struct jn *attribute, const struct jn *before,
	const struct jn *after);
void note_entity(struct apply *ap, enum change_kind kind, const struct jn *before,
	const struct jn *after);
void note_updated(struct apply *ap, const struct jn *attribute);
void note_not_updated(struct apply *ap, const char *attr, size_t len, const char *reason);

/* Do they differ in nothing but createdAt and modifiedAt, at any depth? */
bool same_instance(const struct jn *before, const struct jn *after);

/* ---- apply_import.c, apply_undo.c */

int apply_import(struct apply *ap, const struct jn *entity) must_check;
void apply_undo(struct apply *ap, const struct jn *entity);

/* ---- apply_late.c */

/* Does the stored instance stay, since it was observed after this one? */
bool is_late(const struct apply *ap, const struct jn *stored, const struct jn *instance);
/* The attribute of a replaced entity: its late instances are noted, and the stored ones
 * stand in their place.  Either may be NULL. */
const struct jn *keep_newer(struct apply *ap, const struct jn *stored,
	const struct jn *name, const struct jn *attribute);

/* ---- apply_stamp.c: what is new gets its instants */

/* A fragment's instance as it is stored: without Nulls, with instants at every depth.
 * old: what it replaces (its createdAt stays), or NULL. */
struct jn *stamp_instance(
	struct apply *ap, const struct jn *fragment, const struct jn *old);
/* The same for all instances of an attribute; NULL where there were only Nulls. */
const struct jn *stamp_attribute(
	struct apply *ap, const struct jn *fragment, const struct jn *old);
/* Writes modifiedAt, and createdAt where there is none. */
void draft_touch(struct apply *ap, struct draft *d);
/* A value of a merge without its Nulls (5.5.12). */
const struct jn *stamp_strip(const struct jn *value, struct arena *a);

/* ---- apply_replace.c: create, replace, delete an entity */

int apply_create(struct apply *ap) must_check;
int apply_replace(struct apply *ap, const struct jn *entity) must_check;
void apply_delete(struct apply *ap, const struct jn *entity);
/* The body may repeat the entity's id, not contradict it (5.4). */
int apply_check_id(struct apply *ap) must_check;

/* ---- apply_attrs.c */

/* Merge, append, update: all members of op->doc onto the entity. */
int apply_members(struct apply *ap, const struct jn *entity) must_check;
/* One attribute of a fragment onto the draft of an entity (depth 0) or instance.  1: the
 * draft was changed, 0: it was not, -1: error. */
int apply_attribute(struct apply *ap, struct draft *d, const struct jn *attribute,
	unsigned depth) must_check;
/* Partial update and replacement of one attribute. */
int apply_instances(struct apply *ap, const struct jn *entity) must_check;
/* NOT_FOUND for op->attr: its instance with the datasetId, or where that is "" the default
 * instance or, where `attribute` is NULL, all of it. */
int apply_no_instance(struct apply *ap, const struct jn *attribute, const char *dataset);

/* ---- apply_delete.c */

int apply_delete_attribute(struct apply *ap, const struct jn *entity) must_check;
void apply_purge(struct apply *ap, const struct jn *entity);
void apply_expire(struct apply *ap, const struct jn *entity);

/* ---- apply_merge.c: one instance onto another */

/* OP_MERGE merges to any depth; others replace each member.  name: the attribute's node,
 * for messages. */
int apply_patch(struct apply *ap, const struct jn *old, const struct jn *fragment,
	const struct jn *name, unsigned depth, struct jn **out) must_check;
/* A partial update deletes by a Null of the stored kind only (5.6.4.4); a GeoProperty's value
 * is in "value" too. */
int apply_check_null(struct apply *ap, const struct jn *old, const struct jn *fragment,
	const struct jn *name) must_check;
/* The value member of a fragment's instance and its kind, told by `type` or else by the
 * name of that member; NULL and KINDS where there is neither. */
const struct jn *fragment_value(const struct jn *fragment, enum kind *kind);
/* Is the fragment's instance an NGSI-LD Null? */
bool fragment_is_null(const struct jn *fragment);

/* The attribute that a message is about, for %.*s: as the client wrote it where the
 * operation is on one attribute, else its IRI. */
#define ATTR(ap, member) apply_attr_len(ap, member), apply_attr_name(ap, member)
const char *apply_attr_name(const struct apply *ap, const struct jn *member);
int apply_attr_len(const struct apply *ap, const struct jn *member);

#endif
