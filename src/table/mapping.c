/* SPDX-License-Identifier: Apache-2.0 */
/* From the JSON of a mapping to struct mapping; whatever is wrong is said by its pointer. */
#include "mapping_priv.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/iri.h>
#include <table/zone.h>

#include <math.h>
#include <string.h>

#define ATTRIBUTES 1000
#define DEPTH      4 /* of attributes in attributes */
#define WHERE      200 /* bytes of a pointer */

struct compiler {
	struct mapping *m;
	struct arena *a;
	struct err *err;
	char where[WHERE];
};

/* ---- small things */

static int wrong(const struct compiler *c, const char *member, const char *what)
{
	return err_set(c->err, ERR_BAD_REQUEST_DATA, "%s%s%s: %s", c->where,
		*member != '\0' ? "/" : "", member, what);
}

static int check_members(
	const struct compiler *c, const struct jn *object, const char *const *known)
{
	jn_each (it, object) {
		size_t i = 0;

		while (known[i] != NULL && !jn_key_is(it, known[i]))
			i++;
		if (known[i] == NULL)
			return err_set(c->err, ERR_BAD_REQUEST_DATA,
				"%s/%.*s: there is no such member of a mapping; see "
				"docs/en/imports.md for those there are",
				c->where, (int)(it->key_len < 60 ? it->key_len : 60),
				it->key);
	}
	return 0;
}

/* A text that is not empty; 1: there is one, 0: there is no such member. */
static int text_of(const struct compiler *c, const struct jn *object, const char *member,
	const char **out)
{
	const struct jn *v = jn_get(object, member);

	if (v == NULL)
		return 0;
	*out = jn_str(v, c->a);
	if (*out == NULL || **out == '\0')
		return wrong(c, member, "must be a text that is not empty");
	return 1;
}

static int column_named(struct compiler *c, const char *name)
{
	struct mapping *m = c->m;

	for (size_t i = 0; i < m->columns_len; i++)
		if (strcmp(m->columns[i], name) == 0)
			return (int)i;
	if (m->columns_len == m->columns_room) {
		const char **more;

		m->columns_room = m->columns_room > 0 ? m->columns_room * 2 : 16;
		more = arena_array(c->a, const char *, m->columns_room);
		if (m->columns_len > 0)
			memcpy(more, m->columns, m->columns_len * sizeof(*more));
		m->columns = more;
	}
	m->columns[m->columns_len] = name;
	return (int)m->columns_len++;
}

static int column_of(
	struct compiler *c, const struct jn *object, const char *member, int *out)
{
	const char *name;
	int rc = text_of(c, object, member, &name);

	if (rc == 1)
		*out = column_named(c, name);
	return rc;
}

static int read_template(
	struct compiler *c, const char *member, const char *text, struct template *out)
{
	size_t room = 1;

	for (const char *p = text; *p != '\0'; p++)
		room += *p == '{' ? 2 : 0;
	out->parts = arena_array(c->a, struct template_part, room);
	while (*text != '\0') {
		struct template_part *part = &out->parts[out->len++];
		const char *end;

		if (*text != '{') {
			part->text = text;
			part->len = strcspn(text, "{");
			text += part->len;
			continue;
		}
		end = strchr(text, '}');
		if (end == NULL || end == text + 1)
			return wrong(c, member, "'{' wants the name of a column and '}'");
		part->column = column_named(
			c, arena_strndup(c->a, text + 1, (size_t)(end - text - 1)));
		text = end + 1;
	}
	return 0;
}

static int template_of(struct compiler *c, const struct jn *object, const char *member,
	struct template *out)
{
	const char *text;
	int rc = text_of(c, object, member, &text);

	if (rc == 1 && read_template(c, member, text, out) < 0)
		return -1;
	return rc;
}

static int character_of(
	struct compiler *c, const struct jn *object, const char *member, char *out)
{
	const char *text;
	int rc = text_of(c, object, member, &text);

	if (rc != 1)
		return rc;
	if (strcmp(text, "\\t") == 0 || strcmp(text, "tab") == 0)
		text = "\t";
	if (text[1] != '\0' || (unsigned char)*text >= 0x80 || *text == '"' ||
		*text == '\n' || *text == '\r')
		return wrong(c, member, "must be one character, such as ; or ,");
	*out = *text;
	return 1;
}

