/* SPDX-License-Identifier: Apache-2.0 */
/* The type selection language, 4.17. */
#include <core/type_q.h>

#include <base/arena.h>
#include <base/err.h>
#include <core/context.h>

#include "suite.h"

#include <string.h>

#define VOCAB        "https://uri.etsi.org/ngsi-ld/default-context/"
#define BUILDING     "[\"" VOCAB "Building\"]"
#define HOUSE        "[\"" VOCAB "House\"]"
#define HOME_VEHICLE "[\"" VOCAB "Home\",\"" VOCAB "Vehicle\"]"
#define HOME         "[\"" VOCAB "Home\"]"
#define MOTORHOME    "[\"" VOCAB "Motorhome\"]"
#define ODD_URI      "[\"http://example.org/a(b;c)/d\"]"

static const struct {
	const char *q, *types;
	bool matches;
} cases[] = {
	/* the examples of 4.17 */
	{"Building|House", BUILDING, true},
	{"Building|House", HOUSE, true},
	{"Building,House", HOUSE, true},
	{"Building|House", HOME, false},
	{"(Home;Vehicle)", HOME_VEHICLE, true},
	{"(Home;Vehicle)", HOME, false},
	{"(Home;Vehicle)|Motorhome", MOTORHOME, true},
	{"(Home;Vehicle),Motorhome", HOME_VEHICLE, true},
	/* beside the grammar */
	{"(Building|House)", HOUSE, true},
	{"(Building,House)|Home", HOUSE, true},
	{"(Building|House)", HOME, false},
	{"(Building|House),Home", HOME, true},
	/* more types than asked for */
	{"Home", HOME_VEHICLE, true},
	{"(Home)", HOME, true},
	{"*", HOME, true},
	/* URIs */
	{VOCAB "Home", HOME, true},
	{"(" VOCAB "Home;" VOCAB "Vehicle)", HOME_VEHICLE, true},
	{"http://example.org/a(b)|Home", HOME, true},
	{"(http://example.org/a(b);Home)", HOME, false},
	{" Building , House ", HOUSE, true},
};

START_TEST(matches)
{
	auto_arena a = {.cap = 1 << 20};
	struct jn *entity = jn_object(&a);
	struct context *ctx = context_core();
	struct type_q *q = NULL;
	struct err err = {0};

	jn_add(entity, "type",
		jn_parse_trusted(cases[_i].types, strlen(cases[_i].types), &a));
	ck_assert_msg(
		type_q_parse(cases[_i].q, ctx, &a, &q, &err) == 0, "%s", err.detail);
	ck_assert_msg(type_q_matches(q, entity) == cases[_i].matches, "%s %s",
		cases[_i].q, cases[_i].types);
	context_unref(ctx);
}
END_TEST

static const struct {
	const char *text, *says;
} bad[] = {
	{"", "type: expected a type at offset 0"},
	{"|A", "type: expected a type at offset 0"},
	{"A|", "type: expected a type at offset 2"},
	{"A,,B", "type: expected a type at offset 2"},
	{"A;B", "type: ';' needs parentheses, (A;B), at offset 1"},
	{"(A;B", "type: expected ';' or ')' at offset 4"},
	{"(A|B;C)", "type: expected ';' or ')' at offset 4"},
	{"(A;B|C)", "type: expected ';' or ')' at offset 4"},
	{"(A;)", "type: expected a type at offset 3"},
	{"((A;B)|C)", "type: expected a type at offset 1"},
	{"A)", "type: expected '|', ',' or the end at offset 1"},
	{"A B", "type: expected '|', ',' or the end at offset 2"},
	{"A|3",
		"type: neither a name (a letter, then letters, digits and _) nor a URI "
		"at offset 2"},
};

START_TEST(says_where_it_stopped)
{
	auto_arena a = {0};
	struct context *ctx = context_core();
	struct type_q *q = NULL;
	struct err err = {0};

	ck_assert_int_eq(type_q_parse(bad[_i].text, ctx, &a, &q, &err), -1);
	ck_assert_str_eq(err.detail, bad[_i].says);
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
	ck_assert_ptr_null(q);
	context_unref(ctx);
}
END_TEST

START_TEST(is_bounded)
{
	auto_arena a = {0};
	struct context *ctx = context_core();
	struct type_q *q = NULL;
	struct err err = {0};
	char text[2 * 1001 + 1];

	for (size_t i = 0; i < 1001; i++)
		memcpy(text + 2 * i, "A|", 2);
	text[sizeof(text) - 2] = '\0';
	ck_assert_int_eq(type_q_parse(text, ctx, &a, &q, &err), -1);
	ck_assert_int_eq(err.kind, ERR_TOO_COMPLEX_QUERY);
	ck_assert_str_eq(err.detail, "type: more than 1000 types");
	context_unref(ctx);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("type_q");

	tcase_add_loop_test(tc, matches, 0, ROWS(cases));
	tcase_add_loop_test(tc, says_where_it_stopped, 0, ROWS(bad));
	tcase_add_test(tc, is_bounded);
	return suite_run("type_q", tc);
}
