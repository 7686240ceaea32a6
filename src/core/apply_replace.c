/* SPDX-License-Identifier: Apache-2.0 */
/* A whole entity: created (5.6.1), replaced (5.6.18), deleted (5.6.6). */
#include "apply_priv.h"

#include <base/arena.h>
#include <base/err.h>

int apply_check_id(struct apply *ap)
{
	const struct jn *id = jn_getn(ap->op->doc, "id", 2);

	if (id == NULL || jn_str_is(id, ap->op->id))
		return 0;
	return err_set(ap->err, ERR_BAD_REQUEST_DATA,
		"the body's id is %.*s, but the entity's is %s; leave it out or repeat "
		"it",
		(int)id->len, id->text, ap->op->id);
}

static bool has_null(const struct jn *attribute)
{
	each_instance(it, attribute)
	{
		if (fragment_is_null(it))
			return true;
		jn_each (m, it)
			if (is_attribute(m) ? has_null(m) : text_is_null(m))
				return true;
	}
	return false;
}

/* A whole entity has nothing that a Null could delete (5.5.4). */
static int check_nulls(struct apply *ap)
{
	jn_each (it, ap->op->doc) {
		bool null = is_attribute(it)
			? has_null(it)
			: text_is_null(it) || text_is_null(it->child);

		if (null)
			return err_set(ap->err, ERR_BAD_REQUEST_DATA,
				"%.*s: an NGSI-LD Null cannot be stored", ATTR(ap, it));
	}
	return 0;
}

static int check_content(struct apply *ap)
{
	const struct jn *types = jn_getn(ap->op->doc, "type", 4);

	if (apply_check_id(ap) < 0)
		return -1;
	if (types == NULL || types->count == 0)
		return err_set(ap->err, ERR_BAD_REQUEST_DATA, "entity %s needs a type",
			ap->op->id);
	return check_nulls(ap);
}

static const struct jn *build_attribute(
	struct apply *ap, const struct jn *attribute, const struct members *old)
{
	const struct jn *new = stamp_attribute(ap, attribute, NULL);

	if (old == NULL || !ap->op->keep_newer)
		return new;
	return keep_newer(
		ap, members_get(old, attribute->key, attribute->key_len), attribute, new);
}

/* The document of op->doc; created: what the entity was created at, NULL: now; old: what it
 * replaces, NULL: nothing. */
static struct jn *build(
	struct apply *ap, const struct jn *created, const struct members *old)
{
	const struct jn *doc = ap->op->doc, *now = jn_string_ref(ap->arena, ap->now);
	auto_draft d = {0};

	draft_init(&d, NULL, doc->count + 3, ap->arena);
	draft_add(&d, "id", 2, jn_string_ref(ap->arena, ap->op->id));
	draft_add(&d, "type", 4, jn_getn(doc, "type", 4));
	draft_add(&d, "createdAt", 9, created != NULL ? created : now);
	draft_add(&d, "modifiedAt", 10, now);
	jn_each (it, doc) {
		if (is_attribute(it))
			draft_add(&d, it->key, it->key_len, build_attribute(ap, it, old));
		else if (jn_key_is(it, "scope") || jn_key_is(it, "expiresAt"))
			draft_add(&d, it->key, it->key_len, it);
	}
	return draft_end(&d);
}

int apply_create(struct apply *ap)
{
	struct jn *entity;

	if (check_content(ap) < 0)
		return -1;
	entity = build(ap, NULL, NULL);
	note_entity(ap, CHANGE_ENTITY_CREATED, NULL, entity);
	if (jn_getn(entity, "scope", 5) != NULL)
		note_entity(ap, CHANGE_SCOPE, NULL, jn_getn(entity, "scope", 5));
	jn_each (attribute, entity) {
		if (!is_attribute(attribute))
			continue;
		each_instance(it, attribute) note_attribute(ap, attribute, NULL, it);
	}
	ap->out.created = true;
	ap->out.entity = entity;
	return 0;
}

/* The instances of an attribute before and after; either may be NULL. */
static void note_replaced(
	struct apply *ap, const struct jn *before, const struct jn *after)
{
	const struct jn *attribute = after != NULL ? after : before;
	auto_set old = {0};

	set_init(&old, before, after, ap->arena);
	for (const struct jn *it = after != NULL ? instance_first(after) : NULL;
		it != NULL; it = instance_next(after, it)) {
		const struct jn **was = set_find(&old, it);

		if (was != NULL && is_expired(*was, ap->op->now)) {
			note_attribute(ap, attribute, *was, NULL);
			*was = NULL;
			was = NULL;
		}
		/* one that stays, since what came was late, is no change */
		if (was == NULL || (*was)->child != it->child)
			note_attribute(ap, attribute, was != NULL ? *was : NULL, it);
		if (was != NULL)
			*was = NULL;
	}
	for (size_t i = 0; i < old.len; i++) {
		if (old.items[i] != NULL)
			note_attribute(ap, attribute, old.items[i], NULL);
	}
}

static void note_member(struct apply *ap, enum change_kind kind, const struct jn *before,
	const struct jn *after)
{
	if ((before != NULL || after != NULL) && !jn_equal(before, after))
		note_entity(ap, kind, before, after);
}

/* Nothing of the old content stays but createdAt (5.6.18.4). */
int apply_replace(struct apply *ap, const struct jn *entity)
{
	auto_members old = {0}, new = {0};
	struct jn *doc;

	if (check_content(ap) < 0)
		return -1;
	members_init(&old, entity, ap->op->doc->count);
	doc = build(ap, jn_getn(entity, "createdAt", 9), &old);
	members_init(&new, doc, entity->count);
	note_member(ap, CHANGE_TYPE, jn_getn(entity, "type", 4), jn_getn(doc, "type", 4));
	note_member(
		ap, CHANGE_SCOPE, jn_getn(entity, "scope", 5), jn_getn(doc, "scope", 5));
	jn_each (it, doc) {
		if (is_attribute(it))
			note_replaced(ap, members_get(&old, it->key, it->key_len), it);
	}
	jn_each (it, entity) {
		if (is_attribute(it) && members_get(&new, it->key, it->key_len) == NULL)
			note_replaced(ap, it, NULL);
	}
	ap->out.touched = true;
	ap->out.entity = doc;
	return 0;
}

void apply_delete(struct apply *ap, const struct jn *entity)
{
	note_entity(ap, CHANGE_ENTITY_DELETED, entity, NULL);
}
