/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies that are no NGSI-LD, and what they were meant as: NGSI v2 attributes, GeoJSON
 * features, identifiers that are no URIs, links that hold dates.
 */
#include "lint_priv.h"

#include <base/iri.h>
#include <core/expand.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct shape {
	struct arena *a;
	struct findings *out;
	const char *type; /* of the entity; "" where it has none */
};

static struct finding *add(struct shape *x, enum lint_code code,
	const struct jn *attribute, const char *rest, const struct jn *seen)
{
	struct run r = {.a = x->a, .out = x->out};
	const char *name = attribute != NULL
		? arena_strndup(x->a, attribute->key, attribute->key_len)
		: "";
	struct finding *f = lint_add(&r, code, NULL,
		arena_printf(x->a, "%s%s%s", attribute != NULL ? "/" : "", name, rest),
		seen);

	f->attribute = name;
	f->type = x->type;
	return f;
}

static bool is_v2(const struct jn *attr)
{
	const struct jn *type = jn_get(attr, "type");

	return jn_is(attr, JN_OBJECT) && jn_get(attr, "value") != NULL &&
		jn_is(type, JN_STRING) && kind_from_type(type) == KINDS;
}

/* urn:ngsi-ld:<type>:<id>, as ETSI's migration advice has it. */
static struct jn *make_urn(struct shape *x, const char *type, const struct jn *id)
{
	size_t len;
	const char *text = jn_span(id, x->a, &len);

	text = iri_encode(x->a, arena_strndup(x->a, text, len), "-._~:!$&'()*+,;=@/");
	return jn_string(x->a, arena_printf(x->a, "urn:ngsi-ld:%s:%s", type, text));
}

static bool is_uri(const struct jn *v)
{
	return jn_is(v, JN_STRING) && !v->escaped && iri_is_absolute(v->text, v->len);
}

/* What a link refDevice leads to: a Device. */
static const char *linked_type(struct shape *x, const struct jn *attribute)
{
	if (attribute->key_len > 3 && memcmp(attribute->key, "ref", 3) == 0)
		return arena_strndup(x->a, attribute->key + 3, attribute->key_len - 3);
	return "Thing";
}

/* URIs for what a link leads to. */
static struct jn *link_of(struct shape *x, const struct jn *attribute, const struct jn *v)
{
	struct finding *f;
	struct jn *out;

	if (jn_is(v, JN_ARRAY)) {
		out = jn_array(x->a);
		jn_each (it, v)
			jn_append(out, link_of(x, attribute, it));
		return out;
	}
	if (!jn_is(v, JN_STRING) || is_uri(v))
		return jn_share(x->a, v);
	out = make_urn(x, linked_type(x, attribute), v);
	f = add(x, LINT_ID_NOT_URI, attribute, "/object", v);
	f->why = "what a Relationship leads to is named by a URI";
	f->mend = arena_printf(
		x->a, "send for example %s, the id of that entity", jn_text(out, x->a));
	return out;
}

/* "43.3, 5.4", latitude first, as NGSI v2 has it. */
static struct jn *read_point(struct shape *x, const struct jn *v)
{
	char *text = jn_str(v, x->a), *end;
	struct jn *point, *pair;
	double lat, lon;

	if (text == NULL)
		return NULL;
	lat = strtod(text, &end);
	if (end == text || *(end += strspn(end, " ")) != ',')
		return NULL;
	text = end + 1;
	lon = strtod(text, &end);
	if (end == text)
		return NULL;
	point = jn_object(x->a);
	pair = jn_array(x->a);
	jn_append(pair, lint_number(x->a, lon));
	jn_append(pair, lint_number(x->a, lat));
	jn_add(point, "type", jn_string(x->a, "Point"));
	jn_add(point, "coordinates", pair);
	return point;
}

static const struct jn *metadatum(const struct jn *m)
{
	const struct jn *value = jn_get(m, "value");

	return value != NULL ? value : m;
}

static bool key_is_any(const struct jn *m, const char *const *names)
{
	for (size_t i = 0; names[i] != NULL; i++)
		if (jn_key_is(m, names[i]))
			return true;
	return false;
}

