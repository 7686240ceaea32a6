/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Imports of files: stored mappings, what each import did, row by row.  Rows that were
 * written are recorded by their lane, in the transaction of the write itself (struct
 * import_op, store/lane.h).  All functions block on the database; the connection must be
 * one that may write, but for those that say that they read.
 */
#ifndef STORE_IMPORTS_H
#define STORE_IMPORTS_H

#include <base/attr.h>
#include <core/import_effect.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct dict;
struct err;
struct pg;

/* ---- mappings */

struct stored_mapping {
	const char *name, *text;
	int64_t modified;
};

/* *created says whether there was none of that name. */
int import_mapping_put(struct pg *pg, int tenant, const char *name, const char *text,
	int64_t now, bool *created, struct err *err) must_check;
/* NOT_FOUND.  Reads. */
int import_mapping_get(struct pg *pg, int tenant, const char *name, struct arena *a,
	struct stored_mapping *out, struct err *err) must_check;
int import_mapping_delete(
	struct pg *pg, int tenant, const char *name, struct err *err) must_check;
/* All, by name.  Reads. */
int import_mappings(struct pg *pg, int tenant, struct arena *a,
	struct stored_mapping **out, size_t *len, struct err *err) must_check;

/* ---- imports */

struct stored_import {
	int64_t import;
	const char *mapping, *file; /* NULL: none was named */
	int64_t bytes, total;
	const char *state; /* running, done, interrupted, undone */
	const char *reason; /* why it was interrupted; NULL: not said */
	int64_t started, ended; /* ended 0: it is not */
	int64_t counts[IMPORT_RESULTS]; /* rows that are recorded */
	int64_t warned; /* rows that were written although something is odd */
};

/* Begins one; *import is its number.  What began before `forget` goes with its rows. */
int imports_begin(struct pg *pg, int tenant, const struct stored_import *begun,
	int64_t forget, int64_t *import, struct err *err) must_check;
/* A sign of life. */
int imports_beat(struct pg *pg, int64_t import, int64_t now, struct err *err) must_check;
int imports_end(struct pg *pg, int64_t import, const char *state, const char *reason,
	int64_t now, struct err *err) must_check;
/* NOT_FOUND.  A running one that gave no sign of life for a minute is interrupted.  Reads. */
int imports_get(struct pg *pg, int tenant, int64_t import, int64_t now, struct arena *a,
	struct stored_import *out, struct err *err) must_check;
/* The latest first.  Reads. */
int imports_list(struct pg *pg, int tenant, unsigned limit, unsigned offset, int64_t now,
	struct arena *a, struct stored_import **out, size_t *len, bool *more,
	struct err *err) must_check;

/* ---- rows */

struct stored_import_row {
	int64_t row, line;
	enum import_result result;
	const char *id; /* NULL: it has none that can be read */
	const char *problems; /* JSON; NULL: none */
	const char *undo; /* of imports_undo_rows() */
	int64_t now;
	bool undone;
};

/* Rows that came to no lane, or that their lane refused. */
int imports_add_rows(struct pg *pg, int64_t import, const struct stored_import_row *rows,
	size_t len, struct err *err) must_check;
/* The next `limit` rows after `after`; result IMPORT_RESULTS: of any; problems: only those
 * that have some.  Reads. */
int imports_rows(struct pg *pg, int64_t import, int64_t after, enum import_result result,
	bool problems, unsigned limit, struct arena *a, struct stored_import_row **out,
	size_t *len, struct err *err) must_check;
/* The last `limit` rows before `before` that are to be undone and are not yet, the newest
 * first.  Reads. */
int imports_undo_rows(struct pg *pg, int64_t import, int64_t before, unsigned limit,
	struct arena *a, struct stored_import_row **out, size_t *len,
	struct err *err) must_check;

/* Which of these late instances the history has already, to the letter.  Reads. */
int imports_known(struct pg *pg, struct dict *names, int tenant,
	const struct import_late *late, size_t len, struct arena *a, bool *known,
	struct err *err) must_check;

#endif
