/* SPDX-License-Identifier: Apache-2.0 */
/* Geoqueries, 4.10: the grammar; what matches is PostGIS's answer. */
#include <core/geo_q.h>

#include <base/arena.h>
#include <base/err.h>
#include <core/context.h>

#include "suite.h"

#include <string.h>

#define SQUARE "[[[100.0,0.0],[101.0,0.0],[101.0,1.0],[100.0,1.0],[100.0,0.0]]]"

static const struct {
	const char *georel, *geometry, *coordinates, *property;
	enum georel rel;
	double distance;
	const char *text, *iri;
} good[] = {
	{"near;maxDistance==2000", "Point", "[8,40]", "observationSpace", GEOREL_NEAR_MAX,
		2000, "{\"type\":\"Point\",\"coordinates\":[8,40]}",
		"https://uri.etsi.org/ngsi-ld/observationSpace"},
	{"near;minDistance==0.5e1", "Point", "[8, 40]", NULL, GEOREL_NEAR_MIN, 5,
		"{\"type\":\"Point\",\"coordinates\":[8,40]}",
		"https://uri.etsi.org/ngsi-ld/location"},
	{"within", "Polygon", SQUARE, "location", GEOREL_WITHIN, 0,
		"{\"type\":\"Polygon\",\"coordinates\":" SQUARE "}",
		"https://uri.etsi.org/ngsi-ld/location"},
	{"contains", "Point", "[8,40]", "area", GEOREL_CONTAINS, 0,
		"{\"type\":\"Point\",\"coordinates\":[8,40]}",
		"https://uri.etsi.org/ngsi-ld/default-context/area"},
	{"overlaps", "Point", "[8,40]", NULL, GEOREL_OVERLAPS, 0, NULL, NULL},
	{"intersects", "Point", "[8,40]", NULL, GEOREL_INTERSECTS, 0, NULL, NULL},
	{"equals", "Point", "[8,40]", NULL, GEOREL_EQUALS, 0, NULL, NULL},
	{"disjoint", "Point", "[8,40]", NULL, GEOREL_DISJOINT, 0, NULL, NULL},
	/* Opposite each other, but no line leads from one to the other, or no way is asked. */
	{"near;maxDistance==5", "MultiPoint", "[[0,0],[180,0]]", NULL, GEOREL_NEAR_MAX, 5,
		NULL, NULL},
	{"near;maxDistance==5", "LineString", "[[0,0],[90,0],[180,0]]", NULL,
		GEOREL_NEAR_MAX, 5, NULL, NULL},
	{"within", "LineString", "[[0,0],[180,0]]", NULL, GEOREL_WITHIN, 0, NULL, NULL},
};

START_TEST(means_what_it_says)
{
	auto_arena a = {.cap = 1 << 20};
	struct context *ctx = context_core();
	struct geo_q *q = NULL;
	struct err err = {0};

	ck_assert_msg(
		geo_q_parse(good[_i].georel, good[_i].geometry, good[_i].coordinates,
			good[_i].property, ctx, &a, &q, &err) == 0,
		"%s", err.detail);
	ck_assert_int_eq(q->rel, good[_i].rel);
	ck_assert_double_eq(q->distance, good[_i].distance);
	if (good[_i].text != NULL) {
		ck_assert_str_eq(q->geometry, good[_i].text);
		ck_assert_str_eq(q->property, good[_i].iri);
	}
	context_unref(ctx);
}
END_TEST

#define DISTANCE "georel: the distance must be a number of metres above 0"
#define MODIFIER "georel: near needs ;maxDistance==<metres> or ;minDistance==<metres>"
#define OPPOSITE                                                                         \
	"coordinates: near knows no shortest way between positions that are opposite "   \
	"each other on the globe; put one between them"
#define TOGETHER " is missing: georel, geometry and coordinates come together"

