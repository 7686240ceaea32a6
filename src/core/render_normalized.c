/* SPDX-License-Identifier: Apache-2.0 */
/* The normalized representation, 4.5.2.2 and the like of the other kinds. */
#include "render_priv.h"

#include <string.h>

struct text {
	const char *text;
	size_t len;
};
#define TEXT(s)                                                                          \
	{                                                                                \
		s, sizeof(s) - 1                                                         \
	}

static const struct text type_key[KINDS] = {
#define KIND(kind, type, member, previous, plural) TEXT("\"type\":\"" type "\""),
#include <core/kind.def>
#undef KIND
};

static const struct text member_key[KINDS] = {
#define KIND(kind, type, member, previous, plural) TEXT("\"" member "\":"),
#include <core/kind.def>
#undef KIND
};

/* A LanguageProperty under a language filter is a Property (4.15); NULL: it is none, or
 * has no language. */
static const struct jn *chosen_language(
	const struct pen *pen, enum kind kind, const struct jn *value)
{
	if (kind != KIND_LANGUAGE_PROPERTY || pen->r->lang == NULL)
		return NULL;
	return lang_choose(pen->r->lang, value);
}

static void put_objects(const struct pen *pen, const struct jn *uris)
{
	strbuf_addc(pen->sb, '[');
	jn_each (it, uris) {
		pen_comma(pen);
		if (text_is_null(it)) { /* 4.5.0: it was deleted */
			jn_write(pen->sb, it);
			continue;
		}
		PUT(pen, "{\"object\":");
		jn_write(pen->sb, it);
		strbuf_addc(pen->sb, '}');
	}
	strbuf_addc(pen->sb, ']');
}

static void put_value(const struct pen *pen, enum kind kind, const struct jn *value)
{
	pen_key(pen, member_key[kind].text, member_key[kind].len);
	if (kind == KIND_VOCAB_PROPERTY)
		pen_iris(pen, value);
	else if (kind == KIND_LIST_RELATIONSHIP && pen->r->format == FORMAT_NORMALIZED)
		put_objects(pen, value);
	else
		jn_write(pen->sb, value);
}

static void put_language(const struct pen *pen, const struct jn *tag)
{
	KEY(pen, "value");
	jn_write(pen->sb, tag);
	KEY(pen, "lang");
	pen_string(pen, tag->key, tag->key_len);
}

static bool names_types(const struct jn *member)
{
	return jn_key_is(member, "objectType") || jn_key_is(member, "valueType") ||
		jn_key_is(member, "previousVocab");
}

static void put_part(const struct pen *pen, const struct jn *member)
{
	if (is_attribute(member)) {
		struct pen inner = *pen;

		inner.levels =
			0; /* links are followed from the entity's own relationships */
		if (pen->r->format == FORMAT_CONCISE)
			pen_concise(&inner, member, false);
		else
			pen_normalized(&inner, member, false);
		return;
	}
	if (pen_is_system(member) && !pen->r->sys_attrs)
		return;
	pen_core_key(pen, member);
	if (names_types(member))
		pen_iris(pen, member);
	else if (pen->r->format == FORMAT_NORMALIZED &&
		jn_key_is(member, "previousObjectList"))
		put_objects(pen, member);
	else
		jn_write(pen->sb, member);
}

void pen_instance(const struct pen *pen, const struct jn *attribute,
	const struct jn *instance, bool with_type)
{
	enum kind kind = instance_kind(instance);
	const struct jn *value = instance_value(instance);
	const struct jn *tag = chosen_language(pen, kind, value);

	strbuf_addc(pen->sb, '{');
	if (with_type) {
		enum kind shown = tag != NULL ? KIND_PROPERTY : kind;

		pen_key(pen, type_key[shown].text, type_key[shown].len);
	}
	jn_each (it, instance) {
		if (jn_key_is(it, "type"))
			continue;
		if (it != value) {
			put_part(pen, it);
		} else if (tag != NULL) {
			put_language(pen, tag);
		} else {
			put_value(pen, kind, value);
			if (pen->levels > 0)
				pen_linked(pen, attribute, instance);
		}
	}
	strbuf_addc(pen->sb, '}');
}

void pen_normalized(const struct pen *pen, const struct jn *attribute, bool top)
{
	const struct jn *first;
	size_t n = pen_count(pen, attribute, top, &first);

	if (n == 0)
		return;
	pen_name(pen, attribute);
	if (n == 1) {
		pen_instance(pen, attribute, first, true);
		return;
	}
	strbuf_addc(pen->sb, '[');
	each_instance(it, attribute)
	{
		if (!pen_shows(pen, it, top))
			continue;
		pen_comma(pen);
		pen_instance(pen, attribute, it, true);
	}
	strbuf_addc(pen->sb, ']');
}
