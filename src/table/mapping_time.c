/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instants as people write them.  Without a format: ISO 8601, with a zone or without (then
 * local), and the French order, day first.  A format has the letters
 *	yyyy yy MM dd HH mm ss SSS, and X for Z or an offset; any other character is itself
 * or is one of the words epoch and epochMillis.
 */
#include "mapping_priv.h"

#include <base/clock.h>
#include <table/zone.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parts {
	int year, month, day, hour, minute, second, millis;
	bool zoned;
	int offset; /* minutes */
};

struct scan {
	const char *p, *end;
};

/* A number of `least` to `most` digits. */
static bool digits(struct scan *s, int least, int most, int *out)
{
	int n = 0, v = 0;

	while (n < most && s->p < s->end && isdigit((unsigned char)*s->p)) {
		v = v * 10 + (*s->p++ - '0');
		n++;
	}
	*out = v;
	return n >= least;
}

static bool one_of(struct scan *s, const char *set)
{
	if (s->p >= s->end || *s->p == '\0' || strchr(set, *s->p) == NULL)
		return false;
	s->p++;
	return true;
}

/* Z, +02:00, +0200, +02 */
static bool zone_of(struct scan *s, struct parts *t)
{
	int sign, hours, minutes = 0;

	if (one_of(s, "Zz")) {
		t->zoned = true;
		return true;
	}
	if (s->p >= s->end || (*s->p != '+' && *s->p != '-'))
		return false;
	sign = *s->p++ == '-' ? -1 : 1;
	if (!digits(s, 2, 2, &hours))
		return false;
	if (s->p < s->end) {
		(void)one_of(s, ":");
		if (!digits(s, 2, 2, &minutes))
			return false;
	}
	t->zoned = true;
	t->offset = sign * (hours * 60 + minutes);
	return hours < 24 && minutes < 60;
}

static bool settle(const struct parts *t, struct zone *zone, int64_t *out)
{
	char text[48];
	int64_t local;
	int n = snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
		t->year, t->month, t->day, t->hour, t->minute, t->second, t->millis);

	if (n < 0 || !clock_parse(text, (size_t)n, &local))
		return false;
	if (t->zoned)
		*out = local - t->offset * INT64_C(60000000);
	else
		*out = zone != NULL ? zone_instant(zone, local) : local;
	return true;
}

/* year-month-day, or day/month/year. */
static bool free_date(struct scan *s, struct parts *t)
{
	const char *start = s->p;
	int first;

	if (!digits(s, 1, 4, &first))
		return false;
	if (s->p - start == 4) {
		t->year = first;
		return one_of(s, "-/.") && digits(s, 1, 2, &t->month) &&
			one_of(s, "-/.") && digits(s, 1, 2, &t->day);
	}
	t->day = first;
	return one_of(s, "-/.") && digits(s, 1, 2, &t->month) && one_of(s, "-/.") &&
		digits(s, 4, 4, &t->year);
}

static bool free_time(struct scan *s, struct parts *t)
{
	int digit;

	if (!digits(s, 1, 2, &t->hour) || !one_of(s, ":hH"))
		return false;
	if (s->p == s->end) /* 18h */
		return true;
	if (!digits(s, 2, 2, &t->minute))
		return false;
	if (one_of(s, ":") && !digits(s, 2, 2, &t->second))
		return false;
	if (one_of(s, ".,"))
		for (int unit = 100; digits(s, 1, 1, &digit); unit /= 10)
			t->millis += digit * unit;
	while (one_of(s, " "))
		;
	return s->p == s->end || zone_of(s, t);
}

static bool read_free(struct scan s, struct zone *zone, int64_t *out)
{
	struct parts t = {0};

	if (clock_parse(s.p, (size_t)(s.end - s.p), out))
		return true;
	if (!free_date(&s, &t))
		return false;
	if (s.p < s.end && (!one_of(&s, "Tt ") || !free_time(&s, &t)))
		return false;
	return s.p == s.end && settle(&t, zone, out);
}

/* The field at f: its letter and how many of it; 0: a character for itself. */
static size_t field(const char *f)
{
	size_t n = 0;

	if (strchr("yMdHmsSX", *f) == NULL)
		return 0;
	while (f[n] == *f)
		n++;
	return n;
}

