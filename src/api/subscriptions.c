/* SPDX-License-Identifier: Apache-2.0 */
/* /subscriptions, 5.8.1 to 5.8.5, 6.10, 6.11. */
#include "call.h"
#include "params.h"
#include "respond.h"

#include <api/contexts.h>
#include <base/arena.h>
#include <base/iri.h>
#include <core/subscription.h>
#include <notify/delivery.h>
#include <store/readers.h>
#include <store/subscriptions.h>

#include <assert.h>
#include <string.h>
#include <sys/random.h>

#define SUBSCRIPTIONS "/ngsi-ld/v1/subscriptions"
#define SETTLE_MS     100

/* RFC 9562, version 4. */
static const char *new_id(struct arena *a)
{
	unsigned char b[16];
	ssize_t n = getrandom(b, sizeof(b), 0);

	assert(n == sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	return arena_printf(a,
		"urn:ngsi-ld:Subscription:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		"%02x%02x%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
		b[12], b[13], b[14], b[15]);
}

/* Whether all of a text to store can be understood. */
static int check_text(struct call *call, const char *text, struct err *err)
{
	const struct subscription_contexts contexts = {contexts_get, call->app->contexts};
	struct subscription *s;

	contexts_reached_as(call_base_url(call));
	s = subscription_new(text, strlen(text), &contexts, err);
	contexts_reached_as(NULL);
	subscription_unref(s);
	return s != NULL ? 0 : -1;
}

static int create(struct call *call)
{
	struct req *req = call->req;
	struct arena *a = &req->arena;
	struct subscription_source source = {.now = req->now};
	const char *text, *id;
	struct pg *pg;
	int rc;

	if (call_body(call, true) < 0)
		return -1;
	source.body = call->body;
	source.ctx = call->ctx;
	source.context_url = call_context_url(call);
	source.id = new_id(a);
	if (subscription_read(&source, a, &text, &req->err) < 0 ||
		check_text(call, text, &req->err) < 0 || call_tenant(call, true) < 0)
		return -1;
	id = subscription_text_id(text, a);
	pg = readers_take(call->app->readers);
	rc = subscriptions_create(pg, call->tenant, id, text, req->now, &req->err);
	readers_put(call->app->readers, pg);
	if (rc < 0)
		return -1;
	delivery_wake(call->app->delivery, 0);
	call->resp->status = 201;
	respond_location(req, call->resp, SUBSCRIPTIONS, id);
	return 0;
}

/* The id in the path. */
static int read_id(struct call *call, const char **out)
{
	const char *id = call->req->param[0];

	if (!iri_is_absolute(id, strlen(id)))
		return err_set(&call->req->err, ERR_BAD_REQUEST_DATA,
			"'%.100s' is no URI, which the id of a subscription is", id);
	*out = id;
	return 0;
}

struct patch {
	struct call *call;
	struct subscription_source source;
};

static int change(void *cookie, const char *text, const char **out, struct err *err)
{
	struct patch *patch = cookie;

	if (subscription_patch(text, &patch->source, &patch->call->req->arena, out, err) <
		0)
		return -1;
	return check_text(patch->call, *out, err);
}

/* 5.8.2 */
static int update(struct call *call)
{
	struct req *req = call->req;
	struct patch patch = {.call = call, .source = {.now = req->now}};
	struct pg *pg;
	int rc;

	if (read_id(call, &patch.source.id) < 0 || call_body(call, true) < 0 ||
		call_tenant(call, false) < 0)
		return -1;
	patch.source.body = call->body;
	patch.source.ctx = call->ctx;
	patch.source.context_url = call_context_url(call);
	pg = readers_take(call->app->readers);
	rc = subscriptions_update(pg, call->tenant, patch.source.id, req->now, change,
		&patch, &req->arena, &req->err);
	readers_put(call->app->readers, pg);
	delivery_wake(call->app->delivery, 0);
	call->resp->status = 204;
	return rc;
}

static int delete_one(struct call *call)
{
	struct req *req = call->req;
	const char *id = NULL;
	struct pg *pg;
	int rc;

	if (read_id(call, &id) < 0 || call_tenant(call, false) < 0)
		return -1;
	pg = readers_take(call->app->readers);
	rc = subscriptions_delete(pg, call->tenant, id, &req->err);
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
	*out = (struct subscription_view){.ctx = call->ctx,
		.sys_attrs = params_option(&p, "sysAttrs"),
		.now = call->req->now};
	return 0;
}

static int find(struct call *call, const char *id, struct stored_subscription *out)
{
	struct pg *pg = readers_take(call->app->readers);
	int rc = subscriptions_get(
		pg, call->tenant, id, &call->req->arena, out, &call->req->err);

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

	if (read_view(call, &view) < 0 || read_id(call, &id) < 0 ||
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
	struct paging paging;
	struct pg *pg;
	int rc;

	if (read_view(call, &view) < 0 || params_paging(&p, &paging, &req->err) < 0)
		return -1;
	pg = readers_take(call->app->readers);
	rc = subscriptions_list(pg, call->tenant, paging.limit, paging.offset,
		paging.count, &req->arena, &page, &req->err);
	readers_put(call->app->readers, pg);
	if (rc < 0)
		return -1;
	view.context_text = call_answer(call, 200);
	respond_page_links(call, paging.limit, paging.offset, page.more);
	respond_count(call, page.count);
	write_list(call, &page, &view);
	return 0;
}

static enum handled run(
	int (*step)(struct call *call), void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};

	return step(&call) < 0 ? HANDLED_ERROR : HANDLED;
}

static enum handled create_subscription(void *cookie, struct req *req, struct resp *resp)
{
	return run(create, cookie, req, resp);
}

static enum handled list_subscriptions(void *cookie, struct req *req, struct resp *resp)
{
	return run(list, cookie, req, resp);
}

static enum handled retrieve_subscription(
	void *cookie, struct req *req, struct resp *resp)
{
	return run(retrieve, cookie, req, resp);
}

static enum handled update_subscription(void *cookie, struct req *req, struct resp *resp)
{
	return run(update, cookie, req, resp);
}

static enum handled delete_subscription(void *cookie, struct req *req, struct resp *resp)
{
	return run(delete_one, cookie, req, resp);
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
	{0},
};
