/* SPDX-License-Identifier: Apache-2.0 */
/* Linked entities inside the relationships that lead to them, 4.5.23.2. */
#include "render_priv.h"

#include <core/project.h>

#include <string.h>

static bool is_inside(const struct pen *pen, const char *id, size_t len)
{
	for (const struct visit *v = pen->inside; v != NULL; v = v->outer) {
		if (v->id->len == len && memcmp(v->id->text, id, len) == 0)
			return true;
	}
	return false;
}

static const struct jn *target(
	const struct pen *pen, const struct jn *instance, const struct jn *uri)
{
	const struct linked *linked = pen->r->linked;
	const char *id;
	size_t len;

	if (linked == NULL || pen->levels == 0 || !jn_is(uri, JN_STRING))
		return NULL;
	id = jn_span(uri, pen->arena, &len);
	if (is_inside(pen, id, len))
		return NULL;
	return linked->get(linked->self, instance, id, len);
}

static void put_entity(
	const struct pen *pen, const struct jn *attribute, const struct jn *entity)
{
	const struct projection *p = pen->projection;
	struct visit here = {.id = jn_getn(entity, "id", 2), .outer = pen->inside};
	struct projection nested =
		projection_linked(p, attribute->key, attribute->key_len);
	struct pen inner = *pen;

	inner.projection = &nested;
	inner.inside = &here;
	inner.levels--;
	strbuf_addc(pen->sb, '{');
	pen_members(&inner, entity, true);
	strbuf_addc(pen->sb, '}');
}

static bool has_target(
	const struct pen *pen, const struct jn *instance, const struct jn *uris)
{
	if (!jn_is(uris, JN_ARRAY))
		return target(pen, instance, uris) != NULL;
	jn_each (it, uris) {
		if (target(pen, instance, it) != NULL)
			return true;
	}
	return false;
}

void pen_linked(
	const struct pen *pen, const struct jn *attribute, const struct jn *instance)
{
	enum kind kind = instance_kind(instance);
	const struct jn *uris = instance_value(instance), *entity;

	if (kind != KIND_RELATIONSHIP && kind != KIND_LIST_RELATIONSHIP)
		return;
	if (!has_target(pen, instance, uris))
		return;
	if (kind == KIND_RELATIONSHIP)
		KEY(pen, "entity");
	else
		KEY(pen, "entityList");
	if (!jn_is(uris, JN_ARRAY)) {
		put_entity(pen, attribute, target(pen, instance, uris));
		return;
	}
	strbuf_addc(pen->sb, '[');
	jn_each (it, uris) {
		entity = target(pen, instance, it);
		if (entity == NULL)
			continue;
		pen_comma(pen);
		put_entity(pen, attribute, entity);
	}
	strbuf_addc(pen->sb, ']');
}

static void put_or_uri(const struct pen *pen, const struct jn *attribute,
	const struct jn *instance, const struct jn *uri)
{
	const struct jn *entity = target(pen, instance, uri);

	if (entity != NULL)
		put_entity(pen, attribute, entity);
	else
		jn_write(pen->sb, uri);
}

void pen_linked_simplified(
	const struct pen *pen, const struct jn *attribute, const struct jn *instance)
{
	const struct jn *uris = instance_value(instance);

	if (pen->r->linked == NULL) {
		jn_write(pen->sb, uris);
		return;
	}
	if (!jn_is(uris, JN_ARRAY)) {
		put_or_uri(pen, attribute, instance, uris);
		return;
	}
	strbuf_addc(pen->sb, '[');
	jn_each (it, uris) {
		pen_comma(pen);
		put_or_uri(pen, attribute, instance, it);
	}
	strbuf_addc(pen->sb, ']');
}
