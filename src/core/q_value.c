/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands right of an operator of q.
 *
 *	item = '"' JSON string '"' / number / DateTime / Date / Time / "true" / "false"
 *	     / bare token (a term or a URI), up to , ; | ) } < > or space
 *	pattern (after ~= and !~=) = '"' … '"' with \" for a quote
 *	     / bare, up to ; | or ) outside its own ( ) and [ ]
 */
#include "q_priv.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <base/iri.h>
#include <core/context.h>
#include <core/pattern.h>
#include <core/q_target.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Does the token end at p?  ".." ends it where a range may follow. */
static bool at_end(const struct q_parser *ps, const char *p)
{
	return p == ps->end || strchr(",;|)}<> \t\r\n", *p) != NULL ||
		(ps->end - p >= 2 && memcmp(p, "..", 2) == 0);
}

static int fail_at(struct q_parser *ps, const char *p, const char *what)
{
	ps->p = p;
	return q_fail(ps, what);
}

int q_quoted(struct q_parser *ps, const char **out)
{
	const char *start = ps->p, *p = start + 1;
	struct err ignored = {0};
	struct jn *string;

	while (p < ps->end && *p != '"')
		p += *p == '\\' && p + 1 < ps->end ? 2 : 1;
	if (p >= ps->end)
		return fail_at(ps, start, "the string that begins here does not end");
	p++;
	if (jn_parse(start, (size_t)(p - start), JN_LIMITS, ps->a, &string, &ignored) < 0)
		return q_fail(ps, "not a JSON string");
	ps->p = p;
	*out = jn_str(string, ps->a);
	return 0;
}

/* The form of a date or time: '0' stands for a digit.  Bytes of text that fit, or 0. */
static size_t shape(const char *p, const char *end, const char *form)
{
	size_t i;

	for (i = 0; form[i] != '\0'; i++) {
		if (p + i == end)
			return 0;
		if (form[i] == '0' ? p[i] < '0' || p[i] > '9' : p[i] != form[i])
			return 0;
	}
	return i;
}

static const char *skip_fraction(const char *p, const char *end)
{
	const char *q = p;

	if (q == end || (*q != '.' && *q != ','))
		return p;
	for (q++; q < end && *q >= '0' && *q <= '9'; q++)
		;
	return q - p > 1 ? q : p;
}

/* The end of hh:mm:ss[.f]zone at p, or NULL. */
static const char *skip_time(const char *p, const char *end, bool zones)
{
	size_t n = shape(p, end, "00:00:00");

	if (n == 0)
		return NULL;
	p = skip_fraction(p + n, end);
	if (p < end && (*p == 'Z' || *p == 'z'))
		return p + 1;
	if (!zones || p == end || strchr("+- ", *p) == NULL)
		return NULL;
	n = shape(p + 1, end, "00:00");
	return n > 0 ? p + 1 + n : NULL;
}

/* 1: taken; 0: it is something else; -1: it looks like a date or time but is none. */
static int parse_instant(struct q_parser *ps, struct q_value *v)
{
	const char *start = ps->p, *p;
	size_t n = shape(start, ps->end, "0000-00-00");
	bool good;

	if (n > 0 && start + n < ps->end && (start[n] == 'T' || start[n] == 't')) {
		v->type = Q_DATE_TIME;
		p = skip_time(start + n + 1, ps->end, true);
		if (p == NULL || !at_end(ps, p))
			return fail_at(
				ps, start, "not a DateTime (YYYY-MM-DDThh:mm:ssZ)");
		good = clock_parse(start, (size_t)(p - start), &v->instant);
	} else if (n > 0 && at_end(ps, start + n)) {
		v->type = Q_DATE;
		p = start + n;
		good = q_date(start, n, &v->instant);
	} else {
		v->type = Q_TIME;
		p = skip_time(start, ps->end, false);
		if (p == NULL || !at_end(ps, p))
			return 0;
		good = q_time(start, (size_t)(p - start), &v->instant);
	}
	if (!good)
		return fail_at(ps, start, "no such date or time");
	v->text = arena_strndup(ps->a, start, (size_t)(p - start));
	ps->p = p;
	return 1;
}

