/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drafts and sets (apply_priv.h).  Invariant: what a draft copies are nodes, never the
 * trees below them; the stored document is only read.
 */
#include "apply_priv.h"

#include <base/arena.h>

#include <assert.h>
#include <string.h>

/* So many comparisons are cheaper than a map. */
#define FEW 1024
/* A dropped node: no key is that long, so nothing finds it. */
#define DROPPED UINT32_MAX

void members_init(struct members *m, const struct jn *object, size_t lookups)
{
	*m = (struct members){.object = object};
	if (object == NULL || (uint64_t)object->count * lookups <= FEW)
		return;
	map_reserve(&m->map, object->count + lookups);
	jn_each (it, object)
		map_put(&m->map, it->key, it->key_len, it);
}

void members_fini(struct members *m)
{
	map_fini(&m->map);
}

struct jn *members_get(const struct members *m, const char *key, size_t len)
{
	if (m->map.count > 0)
		return map_get(&m->map, key, len);
	return jn_getn(m->object, key, len);
}

void draft_init(struct draft *d, const struct jn *from, size_t more, struct arena *a)
{
	size_t had = from != NULL ? from->count : 0;
	struct jn *node;

	assert(from == NULL || from->kind == JN_OBJECT);
	*d = (struct draft){.object = jn_object(a), .room = (uint32_t)(had + more)};
	d->nodes = node = arena_raw(a, d->room * sizeof(*d->nodes));
	jn_each (it, from) {
		*node = *it;
		node->next = node + 1;
		node++;
	}
	d->len = d->object->count = (uint32_t)had;
	if (had > 0) {
		node[-1].next = NULL;
		d->object->child = d->nodes;
		d->object->last = node - 1;
	}
	members_init(&d->index, d->object, more);
}

void draft_fini(struct draft *d)
{
	members_fini(&d->index);
}

struct jn *draft_get(const struct draft *d, const char *key, size_t len)
{
	struct jn *node = members_get(&d->index, key, len);

	/* a map may know it still by an older name */
	if (node == NULL || node->key_len != len || memcmp(node->key, key, len) != 0)
		return NULL;
	return node;
}

void draft_add(struct draft *d, const char *key, size_t len, const struct jn *value)
{
	struct jn *node = &d->nodes[d->len++];

	assert(d->len <= d->room);
	*node = *value;
	node->key = key;
	node->key_len = (uint32_t)len;
	node->next = NULL;
	if (d->object->last != NULL)
		d->object->last->next = node;
	else
		d->object->child = node;
	d->object->last = node;
	d->object->count++;
	if (d->index.map.count > 0)
		map_put(&d->index.map, key, len, node);
}

void draft_set(struct jn *node, const struct jn *value)
{
	struct jn was = *node;

	*node = *value;
	node->key = was.key;
	node->key_len = was.key_len;
	node->next = was.next;
}

void draft_put(struct draft *d, const char *key, size_t len, const struct jn *value)
{
	struct jn *node = draft_get(d, key, len);

	if (node != NULL)
		draft_set(node, value);
	else
		draft_add(d, key, len, value);
}

void draft_rename(struct draft *d, struct jn *node, const char *key, size_t len)
{
	node->key = key;
	node->key_len = (uint32_t)len;
	if (d->index.map.count > 0)
		map_put(&d->index.map, key, len, node);
}

void draft_drop(struct draft *d, struct jn *member)
{
	if (member == NULL || member->key_len == DROPPED)
		return;
	member->key_len = DROPPED;
	d->object->count--;
	d->dropped++;
}

struct jn *draft_end(struct draft *d)
{
	struct jn **link = &d->object->child;

	if (d->dropped == 0)
		return d->object;
	d->object->last = NULL;
	for (uint32_t i = 0; i < d->len; i++) {
		if (d->nodes[i].key_len == DROPPED)
			continue;
		*link = d->object->last = &d->nodes[i];
		link = &d->nodes[i].next;
	}
	*link = NULL;
	d->dropped = 0;
	return d->object;
}

