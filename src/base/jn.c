/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and comparing trees. */
#include <base/jn.h>

#include "jn_priv.h"

#include <base/arena.h>
#include <base/map.h>
#include <base/mem.h>

#include <stdlib.h>
#include <string.h>

#define FEW 16 /* members up to which jn_equal() searches without a map */

int jn_hex4(const char *p)
{
	int code = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i], letter = (char)(c | 0x20);

		if (c >= '0' && c <= '9')
			code = code << 4 | (c - '0');
		else if (letter >= 'a' && letter <= 'f')
			code = code << 4 | (letter - 'a' + 10);
		else
			return -1;
	}
	return code;
}

static char *put_utf8(char *out, unsigned code)
{
	if (code < 0x80) {
		*out++ = (char)code;
		return out;
	}
	if (code < 0x800) {
		*out++ = (char)(0xc0 | code >> 6);
	} else {
		if (code < 0x10000) {
			*out++ = (char)(0xe0 | code >> 12);
		} else {
			*out++ = (char)(0xf0 | code >> 18);
			*out++ = (char)(0x80 | (code >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (code >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (code & 0x3f));
	return out;
}

size_t jn_unescape(char *out, const char *text, size_t len)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *p = text, *end = text + len;
	char *start = out;

	while (p < end) {
		unsigned code;

		if (*p != '\\') {
			*out++ = *p++;
			continue;
		}
		if (p[1] != 'u') {
			*out++ = to[strchr(from, p[1]) - from];
			p += 2;
			continue;
		}
		code = (unsigned)jn_hex4(p + 2);
		p += 6;
		if (code >= 0xd800 && code < 0xdc00) {
			code = 0x10000 + ((code - 0xd800) << 10) +
				((unsigned)jn_hex4(p + 2) - 0xdc00);
			p += 6;
		}
		out = put_utf8(out, code);
	}
	return (size_t)(out - start);
}

struct jn *jn_getn(const struct jn *object, const char *key, size_t len)
{
	if (!jn_is(object, JN_OBJECT))
		return NULL;
	jn_each (m, object) {
		if (m->key_len == len && memcmp(m->key, key, len) == 0)
			return m;
	}
	return NULL;
}

bool jn_str_is(const struct jn *v, const char *s)
{
	auto_arena a = {0};
	const char *text;
	size_t len;

	if (!jn_is(v, JN_STRING))
		return false;
	text = jn_span(v, &a, &len);
	return strlen(s) == len && memcmp(text, s, len) == 0;
}

char *jn_str(const struct jn *v, struct arena *a)
{
	char *text;

	if (!jn_is(v, JN_STRING))
		return NULL;
	if (!v->escaped)
		return arena_strndup(a, v->text, v->len);
	text = arena_raw(a, (size_t)v->len + 1);
	text[jn_unescape(text, v->text, v->len)] = '\0';
	return text;
}

const char *jn_span(const struct jn *v, struct arena *a, size_t *len)
{
	char *text;

	if (!jn_is(v, JN_STRING))
		return NULL;
	*len = v->len;
	if (!v->escaped)
		return v->text;
	text = arena_raw(a, (size_t)v->len + 1);
	*len = jn_unescape(text, v->text, v->len);
	text[*len] = '\0';
	return text;
}

/* A written number: its digits without zeros at either end, and its power of ten. */
struct decimal {
	bool negative;
	const char *first, *end; /* may have a '.' between; first NULL: zero */
	int64_t power; /* of ten, just above the first digit */
};

static int64_t read_exponent(const char *p, const char *end)
{
	const int64_t limit = INT64_C(100000000000000000);
	bool negative = p < end && *p == '-';
	int64_t exponent = 0;

	for (p += p < end && (*p == '+' || *p == '-'); p < end && exponent < limit; p++)
		exponent = exponent * 10 + (*p - '0');
	return negative ? -exponent : exponent;
}

static struct decimal read_decimal(const struct jn *v)
{
	const char *p = v->text, *end = p + v->len;
	struct decimal d = {.negative = *p == '-'};
	int64_t digits = 0, zeros = 0, whole = -1;

	for (p += d.negative; p < end && (*p | 0x20) != 'e'; p++) {
		if (*p == '.') {
			whole = digits;
			continue;
		}
		digits++;
		if (*p != '0') {
			d.first = d.first != NULL ? d.first : p;
			d.end = p + 1;
		}
		zeros += d.first == NULL;
	}
	d.power = (whole < 0 ? digits : whole) - zeros;
	if (p < end)
		d.power += read_exponent(p + 1, end);
	return d;
}

static bool equal_numbers(const struct jn *a, const struct jn *b)
{
	struct decimal x, y;
	const char *p, *q;

	if (a->len == b->len && memcmp(a->text, b->text, a->len) == 0)
		return true;
	x = read_decimal(a);
	y = read_decimal(b);
	if (x.first == NULL || y.first == NULL)
		return x.first == y.first;
	if (x.negative != y.negative || x.power != y.power)
		return false;
	for (p = x.first, q = y.first; p < x.end && q < y.end; p++, q++) {
		p += *p == '.';
		q += *q == '.';
		if (*p != *q)
			return false;
	}
	return p == x.end && q == y.end;
}

static bool equal_strings(const struct jn *a, const struct jn *b)
{
	auto_arena arena = {0};
	size_t alen = 0, blen = 0;
	const char *s, *t;

	s = jn_span(a, &arena, &alen);
	t = jn_span(b, &arena, &blen);
	return alen == blen && memcmp(s, t, alen) == 0;
}

static bool equal_objects(const struct jn *a, const struct jn *b)
{
	const struct jn *same = b->child; /* most often both have one order */
	auto_map keys = {0};

	jn_each (m, a) {
		const struct jn *o = same;

		if (o == NULL || o->key_len != m->key_len ||
			memcmp(o->key, m->key, m->key_len) != 0) {
			if (keys.count == 0 && b->count > FEW) {
				jn_each (k, b)
					map_put(&keys, k->key, k->key_len, k);
			}
			o = keys.count > 0 ? map_get(&keys, m->key, m->key_len)
					   : jn_getn(b, m->key, m->key_len);
		}
		if (o == NULL || !jn_equal(m, o))
			return false;
		same = o->next;
	}
	return true;
}

bool jn_equal(const struct jn *a, const struct jn *b)
{
	const struct jn *o;

	if (a == NULL || b == NULL)
		return a == b;
	if (a->kind != b->kind || a->count != b->count)
		return false;
	switch ((enum jn_kind)a->kind) {
	case JN_NUMBER:
		return equal_numbers(a, b);
	case JN_STRING:
		return equal_strings(a, b);
	case JN_OBJECT:
		return equal_objects(a, b);
	case JN_ARRAY:
		o = b->child;
		jn_each (item, a) {
			if (!jn_equal(item, o))
				return false;
			o = o->next;
		}
		return true;
	default:
		return true;
	}
}

/* Exact where the digits fit 53 bits and the power of ten is one that a double holds. */
static bool quick_number(const char *p, const char *end, double *out)
{
	static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
		1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
		1e22};
	bool negative = *p == '-', point = false;
	int64_t digits = 0, power = 0;

	for (p += negative; p < end && (*p | 0x20) != 'e'; p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		digits = digits * 10 + (*p - '0');
		power -= point;
		if (digits > INT64_C(1) << 53)
			return false;
	}
	if (p < end)
		power += read_exponent(p + 1, end);
	if (power < -22 || power > 22)
		return false;
	*out = power < 0 ? (double)digits / powers[-power]
			 : (double)digits * powers[power];
	*out = negative ? -*out : *out;
	return true;
}

double jn_number(const struct jn *v)
{
	double number;
	char *text;

	if (!jn_is(v, JN_NUMBER))
		return 0;
	if (quick_number(v->text, v->text + v->len, &number))
		return number;
	/* strtod() wants an end; the locale is "C" since nobody calls setlocale(). */
	text = mem_strndup(v->text, v->len);
	number = strtod(text, NULL);
	free(text);
	return number;
}
