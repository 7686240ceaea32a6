/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of a temporal answer, step by step.  A step reads some instances and writes them;
 * between two steps nothing is held but where to go on.
 */
#include "temporal_answer_priv.h"

#include <api/app.h>
#include <base/err.h>
#include <base/log.h>
#include <core/context.h>
#include <store/readers.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 2000 /* in one step */

void answer_free(struct answer *a)
{
	temporal_pen_fini(&a->pen);
	strbuf_fini(&a->sb);
	arena_reset(&a->scratch);
	context_unref(a->ctx);
	free(a);
}

static void end_series(struct answer *a)
{
	if (a->in_series)
		temporal_series_end(&a->pen);
	a->in_series = false;
}

static void end_entity(struct answer *a)
{
	end_series(a);
	if (a->in_entity)
		temporal_entity_end(&a->pen);
	a->in_entity = false;
}

/* Begins the entities up to this one. */
static void begin_entity(struct answer *a, size_t entity)
{
	while (a->entities <= entity) {
		const struct evolution *e = &a->page.items[a->entities];
		const struct temporal_head head = {
			.id = e->id,
			.types = e->types,
			.types_len = e->types_len,
			.created = e->created,
			.modified = e->modified,
			.deleted = e->deleted,
		};

		end_entity(a);
		if (a->entities > 0)
			strbuf_addc(&a->sb, ',');
		temporal_entity_begin(&a->pen, &head);
		a->entities++;
		a->in_entity = true;
	}
}

static bool same_attr(const struct outline *o, size_t i, size_t j)
{
	return i < o->len && j < o->len &&
		o->items[i].evolution == o->items[j].evolution &&
		o->items[i].attr == o->items[j].attr;
}

void answer_series(struct answer *a, size_t series)
{
	const struct outline *o = &a->outline;

	while (a->bucket == NULL && a->series <= series) {
		size_t i = a->series++;
		const struct series *s = &o->items[i];
		struct temporal_series head = {
			.attr = s->attr_iri,
			.dataset = s->dataset_iri,
			.kind = s->kind,
			.first = i == 0 || !same_attr(o, i - 1, i),
			.last = !same_attr(o, i, i + 1),
		};

		end_series(a);
		begin_entity(a, s->evolution);
		if (a->request->form == TEMPORAL_AGGREGATED)
			continue; /* its datasets are not known yet */
		temporal_series_begin(&a->pen, &head);
		a->in_series = true;
	}
}

static void end(struct answer *a)
{
	if (a->outline.len > 0)
		answer_series(a, a->outline.len - 1);
	if (a->page.len > 0)
		begin_entity(a, a->page.len - 1);
	end_entity(a);
	if (a->list)
		strbuf_addc(&a->sb, ']');
}

static void put_row(struct answer *a, const struct series_row *row, struct arena *scratch)
{
	const struct temporal_instance instance = {
		.time = row->place.time,
		.seq = row->seq,
		.created = row->created,
		.modified = row->modified,
		.deleted = row->deleted,
		.doc = row->doc,
		.len = row->len,
	};

	answer_series(a, row->series);
	a->pen.arena = scratch;
	temporal_put(&a->pen, &instance);
}

/* The next instances of all series. */
static int step_instances(struct answer *a, struct err *err)
{
	const struct rows_wanted wanted = {
		.start = a->at,
		.end = a->outline.len,
		.from = a->from,
		.to = a->to,
		.most = ROWS,
	};
	auto_series_rows rows = {0};
	auto_arena scratch = {0};
	struct pg *pg = readers_take(a->app->readers);
	int rc = temporal_rows(pg, &a->app->index, &a->request->query, &a->page,
		&a->outline, &wanted, &a->scratch, &rows, err);

	readers_put(a->app->readers, pg);
	if (rc < 0)
		return -1;
	for (size_t i = 0; i < rows.len; i++) {
		put_row(a, &rows.items[i], &scratch);
		arena_rewind(&scratch);
	}
	a->pen.arena = &a->scratch;
	if (rows.more) {
		a->at = rows.items[rows.len - 1].series;
		a->from = rows.items[rows.len - 1].place;
		a->from.second++;
	} else {
		a->at = a->outline.len;
	}
	return 0;
}

/* -1, 1: there is more to come, 0: that was all. */
static int step(struct answer *a, struct err *err)
{
	int rc = 0;

	if (!a->begun) {
		if (a->list)
			strbuf_addc(&a->sb, '[');
		a->begun = true;
		if (a->outline.len > 0)
			a->from = a->outline.items[0].from;
	}
	if (a->at < a->outline.len)
		rc = a->request->form == TEMPORAL_AGGREGATED ? answer_aggregated(a, err)
							     : step_instances(a, err);
	arena_rewind(&a->scratch);
	if (rc < 0)
		return -1;
	if (a->at < a->outline.len)
		return 1;
	end(a);
	return 0;
}

/* What follows a part depends on its last byte (a comma or none), which so stays here. */
enum pulled answer_pull(void *self, struct strbuf *out)
{
	struct answer *a = self;
	struct err err = {0};
	char last;
	int rc;

	a->pen.sb = &a->sb;
	a->pen.arena = &a->scratch;
	if (a->sb.len == 0)
		strbuf_addc(&a->sb, ' ');
	rc = step(a, &err);
	if (rc < 0) {
		log_warn("an answer is cut short: %s", err.detail);
		return PULLED_BROKEN;
	}
	strbuf_add(out, a->sb.data + 1, a->sb.len - 1);
	last = a->sb.data[a->sb.len - 1];
	strbuf_reset(&a->sb);
	strbuf_addc(&a->sb, last);
	return rc > 0 ? PULLED_MORE : PULLED_END;
}
