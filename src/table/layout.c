/* SPDX-License-Identifier: Apache-2.0 */
#include <table/layout.h>

#include <base/arena.h>
#include <base/clock.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/project.h>
#include <table/cell.h>

#include <assert.h>
#include <string.h>

#define FIXED   4 /* id, type, scope, observedAt */
#define MOMENT  3 /* id, type, time */
#define LONG    9
#define PERIODS 6
#define FIRST   32

struct wide {
	const char *iri;
	size_t len;
	bool geo;
	bool measured; /* some instance says when, or in which unit */
};

struct layout {
	struct layout_config config;
	struct arena *arena;
	struct wide *wide;
	size_t wide_len, wide_room;
	struct column *columns;
	size_t columns_len;
	struct cell *cells; /* of the row that is being made */
	int64_t time; /* of it, in history */
};

static const struct column fixed_columns[FIXED] = {
	{"id", false}, {"type", false}, {"scope", false}, {"observedAt", true}};
static const struct column moment_columns[MOMENT] = {
	{"id", false}, {"type", false}, {"time", true}};
/* The last one in history only. */
static const struct column long_columns[LONG + 1] = {{"id", false}, {"type", false},
	{"attribute", false}, {"datasetId", false}, {"value", false}, {"unitCode", false},
	{"observedAt", true}, {"longitude", false}, {"latitude", false},
	{"modifiedAt", true}};
static const struct column period_columns[PERIODS] = {{"id", false}, {"type", false},
	{"attribute", false}, {"datasetId", false}, {"from", true}, {"to", true}};

struct layout *layout_new(const struct layout_config *config, struct arena *a)
{
	struct layout *l = arena_new(a, struct layout);

	l->config = *config;
	l->arena = a;
	return l;
}

static struct wide *find(const struct layout *l, const char *iri, size_t len)
{
	for (size_t i = 0; i < l->wide_len; i++)
		if (l->wide[i].len == len && memcmp(l->wide[i].iri, iri, len) == 0)
			return &l->wide[i];
	return NULL;
}

static struct wide *add(struct layout *l, const char *iri, size_t len)
{
	if (l->wide_len == l->wide_room) {
		struct wide *more;

		l->wide_room = l->wide_room > 0 ? l->wide_room * 2 : FIRST;
		more = arena_array(l->arena, struct wide, l->wide_room);
		if (l->wide_len > 0)
			memcpy(more, l->wide, l->wide_len * sizeof(*more));
		l->wide = more;
	}
	l->wide[l->wide_len] =
		(struct wide){.iri = arena_strndup(l->arena, iri, len), .len = len};
	return &l->wide[l->wide_len++];
}

void layout_attribute(struct layout *l, const char *iri, size_t len)
{
	assert(l->columns == NULL);
	if (find(l, iri, len) == NULL && projection_keeps(l->config.projection, iri, len))
		(void)add(l, iri, len);
}

void layout_look(struct layout *l, const struct jn *entity)
{
	jn_each (attr, entity) {
		struct wide *w;

		if (!is_attribute(attr))
			continue;
		layout_attribute(l, attr->key, attr->key_len);
		w = find(l, attr->key, attr->key_len);
		each_instance(it, attr)
		{
			if (w == NULL)
				break;
			w->geo |= instance_kind(it) == KIND_GEO_PROPERTY;
			w->measured |= jn_get(it, "observedAt") != NULL ||
				jn_get(it, "unitCode") != NULL;
		}
	}
}

/* What is measured comes first, then where it is, then what stays the same. */
static int rank(const struct wide *w)
{
	return w->measured ? 0 : w->geo ? 1 : 2;
}

static void order_columns(struct layout *l)
{
	struct wide *sorted = arena_array(l->arena, struct wide, l->wide_len + 1);
	size_t n = 0;

	for (int r = 0; r <= 2; r++)
		for (size_t i = 0; i < l->wide_len; i++)
			if (rank(&l->wide[i]) == r)
				sorted[n++] = l->wide[i];
	l->wide = sorted;
}

static void take_columns(
	struct layout *l, const struct column *first, size_t n, size_t more)
{
	l->columns = arena_array(l->arena, struct column, n + more);
	memcpy(l->columns, first, n * sizeof(*first));
	l->columns_len = n;
}

static void name_wide(struct layout *l)
{
	struct arena *a = l->arena;

	order_columns(l);
	if (l->config.history)
		take_columns(l, moment_columns, MOMENT, 3 * l->wide_len);
	else
		take_columns(l, fixed_columns, FIXED, 3 * l->wide_len);
	for (size_t i = 0; i < l->wide_len; i++) {
		const struct wide *w = &l->wide[i];
		const char *name = context_compact(l->config.ctx, w->iri, w->len, a);

		if (w->geo) {
			l->columns[l->columns_len++].name =
				arena_printf(a, "%s.longitude", name);
			l->columns[l->columns_len++].name =
				arena_printf(a, "%s.latitude", name);
		}
		l->columns[l->columns_len++].name = name;
	}
}

static void name_columns(struct layout *l)
{
	switch (l->config.kind) {
	case LAYOUT_WIDE:
		name_wide(l);
		break;
	case LAYOUT_LONG:
		take_columns(l, long_columns, LONG + l->config.history, 0);
		break;
	case LAYOUT_PERIODS:
		take_columns(l, period_columns, PERIODS, l->config.methods_len);
		for (size_t i = 0; i < l->config.methods_len; i++)
			l->columns[l->columns_len++].name = l->config.methods[i];
		break;
	}
	l->cells = arena_array(l->arena, struct cell, l->columns_len);
}

const struct column *layout_columns(struct layout *l, size_t *len)
{
	if (l->columns == NULL)
		name_columns(l);
	*len = l->columns_len;
	return l->columns;
}

