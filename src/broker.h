/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The broker: every layer, wired.  Beside main.c the only file that knows them all.
 * Starting order is the reverse of stopping order: readers, dictionaries, contexts, lanes,
 * routes, server.
 */
#ifndef BROKER_H
#define BROKER_H

#include <base/attr.h>

#include <api/app.h>
#include <http/server.h>
#include <net/context_fetch.h>
#include <store/pg.h>
#include <web/pages.h>

#include <stdio.h>

struct broker;
struct err;

/* Notifications, as the settings have it. */
struct notify_config {
	const char *allow, *deny; /* net/guard.h; deny NULL: by the address */
	const char *ca, *cert, *key;
	const char *user_agent;
	unsigned timeout_ms, parallel, retry_ms, retry_max_ms;
	unsigned retention_ms, max_events, dead_letters;
};

struct broker_config {
	struct checks *checks; /* borrowed */
	struct pg_config pg; /* the database, migrated */
	struct server_config server; /* before, after and cookie are the broker's */
	struct app_config app;
	struct context_fetch_config fetch;
	struct pages_config pages;
	struct notify_config notify;
	const char *default_context; /* URL; NULL: the built-in one of the city */
	unsigned lanes;
	const char *history; /* core/history_policy.h */
	bool keep_newer; /* late data go to the history only */
	unsigned sweep_ms; /* between two looks for what has expired */
};

/* NULL with err set. */
struct broker *broker_start(
	const struct broker_config *config, struct err *err) must_check;
unsigned broker_port(const struct broker *b);
/* /ready says 503 from now on, what is under way is finished (at most grace_ms). */
void broker_stop(struct broker *b, unsigned grace_ms);
/* What is served, as JSON (route_print); needs no broker. */
int broker_print_routes(FILE *out) must_check;

#endif
