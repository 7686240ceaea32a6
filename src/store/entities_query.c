/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A query as one statement: a source (entities_source.c), filters in SQL, an order and a
 * page.
 */
#include "entities_priv.h"
#include "order_sql.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <core/order.h>
#include <core/q.h>
#include <core/type_q.h>
#include <store/dict.h>
#include <store/extent.h>
#include <store/filter.h>
#include <store/geo_sql.h>
#include <store/q_sql.h>
#include <store/sql.h>
#include <store/value_paths.h>

#include <assert.h>
#include <string.h>

/* A q that takes longer wants an index. */
#define SLOW_US 5000

static int find_path(void *self, const char *key)
{
	struct statement *s = self;
	int path = value_paths_find(s->index->paths, s->query->tenant, key);
	struct missing *m;

	if (path == 0) {
		m = arena_new(s->sql.arena, struct missing);
		m->key = key;
		m->next = s->missing;
		s->missing = m;
	}
	return path;
}

static int add_filters(struct statement *s, struct err *err)
{
	const struct entity_query *query = s->query;
	struct sql *sql = &s->sql;

	sql_add(sql, " AND (e.expires IS NULL OR e.expires > ");
	sql_time(sql, query->now);
	sql_add(sql, ")");
	if (selectors_sql(query, s->typed, s->with_ids, s->index->names, sql, err) < 0)
		return -1;
	if (query->scope != NULL) {
		sql_add(sql, " AND ");
		scope_sql(query->scope, sql);
	}
	if (query->geo != NULL && !s->shaped) {
		sql_add(sql, " AND ");
		if (geo_sql(query->geo, query->now, s->index->names, sql, err) < 0)
			return -1;
	}
	if (query->attrs != NULL) {
		sql_add(sql, " AND ");
		attrs_sql(query->attrs, sql);
	}
	if (query->observed != NULL)
		observed_sql(query->observed, query->now, sql);
	if (query->q != NULL) {
		sql_add(sql, " AND ");
		return q_sql_indexed(
			query->q, query->now, &s->q_index, s->taken, sql, err);
	}
	return 0;
}

static bool too_many(const struct statement *s, struct err *err)
{
	if (s->sql.too_many)
		err_set(err, ERR_TOO_COMPLEX_QUERY,
			"the query has more than %d values to compare with; split it",
			PG_ARGS);
	return s->sql.too_many;
}

static int build(struct statement *s, const char *columns, struct err *err)
{
	s->q_index = (struct q_index){find_path, s};
	pg_int4(&s->sql.args, s->query->tenant); /* $1: what filters call the tenant */
	sql_add(&s->sql, "SELECT ");
	sql_add(&s->sql, columns);
	if (entities_source(s, err) < 0 || (!s->none && add_filters(s, err) < 0))
		return -1;
	return too_many(s, err) ? -1 : 0;
}

/* All that is asked for one page has the time of one statement. */
static int run(struct statement *s, PGresult **res, struct err *err)
{
	const struct pg_stmt stmt = {.sql = s->sql.text.data, .binary = true};
	int64_t start = clock_monotonic();
	int rc;

	if (s->began == 0)
		s->began = start;
	rc = pg_query_since(s->pg, s->began, &stmt, &s->sql.args, res, err);

	if (clock_monotonic() - start > SLOW_US)
		for (const struct missing *m = s->missing; m != NULL; m = m->next)
			value_paths_want(s->index->paths, s->query->tenant, m->key);
	return rc;
}

/* All that match, in order: the columns are the document and eid. */
static int build_ordered(struct statement *s, struct err *err)
{
	const struct entity_query *query = s->query;
	const struct order *order = query->order;
	const char *collation;

	if (order_collation(s->pg, order, s->sql.arena, &collation, err) < 0)
		return -1;
	order_begin(&s->sql);
	if (build(s, ORDER_COLUMNS, err) < 0)
		return -1;
	return order_end(order, collation, query->now, s->index->names, &s->sql, err);
}

static bool is_ordered(const struct entity_query *query)
{
	return query->map == 0 && query->order != NULL && query->order->len > 0;
}

/* What a page has beside the documents: places in the map, metres, or numbers. */
static const char *page_columns(const struct statement *s)
{
	return s->query->map != 0 ? "e.doc, i.n"
		: s->reach > 0    ? "e.doc, g.d"
				  : "e.doc, e.eid";
}

