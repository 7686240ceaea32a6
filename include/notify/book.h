/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subscriptions of the database in memory, as a matcher, at a version.  Whoever holds
 * the shared lock of store/subscriptions.h and has read the version asks for the matcher of
 * that version: what is missing is loaded then, and only that.  Any thread; loading is done
 * by one at a time.
 */
#ifndef NOTIFY_BOOK_H
#define NOTIFY_BOOK_H

#include <base/attr.h>
#include <core/subscription.h>

#include <stdint.h>

struct book; /* opaque */
struct err;
struct matcher;
struct pg;

struct book_config {
	/* A jsonldContext that cannot be had any more is replaced by the core @context, and
	 * logged. */
	struct subscription_contexts contexts;
};

struct book *book_new(const struct book_config *config) must_check; /* never NULL */
void book_free(struct book *b); /* NULL is fine */
/* A new reference on a matcher that is at least of `version`; match_unref() it.  pg: not in
 * a pipeline; may be in a transaction.  -1: as pg_fail(). */
int book_at(struct book *b, int64_t version, struct pg *pg, struct matcher **out,
	struct err *err) must_check;
/* The newest that was loaded, or NULL; a new reference. */
struct matcher *book_now(struct book *b);
/* Asks the database for the version, then book_at(); no lock is taken. */
int book_refresh(
	struct book *b, struct pg *pg, struct matcher **out, struct err *err) must_check;

#endif
