/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which evolutions match: by id and type first, then by what lies in the interval
 * (5.7.4.4).  Where little lies in it, that comes first.  Pages are in the order of
 * creation, or of the ids.
 */
#include "order_sql.h"
#include "temporal_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <core/geo_q.h>
#include <core/type_q.h>
#include <store/dict.h>
#include <store/filter.h>
#include <store/geo_sql.h>
#include <store/pg.h>

#include <string.h>

/* Ends an EXISTS that is to be a probe of the index for each evolution, and not a join with
 * the whole history. */
#define PROBE " OFFSET 0"
#define DAY   INT64_C(86400000000)

enum column {
	HID,
	ID,
	TYPES,
	CREATED,
	DELETED,
	MODIFIED,
	PLACE,
};

struct find {
	struct pg *pg;
	const struct entity_index *index;
	const struct temporal_query *query;
	struct temporal_names names;
	struct sql sql;
	bool typed; /* the types drive */
	struct temporal_few few; /* what lies in the interval drives */
};

static const struct entity_selector *lone_selector(const struct find *f)
{
	const struct entity_query *q = &f->query->entities;

	return q->selectors_len == 1 ? &q->selectors[0] : NULL;
}

/* In the order of the page, which a nested loop over them keeps. */
static void few_source(struct find *f)
{
	struct sql *sql = &f->sql;

	sql_add(sql, " FROM unnest(");
	sql_longs(sql, f->few.hids, f->few.len);
	sql_add(sql,
		") AS c(hid) CROSS JOIN LATERAL (SELECT * FROM evolution e"
		" WHERE e.tenant = $1 AND e.hid = c.hid OFFSET 0) e WHERE true");
}

/* One type drives in the order of the page. */
static int add_source(struct find *f, struct err *err)
{
	const struct entity_selector *lone = lone_selector(f);
	struct sql *sql = &f->sql;
	const struct type_q *type = lone != NULL ? lone->type : NULL;
	const char *iri;
	int number;

	if (f->query->entities.map > 0) {
		sql_add(sql,
			" FROM entity_map_item i JOIN evolution e ON e.tenant = $1"
			" AND e.id = i.id WHERE i.map = ");
		sql_int(sql, f->query->entities.map);
		return 0;
	}
	if (f->few.known) {
		few_source(f);
		return 0;
	}
	if (type == NULL || type->len != 1 || lone->ids_len > 0) {
		sql_add(sql, " FROM evolution e WHERE e.tenant = $1");
		return 0;
	}
	iri = type->any[0].iris[0];
	if (dict_id(f->index->names, iri, strlen(iri), false, &number, err) < 0)
		return -1;
	sql_add(sql,
		" FROM evolution_type y JOIN evolution e ON e.tenant = y.tenant"
		" AND e.hid = y.hid WHERE y.tenant = $1 AND y.type = ");
	sql_int4(sql, number);
	f->typed = type->any[0].len == 1;
	return 0;
}

static int add_geo(struct find *f, struct err *err)
{
	const struct geo_q *geo = f->query->entities.geo;
	int attr;

	if (geo == NULL)
		return 0;
	if (dict_id(f->index->names, geo->property, strlen(geo->property), false, &attr,
		    err) < 0)
		return -1;
	sql_add(&f->sql,
		" AND EXISTS (SELECT FROM history h CROSS JOIN LATERAL (SELECT h.geom"
		" OFFSET 0) g WHERE h.hid = e.hid AND h.geom IS NOT NULL AND h.attr = ");
	sql_int4(&f->sql, attr);
	instance_sql(&f->names, true, &f->sql);
	sql_add(&f->sql, " AND ");
	geo_relation_sql(geo, &f->sql);
	sql_add(&f->sql, PROBE ")");
	return 0;
}

/* What the broker learnt of in the interval was mostly observed about then: there the index
 * is looked at first.  (An OR is evaluated from left to right.) */
static void add_exists(struct find *f)
{
	const struct temporal_q *q = f->query->temporal;
	bool about = q->property == TIME_CREATED || q->property == TIME_MODIFIED;
	struct sql *sql = &f->sql;
	int64_t first, last;

	temporal_q_range(q, &first, &last);
	sql_add(sql, " AND (");
	for (int i = about ? 0 : 1; i < 2; i++) {
		sql_add(sql, "EXISTS (SELECT FROM history h WHERE h.hid = e.hid");
		attr_sql(&f->names, sql);
		instance_sql(&f->names, true, sql);
		if (i == 0 && first != TEMPORAL_FIRST) {
			sql_add(sql, " AND h.at >= ");
			sql_time(sql, first - DAY);
		}
		if (i == 0 && last != TEMPORAL_LAST) {
			sql_add(sql, " AND h.at < ");
			sql_time(sql, last + DAY);
		}
		sql_add(sql, i == 0 ? PROBE ") OR " : PROBE ")");
	}
	sql_add(sql, ")");
}

