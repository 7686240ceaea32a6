/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items: a page of features in the order of creation, some of the database at a time while
 * it is sent.  A page goes on after the number of the entity that ended the one before, so
 * that deep pages cost what the first one does and a change moves nobody to another page.
 */
#include "ogc.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <base/iri.h>
#include <base/log.h>
#include <base/strbuf.h>
#include <core/entity.h>
#include <store/readers.h>

#include <inttypes.h>
#include <string.h>

#define PIECE  200 /* entities of one look at the database */
#define WINDOW 20000 /* numbers of entities in one, where each document is read */

/* In the request's arena. */
struct items {
	struct ogc o;
	struct ogc_collection collection;
	struct ogc_columns columns;
	struct ogc_query q;
	int64_t from; /* where the page begins */
	int64_t last; /* number of the youngest entity when the page was asked for */
	unsigned returned;
	struct arena scratch; /* of one piece */
};

/* Up to which number the next look goes: one at all documents might take too long. */
static int64_t window_end(const struct items *x)
{
	bool slow = x->q.query.observed != NULL;

	return slow && x->last - x->q.after > WINDOW ? x->q.after + WINDOW : x->last;
}

/* page->last_eid: where the next piece begins. */
static int read_piece(struct items *x, struct entity_page *page, struct err *err)
{
	struct app *app = x->o.call.app;
	struct pg *pg = readers_take(app->readers);
	unsigned left = x->q.limit - x->returned;
	int64_t end = window_end(x);
	int rc;

	x->q.query.limit = left < PIECE ? left : PIECE;
	arena_rewind(&x->scratch);
	rc = entities_after(
		pg, &app->index, &x->q.query, x->q.after, end, &x->scratch, page, err);
	readers_put(app->readers, pg);
	if (rc < 0 || page->more)
		return rc;
	page->last_eid = end;
	page->more = end < x->last;
	return 0;
}

/* ---- before the first and after the last ---- */

static void begin_json(struct items *x, struct strbuf *sb)
{
	char now[CLOCK_TEXT];

	strbuf_addf(sb, "{\"type\":\"FeatureCollection\",\"timeStamp\":\"%s\"",
		clock_format(x->o.call.req->now, now));
	strbuf_adds(sb, ",\"features\":[");
}

static const char *next_page(struct items *x)
{
	return ogc_here(&x->o, "after",
		arena_printf(&x->o.call.req->arena, "%" PRId64, x->q.after));
}

/* How many there are on all pages, where it costs nothing; -1: that is not known. */
static int64_t matched(const struct items *x, bool more)
{
	if (x->from != 0)
		return -1;
	if (!x->q.filtered)
		return x->collection.found.count;
	return more ? -1 : (int64_t)x->returned;
}

static void end_json(struct items *x, bool more, struct strbuf *sb)
{
	const char *id = x->collection.id;

	strbuf_addf(sb, "\n],\"numberReturned\":%u,", x->returned);
	if (matched(x, more) >= 0)
		strbuf_addf(sb, "\"numberMatched\":%" PRId64 ",", matched(x, more));
	ogc_links(&x->o, sb, OGC_GEOJSON);
	if (more)
		ogc_link(sb, true,
			&(struct ogc_link){"next", OGC_GEOJSON, next_page(x), NULL});
	ogc_link(sb, true,
		&(struct ogc_link){"collection", "application/json",
			ogc_url(&x->o, "/collections/%s", id), NULL});
	ogc_link(sb, true,
		&(struct ogc_link){"describedby", OGC_SCHEMA,
			ogc_url(&x->o, "/collections/%s/schema", id), NULL});
	strbuf_adds(sb, "]}\n");
}

