/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to PostgreSQL, and the only way store code talks to it: prepared
 * statements with bound parameters, alone or in a pipeline, measured, with errors turned
 * into words a client may hear.  A lost connection is made anew on the next use.  A
 * struct pg belongs to one thread at a time.
 */
#ifndef STORE_PG_H
#define STORE_PG_H

#include <base/attr.h>
#include <base/strbuf.h>

#include <libpq-fe.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct pg; /* opaque */

struct pg_config {
	const char *conninfo; /* any libpq conninfo or URI; "" takes the environment */
	unsigned statement_timeout_ms; /* 0: none */
	bool reader; /* for queries that take their order from an index: plans are made once
		      * and avoid sorting */
	bool lane; /* for sets of rows by key: plans are made once and go by index, however
		      * small the tables were when they were made */
};

/* Never NULL and never waits: connects at the first use.  Copies the config. */
struct pg *pg_open(const struct pg_config *config) must_check;
void pg_close(struct pg *pg); /* NULL is fine */
/*
 * Connects where there is no connection.  Waits at most a second; after a failure it
 * answers at once until a short back-off has passed.  UNAVAILABLE.
 */
int pg_connect(struct pg *pg, struct err *err) must_check;
/* Why the last attempt failed, in libpq's words (for whoever runs the program, not for
 * clients); "" when none did. */
const char *pg_why(const struct pg *pg);
/* Server version as 150004; 0 while not connected. */
int pg_version(const struct pg *pg);

/*
 * A statement.  Define it `static const`: it is prepared at its first use on a connection
 * under its name, which must be unique in the program.  With a NULL name (SQL made at run
 * time; the struct may live on the stack) it is known by its text, and the connection
 * remembers the last 128 such texts.  The server infers parameter types: write
 * `$1::int8` where it cannot.
 */
struct pg_stmt {
	const char *name;
	const char *sql;
	bool binary; /* ask for results in binary format */
};

#define PG_ARGS 96

/*
 * Parameters of one execution; values are borrowed until it was sent.  Zero-initialise,
 * then add in order.  Not to be copied: numbers live inside, and values point at them.
 */
struct pg_args {
	int n;
	const char *value[PG_ARGS];
	int len[PG_ARGS];
	int format[PG_ARGS];
	int64_t number[PG_ARGS]; /* where binary numbers live */
};

/* Any type's text form; NULL is null. */
void pg_text(struct pg_args *args, const char *s);
/* Binary: text and bytea; int8; int4; float8; bool; timestamptz from us since 1970. */
void pg_textn(struct pg_args *args, const char *s, size_t len);
void pg_int(struct pg_args *args, int64_t v);
void pg_int4(struct pg_args *args, int32_t v);
void pg_float(struct pg_args *args, double v);
void pg_bool(struct pg_args *args, bool v);
void pg_time(struct pg_args *args, int64_t us);

/* A one-dimensional array parameter in binary format, for set-based statements. */
#define PG_TID_LEN 6
enum pg_type {
	PG_BOOL = 16,
	PG_INT8 = 20,
	PG_INT4 = 23,
	PG_TEXT = 25,
	PG_TID = 27,
	PG_FLOAT8 = 701,
	PG_TIMESTAMPTZ = 1184,
	PG_JSONB = 3802,
};
struct pg_array {
	struct strbuf sb;
	uint32_t n;
	enum pg_type type;
	bool nulls;
};
void pg_array_init(struct pg_array *a, enum pg_type type); /* then pg_array_fini() */
void pg_array_fini(struct pg_array *a);
void pg_array_reset(struct pg_array *a); /* empty, memory kept */
void pg_array_null(struct pg_array *a);
void pg_array_text(struct pg_array *a, const char *s, size_t len); /* PG_TEXT, PG_JSONB */
void pg_array_int(struct pg_array *a, int64_t v); /* PG_INT8, PG_INT4, PG_BOOL */
void pg_array_float(struct pg_array *a, double v);
void pg_array_tid(
	struct pg_array *a, const char tid[PG_TID_LEN]); /* as a result has it */
void pg_array_time(struct pg_array *a, int64_t us); /* us since 1970 */
/* Adds the array as the next parameter; borrowed like the others. */
void pg_args_array(struct pg_args *args, struct pg_array *a);
#define auto_pg_array cleanup_with(pg_array_fini) struct pg_array

