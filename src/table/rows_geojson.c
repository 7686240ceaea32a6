/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A FeatureCollection is not parsed as a whole: its Features are found by their brackets and
 * parsed one by one.  What is wrong inside of one is that one's.
 */
#include "rows_priv.h"

#include <base/arena.h>
#include <base/err.h>

#include <ctype.h>
#include <string.h>

struct scan {
	const char *p, *end;
};

static void blanks(struct scan *s)
{
	while (s->p < s->end && isspace((unsigned char)*s->p))
		s->p++;
}

static bool take(struct scan *s, char c)
{
	blanks(s);
	if (s->p >= s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static bool skip_string(struct scan *s)
{
	if (!take(s, '"'))
		return false;
	for (; s->p < s->end && *s->p != '"'; s->p++)
		if (*s->p == '\\' && s->p + 1 < s->end)
			s->p++;
	return take(s, '"');
}

/* Over one value, whatever is in it. */
static bool skip_value(struct scan *s)
{
	size_t depth = 0;

	do {
		blanks(s);
		if (s->p >= s->end)
			return false;
		if (*s->p == '"') {
			if (!skip_string(s))
				return false;
		} else if (*s->p == '{' || *s->p == '[') {
			depth++;
			s->p++;
		} else if (*s->p == '}' || *s->p == ']') {
			if (depth == 0)
				return false;
			depth--;
			s->p++;
		} else if (depth > 0) {
			s->p++;
		} else {
			const char *start = s->p;

			while (s->p < s->end && strchr(",}] \t\r\n", *s->p) == NULL)
				s->p++;
			if (s->p == start)
				return false;
		}
	} while (depth > 0);
	return true;
}

static bool is_key(const char *start, const char *end, const char *name)
{
	size_t len = strlen(name);

	return (size_t)(end - start) == len + 2 && memcmp(start + 1, name, len) == 0;
}

/* {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}} */
static void read_crs(struct rows *r, const char *start, const char *end, struct arena *a)
{
	struct err ignored = {0};
	struct jn *v;

	if (jn_parse(start, (size_t)(end - start), JN_LIMITS, a, &v, &ignored) == 0)
		r->crs = jn_str(jn_get(jn_get(v, "properties"), "name"), a);
}

static int broken(const struct scan *s, const char *text, struct err *err)
{
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"the file is no GeoJSON, or was cut off: it cannot be read beyond byte "
		"%td",
		s->p - text);
}

/* Counts the Features; s is behind the bracket. */
static bool count(struct rows *r, struct scan *s)
{
	if (take(s, ']'))
		return true;
	do {
		if (!skip_value(s))
			return false;
		r->total++;
	} while (take(s, ','));
	return take(s, ']');
}

/* The members of the FeatureCollection. */
static int read_members(struct rows *r, struct scan *s, const char *text, struct arena *a,
	struct err *err)
{
	do {
		const char *key, *end, *value;

		blanks(s);
		key = s->p;
		if (!skip_string(s))
			return broken(s, text, err);
		end = s->p;
		if (!take(s, ':'))
			return broken(s, text, err);
		blanks(s);
		value = s->p;
		if (is_key(key, end, "features") && r->at == NULL) {
			if (!take(s, '['))
				return broken(s, text, err);
			r->at = s->p;
			if (!count(r, s))
				return broken(s, text, err);
			r->end = s->p - 1;
			continue;
		}
		if (!skip_value(s))
			return broken(s, text, err);
		if (is_key(key, end, "crs"))
			read_crs(r, value, s->p, a);
	} while (take(s, ','));
	return take(s, '}') ? 0 : broken(s, text, err);
}

int geojson_open(
	struct rows *r, const char *text, size_t len, struct arena *a, struct err *err)
{
	struct scan s = {text, text + len};

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		s.p += 3;
	blanks(&s);
	r->line = 1;
	for (const char *p = text; p < s.p; p++)
		r->line += *p == '\n';
	r->at = NULL;
	text = s.p;
	if (!take(&s, '{') || read_members(r, &s, text, a, err) < 0)
		return err->kind != ERR_NONE ? -1 : broken(&s, text, err);
	blanks(&s);
	if (s.p < s.end)
		return broken(&s, text, err);
	if (r->at == NULL) { /* one Feature */
		r->at = text;
		r->end = s.end;
		r->total = 1;
		return 0;
	}
	for (const char *p = text; p < r->at; p++)
		r->line += *p == '\n';
	return 0;
}

static int read_feature(struct rows *r, const char *start, const char *end,
	struct arena *a, struct one_row *out, struct err *err)
{
	struct jn *feature;
	const struct jn *properties;

	if (jn_parse(start, (size_t)(end - start), JN_LIMITS, a, &feature, err) < 0) {
		err->kind = ERR_BAD_REQUEST_DATA;
		return -1;
	}
	if (feature->kind != JN_OBJECT || !jn_str_is(jn_get(feature, "type"), "Feature"))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"no Feature: an object with \"type\": \"Feature\"");
	properties = jn_get(feature, "properties");
	if (properties != NULL && properties->kind != JN_OBJECT &&
		properties->kind != JN_NULL)
		return err_set(err, ERR_BAD_REQUEST_DATA, "\"properties\" is no object");
	out->feature = feature;
	out->source.geometry = jn_get(feature, "geometry");
	out->source.crs = r->crs;
	return 1;
}

/* The property of that name, or the member that a.b names; the id of the Feature is "id"
 * where no property is. */
static const struct jn *find(const struct jn *feature, const char *name)
{
	const struct jn *v = jn_get(feature, "properties");
	const struct jn *direct = jn_get(v, name);
	const char *dot;

	if (direct != NULL)
		return direct;
	for (; v != NULL && (dot = strchr(name, '.')) != NULL; name = dot + 1)
		v = jn_getn(v, name, (size_t)(dot - name));
	direct = jn_get(v, name);
	return direct == NULL && strcmp(name, "id") == 0 ? jn_get(feature, "id") : direct;
}

static void fill_cells(const struct rows *r, struct one_row *out, struct arena *a)
{
	size_t len;
	const char *const *columns = mapping_columns(r->mapping, &len);
	struct row_cell *cells = arena_array(a, struct row_cell, len + 1);

	for (size_t i = 0; i < len; i++)
		cells[i].json = find(out->feature, columns[i]);
	out->source.cells = cells;
}

int geojson_next(struct rows *r, struct arena *a, struct one_row *out, struct err *err)
{
	struct scan s = {r->at, r->end};
	const char *start;
	int rc;

	if (r->number > 0)
		(void)take(&s, ',');
	blanks(&s);
	if (s.p >= s.end)
		return 0;
	for (; r->at < s.p; r->at++)
		r->line += *r->at == '\n';
	start = s.p;
	*out = (struct one_row){.number = ++r->number, .line = r->line};
	if (!skip_value(&s) || s.p == start) {
		r->at = r->end;
		return err_set(err, ERR_BAD_REQUEST_DATA, "no Feature");
	}
	rc = read_feature(r, start, s.p, a, out, err);
	for (; r->at < s.p; r->at++)
		r->line += *r->at == '\n';
	if (rc == 1 && r->mapping != NULL)
		fill_cells(r, out, a);
	return rc;
}
