/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scopeQ (generated), the type selection language and geoqueries: what the database
 * answers, against the readers in memory; geoqueries against 4.10.
 */
#include "diff.h"
#include "generate.h"

#include "suite.h"

#include <base/strbuf.h>
#include <core/context.h>
#include <core/geo_q.h>
#include <core/scope_q.h>
#include <core/type_q.h>
#include <store/dict.h>
#include <store/filter.h>
#include <store/geo_sql.h>
#include <store/sql.h>

#include <stdio.h>
#include <string.h>

#define DOCS   60
#define ROUNDS 400

/* SELECT e.eid … WHERE: a condition is to follow. */
static void begin(struct sql *sql)
{
	pg_int4(&sql->args, 1);
	sql_add(sql, "SELECT e.eid FROM entity e WHERE e.tenant = $1 AND ");
}

static struct jn *entity_with(const char *member, const char *json, struct arena *a)
{
	struct jn *entity = jn_object(a);

	jn_add(entity, member, jn_parse_trusted(json, strlen(json), a));
	return entity;
}

static void store_scopes(int64_t eid, const char *json)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		"INSERT INTO entity (tenant, eid, id, types, scopes, doc) VALUES (1, "
		"%lld,"
		" 'urn:%lld', '{}', (SELECT array_agg(s) FROM "
		"jsonb_array_elements_text('%s') s),"
		" '{}')",
		(long long)eid, (long long)eid, json);
	diff_exec(sql);
}

START_TEST(scopes)
{
	struct random r = {.state = 42};
	auto_arena docs = {0};
	struct jn *entities[DOCS];
	size_t some = 0;

	diff_exec("DELETE FROM entity");
	for (int i = 0; i < DOCS; i++) {
		auto_strbuf sb = {0};

		generate_scopes(&r, &sb);
		entities[i] = entity_with("scope", arena_strdup(&docs, sb.data), &docs);
		store_scopes(i + 1, sb.data);
	}
	for (int round = 0; round < ROUNDS; round++) {
		auto_arena a = {0};
		auto_strbuf sb = {0};
		auto_sql sql = {.arena = &a};
		const struct diff_eids *found;
		struct scope_q *q = NULL;
		struct err err = {0};
		size_t n = 0;

		generate_scope_q(&r, &sb);
		ck_assert_msg(
			scope_q_parse(sb.data, &a, &q, &err) == 0, "%s", err.detail);
		begin(&sql);
		scope_sql(q, &sql);
		sql_add(&sql, " ORDER BY 1");
		found = diff_select(&sql, &a);
		for (int i = 0; i < DOCS; i++) {
			bool there = n < found->len && found->eids[n] == i + 1;

			ck_assert_msg(scope_q_matches(q, entities[i]) == there,
				"%s on %s", sb.data, jn_text(entities[i], &a));
			n += there;
		}
		some += n > 0 && n < DOCS;
	}
	ck_assert_uint_gt(some, ROUNDS / 2);
}
END_TEST

static const char *const type_qs[] = {"A", "B", "A|B", "A,C", "(A;B)", "(A;B)|C",
	"(A;B;C)", "(A;C),(B;C)", "Unheard", "A|Unheard", "(A;Unheard)|B"};
static const char type_names[] = "ABC";

/* The entity `set` has the types whose bits are set in it. */
static void store_types(int set, struct dict *names, struct arena *a, struct jn **entity)
{
	struct context *ctx = context_core();
	char *ids = arena_strdup(a, "{");
	struct jn *types = jn_array(a);

	for (int i = 0; i < 3; i++) {
		const char *iri = context_expand(ctx, &type_names[i], 1, a);
		struct err err = {0};
		int id;

		if ((set & 1 << i) == 0)
			continue;
		ck_assert_int_eq(dict_id(names, iri, strlen(iri), true, &id, &err), 0);
		ids = arena_printf(a, "%s%s%d", ids, ids[1] == '\0' ? "" : ",", id);
		jn_append(types, jn_string(a, iri));
		diff_exec(arena_printf(
			a, "INSERT INTO entity_type VALUES (1, %d, %d)", id, set));
	}
	diff_exec(arena_printf(a,
		"INSERT INTO entity (tenant, eid, id, types, doc) VALUES"
		" (1, %d, 'urn:%d', '%s}', '{}')",
		set, set, ids));
	*entity = jn_object(a);
	jn_add(*entity, "type", types);
	context_unref(ctx);
}

