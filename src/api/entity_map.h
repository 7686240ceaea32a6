/* SPDX-License-Identifier: Apache-2.0 */
/* What queries have to do with EntityMaps (5.5.14). */
#ifndef API_ENTITY_MAP_H
#define API_ENTITY_MAP_H

#include <base/attr.h>

#include <stdbool.h>

struct call;
struct entity_map;
struct entity_page;
struct entity_query;
struct err;
struct evolution_page;
struct params;
struct temporal_query;

/*
 * The EntityMap that the request names in NGSILD-EntityMap or asks for with entityMap=true
 * becomes query->map, and the answer's header names it.  *created: it is a new one, made of
 * what matches now, since none was named or the one named is no more.
 */
int entity_map_use(const struct params *p, struct entity_query *query, bool *created,
	struct err *err) must_check;
/* The same of a temporal query. */
int entity_map_use_temporal(const struct params *p, struct temporal_query *query,
	bool *created, struct err *err) must_check;
int entity_map_tidy_temporal(const struct params *p, const struct temporal_query *query,
	const struct evolution_page *page, struct err *err) must_check;
/* The same of the entity that is retrieved (5.7.1.4); its answer is 200 all the same. */
int entity_map_retrieved(
	const struct params *p, const char *id, struct err *err) must_check;
/* The same of a temporal evolution (5.7.3.4). */
int entity_map_retrieved_temporal(const struct params *p,
	const struct temporal_query *query, struct err *err) must_check;
/* The ids that the page passed over leave the map. */
int entity_map_tidy(const struct params *p, const struct entity_query *query,
	const struct entity_page *page, struct err *err) must_check;
/* Of a purge: the map that is named must be there. */
int entity_map_named(
	const struct params *p, struct entity_query *query, struct err *err) must_check;
/* The map itself as the answer. */
int entity_map_answer(
	struct call *call, const struct entity_map *map, int status) must_check;

#endif
