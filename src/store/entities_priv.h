/* SPDX-License-Identifier: Apache-2.0 */
/* Between entities_query.c (the statement), entities_source.c (what drives it) and
 * entities_pages.c (several at once). */
#ifndef STORE_ENTITIES_PRIV_H
#define STORE_ENTITIES_PRIV_H

#include <base/attr.h>
#include <store/entities.h>
#include <store/q_sql.h>
#include <store/reach.h>
#include <store/sql.h>

struct err;
struct q;

/* A path that q asked for and that has no index. */
struct missing {
	const char *key;
	struct missing *next;
};

struct statement {
	struct pg *pg;
	const struct entity_query *query;
	const struct entity_index *index;
	int64_t began; /* monotonic: its time runs from here; 0: not yet */
	struct sql sql;
	struct q_index q_index;
	struct missing *missing;
	const struct q *taken; /* the q term that drives */
	bool by_number; /* the order of creation is asked for, nearest first or not */
	bool none; /* nothing can match: no need to ask */
	bool typed; /* the driver has taken the type condition */
	bool with_ids; /* … the ids */
	bool shaped; /* … the geoquery */
	const char *order;
	double reach; /* of a near page: metres; 0: as far as is asked */
	bool further; /* it was less before, and not enough */
	struct reach_key reach_key;
	bool counting; /* a list is counted as any query, not found by its sums */
	int *types; /* what is listed, where it is a list: see list_types() */
	size_t types_len;
};

/* Appends " FROM … WHERE …" by what drives the query, and notes what it has taken. */
int entities_source(struct statement *s, struct err *err) must_check;

/* The statement of a page; nothing else is asked of the database afterwards. */
int entities_build_page(struct statement *s, struct err *err) must_check;
/* Asks it. */
int entities_run_page(
	struct statement *s, struct entity_page *page, struct err *err) must_check;
/* How many match, where it is asked for. */
int entities_count(const struct statement *paged, struct entity_page *page,
	struct err *err) must_check;
/* Looks as far as a near page probably must. */
void near_begin(struct statement *s);
/* Is what was found within reach less than the page, so that one must look further?  Then it
 * does from here on. */
bool near_falls_short(struct statement *s, const PGresult *res);
/* Fills the page from its result. */
void entities_take_page(struct statement *s, struct entity_page *page);
/* Where the query lists entities by type and by nothing else (A, or A or B …, or all), notes
 * the numbers of the types; {0} is all. */
int list_types(struct statement *s, struct err *err) must_check;
/* The whole statement of a page of one type or of all, beyond the first. */
void list_page_sql(struct statement *s);
/* For several types: appends a condition with which the page begins that the offset asks
 * for.  None comes where there is no such page, nor where they have entities in common. */
void list_start_sql(struct statement *s);
/* How many there are; -1 where several types have entities in common. */
int list_count(struct statement *s, int64_t *out, struct err *err) must_check;

#endif
