/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /subscriptions, 5.8.1 to 5.8.5, 6.10, 6.11; and /csourceSubscriptions, 5.11.2 to 5.11.6,
 * 6.12, 6.13, which differ in what is told to whom.
 */
#include "call.h"
#include "csources.h"
#include "params.h"
#include "respond.h"

#include <api/contexts.h>
#include <base/arena.h>
#include <core/subscription.h>
#include <notify/delivery.h>
#include <notify/sources.h>
#include <store/readers.h>
#include <store/subscriptions.h>

#include <string.h>

#define SUBSCRIPTIONS "/ngsi-ld/v1/subscriptions"
#define OF_SOURCES    "/ngsi-ld/v1/csourceSubscriptions"
#define SETTLE_MS     100

static bool is_of_sources(const struct call *call)
{
	return strncmp(call->req->route->path, OF_SOURCES, sizeof(OF_SOURCES) - 1) == 0;
}

static struct subscription_key key_of(const struct call *call, const char *id)
{
	return (struct subscription_key){
		.tenant = call->tenant, .of_sources = is_of_sources(call), .id = id};
}

/* A subscription on its way into the store. */
struct writing {
	struct call *call;
	struct subscription_source source;
	struct subscription *made; /* a reference */
	int64_t sid;
};

static int make(void *self, const char *old, const char **text, struct err *err)
{
	struct writing *w = self;
	struct arena *a = &w->call->req->arena;
	const struct subscription_contexts contexts = {
		contexts_get, w->call->app->contexts};
	int rc = old == NULL ? subscription_read(&w->source, a, text, err)
			     : subscription_patch(old, &w->source, a, text, err);

	if (rc < 0)
		return -1;
	contexts_reached_as(call_base_url(w->call));
	w->made = subscription_new(*text, strlen(*text), &contexts, err);
	contexts_reached_as(NULL);
	return w->made != NULL ? 0 : -1;
}

/* 5.11.7: the first notification tells of all that there are. */
static int tell_sources(void *self, struct pg *pg, int64_t sid, struct err *err)
{
	struct writing *w = self;

	w->sid = sid;
	w->made->sid = sid;
	w->made->tenant = w->call->tenant;
	w->made->of_sources = true;
	return sources_tell(pg, w->made, w->call->req->now, err);
}

typedef int (*change_fn)(struct pg *pg, const struct subscription_key *key, int64_t now,
	const struct subscription_change *change, struct err *err);

/* Every write to an entity waits while a subscription is written: what an @context takes to
 * be fetched is waited for before, and most of what is wrong is found. */
static int rehearse(
	struct writing *w, struct pg *pg, const struct subscription_key *key, bool create)
{
	struct req *req = w->call->req;
	struct stored_subscription old = {0};
	const char *text;

	if (!create && subscriptions_get(pg, key, &req->arena, &old, &req->err) < 0)
		return -1;
	if (make(w, old.text, &text, &req->err) < 0)
		return -1;
	subscription_unref(w->made);
	w->made = NULL;
	return 0;
}

static int change(struct writing *w, change_fn fn)
{
	struct call *call = w->call;
	struct subscription_key key = key_of(call, w->source.id);
	const struct subscription_change change = {
		make, key.of_sources ? tell_sources : NULL, w};
	struct pg *pg;
	int rc;

	w->source.body = call->body;
	w->source.ctx = call->ctx;
	w->source.context_url = call_context_url(call);
	w->source.of_sources = key.of_sources;
	w->source.now = call->req->now;
	pg = readers_take(call->app->readers);
	rc = rehearse(w, pg, &key, fn == subscriptions_create);
	if (rc == 0)
		rc = fn(pg, &key, call->req->now, &change, &call->req->err);
	readers_put(call->app->readers, pg);
	subscription_unref(w->made);
	delivery_wake(call->app->delivery, w->sid);
	return rc;
}

static int create(struct call *call)
{
	struct writing w = {.call = call};

	if (call_body(call, true) < 0)
		return -1;
	w.source.id = call_sent_id(call);
	if (w.source.id == NULL)
		w.source.id = respond_new_id(&call->req->arena, "Subscription");
	if (call_tenant(call, true) < 0 || change(&w, subscriptions_create) < 0)
		return -1;
	call->resp->status = 201;
	respond_location(call->req, call->resp,
		is_of_sources(call) ? OF_SOURCES : SUBSCRIPTIONS, w.source.id);
	return 0;
}

/* 5.8.2 */
static int update(struct call *call)
{
	struct writing w = {.call = call};

	if (call_path_id(call, "subscription", &w.source.id) < 0 ||
		call_body(call, true) < 0 || call_tenant(call, false) < 0 ||
		change(&w, subscriptions_update) < 0)
		return -1;
	call->resp->status = 204;
	return 0;
}

static int delete_one(struct call *call)
{
	struct subscription_key key;
	const char *id = NULL;
	struct pg *pg;
	int rc;

	if (call_path_id(call, "subscription", &id) < 0 || call_tenant(call, false) < 0)
		return -1;
	key = key_of(call, id);
	pg = readers_take(call->app->readers);
	rc = subscriptions_delete(pg, &key, &call->req->err);
	readers_put(call->app->readers, pg);
	delivery_wake(call->app->delivery, 0);
	call->resp->status = 204;
	return rc;
}

