/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that are made while they are sent.  When microhttpd asks for more than there is,
 * the exchange is lent to the pool, as a request is, and its connection left alone until it
 * is back with the next piece.  So a client that does not read costs one piece of memory.
 */
#include "exchange.h"

#include <base/mem.h>
#include <http/negotiate.h>

#include "pool.h"
#include "server_priv.h"

#include <assert.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PIECE ((size_t)32 << 10) /* bytes that are worth a trip */
#define LEVEL 1 /* of compression, as for whole answers */

static bool may_pack(const struct exchange *x)
{
	for (size_t i = 0; i < x->resp.headers_len; i++) {
		if (strcasecmp(x->resp.headers[i].name, "Content-Encoding") == 0)
			return false;
	}
	return !x->resp.stream.live &&
		negotiate_gzip(req_header(&x->req, "Accept-Encoding"));
}

void stream_begin(struct exchange *x)
{
	struct strbuf body = x->resp.body;

	x->resp.body = x->plain;
	x->plain = body;
	x->pulled = PULLED_MORE;
	x->sent = 0;
	if (!may_pack(x))
		return;
	x->z = mem_alloc(sizeof(*x->z));
	if (deflateInit2(x->z, LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	x->packed = true;
}

static void pack(struct exchange *x, int flush)
{
	struct strbuf *out = &x->resp.body;
	z_stream *z = x->z;

	z->next_in = (Bytef *)x->plain.data;
	z->avail_in = (uInt)x->plain.len;
	do {
		strbuf_grow(out, PIECE);
		z->next_out = (Bytef *)out->data + out->len;
		z->avail_out = (uInt)PIECE;
		(void)deflate(z, flush);
		out->len += PIECE - z->avail_out;
	} while (z->avail_out == 0);
	strbuf_reset(&x->plain);
}

/* What was pulled becomes the next piece. */
static void take_plain(struct exchange *x)
{
	struct strbuf piece = x->plain;

	if (x->z != NULL) {
		pack(x, x->pulled == PULLED_END ? Z_FINISH : Z_NO_FLUSH);
		return;
	}
	x->plain = x->resp.body;
	x->resp.body = piece;
}

bool stream_next(struct exchange *x)
{
	struct stream *stream = &x->resp.stream;

	strbuf_reset(&x->resp.body);
	x->sent = 0;
	if (x->plain.len > 0 && x->z == NULL) /* what comes before the stream */
		take_plain(x);
	while (x->pulled == PULLED_MORE && x->resp.body.len == 0) {
		enum pulled pulled = stream->pull(stream->self, &x->plain);

		if (pulled == PULLED_LATER) {
			assert(stream->live);
			return false;
		}
		x->pulled = pulled;
		if (pulled != PULLED_MORE || x->plain.len >= PIECE || x->z == NULL)
			take_plain(x); /* compression may keep it to itself */
	}
	return true;
}

/* microhttpd asks for up to `most` bytes, on the HTTP thread. */
static ssize_t on_pull(void *cls, uint64_t pos, char *buf, size_t most)
{
	struct exchange *x = cls;
	size_t left = x->resp.body.len - x->sent;

	if (left > 0) {
		size_t n = left < most ? left : most;

		memcpy(buf, x->resp.body.data + x->sent, n);
		x->sent += n;
		return (ssize_t)n;
	}
	if (x->pulled == PULLED_END)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (x->pulled == PULLED_BROKEN)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	x->pulling = true;
	x->conn->state = CONN_LENT;
	pool_stage(server_pool(x->server), x);
	return 0;
}

struct MHD_Response *stream_answer(struct exchange *x)
{
	return MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, PIECE, on_pull, x, NULL);
}

void stream_fini(struct exchange *x)
{
	struct stream *stream = &x->resp.stream;

	if (stream->pull != NULL && stream->end != NULL)
		stream->end(stream->self);
	*stream = (struct stream){0};
	if (x->z != NULL)
		(void)deflateEnd(x->z);
	free(x->z);
	x->z = NULL;
	x->pulled = PULLED_MORE;
	strbuf_fini(&x->plain);
}

void req_more(struct req *req)
{
	struct exchange *x = req->exchange;
	struct server *s = x->server;
	bool pushed;

	assert(&x->req == req && x->pulling);
	server_hold(s);
	pushed = pool_push(server_pool(s), x) == 0;
	server_release(s);
	if (!pushed) {
		x->pulled = PULLED_BROKEN;
		exchange_done(x);
	}
}