static struct cell instant(const struct jn *v, struct arena *a)
{
	struct cell c = cell_json(v, a);

	return c.kind == CELL_TIME ? c : (struct cell){0};
}

/* The default instance, or the first where there is none. */
static const struct jn *shown(const struct layout *l, const struct jn *attribute)
{
	each_instance(it, attribute) if (!is_expired(it, l->config.now)) return it;
	return NULL;
}

static struct cell latest(
	const struct layout *l, const struct jn *entity, struct arena *a)
{
	struct cell last = {0};

	jn_each (attr, entity) {
		if (!is_attribute(attr) ||
			!projection_keeps(l->config.projection, attr->key, attr->key_len))
			continue;
		each_instance(it, attr)
		{
			struct cell c = instant(jn_get(it, "observedAt"), a);

			if (c.kind == CELL_TIME && !is_expired(it, l->config.now) &&
				(last.kind == CELL_EMPTY || c.at > last.at))
				last = c;
		}
	}
	return last;
}

static void put_wide(const struct layout *l, const struct wide *w,
	const struct jn *attribute, struct cell **at, struct arena *a)
{
	const struct jn *it = attribute != NULL ? shown(l, attribute) : NULL;
	bool point = false;

	if (w->geo) {
		(*at)[0] = (*at)[1] = (struct cell){0};
		point = it != NULL && cell_point(it, &(*at)[0], &(*at)[1]);
		*at += 2;
	}
	*(*at)++ = it == NULL || point ? (struct cell){0}
				       : cell_value(it, l->config.ctx, l->config.lang, a);
}

static void wide_row(struct layout *l, const struct jn *entity, struct table *t,
	struct strbuf *out, struct arena *a)
{
	struct cell *at = l->cells;

	*at++ = cell_json(jn_get(entity, "id"), a);
	*at++ = cell_names(jn_get(entity, "type"), l->config.ctx, a);
	if (l->config.history) {
		*at++ = (struct cell){.kind = CELL_TIME, .at = l->time};
	} else {
		*at++ = cell_names(jn_get(entity, "scope"), NULL, a);
		*at++ = latest(l, entity, a);
	}
	for (size_t i = 0; i < l->wide_len; i++) {
		const struct wide *w = &l->wide[i];

		put_wide(l, w, jn_getn(entity, w->iri, w->len), &at, a);
	}
	assert(at == l->cells + l->columns_len);
	table_row(t, l->cells, out);
}

/* What the rows of one entity have in common. */
struct long_rows {
	struct layout *l;
	struct table *t;
	struct strbuf *out;
	struct arena *arena;
};

static void long_attribute(
	const struct long_rows *r, const struct jn *attribute, const char *above);

static void long_row(const struct long_rows *r, const struct jn *it, const char *name)
{
	struct layout *l = r->l;
	struct cell *cells = l->cells;

	cells[2] = cell_text(name, strlen(name));
	cells[3] = cell_json(jn_get(it, "datasetId"), r->arena);
	cells[5] = cell_json(jn_get(it, "unitCode"), r->arena);
	cells[6] = instant(jn_get(it, "observedAt"), r->arena);
	cells[4] = cells[7] = cells[8] = (struct cell){0};
	if (!cell_point(it, &cells[7], &cells[8]))
		cells[4] = cell_value(it, l->config.ctx, l->config.lang, r->arena);
	if (l->config.history)
		cells[LONG] = instant(jn_get(it, "modifiedAt"), r->arena);
	table_row(r->t, cells, r->out);
	jn_each (sub, it)
		if (is_attribute(sub))
			long_attribute(r, sub, name);
}

static void long_attribute(
	const struct long_rows *r, const struct jn *attribute, const char *above)
{
	const char *name = context_compact(
		r->l->config.ctx, attribute->key, attribute->key_len, r->arena);

	if (above != NULL)
		name = arena_printf(r->arena, "%s.%s", above, name);
	each_instance(it, attribute) if (!is_expired(it, r->l->config.now))
		long_row(r, it, name);
}

void layout_time(struct layout *l, int64_t at)
{
	l->time = at;
}

void layout_period(struct layout *l, const struct layout_period *p, struct table *t,
	struct strbuf *out, struct arena *scratch)
{
	struct cell *at = l->cells;
	const char *name = context_compact(
		l->config.ctx, p->attribute, strlen(p->attribute), scratch);

	*at++ = cell_json(jn_get(p->entity, "id"), scratch);
	*at++ = cell_names(jn_get(p->entity, "type"), l->config.ctx, scratch);
	*at++ = cell_text(name, strlen(name));
	*at++ = p->dataset != NULL ? cell_text(p->dataset, strlen(p->dataset))
				   : (struct cell){0};
	*at++ = (struct cell){.kind = CELL_TIME, .at = p->start};
	*at++ = (struct cell){.kind = CELL_TIME, .at = p->end};
	for (size_t i = 0; i < l->config.methods_len; i++)
		*at++ = cell_json(p->values[i], scratch);
	assert(at == l->cells + l->columns_len);
	table_row(t, l->cells, out);
}

void layout_rows(struct layout *l, const struct jn *entity, struct table *t,
	struct strbuf *out, struct arena *scratch)
{
	struct long_rows r = {l, t, out, scratch};

	assert(l->cells != NULL);
	if (l->config.kind == LAYOUT_WIDE) {
		wide_row(l, entity, t, out, scratch);
		return;
	}
	l->cells[0] = cell_json(jn_get(entity, "id"), scratch);
	l->cells[1] = cell_names(jn_get(entity, "type"), l->config.ctx, scratch);
	jn_each (attr, entity)
		if (is_attribute(attr) &&
			projection_keeps(l->config.projection, attr->key, attr->key_len))
			long_attribute(&r, attr, NULL);
}
