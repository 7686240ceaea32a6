/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Geometries: two columns, "lat, lon" in one, WKT (also PostGIS's, with SRID=n;), GeoJSON
 * in a cell, the geometry of a Feature.  What comes in metres leaves in degrees, to seven
 * decimals, a centimetre.
 */
#include "mapping_priv.h"

#include <base/err.h>

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEPTH 4 /* of arrays in a MultiPolygon */

static struct jn *degrees_node(struct row *r, double v)
{
	return jn_real(r->a, round(v * 1e7) / 1e7);
}

/* A position from x and y in the reference system; NULL: outside of it. */
static struct jn *position(struct row *r, const struct crs *crs, double x, double y)
{
	struct jn *out = jn_array(r->a);
	double lon = x, lat = y;

	if (crs != NULL && !crs_to_degrees(crs, x, y, &lon, &lat))
		return NULL;
	if (!(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90))
		return NULL;
	jn_append(out, degrees_node(r, lon));
	jn_append(out, degrees_node(r, lat));
	return out;
}

static struct jn *geometry_node(struct row *r, const char *type, struct jn *coordinates)
{
	struct jn *out = jn_object(r->a);

	jn_add(out, "type", jn_string(r->a, type));
	jn_add(out, "coordinates", coordinates);
	return out;
}

static int outside(struct row *r, int column, const struct crs *crs)
{
	bool metres = crs != NULL && crs->kind != CRS_DEGREES;

	return row_wrong(r, column,
		metres ? "check that x and y are not exchanged, and \"crs\" in the "
			 "mapping"
		       : "longitude is from -180 to 180, latitude from -90 to 90; "
			 "coordinates in metres need \"crs\" in the mapping, such as "
			 "EPSG:2154",
		metres ? "a place outside of the area of EPSG:%u"
		       : "no position in degrees",
		metres ? crs->epsg : 0);
}

static const struct crs *crs_of(const struct row *r, const struct map_attr *attr)
{
	return attr->crs != NULL ? attr->crs : r->m->crs;
}

static int coordinate(struct row *r, int column, double *out)
{
	const char *s, *number;
	size_t len;
	char decimal = row_json(r, column) != NULL ? '.' : r->m->decimal;

	if (row_text(r, column, &s, &len) < 0)
		return -1;
	if (s == NULL)
		return 0;
	if (!number_read(s, len, decimal, r->a, &number))
		return row_wrong(r, column,
			"write digits; a decimal comma needs \"decimal\": \",\" in the "
			"mapping",
			"no coordinate");
	*out = strtod(number, NULL);
	return 1;
}

static int from_columns(struct row *r, const struct map_attr *attr, struct jn **out)
{
	const struct crs *crs = crs_of(r, attr);
	double x = 0, y = 0;
	int has_x = coordinate(r, attr->column, &x),
	    has_y = coordinate(r, attr->second, &y);
	struct jn *at;

	if (has_x < 0 || has_y < 0)
		return -1;
	if (has_x == 0 && has_y == 0)
		return 0;
	if (has_x == 0 || has_y == 0)
		return row_wrong(r, has_x == 0 ? attr->column : attr->second,
			"fill in both coordinates, or none", "one coordinate is missing");
	at = position(r, crs, x, y);
	if (at == NULL)
		return outside(r, attr->column, crs);
	*out = geometry_node(r, "Point", at);
	return 1;
}

/* "lat, lon", as the portals of OpenDataSoft write. */
static int from_point(struct row *r, const struct map_attr *attr, struct jn **out)
{
	const char *s;
	char *text, *rest;
	size_t len;
	double lat, lon;
	struct jn *at;

	if (row_text(r, attr->column, &s, &len) < 0)
		return -1;
	if (s == NULL)
		return 0;
	text = arena_strndup(r->a, s, len);
	lat = strtod(text, &rest);
	if (rest == text || strchr(",; ", *rest) == NULL || *rest == '\0')
		return row_wrong(r, attr->column, "write 43.2965, 5.3698",
			"no latitude and longitude");
	text = rest + strspn(rest, ",; ");
	lon = strtod(text, &rest);
	if (rest == text || rest[strspn(rest, " ")] != '\0')
		return row_wrong(r, attr->column, "write 43.2965, 5.3698",
			"no latitude and longitude");
	at = position(r, NULL, lon, lat);
	if (at == NULL)
		return outside(r, attr->column, NULL);
	*out = geometry_node(r, "Point", at);
	return 1;
}

/* ---- WKT */

struct wkt {
	struct row *r;
	const char *p;
	const struct crs *crs;
	bool outside;
};

static void skip_blanks(struct wkt *w)
{
	while (isspace((unsigned char)*w->p))
		w->p++;
}

static bool take(struct wkt *w, char c)
{
	skip_blanks(w);
	if (*w->p != c)
		return false;
	w->p++;
	return true;
}

/* x y [z [m]] */
static struct jn *wkt_position(struct wkt *w)
{
	double v[4] = {0};
	struct jn *out;
	int n = 0;

	for (; n < 4; n++) {
		char *rest;

		skip_blanks(w);
		v[n] = strtod(w->p, &rest);
		if (rest == w->p)
			break;
		w->p = rest;
	}
	if (n < 2)
		return NULL;
	out = position(w->r, w->crs, v[0], v[1]);
	w->outside |= out == NULL;
	return out;
}

/* depth 0: a position. */
static struct jn *wkt_list(struct wkt *w, int depth, bool wrapped)
{
	struct jn *out = jn_array(w->r->a);

	if (!take(w, '('))
		return NULL;
	do {
		struct jn *one;

		skip_blanks(w);
		/* MULTIPOINT ((1 2), (3 4)) and MULTIPOINT (1 2, 3 4) */
		if (depth == 1 && wrapped && *w->p == '(') {
			w->p++;
			one = wkt_position(w);
			if (one != NULL && !take(w, ')'))
				return NULL;
		} else {
			one = depth > 1 ? wkt_list(w, depth - 1, false) : wkt_position(w);
		}
		if (one == NULL)
			return NULL;
		jn_append(out, one);
	} while (take(w, ','));
	return take(w, ')') ? out : NULL;
}

static struct jn *wkt_geometry(struct wkt *w)
{
	static const struct {
		const char *word, *type;
		int depth;
	} known[] = {
		{"MULTIPOLYGON", "MultiPolygon", 3},
		{"MULTILINESTRING", "MultiLineString", 2},
		{"MULTIPOINT", "MultiPoint", 1},
		{"POLYGON", "Polygon", 2},
		{"LINESTRING", "LineString", 1},
		{"POINT", "Point", 0},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t len = strlen(known[i].word);
		struct jn *list;

		if (strncasecmp(w->p, known[i].word, len) != 0)
			continue;
		w->p += len;
		skip_blanks(w);
		w->p += strspn(w->p, "ZMzm");
		list = wkt_list(w, known[i].depth > 0 ? known[i].depth : 1, i == 2);
		skip_blanks(w);
		if (list == NULL || *w->p != '\0' ||
			(known[i].depth == 0 && list->count != 1))
			return NULL;
		return geometry_node(w->r, known[i].type,
			known[i].depth > 0 ? list : jn_share(w->r->a, list->child));
	}
	return NULL;
}

static int from_wkt(struct row *r, const struct map_attr *attr, struct jn **out)
{
	struct wkt w = {.r = r, .crs = crs_of(r, attr)};
	struct crs named;
	struct err ignored = {0};
	const char *s;
	size_t len;

	if (row_text(r, attr->column, &s, &len) < 0)
		return -1;
	if (s == NULL)
		return 0;
	w.p = arena_strndup(r->a, s, len);
	if (strncasecmp(w.p, "SRID=", 5) == 0) {
		size_t n = strcspn(w.p + 5, ";");
		const char *srid = arena_strndup(r->a, w.p + 5, n);

		if (crs_find(srid, &named, &ignored) < 0)
			return row_wrong(r, attr->column, "use EPSG:2154 or EPSG:4326",
				"its reference system is not known here");
		w.crs = &named;
		w.p += 5 + n + (w.p[5 + n] == ';');
	}
	skip_blanks(&w);
	*out = wkt_geometry(&w);
	if (*out != NULL)
		return 1;
	if (w.outside)
		return outside(r, attr->column, w.crs);
	return row_wrong(r, attr->column, "write POINT (5.3698 43.2965)",
		"no geometry in WKT (a point, line or polygon, or several)");
}

/* ---- GeoJSON */

/* The same arrays with other numbers; NULL: it is no such thing. */
static struct jn *convert(
	struct row *r, const struct crs *crs, const struct jn *v, int depth)
{
	struct jn *out;

	if (depth > DEPTH || !jn_is(v, JN_ARRAY))
		return NULL;
	if (jn_is(v->child, JN_NUMBER)) {
		if (!jn_is(v->child->next, JN_NUMBER))
			return NULL;
		return position(r, crs, jn_number(v->child), jn_number(v->child->next));
	}
	out = jn_array(r->a);
	jn_each (it, v) {
		struct jn *one = convert(r, crs, it, depth + 1);

		if (one == NULL)
			return NULL;
		jn_append(out, one);
	}
	return out;
}

static int from_geojson(struct row *r, int column, const struct jn *geometry,
	const struct crs *crs, struct jn **out)
{
	struct jn *coordinates;

	if (geometry->kind != JN_OBJECT || !jn_is(jn_get(geometry, "type"), JN_STRING))
		return row_wrong(r, column,
			"write {\"type\": \"Point\", \"coordinates\": [5.3698, 43.2965]}",
			"no GeoJSON geometry");
	if (crs == NULL || crs->kind == CRS_DEGREES) {
		*out = jn_share(r->a, geometry);
		return 1;
	}
	coordinates = convert(r, crs, jn_get(geometry, "coordinates"), 0);
	if (coordinates == NULL)
		return outside(r, column, crs);
	*out = geometry_node(r, jn_str(jn_get(geometry, "type"), r->a), coordinates);
	return 1;
}

static int from_cell(struct row *r, const struct map_attr *attr, struct jn **out)
{
	const struct jn *json = row_json(r, attr->column);
	struct err err = {0};
	struct jn *parsed;
	const char *s;
	size_t len;

	if (json == NULL || json->kind == JN_STRING) {
		if (row_text(r, attr->column, &s, &len) < 0)
			return -1;
		if (s == NULL)
			return 0;
		if (jn_parse(s, len, JN_LIMITS, r->a, &parsed, &err) < 0)
			return row_wrong(r, attr->column, "write GeoJSON, or use \"wkt\"",
				"no JSON: %s", err.detail);
		json = parsed;
	}
	return from_geojson(r, attr->column, json, crs_of(r, attr), out);
}

static int from_feature(struct row *r, const struct map_attr *attr, struct jn **out)
{
	const struct crs *crs = crs_of(r, attr);
	struct err err = {0};
	struct crs named;

	if (r->source->geometry == NULL || r->source->geometry->kind == JN_NULL)
		return 0;
	if (crs == NULL && r->source->crs != NULL) {
		if (crs_find(r->source->crs, &named, &err) < 0)
			return row_wrong(
				r, -1, "say \"crs\" in the mapping", "%s", err.detail);
		crs = &named;
	}
	return from_geojson(r, -1, r->source->geometry, crs, out);
}

int row_geometry(struct row *r, const struct map_attr *attr, struct jn **out)
{
	switch (attr->source) {
	case SOURCE_POSITION:
		return from_columns(r, attr, out);
	case SOURCE_POINT:
		return from_point(r, attr, out);
	case SOURCE_WKT:
		return from_wkt(r, attr, out);
	case SOURCE_GEOMETRY:
		return from_feature(r, attr, out);
	default:
		return from_cell(r, attr, out);
	}
}
