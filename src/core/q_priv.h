/* SPDX-License-Identifier: Apache-2.0 */
/* Between the parts of the q parser: q.c (terms), q_path.c, q_value.c. */
#ifndef CORE_Q_PRIV_H
#define CORE_Q_PRIV_H

#include <base/attr.h>
#include <core/q.h>

struct q_parser {
	const char *text, *p, *end;
	const struct q_options *options;
	struct arena *a;
	struct err *err;
	const char **expand; /* IRIs of the attributes named by expandValues */
	size_t expand_len;
	unsigned depth; /* parentheses and braces open */
	unsigned linked; /* braces open */
	unsigned terms;
};

/* Always -1: `q: <what> at offset <n>`. */
int q_fail(struct q_parser *ps, const char *what);
#ifdef __clang_analyzer__ /* does not see into q.c */
#define q_fail(...) ((void)q_fail(__VA_ARGS__), -1)
#endif
void q_skip_space(struct q_parser *ps);
/* Is s next?  Then it is taken. */
bool q_accept(struct q_parser *ps, const char *s);
/* A quoted JSON string, decoded; the quote is next. */
int q_quoted(struct q_parser *ps, const char **out) must_check;
/* Bytes of the character at p that may stand in a name; 0 where it may not. */
size_t q_name_char(const char *p, const char *end, bool first);

/* name *("." name) ["[" … "]"] */
int q_parse_path(struct q_parser *ps, struct q_path *out) must_check;
/* What follows the operator of `q`; fills its values. */
int q_parse_values(struct q_parser *ps, struct q *q) must_check;
/* A URI of q_uri() with its %-encoded unreserved characters decoded. */
const char *q_uri_decoded(const char *uri, struct arena *a);
/* createdAt, observedAt …: is the path's last name one of them? */
bool q_path_is_temporal(const struct q_path *path);

#endif
