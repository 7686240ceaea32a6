/* SPDX-License-Identifier: Apache-2.0 */
/* Positions: inside the territory, and not only when longitude and latitude change places. */
#include "lint_priv.h"

#include <base/err.h>

#include <stdlib.h>
#include <string.h>

#define CORNERS 1000
#define LOOKED  100 /* positions of a geometry that are looked at */

struct territory {
	double west, south, east, north;
	double (*corners)[2]; /* NULL: a box */
	size_t len;
};

static int fail(struct err *err)
{
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"expected west,south,east,north in degrees, or at least three corners "
		"\"lon,lat lon,lat lon,lat\"");
}

/* Numbers with commas and spaces between them; false where it is something else. */
static bool read_numbers(const char *text, double *out, size_t *len)
{
	*len = 0;
	while (*text != '\0') {
		char *end;

		if (*len == (size_t)2 * CORNERS)
			return false;
		out[(*len)++] = strtod(text, &end);
		if (end == text)
			return false;
		text = end + strspn(end, ", \t\n");
	}
	return true;
}

static void bound(struct territory *t)
{
	t->west = t->east = t->corners[0][0];
	t->south = t->north = t->corners[0][1];
	for (size_t i = 1; i < t->len; i++) {
		double x = t->corners[i][0], y = t->corners[i][1];

		t->west = x < t->west ? x : t->west;
		t->east = x > t->east ? x : t->east;
		t->south = y < t->south ? y : t->south;
		t->north = y > t->north ? y : t->north;
	}
}

int territory_parse(
	const char *text, struct arena *a, struct territory **out, struct err *err)
{
	double *n = arena_array(a, double, (size_t)2 * CORNERS);
	struct territory *t = arena_new(a, struct territory);
	size_t len;

	if (!read_numbers(text, n, &len) || (len != 4 && (len < 6 || len % 2 != 0)))
		return fail(err);
	if (len == 4) {
		*t = (struct territory){n[0], n[1], n[2], n[3], NULL, 0};
	} else {
		t->corners = (double(*)[2])n;
		t->len = len / 2;
		bound(t);
	}
	if (!(t->west < t->east && t->south < t->north && t->west >= -180 &&
		    t->east <= 180 && t->south >= -90 && t->north <= 90))
		return fail(err);
	*out = t;
	return 0;
}

bool territory_has(const struct territory *t, double lon, double lat)
{
	bool in = false;

	if (!(lon >= t->west && lon <= t->east && lat >= t->south && lat <= t->north))
		return false;
	if (t->corners == NULL)
		return true;
	for (size_t i = 0, j = t->len - 1; i < t->len; j = i++) {
		const double *p = t->corners[i], *q = t->corners[j];

		if ((p[1] > lat) != (q[1] > lat) &&
			lon < (q[0] - p[0]) * (lat - p[1]) / (q[1] - p[1]) + p[0])
			in = !in;
	}
	return in;
}

struct count {
	size_t all, in, in_swapped;
	double lon, lat; /* of the first outside */
};

static void count_positions(
	const struct territory *t, const struct jn *v, struct count *c)
{
	double lon, lat;

	if (!jn_is(v, JN_ARRAY) || c->all >= LOOKED)
		return;
	if (!jn_is(v->child, JN_NUMBER)) {
		jn_each (it, v)
			count_positions(t, it, c);
		return;
	}
	if (!jn_is(v->child->next, JN_NUMBER))
		return;
	lon = jn_number(v->child);
	lat = jn_number(v->child->next);
	c->all++;
	if (territory_has(t, lon, lat)) {
		c->in++;
		return;
	}
	c->in_swapped += territory_has(t, lat, lon);
	c->lon = lon;
	c->lat = lat;
}

/* The same geometry, each pair the other way round. */
static struct jn *swap(const struct jn *v, struct arena *a)
{
	struct jn *out = jn_array(a);

	if (jn_is(v->child, JN_NUMBER) && v->count >= 2) {
		jn_append(out, jn_share(a, v->child->next));
		jn_append(out, jn_share(a, v->child));
		for (const struct jn *it = v->child->next->next; it != NULL;
			it = it->next)
			jn_append(out, jn_share(a, it));
		return out;
	}
	jn_each (it, v)
		jn_append(out, it->kind == JN_ARRAY ? swap(it, a) : jn_share(a, it));
	return out;
}

void lint_position(struct run *r, const struct spot *s)
{
	const struct territory *t = r->l->territory;
	const struct jn *coordinates;
	struct count c = {0};
	struct finding *f;

	if (t == NULL)
		return;
	coordinates = jn_get(s->value, "coordinates");
	count_positions(t, coordinates, &c);
	if (c.all == c.in)
		return;
	if (c.in_swapped == c.all) {
		f = lint_add(r, LINT_SWAPPED_COORDINATES, s, "/value/coordinates",
			coordinates);
		f->why = arena_printf(r->a,
			"[%.10g, %.10g] is outside the territory, and inside it with "
			"longitude and latitude in the order of GeoJSON",
			c.lon, c.lat);
		f->fix.kind = FIX_VALUE;
		f->fix.node = coordinates;
		f->fix.value = swap(coordinates, r->a);
		f->mend = arena_printf(r->a, "send %s: the longitude comes first",
			lint_text(r, f->fix.value));
		return;
	}
	f = lint_add(r, LINT_OUTSIDE_TERRITORY, s, "/value/coordinates", coordinates);
	f->why = arena_printf(
		r->a, "[%.10g, %.10g] is outside the territory", c.lon, c.lat);
	f->mend = "send [longitude, latitude] in degrees (WGS 84), not projected metres; "
		  "or widen the setting territory";
}