static int bool_of(
	struct compiler *c, const struct jn *object, const char *member, bool *out)
{
	const struct jn *v = jn_get(object, member);

	if (v != NULL && !jn_is_bool(v))
		return wrong(c, member, "must be true or false");
	if (v != NULL)
		*out = v->kind == JN_TRUE;
	return v != NULL;
}

static int crs_of(struct compiler *c, const struct jn *object, const struct crs **out)
{
	struct crs *crs = arena_new(c->a, struct crs);
	const char *name;
	int rc = text_of(c, object, "crs", &name);

	if (rc != 1)
		return rc;
	if (crs_find(name, crs, c->err) < 0)
		return err_wrap(c->err, "%s/crs", c->where);
	*out = crs;
	return 1;
}

/* ---- observedAt */

static int read_time_columns(struct compiler *c, const struct jn *v, struct map_time *t)
{
	const struct jn *list = jn_get(v, "column");

	if (jn_is(v, JN_STRING))
		list = v;
	t->columns = arena_array(c->a, int, jn_is(list, JN_ARRAY) ? list->count + 1 : 1);
	for (const struct jn *it = jn_is(list, JN_ARRAY) ? list->child : list; it != NULL;
		it = jn_is(list, JN_ARRAY) ? it->next : NULL) {
		const char *name = jn_str(it, c->a);

		if (name == NULL || *name == '\0')
			return wrong(c, "observedAt",
				"\"column\" must be the name of a column, or several");
		t->columns[t->len++] = column_named(c, name);
	}
	return t->len > 0
		? 0
		: wrong(c, "observedAt", "needs a \"column\" or a \"constant\"");
}

/* NULL where it says false; otherwise what is there already stays. */
static int time_of(
	struct compiler *c, const struct jn *object, const struct map_time **out)
{
	static const char *const known[] = {"column", "format", "constant", NULL};
	const struct jn *v = jn_get(object, "observedAt");
	struct map_time *t;
	int64_t at;

	if (v == NULL)
		return 0;
	if (v->kind == JN_FALSE) {
		*out = NULL;
		return 0;
	}
	if (v->kind != JN_STRING && v->kind != JN_OBJECT)
		return wrong(c, "observedAt",
			"must be the name of a column, or {\"column\": …, \"format\": "
			"…}");
	t = arena_new(c->a, struct map_time);
	*out = t;
	if (v->kind == JN_OBJECT &&
		(check_members(c, v, known) < 0 ||
			text_of(c, v, "format", &t->format) < 0 ||
			text_of(c, v, "constant", &t->constant) < 0))
		return -1;
	if (t->constant != NULL && !clock_parse(t->constant, strlen(t->constant), &at))
		return wrong(c, "observedAt",
			"\"constant\" must be like 2026-11-28T18:39:03Z");
	if (t->format != NULL && !time_format_is_known(t->format))
		return wrong(c, "observedAt",
			"\"format\" has the letters yyyy MM dd HH mm ss, such as "
			"dd/MM/yyyy "
			"HH:mm, or is epoch or epochMillis");
	return t->constant != NULL ? 0 : read_time_columns(c, v, t);
}

/* ---- attributes */

static int read_words(struct compiler *c, const struct jn *spec, struct map_attr *attr)
{
	const struct jn *words = jn_get(spec, "words");

	if (words == NULL)
		return 0;
	if (words->kind != JN_OBJECT || words->count == 0)
		return wrong(c, "words", "must be an object of words and their values");
	jn_each (it, words)
		if (it->kind == JN_NULL)
			return wrong(c, "words", "null cannot be stored; see \"empty\"");
	attr->words = words;
	return 0;
}

static int number_of(struct compiler *c, const struct jn *spec, const char *member,
	double *out, bool *there)
{
	const struct jn *v = jn_get(spec, member);

	if (v == NULL)
		return 0;
	*out = jn_number(v);
	*there = true;
	return v->kind == JN_NUMBER && isfinite(*out)
		? 0
		: wrong(c, member, "must be a number");
}

static int read_value_kind(
	struct compiler *c, const struct jn *spec, struct map_attr *attr)
{
	const char *name;
	int rc = text_of(c, spec, "value", &name), i = 0;

