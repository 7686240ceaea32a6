/* SPDX-License-Identifier: Apache-2.0 */
/* Members of instances that are neither value nor sub-attribute, and vocabulary names. */
#include "expand_priv.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/iri.h>

#include <string.h>

/* Histories know a datasetId by number, and its text is indexed. */
#define DATASET_ID_MAX 2000
#define LANG_STRING    "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"

/* As answers have it (4.6.3): kept as sent then. */
static bool is_canonical(const char *s, size_t len)
{
	return len >= 20 && len <= 27 && s[10] == 'T' && s[len - 1] == 'Z' &&
		(len == 20 || s[19] == '.');
}

int expand_time(const struct expander *x, const struct at *at, const struct jn *v,
	struct jn **out)
{
	const char *text;
	char buf[CLOCK_TEXT];
	int64_t instant;
	size_t len = 0;

	if (v->kind == JN_NULL)
		return expand_json_null(x, at);
	text = jn_span(v, x->a, &len);
	if (text_is_null(v)) {
		if (expand_null(x, at) < 0)
			return -1;
	} else if (text == NULL || !clock_is_date_time(text, len) ||
		!clock_parse(text, len, &instant)) {
		return expand_fail(x, at,
			"must be a DateTime in UTC, YYYY-MM-DDThh:mm:ss[.ffffff]Z "
			"(4.6.3)");
	} else if (!is_canonical(text, len)) {
		text = arena_strdup(x->a, clock_format(instant, buf));
		len = strlen(text);
	}
	*out = expand_plain(x->a, text, len);
	return 0;
}

static int expand_one(const struct expander *x, const struct at *at, const struct jn *v,
	struct jn **out)
{
	const char *text, *iri;
	size_t len, iri_len;

	if (v->kind == JN_NULL)
		return expand_json_null(x, at);
	text = jn_span(v, x->a, &len);
	if (text == NULL)
		return expand_fail(x, at, "must be a name or a URI");
	if (text_is_null(v)) {
		*out = expand_plain(x->a, NGSILD_NULL, sizeof(NGSILD_NULL) - 1);
		return 0;
	}
	iri = context_expand_span(x->ctx, text, len, x->a, &iri_len);
	if (len == 0 || !iri_is_absolute(iri, iri_len))
		return expand_fail(x, at,
			"\"%.*s\" does not make an IRI; leave out spaces and "
			"<>\"{}|\\^`",
			len > 80 ? 80 : (int)len, text);
	*out = expand_plain(x->a, iri, iri_len);
	return 0;
}

int expand_vocab(const struct expander *x, const struct at *at, const struct jn *v,
	struct jn **out)
{
	struct jn *array, *item = NULL;
	size_t i = 0;

	if (v->kind != JN_ARRAY) {
		if (text_is_null(v) && expand_null(x, at) < 0)
			return -1;
		return expand_one(x, at, v, out);
	}
	if (v->count == 0)
		return expand_fail(x, at, "must not be empty");
	array = jn_array(x->a);
	jn_each (it, v) {
		struct at here = {at, NULL, i++};

		if (text_is_null(it))
			return expand_fail(
				x, &here, "\"" NGSILD_NULL "\" cannot be one of several");
		if (expand_one(x, &here, it, &item) < 0)
			return -1;
		jn_append(array, item);
	}
	*out = array;
	return 0;
}

static int expand_dataset_id(const struct expander *x, const struct at *at,
	const struct jn *v, struct jn **out)
{
	if (jn_str_is(v, "@none"))
		return 0; /* the default instance, which says nothing (4.5.5) */
	if (text_is_null(v))
		return expand_fail(x, at, "a datasetId cannot be deleted (5.5.8)");
	if (v->len > DATASET_ID_MAX)
		return expand_fail(
			x, at, "longer than the %d bytes it may have", DATASET_ID_MAX);
	return expand_uri(x, at, v, out);
}

