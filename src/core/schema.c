/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents by URL, and their schemas as compiled trees: every $ref is followed once, at
 * compile time, and what it leads to is shared.
 */
#include "schema_priv.h"

#include <base/err.h>
#include <base/mem.h>
#include <base/strbuf.h>
#include <core/pattern.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH  100 /* of schemas in schemas */
#define MAX_COST   20000 /* schemas that one value may meet */
#define RAW        "https://raw.githubusercontent.com/smart-data-models/"
#define PAGES      "https://smart-data-models.github.io/"
#define MASTER     "/master/"
#define ID_PATTERN "^[\\w\\-\\.\\{\\}\\$\\+\\*\\[\\]`|~^@!,:\\\\]+$"

struct schema_set {
	struct arena arena;
	struct map documents; /* URL: struct jn */
	struct map compiled; /* URL#pointer: struct schema */
	struct schema *schemas;
};

/* Where a schema stands: its document, and the way there. */
struct place {
	struct schema_set *set;
	const char *url; /* of the document */
	const struct jn *root;
	const char *pointer;
	unsigned depth;
	struct err *err;
};

static int compile(const struct place *at, const struct jn *source, struct schema **out);

struct schema_set *schema_set_new(void)
{
	struct schema_set *set = calloc(1, sizeof(*set));

	assert(set != NULL);
	return set;
}

void schema_set_free(struct schema_set *set)
{
	if (set == NULL)
		return;
	for (struct schema *s = set->schemas; s != NULL; s = s->next)
		map_fini(&s->members);
	map_fini(&set->documents);
	map_fini(&set->compiled);
	arena_reset(&set->arena);
	free(set);
}

/* One URL for the aliases of a document, without "#". */
static const char *canonical(const char *url, struct arena *a)
{
	size_t len = strcspn(url, "#");
	const char *repository, *path;

	if (strncmp(url, RAW, strlen(RAW)) != 0)
		return arena_strndup(a, url, len);
	repository = url + strlen(RAW);
	path = strstr(repository, MASTER);
	if (path == NULL || path >= url + len)
		return arena_strndup(a, url, len);
	return arena_printf(a, PAGES "%.*s/%.*s", (int)(path - repository), repository,
		(int)(url + len - path - strlen(MASTER)), path + strlen(MASTER));
}

int schema_set_add(struct schema_set *set, const char *url, const char *text, size_t len,
	struct err *err)
{
	struct jn_limits limits = {.max_depth = 200, .max_nodes = 1000000};
	const char *key = canonical(url, &set->arena);
	struct jn *document;

	if (jn_parse(arena_strndup(&set->arena, text, len), len, limits, &set->arena,
		    &document, err) < 0)
		return err_wrap(err, "%s", url);
	if (document->kind != JN_OBJECT)
		return err_set(
			err, ERR_BAD_REQUEST_DATA, "%s: a schema is a JSON object", url);
	map_put(&set->documents, key, strlen(key), document);
	return 0;
}

const struct jn *schema_set_get(const struct schema_set *set, const char *url)
{
	auto_arena a = {0};
	const char *key = canonical(url, &a);

	return map_get(&set->documents, key, strlen(key));
}

static int fail(const struct place *at, const char *key, const char *what)
{
	return err_set(at->err, ERR_BAD_REQUEST_DATA, "%s#%s%s%s: %s", at->url,
		at->pointer, key != NULL ? "/" : "", key != NULL ? key : "", what);
}

/* The member that one segment of a JSON pointer names. */
static const struct jn *step(const struct jn *v, const char *segment, size_t len)
{
	char name[256];
	size_t n = 0, index = 0;

	for (size_t i = 0; i < len && n < sizeof(name); i++) {
		bool tilde = segment[i] == '~' && i + 1 < len;

		name[n++] = tilde ? (segment[i + 1] == '1' ? '/' : '~') : segment[i];
		i += tilde;
	}
	if (jn_is(v, JN_OBJECT))
		return jn_getn(v, name, n);
	if (!jn_is(v, JN_ARRAY) || n == 0 || n > 6)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (name[i] < '0' || name[i] > '9')
			return NULL;
		index = index * 10 + (size_t)(name[i] - '0');
	}
	v = v->child;
	while (v != NULL && index-- > 0)
		v = v->next;
	return v;
}

static const struct jn *find(const struct jn *root, const char *pointer)
{
	while (root != NULL && *pointer == '/') {
		size_t len = strcspn(++pointer, "/");

		root = step(root, pointer, len);
		pointer += len;
	}
	return *pointer == '\0' ? root : NULL;
}

/* The document URL that a reference names, from where it stands. */
static const char *resolve(const struct place *at, const char *ref)
{
	struct arena *a = &at->set->arena;
	size_t len = strcspn(ref, "#");
	const char *slash;

	if (len == 0)
		return at->url;
	if (memchr(ref, ':', len) != NULL)
		return canonical(ref, a);
	slash = strrchr(at->url, '/');
	return arena_printf(a, "%.*s%.*s", slash != NULL ? (int)(slash + 1 - at->url) : 0,
		at->url, (int)len, ref);
}

/* A compiled schema for each place, made once. */
static int compile_at(const struct place *at, struct schema **out)
{
	const char *key = arena_printf(&at->set->arena, "%s#%s", at->url, at->pointer);
	const struct jn *source = find(at->root, at->pointer);
	struct schema *s = map_get(&at->set->compiled, key, strlen(key));

	if (s != NULL && s->compiling)
		return fail(at, NULL,
			"refers to itself; recursive schemas are not supported");
	if (s != NULL) {
		*out = s;
		return 0;
	}
	if (source == NULL)
		return fail(at, NULL, "there is no such schema");
	s = arena_new(&at->set->arena, struct schema);
	s->compiling = true;
	map_put(&at->set->compiled, key, strlen(key), s);
	*out = s;
	return compile(at, source, out);
}

