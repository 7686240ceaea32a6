/* SPDX-License-Identifier: Apache-2.0 */
/* scopeQ, 4.19: /a/b  /+/b  /a/#  (/a;/b)  /a|/b  /a,/b. */
#ifndef CORE_SCOPE_Q_H
#define CORE_SCOPE_Q_H

#include <base/attr.h>
#include <base/jn.h>

struct arena;
struct err;

enum scope_op {
	SCOPE_AND,
	SCOPE_OR,
	SCOPE_PATTERN,
};

struct scope_q {
	enum scope_op op;
	struct scope_q *left, *right; /* AND, OR */
	const char *pattern; /* "/a/+/c" without a trailing "/#" */
	bool deep; /* "/#": the scope itself and everything below */
	bool wild; /* has a '+' level */
};

int scope_q_parse(const char *text, struct arena *a, struct scope_q **out,
	struct err *err) must_check;
bool scope_q_matches(const struct scope_q *q, const struct jn *entity); /* NULL q: true */
/* A scope as clients write it, checked (4.18) and with its leading '/'; NULL: malformed. */
const char *scope_normalize(const char *text, size_t len, struct arena *a);

#endif
