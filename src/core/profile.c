/* SPDX-License-Identifier: Apache-2.0 */
/* The profiles: built in and a user's, by type. */
#include "profile_priv.h"

#include <base/err.h>
#include <base/strbuf.h>
#include <core/entity.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BUILT_IN "calanque:profiles/"
#define USERS    "calanque:schemas/"

struct profiles {
	struct schema_set *set;
	struct arena arena;
	const char **urls; /* of the documents, in order */
	size_t urls_len, urls_room;
	struct profile **list; /* by name, once compiled */
	size_t len, room;
	struct map by_name; /* struct profile, the last of a name */
	struct map levels; /* of types without a profile: a level + 1 */
	enum check_level level;
};

static void note_url(struct profiles *p, const char *url)
{
	if (p->urls_len == p->urls_room) {
		p->urls_room = p->urls_room * 2 + 16;
		p->urls = realloc(p->urls, p->urls_room * sizeof(*p->urls));
		assert(p->urls != NULL);
	}
	p->urls[p->urls_len++] = url;
}

struct profiles *profiles_new(void)
{
	struct profiles *p = calloc(1, sizeof(*p));
	struct err err = {0};

	assert(p != NULL);
	p->set = schema_set_new();
	p->level = CHECK_WARN;
	for (const struct profile_file *f = profile_files; f->name != NULL; f++) {
		const char *url = arena_printf(&p->arena, BUILT_IN "%s", f->name);

		if (schema_set_add(p->set, url, f->text, f->len, &err) < 0)
			abort(); /* it is compiled in: a test holds it */
		note_url(p, url);
	}
	return p;
}

void profiles_free(struct profiles *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->len; i++)
		map_fini(&p->list[i]->by_name);
	map_fini(&p->by_name);
	map_fini(&p->levels);
	schema_set_free(p->set);
	arena_reset(&p->arena);
	free(p->list);
	free(p->urls);
	free(p);
}

int profiles_add(struct profiles *p, const char *name, const char *text, size_t len,
	struct err *err)
{
	const char *url = arena_printf(&p->arena, USERS "%s", name);

	if (schema_set_add(p->set, url, text, len, err) < 0)
		return -1;
	note_url(p, url);
	return 0;
}

/* The type that a schema is of: the one word of its member `type`. */
static void find_type(void *cookie, const char *name, size_t len, const struct schema *s,
	const struct jn *source)
{
	const struct jn **out = cookie, *values = schema_enum(s);

	if (len == 4 && memcmp(name, "type", 4) == 0 && values != NULL &&
		values->count == 1 && jn_is(values->child, JN_STRING))
		*out = values->child;
}

static void put(struct profiles *p, struct profile *profile)
{
	if (p->len == p->room) {
		p->room = p->room * 2 + 16;
		p->list = realloc(p->list, p->room * sizeof(struct profile *));
		assert(p->list != NULL);
	}
	p->list[p->len++] = profile;
	map_put(&p->by_name, profile->name, strlen(profile->name), profile);
}

static int compile(struct profiles *p, const char *url, struct err *err)
{
	const struct schema *schema = schema_compile(p->set, url, err);
	const struct jn *type = NULL, *iri;
	const struct profile *before;
	struct profile *profile;

	if (schema == NULL)
		return -1;
	schema_members(schema, find_type, &type);
	if (type == NULL)
		return 0;
	profile = arena_new(&p->arena, struct profile);
	profile->name = jn_str(type, &p->arena);
	profile->url = url;
	profile->schema = schema;
	profile->level = CHECK_WARN;
	profile->source = schema_set_get(p->set, url);
	profile->own = strncmp(url, USERS, strlen(USERS)) == 0;
	before = map_get(&p->by_name, profile->name, strlen(profile->name));
	iri = jn_get(profile->source, "x-type");
	if (jn_is(iri, JN_STRING))
		profile->iri = jn_str(iri, &p->arena);
	else if (before != NULL)
		profile->iri = before->iri;
	profile->event = jn_is(jn_get(profile->source, "x-event"), JN_TRUE) ||
		(before != NULL && before->event);
	profile_fill(profile, before, &p->arena);
	put(p, profile);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct profile *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

int profiles_compile(struct profiles *p, struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < p->urls_len; i++)
		if (compile(p, p->urls[i], err) < 0)
			return -1;
	/* Those that others took the place of are gone. */
	for (size_t i = 0; i < p->len; i++) {
		struct profile *profile = p->list[i];

		if (profiles_by_name(p, profile->name, strlen(profile->name)) == profile)
			p->list[n++] = profile;
		else
			map_fini(&profile->by_name);
	}
	p->len = n;
	qsort(p->list, p->len, sizeof(struct profile *), by_name);
	return 0;
}

