/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simplified representation (4.5.4): bare values, and objects with one member that
 * says what they are: languageMap, json, vocab, or dataset for several instances.
 */
#include "expand_priv.h"

#include <base/err.h>
#include <base/iri.h>

/* {"languageMap": …}, {"json": …}, {"vocab": …}; KINDS for anything else. */
static enum kind wrapped(const struct jn *v)
{
	if (v->kind != JN_OBJECT || v->count != 1)
		return KINDS;
	if (jn_key_is(v->child, "languageMap"))
		return KIND_LANGUAGE_PROPERTY;
	if (jn_key_is(v->child, "json"))
		return KIND_JSON_PROPERTY;
	if (jn_key_is(v->child, "vocab"))
		return KIND_VOCAB_PROPERTY;
	return KINDS;
}

/* Does the body hold a normalized attribute, against what the request says? */
static bool is_normalized(const struct jn *v)
{
	enum kind kind = kind_from_type(jn_get(v, "type"));

	return kind != KINDS && jn_get(v, kind_member[kind]) != NULL;
}

static bool is_uris(const struct jn *v)
{
	if (v->kind == JN_STRING)
		return !v->escaped && iri_is_absolute(v->text, v->len) &&
			!text_is_null(v);
	if (v->kind != JN_ARRAY || v->count == 0)
		return false;
	jn_each (it, v) {
		if (it->kind != JN_STRING || !is_uris(it))
			return false;
	}
	return true;
}

static int expand_one(const struct expander *x, const struct at *at, const struct jn *v,
	const struct name *name, struct jn **out)
{
	enum kind kind = wrapped(v);
	struct jn *value = NULL;

	if (v->kind == JN_OBJECT && is_normalized(v))
		return expand_fail(x, at,
			"is normalized, but the request says simplified; send the bare "
			"value or "
			"leave out options=keyValues");
	if (kind != KINDS) {
		struct at here = at_member(at, v->child);

		if (expand_kind(x, &here, kind, v->child, &value) < 0)
			return -1;
	} else if (name->coercion == COERCION_ID && is_uris(v)) {
		/* the @context says that the values are links (4.4) */
		kind = KIND_RELATIONSHIP;
		if (expand_kind(x, at, kind, v, &value) < 0)
			return -1;
	} else {
		return expand_bare(x, at, v, name, out);
	}
	*out = expand_make(x, kind, value);
	return 0;
}

int expand_simplified(const struct expander *x, const struct at *at, const struct jn *v,
	const struct name *name, struct jn **out)
{
	const struct jn *dataset =
		v->kind == JN_OBJECT && v->count == 1 ? v->child : NULL;
	struct jn *instance = NULL, *first = NULL, *array, *id = NULL;
	struct at up;

	if (dataset == NULL || !jn_key_is(dataset, "dataset") ||
		dataset->kind != JN_OBJECT)
		return expand_one(x, at, v, name, out);
	up = at_member(at, dataset);
	if (dataset->count == 0)
		return expand_fail(x, &up, "must not be empty");
	array = jn_array(x->a);
	jn_each (m, dataset) {
		struct at here = at_member(&up, m);

		if (expand_one(x, &here, m, name, &instance) < 0)
			return -1;
		if (jn_key_is(m, "@none")) {
			first = instance;
			continue;
		}
		if (!iri_is_absolute(m->key, m->key_len))
			return expand_fail(
				x, &here, "a datasetId must be a URI or \"@none\"");
		id = expand_plain(x->a, m->key, m->key_len);
		jn_addn(instance, "datasetId", 9, id);
		jn_append(array, instance);
	}
	*out = expand_in_order(x, first, array);
	return 0;
}