int entities_build_page(struct statement *s, struct err *err)
{
	const struct entity_query *query = s->query;
	unsigned offset = query->offset;
	const char *collation;

	/* A collation without orderBy must still be one. */
	if (query->order != NULL &&
		order_collation(s->pg, query->order, s->sql.arena, &collation, err) < 0)
		return -1;
	if (!s->counting && !is_ordered(query) && list_types(s, err) < 0)
		return -1;
	if (is_ordered(query)) {
		if (build_ordered(s, err) < 0)
			return -1;
	} else if (s->types_len == 1 && offset > 0) {
		list_page_sql(s);
		return 0;
	} else {
		near_begin(s);
		if (build(s, page_columns(s), err) < 0)
			return -1;
		if (s->types_len > 0 && offset > 0) {
			list_start_sql(s);
			offset = 0;
		}
		sql_addf(&s->sql, " ORDER BY %s", s->order);
	}
	/* limit and offset are text: a plan that knows them is a better plan. */
	sql_addf(&s->sql, " LIMIT %u", query->limit + 1);
	if (offset > 0)
		sql_addf(&s->sql, " OFFSET %u", offset);
	return too_many(s, err) ? -1 : 0;
}

/* One row more than the limit was asked for. */
static void take_docs(struct entity_page *page, unsigned limit, struct arena *a)
{
	size_t rows = (size_t)PQntuples(page->res);

	page->more = rows > limit;
	page->len = page->more ? limit : rows;
	page->docs = arena_array(a, struct entity_text, page->len + 1);
	for (size_t i = 0; i < page->len; i++)
		page->docs[i] = (struct entity_text){PQgetvalue(page->res, (int)i, 0),
			(size_t)PQgetlength(page->res, (int)i, 0)};
}

void entities_take_page(struct statement *s, struct entity_page *page)
{
	const struct entity_query *query = s->query;

	take_docs(page, query->limit, s->sql.arena);
	if (query->map == 0)
		return;
	page->places = arena_array(s->sql.arena, int64_t, page->len + 1);
	for (size_t i = 0; i < page->len; i++)
		page->places[i] = pg_get_int(page->res, (int)i, 1);
}

static void forget_statement(struct statement *s)
{
	sql_fini(&s->sql);
	s->sql = (struct sql){.arena = s->sql.arena};
	s->missing = NULL;
	s->taken = NULL;
}

/* Types that have entities in common have pages that are counted to. */
static int count_to_page(struct statement *s, struct entity_page *page, struct err *err)
{
	PQclear(page->res);
	page->res = NULL;
	forget_statement(s);
	s->counting = true;
	s->types_len = 0;
	if (entities_build_page(s, err) < 0 || run(s, &page->res, err) < 0)
		return -1;
	entities_take_page(s, page);
	return 0;
}

int entities_run_page(struct statement *s, struct entity_page *page, struct err *err)
{
	if (s->none)
		return 0;
	if (run(s, &page->res, err) < 0)
		return -1;
	while (near_falls_short(s, page->res)) {
		PQclear(page->res);
		page->res = NULL;
		forget_statement(s);
		if (entities_build_page(s, err) < 0 || run(s, &page->res, err) < 0)
			return -1;
	}
	entities_take_page(s, page);
	if (page->len > 0 || s->types_len < 2 || s->query->offset == 0)
		return 0;
	return count_to_page(s, page, err);
}

static int read_count(struct statement *s, int64_t *out, struct err *err)
{
	auto_pgresult *res = NULL;

	if (build(s, "count(*)", err) < 0)
		return -1;
	if (!s->none && run(s, &res, err) < 0)
		return -1;
	*out = s->none ? 0 : pg_get_int(res, 0, 0);
	return 0;
}

/* How many are told by their sums, or counted. */
static int find_count(struct statement *s, int64_t *out, struct err *err)
{
	*out = -1;
	if (list_types(s, err) < 0 || (s->types_len > 0 && list_count(s, out, err) < 0))
		return -1;
	return *out >= 0 ? 0 : read_count(s, out, err);
}

int entities_count(
	const struct statement *paged, struct entity_page *page, struct err *err)
{
	const struct entity_query *query = paged->query;
	struct statement s = {.pg = paged->pg,
		.query = query,
		.index = paged->index,
		.sql.arena = paged->sql.arena};
	int rc;

	if (!query->count)
		return 0;
	/* A page that is the last one says how many there are. */
	if (query->limit > 0 && !page->more && (page->len > 0 || query->offset == 0)) {
		page->count = (int64_t)query->offset + (int64_t)page->len;
		return 0;
	}
	rc = find_count(&s, &page->count, err);
	sql_fini(&s.sql);
	return rc;
}

