/* SPDX-License-Identifier: Apache-2.0 */
/* Building and changing trees. */
#include <base/jn.h>

#include "jn_priv.h"

#include <base/arena.h>

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct jn *node_new(struct arena *a, enum jn_kind kind)
{
	struct jn *v = arena_raw(a, sizeof(*v));

	*v = (struct jn){.kind = kind};
	return v;
}

struct jn *jn_object(struct arena *a)
{
	return node_new(a, JN_OBJECT);
}

struct jn *jn_array(struct arena *a)
{
	return node_new(a, JN_ARRAY);
}

/* The text of a string node is as in a source, so what needs escapes gets them here. */
static struct jn *string_new(struct arena *a, const char *s, size_t len, bool copy)
{
	struct jn *v = node_new(a, JN_STRING);
	unsigned high = 0;

	assert(len <= UINT32_MAX / 6);
	v->escaped = scan_plain(s, s + len, &high) != s + len;
	if (v->escaped) {
		char *text = arena_raw(a, len * 6);

		v->text = text;
		v->len = (uint32_t)(jn_escape(text, s, len) - text);
	} else {
		v->text = copy ? arena_strndup(a, s, len) : s;
		v->len = (uint32_t)len;
	}
	return v;
}

struct jn *jn_string(struct arena *a, const char *s)
{
	return string_new(a, s, strlen(s), true);
}

struct jn *jn_stringn(struct arena *a, const char *s, size_t len)
{
	return string_new(a, s, len, true);
}

struct jn *jn_string_ref(struct arena *a, const char *s)
{
	return string_new(a, s, strlen(s), false);
}

struct jn *jn_bool(struct arena *a, bool v)
{
	return node_new(a, v ? JN_TRUE : JN_FALSE);
}

struct jn *jn_null(struct arena *a)
{
	return node_new(a, JN_NULL);
}

static struct jn *number_new(struct arena *a, const char *text)
{
	struct jn *v = node_new(a, JN_NUMBER);

	v->len = (uint32_t)strlen(text);
	v->text = arena_strndup(a, text, v->len);
	return v;
}

struct jn *jn_integer(struct arena *a, int64_t v)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, v);
	return number_new(a, text);
}

struct jn *jn_real(struct arena *a, double v)
{
	char text[32];

	if (!isfinite(v))
		return jn_null(a);
	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	return number_new(a, text);
}

struct jn *jn_share(struct arena *a, const struct jn *v)
{
	struct jn *copy = arena_raw(a, sizeof(*copy));

	*copy = *v;
	copy->key = NULL;
	copy->key_len = 0;
	copy->next = NULL;
	return copy;
}

struct jn *jn_copy(struct arena *a, const struct jn *v)
{
	struct jn *copy = jn_share(a, v);

	copy->child = copy->last = NULL;
	copy->count = 0;
	jn_each (child, v) {
		struct jn *c = jn_copy(a, child);

		if (v->kind == JN_OBJECT)
			jn_addn(copy, child->key, child->key_len, c);
		else
			jn_append(copy, c);
	}
	return copy;
}

static void attach(struct jn *container, struct jn *v)
{
	assert((v->next == NULL || v->key == NULL) && v != container);
	v->next = NULL;
	if (container->last != NULL)
		container->last->next = v;
	else
		container->child = v;
	container->last = v;
	container->count++;
}

void jn_addn(struct jn *object, const char *key, size_t len, struct jn *member)
{
	assert(object->kind == JN_OBJECT && len <= UINT32_MAX);
	attach(object, member);
	member->key = key;
	member->key_len = (uint32_t)len;
}

void jn_add(struct jn *object, const char *key, struct jn *member)
{
	jn_addn(object, key, strlen(key), member);
}

/* The link that leads to the member, and the member before it. */
static struct jn **find(
	struct jn *object, const char *key, size_t len, struct jn **before)
{
	struct jn **link = &object->child;

	assert(object->kind == JN_OBJECT);
	*before = NULL;
	while (*link != NULL) {
		struct jn *m = *link;

		if (m->key_len == len && memcmp(m->key, key, len) == 0)
			return link;
		*before = m;
		link = &m->next;
	}
	return NULL;
}

void jn_setn(struct jn *object, const char *key, size_t len, struct jn *member)
{
	struct jn *before, **link = find(object, key, len, &before), *old;

	if (link == NULL) {
		jn_addn(object, key, len, member);
		return;
	}
	old = *link;
	if (old == member)
		return;
	assert(member->next == NULL || member->key == NULL);
	member->key = key;
	member->key_len = (uint32_t)len;
	member->next = old->next;
	*link = member;
	if (object->last == old)
		object->last = member;
	old->key = NULL;
	old->key_len = 0;
}

void jn_set(struct jn *object, const char *key, struct jn *member)
{
	jn_setn(object, key, strlen(key), member);
}

bool jn_removen(struct jn *object, const char *key, size_t len)
{
	struct jn *before, **link = find(object, key, len, &before), *old;

	if (link == NULL)
		return false;
	old = *link;
	*link = old->next;
	if (object->last == old)
		object->last = before;
	object->count--;
	old->key = NULL;
	old->key_len = 0;
	return true;
}

bool jn_remove(struct jn *object, const char *key)
{
	return jn_removen(object, key, strlen(key));
}

void jn_append(struct jn *array, struct jn *item)
{
	assert(array->kind == JN_ARRAY);
	attach(array, item);
}
