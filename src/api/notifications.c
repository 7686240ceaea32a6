/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /calanque/v1/subscriptions/{id}/…: what became of the notifications of a subscription, and
 * sending them again; /calanque/v1/notifications: the sums of all.
 */
#include "call.h"
#include "params.h"

#include <base/arena.h>
#include <base/clock.h>
#include <core/subscription.h>
#include <notify/book.h>
#include <notify/delivery.h>
#include <notify/match.h>
#include <notify/resend.h>
#include <store/identity.h>
#include <store/outbox.h>
#include <store/readers.h>
#include <store/subscriptions.h>

#include <inttypes.h>
#include <string.h>

#define SUBSCRIPTION "/calanque/v1/subscriptions/{id}"
#define LIMIT        100
#define LIMIT_MOST   1000

/* A request about one subscription. */
struct about {
	struct call call;
	struct pg *pg;
	char uuid[IDENTITY_TEXT];
	int64_t sid;
	unsigned limit;
};

static int read_limit(const struct req *req, unsigned *out, struct err *err)
{
	const char *text = req_param(req, "limit");
	unsigned n = 0;

	*out = LIMIT;
	if (text == NULL)
		return 0;
	for (const char *p = text; *p >= '0' && *p <= '9' && n <= LIMIT_MOST; p++)
		n = n * 10 + (unsigned)(*p - '0');
	if (n == 0 || n > LIMIT_MOST || text[strspn(text, "0123456789")] != '\0')
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"limit: '%.32s' is no number from 1 to %d", text, LIMIT_MOST);
	*out = n;
	return 0;
}

static int find(struct about *ab)
{
	struct req *req = ab->call.req;
	struct subscription_key key = {0};
	struct stored_subscription found;

	if (call_path_id(&ab->call, "subscription", &key.id) < 0 ||
		call_tenant(&ab->call, false) < 0)
		return -1;
	key.tenant = ab->call.tenant;
	if (subscriptions_get(ab->pg, &key, &req->arena, &found, &req->err) < 0 ||
		identity_read(ab->pg, ab->uuid, &req->err) < 0)
		return -1;
	ab->sid = found.sid;
	return 0;
}

static enum handled run(
	int (*step)(struct about *ab), void *cookie, struct req *req, struct resp *resp)
{
	struct about ab = {.call = {.app = cookie, .req = req, .resp = resp}};
	int rc = read_limit(req, &ab.limit, &req->err);

	if (rc == 0) {
		ab.pg = readers_take(ab.call.app->readers);
		rc = find(&ab);
		if (rc == 0)
			rc = step(&ab);
		readers_put(ab.call.app->readers, ab.pg);
	}
	call_fini(&ab.call);
	return rc < 0 ? HANDLED_ERROR : HANDLED;
}

static void add_id(struct strbuf *sb, const struct about *ab, int64_t event)
{
	char id[NOTIFICATION_ID];

	notification_id(ab->uuid, ab->sid, event, id);
	strbuf_addf(sb, "\"notification\":\"%s\"", id);
}

static void add_time(struct strbuf *sb, const char *name, int64_t at)
{
	char text[CLOCK_TEXT];

	if (at != 0)
		strbuf_addf(sb, ",\"%s\":\"%s\"", name, clock_format(at, text));
}

static void add_text(struct strbuf *sb, const char *name, const char *value)
{
	strbuf_addf(sb, ",\"%s\":", name);
	jn_write_string(sb, value, strlen(value));
}

static struct strbuf *answer(struct about *ab)
{
	ab->call.resp->status = 200;
	ab->call.resp->content_type = "application/json";
	return &ab->call.resp->body;
}

static void add_item(
	struct strbuf *sb, const struct about *ab, const struct outbox_item *it)
{
	strbuf_addc(sb, '{');
	add_id(sb, ab, it->event);
	if (it->id[0] != '\0')
		add_text(sb, "entity", it->id);
	add_time(sb, "at", it->at);
	if (it->died != 0) {
		if (it->number > 0)
			strbuf_addf(sb, ",\"sequence\":%" PRId64, it->number);
		add_time(sb, "givenUpAt", it->died);
		strbuf_addf(sb, ",\"attempts\":%u", it->attempts);
		add_text(sb, "reason", it->reason);
	}
	strbuf_addc(sb, '}');
}

static int show(struct about *ab, const char *name, const struct outbox_item *items,
	size_t len, int64_t count)
{
	struct strbuf *sb = answer(ab);

	strbuf_addf(sb, "{\"count\":%" PRId64 ",\"%s\":[", count, name);
	for (size_t i = 0; i < len; i++) {
		if (i > 0)
			strbuf_addc(sb, ',');
		add_item(sb, ab, &items[i]);
	}
	strbuf_adds(sb, "]}");
	return 0;
}

