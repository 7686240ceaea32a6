/* SPDX-License-Identifier: Apache-2.0 */
#include "single.h"

#include "call.h"
#include "respond.h"

#include <base/arena.h>
#include <core/context.h>

static void done(struct write *write)
{
	struct single *s = write->cookie;
	struct req *req = s->req;

	context_unref(s->ctx);
	if (s->op.err.kind != ERR_NONE) {
		req->err = s->op.err;
	} else if (s->op.not_updated != NULL) {
		respond_update_result(req_resp(req), &s->op);
	} else {
		req_resp(req)->status = s->status;
		if (s->collection != NULL)
			respond_location(req, req_resp(req), s->collection, s->op.op.id);
	}
	req_finish(req);
}

struct single *single_new(
	struct call *call, enum op_kind kind, const char *id, int status)
{
	struct single *s = arena_new(&call->req->arena, struct single);

	s->write.ops = &s->op;
	s->write.len = 1;
	s->write.arena = &call->req->arena;
	s->write.done = done;
	s->write.cookie = s;
	s->req = call->req;
	s->status = status;
	s->op.tenant = call->tenant;
	s->op.op.kind = kind;
	s->op.op.id = id;
	s->op.op.now = call->req->now;
	return s;
}

enum handled single_submit(struct call *call, struct single *s)
{
	s->ctx = call->ctx;
	call->ctx = NULL;
	lanes_submit(call->app->lanes, &s->write);
	return HANDLED_LATER;
}
