/* SPDX-License-Identifier: Apache-2.0 */
/* A client that sends what it is told, byte for byte, and the server it talks to. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include <http/server.h>

#include <stdbool.h>
#include <stddef.h>

struct answer {
	int status; /* 0: the connection ended, or 5 s passed */
	char *head, *body; /* NUL-terminated */
	size_t body_len;
};

struct fixture {
	struct router *router;
	struct server *server;
	unsigned port;
};

extern const struct server_config fixture_config; /* small limits, two workers */

/* Aborts where it cannot start. */
void fixture_start(struct fixture *f, const struct server_config *config,
	const struct route *routes);
void fixture_stop(struct fixture *f);

unsigned fixture_connections(const struct fixture *f); /* as /metrics has it */

int client_connect(unsigned port); /* -1: refused */
void client_send(int fd, const void *data, size_t len);
void client_puts(int fd, const char *text);
/* Reads one answer; `head_only`: to HEAD.  answer_fini() it. */
void client_read(int fd, bool head_only, struct answer *a);
/* Has the server closed? Waits up to `ms`. */
bool client_is_closed(int fd, int ms);
/* One request on a connection of its own. */
void client_ask(unsigned port, const char *request, struct answer *a);
void answer_fini(struct answer *a);
/* A header's value, or NULL; valid until the next call. */
const char *answer_header(const struct answer *a, const char *name);

#define auto_answer __attribute__((cleanup(answer_fini))) struct answer

#endif
