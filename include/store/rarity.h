/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a condition leave few rows or many?  PostgreSQL plans queries of this program once
 * and cannot know; so the broker looks (counting up to a limit) and remembers for a while.
 * Any thread.
 */
#ifndef STORE_RARITY_H
#define STORE_RARITY_H

#include <base/attr.h>

#include <libpq-fe.h>
#include <stdbool.h>

struct err;
struct pg;
struct pg_args;
struct rarity;

struct rarity *rarity_new(void) must_check; /* never NULL */
void rarity_free(struct rarity *r); /* NULL is fine */

/* `rows`: "SELECT FROM … WHERE …" without a limit; the first `known` arguments tell one
 * condition from another, what follows (the time) does not.  *out: it leaves so few rows that
 * fetching and sorting all of them is cheaper than looking for them in order. */
int rarity_of(struct rarity *r, struct pg *pg, const char *rows,
	const struct pg_args *args, int known, bool *out, struct err *err) must_check;

/* The same, where `rows` is the text after FROM, in which rows have a column g.eid.  Where
 * somebody had to look and they are few, *eids (else NULL; the caller clears it) has them, in
 * column 1 of its row: one int8[], null where there is none at all. */
int rarity_eids(struct rarity *r, struct pg *pg, const char *rows,
	const struct pg_args *args, int known, bool *out, PGresult **eids,
	struct err *err) must_check;

#endif
