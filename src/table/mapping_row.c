/* SPDX-License-Identifier: Apache-2.0 */
/* A row as an entity in normalized form. */
#include "mapping_priv.h"

#include <base/clock.h>
#include <base/iri.h>
#include <base/strbuf.h>
#include <core/expand.h>

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PROBLEMS  8 /* of a row, at most */
#define VALUE_MAX 80 /* bytes of a cell that are shown */

/* ---- cells */

static void trim(const char **s, size_t *len)
{
	while (*len > 0 && isspace((unsigned char)**s)) {
		++*s;
		--*len;
	}
	while (*len > 0 && isspace((unsigned char)(*s)[*len - 1]))
		--*len;
}

static const struct row_cell *cell_at(const struct row *r, int column)
{
	return &r->source->cells[column];
}

const struct jn *row_json(const struct row *r, int column)
{
	const struct jn *v = cell_at(r, column)->json;

	return v != NULL && v->kind != JN_NULL ? v : NULL;
}

static const char *shown(struct row *r, int column)
{
	const struct row_cell *cell;
	size_t len;
	const char *text;

	if (column < 0)
		return "";
	cell = cell_at(r, column);
	if (cell->text == NULL && cell->json == NULL)
		return "";
	text = cell->json != NULL ? jn_text(cell->json, r->a) : cell->text;
	len = cell->json != NULL ? strlen(text) : cell->len;
	if (len > VALUE_MAX)
		for (len = VALUE_MAX;
			len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80;)
			len--;
	return arena_strndup(r->a, text, len);
}

int row_wrong(struct row *r, int column, const char *mend, const char *why, ...)
{
	struct row_problem *p;
	char text[300];
	va_list args;

	va_start(args, why);
	(void)vsnprintf(text, sizeof(text), why, args);
	va_end(args);
	if (r->count++ >= PROBLEMS)
		return -1;
	p = arena_new(r->a, struct row_problem);
	p->column = column >= 0 ? r->m->columns[column] : "";
	p->value = shown(r, column);
	p->why = arena_strdup(r->a, text);
	p->mend = mend;
	*r->end = p;
	r->end = &p->next;
	return -1;
}

static bool is_empty_word(const struct mapping *m, const char *s, size_t len)
{
	if (len == 0)
		return true;
	for (size_t i = 0; i < m->empty_len; i++)
		if (strlen(m->empty[i]) == len && memcmp(m->empty[i], s, len) == 0)
			return true;
	return false;
}

int row_text(struct row *r, int column, const char **out, size_t *len)
{
	const struct row_cell *cell = cell_at(r, column);
	const struct jn *json = row_json(r, column);

	*out = cell->text;
	*len = cell->len;
	if (json != NULL && (json->kind == JN_OBJECT || json->kind == JN_ARRAY))
		return row_wrong(r, column,
			"say \"value\": \"json\", or name a member as a.b",
			"not one value but several");
	if (json != NULL && json->kind == JN_STRING)
		*out = jn_span(json, r->a, len);
	else if (json != NULL) {
		*out = jn_text(json, r->a);
		*len = strlen(*out);
	}
	if (*out == NULL)
		return 0;
	trim(out, len);
	if (is_empty_word(r->m, *out, *len))
		*out = NULL;
	return 0;
}

/* ---- templates */

static bool is_unreserved(unsigned char c)
{
	return isalnum(c) || strchr("-._~:/@!$&'()*+,;=", c) != NULL;
}

static void add_encoded(struct strbuf *sb, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c != 0 && c < 0x80 && is_unreserved(c))
			strbuf_addc(sb, (char)c);
		else
			strbuf_addf(sb, "%%%02X", c);
	}
}

/* 1: *out is the text; 0: a column that it needs is empty (*missing); -1.  A template that
 * is one column and no more is taken as it is; columns beside text are percent-encoded
 * where `uri`. */
static int fill(
	struct row *r, const struct template *t, bool uri, const char **out, int *missing)
{
	auto_strbuf sb = {0};

	for (size_t i = 0; i < t->len; i++) {
		const struct template_part *p = &t->parts[i];
		const char *s = p->text;
		size_t len = p->len;

		if (s == NULL && row_text(r, p->column, &s, &len) < 0)
			return -1;
		if (s == NULL) {
			*missing = p->column;
			return 0;
		}
		if (uri && p->text == NULL && t->len > 1)
			add_encoded(&sb, s, len);
		else
			strbuf_add(&sb, s, len);
	}
	*out = arena_strndup(r->a, sb.data != NULL ? sb.data : "", sb.len);
	return 1;
}

/* One that the row cannot do without. */
static int must_fill(struct row *r, const struct template *t, bool uri, const char *what,
	const char **out)
{
	int missing = -1, rc = fill(r, t, uri, out, &missing);

	if (rc == 0)
		return row_wrong(r, missing, "fill in the cell",
			"empty, and the %s needs it", what);
	return rc < 0 ? -1 : 0;
}

