/* SPDX-License-Identifier: Apache-2.0 */
#include <core/changes.h>

#include "apply_priv.h"

#include <base/arena.h>
#include <core/entity.h>

#include <string.h>

static struct jn *counterpart(const struct jn *attribute, const struct jn *instance)
{
	const struct jn *id = jn_get(instance, "datasetId");

	if (attribute == NULL)
		return NULL;
	return instance_find(
		attribute, id != NULL ? id->text : NULL, id != NULL ? id->len : 0);
}

static bool was_written(const struct jn *before, const struct jn *after)
{
	return !jn_equal(jn_get(before, "modifiedAt"), jn_get(after, "modifiedAt")) ||
		!jn_equal(before, after);
}

static void compare_attribute(
	struct apply *ap, const struct jn *before, const struct jn *after)
{
	const struct jn *name = after != NULL ? after : before;

	if (after != NULL)
		each_instance(it, after)
		{
			const struct jn *old = counterpart(before, it);

			if (old == NULL || was_written(old, it))
				note_attribute(ap, name, old, it);
		}
	if (before != NULL)
		each_instance(it, before)
		{
			if (counterpart(after, it) == NULL)
				note_attribute(ap, name, it, NULL);
		}
}

static void compare_member(struct apply *ap, enum change_kind kind, const char *name,
	const struct jn *before, const struct jn *after)
{
	const struct jn *x = jn_get(before, name), *y = jn_get(after, name);

	if ((x != NULL || y != NULL) && !jn_equal(x, y))
		note_entity(ap, kind, x, y);
}

struct change *changes_between(
	const struct jn *before, const struct jn *after, struct arena *a)
{
	struct apply ap = {.arena = a};

	ap.changes_end = &ap.out.changes;
	if (after == NULL) {
		note_entity(&ap, CHANGE_ENTITY_DELETED, before, NULL);
		return ap.out.changes;
	}
	if (before == NULL)
		note_entity(&ap, CHANGE_ENTITY_CREATED, NULL, after);
	else
		compare_member(&ap, CHANGE_TYPE, "type", before, after);
	compare_member(&ap, CHANGE_SCOPE, "scope", before, after);
	jn_each (it, after)
		if (is_attribute(it))
			compare_attribute(&ap, jn_getn(before, it->key, it->key_len), it);
	jn_each (it, before)
		if (is_attribute(it) && jn_getn(after, it->key, it->key_len) == NULL)
			compare_attribute(&ap, it, NULL);
	return ap.out.changes;
}
