/* SPDX-License-Identifier: Apache-2.0 */
/* GET /csourceRegistrations: which sources know about entities, 5.10.2, 5.12. */
#include "csources.h"

#include "call.h"
#include "params.h"
#include "respond.h"

#include <base/arena.h>
#include <base/strbuf.h>
#include <core/geo_q.h>
#include <core/pattern.h>
#include <core/q.h>
#include <core/scope_q.h>
#include <core/temporal_q.h>
#include <store/readers.h>
#include <store/registrations.h>

#include <string.h>

/* What the request asks for; the parts that `query` points to live in here. */
struct wanted {
	struct registration_query query;
	struct selector selector;
	struct temporal_q temporal;
	struct paging paging;
	const char **attrs;
	size_t attrs_room;
};

static struct arena *arena_of(const struct params *p)
{
	return &p->call->req->arena;
}

static void add_attr(struct wanted *w, struct arena *a, const char *iri)
{
	struct registration_query *q = &w->query;

	if (q->attrs_len == w->attrs_room) {
		const char **more = arena_array(a, const char *, w->attrs_room * 2 + 8);

		if (q->attrs_len > 0)
			memcpy(more, w->attrs, q->attrs_len * sizeof(*more));
		w->attrs = more;
		w->attrs_room = w->attrs_room * 2 + 8;
	}
	w->attrs[q->attrs_len++] = iri;
	q->attrs = w->attrs;
}

/* Those that q is about; what a linked entity has is another source's. */
static void add_q_attrs(struct wanted *w, struct arena *a, const struct q *q)
{
	if (q->op == Q_AND || q->op == Q_OR) {
		add_q_attrs(w, a, q->left);
		add_q_attrs(w, a, q->right);
	} else if (strchr(q->path.names[0], ':') != NULL) {
		add_attr(w, a, q->path.names[0]);
	}
}

static int read_selector(const struct params *p, struct wanted *w, struct err *err)
{
	const char *ids = params_get(p, "id"), *pattern = params_get(p, "idPattern");
	struct selector *s = &w->selector;
	struct pattern *compiled = NULL;

	if (params_type(p, &s->type, err) < 0 ||
		(ids != NULL &&
			params_uris(ids, "id", arena_of(p), &s->ids, &s->ids_len, err) <
				0) ||
		(pattern != NULL &&
			pattern_parse(pattern, strlen(pattern), "idPattern", 0,
				arena_of(p), &compiled, err) < 0))
		return -1;
	s->id_pattern = s->ids_len == 0 ? compiled : NULL;
	w->query.selectors = s;
	w->query.selectors_len =
		s->type != NULL || s->ids_len > 0 || s->id_pattern != NULL;
	return 0;
}

static int read_attrs(const struct params *p, struct wanted *w, struct err *err)
{
	struct projection projection = {0};

	if (params_projection(p, 0, &projection, err) < 0)
		return -1;
	for (size_t i = 0; projection.attrs != NULL && i < projection.attrs->len; i++)
		add_attr(w, arena_of(p),
			arena_strndup(arena_of(p), projection.attrs->items[i].name,
				projection.attrs->items[i].len));
	return 0;
}

static int read_q(const struct params *p, struct wanted *w, struct err *err)
{
	const struct q_options options = {.ctx = p->call->ctx,
		.expand_values = params_get(p, "expandValues"),
		.json_keys = params_get(p, "jsonKeys")};
	const char *text = params_get(p, "q"), *csf = params_get(p, "csf");
	struct q *parsed;

	if (text != NULL) {
		if (q_parse(text, &options, arena_of(p), &parsed, err) < 0)
			return -1;
		add_q_attrs(w, arena_of(p), parsed);
	}
	if (csf != NULL) {
		if (q_parse(csf, &options, arena_of(p), &parsed, err) < 0)
			return err_wrap(err, "csf");
		w->query.csf = parsed;
	}
	return 0;
}