int entities_query(struct pg *pg, const struct entity_index *index,
	const struct entity_query *query, struct arena *a, struct entity_page *page,
	struct err *err)
{
	struct statement s = {.pg = pg, .query = query, .index = index, .sql.arena = a};
	int rc = 0;

	*page = (struct entity_page){.count = -1};
	if (query->limit > 0)
		rc = entities_build_page(&s, err) < 0 ? -1
						      : entities_run_page(&s, page, err);
	sql_fini(&s.sql);
	return rc < 0 ? -1 : entities_count(&s, page, err);
}

static int fill_map(struct statement *s, int64_t map, struct err *err)
{
	bool ordered = is_ordered(s->query);
	auto_pgresult *res = NULL;

	sql_addf(&s->sql,
		"INSERT INTO entity_map_item (map, n, id) SELECT %lld, row_number() OVER "
		"(), "
		"%s FROM (",
		(long long)map, ordered ? "x.doc::jsonb ->> 'id'" : "x.id");
	if (ordered) {
		if (build_ordered(s, err) < 0)
			return -1;
	} else {
		if (build(s, "e.id", err) < 0)
			return -1;
		if (s->none)
			return 0;
		sql_addf(&s->sql, " ORDER BY %s", s->order);
	}
	sql_add(&s->sql, ") x");
	if (too_many(s, err))
		return -1;
	return s->none ? 0 : run(s, &res, err);
}

int entities_map(struct pg *pg, const struct entity_index *index,
	const struct entity_query *query, int64_t map, struct arena *a, struct err *err)
{
	struct statement s = {.pg = pg, .query = query, .index = index, .sql.arena = a};
	int rc = fill_map(&s, map, err);

	sql_fini(&s.sql);
	return rc;
}

int entities_last(struct pg *pg, int64_t *out, struct err *err)
{
	static const struct pg_stmt last = {
		"entities_last", "SELECT last_value FROM entity_number", .binary = true};
	auto_pgresult *res = NULL;

	if (pg_query(pg, &last, NULL, &res, err) < 0)
		return -1;
	*out = pg_get_int(res, 0, 0);
	return 0;
}

/* What matches by number: after `after`, up to `last`. */
static int run_after(struct statement *s, const char *columns, int64_t after,
	int64_t last, unsigned limit, PGresult **res, struct err *err)
{
	if (build(s, columns, err) < 0)
		return -1;
	if (s->none)
		return 0;
	sql_addf(&s->sql, " AND %s > ", s->order);
	sql_int(&s->sql, after);
	sql_addf(&s->sql, " AND %s <= ", s->order);
	sql_int(&s->sql, last);
	sql_addf(&s->sql, " ORDER BY %s LIMIT %u", s->order, limit);
	return too_many(s, err) ? -1 : run(s, res, err);
}

static int read_ids(struct statement *s, int64_t after, int64_t last,
	struct entity_ids *out, struct err *err)
{
	auto_pgresult *res = NULL;

	if (run_after(s, "e.id, e.eid", after, last, s->query->limit, &res, err) < 0)
		return -1;
	out->len = s->none ? 0 : (size_t)PQntuples(res);
	out->ids = arena_array(s->sql.arena, const char *, out->len + 1);
	for (size_t i = 0; i < out->len; i++) {
		out->ids[i] = arena_strdup(s->sql.arena, PQgetvalue(res, (int)i, 0));
		out->last = pg_get_int(res, (int)i, 1);
	}
	return 0;
}

int entities_after(struct pg *pg, const struct entity_index *index,
	const struct entity_query *query, int64_t after, int64_t last, struct arena *a,
	struct entity_page *page, struct err *err)
{
	struct statement s = {.pg = pg,
		.query = query,
		.index = index,
		.sql.arena = a,
		.by_number = true};
	int rc;

	*page = (struct entity_page){.count = -1, .last_eid = after};
	rc = run_after(
		&s, "e.doc, e.eid", after, last, query->limit + 1, &page->res, err);
	sql_fini(&s.sql);
	if (rc < 0 || s.none)
		return rc;
	take_docs(page, query->limit, a);
	if (page->len > 0)
		page->last_eid = pg_get_int(page->res, (int)page->len - 1, 1);
	return 0;
}

int entities_ids(struct pg *pg, const struct entity_index *index,
	const struct entity_query *query, int64_t after, int64_t last, struct arena *a,
	struct entity_ids *out, struct err *err)
{
	struct statement s = {.pg = pg,
		.query = query,
		.index = index,
		.sql.arena = a,
		.by_number = true};
	int rc;

	*out = (struct entity_ids){.last = after};
	rc = read_ids(&s, after, last, out, err);
	sql_fini(&s.sql);
	return rc;
}
