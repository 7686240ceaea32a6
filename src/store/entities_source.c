/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A query as one statement.  What drives it is chosen here, not left to the planner's
 * guess, since the order of the page comes with it:
 *	an EntityMap       its ids, in its order
 *	near a place       the index on points and that on the globe, nearest first; or an
 *	                   indexed q term that few match, in the same order
 *	ids                the index on ids
 *	an indexed q term  the table of values, or its index by value where few match
 *	a geometry         the index on points and that on the plane, where few match
 *	types              entity_type
 *	nothing of these   entity
 * All but the first two come in the order of creation.  All other conditions filter what the
 * driver finds, until the page is full.
 *
 * A driver belongs to the tenant, and entities join it by their number alone: with the
 * tenant beside it, a planner whose statistics are of yesterday reads all of the tenant's
 * entities for each row of the driver.
 */
#include "entities_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <core/geo_q.h>
#include <core/q.h>
#include <core/type_q.h>
#include <store/dict.h>
#include <store/filter.h>
#include <store/geo_sql.h>
#include <store/rarity.h>

#include <string.h>

#define CLOSE 1000.0 /* metres */

static int geo_attr(const struct statement *s, int *attr, struct err *err)
{
	const char *property = s->query->geo->property;

	return dict_id(s->index->names, property, strlen(property), false, attr, err);
}

/* The only selector, or NULL: several are alternatives, which no driver fits. */
static const struct entity_selector *lone_selector(const struct statement *s)
{
	return s->query->selectors_len == 1 ? &s->query->selectors[0] : NULL;
}

static void ids_source(struct statement *s, const struct entity_selector *sel)
{
	/* All are fetched, then put in order: a planner that is free to choose looks for them
	 * among all entities in order. */
	sql_add(&s->sql, " FROM (SELECT * FROM entity WHERE tenant = $1 AND id = ANY(");
	sql_texts(&s->sql, sel->ids, sel->ids_len);
	sql_add(&s->sql, ") OFFSET 0) e WHERE true");
	s->with_ids = true;
	s->order = "e.eid";
}

/* Adds `source` (a row source with a column eid, and its conditions) as what drives.  Many
 * rows are met in order.  Few are gathered first, as an array, whose elements the index on
 * entities then takes in order, each once: sessions that read do not sort (store/pg.c), and
 * a plan that may not would look for the few among all rows in order. */
static void driver(struct statement *s, const char *source, const char *eid, bool rare)
{
	struct sql *sql = &s->sql;

	if (rare) {
		sql_addf(sql,
			" FROM entity e WHERE $1::int4 IS NOT NULL AND e.eid = "
			"ANY(ARRAY(SELECT %s FROM ",
			eid);
		sql_add(sql, source);
		sql_add(sql, "))");
		s->order = "e.eid";
		return;
	}
	sql_addf(sql, " FROM (SELECT DISTINCT %s AS eid FROM ", eid);
	sql_add(sql, source);
	sql_add(sql, ") m JOIN entity e ON e.eid = m.eid WHERE $1::int4 IS NOT NULL");
	s->order = "m.eid";
}

/* How many rows does the source have?  Its parameters are those of the statement so far. */
static int is_rare(
	struct statement *s, const char *source, int known, bool *rare, struct err *err)
{
	auto_strbuf probe = {0};

	strbuf_addf(&probe, "SELECT FROM %s AND $1::int4 IS NOT NULL", source);
	return rarity_of(
		s->index->rarity, s->pg, probe.data, &s->sql.args, known, rare, err);
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
	const char *source =
		arena_strndup(s->sql.arena, s->sql.text.data, s->sql.text.len);

	strbuf_fini(&s->sql.text);
	s->sql.text = aside;
	return source;
}

/* The rows of a term's values, and whether they are few. */
static int term_source(struct statement *s, const struct q *term, const char **source,
	bool *rare, struct err *err)
{
	struct strbuf aside = set_aside(s);

	sql_add(&s->sql, "value v WHERE ");
	q_driver_sql(term, s->query->now, &s->q_index, &s->sql);
	*source = take_source(s, aside);
	/* the last argument is the time, for what has expired */
	return is_rare(s, *source, s->sql.args.n - 1, rare, err);
}

static int value_source(struct statement *s, const struct q *term, struct err *err)
{
	const char *source;
	bool rare;

	if (term_source(s, term, &source, &rare, err) < 0)
		return -1;
	driver(s, source, "v.eid", rare);
	s->taken = term;
	return 0;
}

