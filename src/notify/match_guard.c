/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Among subscriptions of one type and attribute: a term of q that must hold for q to hold,
 * an order against a number or an equality, or else a geoQ with bounds, sorts out most of
 * them without looking at each.
 */
#include "match_priv.h"

#include <core/entity.h>
#include <core/geo_q.h>
#include <core/q.h>
#include <core/q_target.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A number that the value must not be under, or over. */
struct bound {
	double at;
	const struct subscription *s;
};
struct bounds {
	struct bound *list; /* ascending */
	size_t len, room;
};

/* The terms about one path. */
struct terms {
	const struct q_path *path;
	struct bounds lower, upper;
	struct map equal; /* key of a value -> struct bucket */
	struct terms *next;
};

/* The geoqueries about one property. */
struct places {
	const char *property;
	struct boxed *list;
	size_t len, room;
	struct box_tree *tree;
	struct places *next;
};

struct guards {
	struct terms *terms;
	struct places *places;
};

static bool same_path(const struct q_path *x, const struct q_path *y)
{
	if (x->names_len != y->names_len || x->trail_len != y->trail_len)
		return false;
	for (size_t i = 0; i < x->names_len; i++)
		if (strcmp(x->names[i], y->names[i]) != 0)
			return false;
	for (size_t i = 0; i < x->trail_len; i++)
		if (strcmp(x->trail[i], y->trail[i]) != 0)
			return false;
	return true;
}

static bool is_text(const struct q_value *v)
{
	return v->type == Q_STRING || v->type == Q_URI;
}

/* Numbers and texts, which can be looked up. */
static bool is_equality(const struct q *q)
{
	if (q->op != Q_EQ || q->range)
		return false;
	for (size_t i = 0; i < q->values_len; i++)
		if (q->values[i].type != Q_NUMBER && !is_text(&q->values[i]))
			return false;
	return true;
}

static bool is_order(const struct q *q)
{
	switch (q->op) {
	case Q_LT:
	case Q_LE:
	case Q_GT:
	case Q_GE:
		return q->values->type == Q_NUMBER;
	case Q_EQ:
		return q->range && q->values->type == Q_NUMBER;
	default:
		return false;
	}
}

/* A term that q cannot do without; equalities are the most telling. */
static const struct q *necessary(const struct q *q)
{
	const struct q *left, *right;

	if (q == NULL)
		return NULL;
	if (q->op != Q_AND)
		return is_equality(q) || is_order(q) ? q : NULL;
	left = necessary(q->left);
	right = necessary(q->right);
	if (left == NULL || (right != NULL && !is_equality(left) && is_equality(right)))
		return right;
	return left;
}

static struct terms *terms_of(
	struct guards *g, const struct q_path *path, struct arena *a)
{
	struct terms *t = g->terms;

	while (t != NULL && !same_path(t->path, path))
		t = t->next;
	if (t == NULL) {
		t = arena_new(a, struct terms);
		t->path = path;
		map_init(&t->equal);
		t->next = g->terms;
		g->terms = t;
	}
	return t;
}

static void bounds_add(
	struct bounds *b, double at, const struct subscription *s, struct arena *a)
{
	if (b->len == b->room) {
		struct bound *had = b->list;

		b->room = b->room > 0 ? 2 * b->room : 2;
		b->list = arena_raw(a, b->room * sizeof(*b->list));
		if (had != NULL)
			memcpy(b->list, had, b->len * sizeof(*b->list));
	}
	b->list[b->len++] = (struct bound){at, s};
}

static void equal_add(struct terms *t, const char *key, size_t len,
	const struct subscription *s, struct arena *a)
{
	struct bucket *b = map_get(&t->equal, key, len);

	if (b == NULL) {
		b = arena_new(a, struct bucket);
		map_put(&t->equal, arena_strndup(a, key, len), len, b);
	}
	match_bucket_add(b, s, a);
}

/* One key a form in which the value may stand in an entity. */
static void add_equality(
	struct terms *t, const struct q *q, const struct subscription *s, struct arena *a)
{
	for (size_t i = 0; i < q->values_len; i++) {
		const struct q_value *v = &q->values[i];
		const char *texts[] = {v->text, v->iri, v->uri[0], v->uri[1]};
		double number = v->number == 0 ? 0 : v->number; /* -0 is 0 */

		if (v->type == Q_NUMBER)
			equal_add(t, (const char *)&number, sizeof(number), s, a);
		for (size_t k = 0; is_text(v) && k < 4; k++)
			if (texts[k] != NULL)
				equal_add(t, arena_printf(a, "s%s", texts[k]),
					1 + strlen(texts[k]), s, a);
	}
}

static void add_term(struct guards *g, const struct q *q, const struct subscription *s,
	struct arena *a)
{
	struct terms *t = terms_of(g, &q->path, a);

	if (is_equality(q))
		add_equality(t, q, s, a);
	else if (q->op == Q_LT || q->op == Q_LE)
		bounds_add(&t->upper, q->values->number, s, a);
	else
		bounds_add(&t->lower, q->values->number, s, a);
}

