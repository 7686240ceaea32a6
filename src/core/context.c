/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a compiled context: names to IRIs and back.  The user's map never holds a term
 * of the core (the core wins), so which map is asked first is a matter of speed only; an
 * IRI that both name is in the user's map where the user's name is the better one.
 *
 * Two liberties against JSON-LD, both harmless to its processors: a term is found again
 * whatever its type coercion or container (attributes are objects, which coercion does
 * not touch; C.6 would show the whole IRI), and a vocabulary suffix is not used where it
 * would be read as something else (it holds ':' or '/', or begins with '@').
 */
#include <core/context.h>

#include "context_priv.h"

#include <base/err.h>
#include <base/mem.h>

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct context *core_context;
static pthread_once_t core_once = PTHREAD_ONCE_INIT;

static struct context *context_alloc(const struct context *core, const json_t *value)
{
	struct context *ctx = mem_alloc(sizeof(*ctx));

	atomic_init(&ctx->refs, 1);
	ctx->core = core;
	ctx->value = json_deep_copy(value);
	return ctx;
}

static void core_make(void)
{
	struct err err = {0};
	json_t *url = json_string(CORE_CONTEXT_URL);

	core_context = context_alloc(NULL, url);
	json_decref(url);
	core_context->url = CORE_CONTEXT_URL;
	if (context_compile(core_context,
		    json_object_get(context_builtin_core(), "@context"), NULL, &err) < 0)
		abort(); /* it is compiled in: a test holds it */
	core_context->aliases = false;
}

struct context *context_core(void)
{
	pthread_once(&core_once, core_make);
	return context_ref(core_context);
}

/* The only URL of a value, the core's aside. */
static const char *single_url(const json_t *value)
{
	const char *url = NULL, *s;
	const json_t *item;
	size_t i;

	if (json_is_string(value))
		return json_string_value(value);
	if (!json_is_array(value))
		return NULL;
	json_array_foreach(value, i, item)
	{
		s = json_string_value(item);
		if (s == NULL)
			return NULL;
		if (context_is_core_url(s))
			continue;
		if (url != NULL)
			return NULL;
		url = s;
	}
	return url != NULL ? url : CORE_CONTEXT_URL;
}

struct context *context_new(
	const json_t *value, const struct context_loader *loader, struct err *err)
{
	struct context *core = context_core(), *ctx;

	assert(value != NULL && err != NULL);
	ctx = context_alloc(core, value);
	if (context_compile(ctx, value, loader, err) < 0) {
		context_unref(ctx);
		return NULL;
	}
	ctx->url = single_url(ctx->value);
	return ctx;
}

struct context *context_ref(struct context *ctx)
{
	assert(ctx != NULL);
	atomic_fetch_add_explicit(&ctx->refs, 1, memory_order_relaxed);
	return ctx;
}

void context_unref(struct context *ctx)
{
	if (ctx == NULL || atomic_fetch_sub(&ctx->refs, 1) != 1)
		return;
	json_decref(ctx->value);
	map_fini(&ctx->terms);
	map_fini(&ctx->names);
	arena_reset(&ctx->arena);
	context_unref((struct context *)ctx->core);
	free(ctx);
}

const json_t *context_value(const struct context *ctx)
{
	return ctx->value;
}

const char *context_url(const struct context *ctx)
{
	return ctx->url;
}

const struct term *context_term(const struct context *ctx, const char *name, size_t len)
{
	const struct term *t = map_get(&ctx->terms, name, len);

	if (t != NULL && t->iri != NULL)
		return t;
	if (ctx->core == NULL)
		return NULL;
	return map_get(&ctx->core->terms, name, len);
}

bool context_defines(const struct context *ctx, const char *term, size_t len)
{
	return context_term(ctx, term, len) != NULL;
}

enum coercion context_coercion(const struct context *ctx, const char *term, size_t len)
{
	const struct term *t = context_term(ctx, term, len);

	return t != NULL ? t->coercion : COERCION_NONE;
}

const char *context_alias(const struct context *ctx, const char *term, size_t len)
{
	const struct term *t;

	if (!ctx->aliases)
		return NULL;
	t = map_get(&ctx->terms, term, len);
	return t != NULL && t->keyword ? t->iri : NULL;
}

static const char *concat(const char *a, size_t a_len, const char *b, size_t b_len,
	struct arena *arena, size_t *len)
{
	char *s = arena_raw(arena, a_len + b_len + 1);

	memcpy(s, a, a_len);
	memcpy(s + a_len, b, b_len);
	s[a_len + b_len] = '\0';
	*len = a_len + b_len;
	return s;
}

/* prefix:suffix with a known prefix, else NULL. */
static const char *expand_prefix(const struct context *ctx, const char *name, size_t len,
	struct arena *a, size_t *out_len)
{
	const char *colon = memchr(name, ':', len);
	size_t before = (size_t)(colon - name);
	const struct term *t;