/* The document at there->url, or (for a set of files without the network) the one whose
 * path ends like that; the last added counts. */
static const struct jn *find_document(struct place *there)
{
	const struct map *documents = &there->set->documents;
	const char *name = strrchr(there->url, '/'), *path = name;
	const struct jn *found = map_get(documents, there->url, strlen(there->url));
	size_t best = 0;

	if (found != NULL || name == NULL)
		return found;
	while (path > there->url && path[-1] != '/')
		path--;
	path -= path > there->url;
	map_each(it, documents)
	{
		size_t len = strlen(path), short_len = strlen(name), match = 0;

		if (it->len >= len && memcmp(it->key + it->len - len, path, len) == 0)
			match = 2;
		else if (it->len >= short_len &&
			memcmp(it->key + it->len - short_len, name, short_len) == 0)
			match = 1;
		if (match == 0 || match < best)
			continue;
		best = match;
		found = it->value;
		there->url = it->key;
	}
	return found;
}

static int compile_ref(const struct place *at, const struct jn *ref, struct schema *s)
{
	struct arena *a = &at->set->arena;
	struct place there = *at;
	struct schema *target = NULL;
	const char *text = jn_str(ref, a), *hash;

	if (text == NULL)
		return fail(at, "$ref", "must be a string");
	hash = strchr(text, '#');
	there.url = resolve(at, text);
	there.root = find_document(&there);
	there.pointer = hash != NULL ? hash + 1 : "";
	there.depth++;
	if (there.root == NULL)
		return err_set(at->err, ERR_BAD_REQUEST_DATA,
			"%.100s#%.60s/$ref: '%.80s' is not here; put the file beside the "
			"schema",
			at->url, at->pointer, text);
	if (compile_at(&there, &target) < 0)
		return -1;
	s->target = target;
	s->cost = target->cost + 1;
	return 0;
}

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
				return fail(at, "type", "holds a type that is none");
			s->types |= type_bit(it);
		}
	if (s->types != 0)
		return 0;
	return fail(at, "type",
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
	return compile(&there, v, out);
}

static int compile_list(const struct place *at, const struct jn *v, const char *key,
	struct schema *s, struct schema_list *list)
{
	struct arena *a = &at->set->arena;

	if (!jn_is(v, JN_ARRAY) || v->count == 0)
		return fail(at, key, "must be a list of schemas");
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
		return fail(at, "properties", "must be an object");
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
		return fail(at, "required", "must be a list of names");
	s->required = arena_array(a, struct schema_name, v->count + 1);
	jn_each (it, v) {
		struct schema_name *name = &s->required[s->required_len++];

		name->text = jn_span(it, a, &name->len);
		if (name->text == NULL)
			return fail(at, "required", "must be a list of names");
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
		return fail(at, "pattern", "must be a string");
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
		return fail(at, key, "must be a whole number from 0");
	*out = (uint32_t)d;
	return 0;
}

static int read_bound(const struct place *at, const char *key, const struct jn *v,
	bool *has, double *out)
{
	if (!jn_is(v, JN_NUMBER))
		return fail(at, key, "must be a number");
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
	return s->multiple > 0 ? 0 : fail(at, key, "must be greater than 0");
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
		return fail(at, key, "must be a list");
	else if (strcmp(key, "enum") == 0)
		s->values = v;
	else if (is_unsupported(key))
		return fail(at, key, "this keyword is not supported");
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
static int compile(const struct place *at, const struct jn *source, struct schema **out)
{
	struct arena *a = &at->set->arena;
	struct schema *s = *out != NULL ? *out : arena_new(a, struct schema);
	struct place here = *at;
	const struct jn *ref = jn_get(source, "$ref");

	if (at->depth > MAX_DEPTH)
		return fail(at, NULL, "nested too deeply");
	begin(&here, source, s);
	if (jn_is(source, JN_FALSE))
		s->types = 0;
	else if (!jn_is(source, JN_OBJECT) && !jn_is(source, JN_TRUE))
		return fail(at, NULL, "a schema is an object, true or false");
	if (ref != NULL) {
		/* What stands beside it means nothing, as in draft 7. */
		if (compile_ref(at, ref, s) < 0)
			return -1;
	} else if (source->kind == JN_OBJECT) {
		jn_each (it, source)
			if (compile_keyword(at, arena_strndup(a, it->key, it->key_len),
				    it, s) < 0)
				return -1;
	}
	if (s->cost > MAX_COST)
		return fail(at, NULL, "too many schemas for one value");
	s->compiling = false;
	*out = s;
	return 0;
}

const struct schema *schema_compile(
	struct schema_set *set, const char *url, struct err *err)
{
	const char *hash = strchr(url, '#');
	struct place at = {.set = set, .url = canonical(url, &set->arena), .err = err};
	struct schema *s = NULL;

	at.pointer = hash != NULL ? arena_strdup(&set->arena, hash + 1) : "";
	at.root = map_get(&set->documents, at.url, strlen(at.url));
	if (at.root == NULL) {
		err_set(err, ERR_BAD_REQUEST_DATA, "%s: there is no such schema", url);
		return NULL;
	}
	return compile_at(&at, &s) < 0 ? NULL : s;
}