	if (rc < 0)
		return -1;
	if (rc == 1) {
		while (i < VALUES && strcmp(map_value_names[i], name) != 0)
			i++;
		if (i == VALUES)
			return wrong(c, "value",
				"must be text, number, integer, boolean, dateTime, date, "
				"json or auto");
		attr->value = (enum map_value)i;
	}
	attr->scale = 1;
	if (number_of(c, spec, "scale", &attr->scale, &attr->scaled) < 0 ||
		number_of(c, spec, "offset", &attr->offset, &attr->scaled) < 0)
		return -1;
	if (attr->scaled && attr->value != VALUE_NUMBER)
		return wrong(c, "scale", "scale and offset need \"value\": \"number\"");
	return read_words(c, spec, attr);
}

static int read_languages(
	struct compiler *c, const struct jn *spec, struct map_attr *attr)
{
	const struct jn *v = jn_get(spec, "languages");

	if (v->kind != JN_OBJECT || v->count == 0)
		return wrong(c, "languages", "must be like {\"fr\": \"nom\"}");
	attr->languages = arena_array(c->a, struct map_language, v->count);
	jn_each (it, v) {
		const char *column = jn_str(it, c->a);

		if (column == NULL || *column == '\0')
			return wrong(c, "languages", "must hold names of columns");
		attr->languages[attr->languages_len++] =
			(struct map_language){arena_strndup(c->a, it->key, it->key_len),
				column_named(c, column)};
	}
	return 0;
}

static int read_constant(struct compiler *c, const struct jn *spec, struct map_attr *attr)
{
	attr->constant = jn_get(spec, "constant");
	if (attr->constant->kind == JN_NULL)
		return wrong(c, "constant", "null cannot be stored");
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
	struct compiler *c, const struct jn *spec, const struct source **out)
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
		(void)wrong(c, "",
			"says not where the value comes from: \"column\", \"constant\", "
			"\"text\", \"object\", \"languages\", \"longitude\" and "
			"\"latitude\", "
			"\"point\", \"wkt\", \"geojson\" or \"geometry\"");
	return *out;
}

static int read_source(struct compiler *c, const struct jn *spec, struct map_attr *attr)
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
		return template_of(c, spec, s->member, &attr->template) < 0 ? -1 : 0;
	case SOURCE_LANGUAGES:
		return read_languages(c, spec, attr);
	case SOURCE_GEOMETRY:
		if (bool_of(c, spec, "geometry", &yes) < 0)
			return -1;
		return yes ? 0 : wrong(c, "geometry", "must be true");
	case SOURCE_POSITION:
		if (column_of(c, spec, "latitude", &attr->second) == 0)
			return wrong(c, "", "\"longitude\" needs \"latitude\" beside it");
		break;
	default:
		break;
	}
	return c->err->kind == ERR_NONE &&
			column_of(c, spec, s->member, &attr->column) >= 0
		? 0
		: -1;
}

static int read_kind(struct compiler *c, const struct jn *spec, struct map_attr *attr)
{
	const struct jn *v = jn_get(spec, "kind");
	enum kind kind = kind_from_type(v);
	bool geo = attr->kind == KIND_GEO_PROPERTY;

	if (v == NULL)
		return 0;
	if (kind == KINDS)
		return wrong(c, "kind",
			"must be Property, GeoProperty, Relationship, LanguageProperty, "
			"VocabProperty, JsonProperty, ListProperty or ListRelationship");
	if (attr->source == SOURCE_COLUMN && kind == KIND_GEO_PROPERTY)
		return wrong(c, "kind",
			"a GeoProperty comes from \"longitude\" and \"latitude\", "
			"\"point\", "
			"\"wkt\", \"geojson\" or \"geometry\"");
	if ((geo || attr->source == SOURCE_LANGUAGES || attr->source == SOURCE_OBJECT) &&
		kind != attr->kind &&
		!(attr->source == SOURCE_OBJECT && kind == KIND_LIST_RELATIONSHIP))
		return wrong(c, "kind", "is not that of its source; leave it out");
	attr->kind = kind;
	return 0;
}

static int read_attributes(struct compiler *c, const struct jn *object,
	const struct map_time *observed, unsigned depth, struct map_attr **out,
	size_t *len);

