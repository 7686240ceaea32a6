/* SPDX-License-Identifier: Apache-2.0 */
/* What a compiled schema asks for: in words, and by members. */
#include "schema_priv.h"

#include <base/strbuf.h>

#include <string.h>

#define WORDS 12 /* of an enum that are told */

static const struct schema *settle(const struct schema *s)
{
	while (s->target != NULL)
		s = s->target;
	return s;
}

static void describe_values(const struct jn *values, struct strbuf *sb)
{
	size_t n = 0;

	strbuf_adds(sb, values->count > 1 ? "one of " : "");
	jn_each (it, values) {
		if (n == WORDS) {
			strbuf_addf(sb, " and %u more", values->count - WORDS);
			return;
		}
		if (n++ > 0)
			strbuf_adds(sb, ", ");
		jn_write(sb, it);
	}
}

static void describe_number(const struct schema *s, struct strbuf *sb)
{
	strbuf_adds(sb, s->types & TYPE_BIT(JN_NUMBER) ? "a number" : "a whole number");
	if (s->has_minimum && s->has_maximum)
		strbuf_addf(sb, " from %.10g to %.10g", s->minimum, s->maximum);
	else if (s->has_minimum)
		strbuf_addf(sb, " %s %.10g", s->above ? "above" : "from", s->minimum);
	else if (s->has_maximum)
		strbuf_addf(sb, " %s %.10g", s->below ? "below" : "up to", s->maximum);
	if (s->multiple > 0)
		strbuf_addf(sb, ", a multiple of %.10g", s->multiple);
}

static void describe_string(const struct schema *s, struct strbuf *sb)
{
	if (s->format != FORMAT_NONE)
		strbuf_adds(sb, format_words(s->format));
	else if (s->entity_id)
		strbuf_adds(sb, "an identifier");
	else if (s->pattern != NULL) {
		strbuf_adds(sb, "a text that matches ");
		jn_write(sb, jn_get(s->source, "pattern"));
	} else
		strbuf_adds(sb, "a text");
	if (s->min_length > 0 && s->max_length < UINT32_MAX)
		strbuf_addf(sb, " of %u to %u characters", s->min_length, s->max_length);
	else if (s->min_length > 0)
		strbuf_addf(sb, " of at least %u characters", s->min_length);
	else if (s->max_length < UINT32_MAX)
		strbuf_addf(sb, " of at most %u characters", s->max_length);
}

static void describe_list(const struct schema_list *list, struct strbuf *sb)
{
	for (size_t i = 0; i < list->len; i++) {
		if (i == 4) {
			strbuf_adds(sb, " …");
			return;
		}
		strbuf_adds(sb, i > 0 ? ", or " : "");
		schema_describe(list->items[i], sb);
	}
}

static bool is_geometry(const struct schema *s)
{
	return s->one.len >= 6 &&
		jn_get(jn_get(settle(s->one.items[0])->source, "properties"),
			"coordinates") != NULL;
}

static void describe_kind(const struct schema *s, struct strbuf *sb)
{
	static const char *const words[] = {
		[JN_NULL] = "null", [JN_ARRAY] = "a list", [JN_OBJECT] = "an object"};

	if (s->types & (TYPE_BIT(JN_NUMBER) | TYPE_INTEGER)) {
		describe_number(s, sb);
	} else if (s->types & TYPE_BIT(JN_STRING)) {
		describe_string(s, sb);
	} else if (s->types & TYPE_BIT(JN_TRUE)) {
		strbuf_adds(sb, "true or false");
	} else {
		for (int k = JN_NULL; k <= JN_OBJECT; k++)
			if (s->types & TYPE_BIT(k) && words[k] != NULL)
				strbuf_adds(sb, words[k]);
		if (s->types & TYPE_BIT(JN_ARRAY) && s->min_items > 0)
			strbuf_addf(sb, " of at least %u", s->min_items);
		if (s->types & TYPE_BIT(JN_ARRAY) && s->unique)
			strbuf_adds(sb, ", each once");
	}
}

void schema_describe(const struct schema *s, struct strbuf *sb)
{
	s = settle(s);
	if (s->values != NULL)
		describe_values(s->values, sb);
	else if (s->constant != NULL)
		jn_write(sb, s->constant);
	else if (is_geometry(s))
		strbuf_adds(sb, "a GeoJSON geometry");
	else if (s->any.len > 0)
		describe_list(&s->any, sb);
	else if (s->one.len > 0)
		describe_list(&s->one, sb);
	else if (s->all.len > 0 && s->types == TYPE_ANY)
		schema_describe(s->all.items[0], sb);
	else if (s->types == 0)
		strbuf_adds(sb, "nothing");
	else if (s->types == TYPE_ANY && s->format == FORMAT_NONE && s->pattern == NULL &&
		!s->has_minimum && !s->has_maximum)
		strbuf_adds(sb, s->negated != NULL ? "another value" : "any value");
	else if (s->types == TYPE_ANY && (s->format != FORMAT_NONE || s->pattern != NULL))
		describe_string(s, sb);
	else
		describe_kind(s, sb);
}

void schema_members(const struct schema *s, schema_member_fn *fn, void *cookie)
{
	const struct jn *source;

	s = settle(s);
	source = jn_get(s->source, "properties");
	jn_each (it, source)
		fn(cookie, it->key, it->key_len,
			map_get(&s->members, it->key, it->key_len), it);
	for (size_t i = 0; i < s->all.len; i++)
		schema_members(s->all.items[i], fn, cookie);
}

void schema_required(const struct schema *s, schema_member_fn *fn, void *cookie)
{
	s = settle(s);
	for (size_t i = 0; i < s->required_len; i++)
		fn(cookie, s->required[i].text, s->required[i].len, NULL, NULL);
	for (size_t i = 0; i < s->all.len; i++)
		schema_required(s->all.items[i], fn, cookie);
}

bool schema_takes(const struct schema *s, enum jn_kind kind)
{
	unsigned bit = TYPE_BIT(kind) | (kind == JN_NUMBER ? TYPE_INTEGER : 0);
	bool some = s->any.len + s->one.len == 0 && s->target == NULL;

	if (s->target != NULL)
		return schema_takes(settle(s), kind);
	if (!(s->types & bit))
		return false;
	for (size_t i = 0; i < s->all.len; i++)
		if (!schema_takes(s->all.items[i], kind))
			return false;
	for (size_t i = 0; i < s->any.len; i++)
		some |= schema_takes(s->any.items[i], kind);
	for (size_t i = 0; i < s->one.len; i++)
		some |= schema_takes(s->one.items[i], kind);
	if (!some)
		return false;
	jn_each (it, s->values)
		if (it->kind == kind)
			return true;
	return s->values == NULL;
}

const struct jn *schema_source(const struct schema *s)
{
	return settle(s)->source;
}

const struct schema *schema_items(const struct schema *s)
{
	s = settle(s);
	for (size_t i = 0; s->items == NULL && i < s->all.len; i++)
		if (schema_items(s->all.items[i]) != NULL)
			return schema_items(s->all.items[i]);
	return s->items;
}

const struct jn *schema_enum(const struct schema *s)
{
	const struct jn *found;

	s = settle(s);
	if (s->values != NULL)
		return s->values;
	for (size_t i = 0; i < s->all.len; i++)
		if ((found = schema_enum(s->all.items[i])) != NULL)
			return found;
	for (size_t i = 0; i < s->any.len; i++)
		if ((found = schema_enum(s->any.items[i])) != NULL)
			return found;
	return NULL;
}
