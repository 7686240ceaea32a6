/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What http hands to a handler and takes back.  No microhttpd in here: a test can build a
 * struct req on its stack and call a handler without a socket.
 */
#ifndef HTTP_MESSAGE_H
#define HTTP_MESSAGE_H

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct route;

struct header {
	const char *name, *value;
};

/* One `name=value` of the query string, decoded ('+' and %20 are spaces). */
struct param {
	const char *name, *value;
};

#define REQ_PATH_PARAMS 4
#define RESP_HEADERS    16

struct req {
	struct arena arena; /* lives until the answer was sent */
	struct err err; /* a handler that returns -1 has filled it */
	const char *id; /* request id, for logs and clients */
	const char *method; /* "GET", ... */
	const char *target; /* raw request target as sent */
	const char *path; /* raw path: before '?', still encoded */
	const char *query; /* raw query string, "" when none */
	const struct route *route;
	const char *param[REQ_PATH_PARAMS]; /* the {…} segments of the route, decoded */
	const struct param *params;
	size_t params_len;
	const struct header *headers;
	size_t headers_len;
	const char *body; /* "" when none; NUL-terminated */
	size_t body_len;
	const char *peer; /* address of who connected, "" when unknown */
	int64_t now; /* when it arrived (clock_now) */
	void *exchange; /* http's own */
};

/* What became of a pull. */
enum pulled {
	PULLED_MORE, /* there is more to come */
	PULLED_END,
	/* Of a live stream: nothing was added, there is nothing for now; somebody will call
	 * req_more(), once, or has. */
	PULLED_LATER,
	PULLED_BROKEN, /* cannot be completed: the client sees that it was cut short */
};

/*
 * The rest of a body that is made while it is sent, so that no more of it than the client
 * takes is ever in memory.  pull() appends some 10 to 100 KB to `out`; it runs on a worker,
 * one call at a time, not always on the same thread, and blocks no longer than a handler
 * may: it keeps no connection and no transaction from one call to the next.
 */
struct stream {
	enum pulled (*pull)(void *self, struct strbuf *out); /* NULL: no stream */
	/* Once, when all was sent or the client is gone; must not block.  May be NULL. */
	void (*end)(void *self);
	void *self;
	bool live; /* may answer PULLED_LATER; sent as it comes, never compressed */
};

struct resp {
	int status;
	/* Static or in the request's arena; NULL without body. */
	const char *content_type;
	struct strbuf body; /* the whole, or what comes before the stream */
	struct stream stream;
	struct header headers[RESP_HEADERS];
	size_t headers_len;
};

/* The first value of a header (case-insensitive), or NULL. */
const char *req_header(const struct req *req, const char *name);
/* The value of a query parameter, or NULL; the last one where it is repeated. */
const char *req_param(const struct req *req, const char *name);
/* Both strings are borrowed until the answer was sent (static, or the request's arena). */
void resp_header(struct resp *resp, const char *name, const char *value);

/* What a handler answers with. */
enum handled {
	HANDLED_ERROR = -1, /* req->err says what; http writes the ProblemDetails */
	HANDLED = 0, /* resp is complete */
	/* Somebody will call req_finish() (a lane, after its commit). */
	HANDLED_LATER = 1,
};

/*
 * Ends a request whose handler answered HANDLED_LATER; any thread, exactly once.  Fill
 * `*req_resp(req)` first, or req->err (kind not ERR_NONE).  Do not touch req after it.
 */
struct resp *req_resp(struct req *req);
void req_finish(struct req *req);
/*
 * After HANDLED_LATER: has a worker call `step`, after what else waits.  It answers as a
 * handler does, HANDLED_LATER too.  So what takes many turns holds no worker between them.
 * Any thread; do not touch req after it.
 */
typedef enum handled (*req_step)(void *self, struct req *req, struct resp *resp);
void req_resume(struct req *req, req_step step, void *self);
/* Has `end` called once, when the request is over, whatever became of it: its answer was
 * sent, its client is gone, or the program ends before a step of it.  Must not block. */
void req_at_end(struct req *req, void (*end)(void *self), void *self);
/* After PULLED_LATER: there is something to pull, or the client's patience needs a sign of
 * life (a client that went is noticed only then).  Any thread; do not touch req after it. */
void req_more(struct req *req);

/* Writes the ProblemDetails of 5.5.3 for *err into resp (application/json, whatever the
 * client accepts): type, title, status, detail.  411 and 415 have no body (6.3.4). */
void resp_problem(struct resp *resp, const struct err *err);

#endif
