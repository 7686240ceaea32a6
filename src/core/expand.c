/* SPDX-License-Identifier: Apache-2.0 */
/* Entities and fragments of entities (5.2.4): id, type, scope, expiresAt, attributes. */
#include "expand_priv.h"

#include <base/err.h>
#include <base/iri.h>
#include <core/scope_q.h>

#include <assert.h>
#include <string.h>

static int put_id(const struct expander *x, const struct jn *id, struct jn *entity)
{
	struct at at;
	struct jn *node = NULL;

	if (id == NULL) {
		if (x->flags & EXPAND_NEEDS_ID)
			return expand_fail(
				x, NULL, "an entity needs an \"id\", which is a URI");
		return 0;
	}
	at = at_member(NULL, id);
	if (text_is_null(id))
		return expand_fail(x, &at, "the id cannot be deleted");
	if (expand_uri(x, &at, id, &node) < 0)
		return -1;
	jn_addn(entity, "id", 2, node);
	return 0;
}

static int put_type(const struct expander *x, const struct at *at, const struct jn *v,
	struct seen *seen, struct jn *types)
{
	const char *name, *iri;
	size_t len, iri_len;

	name = jn_span(v, x->a, &len);
	if (name == NULL)
		return expand_fail(x, at, "must be a name or a URI");
	if (text_is_null(v))
		return expand_fail(x, at, "a type cannot be removed (4.16)");
	if (!expand_name_is_legal(x, name, len))
		return expand_fail(x, at,
			"not a legal type name: a letter, then letters, digits or '_' "
			"(4.6.2), a term of the @context, or a URI");
	if (expand_is_keyword(x->ctx, name, len))
		return expand_fail(
			x, at, "stands for a JSON-LD keyword, so it is no name");
	iri = context_expand_span(x->ctx, name, len, x->a, &iri_len);
	if (iri == name && !iri_is_absolute(iri, iri_len))
		return expand_fail(x, at, "the @context does not define the prefix");
	if (!expand_seen_text(seen, types, iri, iri_len))
		jn_append(types, expand_plain(x->a, iri, iri_len));
	return 0;
}

static int put_types(const struct expander *x, const struct jn *type, struct jn *entity)
{
	auto_seen seen = {0};
	struct jn *types;
	struct at at;
	size_t i = 0;

	if (type == NULL) {
		if (x->flags & EXPAND_NEEDS_TYPE)
			return expand_fail(x, NULL, "an entity needs a \"type\"");
		return 0;
	}
	at = at_member(NULL, type);
	types = jn_array(x->a);
	if (type->kind != JN_ARRAY && put_type(x, &at, type, &seen, types) < 0)
		return -1;
	if (type->kind == JN_ARRAY && type->count == 0)
		return expand_fail(x, &at, "must not be empty");
	jn_each (it, type->kind == JN_ARRAY ? type : NULL) {
		struct at here = {&at, NULL, i++};

		if (put_type(x, &here, it, &seen, types) < 0)
			return -1;
	}
	jn_addn(entity, "type", 4, types);
	return 0;
}

static int put_one_scope(const struct expander *x, const struct at *at,
	const struct jn *v, struct seen *seen, struct jn *scopes)
{
	const char *text, *scope;
	size_t len;

	text = jn_span(v, x->a, &len);
	scope = text != NULL ? scope_normalize(text, len, x->a) : NULL;
	if (scope == NULL)
		return expand_fail(x, at,
			"must be a scope such as /Marseille/Vieux_Port: levels "
			"of a letter and letters, digits or '_' (4.18)");
	len = strlen(scope);
	if (!expand_seen_text(seen, scopes, scope, len))
		jn_append(scopes, expand_plain(x->a, scope, len));
	return 0;
}

int expand_scope(const struct expander *x, const struct at *at, const struct jn *scope,
	struct jn **out)
{
	struct jn *scopes = jn_array(x->a);
	auto_seen seen = {0};
	size_t i = 0;

	if (scope->kind == JN_NULL) {
		(void)expand_json_null(x, at);
		return -1;
	}
	if (text_is_null(scope)) {
		if (expand_null(x, at) < 0)
			return -1;
		jn_append(scopes, jn_share(x->a, scope));
	} else if (scope->kind == JN_ARRAY) {
		jn_each (it, scope) {
			struct at here = {at, NULL, i++};

			if (put_one_scope(x, &here, it, &seen, scopes) < 0)
				return -1;
		}
	} else if (put_one_scope(x, at, scope, &seen, scopes) < 0) {
		return -1;
	}
	*out = scopes;
	return 0;
}

