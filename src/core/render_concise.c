/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The concise representation, 4.5.2.3 and the like of the other kinds: no `type` where the
 * value member tells it, no object around a value that has nothing beside it.  It must read
 * back as what it was, so a value that would be taken for an instance keeps its object, and
 * a geometry that is the value of a Property keeps its type.
 */
#include "render_priv.h"

#include <core/context.h>
#include <core/expand.h>

#include <string.h>

/* Names that make an object an instance, or broken, to who reads it. */
static bool is_telling(const struct pen *pen, const struct jn *member)
{
	static const char *const names[] = {"type", "value", "object", "languageMap",
		"vocab", "json", "valueList", "objectList", "datasetId", "observedAt",
		"unitCode", "expiresAt", "createdAt", "modifiedAt", "deletedAt",
		"instanceId", "objectType", "valueType", "entityIdSealed",
		"entityTypeSealed", "entity", "entityList", "lang"};

	if (member->key_len > 0 && member->key[0] == '@')
		return true;
	if (member->key_len > 8 && memcmp(member->key, "previous", 8) == 0)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (jn_key_is(member, names[i]))
			return true;
	}
	return context_alias(pen->r->ctx, member->key, member->key_len) != NULL;
}

static bool is_ambiguous(const struct pen *pen, const struct jn *value)
{
	jn_each (it, value) {
		if (value->kind == JN_OBJECT ? is_telling(pen, it)
					     : is_ambiguous(pen, it))
			return true;
	}
	return false;
}

/* GeoJSON as a reader would recognise it. */
static bool is_geometry(const struct jn *value)
{
	return jn_is(value, JN_OBJECT) && geometry_type_is_known(jn_get(value, "type")) &&
		jn_get(value, "coordinates") != NULL;
}

/* Is there anything to show beside type and value? */
static bool has_more(
	const struct pen *pen, const struct jn *instance, const struct jn *value)
{
	const struct jn *first;

	jn_each (it, instance) {
		if (it == value || jn_key_is(it, "type"))
			continue;
		if (is_attribute(it) ? pen_count(pen, it, false, &first) > 0
				     : pen->r->sys_attrs || !pen_is_system(it))
			return true;
	}
	return false;
}

static bool is_bare(const struct pen *pen, const struct jn *instance)
{
	const struct jn *value = instance_value(instance);
	enum kind kind = instance_kind(instance);

	if (kind == KIND_PROPERTY ? is_ambiguous(pen, value) : kind != KIND_GEO_PROPERTY)
		return false;
	return !has_more(pen, instance, value);
}

bool pen_needs_type(const struct jn *instance)
{
	switch (instance_kind(instance)) {
	case KIND_PROPERTY:
		return is_geometry(instance_value(instance));
	case KIND_GEO_PROPERTY:
		return !is_geometry(instance_value(instance));
	default:
		return false;
	}
}

void pen_concise(const struct pen *pen, const struct jn *attribute, bool top)
{
	const struct jn *first;
	size_t n = pen_count(pen, attribute, top, &first);

	if (n == 0)
		return;
	pen_name(pen, attribute);
	if (n == 1) {
		if (is_bare(pen, first))
			jn_write(pen->sb, instance_value(first));
		else
			pen_instance(pen, attribute, first, pen_needs_type(first));
		return;
	}
	strbuf_addc(pen->sb, '[');
	each_instance(it, attribute)
	{
		if (!pen_shows(pen, it, top))
			continue;
		pen_comma(pen);
		pen_instance(pen, attribute, it, pen_needs_type(it));
	}
	strbuf_addc(pen->sb, ']');
}
