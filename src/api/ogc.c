/* SPDX-License-Identifier: Apache-2.0 */
/* The landing page, what is conformed to, and the routes. */
#include "ogc.h"

#include <api/contexts.h>
#include <base/arena.h>
#include <base/err.h>
#include <base/iri.h>
#include <base/jn.h>
#include <base/strbuf.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PART1 "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"

static const char *const classes[] = {
	PART1 "core", PART1 "oas30", PART1 "html", PART1 "geojson", NULL};

/* ---- what all have in common ---- */

static int read_encoding(struct ogc *o)
{
	struct req *req = o->call.req;
	const char *f = req_param(req, "f");

	o->html = f != NULL ? strcmp(f, "html") == 0
			    : negotiate_html(req_header(req, "Accept"));
	if (f == NULL || o->html || strcmp(f, "json") == 0)
		return 0;
	return err_set(
		&req->err, ERR_INVALID_REQUEST, "f: '%.32s' is neither json nor html", f);
}

int ogc_begin(struct ogc *o, void *cookie, struct req *req, struct resp *resp)
{
	const char *language = req_header(req, "Accept-Language");

	*o = (struct ogc){.call = {.app = cookie, .req = req, .resp = resp}};
	o->french = language != NULL && strncasecmp(language, "fr", 2) == 0;
	o->call.ctx = contexts_default(o->call.app->contexts);
	o->root = arena_printf(&req->arena, "%s" OGC_ROOT, call_base_url(&o->call));
	if (read_encoding(o) < 0)
		return -1;
	return call_tenant(&o->call, false);
}

enum handled ogc_answer(
	void *cookie, struct req *req, struct resp *resp, ogc_fn *json, ogc_fn *html)
{
	struct ogc o;
	int rc = ogc_begin(&o, cookie, req, resp);

	if (rc == 0)
		rc = (o.html ? html : json)(&o);
	call_fini(&o.call);
	return rc < 0 ? HANDLED_ERROR : HANDLED;
}

