/* SPDX-License-Identifier: Apache-2.0 */
/* Geoqueries in memory, 4.10.  How they relate to PostGIS: tests/diff/test_geo.c. */
#include <core/geo_q.h>

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <core/context.h>

#include "suite.h"

#include <pthread.h>
#include <string.h>

#define GEO(value)  "{\"type\":\"GeoProperty\",\"value\":" value "}"
#define POINT(x, y) "{\"type\":\"Point\",\"coordinates\":[" x "," y "]}"
#define ENTITY(instance)                                                                 \
	"{\"id\":\"urn:x:1\",\"https://uri.etsi.org/ngsi-ld/location\":" instance "}"
#define SQUARE "[[[0,0],[1,0],[1,1],[0,1],[0,0]]]"
#define RING   "[[[0,0],[9,0],[9,9],[0,9],[0,0]],[[1,1],[8,1],[8,8],[1,8],[1,1]]]"
#define BOWTIE "[[[0,0],[1,1],[1,0],[0,1],[0,0]]]"

static const struct {
	const char *georel, *geometry, *coordinates, *entity;
	bool matches;
} table[] = {
	{"near;maxDistance==2000", "Point", "[8,40]", ENTITY(GEO(POINT("8", "40.01"))),
		true},
	{"near;maxDistance==1000", "Point", "[8,40]", ENTITY(GEO(POINT("8", "40.01"))),
		false},
	{"near;minDistance==1000", "Point", "[8,40]", ENTITY(GEO(POINT("8", "40.01"))),
		true},
	/* across the antimeridian, at a pole, inside and in a hole */
	{"near;maxDistance==3000", "Point", "[179.99,0]",
		ENTITY(GEO(POINT("-179.99", "0"))), true},
	{"near;maxDistance==3000", "Point", "[0,89.99]",
		ENTITY(GEO(POINT("180", "89.99"))), true},
	{"near;maxDistance==1", "Polygon", SQUARE, ENTITY(GEO(POINT("0.5", "0.5"))),
		true},
	{"near;maxDistance==1", "Polygon", RING, ENTITY(GEO(POINT("4.5", "4.5"))), false},
	{"near;maxDistance==1", "LineString", "[[0,0],[2,2]]",
		ENTITY(GEO("{\"type\":\"LineString\",\"coordinates\":[[0,2],[2,0]]}")),
		true},
	/* no such property, or of another kind: never */
	{"disjoint", "Point", "[8,40]", "{\"id\":\"urn:x:1\"}", false},
	{"near;minDistance==1", "Point", "[8,40]", "{\"id\":\"urn:x:1\"}", false},
	{"disjoint", "Point", "[8,40]",
		ENTITY("{\"type\":\"Property\",\"value\":" POINT("0", "0") "}"), false},
	/* altitudes, JSON text, what crosses itself */
	{"equals", "Point", "[1,2,3]",
		ENTITY(GEO("{\"type\":\"Point\",\"coordinates\":[1,2,9]}")), true},
	{"equals", "Point", "[1,2]",
		ENTITY(GEO("\"{\\\"type\\\":\\\"Point\\\",\\\"coordinates\\\":[1,2]}\"")),
		true},
	{"within", "Polygon", BOWTIE, ENTITY(GEO(POINT("0.1", "0.5"))), true},
	{"within", "Polygon", BOWTIE, ENTITY(GEO(POINT("0.5", "0.9"))), false},
	{"contains", "Point", "[0.5,0.5]",
		ENTITY(GEO("{\"type\":\"Polygon\",\"coordinates\":" SQUARE "}")), true},
	{"overlaps", "Polygon", SQUARE,
		ENTITY(GEO("{\"type\":\"MultiPolygon\",\"coordinates\":["
			   "[[[0.5,0],[2,0],[2,1],[0.5,1],[0.5,0]]]]}")),
		true},
	{"intersects", "MultiPoint", "[[0,0],[3,3]]", ENTITY(GEO(POINT("3", "3"))), true},
	{"disjoint", "Polygon", SQUARE, ENTITY(GEO(POINT("5", "5"))), true},
	/* any instance will do, unless it has expired */
	{"within", "Polygon", SQUARE,
		ENTITY("[" GEO(POINT(
			"5", "5")) ",{\"type\":\"GeoProperty\",\"value\":" POINT("0.5",
			"0.5") ",\"datasetId\":\"urn:d:1\"}]"),
		true},
	{"within", "Polygon", SQUARE,
		ENTITY("{\"type\":\"GeoProperty\",\"value\":" POINT(
			"0.5", "0.5") ",\"expiresAt\":\"2000-01-01T00:00:00Z\"}"),
		false},
};

static struct geo_q *parse(int row, struct arena *a)
{
	struct context *ctx = context_core();
	struct geo_q *q = NULL;
	struct err err = {0};

	ck_assert_msg(geo_q_parse(table[row].georel, table[row].geometry,
			      table[row].coordinates, NULL, ctx, a, &q, &err) == 0,
		"%s", err.detail);
	context_unref(ctx);
	return q;
}

static struct jn *entity(int row, struct arena *a)
{
	return jn_parse_trusted(table[row].entity, strlen(table[row].entity), a);
}

START_TEST(matches)
{
	auto_arena a = {0};
	struct geo_q *q = parse(_i, &a);
	struct jn *doc = entity(_i, &a);

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(
			geo_q_matches(q, doc, clock_now(), &a), table[_i].matches);
		if (i == 0)
			geo_q_prepare(q);
	}
	geo_q_release(q);
	geo_q_release(q); /* once more is fine */
}
END_TEST

static void *ask_often(void *cookie)
{
	const struct geo_q *q = cookie;

	for (int i = 0; i < 200; i++) {
		auto_arena a = {0};
		int row = i % ROWS(table);
		bool there = geo_q_matches(q, entity(row, &a), clock_now(), &a);

		if (strcmp(table[row].georel, "within") == 0 &&
			strcmp(table[row].coordinates, SQUARE) == 0 &&
			there != table[row].matches)
			return cookie;
	}
	return NULL;
}

START_TEST(many_threads_ask)
{
	auto_arena a = {0};
	struct geo_q *q = parse(ROWS(table) - 1, &a);
	pthread_t threads[8];

	geo_q_prepare(q);
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_often, q), 0);
	for (int i = 0; i < 8; i++) {
		void *failed;

		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	geo_q_release(q);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("geo_match");

	tcase_add_loop_test(tc, matches, 0, ROWS(table));
	tcase_add_test(tc, many_threads_ask);
	return suite_run("geo_match", tc);
}