static int add_conditions(struct find *f, struct err *err)
{
	const struct entity_query *q = &f->query->entities;
	struct sql *sql = &f->sql;

	if (selectors_sql(q, f->typed, false, f->index->names, sql, err) < 0)
		return -1;
	if (!f->few.known)
		add_exists(f);
	if (history_q_sql(&f->names, f->index, sql, err) < 0)
		return -1;
	return add_geo(f, err);
}

static const char columns[] =
	"e.hid, e.id, (SELECT string_agg(t.iri, E'\\n' ORDER BY array_position(e.types,"
	" t.id)) FROM name t WHERE t.id = ANY(e.types)), e.created, e.deleted";
/* Of what there is no entity of any more, or never was: when it was last written to. */
static const char modified[] =
	", COALESCE((SELECT (c.doc::jsonb ->> 'modifiedAt')::timestamptz FROM entity c"
	" WHERE c.tenant = e.tenant AND c.id = e.id),"
	" (SELECT max(h.modified) FROM history h WHERE h.hid = e.hid))";

static void add_columns(struct find *f)
{
	sql_add(&f->sql, columns);
	sql_add(&f->sql, f->query->times ? modified : ", NULL::timestamptz");
	sql_add(&f->sql, f->query->entities.map > 0 ? ", i.n" : ", 0::int8");
}

static void read_types(const char *text, struct arena *a, struct evolution *out)
{
	const char **list;
	size_t n = 1;

	for (const char *c = text; *c != '\0'; c++)
		n += *c == '\n';
	list = arena_array(a, const char *, n);
	for (size_t i = 0; i < n; i++) {
		size_t len = strcspn(text, "\n");

		list[i] = arena_strndup(a, text, len);
		text += len + (text[len] == '\n');
	}
	out->types = list;
	out->types_len = n;
}

static void read_rows(
	const PGresult *res, size_t len, struct arena *a, struct evolution_page *page)
{
	page->items = arena_array(a, struct evolution, len + 1);
	page->len = len;
	for (int i = 0; i < (int)len; i++) {
		struct evolution *e = &page->items[i];

		e->hid = pg_get_int(res, i, HID);
		e->id = arena_strdup(a, PQgetvalue(res, i, ID));
		read_types(PQgetvalue(res, i, TYPES), a, e);
		e->created = pg_get_time(res, i, CREATED);
		e->deleted = pg_get_time_or_0(res, i, DELETED);
		e->modified = pg_get_time_or_0(res, i, MODIFIED);
		e->place = pg_get_int(res, i, PLACE);
	}
}

/* By id as the collation has it (4.23), else in the order of creation. */
static int add_order(struct find *f, struct err *err)
{
	const struct order *order = f->query->entities.order;
	const char *collation = NULL;

	if (order != NULL &&
		order_collation(f->pg, order, f->sql.arena, &collation, err) < 0)
		return -1;
	if (f->query->entities.map > 0)
		sql_add(&f->sql, " ORDER BY i.n");
	else if (f->few.known && !f->query->by_id)
		return 0;
	else if (f->query->by_id)
		sql_addf(&f->sql, " ORDER BY e.id COLLATE %s%s",
			collation != NULL ? collation : "\"und-x-icu\"",
			f->query->descending ? " DESC" : "");
	else
		sql_add(&f->sql, f->typed ? " ORDER BY y.hid" : " ORDER BY e.hid");
	return 0;
}

static int read_page(struct find *f, struct evolution_page *page, struct err *err)
{
	const struct entity_query *q = &f->query->entities;
	auto_pgresult *res = NULL;
	size_t rows;

	pg_int4(&f->sql.args, q->tenant);
	sql_add(&f->sql, "SELECT ");
	add_columns(f);
	if (add_source(f, err) < 0 || add_conditions(f, err) < 0)
		return -1;
	if (f->query->after > 0) {
		sql_add(&f->sql, f->typed ? " AND y.hid > " : " AND e.hid > ");
		sql_int(&f->sql, f->query->after);
	}
	if (add_order(f, err) < 0)
		return -1;
	sql_addf(&f->sql, " LIMIT %u OFFSET %u", q->limit + 1, q->offset);
	if (temporal_query_sql(f->pg, &f->sql, &res, err) < 0)
		return -1;
	rows = (size_t)PQntuples(res);
	page->more = rows > q->limit;
	read_rows(res, page->more ? q->limit : rows, f->sql.arena, page);
	return 0;
}

