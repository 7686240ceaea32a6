/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A query as one statement.  What drives it is chosen here, not left to the planner's
 * guess, since the order of the page comes with it:
 *	near a point       the GiST index on the globe, nearest first
 *	ids                the index on ids
 *	an indexed q term  the table of values, or its index by value where few match
 *	a geometry         the GiST index on the plane, where few match
 *	types              entity_type
 *	nothing of these   entity
 * All but the first come in the order of creation.  All other conditions filter what the
 * driver finds, until the page is full.
 */
#include <store/entities.h>

#include "order_sql.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <core/geo_q.h>
#include <core/order.h>
#include <core/q.h>
#include <core/type_q.h>
#include <store/dict.h>
#include <store/filter.h>
#include <store/q_sql.h>
#include <store/rarity.h>
#include <store/sql.h>
#include <store/value_paths.h>

#include <assert.h>
#include <string.h>

/* A q that takes longer wants an index. */
#define SLOW_US 5000

/* A path that q asked for and that has no index. */
struct missing {
	const char *key;
	struct missing *next;
};

struct statement {
	struct pg *pg;
	const struct entity_query *query;
	const struct entity_index *index;
	struct sql sql;
	struct q_index q_index;
	struct missing *missing;
	const struct q *taken;  /* the q term that drives */
	bool by_number;         /* the order of creation is asked for, nearest first or not */
	bool none;              /* nothing can match: no need to ask */
	bool typed;             /* the driver has taken the type condition */
	bool with_ids;          /* … the ids */
	bool shaped;            /* … the geoquery */
	const char *order;
};

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

static int geo_attr(const struct statement *s, int *attr, struct err *err)
{
	const char *property = s->query->geo->property;

	return dict_id(s->index->names, property, strlen(property), false, attr, err);
}

/* The order is that of the index (sql/0001_entities.sql), down to equal distances.  Of an
 * entity with several instances of the property the nearest counts. */
static int near_source(struct statement *s, struct err *err)
{
	const struct geo_q *geo = s->query->geo;
	struct sql *sql = &s->sql;
	int attr, point;

	if (geo_attr(s, &attr, err) < 0)
		return -1;
	sql_add(sql, " FROM entity_geometry g"
		     " JOIN entity e ON e.tenant = g.tenant AND e.eid = g.eid"
		     " WHERE g.tenant = $1 AND g.attr = ");
	sql_int4(sql, attr);
	sql_add(sql, " AND ST_DWithin(g.geom::geography, ");
	geo_reference_sql(geo, sql);
	point = sql->args.n;
	sql_add(sql, "::geography, ");
	sql_float(sql, geo->distance);
	sql_addf(sql, ") AND (g.alone OR NOT EXISTS (SELECT FROM entity_geometry o"
		" WHERE o.tenant = g.tenant AND o.eid = g.eid AND o.attr = g.attr AND o.n <> g.n"
		" AND (ST_Distance(o.geom::geography, $%d::geography), o.n)"
		" < (ST_Distance(g.geom::geography, $%d::geography), g.n)))", point, point);
	s->order = arena_printf(sql->arena,
		"g.geom::geography <-> (SELECT calanque_valid(ST_SetSRID($%d, 4326)))::geography,"
		" point(g.eid::float8, 0) <-> point '(0,0)'", point);
	s->shaped = true;
	return 0;
}

/* The only selector, or NULL: several are alternatives, which no driver fits. */
static const struct entity_selector *lone_selector(const struct statement *s)
{
	return s->query->selectors_len == 1 ? &s->query->selectors[0] : NULL;
}

static void ids_source(struct statement *s, const struct entity_selector *sel)
{
	sql_add(&s->sql, " FROM entity e WHERE e.tenant = $1 AND e.id = ANY(");
	sql_texts(&s->sql, sel->ids, sel->ids_len);
	sql_add(&s->sql, ")");
	s->with_ids = true;
	s->order = "e.eid";
}

