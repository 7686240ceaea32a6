/* SPDX-License-Identifier: Apache-2.0 */
/* Geoqueries: what the database answers, against geo_q_matches(). */
#include "diff.h"
#include "generate.h"

#include "suite.h"

#include <base/strbuf.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/geo_q.h>
#include <store/dict.h>
#include <store/filter.h>
#include <store/sql.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DOCS   200
#define ROUNDS 150
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
	geo_reference_sql(q, &sql);
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

int main(void)
{
	TCase *tc = tcase_create("geo");
	int status;

	diff_start();
	names = dict_names(diff_config());
	ctx = context_core();
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, both_readers);
	status = suite_run("diff geo", tc);
	context_unref(ctx);
	dict_free(names);
	return status;
}
