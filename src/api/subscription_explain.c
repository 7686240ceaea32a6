/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a subscription is notified of a change, or is not: each gate with the values it saw.
 *	POST /calanque/v1/subscriptions/{id}/explain   a change that happened, or might
 *	GET  /calanque/v1/subscriptions/{id}/misses    the last ones that were not notified
 * What happened is told by the changes that this process remembers (notify/recent.h).
 */
#include "call.h"
#include "params.h"

#include <api/contexts.h>
#include <base/arena.h>
#include <base/clock.h>
#include <base/iri.h>
#include <core/apply.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/expand.h>
#include <core/judge.h>
#include <core/notification.h>
#include <core/q.h>
#include <core/subscription.h>
#include <notify/recent.h>
#include <store/lane.h>
#include <store/readers.h>
#include <store/subscriptions.h>

#include <string.h>

#define ONE "/calanque/v1/subscriptions/{id}"

/* What is asked about a subscription. */
struct question {
	struct call *call;
	const struct subscription *s;
	int64_t last; /* notification */
	struct pg *pg; /* for what q and join link to */
	struct q_linked linked;
	struct entity_change change;
	const char *source; /* "recorded", … */
};

static void question_fini(struct question *q)
{
	subscription_unref(q->s);
	readers_put(q->call->app->readers, q->pg);
}
#define auto_question cleanup_with(question_fini) struct question

static const struct jn *find_entity(struct question *q, const char *id, struct err *err)
{
	struct call *call = q->call;
	const struct entity_key key = {call->tenant, id};
	auto_entity_page page = {0};
	struct arena *a = &call->req->arena;

	if (entities_get(q->pg, &key, 1, call->req->now, a, &page, err) < 0)
		return NULL;
	if (page.docs[0].text == NULL) {
		err_set(err, ERR_NOT_FOUND, "entity %.150s does not exist", id);
		return NULL;
	}
	return jn_parse_trusted(arena_strndup(a, page.docs[0].text, page.docs[0].len),
		page.docs[0].len, a);
}

static const struct jn *get_linked(void *self, const char *id, size_t len)
{
	struct question *q = self;
	struct err err = {0};

	return find_entity(q, arena_strndup(&q->call->req->arena, id, len), &err);
}

/* The subscription that the path names, compiled. */
static int ask(struct question *q)
{
	struct call *call = q->call;
	const struct subscription_contexts contexts = {contexts_get, call->app->contexts};
	const struct subscription_key key = {
		.tenant = call->tenant, .id = call->req->param[0]};
	struct stored_subscription stored;

	if (subscriptions_get(q->pg, &key, &call->req->arena, &stored, &call->req->err) <
		0)
		return -1;
	contexts_reached_as(call_base_url(call));
	q->s = subscription_new(stored.text, stored.len, &contexts, &call->req->err);
	contexts_reached_as(NULL);
	q->last = stored.output.last_notification;
	q->linked = (struct q_linked){get_linked, q};
	return q->s != NULL ? 0 : -1;
}

static int run_operation(struct question *q, enum op_kind kind, const struct jn *before,
	const struct jn *doc, int64_t now, struct outcome *out)
{
	const struct op op = {.kind = kind, .id = q->change.id, .doc = doc, .now = now};

	return apply(&op, before, &q->call->req->arena, out, &q->call->req->err);
}

/* From an operation that nobody carries out. */
static int suppose(struct question *q, enum op_kind kind, const struct jn *before,
	const struct jn *doc)
{
	struct outcome out = {0};

	if (run_operation(q, kind, before, doc, q->call->req->now, &out) < 0)
		return -1;
	q->change.now = q->call->req->now;
	q->change.before = before;
	q->change.after = out.entity;
	q->change.changes = out.changes;
	q->source = "hypothetical";
	return 0;
}

static int read_entity(
	struct question *q, const char *name, unsigned flags, const struct jn **out)
{
	struct call *call = q->call;
	struct jn *v = jn_get(call->body, name), *doc = NULL;

	*out = NULL;
	if (v == NULL)
		return 0;
	if (!jn_is(v, JN_OBJECT))
		return err_set(&call->req->err, ERR_BAD_REQUEST_DATA,
			"/%s: expected an object", name);
	if (entity_expand(v, call->ctx, flags, &call->req->arena, &doc, &call->req->err) <
		0)
		return err_wrap(&call->req->err, "/%s", name);
	*out = doc;
	return 0;
}

/* Two entities, or one that comes or goes. */
static int read_both(struct question *q)
{
	struct err *err = &q->call->req->err;
	const struct jn *before, *after;
	struct outcome old = {0};

	if (read_entity(q, "before", EXPAND_CREATE, &before) < 0 ||
		read_entity(q, "after", EXPAND_CREATE, &after) < 0)
		return -1;
	q->change.id = jn_str(
		jn_get(after != NULL ? after : before, "id"), &q->call->req->arena);
	if (before != NULL && after != NULL &&
		!jn_str_is(jn_get(before, "id"), q->change.id))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"/before/id and /after/id differ: a change is one of one entity");
	if (before != NULL &&
		run_operation(q, OP_CREATE, NULL, before, q->call->req->now - 1000000,
			&old) < 0)
		return -1;
	if (after == NULL)
		return suppose(q, OP_DELETE, old.entity, NULL);
	return suppose(q, before != NULL ? OP_REPLACE : OP_CREATE, old.entity, after);
}