static void begin_html(struct items *x, struct strbuf *sb)
{
	struct ogc *o = &x->o;

	ogc_page_begin(o, x->collection.name, ogc_say(o, "Features", "Objets"));
	strbuf_addf(sb, "<p class=\"lead\">%" PRId64 " %s</p>", x->collection.found.count,
		ogc_say(o, "in the collection", "dans la collection"));
	strbuf_adds(sb,
		"<div class=\"scroll\"><table class=\"wide\"><thead><tr>"
		"<th scope=\"col\">id</th><th scope=\"col\">observedAt</th>");
	for (size_t i = 0; i < x->columns.len; i++) {
		const char *name = x->columns.items[i].name;

		strbuf_adds(sb, "<th scope=\"col\">");
		html_text(sb, name, strlen(name));
		strbuf_adds(sb, "</th>");
	}
	strbuf_adds(sb, "</tr></thead><tbody>");
}

static void end_html(struct items *x, bool more, struct strbuf *sb)
{
	struct ogc *o = &x->o;

	strbuf_adds(sb, "</tbody></table></div>");
	if (more) {
		strbuf_adds(sb, "<p>");
		html_link(sb, next_page(x), ogc_say(o, "Next page", "Page suivante"));
		strbuf_adds(sb, "</p>");
	}
	ogc_page_end(o, sb);
}

/* ---- features ---- */

static const char *item_url(struct items *x, const struct jn *entity)
{
	const char *id = jn_str(jn_get(entity, "id"), &x->scratch);

	return arena_printf(&x->scratch, "%s/collections/%s/items/%s?f=html", x->o.root,
		x->collection.id, iri_encode(&x->scratch, id, ":"));
}

static void write_row(struct items *x, const struct jn *entity, struct strbuf *sb)
{
	strbuf_adds(sb, "<tr><th scope=\"row\">");
	html_link(sb, item_url(x, entity), jn_str(jn_get(entity, "id"), &x->scratch));
	strbuf_adds(sb, "</th>");
	ogc_feature_cells(&x->o, &x->columns, entity, sb, &x->scratch);
	strbuf_adds(sb, "</tr>");
}

static void write_features(
	struct items *x, const struct entity_page *page, struct strbuf *sb)
{
	for (size_t i = 0; i < page->len; i++) {
		const struct jn *entity = jn_parse_trusted(
			page->docs[i].text, page->docs[i].len, &x->scratch);

		if (entity == NULL)
			continue;
		if (x->o.html) {
			write_row(x, entity, sb);
		} else {
			strbuf_adds(sb, x->returned > 0 ? ",\n" : "\n");
			ogc_feature(&x->o, &x->columns, entity, sb, &x->scratch);
			strbuf_addc(sb, '}');
		}
		x->returned++;
	}
}

static enum pulled write_piece(
	struct items *x, const struct entity_page *page, struct strbuf *sb)
{
	write_features(x, page, sb);
	x->q.after = page->last_eid;
	if (page->more && x->returned < x->q.limit) {
		strbuf_addc(sb, '\n'); /* a sign of life, whatever was found */
		return PULLED_MORE;
	}
	(x->o.html ? end_html : end_json)(x, page->more, sb);
	return PULLED_END;
}

static enum pulled pull(void *self, struct strbuf *out)
{
	struct items *x = self;
	auto_entity_page page = {0};
	struct err err = {0};

	if (read_piece(x, &page, &err) < 0) {
		log_warn("a page of features breaks off: %s", err.detail);
		return PULLED_BROKEN;
	}
	return write_piece(x, &page, out);
}

static void end(void *self)
{
	struct items *x = self;

	arena_reset(&x->scratch);
	call_fini(&x->o.call);
}

/* ---- requests ---- */

static int read_request(struct items *x)
{
	struct ogc *o = &x->o;
	struct readers *readers = o->call.app->readers;
	struct pg *pg;
	int rc;

	if (ogc_collection(o, o->call.req->param[0], &x->collection) < 0)
		return -1;
	pg = readers_take(readers);
	rc = ogc_columns(o, pg, &x->collection, &x->columns);
	if (rc == 0)
		rc = ogc_query(o, &x->collection, &x->columns, &x->q);
	if (rc == 0)
		rc = entities_last(pg, &x->last, &o->call.req->err);
	readers_put(readers, pg);
	x->from = x->q.after;
	return rc;
}

