/* SPDX-License-Identifier: Apache-2.0 */
#include "respond.h"

#include "call.h"

#include <base/arena.h>
#include <base/iri.h>
#include <base/strbuf.h>
#include <store/lane.h>

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

/* RFC 9562, version 4. */
const char *respond_new_id(struct arena *a, const char *what)
{
	unsigned char b[16];
	ssize_t n = getrandom(b, sizeof(b), 0);

	assert(n == sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	return arena_printf(a,
		"urn:ngsi-ld:%s:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		"%02x%02x%02x%02x%02x%02x",
		what, b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
		b[11], b[12], b[13], b[14], b[15]);
}

void respond_location(
	struct req *req, struct resp *resp, const char *collection, const char *id)
{
	resp_header(resp, "Location",
		arena_printf(&req->arena, "%s/%s", collection,
			iri_encode(&req->arena, id, ":@!$&'()*+,;=")));
}

/* The request's query string without limit and offset, raw, ready to be continued. */
static const char *other_params(struct req *req)
{
	const char *p = req->query;
	auto_strbuf sb = {0};

	while (*p != '\0') {
		size_t len = strcspn(p, "&");

		if (len > 0 && strncmp(p, "limit=", 6) != 0 &&
			strncmp(p, "offset=", 7) != 0) {
			strbuf_add(&sb, p, len);
			strbuf_addc(&sb, '&');
		}
		p += len + (p[len] == '&');
	}
	return arena_strndup(&req->arena, sb.data != NULL ? sb.data : "", sb.len);
}

static void page_link(struct call *call, const char *rel, unsigned limit, unsigned offset)
{
	struct req *req = call->req;
	size_t len = strlen(req->path);

	while (len > 1 && req->path[len - 1] == '/')
		len--;
	resp_header(call->resp, "Link",
		arena_printf(&req->arena,
			"<%.*s?%slimit=%u&offset=%u>;rel=\"%s\";type=\"%s\"", (int)len,
			req->path, other_params(req), limit, offset, rel,
			media_name(call->link_type)));
}

void respond_page_links(struct call *call, unsigned limit, unsigned offset, bool more)
{
	if (limit == 0)
		return;
	if (offset > 0)
		page_link(call, "prev", limit, offset > limit ? offset - limit : 0);
	if (more)
		page_link(call, "next", limit, offset + limit);
}

void respond_count(struct call *call, int64_t count)
{
	if (count >= 0)
		resp_header(call->resp, "NGSILD-Results-Count",
			arena_printf(&call->req->arena, "%" PRId64, count));
}

void respond_update_result(struct resp *resp, const struct write_op *op)
{
	struct strbuf *sb = &resp->body;

	resp->status = 207;
	resp->content_type = "application/json";
	strbuf_adds(sb, "{\"updated\":[");
	for (size_t i = 0; i < op->updated_len; i++) {
		if (i > 0)
			strbuf_addc(sb, ',');
		jn_write_string(sb, op->updated[i], strlen(op->updated[i]));
	}
	strbuf_adds(sb, "],\"notUpdated\":[");
	for (const struct not_updated *n = op->not_updated; n != NULL; n = n->next) {
		strbuf_adds(sb,
			n == op->not_updated ? "{\"attributeName\":"
					     : ",{\"attributeName\":");
		jn_write_string(sb, n->attr, strlen(n->attr));
		strbuf_adds(sb, ",\"reason\":");
		jn_write_string(sb, n->reason, strlen(n->reason));
		strbuf_addc(sb, '}');
	}
	strbuf_adds(sb, "]}");
}
