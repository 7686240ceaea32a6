/* SPDX-License-Identifier: Apache-2.0 */
/* Collections: the types that entities of the tenant have now, where and when they are. */
#include "ogc.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <store/extent.h>
#include <store/readers.h>
#include <table/table.h>

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define ISO_8601 "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"

static const char *type_name(struct ogc *o, const char *iri)
{
	return context_compact(o->call.ctx, iri, strlen(iri), &o->call.req->arena);
}

const char *ogc_id(struct ogc *o, const char *iri)
{
	auto_strbuf sb = {0};

	for (const char *p = type_name(o, iri); *p != '\0'; p++) {
		if (isalnum((unsigned char)*p) || strchr("._-", *p) != NULL)
			strbuf_addc(&sb, *p);
		else
			strbuf_addf(&sb, "~%02X", (unsigned)(unsigned char)*p);
	}
	return arena_strndup(&o->call.req->arena, sb.data, sb.len);
}

static int hex(char c)
{
	const char *digits = "0123456789ABCDEF";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* The IRI whose id it would be; ids that are none are found to have no entities. */
static const char *iri_of(struct ogc *o, const char *id)
{
	struct arena *a = &o->call.req->arena;
	char *name = arena_strdup(a, id), *to = name;

	for (const char *p = id; *p != '\0'; p++) {
		int high = *p == '~' ? hex(p[1]) : -1;
		int low = high >= 0 ? hex(p[2]) : -1;

		*to++ = low > 0 || high > 0 ? (char)(high << 4 | low) : *p;
		if (low > 0 || high > 0)
			p += 2;
	}
	*to = '\0';
	return context_expand(o->call.ctx, name, (size_t)(to - name), a);
}

int ogc_types(struct ogc *o, struct discovery *out)
{
	struct app *app = o->call.app;
	struct req *req = o->call.req;
	struct pg *pg = readers_take(app->readers);
	int rc = discovery_types(
		pg, o->call.tenant, true, req->now, &req->arena, out, &req->err);

	readers_put(app->readers, pg);
	return rc;
}

int ogc_collection(struct ogc *o, const char *id, struct ogc_collection *out)
{
	struct app *app = o->call.app;
	struct req *req = o->call.req;
	struct pg *pg = readers_take(app->readers);
	int rc;

	out->iri = iri_of(o, id);
	out->name = type_name(o, out->iri);
	out->id = ogc_id(o, out->iri);
	rc = discovery_type(pg, o->call.tenant, out->iri, req->now, &req->arena,
		&out->found, &req->err);
	readers_put(app->readers, pg);
	if (rc < 0 || (out->found.count > 0 && strcmp(id, out->id) == 0))
		return rc;
	return err_set(&req->err, ERR_NOT_FOUND,
		"there is no collection '%.100s'; " OGC_ROOT
		"/collections lists those that "
		"there are",
		id);
}

static int read_extent(struct ogc *o, const char *iri, struct extent *out)
{
	struct app *app = o->call.app;
	struct pg *pg = readers_take(app->readers);
	int rc = extent_of(app->extents, pg, app->index.names, o->call.tenant, iri,
		OGC_LOCATION, out, &o->call.req->err);

	readers_put(app->readers, pg);
	return rc;
}

/* ---- JSON ---- */

static void write_extent(struct strbuf *sb, const struct extent *x)
{
	char first[CLOCK_TEXT], last[CLOCK_TEXT];

	if (!x->has_box && !x->has_times)
		return;
	strbuf_adds(sb, ",\"extent\":{");
	if (x->has_box)
		strbuf_addf(sb,
			"\"spatial\":{\"bbox\":[[%.15g,%.15g,%.15g,%.15g]],\"crs\":"
			"\"" OGC_CRS84 "\"}",
			x->box[0], x->box[1], x->box[2], x->box[3]);
	if (x->has_times)
		strbuf_addf(sb,
			"%s\"temporal\":{\"interval\":[[\"%s\",\"%s\"]],\"trs\":"
			"\"" ISO_8601 "\"}",
			x->has_box ? "," : "", clock_format(x->first, first),
			clock_format(x->last, last));
	strbuf_addc(sb, '}');
}

/* Its own links, wherever it is shown: not those of ogc_links(). */
static void write_collection(struct ogc *o, const char *iri, const struct extent *extent)
{
	struct strbuf *sb = &o->call.resp->body;
	const char *id = ogc_id(o, iri);
	const struct ogc_link links[] = {
		{"self", "application/json", ogc_url(o, "/collections/%s?f=json", id),
			NULL},
		{"alternate", "text/html", ogc_url(o, "/collections/%s?f=html", id),
			NULL},
		{"items", OGC_GEOJSON, ogc_url(o, "/collections/%s/items?f=json", id),
			NULL},
		{"items", "text/html", ogc_url(o, "/collections/%s/items?f=html", id),
			NULL},
		{"describedby", OGC_SCHEMA,
			ogc_url(o, "/collections/%s/schema?f=json", id), NULL},
	};

	strbuf_adds(sb, "{\"id\":");
	ogc_text(sb, id);
	strbuf_adds(sb, ",\"title\":");
	ogc_text(sb, type_name(o, iri));
	strbuf_adds(sb, ",\"description\":");
	ogc_text(sb, iri);
	write_extent(sb, extent);
	strbuf_adds(
		sb, ",\"itemType\":\"feature\",\"crs\":[\"" OGC_CRS84 "\"],\"links\":[");
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		ogc_link(sb, i > 0, &links[i]);
	strbuf_adds(sb, "]}");
}

int ogc_collections_json(struct ogc *o)
{
	struct strbuf *sb = &o->call.resp->body;
	struct discovery types;

	if (ogc_types(o, &types) < 0)
		return -1;
	ogc_headers(o, "application/json");
	strbuf_addc(sb, '{');
	ogc_links(o, sb, "application/json");
	strbuf_adds(sb, "],\"collections\":[");
	for (size_t i = 0; i < types.len; i++) {
		struct extent extent;

		if (read_extent(o, types.items[i].iri, &extent) < 0)
			return -1;
		strbuf_adds(sb, i > 0 ? "," : "");
		write_collection(o, types.items[i].iri, &extent);
	}
	strbuf_adds(sb, "]}");
	return 0;
}

int ogc_collection_json(struct ogc *o)
{
	struct ogc_collection c;
	struct extent extent;

	if (ogc_collection(o, o->call.req->param[0], &c) < 0 ||
		read_extent(o, c.iri, &extent) < 0)
		return -1;
	ogc_headers(o, "application/json");
	write_collection(o, c.iri, &extent);
	return 0;
}

/* ---- pages ---- */

int ogc_collections_html(struct ogc *o)
{
	struct strbuf *sb = &o->call.resp->body;
	struct discovery types;

	if (ogc_types(o, &types) < 0)
		return -1;
	ogc_page_begin(o, "Collections", "OGC API - Features");
	strbuf_addf(sb,
		"<table class=\"wide\"><thead><tr><th scope=\"col\">%s</th>"
		"<th scope=\"col\">%s</th></tr></thead><tbody>",
		ogc_say(o, "Collection", "Collection"),
		ogc_say(o, "Type of its entities", "Type de ses entités"));
	for (size_t i = 0; i < types.len; i++) {
		const char *iri = types.items[i].iri;

		strbuf_adds(sb, "<tr><th scope=\"row\">");
		html_link(sb, ogc_url(o, "/collections/%s?f=html", ogc_id(o, iri)),
			type_name(o, iri));
		strbuf_adds(sb, "</th><td><code>");
		html_text(sb, iri, strlen(iri));
		strbuf_adds(sb, "</code></td></tr>");
	}
	strbuf_adds(sb, "</tbody></table>");
	ogc_page_end(o, sb);
	return 0;
}

static void extent_row(struct strbuf *sb, const char *name, const char *value)
{
	strbuf_addf(sb, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>", name, value);
}

static void extent_rows(struct ogc *o, const struct extent *x)
{
	struct strbuf *sb = &o->call.resp->body;
	struct arena *a = &o->call.req->arena;
	char first[CLOCK_TEXT], last[CLOCK_TEXT];

	if (x->has_box)
		extent_row(sb, ogc_say(o, "Longitude, latitude", "Longitude, latitude"),
			arena_printf(a, "%.6g, %.6g … %.6g, %.6g", x->box[0], x->box[1],
				x->box[2], x->box[3]));
	if (x->has_times)
		extent_row(sb, ogc_say(o, "Observed", "Observé"),
			arena_printf(a, "%s … %s", clock_format(x->first, first),
				clock_format(x->last, last)));
}

int ogc_collection_html(struct ogc *o)
{
	struct strbuf *sb = &o->call.resp->body;
	struct arena *a = &o->call.req->arena;
	struct ogc_collection c;
	struct extent extent;

	if (ogc_collection(o, o->call.req->param[0], &c) < 0 ||
		read_extent(o, c.iri, &extent) < 0)
		return -1;
	ogc_page_begin(o, c.name, "Collection");
	strbuf_adds(sb, "<p>");
	html_link(sb, ogc_url(o, "/collections/%s/items?f=html", c.id),
		ogc_say(o, "Its features", "Ses objets"));
	strbuf_adds(sb, " · ");
	html_link(sb, ogc_url(o, "/collections/%s/schema?f=html", c.id),
		ogc_say(o, "Their properties", "Leurs propriétés"));
	strbuf_adds(sb, "</p><table class=\"wide\"><tbody>");
	extent_row(sb, ogc_say(o, "Features", "Objets"),
		arena_printf(a, "%" PRId64, c.found.count));
	extent_rows(o, &extent);
	strbuf_adds(sb, "</tbody></table>");
	ogc_page_end(o, sb);
	return 0;
}
