/* SPDX-License-Identifier: Apache-2.0 */
#include "temporal_answer.h"

#include "call.h"
#include "entity_map.h"
#include "respond.h"
#include "temporal_answer_priv.h"
#include "version.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/jn.h>
#include <core/context.h>
#include <core/entity.h>
#include <store/readers.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE (64 << 10) /* what is no longer than this is sent at once */

struct plan {
	struct call *call;
	struct temporal_request *r;
	struct answer *answer;
	bool cut; /* instances are left out: 206 */
	int64_t cut_at; /* the time of the last that is not */
};

/* ---- what there is */

static int64_t counted(const struct outline *o)
{
	int64_t n = 0;

	for (size_t i = 0; i < o->len; i++)
		n += o->items[i].count;
	return n;
}

/* Too many instances are cut in time, all series at once: what is sent is complete up to
 * there (6.3.10). */
static int cut(struct plan *p, struct pg *pg, struct err *err)
{
	struct answer *a = p->answer;
	unsigned most = p->call->app->config.temporal_max;
	bool newest = p->r->q.last_n > 0;

	if (counted(&a->outline) <= most)
		return 0;
	if (temporal_cut(pg, &p->call->app->index, &p->r->query, &a->page, &a->outline,
		    most, newest, &p->call->req->arena, &p->cut_at, &p->cut, err) < 0)
		return -1;
	if (!p->cut)
		return 0;
	if (!newest)
		a->to = p->cut_at + 1;
	for (size_t i = 0; newest && i < a->outline.len; i++)
		if (a->outline.items[i].from.time < p->cut_at)
			a->outline.items[i].from = (struct place){.time = p->cut_at};
	return 0;
}

static const char *class_name(enum value_class class)
{
	static const char *const names[VALUE_CLASSES] = {
		"numbers", "arrays", "times", "dates", "strings", "objects or links"};

	return names[class];
}

/* Attributes with which none of the methods goes are left out, or refused where they were
 * asked for (5.7.4.4). */
static int check_methods(struct plan *p, struct err *err)
{
	struct outline *o = &p->answer->outline;
	const struct temporal_q *q = &p->r->q;
	size_t kept = 0;

	for (size_t i = 0; i < o->len; i++) {
		const struct series *s = &o->items[i];

		if ((value_class_methods(s->class) & q->methods) != 0)
			o->items[kept++] = *s;
		else if (p->r->explicit_attrs)
			return err_set(err, ERR_INVALID_REQUEST,
				"aggrMethods: none of them goes with %.100s, whose "
				"values are %s",
				context_compact(p->call->ctx, s->attr_iri,
					strlen(s->attr_iri), &p->call->req->arena),
				class_name(s->class));
	}
	o->len = kept;
	return 0;
}

/* When everything began and ended: what periods are counted from, whichever of the series
 * are shown. */
void answer_ends(struct answer *a)
{
	const struct outline *o = &a->outline;

	a->first = a->last = a->now;
	for (size_t i = 0; i < o->len; i++) {
		if (i == 0 || o->items[i].first < a->first)
			a->first = o->items[i].first;
		if (i == 0 || o->items[i].last > a->last)
			a->last = o->items[i].last;
	}
}

static int prepare_aggregation(struct plan *p, struct pg *pg, struct err *err)
{
	struct answer *a = p->answer;
	int64_t from, to;

	if (check_methods(p, err) < 0)
		return -1;
	answer_span(a, &from, &to);
	return temporal_periods(
		pg, &p->r->q, from, to, &p->call->req->arena, &a->periods, err);
}

static int find(struct plan *p, struct pg *pg, struct err *err)
{
	const struct entity_index *index = &p->call->app->index;
	struct arena *arena = &p->call->req->arena;
	struct answer *a = p->answer;

	if (a->list) {
		const struct params params = {.call = p->call};

		if (temporal_find(pg, index, &p->r->query, arena, &a->page, err) < 0)
			return -1;
		return entity_map_tidy_temporal(&params, &p->r->query, &a->page, err);
	}
	if (temporal_get(pg, index, &p->r->query, arena, &a->page, err) < 0)
		return -1;
	if (a->page.len > 0)
		return 0;
	return err_set(err, ERR_NOT_FOUND, "there is no history of entity %.150s",
		p->call->req->param[0]);
}

static int prepare(struct plan *p, struct pg *pg, struct err *err)
{
	unsigned most = p->call->app->config.temporal_max + 1;
	bool aggregated = p->r->form == TEMPORAL_AGGREGATED;
	struct answer *a = p->answer;

	if (find(p, pg, err) < 0)
		return -1;
	if (p->r->bare)
		return 0;
	if (temporal_outline(pg, &p->call->app->index, &p->r->query, &a->page,
		    aggregated ? 0 : most, p->r->form == TEMPORAL_VALUES,
		    &p->call->req->arena, &a->outline, err) < 0)
		return -1;
	answer_ends(a);
	return aggregated ? prepare_aggregation(p, pg, err) : cut(p, pg, err);
}

