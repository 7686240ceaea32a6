/* SPDX-License-Identifier: Apache-2.0 */
/* The parts that all representations are made of. */
#include "render_priv.h"

#include <base/arena.h>
#include <core/context.h>
#include <core/downshift.h>
#include <core/project.h>

#include <string.h>

void pen_comma(const struct pen *pen)
{
	char last = pen->sb->data[pen->sb->len - 1];

	if (last != '{' && last != '[')
		strbuf_addc(pen->sb, ',');
}

void pen_key(const struct pen *pen, const char *quoted, size_t len)
{
	pen_comma(pen);
	strbuf_add(pen->sb, quoted, len);
}

void pen_core_key(const struct pen *pen, const struct jn *member)
{
	struct strbuf *sb = pen->sb;
	char *p;

	pen_comma(pen);
	strbuf_grow(sb, member->key_len + 3);
	p = sb->data + sb->len;
	*p++ = '"';
	memcpy(p, member->key, member->key_len);
	memcpy(p + member->key_len, "\":", 3);
	sb->len += member->key_len + 3;
}

void pen_string(const struct pen *pen, const char *s, size_t len)
{
	jn_write_string(pen->sb, s, len);
}

static void put_compacted(const struct pen *pen, const char *iri, size_t len)
{
	size_t n;
	const char *name = context_compact_span(pen->r->ctx, iri, len, pen->arena, &n);

	pen_string(pen, name, n);
}

void pen_name(const struct pen *pen, const struct jn *attribute)
{
	pen_comma(pen);
	put_compacted(pen, attribute->key, attribute->key_len);
	strbuf_addc(pen->sb, ':');
}

void pen_iris(const struct pen *pen, const struct jn *iris)
{
	const char *iri;
	size_t len;

	if (iris->kind == JN_STRING) {
		iri = jn_span(iris, pen->arena, &len);
		put_compacted(pen, iri, len);
	} else if (iris->kind == JN_ARRAY) {
		strbuf_addc(pen->sb, '[');
		jn_each (it, iris) {
			pen_comma(pen);
			pen_iris(pen, it);
		}
		strbuf_addc(pen->sb, ']');
	} else {
		jn_write(pen->sb, iris);
	}
}

bool pen_is_system(const struct jn *member)
{
	switch (member->key_len) {
	case 9:
		return memcmp(member->key, "createdAt", 9) == 0 ||
			memcmp(member->key, "expiresAt", 9) == 0 ||
			memcmp(member->key, "deletedAt", 9) == 0;
	case 10:
		return memcmp(member->key, "modifiedAt", 10) == 0;
	default:
		return false;
	}
}

static bool wants_dataset(const struct render *r, const struct jn *instance)
{
	const struct jn *id = jn_getn(instance, "datasetId", 9);

	for (size_t i = 0; i < r->dataset_ids_len; i++) {
		const char *want = r->dataset_ids[i];

		if (id == NULL ? strcmp(want, "@none") == 0 : jn_str_is(id, want))
			return true;
	}
	return false;
}

bool pen_shows(const struct pen *pen, const struct jn *instance, bool top)
{
	if (top && !pen->shifted && pen->r->dataset_ids != NULL &&
		!wants_dataset(pen->r, instance))
		return false;
	return !is_expired(instance, pen->r->now);
}

size_t pen_count(const struct pen *pen, const struct jn *attribute, bool top,
	const struct jn **first)
{
	size_t n = 0;

	each_instance(it, attribute)
	{
		if (!pen_shows(pen, it, top))
			continue;
		if (n++ == 0)
			*first = it;
	}
	return n;
}

/* One as itself, several as an array. */
static const struct jn *single(const struct jn *array)
{
	return array->kind == JN_ARRAY && array->count == 1 ? array->child : array;
}

static void put_attribute(const struct pen *pen, const struct jn *attribute)
{
	switch (pen->r->format) {
	case FORMAT_NORMALIZED:
		pen_normalized(pen, attribute, true);
		break;
	case FORMAT_CONCISE:
		pen_concise(pen, attribute, true);
		break;
	case FORMAT_SIMPLIFIED:
		pen_simplified(pen, attribute);
		break;
	}
}

/* Is it what a notification of a deletion is about? */
static bool tells_deletion(const struct pen *pen, const struct jn *member)
{
	return pen->r->deletions && jn_key_is(member, "deletedAt");
}

static void put_member(const struct pen *pen, const struct jn *member)
{
	if (jn_key_is(member, "type")) {
		KEY(pen, "type");
		pen_iris(pen, single(member));
		return;
	}
	if (pen_is_system(member) && !pen->r->sys_attrs && !tells_deletion(pen, member))
		return;
	pen_core_key(pen, member);
	jn_write(pen->sb, jn_key_is(member, "scope") ? single(member) : member);
}

void pen_members(const struct pen *pen, const struct jn *entity, bool with_id)
{
	struct pen shifted;

	if (pen->r->version != NULL) {
		shifted = *pen;
		shifted.shifted = true;
		entity = downshift(entity, pen->r, pen->arena);
		pen = &shifted;
	}
	jn_each (it, entity) {
		if (!projection_keeps(pen->projection, it->key, it->key_len) &&
			!tells_deletion(pen, it))
			continue;
		if (is_attribute(it))
			put_attribute(pen, it);
		else if (with_id || !jn_key_is(it, "id"))
			put_member(pen, it);
	}
}
