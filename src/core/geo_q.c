/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	georel = "near;" ("maxDistance" / "minDistance") "==" metres
 *	       / "within" / "contains" / "overlaps" / "intersects" / "equals" / "disjoint"
 */
#include <core/geo_q.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/expand.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	enum georel rel;
} relations[] = {
	{"within", GEOREL_WITHIN},
	{"contains", GEOREL_CONTAINS},
	{"overlaps", GEOREL_OVERLAPS},
	{"intersects", GEOREL_INTERSECTS},
	{"equals", GEOREL_EQUALS},
	{"disjoint", GEOREL_DISJOINT},
};

static int bad(struct err *err, const char *complaint)
{
	return err_set(err, ERR_BAD_REQUEST_DATA, "%s", complaint);
}

/* PositiveNumber: as JSON writes numbers, without a sign, not 0. */
static bool parse_distance(const char *text, double *out)
{
	size_t len = strlen(text);
	char *end;

	if (len == 0 || strspn(text, "0123456789.eE+-") != len || *text == '.' ||
		*text == '+' || *text == '-' ||
		(text[0] == '0' && text[1] >= '0' && text[1] <= '9'))
		return false;
	*out = strtod(text, &end);
	return *end == '\0' && end[-1] != '.' && isfinite(*out) && *out > 0;
}

static int parse_near(const char *text, struct geo_q *q, struct err *err)
{
	static const char max[] = "maxDistance==", min[] = "minDistance==";

	while (*text == ' ')
		text++;
	if (strncmp(text, max, strlen(max)) == 0) {
		q->rel = GEOREL_NEAR_MAX;
		text += strlen(max);
	} else if (strncmp(text, min, strlen(min)) == 0) {
		q->rel = GEOREL_NEAR_MIN;
		text += strlen(min);
	} else {
		return bad(err,
			"georel: near needs ;maxDistance==<metres> or "
			";minDistance==<metres>");
	}
	if (strchr(text, ';') != NULL)
		return bad(err, "georel: near takes one of maxDistance and minDistance");
	if (!parse_distance(text, &q->distance))
		return bad(
			err, "georel: the distance must be a number of metres above 0");
	return 0;
}

static int parse_georel(const char *text, struct geo_q *q, struct err *err)
{
	if (strncmp(text, "near", 4) == 0 && (text[4] == ';' || text[4] == '\0'))
		return parse_near(text + 4 + (text[4] == ';'), q, err);
	for (size_t i = 0; i < sizeof(relations) / sizeof(relations[0]); i++) {
		if (strcmp(text, relations[i].name) == 0) {
			q->rel = relations[i].rel;
			return 0;
		}
	}
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"georel: '%.40s' is none of near;…, within, contains, overlaps, "
		"intersects, "
		"equals, disjoint",
		text);
}

static void on_sphere(const struct jn *position, double out[3])
{
	double longitude = jn_number(position->child) * (M_PI / 180);
	double latitude = jn_number(position->child->next) * (M_PI / 180);

	out[0] = cos(latitude) * cos(longitude);
	out[1] = cos(latitude) * sin(longitude);
	out[2] = sin(latitude);
}

/* PostGIS' own tolerance is 1e-12. */
static bool are_opposite(const struct jn *from, const struct jn *to)
{
	double p[3], q[3];

	on_sphere(from, p);
	on_sphere(to, q);
	return fabs(p[0] + q[0]) < 1e-11 && fabs(p[1] + q[1]) < 1e-11 &&
		fabs(p[2] + q[2]) < 1e-11;
}

/* Does a line, at any depth of the coordinates, lead to the other end of the globe in one
 * step?  There is no shortest way then, and PostGIS finds no distance. */
static bool has_opposite(const struct jn *list)
{
	jn_each (it, list) {
		if (!jn_is(it, JN_ARRAY))
			return false;
		if (jn_is(it->child, JN_ARRAY) && has_opposite(it))
			return true;
		if (jn_is(it->child, JN_NUMBER) && it->next != NULL &&
			are_opposite(it, it->next))
			return true;
	}
	return false;
}

static int check_edges(const char *type, const struct jn *coordinates, struct err *err)
{
	if (strcmp(type, "MultiPoint") == 0 || !has_opposite(coordinates))
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"coordinates: near knows no shortest way between positions that are "
		"opposite each other on the globe; put one between them");
}

static int parse_geometry(const char *type, const char *coordinates, struct arena *a,
	struct geo_q *q, struct err *err)
{
	bool near = q->rel == GEOREL_NEAR_MAX || q->rel == GEOREL_NEAR_MIN;
	struct err inner = {0};
	struct jn *geometry = jn_object(a), *array;

	if (jn_parse(coordinates, strlen(coordinates), JN_LIMITS, a, &array, &inner) < 0)
		return err_set(
			err, ERR_BAD_REQUEST_DATA, "coordinates: %s", inner.detail);
	jn_add(geometry, "type", jn_string(a, type));
	jn_add(geometry, "coordinates", array);
	if (geometry_check(geometry, "", err) < 0)
		return err_wrap(err, "geometry and coordinates");
	if (near && check_edges(type, array, err) < 0)
		return -1;
	q->geometry = jn_text(geometry, a);
	return 0;
}

int geo_q_parse(const char *georel, const char *geometry, const char *coordinates,
	const char *geoproperty, const struct context *ctx, struct arena *a,
	struct geo_q **out, struct err *err)
{
	const char *missing = georel == NULL ? "georel"
		: geometry == NULL           ? "geometry"
		: coordinates == NULL        ? "coordinates"
					     : NULL;
	struct geo_q *q = arena_new(a, struct geo_q);

	if (missing != NULL)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"%s is missing: georel, geometry and coordinates come together",
			missing);
	if (geoproperty == NULL)
		geoproperty = "location";
	if (!name_is_legal(geoproperty, strlen(geoproperty)))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"geoproperty: '%.100s' is not an attribute name", geoproperty);
	if (parse_georel(georel, q, err) < 0 ||
		parse_geometry(geometry, coordinates, a, q, err) < 0)
		return -1;
	q->property = context_expand(ctx, geoproperty, strlen(geoproperty), a);
	*out = q;
	return 0;
}
