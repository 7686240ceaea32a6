/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the handlers share, and their route tables.  A handler is the use case, in order:
 * read the request (call.h), read the store or hand operations to the lanes, answer.
 */
#ifndef API_APP_H
#define API_APP_H

#include <http/route.h>
#include <store/entities.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct checks;
struct book;
struct context_store;
struct contexts;
struct delivery;
struct dict;
struct events;
struct extents;
struct history_policy;
struct history_writers;
struct lanes;
struct readers;
struct recent;

/* What the broker itself receives for people without a server (api/inbox.c). */
#define INBOX_PATH "/calanque/v1/inbox/"

struct app_config {
	unsigned page_size; /* default limit */
	unsigned page_max; /* largest limit; beyond: TOO_MANY_RESULTS */
	unsigned max_depth; /* of JSON bodies */
	unsigned temporal_max; /* instances in a temporal answer; beyond: 206 */
	const char *time_zone; /* of local times in exports */
	const char *licence; /* of what is exported; NULL: not said */
	unsigned port; /* that the broker listens on; 0: any */
	unsigned import_keep; /* days that imports can be undone */
};

struct app {
	struct app_config config;
	struct checks *checks;
	struct book *book; /* the subscriptions, in memory */
	struct delivery *delivery; /* of notifications */
	struct context_store *context_store;
	struct contexts *contexts;
	struct dict *tenants;
	struct events *events;
	struct extents *extents;
	struct entity_index index;
	struct history_writers *history;
	struct lanes *lanes;
	struct readers *readers;
	struct readers *writers; /* connections that may write, for what has no lane */
	const struct history_policy *history_policy; /* whose history is kept */
	atomic_uint importing; /* imports under way */
	unsigned importing_most; /* … that may be at the same time */
	atomic_bool closing; /* what takes long is to end soon */
	struct recent *recent; /* the last changes, for those who ask why */
	int64_t started; /* clock_monotonic() */
};

/* cookie: struct app. */
extern const struct route checks_routes[];
extern const struct route csource_registrations_routes[];
extern const struct route entities_routes[];
extern const struct route entities_purge_routes[];
extern const struct route entities_query_routes[];
extern const struct route entity_attrs_routes[];
extern const struct route entity_maps_routes[];
extern const struct route entity_operations_routes[];
extern const struct route jsonld_contexts_routes[];
extern const struct route subscription_explain_routes[];
extern const struct route subscriptions_routes[];
extern const struct route temporal_provision_routes[];
extern const struct route temporal_query_routes[];
extern const struct route events_routes[];
extern const struct route notifications_routes[];
extern const struct route inbox_routes[];
extern const struct route types_routes[];
extern const struct route attributes_routes[];
extern const struct route info_routes[];
extern const struct route exports_routes[];
extern const struct route ogc_routes[];
extern const struct route imports_routes[];
extern const struct route import_mappings_routes[];

/* The server's `after`: what every NGSI-LD answer carries (tenant echo, 6.3.14). */
void app_after(void *cookie, struct req *req, struct resp *resp);

#endif
