/* SPDX-License-Identifier: Apache-2.0 */
/* How long a connection may take: for a request, and to read the answer. */
#include <base/err.h>

#include "exchange.h"
#include "server_priv.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#define SLOWEST 1024 /* bytes a second that a body must come with at least */

/* Does the client still take what it is sent? */
static bool is_taking(struct conn *c)
{
	int unsent = 0;

	if (c->state != CONN_SENDING || ioctl(c->fd, SIOCOUTQ, &unsent) < 0 ||
		unsent == c->unsent)
		return false;
	c->unsent = unsent;
	return true;
}

void conn_tick(struct conn *c)
{
	int64_t now = c->server->now,
		most = (int64_t)c->server->config.timeout_s * 1000000;
	int64_t body =
		c->state == CONN_BODY ? (int64_t)c->x->body.len * 1000000 / SLOWEST : 0;
	struct err err = {0};

	if (c->state == CONN_LENT || c->state == CONN_ANSWERED)
		return;
	if (is_taking(c))
		c->active = now;
	if (now - c->active <= most &&
		(c->began == 0 || c->state == CONN_SENDING ||
			now - c->began <= most + body))
		return;
	if (c->began != 0 && c->state != CONN_SENDING) {
		(void)err_set(&err, ERR_TIMEOUT, "the request did not come in time");
		refuse(c, &err);
	}
	conn_free(c);
}
