/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simplified representation, 4.5.4: values without what describes them.  Kinds that a
 * bare value would hide are wrapped: {"languageMap": …}, {"vocab": …}, {"json": …}.
 */
#include "render_priv.h"

static void put_language(const struct pen *pen, const struct jn *map)
{
	const struct jn *tag = NULL;

	if (pen->r->lang != NULL)
		tag = lang_choose(pen->r->lang, map);
	if (tag != NULL) {
		jn_write(pen->sb, tag);
		return;
	}
	PUT(pen, "{\"languageMap\":");
	jn_write(pen->sb, map);
	strbuf_addc(pen->sb, '}');
}

void pen_simplified_value(
	const struct pen *pen, const struct jn *attribute, const struct jn *instance)
{
	const struct jn *value = instance_value(instance);

	switch (instance_kind(instance)) {
	case KIND_LANGUAGE_PROPERTY:
		put_language(pen, value);
		break;
	case KIND_VOCAB_PROPERTY:
		PUT(pen, "{\"vocab\":");
		pen_iris(pen, value);
		strbuf_addc(pen->sb, '}');
		break;
	case KIND_JSON_PROPERTY:
		PUT(pen, "{\"json\":");
		jn_write(pen->sb, value);
		strbuf_addc(pen->sb, '}');
		break;
	case KIND_RELATIONSHIP:
	case KIND_LIST_RELATIONSHIP:
		pen_linked_simplified(pen, attribute, instance);
		break;
	default:
		jn_write(pen->sb, value);
		break;
	}
}

void pen_simplified(const struct pen *pen, const struct jn *attribute)
{
	const struct jn *first;
	size_t n = pen_count(pen, attribute, true, &first);

	if (n == 0)
		return;
	pen_name(pen, attribute);
	if (n == 1) {
		pen_simplified_value(pen, attribute, first);
		return;
	}
	PUT(pen, "{\"dataset\":{");
	each_instance(it, attribute)
	{
		const struct jn *id = jn_getn(it, "datasetId", 9);

		if (!pen_shows(pen, it, true))
			continue;
		if (id == NULL) {
			KEY(pen, "@none");
		} else {
			pen_comma(pen);
			jn_write(pen->sb, id);
			strbuf_addc(pen->sb, ':');
		}
		pen_simplified_value(pen, attribute, it);
	}
	PUT(pen, "}}");
}
