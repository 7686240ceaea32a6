/* SPDX-License-Identifier: Apache-2.0 */
#include "temporal_params.h"

#include "call.h"

#include <base/arena.h>
#include <core/context.h>
#include <core/q.h>

#include <string.h>

static const struct {
	const char *word;
	enum temporal_form form;
	enum format format;
} forms[] = {
	{"normalized", TEMPORAL_INSTANCES, FORMAT_NORMALIZED},
	{"concise", TEMPORAL_INSTANCES, FORMAT_CONCISE},
	{"temporalValues", TEMPORAL_VALUES, FORMAT_SIMPLIFIED},
	/* Last: of both together (some clients ask so) this is the one that is meant. */
	{"aggregatedValues", TEMPORAL_AGGREGATED, FORMAT_SIMPLIFIED},
};

/* One word, or a list in which the last form wins. */
static bool find_form(const char *list, struct temporal_request *r)
{
	size_t n = sizeof(forms) / sizeof(forms[0]);
	bool known = true;
	int found = -1;

	while (*list != '\0') {
		size_t len = strcspn(list, ","), i = 0;

		while (i < n &&
			(strlen(forms[i].word) != len ||
				strncmp(forms[i].word, list, len) != 0))
			i++;
		known = known && i < n;
		if (i < n && (int)i > found)
			found = (int)i;
		list += len + (list[len] == ',');
	}
	if (found >= 0) {
		r->form = forms[found].form;
		r->view.render.format = forms[found].format;
	}
	return known && found >= 0;
}

/* 6.3.12; an explicit `format` wins over `options` (6.3.7). */
static int read_form(const struct params *p, struct temporal_request *r, struct err *err)
{
	static const char *const known[] = {"normalized", "concise", "temporalValues",
		"aggregatedValues", "sysAttrs", "count", NULL};
	const char *options = req_param(p->call->req, "options");
	const char *format = params_get(p, "format");

	if (params_check_options(p, known, err) < 0)
		return -1;
	r->view.render.sys_attrs = params_option(p, "sysAttrs");
	if (options != NULL)
		(void)find_form(options, r);
	if (format == NULL || find_form(format, r))
		return 0;
	return err_set(err, ERR_INVALID_REQUEST,
		"format: '%.32s' is unknown; use normalized, concise, temporalValues or "
		"aggregatedValues",
		format);
}

static int read_view(const struct params *p, struct temporal_request *r, struct err *err)
{
	struct render *render = &r->view.render;
	const char *text = params_get(p, "lang");
	struct lang *lang = NULL;

	render->ctx = p->call->ctx;
	if (read_form(p, r, err) < 0 ||
		params_projection(p, 0, &r->view.projection, err) < 0 ||
		params_datasets(p, render, err) < 0)
		return -1;
	if (text != NULL && lang_parse(text, &p->call->req->arena, &lang, err) < 0)
		return -1;
	render->lang = lang;
	render->projection = &r->view.projection;
	r->query.datasets = render->dataset_ids;
	r->query.datasets_len = render->dataset_ids_len;
	render->dataset_ids = NULL; /* the store chooses them */
	render->dataset_ids_len = 0;
	return 0;
}

static int read_temporal(
	const struct params *p, struct temporal_request *r, struct err *err)
{
	const struct temporal_params params = {
		.timerel = params_get(p, "timerel"),
		.time_at = params_get(p, "timeAt"),
		.end_time_at = params_get(p, "endTimeAt"),
		.time_property = params_get(p, "timeproperty"),
		.last_n = params_get(p, "lastN"),
		.methods = params_get(p, "aggrMethods"),
		.period = params_get(p, "aggrPeriodDuration"),
		.tz = params_get(p, "tz"),
		.completeness = params_get(p, "completeness"),
		.expected = params_get(p, "expectedInterval"),
		.aggregated = r->form == TEMPORAL_AGGREGATED,
	};

	r->query.temporal = &r->q;
	return temporal_q_parse(&params, &r->q, err);
}