/* ---- the entity */

static int add_id(struct row *r, struct jn *entity)
{
	int column = r->m->id.len > 0 && r->m->id.parts[0].text == NULL
		? r->m->id.parts[0].column
		: -1;
	const char *id;

	if (must_fill(r, &r->m->id, true, "id", &id) < 0)
		return -1;
	if (!iri_is_absolute(id, strlen(id)))
		return row_wrong(r, column,
			"let \"id\" of the mapping begin with urn:ngsi-ld:<type>:",
			"the id would be '%.100s', which is no URI", id);
	jn_add(entity, "id", jn_string_ref(r->a, id));
	return 0;
}

/* Several are separated by blanks. */
static int add_type(struct row *r, struct jn *entity)
{
	struct jn *types = jn_array(r->a);
	const char *text;

	if (must_fill(r, &r->m->type, false, "type", &text) < 0)
		return -1;
	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		if (len > 0)
			jn_append(types, jn_stringn(r->a, text, len));
		text += len + (text[len] == ' ');
	}
	if (types->count == 1)
		types = jn_share(r->a, types->child);
	jn_add(entity, "type", types);
	return 0;
}

/* Several are separated by ", ". */
static int add_scope(struct row *r, struct jn *entity)
{
	const char *text;
	struct jn *scopes;
	int missing,
		rc = r->m->scope.len > 0 ? fill(r, &r->m->scope, false, &text, &missing)
					 : 0;

	if (rc <= 0)
		return rc;
	scopes = jn_array(r->a);
	while (*text != '\0') {
		size_t len = strcspn(text, ", ");

		if (len > 0)
			jn_append(scopes, jn_stringn(r->a, text, len));
		text += len + (text[len] != '\0');
	}
	jn_add(entity, "scope", scopes);
	return 0;
}

static int read_object(struct row *r, const struct map_attr *attr, struct jn **out)
{
	const char *text = NULL;
	int missing, rc;

	if (attr->source == SOURCE_COLUMN) {
		rc = row_value(r, attr, out);
	} else {
		rc = fill(r, &attr->template, true, &text, &missing);
		if (rc == 1)
			*out = jn_string_ref(r->a, text);
	}
	if (rc == 1 && jn_is(*out, JN_STRING) &&
		!iri_is_absolute((*out)->text, (*out)->len))
		return row_wrong(r, attr->source == SOURCE_COLUMN ? attr->column : -1,
			"say \"object\": \"urn:ngsi-ld:<type>:{column}\" in the mapping",
			"'%.*s' is no URI, which a Relationship links to",
			(int)(*out)->len, (*out)->text);
	return rc;
}

static int read_languages(struct row *r, const struct map_attr *attr, struct jn **out)
{
	*out = jn_object(r->a);
	for (size_t i = 0; i < attr->languages_len; i++) {
		const struct map_language *l = &attr->languages[i];
		const char *s;
		size_t len;

		if (row_text(r, l->column, &s, &len) < 0)
			return -1;
		if (s != NULL)
			jn_add(*out, l->tag, jn_stringn(r->a, s, len));
	}
	return (*out)->count > 0;
}

static int read_value(struct row *r, const struct map_attr *attr, struct jn **out)
{
	const char *text;
	int missing, rc;

	switch (attr->kind) {
	case KIND_GEO_PROPERTY:
		if (attr->source != SOURCE_CONSTANT)
			return row_geometry(r, attr, out);
		break;
	case KIND_RELATIONSHIP:
		if (attr->source != SOURCE_CONSTANT)
			return read_object(r, attr, out);
		break;
	case KIND_LANGUAGE_PROPERTY:
		if (attr->source == SOURCE_LANGUAGES)
			return read_languages(r, attr, out);
		break;
	default:
		break;
	}
	if (attr->source == SOURCE_CONSTANT) {
		*out = jn_share(r->a, attr->constant);
		return 1;
	}
	if (attr->source == SOURCE_COLUMN)
		return row_value(r, attr, out);
	rc = fill(r, &attr->template, false, &text, &missing);
	if (rc == 1)
		*out = jn_string_ref(r->a, text);
	return rc;
}

static int add_observed(struct row *r, const struct map_attr *attr, struct jn *instance)
{
	char text[CLOCK_TEXT];
	int64_t at;
	int rc = attr->observed != NULL ? row_time(r, attr->observed, &at) : 0;

	if (rc == 1)
		jn_add(instance, "observedAt", jn_string(r->a, clock_format(at, text)));
	return rc < 0 ? -1 : 0;
}