static const struct {
	const char *georel, *geometry, *coordinates, *property, *says;
} bad[] = {
	{NULL, "Point", "[8,40]", NULL, "georel" TOGETHER},
	{"within", NULL, "[8,40]", NULL, "geometry" TOGETHER},
	{"within", "Point", NULL, NULL, "coordinates" TOGETHER},
	{"near;maxDistance==0", "Point", "[8,40]", NULL, DISTANCE},
	{"near;maxDistance==-5", "Point", "[8,40]", NULL, DISTANCE},
	{"near;maxDistance==", "Point", "[8,40]", NULL, DISTANCE},
	{"near;maxDistance==1e999", "Point", "[8,40]", NULL, DISTANCE},
	{"near;maxDistance==0x10", "Point", "[8,40]", NULL, DISTANCE},
	{"near;maxDistance==5.", "Point", "[8,40]", NULL, DISTANCE},
	{"near;maxDistance==nan", "Point", "[8,40]", NULL, DISTANCE},
	{"near", "Point", "[8,40]", NULL, MODIFIER},
	{"near;maxDistance=5", "Point", "[8,40]", NULL, MODIFIER},
	{"near;distance==5", "Point", "[8,40]", NULL, MODIFIER},
	{"near;maxDistance==5;minDistance==2", "Point", "[8,40]", NULL,
		"georel: near takes one of maxDistance and minDistance"},
	{"touches", "Point", "[8,40]", NULL,
		"georel: 'touches' is none of near;…, within, contains, overlaps, "
		"intersects, "
		"equals, disjoint"},
	{"within", "Point", "[8,40]", "1 2",
		"geoproperty: '1 2' is not an attribute name"},
	{"near;maxDistance==5", "LineString", "[[0,0],[180,0]]", NULL, OPPOSITE},
	{"near;minDistance==5", "LineString", "[[1,2],[10,20],[-170,-20]]", NULL,
		OPPOSITE},
	{"near;maxDistance==5", "MultiLineString", "[[[0,0],[1,1]],[[7,90],[9,-90]]]",
		NULL, OPPOSITE},
	{"near;maxDistance==5", "Polygon", "[[[0,0],[180,0],[90,45],[0,0]]]", NULL,
		OPPOSITE},
};

START_TEST(says_what_is_wrong)
{
	auto_arena a = {0};
	struct context *ctx = context_core();
	struct geo_q *q = NULL;
	struct err err = {0};

	ck_assert_int_eq(
		geo_q_parse(bad[_i].georel, bad[_i].geometry, bad[_i].coordinates,
			bad[_i].property, ctx, &a, &q, &err),
		-1);
	ck_assert_str_eq(err.detail, bad[_i].says);
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
	ck_assert_ptr_null(q);
	context_unref(ctx);
}
END_TEST

/* What is wrong inside is geometry_check()'s to say; here, that it is asked. */
static const struct {
	const char *geometry, *coordinates, *begins;
} ugly[] = {
	{"Point", "[8,", "coordinates: "},
	{"Point", "\"8,40\"", "geometry and coordinates: "},
	{"Point", "[[8,40]]", "geometry and coordinates: "},
	{"Polygon", "[[[0,0],[1,0],[1,1],[0,1]]]", "geometry and coordinates: "},
	{"GeometryCollection", "[]", "geometry and coordinates: "},
	{"point", "[8,40]", "geometry and coordinates: "},
};

START_TEST(checks_the_geometry)
{
	auto_arena a = {0};
	struct context *ctx = context_core();
	struct geo_q *q = NULL;
	struct err err = {0};

	ck_assert_int_eq(geo_q_parse("within", ugly[_i].geometry, ugly[_i].coordinates,
				 NULL, ctx, &a, &q, &err),
		-1);
	ck_assert_msg(strncmp(err.detail, ugly[_i].begins, strlen(ugly[_i].begins)) == 0,
		"%s", err.detail);
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
	ck_assert_ptr_null(q);
	context_unref(ctx);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("geo_q");

	tcase_add_loop_test(tc, means_what_it_says, 0, ROWS(good));
	tcase_add_loop_test(tc, says_what_is_wrong, 0, ROWS(bad));
	tcase_add_loop_test(tc, checks_the_geometry, 0, ROWS(ugly));
	return suite_run("geo_q", tc);
}
