/* SPDX-License-Identifier: Apache-2.0 */
#include "batch.h"

#include <base/err.h>
#include <base/log.h>
#include <http/route.h>
#include <http/server.h>

#include "exchange.h"

static void complete(struct exchange *x, z_stream *z)
{
	if (!x->packing)
		exchange_settle(x);
	if (exchange_can_pack(x))
		exchange_pack(x, z);
}

static void finish(struct exchange *x, z_stream *z)
{
	complete(x, z);
	exchange_done(x);
}

/* A handler that fails says why; one that does not is a bug, and its client hears so. */
static void failed(struct exchange *x)
{
	if (x->req.err.kind == ERR_NONE)
		(void)err_set(
			&x->req.err, ERR_INTERNAL, "the request failed for no reason");
}

static void conclude(struct exchange *x, enum handled handled, z_stream *z)
{
	switch (handled) {
	case HANDLED_LATER: /* it may be answered already: do not touch it */
		return;
	case HANDLED_ERROR:
		failed(x);
		break;
	case HANDLED:
		break;
	}
	finish(x, z);
}

static void step(struct exchange *x, z_stream *z)
{
	req_step next = x->step;

	x->step = NULL;
	log_request(x->req.id);
	conclude(x, next(x->step_self, &x->req, &x->resp), z);
	log_request(NULL);
}

static void run_many(struct batch *b, z_stream *z)
{
	const struct route *route = b->x[0]->req.route;
	struct req *req[BATCH_MOST];
	struct resp *resp[BATCH_MOST];
	struct exchange *newest = NULL;

	for (size_t i = 0; i < b->len; i++) {
		req[i] = &b->x[i]->req;
		resp[i] = &b->x[i]->resp;
	}
	route->together->handle(b->x[0]->cookie, req, resp, b->len);
	for (size_t i = 0; i < b->len; i++) {
		complete(b->x[i], z);
		b->x[i]->next = newest;
		newest = b->x[i];
	}
	exchanges_done(newest, b->x[0]);
}

static void pull(struct exchange *x)
{
	log_request(x->req.id);
	if (stream_next(x))
		exchange_done(x);
	log_request(NULL);
}

static void check_all(struct batch *b, const struct server_config *config, z_stream *z)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++) {
		struct exchange *x = b->x[i];

		log_request(x->req.id);
		if (exchange_check(x, config->before, config->cookie)) {
			b->x[n++] = x;
			continue;
		}
		failed(x);
		finish(x, z);
	}
	b->len = n;
}

/* Who would hold up the others goes alone, after what else waits. */
static void part(struct batch *b)
{
	const struct route *route = b->x[0]->req.route;
	size_t n = 0;

	if (route->together->waits == NULL)
		return;
	for (size_t i = 0; i < b->len; i++) {
		struct exchange *x = b->x[i];

		if (route->together->waits(x->cookie, &x->req))
			req_resume(&x->req, route->handle, x->cookie);
		else
			b->x[n++] = x;
	}
	b->len = n;
}

void batch_run(struct batch *b, const struct server_config *config, z_stream *z)
{
	if (b->x[0]->packing) {
		finish(b->x[0], z);
		return;
	}
	if (b->x[0]->pulling) {
		pull(b->x[0]);
		return;
	}
	if (b->x[0]->step != NULL) {
		step(b->x[0], z);
		return;
	}
	check_all(b, config, z);
	if (b->len > 1)
		part(b);
	log_request(b->len == 1 ? b->x[0]->req.id : NULL);
	if (b->len == 1)
		conclude(b->x[0], exchange_handle(b->x[0]), z);
	else if (b->len > 1)
		run_many(b, z);
	log_request(NULL);
}
