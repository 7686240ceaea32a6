/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One instance of a fragment onto a stored one: merge patch (5.5.12), which goes into
 * values, and partial update (5.5.8), which replaces each member.  They differ also in
 * what becomes of another kind: a partial update refuses it, a merge changes the kind,
 * a merge of a simplified body reads the value as one of the stored kind (6.5.3.4).
 */
#include "apply_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <base/iri.h>
#include <core/expand.h>

#include <string.h>
#include <strings.h>

struct patch {
	struct apply *ap;
	const struct jn *old, *fragment, *name;
	enum kind was, becomes;
	const struct jn *value; /* NULL: stays */
	const struct jn *sent; /* the fragment's value member */
};

const char *apply_attr_name(const struct apply *ap, const struct jn *member)
{
	const struct op *op = ap->op;

	if (op->attr != NULL && op->attr_name != NULL &&
		strlen(op->attr) == member->key_len &&
		memcmp(op->attr, member->key, member->key_len) == 0)
		return op->attr_name;
	return member->key;
}

int apply_attr_len(const struct apply *ap, const struct jn *member)
{
	const char *name = apply_attr_name(ap, member);

	return (int)(name == member->key ? member->key_len : strlen(name));
}

const struct jn *fragment_value(const struct jn *fragment, enum kind *kind)
{
	*kind = instance_kind(fragment);
	if (*kind != KINDS)
		return instance_value(fragment);
	jn_each (it, fragment) {
		for (int k = 0; k < KINDS; k++) {
			if (jn_key_is(it, kind_member[k])) {
				*kind = (enum kind)k;
				return it;
			}
		}
	}
	return NULL;
}

static bool value_is_null(enum kind kind, const struct jn *value)
{
	switch (kind) {
	case KIND_LANGUAGE_PROPERTY:
		return jn_is(value, JN_OBJECT) && value->count == 1 &&
			jn_key_is(value->child, "@none") && text_is_null(value->child);
	case KIND_LIST_PROPERTY:
	case KIND_LIST_RELATIONSHIP:
		return jn_is(value, JN_ARRAY) && value->count == 1 &&
			text_is_null(value->child);
	default:
		return false;
	}
}

bool fragment_is_null(const struct jn *fragment)
{
	enum kind kind;
	const struct jn *value = fragment_value(fragment, &kind);

	return text_is_null(value) || value_is_null(kind, value);
}

/* ---- kinds */

static bool is_uri(const struct jn *v)
{
	return jn_is(v, JN_STRING) && !v->escaped && iri_is_absolute(v->text, v->len);
}

static bool is_uris(const struct jn *v)
{
	if (!jn_is(v, JN_ARRAY))
		return false;
	jn_each (it, v) {
		if (!is_uri(it))
			return false;
	}
	return true;
}

static bool is_text(const struct jn *v)
{
	if (!jn_is(v, JN_ARRAY))
		return jn_is(v, JN_STRING);
	jn_each (it, v) {
		if (it->kind != JN_STRING)
			return false;
	}
	return true;
}

static int keeps_kind(const struct patch *p, const char *must)
{
	return err_set(p->ap->err, ERR_BAD_REQUEST_DATA,
		"attribute %.*s is a %s and stays one in a merge of a simplified body: "
		"%s",
		ATTR(p->ap, p->name), kind_type[p->was], must);
}

/* A value from a simplified body for the kind that is stored. */
static int read_simplified(struct patch *p)
{
	bool bare = p->becomes == KIND_PROPERTY;

	switch (p->was) {
	case KIND_PROPERTY:
		if (p->becomes != KIND_GEO_PROPERTY)
			return keeps_kind(p, "send its bare value");
		break;
	case KIND_GEO_PROPERTY:
		return keeps_kind(p, "send a GeoJSON geometry");
	case KIND_RELATIONSHIP:
		if (!bare || !(is_uri(p->value) || is_uris(p->value)))
			return keeps_kind(p, "send a URI or an array of URIs");
		break;
	case KIND_LIST_PROPERTY:
		if (!bare || !jn_is(p->value, JN_ARRAY))
			return keeps_kind(p, "send an array");
		break;
	case KIND_LIST_RELATIONSHIP:
		if (!bare || !is_uris(p->value))
			return keeps_kind(p, "send an array of URIs");
		break;
	case KIND_LANGUAGE_PROPERTY:
		return keeps_kind(
			p, "send {\"languageMap\": ...}, or a string with lang=");
	case KIND_VOCAB_PROPERTY:
		return keeps_kind(p, "send {\"vocab\": ...}");
	default:
		return keeps_kind(p, "send {\"json\": ...}");
	}
	p->becomes = p->was;
	return 0;
}

/* lang=fr and a string: the string is the value of that one tag (6.5.3.4). */
static void read_lang(struct patch *p)
{
	const char *lang = p->ap->op->lang;
	struct arena *a = p->ap->arena;
	struct jn *map = jn_object(a);
	size_t len = strlen(lang);

	jn_each (it, instance_value(p->old)) {
		if (it->key_len == len && strncasecmp(it->key, lang, len) == 0)
			lang = it->key; /* tags have no case (RFC 5646) */
	}
	jn_addn(map, lang, len, jn_share(a, p->value));
	p->value = map;
	p->becomes = p->was;
}

