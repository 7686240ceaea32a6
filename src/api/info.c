/* SPDX-License-Identifier: Apache-2.0 */
/* /info: what the broker says of itself, 5.15 and 6.33. */
#include "call.h"

#include <base/arena.h>
#include <base/clock.h>
#include <store/identity.h>
#include <store/readers.h>

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* An ISO 8601 duration, of days and less: PT0S, P1DT2H3M4S. */
static const char *duration(int64_t us, struct arena *a)
{
	int64_t s = us / 1000000, days = s / 86400;
	const char *text = days > 0 ? arena_printf(a, "P%" PRId64 "DT", days) : "PT";

	s %= 86400;
	if (s >= 3600)
		text = arena_printf(a, "%s%" PRId64 "H", text, s / 3600);
	if (s % 3600 >= 60)
		text = arena_printf(a, "%s%" PRId64 "M", text, s % 3600 / 60);
	return arena_printf(a, "%s%" PRId64 "S", text, s % 60);
}

/* The pseudonym of RFC 7230, a token, that Via headers carry: a tenant has its own, so that
 * a request may pass one broker in several tenants (5.2.40). */
static const char *alias(const struct call *call, const char *uuid)
{
	struct arena *a = &call->req->arena;
	const char *text = call->tenant_name;
	auto_strbuf sb = {0};

	strbuf_adds(&sb, uuid);
	for (const char *p = text; p != NULL && *p != '\0'; p++) {
		strbuf_adds(&sb, p == text ? "~" : "");
		if (*p == ':')
			strbuf_adds(&sb, "%3A");
		else
			strbuf_addc(&sb, *p);
	}
	return arena_strndup(a, sb.data, sb.len);
}

static void write_member(struct strbuf *sb, const char *key, const char *text)
{
	strbuf_addf(sb, ",\"%s\":", key);
	jn_write_string(sb, text, strlen(text));
}

/* ContextSourceIdentity, 5.2.40. */
static void write_identity(struct call *call, const char *uuid)
{
	struct arena *a = &call->req->arena;
	struct strbuf *sb = &call->resp->body;
	const char *name = alias(call, uuid), *context = call_answer(call, 200);
	char now[CLOCK_TEXT];

	strbuf_addf(sb, "{\"id\":\"urn:ngsi-ld:ContextSourceIdentity:%s\"", name);
	write_member(sb, "type", "ContextSourceIdentity");
	if (context != NULL)
		strbuf_addf(sb, ",\"@context\":%s", context);
	write_member(sb, "contextSourceAlias", name);
	write_member(sb, "contextSourceUptime",
		duration(clock_monotonic() - call->app->started, a));
	write_member(sb, "contextSourceTimeAt", clock_format(call->req->now, now));
	strbuf_addc(sb, '}');
}

/* GET /info/sourceIdentity: Retrieve Context Source Identity Information, 5.15.1. */
static enum handled source_identity(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	char uuid[IDENTITY_TEXT];
	struct pg *pg;
	int rc;

	if (call_accept(&call, false) < 0 || call_context(&call) < 0 ||
		call_tenant(&call, false) < 0)
		return HANDLED_ERROR;
	pg = readers_take(call.app->readers);
	rc = identity_read(pg, uuid, &req->err);
	readers_put(call.app->readers, pg);
	if (rc < 0)
		return HANDLED_ERROR;
	write_identity(&call, uuid);
	return HANDLED;
}

static const char *const no_names[] = {NULL};

const struct route info_routes[] = {
	{"GET", "/ngsi-ld/v1/info/sourceIdentity", source_identity, NULL, 0, no_names},
	{0},
};
