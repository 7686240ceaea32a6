/* SPDX-License-Identifier: Apache-2.0 */
/*
 * @contexts: any JSON as the value, and as the document behind every URL that it names.
 * Every string in it is then a name and an IRI, and what a context makes of an IRI it must
 * read back as that IRI.
 */
#include <core/context.h>

#include <base/arena.h>
#include <base/err.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int load(void *self, const char *url, json_t **out, struct err *err)
{
	if (url[strlen(url) - 1] == '0')
		return err_set(err, ERR_CONTEXT_NOT_AVAILABLE, "%s: not here", url);
	*out = json_pack("{s:O}", "@context", (json_t *)self);
	assert(*out != NULL);
	return 0;
}

static void check_text(const struct context *ctx, const char *s, struct arena *a)
{
	size_t len = strlen(s);
	const char *iri = context_expand(ctx, s, len, a), *name;

	assert(strchr(iri, ':') != NULL);
	name = context_compact(ctx, iri, strlen(iri), a);
	/* an IRI that no name stands for may look like a name (JSON-LD 1.1, 5.2.3) */
	if (strcmp(name, iri) != 0)
		assert(strcmp(context_expand(ctx, name, strlen(name), a), iri) == 0);
	(void)context_expand_id(ctx, s, len, a);
	(void)context_alias(ctx, s, len);
	assert(context_coercion(ctx, s, len) == COERCION_NONE ||
		context_defines(ctx, s, len));
}

static void check_texts(const struct context *ctx, const json_t *value, struct arena *a)
{
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_string(value))
		check_text(ctx, json_string_value(value), a);
	json_array_foreach(value, i, item) check_texts(ctx, item, a);
	json_object_foreach((json_t *)value, key, item)
	{
		check_text(ctx, key, a);
		check_texts(ctx, item, a);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *value = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);
	struct context_loader loader = {load, value};
	auto_arena a = {.cap = 64 << 20};
	struct err err = {0};
	struct context *ctx;

	if (value == NULL)
		return 0;
	ctx = context_new(value, &loader, &err);
	assert((ctx != NULL) == (err.kind == ERR_NONE));
	if (ctx != NULL)
		check_texts(ctx, value, &a);
	context_unref(ctx);
	json_decref(value);
	return 0;
}
