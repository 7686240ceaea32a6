/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What jsonpath says of one leaf of a term.  In lax mode
 * - `path == value` unwraps an array on either side once: that is "any element", and "any
 *   value of the list";
 * - `path ? (...)` unwraps an array once as well, so conditions inside ask for the type
 *   of @, lest arrays in arrays slip through;
 * - `path.type()` does not unwrap: it tells scalars from arrays, for the order and for
 *   patterns.
 */
#include "q_sql_priv.h"

#include <base/arena.h>
#include <core/pattern.h>

#include <float.h>
#include <math.h>
#include <string.h>

static void add(struct jpath *jp, const char *text)
{
	strbuf_adds(&jp->text, text);
}

static void add_string(struct jpath *jp, const char *s)
{
	jn_write_string(&jp->text, s, strlen(s));
}

/* Starts a value; its JSON text is then added to jp->vars. */
static unsigned new_var(struct jpath *jp)
{
	strbuf_addf(&jp->vars, "%s\"v%u\":", jp->nvars > 0 ? "," : "", jp->nvars);
	return jp->nvars++;
}

static void add_var(struct jpath *jp, unsigned var)
{
	strbuf_addf(&jp->text, "$v%u", var);
}

static unsigned string_var(struct jpath *jp, const char *s)
{
	unsigned var = new_var(jp);

	jn_write_string(&jp->vars, s, strlen(s));
	return var;
}

void jpath_leaf(struct jpath *jp, const struct jpath_leaf *l)
{
	add(jp, "@");
	jpath_base(jp, l->path, l->base);
	if (l->typed)
		add(jp, ".\"@value\"");
}

/* ` || ` between, and before the first "(". */
void jpath_or(struct jpath *jp, unsigned *n)
{
	add(jp, (*n)++ == 0 ? "(" : " || ");
}

void jpath_end_or(struct jpath *jp, unsigned n)
{
	add(jp, n == 0 ? "(1 == 0)" : ")");
}

/*
 * Numbers of documents are decimals here and doubles in memory.  A decimal becomes the
 * double d where it lies between the midpoints to d's neighbours; a midpoint itself goes
 * to the one with the even mantissa.  So comparing with a midpoint gives in decimals the
 * answer that doubles would.  60 digits are exact wherever numbers have no more.
 */
static bool is_even(double d)
{
	int exponent;
	double mantissa = ldexp(frexp(fabs(d), &exponent), DBL_MANT_DIG);

	if (exponent < DBL_MIN_EXP) /* fewer bits below the normal numbers */
		mantissa = ldexp(fabs(d), DBL_MANT_DIG - DBL_MIN_EXP);
	return fmod(mantissa, 2) == 0;
}

_Static_assert(LDBL_MANT_DIG > DBL_MANT_DIG, "a midpoint needs one more bit");

static unsigned midpoint_var(struct jpath *jp, double d, bool above)
{
	long double next = nextafter(d, above ? HUGE_VAL : -HUGE_VAL);
	unsigned var = new_var(jp);

	if (isinf(next)) /* rounding overflows half way to what would come next */
		next = ldexpl(above ? 1 : -1, DBL_MAX_EXP);
	strbuf_addf(&jp->vars, "%.59Le", (d + next) / 2);
	return var;
}

/* `@ op number` for op in == (as two conditions), <, <=, >, >=; l NULL: about @. */
static void add_bound(
	struct jpath *jp, const struct jpath_leaf *l, enum q_op op, double d)
{
	bool above = op == Q_GT || op == Q_LE, even = is_even(d);
	bool less = op == Q_LT || op == Q_LE;
	bool inclusive = (op == Q_LE || op == Q_GE) == even;

	if (l == NULL)
		add(jp, "@");
	else
		jpath_leaf(jp, l);
	add(jp, less ? " <" : " >");
	add(jp, inclusive ? "= " : " ");
	add_var(jp, midpoint_var(jp, d, above));
}

