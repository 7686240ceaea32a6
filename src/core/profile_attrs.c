/* SPDX-License-Identifier: Apache-2.0 */
/* The attributes of a profile: what its schema says of each, and its x-… */
#include "profile_priv.h"

#include <core/entity.h>

#include <ctype.h>
#include <string.h>

struct fill {
	struct profile *profile;
	struct arena *arena;
};

unsigned name_letters(const char *name, size_t len)
{
	unsigned letters = 0;

	for (size_t i = 0; i < len; i++) {
		int c = tolower((unsigned char)name[i]);

		letters |= c >= 'a' && c <= 'z' ? 1U << (c - 'a') : 1U << (26 + c % 6);
	}
	return letters;
}

static unsigned kind_bit(const struct jn *name)
{
	enum kind kind = kind_from_type(name);

	return kind != KINDS ? 1U << kind : 0;
}

/* x-kind, or the first word of the description, as in the official schemas. */
static unsigned read_kinds(const struct jn *source)
{
	static const enum kind kinds[] = {
		KIND_PROPERTY, KIND_GEO_PROPERTY, KIND_RELATIONSHIP};
	const struct jn *x = jn_get(source, "x-kind"),
			*text = jn_get(source, "description");
	unsigned bits = kind_bit(x);

	if (jn_is(x, JN_ARRAY))
		jn_each (it, x)
			bits |= kind_bit(it);
	if (x != NULL || !jn_is(text, JN_STRING))
		return bits;
	for (int i = 0; i < 3; i++) {
		size_t len = strlen(kind_type[kinds[i]]);

		if (text->len > len && text->text[len] == '.' &&
			strncasecmp(text->text, kind_type[kinds[i]], len) == 0)
			return 1U << kinds[i];
	}
	return 0;
}

static void read_units(struct profile_attr *attr, const struct jn *x, struct arena *a)
{
	if (jn_is(x, JN_STRING))
		attr->units[attr->units_len++] = jn_str(x, a);
	else if (jn_is(x, JN_ARRAY))
		jn_each (it, x)
			if (jn_is(it, JN_STRING) && attr->units_len < PROFILE_UNITS)
				attr->units[attr->units_len++] = jn_str(it, a);
}

static void read_extras(
	struct profile_attr *attr, const struct jn *source, struct arena *a)
{
	const struct jn *range = jn_get(source, "x-expected");

	if (attr->kinds == 0)
		attr->kinds = read_kinds(source);
	if (attr->units_len == 0)
		read_units(attr, jn_get(source, "x-unit"), a);
	if (jn_is(range, JN_ARRAY) && range->count == 2) {
		attr->expected = true;
		attr->least = jn_number(range->child);
		attr->most = jn_number(range->last);
	}
	attr->fraction |= jn_is(jn_get(source, "x-fraction"), JN_TRUE);
	attr->past |= jn_is(jn_get(source, "x-past"), JN_TRUE);
}

static bool is_core(const char *name, size_t len)
{
	return (len == 2 && memcmp(name, "id", 2) == 0) ||
		(len == 4 && memcmp(name, "type", 4) == 0) ||
		(len == 8 && memcmp(name, "@context", 8) == 0);
}

/* The schema of a $ref's target says more than the place that refers to it. */
static const struct jn *follow(const struct schema *s, const struct jn *source)
{
	const struct jn *target = schema_source(s);

	return jn_get(source, "$ref") != NULL && target != NULL ? target : source;
}

static void add(void *cookie, const char *name, size_t len, const struct schema *s,
	const struct jn *source)
{
	struct fill *f = cookie;
	struct profile *p = f->profile;
	struct profile_attr *attr = map_get(&p->by_name, name, len);

	if (is_core(name, len))
		return;
	if (attr == NULL) {
		attr = &p->attrs[p->attrs_len++];
		attr->name = arena_strndup(f->arena, name, len);
		attr->len = len;
		attr->source = source;
		attr->letters = name_letters(name, len);
		map_put(&p->by_name, attr->name, len, attr);
	}
	if (attr->schemas_len < PROFILE_SCHEMAS)
		attr->schemas[attr->schemas_len++] = s;
	read_extras(attr, source, f->arena);
	read_extras(attr, follow(s, source), f->arena);
}

static void count(void *cookie, const char *name, size_t len, const struct schema *s,
	const struct jn *source)
{
	++*(size_t *)cookie;
}

static void require(void *cookie, const char *name, size_t len, const struct schema *s,
	const struct jn *source)
{
	struct profile *p = cookie;
	struct profile_attr *attr = map_get(&p->by_name, name, len);

	if (attr == NULL || attr->required != 0 || p->required == UINT64_MAX)
		return;
	attr->required = p->required + 1; /* the lowest bit that is free */
	p->required |= attr->required;
}

/* What a plain schema does not say of an attribute, the one before it does. */
static void inherit(struct profile_attr *attr, const struct profile *before)
{
	const struct profile_attr *old = map_get(&before->by_name, attr->name, attr->len);

	if (old == NULL)
		return;
	if (attr->kinds == 0)
		attr->kinds = old->kinds;
	if (attr->units_len == 0) {
		memcpy(attr->units, old->units, sizeof(attr->units));
		attr->units_len = old->units_len;
	}
	if (!attr->expected && old->expected) {
		attr->expected = true;
		attr->least = old->least;
		attr->most = old->most;
	}
	attr->fraction |= old->fraction;
	attr->past |= old->past;
}

void profile_fill(struct profile *p, const struct profile *before, struct arena *a)
{
	struct fill f = {p, a};
	size_t n = 0;

	schema_members(p->schema, count, &n);
	p->attrs = arena_array(a, struct profile_attr, n + 1);
	map_reserve(&p->by_name, n);
	schema_members(p->schema, add, &f);
	schema_required(p->schema, require, p);
	for (size_t i = 0; before != NULL && i < p->attrs_len; i++)
		inherit(&p->attrs[i], before);
}
