/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that the database knows by number: tenants, and the IRIs of types and attributes.
 * Numbers never change, so each is asked for once and kept in memory.  Any thread.
 */
#ifndef STORE_DICT_H
#define STORE_DICT_H

#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>

struct dict;
struct err;
struct pg_config;

/* Its own connection, opened at the first miss.  Never NULL. */
struct dict *dict_tenants(const struct pg_config *config) must_check;
struct dict *dict_names(const struct pg_config *config) must_check;
void dict_free(struct dict *d); /* NULL is fine */

/*
 * The number of a name; *out is 0 where it has none and `create` is false.  Creating is
 * committed at once, apart from any transaction of the caller.  Blocks on the database
 * only where the name is not known yet.
 */
int dict_id(struct dict *d, const char *name, size_t len, bool create, int *out,
	struct err *err) must_check;

/* What an entity with very many attributes brings: all of its names become known with one
 * commit, as dict_id() would make them one by one.  Of dict_names(); blocks. */
struct dict_name {
	const char *text;
	size_t len;
};
int dict_learn(struct dict *d, const struct dict_name *names, size_t n,
	struct err *err) must_check;

#endif
