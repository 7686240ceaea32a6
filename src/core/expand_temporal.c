/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The temporal representation (4.5.6 to 4.5.8): an attribute is all of its instances, as
 * many of one datasetId as there are instants; the scope is a Property among them.
 */
#include "expand_priv.h"

#include <string.h>

int expand_evolution(const struct expander *x, const struct at *at, const struct jn *v,
	const struct name *name, struct jn **out)
{
	struct jn *all = jn_array(x->a), *instance = NULL;
	size_t i = 0;

	jn_each (it, v) {
		struct at here = {at, NULL, i++};

		if (it->kind != JN_OBJECT)
			return expand_fail(
				x, &here, "must be an attribute, as the others are");
		if (expand_instance(x, &here, it, name, 0, &instance) < 0)
			return -1;
		jn_append(all, instance);
	}
	*out = all;
	return 0;
}

/* One scope is a string, several are an array, as in answers (4.18). */
static int put_value(const struct expander *x, const struct at *at, const struct jn *v,
	struct jn *instance)
{
	struct jn *scopes = NULL;

	if (expand_scope(x, at, v, &scopes) < 0)
		return -1;
	if (scopes->count == 0)
		return expand_fail(x, at, "must name at least one scope");
	jn_set(instance, "value",
		jn_share(x->a, scopes->count == 1 ? scopes->child : scopes));
	return 0;
}

static int check_instance(
	const struct expander *x, const struct at *at, const struct jn *instance)
{
	if (instance_kind(instance) != KIND_PROPERTY)
		return expand_fail(x, at, "a scope is a Property here (4.5.6)");
	jn_each (it, instance) {
		struct at here = at_member(at, it);

		if (!jn_key_is(it, "type") && !jn_key_is(it, "value") &&
			!jn_key_is(it, "observedAt") && !jn_key_is(it, "deletedAt"))
			return expand_fail(x, &here,
				"a scope has a value and instants, nothing else (4.5.6)");
	}
	return 0;
}

int expand_scopes(const struct expander *x, const struct at *at, const struct jn *v,
	struct jn **out)
{
	struct jn *instances = NULL;
	struct name name;
	size_t i = 0;

	expand_known_name(SCOPE_IRI, strlen(SCOPE_IRI), &name);
	if (v->kind != JN_OBJECT &&
		!(v->kind == JN_ARRAY && jn_is(v->child, JN_OBJECT))) {
		instances = expand_make(x, KIND_PROPERTY, jn_null(x->a));
		if (put_value(x, at, v, instances) < 0)
			return -1;
		*out = instances;
		return 0;
	}
	if (expand_instances(x, at, v, &name, 0, &instances) < 0)
		return -1;
	each_instance(it, instances)
	{
		struct at index = {at, NULL, i++};
		const struct at *here = instances->kind == JN_ARRAY ? &index : at;
		struct at value = {here, "value", 5};

		if (check_instance(x, here, it) < 0 ||
			put_value(x, &value, instance_value(it), it) < 0)
			return -1;
	}
	*out = instances;
	return 0;
}