	if (colon == NULL || before == 0 ||
		(len - before > 2 && memcmp(colon, "://", 3) == 0))
		return NULL;
	t = context_term(ctx, name, before);
	if (t == NULL || !t->reads_prefix)
		return NULL;
	return concat(t->iri, t->iri_len, colon + 1, len - before - 1, a, out_len);
}

const char *context_expand_span(const struct context *ctx, const char *term, size_t len,
	struct arena *a, size_t *out_len)
{
	const struct term *t = context_term(ctx, term, len);
	const char *colon, *iri;

	if (t != NULL && !t->keyword) {
		*out_len = t->iri_len;
		return t->iri;
	}
	colon = memchr(term, ':', len);
	if (colon == NULL || colon == term)
		return concat(ctx->vocab, ctx->vocab_len, term, len, a, out_len);
	iri = expand_prefix(ctx, term, len, a, out_len);
	if (iri != NULL)
		return iri;
	*out_len = len;
	return term;
}

const char *context_expand(
	const struct context *ctx, const char *term, size_t len, struct arena *a)
{
	size_t out_len;
	const char *iri = context_expand_span(ctx, term, len, a, &out_len);

	return iri == term ? arena_strndup(a, iri, out_len) : iri;
}

const char *context_expand_id(
	const struct context *ctx, const char *value, size_t len, struct arena *a)
{
	size_t out_len;
	const char *iri = expand_prefix(ctx, value, len, a, &out_len);

	return iri != NULL ? iri : arena_strndup(a, value, len);
}

static int compare(const struct term *t, const char *s, size_t len)
{
	size_t n = t->iri_len < len ? t->iri_len : len;
	int order = memcmp(t->iri, s, n);

	return order != 0 ? order : (t->iri_len > len) - (t->iri_len < len);
}

/* The shortest prefix:suffix, of several the least. */
static const char *compact_prefix(const struct context *ctx, const char *iri, size_t len,
	struct arena *a, size_t *out_len)
{
	int low = 0, high = ctx->prefixes_len, at;
	char *best = NULL;

	while (low < high) {
		at = low + (high - low) / 2;
		if (compare(ctx->prefixes[at].term, iri, len) <= 0)
			low = at + 1;
		else
			high = at;
	}
	for (at = low - 1; at >= 0; at = ctx->prefixes[at].parent) {
		const struct term *t = ctx->prefixes[at].term;
		size_t n = t->name_len + 1 + len - t->iri_len;
		char *name;

		if (t->iri_len >= len || memcmp(t->iri, iri, t->iri_len) != 0 ||
			(len - t->iri_len > 1 &&
				memcmp(iri + t->iri_len, "//", 2) == 0) ||
			(best != NULL && n > *out_len))
			continue;
		name = arena_raw(a, n + 1);
		memcpy(name, t->name, t->name_len);
		name[t->name_len] = ':';
		memcpy(name + t->name_len + 1, iri + t->iri_len, len - t->iri_len);
		name[n] = '\0';
		if (context_defines(ctx, name, n) ||
			(best != NULL && n == *out_len && strcmp(name, best) > 0))
			continue;
		best = name;
		*out_len = n;
	}
	return best;
}

/* Is the rest of an IRI after @vocab read back as what it is? */
static bool suffix_is_safe(const struct context *ctx, const char *s, size_t len)
{
	return len > 0 && s[0] != '@' && memchr(s, ':', len) == NULL &&
		memchr(s, '/', len) == NULL && !context_defines(ctx, s, len);
}

const char *context_compact_span(const struct context *ctx, const char *iri, size_t len,
	struct arena *a, size_t *out_len)
{
	const struct term *t = map_get(&ctx->names, iri, len);
	const char *name;

	if (t == NULL && ctx->core != NULL)
		t = map_get(&ctx->core->names, iri, len);
	if (t != NULL) {
		*out_len = t->name_len;
		return t->name;
	}
	if (len > ctx->vocab_len && memcmp(iri, ctx->vocab, ctx->vocab_len) == 0 &&
		suffix_is_safe(ctx, iri + ctx->vocab_len, len - ctx->vocab_len)) {
		*out_len = len - ctx->vocab_len;
		return iri + ctx->vocab_len;
	}
	name = compact_prefix(ctx, iri, len, a, out_len);
	if (name != NULL)
		return name;
	*out_len = len;
	return iri;
}

const char *context_compact(
	const struct context *ctx, const char *iri, size_t len, struct arena *a)
{
	size_t out_len;
	const char *name = context_compact_span(ctx, iri, len, a, &out_len);

	/* a part of `iri`, or a text of its own with its end */
	if (name >= iri && name <= iri + len)
		return arena_strndup(a, name, out_len);
	return name;
}
