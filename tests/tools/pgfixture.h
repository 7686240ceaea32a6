/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database for a test program: fresh, with PostGIS, gone at the end.  Where
 * CALANQUE_TEST_DB holds the conninfo of a server on which databases may be created
 * (tests/tools/pgserver sets it for a whole run), one is made there; else the program
 * starts a private cluster, without fsync.  A failure ends the program with a message.
 */
#ifndef TOOLS_PGFIXTURE_H
#define TOOLS_PGFIXTURE_H

/* Call it in main(), before Check forks.  It ends by itself when the program exits. */
void pgfixture_start(void);
/* The same, with all of our tables. */
void pgfixture_start_migrated(void);
/* The conninfo of the database. */
const char *pgfixture_conninfo(void);
/* Runs SQL in it. */
void pgfixture_exec(const char *sql);
/* A new directory under TMPDIR; removed with all it holds at exit. */
const char *pgfixture_dir(void);
/* Writes a file below it, and makes the directories on the way. */
void pgfixture_put(const char *dir, const char *path, const char *text);

/* Faster than safe: what tests that do not test durability give to a private cluster. */
extern const char pgfixture_settings[];

#endif
