/* SPDX-License-Identifier: Apache-2.0 */
/* Connections for reading, one for each worker; taken and given back without waiting. */
#ifndef STORE_READERS_H
#define STORE_READERS_H

#include <base/attr.h>

#include <stddef.h>

struct pg;
struct pg_config;
struct readers;

/* `n`: as many as threads that read at the same time; each connects at its first use. */
struct readers *readers_new(const struct pg_config *config, size_t n) must_check;
void readers_free(struct readers *r); /* NULL is fine; all must have been put back */
/* The connection used last comes first, so that few stay warm.  Aborts when more threads
 * take than were announced. */
struct pg *readers_take(struct readers *r);
void readers_put(struct readers *r, struct pg *pg);

#endif
