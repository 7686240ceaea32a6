/* SPDX-License-Identifier: Apache-2.0 */
#include <notify/book.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/log.h>
#include <base/mem.h>
#include <core/context.h>
#include <notify/match.h>
#include <store/pg.h>
#include <store/subscriptions.h>

#include <pthread.h>
#include <stdlib.h>

struct book {
	struct book_config config;
	pthread_mutex_t loading; /* one at a time asks the database */
	pthread_mutex_t lock; /* guards what follows; never held across libpq */
	struct matcher *matcher; /* NULL: nothing was loaded yet */
	int64_t version;
};

struct book *book_new(const struct book_config *config)
{
	struct book *b = mem_alloc(sizeof(*b));

	b->config = *config;
	b->version = -1;
	pthread_mutex_init(&b->loading, NULL);
	pthread_mutex_init(&b->lock, NULL);
	return b;
}

void book_free(struct book *b)
{
	if (b == NULL)
		return;
	match_unref(b->matcher);
	pthread_mutex_destroy(&b->loading);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

/* The matcher, where it is of that version; else NULL, and what there is. */
static struct matcher *take(struct book *b, int64_t version, int64_t *has)
{
	struct matcher *m = NULL;

	pthread_mutex_lock(&b->lock);
	if (b->matcher != NULL && b->version >= version)
		m = match_ref(b->matcher);
	*has = b->version;
	pthread_mutex_unlock(&b->lock);
	return m;
}

struct matcher *book_now(struct book *b)
{
	int64_t has;

	return take(b, -1, &has);
}

/* A jsonldContext that is gone costs names, not notifications. */
static struct context *get_context(
	void *self, const struct jn *value, struct arena *a, struct err *err)
{
	const struct book *b = self;
	struct context *ctx =
		b->config.contexts.get(b->config.contexts.self, value, a, err);

	if (ctx != NULL)
		return ctx;
	log_warn("a subscription is notified with the core @context: %s", err->detail);
	err_clear(err);
	return context_core();
}

/* What news become. */
struct edition {
	const struct subscription **list; /* references */
	int64_t *gone;
	size_t len, gone_len;
};

/* One that cannot be understood is left out, and logged. */
static void compile(
	struct book *b, const struct subscription_news *news, struct edition *out)
{
	const struct subscription_contexts contexts = {get_context, b};

	for (size_t i = 0; i < news->len; i++) {
		const struct stored_subscription *row = &news->items[i];
		struct err err = {0};
		struct subscription *s =
			subscription_new(row->text, row->len, &contexts, &err);

		if (s == NULL) {
			log_error("subscription left out sid=%jd: %s", (intmax_t)row->sid,
				err.detail);
			out->gone[out->gone_len++] = row->sid;
			continue;
		}
		s->sid = row->sid;
		s->tenant = row->tenant;
		s->of_sources = row->of_sources;
		out->list[out->len++] = s;
	}
	for (size_t i = 0; i < news->gone_len; i++)
		out->gone[out->gone_len++] = news->gone[i];
}

static void publish(struct book *b, const struct subscription_news *news, struct arena *a)
{
	struct edition e = {
		.list = arena_array(a, const struct subscription *, news->len + 1),
		.gone = arena_array(a, int64_t, news->len + news->gone_len + 1),
	};
	struct matcher *old, *new;

	compile(b, news, &e);
	/* only the loading thread changes it */
	new = news->all || b->matcher == NULL
		? match_build(e.list, e.len)
		: match_update(b->matcher, e.list, e.len, e.gone, e.gone_len);
	for (size_t i = 0; i < e.len; i++)
		subscription_unref(e.list[i]);
	pthread_mutex_lock(&b->lock);
	old = b->matcher;
	b->matcher = new;
	b->version = news->version;
	pthread_mutex_unlock(&b->lock);
	match_unref(old);
}

/* With the loading lock. */
static int load(struct book *b, int64_t has, struct pg *pg, struct err *err)
{
	struct subscription_news news;
	auto_arena a = {0};

	if (subscriptions_news(pg, has, &a, &news, err) < 0)
		return -1;
	publish(b, &news, &a);
	return 0;
}

int book_at(struct book *b, int64_t version, struct pg *pg, struct matcher **out,
	struct err *err)
{
	int64_t has;
	struct matcher *m = take(b, version, &has);
	int rc = 0;

	if (m == NULL) {
		pthread_mutex_lock(&b->loading);
		m = take(b, version, &has);
		if (m == NULL) {
			rc = load(b, has, pg, err);
			if (rc == 0)
				m = take(b, -1, &has);
		}
		pthread_mutex_unlock(&b->loading);
	}
	if (rc == 0)
		*out = m;
	return rc;
}

int book_refresh(struct book *b, struct pg *pg, struct matcher **out, struct err *err)
{
	auto_pgresult *res = NULL;

	if (pg_query(pg, &subscriptions_version, NULL, &res, err) < 0)
		return -1;
	return book_at(b, pg_get_int(res, 0, 0), pg, out, err);
}
