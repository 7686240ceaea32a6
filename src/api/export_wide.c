/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row an instant: the series of an evolution are read side by side, each through a
 * cursor with some instances in memory, and what has the same time shares a row.
 */
#include "export_history.h"

#include <base/mem.h>
#include <store/readers.h>

#include <stdlib.h>

#define ROWS  500 /* in memory, of each series */
#define STEP  1000 /* rows of a step */
#define NEVER INT64_MAX

struct wide_cursor {
	struct arena arena;
	struct series_rows rows;
	size_t series, next; /* next: of rows */
	struct place from;
	bool ended;
};

void history_wide_fini(struct history_export *x)
{
	for (size_t i = 0; i < x->cursors_len; i++) {
		series_rows_fini(&x->cursors[i].rows);
		arena_reset(&x->cursors[i].arena);
	}
	free(x->cursors);
	x->cursors = NULL;
	x->cursors_len = 0;
}

/* Default instances only: a cell has room for one. */
static void open_cursors(struct history_export *x)
{
	const struct outline *o = &x->outline;
	size_t evolution = o->items[x->at].evolution, n = 0;

	x->cursors = mem_alloc((o->len - x->at) * sizeof(*x->cursors));
	for (size_t i = x->at; i < o->len && o->items[i].evolution == evolution; i++) {
		if (o->items[i].dataset_iri != NULL)
			continue;
		x->cursors[n].series = i;
		x->cursors[n++].from = o->items[i].from;
	}
	x->cursors_len = n;
}

static int refill(struct history_export *x, struct wide_cursor *c, struct err *err)
{
	const struct rows_wanted wanted = {.start = c->series,
		.end = c->series + 1,
		.from = c->from,
		.to = TEMPORAL_LAST,
		.most = ROWS};
	struct pg *pg;
	int rc;

	if (c->ended || c->next < c->rows.len)
		return 0;
	series_rows_fini(&c->rows);
	arena_rewind(&c->arena);
	c->rows = (struct series_rows){0};
	c->next = 0;
	pg = readers_take(x->call.app->readers);
	rc = temporal_rows(pg, &x->call.app->index, &x->request->query, &x->page,
		&x->outline, &wanted, &c->arena, &c->rows, err);
	readers_put(x->call.app->readers, pg);
	if (rc < 0)
		return -1;
	c->ended = !c->rows.more;
	if (c->rows.len > 0) {
		c->from = c->rows.items[c->rows.len - 1].place;
		c->from.second++;
	}
	return 0;
}

static int64_t time_of(const struct wide_cursor *c)
{
	return c->next < c->rows.len ? c->rows.items[c->next].place.time : NEVER;
}

/* The earliest instant that is left. */
static int next_time(struct history_export *x, int64_t *out, struct err *err)
{
	*out = NEVER;
	for (size_t i = 0; i < x->cursors_len; i++) {
		struct wide_cursor *c = &x->cursors[i];

		if (refill(x, c, err) < 0)
			return -1;
		if (time_of(c) < *out)
			*out = time_of(c);
	}
	return 0;
}

/* Of several instances at one instant the last one counts. */
static void write_moment(
	struct history_export *x, int64_t time, struct strbuf *out, struct arena *a)
{
	size_t evolution = x->outline.items[x->cursors[0].series].evolution;
	struct jn *entity = history_entity(x, evolution, a);
	bool some = false;

	for (size_t i = 0; i < x->cursors_len; i++) {
		struct wide_cursor *c = &x->cursors[i];
		struct jn *instance = NULL;

		while (time_of(c) == time)
			instance = history_instance(&c->rows.items[c->next++], a);
		if (instance == NULL)
			continue;
		jn_add(entity, x->outline.items[c->series].attr_iri, instance);
		some = true;
	}
	if (!some)
		return;
	layout_time(x->layout, time);
	layout_rows(x->layout, entity, x->table, out, a);
}

static void skip_evolution(struct history_export *x)
{
	size_t evolution = x->outline.items[x->at].evolution;

	while (x->at < x->outline.len && x->outline.items[x->at].evolution == evolution)
		x->at++;
	history_wide_fini(x);
}

int history_wide(struct history_export *x, struct strbuf *out, struct err *err)
{
	auto_arena scratch = {0};
	int64_t time;

	if (x->cursors == NULL)
		open_cursors(x);
	for (int i = 0; i < STEP; i++) {
		if (next_time(x, &time, err) < 0)
			return -1;
		if (time == NEVER) {
			skip_evolution(x);
			return 0;
		}
		write_moment(x, time, out, &scratch);
		arena_rewind(&scratch);
	}
	return 0;
}
