/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A subscription (5.2.12), compiled: checked, names expanded, filters parsed.  Immutable
 * and counted.  What it was made from, the stored text, is the JSON object that the client
 * sent (or the result of a PATCH) with its `@context` resolved into `jsonldContext`, and
 * names as IRIs, so that it means the same for good.
 */
#ifndef CORE_SUBSCRIPTION_H
#define CORE_SUBSCRIPTION_H

#include <base/attr.h>
#include <core/apply.h>
#include <core/project.h>
#include <core/render.h>

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct context;
struct err;
struct geo_q;
struct pattern;
struct q;
struct scope_q;
struct strbuf;
struct type_q;

/* Bits of notificationTrigger (5.2.12); entityUpdated is the three of attributes. */
enum trigger {
	TRIGGER_ENTITY_CREATED = 1,
	TRIGGER_ENTITY_DELETED = 2,
	TRIGGER_ATTRIBUTE_CREATED = 4,
	TRIGGER_ATTRIBUTE_UPDATED = 8,
	TRIGGER_ATTRIBUTE_DELETED = 16,
};

/* EntitySelector (5.2.33): all of what is set must hold. */
struct subscription_selector {
	const struct type_q *type; /* NULL: any ("*") */
	const char *const *ids;
	size_t ids_len; /* 0: any */
	const struct pattern *id_pattern; /* only where there are no ids; NULL: any */
};

struct key_value {
	const char *key, *value;
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
	const char *id;
	const struct subscription_selector *selectors;
	size_t selectors_len; /* 0: any entity */
	const char *const *watched; /* IRIs; 0: every attribute */
	size_t watched_len;
	unsigned triggers; /* enum trigger */
	const struct q *q; /* NULL: none */
	const struct geo_q *geo;
	const struct scope_q *scope;
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

#endif
