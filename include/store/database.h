/* SPDX-License-Identifier: Apache-2.0 */
/* Is a database fit for Calanque, and what to do when it is not. */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include <base/attr.h>

#include <stdatomic.h>

struct err;

/*
 * Connects, waiting up to `wait_ms` for a server that does not answer yet (and no longer than until *stop, which
 * may be NULL), and checks: PostgreSQL 13 or newer and not a standby, encoding UTF8, PostGIS
 * 3 or newer (CREATE EXTENSION is attempted), the right to create tables.  `version` (32
 * bytes) gets the server's version, "15.14".  UNAVAILABLE: the detail says what is missing
 * and which command, as which role, adds it.  For whoever starts the program.
 */
int database_check(const char *conninfo, unsigned wait_ms, const atomic_bool *stop,
	char version[32], struct err *err) must_check;

#endif
