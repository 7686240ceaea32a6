/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a router, for the counters: every route has a number. */
#ifndef HTTP_ROUTE_PRIV_H
#define HTTP_ROUTE_PRIV_H

#include <stddef.h>

struct route;
struct router;

size_t router_len(const struct router *r);
const struct route *router_route(const struct router *r, size_t i);
/* The number of a route that router_find() answered. */
size_t router_index(const struct router *r, const struct route *route);

#endif
