/* SPDX-License-Identifier: Apache-2.0 */
/* Names of members and attributes, positions in the body, and what was met before. */
#include "expand_priv.h"

#include <base/err.h>
#include <base/iri.h>
#include <core/letter.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FEW 16 /* searched one by one */

/* Sorted by length; `first` says where a length begins. */
static const struct {
	const char *name;
	enum member id;
} members[] = {
	{"id", M_ID}, /* 2 */
	{"@id", M_ID}, /* 3 */
	{"type", M_TYPE}, /* 4 */
	{"json", M_JSON}, {"lang", M_SYSTEM}, {"value", M_VALUE}, /* 5 */
	{"@type", M_TYPE}, {"scope", M_SCOPE}, {"vocab", M_VOCAB},
	{"object", M_OBJECT}, /* 6 */
	{"entity", M_SYSTEM}, {"unitCode", M_UNIT_CODE}, /* 8 */
	{"@context", M_CONTEXT}, {"datasetId", M_DATASET_ID}, /* 9 */
	{"valueList", M_VALUE_LIST}, {"valueType", M_VALUE_TYPE}, {"createdAt", M_STAMP},
	{"expiresAt", M_EXPIRES_AT}, {"deletedAt", M_STAMP},
	{"observedAt", M_OBSERVED_AT}, /* 10 */
	{"modifiedAt", M_STAMP}, {"objectList", M_OBJECT_LIST},
	{"objectType", M_OBJECT_TYPE}, {"instanceId", M_SYSTEM}, {"entityList", M_SYSTEM},
	{"languageMap", M_LANGUAGE_MAP}, /* 11 */
	{"previousJson", M_SYSTEM}, /* 12 */
	{"previousValue", M_SYSTEM}, /* 13 */
	{"previousVocab", M_SYSTEM}, {"previousObject", M_SYSTEM}, /* 14 */
	{"entityIdSealed", M_SEALED}, {"entityTypeSealed", M_SEALED}, /* 16 */
	{"previousValueList", M_SYSTEM}, /* 17 */
	{"previousObjectList", M_SYSTEM}, /* 18 */
	{"previousLanguageMap", M_SYSTEM}, /* 19 */
};
#define LONGEST 19
static const unsigned char first[LONGEST + 2] = {
	0, 0, 0, 1, 2, 5, 9, 11, 11, 13, 19, 25, 26, 27, 29, 31, 31, 32, 33, 34, 35};

static enum member find(const char *key, size_t len)
{
	if (len > LONGEST)
		return M_ATTRIBUTE;
	for (unsigned i = first[len]; i < first[len + 1]; i++) {
		if (memcmp(members[i].name, key, len) == 0)
			return members[i].id;
	}
	return M_ATTRIBUTE;
}

enum member expand_member(const struct expander *x, const struct jn *m)
{
	enum member id = find(m->key, m->key_len);
	const char *keyword;

	if (id != M_ATTRIBUTE)
		return id;
	keyword = context_alias(x->ctx, m->key, m->key_len);
	return keyword != NULL ? find(keyword, strlen(keyword)) : M_ATTRIBUTE;
}

/* Writes the part for one position (RFC 6901), no more of a long key than tells it. */
static size_t put(const struct at *at, char *buf, size_t size)
{
	size_t n = 0;

	if (at->key == NULL)
		return (size_t)snprintf(buf, size, "/%zu", at->len);
	buf[n++] = '/';
	for (size_t i = 0; i < at->len && n + 3 < size; i++) {
		if (at->key[i] == '~' || at->key[i] == '/') {
			buf[n++] = '~';
			buf[n++] = at->key[i] == '~' ? '0' : '1';
		} else {
			buf[n++] = at->key[i];
		}
	}
	buf[n] = '\0';
	return n;
}

static size_t put_all(const struct at *at, char *buf, size_t size)
{
	char part[80];
	size_t n, len;

	if (at == NULL)
		return 0;
	n = put_all(at->up, buf, size);
	len = put(at, part, sizeof(part));
	if (n + len >= size)
		return n;
	memcpy(buf + n, part, len + 1);
	return n + len;
}

const char *expand_pointer(const struct at *at, char *buf, size_t size)
{
	buf[0] = '\0';
	(void)put_all(at, buf, size);
	return buf;
}

int expand_fail(const struct expander *x, const struct at *at, const char *fmt, ...)
{
	char pointer[160], what[256];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return err_set(x->err, ERR_BAD_REQUEST_DATA, "%s: %s",
		at != NULL ? expand_pointer(at, pointer, sizeof(pointer)) : "body", what);
}

/* unicodeLetter *nameChar, and '-' after the first */
static bool is_bare_name(const char *s, size_t len)
{
	const char *p = s, *end = s + len;
	size_t n;

	while (p < end) {
		unsigned char c = (unsigned char)*p, lower = c | 0x20;

		if ((lower >= 'a' && lower <= 'z') ||
			(p > s && (c == '_' || c == '-' || (c >= '0' && c <= '9'))))
			n = 1;
		else if (c < 0x80)
			return false;
		else
			n = name_char(p, end, p == s);
		if (n == 0)
			return false;
		p += n;
	}
	return len > 0;
}

bool name_is_legal(const char *name, size_t len)
{
	const char *colon;

	if (len > NAME_MAX_LEN)
		return false;
	if (is_bare_name(name, len))
		return true;
	colon = memchr(name, ':', len);
	if (colon == NULL)
		return false;
	return iri_is_absolute(name, len) ||
		(is_bare_name(name, (size_t)(colon - name)) &&
			is_bare_name(colon + 1, len - (size_t)(colon - name) - 1));
}

