/* SPDX-License-Identifier: Apache-2.0 */
#include <core/downshift.h>

#include "render_priv.h"

#include <base/arena.h>
#include <core/context.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct shift {
	struct pen pen; /* for what it shows */
	struct version *version;
	struct arena *arena;
};

/* Members that came with an edition, and kinds with what they were before. */
static const struct {
	const char *key;
	unsigned since;
} members[] = {
	{"datasetId", 3},
	{"observedAt", 3},
	{"unitCode", 3},
	{"scope", 4},
	{"objectType", 8},
	{"expiresAt", 9},
	{"valueType", 9},
};
static const struct {
	enum kind before;
	unsigned since;
} kinds[KINDS] = {
	[KIND_LANGUAGE_PROPERTY] = {KIND_PROPERTY, 4},
	[KIND_VOCAB_PROPERTY] = {KIND_PROPERTY, 8},
	[KIND_JSON_PROPERTY] = {KIND_PROPERTY, 8},
	[KIND_LIST_PROPERTY] = {KIND_PROPERTY, 8},
	[KIND_LIST_RELATIONSHIP] = {KIND_RELATIONSHIP, 8},
};

static bool parse_number(const char **text, unsigned *out)
{
	char *end;
	unsigned long v;

	if (**text < '0' || **text > '9')
		return false;
	v = strtoul(*text, &end, 10);
	*out = v > 1000 ? 1000 : (unsigned)v;
	*text = end;
	return true;
}

/* One preference: ngsi-ld=1.5, in quotes or not. */
static bool parse_preference(const char *p, struct version *out)
{
	unsigned major, minor;

	if (strncasecmp(p, "ngsi-ld", 7) != 0)
		return false;
	p += 7;
	p += strspn(p, " \t");
	if (*p++ != '=')
		return false;
	p += strspn(p, " \t\"");
	if (!parse_number(&p, &major) || *p++ != '.' || !parse_number(&p, &minor) ||
		strchr("\",; \t", *p) == NULL || major == 0)
		return false;
	if (major > 1 || minor > VERSION_MINOR)
		minor = VERSION_MINOR;
	*out = (struct version){.minor = minor};
	return true;
}

bool version_parse(const char *prefer, struct version *out)
{
	while (*prefer != '\0') {
		prefer += strspn(prefer, " \t,");
		if (parse_preference(prefer, out))
			return true;
		prefer += strcspn(prefer, ",");
	}
	return false;
}

static bool is_dropped(struct shift *s, const struct jn *member)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (s->version->minor >= members[i].since ||
			!jn_key_is(member, members[i].key))
			continue;
		if (s->pen.r->sys_attrs || !pen_is_system(member))
			s->version->amended = true;
		return true;
	}
	return false;
}

static void add(struct jn *to, const struct jn *member, struct jn *node)
{
	jn_addn(to, member->key, member->key_len, node);
}

static struct jn *short_name(struct shift *s, const struct jn *iri)
{
	size_t len = 0;
	const char *text = jn_span(iri, s->arena, &len);

	if (text == NULL)
		return jn_share(s->arena, iri);
	return jn_string(s->arena, context_compact(s->pen.r->ctx, text, len, s->arena));
}

/* The value as a Property or Relationship has it. */
static struct jn *plain_value(struct shift *s, enum kind kind, const struct jn *value)
{
	const struct lang *lang = s->pen.r->lang;
	const struct jn *text;
	struct jn *list;

	if (kind == KIND_LANGUAGE_PROPERTY && lang != NULL) {
		text = lang_choose(lang, value);
		if (text != NULL)
			return jn_share(s->arena, text);
	}
	if (kind != KIND_VOCAB_PROPERTY)
		return jn_share(s->arena, value);
	if (!jn_is(value, JN_ARRAY))
		return short_name(s, value);
	list = jn_array(s->arena);
	jn_each (it, value)
		jn_append(list, short_name(s, it));
	return list;
}

static struct jn *shift_attribute(struct shift *s, const struct jn *attribute, bool top);

enum kind downshift_kind(enum kind kind, struct version *version)
{
	if (kind == KINDS || version->minor >= kinds[kind].since)
		return kind;
	version->amended = true;
	return kinds[kind].before;
}

static struct jn *shift_instance(struct shift *s, const struct jn *instance)
{
	enum kind kind = instance_kind(instance);
	enum kind now = downshift_kind(kind, s->version);
	const struct jn *value = instance_value(instance);
	struct jn *out = jn_object(s->arena), *node;

	jn_each (it, instance) {
		if (is_attribute(it)) {
			node = shift_attribute(s, it, false);
			if (node != NULL)
				add(out, it, node);
		} else if (it == value && now != kind) {
			jn_add(out, kind_member[now], plain_value(s, kind, value));
		} else if (jn_key_is(it, "type") && now != kind) {
			jn_add(out, "type", jn_string_ref(s->arena, kind_type[now]));
		} else if (!is_dropped(s, it)) {
			add(out, it, jn_share(s->arena, it));
		}
	}
	return out;
}

/* NULL: nothing of it shows. */
static struct jn *shift_attribute(struct shift *s, const struct jn *attribute, bool top)
{
	const struct jn *first = NULL;
	size_t n = pen_count(&s->pen, attribute, top, &first);
	struct jn *list;

	if (n == 0)
		return NULL;
	/* The default instance comes first (core/entity.h). */
	if (n == 1 || s->version->minor < 3) {
		s->version->amended |= n > 1;
		return shift_instance(s, first);
	}
	list = jn_array(s->arena);
	each_instance(it, attribute)
	{
		if (pen_shows(&s->pen, it, top))
			jn_append(list, shift_instance(s, it));
	}
	return list;
}

static struct jn *shift_member(struct shift *s, const struct jn *member)
{
	struct jn *one;

	if (!jn_key_is(member, "type") || s->version->minor >= 3 ||
		!jn_is(member, JN_ARRAY) || member->count < 2)
		return jn_share(s->arena, member);
	s->version->amended = true;
	one = jn_array(s->arena);
	jn_append(one, jn_share(s->arena, member->child));
	return one;
}

const struct jn *downshift(
	const struct jn *entity, const struct render *r, struct arena *a)
{
	struct shift s = {.pen = {.r = r, .arena = a}, .version = r->version, .arena = a};
	struct jn *out = jn_object(a), *node;

	assert(r->version != NULL);
	jn_each (it, entity) {
		if (!is_attribute(it) && is_dropped(&s, it))
			continue;
		node = is_attribute(it) ? shift_attribute(&s, it, true)
					: shift_member(&s, it);
		if (node != NULL)
			add(out, it, node);
	}
	return out;
}
