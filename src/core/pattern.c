/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From POSIX extended syntax to what PCRE2 and PostgreSQL read alike.
 *
 *	alternation = branch *("|" branch)
 *	branch      = *(piece)
 *	piece       = atom [ "*" / "+" / "?" / "{" m ["," [n]] "}" ]
 *	atom        = "(" alternation ")" / bracket / "." / "^" / "$" / escape / character
 *
 * What is written: groups as (?:…), classes spelt out as ASCII ranges, every other
 * punctuation with a backslash.  Counted repetitions multiply; their product is bounded,
 * since both engines unroll them, and nothing that may be empty is counted: PostgreSQL
 * takes minutes to compile that.
 */
#include <core/pattern.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/iri.h>
#include <base/strbuf.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <assert.h>
#include <string.h>

#define MAX_DEPTH 20
#define MAX_LEN   1000
#define MAX_SIZE  2000 /* characters and brackets after unrolling */
#define MAX_COUNT 255 /* RE_DUP_MAX */

struct scan {
	const char *text, *p, *end;
	const char *what;
	size_t offset;
	struct strbuf *out;
	struct err *err;
	unsigned depth;
};

/* What a part of the pattern comes to. */
struct extent {
	unsigned size; /* after unrolling */
	bool empty; /* may match nothing */
};

static int parse_alternation(struct scan *sc, struct extent *out);

static int fail(struct scan *sc, const char *complaint)
{
	return err_set(sc->err, ERR_BAD_REQUEST_DATA, "%s: %s at offset %zu", sc->what,
		complaint, sc->offset + (size_t)(sc->p - sc->text));
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_punct(char c)
{
	return c > ' ' && c < 0x7f && !is_alnum(c);
}

static void put_literal(struct scan *sc, const char *p, size_t len)
{
	if (len == 1 && is_punct(*p))
		strbuf_addc(sc->out, '\\');
	strbuf_add(sc->out, p, len);
}

/* What stands between the brackets for \d, \w, \s and the POSIX classes. */
static const struct {
	const char *name, *ranges;
} classes[] = {
	{"alnum", "0-9A-Za-z"},
	{"alpha", "A-Za-z"},
	{"blank", "\t "},
	{"cntrl", "\001-\037\177"},
	{"digit", "0-9"},
	{"graph", "\\!-\\~"},
	{"lower", "a-z"},
	{"print", " -\\~"},
	{"punct", "\\!-\\/\\:-\\@\\[-\\`\\{-\\~"},
	{"space", "\t-\r "},
	{"upper", "A-Z"},
	{"xdigit", "0-9A-Fa-f"},
};

static const char *escape_ranges(char c)
{
	switch (c) {
	case 'd':
	case 'D':
		return "0-9";
	case 'w':
	case 'W':
		return "0-9A-Z_a-z";
	case 's':
	case 'S':
		return "\t-\r ";
	default:
		return NULL;
	}
}

/* A letter that stands for a control character: \n, \r, \t. */
static char control_escape(char c)
{
	return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : '\0';
}

static int parse_class(struct scan *sc)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		size_t len = strlen(classes[i].name);

		if ((size_t)(sc->end - sc->p) >= len + 4 &&
			memcmp(sc->p + 2, classes[i].name, len) == 0 &&
			memcmp(sc->p + 2 + len, ":]", 2) == 0) {
			strbuf_adds(sc->out, classes[i].ranges);
			sc->p += len + 4;
			return 0;
		}
	}
	return fail(sc, "unknown character class");
}

/* One character of a bracket expression: at *p, *len bytes of source, in *code. */
static int bracket_char(struct scan *sc, const char **p, size_t *len, unsigned *code)
{
	char control;

	*p = sc->p;
	if (*sc->p != '\\') {
		*len = utf8_next(sc->p, (size_t)(sc->end - sc->p), code);
		sc->p += *len;
		return 0;
	}
	if (sc->end - sc->p < 2)
		return fail(sc, "nothing follows the backslash");
	*p = sc->p + 1;
	*len = 1;
	*code = (unsigned char)sc->p[1];
	control = control_escape(sc->p[1]);
	if (control != '\0') {
		*p = control == '\n' ? "\n" : control == '\r' ? "\r" : "\t";
		*code = (unsigned char)control;
	} else if (!is_punct(sc->p[1])) {
		return fail(sc, "unknown escape in brackets");
	}
	sc->p += 2;
	return 0;
}

/* A character or a range a-z. */
static int parse_bracket_range(struct scan *sc)
{
	const char *low, *high;
	size_t low_len, high_len;
	unsigned low_code, high_code;

	if (bracket_char(sc, &low, &low_len, &low_code) < 0)
		return -1;
	put_literal(sc, low, low_len);
	if (sc->end - sc->p < 2 || sc->p[0] != '-' || sc->p[1] == ']')
		return 0;
	sc->p++;
	if (sc->p[0] == '[' && sc->end - sc->p > 1 && strchr(":.=", sc->p[1]) != NULL)
		return fail(sc, "a class cannot end a range");
	if (bracket_char(sc, &high, &high_len, &high_code) < 0)
		return -1;
	if (high_code < low_code)
		return fail(sc, "the range ends before it begins");
	strbuf_addc(sc->out, '-');
	put_literal(sc, high, high_len);
	return 0;
}

