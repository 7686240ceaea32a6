/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is indexed for q, by the broker's own decision: a path (an attribute, a
 * sub-attribute, a key inside a value) is indexed for a tenant once a query on it was
 * slow.  Then every scalar that the path leads to stands in the table `value`, kept by the
 * lanes in the transaction that changes the document.  Unasked paths cost writes nothing.
 */
#ifndef STORE_VALUE_PATHS_H
#define STORE_VALUE_PATHS_H

#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>

struct err;
struct pg;
struct pg_config;
struct q_path;
struct value_paths;

struct value_path {
	int path; /* its number in the database */
	int tenant;
	bool ready; /* every entity has its rows: queries may rely on it */
	const char *key; /* q_path_key() */
	const struct q_path *parsed;
};

/* Immutable, shared by counting. */
struct value_set;
const struct value_path *value_set_paths(const struct value_set *set, size_t *len);
void value_set_unref(struct value_set *set); /* NULL is fine */

/* Starts the thread that builds what is wanted.  NULL with err set. */
struct value_paths *value_paths_start(
	const struct pg_config *config, struct err *err) must_check;
void value_paths_stop(struct value_paths *vp); /* NULL is fine */

/* The number of a path that queries may use; 0: it is not indexed (yet). */
int value_paths_find(struct value_paths *vp, int tenant, const char *key);
/* Asks for an index on the path; returns at once.  At most 64 a tenant are made. */
void value_paths_want(struct value_paths *vp, int tenant, const char *key);
/* For a lane, inside its transaction: the paths as of `version` (the greatest number in
 * value_path), read through `pg` where memory is behind.  A new reference. */
int value_paths_at(struct value_paths *vp, int version, struct pg *pg,
	struct value_set **out, struct err *err) must_check;

#endif
