/* SPDX-License-Identifier: Apache-2.0 */
/* A session of store/pg.h for each test, and what its tests ask of it. */
#ifndef TOOLS_PGSESSION_H
#define TOOLS_PGSESSION_H

#include <base/err.h>
#include <store/pg.h>

#include <stdint.h>

extern struct pg *pg; /* statements of three seconds at most */
extern struct err err;

/* The checked fixture: before and after each test. */
void pgsession_open(void);
void pgsession_close(void);

/* The single value of a query without parameters; free it. */
char *value(const char *sql);
void check_value(const char *sql, const char *expected);
/* Of the table that pgsession_table() makes: pg_test (n int8). */
int64_t count_rows(void);
void pgsession_table(void);

#endif
