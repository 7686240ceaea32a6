/* SPDX-License-Identifier: Apache-2.0 */
/* The type selection language, 4.17: A|B  A,B  (A;B)|C.  "*" is NULL: every type. */
#ifndef CORE_TYPE_Q_H
#define CORE_TYPE_Q_H

#include <base/attr.h>
#include <base/jn.h>

struct arena;
struct context;
struct err;

/* OR of ANDs: each alternative is a set of types that an entity must all have. */
struct type_all {
	const char **iris;
	size_t len;
};
struct type_q {
	struct type_all *any;
	size_t len;
};

int type_q_parse(const char *text, const struct context *ctx, struct arena *a,
	struct type_q **out, struct err *err) must_check;
bool type_q_matches(const struct type_q *q, const struct jn *entity); /* NULL q: true */

#endif
