/* SPDX-License-Identifier: Apache-2.0 */
/* Dates: with a zone, not in the future, not in identifiers. */
#include "lint_priv.h"

#include <base/clock.h>
#include <base/err.h>

#include <ctype.h>
#include <string.h>

#define LATE (INT64_C(10) * 60 * 1000000) /* clocks that differ by less agree */

static bool digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isdigit((unsigned char)s[i]))
			return false;
	return true;
}

static bool looks_like_day(const char *s, size_t len)
{
	return len >= 10 && s[4] == '-' && s[7] == '-' && digits(s, 4) &&
		digits(s + 5, 2) && digits(s + 8, 2);
}

enum date_text date_look(const char *text, size_t len)
{
	if (!looks_like_day(text, len))
		return DATE_NONE;
	if (len == 10)
		return DATE_DAY;
	if (len < 16 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') ||
		!digits(text + 11, 2) || text[13] != ':' || !digits(text + 14, 2))
		return DATE_NONE;
	for (size_t i = 16; i < len; i++)
		if (strchr("Zz+-", text[i]) != NULL)
			return DATE_GOOD;
		else if (!isdigit((unsigned char)text[i]) && text[i] != ':' &&
			text[i] != '.' && text[i] != ',')
			return DATE_NONE;
	return DATE_ZONELESS;
}

const char *lint_zones(const struct run *r, const char *text, size_t len)
{
	const char *seconds = len == 16 ? ":00" : "";

	return arena_printf(r->a,
		"send %.*s%sZ if it is UTC, or %.*s%s+01:00 (winter) for French time",
		(int)len, text, seconds, (int)len, text, seconds);
}

static void tell_zoneless(struct run *r, const struct spot *s, const struct jn *v,
	const char *text, size_t len)
{
	struct finding *f = lint_add(
		r, LINT_DATE_WITHOUT_ZONE, s, arena_printf(r->a, "/%s", s->member), v);

	f->why = "nobody can tell which instant a time without zone is";
	f->mend = lint_zones(r, text, len);
}

/* Does it look like JSON, and is it? */
static struct jn *json_inside(const char *text, size_t len, struct arena *a)
{
	struct jn_limits limits = {.max_depth = 32, .max_nodes = 10000};
	struct jn *v = NULL;
	struct err err = {0};

	if (len < 2 || len > 100000 ||
		!((text[0] == '{' && text[len - 1] == '}') ||
			(text[0] == '[' && text[len - 1] == ']')))
		return NULL;
	return jn_parse(arena_strndup(a, text, len), len, limits, a, &v, &err) == 0
		? v
		: NULL;
}

void lint_plain_text(struct run *r, const struct spot *s)
{
	const char *text = s->value->text, *slash;
	size_t len = s->value->len;
	struct finding *f;
	struct jn *inner;

	if (len == 0)
		return;
	if (text[0] == '{' || text[0] == '[') {
		text = jn_span(s->value, r->a, &len);
		inner = json_inside(text, len, r->a);
		if (inner == NULL)
			return;
		f = lint_add(r, LINT_JSON_IN_TEXT, s,
			arena_printf(r->a, "/%s", s->member), s->value);
		f->why = "the text is JSON: nothing inside it can be asked for";
		f->mend = arena_printf(r->a, "send %s", lint_text(r, inner));
		f->fix.kind = FIX_VALUE;
		f->fix.node = s->value;
		f->fix.value = inner;
		return;
	}
	if (len < 16 || text[0] < '0' || text[0] > '9')
		return;
	slash = memchr(text, '/', len);
	if (date_look(text, slash != NULL ? (size_t)(slash - text) : len) ==
		DATE_ZONELESS)
		tell_zoneless(r, s, s->value, text,
			slash != NULL ? (size_t)(slash - text) : len);
}

void lint_past(struct run *r, const struct spot *s, const struct jn *v, const char *rest)
{
	const char *text = v->text, *slash = memchr(v->text, '/', v->len);
	char now[CLOCK_TEXT];
	struct finding *f;
	int64_t at;

	if (slash != NULL || date_look(text, v->len) != DATE_GOOD ||
		!clock_parse(text, v->len, &at) || at <= r->l->now + LATE)
		return;
	if (rest == NULL)
		rest = arena_printf(r->a, "/%s", s->member);
	f = lint_add(r, LINT_DATE_IN_FUTURE, s, rest, v);
	f->why = arena_printf(r->a, "it is later than now, %s",
		clock_format(r->l->now / 1000000 * 1000000, now));
	f->mend =
		"check the clock of the sensor and the zone; a local time may have been "
		"sent as UTC";
}

/* 2026-01-31, 1700000000, 1700000000000 or 20260131083000 in an identifier. */
static size_t find_time(const char *s, size_t len, size_t *at)
{
	for (size_t i = 0, n; i < len; i += n + 1) {
		for (n = 0; i + n < len && isdigit((unsigned char)s[i + n]);)
			n++;
		*at = i;
		if (n == 4 && (s[i] == '1' || s[i] == '2') &&
			looks_like_day(s + i, len - i) &&
			(i + 10 == len || !isdigit((unsigned char)s[i + 10])))
			return 10;
		if ((n == 10 || n == 13) && s[i] == '1' && s[i + 1] >= '4')
			return n;
		if (n == 14 && s[i] == '2' && s[i + 1] == '0' && s[i + 4] <= '1')
			return n;
	}
	return 0;
}

void lint_id(struct run *r, const struct jn *id)
{
	struct finding *f;
	size_t at = 0, n;

	if (!jn_is(id, JN_STRING))
		return;
	n = find_time(id->text, id->len, &at);
	if (n == 0)
		return;
	f = lint_add(r, LINT_TIMESTAMP_IN_ID, NULL, "/id", id);
	f->why = arena_printf(r->a,
		"the id holds a time (%.*s): every observation would be an entity of its "
		"own, without history",
		(int)n, id->text + at);
	f->mend = "name the place or the sensor in the id, update the same entity, and "
		  "send the time as dateObserved and observedAt";
}
