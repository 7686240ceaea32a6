/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /openapi.json: the description of the API, OpenAPI 3.1, as it was compiled in.  It
 * has an ETag; If-None-Match is honoured (304).
 */
#ifndef OPS_OPENAPI_H
#define OPS_OPENAPI_H

#include <http/route.h>

extern const struct route openapi_routes[]; /* no cookie */

#endif
