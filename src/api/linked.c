/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Breadth first: all entities of a level are fetched together.  Relationships that the
 * projection hides are not followed, nor are those of attributes.
 */
#include "linked.h"

#include "call.h"
#include "params.h"

#include <base/arena.h>
#include <base/strbuf.h>
#include <core/entity.h>
#include <core/project.h>
#include <store/readers.h>

#include <stdlib.h>
#include <string.h>

/* What one answer may cost: entities fetched, how often they are looked at in writing, and
 * the bytes written so. */
#define MAX_FETCHED 10000
#define MAX_SHOWN   100000
#define MAX_BYTES   ((size_t)64 << 20)

struct linked_entity {
	const char *id;
	size_t len;
	const struct jn *doc; /* NULL: not there, or not to be followed */
	const struct projection *projection; /* how it is shown after those that link */
	struct linked_entity *next; /* of those to append */
};

static int read_level(const struct params *p, struct join *out, struct err *err)
{
	const char *text = params_get(p, "joinLevel");
	size_t len = text != NULL ? strlen(text) : 0;
	unsigned long level;

	out->levels = 1;
	if (text == NULL)
		return 0;
	level = strtoul(text, NULL, 10);
	if (len == 0 || strspn(text, "0123456789") != len || level == 0)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"joinLevel: '%.32s' is no whole number above 0", text);
	out->levels = level < LINKED_LEVELS ? (unsigned)level : LINKED_LEVELS;
	return 0;
}

static int read_contained(const struct params *p, struct join *out, struct err *err)
{
	const char *text = params_get(p, "containedBy");

	if (text == NULL)
		return 0;
	if (params_get(p, "joinLevel") == NULL)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"containedBy goes with joinLevel only");
	return params_uris(text, "containedBy", &p->call->req->arena, &out->contained,
		&out->contained_len, err);
}

int join_params(const struct params *p, struct join *out, struct err *err)
{
	const char *text = params_get(p, "join");
	struct join join = {.form = JOIN_NONE};

	if (read_level(p, &join, err) < 0 || read_contained(p, &join, err) < 0)
		return -1;
	if (text == NULL || strcmp(text, "@none") == 0)
		join.levels = 0;
	else if (strcmp(text, "inline") == 0)
		join.form = JOIN_INLINE;
	else if (strcmp(text, "flat") == 0)
		join.form = JOIN_FLAT;
	else
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"join: '%.32s' is unknown; use inline, flat or @none", text);
	*out = join;
	return 0;
}

void linked_fini(struct linked_set *set)
{
	for (unsigned i = 0; i < set->pages_len; i++)
		entity_page_fini(&set->pages[i]);
	map_fini(&set->known);
}

static struct arena *arena_of(const struct linked_set *set)
{
	return &set->call->req->arena;
}

static struct linked_entity *learn(struct linked_set *set, const char *id, size_t len)
{
	struct linked_entity *e = arena_new(arena_of(set), struct linked_entity);

	e->id = id;
	e->len = len;
	map_put(&set->known, id, len, e);
	return e;
}

/* The entities of one level that were met for the first time. */
struct level {
	struct linked_entity **list;
	size_t len, room;
};

static void level_add(struct level *level, struct linked_entity *e, struct arena *a)
{
	if (level->len == level->room) {
		struct linked_entity **had = level->list;

		level->room = level->room > 0 ? 2 * level->room : 16;
		level->list = arena_array(a, struct linked_entity *, level->room);
		for (size_t i = 0; i < level->len; i++)
			level->list[i] = had[i];
	}
	level->list[level->len++] = e;
}

static void meet(struct linked_set *set, const struct jn *uri,
	const struct projection *projection, struct level *next)
{
	struct linked_entity *e;
	const char *id;
	size_t len;

	if (!jn_is(uri, JN_STRING))
		return;
	id = jn_span(uri, arena_of(set), &len);
	if (map_get(&set->known, id, len) != NULL)
		return;
	e = learn(set, arena_strndup(arena_of(set), id, len), len);
	e->projection = projection;
	level_add(next, e, arena_of(set));
}

/* Does the answer show the instance (4.5.5, 4.22)? */
static bool is_shown(const struct render *view, const struct jn *instance)
{
	const struct jn *id = jn_get(instance, "datasetId");

	if (is_expired(instance, view->now))
		return false;
	for (size_t i = 0; i < view->dataset_ids_len; i++)
		if (id != NULL ? jn_str_is(id, view->dataset_ids[i])
			       : strcmp(view->dataset_ids[i], "@none") == 0)
			return true;
	return view->dataset_ids == NULL;
}

