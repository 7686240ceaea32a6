/* SPDX-License-Identifier: Apache-2.0 */
/* What is old, though the clock jumps. */
#include "steady.h"

#include <suite.h>

#define S        INT64_C(1000000)
#define DAY      (86400 * S)
#define NOW      (INT64_C(1700000000) * S)
#define PATIENCE (3 * DAY)

static struct steady s;

/* Seconds after the start, what the clock says, and what is to be taken as the time. */
static void at(int64_t monotonic, int64_t wall, int64_t expected, bool jumps)
{
	bool jumped;

	ck_assert_int_eq(steady_now(&s, wall, monotonic, PATIENCE, &jumped), expected);
	ck_assert_int_eq(jumped, jumps);
}

START_TEST(goes_with_the_clock)
{
	steady_init(&s, NOW, 5 * S);
	at(6 * S, NOW + S, NOW + S, false);
	at(DAY, NOW + DAY + 50 * S, NOW + DAY + 50 * S, false); /* it drifts */
	at(2 * DAY, NOW + 2 * DAY + 100 * S, NOW + 2 * DAY + 100 * S, false);
}
END_TEST

START_TEST(does_not_jump_ahead)
{
	steady_init(&s, NOW, 5 * S);
	at(6 * S, NOW + 1000 * DAY, NOW + S, true);
	at(7 * S, NOW + 1000 * DAY + S, NOW + 2 * S, false);
	at(2 * DAY, NOW + 1002 * DAY, NOW + 2 * DAY - 5 * S, false);
	at(4 * DAY, NOW + 1004 * DAY, NOW + 1004 * DAY, false); /* all of it is old now */
	at(4 * DAY + S, NOW + 1004 * DAY + S, NOW + 1004 * DAY + S, false);
	at(5 * DAY, NOW + 2000 * DAY, NOW + 1005 * DAY, true);
}
END_TEST

/* What is dated ahead stays longer, nothing goes sooner. */
START_TEST(jumps_back)
{
	steady_init(&s, NOW, 5 * S);
	at(6 * S, NOW - 10 * DAY, NOW - 10 * DAY, false);
	at(7 * S, NOW, NOW - 10 * DAY + S, true);
	at(8 * S, NOW - 10 * DAY, NOW - 10 * DAY, false);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("steady");

	tcase_add_test(tc, goes_with_the_clock);
	tcase_add_test(tc, does_not_jump_ahead);
	tcase_add_test(tc, jumps_back);
	return suite_run("steady", tc);
}
