/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the current state: entities by id, and queries.  Documents come as text
 * (core/entity.h); expired entities are never among them.
 */
#ifndef STORE_ENTITIES_H
#define STORE_ENTITIES_H

#include <base/attr.h>
#include <base/err.h>

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct dict;
struct geo_q;
struct order;
struct pg;
struct pick_list;
struct q;
struct rarity;
struct reach;
struct scope_q;
struct type_q;
struct value_paths;

struct entity_text {
	const char *text; /* NULL: no such entity */
	size_t len;
};

/* Documents borrow from the result: free with entity_page_fini() when they were used. */
struct entity_page {
	PGresult *res;
	struct entity_text *docs; /* in the arena */
	size_t len;
	int64_t *places; /* of the docs in the EntityMap, where there is one */
	bool more; /* there is a next page */
	int64_t count; /* all that match; -1 where it was not asked for */
	int64_t last_eid;
};
void entity_page_fini(struct entity_page *page);
#define auto_entity_page cleanup_with(entity_page_fini) struct entity_page

struct entity_key {
	int tenant;
	const char *id;
};

/* Any number of entities in one round trip: docs[i] answers keys[i]. */
int entities_get(struct pg *pg, const struct entity_key *keys, size_t n, int64_t now,
	struct arena *a, struct entity_page *page, struct err *err) must_check;

/* EntitySelector (5.2.33): all of what is set must hold. */
struct entity_selector {
	const struct type_q *type; /* NULL: any */
	const char *const *ids;
	size_t ids_len; /* 0: any */
	const char *id_pattern; /* struct pattern's text (core/pattern.h); NULL: any */
};

/* Both ends belong to it; microseconds since 1970. */
struct time_span {
	int64_t from, to;
};

/* What a query asks for; all conditions must hold; NULL or 0: no such condition. */
struct entity_query {
	int tenant;
	const struct entity_selector *selectors; /* one of them must match; 0: all do */
	size_t selectors_len;
	const struct q *q;
	const struct geo_q *geo;
	const struct scope_q *scope;
	const struct pick_list *attrs; /* has at least one of them */
	const struct time_span *observed; /* the latest observedAt of its attributes */
	const struct order *order; /* NULL: the order of pages; not for entities_ids() */
	unsigned limit, offset;
	bool count;
	int64_t map; /* store/entity_maps.h: of its entities only, and in its order; 0: no */
	int64_t now;
};

/* What the store knows about names, paths, how many rows conditions leave and how far the
 * nearest are. */
struct entity_index {
	struct dict *names;
	struct value_paths *paths;
	struct rarity *rarity;
	struct reach *reach;
};

/* A page in the order asked for, else nearest first for a near query, else in the order
 * of creation.  BAD_REQUEST_DATA: there is no such collation.  A slow q asks for an index on
 * what it looked at.  TOO_COMPLEX_QUERY when the statement timeout strikes. */
int entities_query(struct pg *pg, const struct entity_index *index,
	const struct entity_query *query, struct arena *a, struct entity_page *page,
	struct err *err) must_check;

/* One of several pages that are asked for together: query and arena are set, page (to be
 * ended with entity_page_fini(), after all of them were used) or err is filled. */
struct entity_asked {
	const struct entity_query *query;
	struct arena *arena;
	struct entity_page page;
	struct err err;
};

/* entities_query() of each; plain pages (by type alone) in one round trip.  The same question
 * is asked once: its pages share their documents. */
void entities_query_many(struct pg *pg, const struct entity_index *index,
	struct entity_asked *list, size_t n);

/* The next `query->limit` documents that match, by number: those after `after`, up to
 * `last`; page->last_eid is the number of the last one.  Pages of any depth cost the same.
 * order, offset and count are not looked at. */
int entities_after(struct pg *pg, const struct entity_index *index,
	const struct entity_query *query, int64_t after, int64_t last, struct arena *a,
	struct entity_page *page, struct err *err) must_check;
/* The number of an entity; 0: there is none. */
int entities_number(struct pg *pg, int tenant, const char *id, int64_t *out,
	struct err *err) must_check;

/* Fills the EntityMap with the ids of all that match, in the order of the pages, whatever
 * limit and offset are.  The connection must be one that may write. */
int entities_map(struct pg *pg, const struct entity_index *index,
	const struct entity_query *query, int64_t map, struct arena *a,
	struct err *err) must_check;

/* The ids alone, for purges: a page of them, in the arena. */
struct entity_ids {
	const char **ids;
	size_t len;
	int64_t last; /* the number of the last one */
};

/* `n` numbers for entities to come, in order. */
int entities_numbers(struct pg *pg, size_t n, struct arena *a, int64_t **out,
	struct err *err) must_check;
/* The greatest number an entity has so far. */
int entities_last(struct pg *pg, int64_t *out, struct err *err) must_check;
/* The next `query->limit` entities that match, by number: those after `after`, up to `last`.
 * Pages of any depth cost the same.  offset and count are not looked at. */
int entities_ids(struct pg *pg, const struct entity_index *index,
	const struct entity_query *query, int64_t after, int64_t last, struct arena *a,
	struct entity_ids *out, struct err *err) must_check;

#endif
