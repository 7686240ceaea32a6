/* SPDX-License-Identifier: Apache-2.0 */
/* The Link header of RFC 8288, as far as @contexts need it (6.3.5). */
#ifndef CORE_LINK_H
#define CORE_LINK_H

#include <base/attr.h>

struct arena;

#define LINK_CONTEXT_REL "http://www.w3.org/ns/json-ld#context"

/*
 * The URL of the first link in a header value whose rel is the JSON-LD context; NULL when
 * there is none.  Forgives what clients get wrong: unclosed quotes, stray commas and
 * semicolons, parameters in any order and case.
 */
char *link_context(const char *value, struct arena *a);
/* The next one of *rest, which moves behind it. */
char *link_context_next(const char **rest, struct arena *a);

#endif
