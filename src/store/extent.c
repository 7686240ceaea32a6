/* SPDX-License-Identifier: Apache-2.0 */
#include <store/extent.h>

#include <base/clock.h>
#include <base/mem.h>
#include <store/dict.h>
#include <store/entities.h>
#include <store/pg.h>
#include <store/sql.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 1024
#define WORTH 100 /* times what it took */

struct known {
	int tenant, type;
	int64_t until; /* monotonic */
	struct extent extent;
};

struct extents {
	pthread_mutex_t lock; /* guards the rest */
	struct known slots[SLOTS];
};

struct extents *extents_new(void)
{
	struct extents *x = mem_alloc(sizeof(*x));

	pthread_mutex_init(&x->lock, NULL);
	return x;
}

void extents_free(struct extents *x)
{
	if (x == NULL)
		return;
	pthread_mutex_destroy(&x->lock);
	free(x);
}

static struct known *slot_of(struct extents *x, int tenant, int type)
{
	return &x->slots[((unsigned)tenant * 131u + (unsigned)type) % SLOTS];
}

static bool recall(struct extents *x, int tenant, int type, struct extent *out)
{
	const struct known *k = slot_of(x, tenant, type);
	bool found;

	pthread_mutex_lock(&x->lock);
	found = k->tenant == tenant && k->type == type && k->until > clock_monotonic();
	if (found)
		*out = k->extent;
	pthread_mutex_unlock(&x->lock);
	return found;
}

static void remember(struct extents *x, int tenant, int type, const struct extent *extent,
	int64_t took)
{
	struct known *k = slot_of(x, tenant, type);

	pthread_mutex_lock(&x->lock);
	*k = (struct known){tenant, type, clock_monotonic() + took * WORTH, *extent};
	pthread_mutex_unlock(&x->lock);
}

static const struct pg_stmt box_stmt = {"extent_box",
	"SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) FROM (SELECT "
	"ST_Extent(g.geom)"
	" AS b FROM entity_type t JOIN entity_geometry g ON g.tenant = $1::int4"
	" AND g.eid = t.eid AND g.attr = $3::int4 WHERE t.tenant = $1::int4"
	" AND t.type = $2::int4) x",
	.binary = true};

static int read_box(struct pg *pg, int tenant, int type, int location, struct extent *out,
	struct err *err)
{
	auto_pgresult *res = NULL;
	struct pg_args args = {0};

	pg_int4(&args, tenant);
	pg_int4(&args, type);
	pg_int4(&args, location);
	if (pg_query(pg, &box_stmt, &args, &res, err) < 0)
		return -1;
	out->has_box = !PQgetisnull(res, 0, 0);
	for (int i = 0; out->has_box && i < 4; i++)
		out->box[i] = pg_get_float(res, 0, i);
	return 0;
}

#define TEXT(x)  TEXT_(x)
#define TEXT_(x) #x
static const struct pg_stmt times_stmt = {"extent_times",
	"SELECT min(at), max(at) FROM (SELECT (SELECT max(calanque_instant(o #>> '{}'))"
	" FROM jsonb_path_query(d.doc::jsonb, '$.*.observedAt') o) AS at"
	" FROM (SELECT e.doc FROM entity_type t JOIN entity e ON e.eid = t.eid"
	" WHERE t.tenant = $1::int4 AND t.type = $2::int4 OFFSET 0) d) x"
	" WHERE (SELECT count(*) FROM (SELECT FROM entity_type WHERE tenant = $1::int4"
	" AND type = $2::int4 LIMIT " TEXT(EXTENT_TIMES) " + 1) n) <= " TEXT(
		EXTENT_TIMES),
	.binary = true};

static int read_times(
	struct pg *pg, int tenant, int type, struct extent *out, struct err *err)
{
	auto_pgresult *res = NULL;
	struct pg_args args = {0};

	pg_int4(&args, tenant);
	pg_int4(&args, type);
	if (pg_query(pg, &times_stmt, &args, &res, err) < 0)
		return -1;
	out->has_times = !PQgetisnull(res, 0, 0);
	if (!out->has_times)
		return 0;
	out->first = pg_get_int(res, 0, 0);
	out->last = pg_get_int(res, 0, 1);
	return 0;
}

int extent_of(struct extents *x, struct pg *pg, struct dict *names, int tenant,
	const char *type, const char *location, struct extent *out, struct err *err)
{
	struct extent extent = {0};
	int64_t start = clock_monotonic();
	int number, attr;

	if (dict_id(names, type, strlen(type), false, &number, err) < 0 ||
		dict_id(names, location, strlen(location), false, &attr, err) < 0)
		return -1;
	if (recall(x, tenant, number, out))
		return 0;
	if (read_box(pg, tenant, number, attr, &extent, err) < 0 ||
		read_times(pg, tenant, number, &extent, err) < 0)
		return -1;
	remember(x, tenant, number, &extent, clock_monotonic() - start);
	*out = extent;
	return 0;
}

/* A document without the name in it need not be parsed. */
void observed_sql(const struct time_span *span, int64_t now, struct sql *sql)
{
	sql_add(sql,
		" AND strpos(e.doc, '\"observedAt\"') > 0 AND (SELECT max("
		"calanque_instant(o #>> '{}')) FROM jsonb_path_query(CASE WHEN "
		"strpos(e.doc, "
		"'\"expiresAt\"') > 0 THEN calanque_live(e.doc::jsonb, ");
	sql_int(sql, now);
	sql_add(sql, ") ELSE e.doc::jsonb END, '$.*.observedAt') o) BETWEEN ");
	sql_int(sql, span->from);
	sql_add(sql, " AND ");
	sql_int(sql, span->to);
}
