/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	datetime = date ("T" / "t") time zone
 *	date     = YYYY "-" MM "-" DD
 *	time     = hh ":" mm ":" ss [("." / ",") 1*digit]
 *	zone     = "Z" / "z" / ("+" / "-" / " ") hh ":" mm
 * Years 1 to 9999, so that every instant can be written and stored again.
 */
#include <base/clock.h>

#include <assert.h>
#include <stdio.h>
#include <time.h>

#define SECOND INT64_C(1000000)
#define DAY    (86400 * SECOND)

static int64_t now(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec / 1000;
}

int64_t clock_now(void)
{
	return now(CLOCK_REALTIME);
}

int64_t clock_monotonic(void)
{
	return now(CLOCK_MONOTONIC);
}

struct scan {
	const char *p, *end;
};

/* Exactly n digits, or -1. */
static int digits(struct scan *sc, int n)
{
	int value = 0;

	if (sc->end - sc->p < n)
		return -1;
	for (; n > 0; n--, sc->p++) {
		if (*sc->p < '0' || *sc->p > '9')
			return -1;
		value = value * 10 + (*sc->p - '0');
	}
	return value;
}

static bool accept(struct scan *sc, char c)
{
	if (sc->p == sc->end || *sc->p != c)
		return false;
	sc->p++;
	return true;
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days since 1970-01-01.  Years begin in March here, so that the leap day comes last. */
static int64_t day_number(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1, m = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static bool scan_date(struct scan *sc, int64_t *day)
{
	int y, m, d;

	y = digits(sc, 4);
	if (y < 1 || !accept(sc, '-'))
		return false;
	m = digits(sc, 2);
	if (m < 1 || m > 12 || !accept(sc, '-'))
		return false;
	d = digits(sc, 2);
	if (d < 1 || d > month_days(y, m))
		return false;
	*day = day_number(y, m, d);
	return true;
}

static bool scan_fraction(struct scan *sc, int64_t *us)
{
	const char *first = sc->p;
	int64_t unit = SECOND / 10;

	for (; sc->p < sc->end && *sc->p >= '0' && *sc->p <= '9'; sc->p++) {
		*us += (*sc->p - '0') * unit;
		unit /= 10;
	}
	return sc->p > first;
}

static bool scan_time(struct scan *sc, int64_t *us)
{
	int h, m, s;

	h = digits(sc, 2);
	if (h < 0 || h > 23 || !accept(sc, ':'))
		return false;
	m = digits(sc, 2);
	if (m < 0 || m > 59 || !accept(sc, ':'))
		return false;
	s = digits(sc, 2);
	if (s < 0 || s > 59)
		return false;
	*us = ((h * 60 + m) * INT64_C(60) + s) * SECOND;
	return (!accept(sc, '.') && !accept(sc, ',')) || scan_fraction(sc, us);
}

static bool scan_zone(struct scan *sc, int64_t *us)
{
	int sign, h, m;

	*us = 0;
	if (accept(sc, 'Z') || accept(sc, 'z'))
		return true;
	sign = accept(sc, '-') ? -1 : 1;
	if (sign > 0 && !accept(sc, '+') && !accept(sc, ' '))
		return false;
	h = digits(sc, 2);
	if (h < 0 || h > 23 || !accept(sc, ':'))
		return false;
	m = digits(sc, 2);
	*us = sign * INT64_C(60) * (h * 60 + m) * SECOND;
	return m >= 0 && m <= 59;
}

bool clock_parse(const char *s, size_t len, int64_t *out)
{
	struct scan sc = {s, s + len};
	int64_t day, time, zone, us;

	if (!scan_date(&sc, &day) || (!accept(&sc, 'T') && !accept(&sc, 't')) ||
		!scan_time(&sc, &time) || !scan_zone(&sc, &zone) || sc.p != sc.end)
		return false;
	us = day * DAY + time - zone;
	/* The zone can lead out of the years that have four digits. */
	if (us < day_number(1, 1, 1) * DAY || us >= day_number(10000, 1, 1) * DAY)
		return false;
	*out = us;
	return true;
}

bool clock_is_date_time(const char *s, size_t len)
{
	int64_t us;

	/* With a dot and no more than six digits after it, or without a fraction. */
	return (len == 20 || (len >= 22 && len <= 27)) && s[10] == 'T' &&
		s[len - 1] == 'Z' && clock_parse(s, len, &us);
}

bool clock_is_date(const char *s, size_t len)
{
	struct scan sc = {s, s + len};
	int64_t day;

	return scan_date(&sc, &day) && sc.p == sc.end;
}

bool clock_is_time(const char *s, size_t len)
{
	struct scan sc = {s, s + len};
	int64_t us;

	return scan_time(&sc, &us) && (accept(&sc, 'Z') || accept(&sc, 'z')) &&
		sc.p == sc.end;
}

/* The inverse of day_number(). */
static void civil(int64_t day, int *year, int *month, int *dom)
{
	int64_t d = day + 719468, era = d / 146097, doe = d % 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), m = (5 * doy + 2) / 153;

	*dom = (int)(doy - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

static char *put(char *p, int value, int width)
{
	for (int i = width - 1; i >= 0; i--, value /= 10)
		p[i] = (char)('0' + value % 10);
	return p + width;
}

char *clock_format(int64_t us, char buf[CLOCK_TEXT])
{
	int year, month, dom, second, fraction;
	int64_t day = us / DAY - (us % DAY < 0), rest = us - day * DAY;
	char *p = buf;

	assert(day >= day_number(1, 1, 1) && day < day_number(10000, 1, 1));
	civil(day, &year, &month, &dom);
	second = (int)(rest / SECOND);
	fraction = (int)(rest % SECOND);
	p = put(p, year, 4);
	*p++ = '-';
	p = put(p, month, 2);
	*p++ = '-';
	p = put(p, dom, 2);
	*p++ = 'T';
	p = put(p, second / 3600, 2);
	*p++ = ':';
	p = put(p, second / 60 % 60, 2);
	*p++ = ':';
	p = put(p, second % 60, 2);
	if (fraction != 0) {
		*p++ = '.';
		p = fraction % 1000 == 0 ? put(p, fraction / 1000, 3)
					 : put(p, fraction, 6);
	}
	*p++ = 'Z';
	*p = '\0';
	return buf;
}
