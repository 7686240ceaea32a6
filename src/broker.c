/* SPDX-License-Identifier: Apache-2.0 */
#include "broker.h"

#include <api/contexts.h>
#include <api/events.h>
#include <base/clock.h>
#include <base/err.h>
#include <core/context.h>
#include <core/history_policy.h>
#include <net/guard.h>
#include <notify/book.h>
#include <notify/delivery.h>
#include <notify/recent.h>
#include <ops/endpoints.h>
#include <ops/openapi.h>
#include <store/block_keeper.h>
#include <store/contexts.h>
#include <store/dict.h>
#include <store/expiry.h>
#include <store/extent.h>
#include <store/history_keeper.h>
#include <store/history_writes.h>
#include <store/lane.h>
#include <store/rarity.h>
#include <store/reach.h>
#include <store/readers.h>
#include <store/value_paths.h>
#include <web/pages.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CONTEXTS_CACHED  1000 /* in memory */
#define CONTEXTS_STORED  10000 /* copies and wrappers in the database */
#define CONTEXTS_FAILURE 3000 /* ms */
#define CONTEXTS_TICK    2000 /* ms */
#define HISTORY_TICK     60000 /* ms between two looks at its tables */
#define HISTORY_OLD      60 /* looks between two times that old rows go */
#define HISTORY_WRITERS  2 /* connections for what clients write to the history */
#define TABLES           64 /* of routes, at most, the empty one at the end included */

struct broker {
	struct app app;
	struct endpoints endpoints;
	struct context_fetch *fetch;
	struct guard *guard;
	struct pages *pages;
	struct pg_config pg;
	struct history_policy history;
	struct history_keeper *keeper;
	struct block_keeper *blocks;
	struct expiry *expiry;
	struct router *router;
	_Atomic unsigned fetching; /* workers that wait for an @context … */
	unsigned fetching_most; /* … and may at the same time */
};

static int start_store(
	struct broker *b, const struct broker_config *config, struct err *err)
{
	struct pg_config reader = b->pg;

	b->app.tenants = dict_tenants(&b->pg);
	b->app.index.names = dict_names(&b->pg);
	b->app.context_store = context_store_new(&b->pg);
	/* One for each worker, and one for a handler that runs on the HTTP thread. */
	reader.reader = true;
	b->app.readers = readers_new(&reader, config->server.workers + 1);
	b->app.writers = readers_new(&b->pg, config->server.workers + 1);
	b->app.events = events_new(err);
	if (b->app.events == NULL)
		return -1;
	b->app.history_policy = &b->history;
	b->app.importing_most = (config->server.workers + 1) / 2;
	b->app.history = history_writers_new(&b->pg, b->app.index.names, HISTORY_WRITERS);
	b->app.recent = recent_new();
	b->app.index.rarity = rarity_new();
	b->app.index.reach = reach_new();
	b->app.extents = extents_new();
	b->app.index.paths = value_paths_start(&b->pg, err);
	return b->app.index.paths != NULL ? 0 : -1;
}

/* net to api: a downloaded document becomes a text.  Some workers always are left for
 * requests that wait for nobody's host. */
static int get_context(void *self, const char *url, char **text, size_t *len,
	int64_t *expires, struct err *err)
{
	auto_context_document doc = {0};
	struct broker *b = self;
	int rc;

	if (atomic_fetch_add(&b->fetching, 1) >= b->fetching_most)
		rc = err_set(err, ERR_CONTEXT_NOT_AVAILABLE,
			"@context %.200s: too many are being downloaded; try again in a "
			"second",
			url);
	else
		rc = context_fetch(b->fetch, url, &doc, err);
	atomic_fetch_sub(&b->fetching, 1);
	if (rc < 0)
		return -1;
	*text = doc.text;
	*len = doc.len;
	*expires = doc.expires;
	doc.text = NULL;
	return 0;
}

/* Whom notifications may go to, and @contexts come from: on a machine of one's own anybody,
 * else nobody who is only reached from here. */
static int make_guard(
	struct broker *b, const struct broker_config *config, struct err *err)
{
	const char *deny = config->notify.deny;

