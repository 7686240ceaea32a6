/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values against compiled schemas.  One function does both: without a report it stops at
 * the first fault and allocates nothing; with one it goes on and tells where it is.
 */
#include "schema_priv.h"

#include <base/iri.h>
#include <base/strbuf.h>
#include <core/pattern.h>

#include <math.h>
#include <string.h>

#define UNIQUE_PAIRS ((size_t)64) /* items that are compared each with each */

/* The way to a value, for its JSON pointer. */
struct at {
	const struct at *up;
	const char *key; /* NULL: an item */
	size_t key_len, index;
};

struct check {
	struct arena *arena;
	schema_report_fn *report; /* NULL: the verdict alone */
	void *cookie;
};

static bool check(const struct check *c, const struct schema *s, const struct jn *v,
	const struct at *at);

static void write_pointer(const struct at *at, struct strbuf *sb)
{
	if (at == NULL)
		return;
	write_pointer(at->up, sb);
	strbuf_addc(sb, '/');
	if (at->key == NULL)
		strbuf_addf(sb, "%zu", at->index);
	for (size_t i = 0; at->key != NULL && i < at->key_len; i++) {
		if (at->key[i] == '~' || at->key[i] == '/')
			strbuf_adds(sb, at->key[i] == '~' ? "~0" : "~1");
		else
			strbuf_addc(sb, at->key[i]);
	}
}

static bool fault(const struct check *c, enum schema_rule rule, const struct schema *s,
	const struct jn *v, const struct at *at, const char *member, size_t len)
{
	struct schema_fault f = {rule, s, v, "", member, len};
	auto_strbuf sb = {0};

	if (c->report == NULL)
		return false;
	write_pointer(at, &sb);
	if (sb.data != NULL)
		f.pointer = arena_strndup(c->arena, sb.data, sb.len);
	c->report(c->cookie, &f);
	return false;
}

static bool is_whole(const struct jn *v)
{
	double d;

	if (memchr(v->text, '.', v->len) == NULL &&
		memchr(v->text, 'e', v->len) == NULL &&
		memchr(v->text, 'E', v->len) == NULL)
		return true;
	d = jn_number(v);
	return isfinite(d) && d == floor(d);
}

static bool type_fits(unsigned types, const struct jn *v)
{
	if (types & TYPE_BIT(v->kind))
		return true;
	return v->kind == JN_NUMBER && (types & TYPE_INTEGER) && is_whole(v);
}

static bool number_fits(const struct schema *s, const struct jn *v)
{
	double d;

	if (!s->has_minimum && !s->has_maximum && s->multiple <= 0)
		return true;
	d = jn_number(v);
	if (s->has_minimum && (s->above ? d <= s->minimum : d < s->minimum))
		return false;
	if (s->has_maximum && (s->below ? d >= s->maximum : d > s->maximum))
		return false;
	if (s->multiple > 0) {
		double times = d / s->multiple;

		return isfinite(times) && fabs(times - round(times)) < 1e-9;
	}
	return true;
}

static size_t code_points(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xC0) != 0x80;
	return n;
}

static bool check_string(const struct check *c, const struct schema *s,
	const struct jn *v, const struct at *at)
{
	const char *text;
	size_t len, n;

	if (s->format == FORMAT_NONE && !s->entity_id && s->pattern == NULL &&
		s->min_length == 0 && s->max_length == UINT32_MAX)
		return true;
	text = jn_span(v, c->arena, &len);
	if (s->min_length > 0 || s->max_length < UINT32_MAX) {
		n = code_points(text, len);
		if (n < s->min_length || n > s->max_length)
			return fault(c, SCHEMA_LENGTH, s, v, at, NULL, 0);
	}
	if (!format_matches(s->format, text, len))
		return fault(c, SCHEMA_FORMAT, s, v, at, NULL, 0);
	if ((s->entity_id && !entity_id_matches(text, len)) ||
		(s->pattern != NULL && !pattern_matches(s->pattern, text, len, c->arena)))
		return fault(c, SCHEMA_PATTERN, s, v, at, NULL, 0);
	return true;
}

/* Beyond a few dozen, texts are looked up; the rest is still compared. */
static bool is_unique(const struct jn *array, struct arena *a)
{
	auto_map seen = {0};
	bool large = array->count > UNIQUE_PAIRS;
	size_t others = 0;

	jn_each (it, array) {
		if (large && it->kind == JN_STRING) {
			size_t len;
			const char *text = jn_span(it, a, &len);

			if (map_get(&seen, text, len) != NULL)
				return false;
			map_put(&seen, text, len, it);
			continue;
		}
		if (large && ++others > 10 * UNIQUE_PAIRS)
			return true; /* not worth a quadratic time */
		for (const struct jn *o = it->next; o != NULL; o = o->next)
			if (jn_equal(it, o))
				return false;
	}
	return true;
}

