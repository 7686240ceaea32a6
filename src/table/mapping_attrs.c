/* SPDX-License-Identifier: Apache-2.0 */
/* The attributes of a mapping: where each takes its value from, and what it becomes. */
#include "mapping_spec.h"

#include <base/arena.h>
#include <base/err.h>
#include <base/jn.h>

#include <math.h>
#include <string.h>

#define ATTRIBUTES 1000
#define DEPTH      4 /* of attributes in attributes */

static int read_words(struct spec_reader *c, const struct jn *spec, struct map_attr *attr)
{
	const struct jn *words = jn_get(spec, "words");

	if (words == NULL)
		return 0;
	if (words->kind != JN_OBJECT || words->count == 0)
		return spec_wrong(
			c, "words", "must be an object of words and their values");
	jn_each (it, words)
		if (it->kind == JN_NULL)
			return spec_wrong(
				c, "words", "null cannot be stored; see \"empty\"");
	attr->words = words;
	return 0;
}

static int number_of(struct spec_reader *c, const struct jn *spec, const char *member,
	double *out, bool *there)
{
	const struct jn *v = jn_get(spec, member);

	if (v == NULL)
		return 0;
	*out = jn_number(v);
	*there = true;
	return v->kind == JN_NUMBER && isfinite(*out)
		? 0
		: spec_wrong(c, member, "must be a number");
}

static int read_value_kind(
	struct spec_reader *c, const struct jn *spec, struct map_attr *attr)
{
	const char *name;
	int rc = spec_text(c, spec, "value", &name), i = 0;

	if (rc < 0)
		return -1;
	if (rc == 1) {
		while (i < VALUES && strcmp(map_value_names[i], name) != 0)
			i++;
		if (i == VALUES)
			return spec_wrong(c, "value",
				"must be text, number, integer, boolean, dateTime, date, "
				"json or auto");
		attr->value = (enum map_value)i;
	}
	attr->scale = 1;
	if (number_of(c, spec, "scale", &attr->scale, &attr->scaled) < 0 ||
		number_of(c, spec, "offset", &attr->offset, &attr->scaled) < 0)
		return -1;
	if (attr->scaled && attr->value != VALUE_NUMBER)
		return spec_wrong(
			c, "scale", "scale and offset need \"value\": \"number\"");
	return read_words(c, spec, attr);
}

static int read_languages(
	struct spec_reader *c, const struct jn *spec, struct map_attr *attr)
{
	const struct jn *v = jn_get(spec, "languages");

	if (v->kind != JN_OBJECT || v->count == 0)
		return spec_wrong(c, "languages", "must be like {\"fr\": \"nom\"}");
	attr->languages = arena_array(c->a, struct map_language, v->count);
	jn_each (it, v) {
		const char *column = jn_str(it, c->a);

		if (column == NULL || *column == '\0')
			return spec_wrong(c, "languages", "must hold names of columns");
		attr->languages[attr->languages_len++] =
			(struct map_language){arena_strndup(c->a, it->key, it->key_len),
				spec_column_named(c, column)};
	}
	return 0;
}

static int read_constant(
	struct spec_reader *c, const struct jn *spec, struct map_attr *attr)
{
	attr->constant = jn_get(spec, "constant");
	if (attr->constant->kind == JN_NULL)
		return spec_wrong(c, "constant", "null cannot be stored");
	return 0;
}

static const struct source {
	const char *member;
	enum map_source source;
	enum kind kind; /* where the mapping says none */
} sources[] = {
	{"column", SOURCE_COLUMN, KIND_PROPERTY},
	{"constant", SOURCE_CONSTANT, KIND_PROPERTY},
	{"text", SOURCE_TEXT, KIND_PROPERTY},
	{"object", SOURCE_OBJECT, KIND_RELATIONSHIP},
	{"languages", SOURCE_LANGUAGES, KIND_LANGUAGE_PROPERTY},
	{"longitude", SOURCE_POSITION, KIND_GEO_PROPERTY},
	{"point", SOURCE_POINT, KIND_GEO_PROPERTY},
	{"wkt", SOURCE_WKT, KIND_GEO_PROPERTY},
	{"geojson", SOURCE_GEOJSON, KIND_GEO_PROPERTY},
	{"geometry", SOURCE_GEOMETRY, KIND_GEO_PROPERTY},
};
#define SOURCES (sizeof(sources) / sizeof(sources[0]))