/* The attributes of a list, as IRIs. */
static void names_of(const struct pick_list *list, struct arena *a,
	const char *const **out, size_t *out_len)
{
	const char **names = arena_array(a, const char *, list->len + 1);
	size_t n = 0;

	for (size_t i = 0; i < list->len; i++)
		if (memchr(list->items[i].name, ':', list->items[i].len) != NULL)
			names[n++] =
				arena_strndup(a, list->items[i].name, list->items[i].len);
	*out = names;
	*out_len = n;
}

/* Which series are looked at, and which are shown (4.21). */
static void read_series(const struct params *p, struct temporal_request *r)
{
	const struct projection *projection = &r->view.projection;
	const struct pick_list *pick = projection->pick;
	const struct pick_list *named =
		projection->attrs != NULL ? projection->attrs : pick;
	struct temporal_query *query = &r->query;
	struct arena *a = &p->call->req->arena;

	query->scopes = projection_keeps(projection, "scope", 5) &&
		r->form != TEMPORAL_AGGREGATED;
	query->times = r->view.render.sys_attrs;
	if (named != NULL)
		names_of(named, a, &query->attrs, &query->attrs_len);
	if (projection->omit != NULL)
		names_of(projection->omit, a, &query->without, &query->without_len);
	r->explicit_attrs = query->attrs_len > 0;
	if (pick == NULL || query->attrs_len > 0)
		return;
	r->bare = !query->scopes;
	query->only_scopes = query->scopes;
	query->attrs = NULL; /* whatever it has, it is not shown */
}

/* Only by id (5.7.4.4). */
static int read_order(const struct params *p, struct temporal_request *r, struct err *err)
{
	const char *by = params_get(p, "orderBy");

	if (by == NULL)
		return 0;
	if (strcmp(by, "id") != 0 && strcmp(by, "id;asc") != 0 &&
		strcmp(by, "id;desc") != 0)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"orderBy: '%.64s': temporal evolutions are ordered by id only",
			by);
	r->query.by_id = true;
	r->query.descending = strcmp(by, "id;desc") == 0;
	return 0;
}

/* csf is about context sources, of which there are none: it must make sense only. */
static int check_csf(const struct params *p, struct err *err)
{
	const char *text = params_get(p, "csf");
	struct q_options options = {.ctx = p->call->ctx};
	struct q *q;

	if (text == NULL || q_parse(text, &options, &p->call->req->arena, &q, err) == 0)
		return 0;
	return err_wrap(err, "csf");
}

int temporal_query_params(
	const struct params *p, struct temporal_request *out, struct err *err)
{
	*out = (struct temporal_request){0};
	if (read_view(p, out, err) < 0 || read_temporal(p, out, err) < 0 ||
		read_order(p, out, err) < 0 || check_csf(p, err) < 0)
		return -1;
	if (out->q.rel == TIMEREL_NONE)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"timerel is missing: a temporal query says when; for example "
			"timerel=after&timeAt=2026-01-01T00:00:00Z");
	if (params_query(p, &out->view.projection, &out->query.entities, err) < 0)
		return -1;
	read_series(p, out);
	return 0;
}

int temporal_retrieve_params(
	const struct params *p, struct temporal_request *out, struct err *err)
{
	struct arena *a = &p->call->req->arena;
	struct entity_selector *selector = arena_new(a, struct entity_selector);
	const char **ids = arena_array(a, const char *, 1);

	*out = (struct temporal_request){0};
	if (read_view(p, out, err) < 0 || read_temporal(p, out, err) < 0 ||
		params_attributes_only(&out->view.projection, err) < 0)
		return -1;
	ids[0] = p->call->req->param[0];
	*selector = (struct entity_selector){.ids = ids, .ids_len = 1};
	out->query.entities = (struct entity_query){.tenant = p->call->tenant,
		.selectors = selector,
		.selectors_len = 1,
		.limit = 1,
		.now = p->call->req->now};
	read_series(p, out);
	return 0;
}