static void add_between(
	struct jpath *jp, const struct jpath_leaf *l, double low, double high)
{
	add(jp, "exists(");
	jpath_leaf(jp, l);
	add(jp, " ? (@.type() == \"number\" && ");
	add_bound(jp, NULL, Q_GE, low);
	add(jp, " && ");
	add_bound(jp, NULL, Q_LE, high);
	add(jp, "))");
}

/* Which of the strings of a term are meant. */
enum spelling {
	TEXT,
	TEXT_AND_IRI,
	IRI,
};

/* All strings of a list as one value: a list, or a string where it is one. */
static bool strings_var(
	struct jpath *jp, const struct q *q, enum spelling spelling, unsigned *out)
{
	struct jn *list = jn_array(jp->arena);

	for (size_t i = 0; i < q->values_len; i++) {
		const struct q_value *v = &q->values[i];

		if (v->type != Q_STRING && v->type != Q_URI)
			continue;
		if (spelling != IRI)
			jn_append(list, jn_string_ref(jp->arena, v->text));
		if (spelling != TEXT)
			jn_append(list, jn_string_ref(jp->arena, v->iri));
	}
	if (list->count == 0)
		return false;
	*out = new_var(jp);
	jn_write(&jp->vars, list->count == 1 ? list->child : list);
	return true;
}

static void add_string_range(
	struct jpath *jp, const struct jpath_leaf *l, const struct q *q)
{
	add(jp, "exists(");
	jpath_leaf(jp, l);
	add(jp, " ? (@.type() == \"string\" && @ >= ");
	add_var(jp, string_var(jp, q->values[0].text));
	add(jp, " && @ <= ");
	add_var(jp, string_var(jp, q->values[1].text));
	add(jp, "))");
}

/* Equality with what is no string. */
static void add_other_values(
	struct jpath *jp, const struct jpath_leaf *l, const struct q *q, unsigned *n)
{
	for (size_t i = 0; i < q->values_len; i++) {
		const struct q_value *v = &q->values[i];

		if (v->type == Q_NUMBER) {
			jpath_or(jp, n);
			add_between(jp, l, v->number, v->number);
		} else if (v->type == Q_BOOL) {
			jpath_or(jp, n);
			jpath_leaf(jp, l);
			add(jp, v->truth ? " == true" : " == false");
		}
	}
}

static void add_equal_leaf(
	struct jpath *jp, const struct jpath_leaf *l, const struct q *q, unsigned *n)
{
	enum spelling spelling = l->base->class == Q_VOCAB ? IRI
		: q->path.expand_values                    ? TEXT_AND_IRI
							   : TEXT;
	unsigned var;

	if (q->range) {
		if (q->values[0].type == Q_NUMBER) {
			jpath_or(jp, n);
			add_between(jp, l, q->values[0].number, q->values[1].number);
		} else if (q->values[0].type == Q_STRING && l->base->class != Q_VOCAB) {
			jpath_or(jp, n);
			add_string_range(jp, l, q);
		}
		return;
	}
	if (strings_var(jp, q, spelling, &var)) {
		jpath_or(jp, n);
		jpath_leaf(jp, l);
		add(jp, " == ");
		add_var(jp, var);
	}
	add_other_values(jp, l, q, n);
}

/* ^(?:uri|uri)$ for all URIs that are equal to one of the list. */
static const char *uri_pattern(const struct q *q, struct arena *a)
{
	auto_strbuf sb = {0};

	for (size_t i = 0; i < q->values_len; i++) {
		for (int j = 0; j < 2; j++) {
			const char *uri = q->values[i].uri[j];

			if (uri != NULL)
				strbuf_addf(&sb, "%s%s", sb.len == 0 ? "^(?:" : "|",
					q_uri_pattern(uri, a));
		}
	}
	if (sb.len == 0)
		return NULL;
	strbuf_adds(&sb, ")$");
	return arena_strndup(a, sb.data, sb.len);
}

static void add_equal_uri(
	struct jpath *jp, const struct jpath_leaf *l, const struct q *q, unsigned *n)
{
	const char *pattern;
	unsigned var;

