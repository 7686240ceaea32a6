/* SPDX-License-Identifier: Apache-2.0 */
#include <ops/endpoints.h>

#include <base/clock.h>
#include <base/metrics.h>
#include <http/server.h>
#include <store/pg.h>
#include <store/readers.h>

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static enum handled answer(struct resp *resp, int status, const char *type)
{
	resp->status = status;
	resp->content_type = type;
	return HANDLED;
}

static enum handled health(void *cookie, struct req *req, struct resp *resp)
{
	strbuf_adds(&resp->body, "{\"status\":\"UP\"}");
	return answer(resp, 200, "application/json");
}

static enum handled ready(void *cookie, struct req *req, struct resp *resp)
{
	struct endpoints *e = cookie;
	struct pg *pg;
	int rc;

	if (atomic_load(&e->draining)) {
		err_set(&req->err, ERR_UNAVAILABLE, "the broker is stopping");
		return HANDLED_ERROR;
	}
	pg = readers_take(e->readers);
	rc = pg_ping(pg, &req->err);
	readers_put(e->readers, pg);
	if (rc < 0)
		return HANDLED_ERROR;
	return health(cookie, req, resp);
}

/* Resident memory and CPU time, as Prometheus names them. */
static void write_process(struct strbuf *sb, int64_t started)
{
	long pages = 0, ignored;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f != NULL) {
		if (fscanf(f, "%ld %ld", &ignored, &pages) != 2)
			pages = 0;
		fclose(f);
	}
	strbuf_addf(sb,
		"# HELP process_resident_memory_bytes Resident memory size in bytes.\n"
		"# TYPE process_resident_memory_bytes gauge\n"
		"process_resident_memory_bytes %ld\n"
		"# HELP process_start_time_seconds Start time since the epoch in "
		"seconds.\n"
		"# TYPE process_start_time_seconds gauge\n"
		"process_start_time_seconds %.3f\n",
		pages * sysconf(_SC_PAGESIZE), (double)started / 1e6);
}

static enum handled metrics(void *cookie, struct req *req, struct resp *resp)
{
	struct endpoints *e = cookie;
	struct server *server = atomic_load(&e->server);

	if (server == NULL) {
		err_set(&req->err, ERR_UNAVAILABLE, "the broker is starting");
		return HANDLED_ERROR;
	}
	server_metrics(server, &resp->body);
	metrics_write(&resp->body);
	write_process(&resp->body, e->started);
	return answer(resp, 200, "text/plain; version=0.0.4; charset=utf-8");
}

static enum handled version(void *cookie, struct req *req, struct resp *resp)
{
	struct endpoints *e = cookie;

	strbuf_addf(&resp->body,
		"{\"name\":\"calanque\",\"version\":\"" CALANQUE_VERSION "\","
		"\"specification\":\"ETSI GS CIM 009 V1.9.1\","
		"\"coreContext\":\"https://uri.etsi.org/ngsi-ld/v1/"
		"ngsi-ld-core-context-v1.9.jsonld\",\"uptime\":%" PRId64 "}",
		(clock_now() - e->started) / 1000000);
	return answer(resp, 200, "application/json");
}

#define LIVE(path)                                                                       \
	{                                                                                \
		"GET", path, health, NULL, ROUTE_PLAIN | ROUTE_INLINE, NULL              \
	}
#define READY(path)                                                                      \
	{                                                                                \
		"GET", path, ready, NULL, ROUTE_PLAIN, NULL                              \
	}

const struct route endpoints_routes[] = {
	LIVE("/health"),
	LIVE("/health/live"),
	LIVE("/q/health/live"),
	LIVE("/actuator/health"),
	READY("/ready"),
	READY("/health/ready"),
	READY("/q/health"),
	READY("/q/health/ready"),
	{"GET", "/metrics", metrics, NULL, ROUTE_PLAIN, NULL},
	{"GET", "/q/metrics", metrics, NULL, ROUTE_PLAIN, NULL},
	{"GET", "/version", version, NULL, ROUTE_PLAIN | ROUTE_INLINE, NULL},
	{"GET", "/ngsi-ld/ex/v1/version", version, NULL, ROUTE_PLAIN | ROUTE_INLINE,
		NULL},
	{0},
};