static int read_count(struct find *f, int64_t *out, struct err *err)
{
	auto_pgresult *res = NULL;

	pg_int4(&f->sql.args, f->query->entities.tenant);
	sql_add(&f->sql, "SELECT count(*)");
	if (add_source(f, err) < 0 || add_conditions(f, err) < 0 ||
		temporal_query_sql(f->pg, &f->sql, &res, err) < 0)
		return -1;
	*out = pg_get_int(res, 0, 0);
	return 0;
}

static int fill_map(struct find *f, int64_t map, struct err *err)
{
	auto_pgresult *res = NULL;

	pg_int4(&f->sql.args, f->query->entities.tenant);
	sql_add(&f->sql, "INSERT INTO entity_map_item (map, n, id) SELECT ");
	sql_int(&f->sql, map);
	sql_add(&f->sql, ", row_number() OVER (), r.id FROM (SELECT e.id");
	if (add_source(f, err) < 0 || add_conditions(f, err) < 0 || add_order(f, err) < 0)
		return -1;
	sql_add(&f->sql, ") r");
	return temporal_query_sql(f->pg, &f->sql, &res, err);
}

int temporal_map(struct pg *pg, const struct entity_index *index,
	const struct temporal_query *query, int64_t map, struct arena *a, struct err *err)
{
	struct find f = {.pg = pg, .index = index, .query = query, .sql.arena = a};
	int rc;

	if (temporal_names(index, query, a, &f.names, err) < 0)
		return -1;
	if (f.names.none)
		return 0;
	if (temporal_few(pg, &f.names, a, &f.few, err) < 0)
		return -1;
	rc = fill_map(&f, map, err);
	sql_fini(&f.sql);
	return rc;
}

/* A page that is the last one says how many there are. */
static bool tells_count(const struct entity_query *q, const struct evolution_page *page)
{
	return q->limit > 0 && !page->more && (page->len > 0 || q->offset == 0);
}

int temporal_find(struct pg *pg, const struct entity_index *index,
	const struct temporal_query *query, struct arena *a, struct evolution_page *page,
	struct err *err)
{
	const struct entity_query *q = &query->entities;
	struct find first = {.pg = pg, .index = index, .query = query, .sql.arena = a};
	struct find second;
	int rc = 0;

	*page = (struct evolution_page){.count = -1};
	if (temporal_names(index, query, a, &first.names, err) < 0)
		return -1;
	if (first.names.none) {
		page->count = q->count ? 0 : -1;
		return 0;
	}
	if (temporal_few(pg, &first.names, a, &first.few, err) < 0)
		return -1;
	second = first;
	if (q->limit > 0)
		rc = read_page(&first, page, err);
	sql_fini(&first.sql);
	if (rc < 0 || !q->count)
		return rc;
	if (tells_count(q, page)) {
		page->count = (int64_t)q->offset + (int64_t)page->len;
		return 0;
	}
	rc = read_count(&second, &page->count, err);
	sql_fini(&second.sql);
	return rc;
}

int temporal_get(struct pg *pg, const struct entity_index *index,
	const struct temporal_query *query, struct arena *a, struct evolution_page *page,
	struct err *err)
{
	struct find f = {.pg = pg, .index = index, .query = query, .sql.arena = a};
	const char *id = query->entities.selectors[0].ids[0];
	auto_pgresult *res = NULL;
	int rc;

	*page = (struct evolution_page){.count = -1};
	pg_int4(&f.sql.args, query->entities.tenant);
	sql_add(&f.sql, "SELECT ");
	add_columns(&f);
	sql_add(&f.sql, " FROM evolution e WHERE e.tenant = $1 AND e.id = ");
	sql_text(&f.sql, id);
	rc = temporal_query_sql(pg, &f.sql, &res, err);
	sql_fini(&f.sql);
	if (rc < 0)
		return -1;
	read_rows(res, (size_t)PQntuples(res), a, page);
	return 0;
}
