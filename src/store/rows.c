/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the touched entities of a group to the columns of set-based statements, one a kind of
 * change; rows_send.c sends them.
 */
#include "doc_names.h"
#include "entity_blocks.h"
#include "geometry_text.h"
#include "group_imports.h"
#include "history_priv.h"
#include "lane_priv.h"
#include "rows_priv.h"
#include "shape.h"
#include "value_priv.h"

#include <base/clock.h>
#include <base/map.h>
#include <core/entity.h>
#include <core/q_target.h>
#include <store/block_keeper.h>
#include <store/dict.h>

#include <assert.h>
#include <string.h>

struct store_rows {
	struct group *group;
	struct rows rows[ROWS];
	struct strbuf text; /* scratch */
	struct entity_blocks blocks;
	struct map old_shapes, shapes; /* their places in DELETE_SHAPES, INSERT_SHAPES */
};

static void store_rows_init(struct store_rows *s, struct group *g)
{
	*s = (struct store_rows){.group = g};
	for (size_t i = 0; i < ROWS; i++) {
		struct rows *r = &s->rows[i];

		r->stmt = row_statements[i].stmt;
		while (r->columns < ROW_COLUMNS &&
			row_statements[i].column[r->columns] != 0) {
			pg_array_init(&r->column[r->columns],
				row_statements[i].column[r->columns]);
			r->columns++;
		}
	}
}

static void store_rows_fini(struct store_rows *s)
{
	for (size_t i = 0; i < ROWS; i++)
		for (size_t j = 0; j < s->rows[i].columns; j++)
			pg_array_fini(&s->rows[i].column[j]);
	strbuf_fini(&s->text);
	entity_blocks_fini(&s->blocks);
	map_fini(&s->old_shapes);
	map_fini(&s->shapes);
}

/* Starts a row: the place of the entity's, or tenant and eid, or tenant alone where the type
 * stands between them. */
static struct pg_array *add_row(
	struct store_rows *s, enum rows_kind kind, const struct slot *slot)
{
	struct rows *r = &s->rows[kind];

	if (r->column[0].type == PG_TID) {
		pg_array_tid(&r->column[0], slot->at);
		return r->column;
	}
	pg_array_int(&r->column[0], slot->tenant);
	if (kind != DELETE_TYPES && kind != INSERT_TYPES)
		pg_array_int(&r->column[1], slot->eid);
	return r->column;
}

/* Of an entity or instance. */
static void add_expires(struct pg_array *column, const struct jn *object, struct arena *a)
{
	size_t len = 0;
	const char *text = jn_span(jn_get(object, "expiresAt"), a, &len);
	int64_t at;

	if (text != NULL && clock_parse(text, len, &at))
		pg_array_time(column, at);
	else
		pg_array_null(column);
}

/* Scopes are made of letters, digits, '_' and '/': a comma can part them. */
static void add_scopes(
	struct pg_array *column, const struct slot *slot, struct store_rows *s)
{
	struct jn *scopes = jn_get(slot->now, "scope");

	if (scopes == NULL) {
		pg_array_null(column);
		return;
	}
	strbuf_reset(&s->text);
	jn_each (it, scopes) {
		size_t len = 0;
		const char *text = jn_span(it, s->group->arena, &len);

		if (s->text.len > 0)
			strbuf_addc(&s->text, ',');
		strbuf_add(&s->text, text, len);
	}
	pg_array_text(column, s->text.data, s->text.len);
}

static void add_doc(
	struct pg_array *column, const struct slot *slot, struct store_rows *s)
{
	strbuf_reset(&s->text);
	jn_write(&s->text, slot->now);
	pg_array_text(column, s->text.data, s->text.len);
}

/* The types by number, as the text of an array: arrays of arrays are flat to unnest(). */
static int add_type_numbers(struct pg_array *column, const struct slot *slot,
	struct store_rows *s, struct err *err)
{
	strbuf_reset(&s->text);
	jn_each (it, jn_get(slot->now, "type")) {
		size_t len = 0;
		const char *iri = jn_span(it, s->group->arena, &len);
		int type;

		if (dict_id(s->group->names, iri, len, true, &type, err) < 0)
			return -1;
		strbuf_addf(&s->text, "%c%d", s->text.len == 0 ? '{' : ',', type);
	}
	strbuf_addc(&s->text, '}');
	pg_array_text(column, s->text.data, s->text.len);
	return 0;
}

