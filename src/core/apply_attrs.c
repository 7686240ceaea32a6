/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes of a fragment onto those of an entity, instance by instance (4.5.5): append
 * (5.6.3), update (5.6.2), merge (5.6.17), partial update (5.6.4), replacement (5.6.19).
 * Entity types are united, scope has a rule for each operation.
 */
#include "apply_priv.h"

#include <base/arena.h>
#include <base/err.h>

#include <assert.h>
#include <string.h>

/* What became of an instance, or of several, or'ed. */
#define CHANGED 1
#define LATE    2

int apply_no_instance(struct apply *ap, const struct jn *attribute, const char *dataset)
{
	const struct op *op = ap->op;
	const char *name = op->attr_name != NULL ? op->attr_name : op->attr;

	if (dataset[0] != '\0')
		return err_set(ap->err, ERR_NOT_FOUND,
			"attribute %s with datasetId %s does not exist on entity %s",
			name, dataset, op->id);
	if (attribute != NULL)
		return err_set(ap->err, ERR_NOT_FOUND,
			"attribute %s without datasetId does not exist on entity %s",
			name, op->id);
	return err_set(ap->err, ERR_NOT_FOUND, "attribute %s does not exist on entity %s",
		name, op->id);
}

static int add_instance(struct apply *ap, struct set *set, const struct jn *attribute,
	const struct jn *instance, unsigned depth)
{
	const struct jn *after;

	if (instance_value(instance) == NULL)
		return err_set(ap->err, ERR_BAD_REQUEST_DATA,
			"attribute %.*s is new to entity %s, so it needs a type and a "
			"value",
			ATTR(ap, attribute), ap->op->id);
	after = stamp_instance(ap, instance, NULL);
	set_add(set, after);
	if (depth == 0)
		note_attribute(ap, attribute, NULL, after);
	return CHANGED;
}

static int remove_instance(struct apply *ap, const struct jn **at,
	const struct jn *attribute, unsigned depth)
{
	if (depth == 0)
		note_attribute(ap, attribute, *at, NULL);
	*at = NULL;
	return CHANGED;
}

static void keep_instance(
	struct apply *ap, const struct jn *attribute, const struct jn *instance)
{
	const struct jn *id = set_dataset(instance);
	const char *reason = "it exists, and noOverwrite was asked for";

	if (id != NULL)
		reason = arena_printf(ap->arena,
			"its instance with datasetId %.*s exists, and noOverwrite was "
			"asked for",
			(int)id->len, id->text);
	note_not_updated(ap, attribute->key, attribute->key_len, reason);
}

static int change_instance(struct apply *ap, const struct jn **at,
	const struct jn *attribute, const struct jn *instance, unsigned depth)
{
	struct jn *after;
	enum kind kind;

	if (ap->op->kind != OP_MERGE)
		after = stamp_instance(ap, instance, *at);
	else if (apply_patch(ap, *at, instance, attribute, depth, &after) < 0)
		return -1;
	if (depth == 0 && fragment_value(instance, &kind) != NULL &&
		is_late(ap, *at, after)) {
		note_late(ap, attribute, *at, after);
		return LATE;
	}
	if (depth == 0)
		note_attribute(ap, attribute, *at, after);
	*at = after;
	return CHANGED;
}

static int put_instance(struct apply *ap, struct set *set, const struct jn *attribute,
	const struct jn *instance, unsigned depth)
{
	const struct jn **at = set_find(set, instance);
	int changed = 0, rc;

	if (at != NULL && is_expired(*at, ap->op->now)) { /* 4.22: it is no more */
		changed = remove_instance(ap, at, attribute, depth);
		at = NULL;
	}
	if (fragment_is_null(instance)) {
		if (ap->op->kind == OP_APPEND)
			return err_set(ap->err, ERR_BAD_REQUEST_DATA,
				"attribute %.*s: an NGSI-LD Null cannot be appended",
				ATTR(ap, attribute));
		return at != NULL ? remove_instance(ap, at, attribute, depth) : changed;
	}
	if (at == NULL) {
		rc = add_instance(ap, set, attribute, instance, depth);
	} else if (ap->op->no_overwrite && depth == 0) {
		keep_instance(ap, attribute, instance);
		rc = 0;
	} else {
		rc = change_instance(ap, at, attribute, instance, depth);
	}
	return rc < 0 ? -1 : changed | rc;
}

int apply_attribute(
	struct apply *ap, struct draft *d, const struct jn *attribute, unsigned depth)
{
	struct jn *old = draft_get(d, attribute->key, attribute->key_len);
	auto_set set = {0};
	const struct jn *after;
	int changed = 0;

	set_init(&set, old, attribute, ap->arena);
	each_instance(it, attribute)
	{
		int rc = put_instance(ap, &set, attribute, it, depth);

		if (rc < 0)
			return -1;
		changed |= rc;
	}
	if (changed != 0 && depth == 0)
		note_updated(ap, attribute);
	if ((changed & CHANGED) == 0)
		return 0;
	after = set_end(&set, ap->arena);
	if (after == NULL)
		draft_drop(d, old);
	else if (old != NULL)
		draft_set(old, after);
	else
		draft_add(d, attribute->key, attribute->key_len, after);
	return 1;
}

