/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many entities there are, by type and block of numbers (sql/0019_entity_blocks.sql):
 * what a group changes about it.
 */
#ifndef STORE_ENTITY_BLOCKS_H
#define STORE_ENTITY_BLOCKS_H

#include <store/pg.h>

#include <stddef.h>
#include <stdint.h>

extern const struct pg_stmt entity_blocks_insert;

struct entity_block;

/* Zero-initialise. */
struct entity_blocks {
	struct entity_block *list;
	size_t len, room;
};
void entity_blocks_fini(struct entity_blocks *blocks);
/* `n`, 1 or -1, entities with these types. */
void entity_blocks_add(struct entity_blocks *blocks, int tenant, const int *types,
	size_t len, int64_t eid, int n);
/* A row of entity_blocks_insert for each sum that is not zero. */
void entity_blocks_fill(struct entity_blocks *blocks, struct pg_array *column);

#endif
