/* SPDX-License-Identifier: Apache-2.0 */
/* A request that is one operation: handed to its lane, answered when it is on disk. */
#ifndef API_SINGLE_H
#define API_SINGLE_H

#include <http/message.h>
#include <store/lane.h>

struct call;
struct context;

struct single {
	struct write write;
	struct write_op op;
	struct req *req;
	struct context *ctx; /* keeps the IRIs of op alive */
	int status; /* of success */
	const char *collection; /* for Location; NULL: none */
};

/* A write of one operation on `id`; op.now is set.  In the request's arena. */
struct single *single_new(
	struct call *call, enum op_kind kind, const char *id, int status);
/* Takes over call->ctx.  Always HANDLED_LATER. */
enum handled single_submit(struct call *call, struct single *s);

#endif
