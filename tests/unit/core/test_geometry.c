/* SPDX-License-Identifier: Apache-2.0 */
#include <core/expand.h>

#include <base/arena.h>
#include <base/err.h>

#include <suite.h>

#include <string.h>

static int check(const char *text, struct err *err)
{
	auto_arena a = {0};
	struct jn *geometry = NULL;

	ck_assert_msg(jn_parse(text, strlen(text), JN_LIMITS, &a, &geometry, err) == 0,
		"%s: %s", text, err->detail);
	return geometry_check(geometry, "/location/value", err);
}

#define G(type, coordinates) "{\"type\":\"" type "\",\"coordinates\":" coordinates "}"

static const char *const good[] = {
	G("Point", "[5.37, 43.3]"),
	G("Point", "[-180, 90, 12.5]"),
	"{\"coordinates\":[1e0,2],\"type\":\"Point\",\"bbox\":[1,2,1,2]}",
	G("MultiPoint", "[[1,2]]"),
	G("LineString", "[[1,2],[3,4]]"),
	G("MultiLineString", "[[[1,2],[3,4]],[[5,6],[7,8],[9,10]]]"),
	G("Polygon", "[[[0,0],[1,0],[1,1],[0,0]]]"),
	G("Polygon",
		"[[[0,0],[1,0],[1,1],[0.0,0]],[[0.1,0.1],[0.2,0.1],[0.2,0.2],[0.1,0.1]]"
		"]"),
	G("Polygon",
		"[[[0,0],[2,2],[2,0],[0,2],[0,0]]]"), /* crosses itself: not our concern */
	G("MultiPolygon", "[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]"),
};

START_TEST(accepts)
{
	struct err err = {0};

	ck_assert_msg(check(good[_i], &err) == 0, "%s: %s", good[_i], err.detail);
	ck_assert_int_eq(err.kind, ERR_NONE);
}
END_TEST

static const struct {
	const char *text, *says;
} bad[] = {
	{"5",
		": must be a GeoJSON geometry, an object with \"type\" and "
		"\"coordinates\""},
	{"{\"coordinates\":[1,2]}",
		"/type: must be Point, MultiPoint, LineString, "
		"MultiLineString, Polygon or MultiPolygon"},
	{G("point", "[1,2]"),
		"/type: must be Point, MultiPoint, LineString, MultiLineString, "
		"Polygon or MultiPolygon"},
	{"{\"type\":\"GeometryCollection\",\"geometries\":[]}",
		"/type: GeometryCollection is not allowed in NGSI-LD (4.7.1)"},
	{"{\"type\":\"Point\"}", ": a Point needs \"coordinates\""},
	{G("Point", "[]"),
		"/coordinates: a position is [longitude, latitude] or [longitude, "
		"latitude, altitude]"},
	{G("Point", "[1,2,3,4]"),
		"/coordinates: a position is [longitude, latitude] or "
		"[longitude, latitude, altitude]"},
	{G("Point", "[[1,2]]"),
		"/coordinates: a position is [longitude, latitude] or "
		"[longitude, latitude, altitude]"},
	{G("Point", "\"1,2\""),
		"/coordinates: a position is [longitude, latitude] or "
		"[longitude, latitude, altitude]"},
	{G("Point", "[\"1\",2]"), "/coordinates: a position holds numbers only"},
	{G("Point", "[1,null]"), "/coordinates: a position holds numbers only"},
	{G("Point", "[1,2,1e999]"), "/coordinates: a position holds numbers only"},
	{G("Point", "[181,2]"),
		"/coordinates: longitude (the first number) is between -180 and 180"},
	{G("Point", "[43,-90.5]"),
		"/coordinates: latitude (the second number) is between -90 and 90"},
	{G("MultiPoint", "[]"), "/coordinates: at least one position is needed"},
	{G("MultiPoint", "[[1,2],[1]]"),
		"/coordinates/1: a position is [longitude, latitude] or "
		"[longitude, latitude, altitude]"},
	{G("LineString", "[[1,2]]"), "/coordinates: a line has at least two positions"},
	{G("LineString", "{}"), "/coordinates: must be an array of positions"},
	{G("MultiLineString", "[]"), "/coordinates: must be an array, and not empty"},
	{G("MultiLineString", "[[[1,2],[3,4]],[[1,2]]]"),
		"/coordinates/1: a line has at least two positions"},
	{G("Polygon", "[[[0,0],[1,0],[0,0]]]"),
		"/coordinates/0: a ring has at least four "
		"positions, the last the same as the first"},
	{G("Polygon", "[[[0,0],[1,0],[1,1],[0,1]]]"),
		"/coordinates/0: the ring is not closed: its last position must equal "
		"its first"},
	{G("Polygon", "[[0,0],[1,0],[1,1],[0,0]]"),
		"/coordinates/0/0: a position is [longitude, latitude] or [longitude, "
		"latitude, "
		"altitude]"},
	{G("MultiPolygon", "[[[[0,0],[1,0],[1,1],[0,0]]],[[[0,0],[1,0],[1,91],[0,0]]]]"),
		"/coordinates/1/0/2: latitude (the second number) is between -90 and 90"},
};

START_TEST(refuses_and_says_where)
{
	struct err err = {0};

	ck_assert_int_eq(check(bad[_i].text, &err), -1);
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
	ck_assert_int_eq(strncmp(err.detail, "/location/value", 15), 0);
	ck_assert_str_eq(err.detail + 15, bad[_i].says);
}
END_TEST

START_TEST(knows_the_types)
{
	auto_arena a = {0};

	ck_assert(geometry_type_is_known(jn_string(&a, "MultiPolygon")));
	ck_assert(!geometry_type_is_known(jn_string(&a, "GeometryCollection")));
	ck_assert(!geometry_type_is_known(jn_integer(&a, 1)));
	ck_assert(!geometry_type_is_known(NULL));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("geometry");

	tcase_add_loop_test(tc, accepts, 0, ROWS(good));
	tcase_add_loop_test(tc, refuses_and_says_where, 0, ROWS(bad));
	tcase_add_test(tc, knows_the_types);
	return suite_run("geometry", tc);
}
