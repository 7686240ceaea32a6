/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One index.  A subscription stands in it once for each way in which a change may concern
 * it: for each selector, by an id, by its idPattern, or by a type and a watched attribute;
 * 0 is any type, any attribute.
 */
#include "match_priv.h"

#include <base/mem.h>
#include <core/entity.h>
#include <core/type_q.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Those of one type and one attribute. */
struct group {
	uint64_t key;
	struct bucket plain; /* nothing more can be told without looking */
	struct guards *guards;
	struct group *next;
};

struct tenant {
	int id;
	struct map ids; /* entity id -> struct bucket */
	struct map names; /* IRI of a type or attribute -> its number, from 1 */
	struct map groups; /* key -> struct group */
	struct group *first;
	struct patterns *patterns;
	bool any_type, any_attribute; /* there are groups of these */
	struct tenant *next;
};

void match_bucket_add(struct bucket *b, const struct subscription *s, struct arena *a)
{
	if (b->len == b->room) {
		const struct subscription **had = b->list;

		b->room = b->room > 0 ? 2 * b->room : 2;
		b->list = arena_raw(a, b->room * sizeof(struct subscription *));
		if (had != NULL)
			memcpy(b->list, had, b->len * sizeof(struct subscription *));
	}
	b->list[b->len++] = s;
}

void probe_all(struct probe *p, const struct bucket *b)
{
	for (uint32_t i = 0; i < b->len; i++)
		match_bucket_add(&p->found, b->list[i], p->a);
}

static const struct tenant *find_tenant(const struct level *l, int id)
{
	for (const struct tenant *t = l->tenants; t != NULL; t = t->next)
		if (t->id == id)
			return t;
	return NULL;
}

static struct tenant *tenant_of(struct level *l, int id)
{
	struct tenant *t = (struct tenant *)find_tenant(l, id);

	if (t != NULL)
		return t;
	t = arena_new(&l->arena, struct tenant);
	t->id = id;
	map_init(&t->ids);
	map_init(&t->names);
	map_init(&t->groups);
	t->next = l->tenants;
	l->tenants = t;
	return t;
}

static uint32_t number_of(const struct tenant *t, const char *iri, size_t len)
{
	return (uint32_t)(uintptr_t)map_get(&t->names, iri, len);
}

static uint32_t number_for(struct tenant *t, const char *iri)
{
	size_t len = strlen(iri);
	uint32_t n = number_of(t, iri, len);

	if (n == 0) {
		n = t->names.count + 1;
		map_put(&t->names, iri, len, (void *)(uintptr_t)n); /* NOLINT */
	}
	return n;
}

static struct group *group_of(
	struct level *l, struct tenant *t, uint32_t type, uint32_t attr)
{
	uint64_t key = (uint64_t)type << 32 | attr;
	struct group *g = map_get(&t->groups, (const char *)&key, sizeof(key));

	if (g != NULL)
		return g;
	g = arena_new(&l->arena, struct group);
	g->key = key;
	map_put(&t->groups, (const char *)&g->key, sizeof(g->key), g);
	g->next = t->first;
	t->first = g;
	t->any_type |= type == 0;
	t->any_attribute |= attr == 0;
	return g;
}

static void add_to_group(struct level *l, struct tenant *t, const struct subscription *s,
	uint32_t type, uint32_t attr)
{
	struct group *g = group_of(l, t, type, attr);

	if (!guards_add(&g->guards, s, &l->arena))
		match_bucket_add(&g->plain, s, &l->arena);
}

/* By type (its alternatives by the first name of each) and watched attribute. */
static void add_by_type(struct level *l, struct tenant *t, const struct subscription *s,
	const struct type_q *types)
{
	size_t n = types != NULL ? types->len : 1;

	for (size_t i = 0; i < n; i++) {
		uint32_t type = types != NULL ? number_for(t, types->any[i].iris[0]) : 0;

		for (size_t w = 0; w < s->watched_len; w++)
			add_to_group(l, t, s, type, number_for(t, s->watched[w]));
		if (s->watched_len == 0)
			add_to_group(l, t, s, type, 0);
	}
}

static void add_by_id(
	struct level *l, struct tenant *t, const struct subscription *s, const char *id)
{
	struct bucket *b = map_get(&t->ids, id, strlen(id));

	if (b == NULL) {
		b = arena_new(&l->arena, struct bucket);
		map_put(&t->ids, id, strlen(id), b);
	}
	match_bucket_add(b, s, &l->arena);
}

