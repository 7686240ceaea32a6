/* SPDX-License-Identifier: Apache-2.0 */
/* From the JSON of a mapping to struct mapping. */
#include "mapping_spec.h"

#include <base/arena.h>
#include <base/err.h>
#include <base/iri.h>
#include <base/jn.h>
#include <table/csv.h>
#include <table/zone.h>

#include <string.h>

static int read_empty(struct spec_reader *c, const struct jn *source)
{
	const struct jn *v = jn_get(source, "empty");

	if (v == NULL)
		return 0;
	if (v->kind != JN_ARRAY)
		return spec_wrong(
			c, "empty", "must be an array of words that stand for nothing");
	c->m->empty = arena_array(c->a, const char *, v->count + 1);
	jn_each (it, v) {
		const char *word = jn_str(it, c->a);

		if (word == NULL)
			return spec_wrong(c, "empty", "must hold texts");
		c->m->empty[c->m->empty_len++] = word;
	}
	return 0;
}

static int read_zone(struct spec_reader *c, const struct jn *source)
{
	struct err err = {0};
	int rc = spec_text(c, source, "timeZone", &c->m->file.zone);
	struct zone *zone;

	if (rc != 1)
		return rc;
	zone = zone_open(c->m->file.zone, &err);
	if (zone == NULL)
		return spec_wrong(c, "timeZone",
			"there is no such zone; use a name such as "
			"Europe/Paris");
	zone_close(zone);
	return 0;
}

static int read_file(struct spec_reader *c, const struct jn *source)
{
	struct mapping_file *f = &c->m->file;
	const struct jn *skip = jn_get(source, "skip");
	const char *encoding = NULL;

	f->history = true;
	c->m->decimal = '.';
	if (spec_character(c, source, "separator", &f->separator) < 0 ||
		spec_character(c, source, "decimal", &c->m->decimal) < 0 ||
		spec_text(c, source, "encoding", &encoding) < 0 ||
		read_zone(c, source) < 0 ||
		spec_text(c, source, "@context", &f->context) < 0 ||
		spec_bool(c, source, "history", &f->history) < 0 ||
		spec_bool(c, source, "valuesOnly", &f->values_only) < 0 ||
		read_empty(c, source) < 0)
		return -1;
	if (c->m->decimal != '.' && c->m->decimal != ',')
		return spec_wrong(c, "decimal", "must be . or ,");
	if (encoding != NULL && !csv_encoding_named(encoding, &f->encoding))
		return spec_wrong(
			c, "encoding", "must be utf-8, windows-1252 or iso-8859-15");
	if (f->context != NULL && !iri_is_absolute(f->context, strlen(f->context)))
		return spec_wrong(c, "@context", "must be the URL of an @context");
	if (skip == NULL)
		return 0;
	if (skip->kind != JN_NUMBER || !(jn_number(skip) >= 0 && jn_number(skip) <= 1000))
		return spec_wrong(
			c, "skip", "must be how many lines stand before the header");
	f->skip = (unsigned)jn_number(skip);
	return 0;
}

static int read_heads(struct spec_reader *c, const struct jn *source)
{
	int id = spec_template(c, source, "id", &c->m->id);
	int type = id < 0 ? -1 : spec_template(c, source, "type", &c->m->type);

	if (type < 0 || spec_template(c, source, "scope", &c->m->scope) < 0 ||
		spec_crs(c, source, &c->m->crs) < 0 ||
		spec_time(c, source, &c->m->observed) < 0)
		return -1;
	if (id == 0)
		return spec_wrong(c, "id",
			"is missing; write it like \"urn:ngsi-ld:Type:{column}\"");
	if (type == 0)
		return spec_wrong(
			c, "type", "is missing; write the type of the entities");
	return 0;
}

struct mapping *mapping_new(const struct jn *source, struct arena *a, struct err *err)
{
	static const char *const known[] = {"type", "id", "scope", "@context",
		"separator", "encoding", "decimal", "skip", "timeZone", "empty", "crs",
		"history", "valuesOnly", "observedAt", "attributes", "description", NULL};
	struct mapping *m = arena_new(a, struct mapping);
	struct spec_reader c = {.m = m, .a = a, .err = err};

	if (!jn_is(source, JN_OBJECT)) {
		(void)err_set(err, ERR_BAD_REQUEST_DATA, "a mapping is a JSON object");
		return NULL;
	}
	if (spec_check_members(&c, source, known) < 0 || read_file(&c, source) < 0 ||
		read_heads(&c, source) < 0 ||
		spec_attributes(&c, jn_get(source, "attributes"), m->observed, 0,
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