START_TEST(types)
{
	auto_arena a = {0};
	struct dict *names = dict_names(diff_config());
	struct context *ctx = context_core();
	struct jn *entities[8];

	diff_exec("DELETE FROM entity");
	diff_exec("DELETE FROM entity_type");
	for (int set = 1; set < 8; set++)
		store_types(set, names, &a, &entities[set]);
	for (int i = 0; i < ROWS(type_qs); i++) {
		auto_sql where = {.arena = &a}, source = {.arena = &a};
		struct type_q *q = NULL;
		const struct diff_eids *found, *driven = NULL;
		struct err err = {0};
		size_t n = 0;
		bool none;

		ck_assert_int_eq(type_q_parse(type_qs[i], ctx, &a, &q, &err), 0);
		begin(&where);
		ck_assert_int_eq(type_sql(q, names, &where, &err), 0);
		sql_add(&where, " ORDER BY 1");
		found = diff_select(&where, &a);
		pg_int4(&source.args, 1);
		sql_add(&source, "SELECT t.eid FROM ");
		ck_assert_int_eq(type_source_sql(q, names, &source, &none, &err), 0);
		sql_add(&source, " t ORDER BY 1");
		if (!none)
			driven = diff_select(&source, &a);
		ck_assert_uint_eq(none ? 0 : driven->len, found->len);
		for (int set = 1; set < 8; set++) {
			bool there = n < found->len && found->eids[n] == set;

			ck_assert_msg(type_q_matches(q, entities[set]) == there,
				"%s on %d", type_qs[i], set);
			ck_assert(!there || driven->eids[n] == set);
			n += there;
		}
	}
	context_unref(ctx);
	dict_free(names);
}
END_TEST

#define SQUARE(x0, x1) "[[[" x0 ",0],[" x1 ",0],[" x1 ",1],[" x0 ",1],[" x0 ",0]]]"
#define POINT(x, y)    "{\"type\":\"Point\",\"coordinates\":[" x "," y "]}"
#define POLYGON(c)     "{\"type\":\"Polygon\",\"coordinates\":" c "}"
#define BOWTIE         "[[[0,0],[1,1],[1,0],[0,1],[0,0]]]"
#define LINE(c)        "{\"type\":\"LineString\",\"coordinates\":" c "}"