static int read_spec(struct compiler *c, const struct jn *spec,
	const struct map_time *observed, unsigned depth, struct map_attr *attr)
{
	static const char *const known[] = {"kind", "column", "constant", "text",
		"object", "languages", "longitude", "latitude", "point", "wkt", "geojson",
		"geometry", "value", "words", "scale", "offset", "list", "crs",
		"unitCode", "observedAt", "datasetId", "attributes", NULL};
	const struct jn *subs;

	if (spec->kind == JN_STRING) {
		attr->column = column_named(c, jn_str(spec, c->a));
		attr->observed = observed;
		return spec->len > 0 ? 0 : wrong(c, "", "must name a column");
	}
	if (spec->kind != JN_OBJECT)
		return wrong(c, "", "must be the name of a column or an object");
	attr->observed = observed;
	if (check_members(c, spec, known) < 0 || read_source(c, spec, attr) < 0 ||
		read_kind(c, spec, attr) < 0 || read_value_kind(c, spec, attr) < 0 ||
		character_of(c, spec, "list", &attr->list) < 0 ||
		crs_of(c, spec, &attr->crs) < 0 ||
		template_of(c, spec, "unitCode", &attr->unit) < 0 ||
		time_of(c, spec, &attr->observed) < 0 ||
		template_of(c, spec, "datasetId", &attr->dataset) < 0)
		return -1;
	if (attr->unit.len > 0 && attr->kind != KIND_PROPERTY &&
		attr->kind != KIND_LIST_PROPERTY)
		return wrong(c, "unitCode", "only a Property has a unit");
	subs = jn_get(spec, "attributes");
	return subs == NULL
		? 0
		: read_attributes(c, subs, NULL, depth + 1, &attr->subs, &attr->subs_len);
}

/* Appends to c->where; returns what it was long. */
static size_t enter(struct compiler *c, const char *name, size_t len)
{
	size_t was = strlen(c->where), room = WHERE - was - 2;

	if (was + 2 >= WHERE)
		return was;
	c->where[was] = '/';
	if (len > room)
		len = room;
	memcpy(c->where + was + 1, name, len);
	c->where[was + 1 + len] = '\0';
	return was;
}

/* A name with columns in it is another one in each row. */
static int read_name(struct compiler *c, struct map_attr *attr)
{
	if (strchr(attr->name, '{') == NULL)
		return 0;
	if (read_template(c, "", attr->name, &attr->named) < 0)
		return -1;
	attr->name = NULL;
	return 0;
}

