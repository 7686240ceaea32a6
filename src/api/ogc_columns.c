/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Features: flat properties, as GIS programs want them.  A column is an attribute with the
 * value of its default instance, else of the first one; in which unit and when stand beside
 * it as NAME_unitCode and NAME_observedAt.  Each feature has all columns, so that programs
 * that look at the first ones know them all.
 */
#include "ogc.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/type_q.h>
#include <table/cell.h>

#include <string.h>

#define LOOK 200 /* entities */

static const struct jn *shown(const struct jn *attribute, int64_t now)
{
	if (attribute == NULL)
		return NULL;
	each_instance(it, attribute) if (!is_expired(it, now)) return it;
	return NULL;
}

/* ---- which columns there are ---- */

static void look(const struct ogc *o, const struct jn *entity, struct ogc_columns *out,
	struct arena *a)
{
	out->scope |= jn_get(entity, "scope") != NULL;
	for (size_t i = 0; i < out->len; i++) {
		struct ogc_column *c = &out->items[i];
		const struct jn *it =
			shown(jn_getn(entity, c->iri, c->iri_len), o->call.req->now);

		if (it == NULL)
			continue;
		c->kinds |= 1u << cell_value(it, o->call.ctx, NULL, a).kind;
		c->unit |= jn_get(it, "unitCode") != NULL;
		c->observed |= jn_get(it, "observedAt") != NULL;
	}
}

static int look_at_first(struct ogc *o, struct pg *pg, const struct ogc_collection *c,
	struct ogc_columns *out)
{
	struct req *req = o->call.req;
	auto_arena a = {0};
	auto_entity_page page = {0};
	const char *iris[] = {c->iri};
	struct type_all all = {.iris = iris, .len = 1};
	const struct type_q type = {.any = &all, .len = 1};
	const struct entity_selector selector = {.type = &type};
	const struct entity_query query = {.tenant = o->call.tenant,
		.selectors = &selector,
		.selectors_len = 1,
		.limit = LOOK,
		.now = req->now};

	if (entities_after(pg, &o->call.app->index, &query, 0, INT64_MAX, &a, &page,
		    &req->err) < 0)
		return -1;
	for (size_t i = 0; i < page.len; i++)
		look(o, jn_parse_trusted(page.docs[i].text, page.docs[i].len, &a), out,
			&a);
	return 0;
}

/* What is measured comes first, as in exports. */
static void sort(struct ogc_columns *columns, struct arena *a)
{
	struct ogc_column *sorted = arena_array(a, struct ogc_column, columns->len + 1);
	size_t n = 0;

	for (int measured = 1; measured >= 0; measured--)
		for (size_t i = 0; i < columns->len; i++)
			if (columns->items[i].observed == (measured == 1))
				sorted[n++] = columns->items[i];
	columns->items = sorted;
}

int ogc_columns(struct ogc *o, struct pg *pg, const struct ogc_collection *c,
	struct ogc_columns *out)
{
	struct arena *a = &o->call.req->arena;

	*out = (struct ogc_columns){
		.items = arena_array(a, struct ogc_column, c->found.len + 1)};
	for (size_t i = 0; i < c->found.len; i++) {
		const char *iri = c->found.items[i].iri;
		size_t len = strlen(iri);

		if (strcmp(iri, OGC_LOCATION) == 0) /* the geometry */
			continue;
		out->items[out->len++] = (struct ogc_column){.iri = iri,
			.iri_len = len,
			.name = context_compact(o->call.ctx, iri, len, a)};
	}
	if (look_at_first(o, pg, c, out) < 0)
		return -1;
	sort(out, a);
	return 0;
}

const struct ogc_column *ogc_column(const struct ogc_columns *columns, const char *name)
{
	for (size_t i = 0; i < columns->len; i++)
		if (strcmp(columns->items[i].name, name) == 0)
			return &columns->items[i];
	return NULL;
}

/* ---- what an entity has in them ---- */

/* 4.5.16.1 */
static const struct jn *geometry(const struct jn *entity, int64_t now)
{
	const struct jn *location = jn_get(entity, OGC_LOCATION);
	const struct jn *it = location != NULL ? instance_find(location, NULL, 0) : NULL;

	return it != NULL && !is_expired(it, now) &&
			instance_kind(it) == KIND_GEO_PROPERTY
		? instance_value(it)
		: NULL;
}

static struct cell latest(const struct jn *entity, int64_t now, struct arena *a)
{
	struct cell last = {0};

	jn_each (attr, entity) {
		if (!is_attribute(attr))
			continue;
		each_instance(it, attr)
		{
			struct cell c = cell_json(jn_get(it, "observedAt"), a);

			if (c.kind == CELL_TIME && !is_expired(it, now) &&
				(last.kind == CELL_EMPTY || c.at > last.at))
				last = c;
		}
	}
	return last;
}

/* ---- GeoJSON ---- */

static void write_cell(struct strbuf *sb, const struct cell *c)
{
	switch (c->kind) {
	case CELL_EMPTY:
		strbuf_adds(sb, "null");
		return;
	case CELL_NUMBER:
		strbuf_add(sb, c->text, c->len);
		return;
	case CELL_BOOL:
		strbuf_adds(sb, c->truth ? "true" : "false");
		return;
	case CELL_TEXT:
	case CELL_TIME:
		jn_write_string(sb, c->text, c->len);
		return;
	}
}

