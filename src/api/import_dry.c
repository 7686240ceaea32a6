/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A dry run: the operations are applied to copies.  An entity that the file has more than
 * once is remembered between its rows, and forgotten after the last; others are not.
 */
#include "import_priv.h"

#include <base/arena.h>
#include <base/map.h>
#include <base/mem.h>
#include <base/strbuf.h>
#include <core/entity.h>
#include <core/history_policy.h>
#include <store/readers.h>
#include <table/mapping.h>

#include <stdlib.h>
#include <string.h>

/* How often the file has an id. */
struct count {
	uint64_t key;
	uint32_t left;
};

struct import_dry {
	struct count *counts;
	size_t room; /* a power of two */
	struct map docs; /* id -> struct copy */
	struct import_seen seen;
};

struct copy {
	char *text; /* NULL: forgotten */
	size_t len;
};

static struct count *count_of(const struct import_dry *d, const char *id)
{
	uint64_t key = map_hash(id, strlen(id)) | 1;
	size_t i = (key >> 1) & (d->room - 1);

	while (d->counts[i].key != 0 && d->counts[i].key != key)
		i = (i + 1) & (d->room - 1);
	d->counts[i].key = key;
	return &d->counts[i];
}

static const char *id_of(
	const struct import_run *run, const struct one_row *row, struct arena *a)
{
	if (run->mapping != NULL)
		return mapping_row_id(run->mapping, &row->source, a);
	return jn_str(jn_get(row->feature, "id"), a);
}

struct import_dry *import_dry_new(const struct import_run *run)
{
	struct import_dry *d = mem_alloc(sizeof(*d));
	struct rows rows = run->rows;
	auto_arena a = {0};
	struct err err = {0};
	struct one_row row;
	int rc;

	for (d->room = 16; d->room < rows.total * 2; d->room *= 2)
		;
	d->counts = mem_alloc(d->room * sizeof(*d->counts));
	while ((rc = rows_next(&rows, &a, &row, &err)) != 0) {
		const char *id = rc == 1 ? id_of(run, &row, &a) : NULL;

		if (id != NULL)
			count_of(d, id)->left++;
		err_clear(&err);
		arena_rewind(&a);
	}
	return d;
}

void import_dry_free(struct import_dry *d)
{
	if (d == NULL)
		return;
	map_each(it, &d->docs)
	{
		struct copy *copy = it->value;

		free(copy->text);
		free(copy);
		free((char *)it->key);
	}
	map_fini(&d->docs);
	import_seen_fini(&d->seen);
	free(d->counts);
	free(d);
}

/* What the entity would be before this row; stored: what it is. */
static const struct jn *recall(const struct import_dry *d, const char *id,
	const struct jn *stored, struct arena *a)
{
	const struct copy *copy = map_get(&d->docs, id, strlen(id));

	if (copy == NULL || copy->text == NULL)
		return stored;
	return jn_parse_trusted(arena_strndup(a, copy->text, copy->len), copy->len, a);
}

static void remember(struct import_dry *d, const char *id, const struct jn *doc)
{
	struct copy *copy = map_get(&d->docs, id, strlen(id));
	struct count *count = count_of(d, id);
	struct strbuf sb = {0};

	if (count->left > 0)
		count->left--;
	if (copy == NULL && count->left == 0)
		return;
	if (copy == NULL) {
		copy = mem_alloc(sizeof(*copy));
		map_put(&d->docs, mem_strdup(id), strlen(id), copy);
	}
	free(copy->text);
	*copy = (struct copy){0};
	if (count->left == 0)
		return;
	jn_write(&sb, doc);
	copy->text = strbuf_steal(&sb, &copy->len);
}

/* The late instances of all items. */
struct lates {
	struct import_late *items;
	size_t len, room;
};

static void add_late(
	struct lates *all, const struct import_effect *e, size_t item, struct arena *a)
{
	if (all->len + e->late_len > all->room) {
		struct lates more = {
			.room = (all->len + e->late_len) * 2, .len = all->len};

		more.items = arena_array(a, struct import_late, more.room);
		if (all->len > 0)
			memcpy(more.items, all->items, all->len * sizeof(*all->items));
		*all = more;
	}
	for (size_t i = 0; i < e->late_len; i++) {
		all->items[all->len] = e->late[i];
		all->items[all->len++].op = item;
	}
}

static void try_item(struct import_run *run, struct import_page *page, size_t i,
	const struct jn *stored, struct lates *late)
{
	struct import_item *item = &page->items[i];
	struct arena *a = &page->req.arena;
	const struct jn *entity = recall(run->dry, item->row.id, stored, a);
	struct outcome out = {0};
	struct import_effect effect;
	bool recorded;

	if (entity != NULL && is_expired(entity, page->req.now))
		entity = NULL;
	if (apply(&item->op->op, entity, a, &out, &item->op->err) < 0)
		return;
	recorded = history_policy_find(
		run->call->app->history_policy, jn_get(out.entity, "type"))
			   ->record;
	import_effect(&run->dry->seen, item->row.id, &out, recorded, a, &effect);
	item->import.result = effect.result;
	add_late(late, &effect, i, a);
	remember(run->dry, item->row.id, out.entity);
}

static int try_items(
	struct import_run *run, struct import_page *page, struct pg *pg, struct err *err)
{
	struct app *app = run->call->app;
	struct arena *a = &page->req.arena;
	struct entity_key *keys = arena_array(a, struct entity_key, page->write.len);
	auto_entity_page docs = {0};
	struct lates late = {0};
	bool *known;
	size_t n = 0;

	for (size_t i = 0; i < page->write.len; i++)
		keys[i] =
			(struct entity_key){run->call->tenant, page->write.ops[i].op.id};
	if (entities_get(pg, keys, page->write.len, page->req.now, a, &docs, err) < 0)
		return -1;
	for (size_t i = 0; i < page->len; i++) {
		const struct entity_text *doc;

		if (page->items[i].op == NULL)
			continue;
		doc = &docs.docs[n++];
		try_item(run, page, i,
			doc->text != NULL
				? jn_parse_trusted(arena_strndup(a, doc->text, doc->len),
					  doc->len, a)
				: NULL,
			&late);
	}
	known = arena_array(a, bool, late.len + 1);
	if (imports_known(pg, app->index.names, run->call->tenant, late.items, late.len,
		    a, known, err) < 0)
		return -1;
	for (size_t i = 0; i < late.len; i++)
		if (!known[i])
			page->items[late.items[i].op].import.result = IMPORT_HISTORIZED;
	return 0;
}

int import_dry_page(struct import_run *run, struct import_page *page, struct err *err)
{
	struct pg *pg;
	int rc;

	if (page->write.len == 0)
		return 0;
	pg = readers_take(run->call->app->readers);
	rc = try_items(run, page, pg, err);
	readers_put(run->call->app->readers, pg);
	return rc;
}
