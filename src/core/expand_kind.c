/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of attributes by name, and what is said of those that are none. */
#include "expand_priv.h"

#include <base/err.h>

#include <string.h>

enum kind expand_kind_of(const struct expander *x, const struct jn *type)
{
	enum kind kind = kind_from_type(type);
	static const char *const before[] = {NGSILD_VOCAB, "ngsi-ld:"};
	const char *text;
	struct jn *name;
	size_t len;

	if (kind != KINDS || !jn_is(type, JN_STRING))
		return kind;
	text = jn_span(type, x->a, &len);
	for (int i = 0; i < 2; i++) {
		size_t n = strlen(before[i]);

		if (len <= n || memcmp(text, before[i], n) != 0)
			continue;
		name = expand_plain(x->a, text + n, len - n);
		return kind_from_type(name);
	}
	return KINDS;
}

int expand_refuse_type(
	const struct expander *x, const struct at *at, const struct jn *type)
{
	static const char *const v2[] = {"Text", "Number", "Integer", "Float", "Boolean",
		"DateTime", "StructuredValue", "None", NULL};
	struct at here = at_member(at, type);
	const char *text;
	size_t len;

	if (type->kind != JN_STRING)
		return expand_fail(
			x, &here, "must be one string: the kind of the attribute");
	text = jn_span(type, x->a, &len);
	if (jn_str_is(type, "GeometryCollection"))
		return expand_fail(
			x, &here, "GeometryCollection is not allowed in NGSI-LD (4.7.1)");
	if (geometry_type_is_known(type))
		return expand_fail(x, at, "a %.*s needs \"coordinates\"", (int)len, text);
	if (len > 4 && memcmp(text, "geo:", 4) == 0)
		return expand_fail(x, &here,
			"\"%.*s\" is a type of NGSI v2; send \"GeoProperty\" with "
			"GeoJSON in "
			"\"value\"",
			len > 40 ? 40 : (int)len, text);
	for (int i = 0; v2[i] != NULL; i++) {
		if (jn_str_is(type, v2[i]))
			return expand_fail(x, &here,
				"\"%s\" is a type of NGSI v2; send \"Property\", or no "
				"type",
				v2[i]);
	}
	return expand_fail(x, &here,
		"\"%.*s\" is no kind of attribute; send Property, GeoProperty, "
		"Relationship, … "
		"(an object that has a type of its own goes into \"value\")",
		len > 60 ? 60 : (int)len, text);
}
