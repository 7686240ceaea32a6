/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attribute, normalized or concise (4.5.2.2, 4.5.2.3 and their kin), with its
 * sub-attributes.  What an object is gets decided by its members:
 *
 *	type is one of the eight kinds            an instance
 *	type is a geometry, and coordinates       a bare GeoProperty
 *	type is anything else                     refused
 *	no type, one of the value members         an instance, its kind inferred
 *	no type, no value, but datasetId & co.    an incomplete instance
 *	none of these, attributes in it: merging  an incomplete instance
 *	none of these                             the bare value of a Property
 *
 * An array is one of instances when its first element is an instance, else a bare value.
 */
#include "expand_priv.h"

#include <base/err.h>

#include <string.h>

static const enum member value_member[KINDS] = {
	[KIND_PROPERTY] = M_VALUE,
	[KIND_GEO_PROPERTY] = M_VALUE,
	[KIND_RELATIONSHIP] = M_OBJECT,
	[KIND_LANGUAGE_PROPERTY] = M_LANGUAGE_MAP,
	[KIND_VOCAB_PROPERTY] = M_VOCAB,
	[KIND_JSON_PROPERTY] = M_JSON,
	[KIND_LIST_PROPERTY] = M_VALUE_LIST,
	[KIND_LIST_RELATIONSHIP] = M_OBJECT_LIST,
};
static const enum kind inferred[VALUE_MEMBERS] = {
	[M_VALUE] = KIND_PROPERTY,
	[M_OBJECT] = KIND_RELATIONSHIP,
	[M_LANGUAGE_MAP] = KIND_LANGUAGE_PROPERTY,
	[M_VOCAB] = KIND_VOCAB_PROPERTY,
	[M_JSON] = KIND_JSON_PROPERTY,
	[M_VALUE_LIST] = KIND_LIST_PROPERTY,
	[M_OBJECT_LIST] = KIND_LIST_RELATIONSHIP,
};

/* What a first look at an object shows. */
struct parts {
	const struct jn *type, *value, *second; /* second: another value member */
	const struct jn *meta; /* datasetId, observedAt, … */
	enum member value_id, second_id;
	bool coordinates;
};

static struct parts look(const struct expander *x, const struct jn *object)
{
	struct parts p = {0};

	jn_each (m, object) {
		enum member id = expand_member(x, m);

		if (id == M_TYPE) {
			p.type = m;
		} else if (id < VALUE_MEMBERS && p.value == NULL) {
			p.value = m;
			p.value_id = id;
		} else if (id < VALUE_MEMBERS) {
			p.second = m;
			p.second_id = id;
		} else if (id >= M_DATASET_ID && id <= M_SEALED) {
			p.meta = m;
		} else if (id == M_ATTRIBUTE && jn_key_is(m, "coordinates")) {
			p.coordinates = true;
		}
	}
	return p;
}

static bool is_geometry(const struct jn *v)
{
	return jn_is(v, JN_OBJECT) && geometry_type_is_known(jn_get(v, "type")) &&
		jn_get(v, "coordinates") != NULL;
}

static bool is_instance(const struct expander *x, const struct jn *v)
{
	struct parts p;

	if (v->kind != JN_OBJECT)
		return false;
	p = look(x, v);
	return p.value != NULL || (p.type != NULL && expand_kind_of(x, p.type) != KINDS);
}

/* May an instance lack its value? */
static bool is_partial(const struct expander *x, unsigned depth)
{
	return (x->flags & EXPAND_NULL_NESTED) ||
		((x->flags & EXPAND_PARTIAL) && depth == 0);
}

/* The kind of an instance; *kind is KINDS where nothing tells it. */
static int find_kind(const struct expander *x, const struct at *at, const struct parts *p,
	enum kind *kind)
{
	const struct jn *wrong = p->second;
	enum member id = p->second_id;

	*kind = KINDS;
	if (p->type != NULL) {
		*kind = expand_kind_of(x, p->type);
		if (*kind == KINDS)
			return expand_refuse_type(x, at, p->type);
		if (p->value != NULL && p->value_id != value_member[*kind]) {
			wrong = p->value;
			id = p->value_id;
		}
	} else if (p->value != NULL && wrong == NULL) {
		*kind = inferred[p->value_id];
		if (*kind == KIND_PROPERTY && is_geometry(p->value))
			*kind = KIND_GEO_PROPERTY;
	}
	if (wrong != NULL && *kind == KINDS)
		return expand_fail(x, at,
			"has both \"%.*s\" and \"%.*s\"; an attribute has one value",
			(int)p->value->key_len, p->value->key, (int)wrong->key_len,
			wrong->key);
	if (wrong != NULL) {
		struct at here = at_member(at, wrong);

		return expand_fail(x, &here,
			"is not for a %s, whose value is in \"%s\"; a %s has it",
			kind_type[*kind], kind_member[*kind], kind_type[inferred[id]]);
	}
	return 0;
}

