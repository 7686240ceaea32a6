/* SPDX-License-Identifier: Apache-2.0 */
/* What goes with every answer: identity, CORS, caching, and the form microhttpd sends. */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include <base/attr.h>

struct MHD_Response;
struct exchange;
struct server_config;
struct strbuf;

/* The request's id: the client's X-Request-ID where that is sane, else req.id as it is. */
void answer_identify(struct exchange *x);
/* An answer to OPTIONS: 204, Allow, and what a CORS preflight asks for. */
void answer_options(struct exchange *x);
/* microhttpd's form of a complete answer; it borrows the body. */
struct MHD_Response *answer_new(struct exchange *x) must_check;
/* One line in the log. */
void answer_log(const struct exchange *x, long us);
/* The CORS headers as text, for answers that microhttpd does not send. */
void answer_cors_text(const struct server_config *config, struct strbuf *sb);

#endif