static const char *skip_digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/* The end of a JSON number at p (RFC 8259, 6), or NULL. */
static const char *skip_number(const char *p, const char *end)
{
	const char *start;

	p += p < end && *p == '-';
	start = p;
	p = skip_digits(p, end);
	if (p == start || (*start == '0' && p - start > 1))
		return NULL;
	if (end - p >= 2 && p[0] == '.' && p[1] >= '0' && p[1] <= '9')
		p = skip_digits(p + 1, end);
	if (p < end && (*p == 'e' || *p == 'E')) {
		start = p + 1;
		start += start < end && (*start == '+' || *start == '-');
		p = skip_digits(start, end);
		if (p == start)
			return NULL;
	}
	return p;
}

/* As parse_instant(). */
static int parse_number(struct q_parser *ps, struct q_value *v)
{
	const char *start = ps->p, *p = skip_number(start, ps->end);

	if (p == NULL || !at_end(ps, p))
		return 0;
	v->type = Q_NUMBER;
	v->text = arena_strndup(ps->a, start, (size_t)(p - start));
	v->number = strtod(v->text, NULL);
	if (!isfinite(v->number))
		return q_fail(ps, "the number is out of range");
	ps->p = p;
	return 1;
}

/* What == compares a string with: see struct q_value. */
static void complete_string(struct q_parser *ps, struct q_value *v)
{
	size_t len = strlen(v->text);
	const char *decoded;

	v->iri =
		len > 0 ? context_expand(ps->options->ctx, v->text, len, ps->a) : v->text;
	v->uri[0] = q_uri(v->text, len, ps->a);
	decoded = q_uri_decoded(v->uri[0], ps->a);
	v->uri[1] = strcmp(decoded, v->uri[0]) == 0 ? NULL : decoded;
}

/* Made of what numbers are made of, and begins like one. */
static bool is_like_number(const char *s, size_t len)
{
	return strspn(s, "0123456789+-.eE") >= len && strcspn(s, "0123456789") < len &&
		*s != 'e' && *s != 'E';
}

static int parse_bare(struct q_parser *ps, struct q_value *v)
{
	const char *start = ps->p, *p = start;
	size_t len;

	if (p < ps->end && *p == '\'')
		return q_fail(ps, "a string stands in double quotes");
	while (p < ps->end && strchr(",;|)}<> \t\r\n\"", *p) == NULL)
		p++;
	len = (size_t)(p - start);
	/* "a===1" has one sign too many: neither terms nor URIs begin so. */
	if (len == 0 || strchr("=!~([{", *start) != NULL)
		return q_fail(ps, "expected a value");
	if (is_like_number(start, len))
		return q_fail(ps, "not a number as JSON writes it");
	ps->p = p;
	if ((len == 4 && memcmp(start, "true", 4) == 0) ||
		(len == 5 && memcmp(start, "false", 5) == 0)) {
		v->type = Q_BOOL;
		v->truth = len == 4;
		return 0;
	}
	v->type = iri_is_absolute(start, len) ? Q_URI : Q_STRING;
	v->text = arena_strndup(ps->a, start, len);
	if (v->type == Q_STRING && strstr(v->text, "..") != NULL)
		return fail_at(ps, start + (strstr(v->text, "..") - v->text),
			"a range needs numbers, quoted strings, dates or times");
	complete_string(ps, v);
	return 0;
}

static int parse_item(struct q_parser *ps, const struct q *q, struct q_value *v)
{
	int rc;

	q_skip_space(ps);
	if (ps->p < ps->end && *ps->p == '"') {
		if (q_quoted(ps, &v->text) < 0)
			return -1;
		v->type = Q_STRING;
		/* observedAt=="2020-…Z" means the instant: nothing else is there. */
		if (q_path_is_temporal(&q->path) &&
			clock_parse(v->text, strlen(v->text), &v->instant))
			v->type = Q_DATE_TIME;
		complete_string(ps, v);
		return 0;
	}
	rc = parse_instant(ps, v);
	if (rc == 0)
		rc = parse_number(ps, v);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return parse_bare(ps, v);
}

/* The end of a pattern without quotes: brackets, parentheses and bounds shield what is
 * in them, a backslash the character after it. */
