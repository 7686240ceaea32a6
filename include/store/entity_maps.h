/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EntityMaps (5.14): what a query found, by id and in its order, kept in the database for the
 * pages that follow.  The ids never pass through the broker when a map is made, so it may
 * hold millions.  Those of temporal queries are a kind of their own.  All of this blocks; the
 * connection must be one that may write.
 */
#ifndef STORE_ENTITY_MAPS_H
#define STORE_ENTITY_MAPS_H

#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct pg;
struct strbuf;

#define ENTITY_MAP_ID 80

struct entity_map {
	int64_t number; /* 0: there is none */
	char id[ENTITY_MAP_ID]; /* a URI */
	int64_t expires;
};

/* An empty one; fill it with INSERT INTO entity_map_item (map, n, id), n from 1. */
int entity_map_new(struct pg *pg, int tenant, bool temporal, int64_t expires,
	struct entity_map *out, struct err *err) must_check;
/* out->number is 0 where the tenant has none of that id, or it has expired at `now`. */
int entity_map_find(struct pg *pg, int tenant, const char *id, bool temporal, int64_t now,
	struct entity_map *out, struct err *err) must_check;
/* The next ids, as members of the JSON object "entityMap": those after the place *after (0:
 * from the start), which moves on.  *more: there may be others. */
int entity_map_part(struct pg *pg, int64_t number, int64_t *after, bool *more,
	struct strbuf *out, struct err *err) must_check;
int entity_map_prolong(
	struct pg *pg, int64_t number, int64_t expires, struct err *err) must_check;
int entity_map_delete(struct pg *pg, int64_t number, struct err *err) must_check;
/* Removes the ids at places from `first` to `last` that are not among `kept`. */
int entity_map_prune(struct pg *pg, int64_t number, int64_t first, int64_t last,
	const int64_t *kept, size_t len, struct err *err) must_check;
/* Those that have expired go. */
int entity_maps_sweep(struct pg *pg, int64_t now, struct err *err) must_check;

#endif
