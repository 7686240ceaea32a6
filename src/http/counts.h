/* SPDX-License-Identifier: Apache-2.0 */
/* Requests by method, route and status; durations by route. */
#ifndef HTTP_COUNTS_H
#define HTTP_COUNTS_H

#include <stdint.h>

struct counts;
struct route;
struct router;
struct strbuf;

/* The router must outlive it. */
struct counts *counts_new(const struct router *router);
void counts_free(struct counts *c);
/* route NULL: none was found; method NULL: none was read. */
void counts_add(struct counts *c, const struct route *route, const char *method,
	int status, int64_t us);
void counts_write(struct counts *c, struct strbuf *sb);

#endif
