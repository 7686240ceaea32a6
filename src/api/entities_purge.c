/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DELETE /entities: Purge Entities, 5.6.21 and 6.4.3.3.  The ids that match are read a page
 * at a time, in the order of creation; each page goes to the lanes as one write, and while
 * they delete it the next page is read.  When both are over a worker takes the next turn; in
 * between none waits.  So any number of entities needs the memory of two pages, and whatever
 * hangs on operations sees each of them.
 */
#include "call.h"
#include "entity_map.h"
#include "params.h"

#include <base/arena.h>
#include <base/err.h>
#include <store/lane.h>
#include <store/readers.h>

#include <stdatomic.h>
#include <string.h>

#define PAGE 1000

struct page {
	struct arena arena;
	struct entity_ids ids;
	struct write write; /* on its way, where it is the page of now */
};

/* What is to be done to each entity, and how far it is. */
struct purge {
	struct call call;
	enum op_kind kind;
	const struct pick_list *names; /* of keep or drop */
	struct entity_query query;
	int64_t last; /* what is created from now on stays */
	size_t done; /* entities so far */
	struct page pages[2], *now, *next;
	atomic_uint busy; /* the lanes with `now`, a worker reading `next` */
};

static enum handled turn(void *self, struct req *req, struct resp *resp);

/* The next ids after number `after`. */
static int read_page(struct purge *purge, int64_t after, struct page *page)
{
	struct app *app = purge->call.app;
	struct pg *pg = readers_take(app->readers);
	int rc;

	arena_rewind(&page->arena);
	rc = entities_ids(pg, &app->index, &purge->query, after, purge->last,
		&page->arena, &page->ids, &purge->call.req->err);
	readers_put(app->readers, pg);
	return rc;
}

/* The lanes are done, or the page is read: who is last goes on. */
static bool leave(struct purge *purge)
{
	return atomic_fetch_sub(&purge->busy, 1) == 1;
}

static void page_done(struct write *write)
{
	struct purge *purge = write->cookie;

	if (leave(purge))
		req_resume(purge->call.req, turn, purge);
}

static void submit_page(struct purge *purge, struct page *page)
{
	struct write_op *ops = arena_array(&page->arena, struct write_op, page->ids.len);

	for (size_t i = 0; i < page->ids.len; i++)
		ops[i] = (struct write_op){
			.tenant = purge->call.tenant,
			.op = {.kind = purge->kind,
				.id = page->ids.ids[i],
				.names = purge->names,
				.now = purge->call.req->now},
		};
	page->write = (struct write){.ops = ops,
		.len = page->ids.len,
		.arena = &page->arena,
		.done = page_done,
		.cookie = purge};
	lanes_submit(purge->call.app->lanes, &page->write);
}

/* What became of the page.  An entity that somebody else deleted meanwhile is purged as
 * well. */
static int judge_page(struct purge *purge, const struct page *page)
{
	struct err *err = &purge->call.req->err;

	for (size_t i = 0; i < page->write.len; i++) {
		enum err_kind kind = page->write.ops[i].err.kind;

		purge->done += kind == ERR_NONE;
		if (kind != ERR_NONE && kind != ERR_NOT_FOUND && err->kind == ERR_NONE)
			*err = page->write.ops[i].err;
	}
	return err->kind == ERR_NONE ? 0 : -1;
}

/* The page that was read goes to the lanes, and another is read.  Who leaves first touches
 * nothing any more: it may all be over. */
static enum handled go_on(struct purge *purge, struct resp *resp)
{
	struct page *page = purge->next;

	if (page->ids.len == 0) {
		resp->status = 204;
		return HANDLED;
	}
	purge->next = purge->now;
	purge->now = page;
	atomic_store(&purge->busy, 2);
	submit_page(purge, page);
	(void)!read_page(purge, page->ids.last, purge->next);
	if (leave(purge))
		req_resume(purge->call.req, turn, purge);
	return HANDLED_LATER;
}

/* After a page: req->err is of its reading, or of the lanes. */
static enum handled turn(void *self, struct req *req, struct resp *resp)
{
	struct purge *purge = self;

	if (judge_page(purge, purge->now) == 0)
		return go_on(purge, resp);
	if (purge->done > 0)
		err_wrap(&req->err, "after %zu entities were purged", purge->done);
	return HANDLED_ERROR;
}

static enum handled begin(struct purge *purge, struct resp *resp)
{
	struct app *app = purge->call.app;
	struct pg *pg = readers_take(app->readers);
	int rc = entities_last(pg, &purge->last, &purge->call.req->err);

	readers_put(app->readers, pg);
	purge->now = &purge->pages[0];
	purge->next = &purge->pages[1];
	if (rc < 0 || read_page(purge, 0, purge->next) < 0)
		return HANDLED_ERROR;
	return go_on(purge, resp);
}

static void purge_end(void *self)
{
	struct purge *purge = self;

	arena_reset(&purge->pages[0].arena);
	arena_reset(&purge->pages[1].arena);
	call_fini(&purge->call);
}

/* keep or drop: the attributes that remain, or that go. */
static int read_names(const struct params *p, struct purge *purge, struct err *err)
{
	const char *keep = params_get(p, "keep"), *drop = params_get(p, "drop");

	purge->kind = keep != NULL ? OP_KEEP : drop != NULL ? OP_DROP : OP_DELETE;
	if (keep != NULL && drop != NULL)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"keep and drop do not go together: name what remains or what "
			"goes");
	if (purge->kind == OP_DELETE)
		return 0;
	return pick_parse(keep != NULL ? keep : drop, keep != NULL ? "keep" : "drop",
		p->call->ctx, 0, &p->call->req->arena, &purge->names, err);
}

/* A list of attributes is enough not to be too wide, and then narrows what is purged
 * (5.6.21.4 b); where something else does that, every entity is brought to it. */
static bool list_narrows(const struct params *p, const struct entity_query *query)
{
	bool local = false;

	return params_get(p, "type") == NULL && query->geo == NULL && query->q == NULL &&
		params_bool(p, "local", false, &local, &(struct err){0}) == 0 && !local;
}

static int read_purge(const struct params *p, struct purge *purge)
{
	struct projection projection = {0};
	struct err *err = &p->call->req->err;

	if (call_context(p->call) < 0 || call_tenant(p->call, false) < 0 ||
		read_names(p, purge, err) < 0)
		return -1;
	projection.attrs = purge->names;
	if (params_query(p, &projection, &purge->query, err) < 0)
		return -1;
	if (entity_map_named(p, &purge->query, err) < 0)
		return -1;
	if (!list_narrows(p, &purge->query))
		purge->query.attrs = NULL;
	purge->query.limit = PAGE;
	purge->query.offset = 0;
	purge->query.count = false;
	return 0;
}

static enum handled purge_entities(void *cookie, struct req *req, struct resp *resp)
{
	struct purge *purge = arena_new(&req->arena, struct purge);
	struct params p = {.call = &purge->call};

	purge->call = (struct call){.app = cookie, .req = req, .resp = resp};
	req_at_end(req, purge_end, purge);
	return read_purge(&p, purge) < 0 ? HANDLED_ERROR : begin(purge, resp);
}

static const char *const purge_names[] = {"type", "id", "idPattern", "q", "scopeQ",
	"georel", "geometry", "coordinates", "geoproperty", "geometryProperty", "csf",
	"keep", "drop", "local", NULL};

const struct route entities_purge_routes[] = {
	{"DELETE", "/ngsi-ld/v1/entities", purge_entities, NULL, 0, purge_names},
	{0},
};