static void add_place(struct guards *g, const struct box *box,
	const struct subscription *s, struct arena *a)
{
	struct places *p = g->places;

	while (p != NULL && strcmp(p->property, s->geo->property) != 0)
		p = p->next;
	if (p == NULL) {
		p = arena_new(a, struct places);
		p->property = s->geo->property;
		p->next = g->places;
		g->places = p;
	}
	if (p->len == p->room) {
		struct boxed *had = p->list;

		p->room = p->room > 0 ? 2 * p->room : 2;
		p->list = arena_raw(a, p->room * sizeof(*p->list));
		if (had != NULL)
			memcpy(p->list, had, p->len * sizeof(*p->list));
	}
	p->list[p->len++] = (struct boxed){*box, s};
}

bool guards_add(struct guards **g, const struct subscription *s, struct arena *a)
{
	const struct q *term = necessary(s->q);
	bool bounded;
	struct box box;

	if (term != NULL && !is_equality(term) && s->geo != NULL &&
		box_of_query(s->geo, a, &box))
		term = NULL;
	bounded = term == NULL && s->geo != NULL && box_of_query(s->geo, a, &box);
	if (term == NULL && !bounded)
		return false;
	if (*g == NULL)
		*g = arena_new(a, struct guards);
	if (term != NULL)
		add_term(*g, term, s, a);
	else
		add_place(*g, &box, s, a);
	return true;
}

static int compare_bounds(const void *a, const void *b)
{
	const struct bound *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

void guards_end(struct guards *g, struct arena *a)
{
	if (g == NULL)
		return;
	for (struct terms *t = g->terms; t != NULL; t = t->next) {
		if (t->lower.len > 0)
			qsort(t->lower.list, t->lower.len, sizeof(struct bound),
				compare_bounds);
		if (t->upper.len > 0)
			qsort(t->upper.list, t->upper.len, sizeof(struct bound),
				compare_bounds);
	}
	for (struct places *p = g->places; p != NULL; p = p->next)
		p->tree = box_tree_new(p->list, p->len, a);
}

void guards_free(struct guards *g)
{
	if (g == NULL)
		return;
	for (struct terms *t = g->terms; t != NULL; t = t->next)
		map_fini(&t->equal);
}

/* What an entity has at a path. */
struct values {
	const struct terms *t;
	struct probe *p;
	double least, most; /* of the numbers */
};

static void find_equal(struct values *v, const char *key, size_t len)
{
	const struct bucket *b = map_get(&v->t->equal, key, len);

	if (b != NULL)
		probe_all(v->p, b);
}

static void find_text(struct values *v, const struct jn *leaf)
{
	struct arena *a = v->p->a;
	size_t len = 0;
	const char *text = jn_span(leaf, a, &len);
	const char *uri = q_uri(text, len, a);
	char *key = arena_raw(a, len + 1);

	key[0] = 's';
	memcpy(key + 1, text, len);
	find_equal(v, key, len + 1);
	if (strlen(uri) != len || memcmp(uri, text, len) != 0)
		find_equal(v, arena_printf(a, "s%s", uri), 1 + strlen(uri));
}

static bool see_leaf(void *cookie, const struct jn *leaf, bool element)
{
	struct values *v = cookie;
	double number;

	if (jn_is(leaf, JN_STRING) && v->t->equal.count > 0)
		find_text(v, leaf);
	if (!jn_is(leaf, JN_NUMBER))
		return false;
	number = jn_number(leaf);
	if (number == 0)
		number = 0; /* -0 */
	find_equal(v, (const char *)&number, sizeof(number));
	if (number < v->least)
		v->least = number;
	if (number > v->most)
		v->most = number;
	return false;
}

static bool see_target(void *cookie, const struct q_target *target)
{
	(void)!q_leaves(target, see_leaf, cookie);
	return false;
}

static void probe_terms(const struct terms *t, struct probe *p)
{
	struct values v = {.t = t, .p = p, .least = INFINITY, .most = -INFINITY};

	(void)!q_targets(t->path, p->doc, p->judged.now, see_target, &v);
	for (size_t i = 0; i < t->lower.len && t->lower.list[i].at <= v.most; i++)
		match_bucket_add(&p->found, t->lower.list[i].s, p->a);
	for (size_t i = t->upper.len; i > 0 && t->upper.list[i - 1].at >= v.least; i--)
		match_bucket_add(&p->found, t->upper.list[i - 1].s, p->a);
}

static void probe_places(const struct places *places, struct probe *p)
{
	const struct jn *attribute = jn_get(p->doc, places->property);
	struct box box;

	each_instance(it, attribute)
	{
		const struct jn *value = instance_value(it);
		size_t len = 0;
		const char *text;

		if (jn_is(value, JN_STRING)) { /* 4.7.2 */
			text = jn_span(value, p->a, &len);
			value = jn_parse_trusted(text, len, p->a);
		}
		if (box_of_geometry(value, &box))
			box_tree_probe(places->tree, &box, p);
	}
}

void guards_probe(const struct guards *g, struct probe *p)
{
	if (g == NULL)
		return;
	for (const struct terms *t = g->terms; t != NULL; t = t->next)
		probe_terms(t, p);
	for (const struct places *pl = g->places; pl != NULL; pl = pl->next)
		probe_places(pl, p);
}
