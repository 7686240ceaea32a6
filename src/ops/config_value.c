/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of values: numbers, sizes, times, choices, and what is said of bad ones. */
#include "config_priv.h"

#include <base/err.h>
#include <ops/config.h>

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const struct setting settings[] = {
#define SECTION(title) {.section = (title)},
#define SETTING(k, field, f, l, v, lo, hi, c, a, h)                                      \
	{.kind = k,                                                                      \
		.flag = (f),                                                             \
		.letter = (l),                                                           \
		.value = (v),                                                            \
		.least = (lo),                                                           \
		.most = (hi),                                                            \
		.choices = (c),                                                          \
		.argument = (a),                                                         \
		.help = (h),                                                             \
		.offset = offsetof(struct config, field)},
#include <ops/settings.def>
#undef SETTING
#undef SECTION
	{.flag = NULL},
};

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit no_units[] = {{"", 1}, {0}};
static const struct unit sizes[] = {
	{"", 1}, {"k", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {0}};
static const struct unit times[] = {
	{"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {0}};

static const struct unit *units_of(enum setting_kind kind)
{
	return kind == SIZE ? sizes : kind == TIME ? times : no_units;
}

char *setting_env(const struct setting *s, char name[SETTING_ENV])
{
	char *p = name + snprintf(name, SETTING_ENV, "CALANQUE_");

	for (const char *f = s->flag; *f != '\0' && p < name + SETTING_ENV - 1; f++)
		*p++ = (char)(*f == '-' ? '_' : toupper((unsigned char)*f));
	*p = '\0';
	return name;
}

/* Digits and a unit; false where it is anything else or overflows. */
static bool read_amount(const char *text, const struct unit *units, int64_t *out)
{
	int64_t n = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++)
		if (n > (INT64_MAX >> 32) / 10)
			return false;
		else
			n = n * 10 + (*p - '0');
	if (p == text)
		return false;
	if (n == 0 && *p == '\0') {
		*out = 0; /* nothing needs no unit */
		return true;
	}
	for (; units->name != NULL; units++) {
		if (strcasecmp(p, units->name) == 0) {
			*out = n * units->factor;
			return true;
		}
	}
	return false;
}

char *setting_amount(const struct setting *s, int64_t n, char buf[SETTING_AMOUNT])
{
	const struct unit *units = units_of(s->kind), *best = units;

	for (const struct unit *u = units; u->name != NULL; u++)
		if (n % u->factor == 0)
			best = u;
	snprintf(buf, SETTING_AMOUNT, "%jd%s", (intmax_t)(n / best->factor),
		n != 0 ? best->name : "");
	return buf;
}

static int bad_amount(
	const struct setting *s, const char *where, const char *text, struct err *err)
{
	static const char *const forms[] = {
		[NUMBER] = "a whole number",
		[SIZE] = "bytes such as 64k, 10M or 1G,",
		[TIME] = "a time such as 500ms, 10s, 5min or 1h",
	};
	char least[SETTING_AMOUNT], most[SETTING_AMOUNT];

	return err_set(err, ERR_INVALID_REQUEST,
		"%s: expected %s from %s to %s, not '%s'", where, forms[s->kind],
		setting_amount(s, s->least, least), setting_amount(s, s->most, most),
		text);
}

static int read_choice(const struct setting *s, const char *where, const char *text,
	unsigned *out, struct err *err)
{
	size_t len = strlen(text);
	const char *p = s->choices;

	for (unsigned i = 0; *p != '\0'; i++) {
		size_t n = strcspn(p, "|");

		if (n == len && strncasecmp(p, text, n) == 0) {
			*out = i;
			return 0;
		}
		p += n + (p[n] == '|');
	}
	return err_set(err, ERR_INVALID_REQUEST, "%s: expected one of %s, not '%s'",
		where, s->choices, text);
}

int setting_read(const struct setting *s, const char *where, const char *text,
	struct config *config, struct err *err)
{
	void *field = (char *)config + s->offset;
	int64_t n;

	if (s->kind == STRING) {
		if (text[0] == '\0')
			return err_set(err, ERR_INVALID_REQUEST,
				"%s: expected %s, not ''", where, s->argument);
		*(const char **)field = text;
		return 0;
	}
	if (s->kind == CHOICE)
		return read_choice(s, where, text, field, err);
	if (!read_amount(text, units_of(s->kind), &n) || n < s->least || n > s->most)
		return bad_amount(s, where, text, err);
	if (s->kind == SIZE)
		*(size_t *)field = (size_t)n;
	else
		*(unsigned *)field = (unsigned)n;
	return 0;
}

const char *setting_show(
	const struct setting *s, const struct config *config, char buf[SETTING_AMOUNT])
{
	const void *field = (const char *)config + s->offset;
	const char *p;

	switch (s->kind) {
	case STRING:
		p = *(const char *const *)field;
		return p != NULL ? p : "";
	case CHOICE:
		p = s->choices;
		for (unsigned i = *(const unsigned *)field; i > 0; i--)
			p += strcspn(p, "|") + 1;
		snprintf(buf, SETTING_AMOUNT, "%.*s", (int)strcspn(p, "|"), p);
		return buf;
	case SIZE:
		return setting_amount(s, (int64_t) * (const size_t *)field, buf);
	default:
		return setting_amount(s, *(const unsigned *)field, buf);
	}
}
