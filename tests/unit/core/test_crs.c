/* SPDX-License-Identifier: Apache-2.0 */
#include <suite.h>

#include <base/err.h>
#include <core/crs.h>

#include <math.h>
#include <string.h>

/* Degrees as PostGIS (PROJ) transforms them. */
static const struct {
	const char *name;
	unsigned epsg;
	double x, y, lon, lat;
} places[] = {
	{"EPSG:2154", 2154, 892390.7, 6247036.1, 5.369806201, 43.296507453},
	{"Lambert-93", 2154, 892390.7, 6247036.1, 5.369806201, 43.296507453},
	{"urn:ogc:def:crs:EPSG::2154", 2154, 892390.7, 6247036.1, 5.369806201,
		43.296507453},
	{"3944", 3944, 1892390.7, 3150000, 5.380247969, 43.524963153},
	{"EPSG:3857", 3857, 597000, 5350000, 5.362942246, 43.249331665},
	{"http://www.opengis.net/def/crs/EPSG/0/32631", 32631, 631000, 4790000,
		4.613779496, 43.25142498},
	{"EPSG:2975", 2975, 340000, 7660000, 55.459033734, -21.154289194},
	{"urn:ogc:def:crs:OGC:1.3:CRS84", 4326, 5.37, 43.3, 5.37, 43.3},
	{"EPSG:4326", 4326, 5.37, 43.3, 5.37, 43.3},
};

START_TEST(becomes_degrees)
{
	struct crs crs;
	struct err err = {0};
	double lon, lat;

	ck_assert_int_eq(crs_find(places[_i].name, &crs, &err), 0);
	ck_assert_uint_eq(crs.epsg, places[_i].epsg);
	ck_assert(crs_to_degrees(&crs, places[_i].x, places[_i].y, &lon, &lat));
	ck_assert_double_eq_tol(lon, places[_i].lon, 1e-9);
	ck_assert_double_eq_tol(lat, places[_i].lat, 1e-9);
}
END_TEST

static const char *const unknown[] = {"", "EPSG:", "EPSG:1", "EPSG:27572", "WGS84",
	"21540", "EPSG:99999999999", "x2155", "x2154"};

START_TEST(says_what_is_known)
{
	struct crs crs;
	struct err err = {0};

	ck_assert_int_eq(crs_find(unknown[_i], &crs, &err), -1);
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
	ck_assert_ptr_nonnull(strstr(err.detail, "2154 (Lambert-93)"));
}
END_TEST

static const struct {
	const char *name;
	double x, y;
} elsewhere[] = {
	{"EPSG:2154", 6247036.1, 892390.7}, /* exchanged */
	{"EPSG:2154", 5.37, 43.3}, /* degrees already */
	{"EPSG:4326", 892390.7, 6247036.1},
	{"EPSG:2154", NAN, 1},
	{"EPSG:3857", 1e300, 1},
	{"EPSG:32631", INFINITY, -INFINITY},
};

START_TEST(refuses_what_is_elsewhere)
{
	struct crs crs;
	struct err err = {0};
	double lon, lat;

	ck_assert_int_eq(crs_find(elsewhere[_i].name, &crs, &err), 0);
	ck_assert(!crs_to_degrees(&crs, elsewhere[_i].x, elsewhere[_i].y, &lon, &lat));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("crs");

	tcase_add_loop_test(tc, becomes_degrees, 0, ROWS(places));
	tcase_add_loop_test(tc, says_what_is_known, 0, ROWS(unknown));
	tcase_add_loop_test(tc, refuses_what_is_elsewhere, 0, ROWS(elsewhere));
	return suite_run("core/crs", tc);
}
