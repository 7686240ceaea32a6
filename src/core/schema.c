/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents by URL, and where references lead: every $ref is followed once, at compile
 * time, and what it leads to is shared.
 */
#include "schema_priv.h"

#include <base/err.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define RAW    "https://raw.githubusercontent.com/smart-data-models/"
#define PAGES  "https://smart-data-models.github.io/"
#define MASTER "/master/"

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

int schema_fail(const struct place *at, const char *key, const char *what)
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
		return schema_fail(at, NULL,
			"refers to itself; recursive schemas are not supported");
	if (s != NULL) {
		*out = s;
		return 0;
	}
	if (source == NULL)
		return schema_fail(at, NULL, "there is no such schema");
	s = arena_new(&at->set->arena, struct schema);
	s->compiling = true;
	map_put(&at->set->compiled, key, strlen(key), s);
	*out = s;
	return schema_compile_place(at, source, out);
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

int schema_compile_ref(const struct place *at, const struct jn *ref, struct schema *s)
{
	struct arena *a = &at->set->arena;
	struct place there = *at;
	struct schema *target = NULL;
	const char *text = jn_str(ref, a), *hash;

	if (text == NULL)
		return schema_fail(at, "$ref", "must be a string");
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
