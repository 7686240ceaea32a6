/* SPDX-License-Identifier: Apache-2.0 */
/* A request target: split, routed and decoded.  The first byte chooses the method. */
#include <base/err.h>
#include <base/iri.h>
#include <http/route.h>

#include "../../src/http/exchange.h"
#include "../../src/http/head.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum handled nothing(void *cookie, struct req *req, struct resp *resp)
{
	return HANDLED;
}

static const char *const names[] = {"q", "limit", NULL};
static const struct route routes[] = {
	{"GET", "/", nothing, NULL, 0, NULL},
	{"GET", "/e", nothing, NULL, 0, names},
	{"POST", "/e", nothing, NULL, 0, NULL},
	{"PUT", "/entities/{id}", nothing, NULL, 0, NULL},
	{"PATCH", "/entities/{id}/attrs", nothing, NULL, 0, NULL},
	{"DELETE", "/entities/{id}/attrs/{attr}", nothing, NULL, 0, NULL},
	{"PATCH", "/entities/{id}/attrs/{attr}/{instance}", nothing, NULL, 0, NULL},
	{"GET", "/{a}/{b}/{c}/{d}", nothing, NULL, 0, NULL},
	{0},
};

static void check_routed(const struct req *req)
{
	for (int i = 0; i < REQ_PATH_PARAMS && req->param[i] != NULL; i++) {
		assert(req->param[i][0] != '\0');
		assert(utf8_valid(req->param[i], strlen(req->param[i])));
	}
}

static void check_query(struct req *req)
{
	struct err err = {0};
	int rc = route_query(req, &err);

	assert((rc == 0) == (err.kind == ERR_NONE));
	assert(rc == 0 || req->params_len == 0);
	for (size_t i = 0; i < req->params_len; i++) {
		assert(utf8_valid(req->params[i].name, strlen(req->params[i].name)));
		assert(utf8_valid(req->params[i].value, strlen(req->params[i].value)));
	}
	if (rc == 0)
		assert((route_check_params(req, &err) == 0) == (err.kind == ERR_NONE));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const methods[] = {
		"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "BREW"};
	static struct router *router;
	const struct route_table tables[] = {{routes, NULL}, {0}};
	struct exchange x = {.req.arena.cap = (size_t)1 << 20};
	const char *allow = NULL;
	struct err err = {0};
	void *cookie;
	int rc;

	if (router == NULL)
		router = router_new(tables);
	if (size == 0 || size > 4096)
		return 0;
	x.req.method = methods[data[0] & 7];
	x.req.target = arena_strndup(&x.req.arena, (const char *)data + 1, size - 1);
	rc = head_target(&x, &err);
	assert((rc == 0) == (err.kind == ERR_NONE));
	if (rc == 0) {
		rc = router_find(router, &x.req, &cookie, &allow, &err);
		assert((rc == 0) == (err.kind == ERR_NONE));
		assert(err.kind != ERR_METHOD_NOT_ALLOWED || allow != NULL);
		if (rc == 0 && x.req.route != NULL)
			check_routed(&x.req);
		check_query(&x.req);
	}
	arena_reset(&x.req.arena);
	return 0;
}
