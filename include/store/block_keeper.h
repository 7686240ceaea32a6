/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adds up what lanes noted about how many entities there are by type and block of numbers
 * (sql/0019_entity_blocks.sql), so that a page at any offset is found without counting.
 * Nothing is wrong while it has not: pages and counts see both.  Of several brokers on one
 * database one at a time does it.
 */
#ifndef STORE_BLOCK_KEEPER_H
#define STORE_BLOCK_KEEPER_H

#include <base/attr.h>

struct block_keeper;
struct err;
struct pg_config;

/* NULL with err set where there is no thread to be had. */
struct block_keeper *block_keeper_start(
	const struct pg_config *config, struct err *err) must_check;
/* After the lanes have stopped.  NULL is fine. */
void block_keeper_stop(struct block_keeper *keeper);
/* There is something to add up.  Any thread; never blocks.  NULL is fine. */
void block_keeper_wake(struct block_keeper *keeper);

#endif
