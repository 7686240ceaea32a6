/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API of /ogc as OpenAPI 3.0, made for the tenant: each collection with its properties
 * as parameters, so that GDAL and QGIS know what the broker can filter.
 */
#include "ogc.h"

#include <base/arena.h>
#include <base/strbuf.h>
#include <core/context.h>

#include <string.h>

static const char responses[] =
	"\"responses\":{\"200\":{\"description\":\"%s\",\"content\":{\"%s\":{\"schema\":"
	"{\"type\":\"object\"}},\"text/html\":{\"schema\":{\"type\":\"string\"}}}},"
	"\"400\":{\"$ref\":\"#/components/responses/Problem\"},"
	"\"404\":{\"$ref\":\"#/components/responses/Problem\"}}";

static const char components[] =
	"\"components\":{\"parameters\":{"
	"\"f\":{\"name\":\"f\",\"in\":\"query\",\"description\":\"The encoding.\","
	"\"schema\":{\"type\":\"string\",\"enum\":[\"json\",\"html\"]}},"
	"\"limit\":{\"name\":\"limit\",\"in\":\"query\",\"description\":\"Features of a "
	"page.\",\"style\":\"form\",\"explode\":false,\"schema\":{\"type\":\"integer\","
	"\"minimum\":1,\"maximum\":%d,\"default\":%d}},"
	"\"bbox\":{\"name\":\"bbox\",\"in\":\"query\",\"description\":\"What meets the "
	"box: "
	"west, south, east, north in degrees "
	"(CRS84).\",\"style\":\"form\",\"explode\":false,"
	"\"schema\":{\"type\":\"array\",\"oneOf\":[{\"minItems\":4,\"maxItems\":4},"
	"{\"minItems\":6,\"maxItems\":6}],\"items\":{\"type\":\"number\"}}},"
	"\"datetime\":{\"name\":\"datetime\",\"in\":\"query\",\"description\":\"The "
	"latest "
	"observedAt of the entity is this instant or within this interval.\",\"style\":"
	"\"form\",\"explode\":false,\"schema\":{\"type\":\"string\"}},"
	"\"after\":{\"name\":\"after\",\"in\":\"query\",\"description\":\"Where the page "
	"before ended: of next links.\",\"schema\":{\"type\":\"integer\"}}},"
	"\"responses\":{\"Problem\":{\"description\":\"What is wrong.\",\"content\":{"
	"\"application/problem+json\":{\"schema\":{\"type\":\"object\",\"properties\":{"
	"\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},\"status\":{"
	"\"type\":"
	"\"integer\"},\"detail\":{\"type\":\"string\"}}}}}}}}";

/* "path":{"get":{…,"parameters":[…, up to those of the caller. */
static void begin_get(struct strbuf *sb, const char *path, const char *summary)
{
	ogc_text(sb, path);
	strbuf_adds(sb, ":{\"get\":{\"summary\":");
	ogc_text(sb, summary);
	strbuf_adds(sb, ",\"parameters\":[{\"$ref\":\"#/components/parameters/f\"}");
}

static void end_get(struct strbuf *sb, const char *what, const char *type)
{
	strbuf_adds(sb, "],");
	strbuf_addf(sb, responses, what, type);
	strbuf_adds(sb, "}}");
}

static void write_fixed(struct strbuf *sb)
{
	static const char *const paths[][3] = {
		{"/", "Landing page", "application/json"},
		{"/conformance", "What is conformed to", "application/json"},
		{"/api", "This document", OGC_OPENAPI},
		{"/collections", "The collections", "application/json"},
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		strbuf_adds(sb, i > 0 ? "," : "");
		begin_get(sb, paths[i][0], paths[i][1]);
		end_get(sb, paths[i][1], paths[i][2]);
	}
}

