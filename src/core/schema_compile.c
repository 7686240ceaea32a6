/* SPDX-License-Identifier: Apache-2.0 */
/* Keywords to compiled schemas. */
#include "schema_priv.h"

#include <base/err.h>
#include <core/pattern.h>

#include <string.h>

#define MAX_DEPTH  100 /* of schemas in schemas */
#define MAX_COST   20000 /* schemas that one value may meet */
#define ID_PATTERN "^[\\w\\-\\.\\{\\}\\$\\+\\*\\[\\]`|~^@!,:\\\\]+$"

static unsigned type_bit(const struct jn *name)
{
	static const struct {
		const char *name;
		unsigned bits;
	} types[] = {
		{"null", TYPE_BIT(JN_NULL)},
		{"boolean", TYPE_BIT(JN_FALSE) | TYPE_BIT(JN_TRUE)},
		{"number", TYPE_BIT(JN_NUMBER)},
		{"integer", TYPE_INTEGER},
		{"string", TYPE_BIT(JN_STRING)},
		{"array", TYPE_BIT(JN_ARRAY)},
		{"object", TYPE_BIT(JN_OBJECT)},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (jn_str_is(name, types[i].name))
			return types[i].bits;
	return 0;
}

static int compile_type(const struct place *at, const struct jn *v, struct schema *s)
{
	s->types = type_bit(v);
	if (jn_is(v, JN_ARRAY) && v->count > 0)
		jn_each (it, v) {
			if (type_bit(it) == 0)
				return schema_fail(
					at, "type", "holds a type that is none");
			s->types |= type_bit(it);
		}
	if (s->types != 0)
		return 0;
	return schema_fail(at, "type",
		"must be null, boolean, number, integer, string, array, object, or a "
		"list of these");
}

/* A schema inside this one. */
static int compile_inner(
	const struct place *at, const char *key, const struct jn *v, struct schema **out)
{
	struct place there = *at;

	there.pointer = arena_printf(&at->set->arena, "%s/%s", at->pointer, key);
	there.depth++;
	*out = NULL;
	return schema_compile_place(&there, v, out);
}

static int compile_list(const struct place *at, const struct jn *v, const char *key,
	struct schema *s, struct schema_list *list)
{
	struct arena *a = &at->set->arena;

	if (!jn_is(v, JN_ARRAY) || v->count == 0)
		return schema_fail(at, key, "must be a list of schemas");
	list->items = arena_array(a, const struct schema *, v->count);
	jn_each (it, v) {
		struct schema *inner;

		if (compile_inner(at, arena_printf(a, "%s/%zu", key, list->len), it,
			    &inner) < 0)
			return -1;
		list->items[list->len++] = inner;
		s->cost += inner->cost;
	}
	return 0;
}

static int compile_properties(
	const struct place *at, const struct jn *v, struct schema *s)
{
	struct arena *a = &at->set->arena;
	unsigned most = 0;

	if (!jn_is(v, JN_OBJECT))
		return schema_fail(at, "properties", "must be an object");
	jn_each (it, v) {
		struct schema *inner;

		if (compile_inner(at,
			    arena_printf(a, "properties/%.*s", (int)it->key_len, it->key),
			    it, &inner) < 0)
			return -1;
		map_put(&s->members, it->key, it->key_len, inner);
		most = inner->cost > most ? inner->cost : most;
	}
	s->cost += most;
	return 0;
}

static int compile_required(const struct place *at, const struct jn *v, struct schema *s)
{
	struct arena *a = &at->set->arena;

	if (!jn_is(v, JN_ARRAY))
		return schema_fail(at, "required", "must be a list of names");
	s->required = arena_array(a, struct schema_name, v->count + 1);
	jn_each (it, v) {
		struct schema_name *name = &s->required[s->required_len++];

		name->text = jn_span(it, a, &name->len);
		if (name->text == NULL)
			return schema_fail(at, "required", "must be a list of names");
	}
	return 0;
}

static int compile_pattern(const struct place *at, const struct jn *v, struct schema *s)
{
	struct arena *a = &at->set->arena;
	struct pattern *pattern = NULL;
	const char *text;
	size_t len;

	if (!jn_is(v, JN_STRING))
		return schema_fail(at, "pattern", "must be a string");
	if (jn_str_is(v, ID_PATTERN)) {
		s->entity_id = true;
		return 0;
	}
	text = jn_span(v, a, &len);
	if (pattern_parse(text, len, "pattern", 0, a, &pattern, at->err) < 0)
		return err_wrap(at->err, "%.100s#%.60s", at->url, at->pointer);
	s->pattern = pattern;
	return 0;
}

static int read_count(
	const struct place *at, const char *key, const struct jn *v, uint32_t *out)
{
	double d = jn_number(v);

	if (!jn_is(v, JN_NUMBER) || d < 0 || d > UINT32_MAX || d != (double)(uint32_t)d)
		return schema_fail(at, key, "must be a whole number from 0");
	*out = (uint32_t)d;
	return 0;
}

static int read_bound(const struct place *at, const char *key, const struct jn *v,
	bool *has, double *out)
{
	if (!jn_is(v, JN_NUMBER))
		return schema_fail(at, key, "must be a number");
	*has = true;
	*out = jn_number(v);
	return 0;
}

/* Keywords that hold one value of the kind `count`, `bound` …; 1: it is none of them. */
static int compile_limit(
	const struct place *at, const char *key, const struct jn *v, struct schema *s)
{
	const struct {
		const char *key;
		uint32_t *out;
	} counts[] = {
		{"minLength", &s->min_length},
		{"maxLength", &s->max_length},
		{"minItems", &s->min_items},
		{"maxItems", &s->max_items},
		{"minProperties", &s->min_members},
		{"maxProperties", &s->max_members},
	};
	bool has = false;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (strcmp(counts[i].key, key) == 0)
			return read_count(at, key, v, counts[i].out);
	if (strcmp(key, "minimum") == 0)
		return read_bound(at, key, v, &s->has_minimum, &s->minimum);
	if (strcmp(key, "maximum") == 0)
		return read_bound(at, key, v, &s->has_maximum, &s->maximum);
	if (strcmp(key, "exclusiveMinimum") == 0) {
		s->above = true;
		return read_bound(at, key, v, &s->has_minimum, &s->minimum);
	}
	if (strcmp(key, "exclusiveMaximum") == 0) {
		s->below = true;
		return read_bound(at, key, v, &s->has_maximum, &s->maximum);
	}
	if (strcmp(key, "multipleOf") != 0)
		return 1;
	if (read_bound(at, key, v, &has, &s->multiple) < 0)
		return -1;
	return s->multiple > 0 ? 0 : schema_fail(at, key, "must be greater than 0");
}

static bool is_unsupported(const char *key)
{
	static const char *const names[] = {"patternProperties", "propertyNames", "if",
		"then", "else", "dependencies", "dependentRequired", "dependentSchemas",
		"contains", "minContains", "maxContains", "prefixItems",
		"additionalItems", "unevaluatedItems", "unevaluatedProperties",
		"$dynamicRef", "$recursiveRef", NULL};

	for (size_t i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], key) == 0)
			return true;
	return false;
}

