/* SPDX-License-Identifier: Apache-2.0 */
/* The run over a document: types, attributes, instances. */
#include "lint_priv.h"

#include <base/iri.h>
#include <base/strbuf.h>
#include <core/context.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEN 80 /* bytes of a value that are shown */

const char *const lint_names[LINT_CODES] = {
#define LINT(name, code, level) [LINT_##name] = code,
#include <core/lint.def>
#undef LINT
};

enum lint_level lint_level_of(enum lint_code code)
{
	static const enum lint_level levels[LINT_CODES] = {
#define LINT(name, code, level) [LINT_##name] = LINT_##level,
#include <core/lint.def>
#undef LINT
	};

	return levels[code];
}

const char *lint_name(const struct run *r, const char *iri, size_t len)
{
	return context_compact(r->l->ctx, iri, len, r->a);
}

const char *lint_text(const struct run *r, const struct jn *v)
{
	const char *text = v != NULL ? jn_text(v, r->a) : "";
	size_t len = strlen(text), cut = SEEN;

	if (len <= SEEN + 4)
		return text;
	while (cut > 0 && ((unsigned char)text[cut] & 0xC0) == 0x80)
		cut--;
	return arena_printf(r->a, "%.*s …", (int)cut, text);
}

struct jn *lint_number(struct arena *a, double v)
{
	char text[40];

	snprintf(text, sizeof(text), "%.12g", v);
	return jn_real(a, strtod(text, NULL));
}

/* "/name", "/name/1" where there are several instances. */
static const char *place_of(const struct run *r, const struct spot *s)
{
	const char *name = lint_name(r, s->iri, s->iri_len);
	size_t i = 0;

	if (!jn_is(s->attribute, JN_ARRAY))
		return arena_printf(r->a, "/%s", name);
	jn_each (it, s->attribute) {
		if (it == s->instance)
			break;
		i++;
	}
	return arena_printf(r->a, "/%s/%zu", name, i);
}

struct finding *lint_add(struct run *r, enum lint_code code, const struct spot *s,
	const char *rest, const struct jn *seen)
{
	struct findings *out = r->out;
	struct finding *f;
	enum lint_level level = lint_level_of(code);

	out->count++;
	out->worst = level > out->worst ? level : out->worst;
	if (level == LINT_ERROR && r->level == CHECK_STRICT)
		out->refuse = true;
	f = arena_new(r->a, struct finding);
	f->code = code;
	f->attribute = s != NULL ? lint_name(r, s->iri, s->iri_len) : "";
	f->type = s != NULL && s->profile != NULL ? s->profile->name
		: r->profiles_len > 0             ? r->profiles[0]->name
						  : "";
	f->pointer = s != NULL ? arena_printf(r->a, "%s%s", place_of(r, s), rest) : rest;
	f->seen = lint_text(r, seen);
	f->why = f->mend = "";
	if (out->kept >= FINDINGS_MAX)
		return f;
	out->kept++;
	if (out->last != NULL)
		out->last->next = f;
	else
		out->first = f;
	out->last = f;
	return f;
}

/* {"@type": …, "@value": x} stands for x. */
static const struct jn *unwrap(const struct jn *value)
{
	const struct jn *inner;

	if (!jn_is(value, JN_OBJECT) || value->count > 2)
		return value;
	inner = jn_get(value, "@value");
	return inner != NULL ? inner : value;
}

static const char *article(const char *kind)
{
	return kind[0] == 'O' ? "an" : "a";
}

/* Can it be what a Relationship leads to? */
static bool is_uris(const struct jn *v)
{
	if (jn_is(v, JN_STRING))
		return !v->escaped && iri_is_absolute(v->text, v->len);
	if (!jn_is(v, JN_ARRAY) || v->count == 0)
		return false;
	jn_each (it, v)
		if (it->kind != JN_STRING || !is_uris(it))
			return false;
	return true;
}

