/* SPDX-License-Identifier: Apache-2.0 */
#include <notify/sources.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/jn.h>
#include <base/mem.h>
#include <base/metrics.h>
#include <base/strbuf.h>
#include <core/geo_q.h>
#include <core/project.h>
#include <core/registration.h>
#include <core/subscription.h>
#include <notify/book.h>
#include <notify/delivery.h>
#include <notify/event.h>
#include <notify/match.h>
#include <store/outbox.h>
#include <store/pg.h>
#include <store/registrations.h>
#include <store/subscriptions.h>

#include <stdlib.h>
#include <string.h>

/* 5.12: watchedAttributes and those that notifications show, where these are said. */
static void wanted_attrs(
	const struct subscription *s, struct arena *a, struct registration_query *q)
{
	const struct pick_list *shown = s->projection.attrs;
	const char **list;

	if (shown == NULL || shown->len == 0)
		return;
	list = arena_array(a, const char *, shown->len + s->watched_len);
	for (size_t i = 0; i < shown->len; i++)
		list[q->attrs_len++] =
			arena_strndup(a, shown->items[i].name, shown->items[i].len);
	for (size_t i = 0; i < s->watched_len; i++)
		list[q->attrs_len++] = s->watched[i];
	q->attrs = list;
}

static struct registration_query query_of(
	const struct subscription *s, int64_t now, struct arena *a)
{
	struct registration_query q = {.selectors = s->selectors,
		.selectors_len = s->selectors_len,
		.dataset_ids = s->dataset_ids,
		.dataset_ids_len = s->dataset_ids_len,
		.geo = s->geo,
		.scope = s->scope,
		.csf = s->csf,
		.temporal = &s->temporal,
		.now = now};

	wanted_attrs(s, a, &q);
	return q;
}

/* What of the registration concerns the subscription; NULL: it does not match. */
static const struct jn *matching(
	const struct registration *r, const struct registration_query *q, struct arena *a)
{
	bool *infos;

	if (r == NULL)
		return NULL;
	infos = arena_array(a, bool, r->infos_len);
	return registration_matches(r, q, infos, a) ? registration_part(r, infos, a)
						    : NULL;
}

static int add(struct pg *pg, const struct subscription *s, const char *id, int64_t now,
	const struct jn *sources, const char *trigger, struct err *err)
{
	auto_strbuf text = {0};

	event_write_sources(sources, trigger, &text);
	if (outbox_add(pg, s->sid, s->tenant, now, id, text.data, text.len, err) < 0)
		return -1;
	metric_add(METRIC_notifications_matched_total, 1);
	return 0;
}

/* The subscriptions that changes of registrations may concern. */
struct audience {
	int tenant;
	int64_t now;
	struct arena *a;
	const struct subscription **list;
	size_t len, room;
};

static void consider(void *cookie, const struct subscription *s)
{
	struct audience *to = cookie;
	const struct subscription **more;

	if (!s->of_sources || s->tenant != to->tenant || s->time_interval > 0 ||
		subscription_status(s, to->now) != SUBSCRIPTION_ACTIVE)
		return;
	if (to->len == to->room) {
		to->room = to->room * 2 + 8;
		more = arena_array(to->a, const struct subscription *, to->room);
		if (to->len > 0)
			memcpy(more, to->list, to->len * sizeof(*more));
		to->list = more;
	}
	to->list[to->len++] = s;
}

/* 5.3.3; *told: there is something to tell. */
static int tell_change(struct pg *pg, const struct subscription *s,
	const struct source_change *c, struct arena *a, bool *told, struct err *err)
{
	const struct registration_query q = query_of(s, c->now, a);
	/* One that expires now is told of as it was. */
	struct registration_query then = q;
	const struct jn *before, *after, *shown;
	struct jn *sources = jn_array(a);

	then.now = c->after == NULL ? INT64_MIN : c->now;
	before = matching(c->before, &then, a);
	after = matching(c->after, &q, a);
	shown = after != NULL ? after : before;
	*told = shown != NULL;
	if (shown == NULL)
		return 0;
	jn_append(sources, jn_share(a, shown));
	return add(pg, s, (c->after != NULL ? c->after : c->before)->id, c->now, sources,
		after == NULL            ? "noLongerMatching"
			: before == NULL ? "newlyMatching"
					 : "updated",
		err);
}

/* As a group of writes does (store/subscriptions.h): those that are there at its commit. */
static int now_there(
	struct book *book, struct pg *pg, struct matcher **out, struct err *err)
{
	if (pg_exec(pg, &subscriptions_share, NULL, NULL, err) < 0)
		return -1;
	return book_refresh(book, pg, out, err);
}

int sources_changed(struct book *book, struct pg *pg, const struct source_change *change,
	struct arena *a, int64_t **sids, size_t *len, struct err *err)
{
	struct audience to = {.tenant = change->tenant, .now = change->now, .a = a};
	struct matcher *m = NULL;
	bool told;
	int rc = 0;

	if (now_there(book, pg, &m, err) < 0)
		return -1;
	match_each(m, consider, &to);
	*sids = arena_array(a, int64_t, to.len + 1);
	*len = 0;
	for (size_t i = 0; rc == 0 && i < to.len; i++) {
		rc = tell_change(pg, to.list[i], change, a, &told, err);
		if (rc == 0 && told)
			(*sids)[(*len)++] = to.list[i]->sid;
	}
	match_unref(m);
	return rc;
}

struct sweeping {
	struct book *book;
	int64_t now;
	struct arena a;
	int64_t *sids; /* to be woken */
	size_t len, room;
};

static int expired(void *self, struct pg *pg, int tenant,
	const struct stored_registration *old, struct err *err)
{
	struct sweeping *s = self;
	auto_registration *r = registrations_compile(old);
	struct source_change c = {.tenant = tenant, .before = r, .now = s->now};
	int64_t *sids;
	size_t len;

	if (sources_changed(s->book, pg, &c, &s->a, &sids, &len, err) < 0)
		return -1;
	if (s->len + len > s->room) {
		s->room = (s->len + len) * 2;
		s->sids = mem_resize(s->sids, s->room * sizeof(*s->sids));
	}
	for (size_t i = 0; i < len; i++)
		s->sids[s->len++] = sids[i];
	return 0;
}

int sources_expire(struct delivery *d, struct book *book, struct pg *pg, int64_t now,
	struct err *err)
{
	struct sweeping s = {.book = book, .now = now};
	const struct registration_sweep sweep = {expired, &s};
	int rc = registrations_sweep(pg, now, &sweep, err);

	for (size_t i = 0; rc == 0 && i < s.len; i++)
		delivery_wake(d, s.sids[i]);
	free(s.sids);
	arena_reset(&s.a);
	return rc;
}

int sources_tell(
	struct pg *pg, const struct subscription *s, int64_t now, struct err *err)
{
	struct stored_registration *all;
	struct registration_query q;
	auto_arena a = {0};
	struct jn *sources;
	size_t len;

	if (subscription_status(s, now) != SUBSCRIPTION_ACTIVE)
		return 0;
	if (registrations_all(pg, s->tenant, now, &a, &all, &len, err) < 0)
		return -1;
	q = query_of(s, now, &a);
	sources = jn_array(&a);
	for (size_t i = 0; i < len; i++) {
		auto_registration *r = registrations_compile(&all[i]);
		const struct jn *part = matching(r, &q, &a);

		if (part != NULL)
			jn_append(sources, jn_share(&a, part));
	}
	return sources->count == 0 ? 0
				   : add(pg, s, "", now, sources, "newlyMatching", err);
}
