/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The query language, 4.9.  Parsed once; two readers: q_eval() in memory (subscriptions)
 * and store/q_sql.c in the database.  tests/diff holds them to one answer.
 *
 *	expr  = and *("|" and)
 *	and   = atom *(";" atom)
 *	atom  = "(" expr ")" / term
 *	term  = path [op value]
 *	      / name "{" [type *("," type) ":"] expr "}"
 *	      / name "{" … path "}" op value   ; op belongs to the innermost path
 *	path  = name *("." name) ["[" key *("." key) "]"]
 *	value = item *("," item) / item ".." item / pattern
 */
#ifndef CORE_Q_H
#define CORE_Q_H

#include <base/attr.h>
#include <base/jn.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct context;
struct err;
struct pattern;
struct type_q;

enum q_op {
	Q_AND,
	Q_OR,
	Q_EXISTS,
	Q_EQ,
	Q_NE,
	Q_LT,
	Q_LE,
	Q_GT,
	Q_GE,
	Q_MATCH, /* ~= */
	Q_NO_MATCH, /* !~= */
	Q_LINKED, /* rel{…}: some linked entity satisfies `left` */
};

enum q_type {
	Q_NUMBER,
	Q_STRING,
	Q_BOOL,
	Q_DATE_TIME,
	Q_DATE,
	Q_TIME,
	Q_URI, /* a bare token that is one; compares as Q_STRING does */
};

/* The type says which of text, number … is meant. */
struct q_value {
	enum q_type type;
	/* As written; strings, dates, times and URIs decoded.  NULL for Q_BOOL. */
	const char *text;
	double number;
	int64_t instant; /* Q_DATE_TIME: microseconds; Q_TIME: microseconds of the day */
	bool truth;
	/* Q_STRING and Q_URI, expanded with the @context: for VocabProperty and for the
	 * attributes named by expandValues. */
	const char *iri;
	/* Q_STRING and Q_URI: what q_uri() of a URI must be to be this one: as written,
	 * and with %-encoded unreserved characters decoded (NULL: that is the same). */
	const char *uri[2];
	const struct pattern *pattern; /* Q_MATCH, Q_NO_MATCH */
};

/* What a term looks at. */
struct q_path {
	/* Expanded attribute, then sub-attribute IRIs; the last may be a core member by
	 * its short name: observedAt, unitCode, … */
	const char **names;
	size_t names_len;
	/* [a.b]: keys into the value, as written; [en] or [*] on a LanguageProperty. */
	const char **trail;
	size_t trail_len;
	bool expand_values; /* the attribute is named by expandValues */
};

struct q {
	enum q_op op;
	const struct q *left, *right; /* AND, OR; LINKED: left */
	struct q_path path;
	const struct q_value *values; /* one, or a list (== and != only) */
	size_t values_len;
	bool range; /* values[0]..values[1], both inclusive */
	const struct type_q *linked_types; /* LINKED: rel{Type1,Type2:…} */
};

struct q_options {
	const struct context *ctx;
	const char *expand_values; /* comma list of attribute names, or NULL */
	/* The same; without effect: documents keep the keys inside values as they were
	 * sent, so [a.b] means raw keys for every attribute. */
	const char *json_keys;
	unsigned max_linked; /* depth of rel{…} allowed (joinLevel); 0: none */
};

#define Q_MAX_TERMS  100
#define Q_MAX_VALUES 1000
/*
 * The tree lives in the arena.  BAD_REQUEST_DATA: `q: expected a value at offset 3`
 * (bytes); TOO_COMPLEX_QUERY: more terms, or values in a list, than the above.
 */
int q_parse(const char *text, const struct q_options *options, struct arena *a,
	struct q **out, struct err *err) must_check;

/* How q_eval gets the target of a relationship; NULL result: not there. */
struct q_linked {
	const struct jn *(*get)(void *self, const char *id, size_t len);
	void *self;
};
/*
 * Does the entity satisfy q at `now` (expired attributes do not exist)?  `linked` may be
 * NULL: then no rel{…} holds.  a: scratch.
 */
bool q_eval(const struct q *q, const struct jn *entity, int64_t now,
	const struct q_linked *linked, struct arena *a);
/* Why q_eval() says what it says: the terms that decide, with the values they saw,
 * `fillingLevel is 0.79, not > 0.8`; names compacted with ctx. */
const char *q_why(const struct q *q, const struct jn *entity, int64_t now,
	const struct q_linked *linked, const struct context *ctx, struct arena *a);
/* Does q name at least one attribute that is not a system member (too-wide rule)? */
bool q_has_attribute(const struct q *q);

/* A URI with scheme, host (or the namespace of a URN) and %XX in one case (RFC 3986,
 * 6.2.2.1); anything that is no URI comes back as it is. */
const char *q_uri(const char *s, size_t len, struct arena *a);

/* A pattern (core/pattern.h) without anchors for all that q_uri() turns into `uri`. */
const char *q_uri_pattern(const char *uri, struct arena *a);

/*
 * The canonical text of a path, for the catalogue of indexed paths, and back.  A key is
 * `[["<IRI>",…],["<key>",…]]`.  q_path_of_key() is NULL where the text is no key.
 */
const char *q_path_key(const struct q_path *path, struct arena *a);
const struct q_path *q_path_of_key(const char *key, struct arena *a);

#endif
