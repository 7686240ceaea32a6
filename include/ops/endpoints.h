/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operators and their tools ask: /health (the process lives), /ready (the database
 * answers and migrations are done), /metrics, /version, and the aliases under which other
 * brokers offer the same.
 */
#ifndef OPS_ENDPOINTS_H
#define OPS_ENDPOINTS_H

#include <http/route.h>

#include <stdatomic.h>
#include <stdint.h>

struct readers;
struct server;

struct endpoints {
	struct readers *readers;
	_Atomic(struct server *)
		server; /* set once it is started; NULL a moment longer */
	int64_t started; /* clock_now() */
	atomic_bool draining; /* stopping: not ready any more */
};

/* cookie: struct endpoints. */
extern const struct route endpoints_routes[];

#endif
