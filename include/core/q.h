/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The query language, 4.9.  Parsed once; two readers: q_eval() in memory (subscriptions)
 * and store/q_sql.c in the database.  tests/diff holds them to one answer.
 *
 *	expr = and *("|" and)
 *	and  = atom *(";" atom)
 *	atom = "(" expr ")" / path [op value]
 *	path = name *("." name) ["[" trail *("." trail) "]"] / name "{" [types ":"] expr "}"
 */
#ifndef CORE_Q_H
#define CORE_Q_H

#include <base/attr.h>
#include <base/jn.h>

#include <stdint.h>

struct arena;
struct context;
struct err;
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
	Q_MATCH,    /* ~= */
	Q_NO_MATCH, /* !~= */
	Q_LINKED,   /* rel{…}: some linked entity satisfies `left` */
};

enum q_type {
	Q_NUMBER,
	Q_STRING,
	Q_BOOL,
	Q_DATE_TIME,
	Q_DATE,
	Q_TIME,
	Q_URI,
};

struct q_value {
	enum q_type type;
	const char *text;  /* string, date, time, URI as written (decoded); number as written */
	double number;
	int64_t instant;   /* Q_DATE_TIME: microseconds */
	bool truth;
	const char *iri;   /* text expanded with the @context: for VocabProperty and for the
	                    * attributes named by expandValues */
};

/* What a term looks at. */
struct q_path {
	const char **names;  /* expanded attribute, then sub-attribute IRIs; the last may be a
	                      * core member by its short name: observedAt, unitCode, … */
	size_t names_len;
	const char **trail;  /* [a.b]: keys into the value, as written (or expanded, see
	                      * jsonKeys); [en] or [*] on a LanguageProperty */
	size_t trail_len;
	bool expand_values;  /* the attribute is named by expandValues */
};

struct q {
	enum q_op op;
	const struct q *left, *right;       /* AND, OR; LINKED: left */
	struct q_path path;
	const struct q_value *values;       /* one, or a list (== and != only) */
	size_t values_len;
	bool range;                         /* values[0]..values[1], both inclusive */
	const struct type_q *linked_types;  /* LINKED: rel{Type1,Type2:…} */
};

struct q_options {
	const struct context *ctx;
	const char *expand_values;  /* comma list of attribute names, or NULL */
	const char *json_keys;      /* comma list of attribute names, or NULL */
	unsigned max_linked;        /* depth of rel{…} allowed (joinLevel); 0: none */
};

/* BAD_REQUEST_DATA: `q: expected a value at offset 3`. */
int q_parse(const char *text, const struct q_options *options, struct arena *a,
	struct q **out, struct err *err) must_check;

/* How q_eval gets the target of a relationship; NULL result: not there. */
struct q_linked {
	const struct jn *(*get)(void *self, const char *id, size_t len);
	void *self;
};
/* Does the entity satisfy q at `now` (expired attributes do not exist)?  a: scratch. */
bool q_eval(const struct q *q, const struct jn *entity, int64_t now,
	const struct q_linked *linked, struct arena *a);
/* Does q name at least one attribute that is not a system member (too-wide rule)? */
bool q_has_attribute(const struct q *q);

#endif