static int add_types(struct store_rows *s, enum rows_kind kind, const struct slot *slot,
	const struct jn *doc, struct err *err)
{
	const struct jn *list = jn_get(doc, "type");
	int *types = arena_array(s->group->arena, int, list->count);
	size_t n = 0;

	jn_each (it, list) {
		struct pg_array *column;
		size_t len = 0;
		const char *iri = jn_span(it, s->group->arena, &len);

		if (dict_id(s->group->names, iri, len, true, &types[n], err) < 0)
			return -1;
		column = add_row(s, kind, slot);
		pg_array_int(&column[1], types[n++]);
		pg_array_int(&column[2], slot->eid);
	}
	entity_blocks_add(&s->blocks, slot->tenant, types, n, slot->eid,
		kind == INSERT_TYPES ? 1 : -1);
	return 0;
}

static int add_geometries(struct store_rows *s, const struct slot *slot, struct err *err)
{
	jn_each (attr, slot->now) {
		int n = 0, name = 0;

		if (!is_attribute(attr))
			continue;
		each_instance(it, attr)
		{
			struct pg_array *column;
			const char *text;
			size_t len;

			if (instance_kind(it) != KIND_GEO_PROPERTY)
				continue;
			if (name == 0 &&
				dict_id(s->group->names, attr->key, attr->key_len, true,
					&name, err) < 0)
				return -1;
			column = add_row(s, INSERT_GEOMETRIES, slot);
			pg_array_int(&column[2], name);
			pg_array_int(&column[3], n++);
			pg_array_int(&column[4], attr->kind == JN_OBJECT);
			text = geometry_text(
				instance_value(it), s->group->arena, &s->text, &len);
			pg_array_text(&column[5], text, len);
			add_expires(&column[6], it, s->group->arena);
		}
	}
	return 0;
}

/* What stands beside a document that exists from now on. */
static int add_facets(struct store_rows *s, const struct slot *slot, struct err *err)
{
	if (add_types(s, INSERT_TYPES, slot, slot->now, err) < 0)
		return -1;
	return add_geometries(s, slot, err);
}

static int remove_facets(struct store_rows *s, const struct slot *slot, struct err *err)
{
	add_row(s, DELETE_GEOMETRIES, slot);
	return add_types(s, DELETE_TYPES, slot, slot->stored, err);
}

/* The same leaves, if other values: the rows can be updated where they are. */
static bool same_places(
	const struct q_row *a, size_t a_len, const struct q_row *b, size_t b_len)
{
	if (a_len != b_len)
		return false;
	for (size_t i = 0; i < a_len; i++)
		if (a[i].n != b[i].n)
			return false;
	return true;
}

static bool same_row(const struct q_row *a, const struct q_row *b)
{
	return a->has_num == b->has_num && a->has_at == b->has_at && a->num == b->num &&
		a->at == b->at && a->expires == b->expires && a->txt_len == b->txt_len &&
		(a->txt == NULL) == (b->txt == NULL) &&
		(a->txt == NULL || memcmp(a->txt, b->txt, a->txt_len) == 0);
}

/* The rows of one indexed path.  While its index is being built nobody knows which rows are
 * there, so all are written anew. */
static void add_values(
	struct store_rows *s, const struct slot *slot, const struct value_path *path)
{
	struct arena *a = s->group->arena;
	struct q_row *old = NULL, *now = NULL;
	size_t old_len =
		slot->stored != NULL ? q_rows(path->parsed, slot->stored, a, &old) : 0;
	size_t len = slot->now != NULL ? q_rows(path->parsed, slot->now, a, &now) : 0;
	bool update = path->ready && same_places(old, old_len, now, len);

	if (slot->stored != NULL && !update && (old_len > 0 || !path->ready)) {
		pg_array_int(&s->rows[DELETE_VALUES].column[0], path->path);
		pg_array_int(&s->rows[DELETE_VALUES].column[1], slot->eid);
	}
	for (size_t i = 0; i < len; i++)
		if (!update || !same_row(&old[i], &now[i]))
			value_row_add(
				s->rows[update ? UPDATE_VALUES : INSERT_VALUES].column,
				path->path, slot->eid, &now[i]);
}

static void add_all_values(struct store_rows *s, const struct slot *slot)
{
	size_t len;
	const struct value_path *paths = value_set_paths(s->group->values, &len);

	for (size_t i = 0; i < len; i++)
		if (paths[i].tenant == slot->tenant)
			add_values(s, slot, &paths[i]);
}

/* The place of the document's shape in `texts`, counted from 1. */
static int64_t shape_place(struct store_rows *s, const struct jn *doc, struct map *places,
	struct pg_array *texts)
{
	struct arena *a = s->group->arena;
	intptr_t place;

	strbuf_reset(&s->text);
	shape_write(&s->text, doc, a);
	place = (intptr_t)map_get(places, s->text.data, s->text.len);
	if (place == 0) {
		pg_array_text(texts, s->text.data, s->text.len);
		place = texts->n;
		map_put(places, arena_strndup(a, s->text.data, s->text.len), s->text.len,
			(void *)place);
	}
	return place;
}

