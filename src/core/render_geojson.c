/* SPDX-License-Identifier: Apache-2.0 */
/* Entities as GeoJSON Features, 4.5.16 and 4.5.17; `properties` is in the format asked for. */
#include "render_priv.h"

#include <core/project.h>

#include <string.h>

#define LOCATION NGSILD_VOCAB "location"

/* 4.5.16.1; NULL where the entity has no such geometry. */
static const struct jn *geometry(const struct render *r, const struct jn *entity)
{
	const char *name = r->geometry_property != NULL ? r->geometry_property : LOCATION;
	const char *dataset = r->geometry_dataset;
	const struct jn *attribute = jn_get(entity, name), *instance, *value;

	if (attribute == NULL)
		return NULL;
	instance =
		instance_find(attribute, dataset, dataset != NULL ? strlen(dataset) : 0);
	if (instance == NULL || is_expired(instance, r->now))
		return NULL;
	value = instance_value(instance);
	return instance_kind(instance) == KIND_GEO_PROPERTY && jn_is(value, JN_OBJECT)
		? value
		: NULL;
}

void pen_feature(const struct pen *pen, const struct jn *entity)
{
	const struct jn *shape = geometry(pen->r, entity);

	if (projection_keeps(pen->projection, "id", 2)) {
		KEY(pen, "id");
		jn_write(pen->sb, jn_getn(entity, "id", 2));
	}
	KEY(pen, "type");
	PUT(pen, "\"Feature\",\"geometry\":");
	if (shape != NULL)
		jn_write(pen->sb, shape);
	else
		PUT(pen, "null");
	PUT(pen, ",\"properties\":{");
	pen_members(pen, entity, false);
	strbuf_addc(pen->sb, '}');
}
