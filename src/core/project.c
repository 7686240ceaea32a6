/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attribute projection language, 4.21:
 *	list = item *(("," / "|") item)
 *	item = name ["{" list "}"]
 */
#include <core/project.h>

#include <base/arena.h>
#include <base/err.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/expand.h>

#include <stdlib.h>
#include <string.h>

/* Linked entities are followed no deeper than this, whatever joinLevel says. */
#define MAX_DEPTH 16
#define FEW       8

struct parser {
	const char *text, *p, *what;
	const struct context *ctx;
	unsigned max_depth;
	struct arena *arena;
	struct err *err;
};

static int fail(const struct parser *ps, const char *at, const char *complaint)
{
	return err_set(ps->err, ERR_BAD_REQUEST_DATA, "%s: %s at offset %td", ps->what,
		complaint, at - ps->text);
}

/* The members of an entity that are no attributes and keep their short names. */
static const char *core_member(const char *name, size_t len)
{
	static const char *const members[] = {"id", "type", "scope", "createdAt",
		"modifiedAt", "deletedAt", "expiresAt"};

	if (len > 0 && name[0] == '@')
		return len == 3 && memcmp(name, "@id", 3) == 0      ? members[0]
			: len == 5 && memcmp(name, "@type", 5) == 0 ? members[1]
								    : NULL;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (strlen(members[i]) == len && memcmp(members[i], name, len) == 0)
			return members[i];
	}
	return NULL;
}

static int read_name(struct parser *ps, struct pick_item *item)
{
	size_t len = strcspn(ps->p, ",|{}");
	const char *name = core_member(ps->p, len);

	if (len == 0)
		return fail(ps, ps->p, "expected a name");
	if (name == NULL && !name_is_legal(ps->p, len))
		return err_set(ps->err, ERR_BAD_REQUEST_DATA,
			"%s: %.*s is not a legal name at offset %td", ps->what,
			(int)(len < 80 ? len : 80), ps->p, ps->p - ps->text);
	if (name == NULL)
		name = context_expand(ps->ctx, ps->p, len, ps->arena);
	item->name = name;
	item->len = strlen(name);
	ps->p += len;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct pick_item *x = a, *y = b;
	int order;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	order = memcmp(x->name, y->name, x->len);
	return order != 0 ? order : (x->nested == NULL) - (y->nested == NULL);
}

static int read_list(struct parser *ps, unsigned depth, const struct pick_list **out);

static int read_item(struct parser *ps, unsigned depth, struct pick_item *item)
{
	const char *brace;

	if (read_name(ps, item) < 0)
		return -1;
	if (*ps->p != '{')
		return 0;
	brace = ps->p++;
	if (ps->max_depth == 0)
		return fail(ps, brace, "names of linked entities need join");
	if (depth == ps->max_depth || depth == MAX_DEPTH)
		return fail(ps, brace, "nested deeper than joinLevel");
	if (read_list(ps, depth + 1, &item->nested) < 0)
		return -1;
	if (*ps->p != '}')
		return fail(ps, ps->p, "expected '}'");
	ps->p++;
	return 0;
}

static int read_list(struct parser *ps, unsigned depth, const struct pick_list **out)
{
	struct pick_list *list = arena_new(ps->arena, struct pick_list);
	size_t room = 0;

	for (;;) {
		struct pick_item item = {0};

		if (read_item(ps, depth, &item) < 0)
			return -1;
		if (list->len == room) {
			struct pick_item *had = list->items;

			room = room > 0 ? room * 2 : 4;
			list->items = arena_array(ps->arena, struct pick_item, room);
			if (list->len > 0)
				memcpy(list->items, had, list->len * sizeof(*had));
		}
		list->items[list->len++] = item;
		if (*ps->p != ',' && *ps->p != '|')
			break;
		ps->p++;
	}
	qsort(list->items, list->len, sizeof(*list->items), compare);
	*out = list;
	return 0;
}

int pick_parse(const char *text, const char *what, const struct context *ctx,
	unsigned max_depth, struct arena *a, const struct pick_list **out,
	struct err *err)
{
	struct parser ps = {.text = text,
		.p = text,
		.what = what,
		.ctx = ctx,
		.max_depth = max_depth,
		.arena = a,
		.err = err};
	const struct pick_list *list;

	if (read_list(&ps, 0, &list) < 0)
		return -1;
	if (*ps.p == '}')
		return fail(&ps, ps.p, "'}' without '{'");
	if (*ps.p != '\0')
		return fail(&ps, ps.p, "expected ',' or '|'");
	*out = list;
	return 0;
}

const struct pick_item *pick_find(
	const struct pick_list *list, const char *name, size_t len)
{
	size_t low = 0, high = list != NULL ? list->len : 0;

	if (high <= FEW) {
		for (; low < high; low++) {
			const struct pick_item *item = &list->items[low];

			if (item->len == len && memcmp(item->name, name, len) == 0)
				return item;
		}
		return NULL;
	}
	while (low <
		high) { /* the first of equal names: it is the one with a nested list */
		const struct pick_item *item = &list->items[(low + high) / 2];

		if (item->len != len ? item->len < len
				     : memcmp(item->name, name, len) < 0)
			low = (low + high) / 2 + 1;
		else
			high = (low + high) / 2;
	}
	if (low < list->len && list->items[low].len == len &&
		memcmp(list->items[low].name, name, len) == 0)
		return &list->items[low];
	return NULL;
}

bool projection_keeps(const struct projection *p, const char *member, size_t len)
{
	const struct pick_item *item;

	if (p == NULL)
		return true;
	if (p->attrs != NULL && memchr(member, ':', len) != NULL &&
		pick_find(p->attrs, member, len) == NULL)
		return false;
	if (p->pick != NULL && pick_find(p->pick, member, len) == NULL)
		return false;
	item = pick_find(p->omit, member, len);
	return item == NULL || item->nested != NULL;
}

/* Core members are objects of no kind, and do not expire. */
static bool is_alive(const struct jn *member, int64_t now)
{
	if (!is_attribute(member))
		return true;
	each_instance(it, member) if (!is_expired(it, now)) return true;
	return false;
}

bool projection_has_attrs(
	const struct projection *p, const struct jn *entity, int64_t now)
{
	if (p->attrs == NULL)
		return true;
	for (size_t i = 0; i < p->attrs->len; i++) {
		const struct pick_item *item = &p->attrs->items[i];
		const struct jn *member = jn_getn(entity, item->name, item->len);

		if (member != NULL && is_alive(member, now))
			return true;
	}
	return false;
}

bool projection_shows(const struct projection *p, const struct jn *entity, int64_t now)
{
	static const char *const system[] = {"createdAt", "modifiedAt", "expiresAt"};

	jn_each (it, entity) {
		size_t i = 0;

		while (i < 3 && !jn_key_is(it, system[i]))
			i++;
		if (i == 3 && projection_keeps(p, it->key, it->key_len) &&
			is_alive(it, now))
			return true;
	}
	return false;
}

struct projection projection_linked(
	const struct projection *p, const char *attribute, size_t len)
{
	struct projection nested = {0};
	const struct pick_item *item;

	if (p == NULL)
		return nested;
	nested = *p;
	item = pick_find(p->pick, attribute, len);
	if (item != NULL && item->nested != NULL)
		nested.pick = item->nested;
	item = pick_find(p->omit, attribute, len);
	nested.omit = item != NULL ? item->nested : NULL;
	return nested;
}
