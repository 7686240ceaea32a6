/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names inside a subscription: short where clients see them, IRIs in what is stored.
 * q keeps its text; what its names mean is stored beside it as a small @context.
 */
#include "subscription_priv.h"

#include <base/arena.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/expand.h>

#include <string.h>

/* A name that no @context has: what comes before it once expanded is @vocab. */
#define NOBODY "n0b0dy"

/* Where names stand: member, in which object, and how they are separated. */
static const struct place {
	const char *object; /* NULL: the subscription itself */
	const char *member, *breaks;
} places[] = {
	{NULL, "watchedAttributes", ""},
	{NULL, "expandValues", ","},
	{NULL, "jsonKeys", ","},
	{"geoQ", "geoproperty", ""},
	{"notification", "attributes", PICK_BREAKS},
	{"notification", "pick", PICK_BREAKS},
	{"notification", "omit", PICK_BREAKS},
	{"entities", "type", TYPE_BREAKS},
};

static const struct place *find_place(const char *object, const char *member)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const struct place *p = &places[i];
		bool here = object == NULL
			? p->object == NULL
			: p->object != NULL && strcmp(p->object, object) == 0;

		if (here && strcmp(member, p->member) == 0)
			return p;
	}
	return NULL;
}

static struct jn *map_object(const struct jn *v, const char *object,
	const struct context *ctx, name_fn fn, struct arena *a)
{
	struct jn *out = jn_object(a);

	jn_each (it, v) {
		const char *name = members_name(it, a);
		const struct place *p = find_place(object, name);

		jn_set(out, name,
			p != NULL ? names_in(it, p->breaks, ctx, fn, a)
				  : jn_share(a, it));
	}
	return out;
}

static struct jn *map_member(
	const struct jn *it, const struct context *ctx, name_fn fn, struct arena *a)
{
	static const char *const objects[] = {"geoQ", "notification", "entities"};
	struct jn *list;

	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		if (!jn_key_is(it, objects[i]))
			continue;
		if (jn_is(it, JN_OBJECT))
			return map_object(it, objects[i], ctx, fn, a);
		if (!jn_is(it, JN_ARRAY))
			break;
		list = jn_array(a);
		jn_each (item, it)
			jn_append(list,
				jn_is(item, JN_OBJECT)
					? map_object(item, objects[i], ctx, fn, a)
					: jn_share(a, item));
		return list;
	}
	return jn_share(a, it);
}

struct jn *names_map(
	const struct jn *doc, const struct context *ctx, name_fn fn, struct arena *a)
{
	struct jn *out = jn_object(a);

	jn_each (it, doc) {
		const struct place *p = find_place(NULL, members_name(it, a));

		jn_addn(out, it->key, it->key_len,
			p != NULL ? names_in(it, p->breaks, ctx, fn, a)
				  : map_member(it, ctx, fn, a));
	}
	return out;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '_' || c == '-' ||
		(unsigned char)c >= 0x80;
}

struct terms {
	const struct context *ctx;
	struct context *core;
	const char *vocab; /* of ctx */
	struct jn *out;
	struct arena *a;
};

static void add_prefix(struct terms *t, const char *name, size_t len)
{
	const char *key = arena_strndup(t->a, name, len);
	const char *probe = arena_printf(t->a, "%s:" NOBODY, key);
	const char *iri = context_expand(t->ctx, probe, strlen(probe), t->a);
	struct jn *definition;

	if (strcmp(iri, probe) == 0 || jn_get(t->out, key) != NULL)
		return;
	definition = jn_object(t->a);
	jn_add(definition, "@id",
		jn_stringn(t->a, iri, strlen(iri) - (sizeof(NOBODY) - 1)));
	jn_add(definition, "@prefix", jn_bool(t->a, true));
	jn_add(t->out, key, definition);
}

static void add_term(struct terms *t, const char *name, size_t len)
{
	const char *key = arena_strndup(t->a, name, len);
	const char *iri = context_expand(t->ctx, name, len, t->a);
	size_t vocab = strlen(t->vocab);

	if (strcmp(iri, context_expand(t->core, name, len, t->a)) == 0 ||
		(strncmp(iri, t->vocab, vocab) == 0 && strcmp(iri + vocab, key) == 0) ||
		jn_get(t->out, key) != NULL)
		return;
	jn_add(t->out, key, jn_string(t->a, iri));
}

static void set_vocab(struct terms *t)
{
	const char *iri = context_expand(t->ctx, NOBODY, sizeof(NOBODY) - 1, t->a);
	size_t len = strlen(iri), tail = sizeof(NOBODY) - 1;

	t->vocab = len > tail ? arena_strndup(t->a, iri, len - tail) : "";
	if (strcmp(t->vocab, DEFAULT_CONTEXT_VOCAB) != 0 && len > tail)
		jn_add(t->out, "@vocab", jn_string(t->a, t->vocab));
}

struct jn *names_terms(const char *text, const struct context *ctx, struct arena *a)
{
	struct terms t = {
		.ctx = ctx, .core = context_core(), .out = jn_object(a), .a = a};

	set_vocab(&t);
	while (*text != '\0') {
		const char *end = text;

		while (is_name_char(*end))
			end++;
		if (end > text && *end == ':')
			add_prefix(&t, text, (size_t)(end - text));
		else if (end > text)
			add_term(&t, text, (size_t)(end - text));
		text = end + (*end != '\0');
	}
	context_unref(t.core);
	return t.out->count > 0 ? t.out : NULL;
}