	if (q->range) {
		if (q->values[0].type == Q_STRING && l->base->class == Q_ID) {
			jpath_or(jp, n);
			add_string_range(jp, l, q);
		}
		return;
	}
	if (!strings_var(jp, q, TEXT, &var))
		return;
	jpath_or(jp, n);
	jpath_leaf(jp, l);
	add(jp, " == "); /* as a rule it is spelt the same: cheaper than the pattern */
	add_var(jp, var);
	pattern = uri_pattern(q, jp->arena);
	add(jp, " || ");
	jpath_leaf(jp, l);
	add(jp, " like_regex ");
	add_string(jp, pattern);
	add(jp, " flag \"s\"");
}

void jpath_equal(
	struct jpath *jp, const struct jpath_leaf *l, const struct q *q, unsigned *n)
{
	struct jpath_leaf typed = {l->path, l->base, true};

	if (l->base->class == Q_RELATION || l->base->class == Q_ID) {
		add_equal_uri(jp, l, q, n);
		return;
	}
	add_equal_leaf(jp, l, q, n);
	if (l->base->class == Q_PLAIN)
		add_equal_leaf(jp, &typed, q, n);
}

static void add_order(struct jpath *jp, const struct jpath_leaf *l, const struct q *q)
{
	static const char *const symbol[] = {
		[Q_LT] = " < ", [Q_LE] = " <= ", [Q_GT] = " > ", [Q_GE] = " >= "};
	const struct q_value *v = q->values;

	if (v->type == Q_NUMBER) {
		add_bound(jp, l, q->op, v->number);
		return;
	}
	jpath_leaf(jp, l);
	add(jp, symbol[q->op]);
	add_var(jp, string_var(jp, v->text));
}

static void add_match(struct jpath *jp, const struct jpath_leaf *l, const struct q *q)
{
	add(jp, q->op == Q_NO_MATCH ? "!(" : "(");
	jpath_leaf(jp, l);
	add(jp, " like_regex ");
	add_string(jp, q->values->pattern->text);
	add(jp, " flag \"s\")"); /* '.' is any character, as in POSIX */
}

/* A single scalar of the type of the value, and what is said of it. */
static void add_scalar(
	struct jpath *jp, const struct jpath_leaf *l, const struct q *q, unsigned *n)
{
	struct jpath_leaf whole = {l->path, l->base, false};

	jpath_or(jp, n);
	add(jp, "(");
	if (l->typed) {
		jpath_leaf(jp, &whole);
		add(jp, ".type() == \"object\" && ");
	}
	jpath_leaf(jp, l);
	add(jp,
		q->values->type == Q_NUMBER ? ".type() == \"number\" && "
					    : ".type() == \"string\" && ");
	if (q->op == Q_MATCH || q->op == Q_NO_MATCH)
		add_match(jp, l, q);
	else
		add_order(jp, l, q);
	add(jp, ")");
}

/* Any string of the map, by element; no string matches: of those that are there. */
static void add_language(
	struct jpath *jp, const struct jpath_leaf *l, const struct q *q, unsigned *n)
{
	if (q->values->type == Q_NUMBER)
		return;
	jpath_or(jp, n);
	if (q->op == Q_NO_MATCH) {
		add(jp, "(exists(");
		jpath_leaf(jp, l);
		add(jp, "[*]) && ");
		add_match(jp, l, q);
		add(jp, ")");
	} else if (q->op == Q_MATCH) {
		add_match(jp, l, q);
	} else {
		add_order(jp, l, q);
	}
}

/* The order and the patterns. */
void jpath_compare(
	struct jpath *jp, const struct jpath_leaf *l, const struct q *q, unsigned *n)
{
	bool pattern = q->op == Q_MATCH || q->op == Q_NO_MATCH;
	struct jpath_leaf typed = {l->path, l->base, true};

	if (l->base->class == Q_LANGUAGE) {
		add_language(jp, l, q, n);
		return;
	}
	if (l->base->class == Q_RELATION || (l->base->class == Q_VOCAB && !pattern) ||
		!q_base_is_scalar(l->path, l->base))
		return;
	add_scalar(jp, l, q, n);
	if (l->base->class == Q_PLAIN)
		add_scalar(jp, &typed, q, n);
}
