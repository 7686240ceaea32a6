/* SPDX-License-Identifier: Apache-2.0 */
/* Where geoqueries look for points: nothing that matches may lie elsewhere. */
#include <core/geo_area.h>
#include <core/geo_q.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/jn.h>
#include <core/context.h>

#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 20000

static uint64_t state = 42;

static double between(double least, double most)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return least + (most - least) * ((double)(state >> 11) / 9007199254740992.0);
}

static bool holds(const struct geo_box *box, double longitude, double latitude)
{
	bool east = longitude >= box->west, west = longitude <= box->east;

	return latitude >= box->south && latitude <= box->north &&
		(box->west <= box->east ? east && west : east || west);
}

static bool covers(const struct geo_range *ranges, size_t n, int64_t cell)
{
	for (size_t i = 0; i < n; i++)
		if (ranges[i].first <= cell && cell <= ranges[i].last)
			return true;
	return false;
}

START_TEST(cells_have_an_order)
{
	ck_assert_int_eq(geo_cell(-180, -90), 0);
	ck_assert_int_eq(geo_cell(180, 90), (INT64_C(1) << GEO_CELL_BITS) - 1);
	/* bits in turns, that of the longitude the lower one */
	ck_assert_int_eq(geo_cell(0, -90), INT64_C(1) << (GEO_CELL_BITS - 2));
	ck_assert_int_eq(geo_cell(-180, 0), INT64_C(1) << (GEO_CELL_BITS - 1));
}
END_TEST

static struct geo_box make_box(void)
{
	double size = pow(10, between(-7, 2.2)), flat = pow(10, between(-2, 2));
	double west = between(-180, 180), south = between(-90, 90);
	struct geo_box box = {
		west, south, west + fmin(size * flat, 359), fmin(south + size, 90)};

	if (box.east > 180)
		box.east -= 360;
	return box;
}

START_TEST(ranges_cover_their_box)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct geo_box box = make_box();
		double width = box.east - box.west + (box.east < box.west ? 360 : 0);
		struct geo_range ranges[GEO_RANGES];
		size_t n = geo_ranges(&box, ranges);

		ck_assert_uint_ge(n, 1);
		ck_assert_uint_le(n, GEO_RANGES);
		for (size_t j = 1; j < n; j++)
			ck_assert_int_gt(ranges[j].first, ranges[j - 1].last + 1);
		for (int j = 0; j < 10; j++) {
			double longitude = box.west + width * between(0, 1);

			if (longitude > 180)
				longitude -= 360;
			ck_assert(covers(ranges, n,
				geo_cell(longitude, between(box.south, box.north))));
		}
		ck_assert(covers(ranges, n, geo_cell(box.west, box.south)));
		ck_assert(covers(ranges, n, geo_cell(box.east, box.north)));
	}
}
END_TEST

/* Of a town no more than some of the surroundings. */
START_TEST(ranges_are_tight)
{
	struct geo_box box = {5.3, 43.2, 5.4, 43.3};
	struct geo_range ranges[GEO_RANGES];
	size_t n = geo_ranges(&box, ranges);
	double cells = 0, cell = 360.0 / 2147483648 * 180.0 / 2147483648;

	for (size_t i = 0; i < n; i++)
		cells += (double)(ranges[i].last - ranges[i].first + 1);
	ck_assert(cells * cell < 2.5 * 0.1 * 0.1);
}
END_TEST

static const char *const references[][2] = {
	{"Point", "[5.3,43.2]"},
	{"Point", "[179.9,-10]"},
	{"Point", "[-180,66.6]"},
	{"Point", "[12,89.95]"},
	{"Point", "[0,-90]"},
	{"MultiPoint", "[[179.5,1],[-179.5,-1]]"},
	{"LineString", "[[-60,60],[20,60]]"},
	{"LineString",
		"[[5,43],[5.1,43.1],[5.2,43],[5.3,43.1],[5.4,43],[5.5,43.1],[5.6,43],"
		"[5.7,43.1],[5.8,43],[5.9,43.1],[6,43],[6.1,43.1],[6.2,43],[6.3,43.1],"
		"[6.4,43],[6.5,43.1],[6.6,43],[6.7,43.1],[6.8,43],[6.9,43.1]]"},
	{"MultiLineString", "[[[179,0],[-179,1]],[[-178,1],[-178,2]]]"},
	{"Polygon", "[[[5,43],[6,43],[6,44],[5,44],[5,43]]]"},
};