static void add_shapes(struct store_rows *s, const struct slot *slot)
{
	struct pg_array *column;
	int64_t expires;

	if (slot->stored != NULL) {
		column = add_row(s, DELETE_SHAPES, slot);
		pg_array_int(&column[2],
			shape_place(s, slot->stored, &s->old_shapes, &column[3]));
	}
	if (slot->now == NULL)
		return;
	expires = shape_expires(slot->now, s->group->arena);
	column = add_row(s, INSERT_SHAPES, slot);
	pg_array_int(&column[2], shape_place(s, slot->now, &s->shapes, &column[4]));
	if (expires != INT64_MAX)
		pg_array_time(&column[3], expires);
	else
		pg_array_null(&column[3]);
}

static int add_slot(struct store_rows *s, const struct slot *slot, struct err *err)
{
	struct pg_array *column;

	if (slot->stored == NULL && slot->now == NULL)
		return 0; /* created and deleted in one group */
	if (slot->numbered && slot->stored != NULL && slot->now != NULL) {
		column = add_row(s, UPDATE_HIDS, slot);
		pg_array_int(&column[2], slot->hid);
	}
	add_all_values(s, slot);
	if (slot->shape)
		add_shapes(s, slot);
	if (slot->stored == NULL) {
		column = add_row(s, INSERT_ROWS, slot);
		pg_array_text(&column[2], slot->id, strlen(slot->id));
		if (add_type_numbers(&column[3], slot, s, err) < 0)
			return -1;
		add_expires(&column[4], slot->now, s->group->arena);
		add_scopes(&column[5], slot, s);
		add_doc(&column[6], slot, s);
		if (slot->recorded)
			pg_array_int(&column[7], slot->hid);
		else
			pg_array_null(&column[7]);
		return add_facets(s, slot, err);
	}
	if (slot->now == NULL) {
		add_row(s, DELETE_ROWS, slot);
		return remove_facets(s, slot, err);
	}
	if (!slot->facets) {
		column = add_row(s, UPDATE_DOCS, slot);
		add_doc(&column[1], slot, s);
		return 0;
	}
	column = add_row(s, UPDATE_ROWS, slot);
	if (add_type_numbers(&column[1], slot, s, err) < 0)
		return -1;
	add_expires(&column[2], slot->now, s->group->arena);
	add_scopes(&column[3], slot, s);
	add_doc(&column[4], slot, s);
	if (remove_facets(s, slot, err) < 0)
		return -1;
	return add_facets(s, slot, err);
}

static void add_matched(struct store_rows *s, const struct matched *m, int64_t n)
{
	struct pg_array *column = s->rows[INSERT_OUTBOX].column;
	const struct entity_change *c = m->change;

	strbuf_reset(&s->text);
	s->group->listener->write(c, &s->text);
	pg_array_int(&column[0], c->tenant);
	pg_array_time(&column[1], c->now);
	pg_array_text(&column[2], c->id, strlen(c->id));
	pg_array_text(&column[3], s->text.data, s->text.len);
	for (size_t i = 0; i < m->len; i++) {
		pg_array_int(&column[4], n);
		pg_array_int(&column[5], m->sids[i]);
	}
}

int rows_store(struct group *g, struct err *err)
{
	struct store_rows s;
	const struct history_output history = {s.rows[UPSERT_EVOLUTIONS].column,
		s.rows[INSERT_HISTORY].column, s.rows[MARK_HISTORY].column,
		imports_column(g), &s.rows[INSERT_HISTORY].stmt};
	int rc;

	history_decide(g);
	rc = numbers_rest(g, err);
	for (size_t i = 0; rc == 0 && i < g->slots_len; i++)
		if (g->slots[i].touched && g->slots[i].now != NULL)
			rc = doc_names_learn(g->names, g->slots[i].now, g->arena, err);
	store_rows_init(&s, g);
	for (size_t i = 0; rc == 0 && i < g->slots_len; i++)
		if (g->slots[i].touched)
			rc = add_slot(&s, &g->slots[i], err);
	for (size_t i = 0; i < g->matched_len; i++)
		add_matched(&s, &g->matched[i], (int64_t)i + 1);
	if (rc == 0)
		rc = history_fill(g, &history, err);
	imports_fill(g, s.rows[INSERT_IMPORT_ROWS].column);
	entity_blocks_fill(&s.blocks, s.rows[INSERT_BLOCKS].column);
	if (rc == 0)
		rc = rows_send(g, s.rows, err);
	if (rc == 0 && s.rows[INSERT_BLOCKS].column[0].n > 0)
		block_keeper_wake(g->block_keeper);
	store_rows_fini(&s);
	return rc;
}