static bool check_array(const struct check *c, const struct schema *s, const struct jn *v,
	const struct at *at)
{
	bool ok = true;
	size_t i = 0;

	if (v->count < s->min_items || v->count > s->max_items ||
		(s->unique && v->count > 1 && !is_unique(v, c->arena))) {
		ok = fault(c, SCHEMA_ITEMS, s, v, at, NULL, 0);
		if (c->report == NULL)
			return false;
	}
	if (s->items == NULL)
		return ok;
	jn_each (it, v) {
		struct at here = {at, NULL, 0, i++};

		if (!check(c, s->items, it, &here)) {
			if (c->report == NULL)
				return false;
			ok = false;
		}
	}
	return ok;
}

static bool check_member(const struct check *c, const struct schema *s,
	const struct jn *m, const struct at *at)
{
	const struct schema *inner = map_get(&s->members, m->key, m->key_len);
	struct at here = {at, m->key, m->key_len, 0};

	if (inner != NULL)
		return check(c, inner, m, &here);
	if (s->additional == NULL)
		return true;
	if (s->additional->types == 0 && s->additional->target == NULL)
		return fault(c, SCHEMA_UNKNOWN, s, m, at, m->key, m->key_len);
	return check(c, s->additional, m, &here);
}

static bool check_object(const struct check *c, const struct schema *s,
	const struct jn *v, const struct at *at)
{
	bool ok = true;

	if (v->count < s->min_members || v->count > s->max_members)
		ok = fault(c, SCHEMA_ITEMS, s, v, at, NULL, 0);
	for (size_t i = 0; i < s->required_len && (ok || c->report != NULL); i++) {
		const struct schema_name *name = &s->required[i];

		if (jn_getn(v, name->text, name->len) == NULL)
			ok = fault(c, SCHEMA_REQUIRED, s, v, at, name->text, name->len);
	}
	if (s->members.count == 0 && s->additional == NULL)
		return ok;
	jn_each (m, v) {
		if (!ok && c->report == NULL)
			return false;
		ok &= check_member(c, s, m, at);
	}
	return ok;
}

/* anyOf, oneOf and not only want to know whether. */
static bool fits(const struct check *c, const struct schema *s, const struct jn *v)
{
	const struct check quiet = {.arena = c->arena};

	return check(&quiet, s, v, NULL);
}

static bool check_choices(const struct check *c, const struct schema *s,
	const struct jn *v, const struct at *at)
{
	size_t n = 0;

	for (size_t i = 0; i < s->any.len && n == 0; i++)
		n += fits(c, s->any.items[i], v);
	if (s->any.len > 0 && n == 0)
		return fault(c, SCHEMA_CHOICE, s, v, at, NULL, 0);
	n = 0;
	for (size_t i = 0; i < s->one.len && n < 2; i++)
		n += fits(c, s->one.items[i], v);
	if (s->one.len > 0 && n != 1)
		return fault(c, SCHEMA_CHOICE, s, v, at, NULL, 0);
	if (s->negated != NULL && fits(c, s->negated, v))
		return fault(c, SCHEMA_CHOICE, s, v, at, NULL, 0);
	return true;
}

/* Texts without escapes are compared as bytes. */
static bool is_among(const struct jn *values, const struct jn *v)
{
	bool plain = v->kind == JN_STRING && !v->escaped;

	jn_each (it, values) {
		if (plain && it->kind == JN_STRING && !it->escaped ? it->len == v->len &&
					memcmp(it->text, v->text, v->len) == 0
								   : jn_equal(it, v))
			return true;
	}
	return false;
}

static bool check_value(const struct check *c, const struct schema *s, const struct jn *v,
	const struct at *at)
{
	switch (v->kind) {
	case JN_NUMBER:
		return number_fits(s, v) || fault(c, SCHEMA_RANGE, s, v, at, NULL, 0);
	case JN_STRING:
		return check_string(c, s, v, at);
	case JN_ARRAY:
		return check_array(c, s, v, at);
	case JN_OBJECT:
		return check_object(c, s, v, at);
	default:
		return true;
	}
}

static bool check(const struct check *c, const struct schema *s, const struct jn *v,
	const struct at *at)
{
	bool ok;

	while (s->target != NULL)
		s = s->target;
	if (s->types != TYPE_ANY && !type_fits(s->types, v))
		return fault(c, SCHEMA_TYPE, s, v, at, NULL, 0);
	if ((s->values != NULL && !is_among(s->values, v)) ||
		(s->constant != NULL && !jn_equal(s->constant, v)))
		return fault(c, SCHEMA_ENUM, s, v, at, NULL, 0);
	ok = check_value(c, s, v, at);
	for (size_t i = 0; i < s->all.len && (ok || c->report != NULL); i++)
		ok &= check(c, s->all.items[i], v, at);
	if (!ok && c->report == NULL)
		return false;
	return check_choices(c, s, v, at) && ok;
}

bool schema_valid(const struct schema *s, const struct jn *value, struct arena *scratch)
{
	const struct check c = {.arena = scratch};

	return check(&c, s, value, NULL);
}

bool schema_explain(const struct schema *s, const struct jn *value, struct arena *a,
	schema_report_fn *report, void *cookie)
{
	const struct check c = {a, report, cookie};

	return check(&c, s, value, NULL);
}
