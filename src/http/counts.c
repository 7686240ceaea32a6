/* SPDX-License-Identifier: Apache-2.0 */
/* One row a route, and one a method for requests without a route.  Methods and statuses
 * outside the lists share the last column, so that no client can make the table grow. */
#include "counts.h"

#include <base/mem.h>
#include <base/metrics.h>
#include <base/strbuf.h>
#include <http/route.h>

#include "route_priv.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static const char *const methods[] = {
	"GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS", "TRACE", "CONNECT"};
/* The commonest first. */
static const short statuses[] = {200, 204, 201, 404, 400, 207, 409, 206, 203, 202, 301,
	302, 303, 304, 307, 308, 401, 403, 405, 406, 408, 411, 412, 413, 414, 415, 416,
	422, 429, 431, 500, 501, 502, 503, 504, 505, 508};

struct row {
	_Atomic uint64_t by_status[LENGTH(statuses) + 1];
	struct histogram duration;
};

struct counts {
	const struct router *router;
	struct row none[LENGTH(methods) + 1];
	struct row routes[];
};

struct counts *counts_new(const struct router *router)
{
	struct counts *c =
		mem_alloc(sizeof(*c) + router_len(router) * sizeof(c->routes[0]));

	c->router = router;
	return c;
}

void counts_free(struct counts *c)
{
	free(c);
}

static size_t method_column(const char *method)
{
	size_t i = 0;

	while (i < LENGTH(methods) && (method == NULL || strcmp(methods[i], method) != 0))
		i++;
	return i;
}

void counts_add(struct counts *c, const struct route *route, const char *method,
	int status, int64_t us)
{
	struct row *row = route != NULL ? &c->routes[router_index(c->router, route)]
					: &c->none[method_column(method)];
	size_t i = 0;

	while (i < LENGTH(statuses) && statuses[i] != status)
		i++;
	atomic_fetch_add_explicit(&row->by_status[i], 1, memory_order_relaxed);
	if (route != NULL)
		histogram_observe(&row->duration, us);
}

static void write_row(
	struct strbuf *sb, struct row *row, const char *method, const char *path)
{
	for (size_t i = 0; i <= LENGTH(statuses); i++) {
		uint64_t n =
			atomic_load_explicit(&row->by_status[i], memory_order_relaxed);

		if (n == 0)
			continue;
		strbuf_addf(sb,
			"calanque_http_requests_total{method=\"%s\",route=\"%s\",",
			method, path);
		if (i < LENGTH(statuses))
			strbuf_addf(sb, "status=\"%d\"} %" PRIu64 "\n", statuses[i], n);
		else
			strbuf_addf(sb, "status=\"other\"} %" PRIu64 "\n", n);
	}
}

static bool is_used(struct row *row)
{
	for (size_t i = 0; i <= LENGTH(statuses); i++) {
		if (atomic_load_explicit(&row->by_status[i], memory_order_relaxed) > 0)
			return true;
	}
	return false;
}

static void write_durations(struct counts *c, struct strbuf *sb)
{
	char labels[256];

	strbuf_adds(sb,
		"# HELP calanque_http_request_duration_seconds From the complete request "
		"to "
		"the complete answer\n"
		"# TYPE calanque_http_request_duration_seconds histogram\n");
	for (size_t i = 0; i < router_len(c->router); i++) {
		const struct route *route = router_route(c->router, i);

		if (!is_used(&c->routes[i]))
			continue;
		(void)snprintf(labels, sizeof(labels), "method=\"%s\",route=\"%s\"",
			route->method, route->path);
		histogram_write(sb, "calanque_http_request_duration_seconds", labels,
			&c->routes[i].duration);
	}
}

void counts_write(struct counts *c, struct strbuf *sb)
{
	strbuf_adds(sb,
		"# HELP calanque_http_requests_total Requests answered\n"
		"# TYPE calanque_http_requests_total counter\n");
	for (size_t i = 0; i < router_len(c->router); i++) {
		const struct route *route = router_route(c->router, i);

		write_row(sb, &c->routes[i], route->method, route->path);
	}
	for (size_t i = 0; i <= LENGTH(methods); i++)
		write_row(sb, &c->none[i], i < LENGTH(methods) ? methods[i] : "other",
			"none");
	write_durations(c, sb);
}
