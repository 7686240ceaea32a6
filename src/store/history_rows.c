/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a group changed, as rows of `history`: every change of an attribute instance, with
 * the statements of the change itself.  What was there and is written again unchanged is
 * kept where it is a measurement, a number or a boolean: that a sensor said the same is
 * worth knowing.  Unchanged names, texts and geometries leave nothing behind.
 */
#include "history_priv.h"
#include "lane_priv.h"

#include <base/clock.h>
#include <base/metrics.h>
#include <core/entity.h>
#include <core/history_policy.h>
#include <store/dict.h>

#include <string.h>

struct fill {
	struct group *g;
	struct pg_array *evolutions;
	struct history_writer writer;
};

/* The document whose types say whether there is a history. */
static const struct jn *present(const struct group *g, const struct slot *slot)
{
	const struct jn *doc = slot->now != NULL ? slot->now : slot->stored;

	for (size_t i = 0; doc == NULL && i < g->changes_len; i++)
		if (&g->slots[g->changes[i].slot] == slot)
			doc = g->changes[i].after; /* came and went in this group */
	return doc;
}

void history_decide(struct group *g)
{
	for (size_t i = 0; i < g->changes_len; i++) {
		struct slot *slot = &g->slots[g->changes[i].slot];

		if (slot->recorded)
			continue;
		slot->recorded = history_policy_find(
			g->policy, jn_getn(present(g, slot), "type", 4))
					 ->record;
	}
}

static int name_of(struct fill *f, const char *iri, size_t len, int *out, struct err *err)
{
	return dict_id(f->g->names, iri, len, true, out, err);
}

enum standing { GONE, CURRENT, LATE };

static int add(struct fill *f, const struct entity_change *e, const char *iri, size_t len,
	const struct jn *instance, enum standing standing, const struct jn *replaced,
	struct err *err)
{
	bool deleted = standing == GONE;
	struct history_row row = {
		.hid = f->g->slots[e->slot].hid,
		.instance = instance,
		.now = e->now,
		.deleted = deleted ? e->now : 0,
		.import = e->import,
		.current = standing == CURRENT,
		.replaced = replaced,
	};

	if (deleted)
		row.instance = history_null(instance, f->g->arena);
	if (name_of(f, iri, len, &row.attr, err) < 0)
		return -1;
	return history_add(&f->writer, &row, err);
}

static int add_scope(struct fill *f, const struct entity_change *e,
	const struct jn *scopes, struct err *err)
{
	struct arena *a = f->g->arena;
	const struct jn *instance;

	if (scopes == NULL) {
		instance = jn_object(a); /* of no kind yet: a Property */
	} else {
		char *now = arena_raw(a, CLOCK_TEXT);

		instance = history_scope(scopes, clock_format(e->now, now), a);
	}
	return add(f, e, SCOPE_IRI, strlen(SCOPE_IRI), instance,
		scopes == NULL ? GONE : CURRENT, NULL, err);
}

/* All that the entity had is no more (5.6.6). */
static int add_end(struct fill *f, const struct entity_change *e, const struct jn *doc,
	struct err *err)
{
	if (jn_getn(doc, "scope", 5) != NULL && add_scope(f, e, NULL, err) < 0)
		return -1;
	jn_each (attribute, doc) {
		if (!is_attribute(attribute))
			continue;
		each_instance(it, attribute)
		{
			if (add(f, e, attribute->key, attribute->key_len, it, GONE, NULL,
				    err) < 0)
				return -1;
		}
	}
	return 0;
}

static bool is_measurement(const struct jn *instance)
{
	const struct jn *value = instance_value(instance);

	return instance_kind(instance) == KIND_PROPERTY &&
		(jn_is(value, JN_NUMBER) || jn_is_bool(value));
}