/* The kind is one that the profile has the attribute as; else it is told. */
static bool check_kind(struct run *r, const struct spot *s)
{
	static const unsigned alike[KINDS] = {
		[KIND_LANGUAGE_PROPERTY] = 1U << KIND_PROPERTY,
		[KIND_VOCAB_PROPERTY] = 1U << KIND_PROPERTY,
		[KIND_JSON_PROPERTY] = 1U << KIND_PROPERTY,
		[KIND_LIST_PROPERTY] = 1U << KIND_PROPERTY,
		[KIND_LIST_RELATIONSHIP] = 1U << KIND_RELATIONSHIP,
	};
	unsigned kinds = s->attr->kinds;
	struct finding *f;
	int wanted = 0;

	if (kinds == 0 || s->kind == KINDS || r->l->simplified ||
		(kinds & (1U << s->kind | alike[s->kind])))
		return true;
	while (!(kinds & (1U << wanted)))
		wanted++;
	f = lint_add(r, LINT_WRONG_KIND, s, "/type", NULL);
	f->seen = arena_printf(r->a, "\"%s\"", kind_type[s->kind]);
	f->why = arena_printf(r->a, "in %s, %s is %s %s", s->profile->name, s->attr->name,
		article(kind_type[wanted]), kind_type[wanted]);
	f->mend = arena_printf(r->a, "send {\"type\": \"%s\", \"%s\": %s}",
		kind_type[wanted], kind_member[wanted], lint_text(r, s->value));
	if (wanted == KIND_RELATIONSHIP && !is_uris(s->value))
		f->mend = arena_printf(r->a,
			"send {\"type\": \"Relationship\", \"object\": …} with the URI "
			"of "
			"that entity, such as urn:ngsi-ld:%s:1",
			s->attr->len > 3 && memcmp(s->attr->name, "ref", 3) == 0
				? s->attr->name + 3
				: "Thing");
	else if (wanted == KIND_RELATIONSHIP ||
		(wanted == KIND_PROPERTY && s->kind == KIND_RELATIONSHIP)) {
		f->fix.kind = FIX_KIND;
		f->fix.node = s->instance;
		f->fix.text = kind_type[wanted];
	}
	return false;
}

static void check_expected(struct run *r, const struct spot *s)
{
	struct finding *f;
	double v;

	if (!s->attr->expected || !jn_is(s->value, JN_NUMBER))
		return;
	v = jn_number(s->value);
	if (v >= s->attr->least && v <= s->attr->most)
		return;
	f = lint_add(r, LINT_UNEXPECTED_VALUE, s, arena_printf(r->a, "/%s", s->member),
		s->value);
	f->why =
		arena_printf(r->a, "%s is usually from %.10g to %.10g%s%s", s->attr->name,
			s->attr->least, s->attr->most, s->attr->units_len > 0 ? " " : "",
			s->attr->units_len > 0 ? s->attr->units[0] : "");
	f->mend = "check the sensor, its unit, and the conversion";
}

static void check_by_profile(struct run *r, struct spot *s)
{
	size_t before = r->out->count;

	if (!check_kind(r, s))
		return;
	lint_unit(r, s);
	if (r->out->count == before && s->kind != KIND_VOCAB_PROPERTY)
		lint_value(r, s);
	if (r->out->count > before)
		return;
	check_expected(r, s);
	if (s->attr->past && jn_is(s->value, JN_STRING))
		lint_past(r, s, s->value, NULL);
}

static void check_metadata(struct run *r, const struct spot *s, const struct jn *m)
{
	struct finding *f = lint_add(r, LINT_V2_METADATA, s, "/metadata", NULL);

	f->why = "metadata is NGSI v2; here it became a sub-attribute of that name";
	f->mend = "send observedAt for a timestamp, unitCode for a unit, and other "
		  "metadata as sub-attributes beside \"value\"";
}

static bool is_metadata(const struct jn *m)
{
	static const char iri[] = DEFAULT_CONTEXT_VOCAB "metadata";

	return m->key_len == sizeof(iri) - 1 && memcmp(m->key, iri, sizeof(iri) - 1) == 0;
}

/* An instance that came without type may hold its value under any of their names. */
static void find_value(struct spot *s)
{
	s->kind = instance_kind(s->instance);
	s->value = unwrap(instance_value(s->instance));
	s->member = s->kind != KINDS ? kind_member[s->kind] : "value";
	for (int k = 0; k < KINDS && s->kind == KINDS && s->value == NULL; k++) {
		s->value = unwrap(jn_get(s->instance, kind_member[k]));
		if (s->value != NULL)
			s->member = kind_member[k];
	}
}

static void look(struct run *r, struct spot *s)
{
	find_value(s);
	s->unit = NULL;
	jn_each (m, s->instance) {
		if (m->key_len == 8 && memcmp(m->key, "unitCode", 8) == 0)
			s->unit = m;
		else if (m->key_len == 10 && m->kind == JN_STRING &&
			memcmp(m->key, "observedAt", 10) == 0)
			lint_past(r, s, m, "/observedAt");
		else if (is_metadata(m))
			check_metadata(r, s, m);
	}
}

/* An NGSI-LD Null in the form of its kind. */
static bool is_null(const struct spot *s)
{
	return text_is_null(s->value) ||
		(s->kind >= KIND_LANGUAGE_PROPERTY && instance_is_null(s->instance));
}