static void write_properties(struct ogc *o, const struct jn *attributes)
{
	struct strbuf *sb = &o->call.resp->body;
	struct arena *a = &o->call.req->arena;

	jn_each (it, attributes) {
		const char *iri = jn_str(it, a);

		if (strcmp(iri, OGC_LOCATION) == 0)
			continue;
		strbuf_adds(sb, ",{\"name\":");
		ogc_text(sb, context_compact(o->call.ctx, iri, strlen(iri), a));
		strbuf_adds(sb, ",\"in\":\"query\",\"schema\":{\"type\":\"string\"}}");
	}
}

static void write_collection(struct ogc *o, const struct discovered *type)
{
	static const char *const names[] = {"limit", "bbox", "datetime", "after"};
	struct strbuf *sb = &o->call.resp->body;
	struct arena *a = &o->call.req->arena;
	const char *id = ogc_id(o, type->iri);

	strbuf_addc(sb, ',');
	begin_get(sb, arena_printf(a, "/collections/%s", id), "The collection");
	end_get(sb, "The collection", "application/json");
	strbuf_addc(sb, ',');
	begin_get(sb, arena_printf(a, "/collections/%s/schema", id), "Its properties");
	end_get(sb, "Its properties", OGC_SCHEMA);
	strbuf_addc(sb, ',');
	begin_get(sb, arena_printf(a, "/collections/%s/items", id), "Its features");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		strbuf_addf(sb, ",{\"$ref\":\"#/components/parameters/%s\"}", names[i]);
	write_properties(o, type->with);
	end_get(sb, "A page of features", OGC_GEOJSON);
	strbuf_addc(sb, ',');
	begin_get(sb, arena_printf(a, "/collections/%s/items/{featureId}", id),
		"One feature");
	strbuf_adds(sb,
		",{\"name\":\"featureId\",\"in\":\"path\",\"required\":true,\"schema\":"
		"{\"type\":\"string\"}}");
	end_get(sb, "The feature", OGC_GEOJSON);
}

int ogc_api_json(struct ogc *o)
{
	struct strbuf *sb = &o->call.resp->body;
	struct discovery types;

	if (ogc_types(o, &types) < 0)
		return -1;
	ogc_headers(o, OGC_OPENAPI);
	strbuf_adds(sb,
		"{\"openapi\":\"3.0.3\",\"info\":{\"title\":\"Calanque, OGC API - "
		"Features\",\"version\":\"1\"},\"servers\":[{\"url\":");
	ogc_text(sb, o->root);
	strbuf_adds(sb, "}],\"paths\":{");
	write_fixed(sb);
	for (size_t i = 0; i < types.len; i++)
		write_collection(o, &types.items[i]);
	strbuf_adds(sb, "},");
	strbuf_addf(sb, components, OGC_MOST, OGC_LIMIT);
	strbuf_addc(sb, '}');
	return 0;
}

static void parameter_row(
	struct ogc *o, const char *name, const char *english, const char *french)
{
	strbuf_addf(&o->call.resp->body,
		"<tr><th scope=\"row\"><code>%s</code></th><td>%s</td></tr>", name,
		ogc_say(o, english, french));
}

int ogc_api_html(struct ogc *o)
{
	struct strbuf *sb = &o->call.resp->body;

	ogc_page_begin(o, "API", "OGC API - Features");
	strbuf_addf(sb, "<p class=\"lead\">%s</p>",
		ogc_say(o, "What a request for features may say:",
			"Ce qu’une requête d’objets peut dire :"));
	strbuf_adds(sb, "<table class=\"wide\"><tbody>");
	parameter_row(
		o, "limit=100", "how many, 10000 at most", "combien, 10000 au plus");
	parameter_row(o, "bbox=5.3,43.2,5.5,43.4",
		"where: west, south, east, north in degrees",
		"où : ouest, sud, est, nord en degrés");
	parameter_row(o, "datetime=2026-06-01T00:00:00Z/..",
		"when it was observed last: an instant, or an interval",
		"la dernière observation : un instant, ou un intervalle");
	parameter_row(o, "fillingLevel=0.5", "any property: equal to this",
		"toute propriété : égale à ceci");
	parameter_row(o, "f=json", "json or html", "json ou html");
	strbuf_adds(sb, "</tbody></table>");
	ogc_page_end(o, sb);
	return 0;
}
