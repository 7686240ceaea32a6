/* SPDX-License-Identifier: Apache-2.0 */
/* From IRIs back to names: what a compiled context looks up when it compacts. */
#include "context_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* JSON-LD's choice among several terms of one IRI: the shortest, then the least. */
static bool is_better(const struct term *a, const struct term *b)
{
	if (b == NULL || a->name_len != b->name_len)
		return b == NULL || a->name_len < b->name_len;
	return strcmp(a->name, b->name) < 0;
}

static int by_iri(const void *a, const void *b)
{
	const struct prefix *x = a, *y = b;
	int order = strcmp(x->term->iri, y->term->iri);

	return order != 0 ? order : strcmp(x->term->name, y->term->name);
}

static bool begins(const struct term *t, const struct term *with)
{
	return t->iri_len >= with->iri_len &&
		memcmp(t->iri, with->iri, with->iri_len) == 0;
}

static void sort_prefixes(struct context *ctx, size_t count)
{
	size_t n = 0;

	count += ctx->core != NULL ? (size_t)ctx->core->prefixes_len : 0;
	ctx->prefixes = arena_array(&ctx->arena, struct prefix, count);
	map_each(e, &ctx->terms)
	{
		const struct term *t = e->value;

		if (t->prefix)
			ctx->prefixes[n++].term = t;
	}
	for (int i = 0; ctx->core != NULL && i < ctx->core->prefixes_len; i++)
		ctx->prefixes[n++].term = ctx->core->prefixes[i].term;
	assert(n == count && n < INT32_MAX);
	qsort(ctx->prefixes, n, sizeof(*ctx->prefixes), by_iri);
	ctx->prefixes_len = (int)n;
	for (int i = 0, up; i < ctx->prefixes_len; i++) {
		for (up = i - 1; up >= 0; up = ctx->prefixes[up].parent) {
			if (begins(ctx->prefixes[i].term, ctx->prefixes[up].term))
				break;
		}
		ctx->prefixes[i].parent = up;
	}
}

void context_index(struct context *ctx)
{
	size_t prefixes = 0;

	map_reserve(&ctx->names, ctx->terms.count);
	map_each(e, &ctx->terms)
	{
		struct term *t = e->value;
		const struct term *other;

		if (t->iri == NULL || t->keyword)
			continue;
		prefixes += t->prefix;
		other = map_get(&ctx->names, t->iri, t->iri_len);
		if (other == NULL && ctx->core != NULL)
			other = map_get(&ctx->core->names, t->iri, t->iri_len);
		if (is_better(t, other))
			map_put(&ctx->names, t->iri, t->iri_len, t);
	}
	sort_prefixes(ctx, prefixes);
}
