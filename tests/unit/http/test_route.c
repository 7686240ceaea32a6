/* SPDX-License-Identifier: Apache-2.0 */
#include <http/route.h>

#include <base/err.h>

#include <check.h>
#include <string.h>

static enum handled nothing(void *cookie, struct req *req, struct resp *resp)
{
	resp->status = 204;
	return HANDLED;
}

static int first_cookie, second_cookie;
static const char *const names[] = {"limit", "q", NULL};
static const char *const no_names[] = {NULL};

#define E "/ngsi-ld/v1/entities"
#define T "/ngsi-ld/v1/temporal/entities"
static const struct route first[] = {
	{"GET", E, nothing, NULL, 0, names},
	{"POST", E, nothing, NULL, 0, no_names},
	{"DELETE", E, nothing, NULL, 0, NULL},
	{"GET", E "/{id}", nothing, NULL, 0, NULL},
	{"PUT", E "/{id}", nothing, NULL, 0, NULL},
	{"PATCH", E "/{id}", nothing, NULL, 0, NULL},
	{"PATCH", E "/{id}/attrs", nothing, NULL, 0, NULL},
	{"DELETE", E "/{id}/attrs/{attr}", nothing, NULL, 0, NULL},
	{"POST", T "/{id}/attrs", nothing, NULL, 0, NULL},
	{"DELETE", T "/{id}/attrs/{attr}", nothing, NULL, 0, NULL},
	{"PATCH", T "/{id}/attrs/{attr}/{instance}", nothing, NULL, 0, NULL},
	{0},
};
static const struct route second[] = {
	{"GET", "/", nothing, NULL, 0, NULL},
	{"GET", "/ngsi-ld/v1/{resource}", nothing, NULL, 0, NULL},
	{"GET", "/ngsi-ld/v1/subscriptions", nothing, NULL, 0, NULL},
	{"DELETE", "/ngsi-ld/v1/subscriptions/{id}", nothing, NULL, 0, NULL},
	{"PATCH", "/ngsi-ld/v1/subscriptions/{id}", nothing, NULL, 0, NULL},
	{"OPTIONS", "/own", nothing, NULL, 0, NULL},
	{"HEAD", "/own", nothing, NULL, 0, NULL},
	{"GET", "/own", nothing, NULL, 0, NULL},
	{0},
};

static struct router *router;
static struct req req;
static void *cookie;
static const char *allow;
static struct err err;

static void setup(void)
{
	const struct route_table tables[] = {
		{first, &first_cookie}, {second, &second_cookie}, {0}};

	router = router_new(tables);
	req = (struct req){.body = ""};
	cookie = NULL;
	allow = NULL;
	err = (struct err){0};
}

static void teardown(void)
{
	router_free(router);
	arena_reset(&req.arena);
}

static int find(const char *method, const char *path)
{
	req.method = method;
	req.path = path;
	return router_find(router, &req, &cookie, &allow, &err);
}

static const struct {
	const char *method, *path, *route, *param[3];
} found[] = {
	{"GET", "/", "/", {NULL}},
	{"GET", E, E, {NULL}},
	{"GET", E "/", E, {NULL}},
	{"DELETE", E "/", E, {NULL}},
	{"GET", E "/urn:a:b", E "/{id}", {"urn:a:b"}},
	{"GET", E "/urn:a:b/", E "/{id}", {"urn:a:b"}},
	{"GET", E "/a%2Fb%20c+d", E "/{id}", {"a/b c+d"}},
	{"HEAD", E "/x", E "/{id}", {"x"}},
	{"DELETE", E "/x/attrs/https%3A%2F%2Fh%2Fp", E "/{id}/attrs/{attr}",
		{"x", "https://h/p"}},
	{"PATCH", E "/x/attrs/", E "/{id}/attrs", {"x"}},
	{"PATCH", T "/x/attrs/y/z", T "/{id}/attrs/{attr}/{instance}", {"x", "y", "z"}},
	/* literals beat parameters, in whichever order the tables came */
	{"GET", "/ngsi-ld/v1/subscriptions", "/ngsi-ld/v1/subscriptions", {NULL}},
	{"GET", "/ngsi-ld/v1/other", "/ngsi-ld/v1/{resource}", {"other"}},
	{"OPTIONS", "/own", "/own", {NULL}},
	{"HEAD", "/own", "/own", {NULL}},
};

START_TEST(finds)
{
	ck_assert_int_eq(find(found[_i].method, found[_i].path), 0);
	ck_assert_ptr_nonnull(req.route);
	ck_assert_str_eq(req.route->path, found[_i].route);
	for (int i = 0; i < 3; i++) {
		if (found[_i].param[i] != NULL)
			ck_assert_str_eq(req.param[i], found[_i].param[i]);
	}
	ck_assert(cookie == &first_cookie || cookie == &second_cookie);
}
END_TEST

