/* SPDX-License-Identifier: Apache-2.0 */
#include <core/import_effect.h>

#include <base/arena.h>
#include <base/clock.h>
#include <base/map.h>
#include <base/mem.h>
#include <base/strbuf.h>

#include <stdlib.h>
#include <string.h>

const char *const import_result_names[IMPORT_RESULTS] = {
	"created", "updated", "unchanged", "historized", "rejected"};

void import_seen_fini(struct import_seen *s)
{
	free(s->slots);
	*s = (struct import_seen){0};
}

/* The slot of the key, or the free one where it belongs.  Key 0 is free. */
static struct import_seen_slot *slot_of(const struct import_seen *s, uint64_t key)
{
	size_t i = key & (s->room - 1);

	while (s->slots[i].key != 0 && s->slots[i].key != key)
		i = (i + 1) & (s->room - 1);
	return &s->slots[i];
}

static void grow(struct import_seen *s)
{
	struct import_seen old = *s;

	s->room = old.room > 0 ? old.room * 2 : 1024;
	s->slots = mem_alloc(s->room * sizeof(*s->slots));
	for (size_t i = 0; i < old.room; i++)
		if (old.slots[i].key != 0)
			*slot_of(s, old.slots[i].key) = old.slots[i];
	free(old.slots);
}

/* What it was before; 0: it was not there. */
static uint64_t put(struct import_seen *s, uint64_t key, uint64_t doc)
{
	struct import_seen_slot *slot;
	uint64_t was;

	if (s->len * 2 >= s->room)
		grow(s);
	slot = slot_of(s, key | 1);
	was = slot->key != 0 ? slot->doc : 0;
	s->len += slot->key == 0;
	*slot = (struct import_seen_slot){key | 1, doc};
	return was;
}

static bool has_column(const struct jn *member)
{
	return jn_key_is(member, "createdAt") || jn_key_is(member, "modifiedAt") ||
		jn_key_is(member, "deletedAt");
}

void import_instance_text(struct strbuf *sb, const struct jn *instance)
{
	char separator = '{';

	jn_each (it, instance) {
		if (has_column(it))
			continue;
		strbuf_addc(sb, separator);
		jn_write_string(sb, it->key, it->key_len);
		strbuf_addc(sb, ':');
		jn_write(sb, it);
		separator = ',';
	}
	strbuf_addc(sb, '}');
}

/* Where an instance has its place in the history: entity, attribute, dataset, instant. */
static uint64_t key_of(
	const char *id, const struct change *c, int64_t at, struct arena *a)
{
	size_t len = 0;
	const char *dataset = jn_span(jn_getn(c->after, "datasetId", 9), a, &len);
	auto_strbuf sb = {0};

	strbuf_addf(&sb, "%s %.*s %.*s %lld", id, (int)c->attr_len, c->attr, (int)len,
		dataset != NULL ? dataset : "", (long long)at);
	return map_hash(sb.data, sb.len);
}

static uint64_t hash_of(const struct change *c)
{
	auto_strbuf sb = {0};

	import_instance_text(&sb, c->after);
	return map_hash(sb.data, sb.len) | 1;
}

static bool is_of_history(const struct change *c)
{
	return c->kind == CHANGE_ATTRIBUTE_CREATED ||
		c->kind == CHANGE_ATTRIBUTE_UPDATED || c->kind == CHANGE_ATTRIBUTE_LATE;
}

static void note(struct import_seen *seen, const char *id, const struct change *c,
	struct arena *a, struct import_effect *e)
{
	size_t len = 0;
	const char *text = jn_span(jn_getn(c->after, "observedAt", 10), a, &len);
	uint64_t was, is;
	int64_t at;

	if (text == NULL || !clock_parse(text, len, &at))
		return;
	is = hash_of(c);
	was = put(seen, key_of(id, c, at, a), is);
	if (c->kind != CHANGE_ATTRIBUTE_LATE || was == is)
		return;
	if (was != 0) {
		if (e->result == IMPORT_UNCHANGED)
			e->result = IMPORT_HISTORIZED;
		return;
	}
	e->late[e->late_len++] = (struct import_late){.id = id, .change = c, .at = at};
}

void import_effect(struct import_seen *seen, const char *id, const struct outcome *out,
	bool recorded, struct arena *a, struct import_effect *e)
{
	size_t n = 0;

	*e = (struct import_effect){.result = out->created ? IMPORT_CREATED
			: out->touched                     ? IMPORT_UPDATED
							   : IMPORT_UNCHANGED};
	for (const struct change *c = out->changes; c != NULL; c = c->next)
		n += c->kind == CHANGE_ATTRIBUTE_LATE;
	e->late = arena_array(a, struct import_late, n + 1);
	for (const struct change *c = out->changes; recorded && c != NULL; c = c->next)
		if (is_of_history(c))
			note(seen, id, c, a, e);
	/* who is updated is updated, whatever was late besides */
	if (e->result != IMPORT_UNCHANGED && e->result != IMPORT_HISTORIZED)
		e->late_len = 0;
}
