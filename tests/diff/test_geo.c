/* SPDX-License-Identifier: Apache-2.0 */
/* Geoqueries: what the database answers, against geo_q_matches(). */
#include "diff.h"
#include "generate.h"

#include "suite.h"

#include <base/strbuf.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/geo_area.h>
#include <core/geo_q.h>
#include <store/dict.h>
#include <store/entities.h>
#include <store/geo_sql.h>
#include <store/rarity.h>
#include <store/reach.h>
#include <store/pg.h>
#include <store/sql.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DOCS   200
#define ROUNDS 150
#define PAGE   7
#define NOW    (INT64_C(1704067200) * 1000000) /* 2024 */
/* What may differ of a distance: see geo_q_matches(). */
#define METRES 0.001
#define PART   0.006

static struct arena docs_arena;
static struct jn *docs[DOCS];
static struct dict *names;
static struct context *ctx;

static void add_instance(struct random *r, int n, struct strbuf *sb)
{
	auto_strbuf coordinates = {0};
	const char *type = generate_geometry(r, &coordinates);

	strbuf_addf(sb,
		"{\"type\":\"GeoProperty\",\"value\":{\"type\":\"%s\",\"coordinates\":%"
		"s}",
		type, coordinates.data);
	if (n > 0)
		strbuf_addf(sb, ",\"datasetId\":\"urn:d:%d\"", n);
	if (random_below(r, 8) == 0)
		strbuf_addf(sb, ",\"expiresAt\":\"20%d-01-01T00:00:00Z\"",
			23 + (int)random_below(r, 3));
	strbuf_addc(sb, '}');
}

static void store_geometries(int64_t eid, const struct jn *doc)
{
	auto_arena a = {0};
	const struct jn *attribute = doc->last;
	int attr, n = 0;
	struct err err = {0};

	ck_assert_int_eq(
		dict_id(names, attribute->key, attribute->key_len, true, &attr, &err), 0);
	each_instance(it, attribute) diff_exec(arena_printf(&a,
		"INSERT INTO entity_geometry (tenant, eid, attr, n, alone, geom, "
		"expires) VALUES"
		" (1, %lld, %d, %d, %s, "
		"calanque_valid(ST_Segmentize(ST_Force2D(ST_SetSRID("
		"ST_GeomFromGeoJSON('%s'), 4326)), 90)), nullif('%s', '')::timestamptz)",
		(long long)eid, attr, n++,
		attribute->kind == JN_OBJECT ? "true" : "false",
		jn_text(instance_value(it), &a),
		jn_get(it, "expiresAt") != NULL ? jn_str(jn_get(it, "expiresAt"), &a)
						: ""));
}

static void make_docs(struct random *r)
{
	diff_exec("DELETE FROM entity");
	diff_exec("DELETE FROM entity_geometry");
	for (int i = 0; i < DOCS; i++) {
		auto_strbuf sb = {0};
		unsigned n = random_below(r, 4) == 0 ? 2 : 1;

		strbuf_addf(&sb, "{\"id\":\"urn:x:%d\",\"%slocation\":%s", i + 1,
			"https://uri.etsi.org/ngsi-ld/", n > 1 ? "[" : "");
		for (unsigned j = 0; j < n; j++) {
			if (j > 0)
				strbuf_addc(&sb, ',');
			add_instance(r, (int)j, &sb);
		}
		strbuf_adds(&sb, n > 1 ? "]}" : "}");
		docs[i] = jn_parse_trusted(
			arena_strndup(&docs_arena, sb.data, sb.len), sb.len, &docs_arena);
		ck_assert_ptr_nonnull(docs[i]);
		diff_store(i + 1, jn_str(jn_get(docs[i], "id"), &docs_arena), sb.data);
		store_geometries(i + 1, docs[i]);
	}
	diff_exec("ANALYZE entity_geometry");
}

static struct geo_q *make_q(struct random *r, struct arena *a)
{
	auto_strbuf rel = {0}, coordinates = {0};
	const char *type = generate_geometry(r, &coordinates);
	struct geo_q *q = NULL;
	struct err err = {0};

	generate_georel(r, &rel);
	ck_assert_msg(geo_q_parse(rel.data, type, arena_strdup(a, coordinates.data), NULL,
			      ctx, a, &q, &err) == 0,
		"%s", err.detail);
	return q;
}

/* Did the reference, or what the entity has, cross itself?  PostGIS errs about points that
 * are level with corners which repairing made, a hair apart. */
