/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Migrations: sql/NNNN_name.sql, compiled in, each applied once and for ever in the order
 * of their numbers.  Everything lives in the schema `calanque`, which comes first in the
 * search path, so the files need not name it; the table calanque.migration remembers what
 * was applied and the SHA-256 of its text.
 */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include <base/attr.h>

struct err;

struct migration {
	int number; /* 1, 2, 3 ... without gaps */
	const char *name; /* "0001_entities" */
	const char *checksum; /* SHA-256 of the text, hex */
	const char *sql;
};

/* The program's own; ends with a NULL name. */
extern const struct migration migrations[];

/*
 * Brings the database up to date: each missing migration in a transaction of its own, under
 * an advisory lock, so that several brokers may start at once.  *applied (may be NULL) is
 * how many were.  Refused with UNAVAILABLE and a way out: a database that is newer than
 * the list, or to which a text of other contents was applied.  INTERNAL when one fails (the
 * log has PostgreSQL's words; the database stays at the last good one).
 */
int migrate(const char *conninfo, const struct migration *list, int *applied,
	struct err *err) must_check;

#endif
