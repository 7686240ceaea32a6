/* SPDX-License-Identifier: Apache-2.0 */
#include <suite.h>

#include <base/clock.h>
#include <base/err.h>
#include <table/zone.h>

#include <string.h>

static const struct {
	const char *zone, *utc, *local;
} times[] = {
	{"Europe/Paris", "2026-01-15T12:00:00Z", "15/01/2026 13:00:00"},
	{"Europe/Paris", "2026-07-15T12:00:00Z", "15/07/2026 14:00:00"},
	{"Europe/Paris", "2026-03-29T00:59:59Z", "29/03/2026 01:59:59"},
	{"Europe/Paris", "2026-03-29T01:00:00Z", "29/03/2026 03:00:00"},
	{"Europe/Paris", "2026-10-25T00:59:59Z", "25/10/2026 02:59:59"},
	{"Europe/Paris", "2026-10-25T01:00:00Z", "25/10/2026 02:00:00"},
	{"Asia/Kathmandu", "2026-10-25T01:00:00.5Z", "25/10/2026 06:45:00"},
	{"UTC", "1969-12-31T23:59:59.5Z", "31/12/1969 23:59:59"},
	{"America/St_Johns", "1969-06-30T23:59:59.5Z", "30/06/1969 21:29:59"},
};

START_TEST(shows_what_clocks_there_show)
{
	struct err err = {0};
	struct zone *z = zone_open(times[_i].zone, &err);
	char text[ZONE_TEXT];
	int64_t at;

	ck_assert_ptr_nonnull(z);
	ck_assert_str_eq(zone_name(z), times[_i].zone);
	ck_assert(clock_parse(times[_i].utc, strlen(times[_i].utc), &at));
	for (int twice = 0; twice < 2; twice++)
		ck_assert_str_eq(zone_local_text(z, at, text), times[_i].local);
	zone_close(z);
}
END_TEST

static const char *const unknown[] = {"", "Europe/Nowhere", "+99:99x", "paris",
	("a-name-that-is-longer-than-any-name-of-a-time-zone-in-the-database-may-be-at-"
	 "all")};

START_TEST(says_what_it_does_not_know)
{
	struct err err = {0};

	ck_assert_ptr_null(zone_open(unknown[_i], &err));
	ck_assert_int_eq(err.kind, ERR_INVALID_REQUEST);
	ck_assert_ptr_nonnull(strstr(err.detail, "use a name such as Europe/Paris"));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("zone");

	tcase_add_loop_test(tc, shows_what_clocks_there_show, 0, ROWS(times));
	tcase_add_loop_test(tc, says_what_it_does_not_know, 0, ROWS(unknown));
	return suite_run("table/zone", tc);
}