/* ---- members that are no attributes */

static void put_types(struct apply *ap, struct draft *d, const struct jn *types)
{
	struct jn *old = draft_get(d, "type", 4);
	const struct jn *all, *before;

	assert(old != NULL);
	all = draft_union(old, types, ap->arena); /* 4.16: types only come */
	if (all == old)
		return;
	before = jn_share(ap->arena, old);
	draft_set(old, all);
	note_entity(ap, CHANGE_TYPE, before, all);
}

static void put_scope(struct apply *ap, struct draft *d, const struct jn *scope)
{
	bool update = ap->op->kind == OP_UPDATE || ap->op->kind == OP_UPSERT_UPDATE;
	struct jn *old = draft_get(d, "scope", 5);
	const struct jn *before, *after = scope;

	if (text_is_null(scope) || (jn_is(scope, JN_ARRAY) && text_is_null(scope->child)))
		after = NULL;
	if (old == NULL && (update || after == NULL)) {
		if (after != NULL)
			note_not_updated(ap, "scope", 5,
				"the entity has no scope, and an update does not add "
				"one");
		return;
	}
	if (ap->op->no_overwrite && old != NULL && after != NULL) {
		after = draft_union(old, scope, ap->arena);
		if (after == old)
			return;
	}
	before = old != NULL ? jn_share(ap->arena, old) : NULL;
	if (after == NULL)
		draft_drop(d, old);
	else
		draft_put(d, "scope", 5, after);
	note_entity(ap, CHANGE_SCOPE, before, after);
}

static void put_expiry(struct apply *ap, struct draft *d, const struct jn *at)
{
	struct jn *old = draft_get(d, "expiresAt", 9);

	if (old == NULL ? text_is_null(at) : ap->op->no_overwrite)
		return;
	if (text_is_null(at))
		draft_drop(d, old);
	else
		draft_put(d, "expiresAt", 9, at);
	ap->out.touched = true;
}

int apply_members(struct apply *ap, const struct jn *entity)
{
	auto_draft d = {0};

	if (apply_check_id(ap) < 0)
		return -1;
	draft_init(&d, entity, ap->op->doc->count + 2, ap->arena);
	jn_each (it, ap->op->doc) {
		if (is_attribute(it)) {
			if (apply_attribute(ap, &d, it, 0) < 0)
				return -1;
		} else if (jn_key_is(it, "type")) {
			put_types(ap, &d, it);
		} else if (jn_key_is(it, "scope")) {
			put_scope(ap, &d, it);
		} else if (jn_key_is(it, "expiresAt")) {
			put_expiry(ap, &d, it);
		}
	}
	if (ap->out.touched)
		draft_touch(ap, &d);
	ap->out.entity = draft_end(&d);
	return 0;
}

/* ---- one attribute */

static int put_one(struct apply *ap, struct set *set, const struct jn *attribute,
	const struct jn *instance)
{
	const struct jn **at = set_find(set, instance), *id = set_dataset(instance);
	struct jn *after;
	enum kind kind;

	if (at == NULL || is_expired(*at, ap->op->now))
		return apply_no_instance(
			ap, attribute, id != NULL ? jn_str(id, ap->arena) : "");
	if (ap->op->kind == OP_PARTIAL && fragment_is_null(instance)) {
		if (apply_check_null(ap, *at, instance, attribute) < 0)
			return -1;
		after = NULL; /* 5.5.8: as 5.6.5 deletes it */
	} else if (ap->op->kind == OP_PARTIAL) {
		if (apply_patch(ap, *at, instance, attribute, 0, &after) < 0)
			return -1;
	} else {
		after = stamp_instance(ap, instance, *at);
	}
	if (after != NULL && fragment_value(instance, &kind) != NULL &&
		is_late(ap, *at, after)) {
		note_late(ap, attribute, *at, after);
		return 0;
	}
	note_attribute(ap, attribute, *at, after);
	*at = after;
	return 0;
}

int apply_instances(struct apply *ap, const struct jn *entity)
{
	const struct op *op = ap->op;
	auto_draft d = {0};
	auto_set set = {0};
	const struct jn *left;
	struct jn *attribute;

	draft_init(&d, entity, 2, ap->arena);
	attribute = draft_get(&d, op->attr, strlen(op->attr));
	if (attribute == NULL)
		return apply_no_instance(ap, NULL, "");
	set_init(&set, attribute, op->doc, ap->arena);
	each_instance(it, op->doc)
	{
		if (put_one(ap, &set, attribute, it) < 0)
			return -1;
	}
	note_updated(ap, attribute);
	left = set_end(&set, ap->arena);
	if (left != NULL)
		draft_set(attribute, left);
	else
		draft_drop(&d, attribute);
	if (ap->out.touched)
		draft_touch(ap, &d);
	ap->out.entity = draft_end(&d);
	return 0;
}
