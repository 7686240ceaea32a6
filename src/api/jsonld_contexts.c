/* SPDX-License-Identifier: Apache-2.0 */
/* /jsonldContexts: the @contexts that the broker serves, 6.30. */
#include <api/app.h>

#include <core/context.h>

#include <jansson.h>
#include <stdlib.h>

/* GET /jsonldContexts/{id}: one that is built in, under its URL or URN. */
static enum handled serve_context(void *cookie, struct req *req, struct resp *resp)
{
	const json_t *document = context_builtin(req->param[0]);
	char *text;

	if (document == NULL) {
		err_set(&req->err, ERR_NOT_FOUND, "no @context %.150s is kept here",
			req->param[0]);
		return HANDLED_ERROR;
	}
	text = json_dumps(document, JSON_COMPACT);
	strbuf_adds(&resp->body, text != NULL ? text : "null");
	free(text);
	resp->status = 200;
	resp->content_type = "application/ld+json";
	return HANDLED;
}

static const char *const serve_names[] = {"details", NULL};

const struct route jsonld_contexts_routes[] = {
	{"GET", "/ngsi-ld/v1/jsonldContexts/{id}", serve_context, NULL, 0, serve_names},
	{0},
};
