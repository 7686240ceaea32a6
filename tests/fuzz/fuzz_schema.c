/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Schema: the first line is a schema, the rest a value.  Whatever compiles gives one
 * verdict, told or untold, and can be put in words.
 */
#include <core/schema.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *cookie, const struct schema_fault *fault)
{
	auto_strbuf sb = {0};

	assert(fault->value != NULL && fault->pointer != NULL);
	schema_describe(fault->schema, &sb);
	++*(size_t *)cookie;
}

static void visit(void *cookie, const char *name, size_t len, const struct schema *s,
	const struct jn *source)
{
	auto_strbuf sb = {0};

	if (s == NULL)
		return;
	schema_describe(s, &sb);
	(void)schema_enum(s);
	(void)schema_items(s);
	(void)schema_takes(s, JN_STRING);
}

static void check(const struct schema *s, const char *text, size_t len, struct arena *a)
{
	struct jn *value = NULL;
	struct err err = {0};
	size_t faults = 0;
	bool valid;

	schema_members(s, visit, NULL);
	schema_required(s, visit, NULL);
	if (jn_parse(text, len, JN_LIMITS, a, &value, &err) < 0)
		return;
	valid = schema_valid(s, value, a);
	assert(schema_explain(s, value, a, count, &faults) == valid);
	assert((faults == 0) == valid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end = memchr(text, '\n', size);
	struct schema_set *set = schema_set_new();
	auto_arena a = {.cap = 64 << 20};
	struct err err = {0};
	const struct schema *s = NULL;
	size_t len = end != NULL ? (size_t)(end - text) : size;

	if (len < 2000 && schema_set_add(set, "a:b/c.json", text, len, &err) == 0)
		s = schema_compile(set, "a:b/c.json", &err);
	assert((s == NULL) == (err.kind != ERR_NONE) || len >= 2000);
	if (s != NULL && end != NULL)
		check(s, end + 1, size - len - 1, &a);
	schema_set_free(set);
	return 0;
}