	if (deny == NULL)
		deny = guard_is_loopback(config->server.address) ? "none" : "private";
	b->guard = guard_new(config->notify.allow, deny, err);
	return b->guard != NULL ? 0
				: err_wrap(err, "settings outbound-allow, outbound-deny");
}

static int start_contexts(
	struct broker *b, const struct broker_config *config, struct err *err)
{
	struct contexts_config contexts = {
		.default_url = config->default_context != NULL ? config->default_context
							       : CONTEXT_DEFAULT_URL,
		.max_cached = CONTEXTS_CACHED,
		.max_stored = CONTEXTS_STORED,
		.failure_ms = CONTEXTS_FAILURE,
		.tick_ms = CONTEXTS_TICK,
	};
	struct context_fetch_config fetch = config->fetch;

	fetch.guard = b->guard;
	fetch.trusted = contexts.default_url;
	b->fetch = context_fetch_new(&fetch, err);
	if (b->fetch == NULL)
		return -1;
	b->fetching_most = (config->server.workers + 1) / 2;
	contexts.source = (struct context_source){get_context, b};
	contexts.store = b->app.context_store;
	b->app.contexts = contexts_new(&contexts, err);
	if (b->app.contexts == NULL)
		return -1;
	contexts_watch(b->app.contexts);
	return 0;
}

static void set_sender(
	struct broker *b, const struct broker_config *config, struct sender_config *out)
{
	*out = (struct sender_config){
		.guard = b->guard,
		.own_port = config->server.port,
		.own_path = INBOX_PATH,
		.ca = config->notify.ca,
		.cert = config->notify.cert,
		.key = config->notify.key,
		.user_agent = config->notify.user_agent,
	};
}

static int start_delivery(
	struct broker *b, const struct broker_config *config, struct err *err)
{
	const struct notify_config *n = &config->notify;
	struct book_config book = {.contexts = {contexts_get, b->app.contexts}};
	struct delivery_config delivery = {
		.pg = &b->pg,
		.index = &b->app.index,
		.page = config->app.page_max,
		.recent = b->app.recent,
		.timeout_ms = n->timeout_ms,
		.parallel = n->parallel,
		.retry_ms = n->retry_ms,
		.retry_max_ms = n->retry_max_ms,
		.limits = {.retention = n->retention_ms * INT64_C(1000),
			.max_events = n->max_events,
			.dead_letters = n->dead_letters},
	};

	b->app.book = delivery.book = book_new(&book);
	set_sender(b, config, &delivery.sender);
	b->app.delivery = delivery_start(&delivery, err);
	return b->app.delivery != NULL ? 0 : -1;
}

/* After the contexts: rules of the history name types. */
static int start_lanes(
	struct broker *b, const struct broker_config *config, struct err *err)
{
	struct lanes_config lanes = {
		.pg = &b->pg,
		.lanes = config->lanes,
		.names = b->app.index.names,
		.paths = b->app.index.paths,
		.policy = &b->history,
		.keep_newer = config->keep_newer,
		.watcher = events_watcher(b->app.events),
		.listener = delivery_listener(b->app.delivery),
	};
	struct context *ctx = contexts_default(b->app.contexts);
	int rc = history_policy_parse(config->history, ctx, &b->history, err);

	context_unref(ctx);
	if (rc < 0)
		return -1;
	b->keeper = history_keeper_start(&(struct history_keeper_config){.pg = &b->pg,
						 .names = b->app.index.names,
						 .policy = &b->history,
						 .tick_ms = HISTORY_TICK,
						 .retention_ticks = HISTORY_OLD},
		err);
	if (b->keeper == NULL)
		return -1;
	b->blocks = lanes.block_keeper = block_keeper_start(&b->pg, err);
	if (b->blocks == NULL)
		return -1;
	b->app.lanes = lanes_start(&lanes, err);
	if (b->app.lanes == NULL)
		return -1;
	b->expiry = expiry_start(&b->pg, b->app.lanes, config->sweep_ms, err);
	return b->expiry != NULL ? 0 : -1;
}

