/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which subscriptions a change triggers, of all tenants, without looking at all of them.
 * A matcher is an immutable snapshot, counted; an update makes another that shares most of
 * it.  Reading is safe from any number of threads.
 *
 * Subscriptions are found by entity id; by a piece of text that every id matching their
 * idPattern holds; else by type and watched attribute, and among those by what their q
 * needs of one attribute, or the box around their geoQ.  What is found that way goes
 * through subscription_judge().
 */
#ifndef NOTIFY_MATCH_H
#define NOTIFY_MATCH_H

#include <base/attr.h>
#include <core/judge.h>

#include <stddef.h>
#include <stdint.h>

struct arena;
struct entity_change; /* store/lane.h */
struct q_linked;
struct matcher; /* opaque */
struct subscription;

/* Of subscriptions that have their tenant and sid, each another; takes a reference on each.  Those with
 * timeInterval, and those of sources, are kept, but never found by a change. */
struct matcher *match_build(
	const struct subscription *const *list, size_t len) must_check;
/* The old one (not NULL) with those of `list` added, or in the place of those with the
 * same sid, and without those of `gone`.  Costs what changed; now and then, everything. */
struct matcher *match_update(const struct matcher *old,
	const struct subscription *const *list, size_t len, const int64_t *gone,
	size_t gone_len) must_check;
struct matcher *match_ref(const struct matcher *m);
void match_unref(struct matcher *m); /* NULL is fine */

size_t match_len(const struct matcher *m); /* subscriptions in it */
/* NULL: there is none.  Borrowed. */
const struct subscription *match_get(const struct matcher *m, int64_t sid);
/* All of them, in no order. */
typedef void (*match_fn)(void *cookie, const struct subscription *s);
void match_each(const struct matcher *m, match_fn fn, void *cookie);

struct match_options {
	const struct q_linked *linked; /* NULL: no rel{…} of q holds */
};
/* The subscriptions that the change triggers, by sid; throttling is not looked at.  *out
 * is in the arena; the number of them. */
size_t match_find(const struct matcher *m, const struct entity_change *change,
	const struct match_options *options, struct arena *a,
	const struct subscription *const **out);

#endif