/* Adds `source` (a row source with a column eid, and its conditions) as what drives.  Few
 * rows are gathered first and then put in order; many are met in order. */
static void driver(struct statement *s, const char *source, const char *eid, bool rare)
{
	struct sql *sql = &s->sql;

	sql_addf(sql, " FROM (SELECT DISTINCT %s AS eid FROM ", eid);
	sql_add(sql, source);
	sql_add(sql, rare ? " OFFSET 0" : "");
	sql_add(sql, ") m JOIN entity e ON e.tenant = $1 AND e.eid = m.eid WHERE true");
	s->order = "m.eid";
}

/* How many rows does the source have?  Its parameters are those of the statement so far. */
static int is_rare(struct statement *s, const char *source, bool *rare, struct err *err)
{
	auto_strbuf probe = {0};

	strbuf_addf(&probe, "SELECT FROM %s AND $1::int4 IS NOT NULL", source);
	return rarity_of(s->index->rarity, s->pg, probe.data, &s->sql.args, rare, err);
}

/* A source is written apart, to be used twice: the statement's text is set aside. */
static struct strbuf set_aside(struct statement *s)
{
	struct strbuf text = s->sql.text;

	s->sql.text = (struct strbuf){0};
	return text;
}

static const char *take_source(struct statement *s, struct strbuf aside)
{
	const char *source = arena_strndup(s->sql.arena, s->sql.text.data, s->sql.text.len);

	strbuf_fini(&s->sql.text);
	s->sql.text = aside;
	return source;
}

static int value_source(struct statement *s, const struct q *term, struct err *err)
{
	struct strbuf aside = set_aside(s);
	const char *source;
	bool rare;

	sql_add(&s->sql, "value v WHERE ");
	q_driver_sql(term, s->query->now, &s->q_index, &s->sql);
	source = take_source(s, aside);
	if (is_rare(s, source, &rare, err) < 0)
		return -1;
	driver(s, source, "v.eid", rare);
	s->taken = term;
	return 0;
}

/* *used is false where the geometries that match are many. */
static int shape_source(struct statement *s, bool *used, struct err *err)
{
	struct strbuf aside;
	const char *source;
	int attr;

	if (geo_attr(s, &attr, err) < 0)
		return -1;
	aside = set_aside(s);
	geo_source_sql(s->query->geo, attr, &s->sql);
	source = take_source(s, aside);
	if (is_rare(s, source, used, err) < 0)
		return -1;
	if (*used)
		driver(s, source, "g.eid", true);
	else
		s->sql.args.n = 1; /* the tenant stays */
	s->shaped = *used;
	return 0;
}

static int type_source(struct statement *s, const struct type_q *type, struct err *err)
{
	struct sql *sql = &s->sql;
	size_t len = sql->text.len;

	sql_add(sql, " FROM ");
	if (type_source_sql(type, s->index->names, sql, &s->none, err) < 0)
		return -1;
	if (s->none)
		sql->text.len = len;
	sql_add(sql, " t JOIN entity e ON e.tenant = $1 AND e.eid = t.eid WHERE true");
	s->typed = true;
	s->order = "t.eid";
	return 0;
}

static bool has_plane_index(const struct geo_q *geo)
{
	return geo != NULL && geo->rel != GEOREL_DISJOINT && geo->rel != GEOREL_NEAR_MIN;
}

static int add_source(struct statement *s, struct err *err)
{
	const struct entity_query *query = s->query;
	const struct entity_selector *lone = lone_selector(s);
	const struct q *term = NULL;
	bool used = false;

	if (query->geo != NULL && query->geo->rel == GEOREL_NEAR_MAX && !s->by_number)
		return near_source(s, err);
	if (lone != NULL && lone->ids_len > 0) {
		ids_source(s, lone);
		return 0;
	}
	if (query->q != NULL)
		term = q_driver(query->q, &s->q_index, s->sql.arena);
	if (term != NULL)
		return value_source(s, term, err);
	if (has_plane_index(query->geo) && shape_source(s, &used, err) < 0)
		return -1;
	if (used)
		return 0;
	if (lone != NULL && lone->type != NULL)
		return type_source(s, lone->type, err);
	sql_add(&s->sql, " FROM entity e WHERE e.tenant = $1");
	s->order = "e.eid";
	return 0;
}