/* What is remembered of the entity; false: nothing is. */
static bool recall(struct question *q)
{
	struct entity_change last;
	struct call *call = q->call;

	if (recent_list(call->app->recent, call->tenant, q->change.id, 1,
		    &call->req->arena, &last) == 0)
		return false;
	q->change = last;
	q->source = "recorded";
	return true;
}

/* An entity that is there, or was until it changed last. */
static int read_real(struct question *q)
{
	struct call *call = q->call;
	struct err *err = &call->req->err;
	const struct jn *now, *fragment;
	bool deleted = jn_is(jn_get(call->body, "deleted"), JN_TRUE);

	q->change.id = jn_str(jn_get(call->body, "entity"), &call->req->arena);
	if (q->change.id == NULL || !iri_is_absolute(q->change.id, strlen(q->change.id)))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"/entity: expected the id of an entity; or send \"before\" and "
			"\"after\", entities, one of which may be missing");
	if (read_entity(q, "fragment", EXPAND_NULL, &fragment) < 0)
		return -1;
	if (fragment == NULL && !deleted && recall(q))
		return 0;
	now = find_entity(q, q->change.id, err);
	if (now == NULL)
		return -1;
	if (deleted)
		return suppose(q, OP_DELETE, now, NULL);
	if (fragment != NULL)
		return suppose(q, OP_UPDATE, now, fragment);
	/* nothing is remembered: as if it were made as it is */
	return suppose(q, OP_CREATE, NULL, now);
}

static int read_change(struct question *q)
{
	static const char *const known[] = {
		"entity", "fragment", "deleted", "before", "after", "@context", NULL};
	struct call *call = q->call;

	if (!jn_is(call->body, JN_OBJECT))
		return err_set(&call->req->err, ERR_INVALID_REQUEST,
			"the body must be a JSON object");
	jn_each (it, call->body) {
		const char *const *k = known;

		while (*k != NULL && !jn_key_is(it, *k))
			k++;
		if (*k == NULL)
			return err_set(&call->req->err, ERR_BAD_REQUEST_DATA,
				"/%.*s: there is no such member; use entity, fragment, "
				"deleted, before, after",
				(int)(it->key_len < 80 ? it->key_len : 80), it->key);
	}
	if (jn_get(call->body, "before") != NULL || jn_get(call->body, "after") != NULL)
		return read_both(q);
	return read_real(q);
}

static struct judged judged_of(const struct question *q)
{
	return (struct judged){.id = q->change.id,
		.before = q->change.before,
		.after = q->change.after,
		.changes = q->change.changes,
		.now = q->change.now,
		.last = q->last < q->change.now ? q->last : 0,
		.linked = &q->linked};
}

static void put_text(struct strbuf *sb, const char *name, const char *text)
{
	strbuf_addf(sb, "%s\"%s\":", sb->data[sb->len - 1] == '{' ? "" : ",", name);
	jn_write_string(sb, text, strlen(text));
}

static void put_changes(struct strbuf *sb, const struct question *q)
{
	static const char *const names[] = {
		[CHANGE_ENTITY_CREATED] = "entityCreated",
		[CHANGE_ENTITY_DELETED] = "entityDeleted",
		[CHANGE_ATTRIBUTE_CREATED] = "attributeCreated",
		[CHANGE_ATTRIBUTE_UPDATED] = "attributeUpdated",
		[CHANGE_ATTRIBUTE_DELETED] = "attributeDeleted",
		[CHANGE_SCOPE] = "scope",
		[CHANGE_TYPE] = "type",
	};
	char at[CLOCK_TEXT];

	put_text(sb, "entity", q->change.id);
	put_text(sb, "at", clock_format(q->change.now, at));
	strbuf_adds(sb, ",\"changes\":[");
	for (const struct change *c = q->change.changes; c != NULL; c = c->next) {
		if ((size_t)c->kind >= sizeof(names) / sizeof(names[0]))
			continue;
		strbuf_adds(sb, sb->data[sb->len - 1] == '[' ? "{" : ",{");
		put_text(sb, "kind", names[c->kind]);
		if (c->attr != NULL)
			put_text(sb, "attribute",
				context_compact(q->call->ctx, c->attr, c->attr_len,
					&q->call->req->arena));
		if (c->same)
			strbuf_adds(sb, ",\"same\":true");
		strbuf_addc(sb, '}');
	}
	strbuf_addc(sb, ']');
}

