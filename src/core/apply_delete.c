/* SPDX-License-Identifier: Apache-2.0 */
/* Deleting attributes: one of them (5.6.5), those a purge names or does not (5.6.21), and what
 * has expired (4.22). */
#include "apply_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <core/project.h>

#include <string.h>

static void end(struct apply *ap, struct draft *d)
{
	if (ap->out.touched)
		draft_touch(ap, d);
	ap->out.entity = draft_end(d);
}

static void drop_scope(struct apply *ap, struct draft *d, struct jn *scope)
{
	note_entity(ap, CHANGE_SCOPE, jn_share(ap->arena, scope), NULL);
	draft_drop(d, scope);
}

static void drop_attribute(struct apply *ap, struct draft *d, struct jn *attribute)
{
	each_instance(it, attribute)
		/* the node itself is about to change */
		note_attribute(ap, attribute, jn_share(ap->arena, it), NULL);
	note_updated(ap, attribute);
	draft_drop(d, attribute);
}

static bool has_living(const struct jn *attribute, int64_t now)
{
	each_instance(it, attribute)
	{
		if (!is_expired(it, now))
			return true;
	}
	return false;
}

static int drop_instance(struct apply *ap, struct draft *d, struct jn *attribute)
{
	const char *dataset = ap->op->dataset_id;
	const struct jn **at, *rest;
	auto_set set = {0};

	if (dataset == NULL || strcmp(dataset, "@none") == 0)
		dataset = "";
	set_init(&set, attribute, NULL, ap->arena);
	at = set_find_id(&set, dataset, strlen(dataset));
	if (at == NULL || is_expired(*at, ap->op->now))
		return apply_no_instance(ap, attribute, dataset);
	note_attribute(ap, attribute, *at, NULL);
	note_updated(ap, attribute);
	*at = NULL;
	rest = set_end(&set, ap->arena);
	if (rest == NULL)
		draft_drop(d, attribute);
	else
		draft_set(attribute, rest);
	return 0;
}

int apply_delete_attribute(struct apply *ap, const struct jn *entity)
{
	const struct op *op = ap->op;
	auto_draft d = {0};
	struct jn *attribute;

	draft_init(&d, entity, 2, ap->arena);
	attribute = draft_get(&d, op->attr, strlen(op->attr));
	if (strcmp(op->attr, "scope") == 0) {
		if (attribute == NULL)
			return err_set(
				ap->err, ERR_NOT_FOUND, "entity %s has no scope", op->id);
		drop_scope(ap, &d, attribute);
	} else if (attribute == NULL || !has_living(attribute, op->now)) {
		return apply_no_instance(ap, NULL, "");
	} else if (op->delete_all) {
		drop_attribute(ap, &d, attribute);
	} else if (drop_instance(ap, &d, attribute) < 0) {
		return -1;
	}
	end(ap, &d);
	return 0;
}

static bool names(const struct apply *ap, const struct jn *member)
{
	return pick_find(ap->op->names, member->key, member->key_len) != NULL;
}

void apply_purge(struct apply *ap, const struct jn *entity)
{
	bool drop = ap->op->kind == OP_DROP;
	auto_draft d = {0};

	draft_init(&d, entity, 2, ap->arena);
	for (uint32_t i = 0; i < entity->count; i++) {
		struct jn *member = &d.nodes[i];

		/* what keep does not name of the other members stays: they are no attributes */
		if (drop != names(ap, member))
			continue;
		if (is_attribute(member))
			drop_attribute(ap, &d, member);
		else if (drop && jn_key_is(member, "scope"))
			drop_scope(ap, &d, member);
	}
	end(ap, &d);
}

static bool has_expired(const struct jn *attribute, int64_t now)
{
	each_instance(it, attribute)
	{
		if (is_expired(it, now))
			return true;
	}
	return false;
}

static void expire_instances(struct apply *ap, struct draft *d, struct jn *attribute)
{
	auto_set set = {0};
	const struct jn *rest;

	set_init(&set, attribute, NULL, ap->arena);
	for (size_t i = 0; i < set.len; i++) {
		if (!is_expired(set.items[i], ap->op->now))
			continue;
		/* the node itself is about to change */
		note_attribute(ap, attribute, jn_share(ap->arena, set.items[i]), NULL);
		set.items[i] = NULL;
	}
	rest = set_end(&set, ap->arena);
	if (rest == NULL)
		draft_drop(d, attribute);
	else
		draft_set(attribute, rest);
}

void apply_expire(struct apply *ap, const struct jn *entity)
{
	auto_draft d = {0};

	if (is_expired(entity, ap->op->now)) {
		apply_delete(ap, entity);
		return;
	}
	draft_init(&d, entity, 2, ap->arena);
	for (uint32_t i = 0; i < entity->count; i++)
		if (is_attribute(&d.nodes[i]) && has_expired(&d.nodes[i], ap->op->now))
			expire_instances(ap, &d, &d.nodes[i]);
	end(ap, &d);
}
