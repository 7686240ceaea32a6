/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_PROFILE_PRIV_H
#define CORE_PROFILE_PRIV_H

#include <core/profile.h>

#include <base/arena.h>

struct profile_file {
	const char *name, *text;
	size_t len;
};
extern const struct profile_file profile_files[]; /* schemas/profiles, ended by NULL */

/* Reads members and x-… of the compiled schema; `before` (may be NULL) is what the profile
 * takes the place of and inherits from. */
void profile_fill(struct profile *p, const struct profile *before, struct arena *a);

#endif
