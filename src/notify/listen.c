/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listener of the lanes, on their threads: whom a change triggers, by a matcher of the
 * version that the group's transaction read.
 */
#include "delivery_priv.h"

#include <base/mem.h>
#include <notify/book.h>
#include <notify/event.h>
#include <notify/match.h>
#include <notify/recent.h>

#include <stdlib.h>

/* What a group looks at. */
struct listening {
	struct matcher *matcher;
	struct pg *pg;
};

static int listen_begin(
	void *self, int64_t version, struct pg *pg, void **out, struct err *err)
{
	struct delivery *d = self;
	struct matcher *m = NULL;
	struct listening *l;

	*out = NULL;
	if (version == 0)
		return 0; /* there never was one */
	if (book_at(d->config.book, version, pg, &m, err) < 0)
		return -1;
	if (match_len(m) == 0) {
		match_unref(m);
		return 0;
	}
	l = mem_alloc(sizeof(*l));
	l->matcher = m;
	l->pg = pg;
	*out = l;
	return 0;
}

static size_t listen_match(void *self, void *begun, const struct entity_change *change,
	struct arena *a, const int64_t **sids)
{
	const struct listening *l = begun;
	struct delivery *d = self;
	struct links links = {l->pg, a, change->tenant, change->now};
	struct q_linked linked = {links_get, &links};
	struct match_options options = {.linked = &linked};
	const struct subscription *const *found;
	size_t len;
	int64_t *list;

	if (d->config.recent != NULL)
		recent_add(d->config.recent, change);
	len = match_find(l->matcher, change, &options, a, &found);
	if (len == 0)
		return 0;
	list = arena_array(a, int64_t, len);
	for (size_t i = 0; i < len; i++)
		list[i] = found[i]->sid;
	*sids = list;
	return len;
}

static void listen_end(void *self, void *begun, const int64_t *sids, size_t len)
{
	struct delivery *d = self;
	struct listening *l = begun;

	match_unref(l->matcher);
	free(l);
	if (len == 0)
		return;
	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < len; i++)
		if (i == 0 || sids[i] != sids[i - 1])
			delivery_wake_queue(d, sids[i], false);
	pthread_mutex_unlock(&d->lock);
	delivery_look(d);
}

void listen_init(struct delivery *d)
{
	d->listener = (struct change_listener){
		.begin = listen_begin,
		.match = listen_match,
		.write = event_write,
		.end = listen_end,
		.self = d,
	};
}
