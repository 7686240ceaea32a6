/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attribute paths of q: short names (with a prefix, or whole URIs where a client has no
 * term), expanded with the @context; core members keep their short names and come last.
 */
#include "q_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <base/iri.h>
#include <core/context.h>

#include <string.h>

#define MAX_NAMES 16
#define MAX_TRAIL 32

/* What a stored document has under its short core name (core/entity.h). */
static const char *const core_members[] = {"createdAt", "datasetId", "deletedAt",
	"expiresAt", "id", "instanceId", "json", "languageMap", "modifiedAt", "object",
	"objectList", "objectType", "observedAt", "scope", "type", "unitCode", "value",
	"valueList", "valueType", "vocab", NULL};

static const char *core_member(const char *name, size_t len)
{
	for (const char *const *m = core_members; *m != NULL; m++)
		if (strlen(*m) == len && memcmp(*m, name, len) == 0)
			return *m;
	return NULL;
}

bool q_path_is_temporal(const struct q_path *path)
{
	static const char *const temporal[] = {
		"createdAt", "modifiedAt", "observedAt", "expiresAt", "deletedAt", NULL};
	const char *last = path->names[path->names_len - 1];

	for (const char *const *m = temporal; *m != NULL; m++)
		if (strcmp(*m, last) == 0)
			return path->trail_len == 0;
	return false;
}

/* Letters, digits and '_' (4.6.2); characters beyond ASCII are not told apart: what is no
 * name in the store finds nothing.  '-' is tolerated: it has no other meaning here. */
size_t q_name_char(const char *p, const char *end, bool first)
{
	unsigned code;

	if (p >= end)
		return 0;
	if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_')
		return 1;
	if (*p >= '0' && *p <= '9')
		return !first;
	if (*p == '-')
		return !first;
	return (unsigned char)*p >= 0x80 ? utf8_next(p, (size_t)(end - p), &code) : 0;
}

static void skip_name(struct q_parser *ps)
{
	const char *start = ps->p;
	size_t n;

	while ((n = q_name_char(ps->p, ps->end, ps->p == start)) > 0)
		ps->p += n;
}

/* The rest of a URI: dots belong to it. */
static void skip_uri(struct q_parser *ps)
{
	while (ps->p < ps->end && strchr(" =!<>~;|()[]{}\"", *ps->p) == NULL)
		ps->p++;
}

static int parse_name(struct q_parser *ps, const char **out)
{
	const char *start = ps->p;
	size_t len;

	skip_name(ps);
	if (ps->p == start)
		return q_fail(ps, "expected an attribute name");
	if (ps->p < ps->end && *ps->p == ':') {
		len = (size_t)(ps->p - start);
		ps->p++;
		if ((ps->end - ps->p >= 2 && memcmp(ps->p, "//", 2) == 0) ||
			(len == 3 && strncasecmp(start, "urn", 3) == 0)) {
			skip_uri(ps);
		} else {
			const char *suffix = ps->p;

			skip_name(ps);
			if (ps->p == suffix)
				return q_fail(ps, "expected a name after the prefix");
		}
	}
	len = (size_t)(ps->p - start);
	*out = core_member(start, len);
	if (*out == NULL)
		*out = context_expand(ps->options->ctx, start, len, ps->a);
	return 0;
}

/* A key of the trail: everything but '.', '[' and ']', or quoted. */
static int parse_key(struct q_parser *ps, const char **out)
{
	const char *start = ps->p;

	if (ps->p < ps->end && *ps->p == '"')
		return q_quoted(ps, out);
	while (ps->p < ps->end && strchr(".[]\"", *ps->p) == NULL)
		ps->p++;
	if (ps->p == start)
		return q_fail(ps, "expected the name of a member");
	*out = arena_strndup(ps->a, start, (size_t)(ps->p - start));
	return 0;
}

static int parse_trail(struct q_parser *ps, struct q_path *path)
{
	const char *keys[MAX_TRAIL];
	size_t n = 0;

	do {
		if (n == MAX_TRAIL)
			return q_fail(ps, "too many names");
		if (parse_key(ps, &keys[n++]) < 0)
			return -1;
	} while (q_accept(ps, "."));
	if (!q_accept(ps, "]"))
		return q_fail(ps, "expected ']'");
	if (ps->p < ps->end && (*ps->p == '[' || *ps->p == '.'))
		return q_fail(ps, "nothing can follow ']' but an operator");
	path->trail = arena_array(ps->a, const char *, n);
	memcpy(path->trail, keys, n * sizeof(keys[0]));
	path->trail_len = n;
	return 0;
}

int q_parse_path(struct q_parser *ps, struct q_path *out)
{
	const char *names[MAX_NAMES];
	size_t n = 0;

	do {
		if (n == MAX_NAMES)
			return q_fail(ps, "too many names");
		if (n > 0 && strchr(names[n - 1], ':') == NULL)
			return q_fail(ps, "nothing can follow a core member");
		if (parse_name(ps, &names[n++]) < 0)
			return -1;
	} while (q_accept(ps, "."));
	out->names = arena_array(ps->a, const char *, n);
	memcpy(out->names, names, n * sizeof(names[0]));
	out->names_len = n;
	for (size_t i = 0; i < ps->expand_len; i++)
		if (strcmp(ps->expand[i], names[0]) == 0)
			out->expand_values = true;
	return q_accept(ps, "[") ? parse_trail(ps, out) : 0;
}

static struct jn *texts(struct arena *a, const char *const *list, size_t len)
{
	struct jn *array = jn_array(a);

	for (size_t i = 0; i < len; i++)
		jn_append(array, jn_string_ref(a, list[i]));
	return array;
}

const char *q_path_key(const struct q_path *path, struct arena *a)
{
	struct jn *key = jn_array(a);

	jn_append(key, texts(a, path->names, path->names_len));
	jn_append(key, texts(a, path->trail, path->trail_len));
	return jn_text(key, a);
}

static bool read_texts(
	const struct jn *array, struct arena *a, const char ***out, size_t *len)
{
	if (!jn_is(array, JN_ARRAY))
		return false;
	*out = arena_array(a, const char *, array->count);
	jn_each (it, array) {
		(*out)[*len] = jn_str(it, a);
		if ((*out)[(*len)++] == NULL)
			return false;
	}
	return true;
}

const struct q_path *q_path_of_key(const char *key, struct arena *a)
{
	struct q_path *path = arena_new(a, struct q_path);
	struct jn *json = jn_parse_trusted(key, strlen(key), a);

	if (!jn_is(json, JN_ARRAY) || json->count != 2 ||
		!read_texts(json->child, a, &path->names, &path->names_len) ||
		!read_texts(json->last, a, &path->trail, &path->trail_len) ||
		path->names_len == 0)
		return NULL;
	return path;
}