static void put_metadata(struct shape *x, const struct jn *metadata, struct jn *out)
{
	static const char *const times[] = {
		"timestamp", "TimeInstant", "observedAt", "dateObserved", NULL};
	static const char *const units[] = {"unitCode", "unit", "units", NULL};

	jn_each (m, metadata) {
		const struct jn *v = metadatum(m);
		struct jn *sub;

		if (key_is_any(m, times) && jn_is(v, JN_STRING) &&
			jn_get(out, "observedAt") == NULL) {
			jn_add(out, "observedAt", jn_share(x->a, v));
		} else if (key_is_any(m, units) && jn_is(v, JN_STRING) &&
			jn_get(out, "unitCode") == NULL) {
			jn_add(out, "unitCode", jn_share(x->a, v));
		} else if (jn_getn(out, m->key, m->key_len) == NULL &&
			!jn_is(v, JN_NULL)) {
			sub = jn_object(x->a);
			jn_add(sub, "type", jn_string(x->a, "Property"));
			jn_add(sub, "value", jn_share(x->a, v));
			jn_addn(out, m->key, m->key_len, sub);
		}
	}
}

static bool starts(const char *text, const char *with)
{
	return strncasecmp(text, with, strlen(with)) == 0;
}

static bool is_geometry(const struct jn *v)
{
	return geometry_type_is_known(jn_get(v, "type")) &&
		jn_get(v, "coordinates") != NULL;
}

static struct jn *from_v2(struct shape *x, const struct jn *m)
{
	const char *type = jn_str(jn_get(m, "type"), x->a);
	const struct jn *value = jn_get(m, "value");
	struct jn *out = jn_object(x->a), *point = NULL;
	struct finding *f = add(x, LINT_V2_TYPE, m, "/type", jn_get(m, "type"));
	const char *kind = "Property";

	if (starts(type, "geo:point"))
		point = read_point(x, value);
	if (point != NULL || is_geometry(value))
		kind = "GeoProperty";
	jn_add(out, "type", jn_string(x->a, kind));
	jn_add(out, "value", point != NULL ? point : jn_share(x->a, value));
	put_metadata(x, jn_get(m, "metadata"), out);
	jn_each (it, m)
		if (jn_getn(out, it->key, it->key_len) == NULL &&
			!jn_key_is(it, "metadata"))
			jn_addn(out, it->key, it->key_len, jn_share(x->a, it));
	f->why = arena_printf(x->a,
		"\"%s\" is no kind of attribute in NGSI-LD (it may be a type of NGSI v2)",
		type);
	f->mend = arena_printf(x->a, "send \"type\": \"%s\"", kind);
	return out;
}

/* A link that is none: a date, or the member of NGSI v2. */
static struct jn *from_link(struct shape *x, const struct jn *m)
{
	const struct jn *object = jn_get(m, "object"), *value = jn_get(m, "value"), *link;
	struct jn *out = jn_object(x->a);
	struct finding *f;

	link = object != NULL ? object : value;
	if (jn_is(link, JN_STRING) && date_look(link->text, link->len) != DATE_NONE) {
		f = add(x, LINT_WRONG_KIND, m, "/type", jn_get(m, "type"));
		f->why = "a date is a Property, not a link to an entity";
		f->mend =
			arena_printf(x->a, "send {\"type\": \"Property\", \"value\": %s}",
				jn_text(link, x->a));
		jn_add(out, "type", jn_string(x->a, "Property"));
		jn_add(out, "value", jn_share(x->a, link));
	} else {
		if (object == NULL) {
			f = add(x, LINT_V2_TYPE, m, "/value", value);
			f->why = "a Relationship has its value in \"object\"";
			f->mend = arena_printf(
				x->a, "send \"object\": %s", jn_text(value, x->a));
		}
		jn_add(out, "type", jn_string(x->a, "Relationship"));
		jn_add(out, "object", link_of(x, m, link));
	}
	put_metadata(x, jn_get(m, "metadata"), out);
	jn_each (it, m)
		if (jn_getn(out, it->key, it->key_len) == NULL &&
			!jn_key_is(it, "metadata") && it != link)
			jn_addn(out, it->key, it->key_len, jn_share(x->a, it));
	return out;
}

static bool is_odd_link(const struct jn *m)
{
	const struct jn *object = jn_get(m, "object");

	if (!jn_is(m, JN_OBJECT) || !jn_str_is(jn_get(m, "type"), "Relationship"))
		return false;
	if (object == NULL)
		return jn_get(m, "value") != NULL;
	if (jn_is(object, JN_ARRAY))
		jn_each (it, object)
			if (!is_uri(it))
				return true;
	return jn_is(object, JN_STRING) && !is_uri(object);
}