static void put_gates(struct strbuf *sb, const struct gate_result *trace)
{
	strbuf_adds(sb, ",\"gates\":[");
	for (enum gate g = GATE_STATUS; g < GATES; g++) {
		strbuf_adds(sb, g == GATE_STATUS ? "{" : ",{");
		put_text(sb, "gate", gate_name(g));
		strbuf_addf(sb, ",\"set\":%s,\"passed\":%s",
			trace[g].set ? "true" : "false",
			trace[g].passed ? "true" : "false");
		put_text(sb, "why", trace[g].why);
		strbuf_addc(sb, '}');
	}
	strbuf_addc(sb, ']');
}

/* What would be sent. */
static void put_notification(struct strbuf *sb, const struct question *q)
{
	const struct notified entity = {
		q->change.before, q->change.after, q->change.changes, q->change.now};
	const struct notification n = {.subscription = q->s,
		.id = "urn:ngsi-ld:Notification:preview",
		.at = q->call->req->now,
		.entities = &entity,
		.entities_len = 1,
		.linked = &q->linked};

	strbuf_adds(sb, ",\"notification\":");
	notification_body(sb, &n, &q->call->req->arena);
}

static void answer(const struct question *q)
{
	const struct judged j = judged_of(q);
	struct strbuf *sb = &q->call->resp->body;
	struct gate_result trace[GATES];
	enum gate failed = subscription_judge(q->s, &j, trace, &q->call->req->arena);

	q->call->resp->status = 200;
	q->call->resp->content_type = "application/json";
	strbuf_addc(sb, '{');
	put_text(sb, "subscription", q->s->id);
	put_text(sb, "change", q->source);
	put_changes(sb, q);
	strbuf_addf(sb, ",\"notified\":%s", failed == GATES ? "true" : "false");
	if (failed != GATES)
		put_text(sb, "failed", gate_name(failed));
	put_gates(sb, trace);
	if (failed == GATES)
		put_notification(sb, q);
	strbuf_addc(sb, '}');
}

static enum handled explain(void *cookie, struct req *req, struct resp *resp)
{
	struct app *app = cookie;
	auto_call call = {.app = app, .req = req, .resp = resp};
	auto_question q = {.call = &call, .pg = readers_take(app->readers)};

	if (call_body(&call, true) < 0 || call_tenant(&call, false) < 0 || ask(&q) < 0 ||
		read_change(&q) < 0)
		return HANDLED_ERROR;
	answer(&q);
	return HANDLED;
}

/* Does the subscription choose the entity at all? */
static bool is_selected(enum gate failed)
{
	return failed != GATE_ID && failed != GATE_TYPE;
}

static void put_miss(struct strbuf *sb, const struct question *q,
	const struct gate_result *trace, enum gate failed)
{
	strbuf_adds(sb, sb->data[sb->len - 1] == '[' ? "{" : ",{");
	put_changes(sb, q);
	put_text(sb, "failed", gate_name(failed));
	put_text(sb, "why", trace[failed].why);
	strbuf_addc(sb, '}');
}

static void list_misses(struct question *q, bool all, unsigned limit)
{
	struct call *call = q->call;
	struct arena *a = &call->req->arena;
	struct strbuf *sb = &call->resp->body;
	struct entity_change *list = arena_array(a, struct entity_change, RECENT_SLOTS);
	size_t n =
		recent_list(call->app->recent, call->tenant, NULL, RECENT_SLOTS, a, list);
	struct gate_result trace[GATES];

	call->resp->status = 200;
	call->resp->content_type = "application/json";
	q->last = 0;
	strbuf_addc(sb, '[');
	for (size_t i = 0; i < n && limit > 0; i++) {
		struct judged j;
		enum gate failed;

		q->change = list[i];
		j = judged_of(q);
		failed = subscription_judge(q->s, &j, NULL, a);
		if (failed == GATES || (!all && !is_selected(failed)))
			continue;
		(void)!subscription_judge(q->s, &j, trace, a);
		put_miss(sb, q, trace, failed);
		limit--;
	}
	strbuf_addc(sb, ']');
}

static enum handled misses(void *cookie, struct req *req, struct resp *resp)
{
	struct app *app = cookie;
	auto_call call = {.app = app, .req = req, .resp = resp};
	auto_question q = {.call = &call, .pg = readers_take(app->readers)};
	const struct params p = {.call = &call};
	struct paging paging;
	bool all;

	if (call_context(&call) < 0 || call_tenant(&call, false) < 0 ||
		params_bool(&p, "all", false, &all, &req->err) < 0 ||
		params_paging(&p, &paging, &req->err) < 0 || ask(&q) < 0)
		return HANDLED_ERROR;
	list_misses(&q, all, paging.limit);
	return HANDLED;
}

static const char *const no_names[] = {NULL};
static const char *const misses_names[] = {"limit", "all", NULL};

const struct route subscription_explain_routes[] = {
	{"POST", ONE "/explain", explain, NULL, 0, no_names},
	{"GET", ONE "/misses", misses, NULL, ROUTE_PLAIN, misses_names},
	{0},
};