static int read_level(const char *word, size_t len, enum check_level *out)
{
	static const char *const words[] = {"off", "warn", "strict"};

	for (int i = CHECK_OFF; i <= CHECK_STRICT; i++)
		if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0) {
			*out = (enum check_level)i;
			return 0;
		}
	return -1;
}

static void set_level(
	struct profiles *p, const char *name, size_t len, enum check_level level)
{
	struct profile *profile = map_get(&p->by_name, name, len);
	static const enum check_level levels[] = {CHECK_OFF, CHECK_WARN, CHECK_STRICT};

	if (profile != NULL)
		profile->level = level;
	map_put(&p->levels, arena_strndup(&p->arena, name, len), len,
		(void *)&levels[level]);
}

int profiles_set_levels(struct profiles *p, const char *levels, struct err *err)
{
	const char *word = levels;

	for (size_t len; *word != '\0'; word += len + (word[len] == ',')) {
		const char *colon;
		enum check_level level;
		size_t n;

		len = strcspn(word, ",");
		colon = memchr(word, ':', len);
		n = colon != NULL ? (size_t)(colon - word) : len;
		if (read_level(word, n, &level) < 0)
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"'%.*s': expected off, warn or strict, and then "
				"off:Type, "
				"warn:Type or strict:Type, separated by commas",
				(int)len, word);
		if (colon == NULL) {
			p->level = level;
			for (size_t i = 0; i < p->len; i++)
				p->list[i]->level = level;
		} else {
			set_level(p, colon + 1, len - n - 1, level);
		}
	}
	return 0;
}

const char *iri_name(const char *iri, size_t len, size_t *name_len)
{
	size_t i = len;

	while (i > 0 && iri[i - 1] != '/' && iri[i - 1] != '#')
		i--;
	*name_len = len - i;
	return iri + i;
}

bool iri_is_model(const char *iri, size_t len)
{
	static const struct {
		const char *text;
		size_t len;
	} spaces[] = {
#define SPACE(text) {text, sizeof(text) - 1}
		SPACE("https://smartdatamodels.org/"),
		SPACE(NGSILD_VOCAB), /* DEFAULT_CONTEXT_VOCAB too */
		SPACE("http://purl.org/dc/terms/"),
		SPACE("https://uri.fiware.org/ns/"),
		SPACE("https://purl.org/geojson/vocab#"),
#undef SPACE
	};

	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++)
		if (len > spaces[i].len &&
			memcmp(iri, spaces[i].text, spaces[i].len) == 0)
			return true;
	return false;
}

const struct profile *profiles_by_name(
	const struct profiles *p, const char *name, size_t len)
{
	return map_get(&p->by_name, name, len);
}

const struct profile *profiles_find(const struct profiles *p, const char *iri, size_t len)
{
	const struct profile *found;
	const char *name;
	size_t n;

	name = iri_name(iri, len, &n);
	found = map_get(&p->by_name, name, n);
	if (found == NULL || iri_is_model(iri, len))
		return found;
	if (found->iri != NULL)
		return strlen(found->iri) == len && memcmp(found->iri, iri, len) == 0
			? found
			: NULL;
	return found->own ? found : NULL;
}

enum check_level profiles_level(const struct profiles *p, const char *iri, size_t len)
{
	const enum check_level *level;
	const char *name;
	size_t n;

	name = iri_name(iri, len, &n);
	level = map_get(&p->levels, name, n);
	return level != NULL ? *level : p->level;
}

bool profiles_are_off(const struct profiles *p)
{
	if (p->level != CHECK_OFF)
		return false;
	map_each(it, &p->levels) if (*(const enum check_level *)it->value !=
		CHECK_OFF) return false;
	return true;
}

size_t profiles_count(const struct profiles *p)
{
	return p->len;
}

const struct profile *profiles_at(const struct profiles *p, size_t i)
{
	assert(i < p->len);
	return p->list[i];
}

const struct profile_attr *profile_attr(
	const struct profile *p, const char *iri, size_t len)
{
	const char *name;
	size_t n;

	name = iri_name(iri, len, &n);
	/* The context of Device says that its `value` is the core's. */
	if (n == 8 && memcmp(name, "hasValue", 8) == 0) {
		name = "value";
		n = 5;
	}
	if (!p->own && !iri_is_model(iri, len))
		return NULL;
	return map_get(&p->by_name, name, n);
}

void profiles_with(const struct profiles *p, const char *iri, size_t len, profile_fn *fn,
	void *cookie)
{
	for (size_t i = 0; i < p->len; i++)
		if (profile_attr(p->list[i], iri, len) != NULL)
			fn(cookie, p->list[i]);
}
