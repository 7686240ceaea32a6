/* SPDX-License-Identifier: Apache-2.0 */
/* What changed, told as an entity (5.8.6). */
#include "notification_priv.h"

#include <base/arena.h>
#include <base/clock.h>
#include <core/apply.h>
#include <core/entity.h>
#include <core/subscription.h>

#include <string.h>

struct teller {
	const struct subscription *s;
	const struct notified *e;
	const char *now; /* deletedAt */
	struct arena *a;
};

static bool same_dataset(const struct jn *x, const struct jn *y)
{
	const struct jn *p = jn_get(x, "datasetId"), *q = jn_get(y, "datasetId");

	return p == NULL || q == NULL ? p == q : jn_equal(p, q);
}

static void add_shared(
	const struct teller *t, struct jn *to, const struct jn *from, const char *name)
{
	const struct jn *v = jn_get(from, name);

	if (v != NULL)
		jn_add(to, name, jn_share(t->a, v));
}

/* 4.5.0, in the form of the kind. */
static struct jn *null_value(const struct teller *t, enum kind kind)
{
	struct jn *text = jn_string_ref(t->a, NGSILD_NULL), *around;

	switch (kind) {
	case KIND_LANGUAGE_PROPERTY:
		around = jn_object(t->a);
		jn_add(around, "@none", text);
		return around;
	case KIND_LIST_PROPERTY:
	case KIND_LIST_RELATIONSHIP:
		around = jn_array(t->a);
		jn_append(around, text);
		return around;
	default:
		return text;
	}
}

static void add_previous(const struct teller *t, struct jn *to, const struct jn *before)
{
	enum kind kind = instance_kind(before);
	const struct jn *value = instance_value(before);

	if (t->s->show_changes && kind != KINDS && value != NULL)
		jn_add(to, kind_previous[kind], jn_share(t->a, value));
}

/*
 * A deleted instance: the bare Null, which a Property is written as, unless more is to be
 * said of it; an object with the Null of its kind else.
 */
static struct jn *deleted_instance(const struct teller *t, const struct jn *before)
{
	const struct subscription *s = t->s;
	struct jn *out = jn_object(t->a);
	enum kind kind = instance_kind(before);
	bool bare = s->format == FORMAT_SIMPLIFIED ||
		(s->format == FORMAT_CONCISE && !s->sys_attrs && !s->show_changes &&
			jn_get(before, "datasetId") == NULL);

	if (bare || kind == KINDS)
		kind = KIND_PROPERTY;
	jn_add(out, "type", jn_string_ref(t->a, kind_type[kind]));
	jn_add(out, kind_member[kind], null_value(t, kind));
	add_shared(t, out, before, "datasetId");
	add_shared(t, out, before, "createdAt");
	add_shared(t, out, before, "modifiedAt");
	jn_add(out, "deletedAt", jn_string_ref(t->a, t->now));
	add_previous(t, out, before);
	return out;
}

/* The change that led to this instance; NULL: it is as it was, or is new. */
static const struct change *update_of(
	const struct teller *t, const struct jn *attribute, const struct jn *instance)
{
	const struct change *found = NULL;

	for (const struct change *c = t->e->changes; c != NULL; c = c->next)
		if (c->kind == CHANGE_ATTRIBUTE_UPDATED && !c->same &&
			c->attr_len == attribute->key_len &&
			memcmp(c->attr, attribute->key, c->attr_len) == 0 &&
			same_dataset(c->after, instance))
			found = c;
	return found;
}

static struct jn *told_instance(
	const struct teller *t, const struct jn *attribute, const struct jn *instance)
{
	const struct change *c =
		t->s->show_changes ? update_of(t, attribute, instance) : NULL;
	struct jn *out;

	if (c == NULL)
		return jn_share(t->a, instance);
	out = jn_object(t->a);
	jn_each (it, instance)
		jn_addn(out, it->key, it->key_len, jn_share(t->a, it));
	add_previous(t, out, c->before);
	return out;
}

/* One as itself, several as an array. */
static struct jn *attribute_of(const struct teller *t, struct jn *instances)
{
	return instances->count == 1 ? jn_share(t->a, instances->child) : instances;
}

static bool is_deletion(const struct change *c, const struct jn *attribute)
{
	return c->kind == CHANGE_ATTRIBUTE_DELETED && c->attr_len == attribute->key_len &&
		memcmp(c->attr, attribute->key, c->attr_len) == 0;
}

/* Deleted, and not there again. */
static void add_deleted(
	const struct teller *t, struct jn *instances, const struct change *c)
{
	jn_each (it, instances)
		if (same_dataset(it, c->before))
			return;
	jn_append(instances, deleted_instance(t, c->before));
}

