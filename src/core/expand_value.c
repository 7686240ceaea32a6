/* SPDX-License-Identifier: Apache-2.0 */
/* What the value members of the eight kinds may hold (4.5.2 to 4.5.24). */
#include "expand_priv.h"

#include <base/err.h>
#include <base/iri.h>

#include <string.h>

#define MERGES(x) ((x)->flags & EXPAND_NULL_NESTED)

int expand_json_null(const struct expander *x, const struct at *at)
{
	return expand_fail(x, at,
		"null cannot be stored; send \"" NGSILD_NULL
		"\" in a PATCH to delete the attribute");
}

int expand_null(const struct expander *x, const struct at *at)
{
	if (x->flags & EXPAND_NULL)
		return 0;
	return expand_fail(x, at,
		"\"" NGSILD_NULL
		"\" deletes, which this operation cannot; leave it out, or use "
		"PATCH");
}

/* {"@type": "@json", "@value": null}, the one way to say null (4.5.0) */
static bool is_json_literal(const struct jn *object)
{
	return object->count == 2 && jn_str_is(jn_get(object, "@type"), "@json") &&
		jn_is(jn_get(object, "@value"), JN_NULL);
}

static int check_inside(
	const struct expander *x, const struct at *at, const struct jn *v, bool in_array);

static int check_member(
	const struct expander *x, const struct at *at, const struct jn *m, bool in_array)
{
	if (m->kind == JN_STRING) {
		if (!text_is_null(m) || (MERGES(x) && !in_array))
			return 0;
		return expand_fail(x, at,
			"\"" NGSILD_NULL "\" inside a value is for merging only (5.5.4)");
	}
	if (jn_key_is(m, "@context"))
		return expand_fail(x, at, "no @context inside attributes (5.5.7)");
	return check_inside(x, at, m, in_array);
}

/* What is in an array: a Null there deletes nothing, so it has no place (5.2.1). */
static int check_items(const struct expander *x, const struct at *at, const struct jn *v)
{
	size_t i = 0;

	jn_each (it, v) {
		struct at here = {at, NULL, i++};

		if (text_is_null(it))
			return expand_fail(x, &here,
				"\"" NGSILD_NULL "\" has no place in an array (5.2.1)");
		if ((it->kind == JN_NULL || it->kind >= JN_ARRAY) &&
			check_inside(x, &here, it, true) < 0)
			return -1;
	}
	return 0;
}

/* Goes through objects and arrays; a merge does not reach into arrays. */
static int check_inside(
	const struct expander *x, const struct at *at, const struct jn *v, bool in_array)
{
	if (v->kind == JN_NULL)
		return expand_json_null(x, at);
	if (v->kind == JN_ARRAY)
		return check_items(x, at, v);
	if (v->kind != JN_OBJECT || is_json_literal(v))
		return 0;
	jn_each (it, v) {
		struct at here = at_member(at, it);

		if (check_member(x, &here, it, in_array) < 0)
			return -1;
	}
	return 0;
}

int expand_value(const struct expander *x, const struct at *at, const struct jn *v,
	struct jn **out)
{
	if (v->kind == JN_STRING ? text_is_null(v) && expand_null(x, at) < 0
				 : check_inside(x, at, v, false) < 0)
		return -1;
	*out = jn_share(x->a, v);
	return 0;
}

int expand_geometry(const struct expander *x, const struct at *at, const struct jn *v,
	struct jn **out)
{
	char where[160];
	struct jn *geometry = (struct jn *)v;
	const char *text;
	size_t len;

	if (text_is_null(v)) {
		if (expand_null(x, at) < 0)
			return -1;
		*out = jn_share(x->a, v);
		return 0;
	}
	if (v->kind == JN_NULL)
		return expand_json_null(x, at);
	if (v->kind == JN_STRING) {
		struct err why = {0};

		text = jn_span(v, x->a, &len);
		if (jn_parse(text, len, JN_LIMITS, x->a, &geometry, &why) < 0)
			return expand_fail(x, at,
				"a geometry as text must be GeoJSON: %s", why.detail);
	}
	if (geometry_check(geometry, expand_pointer(at, where, sizeof(where)), x->err) <
		0)
		return -1;
	*out = jn_share(x->a, geometry);
	return 0;
}

int expand_uri(const struct expander *x, const struct at *at, const struct jn *v,
	struct jn **out)
{
	const char *text;
	size_t len;

	if (v->kind == JN_NULL)
		return expand_json_null(x, at);
	text = jn_span(v, x->a, &len);
	if (text == NULL)
		return expand_fail(x, at, "must be a URI");
	if (!iri_is_absolute(text, len))
		return expand_fail(x, at,
			"\"%.*s\" is no URI; it needs a scheme, as in urn:ngsi-ld:…",
			len > 80 ? 80 : (int)len, text);
	*out = expand_plain(x->a, text, len);
	return 0;
}

/* URIs of entities: none is the NGSI-LD Null. */
static int expand_target(const struct expander *x, const struct at *at,
	const struct jn *v, struct jn *array)
{
	struct jn *item = NULL;

	if (text_is_null(v))
		return expand_fail(x, at, "\"" NGSILD_NULL "\" cannot be one of several");
	if (expand_uri(x, at, v, &item) < 0)
		return -1;
	jn_append(array, item);
	return 0;
}

static int expand_object(const struct expander *x, const struct at *at,
	const struct jn *v, struct jn **out)
{
	struct jn *array;
	size_t i = 0;

	if (text_is_null(v) && expand_null(x, at) < 0)
		return -1;
	if (v->kind != JN_ARRAY)
		return expand_uri(x, at, v, out);
	if (v->count == 0)
		return expand_fail(x, at, "must name at least one entity");
	array = jn_array(x->a);
	jn_each (it, v) {
		struct at here = {at, NULL, i++};

		if (expand_target(x, &here, it, array) < 0)
			return -1;
	}
	*out = array;
	return 0;
}