static const struct source *find_source(
	struct spec_reader *c, const struct jn *spec, const struct source **out)
{
	*out = NULL;
	for (size_t i = 0; i < SOURCES; i++) {
		if (jn_get(spec, sources[i].member) == NULL)
			continue;
		if (*out != NULL) {
			(void)err_set(c->err, ERR_BAD_REQUEST_DATA,
				"%s: \"%s\" and \"%s\" exclude each other", c->where,
				(*out)->member, sources[i].member);
			return NULL;
		}
		*out = &sources[i];
	}
	if (*out == NULL)
		(void)spec_wrong(c, "",
			"says not where the value comes from: \"column\", \"constant\", "
			"\"text\", \"object\", \"languages\", \"longitude\" and "
			"\"latitude\", "
			"\"point\", \"wkt\", \"geojson\" or \"geometry\"");
	return *out;
}

static int read_latitude(
	struct spec_reader *c, const struct jn *spec, struct map_attr *attr)
{
	int rc = spec_column(c, spec, "latitude", &attr->second);

	if (rc == 0)
		return spec_wrong(c, "", "\"longitude\" needs \"latitude\" beside it");
	return rc < 0 ? -1 : 0;
}

static int read_source(
	struct spec_reader *c, const struct jn *spec, struct map_attr *attr)
{
	const struct source *s;
	bool yes = true;

	if (find_source(c, spec, &s) == NULL)
		return -1;
	attr->source = s->source;
	attr->kind = s->kind;
	switch (s->source) {
	case SOURCE_CONSTANT:
		return read_constant(c, spec, attr);
	case SOURCE_TEXT:
	case SOURCE_OBJECT:
		return spec_template(c, spec, s->member, &attr->template) < 0 ? -1 : 0;
	case SOURCE_LANGUAGES:
		return read_languages(c, spec, attr);
	case SOURCE_GEOMETRY:
		if (spec_bool(c, spec, "geometry", &yes) < 0)
			return -1;
		return yes ? 0 : spec_wrong(c, "geometry", "must be true");
	case SOURCE_POSITION:
		if (read_latitude(c, spec, attr) < 0)
			return -1;
		break;
	default:
		break;
	}
	return spec_column(c, spec, s->member, &attr->column) < 0 ? -1 : 0;
}

static int read_kind(struct spec_reader *c, const struct jn *spec, struct map_attr *attr)
{
	const struct jn *v = jn_get(spec, "kind");
	enum kind kind = kind_from_type(v);
	bool geo = attr->kind == KIND_GEO_PROPERTY;

	if (v == NULL)
		return 0;
	if (kind == KINDS)
		return spec_wrong(c, "kind",
			"must be Property, GeoProperty, Relationship, LanguageProperty, "
			"VocabProperty, JsonProperty, ListProperty or ListRelationship");
	if (attr->source == SOURCE_COLUMN && kind == KIND_GEO_PROPERTY)
		return spec_wrong(c, "kind",
			"a GeoProperty comes from \"longitude\" and \"latitude\", "
			"\"point\", "
			"\"wkt\", \"geojson\" or \"geometry\"");
	if ((geo || attr->source == SOURCE_LANGUAGES || attr->source == SOURCE_OBJECT) &&
		kind != attr->kind &&
		!(attr->source == SOURCE_OBJECT && kind == KIND_LIST_RELATIONSHIP))
		return spec_wrong(c, "kind", "is not that of its source; leave it out");
	attr->kind = kind;
	return 0;
}