static struct jn *told_attribute(const struct teller *t, const struct jn *attribute)
{
	struct jn *list = jn_array(t->a);

	each_instance(it, attribute) jn_append(list, told_instance(t, attribute, it));
	for (const struct change *c = t->e->changes; c != NULL; c = c->next)
		if (is_deletion(c, attribute))
			add_deleted(t, list, c);
	return attribute_of(t, list);
}

static struct jn *without_dataset(const struct teller *t, const struct jn *instance)
{
	struct jn *out = jn_object(t->a);

	jn_each (it, instance)
		if (!jn_key_is(it, "datasetId"))
			jn_addn(out, it->key, it->key_len, jn_share(t->a, it));
	return out;
}

/* An attribute of which nothing is left: of several instances one Null says it all, unless
 * there are previous values to tell. */
static struct jn *gone_attribute(const struct teller *t, const struct jn *instances)
{
	struct jn *list = jn_array(t->a);

	if (instances->count > 1 && !t->s->show_changes)
		return deleted_instance(t, without_dataset(t, instances->child));
	jn_each (it, instances)
		jn_append(list, deleted_instance(t, it));
	return attribute_of(t, list);
}

static bool same_name(const struct change *x, const struct change *y)
{
	return x->attr_len == y->attr_len && memcmp(x->attr, y->attr, x->attr_len) == 0;
}

static void add_gone(const struct teller *t, struct jn *out)
{
	for (const struct change *c = t->e->changes; c != NULL; c = c->next) {
		struct jn *list = jn_array(t->a);

		if (c->kind != CHANGE_ATTRIBUTE_DELETED ||
			jn_getn(out, c->attr, c->attr_len) != NULL)
			continue;
		for (const struct change *d = c; d != NULL; d = d->next)
			if (d->kind == CHANGE_ATTRIBUTE_DELETED && same_name(c, d))
				jn_append(list, jn_share(t->a, d->before));
		jn_addn(out, c->attr, c->attr_len, gone_attribute(t, list));
	}
}

static bool has_story(const struct teller *t)
{
	for (const struct change *c = t->e->changes; c != NULL; c = c->next)
		if (c->kind == CHANGE_ATTRIBUTE_DELETED ||
			(t->s->show_changes && c->kind == CHANGE_ATTRIBUTE_UPDATED))
			return true;
	return false;
}

static const struct jn *living(const struct teller *t)
{
	struct jn *out;

	if (!has_story(t))
		return t->e->after;
	out = jn_object(t->a);
	jn_each (it, t->e->after)
		jn_addn(out, it->key, it->key_len,
			is_attribute(it) ? told_attribute(t, it) : jn_share(t->a, it));
	add_gone(t, out);
	return out;
}

static bool is_watched(const struct subscription *s, const struct jn *attribute)
{
	for (size_t i = 0; i < s->watched_len; i++)
		if (jn_key_is(attribute, s->watched[i]))
			return true;
	return s->watched_len == 0;
}

/* Previous values are told of all attributes; else only that those are no more whose
 * deletion was asked for. */
static const struct jn *deleted(const struct teller *t)
{
	const struct subscription *s = t->s;
	const struct jn *before = t->e->before;
	struct jn *out = jn_object(t->a), *list;

	add_shared(t, out, before, "id");
	add_shared(t, out, before, "type");
	add_shared(t, out, before, "createdAt");
	add_shared(t, out, before, "modifiedAt");
	jn_add(out, "deletedAt", jn_string_ref(t->a, t->now));
	jn_each (it, before) {
		if (!is_attribute(it) ||
			!(s->show_changes ||
				((s->triggers & TRIGGER_ATTRIBUTE_DELETED) &&
					is_watched(s, it))))
			continue;
		list = jn_array(t->a);
		each_instance(instance, it) jn_append(list, jn_share(t->a, instance));
		jn_addn(out, it->key, it->key_len, gone_attribute(t, list));
	}
	return out;
}

/* notification.attributes; what is linked is not bound by it. */
static const struct jn *chosen(const struct teller *t, const struct jn *doc)
{
	const struct pick_list *attributes = t->s->projection.attrs;
	struct jn *out;

	if (attributes == NULL)
		return doc;
	out = jn_object(t->a);
	jn_each (it, doc)
		if (!is_attribute(it) || pick_find(attributes, it->key, it->key_len))
			jn_addn(out, it->key, it->key_len, jn_share(t->a, it));
	return out;
}

const struct jn *notified_document(
	const struct subscription *s, const struct notified *e, struct arena *a)
{
	char text[CLOCK_TEXT];
	const struct teller t = {.s = s,
		.e = e,
		.now = arena_strdup(a, clock_format(e->now, text)),
		.a = a};

	return chosen(&t, e->after != NULL ? living(&t) : deleted(&t));
}