static void check_instance(struct run *r, struct spot *s)
{
	bool known = false;
	size_t before = r->out->count;

	look(r, s);
	if (s->value == NULL || is_null(s))
		return;
	for (size_t i = 0; i < r->profiles_len; i++) {
		s->profile = r->profiles[i];
		s->attr = profile_attr(s->profile, s->iri, s->iri_len);
		if (s->attr == NULL)
			continue;
		known = true;
		r->seen[i] |= s->attr->required;
		check_by_profile(r, s);
	}
	s->profile = r->profiles_len > 0 ? r->profiles[0] : NULL;
	s->attr = NULL;
	if (!known && r->profiles_len > 0)
		lint_unknown(r, s);
	if (r->out->count > before)
		return;
	if (s->kind == KIND_GEO_PROPERTY ||
		(s->kind == KINDS && jn_is(s->value, JN_OBJECT)))
		lint_position(r, s);
	else if (jn_is(s->value, JN_STRING) && s->kind != KIND_RELATIONSHIP)
		lint_plain_text(r, s);
}

static void check_attribute(
	struct run *r, const char *iri, size_t len, const struct jn *attribute)
{
	struct spot s = {.iri = iri, .iri_len = len, .attribute = attribute};

	each_instance(it, attribute)
	{
		s.instance = it;
		if (it->kind == JN_OBJECT)
			check_instance(r, &s);
	}
}

static void tell_missing(
	struct run *r, const struct profile *p, const struct profile_attr *attr)
{
	struct finding *f = lint_add(r, LINT_MISSING_ATTRIBUTE, NULL,
		arena_printf(r->a, "/%s", attr->name), NULL);
	auto_strbuf sb = {0};

	schema_describe(attr->schemas[0], &sb);
	f->attribute = attr->name;
	f->type = p->name;
	f->why = arena_printf(r->a, "a %s needs the attribute %s", p->name, attr->name);
	f->mend = arena_printf(r->a, "send %s: %s", attr->name, sb.data);
}

static void check_required(struct run *r, size_t i)
{
	const struct profile *p = r->profiles[i];

	if ((p->required & ~r->seen[i]) == 0)
		return;
	for (size_t j = 0; j < p->attrs_len; j++)
		if (p->attrs[j].required & ~r->seen[i])
			tell_missing(r, p, &p->attrs[j]);
}

/* The profiles and levels of the types. */
static void read_types(struct run *r, const struct jn *types)
{
	const struct lint *l = r->l;

	r->level = CHECK_OFF;
	jn_each (it, types) {
		const struct profile *p;
		enum check_level level;

		if (!jn_is(it, JN_STRING))
			continue;
		p = profiles_find(l->profiles, it->text, it->len);
		level = p != NULL ? p->level
				  : profiles_level(l->profiles, it->text, it->len);
		if (l->all && level == CHECK_OFF)
			level = CHECK_WARN;
		r->level = level > r->level ? level : r->level;
		if (level != CHECK_OFF && p != NULL && r->profiles_len < LINT_TYPES)
			r->profiles[r->profiles_len++] = p;
	}
}

static void check_document(struct run *r, const struct jn *doc)
{
	jn_each (m, doc)
		if (is_attribute(m))
			check_attribute(r, m->key, m->key_len, m);
}

void lint_fragment(const struct lint *l, const struct jn *doc, const struct jn *types,
	struct arena *a, struct findings *out)
{
	struct run r = {.l = l, .a = a, .out = out, .doc = doc};

	read_types(&r, types);
	if (r.level != CHECK_OFF)
		check_document(&r, doc);
}

void lint_attribute(const struct lint *l, const char *iri, size_t len,
	const struct jn *instances, const struct jn *types, struct arena *a,
	struct findings *out)
{
	struct run r = {.l = l, .a = a, .out = out};

	read_types(&r, types);
	if (r.level != CHECK_OFF)
		check_attribute(&r, iri, len, instances);
}

void lint_entity(
	const struct lint *l, const struct jn *doc, struct arena *a, struct findings *out)
{
	struct run r = {.l = l, .a = a, .out = out, .doc = doc};

	read_types(&r, jn_get(doc, "type"));
	if (r.level == CHECK_OFF)
		return;
	check_document(&r, doc);
	if (l->fragment)
		return;
	for (size_t i = 0; i < r.profiles_len; i++)
		check_required(&r, i);
	if (r.profiles_len == 0)
		jn_each (it, jn_get(doc, "type"))
			lint_unknown_type(&r, it);
	if (r.profiles_len == 0 || !r.profiles[0]->event)
		lint_id(&r, jn_get(doc, "id"));
}
