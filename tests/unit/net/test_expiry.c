/* SPDX-License-Identifier: Apache-2.0 */
#include "expiry.h"

#include <check.h>

#define NOW INT64_C(1700000000000000) /* 2023-11-14T22:13:20Z */
#define S   INT64_C(1000000)

static const struct {
	const char *cache_control, *age, *expires;
	int64_t at; /* after NOW, in seconds; -1: not said */
} table[] = {
	{NULL, NULL, NULL, -1},
	{"public", NULL, NULL, -1},
	{"max-age=60", NULL, NULL, 60},
	{"public, MAX-AGE=60, immutable", NULL, NULL, 60},
	{"max-age=\"60\"", NULL, NULL, 60},
	{"max-age=60, s-maxage=10", NULL, NULL, 10},
	{"s-maxage=10,max-age=60", NULL, NULL, 10},
	{"max-age=60", "25", NULL, 35},
	{"max-age=60", "100", NULL, 0},
	{"max-age=60", "x", NULL, 60},
	{"max-age=x", NULL, NULL, -1},
	{"max-age=", NULL, NULL, -1},
	{"max-age=99999999999999999999", NULL, NULL, INT64_C(315360000)},
	{"no-store", NULL, NULL, 0},
	{"max-age=60, no-cache", NULL, NULL, 0},
	{"no-cache=\"Set-Cookie\"", NULL, NULL, 0},
	{"no-storage, max-age=7", NULL, NULL, 7},
	{NULL, NULL, "Tue, 14 Nov 2023 22:14:20 GMT", 60},
	{NULL, NULL, "Tue, 14 Nov 2023 22:12:20 GMT", 0},
	{NULL, NULL, "0", 0},
	{"max-age=5", NULL, "Tue, 14 Nov 2023 22:14:20 GMT", 5},
};

START_TEST(reads_the_headers)
{
	int64_t at =
		expiry_of(table[_i].cache_control, table[_i].age, table[_i].expires, NOW);

	ck_assert_int_eq(at, table[_i].at < 0 ? 0 : NOW + table[_i].at * S);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("expiry");
	Suite *s = suite_create("net");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, reads_the_headers, 0, sizeof(table) / sizeof(table[0]));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