static int read_places(const struct params *p, struct wanted *w, struct err *err)
{
	const char *rel = params_get(p, "georel"), *geometry = params_get(p, "geometry");
	const char *coordinates = params_get(p, "coordinates");
	const char *scope = params_get(p, "scopeQ");
	struct scope_q *scope_q;
	struct geo_q *geo;

	if (rel != NULL || geometry != NULL || coordinates != NULL) {
		if (geo_q_parse(rel, geometry, coordinates, params_get(p, "geoproperty"),
			    p->call->ctx, arena_of(p), &geo, err) < 0)
			return -1;
		w->query.geo = geo;
		add_attr(w, arena_of(p), geo->property);
	}
	if (scope == NULL)
		return 0;
	if (scope_q_parse(scope, arena_of(p), &scope_q, err) < 0)
		return -1;
	w->query.scope = scope_q;
	return 0;
}

static int read_times(const struct params *p, struct wanted *w, struct err *err)
{
	const struct temporal_params params = {
		.timerel = params_get(p, "timerel"),
		.time_at = params_get(p, "timeAt"),
		.end_time_at = params_get(p, "endTimeAt"),
		.time_property = params_get(p, "timeproperty"),
	};

	w->query.temporal = &w->temporal;
	return temporal_q_parse(&params, &w->temporal, err);
}

/* 5.10.2.4; a list of ids is narrow enough, too. */
static int check_width(const struct params *p, const struct wanted *w, struct err *err)
{
	if (params_get(p, "type") != NULL || w->selector.ids_len > 0 ||
		w->query.attrs_len > 0 || params_get(p, "q") != NULL)
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"the query is too wide: name a type, ids, attrs, a q or a georel");
}

static int read_query(const struct params *p, struct wanted *w, struct err *err)
{
	struct render datasets = {0};

	w->query.now = p->call->req->now;
	if (read_selector(p, w, err) < 0 || read_attrs(p, w, err) < 0 ||
		read_q(p, w, err) < 0 || read_places(p, w, err) < 0 ||
		read_times(p, w, err) < 0 || params_datasets(p, &datasets, err) < 0 ||
		params_paging(p, &w->paging, err) < 0)
		return -1;
	w->query.dataset_ids = datasets.dataset_ids;
	w->query.dataset_ids_len = datasets.dataset_ids_len;
	return check_width(p, w, err);
}

/* Those that match, in order. */
static int find(struct call *call, const struct wanted *w,
	struct stored_registration **out, size_t *len)
{
	struct arena *a = &call->req->arena;
	struct stored_registration *all;
	struct pg *pg = readers_take(call->app->readers);
	size_t n, found = 0;
	int rc = registrations_all(
		pg, call->tenant, call->req->now, a, &all, &n, &call->req->err);

	readers_put(call->app->readers, pg);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		auto_registration *r = registrations_compile(&all[i]);

		if (r != NULL && registration_matches(r, &w->query, NULL, a))
			all[found++] = all[i];
	}
	*out = all;
	*len = found;
	return rc;
}

static const struct jn *stored_doc(const struct stored_registration *r, struct arena *a)
{
	return jn_parse_trusted(r->text, r->len, a);
}

static void write_page(struct call *call, const struct stored_registration *page,
	size_t n, const struct registration_view *view)
{
	struct strbuf *sb = &call->resp->body;

	strbuf_addc(sb, '[');
	for (size_t i = 0; i < n; i++) {
		strbuf_adds(sb, i > 0 ? "," : "");
		registration_render(sb, stored_doc(&page[i], &call->req->arena),
			&page[i].output, view, &call->req->arena);
	}
	strbuf_addc(sb, ']');
}

/* Registrations come whole: 5.10.2.5 would like those elements of `information` only that
 * match, the conformance suite (037_05, 037_08) does not. */
int csource_query(struct call *call)
{
	const struct params p = {.call = call};
	struct registration_view view;
	struct stored_registration *found;
	struct wanted w = {0};
	size_t len, n, offset;

	if (csource_view(call, &view) < 0 || read_query(&p, &w, &call->req->err) < 0 ||
		find(call, &w, &found, &len) < 0)
		return -1;
	offset = w.paging.offset < len ? w.paging.offset : len;
	n = len - offset < w.paging.limit ? len - offset : w.paging.limit;
	view.context_text = call_answer(call, 200);
	respond_page_links(call, w.paging.limit, w.paging.offset, offset + n < len);
	respond_count(call, w.paging.count ? (int64_t)len : -1);
	write_page(call, &found[offset], n, &view);
	return 0;
}
