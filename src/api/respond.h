/* SPDX-License-Identifier: Apache-2.0 */
/* What answers have in common: locations, pages, results of batches and updates. */
#ifndef API_RESPOND_H
#define API_RESPOND_H

#include <http/message.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct call;
struct entity_query;
struct write;
struct write_op;

/* A new id, urn:ngsi-ld:<what>:<UUID>. */
const char *respond_new_id(struct arena *a, const char *what);
/* Location: <collection>/<id>, ':' as it is (T10). */
void respond_location(
	struct req *req, struct resp *resp, const char *collection, const char *id);
/* Link rel=prev and rel=next of a page: all parameters of the request kept, limit and
 * offset last (6.3.10). */
void respond_page_links(struct call *call, unsigned limit, unsigned offset, bool more);
/* NGSILD-Results-Count (6.3.13); nothing where count is negative. */
void respond_count(struct call *call, int64_t count);
/* 207 with an UpdateResult (5.2.18). */
void respond_update_result(struct resp *resp, const struct write_op *op);

#endif
