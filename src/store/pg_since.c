/* SPDX-License-Identifier: Apache-2.0 */
#include <store/pg.h>

#include "pg_priv.h"

#include <base/clock.h>

/* What took less than one in so many of its time is not worth a statement to say so. */
#define NOTICED 16

static int set_timeout(struct pg *pg, int64_t ms, struct err *err)
{
	static const struct pg_stmt set = {"statement_timeout",
		"SELECT set_config('statement_timeout', $1::int8::text, false)",
		.binary = true};
	struct pg_args args = {0};

	pg_int(&args, ms);
	return pg_exec(pg, &set, &args, NULL, err);
}

int pg_query_since(struct pg *pg, int64_t since, const struct pg_stmt *stmt,
	const struct pg_args *args, PGresult **out, struct err *err)
{
	int64_t most = pg->statement_timeout_ms;
	int64_t spent = (clock_monotonic() - since) / 1000;
	struct err ignored = {0};
	int rc;

	if (spent * NOTICED <= most || most == 0) /* 0: there is no end */
		return pg_query(pg, stmt, args, out, err);
	if (set_timeout(pg, spent < most ? most - spent : 1, err) < 0)
		return -1;
	rc = pg_query(pg, stmt, args, out, err);
	/* A new connection has its time anew. */
	if (!pg->drop && set_timeout(pg, most, &ignored) < 0)
		pg->drop = true;
	return rc;
}