static int check_special(const struct expander *x, const struct at *at,
	const struct name *name, enum kind kind, const struct jn *value)
{
	if (name->geo && kind != KIND_GEO_PROPERTY && kind != KINDS &&
		!text_is_null(value))
		return expand_fail(
			x, at, "must be a GeoProperty, with a GeoJSON geometry (5.2.4)");
	if (!name->proof)
		return 0;
	if (kind != KIND_PROPERTY && kind != KINDS)
		return expand_fail(x, at, "must be a Property (4.5.2.2)");
	if (value != NULL && value->kind != JN_OBJECT && !text_is_null(value))
		return expand_fail(x, at, "must have an object as its value (4.5.2.2)");
	return 0;
}

static struct jn *make_typed(const struct expander *x, enum kind kind)
{
	struct jn *instance = jn_object(x->a);

	if (kind != KINDS)
		jn_addn(instance, "type", 4,
			expand_plain(x->a, kind_type[kind], strlen(kind_type[kind])));
	return instance;
}

struct jn *expand_make(const struct expander *x, enum kind kind, struct jn *value)
{
	struct jn *instance = make_typed(x, kind);

	jn_addn(instance, kind_member[kind], strlen(kind_member[kind]), value);
	return instance;
}

/* Begins the instance: its type, then its value. */
static int begin(const struct expander *x, const struct at *at, const struct parts *p,
	const struct name *name, unsigned depth, enum kind *kind, struct jn **out)
{
	struct jn *value = NULL;
	struct at here;

	if (find_kind(x, at, p, kind) < 0)
		return -1;
	/* a predefined name says what a text is (4.7.2) */
	if (p->type == NULL && name->geo && p->value_id == M_VALUE &&
		jn_is(p->value, JN_STRING))
		*kind = KIND_GEO_PROPERTY;
	if (check_special(x, at, name, *kind, p->value) < 0)
		return -1;
	if (p->value == NULL) {
		if (is_partial(x, depth)) {
			*out = make_typed(x, *kind);
			return 0;
		}
		if (*kind == KINDS && p->meta != NULL)
			return expand_fail(x, at,
				"has \"%.*s\" but no value: \"value\", \"object\" or "
				"another",
				(int)p->meta->key_len, p->meta->key);
		if (*kind == KINDS)
			return expand_fail(
				x, at, "has no value: \"value\", \"object\" or another");
		return expand_fail(
			x, at, "a %s needs \"%s\"", kind_type[*kind], kind_member[*kind]);
	}
	here = at_member(at, p->value);
	if (name->proof && p->value->kind == JN_OBJECT)
		value = jn_share(x->a, p->value); /* faithfully */
	else if (expand_kind(x, &here, *kind, p->value, &value) < 0)
		return -1;
	*out = expand_make(x, *kind, value);
	return 0;
}

static int put_sub(const struct expander *x, const struct at *at, const struct jn *m,
	unsigned depth, struct seen *seen, struct jn *instance)
{
	struct jn *attribute = NULL;
	struct name name;

	if (expand_name(x, at, m, depth + 1, &name) < 0 ||
		expand_attribute(x, at, m, &name, depth + 1, &attribute) < 0)
		return -1;
	if (expand_seen_key(seen, instance, name.iri, name.len))
		return expand_fail(x, at, "means the same as another member here");
	jn_addn(instance, name.iri, name.len, attribute);
	return 0;
}

static int put_meta(const struct expander *x, const struct at *at, const struct jn *m,
	enum member id, const struct name *name, enum kind kind, struct jn *instance)
{
	struct jn *node = NULL;

	if (id == M_SEALED && !name->proof)
		return expand_fail(x, at, "is for ngsildproof only (4.5.2.2)");
	if (expand_meta(x, at, id, kind, m, &node) < 0)
		return -1;
	if (node != NULL)
		jn_addn(instance, m->key, m->key_len, node);
	return 0;
}

int expand_instance(const struct expander *x, const struct at *at, const struct jn *v,
	const struct name *name, unsigned depth, struct jn **out)
{
	struct parts p = look(x, v);
	struct jn *instance = NULL;
	auto_seen seen = {0};
	enum kind kind;

	if (p.type != NULL && p.coordinates && p.value == NULL &&
		geometry_type_is_known(p.type))
		return expand_bare(x, at, v, name, out);
	if (begin(x, at, &p, name, depth, &kind, &instance) < 0)
		return -1;
	jn_each (m, v) {
		struct at here = at_member(at, m);
		enum member id;

		if (m == p.type || m == p.value)
			continue;
		id = expand_member(x, m);
		if (id == M_TYPE)
			return expand_fail(x, &here, "the type is there twice");
		if (id == M_CONTEXT && at == NULL && (x->flags & EXPAND_CONTEXT_MEMBER))
			continue;
		if (id == M_ATTRIBUTE
				? put_sub(x, &here, m, depth, &seen, instance) < 0
				: put_meta(x, &here, m, id, name, kind, instance) < 0)
			return -1;
	}
	*out = instance;
	return 0;
}

