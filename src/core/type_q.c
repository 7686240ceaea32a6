/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	types = alternative *(("|" / ",") alternative)
 *	alternative = name / "(" name *(";" name) ")" / "(" name *(("|" / ",") name) ")"
 *
 * The last form is beside the grammar, and says nothing that it could not; clients use it.
 * A name is a term, a compact IRI or a URI.  URIs may hold parentheses in pairs, but none
 * of | , ; since these end a name (4.17, NOTE).
 */
#include <core/type_q.h>

#include <base/arena.h>
#include <base/err.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/expand.h>

#include <string.h>

#define MAX_NAMES 1000

struct scan {
	const char *text, *p, *end;
	const struct context *ctx;
	struct arena *a;
	struct err *err;
};

static int fail(struct scan *sc, const char *what)
{
	return err_set(sc->err, ERR_BAD_REQUEST_DATA, "type: %s at offset %td", what,
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

/* Where the name at p ends; '(' belongs to a URI, and then so does its ')'. */
static const char *name_end(const char *p, const char *end)
{
	unsigned open = 0;
	bool uri = false;

	for (; p < end && strchr("|,; ", *p) == NULL; p++) {
		if (*p == ':')
			uri = true;
		else if (*p == '(' && !uri)
			break;
		else if (*p == '(')
			open++;
		else if (*p == ')' && open-- == 0)
			break;
	}
	return p;
}

static int parse_name(struct scan *sc, const char **out)
{
	const char *start, *end;

	skip_space(sc);
	start = sc->p;
	end = name_end(start, sc->end);
	if (end == start)
		return fail(sc, "expected a type");
	if (!name_is_legal(start, (size_t)(end - start)))
		return fail(sc,
			"neither a name (a letter, then letters, digits and _) nor "
			"a URI");
	sc->p = end;
	*out = context_expand(sc->ctx, start, (size_t)(end - start), sc->a);
	return 0;
}

/* Room for all names that the rest of the text can hold. */
static size_t room(const struct scan *sc)
{
	size_t n = 1;

	for (const char *p = sc->p; p < sc->end; p++)
		n += *p == ';' || *p == '|' || *p == ',';
	return n;
}

/* The rest of "(A|B)", of which A was read: each is an alternative. */
static int parse_any(struct scan *sc, struct type_q *q)
{
	while (accept(sc, '|') || accept(sc, ',')) {
		struct type_all *all = &q->any[q->len++];

		all->iris = arena_array(sc->a, const char *, 1);
		if (parse_name(sc, &all->iris[all->len++]) < 0)
			return -1;
	}
	return 0;
}

static int parse_alternative(struct scan *sc, struct type_q *q)
{
	struct type_all *all = &q->any[q->len++];
	bool group = accept(sc, '(');
	size_t n = group ? room(sc) : 1;

	all->iris = arena_array(sc->a, const char *, n);
	do {
		if (parse_name(sc, &all->iris[all->len++]) < 0)
			return -1;
	} while (group && accept(sc, ';'));
	if (group && all->len == 1 && parse_any(sc, q) < 0)
		return -1;
	if (group && !accept(sc, ')'))
		return fail(sc, "expected ';' or ')'");
	return 0;
}

int type_q_parse(const char *text, const struct context *ctx, struct arena *a,
	struct type_q **out, struct err *err)
{
	struct scan sc = {
		.text = text,
		.p = text,
		.end = text + strlen(text),
		.ctx = ctx,
		.a = a,
		.err = err,
	};
	struct type_q *q;
	size_t n = room(&sc);

	if (strcmp(text, "*") == 0) {
		*out = NULL;
		return 0;
	}
	if (n > MAX_NAMES)
		return err_set(err, ERR_TOO_COMPLEX_QUERY, "type: more than %d types",
			MAX_NAMES);
	q = arena_new(a, struct type_q);
	q->any = arena_array(a, struct type_all, n);
	do {
		if (parse_alternative(&sc, q) < 0)
			return -1;
	} while (accept(&sc, '|') || accept(&sc, ','));
	if (sc.p < sc.end)
		return fail(&sc,
			*sc.p == ';' ? "';' needs parentheses, (A;B),"
				     : "expected '|', ',' or the end");
	*out = q;
	return 0;
}

static bool has_all(const struct type_all *all, const struct jn *entity)
{
	for (size_t i = 0; i < all->len; i++)
		if (!entity_has_type(entity, all->iris[i], strlen(all->iris[i])))
			return false;
	return true;
}

bool type_q_matches(const struct type_q *q, const struct jn *entity)
{
	if (q == NULL)
		return true;
	for (size_t i = 0; i < q->len; i++)
		if (has_all(&q->any[i], entity))
			return true;
	return false;
}