static int kind_of_merge(struct patch *p)
{
	if (p->value == NULL && p->becomes != KINDS && p->becomes != p->was)
		return err_set(p->ap->err, ERR_BAD_REQUEST_DATA,
			"attribute %.*s is a %s: to make it a %s, send its \"%s\" too",
			ATTR(p->ap, p->name), kind_type[p->was], kind_type[p->becomes],
			kind_member[p->becomes]);
	if (p->value == NULL)
		p->becomes = p->was;
	if (p->becomes == p->was)
		return 0;
	if (p->was == KIND_LANGUAGE_PROPERTY && p->becomes == KIND_PROPERTY &&
		p->ap->op->lang != NULL && is_text(p->value)) {
		read_lang(p);
		return 0;
	}
	return p->ap->op->simplified ? read_simplified(p) : 0;
}

static int other_kind(
	struct apply *ap, const struct jn *name, enum kind was, enum kind becomes)
{
	return err_set(ap->err, ERR_BAD_REQUEST_DATA,
		"attribute %.*s is a %s, and a partial update cannot make it a %s; use "
		"PUT",
		ATTR(ap, name), kind_type[was], kind_type[becomes]);
}

int apply_check_null(struct apply *ap, const struct jn *old, const struct jn *fragment,
	const struct jn *name)
{
	enum kind was = instance_kind(old), is = instance_kind(fragment);

	if (is == KINDS || is == was || (is == KIND_PROPERTY && was == KIND_GEO_PROPERTY))
		return 0;
	return other_kind(ap, name, was, is);
}

static int kind_of_partial(struct patch *p)
{
	bool typed = instance_kind(p->fragment) != KINDS;

	if (!typed && p->value != NULL && p->was == KIND_GEO_PROPERTY &&
		p->becomes == KIND_PROPERTY) {
		p->becomes = p->was;
		if (geometry_check(p->value, "/value", p->ap->err) < 0)
			return -1;
	}
	if (p->becomes == KINDS)
		p->becomes = p->was;
	if (p->becomes == p->was)
		return 0;
	return other_kind(p->ap, p->name, p->was, p->becomes);
}

/* ---- members */

static const struct jn *value_merge(
	const struct jn *old, const struct jn *fragment, struct arena *a)
{
	auto_draft d = {0};

	if (!jn_is(fragment, JN_OBJECT) || !jn_is(old, JN_OBJECT))
		return stamp_strip(fragment, a);
	draft_init(&d, old, fragment->count, a);
	jn_each (it, fragment) {
		struct jn *had = draft_get(&d, it->key, it->key_len);

		if (text_is_null(it))
			draft_drop(&d, had);
		else if (had != NULL)
			draft_set(had, value_merge(had, it, a));
		else
			draft_add(&d, it->key, it->key_len, stamp_strip(it, a));
	}
	return draft_end(&d);
}

static void put_value(const struct patch *p, struct draft *d)
{
	const char *member = kind_member[p->becomes];
	struct jn *node = draft_get(d, kind_member[p->was], strlen(kind_member[p->was]));
	bool deep = p->ap->op->kind == OP_MERGE;
	const struct jn *value = p->value;

	if (value == NULL || node == NULL)
		return;
	/* a geometry is one thing: merged into another it would be none */
	if (deep && p->becomes == p->was && p->was != KIND_GEO_PROPERTY)
		value = value_merge(node, value, p->ap->arena);
	else if (deep)
		value = stamp_strip(value, p->ap->arena);
	if (p->becomes != p->was) {
		draft_put(
			d, "type", 4, jn_string_ref(p->ap->arena, kind_type[p->becomes]));
		draft_drop(d, draft_get(d, "unitCode", 8));
		draft_drop(d, draft_get(d, "valueType", 9));
		draft_drop(d, draft_get(d, "objectType", 10));
		draft_rename(d, node, member, strlen(member));
	}
	draft_set(node, value);
}

static int put_patch(const struct patch *p, struct draft *d, unsigned depth)
{
	const struct op *op = p->ap->op;

	put_value(p, d);
	jn_each (it, p->fragment) {
		if (is_attribute(it)) {
			if (apply_attribute(p->ap, d, it, depth + 1) < 0)
				return -1;
		} else if (it == p->sent || jn_key_is(it, "type") ||
			jn_key_is(it, "datasetId")) {
			continue;
		} else if (text_is_null(it)) {
			draft_drop(d, draft_get(d, it->key, it->key_len));
		} else {
			draft_put(d, it->key, it->key_len, it);
		}
	}
	if (op->observed_at != NULL && depth == 0 &&
		draft_get(d, "observedAt", 10) != NULL &&
		jn_getn(p->fragment, "observedAt", 10) == NULL)
		draft_put(d, "observedAt", 10,
			jn_string_ref(p->ap->arena, op->observed_at));
	return 0;
}

int apply_patch(struct apply *ap, const struct jn *old, const struct jn *fragment,
	const struct jn *name, unsigned depth, struct jn **out)
{
	struct patch p = {.ap = ap, .old = old, .fragment = fragment, .name = name};
	auto_draft d = {0};

	p.was = instance_kind(old);
	p.value = p.sent = fragment_value(fragment, &p.becomes);
	if ((ap->op->kind == OP_MERGE ? kind_of_merge(&p) : kind_of_partial(&p)) < 0)
		return -1;
	draft_init(&d, old, fragment->count + 2, ap->arena);
	if (put_patch(&p, &d, depth) < 0)
		return -1;
	draft_touch(ap, &d);
	*out = draft_end(&d);
	return 0;
}