/* Round the globe, or about as far away as is asked for. */
static void make_position(
	const struct geo_place *place, double metres, double *longitude, double *latitude)
{
	double far = (place->circle.radius * 6371000 + metres) / 111000 * 1.2;

	if (between(0, 1) < 0.3) {
		*longitude = between(-180, 180);
		*latitude = asin(between(-1, 1)) * 180 / M_PI;
		return;
	}
	*latitude = place->circle.latitude + between(-far, far);
	if (fabs(*latitude) > 90)
		*latitude = copysign(180 - fabs(*latitude), *latitude);
	*latitude = fmax(fmin(*latitude, 90), -90);
	far /= fmax(cos(*latitude * M_PI / 180), 1e-3);
	*longitude = remainder(place->circle.longitude + between(-far, far), 360);
}

/* How many were near. */
static int check_reference(const char *type, const char *coordinates, double metres)
{
	char georel[64], doc[256];
	struct context *ctx = context_core();
	auto_arena a = {0};
	struct geo_place place;
	struct geo_range ranges[GEO_RANGES];
	struct geo_box box;
	struct geo_q *q = NULL;
	struct err err = {0};
	int near = 0;
	size_t n;

	snprintf(georel, sizeof(georel), "near;maxDistance==%.3f", metres);
	ck_assert_msg(
		geo_q_parse(georel, type, coordinates, NULL, ctx, &a, &q, &err) == 0,
		"%s", err.detail);
	geo_q_prepare(q);
	geo_place_of(q, &a, &place);
	box = geo_circle_box(&place.circle, metres);
	n = geo_place_ranges(&place, metres, ranges);
	for (int i = 0; i < 400; i++) {
		auto_arena scratch = {0};
		double longitude, latitude;

		make_position(&place, metres, &longitude, &latitude);
		snprintf(doc, sizeof(doc),
			"{\"%slocation\":{\"type\":\"GeoProperty\",\"value\":"
			"{\"type\":\"Point\",\"coordinates\":[%.17g,%.17g]}}}",
			"https://uri.etsi.org/ngsi-ld/", longitude, latitude);
		if (!geo_q_matches(
			    q, jn_parse_trusted(doc, strlen(doc), &scratch), 0, &scratch))
			continue;
		near++;
		ck_assert_msg(holds(&box, longitude, latitude),
			"%s %s, %.3f m: [%.17g,%.17g] is not in %.9g %.9g %.9g %.9g",
			type, coordinates, metres, longitude, latitude, box.west,
			box.south, box.east, box.north);
		ck_assert_msg(covers(ranges, n, geo_cell(longitude, latitude)),
			"%s %s, %.3f m: [%.17g,%.17g] is in no range", type, coordinates,
			metres, longitude, latitude);
	}
	geo_q_release(q);
	context_unref(ctx);
	return near;
}

START_TEST(what_is_near_is_in_the_box)
{
	for (size_t i = 0; i < sizeof(references) / sizeof(*references); i++) {
		int near = 0;

		for (double metres = 100; metres < 3e7; metres *= 3)
			near += check_reference(
				references[i][0], references[i][1], metres);
		ck_assert_int_gt(near, 500);
	}
}
END_TEST

START_TEST(reference_is_written_as_wkb)
{
	struct context *ctx = context_core();
	auto_arena a = {0};
	struct geo_place place;
	struct geo_q *q = NULL;
	struct err err = {0};

	ck_assert_int_eq(
		geo_q_parse("within", "Point", "[1,-2]", NULL, ctx, &a, &q, &err), 0);
	geo_place_of(q, &a, &place);
	ck_assert(place.is_point);
	ck_assert_str_eq(place.wkb, "0101000000000000000000F03F00000000000000C0");
	ck_assert_int_eq(geo_q_parse("within", "MultiPoint", "[[1,-2],[3,4]]", NULL, ctx,
				 &a, &q, &err),
		0);
	geo_place_of(q, &a, &place);
	ck_assert(!place.is_point);
	ck_assert_str_eq(place.wkb,
		"01040000000200000001010000000000"
		"00000000F03F00000000000000C00101000000000000000000084000000000000010"
		"40");
	ck_assert(place.box.west == 1 && place.box.south == -2 && place.box.east == 3 &&
		place.box.north == 4);
	context_unref(ctx);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("geo area");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, cells_have_an_order);
	tcase_add_test(tc, ranges_cover_their_box);
	tcase_add_test(tc, ranges_are_tight);
	tcase_add_test(tc, what_is_near_is_in_the_box);
	tcase_add_test(tc, reference_is_written_as_wkb);
	return suite_run("core geo area", tc);
}
