/* SPDX-License-Identifier: Apache-2.0 */
#include <base/clock.h>

#include <suite.h>

#include <inttypes.h>
#include <string.h>

static const struct {
	const char *text;
	int64_t us;
	const char *back; /* how it is written; NULL: as it was read */
} good[] = {
	{"1970-01-01T00:00:00Z", 0, NULL},
	{"1970-01-01T00:00:00.000001Z", 1, NULL},
	{"1969-12-31T23:59:59.999999Z", -1, NULL},
	{"2026-03-01T08:15:30Z", 1772352930000000, NULL},
	{"2026-03-01T08:15:30.25Z", 1772352930250000, "2026-03-01T08:15:30.250Z"},
	{"2026-03-01T08:15:30.250Z", 1772352930250000, NULL},
	{"2026-03-01T08:15:30.000Z", 1772352930000000, "2026-03-01T08:15:30Z"},
	{"2026-03-01T08:15:30.1234567899Z", 1772352930123456,
		"2026-03-01T08:15:30.123456Z"},
	{"2026-03-01T08:15:30,5Z", 1772352930500000, "2026-03-01T08:15:30.500Z"},
	{"2026-03-01t08:15:30z", 1772352930000000, "2026-03-01T08:15:30Z"},
	{"2026-03-01T09:15:30+01:00", 1772352930000000, "2026-03-01T08:15:30Z"},
	{"2026-03-01T09:15:30 01:00", 1772352930000000, "2026-03-01T08:15:30Z"},
	{"2026-03-01T02:45:30.5-05:30", 1772352930500000, "2026-03-01T08:15:30.500Z"},
	{"2000-02-29T00:00:00Z", 951782400000000, NULL},
	{"2024-02-29T00:00:00Z", 1709164800000000, NULL},
	{"1900-02-28T23:59:59Z", -2203891201000000, NULL},
	{"0001-01-01T00:00:00Z", -62135596800000000, NULL},
	{"9999-12-31T23:59:59.999999Z", 253402300799999999, NULL},
};

START_TEST(reads_and_writes)
{
	const char *back = good[_i].back != NULL ? good[_i].back : good[_i].text;
	char buf[CLOCK_TEXT];
	int64_t us = -42;

	ck_assert(clock_parse(good[_i].text, strlen(good[_i].text), &us));
	ck_assert_int_eq(us, good[_i].us);
	ck_assert_ptr_eq(clock_format(us, buf), buf);
	ck_assert_str_eq(buf, back);
}
END_TEST

static const char *const bad[] = {
	"",
	"2026-03-01",
	"2026-03-01T08:15:30",
	"2026-03-01 08:15:30Z",
	"2026-03-01T08:15Z",
	"2026-03-01T24:00:00Z",
	"2026-03-01T08:60:00Z",
	"2026-03-01T23:59:60Z",
	"2026-03-01T08:15:30.Z",
	"2026-03-01T08:15:30Z ",
	" 2026-03-01T08:15:30Z",
	"2026-03-01T08:15:30ZZ",
	"2026-03-01T08:15:30+0100",
	"2026-03-01T08:15:30+24:00",
	"2026-03-01T08:15:30+01:60",
	"2026-03-01T08:15:30+01",
	"2026-00-01T00:00:00Z",
	"2026-13-01T00:00:00Z",
	"2026-01-00T00:00:00Z",
	"2026-01-32T00:00:00Z",
	"2026-04-31T00:00:00Z",
	"2026-02-29T00:00:00Z",
	"1900-02-29T00:00:00Z",
	"0000-01-01T00:00:00Z",
	"0001-01-01T00:30:00+01:00",
	"9999-12-31T23:30:00-01:00",
	"26-03-01T08:15:30Z",
	"+2026-03-01T08:15:30Z",
	"2026-3-1T08:15:30Z",
	"2026-03-01T8:15:30Z",
	"2026-03-01T-8:15:30Z",
};

START_TEST(refuses)
{
	int64_t us = -42;

	ck_assert(!clock_parse(bad[_i], strlen(bad[_i]), &us));
	ck_assert_int_eq(us, -42);
}
END_TEST

START_TEST(keeps_to_the_length)
{
	int64_t us;

	ck_assert(clock_parse("2026-03-01T08:15:30Zjunk", 20, &us));
	ck_assert(!clock_parse("2026-03-01T08:15:30Z", 19, &us));
}
END_TEST

/* Day by day over 800 years: each is the day after the one before. */
START_TEST(counts_days)
{
	const int64_t day = INT64_C(86400000000);
	char buf[CLOCK_TEXT];
	int64_t us;

	for (int64_t d = -146097; d <= 146097; d++) {
		clock_format(d * day, buf);
		if (!clock_is_date(buf, 10) || !clock_parse(buf, strlen(buf), &us) ||
			us != d * day)
			ck_abort_msg("day %" PRId64 " is written %s", d, buf);
	}
}
END_TEST

START_TEST(knows_dates_and_times)
{
	ck_assert(clock_is_date("2026-03-01", 10));
	ck_assert(clock_is_date("2024-02-29", 10));
	ck_assert(!clock_is_date("2023-02-29", 10));
	ck_assert(!clock_is_date("2026-03-01Z", 11));
	ck_assert(!clock_is_date("2026-03", 7));
	ck_assert(clock_is_time("08:15:30Z", 9));
	ck_assert(clock_is_time("08:15:30.125Z", 13));
	ck_assert(!clock_is_time("08:15:30", 8));
	ck_assert(!clock_is_time("08:15Z", 6));
	ck_assert(!clock_is_time("24:00:00Z", 9));
	ck_assert(!clock_is_time("08:15:30.Z", 10));
	ck_assert(!clock_is_time("08:15:30Z0", 10));
}
END_TEST

START_TEST(tells_the_time)
{
	int64_t before = clock_monotonic();

	ck_assert_int_gt(clock_now(), good[3].us / 2); /* later than 1998 */
	ck_assert_int_ge(clock_monotonic(), before);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("clock");

	tcase_add_loop_test(tc, reads_and_writes, 0, ROWS(good));
	tcase_add_loop_test(tc, refuses, 0, ROWS(bad));
	tcase_add_test(tc, keeps_to_the_length);
	tcase_add_test(tc, counts_days);
	tcase_add_test(tc, knows_dates_and_times);
	tcase_add_test(tc, tells_the_time);
	return suite_run("base/clock", tc);
}
