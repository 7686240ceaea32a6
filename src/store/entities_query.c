/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A query as one statement.  What drives it is chosen here, not left to the planner's
 * guess, since the order of the page comes with it:
 *	near a point       the GiST index on the globe, nearest first
 *	ids                the index on ids
 *	types              entity_type, in order of creation
 *	nothing of these   entity, in order of creation
 * All other conditions filter what the driver finds, until the page is full.
 */
#include <store/entities.h>

#include <base/arena.h>
#include <base/err.h>
#include <core/geo_q.h>
#include <core/type_q.h>
#include <store/dict.h>
#include <store/filter.h>
#include <store/q_sql.h>
#include <store/sql.h>

#include <assert.h>
#include <string.h>

struct statement {
	const struct entity_query *query;
	struct dict *names;
	struct sql sql;
	bool none;              /* nothing can match: no need to ask */
	bool typed;             /* the driver has taken the type condition */
	bool with_ids;          /* … the ids */
	bool near;              /* … the geoquery */
	const char *order;
};

static bool is_near(const struct statement *s)
{
	return s->query->geo != NULL && s->query->geo->rel == GEOREL_NEAR_MAX;
}

/* Of an entity with several instances of the property the nearest counts. */
static int near_source(struct statement *s, struct err *err)
{
	const struct geo_q *geo = s->query->geo;
	struct sql *sql = &s->sql;
	int attr, point;

	if (dict_id(s->names, geo->property, strlen(geo->property), false, &attr, err) < 0)
		return -1;
	sql_add(sql, " FROM entity_geometry g JOIN entity e ON e.tenant = g.tenant AND e.eid = g.eid"
		     " WHERE g.tenant = $1 AND g.attr = ");
	sql_int4(sql, attr);
	sql_add(sql, " AND ST_DWithin(g.geom::geography, ");
	sql_geometry(sql, geo->geometry);
	point = sql->args.n;
	sql_add(sql, "::geography, ");
	sql_float(sql, geo->distance);
	sql_addf(sql, ") AND NOT EXISTS (SELECT FROM entity_geometry o WHERE o.tenant = g.tenant"
		" AND o.eid = g.eid AND o.attr = g.attr AND o.n <> g.n"
		" AND (ST_Distance(o.geom::geography, $%d::geography), o.n)"
		" < (ST_Distance(g.geom::geography, $%d::geography), g.n))", point, point);
	s->order = arena_printf(sql->arena, "g.geom::geography <-> $%d::geography, g.eid",
		point);
	s->near = true;
	return 0;
}

/* The only selector, or NULL: several are alternatives, which no driver fits. */
static const struct entity_selector *lone_selector(const struct statement *s)
{
	return s->query->selectors_len == 1 ? &s->query->selectors[0] : NULL;
}

static int add_source(struct statement *s, struct err *err)
{
	const struct entity_selector *lone = lone_selector(s);
	struct sql *sql = &s->sql;

	s->order = "e.eid";
	if (is_near(s))
		return near_source(s, err);
	if (lone != NULL && lone->ids_len > 0) {
		sql_add(sql, " FROM entity e WHERE e.tenant = $1 AND e.id = ANY(");
		sql_texts(sql, lone->ids, lone->ids_len);
		sql_add(sql, ")");
		s->with_ids = true;
	} else if (lone != NULL && lone->type != NULL) {
		sql_add(sql, " FROM ");
		if (type_source_sql(lone->type, s->names, sql, &s->none, err) < 0)
			return -1;
		sql_add(sql, " t JOIN entity e ON e.tenant = $1 AND e.eid = t.eid WHERE true");
		s->typed = true;
		s->order = "t.eid";
	} else {
		sql_add(sql, " FROM entity e WHERE e.tenant = $1");
	}
	return 0;
}

static int add_selector(struct statement *s, const struct entity_selector *sel,
	struct err *err)
{
	struct sql *sql = &s->sql;