static bool read_field(struct scan *s, char letter, size_t n, struct parts *t)
{
	int *at = letter == 'y' ? &t->year
		: letter == 'M' ? &t->month
		: letter == 'd' ? &t->day
		: letter == 'H' ? &t->hour
		: letter == 'm' ? &t->minute
		: letter == 's' ? &t->second
				: &t->millis;

	if (letter == 'X')
		return zone_of(s, t);
	if (letter == 'y' && n == 2) {
		bool ok = digits(s, 2, 2, at);

		*at += *at < 70 ? 2000 : 1900;
		return ok;
	}
	if (letter == 'y' || letter == 'S')
		return digits(s, (int)n, (int)n, at);
	return digits(s, 1, 2, at);
}

static bool read_format(struct scan s, const char *f, struct zone *zone, int64_t *out)
{
	struct parts t = {.month = 1, .day = 1};

	while (*f != '\0') {
		size_t n = field(f);

		if (n == 0) {
			if (s.p >= s.end || *s.p++ != *f++)
				return false;
		} else {
			if (!read_field(&s, *f, n, &t))
				return false;
			f += n;
		}
	}
	return s.p == s.end && settle(&t, zone, out);
}

static bool read_epoch(struct scan s, int64_t unit, int64_t *out)
{
	char text[32];
	char *end;
	double v;
	size_t len = (size_t)(s.end - s.p);

	if (len == 0 || len >= sizeof(text))
		return false;
	memcpy(text, s.p, len);
	text[len] = '\0';
	v = strtod(text, &end);
	if (*end != '\0' || !(v > -62e9 * 1000 && v < 253402300800e3) ||
		!(v * (double)unit < 253402300800e6))
		return false;
	*out = (int64_t)(v * (double)unit);
	return true;
}

bool time_read(
	const char *s, size_t len, const char *format, struct zone *zone, int64_t *out)
{
	struct scan scan = {s, s + len};

	if (format == NULL)
		return read_free(scan, zone, out);
	if (strcmp(format, "epoch") == 0)
		return read_epoch(scan, 1000000, out);
	if (strcmp(format, "epochMillis") == 0)
		return read_epoch(scan, 1000, out);
	return read_format(scan, format, zone, out);
}

bool time_format_is_known(const char *format)
{
	bool year = false;

	if (strcmp(format, "epoch") == 0 || strcmp(format, "epochMillis") == 0)
		return true;
	for (const char *f = format; *f != '\0';) {
		size_t n = field(f);

		if (n == 0 && isalpha((unsigned char)*f) && strchr("Th", *f) == NULL)
			return false;
		if (*f == 'y' && n != 2 && n != 4)
			return false;
		if (n > 0 && *f != 'y' && n > (*f == 'S' ? 3u : 2u))
			return false;
		if (*f == 'S' && n != 3)
			return false;
		year |= *f == 'y';
		f += n > 0 ? n : 1;
	}
	return year;
}

int row_time(struct row *r, const struct map_time *t, int64_t *out)
{
	char text[128];
	size_t len = 0;

	if (t->constant != NULL)
		return clock_parse(t->constant, strlen(t->constant), out) ? 1 : 0;
	for (size_t i = 0; i < t->len; i++) {
		const char *part;
		size_t n;

		if (row_text(r, t->columns[i], &part, &n) < 0)
			return -1;
		if (part == NULL)
			return 0;
		if (n > 50 || len + n + 2 > sizeof(text))
			return row_wrong(r, t->columns[i], "write a date and a time",
				"too long for an instant");
		if (i > 0)
			text[len++] = ' ';
		memcpy(text + len, part, n);
		len += n;
	}
	if (time_read(text, len, t->format, r->source->zone, out))
		return 1;
	return row_wrong(r, t->columns[0],
		t->format != NULL
			? "write it so, or say another \"format\" in the mapping"
			: "write 2026-11-28T18:39:03Z or 28/11/2026 18:39, or say "
			  "its \"format\" in the mapping",
		"no instant%s%s", t->format != NULL ? " of the format " : "",
		t->format != NULL ? t->format : "");
}
