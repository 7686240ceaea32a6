/* SPDX-License-Identifier: Apache-2.0 */
#include <http/negotiate.h>

#include <base/err.h>

#include <check.h>
#include <string.h>

static const struct {
	const char *accept;
	bool geojson;
	enum media is;
} accepted[] = {
	{NULL, false, MEDIA_JSON},
	{"", false, MEDIA_JSON},
	{"*/*", false, MEDIA_JSON},
	{"*", false, MEDIA_JSON},
	{"application/*", true, MEDIA_JSON},
	{"application/json", false, MEDIA_JSON},
	{"APPLICATION/LD+JSON", false, MEDIA_LD_JSON},
	{"application/ld+json; charset=utf-8", false, MEDIA_LD_JSON},
	{"application/ld+json;profile=\"a,b;q=0\"", false, MEDIA_LD_JSON},
	{"application/ld+json, application/json", false, MEDIA_JSON},
	{"application/ld+json, application/json;q=0.9", false, MEDIA_LD_JSON},
	{"application/ld+json;q=0.5,application/json;q=0.501", false, MEDIA_JSON},
	{"application/ld+json, */*;q=0.1", false, MEDIA_LD_JSON},
	{"application/json;q=0, */*", false, MEDIA_LD_JSON},
	{"application/json, text/plain, */*", false, MEDIA_JSON},
	{"text/plain, application/*", false, MEDIA_JSON},
	{"application/geo+json", true, MEDIA_GEO_JSON},
	{"application/geo+json, text/plain, application/json", true, MEDIA_JSON},
	{"application/geo+json;q=1, application/json;q=0.2", true, MEDIA_GEO_JSON},
	{"application/geo+json, */*;q=0.2", false, MEDIA_JSON},
	{"application/json;q=x", false, MEDIA_JSON},
	{",,application/json,", false, MEDIA_JSON},
};

START_TEST(accepts)
{
	enum media m = MEDIA_NONE;
	struct err err = {0};

	ck_assert_int_eq(
		negotiate_accept(accepted[_i].accept, accepted[_i].geojson, &m, &err), 0);
	ck_assert_int_eq(m, accepted[_i].is);
}
END_TEST

static const struct {
	const char *accept;
	bool geojson;
	const char *says;
} unacceptable[] = {
	{"application/geo+json", false,
		"Accept 'application/geo+json' allows nothing that is available here: "
		"application/json, application/ld+json"},
	{"text/html", true,
		"Accept 'text/html' allows nothing that is available here: "
		"application/json, application/ld+json, application/geo+json"},
	{"*/*;q=0", false,
		"Accept '*/*;q=0' allows nothing that is available here: "
		"application/json, application/ld+json"},
	{"application/jsonx, xapplication/json", false,
		"Accept 'application/jsonx, xapplication/json' allows nothing that is "
		"available here: application/json, application/ld+json"},
};

START_TEST(says_what_is_available)
{
	enum media m = MEDIA_NONE;
	struct err err = {0};

	ck_assert_int_eq(negotiate_accept(unacceptable[_i].accept,
				 unacceptable[_i].geojson, &m, &err),
		-1);
	ck_assert_int_eq(err.kind, ERR_NOT_ACCEPTABLE);
	ck_assert_str_eq(err.detail, unacceptable[_i].says);
	ck_assert_int_eq(m, MEDIA_NONE);
}
END_TEST

#define BROWSER                                                                          \
	"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

static const struct {
	const char *accept;
	bool html;
} browsers[] = {
	{BROWSER, true}, {"text/html, */*;q=0.1", true},
	{"text/html;q=0.9, application/json;q=0.8", true}, {NULL, false}, {"", false},
	{"*/*", false}, {"application/json", false},
	{"text/html, application/json", false}, {"text/html;q=0.5, */*;q=0.8", false},
	{"text/html", false}, /* 406 as for any type that an API has not */
};

