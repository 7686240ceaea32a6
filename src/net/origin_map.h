/* SPDX-License-Identifier: Apache-2.0 */
/* The origin map of context_fetch.h: URL to file.  Immutable once loaded. */
#ifndef NET_ORIGIN_MAP_H
#define NET_ORIGIN_MAP_H

#include <base/attr.h>

struct err;
struct origin_map;

/* INTERNAL, "FILE:LINE: what".  Files are tried, so that a wrong name shows at start. */
struct origin_map *origin_map_load(const char *file, struct err *err) must_check;
void origin_map_free(struct origin_map *map); /* NULL is fine */
/* The file that stands for url; NULL: none (also for a NULL map). */
const char *origin_map_find(const struct origin_map *map, const char *url);

#endif
