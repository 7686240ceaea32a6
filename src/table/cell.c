/* SPDX-License-Identifier: Apache-2.0 */
#include <table/cell.h>

#include <base/arena.h>
#include <base/clock.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/render.h>

#include <string.h>

struct cell cell_text(const char *s, size_t len)
{
	return (struct cell){.kind = CELL_TEXT, .text = s, .len = len};
}

static struct cell cell_string(const struct jn *v, struct arena *a)
{
	struct cell c = {.kind = CELL_TEXT};

	c.text = jn_span(v, a, &c.len);
	if (clock_parse(c.text, c.len, &c.at))
		c.kind = CELL_TIME;
	return c;
}

/* One string, or several with `between`. */
static struct cell cell_list(const struct jn *v, const struct context *ctx,
	const char *between, struct arena *a)
{
	auto_strbuf sb = {0};
	const struct jn *first = v->kind == JN_ARRAY ? v->child : v;

	for (const struct jn *it = first; it != NULL;
		it = v->kind == JN_ARRAY ? it->next : NULL) {
		size_t len = 0;
		const char *text = jn_span(it, a, &len);

		if (text == NULL)
			continue;
		if (ctx != NULL)
			text = context_compact_span(ctx, text, len, a, &len);
		if (sb.len > 0)
			strbuf_adds(&sb, between);
		strbuf_add(&sb, text, len);
	}
	return cell_text(
		arena_strndup(a, sb.data != NULL ? sb.data : "", sb.len), sb.len);
}

static bool is_texts(const struct jn *v)
{
	jn_each (it, v)
		if (it->kind != JN_STRING)
			return false;
	return v->kind == JN_ARRAY && v->count > 0;
}

struct cell cell_json(const struct jn *v, struct arena *a)
{
	const char *text;

	if (v == NULL || v->kind == JN_NULL)
		return (struct cell){0};
	switch (v->kind) {
	case JN_NUMBER:
		return (struct cell){.kind = CELL_NUMBER, .text = v->text, .len = v->len};
	case JN_TRUE:
	case JN_FALSE:
		return (struct cell){.kind = CELL_BOOL, .truth = v->kind == JN_TRUE};
	case JN_STRING:
		return cell_string(v, a);
	default:
		if (is_texts(v))
			return cell_list(v, NULL, ", ", a);
		text = jn_text(v, a);
		return cell_text(text, strlen(text));
	}
}

struct cell cell_names(const struct jn *list, const struct context *ctx, struct arena *a)
{
	return list != NULL ? cell_list(list, ctx, " ", a) : (struct cell){0};
}

struct cell cell_value(const struct jn *instance, const struct context *ctx,
	const struct lang *lang, struct arena *a)
{
	const struct jn *value = instance_value(instance);

	if (value == NULL)
		return (struct cell){0};
	switch (instance_kind(instance)) {
	case KIND_RELATIONSHIP:
	case KIND_LIST_RELATIONSHIP:
		return cell_list(value, NULL, " ", a);
	case KIND_VOCAB_PROPERTY:
		return cell_list(value, ctx, " ", a);
	case KIND_LANGUAGE_PROPERTY:
		if (lang != NULL && lang_choose(lang, value) != NULL)
			return cell_list(lang_choose(lang, value), NULL, ", ", a);
		return cell_json(value, a);
	default:
		return cell_json(value, a);
	}
}

bool cell_point(const struct jn *instance, struct cell *longitude, struct cell *latitude)
{
	const struct jn *value = instance_value(instance);
	const struct jn *coordinates = jn_get(value, "coordinates");
	const struct jn *first = coordinates != NULL ? coordinates->child : NULL;

	if (instance_kind(instance) != KIND_GEO_PROPERTY ||
		!jn_str_is(jn_get(value, "type"), "Point") || !jn_is(first, JN_NUMBER) ||
		!jn_is(first->next, JN_NUMBER))
		return false;
	*longitude = cell_json(first, NULL);
	*latitude = cell_json(first->next, NULL);
	return true;
}