static const struct {
	const char *method, *path;
	enum err_kind kind;
	const char *says, *allow;
} refused[] = {
	{"GET", "/nope", ERR_NOT_FOUND, "there is no resource '/nope'", NULL},
	{"GET", E "/x/y", ERR_NOT_FOUND, "there is no resource '" E "/x/y'", NULL},
	{"GET", "//", ERR_NOT_FOUND, "there is no resource '//'", NULL},
	{"GET", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q", ERR_NOT_FOUND,
		"there is no resource '/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q'", NULL},
	{"PUT", E, ERR_METHOD_NOT_ALLOWED,
		"PUT is not allowed here; allowed: GET, HEAD, POST, DELETE, OPTIONS",
		"GET, HEAD, POST, DELETE, OPTIONS"},
	{"PUT", "/own", ERR_METHOD_NOT_ALLOWED,
		"PUT is not allowed here; allowed: OPTIONS, HEAD, GET",
		"OPTIONS, HEAD, GET"},
	{"GET", E "/a%2", ERR_INVALID_REQUEST,
		"path: 'a%2' is not well percent-encoded UTF-8", NULL},
	{"GET", E "/%00", ERR_INVALID_REQUEST,
		"path: '%00' is not well percent-encoded UTF-8", NULL},
	{"GET", E "/%ff", ERR_INVALID_REQUEST,
		"path: '%ff' is not well percent-encoded UTF-8", NULL},
	/* an entity without an id is a bad id ... */
	{"PUT", E "/", ERR_BAD_REQUEST_DATA, "path: the entity id is empty", NULL},
	{"PATCH", E "/", ERR_BAD_REQUEST_DATA, "path: the entity id is empty", NULL},
	{"DELETE", E "//attrs/speed", ERR_BAD_REQUEST_DATA,
		"path: the entity id is empty", NULL},
	{"PATCH", T "//attrs/speed/i", ERR_BAD_REQUEST_DATA,
		"path: the entity id is empty", NULL},
	/* ... what else is missing makes another resource of it */
	{"DELETE", T "/x/attrs/", ERR_METHOD_NOT_ALLOWED,
		"DELETE is not allowed here; allowed: POST, OPTIONS", "POST, OPTIONS"},
	{"PATCH", T "/x/attrs/speed/", ERR_METHOD_NOT_ALLOWED,
		"PATCH is not allowed here; allowed: DELETE, OPTIONS", "DELETE, OPTIONS"},
	{"PATCH", T "/x/attrs//i", ERR_METHOD_NOT_ALLOWED,
		"PATCH is not allowed here; allowed: DELETE, OPTIONS", "DELETE, OPTIONS"},
	{"DELETE", "/ngsi-ld/v1/subscriptions/", ERR_METHOD_NOT_ALLOWED,
		"DELETE is not allowed here; allowed: GET, HEAD, OPTIONS",
		"GET, HEAD, OPTIONS"},
	{"PATCH", "/ngsi-ld/v1/subscriptions/", ERR_METHOD_NOT_ALLOWED,
		"PATCH is not allowed here; allowed: GET, HEAD, OPTIONS",
		"GET, HEAD, OPTIONS"},
	{"DELETE", E "/x/attrs//", ERR_METHOD_NOT_ALLOWED,
		"DELETE is not allowed here; allowed: PATCH, OPTIONS", "PATCH, OPTIONS"},
};

START_TEST(refuses)
{
	ck_assert_int_eq(find(refused[_i].method, refused[_i].path), -1);
	ck_assert_str_eq(err.detail, refused[_i].says);
	ck_assert_int_eq(err.kind, refused[_i].kind);
	ck_assert_ptr_null(req.route);
	if (refused[_i].allow == NULL)
		ck_assert_ptr_null(allow);
	else
		ck_assert_str_eq(allow, refused[_i].allow);
}
END_TEST

START_TEST(options_has_no_route_but_allow)
{
	ck_assert_int_eq(find("OPTIONS", E "/urn:a:b"), 0);
	ck_assert_ptr_null(req.route);
	ck_assert_str_eq(allow, "GET, HEAD, PUT, PATCH, OPTIONS");
	ck_assert_int_eq(find("OPTIONS", "/nope"), -1);
}
END_TEST

START_TEST(decodes_the_query)
{
	req.query = "&q=a+b%20c&type=A%7CB&empty=&bare&limit=1&&limit=2&t=00:00%2B01:00";
	ck_assert_int_eq(route_query(&req, &err), 0);
	ck_assert_uint_eq(req.params_len, 7);
	ck_assert_str_eq(req_param(&req, "q"), "a b c");
	ck_assert_str_eq(req_param(&req, "type"), "A|B");
	ck_assert_str_eq(req_param(&req, "empty"), "");
	ck_assert_str_eq(req_param(&req, "bare"), "");
	ck_assert_str_eq(req_param(&req, "limit"), "2"); /* the last */
	ck_assert_str_eq(req_param(&req, "t"), "00:00+01:00");
	ck_assert_ptr_null(req_param(&req, "nope"));
}
END_TEST

START_TEST(refuses_a_broken_query)
{
	req.query = "a=b&c=%4";
	ck_assert_int_eq(route_query(&req, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID_REQUEST);
	ck_assert_str_eq(
		err.detail, "query string: '%4' is not well percent-encoded UTF-8");
	ck_assert_uint_eq(req.params_len, 0);
}
END_TEST

START_TEST(lists_what_is_allowed)
{
	struct param params[] = {{"q", "x"}, {"spaces", "1"}};

	ck_assert_int_eq(find("GET", E), 0);
	req.params = params;
	req.params_len = 1;
	ck_assert_int_eq(route_check_params(&req, &err), 0);
	req.params_len = 2;
	ck_assert_int_eq(route_check_params(&req, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID_REQUEST);
	ck_assert_str_eq(
		err.detail, "unknown query parameter 'spaces'; allowed here: limit, q");
	ck_assert_int_eq(find("POST", E), 0);
	ck_assert_int_eq(route_check_params(&req, &err), -1);
	ck_assert_str_eq(err.detail, "unknown query parameter 'q'; allowed here: none");
	ck_assert_int_eq(find("DELETE", E), 0);
	ck_assert_int_eq(route_check_params(&req, &err), 0); /* NULL: any */
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("route");
	Suite *s = suite_create("http");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, finds, 0, sizeof(found) / sizeof(found[0]));
	tcase_add_loop_test(tc, refuses, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tc, options_has_no_route_but_allow);
	tcase_add_test(tc, decodes_the_query);
	tcase_add_test(tc, refuses_a_broken_query);
	tcase_add_test(tc, lists_what_is_allowed);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
