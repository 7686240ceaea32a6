/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	scopeQ  = and *(("|" / ",") and)
 *	and     = atom *(";" atom)
 *	atom    = "(" scopeQ ")" / pattern
 *	pattern = ["/"] level *("/" level) ["/#"] / ["/"] "#"
 *	level   = letter *(letter / number / "_") / "+"
 *
 * The whole may stand in quotes, as Grafana sends it.
 */
#include <core/scope_q.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <core/letter.h>

#include <string.h>

#define MAX_DEPTH 32
#define MAX_TERMS 100

struct scan {
	const char *text, *p, *end;
	struct arena *a;
	struct err *err;
	unsigned depth, terms;
};

static int parse_or(struct scan *sc, struct scope_q **out);

static int fail(struct scan *sc, const char *what)
{
	return err_set(sc->err, ERR_BAD_REQUEST_DATA, "scopeQ: %s at offset %td", what,
		sc->p - sc->text);
}

static void skip_space(struct scan *sc)
{
	while (sc->p < sc->end && *sc->p == ' ')
		sc->p++;
}

static bool accept(struct scan *sc, char c)
{
	skip_space(sc);
	if (sc->p == sc->end || *sc->p != c)
		return false;
	sc->p++;
	return true;
}

static const char *skip_level(const char *p, const char *end)
{
	const char *start = p;
	size_t n;

	while ((n = name_char(p, end, p == start)) > 0)
		p += n;
	return p;
}

/* One level, written to sb behind a '/'; "+" too. */
static int parse_level(struct scan *sc, struct scope_q *q, struct strbuf *sb)
{
	const char *start = sc->p;

	if (accept(sc, '+'))
		q->wild = true;
	else
		sc->p = skip_level(start, sc->end);
	if (sc->p == start)
		return fail(sc, "expected a scope level");
	strbuf_addc(sb, '/');
	strbuf_add(sb, start, (size_t)(sc->p - start));
	return 0;
}

static int parse_levels(struct scan *sc, struct scope_q *q, struct strbuf *sb)
{
	do {
		if (sc->p < sc->end && *sc->p == '#') {
			sc->p++;
			q->deep = true;
			return 0;
		}
		if (parse_level(sc, q, sb) < 0)
			return -1;
	} while (accept(sc, '/'));
	return 0;
}

static int parse_pattern(struct scan *sc, struct scope_q **out)
{
	struct scope_q *q = arena_new(sc->a, struct scope_q);
	auto_strbuf sb = {0};

	if (++sc->terms > MAX_TERMS)
		return err_set(sc->err, ERR_TOO_COMPLEX_QUERY,
			"scopeQ: more than %d scopes", MAX_TERMS);
	q->op = SCOPE_PATTERN;
	(void)accept(sc, '/');
	if (parse_levels(sc, q, &sb) < 0)
		return -1;
	q->pattern = sb.data == NULL ? "" : arena_strndup(sc->a, sb.data, sb.len);
	*out = q;
	return 0;
}

static int parse_atom(struct scan *sc, struct scope_q **out)
{
	struct scope_q *inner;

	if (!accept(sc, '('))
		return parse_pattern(sc, out);
	if (++sc->depth > MAX_DEPTH)
		return fail(sc, "nested too deeply");
	if (parse_or(sc, &inner) < 0)
		return -1;
	if (!accept(sc, ')'))
		return fail(sc, "expected ')'");
	sc->depth--;
	*out = inner;
	return 0;
}

static struct scope_q *join(
	struct scan *sc, enum scope_op op, struct scope_q *left, struct scope_q *right)
{
	struct scope_q *q = arena_new(sc->a, struct scope_q);

	*q = (struct scope_q){.op = op, .left = left, .right = right};
	return q;
}

static int parse_and(struct scan *sc, struct scope_q **out)
{
	struct scope_q *left, *right;

	if (parse_atom(sc, &left) < 0)
		return -1;
	while (accept(sc, ';')) {
		if (parse_atom(sc, &right) < 0)
			return -1;
		left = join(sc, SCOPE_AND, left, right);
	}
	*out = left;
	return 0;
}

static int parse_or(struct scan *sc, struct scope_q **out)
{
	struct scope_q *left, *right;

	if (parse_and(sc, &left) < 0)
		return -1;
	while (accept(sc, '|') || accept(sc, ',')) {
		if (parse_and(sc, &right) < 0)
			return -1;
		left = join(sc, SCOPE_OR, left, right);
	}
	*out = left;
	return 0;
}

int scope_q_parse(
	const char *text, struct arena *a, struct scope_q **out, struct err *err)
{
	size_t len = strlen(text);
	struct scan sc = {
		.text = text,
		.p = text,
		.end = text + len,
		.a = a,
		.err = err,
	};
	struct scope_q *q;

	if (len >= 2 && text[0] == '"' && text[len - 1] == '"') {
		sc.p++;
		sc.end--;
	}
	if (parse_or(&sc, &q) < 0)
		return -1;
	if (sc.p < sc.end)
		return fail(&sc, "expected '/', ';', '|', ',' or the end");
	*out = q;
	return 0;
}

/* Level by level; both begin with '/' unless they are empty. */
static bool pattern_fits(const struct scope_q *q, const char *scope)
{
	const char *p = q->pattern;

	while (*p != '\0') {
		if (p[0] == '/' && p[1] == '+') {
			if (*scope != '/')
				return false;
			scope += 1 + strcspn(scope + 1, "/");
			p += 2;
		} else if (*p++ != *scope++) {
			return false;
		}
	}
	return *scope == '\0' || (q->deep && *scope == '/');
}

static bool scope_fits(const struct scope_q *q, const struct jn *scope)
{
	auto_arena a = {0};
	const char *text = jn_str(scope, &a);

	return text != NULL && pattern_fits(q, text);
}

bool scope_q_matches(const struct scope_q *q, const struct jn *entity)
{
	if (q == NULL)
		return true;
	if (q->op == SCOPE_AND)
		return scope_q_matches(q->left, entity) &&
			scope_q_matches(q->right, entity);
	if (q->op == SCOPE_OR)
		return scope_q_matches(q->left, entity) ||
			scope_q_matches(q->right, entity);
	jn_each (it, jn_get(entity, "scope"))
		if (scope_fits(q, it))
			return true;
	return false;
}

const char *scope_normalize(const char *text, size_t len, struct arena *a)
{
	const char *p = text, *end = text + len, *level;
	bool slash = len > 0 && *p == '/';

	p += slash;
	for (;;) {
		level = p;
		p = skip_level(p, end);
		if (p == level)
			return NULL;
		if (p == end)
			break;
		if (*p++ != '/')
			return NULL;
	}
	return slash ? arena_strndup(a, text, len)
		     : arena_printf(a, "/%.*s", (int)len, text);
}
