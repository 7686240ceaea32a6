/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of the demo to a broker, and what is said of those that fail. */
#ifndef DEMO_SESSION_H
#define DEMO_SESSION_H

#include <base/attr.h>
#include <base/err.h>
#include <net/client.h>

struct strbuf;

/* Of one thread. */
struct session {
	char base[256];
	char tenant[256]; /* "NGSILD-Tenant: name", "" for the default tenant */
	struct client *client;
	struct client_reply reply; /* of the last request */
	struct err err;
};

/* path: behind /ngsi-ld/v1/; body: NULL, or JSON.  -1 where no answer was had. */
int session_send(struct session *s, const char *method, const char *path,
	const struct strbuf *body) must_check;
/* POST to an operation on batches. */
int session_post(
	struct session *s, const char *operation, const struct strbuf *body) must_check;
/* Says on stderr that no broker answers.  Always -1. */
int session_unreachable(const struct session *s);
/* Says what the broker did not like: its ProblemDetails, or the first element's.  Always
 * -1. */
int session_refused(const struct session *s, const char *what);
/* How many of a batch were not there to be deleted; -1 where something else was wrong. */
int session_missing(const struct session *s);

#endif
