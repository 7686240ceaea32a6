/* SPDX-License-Identifier: Apache-2.0 */
#include "history_attr.h"

#include "call.h"

#include <base/arena.h>
#include <base/err.h>
#include <base/jn.h>
#include <core/apply.h>
#include <core/render_temporal.h>
#include <core/type_q.h>
#include <store/history_writes.h>
#include <store/readers.h>
#include <store/temporal.h>

#include <string.h>

/* Instances in which datasets are looked for. */
#define LOOKED_AT 100000

struct past {
	struct evolution_page page;
	struct outline outline;
};

/* What the history has of the attribute, where the entity itself never was.  One that was
 * deleted took its attributes with it. */
static int find(struct call *call, const struct op *op, struct pg *pg, struct past *out)
{
	static const struct temporal_q always = {0};
	const struct entity_key key = {call->tenant, op->id};
	const char *attr = strcmp(op->attr, "scope") == 0 ? SCOPE_IRI : op->attr;
	const struct entity_selector selector = {.ids = &op->id, .ids_len = 1};
	const struct temporal_query query = {
		.entities = {.tenant = call->tenant,
			.selectors = &selector,
			.selectors_len = 1},
		.temporal = &always,
		.attrs = &attr,
		.attrs_len = 1,
	};
	struct arena *a = &call->req->arena;
	struct err *err = &call->req->err;
	auto_entity_page current = {0};

	if (entities_get(pg, &key, 1, op->now, a, &current, err) < 0)
		return -1;
	if (current.docs[0].text != NULL)
		return 0;
	if (temporal_get(pg, &call->app->index, &query, a, &out->page, err) < 0)
		return -1;
	if (out->page.len == 0 || out->page.items[0].deleted != 0)
		return 0;
	return temporal_outline(pg, &call->app->index, &query, &out->page, LOOKED_AT,
		true, a, &out->outline, err);
}

static struct jn *null_of(enum kind kind, struct arena *a)
{
	struct jn *text = jn_string_ref(a, NGSILD_NULL), *value = text;

	if (kind == KIND_LANGUAGE_PROPERTY) {
		value = jn_object(a);
		jn_add(value, "@none", text);
	} else if (kind == KIND_LIST_PROPERTY || kind == KIND_LIST_RELATIONSHIP) {
		value = jn_array(a);
		jn_append(value, text);
	}
	return value;
}

/* A Null in place of each series that is meant (4.5.7); NULL: none is. */
static struct jn *nulls(const struct past *past, const struct op *op, struct arena *a)
{
	struct jn *doc = jn_object(a), *list = jn_array(a);
	const char *wanted = op->dataset_id;

	if (wanted != NULL && strcmp(wanted, "@none") == 0)
		wanted = NULL;
	for (size_t i = 0; i < past->outline.len; i++) {
		const struct series *s = &past->outline.items[i];
		bool same = wanted == NULL || s->dataset_iri == NULL
			? wanted == s->dataset_iri
			: strcmp(wanted, s->dataset_iri) == 0;
		struct jn *instance = jn_object(a);

		if (!op->delete_all && !same)
			continue;
		jn_add(instance, "type", jn_string_ref(a, kind_type[s->kind]));
		jn_add(instance, kind_member[s->kind], null_of(s->kind, a));
		if (s->dataset_iri != NULL)
			jn_add(instance, "datasetId", jn_string_ref(a, s->dataset_iri));
		jn_append(list, instance);
		if (list->count == 1)
			jn_add(doc, s->attr_iri, list);
	}
	return list->count > 0 ? doc : NULL;
}

int history_attr_delete(struct call *call, const struct op *op, bool *done)
{
	const struct history_target target = {.tenant = call->tenant, .id = op->id};
	struct arena *a = &call->req->arena;
	struct pg *pg = readers_take(call->app->readers);
	struct past past = {0};
	int rc = find(call, op, pg, &past);
	struct jn *doc;

	readers_put(call->app->readers, pg);
	*done = false;
	if (rc < 0)
		return -1;
	doc = nulls(&past, op, a);
	if (doc == NULL)
		return 0;
	if (history_put(call->app->history, &target, doc, op->now, false, a, NULL,
		    &call->req->err) < 0)
		return -1;
	*done = true;
	return 0;
}
