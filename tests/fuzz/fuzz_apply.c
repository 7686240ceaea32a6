/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any operation with any fragment on any entity leaves a document that keeps the rules of
 * core/entity.h, and both inputs as they were.  The input is one byte for the operation,
 * the entity, a newline, the body; both as clients send them.
 */
#include <core/apply.h>
#include <core/expand.h>

#include <base/arena.h>
#include <base/err.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/project.h>

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ATTR DEFAULT_CONTEXT_VOCAB "a"

static void check_attribute(const struct jn *attribute);

static void check_instance(const struct jn *instance)
{
	enum kind kind = instance_kind(instance);

	assert(kind != KINDS && jn_key_is(instance->child, "type"));
	assert(jn_key_is(instance->child->next, kind_member[kind]));
	assert(!instance_is_null(instance));
	assert(jn_is(jn_get(instance, "createdAt"), JN_STRING));
	assert(jn_is(jn_get(instance, "modifiedAt"), JN_STRING));
	assert(!text_is_null(jn_get(instance, "observedAt")));
	assert(!text_is_null(jn_get(instance, "unitCode")));
	jn_each (it, instance) {
		if (is_attribute(it))
			check_attribute(it);
	}
}

static void check_attribute(const struct jn *attribute)
{
	size_t n = 0;

	assert(attribute->kind == JN_OBJECT || attribute->count > 1);
	each_instance(it, attribute)
	{
		const struct jn *id = jn_get(it, "datasetId");

		assert(id != NULL || n == 0);
		assert(instance_find(attribute, id != NULL ? id->text : NULL,
			       id != NULL ? id->len : 0) == it);
		check_instance(it);
		n++;
	}
	assert(attribute->kind == JN_OBJECT || attribute->count == n);
}

static void check_entity(const struct jn *entity)
{
	size_t n = 0;

	assert(jn_key_is(entity->child, "id") && jn_key_is(entity->child->next, "type"));
	assert(entity->child->next->kind == JN_ARRAY && entity->child->next->count > 0);
	assert(jn_get(entity, "createdAt") != NULL &&
		jn_get(entity, "modifiedAt") != NULL);
	jn_each (it, entity) {
		if (is_attribute(it))
			check_attribute(it);
		if (jn_key_is(it, "scope"))
			assert(it->kind == JN_ARRAY && it->count > 0 &&
				!text_is_null(it->child));
		n++;
	}
	assert(n == entity->count);
}

static struct jn *parse(const char *text, size_t len, struct arena *a)
{
	struct jn *v = NULL;
	struct err err = {0};

	return jn_parse(text, len, JN_LIMITS, a, &v, &err) < 0 ? NULL : v;
}

static unsigned flags_of(const struct op *op)
{
	switch (op->kind) {
	case OP_CREATE:
	case OP_REPLACE:
	case OP_UPSERT_REPLACE:
		return EXPAND_NEEDS_TYPE;
	case OP_MERGE:
		return EXPAND_NULL | EXPAND_NULL_NESTED |
			(op->simplified ? EXPAND_SIMPLIFIED : 0);
	case OP_UPDATE:
	case OP_UPSERT_UPDATE:
		return EXPAND_NULL;
	case OP_PARTIAL:
		return EXPAND_NULL | EXPAND_PARTIAL;
	default:
		return 0;
	}
}

static const struct jn *expand(const struct op *op, const struct jn *body,
	const struct context *ctx, struct arena *a)
{
	struct jn *doc = NULL;
	struct err err = {0};
	int rc;

	if (op->kind == OP_PARTIAL || op->kind == OP_REPLACE_ATTR)
		rc = attribute_expand(body, op->attr, ctx, flags_of(op), a, &doc, &err);
	else
		rc = entity_expand(body, ctx, flags_of(op), a, &doc, &err);
	return rc < 0 ? NULL : doc;
}

static const struct jn *run(struct op *op, const struct jn *entity, const struct jn *body,
	const struct context *ctx, struct arena *a)
{
	struct outcome out = {0};
	struct err err = {0};
	char *entity_was = entity != NULL ? jn_text(entity, a) : NULL, *doc_was = NULL;
	int rc;

	op->doc = body != NULL ? expand(op, body, ctx, a) : NULL;
	if (op->doc != NULL)
		doc_was = jn_text(op->doc, a);
	else if (op->kind != OP_DELETE && op->kind != OP_DELETE_ATTR &&
		op->kind < OP_KEEP)
		return entity;
	rc = apply(op, entity, a, &out, &err);
	assert((rc == 0) == (err.kind == ERR_NONE));
	assert(entity == NULL || strcmp(jn_text(entity, a), entity_was) == 0);
	assert(op->doc == NULL || strcmp(jn_text(op->doc, a), doc_was) == 0);
	if (rc < 0)
		return entity;
	if (out.entity != NULL)
		check_entity(out.entity);
	else
		assert(op->kind == OP_DELETE);
	assert(out.touched || out.changes == NULL);
	return out.entity;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pick_item item = {ATTR, sizeof(ATTR) - 1, NULL};
	static const struct pick_list names = {&item, 1};
	auto_arena a = {.cap = 64 << 20};
	struct context *ctx = context_core();
	const char *text = (const char *)data + 1, *end = (const char *)data + size,
		   *line;
	struct op op = {.kind = OP_CREATE, .id = "urn:x", .now = 1};
	const struct jn *entity, *body;

	line = size > 1 ? memchr(text, '\n', size - 1) : NULL;
	if (line == NULL || size > 10000) {
		context_unref(ctx);
		return 0;
	}
	body = parse(text, (size_t)(line - text), &a);
	entity = body != NULL ? run(&op, NULL, body, ctx, &a) : NULL;
	op = (struct op){.kind = (enum op_kind)(data[0] % (OP_DROP + 1)),
		.id = "urn:x",
		.attr = ATTR,
		.dataset_id = data[0] & 16 ? "urn:d" : NULL,
		.delete_all = data[0] & 32,
		.no_overwrite = data[0] & 32,
		.simplified = data[0] & 64,
		.lang = data[0] & 128 ? "fr" : NULL,
		.observed_at = data[0] & 128 ? "2025-01-01T00:00:00Z" : NULL,
		.names = &names,
		.now = 2000000};
	(void)run(&op, entity, parse(line + 1, (size_t)(end - line - 1), &a), ctx, &a);
	context_unref(ctx);
	return 0;
}
