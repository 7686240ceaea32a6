/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subscriptions in the database: their text (core/subscription.h), and apart from it what
 * became of their notifications, which changes all the time.
 *
 * A change of a subscription is effective everywhere at once: whoever writes one takes an
 * advisory lock alone, counts subscription_version up and commits; every group of writes to
 * entities shares that lock until its own commit and, having it, reads the version.  So a
 * group that commits after the subscription was answered knows it.
 */
#ifndef STORE_SUBSCRIPTIONS_H
#define STORE_SUBSCRIPTIONS_H

#include <base/attr.h>
#include <core/subscription.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct pg;
struct pg_stmt;

/* In this order, in the transaction of the group; the second one's answer is one int8. */
extern const struct pg_stmt subscriptions_share; /* the lock, shared */
extern const struct pg_stmt
	subscriptions_version; /* SELECT n FROM subscription_version */

/* Of entities (5.8) or of context sources (5.11): two collections, with ids of their own. */
struct subscription_key {
	int tenant;
	bool of_sources;
	const char *id;
};

struct stored_subscription {
	int64_t sid;
	int tenant;
	bool of_sources;
	const char *text; /* core/subscription.h, NUL-terminated */
	size_t len;
	struct subscription_output
		output; /* created, modified; the rest in GET and lists */
};

/* NOT_FOUND. */
int subscriptions_get(struct pg *pg, const struct subscription_key *key, struct arena *a,
	struct stored_subscription *out, struct err *err) must_check;
/* A page of a collection (the key without id) in the order of creation; *count: all there
 * are, -1 where it is not asked for. */
struct subscription_page {
	struct stored_subscription *items;
	size_t len;
	bool more;
	int64_t count;
};
int subscriptions_list(struct pg *pg, const struct subscription_key *of, unsigned limit,
	unsigned offset, bool count, struct arena *a, struct subscription_page *out,
	struct err *err) must_check;

/* A change, in one transaction that nobody else is in.  What a step refuses is refused. */
struct subscription_change {
	/* The text to store, of the one that is there (NULL: create). */
	int (*make)(void *self, const char *old, const char **text, struct err *err);
	/* When it is written; may be NULL. */
	int (*written)(void *self, struct pg *pg, int64_t sid, struct err *err);
	void *self;
};
/* ALREADY_EXISTS. */
int subscriptions_create(struct pg *pg, const struct subscription_key *key, int64_t now,
	const struct subscription_change *change, struct err *err) must_check;
/* NOT_FOUND. */
int subscriptions_update(struct pg *pg, const struct subscription_key *key, int64_t now,
	const struct subscription_change *change, struct err *err) must_check;
/* NOT_FOUND. */
int subscriptions_delete(
	struct pg *pg, const struct subscription_key *key, struct err *err) must_check;

/* For whoever keeps them in memory: what changed after `since` (-1: all there are). */
struct subscription_news {
	int64_t version; /* what is complete now; ask since this the next time */
	bool all; /* begin anew: `items` are all there are */
	struct stored_subscription *items;
	size_t len;
	const int64_t *gone; /* sids */
	size_t gone_len;
};
int subscriptions_news(struct pg *pg, int64_t since, struct arena *a,
	struct subscription_news *out, struct err *err) must_check;

#endif
