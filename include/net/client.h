/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small HTTP client: one exchange after another over connections that are kept alive.
 * Only http and https.  A struct client belongs to one thread at a time; main calls
 * curl_global_init() before the first one is made.
 */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include <base/attr.h>
#include <base/strbuf.h>

#include <stdatomic.h>
#include <stddef.h>

struct client; /* opaque */
struct err;
struct guard;

struct client_config {
	unsigned connect_ms; /* to resolve the name and connect; 0: 1500 */
	unsigned total_ms; /* the whole exchange, redirects included; 0: 30000 */
	unsigned redirects; /* followed at most, http and https only; 0: none */
	size_t max_body; /* bytes of an answer, unpacked; 0: 64 MiB */
	const char *user_agent; /* NULL: "calanque"; borrowed */
	const struct guard *guard; /* whom it may call; NULL: anybody; borrowed */
	const atomic_bool
		*stop; /* true ends an exchange within a second; NULL: nothing */
};

struct client_request {
	const char *method; /* "GET", "POST", "PATCH", "PUT", "DELETE" ... */
	const char *url;
	const char *const *headers; /* "Name: value" each, ended by NULL; NULL: none */
	const char *body; /* NULL: none; borrowed */
	size_t body_len;
};

/* Zero-initialise; used again for the next exchange; client_reply_fini() at the end. */
struct client_reply {
	int status; /* of the last answer; any, also 4xx and 5xx */
	struct strbuf body; /* data is NULL where the answer had none */
};

/* Why an exchange failed, for callers that retry. */
enum client_failure {
	CLIENT_OK,
	CLIENT_BAD_URL, /* no http(s) URL, or a redirect to something else */
	CLIENT_UNKNOWN, /* the host name does not exist, or was not resolved in time */
	CLIENT_REFUSED, /* nobody listens, or no way there */
	CLIENT_FORBIDDEN, /* the guard says no */
	CLIENT_TIMEOUT, /* no connection or no answer in time */
	CLIENT_BROKEN, /* the connection ended before the answer did; no HTTP */
	CLIENT_TLS, /* no encrypted connection: certificate, protocol */
	CLIENT_REDIRECTS, /* too many */
	CLIENT_TOO_LARGE, /* beyond max_body */
	CLIENT_OTHER,
};

/* Copies the config.  Never NULL.  client_free(): NULL is fine. */
struct client *client_new(const struct client_config *config) must_check;
void client_free(struct client *c);

/*
 * Sends and waits for the answer; 0 whatever its status.  -1: no answer was had, *err is
 * UNAVAILABLE (BAD_REQUEST_DATA for CLIENT_BAD_URL) and names the URL and why;
 * client_failure() tells the reason apart.
 */
int client_send(struct client *c, const struct client_request *request,
	struct client_reply *reply, struct err *err) must_check;
enum client_failure client_failure(const struct client *c);
/* A header of the last answer (any case), or NULL; borrowed until the next exchange. */
const char *client_header(const struct client *c, const char *name);

void client_reply_fini(struct client_reply *reply);
#define auto_client_reply cleanup_with(client_reply_fini) struct client_reply

#endif