static bool is_repaired(const struct geo_q *q, const struct jn *doc, struct arena *a)
{
	auto_sql sql = {.arena = a};

	sql_add(&sql, "SELECT 1::int8 WHERE NOT ST_IsValid(");
	sql_geometry(&sql, q->geometry);
	sql_add(&sql, ")");
	each_instance(it, doc->last)
	{
		sql_add(&sql, " OR NOT ST_IsValid(");
		sql_geometry(&sql, jn_text(instance_value(it), a));
		sql_add(&sql, ")");
	}
	return diff_select(&sql, a)->len > 0;
}

/* The reference of the query, as PostGIS makes it valid. */
static void add_reference(const struct geo_q *q, struct sql *sql)
{
	sql_add(sql, "(SELECT calanque_valid(ST_SetSRID(");
	sql_geometry(sql, q->geometry);
	sql_add(sql, ", 4326)))");
}

/* Is one of the entity's distances so near to the one asked for that both answers will do? */
static bool is_close(const struct geo_q *q, int64_t eid, struct arena *a)
{
	double part = strstr(q->geometry, "\"Point\"") != NULL ? 0 : PART;
	double band = METRES + part * q->distance;
	auto_sql sql = {.arena = a};

	pg_int4(&sql.args, 1);
	sql_add(&sql,
		"SELECT g.eid FROM entity_geometry g WHERE g.tenant = $1 AND g.eid = ");
	sql_int(&sql, eid);
	sql_add(&sql, " AND abs(_ST_DistanceUnCached(g.geom::geography, ");
	add_reference(q, &sql);
	sql_add(&sql, "::geography) - ");
	sql_float(&sql, q->distance);
	sql_add(&sql, ") < ");
	sql_float(&sql, band);
	return diff_select(&sql, a)->len > 0;
}

static bool may_differ(
	const struct geo_q *q, const struct jn *doc, int64_t eid, struct arena *a)
{
	if (q->rel == GEOREL_NEAR_MAX || q->rel == GEOREL_NEAR_MIN)
		return is_close(q, eid, a);
	return is_repaired(q, doc, a);
}

static const struct diff_eids *ask(const struct geo_q *q, struct arena *a)
{
	auto_sql sql = {.arena = a};
	struct err err = {0};

	pg_int4(&sql.args, 1);
	sql_add(&sql, "SELECT e.eid FROM entity e WHERE e.tenant = $1 AND ");
	ck_assert_int_eq(geo_sql(q, NOW, names, &sql, &err), 0);
	sql_add(&sql, " ORDER BY 1");
	return diff_select(&sql, a);
}

START_TEST(both_readers)
{
	const char *seed = getenv("CALANQUE_DIFF_SEED"),
		   *rounds = getenv("CALANQUE_DIFF_ROUNDS");
	struct random r = {.state = seed != NULL ? strtoull(seed, NULL, 10) : 42};
	int n_rounds = rounds != NULL ? atoi(rounds) : ROUNDS;
	int some = 0, close = 0;

	make_docs(&r);
	for (int round = 0; round < n_rounds; round++) {
		auto_arena a = {0};
		struct geo_q *q = make_q(&r, &a);
		const struct diff_eids *found = ask(q, &a);
		size_t n = 0;

		if (round % 2 == 0)
			geo_q_prepare(q);
		for (int i = 0; i < DOCS; i++) {
			bool there = n < found->len && found->eids[n] == i + 1;

			n += there;
			if (geo_q_matches(q, docs[i], NOW, &a) == there)
				continue;
			ck_assert_msg(may_differ(q, docs[i], i + 1, &a),
				"%d %f %s on %s: %s", q->rel, q->distance, q->geometry,
				jn_text(docs[i], &a),
				there ? "only the database" : "only in memory");
			close++;
		}
		some += found->len > 0 && found->len < DOCS;
		geo_q_release(q);
	}
	ck_assert_int_gt(some, n_rounds / 2);
	ck_assert_int_lt(close, n_rounds * DOCS / 10000 + 1);
	arena_reset(&docs_arena);
}
END_TEST

/* What the statements of pages and exports use. */
static struct entity_index the_index;

/* All that are near, nearest first, equal ones by number: measured one by one. */
static const struct diff_eids *sort_all(const struct geo_q *q, struct arena *a)
{
	auto_sql sql = {.arena = a};

	pg_int4(&sql.args, 1);
	sql_add(&sql,
		"SELECT e.eid FROM entity e, LATERAL (SELECT min(_ST_DistanceUnCached("
		"g.geom::geography, ");
	add_reference(q, &sql);
	sql_add(&sql,
		"::geography, true)) AS d FROM entity_geometry g WHERE g.tenant = $1"
		" AND g.eid = e.eid AND (g.expires IS NULL OR g.expires > ");
	sql_time(&sql, NOW);
	sql_add(&sql, ")) n WHERE n.d <= ");
	sql_float(&sql, q->distance);
	sql_add(&sql, " ORDER BY n.d, e.eid");
	return diff_select(&sql, a);
}

