/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last changes that this process made, in memory: what "why was I not notified" looks
 * at.  A ring of a fixed number of slots; a document that is too large is not kept.  Any
 * thread.  Another process on the same database has its own.
 */
#ifndef NOTIFY_RECENT_H
#define NOTIFY_RECENT_H

#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct entity_change; /* store/lane.h */
struct recent; /* opaque */

#define RECENT_SLOTS 1000
#define RECENT_BYTES 16384 /* of the two documents of a change */

struct recent *recent_new(void) must_check; /* never NULL */
void recent_free(struct recent *r); /* NULL is fine */
void recent_add(struct recent *r, const struct entity_change *change);

/* Of a tenant, the latest first; of one entity unless id is NULL.  At most `max`, in the
 * arena; the number of them.  What changed is found anew from the two documents. */
size_t recent_list(struct recent *r, int tenant, const char *id, size_t max,
	struct arena *a, struct entity_change *out);

#endif