static int parse_bracket_item(struct scan *sc)
{
	if (sc->p[0] == '[' && sc->end - sc->p > 1) {
		if (sc->p[1] == ':')
			return parse_class(sc);
		if (sc->p[1] == '.' || sc->p[1] == '=')
			return fail(sc,
				"collating elements are not supported; list the "
				"characters");
	}
	if (sc->p[0] == '\\' && sc->end - sc->p > 1 && strchr("dws", sc->p[1]) != NULL) {
		strbuf_adds(sc->out, escape_ranges(sc->p[1]));
		sc->p += 2;
		return 0;
	}
	return parse_bracket_range(sc);
}

static int parse_bracket(struct scan *sc)
{
	const char *start = sc->p++;
	bool first = true;

	strbuf_addc(sc->out, '[');
	if (sc->p < sc->end && *sc->p == '^') {
		strbuf_addc(sc->out, '^');
		sc->p++;
	}
	while (sc->p < sc->end && (*sc->p != ']' || first)) {
		if (parse_bracket_item(sc) < 0)
			return -1;
		first = false;
	}
	if (sc->p == sc->end) {
		sc->p = start;
		return fail(sc, "the bracket that begins here does not end");
	}
	sc->p++;
	strbuf_addc(sc->out, ']');
	return 0;
}

static int parse_escape(struct scan *sc)
{
	char c, control;

	if (sc->end - sc->p < 2)
		return fail(sc, "nothing follows the backslash");
	c = sc->p[1];
	control = control_escape(c);
	if (c >= '1' && c <= '9')
		return fail(sc, "back references are not supported");
	if (escape_ranges(c) != NULL)
		strbuf_addf(sc->out, "[%s%s]", c < 'a' ? "^" : "", escape_ranges(c));
	else if (control != '\0')
		strbuf_addc(sc->out, control);
	else if (is_punct(c) || c == ' ')
		put_literal(sc, &c, 1);
	else
		return fail(sc, "unknown escape; POSIX extended syntax is meant");
	sc->p += 2;
	return 0;
}

static int parse_group(struct scan *sc, struct extent *out)
{
	const char *start = sc->p++;

	if (++sc->depth > MAX_DEPTH)
		return fail(sc, "nested too deeply");
	if (sc->p < sc->end && *sc->p == '?') {
		if (sc->end - sc->p < 2 || sc->p[1] != ':')
			return fail(sc,
				"(?…) is not supported: neither flags nor "
				"looking around");
		sc->p += 2;
	}
	strbuf_adds(sc->out, "(?:");
	if (parse_alternation(sc, out) < 0)
		return -1;
	if (sc->p == sc->end) {
		sc->p = start;
		return fail(sc, "the group that begins here does not end");
	}
	sc->p++;
	sc->depth--;
	strbuf_addc(sc->out, ')');
	return 0;
}

/* `anchor`: it is ^ or $, which cannot be repeated. */
static int parse_atom(struct scan *sc, struct extent *out, bool *anchor)
{
	unsigned code;
	size_t len;

	*out = (struct extent){.size = 1};
	*anchor = false;
	switch (*sc->p) {
	case '(':
		return parse_group(sc, out);
	case '[':
		return parse_bracket(sc);
	case '\\':
		return parse_escape(sc);
	case '*':
	case '+':
	case '?':
		return fail(sc, "nothing to repeat");
	case '^':
	case '$':
	case '.':
		*anchor = out->empty = *sc->p != '.';
		strbuf_addc(sc->out, *sc->p++);
		return 0;
	default:
		len = utf8_next(sc->p, (size_t)(sc->end - sc->p), &code);
		put_literal(sc, sc->p, len);
		sc->p += len;
		return 0;
	}
}

static bool parse_number(struct scan *sc, unsigned *out)
{
	const char *start = sc->p;

	*out = 0;
	while (sc->p < sc->end && *sc->p >= '0' && *sc->p <= '9' && *out <= MAX_COUNT)
		*out = *out * 10 + (unsigned)(*sc->p++ - '0');
	return sc->p > start;
}

/* {m}, {m,} or {m,n}; *times is how often the atom is unrolled. */
static int parse_bound(struct scan *sc, unsigned *times)
{
	const char *start = sc->p++;
	unsigned low, high;

	(void)parse_number(sc, &low); /* a digit follows, or '{' would be a character */
	high = low;
	*times = low;
	if (sc->p < sc->end && *sc->p == ',') {
		sc->p++;
		*times = low + 1;
		if (parse_number(sc, &high))
			*times = high;
		else
			high = low;
	}
	if (sc->p == sc->end || *sc->p != '}' || low > MAX_COUNT || high > MAX_COUNT ||
		high < low) {
		sc->p = start;
		return fail(sc, "expected {m}, {m,} or {m,n} up to 255");
	}
	sc->p++;
	strbuf_add(sc->out, start, (size_t)(sc->p - start));
	return 0;
}