static int expand_unit_code(const struct expander *x, const struct at *at, enum kind kind,
	const struct jn *v, struct jn **out)
{
	if (kind != KIND_PROPERTY && kind != KIND_LIST_PROPERTY && kind != KINDS)
		return expand_fail(x, at,
			"a %s has no unit; only Property and ListProperty have",
			kind_type[kind]);
	if (v->kind == JN_NULL)
		return expand_json_null(x, at);
	if (v->kind != JN_STRING || v->len == 0)
		return expand_fail(x, at, "must be a UN/CEFACT code, such as \"CEL\"");
	if (text_is_null(v) && expand_null(x, at) < 0)
		return -1;
	*out = jn_share(x->a, v);
	return 0;
}

static bool is_relationship(enum kind kind)
{
	return kind == KIND_RELATIONSHIP || kind == KIND_LIST_RELATIONSHIP;
}

static int expand_value_type(const struct expander *x, const struct at *at,
	enum kind kind, const struct jn *v, struct jn **out)
{
	struct jn *type = NULL;

	if (is_relationship(kind))
		return expand_fail(
			x, at, "a %s has no valueType; send objectType", kind_type[kind]);
	if (v->kind == JN_ARRAY)
		return expand_fail(x, at, "must be one name or URI");
	if (expand_vocab(x, at, v, &type) < 0)
		return -1;
	if (kind == KIND_LANGUAGE_PROPERTY && !jn_str_is(type, LANG_STRING) &&
		!text_is_null(type))
		return expand_fail(x, at, "of a LanguageProperty can only be langString");
	*out = type;
	return 0;
}

/* Seals stay as they were sent: what they prove is outside this program (C.11). */
static int expand_sealed(const struct expander *x, const struct at *at,
	const struct jn *v, struct jn **out)
{
	if (v->kind != JN_STRING && v->kind != JN_ARRAY)
		return expand_fail(x, at, "must be a string");
	*out = jn_share(x->a, v);
	return 0;
}

/* Members that answers have and nobody sends.  Those of this kind are ignored (5.2.5), those
 * of another may never be there (4.5.2): previousX is of the kind whose value is in x, entity
 * and entityList are what a join puts beside the targets. */
static bool may_be_answered(enum kind kind, const struct jn *v)
{
	const char *member;

	if (kind == KINDS)
		return true;
	if (jn_key_is(v, "entity"))
		return kind == KIND_RELATIONSHIP;
	if (jn_key_is(v, "entityList"))
		return kind == KIND_LIST_RELATIONSHIP;
	if (v->key_len < 9 || memcmp(v->key, "previous", 8) != 0)
		return true; /* instanceId, lang */
	member = kind_member[kind];
	return v->key_len == 8 + strlen(member) &&
		memcmp(v->key + 9, member + 1, v->key_len - 9) == 0;
}

int expand_meta(const struct expander *x, const struct at *at, enum member id,
	enum kind kind, const struct jn *v, struct jn **out)
{
	/* a history is not patched: a Null there stands for a deleted attribute only */
	if ((x->flags & EXPAND_TEMPORAL) && id != M_SYSTEM && text_is_null(v))
		return expand_fail(x, at, "\"" NGSILD_NULL "\" has no place here");
	switch (id) {
	case M_DATASET_ID:
		return expand_dataset_id(x, at, v, out);
	case M_OBSERVED_AT:
	case M_EXPIRES_AT:
		return expand_time(x, at, v, out);
	case M_UNIT_CODE:
		return expand_unit_code(x, at, kind, v, out);
	case M_OBJECT_TYPE:
		if (kind != KINDS && !is_relationship(kind))
			return expand_fail(x, at,
				"a %s has no objectType; send valueType",
				kind_type[kind]);
		return expand_vocab(x, at, v, out);
	case M_VALUE_TYPE:
		return expand_value_type(x, at, kind, v, out);
	case M_SEALED:
		return expand_sealed(x, at, v, out);
	case M_STAMP:
		if ((x->flags & EXPAND_TEMPORAL) && jn_key_is(v, "deletedAt"))
			return expand_time(x, at, v, out);
		return 0; /* read-only: ignored (5.2.2) */
	case M_SYSTEM:
		if (may_be_answered(kind, v))
			return 0; /* read-only: ignored (5.2.2) */
		return expand_fail(
			x, at, "is not for a %s (4.5.2); leave it out", kind_type[kind]);
	case M_CONTEXT:
		return expand_fail(x, at, "no @context inside attributes (5.5.7)");
	default:
		return expand_fail(x, at, "has no place in an attribute");
	}
}