int64_t pg_rows(PGresult *res); /* that a statement inserted, updated or deleted */
/* Values of binary results. */
int64_t pg_get_int(const PGresult *res, int row, int column); /* int2, int4, int8, bool */
double pg_get_float(const PGresult *res, int row, int column);
int64_t pg_get_time(const PGresult *res, int row, int column); /* us since 1970 */
int64_t pg_get_time_or_0(const PGresult *res, int row, int column); /* 0: null */
/* A copy in the arena; NULL: null. */
const char *pg_get_text(const PGresult *res, int row, int column, struct arena *a);

static inline void pg_clearp(PGresult **res)
{
	PQclear(*res);
}
#define auto_pgresult cleanup_with(pg_clearp) PGresult

/*
 * Executes one statement and waits for its answer.  *out (the caller clears it) has
 * PGRES_TUPLES_OK or PGRES_COMMAND_OK.  `args` may be NULL.  -1: as pg_fail().
 */
int pg_query(struct pg *pg, const struct pg_stmt *stmt, const struct pg_args *args,
	PGresult **out, struct err *err) must_check;
/* The same, but its time runs from `since` (clock_monotonic()) on: for what takes several
 * statements. */
int pg_query_since(struct pg *pg, int64_t since, const struct pg_stmt *stmt,
	const struct pg_args *args, PGresult **out, struct err *err) must_check;
/* As pg_query() where the result does not matter; *rows (may be NULL) is how many rows
 * were touched. */
int pg_exec(struct pg *pg, const struct pg_stmt *stmt, const struct pg_args *args,
	int64_t *rows, struct err *err) must_check;
/* Does the database answer? */
int pg_ping(struct pg *pg, struct err *err) must_check;
/* One or several statements in one string without parameters, not prepared; what they
 * answer is dropped.  Trusted text only (migrations, settings). */
int pg_script(struct pg *pg, const char *sql, struct err *err) must_check;
/* Leaves the transaction if one is open; the connection is dropped where that fails.
 * Also ends a pipeline.  Always safe. */
void pg_rollback(struct pg *pg);
/* The end of a transaction whose steps returned `rc`: commits, or rolls back where that or
 * the commit is -1.  Returns the same. */
int pg_end(struct pg *pg, int rc, struct err *err) must_check;
bool pg_in_transaction(const struct pg *pg);

/*
 * Pipeline: enter, send statements, sync, fetch each answer in the order sent, leave.
 *
 *	pg_pipeline(pg, err); pg_send(pg, &begin, NULL, err); pg_send(pg, &load, &args, err);
 *	pg_sync(pg, err); pg_next(pg, NULL, err); pg_next(pg, &res, err); pg_leave(pg, err);
 *
 * Between two syncs a failure aborts what follows it; without BEGIN they also are one
 * transaction.  A sync after each statement makes them independent.  pg_query() and
 * friends must not be used between pg_pipeline() and pg_leave().
 */
int pg_pipeline(struct pg *pg, struct err *err) must_check;
int pg_send(struct pg *pg, const struct pg_stmt *stmt, const struct pg_args *args,
	struct err *err) must_check;
int pg_sync(struct pg *pg, struct err *err) must_check; /* sends all that waits */
/*
 * The answer to the next statement that was sent; `out` may be NULL.  -1 with its error;
 * a statement that was skipped because an earlier one failed repeats that one's error.
 */
int pg_next(struct pg *pg, PGresult **out, struct err *err) must_check;
/* Drops answers that were not fetched and leaves pipeline mode.  -1 with the first error
 * among the dropped. */
int pg_leave(struct pg *pg, struct err *err) must_check;

/*
 * Every failure ends here: PostgreSQL's words go to the log, *err becomes
 *	UNAVAILABLE       connection lost, server stopping or starting, read-only standby;
 *	                  no disk space
 *	TOO_COMPLEX_QUERY statement_timeout
 *	INTERNAL          "storage failure", all else
 * `res` is NULL where there is no result.  Always -1.
 */
int pg_fail(struct pg *pg, const PGresult *res, const char *what, struct err *err);
/* SQLSTATE of the last failure ("40P01", "23505", "" when the connection was lost). */
const char *pg_sqlstate(const struct pg *pg);
/* Was somebody else first or in the way: a deadlock, a serialisation failure, a row that is
 * there already, a table that took the row's place meanwhile?  The same may work now. */
bool pg_was_late(const struct pg *pg);
/* While it is set, such a failure is no error to log: the caller tries again. */
void pg_tries_again(struct pg *pg, bool will);

#endif