static void follow(struct linked_set *set, const struct jn *attribute,
	const struct projection *projection, struct level *next)
{
	each_instance(it, attribute)
	{
		enum kind kind = instance_kind(it);
		const struct jn *target = instance_value(it);

		if (kind != KIND_RELATIONSHIP && kind != KIND_LIST_RELATIONSHIP)
			return;
		if (!is_shown(set->view, it))
			continue;
		if (!jn_is(target, JN_ARRAY))
			meet(set, target, projection, next);
		else
			jn_each (uri, target)
				meet(set, uri, projection, next);
	}
}

static void follow_all(
	struct linked_set *set, const struct linked_entity *e, struct level *next)
{
	jn_each (it, e->doc) {
		struct projection *inner;

		if (!is_attribute(it) ||
			!projection_keeps(e->projection, it->key, it->key_len))
			continue;
		inner = arena_new(arena_of(set), struct projection);
		*inner = projection_linked(e->projection, it->key, it->key_len);
		follow(set, it, inner, next);
	}
}

static int too_many(struct err *err)
{
	return err_set(err, ERR_TOO_COMPLEX_QUERY,
		"join: too many linked entities; use a smaller joinLevel or limit");
}

static int fetch(struct linked_set *set, const struct level *level, struct err *err)
{
	struct arena *a = arena_of(set);
	struct entity_key *keys = arena_array(a, struct entity_key, level->len);
	struct entity_page *page = &set->pages[set->pages_len++];
	struct readers *readers = set->call->app->readers;
	struct pg *pg;
	int rc;

	set->fetched += level->len;
	if (set->fetched > MAX_FETCHED)
		return too_many(err);
	for (size_t i = 0; i < level->len; i++)
		keys[i] = (struct entity_key){set->call->tenant, level->list[i]->id};
	pg = readers_take(readers);
	rc = entities_get(pg, keys, level->len, set->view->now, a, page, err);
	readers_put(readers, pg);
	if (rc < 0)
		return -1;
	for (size_t i = 0; i < level->len; i++) {
		struct linked_entity *e = level->list[i];

		if (page->docs[i].text == NULL)
			continue;
		e->doc = jn_parse_trusted(page->docs[i].text, page->docs[i].len, a);
		*set->end = e;
		set->end = &e->next;
	}
	return 0;
}

/* For render: a relationship that stays a URI has NULL. */
static const struct jn *show(
	void *self, const struct jn *relationship, const char *id, size_t len)
{
	struct linked_set *set = self;
	const struct linked_entity *e = map_get(&set->known, id, len);

	if (e == NULL || e->doc == NULL)
		return NULL;
	if (++set->shown > MAX_SHOWN || set->call->resp->body.len > MAX_BYTES)
		set->too_large = true;
	return set->too_large ? NULL : e->doc;
}

/* What the answer begins with.  An id of containedBy is known, and not there, unless it is
 * in the answer anyway: then it is not shown a second time. */
static void start(struct linked_set *set, const struct jn *const *entities, size_t n,
	struct level *level)
{
	const struct join *join = set->join;

	for (size_t i = 0; i < join->contained_len; i++)
		learn(set, join->contained[i], strlen(join->contained[i]));
	for (size_t i = 0; i < n; i++) {
		struct linked_entity *e = arena_new(arena_of(set), struct linked_entity);

		e->id = jn_span(jn_get(entities[i], "id"), arena_of(set), &e->len);
		e->doc = entities[i];
		e->projection = set->view->projection;
		level_add(level, e, arena_of(set));
		if (map_get(&set->known, e->id, e->len) == NULL)
			map_put(&set->known, e->id, e->len, e);
	}
}

int linked_gather(struct linked_set *set, struct call *call, const struct join *join,
	struct render *view, const struct jn *const *entities, size_t n, struct err *err)
{
	struct level level = {0};

	set->call = call;
	set->join = join;
	set->view = view;
	set->end = &set->first;
	if (join->form == JOIN_NONE || n == 0)
		return 0;
	start(set, entities, n, &level);
	for (unsigned i = 0; i < join->levels && level.len > 0; i++) {
		struct level next = {0};

		for (size_t j = 0; j < level.len; j++)
			if (level.list[j]->doc != NULL)
				follow_all(set, level.list[j], &next);
		if (next.len > 0 && fetch(set, &next, err) < 0)
			return -1;
		level = next;
	}
	if (join->form == JOIN_INLINE) {
		set->inside = (struct linked){show, set, join->levels};
		view->linked = &set->inside;
	}
	return 0;
}

void linked_append(struct linked_set *set, struct strbuf *sb)
{
	if (set->join->form != JOIN_FLAT)
		return;
	for (const struct linked_entity *e = set->first; e != NULL; e = e->next) {
		struct render view = *set->view;

		view.projection = e->projection;
		if (projection_shows(e->projection, e->doc, view.now))
			render_list_item(sb, e->doc, &view, arena_of(set));
	}
}

int linked_check(const struct linked_set *set, struct err *err)
{
	return set->too_large ? too_many(err) : 0;
}