static int read_attribute(struct compiler *c, const struct jn *it,
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

static int read_attributes(struct compiler *c, const struct jn *object,
	const struct map_time *observed, unsigned depth, struct map_attr **out,
	size_t *len)
{
	size_t was = enter(c, "attributes", 10), room = 0;

	if (object == NULL || object->kind != JN_OBJECT || object->count == 0)
		return wrong(c, "",
			"must be an object: names of attributes and where their "
			"values come from");
	if (depth > DEPTH)
		return wrong(c, "", "attributes of attributes are nested too deeply");
	jn_each (it, object) {
		if (it->kind == JN_ARRAY && it->count == 0)
			return wrong(c, "", "holds an attribute without a source ([])");
		room += it->kind == JN_ARRAY ? it->count : 1;
		if (jn_key_is(it, "id") || jn_key_is(it, "type") ||
			jn_key_is(it, "scope"))
			return wrong(c, "",
				"id, type and scope are no attributes; they stand "
				"beside \"attributes\"");
	}
	if (room > ATTRIBUTES)
		return wrong(c, "", "more than 1000 attributes");
	*out = arena_array(c->a, struct map_attr, room);
	jn_each (it, object)
		if (read_attribute(c, it, observed, depth, *out, len) < 0)
			return -1;
	c->where[was] = '\0';
	return 0;
}

/* ---- the whole */

static int read_empty(struct compiler *c, const struct jn *source)
{
	const struct jn *v = jn_get(source, "empty");

	if (v == NULL)
		return 0;
	if (v->kind != JN_ARRAY)
		return wrong(
			c, "empty", "must be an array of words that stand for nothing");
	c->m->empty = arena_array(c->a, const char *, v->count + 1);
	jn_each (it, v) {
		const char *word = jn_str(it, c->a);

		if (word == NULL)
			return wrong(c, "empty", "must hold texts");
		c->m->empty[c->m->empty_len++] = word;
	}
	return 0;
}

static int read_zone(struct compiler *c, const struct jn *source)
{
	struct err err = {0};
	int rc = text_of(c, source, "timeZone", &c->m->file.zone);
	struct zone *zone;

	if (rc != 1)
		return rc;
	zone = zone_open(c->m->file.zone, &err);
	if (zone == NULL)
		return wrong(c, "timeZone",
			"there is no such zone; use a name such as "
			"Europe/Paris");
	zone_close(zone);
	return 0;
}

static int read_file(struct compiler *c, const struct jn *source)
{
	struct mapping_file *f = &c->m->file;
	const struct jn *skip = jn_get(source, "skip");
	const char *encoding = NULL;

	f->history = true;
	c->m->decimal = '.';
	if (character_of(c, source, "separator", &f->separator) < 0 ||
		character_of(c, source, "decimal", &c->m->decimal) < 0 ||
		text_of(c, source, "encoding", &encoding) < 0 ||
		read_zone(c, source) < 0 ||
		text_of(c, source, "@context", &f->context) < 0 ||
		bool_of(c, source, "history", &f->history) < 0 ||
		bool_of(c, source, "valuesOnly", &f->values_only) < 0 ||
		read_empty(c, source) < 0)
		return -1;
	if (c->m->decimal != '.' && c->m->decimal != ',')
		return wrong(c, "decimal", "must be . or ,");
	if (encoding != NULL && !csv_encoding_named(encoding, &f->encoding))
		return wrong(c, "encoding", "must be utf-8, windows-1252 or iso-8859-15");
	if (f->context != NULL && !iri_is_absolute(f->context, strlen(f->context)))
		return wrong(c, "@context", "must be the URL of an @context");
	if (skip == NULL)
		return 0;
	if (skip->kind != JN_NUMBER || !(jn_number(skip) >= 0 && jn_number(skip) <= 1000))
		return wrong(c, "skip", "must be how many lines stand before the header");
	f->skip = (unsigned)jn_number(skip);
	return 0;
}

static int read_heads(struct compiler *c, const struct jn *source)
{
	int id = template_of(c, source, "id", &c->m->id);
	int type = id < 0 ? -1 : template_of(c, source, "type", &c->m->type);

	if (type < 0 || template_of(c, source, "scope", &c->m->scope) < 0 ||
		crs_of(c, source, &c->m->crs) < 0 ||
		time_of(c, source, &c->m->observed) < 0)
		return -1;
	if (id == 0)
		return wrong(c, "id",
			"is missing; write it like \"urn:ngsi-ld:Type:{column}\"");
	if (type == 0)
		return wrong(c, "type", "is missing; write the type of the entities");
	return 0;
}

struct mapping *mapping_new(const struct jn *source, struct arena *a, struct err *err)
{
	static const char *const known[] = {"type", "id", "scope", "@context",
		"separator", "encoding", "decimal", "skip", "timeZone", "empty", "crs",
		"history", "valuesOnly", "observedAt", "attributes", "description", NULL};
	struct mapping *m = arena_new(a, struct mapping);
	struct compiler c = {.m = m, .a = a, .err = err};

	if (!jn_is(source, JN_OBJECT)) {
		(void)err_set(err, ERR_BAD_REQUEST_DATA, "a mapping is a JSON object");
		return NULL;
	}
	if (check_members(&c, source, known) < 0 || read_file(&c, source) < 0 ||
		read_heads(&c, source) < 0 ||
		read_attributes(&c, jn_get(source, "attributes"), m->observed, 0,
			&m->attrs, &m->attrs_len) < 0)
		return NULL;
	return m;
}

const struct mapping_file *mapping_file(const struct mapping *m)
{
	return &m->file;
}

const char *const *mapping_columns(const struct mapping *m, size_t *len)
{
	*len = m->columns_len;
	return m->columns;
}

const char *mapping_column_of(const struct mapping *m, const char *name, size_t len)
{
	for (size_t i = 0; i < m->attrs_len; i++) {
		const struct map_attr *attr = &m->attrs[i];

		if (attr->name != NULL && strlen(attr->name) == len &&
			memcmp(attr->name, name, len) == 0)
			return attr->source == SOURCE_COLUMN ||
					attr->source >= SOURCE_POSITION
				? (attr->source == SOURCE_GEOMETRY
						  ? NULL
						  : m->columns[attr->column])
				: NULL;
	}
	return NULL;
}