static size_t instances(const struct jn *attribute)
{
	if (attribute == NULL)
		return 0;
	return attribute->kind == JN_ARRAY ? attribute->count : 1;
}

const struct jn *set_dataset(const struct jn *instance)
{
	const struct jn *id = jn_getn(instance, "datasetId", 9);

	if (!jn_is(id, JN_STRING) || (id->len == 5 && memcmp(id->text, "@none", 5) == 0))
		return NULL;
	return id;
}

/* The default instance goes by "". */
static void set_index(struct set *s, size_t i)
{
	const struct jn *id = set_dataset(s->items[i]);

	map_put(&s->map, id != NULL ? id->text : "", id != NULL ? id->len : 0,
		&s->items[i]);
}

void set_init(struct set *s, const struct jn *attribute, const struct jn *fragment,
	struct arena *a)
{
	size_t had = instances(attribute), more = instances(fragment);

	*s = (struct set){.items = arena_array(a, const struct jn *, had + more)};
	if (had == 1) /* a member of a draft: its node is about to change */
		s->items[s->len++] = jn_share(a, instance_first(attribute));
	else if (had > 1)
		each_instance(it, attribute) s->items[s->len++] = it;
	if ((uint64_t)had * more <= FEW)
		return;
	map_reserve(&s->map, had + more);
	for (size_t i = 0; i < had; i++)
		set_index(s, i);
}

void set_fini(struct set *s)
{
	map_fini(&s->map);
}

const struct jn **set_find_id(const struct set *s, const char *dataset, size_t len)
{
	if (s->map.count > 0) {
		const struct jn **item = map_get(&s->map, dataset, len);

		return item != NULL && *item != NULL ? item : NULL;
	}
	for (size_t i = 0; i < s->len; i++) {
		const struct jn *id;

		if (s->items[i] == NULL)
			continue;
		id = set_dataset(s->items[i]);
		if (id == NULL ? len == 0
			       : id->len == len && memcmp(id->text, dataset, len) == 0)
			return &s->items[i];
	}
	return NULL;
}

const struct jn **set_find(const struct set *s, const struct jn *instance)
{
	const struct jn *id = set_dataset(instance);

	return id != NULL ? set_find_id(s, id->text, id->len) : set_find_id(s, "", 0);
}

void set_add(struct set *s, const struct jn *instance)
{
	s->items[s->len++] = instance;
	if (s->map.count > 0)
		set_index(s, s->len - 1);
}

const struct jn *set_end(struct set *s, struct arena *a)
{
	const struct jn *only = NULL, *first = NULL;
	size_t left = 0;
	struct jn *array;

	for (size_t i = 0; i < s->len; i++) {
		if (s->items[i] == NULL)
			continue;
		only = s->items[i];
		left++;
		if (first == NULL && set_dataset(only) == NULL)
			first = only;
	}
	if (left < 2)
		return only; /* or NULL */
	array = jn_array(a);
	if (first != NULL)
		jn_append(array, jn_share(a, first));
	for (size_t i = 0; i < s->len; i++) {
		if (s->items[i] != NULL && s->items[i] != first)
			jn_append(array, jn_share(a, s->items[i]));
	}
	return array;
}

static bool has_string(const struct jn *array, const struct jn *s)
{
	jn_each (it, array) {
		if (it->len == s->len && memcmp(it->text, s->text, s->len) == 0)
			return true;
	}
	return false;
}

const struct jn *draft_union(const struct jn *old, const struct jn *add, struct arena *a)
{
	auto_map map = {0};
	struct jn *all = NULL;

	if (old == NULL)
		return add;
	if ((uint64_t)old->count * add->count > FEW) {
		jn_each (it, old)
			map_put(&map, it->text, it->len, it);
	}
	jn_each (it, add) {
		if (map.count > 0 ? map_get(&map, it->text, it->len) != NULL
				  : has_string(old, it))
			continue;
		if (all == NULL) {
			all = jn_array(a);
			jn_each (had, old)
				jn_append(all, jn_share(a, had));
		}
		jn_append(all, jn_share(a, it));
	}
	return all != NULL ? all : old;
}
