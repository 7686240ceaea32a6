/* SPDX-License-Identifier: Apache-2.0 */
/* What the features of a collection look like: JSON Schema, and a page. */
#include "ogc.h"

#include <base/arena.h>
#include <base/strbuf.h>
#include <store/readers.h>
#include <table/table.h>

#include <string.h>

static int read_columns(
	struct ogc *o, struct ogc_collection *c, struct ogc_columns *columns)
{
	struct app *app = o->call.app;
	struct pg *pg;
	int rc;

	if (ogc_collection(o, o->call.req->param[0], c) < 0)
		return -1;
	pg = readers_take(app->readers);
	rc = ogc_columns(o, pg, c, columns);
	readers_put(app->readers, pg);
	return rc;
}

/* The JSON type of the values; NULL: they are of several. */
static const char *type_of(const struct ogc_column *column)
{
	unsigned kinds = column->kinds & ~(1u << CELL_EMPTY);

	if (kinds == 1u << CELL_NUMBER)
		return "number";
	if (kinds == 1u << CELL_BOOL)
		return "boolean";
	if (kinds == 0 || (kinds & ~(1u << CELL_TEXT | 1u << CELL_TIME)) == 0)
		return "string";
	return NULL;
}

static bool is_time(const struct ogc_column *column)
{
	return (column->kinds & ~(1u << CELL_EMPTY)) == 1u << CELL_TIME;
}

/* ,"name_suffix":{"type":…} */
static void write_property(
	struct ogc *o, const char *name, const char *suffix, const char *type, bool time)
{
	struct strbuf *sb = &o->call.resp->body;

	strbuf_addc(sb, ',');
	ogc_text(sb, arena_printf(&o->call.req->arena, "%s%s", name, suffix));
	strbuf_addc(sb, ':');
	if (type == NULL)
		strbuf_adds(sb, "{}");
	else
		strbuf_addf(sb, "{\"type\":\"%s\"%s}", type,
			time ? ",\"format\":\"date-time\"" : "");
}

int ogc_schema_json(struct ogc *o)
{
	struct strbuf *sb = &o->call.resp->body;
	struct ogc_collection c;
	struct ogc_columns columns;

	if (read_columns(o, &c, &columns) < 0)
		return -1;
	ogc_headers(o, OGC_SCHEMA);
	strbuf_adds(sb,
		"{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id\":");
	ogc_text(sb, ogc_url(o, "/collections/%s/schema", c.id));
	strbuf_adds(sb, ",\"title\":");
	ogc_text(sb, c.name);
	strbuf_adds(sb,
		",\"type\":\"object\",\"properties\":{\"geometry\":{\"$ref\":"
		"\"https://geojson.org/schema/Geometry.json\"}");
	write_property(o, "observedAt", "", "string", true);
	if (columns.scope)
		write_property(o, "scope", "", "string", false);
	for (size_t i = 0; i < columns.len; i++) {
		const struct ogc_column *column = &columns.items[i];

		write_property(o, column->name, "", type_of(column), is_time(column));
		if (column->unit)
			write_property(o, column->name, "_unitCode", "string", false);
		if (column->observed)
			write_property(o, column->name, "_observedAt", "string", true);
	}
	strbuf_adds(sb, "}}");
	return 0;
}

static const char *type_name(const struct ogc *o, const struct ogc_column *column)
{
	const char *type = type_of(column);

	if (is_time(column))
		return ogc_say(o, "date and time", "date et heure");
	if (type == NULL)
		return ogc_say(o, "of several types", "de plusieurs types");
	if (strcmp(type, "number") == 0)
		return ogc_say(o, "number", "nombre");
	return strcmp(type, "boolean") == 0 ? ogc_say(o, "boolean", "booléen")
					    : ogc_say(o, "text", "texte");
}

int ogc_schema_html(struct ogc *o)
{
	struct strbuf *sb = &o->call.resp->body;
	struct ogc_collection c;
	struct ogc_columns columns;

	if (read_columns(o, &c, &columns) < 0)
		return -1;
	ogc_page_begin(o, c.name, ogc_say(o, "Properties", "Propriétés"));
	strbuf_addf(sb,
		"<p class=\"lead\">%s</p><table class=\"wide\"><thead><tr>"
		"<th scope=\"col\">%s</th><th scope=\"col\">Type</th>"
		"<th scope=\"col\">IRI</th></tr></thead><tbody>",
		ogc_say(o,
			"observedAt is the latest of all; NAME_unitCode and "
			"NAME_observedAt stand beside what has them.",
			"observedAt est le plus récent de tous ; NOM_unitCode et "
			"NOM_observedAt accompagnent ce qui en a."),
		ogc_say(o, "Property", "Propriété"));
	for (size_t i = 0; i < columns.len; i++) {
		const struct ogc_column *column = &columns.items[i];

		strbuf_adds(sb, "<tr><th scope=\"row\">");
		html_text(sb, column->name, strlen(column->name));
		strbuf_addf(sb, "</th><td>%s</td><td><code>", type_name(o, column));
		html_text(sb, column->iri, column->iri_len);
		strbuf_adds(sb, "</code></td></tr>");
	}
	strbuf_adds(sb, "</tbody></table>");
	ogc_page_end(o, sb);
	return 0;
}
