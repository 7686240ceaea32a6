/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks of what is written: the profiles with a user's schemas, the territory, and
 * what was found lately.  Made at the start, then read by any thread; what was found has a
 * mutex of its own.
 */
#ifndef API_CHECKS_H
#define API_CHECKS_H

#include <base/attr.h>

struct checks;
struct err;

struct checks_config {
	const char *schemas; /* a folder of a user's schemas; NULL: none */
	const char *levels; /* profiles_set_levels() */
	const char *territory; /* territory_parse(); NULL: none */
};

/* NULL with err set: a file that cannot be read, or is no schema; a wrong setting. */
struct checks *checks_new(const struct checks_config *config, struct err *err) must_check;
void checks_free(struct checks *checks); /* NULL is fine */

#endif
