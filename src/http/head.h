/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a request, as strictly as RFC 9112 wants it.  microhttpd is lenient: it
 * takes bare LF for CRLF, joins folded lines, accepts any bytes in a target, several
 * Content-Lengths, and Content-Length beside Transfer-Encoding.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <base/attr.h>

#include <stddef.h>

struct MHD_Connection;
struct err;
struct exchange;

struct head_limits {
	size_t head, body; /* bytes */
};

/* Keeps the raw request target: microhttpd is about to take it apart.  `target` points
 * into microhttpd's buffer. */
void head_line(struct exchange *x, const char *target);
/* Everything but the body; `method` and `version` are microhttpd's. */
int head_read(struct exchange *x, struct MHD_Connection *m, const char *method,
	const char *version, const struct head_limits *limits,
	struct err *err) must_check;
/* Splits req->target into path and query; the fuzzer's door. */
int head_target(struct exchange *x, struct err *err) must_check;

#endif