static const struct {
	const char *georel, *geometry, *coordinates;
	const char *target; /* NULL: no such property */
	bool matches;
} geo[] = {
	{"near;maxDistance==2000", "Point", "[8,40]", POINT("8", "40.01"), true},
	{"near;maxDistance==1000", "Point", "[8,40]", POINT("8", "40.01"), false},
	{"near;minDistance==1000", "Point", "[8,40]", POINT("8", "40.01"), true},
	{"near;minDistance==2000", "Point", "[8,40]", POINT("8", "40.01"), false},
	{"near;minDistance==1", "Point", "[8,40]", NULL, false},
	{"near;maxDistance==20000000", "Point", "[8,40]", NULL, false},
	/* across the antimeridian, and at a pole */
	{"near;maxDistance==3000", "Point", "[179.99,0]", POINT("-179.99", "0"), true},
	{"near;maxDistance==3000", "Point", "[0,89.99]", POINT("180", "89.99"), true},
	/* any geometry on either side */
	{"near;maxDistance==200", "Polygon", SQUARE("0", "1"), POINT("1.001", "0.5"),
		true},
	{"near;maxDistance==100", "Polygon", SQUARE("0", "1"), POINT("1.001", "0.5"),
		false},
	{"near;maxDistance==1", "Polygon", SQUARE("0", "1"), POINT("0.5", "0.5"), true},
	{"near;minDistance==1", "Polygon", SQUARE("0", "1"), POINT("0.5", "0.5"), false},
	{"near;maxDistance==200", "LineString", "[[0,0],[0,1]]",
		POLYGON(SQUARE("0.001", "1")), true},
	{"within", "Polygon", SQUARE("0", "1"), POINT("0.5", "0.5"), true},
	{"within", "Polygon", SQUARE("0", "1"), POINT("1.5", "0.5"), false},
	{"within", "Polygon", SQUARE("0", "1"), POLYGON(SQUARE("0.2", "0.8")), true},
	{"within", "Polygon", SQUARE("0.2", "0.8"), POLYGON(SQUARE("0", "1")), false},
	{"within", "MultiPolygon", "[" SQUARE("0", "1") "," SQUARE("2", "3") "]",
		POINT("2.5", "0.5"), true},
	{"contains", "Point", "[0.5,0.5]", POLYGON(SQUARE("0", "1")), true},
	{"contains", "Polygon", SQUARE("0", "1"), POINT("0.5", "0.5"), false},
	{"overlaps", "Polygon", SQUARE("0", "1"), POLYGON(SQUARE("0.5", "1.5")), true},
	{"overlaps", "Polygon", SQUARE("0", "1"), POLYGON(SQUARE("0.2", "0.8")), false},
	{"intersects", "Polygon", SQUARE("0", "1"), LINE("[[0.5,0.5],[5,5]]"), true},
	{"intersects", "LineString", "[[0,0],[1,1]]", LINE("[[0,1],[1,0]]"), true},
	{"intersects", "MultiPoint", "[[0,0],[3,3]]", POINT("3", "3"), true},
	{"equals", "Polygon", SQUARE("0", "1"),
		POLYGON("[[[1,0],[1,1],[0,1],[0,0],[1,0]]]"), true},
	{"equals", "Point", "[1,2,3]", POINT("1", "2"), true},
	{"equals", "Point", "[1,2]", POINT("1", "2.1"), false},
	{"disjoint", "Polygon", SQUARE("0", "1"), POINT("5", "5"), true},
	{"disjoint", "Polygon", SQUARE("0", "1"), POINT("0.5", "0.5"), false},
	{"disjoint", "Polygon", SQUARE("0", "1"), NULL, false},
	/* polygons that cross themselves, as reference and as target */
	{"intersects", "Polygon", BOWTIE, POINT("0.1", "0.5"), true},
	{"within", "Polygon", BOWTIE, POINT("0.5", "0.9"), false},
	{"overlaps", "Polygon", SQUARE("0", "0.5"), POLYGON(BOWTIE), true},
	{"contains", "Point", "[0.1,0.5]", POLYGON(BOWTIE), true},
	{"equals", "Polygon", BOWTIE, POLYGON(BOWTIE), true},
	{"disjoint", "Polygon", BOWTIE, POINT("0.5", "0.9"), true},
	{"near;maxDistance==10", "Polygon", BOWTIE, POINT("0.1", "0.5"), true},
	{"intersects", "LineString", "[[0,0],[0,0]]", POINT("0", "0"), true},
};

START_TEST(geoqueries)
{
	auto_arena a = {0};
	auto_sql sql = {.arena = &a};
	struct dict *names = dict_names(diff_config());
	struct context *ctx = context_core();
	struct geo_q *q = NULL;
	struct err err = {0};
	int attr;

	diff_exec("DELETE FROM entity");
	diff_exec("DELETE FROM entity_geometry");
	diff_store(1, "urn:x:1", "{}");
	ck_assert_msg(geo_q_parse(geo[_i].georel, geo[_i].geometry, geo[_i].coordinates,
			      NULL, ctx, &a, &q, &err) == 0,
		"%s", err.detail);
	ck_assert_int_eq(
		dict_id(names, q->property, strlen(q->property), true, &attr, &err), 0);
	if (geo[_i].target != NULL)
		diff_exec(arena_printf(&a,
			"INSERT INTO entity_geometry (tenant, eid, attr, n, alone, geom) "
			"VALUES"
			" (1, 1, %d, 0, true, calanque_valid(ST_Force2D(ST_SetSRID("
			"ST_GeomFromGeoJSON('%s'), 4326))))",
			attr, geo[_i].target));
	begin(&sql);
	ck_assert_int_eq(geo_sql(q, 0, names, &sql, &err), 0);
	ck_assert_msg((diff_select(&sql, &a)->len == 1) == geo[_i].matches,
		"%s %s %s on %s", geo[_i].georel, geo[_i].geometry, geo[_i].coordinates,
		geo[_i].target);
	context_unref(ctx);
	dict_free(names);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("filter");

	diff_start();
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, scopes);
	tcase_add_test(tc, types);
	tcase_add_loop_test(tc, geoqueries, 0, ROWS(geo));
	return suite_run("diff filter", tc);
}
