/* SPDX-License-Identifier: Apache-2.0 */
/* The workers: threads that run handlers, fed by one bounded queue. */
#ifndef HTTP_POOL_H
#define HTTP_POOL_H

#include <base/attr.h>

#include <stdbool.h>

struct err;
struct exchange;
struct pool;
struct server_config;

struct pool *pool_new(const struct server_config *config, struct err *err) must_check;
/* From the HTTP thread only.  -1: the queue is full.  Workers may see it after pool_flush()
 * only, which must follow before the thread sleeps: one lock and one call for many. */
int pool_submit(struct pool *p, struct exchange *x) must_check;
void pool_flush(struct pool *p);
/* Does anything wait although a worker has time?  Then pool_look() is due every millisecond:
 * what gathers behind a slow batch may go by then. */
bool pool_gathers(const struct pool *p);
void pool_look(struct pool *p);
bool pool_waits(const struct pool *p); /* does anything? */
/* The same as pool_submit() for what was taken before, however full the queue. */
void pool_stage(struct pool *p, struct exchange *x);
/* For what was taken before and should not wait: first in the queue, however full.  -1: the
 * pool is closing. */
int pool_push(struct pool *p, struct exchange *x) must_check;
/* The same, after all that waits. */
int pool_append(struct pool *p, struct exchange *x) must_check;
/* Joins the workers, after what they run, and gives up what still waits. */
void pool_stop(struct pool *p);
void pool_free(struct pool *p);

#endif
