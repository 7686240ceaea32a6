/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Imports: as an append, but what a row says again is left alone, so that the same file
 * twice is the same as once.
 */
#include "apply_priv.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/strbuf.h>

#include <string.h>

static bool same_value(const struct jn *stored, const struct jn *instance)
{
	return instance_kind(stored) == instance_kind(instance) &&
		jn_equal(instance_value(stored), instance_value(instance));
}

/* With the unit and the sub-attributes of what it takes the place of. */
static const struct jn *dressed(
	struct apply *ap, const struct jn *stored, const struct jn *instance)
{
	struct jn *out;

	if (!ap->op->values_only || instance_kind(stored) != instance_kind(instance))
		return instance;
	out = jn_object(ap->arena);
	jn_each (it, instance)
		jn_addn(out, it->key, it->key_len, jn_share(ap->arena, it));
	jn_each (it, stored)
		if ((is_attribute(it) || jn_key_is(it, "unitCode")) &&
			jn_getn(out, it->key, it->key_len) == NULL)
			jn_addn(out, it->key, it->key_len, jn_share(ap->arena, it));
	return out;
}

/* What is to be written of the instance; NULL: it is there already. */
static const struct jn *news(
	struct apply *ap, const struct set *stored, const struct jn *instance)
{
	const struct jn **at = set_find(stored, instance);

	if (at == NULL || is_expired(*at, ap->op->now))
		return instance;
	if (ap->op->values_only ? same_value(*at, instance)
				: same_instance(*at, instance))
		return NULL;
	return dressed(ap, *at, instance);
}

/* The attribute without the instances that are there; NULL: all are. */
static const struct jn *prune(
	struct apply *ap, const struct jn *attribute, const struct jn *stored)
{
	auto_set old = {0}, left = {0};

	if (stored == NULL)
		return attribute;
	set_init(&old, stored, attribute, ap->arena);
	set_init(&left, NULL, attribute, ap->arena);
	each_instance(it, attribute)
	{
		const struct jn *new = news(ap, &old, it);

		if (new != NULL)
			set_add(&left, new);
	}
	return set_end(&left, ap->arena);
}

static struct jn *prune_all(struct apply *ap, const struct jn *entity)
{
	auto_members stored = {0};
	auto_draft d = {0};
	const struct jn *doc = ap->op->doc;

	members_init(&stored, entity, doc->count);
	draft_init(&d, doc, 0, ap->arena);
	for (uint32_t i = 0; i < doc->count; i++) {
		struct jn *it = &d.nodes[i];
		const struct jn *old = members_get(&stored, it->key, it->key_len), *left;

		if (is_attribute(it)) {
			left = prune(ap, it, old);
			if (left == NULL)
				draft_drop(&d, it);
			else if (left != it)
				draft_set(it, left);
		} else if (jn_key_is(it, "scope") && jn_equal(it, old)) {
			draft_drop(&d, it);
		}
	}
	return draft_end(&d);
}

static void drop_late(struct outcome *out)
{
	struct change **at = &out->changes;

	while (*at != NULL) {
		if ((*at)->kind == CHANGE_ATTRIBUTE_LATE)
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
}

int apply_import(struct apply *ap, const struct jn *entity)
{
	struct op *op = arena_new(ap->arena, struct op);

	*op = *ap->op;
	op->doc = prune_all(ap, entity);
	ap->op = op;
	if (apply_members(ap, entity) < 0)
		return -1;
	if (op->drop_late)
		drop_late(&ap->out);
	return 0;
}

/* ---- what is needed to undo it */

static void add_value(struct strbuf *sb, const struct jn *v)
{
	if (v != NULL)
		jn_write(sb, v);
	else
		strbuf_adds(sb, "null");
}

static void add_change(struct strbuf *sb, const struct change *c)
{
	const struct jn *dataset = jn_getn(c->after, "datasetId", 9);

	strbuf_addc(sb, '[');
	jn_write_string(sb, c->attr, c->attr_len);
	strbuf_addc(sb, ',');
	add_value(sb, dataset);
	strbuf_addc(sb, ',');
	add_value(sb, c->kind == CHANGE_ATTRIBUTE_UPDATED ? c->before : NULL);
	strbuf_addc(sb, ']');
}

static void add_pair(struct strbuf *sb, const char *name, const struct change *c)
{
	strbuf_addf(sb, ",\"%s\":[", name);
	add_value(sb, c->before);
	strbuf_addc(sb, ',');
	add_value(sb, c->after);
	strbuf_addc(sb, ']');
}

void apply_undo_record(struct strbuf *sb, const struct op *op, const struct jn *before,
	const struct outcome *out)
{
	char now[CLOCK_TEXT];
	const char *separator = ",\"attributes\":[";

	strbuf_addf(sb, "{\"now\":\"%s\"", clock_format(op->now, now));
	if (out->created) {
		strbuf_adds(sb, ",\"created\":true}");
		return;
	}
	strbuf_adds(sb, ",\"modifiedAt\":");
	add_value(sb, jn_getn(before, "modifiedAt", 10));
	for (const struct change *c = out->changes; c != NULL; c = c->next) {
		if (c->kind != CHANGE_ATTRIBUTE_CREATED &&
			c->kind != CHANGE_ATTRIBUTE_UPDATED)
			continue;
		strbuf_adds(sb, separator);
		add_change(sb, c);
		separator = ",";
	}
	strbuf_adds(sb, *separator == ',' && separator[1] == '\0' ? "]" : "");
	for (const struct change *c = out->changes; c != NULL; c = c->next) {
		if (c->kind == CHANGE_TYPE)
			add_pair(sb, "type", c);
		else if (c->kind == CHANGE_SCOPE)
			add_pair(sb, "scope", c);
	}
	strbuf_addc(sb, '}');
}
