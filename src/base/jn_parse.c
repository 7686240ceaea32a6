/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 8259 in one pass and without recursion.  While a container is open, its `next` is
 * the container around it; it gets its sibling only after it was closed.
 */
#include <base/jn.h>

#include "jn_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <base/iri.h>
#include <base/map.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define FEW           16 /* members up to which a duplicate is found by comparing all */
#define TRUSTED_DEPTH 512 /* deeper than what jn_parse() lets in and we wrap around it */
#define POINTER       160 /* bytes of a JSON pointer that an error shows */

#define hot static inline __attribute__((always_inline))

struct parser {
	const char *text, *end;
	struct arena *arena;
	struct jn *open; /* innermost open container */
	unsigned depth, max_depth;
	size_t nodes, max_nodes;
	const char *at, *problem; /* of the failure */
	const struct jn *twin; /* the second member of one name */
};

static const char *fail(struct parser *ps, const char *at, const char *problem)
{
	ps->at = at;
	ps->problem = problem;
	return NULL;
}

hot const char *skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

static bool is_digit(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

/* p is at the backslash. */
static const char *skip_escape(struct parser *ps, const char *p)
{
	int code, low = -1;

	if (ps->end - p < 2 || p[1] == '\0' || strchr("\"\\/bfnrtu", p[1]) == NULL)
		return fail(ps, p, "malformed escape");
	if (p[1] != 'u')
		return p + 2;
	code = ps->end - p < 6 ? -1 : jn_hex4(p + 2);
	if (code < 0)
		return fail(ps, p, "malformed escape: expected four hexadecimal digits");
	if (code == 0)
		return fail(ps, p, "\\u0000 cannot be stored");
	if (code < 0xd800 || code > 0xdfff)
		return p + 6;
	if (ps->end - p >= 12 && p[6] == '\\' && p[7] == 'u')
		low = jn_hex4(p + 8);
	if (code > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return fail(ps, p, "half of a surrogate pair");
	return p + 12;
}

/* The rest of a string with escapes, or what is wrong with it. */
static const char *skip_odd_string(
	struct parser *ps, const char *start, const char *p, unsigned *high)
{
	while (p < ps->end && *p == '\\') {
		p = skip_escape(ps, p);
		if (p == NULL)
			return NULL;
		p = scan_plain(p, ps->end, high);
	}
	if (p == ps->end)
		return fail(ps, start - 1, "string without closing '\"'");
	if (*p != '"')
		return fail(ps, p, "control character in a string");
	return p;
}

/* p is behind the opening quote; returns the closing one. */
hot const char *skip_string(
	struct parser *ps, const char *start, bool *escaped, bool checked)
{
	unsigned high = 0;
	const char *p = scan_plain(start, ps->end, &high);

	*escaped = p == ps->end || *p != '"';
	if (*escaped) {
		p = skip_odd_string(ps, start, p, &high);
		if (p == NULL)
			return NULL;
	}
	if (checked && high != 0 && !utf8_valid(start, (size_t)(p - start)))
		return fail(ps, start - 1, "invalid UTF-8 in the string");
	return p;
}

/* PostgreSQL's numeric must be able to hold what is stored, whatever it is read for. */
#define MAX_NUMBER   1000 /* characters */
#define MAX_EXPONENT 3 /* digits */

hot const char *skip_number(struct parser *ps, const char *p)
{
	const char *end = ps->end, *start = p, *exponent = NULL;

	p += *p == '-';
	if (!is_digit(p, end))
		return fail(ps, p, "expected a digit");
	if (*p++ != '0') {
		while (is_digit(p, end))
			p++;
	}
	if (p < end && *p == '.') {
		if (!is_digit(++p, end))
			return fail(ps, p, "expected a digit");
		while (is_digit(p, end))
			p++;
	}
	if (p < end && (*p | 0x20) == 'e') {
		p++;
		p += p < end && (*p == '+' || *p == '-');
		if (!is_digit(p, end))
			return fail(ps, p, "expected a digit");
		exponent = p;
		while (is_digit(p, end))
			p++;
	}
	if (p - start > MAX_NUMBER || (exponent != NULL && p - exponent > MAX_EXPONENT))
		return fail(ps, start, "number out of range");
	return p;
}

static const char *skip_literal(
	struct parser *ps, const char *p, const char *word, size_t len)
{
	if ((size_t)(ps->end - p) < len || memcmp(p, word, len) != 0)
		return fail(ps, p, "expected a value");
	return p + len;
}

/* Reads a scalar, or the bracket that opens a container. */
hot const char *read_value(struct parser *ps, const char *p, struct jn *v, bool checked)
{
	const char *start = p;

	if (p == ps->end)
		return fail(ps, p, "expected a value");
	switch (*p) {
	case '"':
		v->kind = JN_STRING;
		v->text = ++start;
		p = skip_string(ps, start, &v->escaped, checked);
		if (p == NULL)
			return NULL;
		v->len = (uint32_t)(p - start);
		return p + 1;
	case '{':
		v->kind = JN_OBJECT;
		return p + 1;
	case '[':
		v->kind = JN_ARRAY;
		return p + 1;
	case 't':
		v->kind = JN_TRUE;
		return skip_literal(ps, p, "true", 4);
	case 'f':
		v->kind = JN_FALSE;
		return skip_literal(ps, p, "false", 5);
	case 'n':
		v->kind = JN_NULL;
		return skip_literal(ps, p, "null", 4);
	default:
		if (*p != '-' && !is_digit(p, ps->end))
			return fail(ps, p, "expected a value");
		v->kind = JN_NUMBER;
		v->text = start;
		p = skip_number(ps, p);
		v->len = p != NULL ? (uint32_t)(p - start) : 0;
		return p;
	}
}

/* Reads `"key" :` into v. */
hot const char *read_key(struct parser *ps, const char *p, struct jn *v, bool checked)
{
	const char *start = p + 1;
	bool escaped;

	if (p == ps->end || *p != '"')
		return fail(ps, p, "expected a key in quotes");
	p = skip_string(ps, start, &escaped, checked);
	if (p == NULL)
		return NULL;
	v->key = start;
	v->key_len = (uint32_t)(p - start);
	if (escaped) {
		char *key = arena_raw(ps->arena, v->key_len);

		v->key_len = (uint32_t)jn_unescape(key, start, v->key_len);
		v->key = key;
	}
	p = skip_space(p + 1, ps->end);
	if (p == ps->end || *p != ':')
		return fail(ps, p, "expected ':'");
	return skip_space(p + 1, ps->end);
}

static bool same_key(const struct jn *a, const struct jn *b)
{
	return a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0;
}

static const struct jn *twin_of_many(const struct jn *object)
{
	auto_map keys = {0};

	map_reserve(&keys, object->count);
	jn_each (m, object) {
		if (map_get(&keys, m->key, m->key_len) != NULL)
			return m;
		map_put(&keys, m->key, m->key_len, m);
	}
	return NULL;
}

/* The first member whose key was there before.  Keys are compared only where two of them
 * share one of 64 bits that length and three letters choose. */
static const struct jn *find_twin(const struct jn *object)
{
	uint64_t seen = 0;

	if (object->count > FEW)
		return twin_of_many(object);
	jn_each (m, object) {
		uint32_t n = m->key_len, h = n;
		uint64_t bit;

		if (n > 0)
			h += (uint32_t)m->key[0] * 5 + (uint32_t)m->key[n / 2] * 11 +
				(uint32_t)m->key[n - 1] * 23;
		bit = (uint64_t)1 << (h & 63);
		for (const struct jn *o = object->child; (seen & bit) != 0 && o != m;
			o = o->next) {
			if (same_key(o, m))
				return m;
		}
		seen |= bit;
	}
	return NULL;
}

hot void attach(struct jn *container, struct jn *v)
{
	if (container->last != NULL)
		container->last->next = v;
	else
		container->child = v;
	container->last = v;
	container->count++;
}

/* p is at the closing bracket of the innermost container. */
hot const char *close_container(struct parser *ps, const char *p, bool checked)
{
	struct jn *v = ps->open;

	if (checked && v->kind == JN_OBJECT && v->count > 1) {
		ps->twin = find_twin(v);
		if (ps->twin != NULL)
			return fail(ps, p, "duplicate key");
	}
	ps->open = v->next;
	ps->depth--;
	v->next = NULL;
	return p + 1;
}

/* After a value: closes what ends here and goes to the next element; *done after the
 * outermost value. */
hot const char *next_element(struct parser *ps, const char *p, bool *done, bool checked)
{
	while (ps->open != NULL) {
		bool object = ps->open->kind == JN_OBJECT;

		p = skip_space(p, ps->end);
		if (p < ps->end && *p == ',')
			return skip_space(p + 1, ps->end);
		if (p == ps->end || *p != (object ? '}' : ']'))
			return fail(ps, p,
				object ? "expected ',' or '}'" : "expected ',' or ']'");
		p = close_container(ps, p, checked);
		if (p == NULL)
			return NULL;
	}
	*done = true;
	p = skip_space(p, ps->end);
	return p == ps->end ? p : fail(ps, p, "expected the end of the text");
}

hot struct jn *parse(struct parser *ps, bool checked)
{
	const char *p = skip_space(ps->text, ps->end);
	struct jn *root = NULL;
	bool done = false;

	while (!done) {
		struct jn *v = arena_raw(ps->arena, sizeof(*v));

		*v = (struct jn){0};
		if (ps->nodes++ == ps->max_nodes)
			return NULL;
		if (ps->open != NULL && ps->open->kind == JN_OBJECT)
			p = read_key(ps, p, v, checked);
		if (p == NULL)
			return NULL;
		p = read_value(ps, p, v, checked);
		if (p == NULL)
			return NULL;
		if (ps->open != NULL)
			attach(ps->open, v);
		else
			root = v;
		if (v->kind >= JN_ARRAY) {
			if (++ps->depth > ps->max_depth) {
				ps->at = p - 1;
				return NULL;
			}
			v->next = ps->open;
			ps->open = v;
			p = skip_space(p, ps->end);
			if (p == ps->end || *p != (v->kind == JN_OBJECT ? '}' : ']'))
				continue;
			p = close_container(ps, p, checked);
		}
		p = next_element(ps, p, &done, checked);
		if (p == NULL)
			return NULL;
	}
	return root;
}

/* Appends "/key" or "/index" for v, which is the last child of its container. */
static size_t add_step(
	char *out, size_t room, const struct jn *container, const struct jn *v)
{
	char step[64];
	size_t n = 0;

	step[n++] = '/';
	if (container->kind == JN_ARRAY) {
		unsigned index = container->count - 1, scale = 1;

		while (index / scale >= 10)
			scale *= 10;
		for (; scale > 0; scale /= 10)
			step[n++] = (char)('0' + index / scale % 10);
	}
	for (uint32_t i = 0; container->kind == JN_OBJECT && i < v->key_len; i++) {
		if (n + 2 > sizeof(step))
			break;
		if (v->key[i] == '~' || v->key[i] == '/')
			step[n++] = '~';
		step[n++] = v->key[i] == '~' ? '0' : v->key[i] == '/' ? '1' : v->key[i];
	}
	n = n < room ? n : room;
	memcpy(out, step, n);
	return n;
}

/* The steps from the outermost container to the twin (RFC 6901). */
static void write_pointer(const struct parser *ps, char out[POINTER])
{
	const struct jn *steps[64], *v = ps->open;
	size_t n = 0, len = 0;

	for (; v != NULL && n < sizeof(steps) / sizeof(steps[0]); v = v->next)
		steps[n++] = v;
	while (n-- > 0)
		len += add_step(out + len, POINTER - 1 - len, steps[n],
			n > 0 ? steps[n - 1] : ps->twin);
	out[len] = '\0';
}

/* General punctuation, U+2000 to U+203F: the quotes of word processors are in it. */
static bool is_typographic(const char *p, const char *end)
{
	return end - p > 2 && (unsigned char)p[0] == 0xe2 && (unsigned char)p[1] == 0x80;
}

/* What people bring along from other languages, and word processors. */
static const char *mend(const struct parser *ps, const char *problem)
{
	const char *p = ps->at;

	if (p == ps->end)
		return ", where the text ends";
	if (strncmp(problem, "expected ", 9) != 0)
		return "";
	if (*p == '\'' || is_typographic(p, ps->end))
		return "; JSON has straight double quotes only: \"";
	if (*p == '/' || *p == '#')
		return "; JSON has no comments";
	if (*p == 'T' || *p == 'F' || *p == 'N')
		return "; JSON knows true, false and null, in small letters";
	if (*p != '}' && *p != ']')
		return "";
	while (p > ps->text && p[-1] != '\0' && strchr(" \t\r\n", p[-1]) != NULL)
		p--;
	return p > ps->text && p[-1] == ',' ? "; no comma stands after the last one" : "";
}

static int complain(const struct parser *ps, const char *text, struct err *err)
{
	size_t line = 1, column = 1;
	char pointer[POINTER], deep[40];
	const char *problem = ps->problem;

	if (ps->twin != NULL) {
		write_pointer(ps, pointer);
		return err_set(err, ERR_INVALID_REQUEST, "duplicate key at %s", pointer);
	}
	if (ps->nodes > ps->max_nodes)
		return err_set(err, ERR_TOO_LARGE,
			"JSON of more than %zu values; send it in several requests",
			ps->max_nodes);
	if (ps->depth > ps->max_depth) {
		(void)snprintf(
			deep, sizeof(deep), "nested more than %u deep", ps->max_depth);
		problem = deep;
	}
	for (const char *p = ps->text; p < ps->at; p++) {
		column = *p == '\n' ? 1 : column + ((*p & 0xc0) != 0x80);
		line += *p == '\n';
	}
	return err_set(err, ERR_INVALID_REQUEST,
		"%s at offset %td (line %zu, column %zu)%s", problem, ps->at - text, line,
		column, mend(ps, problem));
}

int jn_parse(const char *text, size_t len, struct jn_limits limits, struct arena *a,
	struct jn **out, struct err *err)
{
	struct parser ps = {text, text + len, .arena = a, .max_depth = limits.max_depth,
		.max_nodes = limits.max_nodes > 0 ? limits.max_nodes : SIZE_MAX};
	struct jn *root;

	if (len > UINT32_MAX)
		return err_set(err, ERR_INVALID_REQUEST, "JSON of more than 4 GiB");
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		ps.text += 3;
	root = parse(&ps, true);
	if (root == NULL)
		return complain(&ps, text, err);
	*out = root;
	return 0;
}

struct jn *jn_parse_trusted(const char *text, size_t len, struct arena *a)
{
	struct parser ps = {text, text + len, .arena = a, .max_depth = TRUSTED_DEPTH,
		.max_nodes = SIZE_MAX};

	assert(len <= UINT32_MAX);
	return parse(&ps, false);
}