void ogc_headers(struct ogc *o, const char *type)
{
	struct resp *resp = o->call.resp;

	resp->status = 200;
	resp->content_type = o->html ? OGC_HTML : type;
	resp_header(resp, "Vary",
		o->html ? "Accept, Accept-Language, Accept-Encoding"
			: "Accept, Accept-Encoding");
	if (!o->html)
		return;
	resp_header(resp, "Content-Security-Policy",
		"default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; "
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
	resp_header(resp, "X-Content-Type-Options", "nosniff");
}

/* The request's other parameters, raw. */
static void other_params(struct ogc *o, const char *name, struct strbuf *sb)
{
	const char *p = o->call.req->query;
	size_t name_len = strlen(name);

	while (*p != '\0') {
		size_t len = strcspn(p, "&");

		if (len > 0 && !(strncmp(p, name, name_len) == 0 && p[name_len] == '=')) {
			strbuf_addc(sb, sb->len > 0 ? '&' : '?');
			strbuf_add(sb, p, len);
		}
		p += len + (p[len] == '&');
	}
}

const char *ogc_here(struct ogc *o, const char *name, const char *value)
{
	struct arena *a = &o->call.req->arena;
	auto_strbuf sb = {0};

	other_params(o, name, &sb);
	if (value != NULL)
		strbuf_addf(&sb, "%c%s=%s", sb.len > 0 ? '&' : '?', name, value);
	return arena_printf(a, "%s%s%s", call_base_url(&o->call), o->call.req->path,
		sb.data != NULL ? sb.data : "");
}

const char *ogc_url(struct ogc *o, const char *fmt, ...)
{
	size_t root = strlen(o->root), len;
	va_list args;
	char *url;

	va_start(args, fmt);
	len = (size_t)vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	url = arena_alloc(&o->call.req->arena, root + len + 1);
	memcpy(url, o->root, root);
	va_start(args, fmt);
	(void)vsnprintf(url + root, len + 1, fmt, args);
	va_end(args);
	return url;
}

void ogc_text(struct strbuf *sb, const char *s)
{
	jn_write_string(sb, s, strlen(s));
}

void ogc_link(struct strbuf *sb, bool comma, const struct ogc_link *link)
{
	strbuf_adds(sb, comma ? ",{\"href\":" : "{\"href\":");
	ogc_text(sb, link->href);
	strbuf_adds(sb, ",\"rel\":");
	ogc_text(sb, link->rel);
	strbuf_adds(sb, ",\"type\":");
	ogc_text(sb, link->type);
	if (link->title != NULL) {
		strbuf_adds(sb, ",\"title\":");
		ogc_text(sb, link->title);
	}
	strbuf_addc(sb, '}');
}

void ogc_links(struct ogc *o, struct strbuf *sb, const char *type)
{
	strbuf_adds(sb, "\"links\":[");
	ogc_link(sb, false,
		&(struct ogc_link){"self", type, ogc_here(o, "f", "json"), NULL});
	ogc_link(sb, true,
		&(struct ogc_link){
			"alternate", "text/html", ogc_here(o, "f", "html"), NULL});
}

/* ---- the landing page ---- */

static int landing_json(struct ogc *o)
{
	struct strbuf *sb = &o->call.resp->body;
	const struct ogc_link links[] = {
		{"service-desc", OGC_OPENAPI, ogc_url(o, "/api?f=json"), "OpenAPI 3.0"},
		{"service-doc", "text/html", ogc_url(o, "/api?f=html"), "The API"},
		{"conformance", "application/json", ogc_url(o, "/conformance"), NULL},
		{"data", "application/json", ogc_url(o, "/collections"), NULL},
	};

	ogc_headers(o, "application/json");
	strbuf_adds(sb,
		"{\"title\":\"Calanque\",\"description\":\"The current state of the "
		"entities: a collection a type, a feature an entity.\",");
	ogc_links(o, sb, "application/json");
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		ogc_link(sb, true, &links[i]);
	strbuf_adds(sb, "]}");
	return 0;
}

static void landing_entry(
	struct ogc *o, const char *path, const char *text, const char *about)
{
	struct strbuf *sb = &o->call.resp->body;

	strbuf_adds(sb, "<tr><th scope=\"row\">");
	html_link(sb, ogc_url(o, "%s?f=html", path), text);
	strbuf_addf(sb, "</th><td>%s</td></tr>", about);
}

static int landing_html(struct ogc *o)
{
	struct strbuf *sb = &o->call.resp->body;

	ogc_page_begin(o, ogc_say(o, "Data for QGIS", "Données pour QGIS"),
		"OGC API - Features");
	strbuf_addf(sb, "<p class=\"lead\">%s</p><pre>",
		ogc_say(o,
			"The current state of the entities: a collection a type, a "
			"feature an entity. In QGIS: Layer, Add WFS / OGC API - Features "
			"layer, New, and this URL:",
			"L’état courant des entités : une collection par type, un objet "
			"par entité. Dans QGIS : Couche, Ajouter une couche WFS / OGC "
			"API - Features, Nouveau, et cette adresse :"));
	html_text(sb, o->root, strlen(o->root));
	strbuf_adds(sb, "</pre><table class=\"wide\"><tbody>");
	landing_entry(o, "/collections", "Collections",
		ogc_say(o, "what there is to draw", "ce qu’il y a à dessiner"));
	landing_entry(o, "/api", "API",
		ogc_say(o, "parameters, and OpenAPI 3.0",
			"les paramètres, et OpenAPI 3.0"));
	landing_entry(o, "/conformance", ogc_say(o, "Conformance", "Conformité"),
		ogc_say(o, "the parts of the standard", "les parties de la norme"));
	strbuf_adds(sb, "</tbody></table>");
	ogc_page_end(o, sb);
	return 0;
}

static enum handled landing(void *cookie, struct req *req, struct resp *resp)
{
	return ogc_answer(cookie, req, resp, landing_json, landing_html);
}

/* ---- conformance ---- */

static int conformance_json(struct ogc *o)
{
	struct strbuf *sb = &o->call.resp->body;

	ogc_headers(o, "application/json");
	strbuf_addc(sb, '{');
	ogc_links(o, sb, "application/json");
	strbuf_adds(sb, "],\"conformsTo\":[");
	for (size_t i = 0; classes[i] != NULL; i++) {
		strbuf_adds(sb, i > 0 ? "," : "");
		ogc_text(sb, classes[i]);
	}
	strbuf_adds(sb, "]}");
	return 0;
}

static int conformance_html(struct ogc *o)
{
	struct strbuf *sb = &o->call.resp->body;

	ogc_page_begin(o, ogc_say(o, "Conformance", "Conformité"), "OGC API - Features");
	strbuf_adds(sb, "<ul>");
	for (size_t i = 0; classes[i] != NULL; i++)
		strbuf_addf(sb, "<li><code>%s</code></li>", classes[i]);
	strbuf_adds(sb, "</ul>");
	ogc_page_end(o, sb);
	return 0;
}

static enum handled conformance(void *cookie, struct req *req, struct resp *resp)
{
	return ogc_answer(cookie, req, resp, conformance_json, conformance_html);
}

/* ---- routes ---- */

static enum handled api(void *cookie, struct req *req, struct resp *resp)
{
	return ogc_answer(cookie, req, resp, ogc_api_json, ogc_api_html);
}

static enum handled collections(void *cookie, struct req *req, struct resp *resp)
{
	return ogc_answer(cookie, req, resp, ogc_collections_json, ogc_collections_html);
}

static enum handled collection(void *cookie, struct req *req, struct resp *resp)
{
	return ogc_answer(cookie, req, resp, ogc_collection_json, ogc_collection_html);
}

static enum handled schema(void *cookie, struct req *req, struct resp *resp)
{
	return ogc_answer(cookie, req, resp, ogc_schema_json, ogc_schema_html);
}

static enum handled item(void *cookie, struct req *req, struct resp *resp)
{
	return ogc_answer(cookie, req, resp, ogc_item_json, ogc_item_html);
}

#define FLAGS (ROUTE_PLAIN | ROUTE_PROBLEM)
#define ONE   OGC_ROOT "/collections/{collectionId}"
static const char *const names[] = {"f", NULL};
static const char *const items_names[] = {
	"f", "limit", "bbox", "datetime", "after", NULL};

const struct route ogc_routes[] = {
	{"GET", OGC_ROOT, landing, NULL, FLAGS, names},
	{"GET", OGC_ROOT "/conformance", conformance, NULL, FLAGS, names},
	{"GET", OGC_ROOT "/api", api, NULL, FLAGS, names},
	{"GET", OGC_ROOT "/collections", collections, NULL, FLAGS, names},
	{"GET", ONE, collection, NULL, FLAGS, names},
	{"GET", ONE "/schema", schema, NULL, FLAGS, names},
	{"GET", ONE "/items", ogc_items, NULL, FLAGS | ROUTE_GEOJSON | ROUTE_OPEN,
		items_names},
	{"GET", ONE "/items/{featureId}", item, NULL, FLAGS | ROUTE_GEOJSON, names},
	{0},
};
