/* SPDX-License-Identifier: Apache-2.0 */
#include <ops/openapi.h>

#include "openapi_priv.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static char etag[24]; /* weak: the same text may travel packed */

/* FNV-1a: it needs to tell editions apart, no more. */
static void make_etag(void)
{
	const struct openapi_file *f = &openapi_files[0];
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < f->len; i++)
		hash = (hash ^ (unsigned char)f->text[i]) * UINT64_C(1099511628211);
	snprintf(etag, sizeof(etag), "W/\"%016" PRIx64 "\"", hash);
}

/* The weak comparison: W/ does not count. */
static bool is_known(const char *if_none_match)
{
	return if_none_match != NULL &&
		(strcmp(if_none_match, "*") == 0 ||
			strstr(if_none_match, etag + 2) != NULL);
}

static enum handled openapi(void *cookie, struct req *req, struct resp *resp)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_etag);
	resp_header(resp, "ETag", etag);
	resp_header(resp, "Cache-Control", "no-cache"); /* ask again, by the ETag */
	resp->status = 304;
	if (is_known(req_header(req, "If-None-Match")))
		return HANDLED;
	resp->status = 200;
	resp->content_type = "application/json";
	strbuf_add(&resp->body, openapi_files[0].text, openapi_files[0].len);
	return HANDLED;
}

const struct route openapi_routes[] = {
	{"GET", "/openapi.json", openapi, NULL, ROUTE_PLAIN, NULL},
	{0},
};
