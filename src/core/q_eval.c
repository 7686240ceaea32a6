/* SPDX-License-Identifier: Apache-2.0 */
/*
 * q in memory.  Which leaves a term looks at is core/q_target.h's; here is how they
 * compare.  Leaves of another type than the value are never equal, and in no order.
 */
#include <core/q.h>

#include <base/arena.h>
#include <base/clock.h>
#include <core/pattern.h>
#include <core/q_target.h>
#include <core/type_q.h>

#include <string.h>

struct eval {
	const struct q *q;
	const struct q_target *target;
	int64_t now;
	const struct q_linked *linked;
	struct arena *a;
	bool seen; /* Q_NO_MATCH: a string was there */
};

enum order {
	LESS,
	EQUAL,
	GREATER,
	APART, /* no order between them */
};

static enum order order_of(int sign)
{
	return sign < 0 ? LESS : sign > 0 ? GREATER : EQUAL;
}

static enum order order_numbers(double x, double y)
{
	return x < y ? LESS : x > y ? GREATER : EQUAL;
}

static enum order order_instants(int64_t x, int64_t y)
{
	return x < y ? LESS : x > y ? GREATER : EQUAL;
}

/* By code point, which is by byte in UTF-8. */
static enum order order_texts(const char *s, size_t len, const char *text)
{
	size_t n = strlen(text);
	int sign = memcmp(s, text, len < n ? len : n);

	return order_of(sign != 0 ? sign : (len > n) - (len < n));
}

static enum order order_temporal(
	const struct eval *ev, const char *s, size_t len, const struct q_value *v)
{
	int64_t us;
	bool good;

	if (ev->target->class != Q_PLAIN && ev->target->class != Q_RAW)
		return APART;
	good = v->type == Q_DATE_TIME ? clock_parse(s, len, &us)
		: v->type == Q_DATE   ? q_date(s, len, &us)
				      : q_time(s, len, &us);
	return good ? order_instants(us, v->instant) : APART;
}

static enum order order(
	const struct eval *ev, const struct jn *leaf, const struct q_value *v)
{
	size_t len = 0;
	const char *s;

	if (v->type == Q_NUMBER)
		return jn_is(leaf, JN_NUMBER) ? order_numbers(jn_number(leaf), v->number)
					      : APART;
	if (!jn_is(leaf, JN_STRING) || v->type == Q_BOOL ||
		ev->target->class == Q_RELATION || ev->target->class == Q_VOCAB)
		return APART;
	s = jn_span(leaf, ev->a, &len);
	if (v->type == Q_STRING || v->type == Q_URI)
		return order_texts(s, len, v->text);
	return order_temporal(ev, s, len, v);
}

static bool is_text(const char *s, size_t len, const char *text)
{
	return text != NULL && order_texts(s, len, text) == EQUAL;
}

static bool equal_strings(
	const struct eval *ev, const struct jn *leaf, const struct q_value *v)
{
	size_t len = 0;
	const char *s = jn_span(leaf, ev->a, &len), *uri;

	switch (ev->target->class) {
	case Q_VOCAB:
		return is_text(s, len, v->iri);
	case Q_RELATION:
	case Q_ID:
		uri = q_uri(s, len, ev->a);
		return is_text(uri, strlen(uri), v->uri[0]) ||
			is_text(uri, strlen(uri), v->uri[1]);
	default:
		return is_text(s, len, v->text) ||
			(ev->q->path.expand_values && is_text(s, len, v->iri));
	}
}

static bool equal(const struct eval *ev, const struct jn *leaf, const struct q_value *v)
{
	if (v->type == Q_BOOL)
		return jn_is(leaf, v->truth ? JN_TRUE : JN_FALSE);
	if (v->type == Q_STRING || v->type == Q_URI)
		return jn_is(leaf, JN_STRING) && equal_strings(ev, leaf, v);
	return order(ev, leaf, v) == EQUAL;
}

static bool in_range(const struct eval *ev, const struct jn *leaf)
{
	enum order low = order(ev, leaf, &ev->q->values[0]);
	enum order high = order(ev, leaf, &ev->q->values[1]);

	return (low == GREATER || low == EQUAL) && (high == LESS || high == EQUAL);
}

static bool leaf_equals(void *cookie, const struct jn *leaf, bool element)
{
	const struct eval *ev = cookie;

	if (ev->q->range)
		return in_range(ev, leaf);
	for (size_t i = 0; i < ev->q->values_len; i++)
		if (equal(ev, leaf, &ev->q->values[i]))
			return true;
	return false;
}

static bool leaf_in_order(void *cookie, const struct jn *leaf, bool element)
{
	const struct eval *ev = cookie;
	enum order o = element ? APART : order(ev, leaf, ev->q->values);

	switch (ev->q->op) {
	case Q_LT:
		return o == LESS;
	case Q_LE:
		return o == LESS || o == EQUAL;
	case Q_GT:
		return o == GREATER;
	default:
		return o == GREATER || o == EQUAL;
	}
}

static bool leaf_matches(void *cookie, const struct jn *leaf, bool element)
{
	struct eval *ev = cookie;
	size_t len = 0;
	const char *s;

	if (element || !jn_is(leaf, JN_STRING) || ev->target->class == Q_RELATION)
		return false;
	ev->seen = true;
	s = jn_span(leaf, ev->a, &len);
	return pattern_matches(ev->q->values->pattern, s, len, ev->a);
}

static bool follow_link(void *cookie, const struct jn *leaf, bool element)
{
	const struct eval *ev = cookie;
	const struct jn *entity;
	size_t len = 0;
	const char *id;

	if (!jn_is(leaf, JN_STRING))
		return false;
	id = jn_span(leaf, ev->a, &len);
	entity = ev->linked->get(ev->linked->self, id, len);
	return entity != NULL && type_q_matches(ev->q->linked_types, entity) &&
		q_eval(ev->q->left, entity, ev->now, ev->linked, ev->a);
}

static bool target_satisfies(void *cookie, const struct q_target *target)
{
	struct eval *ev = cookie;

	ev->target = target;
	ev->seen = false;
	switch (ev->q->op) {
	case Q_EXISTS:
		return true;
	case Q_EQ:
		return q_leaves(target, leaf_equals, ev);
	case Q_NE:
		return !q_leaves(target, leaf_equals, ev);
	case Q_MATCH:
		return q_leaves(target, leaf_matches, ev);
	case Q_NO_MATCH:
		return !q_leaves(target, leaf_matches, ev) && ev->seen;
	case Q_LINKED:
		return target->class == Q_RELATION && ev->linked != NULL &&
			q_leaves(target, follow_link, ev);
	default:
		return q_leaves(target, leaf_in_order, ev);
	}
}

bool q_eval(const struct q *q, const struct jn *entity, int64_t now,
	const struct q_linked *linked, struct arena *a)
{
	struct eval ev = {.q = q, .now = now, .linked = linked, .a = a};

	if (q->op == Q_AND)
		return q_eval(q->left, entity, now, linked, a) &&
			q_eval(q->right, entity, now, linked, a);
	if (q->op == Q_OR)
		return q_eval(q->left, entity, now, linked, a) ||
			q_eval(q->right, entity, now, linked, a);
	return q_targets(&q->path, entity, now, target_satisfies, &ev);
}
