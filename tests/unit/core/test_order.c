/* SPDX-License-Identifier: Apache-2.0 */
/* The ordering language, 4.23.3. */
#include <core/order.h>

#include <base/arena.h>
#include <base/err.h>
#include <core/context.h>

#include <check.h>
#include <string.h>
#include <suite.h>

#define VOCAB "https://uri.etsi.org/ngsi-ld/default-context/"

static int parse(const struct order_params *params, struct arena *a, struct order **out,
	struct err *err)
{
	struct context *ctx = context_core();
	int rc = order_parse(params, ctx, a, out, err);

	context_unref(ctx);
	return rc;
}

START_TEST(reads_keys)
{
	const struct order_params params = {.by = "a,id;asc,b.observedAt;desc,c[d.e],"
						  "f;dist-asc,g;dist-desc",
		.from = "[8,40]",
		.collation = "fr"};
	auto_arena a = {.cap = 1 << 20};
	struct order *order = NULL;
	struct err err = {0};

	ck_assert_int_eq(parse(&params, &a, &order, &err), 0);
	ck_assert_uint_eq(order->len, 6);
	ck_assert_str_eq(order->keys[0].path.names[0], VOCAB "a");
	ck_assert(!order->keys[0].descending && !order->keys[0].distance);
	ck_assert_str_eq(order->keys[1].path.names[0], "id");
	ck_assert(!order->keys[1].descending);
	ck_assert_uint_eq(order->keys[2].path.names_len, 2);
	ck_assert_str_eq(order->keys[2].path.names[1], "observedAt");
	ck_assert(order->keys[2].descending && !order->keys[2].distance);
	ck_assert_uint_eq(order->keys[3].path.trail_len, 2);
	ck_assert_str_eq(order->keys[3].path.trail[1], "e");
	ck_assert(order->keys[4].distance && !order->keys[4].descending);
	ck_assert(order->keys[5].distance && order->keys[5].descending);
	ck_assert_str_eq(order->from, "{\"type\":\"Point\",\"coordinates\":[8,40]}");
	ck_assert_str_eq(order->collation, "fr");
}
END_TEST

START_TEST(reads_nothing)
{
	const struct order_params params = {.by = NULL};
	auto_arena a = {.cap = 1 << 20};
	struct order *order = NULL;
	struct err err = {0};

	ck_assert_int_eq(parse(&params, &a, &order, &err), 0);
	ck_assert(order->len == 0 && order->from == NULL && order->collation == NULL);
}
END_TEST

START_TEST(takes_other_geometries)
{
	const struct order_params params = {.by = "a;dist-asc",
		.from = "[[8,40],[9,42],[9,45],[8,40]]",
		.geometry = "LineString"};
	auto_arena a = {.cap = 1 << 20};
	struct order *order = NULL;
	struct err err = {0};

	ck_assert_int_eq(parse(&params, &a, &order, &err), 0);
	ck_assert_str_eq(order->from,
		"{\"type\":\"LineString\",\"coordinates\":[[8,40],[9,42],[9,45],[8,40]]"
		"}");
}
END_TEST

#define NAME ": expected a name, name.sub or name[member]"
static const struct {
	struct order_params params;
	const char *detail;
} bad[] = {
	{{.by = ""}, "orderBy: ''" NAME},
	{{.by = "a,"}, "orderBy: ''" NAME},
	{{.by = ";desc"}, "orderBy: ';desc'" NAME},
	{{.by = "a|b"}, "orderBy: 'a|b'" NAME},
	{{.by = "a>1"}, "orderBy: 'a>1'" NAME},
	{{.by = "(a)"}, "orderBy: '(a)'" NAME},
	{{.by = "a[b"}, "orderBy: 'a[b'" NAME},
	{{.by = "a{b}"}, "orderBy: 'a{b}'" NAME},
	{{.by = "a;up"},
		"orderBy: 'a;up': the direction is asc, desc, dist-asc or dist-desc"},
	{{.by = "a;"},
		"orderBy: 'a;': the direction is asc, desc, dist-asc or dist-desc"},
	{{.by = "a,b,c,d,e,f,g,h,i"}, "orderBy: more than 8 keys"},
	{{.by = "a;dist-asc"},
		"orderBy: dist-asc and dist-desc need orderFrom, the coordinates from "
		"where "
		"the distance is measured"},
	{{.by = "a[b];dist-asc", .from = "[1,1]"},
		"orderBy: 'a[b];dist-asc': the distance is that of a GeoProperty of the "
		"entity"},
};

START_TEST(says_what_is_wrong)
{
	auto_arena a = {.cap = 1 << 20};
	struct order *order = NULL;
	struct err err = {0};

	ck_assert_int_eq(parse(&bad[_i].params, &a, &order, &err), -1);
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
	ck_assert_str_eq(err.detail, bad[_i].detail);
	ck_assert_ptr_null(order);
}
END_TEST

static const struct {
	struct order_params params;
	const char *named; /* what the error begins with */
} bad_places[] = {
	{{.from = ""}, "orderFrom: "},
	{{.from = "[8"}, "orderFrom: "},
	{{.from = "[8]"}, "orderFrom and orderGeometry: "},
	{{.from = "8,40"}, "orderFrom: "},
	{{.from = "[[8,40],[9,42]]"}, "orderFrom and orderGeometry: "},
	{{.from = "[8,40]", .geometry = "LineString"}, "orderFrom and orderGeometry: "},
	{{.from = "[8,40]", .geometry = "Circle"}, "orderGeometry: 'Circle'"},
	{{.from = "[]", .geometry = "GeometryCollection"}, "orderGeometry: 'Geometry"},
};

START_TEST(checks_the_place)
{
	auto_arena a = {.cap = 1 << 20};
	struct order *order = NULL;
	struct err err = {0};

	ck_assert_int_eq(parse(&bad_places[_i].params, &a, &order, &err), -1);
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
	ck_assert_msg(strncmp(err.detail, bad_places[_i].named,
			      strlen(bad_places[_i].named)) == 0,
		"%s", err.detail);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("order");

	tcase_add_test(tc, reads_keys);
	tcase_add_test(tc, reads_nothing);
	tcase_add_test(tc, takes_other_geometries);
	tcase_add_loop_test(tc, says_what_is_wrong, 0, ROWS(bad));
	tcase_add_loop_test(tc, checks_the_place, 0, ROWS(bad_places));
	return suite_run("order", tc);
}