static int add_selector(struct statement *s, const struct entity_selector *sel,
	struct err *err)
{
	struct sql *sql = &s->sql;

	sql_add(sql, "(true");
	if (sel->type != NULL && !s->typed) {
		sql_add(sql, " AND ");
		if (type_sql(sel->type, s->index->names, sql, err) < 0)
			return -1;
	}
	if (sel->ids_len > 0 && !s->with_ids) {
		sql_add(sql, " AND e.id = ANY(");
		sql_texts(sql, sel->ids, sel->ids_len);
		sql_add(sql, ")");
	}
	if (sel->id_pattern != NULL) {
		sql_add(sql, " AND e.id ~ ");
		sql_text(sql, sel->id_pattern);
	}
	sql_add(sql, ")");
	return 0;
}

static int add_selectors(struct statement *s, struct err *err)
{
	for (size_t i = 0; i < s->query->selectors_len; i++) {
		sql_add(&s->sql, i == 0 ? " AND (" : " OR ");
		if (add_selector(s, &s->query->selectors[i], err) < 0)
			return -1;
	}
	if (s->query->selectors_len > 0)
		sql_add(&s->sql, ")");
	return 0;
}

static int add_filters(struct statement *s, struct err *err)
{
	const struct entity_query *query = s->query;
	struct sql *sql = &s->sql;

	sql_add(sql, " AND (e.expires IS NULL OR e.expires > ");
	sql_time(sql, query->now);
	sql_add(sql, ")");
	if (add_selectors(s, err) < 0)
		return -1;
	if (query->scope != NULL) {
		sql_add(sql, " AND ");
		scope_sql(query->scope, sql);
	}
	if (query->geo != NULL && !s->shaped) {
		sql_add(sql, " AND ");
		if (geo_sql(query->geo, s->index->names, sql, err) < 0)
			return -1;
	}
	if (query->attrs != NULL) {
		sql_add(sql, " AND ");
		attrs_sql(query->attrs, sql);
	}
	if (query->q != NULL) {
		sql_add(sql, " AND ");
		return q_sql_indexed(query->q, query->now, &s->q_index, s->taken, sql, err);
	}
	return 0;
}

static bool too_many(const struct statement *s, struct err *err)
{
	if (s->sql.too_many)
		err_set(err, ERR_TOO_COMPLEX_QUERY,
			"the query has more than %d values to compare with; split it", PG_ARGS);
	return s->sql.too_many;
}

static int build(struct statement *s, const char *columns, struct err *err)
{
	s->q_index = (struct q_index){find_path, s};
	pg_int4(&s->sql.args, s->query->tenant); /* $1: what filters call the tenant */
	sql_add(&s->sql, "SELECT ");
	sql_add(&s->sql, columns);
	if (add_source(s, err) < 0 || (!s->none && add_filters(s, err) < 0))
		return -1;
	return too_many(s, err) ? -1 : 0;
}

static int run(struct statement *s, PGresult **res, struct err *err)
{
	const struct pg_stmt stmt = {.sql = s->sql.text.data, .binary = true};
	int64_t start = clock_monotonic();
	int rc = pg_query(s->pg, &stmt, &s->sql.args, res, err);

	if (clock_monotonic() - start > SLOW_US)
		for (const struct missing *m = s->missing; m != NULL; m = m->next)
			value_paths_want(s->index->paths, s->query->tenant, m->key);
	return rc;
}