static int compile_one(const struct place *at, const char *key, const struct jn *v,
	struct schema *s, const struct schema **slot)
{
	struct schema *inner;

	if (compile_inner(at, key, v, &inner) < 0)
		return -1;
	*slot = inner;
	s->cost += inner->cost;
	return 0;
}

static int compile_keyword(
	const struct place *at, const char *key, const struct jn *v, struct schema *s)
{
	int rc = compile_limit(at, key, v, s);

	if (rc <= 0)
		return rc;
	if (strcmp(key, "type") == 0)
		return compile_type(at, v, s);
	if (strcmp(key, "properties") == 0)
		return compile_properties(at, v, s);
	if (strcmp(key, "required") == 0)
		return compile_required(at, v, s);
	if (strcmp(key, "pattern") == 0)
		return compile_pattern(at, v, s);
	if (strcmp(key, "items") == 0)
		return compile_one(at, key, v, s, &s->items);
	if (strcmp(key, "additionalProperties") == 0)
		return compile_one(at, key, v, s, &s->additional);
	if (strcmp(key, "not") == 0)
		return compile_one(at, key, v, s, &s->negated);
	if (strcmp(key, "allOf") == 0)
		return compile_list(at, v, key, s, &s->all);
	if (strcmp(key, "anyOf") == 0)
		return compile_list(at, v, key, s, &s->any);
	if (strcmp(key, "oneOf") == 0)
		return compile_list(at, v, key, s, &s->one);
	if (strcmp(key, "format") == 0)
		s->format = format_find(v);
	else if (strcmp(key, "uniqueItems") == 0)
		s->unique = jn_is(v, JN_TRUE);
	else if (strcmp(key, "const") == 0)
		s->constant = v;
	else if (strcmp(key, "enum") == 0 && !jn_is(v, JN_ARRAY))
		return schema_fail(at, key, "must be a list");
	else if (strcmp(key, "enum") == 0)
		s->values = v;
	else if (is_unsupported(key))
		return schema_fail(at, key, "this keyword is not supported");
	return 0;
}

static void begin(struct place *at, const struct jn *source, struct schema *s)
{
	s->source = source;
	s->types = TYPE_ANY;
	s->max_length = s->max_items = s->max_members = UINT32_MAX;
	s->cost = 1;
	s->target = NULL;
	s->next = at->set->schemas;
	at->set->schemas = s;
}

/* Fills *out where it is given (compile_at), else makes it. */
int schema_compile_place(
	const struct place *at, const struct jn *source, struct schema **out)
{
	struct arena *a = &at->set->arena;
	struct schema *s = *out != NULL ? *out : arena_new(a, struct schema);
	struct place here = *at;
	const struct jn *ref = jn_get(source, "$ref");

	if (at->depth > MAX_DEPTH)
		return schema_fail(at, NULL, "nested too deeply");
	begin(&here, source, s);
	if (jn_is(source, JN_FALSE))
		s->types = 0;
	else if (!jn_is(source, JN_OBJECT) && !jn_is(source, JN_TRUE))
		return schema_fail(at, NULL, "a schema is an object, true or false");
	if (ref != NULL) {
		/* What stands beside it means nothing, as in draft 7. */
		if (schema_compile_ref(at, ref, s) < 0)
			return -1;
	} else if (source->kind == JN_OBJECT) {
		jn_each (it, source)
			if (compile_keyword(at, arena_strndup(a, it->key, it->key_len),
				    it, s) < 0)
				return -1;
	}
	if (s->cost > MAX_COST)
		return schema_fail(at, NULL, "too many schemas for one value");
	s->compiling = false;
	*out = s;
	return 0;
}