static int add_dataset(struct row *r, const struct map_attr *attr, struct jn *instance)
{
	const char *text;
	int missing,
		rc = attr->dataset.len > 0
		? fill(r, &attr->dataset, true, &text, &missing)
		: 0;

	if (rc == 1 && !iri_is_absolute(text, strlen(text)))
		return row_wrong(r, -1, "let \"datasetId\" begin with urn:",
			"the datasetId would be '%.100s', which is no URI", text);
	if (rc == 1)
		jn_add(instance, "datasetId", jn_string_ref(r->a, text));
	return rc < 0 ? -1 : 0;
}

static int add_attributes(
	struct row *r, const struct map_attr *attrs, size_t len, struct jn *to);

/* 0: the column is empty, or there is none. */
static int add_unit(struct row *r, const struct map_attr *attr, struct jn *instance)
{
	const char *text;
	int missing,
		rc = attr->unit.len > 0 ? fill(r, &attr->unit, false, &text, &missing)
					: 0;

	if (rc == 1)
		jn_add(instance, "unitCode", jn_string_ref(r->a, text));
	return rc < 0 ? -1 : 0;
}

/* A cell that may hold anything may hold a geometry. */
static enum kind kind_of(const struct map_attr *attr, const struct jn *value)
{
	bool geometry = attr->source == SOURCE_COLUMN && attr->value == VALUE_AUTO &&
		attr->kind == KIND_PROPERTY && value->kind == JN_OBJECT &&
		geometry_type_is_known(jn_get(value, "type")) &&
		jn_get(value, "coordinates") != NULL;

	return geometry ? KIND_GEO_PROPERTY : attr->kind;
}

/* 1: *out is the instance, 0: there is nothing of it in the row. */
static int read_instance(struct row *r, const struct map_attr *attr, struct jn **out)
{
	struct jn *instance = jn_object(r->a), *value = NULL;
	int rc = read_value(r, attr, &value);
	enum kind kind;

	if (rc <= 0)
		return rc;
	kind = kind_of(attr, value);
	jn_add(instance, "type", jn_string_ref(r->a, kind_type[kind]));
	jn_add(instance, kind_member[kind], value);
	if (add_unit(r, attr, instance) < 0 || add_observed(r, attr, instance) < 0 ||
		add_dataset(r, attr, instance) < 0 ||
		add_attributes(r, attr->subs, attr->subs_len, instance) < 0)
		return -1;
	*out = instance;
	return 1;
}

/* The name of the attribute in this row; NULL: it has none. */
static int read_name(struct row *r, const struct map_attr *attr, const char **out)
{
	int missing, rc;

	*out = attr->name;
	if (attr->name != NULL)
		return 1;
	rc = fill(r, &attr->named, false, out, &missing);
	if (rc == 1 && !name_is_legal(*out, strlen(*out)))
		return row_wrong(r,
			attr->named.parts[0].text == NULL ? attr->named.parts[0].column
							  : -1,
			"use a letter, then letters, digits and _",
			"'%.80s' is no name of an attribute", *out);
	return rc;
}

static void add_instance(
	struct row *r, struct jn *to, const char *name, struct jn *instance)
{
	struct jn *had = jn_get(to, name), *both;

	if (had == NULL) {
		jn_add(to, name, instance);
	} else if (had->kind == JN_ARRAY) {
		jn_append(had, instance);
	} else {
		both = jn_array(r->a);
		jn_append(both, jn_share(r->a, had));
		jn_append(both, instance);
		jn_set(to, name, both);
	}
}

/* All, so that everything that is wrong is told at once. */
static int add_attributes(
	struct row *r, const struct map_attr *attrs, size_t len, struct jn *to)
{
	int rc = 0;

	for (size_t i = 0; i < len; i++) {
		struct jn *instance;
		const char *name;
		int one = read_instance(r, &attrs[i], &instance);

		if (one == 1)
			one = read_name(r, &attrs[i], &name);
		if (one == 1)
			add_instance(r, to, name, instance);
		if (one < 0)
			rc = -1;
	}
	return rc;
}

const char *mapping_row_id(
	const struct mapping *m, const struct row_source *source, struct arena *a)
{
	struct row r = {.m = m, .source = source, .a = a};
	const char *id;
	int missing;

	r.end = &r.problems;
	return fill(&r, &m->id, true, &id, &missing) == 1 ? id : NULL;
}

struct jn *mapping_row(const struct mapping *m, const struct row_source *source,
	struct arena *a, struct row_problem **problems)
{
	struct row r = {.m = m, .source = source, .a = a};
	struct jn *entity = jn_object(a);
	int rc;

	*problems = NULL;
	r.end = &r.problems;
	rc = add_id(&r, entity);
	rc |= add_type(&r, entity);
	rc |= add_scope(&r, entity);
	rc |= add_attributes(&r, m->attrs, m->attrs_len, entity);
	if (rc == 0)
		return entity;
	*problems = r.problems;
	return NULL;
}
