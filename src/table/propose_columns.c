/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in the first rows of a file. */
#include "mapping_priv.h"
#include "propose_priv.h"

#include <base/err.h>
#include <base/iri.h>
#include <base/map.h>
#include <table/rows.h>

#include <ctype.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Letters with accents that French has, and what they are without. */
static char plain_letter(const char *s, size_t *len)
{
	static const struct {
		const char *from;
		char to;
	} known[] = {{"àâäÀÂÄ", 'a'}, {"éèêëÉÈÊË", 'e'}, {"îïÎÏ", 'i'}, {"ôöÔÖ", 'o'},
		{"ùûüÙÛÜ", 'u'}, {"çÇ", 'c'}};

	*len = 1;
	if ((unsigned char)*s < 0x80)
		return isalnum((unsigned char)*s) ? (char)tolower((unsigned char)*s)
						  : '_';
	while (((unsigned char)s[*len] & 0xc0) == 0x80)
		++*len;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		for (const char *p = known[i].from; *p != '\0'; p += 2)
			if (*len == 2 && memcmp(p, s, 2) == 0)
				return known[i].to;
	return '_';
}

static const char *plain(const char *name, struct arena *a)
{
	char *out = arena_raw(a, strlen(name) + 1), *to = out;
	size_t n;

	for (; *name != '\0'; name += n) {
		char c = plain_letter(name, &n);

		if (c != '_' || (to > out && to[-1] != '_'))
			*to++ = c;
	}
	while (to > out && to[-1] == '_')
		to--;
	*to = '\0';
	return out;
}

const char *propose_name(const struct proposed_column *c, struct arena *a)
{
	char *out = arena_raw(a, strlen(c->plain) + 3), *to = out;
	bool up = false;

	if (!isalpha((unsigned char)c->plain[0]))
		*to++ = 'c';
	for (const char *p = c->plain; *p != '\0'; p++) {
		if (*p != '_')
			*to++ = up ? (char)toupper((unsigned char)*p) : *p;
		up = *p == '_';
	}
	*to = '\0';
	return out;
}

static bool is_one_of(const char *name, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(name, *words) == 0)
			return true;
	return false;
}

static enum role role_of(const char *name)
{
	static const char *const longitudes[] = {"x", "lon", "lng", "long", "longitude",
		"coord_x", "x_wgs84", "x_l93", "xlong", "x_long", "coordonnee_x", "geo_x",
		"stop_lon", "consolidated_longitude", NULL};
	static const char *const latitudes[] = {"y", "lat", "latitude", "coord_y",
		"y_wgs84", "y_l93", "ylat", "y_lat", "coordonnee_y", "geo_y", "stop_lat",
		"consolidated_latitude", NULL};
	static const char *const ids[] = {"id", "code", "ref", "reference", "identifiant",
		"numero", "num", "matricule", "gid", "objectid", "fid", "uid", "uuid",
		NULL};

	if (is_one_of(name, longitudes))
		return ROLE_LONGITUDE;
	if (is_one_of(name, latitudes))
		return ROLE_LATITUDE;
	if (is_one_of(name, ids) || strncmp(name, "id_", 3) == 0 ||
		strncmp(name, "code_", 5) == 0 || strncmp(name, "num_", 4) == 0 ||
		(strlen(name) > 3 && strcmp(name + strlen(name) - 3, "_id") == 0))
		return ROLE_ID;
	return ROLE_NONE;
}

/* ---- cells */

static bool begins(const char *s, size_t len, const char *word)
{
	return len >= strlen(word) && strncasecmp(s, word, strlen(word)) == 0;
}

static bool is_wkt(const char *s, size_t len)
{
	return begins(s, len, "POINT") || begins(s, len, "LINESTRING") ||
		begins(s, len, "POLYGON") || begins(s, len, "MULTI") ||
		begins(s, len, "SRID=");
}

/* "43.2965, 5.3698" */
static bool is_point(const char *s, size_t len, struct arena *a)
{
	char *text = arena_strndup(a, s, len), *rest;
	double lat = strtod(text, &rest), lon;
	char *second;

	if (rest == text || *rest != ',' || memchr(text, '.', len) == NULL)
		return false;
	second = rest + 1 + strspn(rest + 1, " ");
	lon = strtod(second, &rest);
	return rest != second && *rest == '\0' && lat >= -90 && lat <= 90 &&
		lon >= -180 && lon <= 180;
}

static bool is_boolean(const char *s, size_t len)
{
	static const char *const words[] = {
		"true", "false", "oui", "non", "yes", "no", "vrai", "faux", NULL};

	for (size_t i = 0; words[i] != NULL; i++)
		if (strlen(words[i]) == len && strncasecmp(words[i], s, len) == 0)
			return true;
	return false;
}

static enum look look_at(
	struct proposed_column *c, const char *s, size_t len, struct arena *a)
{
	const char *number;
	int64_t at;

