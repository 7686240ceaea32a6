/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entities: the first byte is the flags, the rest a body.  What is accepted obeys the
 * rules of core/entity.h, and is itself a body that expands to the same (but for instances
 * without value, which only their place tells from bare objects).
 */
#include <core/expand.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/iri.h>
#include <core/context.h>
#include <core/entity.h>

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct context *context(void)
{
	static struct context *ctx;
	struct err err = {0};
	json_t *value;

	if (ctx != NULL)
		return ctx;
	value = json_pack("[s,{s:s,s:s,s:s,s:{s:s,s:s},s:s}]", CONTEXT_DEFAULT_URL, "e",
		"http://e/", "a", "http://e/a", "b", "http://e/a", "l", "@id",
		"http://e/l", "@type", "@id", "i", "@id");
	ctx = context_new(value, NULL, &err);
	assert(ctx != NULL);
	json_decref(value);
	return ctx;
}

static void check_attribute(const struct jn *attribute)
{
	const struct jn *first = instance_first(attribute);

	assert(iri_is_absolute(attribute->key, attribute->key_len));
	assert(attribute->kind == JN_OBJECT ||
		(attribute->kind == JN_ARRAY && attribute->count > 1));
	each_instance(it, attribute)
	{
		enum kind kind = instance_kind(it);

		assert(it->kind == JN_OBJECT);
		assert(it == first || jn_get(it, "datasetId") != NULL);
		if (kind != KINDS)
			assert(jn_key_is(it->child, "type"));
		if (kind != KINDS && jn_get(it, kind_member[kind]) != NULL)
			assert(jn_key_is(it->child->next, kind_member[kind]));
		jn_each (m, it) {
			if (is_attribute(m))
				check_attribute(m);
		}
	}
}

static void check_entity(const struct jn *entity, unsigned flags)
{
	assert(!(flags & EXPAND_NEEDS_ID) || jn_key_is(entity->child, "id"));
	assert(!(flags & EXPAND_NEEDS_TYPE) || jn_get(entity, "type")->count > 0);
	jn_each (m, entity) {
		if (is_attribute(m))
			check_attribute(m);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena a = {.cap = 64 << 20};
	struct jn *body = NULL, *out = NULL, *again = NULL;
	struct err err = {0};
	unsigned flags;
	int rc;

	if (size == 0 || size > 1000 ||
		jn_parse((const char *)data + 1, size - 1, JN_LIMITS, &a, &body, &err) <
			0)
		return 0;
	flags = data[0] & 127;
	rc = entity_expand(body, context(), flags, &a, &out, &err);
	assert((rc == 0) == (out != NULL));
	assert((rc == 0) == (err.kind == ERR_NONE));
	if (rc == 0)
		check_entity(out, flags);
	if (rc == 0 && !(flags & (EXPAND_PARTIAL | EXPAND_NULL_NESTED))) {
		struct context *core = context_core();
		char *text = jn_text(out, &a);

		rc = jn_parse(text, strlen(text), JN_LIMITS, &a, &body, &err);
		assert(rc == 0);
		rc = entity_expand(body, core, flags & ~(unsigned)EXPAND_SIMPLIFIED, &a,
			&again, &err);
		assert(rc == 0 && jn_equal(out, again));
		context_unref(core);
	}
	err_clear(&err);
	out = NULL;
	rc = attribute_expand(body, "http://e/a", context(), flags, &a, &out, &err);
	assert((rc == 0) == (out != NULL));
	assert((rc == 0) == (err.kind == ERR_NONE));
	return 0;
}