static bool is_member(const struct jn *m)
{
	static const char *const names[] = {
		"id", "type", "@id", "@type", "@context", "scope", "expiresAt", NULL};

	return key_is_any(m, names);
}

static void put_id(struct shape *x, const struct jn *m, struct jn *out)
{
	struct finding *f;
	struct jn *urn;

	if (!jn_is(m, JN_STRING) || is_uri(m) || x->type[0] == '\0' || m->len == 0) {
		jn_addn(out, m->key, m->key_len, jn_share(x->a, m));
		return;
	}
	urn = make_urn(x, x->type, m);
	f = add(x, LINT_ID_NOT_URI, NULL, "/id", m);
	f->why = "the id of an entity is a URI";
	f->mend = arena_printf(x->a, "send %s", jn_text(urn, x->a));
	jn_addn(out, m->key, m->key_len, urn);
}

/* v2's null attributes say nothing. */
static struct jn *reshape_attribute(struct shape *x, const struct jn *m)
{
	if (is_v2(m) && !is_geometry(m))
		return from_v2(x, m);
	if (is_odd_link(m))
		return from_link(x, m);
	return jn_share(x->a, m);
}

static void put_members(struct shape *x, const struct jn *from, struct jn *out)
{
	jn_each (m, from) {
		if (jn_getn(out, m->key, m->key_len) != NULL)
			continue;
		if (jn_key_is(m, "id") || jn_key_is(m, "@id"))
			put_id(x, m, out);
		else if (is_member(m))
			jn_addn(out, m->key, m->key_len, jn_share(x->a, m));
		else
			jn_addn(out, m->key, m->key_len, reshape_attribute(x, m));
	}
}

/* A Feature is how entities are answered, not how they are sent. */
static void from_feature(struct shape *x, const struct jn *body, struct jn *out)
{
	const struct jn *properties = jn_get(body, "properties"),
			*geometry = jn_get(body, "geometry");
	struct finding *f = add(x, LINT_NOT_NGSI_LD, NULL, "/type", jn_get(body, "type"));
	struct jn *location;

	f->why = "a GeoJSON Feature is how entities are answered, not how they are sent";
	f->mend = "send the members of \"properties\" beside \"id\", and the geometry as "
		  "\"location\"";
	jn_each (m, body)
		if (jn_key_is(m, "id") || jn_key_is(m, "@context"))
			jn_addn(out, m->key, m->key_len, jn_share(x->a, m));
	put_members(x, properties, out);
	if (jn_get(geometry, "value") != NULL)
		geometry = jn_get(geometry, "value");
	if (jn_get(out, "location") != NULL || !is_geometry(geometry))
		return;
	location = jn_object(x->a);
	jn_add(location, "type", jn_string(x->a, "GeoProperty"));
	jn_add(location, "value", jn_share(x->a, geometry));
	jn_add(out, "location", location);
}

/* No attribute says what it is: bare values. */
static bool is_simplified(const struct jn *body)
{
	bool bare = false;

	jn_each (m, body) {
		const struct jn *one = jn_is(m, JN_ARRAY) ? m->child : m;

		if (is_member(m))
			continue;
		if (jn_is(one, JN_OBJECT) &&
			(kind_from_type(jn_get(one, "type")) != KINDS || is_v2(one) ||
				jn_get(one, "value") != NULL ||
				jn_get(one, "object") != NULL))
			return false;
		bare |= !is_geometry(m);
	}
	return bare;
}

static const char *type_of(struct shape *x, const struct jn *body)
{
	const struct jn *type = jn_get(body, "type");

	if (jn_is(type, JN_ARRAY))
		type = type->child;
	return jn_is(type, JN_STRING) ? jn_str(type, x->a) : "";
}

struct jn *lint_reshape(
	const struct jn *body, struct arena *a, bool *simplified, struct findings *out)
{
	struct shape x = {.a = a, .out = out};
	struct jn *fresh = jn_object(a);
	const struct jn *properties = jn_get(body, "properties");
	bool feature = jn_str_is(jn_get(body, "type"), "Feature") &&
		jn_is(properties, JN_OBJECT);

	x.type = type_of(&x, feature ? properties : body);
	if (feature)
		from_feature(&x, body, fresh);
	else
		put_members(&x, body, fresh);
	*simplified = is_simplified(fresh);
	return fresh;
}
