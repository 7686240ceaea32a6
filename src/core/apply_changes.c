/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changed: the list that history, subscriptions and audit read, and the names for the
 * UpdateResult of 5.2.18.
 */
#include "apply_priv.h"

#include <base/arena.h>

#include <string.h>

static bool is_instant(const struct jn *m)
{
	return jn_key_is(m, "modifiedAt") || jn_key_is(m, "createdAt");
}

static size_t members_beside_instants(const struct jn *instance)
{
	size_t n = 0;

	jn_each (it, instance)
		n += !is_instant(it);
	return n;
}

/* In any order: the standard does not order instances. */
static bool same_attribute(const struct jn *before, const struct jn *after)
{
	struct set set;
	auto_arena scratch = {0};
	bool same = true;
	size_t n = 0;

	if (before->kind == JN_OBJECT && after->kind == JN_OBJECT)
		return same_instance(before, after);
	set_init(&set, before, after, &scratch);
	each_instance(it, after)
	{
		const struct jn **old = set_find(&set, it);

		same = same && old != NULL && same_instance(*old, it);
		n++;
	}
	same = same && n == set.len;
	set_fini(&set);
	return same;
}

bool same_instance(const struct jn *before, const struct jn *after)
{
	auto_members old = {0};

	if (before->child == after->child)
		return true;
	if (members_beside_instants(before) != members_beside_instants(after))
		return false;
	members_init(&old, before, after->count);
	jn_each (it, after) {
		const struct jn *was;

		if (is_instant(it))
			continue;
		was = members_get(&old, it->key, it->key_len);
		if (was == NULL)
			return false;
		if (is_attribute(it) ? !same_attribute(was, it) : !jn_equal(was, it))
			return false;
	}
	return true;
}

static struct change *append(struct apply *ap, enum change_kind kind,
	const struct jn *before, const struct jn *after)
{
	struct change *c = arena_new(ap->arena, struct change);

	c->kind = kind;
	c->before = before;
	c->after = after;
	*ap->changes_end = c;
	ap->changes_end = &c->next;
	return c;
}

static struct change *note(struct apply *ap, enum change_kind kind,
	const struct jn *before, const struct jn *after)
{
	ap->out.touched = true;
	return append(ap, kind, before, after);
}

void note_attribute(struct apply *ap, const struct jn *attribute, const struct jn *before,
	const struct jn *after)
{
	struct change *c;

	if (before != NULL && after != NULL) {
		c = note(ap, CHANGE_ATTRIBUTE_UPDATED, before, after);
		c->same = same_instance(before, after);
	} else {
		c = note(ap,
			before == NULL ? CHANGE_ATTRIBUTE_CREATED
				       : CHANGE_ATTRIBUTE_DELETED,
			before, after);
	}
	c->attr = attribute->key;
	c->attr_len = attribute->key_len;
}

void note_late(struct apply *ap, const struct jn *attribute, const struct jn *before,
	const struct jn *after)
{
	struct change *c = append(ap, CHANGE_ATTRIBUTE_LATE, before, after);

	c->attr = attribute->key;
	c->attr_len = attribute->key_len;
}

void note_entity(struct apply *ap, enum change_kind kind, const struct jn *before,
	const struct jn *after)
{
	struct change *c = note(ap, kind, before, after);

	if (kind == CHANGE_SCOPE || kind == CHANGE_TYPE)
		c->same = before != NULL && after != NULL && jn_equal(before, after);
}

void note_updated(struct apply *ap, const struct jn *attribute)
{
	struct outcome *out = &ap->out;

	if (out->updated_len == ap->updated_room) {
		const char **more;

		ap->updated_room = ap->updated_room > 0 ? ap->updated_room * 2 : 4;
		more = arena_raw(ap->arena, ap->updated_room * sizeof(*more));
		for (size_t i = 0; i < out->updated_len; i++)
			more[i] = out->updated[i];
		out->updated = more;
	}
	out->updated[out->updated_len++] =
		arena_strndup(ap->arena, attribute->key, attribute->key_len);
}

void note_not_updated(struct apply *ap, const char *attr, size_t len, const char *reason)
{
	struct not_updated *n = arena_new(ap->arena, struct not_updated);

	n->attr = arena_strndup(ap->arena, attr, len);
	n->reason = reason;
	*ap->not_updated_end = n;
	ap->not_updated_end = &n->next;
}
