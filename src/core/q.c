/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The q parser: terms and how they combine.  The grammar is in core/q.h; paths are in
 * q_path.c, values in q_value.c.  Spaces are allowed around every token.
 */
#include <core/q.h>

#include "q_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <core/context.h>
#include <core/type_q.h>

#include <assert.h>
#include <string.h>

#define MAX_DEPTH 32

static int parse_or(struct q_parser *ps, struct q **out);

#undef q_fail /* clang-tidy's shortcut, see q_priv.h */
int q_fail(struct q_parser *ps, const char *what)
{
	return err_set(ps->err, ERR_BAD_REQUEST_DATA, "q: %s at offset %td", what,
		ps->p - ps->text);
}

void q_skip_space(struct q_parser *ps)
{
	while (ps->p < ps->end &&
		(*ps->p == ' ' || *ps->p == '\t' || *ps->p == '\r' || *ps->p == '\n'))
		ps->p++;
}

bool q_accept(struct q_parser *ps, const char *s)
{
	size_t len = strlen(s);

	if ((size_t)(ps->end - ps->p) < len || memcmp(ps->p, s, len) != 0)
		return false;
	ps->p += len;
	return true;
}

static int enter(struct q_parser *ps)
{
	if (++ps->depth > MAX_DEPTH)
		return q_fail(ps, "nested too deeply");
	return 0;
}

/* Longer operators first: none is the beginning of a later one. */
static const struct {
	const char *text;
	enum q_op op;
} operators[] = {
	{"==", Q_EQ},
	{"!~=", Q_NO_MATCH},
	{"!=", Q_NE},
	{"~=", Q_MATCH},
	{">=", Q_GE},
	{"<=", Q_LE},
	{">", Q_GT},
	{"<", Q_LT},
};

/* *out stays where no operator follows. */
static int parse_operator(struct q_parser *ps, enum q_op *out)
{
	q_skip_space(ps);
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (q_accept(ps, operators[i].text)) {
			*out = operators[i].op;
			return 0;
		}
	}
	if (ps->p < ps->end && strchr("=!~", *ps->p) != NULL)
		return q_fail(ps, "expected one of == != > >= < <= ~= !~=");
	return 0;
}

/* The innermost path of rel{rel{path}} where that is all there is, else NULL. */
static struct q *bare_path(struct q *q)
{
	while (q->op == Q_LINKED)
		q = (struct q *)q->left; /* ours: made by this parser */
	return q->op == Q_EXISTS ? q : NULL;
}

static struct type_q *one_of(struct q_parser *ps, const char **iris, size_t len)
{
	struct type_q *types = arena_new(ps->a, struct type_q);

	types->any = arena_array(ps->a, struct type_all, len);
	types->len = len;
	for (size_t i = 0; i < len; i++) {
		types->any[i].iris = arena_array(ps->a, const char *, 1);
		types->any[i].iris[0] = iris[i];
		types->any[i].len = 1;
	}
	return types;
}

/* [type *("," type) ":"]: known by its colon. */
static struct type_q *parse_types(struct q_parser *ps)
{
	const char *iris[16];
	size_t len = 0;
	const char *p = ps->p;

	while (len < sizeof(iris) / sizeof(iris[0])) {
		const char *start;
		size_t n;

		while (p < ps->end && *p == ' ')
			p++;
		start = p;
		while ((n = q_name_char(p, ps->end, p == start)) > 0)
			p += n;
		if (p == start || p == ps->end || (*p != ',' && *p != ':'))
			return NULL;
		iris[len++] = context_expand(
			ps->options->ctx, start, (size_t)(p - start), ps->a);
		if (*p++ == ':') {
			ps->p = p;
			return one_of(ps, iris, len);
		}
	}
	return NULL;
}

static int too_deep(struct q_parser *ps)
{
	if (ps->options->max_linked == 0)
		return q_fail(ps, "linked entities need join=inline or join=flat");
	return err_set(ps->err, ERR_BAD_REQUEST_DATA,
		"q: deeper than joinLevel %u at offset %td", ps->options->max_linked,
		ps->p - ps->text);
}

