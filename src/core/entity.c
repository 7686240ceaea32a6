/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the entity document: kinds, instances, expiry.  Expansion writes `type`, `datasetId`
 * and the types without escapes, so that they compare as bytes here.
 */
#include <core/entity.h>

#include <base/clock.h>

#include <assert.h>
#include <string.h>

const char *const kind_type[KINDS] = {
#define KIND(kind, type, member, previous, plural) type,
#include <core/kind.def>
#undef KIND
};

const char *const kind_member[KINDS] = {
#define KIND(kind, type, member, previous, plural) member,
#include <core/kind.def>
#undef KIND
};

const char *const kind_previous[KINDS] = {
#define KIND(kind, type, member, previous, plural) previous,
#include <core/kind.def>
#undef KIND
};

static const unsigned char type_len[KINDS] = {
#define KIND(kind, type, member, previous, plural) sizeof(type) - 1,
#include <core/kind.def>
#undef KIND
};

enum kind kind_from_type(const struct jn *type)
{
	int k;

	if (!jn_is(type, JN_STRING))
		return KINDS;
	for (k = 0; k < KINDS; k++) {
		if (type->escaped ? jn_str_is(type, kind_type[k])
				  : type->len == type_len[k] &&
					memcmp(type->text, kind_type[k], type->len) == 0)
			return (enum kind)k;
	}
	return KINDS;
}

enum kind instance_kind(const struct jn *instance)
{
	if (!jn_is(instance, JN_OBJECT) || instance->child == NULL)
		return KINDS;
	if (jn_key_is(instance->child, "type"))
		return kind_from_type(instance->child);
	return kind_from_type(jn_get(instance, "type"));
}

struct jn *instance_value(const struct jn *instance)
{
	enum kind kind = instance_kind(instance);
	struct jn *second;

	if (kind == KINDS)
		return NULL;
	second = instance->child->next;
	if (second != NULL && jn_key_is(second, kind_member[kind]))
		return second;
	return jn_get(instance, kind_member[kind]);
}

bool text_is_null(const struct jn *v)
{
	const size_t len = sizeof(NGSILD_NULL) - 1;

	if (!jn_is(v, JN_STRING))
		return false;
	if (v->escaped)
		return jn_str_is(v, NGSILD_NULL);
	return v->len == len && memcmp(v->text, NGSILD_NULL, len) == 0;
}

bool instance_is_null(const struct jn *instance)
{
	const struct jn *value = instance_value(instance);

	if (value == NULL)
		return false;
	switch (instance_kind(instance)) {
	case KIND_LANGUAGE_PROPERTY:
		return value->kind == JN_OBJECT && value->count == 1 &&
			jn_key_is(value->child, "@none") && text_is_null(value->child);
	case KIND_LIST_PROPERTY:
	case KIND_LIST_RELATIONSHIP:
		return value->kind == JN_ARRAY && value->count == 1 &&
			text_is_null(value->child);
	default:
		return text_is_null(value);
	}
}

bool is_attribute(const struct jn *member)
{
	return member != NULL && member->key != NULL &&
		memchr(member->key, ':', member->key_len) != NULL;
}

struct jn *instance_first(const struct jn *attribute)
{
	if (jn_is(attribute, JN_ARRAY))
		return attribute->child;
	return (struct jn *)attribute;
}

struct jn *instance_next(const struct jn *attribute, const struct jn *instance)
{
	/* the next of an only instance is the next attribute */
	return attribute == instance ? NULL : instance->next;
}

struct jn *instance_find(const struct jn *attribute, const char *dataset_id, size_t len)
{
	const struct jn *id;
	bool none =
		dataset_id == NULL || (len == 5 && memcmp(dataset_id, "@none", 5) == 0);

	each_instance(it, attribute)
	{
		id = jn_get(it, "datasetId");
		if (id == NULL ? none
			       : !none && id->kind == JN_STRING && id->len == len &&
					memcmp(id->text, dataset_id, len) == 0)
			return it;
	}
	return NULL;
}

bool is_expired(const struct jn *object, int64_t now)
{
	const struct jn *at = jn_get(object, "expiresAt");
	int64_t instant;

	if (!jn_is(at, JN_STRING) || !clock_parse(at->text, at->len, &instant))
		return false;
	return instant <= now;
}

bool entity_has_type(const struct jn *entity, const char *iri, size_t len)
{
	assert(iri != NULL);
	jn_each (it, jn_get(entity, "type")) {
		if (it->kind == JN_STRING && it->len == len &&
			memcmp(it->text, iri, len) == 0)
			return true;
	}
	return false;
}