static int build_page(struct statement *s, struct err *err)
{
	const struct entity_query *query = s->query;
	const struct order *order = query->order;
	const char *collation;

	if (order != NULL &&
		order_collation(s->pg, order, s->sql.arena, &collation, err) < 0)
		return -1;
	if (order == NULL || order->len == 0) {
		if (build(s, "e.doc", err) < 0)
			return -1;
		sql_addf(&s->sql, " ORDER BY %s", s->order);
	} else {
		order_begin(&s->sql);
		if (build(s, ORDER_COLUMNS, err) < 0 ||
			order_end(order, collation, query->now, s->index->names, &s->sql,
				err) < 0)
			return -1;
	}
	/* limit and offset are text: a plan that knows them is a better plan. */
	sql_addf(&s->sql, " LIMIT %u OFFSET %u", query->limit + 1, query->offset);
	return too_many(s, err) ? -1 : 0;
}

static int read_page(struct statement *s, struct entity_page *page, struct err *err)
{
	const struct entity_query *query = s->query;
	size_t rows;

	if (build_page(s, err) < 0)
		return -1;
	if (s->none)
		return 0;
	if (run(s, &page->res, err) < 0)
		return -1;
	rows = (size_t)PQntuples(page->res);
	page->more = rows > query->limit;
	page->len = page->more ? query->limit : rows;
	page->docs = arena_array(s->sql.arena, struct entity_text, page->len + 1);
	for (size_t i = 0; i < page->len; i++)
		page->docs[i] = (struct entity_text){PQgetvalue(page->res, (int)i, 0),
			(size_t)PQgetlength(page->res, (int)i, 0)};
	return 0;
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

int entities_query(struct pg *pg, const struct entity_index *index,
	const struct entity_query *query, struct arena *a, struct entity_page *page,
	struct err *err)
{
	struct statement first = {.pg = pg, .query = query, .index = index, .sql.arena = a};
	struct statement second = first;
	int rc = 0;

	*page = (struct entity_page){.count = -1};
	if (query->limit > 0)
		rc = read_page(&first, page, err);
	sql_fini(&first.sql);
	if (rc < 0 || !query->count)
		return rc;
	/* A page that is the last one says how many there are. */
	if (query->limit > 0 && !page->more && (page->len > 0 || query->offset == 0)) {
		page->count = (int64_t)query->offset + (int64_t)page->len;
		return 0;
	}
	rc = read_count(&second, &page->count, err);
	sql_fini(&second.sql);
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

static int read_ids(struct statement *s, int64_t after, int64_t last, struct entity_ids *out,
	struct err *err)
{
	auto_pgresult *res = NULL;

	if (build(s, "e.id, e.eid", err) < 0)
		return -1;
	if (s->none)
		return 0;
	sql_addf(&s->sql, " AND %s > ", s->order);
	sql_int(&s->sql, after);
	sql_addf(&s->sql, " AND %s <= ", s->order);
	sql_int(&s->sql, last);
	sql_addf(&s->sql, " ORDER BY %s LIMIT %u", s->order, s->query->limit);
	if (too_many(s, err) || run(s, &res, err) < 0)
		return -1;
	out->len = (size_t)PQntuples(res);
	out->ids = arena_array(s->sql.arena, const char *, out->len + 1);
	for (size_t i = 0; i < out->len; i++) {
		out->ids[i] = arena_strdup(s->sql.arena, PQgetvalue(res, (int)i, 0));
		out->last = pg_get_int(res, (int)i, 1);
	}
	return 0;
}

int entities_ids(struct pg *pg, const struct entity_index *index,
	const struct entity_query *query, int64_t after, int64_t last, struct arena *a,
	struct entity_ids *out, struct err *err)
{
	struct statement s = {.pg = pg, .query = query, .index = index, .sql.arena = a,
		.by_number = true};
	int rc;

	*out = (struct entity_ids){.last = after};
	rc = read_ids(&s, after, last, out, err);
	sql_fini(&s.sql);
	return rc;
}
