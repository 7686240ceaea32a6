/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include <base/log.h>
#include <base/strbuf.h>
#include <http/negotiate.h>

#include "exchange.h"
#include "server_priv.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ID_MAX        64
#define ECHO_MAX      128
#define PREFLIGHT_MAX 512
#define EXPOSED                                                                          \
	"Link, Location, NGSILD-Results-Count, NGSILD-Tenant, NGSILD-Warning, "          \
	"Calanque-Warnings, Calanque-Findings, "                                         \
	"NGSILD-EntityMap, Content-Range, Content-Disposition, Preference-Applied, "     \
	"Retry-After"
#define REQUEST_HEADERS                                                                  \
	"Accept, Authorization, Content-Type, Link, NGSILD-Tenant, NGSILD-EntityMap, "   \
	"NGSILD-Snapshot, Prefer, Fiware-Service, Fiware-ServicePath, "                  \
	"Fiware-Correlator, X-Request-ID, traceparent, tracestate"
#define PREFLIGHT_AGE "86400" /* seconds */

static bool is_word(const char *s, size_t most, const char *more)
{
	size_t len = strlen(s);

	if (len == 0 || len > most)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = s[i] | 0x20;

		if (!(c >= 'a' && c <= 'z') && !(s[i] >= '0' && s[i] <= '9') &&
			strchr(more, s[i]) == NULL)
			return false;
	}
	return true;
}

void answer_identify(struct exchange *x)
{
	const char *id = req_header(&x->req, "X-Request-ID");

	if (id != NULL && is_word(id, ID_MAX, "._-"))
		x->req.id = id;
}

void answer_options(struct exchange *x)
{
	const struct server_config *config = server_config(x->server);
	const char *asked = req_header(&x->req, "Access-Control-Request-Headers");
	struct resp *resp = &x->resp;

	resp->status = 204;
	resp_header(resp, "Allow", x->allow);
	if (config->cors_origin == NULL || req_header(&x->req, "Origin") == NULL)
		return;
	resp_header(resp, "Access-Control-Allow-Methods", x->allow);
	resp_header(resp, "Access-Control-Allow-Headers",
		asked != NULL && is_word(asked, PREFLIGHT_MAX, "-_, ") ? asked
								       : REQUEST_HEADERS);
	resp_header(resp, "Access-Control-Max-Age", PREFLIGHT_AGE);
}

/* microhttpd refuses names and values that would break the head: then the header is left
 * out, rather than the answer. */
static void add(struct MHD_Response *r, const char *name, const char *value)
{
	if (MHD_add_response_header(r, name, value) != MHD_YES && *value != '\0')
		log_warn("header left out: its value is not one line name=%s", name);
}

static bool has_header(const struct resp *resp, const char *name)
{
	for (size_t i = 0; i < resp->headers_len; i++) {
		if (strcasecmp(resp->headers[i].name, name) == 0)
			return true;
	}
	return false;
}

/* On which request headers the answer depends, for caches. */
static void add_vary(struct MHD_Response *r, const struct exchange *x,
	const struct server_config *config)
{
	static const char *const text[] = {NULL, "Accept", "Accept-Encoding",
		"Accept, Accept-Encoding", "Origin", "Accept, Origin",
		"Accept-Encoding, Origin", "Accept, Accept-Encoding, Origin"};
	const struct route *route = x->req.route;
	unsigned on = 0;

	if (route != NULL && !(route->flags & ROUTE_PLAIN) &&
		(strcmp(route->method, "GET") == 0 || route->flags & ROUTE_QUERY))
		on |= 1;
	if (x->packed || exchange_can_pack(x) || x->resp.body.len >= 1024 ||
		x->resp.stream.pull != NULL)
		on |= 2;
	if (config->cors_origin != NULL && strcmp(config->cors_origin, "*") != 0)
		on |= 4;
	if (on != 0 && !has_header(&x->resp, "Vary"))
		add(r, "Vary", text[on]);
}

struct MHD_Response *answer_new(struct exchange *x)
{
	const struct server_config *config = server_config(x->server);
	const char *correlator = req_header(&x->req, "Fiware-Correlator");
	struct resp *resp = &x->resp;
	bool streams = resp->stream.pull != NULL;
	size_t len = resp->status == 204 ? 0 : resp->body.len;
	struct MHD_Response *r = streams
		? stream_answer(x)
		: MHD_create_response_from_buffer(
			  len, len > 0 ? resp->body.data : "", MHD_RESPMEM_PERSISTENT);

	if (r == NULL)
		return NULL;
	if ((len > 0 || streams) && resp->content_type != NULL)
		add(r, "Content-Type", resp->content_type);
	if (x->packed)
		add(r, "Content-Encoding", "gzip");
	for (size_t i = 0; i < resp->headers_len; i++)
		add(r, resp->headers[i].name, resp->headers[i].value);
	add_vary(r, x, config);
	if (config->cors_origin != NULL) {
		add(r, "Access-Control-Allow-Origin", config->cors_origin);
		add(r, "Access-Control-Expose-Headers", EXPOSED);
	}
	add(r, "X-Request-Id", x->req.id);
	if (correlator != NULL && is_word(correlator, ECHO_MAX, "._-:;="))
		add(r, "Fiware-Correlator", correlator);
	if (resp->status == 503 && !has_header(resp, "Retry-After"))
		add(r, "Retry-After", "1");
	if (x->draining)
		add(r, "Connection", "close");
	return r;
}

void answer_log(const struct exchange *x, long us)
{
	const struct req *req = &x->req;
	enum log_level level = x->resp.status >= 500 ? LOG_INFO : LOG_DEBUG;
	const char *trace = req_header(req, "traceparent");
	const char *route = req->route != NULL ? req->route->path : "none";
	double ms = (double)us / 1000;

	log_request(req->id);
	if (trace != NULL)
		log_write(level, "request method=%s route=%s status=%d ms=%.3f trace=%s",
			req->method, route, x->resp.status, ms, trace);
	else
		log_write(level, "request method=%s route=%s status=%d ms=%.3f",
			req->method, route, x->resp.status, ms);
	log_request(NULL);
}

void answer_cors_text(const struct server_config *config, struct strbuf *sb)
{
	if (config->cors_origin == NULL)
		return;
	strbuf_addf(sb,
		"Access-Control-Allow-Origin: "
		"%s\r\nAccess-Control-Expose-Headers: " EXPOSED "\r\n",
		config->cors_origin);
	if (strcmp(config->cors_origin, "*") != 0)
		strbuf_adds(sb, "Vary: Origin\r\n");
}