static int64_t number_of(const struct entity_text *doc, struct arena *a)
{
	const struct jn *j = jn_parse_trusted(doc->text, doc->len, a);

	return strtoll(jn_str(jn_get(j, "id"), a) + strlen("urn:x:"), NULL, 10);
}

static struct entity_page ask_page(
	struct pg *pg, const struct geo_q *q, unsigned offset, struct arena *a)
{
	const struct entity_query query = {.tenant = 1,
		.geo = q,
		.limit = PAGE,
		.offset = offset,
		.count = true,
		.now = NOW};
	struct entity_page page;
	struct err err = {0};

	ck_assert_msg(entities_query(pg, &the_index, &query, a, &page, &err) == 0, "%s",
		err.detail);
	return page;
}

/* Page after page is the list, whatever was learnt on the way. */
static void follow_pages(struct pg *pg, const struct geo_q *q, struct arena *a)
{
	const struct diff_eids *all = sort_all(q, a);
	size_t n = 0;
	bool more = true;

	while (more) {
		auto_entity_page page = ask_page(pg, q, (unsigned)n, a);

		ck_assert_int_eq(page.count, all->len);
		for (size_t i = 0; i < page.len; i++, n++) {
			ck_assert_uint_lt(n, all->len);
			ck_assert_msg(number_of(&page.docs[i], a) == all->eids[n],
				"%zu of %zu near %s, %f m: %lld instead of %lld", n,
				all->len, q->geometry, q->distance,
				(long long)number_of(&page.docs[i], a),
				(long long)all->eids[n]);
		}
		more = page.more;
	}
	ck_assert_uint_eq(n, all->len);
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The ids of those that match, by number, are those that the condition finds. */
static void follow_ids(struct pg *pg, const struct geo_q *q, struct arena *a)
{
	const struct diff_eids *all =
		q->rel == GEOREL_NEAR_MAX ? sort_all(q, a) : ask(q, a);
	const struct entity_query query = {
		.tenant = 1, .geo = q, .limit = DOCS + 1, .now = NOW};
	struct entity_ids ids;
	struct err err = {0};

	qsort(all->eids, all->len, sizeof(*all->eids), compare);
	ck_assert_msg(entities_ids(pg, &the_index, &query, 0, DOCS, a, &ids, &err) == 0,
		"%s", err.detail);
	ck_assert_uint_eq(ids.len, all->len);
	for (size_t i = 0; i < ids.len; i++)
		ck_assert_int_eq(
			strtoll(ids.ids[i] + strlen("urn:x:"), NULL, 10), all->eids[i]);
}

START_TEST(by_index)
{
	struct pg_config config = *diff_config();
	struct random r = {.state = 4711};
	struct pg *pg;

	config.reader = true;
	pg = pg_open(&config);
	the_index = (struct entity_index){
		.names = names, .rarity = rarity_new(), .reach = reach_new()};
	make_docs(&r);
	for (int round = 0; round < ROUNDS; round++) {
		auto_arena a = {0};
		struct geo_q *q = make_q(&r, &a);

		if (q->rel == GEOREL_NEAR_MAX)
			follow_pages(pg, q, &a);
		follow_ids(pg, q, &a);
	}
	reach_free(the_index.reach);
	rarity_free(the_index.rarity);
	pg_close(pg);
	arena_reset(&docs_arena);
}
END_TEST

/* Both give a position the same cell. */
START_TEST(cells)
{
	struct random r = {.state = 3};

	for (int i = 0; i < 200; i++) {
		double x = random_below(&r, 360001) / 1000.0 - 180;
		double y = random_below(&r, 180001) / 1000.0 - 90;
		auto_arena a = {0};
		auto_sql sql = {.arena = &a};

		sql_add(&sql, "SELECT calanque_cell(");
		sql_float(&sql, i == 0 ? 180 : x);
		sql_add(&sql, ", ");
		sql_float(&sql, i == 0 ? 90 : y);
		sql_add(&sql, ")");
		ck_assert_int_eq(diff_select(&sql, &a)->eids[0],
			i == 0 ? geo_cell(180, 90) : geo_cell(x, y));
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("geo");
	int status;

	diff_start();
	names = dict_names(diff_config());
	ctx = context_core();
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, both_readers);
	tcase_add_test(tc, by_index);
	tcase_add_test(tc, cells);
	status = suite_run("diff geo", tc);
	context_unref(ctx);
	dict_free(names);
	return status;
}
