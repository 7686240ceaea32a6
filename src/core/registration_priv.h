/* SPDX-License-Identifier: Apache-2.0 */
/* What the registration_*.c files share. */
#ifndef CORE_REGISTRATION_PRIV_H
#define CORE_REGISTRATION_PRIV_H

#include "members.h"

#include <core/registration.h>

#include <base/arena.h>
#include <base/jn.h>

/* The members of the stored text that the standard names, but for the read-only ones; all
 * else are Context Source Properties.  Ends with NULL. */
extern const char *const registration_members[];
/* GeoProperties of an entity, and what they are to a registration: IRIs and members. */
extern const struct registration_place {
	const char *member, *iri;
} registration_places[3];

/* A text on its way into a struct registration. */
struct registering {
	struct registration *r;
	struct members m; /* in the registration's own arena */
};

/* ---- registration_info.c */
int read_information(struct registering *g, const struct jn *doc) must_check;
/* The rules of the modes: exclusive (4.3.6.3), auxiliary (5.9.2.4). */
int check_mode(struct registering *g) must_check;

#endif
