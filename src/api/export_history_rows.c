/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of an export of history: instances, and the periods of aggregated series. */
#include "export_history.h"

#include <base/clock.h>
#include <base/err.h>
#include <core/entity.h>
#include <store/readers.h>

#include <string.h>

#define ROWS 2000 /* instances of one look at the database */

/* ---- one instance */

struct jn *history_entity(
	const struct history_export *x, size_t evolution, struct arena *a)
{
	const struct evolution *e = &x->page.items[evolution];
	struct jn *entity = jn_object(a), *types = jn_array(a);

	jn_add(entity, "id", jn_string_ref(a, e->id));
	for (size_t i = 0; i < e->types_len; i++)
		jn_append(types, jn_string_ref(a, e->types[i]));
	jn_add(entity, "type", types);
	return entity;
}

/* As of entity.doc, with what stands beside the document in history. */
struct jn *history_instance(const struct series_row *row, struct arena *a)
{
	struct jn *instance = jn_parse_trusted(row->doc, row->len, a);
	char text[CLOCK_TEXT];

	if (!jn_is(instance, JN_OBJECT))
		return NULL;
	if (row->deleted != 0)
		jn_set(instance, "deletedAt",
			jn_string(a, clock_format(row->deleted, text)));
	jn_set(instance, "createdAt", jn_string(a, clock_format(row->created, text)));
	jn_set(instance, "modifiedAt", jn_string(a, clock_format(row->modified, text)));
	return instance;
}

/* For maps: when it was, and where the entity is now if the instance itself is no place. */
static void add_place(const struct history_export *x, size_t evolution,
	const struct series_row *row, struct jn *entity, struct arena *a)
{
	const struct jn *place = x->places[evolution];
	struct jn *time = jn_object(a);
	char text[CLOCK_TEXT];

	if (place != NULL && jn_getn(entity, place->key, place->key_len) == NULL)
		jn_addn(entity, place->key, place->key_len, jn_share(a, place));
	jn_add(time, "type", jn_string_ref(a, kind_type[KIND_PROPERTY]));
	jn_add(time, "value", jn_string(a, clock_format(row->place.time, text)));
	jn_add(entity, NGSILD_VOCAB "observedAt", time);
}

static void write_row(struct history_export *x, const struct series_row *row,
	struct strbuf *out, struct arena *a)
{
	const struct series *s = &x->outline.items[row->series];
	struct jn *entity = history_entity(x, s->evolution, a);
	struct jn *instance = history_instance(row, a);

	if (instance == NULL)
		return;
	jn_add(entity, s->attr_iri, instance);
	if (x->format->kind == EXPORT_TABLE) {
		layout_rows(x->layout, entity, x->table, out, a);
		return;
	}
	if (x->format->kind == EXPORT_GEOJSON)
		add_place(x, s->evolution, row, entity, a);
	if (x->format->kind != EXPORT_NDJSON && x->some)
		strbuf_adds(out, ",\n");
	render_entity(out, entity, &x->request->view.render, a);
	if (x->format->kind == EXPORT_NDJSON)
		strbuf_addc(out, '\n');
	x->some = true;
}

/* ---- the instances of a page, series after series */

int history_instances(struct history_export *x, struct strbuf *out, struct err *err)
{
	const struct rows_wanted wanted = {.start = x->at,
		.end = x->outline.len,
		.from = x->from,
		.to = TEMPORAL_LAST,
		.most = ROWS};
	auto_series_rows rows = {0};
	auto_arena scratch = {0};
	struct pg *pg = readers_take(x->call.app->readers);
	int rc = temporal_rows(pg, &x->call.app->index, &x->request->query, &x->page,
		&x->outline, &wanted, &x->scratch, &rows, err);

	readers_put(x->call.app->readers, pg);
	if (rc < 0)
		return -1;
	for (size_t i = 0; i < rows.len; i++) {
		write_row(x, &rows.items[i], out, &scratch);
		arena_rewind(&scratch);
	}
	x->at = x->outline.len;
	if (rows.more) {
		x->at = rows.items[rows.len - 1].series;
		x->from = rows.items[rows.len - 1].place;
		x->from.second++;
	}
	return 0;
}

/* ---- aggregated */

struct periods_out {
	struct history_export *x;
	struct strbuf *out;
};

static void write_period(
	void *self, const struct series *s, const char *dataset, const struct bucket *b)
{
	struct periods_out *to = self;
	struct history_export *x = to->x;
	const struct temporal_q *q = &x->request->q;
	const struct jn *values[AGGREGATIONS];
	auto_arena a = {0};
	const struct layout_period p = {
		.entity = history_entity(x, s->evolution, &a),
		.attribute = s->attr_iri,
		.dataset = dataset,
		.start = b->start,
		.end = b->end,
		.values = values,
	};

	for (unsigned i = 0; i < q->order_len; i++) {
		auto_strbuf text = {0};

		values[i] = NULL;
		if (bucket_value(b, (enum aggregation)q->order[i], &text))
			values[i] = jn_parse_trusted(
				arena_strndup(&a, text.data, text.len), text.len, &a);
	}
	layout_period(x->layout, &p, x->table, to->out, &a);
}

/* The sums are those of temporal answers; their periods come here. */
int history_periods(struct history_export *x, struct strbuf *out, struct err *err)
{
	struct periods_out to = {x, out};
	struct answer a = {.app = x->call.app,
		.request = x->request,
		.page = x->page,
		.outline = x->outline,
		.periods = x->periods,
		.to = TEMPORAL_LAST,
		.now = x->call.req->now,
		.at = x->at,
		.bucket = write_period,
		.self = &to};
	int rc;

	answer_ends(&a);
	rc = answer_aggregated(&a, err);

	x->at = a.at;
	arena_reset(&a.scratch);
	return rc;
}
