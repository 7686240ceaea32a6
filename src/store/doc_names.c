/* SPDX-License-Identifier: Apache-2.0 */
#include "doc_names.h"

#include <base/arena.h>
#include <core/entity.h>
#include <store/dict.h>

#include <stdbool.h>

/* Fewer are asked for where they are needed. */
#define MANY 64

static size_t at_most(const struct jn *doc)
{
	const struct jn *type = jn_get(doc, "type");
	size_t n = jn_is(type, JN_ARRAY) ? type->count : 0;

	jn_each (attr, doc)
		n += 1 + (attr->kind == JN_ARRAY ? attr->count : 0);
	return n;
}

static void add(struct dict_name *list, size_t *n, const struct jn *text, struct arena *a)
{
	size_t len = 0;
	const char *s = jn_span(text, a, &len);

	if (s != NULL)
		list[(*n)++] = (struct dict_name){s, len};
}

int doc_names_learn(
	struct dict *names, const struct jn *doc, struct arena *a, struct err *err)
{
	size_t room = at_most(doc), n = 0;
	struct dict_name *list;

	if (room < MANY)
		return 0;
	/* each attribute, a datasetId for each of its instances; and the types */
	list = arena_array(a, struct dict_name, room * 2);
	if (jn_is(jn_get(doc, "type"), JN_ARRAY))
		jn_each (it, jn_get(doc, "type"))
			add(list, &n, it, a);
	jn_each (attr, doc) {
		if (!is_attribute(attr))
			continue;
		list[n++] = (struct dict_name){attr->key, attr->key_len};
		each_instance(it, attr) add(list, &n, jn_getn(it, "datasetId", 9), a);
	}
	return dict_learn(names, list, n, err);
}