static void write_member(
	struct strbuf *sb, const char *name, const char *suffix, struct cell c)
{
	strbuf_addc(sb, ',');
	jn_write_string(sb, name, strlen(name));
	if (*suffix != '\0') { /* inside of the quotes */
		sb->len--;
		strbuf_addf(sb, "%s\"", suffix);
	}
	strbuf_addc(sb, ':');
	write_cell(sb, &c);
}

static void write_column(struct ogc *o, const struct ogc_column *c,
	const struct jn *entity, struct strbuf *sb, struct arena *a)
{
	const struct jn *it =
		shown(jn_getn(entity, c->iri, c->iri_len), o->call.req->now);
	const struct jn *unit = jn_get(it, "unitCode");
	const struct jn *observed = jn_get(it, "observedAt");

	write_member(sb, c->name, "",
		it != NULL ? cell_value(it, o->call.ctx, NULL, a) : (struct cell){0});
	if (c->unit || unit != NULL)
		write_member(sb, c->name, "_unitCode", cell_json(unit, a));
	if (c->observed || observed != NULL)
		write_member(sb, c->name, "_observedAt", cell_json(observed, a));
}

void ogc_feature(struct ogc *o, const struct ogc_columns *columns,
	const struct jn *entity, struct strbuf *sb, struct arena *a)
{
	int64_t now = o->call.req->now;
	const struct jn *shape = geometry(entity, now);
	struct cell last = latest(entity, now, a);

	strbuf_adds(sb, "{\"type\":\"Feature\",\"id\":");
	jn_write(sb, jn_get(entity, "id"));
	strbuf_adds(sb, ",\"geometry\":");
	if (shape != NULL)
		jn_write(sb, shape);
	else
		strbuf_adds(sb, "null");
	strbuf_adds(sb, ",\"properties\":{\"observedAt\":");
	write_cell(sb, &last);
	if (columns->scope)
		write_member(
			sb, "scope", "", cell_names(jn_get(entity, "scope"), NULL, a));
	for (size_t i = 0; i < columns->len; i++)
		write_column(o, &columns->items[i], entity, sb, a);
	strbuf_addc(sb, '}');
}

/* ---- pages ---- */

static void html_cell(struct strbuf *sb, const struct cell *c)
{
	if (c->kind == CELL_BOOL)
		strbuf_adds(sb, c->truth ? "true" : "false");
	else if (c->kind != CELL_EMPTY)
		html_text(sb, c->text, c->len);
}

static void html_value(
	struct ogc *o, const struct jn *it, struct strbuf *sb, struct arena *a)
{
	struct cell value = cell_value(it, o->call.ctx, NULL, a);
	struct cell unit = cell_json(jn_get(it, "unitCode"), a);

	html_cell(sb, &value);
	if (unit.kind == CELL_EMPTY)
		return;
	strbuf_adds(sb, " <small>");
	html_cell(sb, &unit);
	strbuf_adds(sb, "</small>");
}

void ogc_feature_cells(struct ogc *o, const struct ogc_columns *columns,
	const struct jn *entity, struct strbuf *sb, struct arena *a)
{
	int64_t now = o->call.req->now;
	struct cell last = latest(entity, now, a);

	strbuf_adds(sb, "<td>");
	html_cell(sb, &last);
	strbuf_adds(sb, "</td>");
	for (size_t i = 0; i < columns->len; i++) {
		const struct ogc_column *c = &columns->items[i];
		const struct jn *it = shown(jn_getn(entity, c->iri, c->iri_len), now);

		strbuf_adds(sb, "<td>");
		if (it != NULL)
			html_value(o, it, sb, a);
		strbuf_adds(sb, "</td>");
	}
}

static void html_row(struct ogc *o, const char *name, const struct jn *it,
	struct strbuf *sb, struct arena *a)
{
	struct cell observed = cell_json(jn_get(it, "observedAt"), a);

	strbuf_adds(sb, "<tr><th scope=\"row\">");
	html_text(sb, name, strlen(name));
	strbuf_adds(sb, "</th><td>");
	html_value(o, it, sb, a);
	strbuf_adds(sb, "</td><td>");
	html_cell(sb, &observed);
	strbuf_adds(sb, "</td></tr>");
}

void ogc_feature_rows(struct ogc *o, const struct ogc_columns *columns,
	const struct jn *entity, struct strbuf *sb, struct arena *a)
{
	int64_t now = o->call.req->now;
	const struct jn *location = shown(jn_get(entity, OGC_LOCATION), now);

	strbuf_addf(sb,
		"<table class=\"wide\"><thead><tr><th scope=\"col\">%s</th>"
		"<th scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead><tbody>",
		ogc_say(o, "Property", "Propriété"), ogc_say(o, "Value", "Valeur"),
		ogc_say(o, "Observed", "Observé"));
	if (location != NULL)
		html_row(o, "location", location, sb, a);
	for (size_t i = 0; i < columns->len; i++) {
		const struct ogc_column *c = &columns->items[i];
		const struct jn *it = shown(jn_getn(entity, c->iri, c->iri_len), now);

		if (it != NULL)
			html_row(o, c->name, it, sb, a);
	}
	strbuf_adds(sb, "</tbody></table>");
}
