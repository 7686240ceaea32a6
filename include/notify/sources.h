/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subscriptions to registrations of context sources (5.11): what they are told, and when.
 * It goes through the outbox, in the transaction of what caused it; with that commit, what
 * is due is due.  delivery_wake() the sids then.
 */
#ifndef NOTIFY_SOURCES_H
#define NOTIFY_SOURCES_H

#include <base/attr.h>

#include <stddef.h>
#include <stdint.h>

struct arena;
struct book;
struct delivery;
struct err;
struct pg;
struct registration;
struct subscription;

struct source_change {
	int tenant;
	const struct registration *before, *after; /* NULL: created; deleted or expired */
	int64_t now;
};

/* Adds what the change is to each subscription of the tenant: newlyMatching, updated or
 * noLongerMatching (5.3.3).  *sids: whom; in the arena. */
int sources_changed(struct book *book, struct pg *pg, const struct source_change *change,
	struct arena *a, int64_t **sids, size_t *len, struct err *err) must_check;
/* Removes the registrations whose time is over, and tells whom that concerns. */
int sources_expire(struct delivery *d, struct book *book, struct pg *pg, int64_t now,
	struct err *err) must_check;
/* Adds all that match now, for a subscription that is new or was updated, or whose
 * timeInterval is over; nothing where none does. */
int sources_tell(struct pg *pg, const struct subscription *s, int64_t now,
	struct err *err) must_check;

#endif
