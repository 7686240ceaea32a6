/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker takes out of the queue at a time: a request, or several of one route. */
#ifndef HTTP_BATCH_H
#define HTTP_BATCH_H

#include <stddef.h>
#include <zlib.h>

struct crowd;
struct exchange;
struct server_config;

#define BATCH_MOST 32 /* requests that are handled together */

struct batch {
	struct exchange *x[BATCH_MOST];
	size_t len;
	struct crowd *crowd; /* the pool's; NULL: it has none */
};

/* To their answers, but for those that somebody else will finish.  Worker only. */
void batch_run(struct batch *b, const struct server_config *config, z_stream *z);

#endif