static int put_scope(const struct expander *x, const struct jn *scope, struct jn *entity)
{
	struct at at = at_member(NULL, scope);
	struct jn *scopes = NULL;

	if (x->flags & EXPAND_TEMPORAL) {
		if (expand_scopes(x, &at, scope, &scopes) < 0)
			return -1;
		jn_addn(entity, SCOPE_IRI, strlen(SCOPE_IRI), scopes);
		return 0;
	}
	if (expand_scope(x, &at, scope, &scopes) < 0)
		return -1;
	if (scopes->count > 0)
		jn_addn(entity, "scope", 5, scopes);
	return 0;
}

static int put_attribute(const struct expander *x, const struct at *at,
	const struct jn *m, struct seen *seen, struct jn *entity)
{
	struct jn *attribute = NULL;
	struct name name;

	if (expand_name(x, at, m, 0, &name) < 0)
		return -1;
	if (x->flags & EXPAND_SIMPLIFIED
			? expand_simplified(x, at, m, &name, &attribute) < 0
			: expand_attribute(x, at, m, &name, 0, &attribute) < 0)
		return -1;
	if (expand_seen_key(seen, entity, name.iri, name.len))
		return expand_fail(x, at, "means the same as another member here");
	jn_addn(entity, name.iri, name.len, attribute);
	return 0;
}

static int put_member(const struct expander *x, const struct jn *m, struct seen *seen,
	struct jn *entity)
{
	struct at at = at_member(NULL, m);
	struct jn *node = NULL;

	switch (expand_member(x, m)) {
	case M_STAMP:
		return 0; /* read-only: ignored (5.2.2) */
	case M_CONTEXT:
		if (x->flags & EXPAND_CONTEXT_MEMBER)
			return 0;
		return expand_fail(x, &at,
			"not with Content-Type application/json; send "
			"application/ld+json, or a Link header (6.3.5)");
	case M_SCOPE:
		return put_scope(x, m, entity);
	case M_EXPIRES_AT:
		if (expand_time(x, &at, m, &node) < 0)
			return -1;
		jn_addn(entity, "expiresAt", 9, node);
		return 0;
	default:
		return put_attribute(x, &at, m, seen, entity);
	}
}

/* id and type; the first of each counts, a second is refused by the caller. */
static void find_head(const struct expander *x, const struct jn *body,
	const struct jn **id, const struct jn **type)
{
	jn_each (m, body) {
		enum member member = expand_member(x, m);

		if (member == M_ID && *id == NULL)
			*id = m;
		else if (member == M_TYPE && *type == NULL)
			*type = m;
		if (*id != NULL && *type != NULL)
			return;
	}
}

int entity_expand(const struct jn *body, const struct context *ctx, unsigned flags,
	struct arena *a, struct jn **out, struct err *err)
{
	const struct expander x = {ctx, flags, a, err};
	const struct jn *id = NULL, *type = NULL;
	auto_seen seen = {0};
	struct jn *entity;

	assert(body != NULL && ctx != NULL && out != NULL);
	if (body->kind != JN_OBJECT)
		return expand_fail(&x, NULL, "must be an entity, a JSON object");
	find_head(&x, body, &id, &type);
	entity = jn_object(a);
	if (put_id(&x, id, entity) < 0 || put_types(&x, type, entity) < 0)
		return -1;
	jn_each (m, body) {
		enum member member;

		if (m == id || m == type)
			continue;
		member = expand_member(&x, m);
		if (member == M_ID || member == M_TYPE) {
			struct at at = at_member(NULL, m);

			return expand_fail(&x, &at, "is there twice");
		}
		if (put_member(&x, m, &seen, entity) < 0)
			return -1;
	}
	*out = entity;
	return 0;
}

int attribute_expand(const struct jn *body, const char *iri, const struct context *ctx,
	unsigned flags, struct arena *a, struct jn **out, struct err *err)
{
	const struct expander x = {ctx, flags, a, err};
	struct jn *attribute = NULL;
	struct name name;

	assert(body != NULL && iri != NULL && ctx != NULL && out != NULL);
	expand_known_name(iri, strlen(iri), &name);
	if ((flags & EXPAND_TEMPORAL) && strcmp(iri, SCOPE_IRI) == 0)
		return expand_scopes(&x, NULL, body, out);
	if (expand_instances(&x, NULL, body, &name, 0, &attribute) < 0)
		return -1;
	*out = attribute;
	return 0;
}
