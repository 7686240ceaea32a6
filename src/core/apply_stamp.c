/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What enters the store gets createdAt and modifiedAt at every depth (4.8) and leaves its
 * NGSI-LD Nulls behind.
 */
#include "apply_priv.h"

#include <base/arena.h>

#include <string.h>

static const struct jn *instant(struct apply *ap)
{
	return jn_string_ref(ap->arena, ap->now);
}

void draft_touch(struct apply *ap, struct draft *d)
{
	const struct jn *now = instant(ap);

	if (draft_get(d, "createdAt", 9) == NULL)
		draft_add(d, "createdAt", 9, now);
	draft_put(d, "modifiedAt", 10, now);
}

/* In arrays nothing is a Null (RFC 7396). */
const struct jn *stamp_strip(const struct jn *value, struct arena *a)
{
	auto_draft d = {0};
	uint32_t i = 0;

	if (!jn_is(value, JN_OBJECT))
		return value;
	jn_each (it, value) {
		const struct jn *kept = text_is_null(it) ? NULL : stamp_strip(it, a);

		if (kept != it && d.object == NULL)
			draft_init(&d, value, 0, a);
		if (kept == NULL)
			draft_drop(&d, &d.nodes[i]);
		else if (kept != it)
			draft_set(&d.nodes[i], kept);
		i++;
	}
	return d.object != NULL ? draft_end(&d) : value;
}

const struct jn *stamp_attribute(
	struct apply *ap, const struct jn *fragment, const struct jn *old)
{
	auto_set was = {0}, set = {0};

	if (fragment->kind == JN_OBJECT && (old == NULL || old->kind == JN_OBJECT)) {
		if (fragment_is_null(fragment))
			return NULL;
		if (old != NULL &&
			(set_dataset(old) == NULL) != (set_dataset(fragment) == NULL))
			old = NULL;
		return stamp_instance(ap, fragment, old);
	}
	set_init(&was, old, fragment, ap->arena);
	set_init(&set, NULL, fragment, ap->arena);
	each_instance(it, fragment)
	{
		const struct jn **before = set_find(&was, it);

		if (!fragment_is_null(it))
			set_add(&set,
				stamp_instance(ap, it, before != NULL ? *before : NULL));
	}
	return set_end(&set, ap->arena);
}

static void member_stamp(
	struct apply *ap, struct draft *d, struct jn *node, const struct members *old)
{
	bool deep = ap->op->kind == OP_MERGE;
	const struct jn *value = NULL;

	if (is_attribute(node)) {
		value = stamp_attribute(
			ap, node, members_get(old, node->key, node->key_len));
	} else if (!text_is_null(node)) {
		value = deep ? stamp_strip(node, ap->arena) : node;
	}
	if (value == NULL)
		draft_drop(d, node);
	else if (value != node)
		draft_set(node, value);
}

struct jn *stamp_instance(
	struct apply *ap, const struct jn *fragment, const struct jn *old)
{
	const struct jn *created;
	auto_members was = {0};
	auto_draft d = {0};
	uint32_t sent = fragment->count;

	members_init(&was, old, sent);
	draft_init(&d, fragment, 2, ap->arena);
	for (uint32_t i = 0; i < sent; i++)
		member_stamp(ap, &d, &d.nodes[i], &was);
	created = jn_getn(old, "createdAt", 9);
	if (created != NULL)
		draft_put(&d, "createdAt", 9, created);
	draft_touch(ap, &d);
	return draft_end(&d);
}