/* The first piece is read before anything is sent: what is wrong is still an error. */
static int begin(struct items *x)
{
	struct ogc *o = &x->o;
	struct resp *resp = o->call.resp;
	auto_entity_page page = {0};

	if (read_request(x) < 0 || read_piece(x, &page, &o->call.req->err) < 0)
		return -1;
	if (!o->html)
		ogc_headers(o, OGC_GEOJSON);
	(o->html ? begin_html : begin_json)(x, &resp->body);
	if (write_piece(x, &page, &resp->body) == PULLED_MORE)
		resp->stream = (struct stream){.pull = pull, .end = end, .self = x};
	return 0;
}

enum handled ogc_items(void *cookie, struct req *req, struct resp *resp)
{
	struct items *x = arena_new(&req->arena, struct items);
	int rc = ogc_begin(&x->o, cookie, req, resp);

	if (rc == 0)
		rc = begin(x);
	if (rc < 0 || resp->stream.pull == NULL)
		end(x);
	return rc < 0 ? HANDLED_ERROR : HANDLED;
}

/* ---- one feature ---- */

/* The entity in the arena, if it is of the collection. */
static int read_item(struct items *x, const struct jn **out)
{
	struct ogc *o = &x->o;
	struct req *req = o->call.req;
	struct app *app = o->call.app;
	const struct entity_key key = {o->call.tenant, req->param[1]};
	auto_entity_page page = {0};
	struct pg *pg;
	int rc;

	if (ogc_collection(o, req->param[0], &x->collection) < 0)
		return -1;
	pg = readers_take(app->readers);
	rc = ogc_columns(o, pg, &x->collection, &x->columns);
	if (rc == 0)
		rc = entities_get(pg, &key, 1, req->now, &req->arena, &page, &req->err);
	readers_put(app->readers, pg);
	if (rc < 0)
		return -1;
	*out = NULL;
	if (page.docs[0].text != NULL)
		*out = jn_parse_trusted(
			arena_strndup(&req->arena, page.docs[0].text, page.docs[0].len),
			page.docs[0].len, &req->arena);
	if (*out != NULL &&
		entity_has_type(*out, x->collection.iri, strlen(x->collection.iri)))
		return 0;
	return err_set(&req->err, ERR_NOT_FOUND, "collection %.80s has no feature %.120s",
		x->collection.id, req->param[1]);
}

int ogc_item_json(struct ogc *o)
{
	struct items x = {.o = *o};
	struct strbuf *sb = &o->call.resp->body;
	const struct jn *entity;

	if (read_item(&x, &entity) < 0)
		return -1;
	ogc_headers(o, OGC_GEOJSON);
	ogc_feature(o, &x.columns, entity, sb, &o->call.req->arena);
	strbuf_addc(sb, ',');
	ogc_links(o, sb, OGC_GEOJSON);
	ogc_link(sb, true,
		&(struct ogc_link){"collection", "application/json",
			ogc_url(o, "/collections/%s", x.collection.id), NULL});
	ogc_link(sb, true,
		&(struct ogc_link){"describedby", OGC_SCHEMA,
			ogc_url(o, "/collections/%s/schema", x.collection.id), NULL});
	strbuf_adds(sb, "]}\n");
	return 0;
}

int ogc_item_html(struct ogc *o)
{
	struct items x = {.o = *o};
	struct strbuf *sb = &o->call.resp->body;
	const struct jn *entity;

	if (read_item(&x, &entity) < 0)
		return -1;
	ogc_page_begin(o, o->call.req->param[1], x.collection.name);
	ogc_feature_rows(o, &x.columns, entity, sb, &o->call.req->arena);
	ogc_page_end(o, sb);
	return 0;
}