static const char *pattern_end(const char *p, const char *end)
{
	unsigned open = 0;
	const char *start;

	for (start = p; p < end; p++) {
		if (*p == '\\' && p + 1 < end) {
			p++;
		} else if (*p == '[') {
			const char *close = memchr(p + 1, ']', (size_t)(end - p - 1));

			p = close == NULL ? end - 1 : close;
		} else if (*p == '(' || *p == '{') {
			open++;
		} else if (*p == ')' || *p == '}') {
			if (open == 0)
				break;
			open--;
		} else if (open == 0 && (*p == ';' || *p == '|')) {
			break;
		}
	}
	while (p > start && p[-1] == ' ')
		p--;
	return p;
}

static int parse_pattern(struct q_parser *ps, struct q_value *v)
{
	const char *start, *p;
	struct pattern *pattern;

	q_skip_space(ps);
	p = start = ps->p;
	if (p < ps->end && *p == '"') {
		start = ++p;
		while (p < ps->end && *p != '"')
			p += *p == '\\' && p + 1 < ps->end ? 2 : 1;
		if (p >= ps->end)
			return q_fail(ps, "the string that begins here does not end");
		ps->p = p + 1;
	} else {
		ps->p = p = pattern_end(p, ps->end);
	}
	if (p == start)
		return fail_at(ps, start, "expected a pattern");
	v->type = Q_STRING;
	v->text = arena_strndup(ps->a, start, (size_t)(p - start));
	if (pattern_parse(v->text, (size_t)(p - start), "q", (size_t)(start - ps->text),
		    ps->a, &pattern, ps->err) < 0)
		return -1;
	v->pattern = pattern;
	return 0;
}

static int parse_range(struct q_parser *ps, struct q *q, const struct q_value *low)
{
	const char *start = ps->p;
	struct q_value *values = arena_array(ps->a, struct q_value, 2);

	if (q->op != Q_EQ && q->op != Q_NE)
		return q_fail(ps, "a range can follow == and != only");
	if (low->type == Q_BOOL)
		return q_fail(
			ps, "a range needs numbers, quoted strings, dates or times");
	ps->p += 2;
	values[0] = *low;
	if (parse_item(ps, q, &values[1]) < 0)
		return -1;
	if (values[0].type != values[1].type)
		return fail_at(ps, start, "both ends of a range must be of one kind");
	q->values = values;
	q->values_len = 2;
	q->range = true;
	return 0;
}

/* The first item has been read and ',' is next. */
static int parse_list(struct q_parser *ps, struct q *q, const struct q_value *first)
{
	struct q_value *values;
	size_t n = 1, room = 1;

	if (q->op != Q_EQ && q->op != Q_NE)
		return q_fail(ps, "a list can follow == and != only");
	for (const char *p = ps->p; p < ps->end && room < Q_MAX_VALUES; p++)
		room += *p == ',';
	values = arena_array(ps->a, struct q_value, room);
	values[0] = *first;
	while (q_accept(ps, ",")) {
		if (n == Q_MAX_VALUES)
			return err_set(ps->err, ERR_TOO_COMPLEX_QUERY,
				"q: more than %d values in a list", Q_MAX_VALUES);
		if (parse_item(ps, q, &values[n++]) < 0)
			return -1;
		q_skip_space(ps);
	}
	q->values = values;
	q->values_len = n;
	return 0;
}

int q_parse_values(struct q_parser *ps, struct q *q)
{
	struct q_value *first = arena_new(ps->a, struct q_value);

	q->values = first;
	q->values_len = 1;
	if (q->op == Q_MATCH || q->op == Q_NO_MATCH)
		return parse_pattern(ps, first);
	if (parse_item(ps, q, first) < 0)
		return -1;
	if (first->type == Q_BOOL && q->op != Q_EQ && q->op != Q_NE)
		return q_fail(ps, "true and false can follow == and != only");
	q_skip_space(ps);
	if (ps->end - ps->p >= 2 && memcmp(ps->p, "..", 2) == 0)
		return parse_range(ps, q, first);
	if (ps->p < ps->end && *ps->p == ',')
		return parse_list(ps, q, first);
	return 0;
}
