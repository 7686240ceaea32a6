/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP server of a few lines on a free loopback port: says what the table says. */
#ifndef FAKE_SERVER_H
#define FAKE_SERVER_H

#include <stddef.h>

struct answer {
	const char *path;
	/* All bytes to send; then the connection is closed, unless the answer has a
	 * Content-Length and no "Connection: close".  NULL: closes without a word. */
	const char *raw;
	unsigned delay_ms;
	unsigned failures; /* so many times it first closes without a word */
	const char *first; /* ... or sends this instead; NULL: closes */
	size_t repeat; /* sends so many further bytes 'x' after raw */
};

struct fake_server; /* opaque */

/* `answers` is ended by a NULL path and must outlive the server. */
struct fake_server *fake_server_start(const struct answer *answers);
void fake_server_stop(struct fake_server *s);
unsigned fake_server_port(const struct fake_server *s);
/* "http://127.0.0.1:PORT<path>" in a buffer of the server that the next call reuses. */
const char *fake_server_url(struct fake_server *s, const char *path);
/* Requests and connections so far. */
unsigned fake_server_requests(struct fake_server *s);
unsigned fake_server_connections(struct fake_server *s);
/* The last request's bytes, head and body. */
const char *fake_server_last(struct fake_server *s);

#endif
