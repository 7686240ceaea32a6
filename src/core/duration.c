/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durations of ISO 8601, in the form that 4.5.19.1 names:
 *	duration = "P" (weeks / [date] ["T" time])
 *	weeks    = n "W"
 *	date     = [n "Y"] [n "M"] [n "D"]
 *	time     = [n "H"] [n "M"] [n ["." 1*6digit] "S"]
 * with one of its elements at least.  Numbers have up to six digits.
 */
#include <core/temporal_q.h>

#include <string.h>

#define SECOND INT64_C(1000000)
#define DAY    (86400 * SECOND)
/* Some 10000 years: what is added to an instant stays a number. */
#define MOST_MONTHS 120000
#define MOST_DAYS   3660000

struct scan {
	const char *p;
	bool any; /* an element was read */
};

/* n digits and then `unit`; else nothing is taken. */
static bool element(struct scan *sc, char unit, unsigned *out)
{
	const char *p = sc->p;
	unsigned value = 0;
	size_t len = strspn(p, "0123456789");

	if (len == 0 || len > 6 || p[len] != unit)
		return false;
	for (size_t i = 0; i < len; i++)
		value = value * 10 + (unsigned)(p[i] - '0');
	*out = value;
	sc->p = p + len + 1;
	sc->any = true;
	return true;
}

/* Seconds may have a fraction. */
static bool seconds(struct scan *sc, int64_t *us)
{
	size_t len = strspn(sc->p, "0123456789"), digits;
	const char *fraction = sc->p + len + 1;
	int64_t value = 0, unit = SECOND;
	unsigned whole;

	if (element(sc, 'S', &whole)) {
		*us += whole * SECOND;
		return true;
	}
	if (len == 0 || len > 6 || fraction[-1] != '.')
		return false;
	digits = strspn(fraction, "0123456789");
	if (digits == 0 || digits > 6 || fraction[digits] != 'S')
		return false;
	for (size_t i = 0; i < len; i++)
		value = value * 10 + (sc->p[i] - '0');
	value *= SECOND;
	for (size_t i = 0; i < digits; i++) {
		unit /= 10;
		value += (fraction[i] - '0') * unit;
	}
	*us += value;
	sc->p = fraction + digits + 1;
	sc->any = true;
	return true;
}

static bool time_part(struct scan *sc, struct duration *d)
{
	unsigned n = 0;

	sc->any = false;
	if (element(sc, 'H', &n))
		d->us += n * (3600 * SECOND);
	if (element(sc, 'M', &n))
		d->us += n * (60 * SECOND);
	(void)seconds(sc, &d->us);
	return sc->any;
}

bool duration_parse(const char *text, struct duration *out)
{
	struct scan sc = {.p = text + 1};
	struct duration d = {0};
	unsigned n = 0;

	if (*text != 'P')
		return false;
	if (element(&sc, 'W', &n)) {
		d.days = 7 * n;
	} else {
		if (element(&sc, 'Y', &n))
			d.months += 12 * n;
		if (element(&sc, 'M', &n))
			d.months += n;
		if (element(&sc, 'D', &n))
			d.days += n;
		if (*sc.p == 'T') {
			sc.p++;
			if (!time_part(&sc, &d))
				return false;
		}
	}
	if (!sc.any || *sc.p != '\0' || d.months > MOST_MONTHS || d.days > MOST_DAYS)
		return false;
	*out = d;
	return true;
}

bool duration_is_zero(const struct duration *d)
{
	return d->months == 0 && d->days == 0 && d->us == 0;
}

bool duration_is_fixed(const struct duration *d)
{
	return d->months == 0;
}

int64_t duration_us(const struct duration *d)
{
	return (d->months * INT64_C(30) + d->days) * DAY + d->us;
}
