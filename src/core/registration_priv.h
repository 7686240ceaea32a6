/* SPDX-License-Identifier: Apache-2.0 */
/* What the registration_*.c files share. */
#ifndef CORE_REGISTRATION_PRIV_H
#define CORE_REGISTRATION_PRIV_H

#include "members.h"

#include <core/registration.h>

#include <base/arena.h>
#include <base/jn.h>

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