static int read_view(struct call *call, struct subscription_view *out)
{
	static const char *const known[] = {"sysAttrs", "count", NULL};
	const struct params p = {.call = call};

	if (call_accept(call, false) < 0 || call_context(call) < 0 ||
		call_tenant(call, false) < 0 ||
		params_check_options(&p, known, &call->req->err) < 0)
		return -1;
	if (is_of_sources(call))
		csource_link_type(call);
	*out = (struct subscription_view){.ctx = call->ctx,
		.sys_attrs = params_option(&p, "sysAttrs"),
		.of_sources = is_of_sources(call),
		.now = call->req->now};
	return 0;
}

static int find(struct call *call, const char *id, struct stored_subscription *out)
{
	const struct subscription_key key = key_of(call, id);
	struct pg *pg = readers_take(call->app->readers);
	int rc = subscriptions_get(pg, &key, &call->req->arena, out, &call->req->err);

	readers_put(call->app->readers, pg);
	return rc;
}

/* Whoever has just got a notification and asks will find it counted. */
static int retrieve(struct call *call)
{
	struct req *req = call->req;
	struct stored_subscription found;
	struct subscription_view view;
	const char *id = NULL;

	if (read_view(call, &view) < 0 || call_path_id(call, "subscription", &id) < 0 ||
		find(call, id, &found) < 0)
		return -1;
	if (delivery_settle(call->app->delivery, found.sid, SETTLE_MS) &&
		find(call, id, &found) < 0)
		return -1;
	view.context_text = call_answer(call, 200);
	subscription_render(
		&call->resp->body, found.text, &found.output, &view, &req->arena);
	return 0;
}

static void write_list(struct call *call, const struct subscription_page *page,
	const struct subscription_view *view)
{
	struct strbuf *sb = &call->resp->body;

	strbuf_addc(sb, '[');
	for (size_t i = 0; i < page->len; i++) {
		if (i > 0)
			strbuf_addc(sb, ',');
		subscription_render(sb, page->items[i].text, &page->items[i].output, view,
			&call->req->arena);
	}
	strbuf_addc(sb, ']');
}

static int list(struct call *call)
{
	struct req *req = call->req;
	const struct params p = {.call = call};
	struct subscription_page page;
	struct subscription_view view;
	struct subscription_key of;
	struct paging paging;
	struct pg *pg;
	int rc;

	if (read_view(call, &view) < 0 || params_paging(&p, &paging, &req->err) < 0)
		return -1;
	of = key_of(call, NULL);
	pg = readers_take(call->app->readers);
	rc = subscriptions_list(pg, &of, paging.limit, paging.offset, paging.count,
		&req->arena, &page, &req->err);
	readers_put(call->app->readers, pg);
	if (rc < 0)
		return -1;
	view.context_text = call_answer(call, 200);
	respond_page_links(call, paging.limit, paging.offset, page.more);
	respond_count(call, page.count);
	write_list(call, &page, &view);
	return 0;
}

static enum handled create_subscription(void *cookie, struct req *req, struct resp *resp)
{
	return call_run(create, cookie, req, resp);
}

static enum handled list_subscriptions(void *cookie, struct req *req, struct resp *resp)
{
	return call_run(list, cookie, req, resp);
}

static enum handled retrieve_subscription(
	void *cookie, struct req *req, struct resp *resp)
{
	return call_run(retrieve, cookie, req, resp);
}

static enum handled update_subscription(void *cookie, struct req *req, struct resp *resp)
{
	return call_run(update, cookie, req, resp);
}

static enum handled delete_subscription(void *cookie, struct req *req, struct resp *resp)
{
	return call_run(delete_one, cookie, req, resp);
}

static const char *const write_names[] = {"local", NULL};
static const char *const view_names[] = {"options", "local", NULL};
static const char *const list_names[] = {
	"options", "local", "limit", "offset", "count", NULL};

const struct route subscriptions_routes[] = {
	{"POST", SUBSCRIPTIONS, create_subscription, NULL, 0, write_names},
	{"GET", SUBSCRIPTIONS, list_subscriptions, NULL, 0, list_names},
	{"GET", SUBSCRIPTIONS "/{id}", retrieve_subscription, NULL, 0, view_names},
	{"PATCH", SUBSCRIPTIONS "/{id}", update_subscription, NULL, 0, write_names},
	{"DELETE", SUBSCRIPTIONS "/{id}", delete_subscription, NULL, 0, write_names},
	{"POST", OF_SOURCES, create_subscription, NULL, 0, write_names},
	{"GET", OF_SOURCES, list_subscriptions, NULL, 0, list_names},
	{"GET", OF_SOURCES "/{id}", retrieve_subscription, NULL, 0, view_names},
	{"PATCH", OF_SOURCES "/{id}", update_subscription, NULL, 0, write_names},
	{"DELETE", OF_SOURCES "/{id}", delete_subscription, NULL, 0, write_names},
	{0},
};
