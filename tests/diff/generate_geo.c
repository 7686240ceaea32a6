/* SPDX-License-Identifier: Apache-2.0 */
/* Geometries of few positions on a small grid, so that they touch, cover and equal each
 * other and cross themselves; here and there something larger or finer. */
#include "generate.h"

#include <base/strbuf.h>

#include <stdbool.h>

struct frame {
	double longitude, latitude; /* of the grid's corner */
	double step; /* degrees */
	unsigned cells;
};

/* None is opposite to another one: PostGIS takes what is there for touching. */
static const struct frame frames[] = {
	{5, 43, 0.01, 5}, /* a town */
	{5.0123456789, 43.1, 0.001, 6}, /* a quarter */
	{20, 8, 1, 4}, /* a region */
	{-2, 50, 5, 6}, /* countries */
	{-180, -3, 0.5, 5}, /* at the antimeridian */
	{177.5, -3, 0.5, 5}, /* on its other side */
	{20, 84, 1.5, 5}, /* at a pole */
	{150, -89.5, 0.1, 5}, /* at the other one, on both sides */
	{-110, -89.5, 0.1, 5},
};

static void add_position(struct random *r, const struct frame *f, struct strbuf *sb)
{
	double fine = random_below(r, 6) == 0 ? random_below(r, 1000) / 1000.0 : 0;

	strbuf_addf(sb, "[%.12g,%.12g%s]",
		f->longitude + (random_below(r, f->cells) + fine) * f->step,
		f->latitude + (random_below(r, f->cells - 1) + fine) * f->step,
		random_below(r, 8) == 0 ? ",12.5" : "");
}

static void add_positions(
	struct random *r, const struct frame *f, unsigned n, struct strbuf *sb)
{
	strbuf_addc(sb, '[');
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			strbuf_addc(sb, ',');
		add_position(r, f, sb);
	}
	strbuf_addc(sb, ']');
}

/* A rectangle, which neighbours are likely to share edges with. */
static void add_rectangle(const struct frame *f, const unsigned at[4], struct strbuf *sb)
{
	double x0 = f->longitude + at[0] * f->step, y0 = f->latitude + at[1] * f->step;
	double x1 = x0 + at[2] * f->step, y1 = y0 + at[3] * f->step;

	strbuf_addf(sb,
		"[[%.12g,%.12g],[%.12g,%.12g],[%.12g,%.12g],[%.12g,%.12g],[%.12g,%.12g]]",
		x0, y0, x1, y0, x1, y1, x0, y1, x0, y0);
}

/* Any way round: it may cross itself. */
static void add_ring(struct random *r, const struct frame *f, struct strbuf *sb)
{
	unsigned n = 3 + random_below(r, 4);
	size_t start, len;

	strbuf_addc(sb, '[');
	start = sb->len;
	add_position(r, f, sb);
	len = sb->len - start;
	for (unsigned i = 1; i < n; i++) {
		strbuf_addc(sb, ',');
		add_position(r, f, sb);
	}
	strbuf_addf(sb, ",%.*s]", (int)len, sb->data + start);
}

static void add_rings(struct random *r, const struct frame *f, struct strbuf *sb)
{
	const unsigned outer[4] = {random_below(r, f->cells - 1),
		random_below(r, f->cells - 2), 1 + random_below(r, 2), 1};
	const struct frame inner = {f->longitude + outer[0] * f->step,
		f->latitude + outer[1] * f->step, f->step / 4, 3};
	const unsigned hole[4] = {1, 1, 1, 1};

	strbuf_addc(sb, '[');
	if (random_below(r, 3) == 0) {
		add_ring(r, f, sb);
	} else {
		add_rectangle(f, outer, sb);
		if (random_below(r, 3) == 0) {
			strbuf_addc(sb, ',');
			add_rectangle(&inner, hole, sb);
		}
	}
	strbuf_addc(sb, ']');
}

static void add_coordinates(
	struct random *r, const struct frame *f, unsigned kind, struct strbuf *sb)
{
	unsigned n = 1 + random_below(r, 3);

	switch (kind) {
	case 0:
		add_position(r, f, sb);
		return;
	case 1:
		add_positions(r, f, n, sb);
		return;
	case 2:
		add_positions(r, f, n + 1, sb);
		return;
	case 3:
		add_rings(r, f, sb);
		return;
	}
	strbuf_addc(sb, '[');
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			strbuf_addc(sb, ',');
		if (kind == 4)
			add_positions(r, f, n + 1, sb);
		else
			add_rings(r, f, sb);
	}
	strbuf_addc(sb, ']');
}

const char *generate_geometry(struct random *r, struct strbuf *sb)
{
	static const char *const types[] = {"Point", "MultiPoint", "LineString",
		"Polygon", "MultiLineString", "MultiPolygon"};
	const struct frame *f =
		&frames[random_below(r, sizeof(frames) / sizeof(*frames))];
	unsigned kind = random_below(r, 6);

	add_coordinates(r, f, kind, sb);
	return types[kind];
}

void generate_georel(struct random *r, struct strbuf *sb)
{
	static const char *const relations[] = {
		"within", "contains", "overlaps", "intersects", "equals", "disjoint"};
	double metres = 1 + random_below(r, 1000);

	if (random_below(r, 2) == 0) {
		strbuf_adds(sb, relations[random_below(r, 6)]);
		return;
	}
	for (unsigned i = random_below(r, 5); i > 0; i--)
		metres *= 10;
	strbuf_addf(sb, "near;%sDistance==%.0f", random_below(r, 3) == 0 ? "min" : "max",
		metres);
}
