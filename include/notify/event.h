/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A change as text, as it waits in the outbox until it was notified:
 *	{"after": entity}                       created
 *	{"before": entity}                      deleted
 *	{"after": entity, "changes": […]}       changed
 *	{"entities": [entity, …]}               periodic: all that matched
 *	{"sources": [registration, …], "trigger": "updated"}    of context sources (5.3.2)
 * and of each change {"kind": n, "attr": IRI, "before": instance, "dataset": datasetId of the
 * instance in `after`, "same": true}.  Of what did not change nothing is kept but `after`.
 */
#ifndef NOTIFY_EVENT_H
#define NOTIFY_EVENT_H

#include <base/attr.h>
#include <base/jn.h>
#include <core/notification.h>

#include <stddef.h>
#include <stdint.h>

struct arena;
struct entity_change;
struct strbuf;

void event_write(const struct entity_change *change, struct strbuf *sb);
/* entities: texts. */
void event_write_periodic(
	const char *const *entities, const size_t *lens, size_t n, struct strbuf *sb);

/* sources: an array of stored registrations. */
void event_write_sources(
	const struct jn *sources, const char *trigger, struct strbuf *sb);
/* Do two of those tell for the same reason?  No for a text that is gone (NULL). */
bool event_same_trigger(const char *a, size_t a_len, const char *b, size_t b_len);

struct event {
	const struct notified *entities;
	size_t len;
	const struct jn *sources; /* NULL: it is about entities */
	const char *trigger;
};
/* The tree borrows from the text.  -1: it is none of ours. */
int event_read(const char *text, size_t len, int64_t now, struct arena *a,
	struct event *out) must_check;

#endif