/* ---- how it is said */

static const char *instant(struct call *call, int64_t us)
{
	char text[CLOCK_TEXT];

	return arena_strdup(&call->req->arena, clock_format(us, text));
}

/* 6.3.10; the unit in the spelling that clients and the conformance suite know. */
static void say_range(struct plan *p)
{
	const struct temporal_q *q = &p->r->q;
	struct arena *arena = &p->call->req->arena;
	const struct answer *a = p->answer;
	const char *size = "*";
	int64_t start;

	if (q->last_n > 0) {
		size = arena_printf(arena, "%u", q->last_n);
		start = q->rel == TIMEREL_BEFORE    ? q->at
			: q->rel == TIMEREL_BETWEEN ? q->end_at
						    : a->last;
	} else {
		start = q->rel == TIMEREL_AFTER || q->rel == TIMEREL_BETWEEN ? q->at
									     : a->first;
	}
	resp_header(p->call->resp, "Content-Range",
		arena_printf(arena, "date-time %s-%s/%s", instant(p->call, start),
			instant(p->call, p->cut_at), size));
}

/* The names in the answer, for the choice of its @context. */
static void settle(struct plan *p)
{
	struct answer *a = p->answer;
	struct arena *arena = &p->call->req->arena;
	struct jn *names = jn_object(arena), *types = jn_array(arena);
	const struct jn *list[] = {names};

	jn_add(names, "type", types);
	for (size_t i = 0; i < a->page.len; i++)
		for (size_t j = 0; j < a->page.items[i].types_len; j++)
			jn_append(types, jn_string_ref(arena, a->page.items[i].types[j]));
	for (size_t i = 0; i < a->outline.len; i++)
		if (strcmp(a->outline.items[i].attr_iri, SCOPE_IRI) != 0)
			jn_add(names, a->outline.items[i].attr_iri, jn_object(arena));
	call_settle(p->call, list, 1);
	p->r->view.render.ctx = p->call->ctx;
}

/* Is there anything to show of the one evolution? */
static int check_shown(struct plan *p, struct err *err)
{
	const struct projection *projection = &p->r->view.projection;

	if (p->answer->list || p->answer->outline.len > 0 ||
		projection_keeps(projection, "id", 2) ||
		projection_keeps(projection, "type", 4))
		return 0;
	return err_set(err, ERR_NOT_FOUND,
		"pick and omit leave nothing of the history of entity %.150s",
		p->call->req->param[0]);
}

static void say(struct plan *p)
{
	struct render *render = &p->r->view.render;
	const struct entity_query *q = &p->r->query.entities;
	struct answer *a = p->answer;

	settle(p);
	render->context_text = call_answer(p->call,
		p->cut                  ? 206
			: p->r->new_map ? 201
					: 200);
	render->context_member = render->context_text != NULL;
	version_begin(p->call, render);
	if (p->cut)
		say_range(p);
	if (!a->list)
		return;
	respond_page_links(p->call, q->limit, q->offset, a->page.more);
	respond_count(p->call, a->page.count);
}

static void end_stream(void *self)
{
	answer_free(self);
}

/* A short body is complete at once; the rest of a long one is made while it is sent.  That
 * an earlier edition was spoken shows in the status, which comes before the body. */
static int write_body(struct plan *p, struct err *err)
{
	struct resp *resp = p->call->resp;
	struct answer *a = p->answer;
	enum pulled pulled;

	do {
		pulled = answer_pull(a, &resp->body);
	} while (pulled == PULLED_MORE &&
		(resp->body.len < WHOLE || p->r->view.render.version != NULL));
	if (pulled == PULLED_BROKEN)
		return err_set(err, ERR_INTERNAL, "storage failure");
	version_end(p->call, &p->r->view.render);
	if (pulled == PULLED_END)
		return 0;
	resp->stream = (struct stream){answer_pull, end_stream, a, false};
	p->answer = NULL;
	return 0;
}

int temporal_answer(struct call *call, struct temporal_request *r, bool list)
{
	struct answer *a = calloc(1, sizeof(*a));
	struct plan p = {.call = call, .r = r, .answer = a};
	struct err *err = &call->req->err;
	struct pg *pg;
	int rc;

	assert(a != NULL);
	*a = (struct answer){.app = call->app,
		.request = r,
		.to = TEMPORAL_LAST,
		.now = call->req->now,
		.list = list,
		.pen = {.render = &r->view.render, .form = r->form, .q = &r->q}};
	pg = readers_take(call->app->readers);
	rc = prepare(&p, pg, err);
	readers_put(call->app->readers, pg);
	if (rc == 0)
		rc = check_shown(&p, err);
	if (rc == 0) {
		say(&p);
		a->ctx = context_ref(call->ctx);
		rc = write_body(&p, err);
	}
	if (p.answer != NULL)
		answer_free(p.answer);
	return rc;
}