static int add_change(struct fill *f, const struct entity_change *e,
	const struct change *c, struct err *err)
{
	switch (c->kind) {
	case CHANGE_ENTITY_CREATED:
	case CHANGE_TYPE:
		return 0; /* the evolution's */
	case CHANGE_ENTITY_DELETED:
		return add_end(f, e, c->before, err);
	case CHANGE_SCOPE:
		return c->same ? 0 : add_scope(f, e, c->after, err);
	case CHANGE_ATTRIBUTE_DELETED:
		return add(f, e, c->attr, c->attr_len, c->before, GONE, NULL, err);
	case CHANGE_ATTRIBUTE_LATE:
		metric_add(METRIC_history_late_total, 1);
		return add(f, e, c->attr, c->attr_len, c->after, LATE, NULL, err);
	case CHANGE_ATTRIBUTE_UPDATED:
		if (c->same && !is_measurement(c->after))
			return 0;
		fall_through;
	case CHANGE_ATTRIBUTE_CREATED:
		return add(f, e, c->attr, c->attr_len, c->after, CURRENT, c->before, err);
	}
	return 0;
}

/* What an entity is called by, in the past too: new ones, new types, ends. */
static bool moves_evolution(const struct change *changes)
{
	for (const struct change *c = changes; c != NULL; c = c->next)
		if (c->kind == CHANGE_ENTITY_CREATED ||
			c->kind == CHANGE_ENTITY_DELETED || c->kind == CHANGE_TYPE)
			return true;
	return false;
}

static int add_types(
	struct fill *f, struct pg_array *column, const struct jn *types, struct err *err)
{
	struct strbuf *sb = &f->writer.text;

	strbuf_reset(sb);
	jn_each (it, types) {
		size_t len = 0;
		const char *iri = jn_span(it, f->g->arena, &len);
		int type;

		if (name_of(f, iri, len, &type, err) < 0)
			return -1;
		strbuf_addf(sb, "%c%d", sb->len == 0 ? '{' : ',', type);
	}
	strbuf_addc(sb, '}');
	pg_array_text(column, sb->data, sb->len);
	return 0;
}

static int add_evolution(
	struct fill *f, const struct slot *slot, int64_t now, struct err *err)
{
	struct pg_array *column = f->evolutions;

	pg_array_int(&column[0], slot->tenant);
	pg_array_int(&column[1], slot->hid);
	pg_array_text(&column[2], slot->id, strlen(slot->id));
	if (add_types(f, &column[3], jn_getn(present(f->g, slot), "type", 4), err) < 0)
		return -1;
	pg_array_time(&column[4], now);
	if (slot->now == NULL)
		pg_array_time(&column[5], now);
	else
		pg_array_null(&column[5]);
	return 0;
}

/* Once an entity, by its last change. */
static int add_evolutions(struct fill *f, struct err *err)
{
	struct group *g = f->g;
	int64_t *now = arena_array(g->arena, int64_t, g->slots_len);

	for (size_t i = 0; i < g->changes_len; i++) {
		const struct entity_change *e = &g->changes[i];
		const struct slot *slot = &g->slots[e->slot];

		if (slot->recorded && (slot->numbered || moves_evolution(e->changes)))
			now[e->slot] = e->now;
	}
	for (size_t i = 0; i < g->slots_len; i++)
		if (now[i] != 0 && add_evolution(f, &g->slots[i], now[i], err) < 0)
			return -1;
	return 0;
}

static int add_changes(struct fill *f, const struct entity_change *e, struct err *err)
{
	for (const struct change *c = e->changes; c != NULL; c = c->next)
		if (add_change(f, e, c, err) < 0)
			return -1;
	return 0;
}

int history_fill(struct group *g, const struct history_output *out, struct err *err)
{
	struct fill f = {
		.g = g,
		.evolutions = out->evolutions,
		.writer = {.column = out->history,
			.marks.column = out->marks,
			.names = g->names,
			.arena = g->arena,
			.imports = out->imports},
	};
	int rc = add_evolutions(&f, err);

	for (size_t i = 0; rc == 0 && i < g->changes_len; i++)
		if (g->slots[g->changes[i].slot].recorded && !g->changes[i].unrecorded)
			rc = add_changes(&f, &g->changes[i], err);
	if (!f.writer.meets && !g->careful)
		*out->stmt = &history_append;
	history_writer_fini(&f.writer);
	metric_add(METRIC_history_rows_total, out->history[0].n);
	return rc;
}