START_TEST(knows_browsers)
{
	ck_assert_int_eq(negotiate_html(browsers[_i].accept), browsers[_i].html);
}
END_TEST

static const struct {
	const char *type, *method;
	enum media is;
	const char *says; /* where it is refused */
} bodies[] = {
	{"application/json", "POST", MEDIA_JSON, NULL},
	{"Application/JSON", "POST", MEDIA_JSON, NULL},
	{"application/ld+json", "PUT", MEDIA_LD_JSON, NULL},
	{"application/json; charset=UTF-8", "POST", MEDIA_JSON, NULL},
	{"application/json;charset=\"utf-8\" ; x=y", "POST", MEDIA_JSON, NULL},
	{"application/merge-patch+json", "PATCH", MEDIA_MERGE, NULL},
	{"application/merge-patch+json", "POST", MEDIA_NONE,
		"Content-Type 'application/merge-patch+json' is not supported; supported "
		"are "
		"application/json, application/ld+json"},
	{"text/plain", "PATCH", MEDIA_NONE,
		"Content-Type 'text/plain' is not supported; supported are "
		"application/json, application/ld+json, application/merge-patch+json"},
	{NULL, "POST", MEDIA_NONE,
		"Content-Type is missing; supported are application/json, "
		"application/ld+json"},
	{"application/json; charset=latin1", "POST", MEDIA_NONE,
		"charset 'latin1' is not supported; JSON is UTF-8"},
};

START_TEST(reads_content_type)
{
	enum media m = MEDIA_NONE;
	struct err err = {0};
	int rc = negotiate_content_type(
		bodies[_i].type, strcmp(bodies[_i].method, "PATCH") == 0, &m, &err);

	ck_assert_int_eq(m, bodies[_i].is);
	if (bodies[_i].says == NULL) {
		ck_assert_int_eq(rc, 0);
		return;
	}
	ck_assert_int_eq(rc, -1);
	ck_assert_int_eq(err.kind, ERR_UNSUPPORTED_MEDIA_TYPE);
	ck_assert_str_eq(err.detail, bodies[_i].says);
}
END_TEST

static const struct {
	const char *value;
	bool gzip;
} codings[] = {
	{NULL, false},
	{"", false},
	{"gzip", true},
	{"gzip, deflate, br", true},
	{"br;q=1.0, gzip;q=0.8", true},
	{"GZIP", true},
	{"x-gzip", true},
	{"*", true},
	{"gzip;q=0", false},
	{"gzip;q=0.000, *", false},
	{"*;q=0", false},
	{"identity", false},
	{"deflate", false},
};

START_TEST(reads_accept_encoding)
{
	ck_assert_int_eq(negotiate_gzip(codings[_i].value), codings[_i].gzip);
}
END_TEST

START_TEST(names_are_right)
{
	ck_assert_str_eq(media_name(MEDIA_JSON), "application/json");
	ck_assert_str_eq(media_name(MEDIA_LD_JSON), "application/ld+json");
	ck_assert_str_eq(media_name(MEDIA_GEO_JSON), "application/geo+json");
	ck_assert_str_eq(media_name(MEDIA_MERGE), "application/merge-patch+json");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("negotiate");
	Suite *s = suite_create("http");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, accepts, 0, sizeof(accepted) / sizeof(accepted[0]));
	tcase_add_loop_test(tc, says_what_is_available, 0,
		sizeof(unacceptable) / sizeof(unacceptable[0]));
	tcase_add_loop_test(
		tc, knows_browsers, 0, sizeof(browsers) / sizeof(browsers[0]));
	tcase_add_loop_test(
		tc, reads_content_type, 0, sizeof(bodies) / sizeof(bodies[0]));
	tcase_add_loop_test(
		tc, reads_accept_encoding, 0, sizeof(codings) / sizeof(codings[0]));
	tcase_add_test(tc, names_are_right);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
