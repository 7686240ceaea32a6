/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OGC API - Features, Part 1 (17-069r4), over the current entities: a collection a type, a
 * feature an entity, names of the default @context.  Every resource is JSON or a page.
 */
#ifndef API_OGC_H
#define API_OGC_H

#include "call.h"

#include <base/attr.h>
#include <http/message.h>
#include <store/discovery.h>
#include <store/entities.h>

#include <stdbool.h>

struct extent;
struct pg;
struct strbuf;

#define OGC_ROOT     "/ogc"
#define OGC_CRS84    "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
#define OGC_LOCATION "https://uri.etsi.org/ngsi-ld/location"
#define OGC_OPENAPI  "application/vnd.oai.openapi+json;version=3.0"
#define OGC_SCHEMA   "application/schema+json"
#define OGC_GEOJSON  "application/geo+json"
#define OGC_HTML     "text/html; charset=utf-8"
#define OGC_LIMIT    1000 /* features of an answer, unless said */
#define OGC_ROWS     50 /* of a page */
#define OGC_MOST     10000

struct ogc {
	struct call call;
	bool html; /* a page is wanted */
	bool french;
	const char *root; /* "https://host/ogc" */
};

/* What a request is answered with, once ogc_answer() has read what all have in common: f
 * and Accept, the tenant, the default @context.  -1: req->err. */
typedef int ogc_fn(struct ogc *o);
enum handled ogc_answer(
	void *cookie, struct req *req, struct resp *resp, ogc_fn *json, ogc_fn *html);
int ogc_begin(struct ogc *o, void *cookie, struct req *req, struct resp *resp) must_check;
/* Status 200, Content-Type (the page's where one is wanted) and Vary. */
void ogc_headers(struct ogc *o, const char *type);

/* The URL of this resource with that parameter; value NULL: without it. */
const char *ogc_here(struct ogc *o, const char *name, const char *value);
/* URL of a resource below the root: "/collections". */
const char *ogc_url(struct ogc *o, const char *fmt, ...) printf_like(2, 3);

/* ---- JSON ---- */

void ogc_text(struct strbuf *sb, const char *s);
/* {"href":…,"rel":…,"type":…,"title":…}; comma: before it. */
struct ogc_link {
	const char *rel, *type, *href, *title;
};
void ogc_link(struct strbuf *sb, bool comma, const struct ogc_link *link);
/* "links":[ self, alternate: further links and ']' are the caller's. */
void ogc_links(struct ogc *o, struct strbuf *sb, const char *type);

/* ---- pages ---- */

const char *ogc_say(const struct ogc *o, const char *english, const char *french);
void html_text(struct strbuf *sb, const char *s, size_t len); /* escaped */
void html_link(struct strbuf *sb, const char *href, const char *text);
/* Down to the heading; over: what stands above it, or NULL. */
void ogc_page_begin(struct ogc *o, const char *title, const char *over);
void ogc_page_end(struct ogc *o, struct strbuf *sb);

/* ---- collections ---- */

struct ogc_collection {
	const char *id; /* of URLs */
	const char *iri, *name; /* of the type */
	struct discovery found; /* how many entities, which attributes */
};
/* The id of the collection of a type: its name, with ~XX for what is no letter, digit, '.',
 * '_' or '-'. */
const char *ogc_id(struct ogc *o, const char *iri);
/* NOT_FOUND: no entity has this type. */
int ogc_collection(struct ogc *o, const char *id, struct ogc_collection *out) must_check;
int ogc_types(struct ogc *o, struct discovery *out) must_check;

ogc_fn ogc_collections_json, ogc_collections_html;
ogc_fn ogc_collection_json, ogc_collection_html, ogc_schema_json, ogc_schema_html;
ogc_fn ogc_api_json, ogc_api_html;

/* ---- properties of features ---- */

struct ogc_column {
	const char *iri, *name;
	size_t iri_len;
	unsigned kinds; /* bits 1 << enum cell_kind, of the first entities' values */
	bool unit, observed; /* they say in which unit, when */
};
/* In the request's arena. */
struct ogc_columns {
	struct ogc_column *items;
	size_t len;
	bool scope; /* some have scopes */
};
/* What the entities of the type have, and how the first ones look. */
int ogc_columns(struct ogc *o, struct pg *pg, const struct ogc_collection *c,
	struct ogc_columns *out) must_check;
const struct ogc_column *ogc_column(const struct ogc_columns *columns, const char *name);

/* A feature without its closing brace, so that links may follow.  a: scratch. */
void ogc_feature(struct ogc *o, const struct ogc_columns *columns,
	const struct jn *entity, struct strbuf *sb, struct arena *a);
/* The cells of a table: where the entity is, its latest observedAt, its values. */
void ogc_feature_cells(struct ogc *o, const struct ogc_columns *columns,
	const struct jn *entity, struct strbuf *sb, struct arena *a);
/* A table of its own: a row a property. */
void ogc_feature_rows(struct ogc *o, const struct ogc_columns *columns,
	const struct jn *entity, struct strbuf *sb, struct arena *a);

/* ---- items ---- */

/* limit, bbox, datetime, after and the properties as a query; all else is refused. */
struct ogc_query {
	struct entity_query query;
	unsigned limit;
	int64_t after; /* number of an entity, 0: from the beginning */
	bool filtered; /* some of the collection only */
};
int ogc_query(struct ogc *o, const struct ogc_collection *c,
	const struct ogc_columns *columns, struct ogc_query *out) must_check;

enum handled ogc_items(void *cookie, struct req *req, struct resp *resp);
ogc_fn ogc_item_json, ogc_item_html;

#endif
