/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A subscription (5.2.12), compiled: checked, names expanded, filters parsed.  Immutable
 * and counted.  What it was made from, the stored text, is the JSON object that the client
 * sent (or the result of a PATCH) with its `@context` resolved into `jsonldContext`, and
 * names as IRIs, so that it means the same for good.  q stays as it was written: the terms
 * that it uses stand beside it, in the member "@q".
 */
#ifndef CORE_SUBSCRIPTION_H
#define CORE_SUBSCRIPTION_H

#include <base/attr.h>
#include <core/apply.h>
#include <core/key_value.h>
#include <core/project.h>
#include <core/render.h>
#include <core/selector.h>
#include <core/temporal_q.h>

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct context;
struct err;
struct geo_q;
struct jn;
struct pattern;
struct q;
struct scope_q;
struct strbuf;
struct type_q;
struct version;

/* Bits of notificationTrigger (5.2.12); entityUpdated is the three of attributes. */
enum trigger {
	TRIGGER_ENTITY_CREATED = 1,
	TRIGGER_ENTITY_DELETED = 2,
	TRIGGER_ATTRIBUTE_CREATED = 4,
	TRIGGER_ATTRIBUTE_UPDATED = 8,
	TRIGGER_ATTRIBUTE_DELETED = 16,
};

/* Endpoint (5.2.15). */
struct endpoint {
	const char *uri; /* http, https, mqtt, mqtts */
	const char *accept; /* "application/json" (default), ld+json, geo+json */
	unsigned timeout_ms; /* 0: the broker's default */
	unsigned cooldown_ms; /* 0: none */
	const struct key_value *receiver_info; /* headers, MQTT metadata */
	size_t receiver_info_len;
	const struct key_value *notifier_info; /* MQTT-Version, MQTT-QoS, … */
	size_t notifier_info_len;
};

struct subscription {
	/* Its numbers in the store; 0 until whoever loads it sets them, before it is shared. */
	int64_t sid;
	int tenant;
	const char *id;
	bool of_sources; /* of registrations of context sources (5.11); set with sid */
	const struct selector *selectors;
	size_t selectors_len; /* 0: any entity */
	const char *const *watched; /* IRIs; 0: every attribute */
	size_t watched_len;
	unsigned triggers; /* enum trigger */
	const struct q *q; /* NULL: none */
	const struct geo_q *geo;
	const struct scope_q *scope;
	const struct q *csf; /* of sources only */
	struct temporal_q temporal; /* of sources only */
	const struct lang *lang;
	const char *const *dataset_ids;
	size_t dataset_ids_len;
	int64_t time_interval; /* microseconds; 0: on change */
	int64_t throttling; /* microseconds; 0: none */
	int64_t expires; /* microseconds; INT64_MAX: never */
	bool active; /* isActive */
	bool local_only;
	/* How to show it (5.2.14). */
	enum format format;
	struct projection projection;
	bool sys_attrs;
	bool show_changes;
	bool join_inline, join_flat;
	unsigned join_level;
	struct version *version; /* ngsildConformance; NULL: this edition */
	struct endpoint endpoint;
	const char *context_url; /* jsonldContext: what notifications are written with */
	const struct context *context; /* the same, loaded; owned */
	const char *text; /* the stored text */
};

/* How the @contexts are had.  `value`: a URL, or the terms of q (an object).  A new
 * reference, or NULL with err set: CONTEXT_NOT_AVAILABLE, BAD_REQUEST_DATA. */
struct subscription_contexts {
	struct context *(*get)(
		void *self, const struct jn *value, struct arena *a, struct err *err);
	void *self;
};

/*
 * Compiles a stored text, which is checked as if a client had sent it.  One reference, or
 * NULL with err set: BAD_REQUEST_DATA with the JSON pointer of what is wrong,
 * `/notification/endpoint/uri: 'ftp://…' cannot be notified; use http, https, mqtt or
 * mqtts`; what `contexts` said.
 */
struct subscription *subscription_new(const char *text, size_t len,
	const struct subscription_contexts *contexts, struct err *err) must_check;
const struct subscription *subscription_ref(const struct subscription *s);
void subscription_unref(const struct subscription *s); /* NULL is fine */

/* What a client sends, and what has to be known to understand it. */
struct subscription_source {
	const struct jn *body;
	const struct context *ctx; /* of the request: what its names mean */
	const char *context_url; /* of the same: jsonldContext where the body has none */
	const char *id; /* create: where the body has none; update: the one in the path */
	bool of_sources;
	int64_t now;
};

/*
 * Both make the text to store, in the arena; subscription_new() checks the rest of it.
 * BAD_REQUEST_DATA: not an object, unknown members, NGSI-LD Nulls or null where nothing
 * can be removed, an expiresAt in the past, another id than the one in the path.
 */
int subscription_read(const struct subscription_source *source, struct arena *a,
	const char **out, struct err *err) must_check;
/* 5.8.2.4: members of the first level are replaced, Nulls (of NGSI-LD or JSON) remove. */
int subscription_patch(const char *stored, const struct subscription_source *source,
	struct arena *a, const char **out, struct err *err) must_check;

enum subscription_status {
	SUBSCRIPTION_ACTIVE,
	SUBSCRIPTION_PAUSED,
	SUBSCRIPTION_EXPIRED,
};
enum subscription_status subscription_status(const struct subscription *s, int64_t now);
const char *subscription_status_name(enum subscription_status status);

/* What the broker adds (5.2.12, 5.2.14.2).  Instants in microseconds; 0: never. */
struct subscription_output {
	int64_t created, modified; /* shown with sysAttrs */
	int64_t times_sent, times_failed;
	int64_t last_notification, last_success, last_failure;
};

/* As GET shows it, with the names of `ctx`.  context_text: the JSON text of a member
 * "@context" (ld+json), or NULL.  FORMAT_CONCISE and the like do not apply. */
struct subscription_view {
	const struct context *ctx;
	const char *context_text;
	bool sys_attrs;
	bool of_sources; /* without defaults, as the conformance suite has those */
	int64_t now;
};
void subscription_render(struct strbuf *sb, const char *stored,
	const struct subscription_output *output, const struct subscription_view *view,
	struct arena *a);

#endif
