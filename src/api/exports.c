/* SPDX-License-Identifier: Apache-2.0 */
/* What exports of entities and of history have in common. */
#include "exports.h"

#include "call.h"
#include "params.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <core/context.h>
#include <core/type_q.h>
#include <table/zone.h>

#include <ctype.h>
#include <string.h>

#define STEM_MAX 60
#define XLSX     "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

static const struct export_format formats[] = {
	{"csv", "text/csv; charset=utf-8; header=present", "csv", EXPORT_TABLE,
		TABLE_CSV},
	{"csv-fr", "text/csv; charset=utf-8; header=present", "csv", EXPORT_TABLE,
		TABLE_CSV_FR},
	{"xlsx", XLSX, "xlsx", EXPORT_TABLE, TABLE_XLSX},
	{"geojson", "application/geo+json", "geojson", EXPORT_GEOJSON, 0},
	{"ndjson", "application/x-ndjson", "ndjson", EXPORT_NDJSON, 0},
	{"jsonld", "application/ld+json", "jsonld", EXPORT_JSONLD, 0},
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static const struct export_format *by_name(const char *name)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

const struct export_format *export_wanted(const struct req *req)
{
	static const char *const names[] = {
		[FILE_CSV] = "csv", [FILE_XLSX] = "xlsx", [FILE_NDJSON] = "ndjson"};
	const char *format = req_param(req, "format");
	enum file_media file = negotiate_file(req_header(req, "Accept"));

	if (format != NULL)
		return by_name(format);
	return file != FILE_NONE ? by_name(names[file]) : NULL;
}

const struct export_format *export_format(struct req *req)
{
	const struct export_format *f = export_wanted(req);
	const char *named = req_param(req, "format");

	if (f == NULL && named != NULL)
		(void)err_set(&req->err, ERR_INVALID_REQUEST,
			"format: '%.32s' is unknown; use csv, csv-fr, xlsx, geojson, "
			"ndjson "
			"or jsonld",
			named);
	return f != NULL || named != NULL ? f : by_name("csv");
}

struct zone *export_zone(struct call *call)
{
	const char *name = req_param(call->req, "tz");

	return zone_open(
		name != NULL ? name : call->app->config.time_zone, &call->req->err);
}

static bool is_french(const struct req *req, const struct export_format *format)
{
	const char *language = req_header(req, "Accept-Language");

	return strcmp(format->name, "csv-fr") == 0 ||
		(language != NULL && strncasecmp(language, "fr", 2) == 0);
}

const struct table_note *export_notes(
	struct call *call, const struct export_format *format, size_t *len)
{
	struct req *req = call->req;
	const char *about = req_param(req, "about");
	bool fr = is_french(req, format);
	const struct table_note notes[] = {
		{fr ? "Source" : "Source", call_base_url(call)},
		{fr ? "Requête" : "Request", req->target},
		{fr ? "Exporté le" : "Exported at",
			clock_format(req->now, arena_alloc(&req->arena, CLOCK_TEXT))},
		{fr ? "Licence" : "Licence", call->app->config.licence},
	};
	struct table_note *out = arena_array(&req->arena, struct table_note, 4);

	*len = 0;
	if (format->table != TABLE_XLSX && (about == NULL || strcmp(about, "true") != 0))
		return out;
	memcpy(out, notes, sizeof(notes));
	*len = call->app->config.licence != NULL ? 4 : 3;
	return out;
}

void export_headers(
	struct call *call, const struct export_format *format, const char *stem)
{
	struct arena *a = &call->req->arena;
	char day[CLOCK_TEXT], *name = arena_strdup(a, stem);

	if (strlen(name) > STEM_MAX)
		name[STEM_MAX] = '\0';
	for (char *p = name; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("-_", *p) == NULL)
			*p = '_';
	clock_format(call->req->now, day);
	call->resp->content_type = format->media;
	resp_header(call->resp, "Content-Disposition",
		arena_printf(a, "attachment; filename=\"%s_%.10s.%s\"", name, day,
			format->extension));
}

void export_begin(const struct export_format *format, struct table *t, struct strbuf *out)
{
	if (format->kind == EXPORT_TABLE)
		table_begin(t, out);
	else if (format->kind == EXPORT_GEOJSON)
		strbuf_adds(out, "{\"type\":\"FeatureCollection\",\"features\":[\n");
	else if (format->kind == EXPORT_JSONLD)
		strbuf_adds(out, "[\n");
}

void export_end(const struct export_format *format, struct table *t, struct strbuf *out)
{
	if (format->kind == EXPORT_TABLE)
		table_end(t, out);
	else if (format->kind == EXPORT_GEOJSON)
		strbuf_adds(out, "\n]}\n");
	else if (format->kind == EXPORT_JSONLD)
		strbuf_adds(out, "\n]\n");
}

const char *export_stem(
	struct call *call, const struct entity_query *q, const char *otherwise)
{
	const struct type_q *type = q->selectors_len == 1 ? q->selectors[0].type : NULL;
	struct arena *a = &call->req->arena;
	const char *name = NULL;

	for (size_t i = 0; type != NULL && i < type->len; i++) {
		for (size_t j = 0; j < type->any[i].len; j++) {
			const char *iri = type->any[i].iris[j];
			const char *one = context_compact(call->ctx, iri, strlen(iri), a);

			name = name != NULL ? arena_printf(a, "%s-%s", name, one) : one;
		}
	}
	return name != NULL ? name : otherwise;
}

#define HOW                                                                              \
	"format", "layout", "tz", "about", "after", "options", "lang", "datasetId",      \
		"local"
#define WHAT                                                                             \
	"type", "id", "idPattern", "q", "scopeQ", "georel", "geometry", "coordinates",   \
		"geoproperty", "expandValues", "jsonKeys", "attrs", "pick", "omit"
static const char *const entities_names[] = {
	HOW, WHAT, "limit", "geometryProperty", NULL};
static const char *const history_names[] = {HOW, WHAT, "timerel", "timeAt", "endTimeAt",
	"timeproperty", "lastN", "csf", "aggrMethods", "aggrPeriodDuration", NULL};

const struct route exports_routes[] = {
	{"GET", "/calanque/v1/exports/entities", export_entities, NULL,
		ROUTE_PLAIN | ROUTE_GEOJSON, entities_names},
	{"GET", "/calanque/v1/exports/history", export_history, NULL,
		ROUTE_PLAIN | ROUTE_GEOJSON, history_names},
	{0},
};