/* '-' is in the names of published models (P-TOT), so terms that an @context defines may
 * have it; other names are as 4.6.2 says. */
bool expand_name_is_legal(const struct expander *x, const char *name, size_t len)
{
	return name_is_legal(name, len) &&
		(memchr(name, '-', len) == NULL || memchr(name, ':', len) != NULL ||
			context_defines(x->ctx, name, len));
}

/* Core terms that are members of entities or instances, by what follows NGSILD_VOCAB:
 * they cannot name attributes (4.5.1).  hasValue can at the top, where it takes nobody's
 * place: the model of a Device needs it. */
static bool is_reserved(const char *local, size_t len, unsigned depth)
{
	static const char *const reserved[] = {"createdAt", "modifiedAt", "deletedAt",
		"expiresAt", "observedAt", "datasetId", "instanceId", "unitCode", "scope",
		"lang", "entity", "entityList", "hasObject", "hasObjectList",
		"hasObjectType", "hasVocab", "hasValueList", "hasValueType",
		"hasLanguageMap", "hasJSON", "hasPreviousValue", "hasPreviousObject",
		"hasPreviousObjectList", "hasPreviousVocab", "hasPreviousValueList",
		"hasPreviousLanguageMap", "hasPreviousJson", "entityIdSealed",
		"entityTypeSealed", NULL};

	if (depth > 0 && len == 8 && memcmp(local, "hasValue", len) == 0)
		return true;
	for (int i = 0; reserved[i] != NULL; i++) {
		if (strlen(reserved[i]) == len && memcmp(local, reserved[i], len) == 0)
			return true;
	}
	return false;
}

/* What follows NGSILD_VOCAB in the IRI of a core term, else NULL. */
static const char *core_local(const char *iri, size_t len, size_t *local_len)
{
	const size_t vocab = sizeof(NGSILD_VOCAB) - 1;

	if (len <= vocab || memcmp(iri, NGSILD_VOCAB, vocab) != 0 ||
		memchr(iri + vocab, '/', len - vocab) != NULL)
		return NULL;
	*local_len = len - vocab;
	return iri + vocab;
}

static bool is(const char *s, size_t len, const char *text)
{
	return strlen(text) == len && memcmp(s, text, len) == 0;
}

bool expand_is_keyword(const struct context *ctx, const char *name, size_t len)
{
	return is(name, len, "id") || is(name, len, "type") ||
		context_alias(ctx, name, len) != NULL;
}

bool name_is_core(const struct context *ctx, const char *name, const char *iri)
{
	size_t n;
	const char *local = core_local(iri, strlen(iri), &n);

	return expand_is_keyword(ctx, name, strlen(name)) ||
		(local != NULL && is_reserved(local, n, 0));
}

void expand_known_name(const char *iri, size_t len, struct name *out)
{
	size_t n = 0;
	const char *local = core_local(iri, len, &n);

	*out = (struct name){.iri = iri, .len = len};
	if (local == NULL)
		return;
	out->proof = is(local, n, "ngsildproof");
	out->geo = is(local, n, "location") || is(local, n, "observationSpace") ||
		is(local, n, "operationSpace");
}

int expand_name(const struct expander *x, const struct at *at, const struct jn *m,
	unsigned depth, struct name *out)
{
	const char *iri, *local;
	size_t len, n;

	if (!expand_name_is_legal(x, m->key, m->key_len))
		return expand_fail(x, at,
			"not a legal attribute name: a letter, then letters, digits or "
			"'_' (4.6.2), a term of the @context, or a URI");
	iri = context_expand_span(x->ctx, m->key, m->key_len, x->a, &len);
	local = core_local(iri, len, &n);
	if (local != NULL && is_reserved(local, n, depth))
		return expand_fail(
			x, at, "a core member cannot name an attribute (4.5.1)");
	if (iri == m->key && !iri_is_absolute(iri, len))
		return expand_fail(x, at, "the @context does not define the prefix");
	expand_known_name(iri, len, out);
	if (x->flags & EXPAND_SIMPLIFIED)
		out->coercion = context_coercion(x->ctx, m->key, m->key_len);
	return 0;
}

struct jn *expand_plain(struct arena *a, const char *text, size_t len)
{
	struct jn *v = arena_raw(a, sizeof(*v));

	*v = (struct jn){.kind = JN_STRING, .text = text, .len = (uint32_t)len};
	return v;
}

void expand_seen_fini(struct seen *s)
{
	map_fini(&s->map);
}

/* In the map; it is filled when it is first needed. */
static bool seen(struct seen *s, const char *text, size_t len)
{
	if (map_get(&s->map, text, len) != NULL)
		return true;
	map_put(&s->map, text, len, s);
	return false;
}

bool expand_seen_key(struct seen *s, const struct jn *object, const char *key, size_t len)
{
	if (object->count < FEW)
		return jn_getn(object, key, len) != NULL;
	if (s->map.count == 0) {
		jn_each (m, object)
			map_put(&s->map, m->key, m->key_len, s);
	}
	return seen(s, key, len);
}

bool expand_seen_text(
	struct seen *s, const struct jn *array, const char *text, size_t len)
{
	if (array->count >= FEW && s->map.count == 0) {
		jn_each (v, array)
			map_put(&s->map, v->text, v->len, s);
	}
	if (array->count >= FEW)
		return seen(s, text, len);
	jn_each (v, array) {
		if (v->len == len && memcmp(v->text, text, len) == 0)
			return true;
	}
	return false;
}
