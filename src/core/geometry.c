/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GeoJSON geometries (RFC 7946) as NGSI-LD takes them (4.7): structure, closed rings and
 * ranges.  Not topology: a polygon that crosses itself is stored like any other.
 */
#include <core/expand.h>

#include <base/err.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_DEPTH 4 /* arrays around a number: the coordinates of a MultiPolygon */

/* What the innermost list of positions is. */
enum shape {
	POSITION,
	POINTS, /* any number */
	LINE, /* two or more */
	RING, /* four or more, the last is the first */
};

static const struct {
	const char *type;
	unsigned depth; /* arrays around a list of positions (a position: -) */
	enum shape shape;
} types[] = {
	{"Point", 0, POSITION},
	{"MultiPoint", 0, POINTS},
	{"LineString", 0, LINE},
	{"MultiLineString", 1, LINE},
	{"Polygon", 1, RING},
	{"MultiPolygon", 2, RING},
};
#define TYPES (sizeof(types) / sizeof(types[0]))

struct check {
	const char *where;
	struct err *err;
	size_t path[MAX_DEPTH];
	unsigned depth;
};

static int refuse(const struct check *c, const char *what)
{
	char path[128];
	int n = snprintf(path, sizeof(path), "/coordinates");

	for (unsigned i = 0; i < c->depth; i++)
		n += snprintf(path + n, sizeof(path) - (size_t)n, "/%zu", c->path[i]);
	return err_set(c->err, ERR_BAD_REQUEST_DATA, "%s%s: %s", c->where, path, what);
}

static int check_position(const struct check *c, const struct jn *v)
{
	const struct jn *latitude;

	if (!jn_is(v, JN_ARRAY) || v->count < 2 || v->count > 3)
		return refuse(c,
			"a position is [longitude, latitude] or [longitude, latitude, "
			"altitude]");
	jn_each (it, v) {
		if (it->kind != JN_NUMBER || !isfinite(jn_number(it)))
			return refuse(c, "a position holds numbers only");
	}
	latitude = v->child->next;
	if (fabs(jn_number(v->child)) > 180)
		return refuse(c, "longitude (the first number) is between -180 and 180");
	if (fabs(jn_number(latitude)) > 90)
		return refuse(c, "latitude (the second number) is between -90 and 90");
	return 0;
}

static int check_list(struct check *c, const struct jn *v, enum shape shape)
{
	static const unsigned least[] = {[POINTS] = 1, [LINE] = 2, [RING] = 4};
	static const char *const says[] = {
		[POINTS] = "at least one position is needed",
		[LINE] = "a line has at least two positions",
		[RING] = "a ring has at least four positions, the last the same as the "
			 "first",
	};

	if (!jn_is(v, JN_ARRAY))
		return refuse(c, "must be an array of positions");
	c->path[c->depth++] = 0;
	jn_each (it, v) {
		if (check_position(c, it) < 0)
			return -1;
		c->path[c->depth - 1]++;
	}
	c->depth--;
	if (v->count < least[shape])
		return refuse(c, says[shape]);
	if (shape == RING && !jn_equal(v->child, v->last))
		return refuse(c,
			"the ring is not closed: its last position must equal its first");
	return 0;
}

static int check_nested(
	struct check *c, const struct jn *v, unsigned depth, enum shape shape)
{
	if (shape == POSITION)
		return check_position(c, v);
	if (depth == 0)
		return check_list(c, v, shape);
	if (!jn_is(v, JN_ARRAY) || v->count == 0)
		return refuse(c, "must be an array, and not empty");
	c->path[c->depth++] = 0;
	jn_each (it, v) {
		if (check_nested(c, it, depth - 1, shape) < 0)
			return -1;
		c->path[c->depth - 1]++;
	}
	c->depth--;
	return 0;
}

bool geometry_type_is_known(const struct jn *type)
{
	for (size_t i = 0; i < TYPES; i++) {
		if (jn_str_is(type, types[i].type))
			return true;
	}
	return false;
}

bool geometry_is_type(const char *type)
{
	for (size_t i = 0; i < TYPES; i++)
		if (strcmp(types[i].type, type) == 0)
			return true;
	return false;
}

int geometry_check(const struct jn *geometry, const char *where, struct err *err)
{
	struct check c = {.where = where, .err = err};
	const struct jn *type = jn_get(geometry, "type"), *coordinates;
	size_t i = 0;

	if (!jn_is(geometry, JN_OBJECT))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"%s: must be a GeoJSON geometry, an object with \"type\" and "
			"\"coordinates\"",
			where);
	while (i < TYPES && !jn_str_is(type, types[i].type))
		i++;
	if (jn_str_is(type, "GeometryCollection"))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"%s/type: GeometryCollection is not allowed in NGSI-LD (4.7.1)",
			where);
	if (i == TYPES)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"%s/type: must be Point, MultiPoint, LineString, "
			"MultiLineString, "
			"Polygon or MultiPolygon",
			where);
	coordinates = jn_get(geometry, "coordinates");
	if (coordinates == NULL)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"%s: a %s needs \"coordinates\"", where, types[i].type);
	return check_nested(&c, coordinates, types[i].depth, types[i].shape);
}
