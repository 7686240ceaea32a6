/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rectangles around geometries, and a packed tree of them (sorted into tiles).  They are
 * generous: what they let through is judged; what they keep out cannot match.
 */
#include "match_priv.h"

#include <core/geo_q.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FANOUT 16
/* Metres of a degree, rather too few: of latitude, and of longitude at the equator. */
#define METRES_SOUTH 110000.0
#define METRES_EAST  111000.0
/* Degrees that an edge of the globe may bulge out of its rectangle, while it is short. */
#define BULGE 0.01
#define SHORT 2.0

static const struct box empty = {INFINITY, INFINITY, -INFINITY, -INFINITY};

static void grow(struct box *box, const struct jn *list)
{
	if (jn_is(list->child, JN_NUMBER) && list->child->next != NULL) {
		double x = jn_number(list->child), y = jn_number(list->child->next);

		box->west = fmin(box->west, x);
		box->east = fmax(box->east, x);
		box->south = fmin(box->south, y);
		box->north = fmax(box->north, y);
		return;
	}
	jn_each (it, list)
		if (jn_is(it, JN_ARRAY))
			grow(box, it);
}

bool box_of_geometry(const struct jn *geometry, struct box *out)
{
	const struct jn *coordinates = jn_get(geometry, "coordinates");

	*out = empty;
	if (!jn_is(coordinates, JN_ARRAY))
		return false;
	grow(out, coordinates);
	return out->west <= out->east;
}

/* Within `metres` of the rectangle; false where that is not a rectangle. */
static bool widen(struct box *box, double metres)
{
	double south = metres / METRES_SOUTH + BULGE, widest, east;

	box->south -= south;
	box->north += south;
	widest = fmax(fabs(box->south), fabs(box->north));
	if (widest > 85 || box->east - box->west > SHORT)
		return false;
	east = metres / (METRES_EAST * cos(widest * (M_PI / 180))) + BULGE;
	box->west -= east;
	box->east += east;
	return box->west > -180 && box->east < 180;
}

bool box_of_query(const struct geo_q *q, struct arena *a, struct box *out)
{
	const struct jn *geometry;

	if (q->rel == GEOREL_NEAR_MIN || q->rel == GEOREL_DISJOINT)
		return false;
	geometry = jn_parse_trusted(q->geometry, strlen(q->geometry), a);
	if (!box_of_geometry(geometry, out))
		return false;
	return q->rel != GEOREL_NEAR_MAX || widen(out, q->distance);
}

struct node {
	struct box box;
	const struct node *children; /* NULL: a leaf */
	const struct boxed *items;
	uint32_t len;
};

struct box_tree {
	const struct node *root;
};

static int compare_east(const void *a, const void *b)
{
	const struct boxed *x = a, *y = b;
	double p = x->box.west + x->box.east, q = y->box.west + y->box.east;

	return (p > q) - (p < q);
}

static int compare_north(const void *a, const void *b)
{
	const struct boxed *x = a, *y = b;
	double p = x->box.south + x->box.north, q = y->box.south + y->box.north;

	return (p > q) - (p < q);
}

static void cover(struct box *box, const struct box *more)
{
	box->west = fmin(box->west, more->west);
	box->south = fmin(box->south, more->south);
	box->east = fmax(box->east, more->east);
	box->north = fmax(box->north, more->north);
}

/* Nodes over `len` neighbours each; from the leaves up to one root. */
static const struct node *build(struct node *nodes, size_t len, struct arena *a)
{
	while (len > 1) {
		size_t n = (len + FANOUT - 1) / FANOUT;
		struct node *above = arena_array(a, struct node, n);

		for (size_t i = 0; i < n; i++) {
			above[i].box = empty;
			above[i].children = nodes + i * FANOUT;
			above[i].len =
				(uint32_t)(len - i * FANOUT < FANOUT ? len - i * FANOUT
								     : FANOUT);
			for (uint32_t k = 0; k < above[i].len; k++)
				cover(&above[i].box, &above[i].children[k].box);
		}
		nodes = above;
		len = n;
	}
	return nodes;
}

struct box_tree *box_tree_new(struct boxed *list, size_t len, struct arena *a)
{
	struct box_tree *t = arena_new(a, struct box_tree);
	size_t leaves = (len + FANOUT - 1) / FANOUT;
	size_t slice = FANOUT * (size_t)ceil(sqrt((double)leaves));
	struct node *nodes = arena_array(a, struct node, leaves);

	qsort(list, len, sizeof(*list), compare_east);
	for (size_t i = 0; i < len; i += slice)
		qsort(list + i, len - i < slice ? len - i : slice, sizeof(*list),
			compare_north);
	for (size_t i = 0; i < leaves; i++) {
		size_t n = len - i * FANOUT;

		nodes[i].box = empty;
		nodes[i].items = list + i * FANOUT;
		nodes[i].len = (uint32_t)(n < FANOUT ? n : FANOUT);
		for (uint32_t k = 0; k < nodes[i].len; k++)
			cover(&nodes[i].box, &nodes[i].items[k].box);
	}
	t->root = build(nodes, leaves, a);
	return t;
}

static bool meets(const struct box *x, const struct box *y)
{
	return x->west <= y->east && y->west <= x->east && x->south <= y->north &&
		y->south <= x->north;
}

/* all: long edges may pass anywhere. */
static void probe_node(
	const struct node *node, const struct box *box, bool all, struct probe *p)
{
	if (!all && !meets(&node->box, box))
		return;
	for (uint32_t i = 0; i < node->len; i++) {
		if (node->children != NULL)
			probe_node(&node->children[i], box, all, p);
		else if (all || meets(&node->items[i].box, box))
			match_bucket_add(&p->found, node->items[i].s, p->a);
	}
}

void box_tree_probe(const struct box_tree *t, const struct box *box, struct probe *p)
{
	probe_node(t->root, box, box->east - box->west > SHORT, p);
}
