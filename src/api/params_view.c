/* SPDX-License-Identifier: Apache-2.0 */
/* How a client wants to see entities: format, options, projection, language (6.3.7). */
#include "params.h"

#include "call.h"

#include <base/arena.h>
#include <base/iri.h>
#include <core/context.h>

#include <string.h>

static const struct {
	const char *word;
	enum format format;
} formats[] = {
	{"normalized", FORMAT_NORMALIZED},
	{"concise", FORMAT_CONCISE},
	{"simplified", FORMAT_SIMPLIFIED},
	{"keyValues", FORMAT_SIMPLIFIED},
};

static bool find_format(const char *word, size_t len, enum format *out)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strlen(formats[i].word) == len &&
			strncmp(formats[i].word, word, len) == 0) {
			*out = formats[i].format;
			return true;
		}
	}
	return false;
}

/* `options` carries flags and, deprecated, formats; an explicit `format` wins (6.3.7). */
static int read_options(const struct params *p, struct render *r, struct err *err)
{
	static const char *const known[] = {"normalized", "concise", "simplified",
		"keyValues", "sysAttrs", "count", NULL};

	if (params_check_options(p, known, err) < 0)
		return -1;
	r->sys_attrs = params_option(p, "sysAttrs");
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (params_option(p, formats[i].word))
			r->format = formats[i].format;
	return 0;
}

static int read_format(const struct params *p, struct render *r, struct err *err)
{
	const char *text = params_get(p, "format");

	if (read_options(p, r, err) < 0)
		return -1;
	if (text != NULL && !find_format(text, strlen(text), &r->format))
		return err_set(err, ERR_INVALID_REQUEST,
			"format: '%.32s' is unknown; use normalized, concise or "
			"simplified",
			text);
	return 0;
}

/* A member cannot be wanted and unwanted, and attrs (deprecated) goes with neither. */
static int check_projection(const struct projection *view, struct err *err)
{
	if (view->attrs != NULL && (view->pick != NULL || view->omit != NULL))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"attrs does not go with pick or omit; use pick instead of attrs");
	for (size_t i = 0;
		view->pick != NULL && view->omit != NULL && i < view->pick->len; i++) {
		const struct pick_item *item = &view->pick->items[i];

		if (item->nested == NULL &&
			pick_find(view->omit, item->name, item->len) != NULL)
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"pick and omit both name %.*s", (int)item->len,
				item->name);
	}
	return 0;
}

int params_attributes_only(const struct projection *view, struct err *err)
{
	static const char *const members[] = {"id", "type", "scope"};

	for (size_t i = 0; i < 3; i++)
		if (pick_find(view->attrs, members[i], strlen(members[i])) != NULL)
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"attrs: %s is no attribute; name it in pick", members[i]);
	return 0;
}

int params_projection(
	const struct params *p, unsigned levels, struct projection *out, struct err *err)
{
	struct {
		const char *name;
		const struct pick_list **list;
	} parts[] = {{"attrs", &out->attrs}, {"pick", &out->pick}, {"omit", &out->omit}};

	for (size_t i = 0; i < 3; i++) {
		const char *text = params_get(p, parts[i].name);

		if (text != NULL &&
			pick_parse(text, parts[i].name, p->call->ctx, levels,
				&p->call->req->arena, parts[i].list, err) < 0)
			return -1;
	}
	return check_projection(out, err);
}

static int read_geometry(const struct params *p, struct render *r, struct err *err)
{
	const char *name = req_param(p->call->req, "geometryProperty");

	r->geojson = p->call->accept == MEDIA_GEO_JSON;
	if (name != NULL && !r->geojson)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"geometryProperty: only with Accept: application/geo+json");
	if (name == NULL)
		name = "location";
	r->geometry_property =
		context_expand(p->call->ctx, name, strlen(name), &p->call->req->arena);
	return 0;
}

int params_datasets(const struct params *p, struct render *r, struct err *err)
{
	const char *text = params_get(p, "datasetId");

	if (text == NULL)
		return 0;
	if (params_uris(text, NULL, &p->call->req->arena, &r->dataset_ids,
		    &r->dataset_ids_len, err) < 0)
		return -1;
	for (size_t i = 0; i < r->dataset_ids_len; i++)
		if (strcmp(r->dataset_ids[i], "@none") != 0 &&
			!iri_is_absolute(r->dataset_ids[i], strlen(r->dataset_ids[i])))
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"datasetId: '%.100s' is neither a URI nor @none",
				r->dataset_ids[i]);
	if (r->dataset_ids_len == 1)
		r->geometry_dataset = r->dataset_ids[0];
	return 0;
}

int params_view(const struct params *p, struct view *out, struct err *err)
{
	const char *text = params_get(p, "lang");
	struct lang *lang = NULL;

	*out = (struct view){.render = {.ctx = p->call->ctx, .now = p->call->req->now}};
	if (read_format(p, &out->render, err) < 0 ||
		join_params(p, &out->join, err) < 0 ||
		params_projection(p, out->join.levels, &out->projection, err) < 0 ||
		read_geometry(p, &out->render, err) < 0 ||
		params_datasets(p, &out->render, err) < 0)
		return -1;
	if (text != NULL && lang_parse(text, &p->call->req->arena, &lang, err) < 0)
		return -1;
	out->render.lang = lang;
	out->render.projection = &out->projection;
	return 0;
}

void view_settle(
	struct view *view, struct call *call, const struct jn *const *entities, size_t n)
{
	if (view->join.form != JOIN_NONE)
		return;
	call_settle(call, entities, n);
	view->render.ctx = call->ctx;
}