	sql_add(sql, "(true");
	if (sel->type != NULL && !s->typed) {
		sql_add(sql, " AND ");
		if (type_sql(sel->type, s->names, sql, err) < 0)
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

/* Cheap conditions first: the planner keeps the order of what costs alike. */
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
	if (query->geo != NULL && !s->near) {
		sql_add(sql, " AND ");
		if (geo_sql(query->geo, s->names, sql, err) < 0)
			return -1;
	}
	if (query->attrs != NULL) {
		sql_add(sql, " AND ");
		attrs_sql(query->attrs, sql);
	}
	if (query->q != NULL) {
		sql_add(sql, " AND ");
		if (q_sql(query->q, query->now, sql, err) < 0)
			return -1;
	}
	return 0;
}

static int build(struct statement *s, const char *columns, struct err *err)
{
	pg_int4(&s->sql.args, s->query->tenant); /* $1: what filters call the tenant */
	sql_add(&s->sql, "SELECT ");
	sql_add(&s->sql, columns);
	if (add_source(s, err) < 0 || (!s->none && add_filters(s, err) < 0))
		return -1;
	if (s->sql.too_many)
		return err_set(err, ERR_TOO_COMPLEX_QUERY,
			"the query has more than %d values to compare with; split it", PG_ARGS);
	return 0;
}

static int run(struct pg *pg, struct statement *s, PGresult **res, struct err *err)
{
	const struct pg_stmt stmt = {.sql = s->sql.text.data, .binary = true};

	return pg_query(pg, &stmt, &s->sql.args, res, err);
}

static int read_page(struct pg *pg, const struct entity_query *query, struct dict *names,
	struct arena *a, struct entity_page *page, struct err *err)
{
	struct statement s = {.query = query, .names = names, .sql.arena = a};
	size_t rows;
	int rc = build(&s, "e.doc", err);

	if (rc == 0 && !s.none) {
		/* limit and offset are text: a plan that knows them is a better plan. */
		sql_addf(&s.sql, " ORDER BY %s LIMIT %u OFFSET %u", s.order,
			query->limit + 1, query->offset);
		rc = run(pg, &s, &page->res, err);
	}
	sql_fini(&s.sql);
	if (rc < 0 || s.none)
		return rc;
	rows = (size_t)PQntuples(page->res);
	page->more = rows > query->limit;
	page->len = page->more ? query->limit : rows;
	page->docs = arena_array(a, struct entity_text, page->len + 1);
	for (size_t i = 0; i < page->len; i++)
		page->docs[i] = (struct entity_text){PQgetvalue(page->res, (int)i, 0),
			(size_t)PQgetlength(page->res, (int)i, 0)};
	return 0;
}

static int read_count(struct pg *pg, const struct entity_query *query, struct dict *names,
	struct arena *a, int64_t *out, struct err *err)
{
	struct statement s = {.query = query, .names = names, .sql.arena = a};
	auto_pgresult *res = NULL;
	int rc = build(&s, "count(*)", err);

	if (rc == 0 && !s.none)
		rc = run(pg, &s, &res, err);
	sql_fini(&s.sql);
	if (rc == 0)
		*out = s.none ? 0 : pg_get_int(res, 0, 0);
	return rc;
}

int entities_query(struct pg *pg, struct dict *names, const struct entity_query *query,
	struct arena *a, struct entity_page *page, struct err *err)
{
	*page = (struct entity_page){.count = -1};
	if (query->limit > 0 && read_page(pg, query, names, a, page, err) < 0)
		return -1;
	if (!query->count)
		return 0;
	/* A page that is the last one says how many there are. */
	if (query->limit > 0 && !page->more && (page->len > 0 || query->offset == 0)) {
		page->count = (int64_t)query->offset + (int64_t)page->len;
		return 0;
	}
	return read_count(pg, query, names, a, &page->count, err);
}