static int read_spec(struct spec_reader *c, const struct jn *spec,
	const struct map_time *observed, unsigned depth, struct map_attr *attr)
{
	static const char *const known[] = {"kind", "column", "constant", "text",
		"object", "languages", "longitude", "latitude", "point", "wkt", "geojson",
		"geometry", "value", "words", "scale", "offset", "list", "crs",
		"unitCode", "observedAt", "datasetId", "attributes", NULL};
	const struct jn *subs;

	if (spec->kind == JN_STRING) {
		attr->column = spec_column_named(c, jn_str(spec, c->a));
		attr->observed = observed;
		return spec->len > 0 ? 0 : spec_wrong(c, "", "must name a column");
	}
	if (spec->kind != JN_OBJECT)
		return spec_wrong(c, "", "must be the name of a column or an object");
	attr->observed = observed;
	if (spec_check_members(c, spec, known) < 0 || read_source(c, spec, attr) < 0 ||
		read_kind(c, spec, attr) < 0 || read_value_kind(c, spec, attr) < 0 ||
		spec_character(c, spec, "list", &attr->list) < 0 ||
		spec_crs(c, spec, &attr->crs) < 0 ||
		spec_template(c, spec, "unitCode", &attr->unit) < 0 ||
		spec_time(c, spec, &attr->observed) < 0 ||
		spec_template(c, spec, "datasetId", &attr->dataset) < 0)
		return -1;
	if (attr->unit.len > 0 && attr->kind != KIND_PROPERTY &&
		attr->kind != KIND_LIST_PROPERTY)
		return spec_wrong(c, "unitCode", "only a Property has a unit");
	subs = jn_get(spec, "attributes");
	return subs == NULL
		? 0
		: spec_attributes(c, subs, NULL, depth + 1, &attr->subs, &attr->subs_len);
}

/* Appends to c->where; returns what it was long. */
static size_t enter(struct spec_reader *c, const char *name, size_t len)
{
	size_t was = strlen(c->where), room = SPEC_WHERE - was - 2;

	if (was + 2 >= SPEC_WHERE)
		return was;
	c->where[was] = '/';
	if (len > room)
		len = room;
	memcpy(c->where + was + 1, name, len);
	c->where[was + 1 + len] = '\0';
	return was;
}

/* A name with columns in it is another one in each row. */
static int read_name(struct spec_reader *c, struct map_attr *attr)
{
	if (strchr(attr->name, '{') == NULL)
		return 0;
	if (spec_read_template(c, "", attr->name, &attr->named) < 0)
		return -1;
	attr->name = NULL;
	return 0;
}

static int read_attribute(struct spec_reader *c, const struct jn *it,
	const struct map_time *observed, unsigned depth, struct map_attr *out,
	size_t *len)
{
	const struct jn *first = it->kind == JN_ARRAY ? it->child : it;
	size_t was = enter(c, it->key, it->key_len), i = 0;

	for (const struct jn *spec = first; spec != NULL;
		spec = it->kind == JN_ARRAY ? spec->next : NULL) {
		struct map_attr *attr = &out[(*len)++];
		const char *index = arena_printf(c->a, "%zu", i++);
		size_t above = it->kind == JN_ARRAY ? enter(c, index, strlen(index))
						    : strlen(c->where);

		attr->name = arena_strndup(c->a, it->key, it->key_len);
		if (read_name(c, attr) < 0 ||
			read_spec(c, spec, observed, depth, attr) < 0)
			return -1;
		c->where[above] = '\0';
	}
	c->where[was] = '\0';
	return 0;
}

int spec_attributes(struct spec_reader *c, const struct jn *object,
	const struct map_time *observed, unsigned depth, struct map_attr **out,
	size_t *len)
{
	size_t was = enter(c, "attributes", 10), room = 0;

	if (object == NULL || object->kind != JN_OBJECT || object->count == 0)
		return spec_wrong(c, "",
			"must be an object: names of attributes and where their "
			"values come from");
	if (depth > DEPTH)
		return spec_wrong(
			c, "", "attributes of attributes are nested too deeply");
	jn_each (it, object) {
		if (it->kind == JN_ARRAY && it->count == 0)
			return spec_wrong(
				c, "", "holds an attribute without a source ([])");
		room += it->kind == JN_ARRAY ? it->count : 1;
		if (jn_key_is(it, "id") || jn_key_is(it, "type") ||
			jn_key_is(it, "scope"))
			return spec_wrong(c, "",
				"id, type and scope are no attributes; they stand "
				"beside \"attributes\"");
	}
	if (room > ATTRIBUTES)
		return spec_wrong(c, "", "more than 1000 attributes");
	*out = arena_array(c->a, struct map_attr, room);
	jn_each (it, object)
		if (read_attribute(c, it, observed, depth, *out, len) < 0)
			return -1;
	c->where[was] = '\0';
	return 0;
}