/* Where this process delivers for the subscription. */
static void add_state(struct about *ab, struct strbuf *sb)
{
	struct delivery_state state;

	if (!delivery_peek(ab->call.app->delivery, ab->sid, &state))
		return;
	strbuf_addf(sb, ",\"failuresInARow\":%u,\"circuit\":\"%s\"", state.failures,
		state.open ? "open" : "closed");
	add_time(sb, "nextTryAt", state.next_try);
}

static int list_pending(struct about *ab)
{
	struct req *req = ab->call.req;
	struct strbuf *sb = &ab->call.resp->body;
	struct outbox_item *items;
	int64_t count;
	size_t len;

	if (outbox_list_pending(ab->pg, ab->sid, ab->limit, &req->arena, &items, &len,
		    &count, &req->err) < 0 ||
		show(ab, "pending", items, len, count) < 0)
		return -1;
	sb->len--; /* the object goes on */
	add_state(ab, sb);
	strbuf_addc(sb, '}');
	return 0;
}

static int list_dead(struct about *ab)
{
	struct req *req = ab->call.req;
	struct outbox_item *items;
	int64_t count;
	size_t len;

	if (outbox_list_dead(ab->pg, ab->sid, ab->limit, &req->arena, &items, &len,
		    &count, &req->err) < 0)
		return -1;
	return show(ab, "dead", items, len, count);
}

static int discard(struct about *ab)
{
	int64_t n;

	ab->call.resp->status = 204;
	return outbox_discard(ab->pg, ab->sid, &n, &ab->call.req->err);
}

/* An entry of the log, its event named as receivers know it. */
static void add_entry(struct strbuf *sb, const struct about *ab, const struct jn *entry)
{
	strbuf_addc(sb, '{');
	add_id(sb, ab, (int64_t)jn_number(jn_get(entry, "event")));
	jn_each (it, entry) {
		if (jn_key_is(it, "event"))
			continue;
		strbuf_addc(sb, ',');
		jn_write_string(sb, it->key, it->key_len);
		strbuf_addc(sb, ':');
		jn_write(sb, it);
	}
	strbuf_addc(sb, '}');
}

/* One part, newest first; how many may still follow. */
static unsigned add_part(
	struct strbuf *sb, const struct about *ab, const char *part, unsigned left)
{
	struct arena *a = &ab->call.req->arena;
	const char *text = arena_printf(a, "[%s]", part);
	const struct jn *list = jn_parse_trusted(text, strlen(text), a);
	const struct jn **entries;
	size_t n = 0;

	if (list == NULL)
		return left;
	entries = arena_array(a, const struct jn *, list->count + 1);
	jn_each (it, list)
		entries[n++] = it;
	for (; n > 0 && left > 0; n--, left--) {
		if (sb->data[sb->len - 1] != '[')
			strbuf_addc(sb, ',');
		add_entry(sb, ab, entries[n - 1]);
	}
	return left;
}

static int list_log(struct about *ab)
{
	struct req *req = ab->call.req;
	unsigned left = ab->limit;
	const char **parts;
	struct strbuf *sb;
	size_t len;

	if (outbox_list_log(ab->pg, ab->sid, &req->arena, &parts, &len, &req->err) < 0)
		return -1;
	sb = answer(ab);
	strbuf_adds(sb, "{\"deliveries\":[");
	for (size_t i = 0; i < len && left > 0; i++)
		left = add_part(sb, ab, parts[i], left);
	strbuf_adds(sb, "]}");
	return 0;
}

static int member_time(const struct jn *body, const char *name, struct arena *a,
	int64_t *out, struct err *err)
{
	size_t len = 0;
	const char *text = jn_span(jn_get(body, name), a, &len);

	if (text != NULL && clock_parse(text, len, out))
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"/%s: expected a DateTime such as \"2026-06-01T08:30:00Z\"", name);
}

static const struct subscription *compiled(
	struct about *ab, struct matcher **m, struct err *err)
{
	const struct subscription *s;

	if (book_refresh(ab->call.app->book, ab->pg, m, err) < 0)
		return NULL;
	s = match_get(*m, ab->sid);
	if (s == NULL)
		(void)err_set(err, ERR_NOT_FOUND, "the subscription was just deleted");
	return s;
}

static int again_range(struct about *ab, const struct subscription *s,
	const struct jn *body, int64_t *n, int64_t *until)
{
	struct req *req = ab->call.req;
	int64_t from, to = req->now;

	if (member_time(body, "from", &req->arena, &from, &req->err) < 0 ||
		(jn_get(body, "to") != NULL &&
			member_time(body, "to", &req->arena, &to, &req->err) < 0))
		return -1;
	return resend_range(ab->pg, s, from, to, n, until, &req->err);
}

