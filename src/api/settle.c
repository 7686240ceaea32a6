/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request that names no @context gets the default one, a compound of the city's models
 * (5.5.5).  An answer that uses none of its names says the core context instead: that is
 * all a client needs to read it, and what clients that know nothing of the city expect.
 */
#include "call.h"

#include <base/arena.h>
#include <core/context.h>
#include <core/entity.h>

#include <string.h>

struct names {
	const struct context *ctx, *core;
	struct arena *arena;
};

/* Does the name get shorter by the default context than by the core? */
static bool needs(const struct names *n, const char *iri, size_t len)
{
	size_t by_default, by_core;
	const char *a, *b;

	a = context_compact_span(n->ctx, iri, len, n->arena, &by_default);
	if (by_default == len)
		return false;
	b = context_compact_span(n->core, iri, len, n->arena, &by_core);
	return by_default < by_core ||
		(by_default == by_core && memcmp(a, b, by_core) != 0);
}

static bool value_needs(const struct names *n, const struct jn *value)
{
	if (jn_is(value, JN_STRING))
		return needs(n, value->text, value->len);
	if (jn_is(value, JN_ARRAY))
		jn_each (it, value)
			if (value_needs(n, it))
				return true;
	return false;
}

static bool members_need(const struct names *n, const struct jn *object)
{
	jn_each (it, object) {
		if (jn_key_is(it, "vocab") || jn_key_is(it, "objectType") ||
			jn_key_is(it, "valueType")) {
			if (value_needs(n, it))
				return true;
			continue;
		}
		if (!is_attribute(it))
			continue;
		if (needs(n, it->key, it->key_len))
			return true;
		each_instance(instance, it) if (members_need(n, instance)) return true;
	}
	return false;
}

static bool needs_default(struct call *call, const struct jn *entity)
{
	struct context *core = context_core();
	const struct names n = {call->ctx, core, &call->req->arena};
	bool yes = value_needs(&n, jn_get(entity, "type")) || members_need(&n, entity);

	context_unref(core);
	return yes;
}

void call_settle(struct call *call, const struct jn *const *entities, size_t len)
{
	if (!call->defaulted)
		return;
	for (size_t i = 0; i < len; i++)
		if (needs_default(call, entities[i]))
			return;
	context_unref(call->ctx);
	call->ctx = context_core();
}