/* [uri, …] or [{"object": uri}, …] (4.5.22): kept as URIs. */
static int expand_object_list(const struct expander *x, const struct at *at,
	const struct jn *v, struct jn **out)
{
	struct jn *array;
	size_t i = 0;

	if (v->kind == JN_NULL)
		return expand_json_null(x, at);
	if (v->kind != JN_ARRAY)
		return expand_fail(
			x, at, "must be an array of {\"object\": <URI>} or URIs");
	if (v->count == 1 && text_is_null(v->child)) {
		if (expand_null(x, at) < 0)
			return -1;
		*out = jn_share(x->a, v);
		return 0;
	}
	array = jn_array(x->a);
	jn_each (it, v) {
		struct at here = {at, NULL, i++};
		const struct jn *target = it;

		if (it->kind == JN_OBJECT) {
			target = it->child;
			if (it->count != 1 || !jn_key_is(target, "object"))
				return expand_fail(
					x, &here, "must be {\"object\": <URI>} or a URI");
		}
		if (expand_target(x, &here, target, array) < 0)
			return -1;
	}
	*out = array;
	return 0;
}

/* A well-formed language tag as far as RFC 5646 is regular: subtags of 1 to 8 letters and
 * digits, the first of letters. */
bool language_is_tag(const char *s, size_t len)
{
	size_t subtag = 0;
	bool letters_only = true;

	for (size_t i = 0; i < len; i++) {
		char lower = s[i] | 0x20;

		if (s[i] == '-') {
			if (subtag == 0)
				return false;
			subtag = 0;
			letters_only = false;
			continue;
		}
		if (!(lower >= 'a' && lower <= 'z') &&
			(letters_only || s[i] < '0' || s[i] > '9'))
			return false;
		if (++subtag > 8)
			return false;
	}
	return subtag > 0;
}

static int check_language(
	const struct expander *x, const struct at *at, const struct jn *m, bool alone)
{
	size_t i = 0;

	if (!jn_key_is(m, "@none") && !language_is_tag(m->key, m->key_len))
		return expand_fail(
			x, at, "not a language tag (RFC 5646), such as fr or fr-CH");
	if (m->kind == JN_NULL)
		return expand_json_null(x, at);
	if (text_is_null(m)) {
		if (alone && jn_key_is(m, "@none"))
			return expand_null(x, at);
		return MERGES(x)
			? 0
			: expand_fail(x, at,
				  "one language can be deleted by merging only; here "
				  "{\"@none\": \"" NGSILD_NULL "\"} alone is possible");
	}
	if (m->kind == JN_STRING)
		return 0;
	if (m->kind != JN_ARRAY)
		return expand_fail(x, at, "must be a string or an array of strings");
	jn_each (it, m) {
		struct at here = {at, NULL, i++};

		if (it->kind != JN_STRING)
			return expand_fail(x, &here, "must be a string");
		if (text_is_null(it))
			return expand_fail(
				x, &here, "\"" NGSILD_NULL "\" cannot be one of several");
	}
	return 0;
}

static int expand_language_map(const struct expander *x, const struct at *at,
	const struct jn *v, struct jn **out)
{
	if (v->kind == JN_NULL)
		return expand_json_null(x, at);
	if (v->kind != JN_OBJECT)
		return expand_fail(
			x, at, "must be an object of language tags and strings");
	jn_each (it, v) {
		struct at here = at_member(at, it);

		if (check_language(x, &here, it, v->count == 1) < 0)
			return -1;
	}
	*out = jn_share(x->a, v);
	return 0;
}

static int expand_json(const struct expander *x, const struct at *at, const struct jn *v,
	struct jn **out)
{
	if (v->kind == JN_NULL)
		return expand_json_null(x, at);
	if (text_is_null(v)) {
		if (expand_null(x, at) < 0)
			return -1;
	} else if (v->kind != JN_OBJECT && v->kind != JN_ARRAY) {
		return expand_fail(x, at,
			"must be an object or an array; a single value goes into a "
			"Property");
	}
	*out = jn_share(x->a, v);
	return 0;
}

static int expand_list(const struct expander *x, const struct at *at, const struct jn *v,
	struct jn **out)
{
	if (v->kind == JN_NULL)
		return expand_json_null(x, at);
	if (v->kind != JN_ARRAY)
		return expand_fail(x, at, "must be an array");
	if (v->count == 1 && text_is_null(v->child) ? expand_null(x, at) < 0
						    : check_items(x, at, v) < 0)
		return -1;
	*out = jn_share(x->a, v);
	return 0;
}

int expand_kind(const struct expander *x, const struct at *at, enum kind kind,
	const struct jn *v, struct jn **out)
{
	switch (kind) {
	case KIND_GEO_PROPERTY:
		return expand_geometry(x, at, v, out);
	case KIND_RELATIONSHIP:
		return expand_object(x, at, v, out);
	case KIND_LANGUAGE_PROPERTY:
		return expand_language_map(x, at, v, out);
	case KIND_VOCAB_PROPERTY:
		return expand_vocab(x, at, v, out);
	case KIND_JSON_PROPERTY:
		return expand_json(x, at, v, out);
	case KIND_LIST_PROPERTY:
		return expand_list(x, at, v, out);
	case KIND_LIST_RELATIONSHIP:
		return expand_object_list(x, at, v, out);
	default:
		return expand_value(x, at, v, out);
	}
}
