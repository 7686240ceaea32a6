/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DELETE /entities: Purge Entities, 5.6.21 and 6.4.3.3.  The ids that match are read a page
 * at a time, in the order of creation; each page goes to the lanes as one write, and while
 * they delete it the next page is read.  So any number of entities needs the memory of two
 * pages, and whatever hangs on operations sees each of them.
 */
#include "call.h"
#include "entity_map.h"
#include "params.h"

#include <base/arena.h>
#include <base/err.h>
#include <store/lane.h>
#include <store/readers.h>

#include <pthread.h>
#include <string.h>

#define PAGE 1000

/* What is to be done to each entity. */
struct purge {
	struct call *call;
	enum op_kind kind;
	const struct pick_list *names; /* of keep or drop */
	struct entity_query query;
	int64_t last; /* what is created from now on stays */
	size_t done; /* entities so far */
};

/* A page of it on its way. */
struct page {
	struct arena arena;
	struct entity_ids ids;
	struct write write;
	pthread_mutex_t lock; /* guards ended */
	pthread_cond_t wake;
	bool ended;
};

static void page_init(struct page *page)
{
	*page = (struct page){0};
	pthread_mutex_init(&page->lock, NULL);
	pthread_cond_init(&page->wake, NULL);
}

static void page_fini(struct page *page)
{
	arena_reset(&page->arena);
	pthread_cond_destroy(&page->wake);
	pthread_mutex_destroy(&page->lock);
}

/* The next ids after those of `before`. */
static int read_page(
	struct purge *purge, int64_t after, struct page *page, struct err *err)
{
	struct app *app = purge->call->app;
	struct pg *pg = readers_take(app->readers);
	int rc;

	arena_rewind(&page->arena);
	rc = entities_ids(pg, &app->index, &purge->query, after, purge->last,
		&page->arena, &page->ids, err);
	readers_put(app->readers, pg);
	return rc;
}

static void page_done(struct write *write)
{
	struct page *page = write->cookie;

	pthread_mutex_lock(&page->lock);
	page->ended = true;
	pthread_cond_signal(&page->wake);
	pthread_mutex_unlock(&page->lock);
}

static void submit_page(struct purge *purge, struct page *page)
{
	struct write_op *ops = arena_array(&page->arena, struct write_op, page->ids.len);

	for (size_t i = 0; i < page->ids.len; i++)
		ops[i] = (struct write_op){
			.tenant = purge->call->tenant,
			.op = {.kind = purge->kind,
				.id = page->ids.ids[i],
				.names = purge->names,
				.now = purge->call->req->now},
		};
	page->ended = false;
	page->write = (struct write){.ops = ops,
		.len = page->ids.len,
		.arena = &page->arena,
		.done = page_done,
		.cookie = page};
	lanes_submit(purge->call->app->lanes, &page->write);
}

/* Waits for the lanes.  An entity that somebody else deleted meanwhile is purged as well. */
static int finish_page(struct purge *purge, struct page *page, struct err *err)
{
	pthread_mutex_lock(&page->lock);
	while (!page->ended)
		pthread_cond_wait(&page->wake, &page->lock);
	pthread_mutex_unlock(&page->lock);
	for (size_t i = 0; i < page->ids.len; i++) {
		enum err_kind kind = page->write.ops[i].err.kind;

		if (kind != ERR_NONE && kind != ERR_NOT_FOUND) {
			*err = page->write.ops[i].err;
			return -1;
		}
		purge->done += kind == ERR_NONE;
	}
	return 0;
}

static int purge_pages(struct purge *purge, struct page pages[2])
{
	struct err *err = &purge->call->req->err, other = {0};
	struct page *now = &pages[0], *next = &pages[1], *swap;
	int rc = read_page(purge, 0, now, err);

	while (rc == 0 && now->ids.len > 0) {
		submit_page(purge, now);
		rc = read_page(purge, now->ids.last, next, err);
		/* Nothing may leave while lanes work on the page. */
		if (finish_page(purge, now, rc == 0 ? err : &other) < 0)
			rc = -1;
		swap = now;
		now = next;
		next = swap;
	}
	if (rc < 0 && purge->done > 0)
		return err_wrap(err, "after %zu entities were purged", purge->done);
	return rc;
}

static int run_purge(struct purge *purge)
{
	struct app *app = purge->call->app;
	struct pg *pg = readers_take(app->readers);
	int rc = entities_last(pg, &purge->last, &purge->call->req->err);
	struct page pages[2];

	readers_put(app->readers, pg);
	if (rc < 0)
		return -1;
	page_init(&pages[0]);
	page_init(&pages[1]);
	rc = purge_pages(purge, pages);
	page_fini(&pages[0]);
	page_fini(&pages[1]);
	return rc;
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
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct params p = {.call = &call};
	struct purge purge = {.call = &call};

	if (read_purge(&p, &purge) < 0 || run_purge(&purge) < 0)
		return HANDLED_ERROR;
	resp->status = 204;
	return HANDLED;
}

static const char *const purge_names[] = {"type", "id", "idPattern", "q", "scopeQ",
	"georel", "geometry", "coordinates", "geoproperty", "geometryProperty", "csf",
	"keep", "drop", "local", NULL};

const struct route entities_purge_routes[] = {
	{"DELETE", "/ngsi-ld/v1/entities", purge_entities, NULL, 0, purge_names},
	{0},
};