/* What is near costs little to look at; who looks further asks whether q's term that is
 * indexed leaves few, wherever they are.  *eids: the query of their numbers, or NULL. */
static int near_term(struct statement *s, const char **eids, struct err *err)
{
	const struct q *q = s->query->q;
	int args = s->sql.args.n;
	const char *source;
	bool rare;

	*eids = NULL;
	if (q == NULL || (s->reach > 0 && s->reach <= CLOSE && !s->further))
		return 0;
	q = q_driver(q, &s->q_index, s->sql.arena);
	if (q == NULL)
		return 0;
	if (term_source(s, q, &source, &rare, err) < 0)
		return -1;
	if (!rare) {
		s->sql.args.n = args;
		return 0;
	}
	*eids = arena_printf(s->sql.arena, "SELECT v.eid FROM %s", source);
	s->taken = q;
	return 0;
}

/* Equal distances come in the order of creation. */
static int near_source(struct statement *s, struct err *err)
{
	const struct geo_q *geo = s->query->geo;
	const char *eids;
	int attr;

	if (geo_attr(s, &attr, err) < 0 || near_term(s, &eids, err) < 0)
		return -1;
	sql_add(&s->sql, " FROM ");
	if (eids != NULL) {
		s->reach = 0; /* nothing is further */
		geo_near_of_sql(geo, attr, eids, s->query->now, &s->sql);
	} else {
		geo_near_sql(geo, attr, s->reach > 0 ? s->reach : geo->distance,
			s->query->now, &s->sql);
	}
	sql_add(&s->sql, " JOIN entity e ON e.eid = g.eid WHERE true");
	s->order = "g.d, g.eid";
	s->shaped = true;
	return 0;
}

/* Those that match are known by number: nothing else need be said of the geoquery. */
static void known_source(struct statement *s, const PGresult *eids)
{
	struct sql *sql = &s->sql;
	size_t len = (size_t)PQgetlength(eids, 0, 1);

	sql->args.n = 1; /* the tenant stays */
	s->none = PQgetisnull(eids, 0, 1);
	sql_add(sql,
		" FROM entity e WHERE $1::int4 IS NOT NULL AND e.eid = ANY($2::int8[])");
	pg_textn(&sql->args, arena_strndup(sql->arena, PQgetvalue(eids, 0, 1), len), len);
	s->order = "e.eid";
}

/* *used is false where the geometries that match are many. */
static int shape_source(struct statement *s, bool *used, struct err *err)
{
	auto_pgresult *eids = NULL;
	struct strbuf aside;
	const char *source;
	int attr;

	if (geo_attr(s, &attr, err) < 0)
		return -1;
	aside = set_aside(s);
	geo_source_sql(s->query->geo, attr, s->query->now, &s->sql);
	source = take_source(s, aside);
	/* the last argument is the time, for what has expired */
	if (rarity_eids(s->index->rarity, s->pg, source, &s->sql.args, s->sql.args.n - 1,
		    used, &eids, err) < 0)
		return -1;
	s->shaped = *used;
	if (eids != NULL)
		known_source(s, eids);
	else if (*used)
		driver(s, source, "g.eid", true);
	else
		s->sql.args.n = 1;
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
	sql_add(sql, " t JOIN entity e ON e.eid = t.eid WHERE true");
	s->typed = true;
	s->order = "t.eid";
	return 0;
}

static bool has_geo_index(const struct geo_q *geo)
{
	return geo != NULL && geo->rel != GEOREL_DISJOINT && geo->rel != GEOREL_NEAR_MIN;
}

static void map_source(struct statement *s)
{
	sql_add(&s->sql,
		" FROM entity_map_item i JOIN entity e ON e.tenant = $1 AND e.id = i.id"
		" WHERE i.map = ");
	sql_int(&s->sql, s->query->map);
	s->order = s->by_number ? "e.eid" : "i.n";
}

int entities_source(struct statement *s, struct err *err)
{
	const struct entity_query *query = s->query;
	const struct entity_selector *lone = lone_selector(s);
	const struct q *term = NULL;
	bool used = false;

	if (query->map != 0) {
		map_source(s);
		return 0;
	}
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
	if (has_geo_index(query->geo) && shape_source(s, &used, err) < 0)
		return -1;
	if (used)
		return 0;
	if (lone != NULL && lone->type != NULL)
		return type_source(s, lone->type, err);
	sql_add(&s->sql, " FROM entity e WHERE e.tenant = $1");
	s->order = "e.eid";
	return 0;
}
