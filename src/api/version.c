/* SPDX-License-Identifier: Apache-2.0 */
#include "version.h"

#include "call.h"

#include <base/arena.h>
#include <core/downshift.h>
#include <core/render.h>

#include <strings.h>

void version_begin(struct call *call, struct render *r)
{
	struct req *req = call->req;
	struct version version;

	for (size_t i = 0; i < req->headers_len && call->accept != MEDIA_GEO_JSON; i++) {
		if (strcasecmp(req->headers[i].name, "Prefer") != 0 ||
			!version_parse(req->headers[i].value, &version))
			continue;
		r->version = arena_new(&req->arena, struct version);
		*r->version = version;
		return;
	}
}

void version_end(struct call *call, const struct render *r)
{
	if (r->version == NULL)
		return;
	if (r->version->amended)
		call->resp->status = 203;
	resp_header(call->resp, "Preference-Applied",
		arena_printf(&call->req->arena, "ngsi-ld=1.%u", r->version->minor));
}
