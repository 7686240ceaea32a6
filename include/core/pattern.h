/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions of clients: idPattern, ~= and !~=.  POSIX extended syntax (IEEE
 * 1003.2), unanchored, compared by code point.  A pattern is checked and rewritten into
 * the part of the syntax that PCRE2 (here) and PostgreSQL (in the database) read alike;
 * what they do not is refused, with the way round.  tests/tools/pattern_table.h holds
 * both to one answer.
 *
 * Beyond POSIX: (?:…), \d \w \s \D \W \S (ASCII), \n \r \t, and in brackets \d \w \s and
 * a backslash before punctuation.  Classes such as [:alpha:] are ASCII.
 */
#ifndef CORE_PATTERN_H
#define CORE_PATTERN_H

#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct err;

struct pattern {
	const char *text; /* rewritten: what PostgreSQL's ~ takes */
	const char *source; /* as the client wrote it */
	const void *code; /* PCRE2's, in the arena */
};

/* BAD_REQUEST_DATA: `<what>: <complaint> at offset <n>`; offsets count from `offset`. */
int pattern_parse(const char *text, size_t len, const char *what, size_t offset,
	struct arena *a, struct pattern **out, struct err *err) must_check;
/* Does it match anywhere in s (valid UTF-8)?  Never backtracks.  a: scratch. */
bool pattern_matches(const struct pattern *p, const char *s, size_t len, struct arena *a);

#endif