static int again_one(
	struct about *ab, const struct subscription *s, const char *id, int64_t *n)
{
	int64_t sid, event;

	if (id == NULL || !notification_id_parse(ab->uuid, id, &sid, &event) ||
		sid != ab->sid)
		return err_set(&ab->call.req->err, ERR_NOT_FOUND,
			"/notification: %.150s is no notification of this subscription",
			id != NULL ? id : "what was sent");
	return resend_one(ab->pg, s, event, n, &ab->call.req->err);
}

static int dispatch(struct about *ab, const struct subscription *s, const struct jn *body,
	int64_t *n, int64_t *until)
{
	struct req *req = ab->call.req;
	const struct jn *one = jn_get(body, "notification");

	if (one != NULL)
		return again_one(ab, s, jn_str(one, &req->arena), n);
	if (jn_get(body, "from") != NULL)
		return again_range(ab, s, body, n, until);
	if (jn_is(jn_get(body, "dead"), JN_TRUE))
		return outbox_revive(ab->pg, ab->sid, 0, n, &req->err);
	return err_set(&req->err, ERR_BAD_REQUEST_DATA,
		"body: expected {\"notification\": id}, {\"from\": time, \"to\": time} "
		"or "
		"{\"dead\": true}");
}

static int resend(struct about *ab)
{
	struct req *req = ab->call.req;
	const struct subscription *s;
	struct matcher *m = NULL;
	int64_t n = 0, until = 0;
	struct strbuf *sb;
	struct jn *body;
	int rc;

	if (jn_parse(req->body, req->body_len, JN_LIMITS, &req->arena, &body, &req->err) <
		0)
		return err_wrap(&req->err, "body");
	s = compiled(ab, &m, &req->err);
	rc = s != NULL ? dispatch(ab, s, body, &n, &until) : -1;
	match_unref(m);
	if (rc < 0)
		return -1;
	delivery_wake(ab->call.app->delivery, ab->sid);
	sb = answer(ab);
	strbuf_addf(sb, "{\"queued\":%" PRId64, n);
	add_time(sb, "until", until);
	strbuf_addc(sb, '}');
	return 0;
}

static enum handled get_log(void *cookie, struct req *req, struct resp *resp)
{
	return run(list_log, cookie, req, resp);
}

static enum handled get_pending(void *cookie, struct req *req, struct resp *resp)
{
	return run(list_pending, cookie, req, resp);
}

static enum handled get_dead(void *cookie, struct req *req, struct resp *resp)
{
	return run(list_dead, cookie, req, resp);
}

static enum handled delete_dead(void *cookie, struct req *req, struct resp *resp)
{
	return run(discard, cookie, req, resp);
}

static enum handled post_resend(void *cookie, struct req *req, struct resp *resp)
{
	return run(resend, cookie, req, resp);
}

static enum handled get_sums(void *cookie, struct req *req, struct resp *resp)
{
	struct app *app = cookie;
	struct outbox_counts c;
	struct pg *pg = readers_take(app->readers);
	int rc = outbox_counts(pg, &c, &req->err);

	readers_put(app->readers, pg);
	if (rc < 0)
		return HANDLED_ERROR;
	resp->status = 200;
	resp->content_type = "application/json";
	strbuf_addf(&resp->body,
		"{\"matched\":%" PRId64 ",\"delivered\":%" PRId64 ",\"pending\":%" PRId64
		",\"dead\":%" PRId64 ",\"merged\":%" PRId64 ",\"dropped\":%" PRId64
		",\"deadLetters\":%" PRId64 "}",
		c.matched, c.delivered, c.pending, c.dead, c.merged, c.dropped,
		c.letters);
	return HANDLED;
}

static const char *const no_names[] = {NULL};
static const char *const list_names[] = {"limit", NULL};

const struct route notifications_routes[] = {
	{"GET", SUBSCRIPTION "/deliveries", get_log, NULL, ROUTE_PLAIN, list_names},
	{"GET", SUBSCRIPTION "/pending", get_pending, NULL, ROUTE_PLAIN, list_names},
	{"GET", SUBSCRIPTION "/dead", get_dead, NULL, ROUTE_PLAIN, list_names},
	{"DELETE", SUBSCRIPTION "/dead", delete_dead, NULL, ROUTE_PLAIN, no_names},
	{"POST", SUBSCRIPTION "/resend", post_resend, NULL, ROUTE_PLAIN, no_names},
	{"GET", "/calanque/v1/notifications", get_sums, NULL, ROUTE_PLAIN, no_names},
	{0},
};
