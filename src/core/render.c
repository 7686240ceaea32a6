/* SPDX-License-Identifier: Apache-2.0 */
/* Entities and lists of them; what is inside comes from the other render_*.c. */
#include "render_priv.h"

#include <assert.h>

static void put_context(const struct pen *pen)
{
	KEY(pen, "@context");
	strbuf_adds(pen->sb, pen->r->context_text);
}

static void put_entity(struct strbuf *sb, const struct jn *entity, const struct render *r,
	struct arena *a, bool with_context)
{
	struct visit here = {.id = jn_getn(entity, "id", 2)};
	struct pen pen = {.sb = sb,
		.r = r,
		.arena = a,
		.projection = r->projection,
		.inside = &here,
		.levels = r->linked != NULL ? r->linked->levels : 0};

	assert(here.id != NULL);
	strbuf_addc(sb, '{');
	if (r->geojson)
		pen_feature(&pen, entity);
	else
		pen_members(&pen, entity, true);
	if (with_context)
		put_context(&pen);
	strbuf_addc(sb, '}');
}

void render_entity(struct strbuf *sb, const struct jn *entity, const struct render *r,
	struct arena *a)
{
	assert(!r->context_member || r->context_text != NULL);
	put_entity(sb, entity, r, a, r->context_member);
}

void render_list_begin(struct strbuf *sb, const struct render *r)
{
	if (r->geojson)
		strbuf_adds(sb, "{\"type\":\"FeatureCollection\",\"features\":[");
	else
		strbuf_addc(sb, '[');
}

void render_list_item(struct strbuf *sb, const struct jn *entity, const struct render *r,
	struct arena *a)
{
	assert(sb->len > 0);
	if (sb->data[sb->len - 1] != '[')
		strbuf_addc(sb, ',');
	put_entity(sb, entity, r, a, r->context_member && !r->geojson);
}

void render_list_end(struct strbuf *sb, const struct render *r)
{
	struct pen pen = {.sb = sb, .r = r};

	strbuf_addc(sb, ']');
	if (!r->geojson)
		return;
	if (r->context_member)
		put_context(&pen);
	strbuf_addc(sb, '}');
}
