/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request and its answer.  An exchange belongs to one thread at a time: to the HTTP
 * thread, then to whoever it is lent to (the pool's queue, a worker, a lane), then, through
 * the list of the finished, to the HTTP thread again.
 */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include <base/attr.h>
#include <http/message.h>
#include <http/route.h>

#include <zlib.h>

struct MHD_Response;
struct conn;
struct crowd;
struct server;

#define EXCHANGE_ID 17
#define MEDIUM_BODY                                                                      \
	((size_t)64 << 10) /* buffers beyond it are not kept between requests */

struct exchange {
	struct req req;
	struct resp resp;
	struct server *server;
	struct conn *conn;
	struct crowd *crowd; /* the pool's; NULL: its route handles one at a time */
	struct exchange *next; /* in the pool's queue, or among the finished */
	void *cookie; /* the route's */
	const char *allow;
	struct strbuf body; /* of the request */
	const char *line; /* where MHD kept the request target, and its length there */
	size_t line_len;
	int64_t started; /* monotonic: the request was complete */
	char id[EXCHANGE_ID];
	uint64_t company; /* with whom of its route it goes; 0: with nobody */
	bool framed; /* it has Content-Length or is chunked */
	bool draining; /* the connection ends with this answer */
	bool packing; /* finished, but for the compression */
	bool packed;
	req_step step; /* a worker is to do; NULL: none */
	void *step_self;
	void (*end)(void *self); /* NULL: nothing is to be ended */
	void *end_self;
	bool pulling; /* on its way to more of its stream, or back */
	enum pulled pulled; /* the last time */
	struct strbuf plain; /* of the stream, not compressed yet */
	size_t sent; /* of resp.body, where that is a piece of a stream */
	z_stream *z; /* compresses the stream; NULL: nobody does */
};

struct exchange *exchange_new(struct server *server, struct conn *conn);
void exchange_free(struct exchange *x);
/* Empties it for the next request. */
void exchange_reset(struct exchange *x);
void exchange_identify(struct exchange *x, uint64_t id);

/* The checks between routing and handler; false with req.err filled.  `before` is the
 * server's and may be NULL. */
bool exchange_check(
	struct exchange *x, int (*before)(void *cookie, struct req *req), void *cookie);
enum handled exchange_handle(struct exchange *x);
/* A step of it will never come: then it has failed. */
void exchange_give_up(struct exchange *x);
/* Completes the answer: the ProblemDetails of req.err where it has failed, the server's
 * `after`. */
void exchange_settle(struct exchange *x);
/* Is the answer worth compressing, and may it be? */
bool exchange_can_pack(const struct exchange *x);
void exchange_pack(struct exchange *x, z_stream *z);
/* Before the answer of a stream is sent: what is in its body goes first. */
void stream_begin(struct exchange *x);
/* On a worker: makes resp.body the next piece.  False: it is somebody else's now, who will
 * call req_more(). */
bool stream_next(struct exchange *x) must_check;
/* microhttpd's form of the answer. */
struct MHD_Response *stream_answer(struct exchange *x) must_check;
void stream_fini(struct exchange *x);
/* No handler has seen it. */
static inline bool exchange_is_new(const struct exchange *x)
{
	return !x->packing && !x->pulling && x->step == NULL;
}
/* Hands a complete answer to the HTTP thread. */
void exchange_done(struct exchange *x);
/* Several, linked from the newest to the oldest, with one wake-up. */
void exchanges_done(struct exchange *newest, struct exchange *oldest);

#endif