static void add(struct level *l, const struct subscription *s)
{
	struct tenant *t = tenant_of(l, s->tenant);

	if (s->time_interval > 0 || s->of_sources)
		return; /* no change of an entity is theirs */
	if (s->selectors_len == 0)
		add_by_type(l, t, s, NULL);
	for (size_t i = 0; i < s->selectors_len; i++) {
		const struct selector *sel = &s->selectors[i];

		for (size_t k = 0; k < sel->ids_len; k++)
			add_by_id(l, t, s, sel->ids[k]);
		if (sel->ids_len > 0)
			continue;
		if (sel->id_pattern != NULL)
			patterns_add(&t->patterns, s, sel->id_pattern, &l->arena);
		else
			add_by_type(l, t, s, sel->type);
	}
}

struct level *level_new(const struct subscription *const *list, size_t len)
{
	struct level *l = mem_alloc(sizeof(*l));

	atomic_init(&l->refs, 1);
	l->len = len;
	l->list = mem_alloc((len + 1) * sizeof(*l->list));
	for (size_t i = 0; i < len; i++) {
		l->list[i] = subscription_ref(list[i]);
		add(l, list[i]);
	}
	for (struct tenant *t = l->tenants; t != NULL; t = t->next) {
		patterns_end(t->patterns);
		for (struct group *g = t->first; g != NULL; g = g->next)
			guards_end(g->guards, &l->arena);
	}
	return l;
}

struct level *level_ref(struct level *l)
{
	atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
	return l;
}

void level_unref(struct level *l)
{
	if (l == NULL || atomic_fetch_sub(&l->refs, 1) != 1)
		return;
	for (struct tenant *t = l->tenants; t != NULL; t = t->next) {
		patterns_free(t->patterns);
		for (struct group *g = t->first; g != NULL; g = g->next)
			guards_free(g->guards);
		map_fini(&t->ids);
		map_fini(&t->names);
		map_fini(&t->groups);
	}
	for (size_t i = 0; i < l->len; i++)
		subscription_unref(l->list[i]);
	free(l->list);
	arena_reset(&l->arena);
	free(l);
}

const struct subscription *level_get(const struct level *l, int64_t sid)
{
	size_t low = 0, high = l->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->list[middle]->sid < sid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < l->len && l->list[low]->sid == sid ? l->list[low] : NULL;
}

#define MAX_NUMBERS 256

/* Numbers of names, each once; 0 stands for any. */
struct numbers {
	uint32_t list[MAX_NUMBERS];
	size_t len;
	bool overflow; /* there were more: then all groups are looked at */
};

static void add_number(struct numbers *n, uint32_t number)
{
	for (size_t i = 0; i < n->len; i++)
		if (n->list[i] == number)
			return;
	if (n->len < MAX_NUMBERS)
		n->list[n->len++] = number;
	else
		n->overflow = true;
}

static void add_name(
	struct numbers *n, const struct tenant *t, const char *iri, size_t len)
{
	uint32_t number = number_of(t, iri, len);

	if (number != 0)
		add_number(n, number);
}

static void changed_attributes(
	const struct tenant *t, const struct probe *p, struct numbers *out)
{
	if (t->any_attribute)
		add_number(out, 0);
	for (const struct change *c = p->change->changes; c != NULL; c = c->next)
		if (c->attr != NULL && !c->same)
			add_name(out, t, c->attr, c->attr_len);
	if (p->change->after != NULL)
		return;
	jn_each (it, p->doc)
		if (is_attribute(it))
			add_name(out, t, it->key, it->key_len);
}

static void types_of(const struct tenant *t, const struct probe *p, struct numbers *out)
{
	if (t->any_type)
		add_number(out, 0);
	jn_each (it, jn_getn(p->doc, "type", 4)) {
		size_t len = 0;
		const char *iri = jn_span(it, p->a, &len);

		add_name(out, t, iri, len);
	}
}

static void probe_group(struct probe *p, const struct group *g)
{
	probe_all(p, &g->plain);
	guards_probe(g->guards, p);
}

void level_probe(const struct level *l, struct probe *p)
{
	const struct tenant *t = find_tenant(l, p->change->tenant);
	struct numbers types = {.len = 0}, attributes = {.len = 0};
	const struct bucket *b;

	if (t == NULL)
		return;
	b = map_get(&t->ids, p->change->id, strlen(p->change->id));
	if (b != NULL)
		probe_all(p, b);
	patterns_probe(t->patterns, p);
	types_of(t, p, &types);
	if (types.len == 0)
		return;
	changed_attributes(t, p, &attributes);
	if (types.overflow || attributes.overflow) {
		for (const struct group *g = t->first; g != NULL; g = g->next)
			probe_group(p, g);
		return;
	}
	for (size_t i = 0; i < types.len; i++)
		for (size_t k = 0; k < attributes.len; k++) {
			uint64_t key = (uint64_t)types.list[i] << 32 | attributes.list[k];
			const struct group *g =
				map_get(&t->groups, (const char *)&key, sizeof(key));

			if (g != NULL)
				probe_group(p, g);
		}
}