static bool at_bound(const struct scan *sc)
{
	return sc->end - sc->p > 1 && sc->p[0] == '{' && sc->p[1] >= '0' &&
		sc->p[1] <= '9';
}

static bool at_repeat(const struct scan *sc)
{
	return sc->p < sc->end && (strchr("*+?", *sc->p) != NULL || at_bound(sc));
}

static int parse_repeat(struct scan *sc, struct extent *out)
{
	const char *start = sc->p;
	unsigned times = 1;

	if (at_bound(sc)) {
		if (parse_bound(sc, &times) < 0)
			return -1;
		if (out->empty && times > 1) {
			sc->p = start;
			return fail(
				sc, "what is counted here could be empty; use * or +");
		}
		out->empty = out->empty || start[1] == '0';
	} else {
		out->empty = out->empty || *sc->p != '+';
		strbuf_addc(sc->out, *sc->p++);
	}
	out->size *= times > 0 ? times : 1;
	return at_repeat(sc) ? fail(sc, "a repetition cannot be repeated") : 0;
}

static int parse_piece(struct scan *sc, struct extent *out)
{
	bool anchor;

	if (parse_atom(sc, out, &anchor) < 0)
		return -1;
	if (!at_repeat(sc))
		return 0;
	return anchor ? fail(sc, "nothing to repeat") : parse_repeat(sc, out);
}

static int parse_alternation(struct scan *sc, struct extent *out)
{
	struct extent piece;
	bool branch_empty = true;

	*out = (struct extent){.size = 1};
	while (sc->p < sc->end && (*sc->p != ')' || sc->depth == 0)) {
		if (*sc->p == '|') {
			strbuf_addc(sc->out, *sc->p++);
			out->empty = out->empty || branch_empty;
			branch_empty = true;
			continue;
		}
		if (parse_piece(sc, &piece) < 0)
			return -1;
		branch_empty = branch_empty && piece.empty;
		out->size += piece.size;
		if (out->size > MAX_SIZE)
			return fail(sc, "the pattern is too large");
	}
	out->empty = out->empty || branch_empty;
	return 0;
}

static void *arena_pcre_alloc(size_t size, void *arena)
{
	return arena_raw(arena, size);
}

static void arena_pcre_free(void *p, void *arena)
{
}

static pcre2_code *compile(const char *text, struct arena *a)
{
	pcre2_general_context *general =
		pcre2_general_context_create(arena_pcre_alloc, arena_pcre_free, a);
	pcre2_compile_context *context = pcre2_compile_context_create(general);
	PCRE2_SIZE where;
	int error;

	return pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
		PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY |
			PCRE2_NO_AUTO_CAPTURE | PCRE2_NEVER_BACKSLASH_C,
		&error, &where, context);
}

int pattern_parse(const char *text, size_t len, const char *what, size_t offset,
	struct arena *a, struct pattern **out, struct err *err)
{
	auto_strbuf sb = {0};
	struct scan sc = {
		.text = text,
		.p = text,
		.end = text + len,
		.what = what,
		.offset = offset,
		.out = &sb,
		.err = err,
	};
	struct pattern *pattern;
	struct extent whole;

	if (len > MAX_LEN)
		return fail(&sc, "a pattern longer than 1000 bytes");
	strbuf_grow(&sb, 1);
	sb.data[0] = '\0';
	if (parse_alternation(&sc, &whole) < 0)
		return -1;
	pattern = arena_new(a, struct pattern);
	pattern->source = arena_strndup(a, text, len);
	pattern->text = arena_strndup(a, sb.data, sb.len);
	pattern->code = compile(pattern->text, a);
	if (pattern->code == NULL)
		return fail(&sc, "the pattern is too large");
	*out = pattern;
	return 0;
}

bool pattern_matches(const struct pattern *p, const char *s, size_t len, struct arena *a)
{
	pcre2_general_context *general =
		pcre2_general_context_create(arena_pcre_alloc, arena_pcre_free, a);
	pcre2_match_data *data = pcre2_match_data_create(1, general);
	int rc = PCRE2_ERROR_DFA_WSSIZE;

	/* The workspace holds the states that are alive at once: bounded by MAX_SIZE, but
	 * mostly a few. */
	for (size_t room = 1000; rc == PCRE2_ERROR_DFA_WSSIZE; room *= 4) {
		int *workspace = arena_raw(a, room * sizeof(*workspace));

		rc = pcre2_dfa_match(p->code, (PCRE2_SPTR)s, len, 0,
			PCRE2_NO_UTF_CHECK | PCRE2_DFA_SHORTEST, data, NULL, workspace,
			room);
	}
	assert(rc >= 0 || rc == PCRE2_ERROR_NOMATCH);
	return rc >= 0;
}
