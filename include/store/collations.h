/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collations with extensions (RFC 6067): "de-u-co-phonebk", "und-u-ks-level1".  PostgreSQL
 * has the languages; what is made of them by keywords it has to be told of once.
 */
#ifndef STORE_COLLATIONS_H
#define STORE_COLLATIONS_H

#include <base/attr.h>

struct err;
struct pg;

/* Makes the collation where the tag has extensions that are understood and nobody made it
 * before; else does nothing: order_collation() says what is wrong.  The connection must be
 * one that may write. */
int collation_ensure(struct pg *pg, const char *tag, struct err *err) must_check;

#endif