	if (is_boolean(s, len))
		return LOOK_BOOLEAN;
	/* 033 and 13055 both are digits; a zero in front says that it is a code */
	if ((len < 2 || *s != '0' || s[1] == '.' || s[1] == ',') &&
		(number_read(s, len, '.', a, &number) ||
			number_read(s, len, ',', a, &number))) {
		double v = strtod(number, NULL);

		c->comma |= memchr(s, ',', len) != NULL;
		if (c->filled == 0)
			c->first = v;
		c->most = v > c->most ? v : c->most;
		return LOOK_NUMBER;
	}
	if (len >= 8 && time_read(s, len, NULL, NULL, &at))
		return LOOK_TIME;
	if (is_wkt(s, len))
		return LOOK_WKT;
	if (*s == '{' && memmem(s, len, "\"coordinates\"", 13) != NULL)
		return LOOK_GEOJSON;
	if (is_point(s, len, a))
		return LOOK_POINT;
	return iri_is_absolute(s, len) ? LOOK_URI : LOOK_TEXT;
}

static void see(struct proposed_column *c, struct map *seen, const char *s, size_t len,
	struct arena *a)
{
	enum look look;
	const char *key;

	while (len > 0 && isspace((unsigned char)*s)) {
		s++;
		len--;
	}
	while (len > 0 && isspace((unsigned char)s[len - 1]))
		len--;
	if (len == 0) {
		c->unique = false;
		return;
	}
	key = arena_strndup(a, s, len);
	c->unique &= map_get(seen, key, len) == NULL;
	map_put(seen, key, len, c);
	look = look_at(c, s, len, a);
	if (c->filled++ == 0)
		c->look = look;
	else if (c->look != look)
		c->look = LOOK_TEXT;
}

static void init_column(struct proposed_column *c, const char *name, struct arena *a)
{
	*c = (struct proposed_column){.name = name, .unique = true, .most = -DBL_MAX};
	c->plain = plain(name, a);
	c->role = role_of(c->plain);
}

/* ---- files */

static int look_csv(
	struct csv *csv, struct arena *a, struct proposed_file *f, struct err *err)
{
	struct csv_record record;
	struct map *seen;
	int rc = csv_next(csv, a, &record, err);

	if (rc <= 0)
		return rc < 0
			? -1
			: err_set(err, ERR_BAD_REQUEST_DATA,
				  "the file is empty; its first line must be the names "
				  "of the columns");
	f->len = record.len;
	f->columns = arena_array(a, struct proposed_column, f->len);
	seen = arena_array(a, struct map, f->len);
	for (size_t i = 0; i < f->len; i++)
		init_column(&f->columns[i],
			arena_strndup(a, record.cells[i].text, record.cells[i].len), a);
	for (int n = 0; n < SAMPLE && rc != 0; n++) {
		struct err ignored = {0};

		rc = csv_next(csv, a, &record, &ignored);
		for (size_t i = 0; rc == 1 && i < f->len && i < record.len; i++)
			see(&f->columns[i], &seen[i], record.cells[i].text,
				record.cells[i].len, a);
	}
	for (size_t i = 0; i < f->len; i++)
		map_fini(&seen[i]);
	return 0;
}

static struct proposed_column *column_named(struct proposed_file *f, struct map *all,
	const struct jn *property, struct arena *a)
{
	struct proposed_column *c = map_get(all, property->key, property->key_len);

	if (c != NULL || f->len == CSV_COLUMNS)
		return c;
	c = &f->columns[f->len++];
	init_column(c, arena_strndup(a, property->key, property->key_len), a);
	map_put(all, c->name, strlen(c->name), c);
	return c;
}

static void see_property(
	struct proposed_column *c, struct map *seen, const struct jn *v, struct arena *a)
{
	size_t len = 0;
	const char *text = jn_span(v, a, &len);

	if (v->kind == JN_NULL)
		return;
	if (text == NULL) {
		text = jn_text(v, a);
		len = strlen(text);
	}
	see(c, seen, text, len, a);
	/* a number in quotes is a text */
	if (v->kind == JN_STRING && c->look == LOOK_NUMBER)
		c->look = LOOK_TEXT;
}

static int look_geojson(const char *text, size_t len, struct arena *a,
	struct proposed_file *f, struct err *err)
{
	auto_map all = {0};
	struct map *seen = arena_array(a, struct map, CSV_COLUMNS);
	struct rows rows;

	f->columns = arena_array(a, struct proposed_column, CSV_COLUMNS);
	if (rows_open(&rows, true, text, len, NULL, a, err) < 0)
		return -1;
	for (int n = 0, rc = 1; n < SAMPLE && rc != 0; n++) {
		struct err ignored = {0};
		struct one_row row = {0};

		rc = rows_next(&rows, a, &row, &ignored);
		if (rc != 1)
			continue;
		f->geometry |= jn_is(row.source.geometry, JN_OBJECT);
		jn_each (it, jn_get(row.feature, "properties")) {
			struct proposed_column *c = column_named(f, &all, it, a);

			if (c != NULL)
				see_property(c, &seen[c - f->columns], it, a);
		}
	}
	for (size_t i = 0; i < f->len; i++)
		map_fini(&seen[i]);
	return 0;
}

int propose_look(bool geojson, const char *text, size_t len, struct arena *a,
	struct proposed_file *out, struct err *err)
{
	struct csv csv;

	*out = (struct proposed_file){.geojson = geojson};
	if (geojson)
		return look_geojson(text, len, a, out, err);
	out->encoding = utf8_valid(text, len) ? CSV_UTF8 : CSV_WINDOWS_1252;
	if (csv_open(&csv, text, len, 0, out->encoding, 0, err) < 0)
		return -1;
	out->separator = csv.separator;
	return look_csv(&csv, a, out, err);
}
