/* SPDX-License-Identifier: Apache-2.0 */
#include "entity_blocks.h"

#include <base/mem.h>

#include <stdlib.h>

#define BLOCK_BITS 9 /* as in sql/0019_entity_blocks.sql */

struct entity_block {
	int tenant, type;
	int64_t block;
	int n;
};

const struct pg_stmt entity_blocks_insert = {"entity_blocks_insert",
	"INSERT INTO entity_block_delta (tenant, type, block, n)"
	" SELECT * FROM unnest($1::int4[], $2::int4[], $3::int8[], $4::int4[])",
	.binary = true};

void entity_blocks_fini(struct entity_blocks *blocks)
{
	free(blocks->list);
}

static void add(struct entity_blocks *blocks, struct entity_block b)
{
	if (blocks->len == blocks->room) {
		blocks->room = blocks->room > 0 ? 2 * blocks->room : 64;
		blocks->list =
			mem_resize(blocks->list, blocks->room * sizeof(*blocks->list));
	}
	blocks->list[blocks->len++] = b;
}

void entity_blocks_add(struct entity_blocks *blocks, int tenant, const int *types,
	size_t len, int64_t eid, int n)
{
	int64_t block = eid >> BLOCK_BITS;

	add(blocks, (struct entity_block){tenant, 0, block, n});
	for (size_t i = 0; i < len; i++) {
		add(blocks, (struct entity_block){tenant, types[i], block, n});
		if (len > 1)
			add(blocks, (struct entity_block){tenant, -types[i], 0, n});
	}
}

static int compare(const void *a, const void *b)
{
	const struct entity_block *x = a, *y = b;

	if (x->tenant != y->tenant)
		return x->tenant < y->tenant ? -1 : 1;
	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	return (x->block > y->block) - (x->block < y->block);
}

void entity_blocks_fill(struct entity_blocks *blocks, struct pg_array *column)
{
	const struct entity_block *list = blocks->list;
	size_t next;

	if (blocks->len > 1)
		qsort(blocks->list, blocks->len, sizeof(*list), compare);
	for (size_t i = 0; i < blocks->len; i = next) {
		int n = list[i].n;

		for (next = i + 1;
			next < blocks->len && compare(&list[i], &list[next]) == 0; next++)
			n += list[next].n;
		if (n == 0)
			continue;
		pg_array_int(&column[0], list[i].tenant);
		pg_array_int(&column[1], list[i].type);
		pg_array_int(&column[2], list[i].block);
		pg_array_int(&column[3], n);
	}
}
