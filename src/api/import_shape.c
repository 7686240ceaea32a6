/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a table or a simplified Feature cannot tell: of which kind an attribute is, whether
 * digits are a number and one text a list.  The profile of the type knows.
 */
#include "import_priv.h"

#include "checks_priv.h"

#include <base/arena.h>
#include <base/iri.h>
#include <core/entity.h>
#include <core/profile.h>

#include <string.h>

static void become(struct jn *instance, struct jn *value, enum kind kind, struct arena *a)
{
	jn_set(instance, "type", jn_string_ref(a, kind_type[kind]));
	value->key = kind_member[kind];
	value->key_len = (uint32_t)strlen(value->key);
}

/* Links, several separated by blanks; NULL: it is no such text. */
static struct jn *links(const struct jn *value, struct arena *a)
{
	size_t len = 0;
	const char *p = jn_span(value, a, &len), *end = p + len;
	struct jn *out = jn_array(a);

	while (p != NULL && p < end) {
		const char *stop = memchr(p, ' ', (size_t)(end - p));

		if (stop == NULL)
			stop = end;
		if (!iri_is_absolute(p, (size_t)(stop - p)))
			return NULL;
		jn_append(out, jn_stringn(a, p, (size_t)(stop - p)));
		p = stop + 1;
	}
	return out->count > 0 ? out : NULL;
}

static bool wants_type(const struct profile_attr *attr, const char *type)
{
	return attr != NULL && attr->schemas_len > 0 &&
		jn_str_is(jn_get(schema_source(attr->schemas[0]), "type"), type);
}

static void link_up(struct jn *instance, struct jn *value,
	const struct profile_attr *attr, struct arena *a)
{
	struct jn *many = jn_is(value, JN_STRING) ? links(value, a) : NULL;

	if (many == NULL)
		return;
	if (many->count > 1 || wants_type(attr, "array")) {
		jn_set(instance, "value", many);
		value = many;
	}
	become(instance, value, KIND_RELATIONSHIP, a);
}

/* "a, b" is what a list of texts is in a cell. */
static void split_list(struct jn *instance, struct jn *value, struct arena *a)
{
	size_t len = 0;
	const char *p = jn_span(value, a, &len), *end = p + len;
	struct jn *out = jn_array(a);

	while (p < end) {
		const char *stop = memmem(p, (size_t)(end - p), ", ", 2);

		if (stop == NULL)
			stop = end;
		jn_append(out, jn_stringn(a, p, (size_t)(stop - p)));
		p = stop + 2;
	}
	jn_set(instance, "value", out);
}

static bool wants(const struct profile_attr *attr, enum kind kind)
{
	return attr != NULL && (attr->kinds & (1U << kind)) != 0 &&
		(attr->kinds & (1U << KIND_PROPERTY)) == 0;
}

static void shape_instance(
	struct jn *instance, const struct profile_attr *attr, struct arena *a)
{
	struct jn *value = instance_value(instance);

	if (instance_kind(instance) != KIND_PROPERTY || value == NULL)
		return;
	if (wants(attr, KIND_RELATIONSHIP))
		link_up(instance, value, attr, a);
	else if (value->kind == JN_OBJECT && wants(attr, KIND_LANGUAGE_PROPERTY))
		become(instance, value, KIND_LANGUAGE_PROPERTY, a);
	else if (value->kind == JN_STRING && wants_type(attr, "array"))
		split_list(instance, value, a);
	else if (value->kind == JN_NUMBER && wants_type(attr, "string"))
		jn_set(instance, "value", jn_stringn(a, value->text, value->len));
}

void import_shape(const struct import_run *run, struct jn *doc, struct arena *a)
{
	const struct jn *type = jn_get(doc, "type");
	const struct profile *p = NULL;

	if (type != NULL && type->child != NULL)
		p = profiles_find(run->call->app->checks->profiles, type->child->text,
			type->child->len);
	jn_each (it, doc) {
		const struct profile_attr *attr;

		if (!is_attribute(it))
			continue;
		attr = p != NULL ? profile_attr(p, it->key, it->key_len) : NULL;
		each_instance(one, it) shape_instance(one, attr, a);
	}
}