/* What is served, and whom the handlers serve. */
static void list_tables(struct broker *b, struct route_table out[TABLES])
{
	const struct route_table tables[TABLES] = {
		{entities_routes, &b->app},
		{entities_purge_routes, &b->app},
		{entities_query_routes, &b->app},
		{entity_attrs_routes, &b->app},
		{entity_maps_routes, &b->app},
		{entity_operations_routes, &b->app},
		{jsonld_contexts_routes, &b->app},
		{subscriptions_routes, &b->app},
		{temporal_provision_routes, &b->app},
		{subscription_explain_routes, &b->app},
		{csource_registrations_routes, &b->app},
		{temporal_query_routes, &b->app},
		{notifications_routes, &b->app},
		{inbox_routes, &b->app},
		{types_routes, &b->app},
		{attributes_routes, &b->app},
		{info_routes, &b->app},
		{events_routes, &b->app},
		{pages_routes, b->pages},
		{exports_routes, &b->app},
		{ogc_routes, &b->app},
		{imports_routes, &b->app},
		{import_mappings_routes, &b->app},
		{checks_routes, &b->app},
		{openapi_routes, NULL},
		{endpoints_routes, &b->endpoints},
		{0},
	};

	memcpy(out, tables, sizeof(tables));
}

int broker_print_routes(FILE *out)
{
	struct broker nobody = {0};
	struct route_table tables[TABLES];

	list_tables(&nobody, tables);
	return route_print(tables, out);
}

static int start_server(
	struct broker *b, const struct broker_config *config, struct err *err)
{
	struct server_config server = config->server;
	struct route_table tables[TABLES];

	b->pages = pages_new(&config->pages, err);
	if (b->pages == NULL)
		return -1;
	list_tables(b, tables);
	server.page = &pages_routes[0];
	server.page_cookie = b->pages;
	server.after = app_after;
	server.cookie = &b->app;
	b->endpoints.readers = b->app.readers;
	b->endpoints.started = clock_now();
	b->router = router_new(tables);
	atomic_store(&b->endpoints.server, server_start(&server, b->router, err));
	return atomic_load(&b->endpoints.server) != NULL ? 0 : -1;
}

static void broker_free(struct broker *b)
{
	expiry_stop(b->expiry);
	lanes_stop(b->app.lanes);
	events_free(b->app.events);
	delivery_stop(b->app.delivery);
	book_free(b->app.book);
	value_paths_stop(b->app.index.paths);
	context_fetch_stop(b->fetch);
	contexts_free(b->app.contexts);
	context_fetch_free(b->fetch);
	guard_free(b->guard);
	context_store_free(b->app.context_store);
	readers_free(b->app.readers);
	readers_free(b->app.writers);
	history_writers_free(b->app.history);
	recent_free(b->app.recent);
	history_keeper_stop(b->keeper);
	block_keeper_stop(b->blocks);
	extents_free(b->app.extents);
	rarity_free(b->app.index.rarity);
	reach_free(b->app.index.reach);
	dict_free(b->app.index.names);
	dict_free(b->app.tenants);
	history_policy_fini(&b->history);
	router_free(b->router);
	pages_free(b->pages);
	free(b);
}

struct broker *broker_start(const struct broker_config *config, struct err *err)
{
	struct broker *b = calloc(1, sizeof(*b));

	assert(b != NULL);
	b->pg = config->pg;
	b->app.config = config->app;
	b->app.started = clock_monotonic();
	b->app.checks = config->checks;
	if (make_guard(b, config, err) < 0 || start_store(b, config, err) < 0 ||
		start_contexts(b, config, err) < 0 ||
		start_delivery(b, config, err) < 0 || start_lanes(b, config, err) < 0 ||
		start_server(b, config, err) < 0) {
		broker_free(b);
		return NULL;
	}
	return b;
}

unsigned broker_port(const struct broker *b)
{
	return server_port(b->endpoints.server);
}

void broker_stop(struct broker *b, unsigned grace_ms)
{
	atomic_store(&b->endpoints.draining, true);
	atomic_store(&b->app.closing, true);
	events_close(b->app.events);
	server_stop(b->endpoints.server, grace_ms);
	broker_free(b);
}
