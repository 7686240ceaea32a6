/* SPDX-License-Identifier: Apache-2.0 */
/* What pg.c (the connection) and pg_query.c (statements on it) share. */
#ifndef STORE_PG_PRIV_H
#define STORE_PG_PRIV_H

#include <base/err.h>
#include <store/pg.h>

enum prepared_state {
	UNPREPARED,
	PREPARING, /* sent in the pipeline, not yet confirmed */
	PREPARED,
};

/* What this connection knows of a statement.  Named ones are found by the address of their
 * pg_stmt, others by their text. */
struct prepared {
	const struct pg_stmt *stmt; /* NULL: by text */
	char *sql; /* NULL: by address */
	uint64_t hash;
	uint64_t used; /* when, counted in uses */
	enum prepared_state state;
	char name[64];
};

/* What the pipeline will answer, in order. */
enum expect {
	EXPECT_PREPARE,
	EXPECT_QUERY,
	EXPECT_NOTHING, /* a DEALLOCATE whose fate does not matter */
	EXPECT_SYNC,
};
struct expected {
	enum expect what;
	struct prepared *prepared;
};

struct attempt; /* a connection being made */

struct pg {
	PGconn *conn; /* NULL: none */
	char *conninfo;
	bool reader, lane;
	unsigned statement_timeout_ms;
	bool drop; /* the connection is of no more use: replace it */
	bool was_connected;
	unsigned session; /* counts the connections made */
	int64_t last_used; /* monotonic us */
	int64_t not_before; /* no attempt to connect before this */
	int64_t backoff; /* us */
	struct attempt *attempt;

	/* Open addressing, by hash; table_size is a power of 2. */
	struct prepared **table;
	size_t table_size, table_used;
	uint64_t uses, names;
	unsigned by_text;

	bool in_pipeline;
	struct expected *expected;
	size_t expected_first, expected_len, expected_room;
	int64_t sent_at;
	struct err pipeline_err; /* the first error since the last sync */
	struct err lost; /* what was said when the connection went in a pipeline */

	char sqlstate[6];
	bool tries_again;
	char why[200]; /* the last attempt to connect failed */
};

/* Connected and fit for use, now. */
int pg_ready(struct pg *pg, struct err *err) must_check;
/* After PostgreSQL said no: notes whether the connection can be used again. */
void pg_disconnect(struct pg *pg);
/* The connection is new: nothing is prepared on it. */
void pg_forget(struct pg *pg);
void pg_forget_all(struct pg *pg); /* and frees what was remembered */
void pg_pipeline_reset(struct pg *pg);

#endif
