/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifications (5.3.1, 5.8.6, 6.3.8, 7.2), pure: the body, and the headers that go with
 * it.  Over HTTP the headers are headers; over MQTT they are the members of "metadata".
 */
#ifndef CORE_NOTIFICATION_H
#define CORE_NOTIFICATION_H

#include <base/attr.h>
#include <base/jn.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct change;
struct key_value;
struct q_linked;
struct strbuf;
struct subscription;

/* An entity of `data`.  Periodic notifications have `after` alone. */
struct notified {
	const struct jn *before; /* NULL: it was created, or is not a change */
	const struct jn *after; /* NULL: it was deleted */
	const struct change *changes;
	int64_t now; /* when that happened: deletedAt */
};

struct notification {
	const struct subscription *subscription;
	const char *id; /* a URI, urn:ngsi-ld:Notification:… */
	int64_t at; /* notifiedAt */
	const char *tenant; /* NULL: the default tenant */
	const struct notified *entities;
	size_t entities_len;
	/* Of sources (5.3.2): an array of stored registrations, and the triggerReason. */
	const struct jn *sources;
	const char *trigger;
	/* How the entities are had that these link to (join); NULL: nothing is joined. */
	const struct q_linked *linked;
};

/* Would the body need entities that others link to? */
bool notification_joins(const struct subscription *s);
/* Appends the JSON text.  a: scratch. */
void notification_body(struct strbuf *sb, const struct notification *n, struct arena *a);
/*
 * Content-Type first, then Link where the @context is not in the body, NGSILD-Tenant, and
 * the pairs of receiverInfo, which win over all but Content-Type.  In the arena; the
 * number of them.
 */
size_t notification_headers(
	const struct notification *n, struct arena *a, const struct key_value **out);

#endif