/* The default instance first, then the others as they came; each datasetId once. */
static int put_in_order(const struct expander *x, const struct at *at,
	struct jn *instance, struct seen *seen, struct jn *ids, struct jn **first,
	struct jn *array)
{
	const struct jn *id = jn_get(instance, "datasetId");

	if (id == NULL && *first != NULL)
		return expand_fail(x, at,
			"a second instance without datasetId; give each its own (4.5.5)");
	if (id == NULL) {
		*first = instance;
		return 0;
	}
	if (expand_seen_text(seen, ids, id->text, id->len))
		return expand_fail(
			x, at, "a second instance with this datasetId (4.5.5)");
	jn_append(ids, expand_plain(x->a, id->text, id->len));
	jn_append(array, instance);
	return 0;
}

struct jn *expand_in_order(const struct expander *x, struct jn *first, struct jn *rest)
{
	struct jn *array;

	if (first == NULL)
		return rest->count == 1 ? rest->child : rest;
	if (rest->count == 0)
		return first;
	array = jn_array(x->a);
	jn_append(array, first);
	array->child->next = rest->child;
	array->last = rest->last;
	array->count += rest->count;
	return array;
}

int expand_instances(const struct expander *x, const struct at *at, const struct jn *v,
	const struct name *name, unsigned depth, struct jn **out)
{
	struct jn *ids, *rest, *first = NULL, *instance = NULL;
	auto_seen seen = {0};
	size_t i = 0;

	if (v->kind == JN_OBJECT)
		return expand_instance(x, at, v, name, depth, out);
	if (v->kind != JN_ARRAY || v->count == 0)
		return expand_fail(
			x, at, "must be an attribute, an object, or an array of these");
	if ((x->flags & EXPAND_TEMPORAL) && depth == 0)
		return expand_evolution(x, at, v, name, out);
	ids = jn_array(x->a);
	rest = jn_array(x->a);
	jn_each (it, v) {
		struct at here = {at, NULL, i++};

		if (it->kind != JN_OBJECT)
			return expand_fail(
				x, &here, "must be an attribute, as the others are");
		if (expand_instance(x, &here, it, name, depth, &instance) < 0 ||
			put_in_order(x, &here, instance, &seen, ids, &first, rest) < 0)
			return -1;
	}
	*out = expand_in_order(x, first, rest);
	return 0;
}

int expand_bare(const struct expander *x, const struct at *at, const struct jn *v,
	const struct name *name, struct jn **out)
{
	bool geo =
		is_geometry(v) || (name->geo && v->kind == JN_STRING && !text_is_null(v));
	enum kind kind = geo ? KIND_GEO_PROPERTY : KIND_PROPERTY;
	struct jn *value = NULL;

	if (check_special(x, at, name, kind, v) < 0 ||
		expand_kind(x, at, kind, v, &value) < 0)
		return -1;
	*out = expand_make(x, kind, value);
	return 0;
}

/* Are there attributes in the object, normalized ones?  A merge then goes into what it is a
 * fragment of (5.5.12); as a value it would take the place of the one that is there. */
static bool has_normalized(const struct expander *x, const struct jn *object)
{
	jn_each (m, object) {
		const struct jn *first = m->kind == JN_ARRAY ? m->child : m;
		struct parts p;

		if (!jn_is(first, JN_OBJECT) || expand_member(x, m) != M_ATTRIBUTE)
			continue;
		p = look(x, first);
		if (p.type != NULL && p.value != NULL &&
			expand_kind_of(x, p.type) != KINDS)
			return true;
	}
	return false;
}

int expand_attribute(const struct expander *x, const struct at *at, const struct jn *v,
	const struct name *name, unsigned depth, struct jn **out)
{
	struct parts p;

	if (v->kind == JN_ARRAY && v->count > 0 && is_instance(x, v->child))
		return expand_instances(x, at, v, name, depth, out);
	if (v->kind != JN_OBJECT)
		return expand_bare(x, at, v, name, out);
	p = look(x, v);
	if (p.type == NULL && p.value == NULL && p.meta == NULL &&
		!((x->flags & EXPAND_NULL_NESTED) && has_normalized(x, v)))
		return expand_bare(x, at, v, name, out);
	return expand_instance(x, at, v, name, depth, out);
}