/* The path has been read and '{' is next. */
static int parse_linked(struct q_parser *ps, struct q *q)
{
	struct q *left;

	if (q->path.trail_len > 0 ||
		strchr(q->path.names[q->path.names_len - 1], ':') == NULL)
		return q_fail(ps, "only a relationship can be followed");
	if (ps->linked >= ps->options->max_linked)
		return too_deep(ps);
	if (enter(ps) < 0)
		return -1;
	ps->p++;
	ps->linked++;
	q->op = Q_LINKED;
	q->linked_types = parse_types(ps);
	if (parse_or(ps, &left) < 0)
		return -1;
	if (!q_accept(ps, "}"))
		return q_fail(ps, "expected '}'");
	ps->linked--;
	ps->depth--;
	q->left = left;
	return 0;
}

static int parse_term(struct q_parser *ps, struct q **out)
{
	struct q *q = arena_new(ps->a, struct q), *target = q;
	const char *start;
	enum q_op op = Q_EXISTS;

	if (++ps->terms > Q_MAX_TERMS)
		return err_set(ps->err, ERR_TOO_COMPLEX_QUERY,
			"q: more than %d conditions", Q_MAX_TERMS);
	q->op = Q_EXISTS;
	if (q_parse_path(ps, &q->path) < 0)
		return -1;
	q_skip_space(ps);
	if (ps->p < ps->end && *ps->p == '{') {
		if (parse_linked(ps, q) < 0)
			return -1;
		target = bare_path(q);
	}
	start = ps->p;
	if (parse_operator(ps, &op) < 0)
		return -1;
	if (op != Q_EXISTS) {
		if (target == NULL) {
			ps->p = start;
			return q_fail(
				ps, "an operator after } needs a single path inside");
		}
		target->op = op;
		if (q_parse_values(ps, target) < 0)
			return -1;
	}
	*out = q;
	return 0;
}

static int parse_atom(struct q_parser *ps, struct q **out)
{
	struct q *inner;

	q_skip_space(ps);
	if (!q_accept(ps, "("))
		return parse_term(ps, out);
	if (enter(ps) < 0 || parse_or(ps, &inner) < 0)
		return -1;
	if (!q_accept(ps, ")"))
		return q_fail(ps, "expected ')'");
	ps->depth--;
	*out = inner;
	return 0;
}

/* Operands of one kind, joined to the left. */
static int parse_chain(struct q_parser *ps, const char *separator, enum q_op op,
	int (*operand)(struct q_parser *ps, struct q **out), struct q **out)
{
	struct q *left, *right, *both;

	if (operand(ps, &left) < 0)
		return -1;
	for (q_skip_space(ps); q_accept(ps, separator); q_skip_space(ps)) {
		if (operand(ps, &right) < 0)
			return -1;
		both = arena_new(ps->a, struct q);
		*both = (struct q){.op = op, .left = left, .right = right};
		left = both;
	}
	*out = left;
	return 0;
}

static int parse_and(struct q_parser *ps, struct q **out)
{
	return parse_chain(ps, ";", Q_AND, parse_atom, out);
}

static int parse_or(struct q_parser *ps, struct q **out)
{
	return parse_chain(ps, "|", Q_OR, parse_and, out);
}

/* expandValues: attribute names between commas. */
static void parse_expand_values(struct q_parser *ps)
{
	const char *list = ps->options->expand_values;
	size_t n = 1;

	if (list == NULL)
		return;
	for (const char *p = list; *p != '\0'; p++)
		n += *p == ',';
	ps->expand = arena_array(ps->a, const char *, n);
	while (*list != '\0') {
		size_t len = strcspn(list, ",");

		if (len > 0)
			ps->expand[ps->expand_len++] =
				context_expand(ps->options->ctx, list, len, ps->a);
		list += len;
		list += *list == ',';
	}
}

int q_parse(const char *text, const struct q_options *options, struct arena *a,
	struct q **out, struct err *err)
{
	struct q_parser ps = {
		.text = text,
		.p = text,
		.end = text + strlen(text),
		.options = options,
		.a = a,
		.err = err,
	};
	struct q *q;

	assert(options != NULL && options->ctx != NULL);
	parse_expand_values(&ps);
	if (parse_or(&ps, &q) < 0)
		return -1;
	if (ps.p < ps.end)
		return q_fail(&ps,
			*ps.p == ')' || *ps.p == '}' ? "nothing to close"
						     : "expected ';', '|' or the end");
	*out = q;
	return 0;
}

bool q_has_attribute(const struct q *q)
{
	if (q->op == Q_AND || q->op == Q_OR)
		return q_has_attribute(q->left) || q_has_attribute(q->right);
	return strchr(q->path.names[0], ':') != NULL;
}
