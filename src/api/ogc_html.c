/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages of /ogc look like: the style sheet is that of the other pages (web/). */
#include "ogc.h"

#include <base/strbuf.h>

#include <string.h>

const char *ogc_say(const struct ogc *o, const char *english, const char *french)
{
	return o->french ? french : english;
}

void html_text(struct strbuf *sb, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		switch (s[i]) {
		case '&':
			strbuf_adds(sb, "&amp;");
			break;
		case '<':
			strbuf_adds(sb, "&lt;");
			break;
		case '>':
			strbuf_adds(sb, "&gt;");
			break;
		case '"':
			strbuf_adds(sb, "&quot;");
			break;
		default:
			strbuf_addc(sb, s[i]);
		}
	}
}

void html_link(struct strbuf *sb, const char *href, const char *text)
{
	strbuf_adds(sb, "<a href=\"");
	html_text(sb, href, strlen(href));
	strbuf_adds(sb, "\">");
	html_text(sb, text, strlen(text));
	strbuf_adds(sb, "</a>");
}

void ogc_page_begin(struct ogc *o, const char *title, const char *over)
{
	struct strbuf *sb = &o->call.resp->body;

	ogc_headers(o, OGC_HTML);
	strbuf_addf(sb,
		"<!doctype html><html lang=\"%s\"><head><meta charset=\"utf-8\">"
		"<meta name=\"viewport\" content=\"width=device-width\"><title>",
		ogc_say(o, "en", "fr"));
	html_text(sb, title, strlen(title));
	strbuf_addf(sb,
		" · Calanque</title><link rel=\"stylesheet\" href=\"/assets/style.css\">"
		"</head><body><a class=\"skip\" href=\"#main\">%s</a><header id=\"top\">"
		"<a class=\"brand\" href=\"/\">Calanque</a><nav aria-label=\"%s\">",
		ogc_say(o, "To the content", "Aller au contenu"),
		ogc_say(o, "Data for QGIS", "Données pour QGIS"));
	html_link(sb, ogc_url(o, "?f=html"), "OGC API");
	html_link(sb, ogc_url(o, "/collections?f=html"), "Collections");
	html_link(sb, ogc_url(o, "/api?f=html"), "API");
	strbuf_adds(sb, "</nav></header><main id=\"main\"><div class=\"page\">");
	if (over != NULL) {
		strbuf_adds(sb, "<p class=\"over\">");
		html_text(sb, over, strlen(over));
		strbuf_adds(sb, "</p>");
	}
	strbuf_adds(sb, "<h1>");
	html_text(sb, title, strlen(title));
	strbuf_adds(sb, "</h1>");
}

void ogc_page_end(struct ogc *o, struct strbuf *sb)
{
	strbuf_adds(sb, "<p>");
	html_link(sb, ogc_here(o, "f", "json"), "JSON");
	strbuf_adds(sb, "</p></div></main></body></html>\n");
}
