/* SPDX-License-Identifier: Apache-2.0 */
#include <http/message.h>

#include <base/jn.h>

#include "exchange.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

const char *req_header(const struct req *req, const char *name)
{
	for (size_t i = 0; i < req->headers_len; i++) {
		if (strcasecmp(req->headers[i].name, name) == 0)
			return req->headers[i].value;
	}
	return NULL;
}

const char *req_param(const struct req *req, const char *name)
{
	for (size_t i = req->params_len; i > 0; i--) {
		if (strcmp(req->params[i - 1].name, name) == 0)
			return req->params[i - 1].value;
	}
	return NULL;
}

void resp_header(struct resp *resp, const char *name, const char *value)
{
	assert(resp->headers_len < RESP_HEADERS);
	assert(name != NULL && value != NULL);
	resp->headers[resp->headers_len++] = (struct header){name, value};
}

struct resp *req_resp(struct req *req)
{
	struct exchange *x = req->exchange;

	assert(x != NULL && &x->req == req);
	return &x->resp;
}

void resp_problem(struct resp *resp, const struct err *err)
{
	struct strbuf *sb = &resp->body;

	assert(err->kind != ERR_NONE);
	resp->status = err_status(err->kind);
	resp->content_type = NULL;
	strbuf_reset(sb);
	/* 6.3.4: just the status, without any payload body. */
	if (err->kind == ERR_LENGTH_REQUIRED || err->kind == ERR_UNSUPPORTED_MEDIA_TYPE)
		return;
	resp->content_type = "application/json";
	strbuf_addf(sb, "{\"type\":\"%s\",\"title\":\"%s\",\"status\":%d,\"detail\":",
		err_type(err->kind), err_title(err->kind), resp->status);
	jn_write_string(sb, err->detail, strlen(err->detail));
	strbuf_addc(sb, '}');
}
