/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bump allocator with one lifetime: a request, a group of writes, a test.
 * Nothing in it is freed singly.  An arena belongs to one thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <base/attr.h>

#include <stddef.h>

struct arena_block;

/* Zero-initialise; `cap` is the most bytes it may hold (0: no limit).  Going over the cap
 * or out of memory aborts: parsers bound their input so that clients cannot reach it. */
struct arena {
	struct arena_block *head;
	size_t used, cap;
};

/* Zeroed memory, aligned for any type; never NULL. */
void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc));
/* As arena_alloc() without the zeroing, for buffers that are filled at once. */
void *arena_raw(struct arena *a, size_t size) __attribute__((malloc));
/* Copies, always NUL-terminated. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) printf_like(2, 3);
/* Frees everything; the arena can be used again.  Keeps nothing. */
void arena_reset(struct arena *a);
/* Frees everything but the first block, for loops that refill the same arena. */
void arena_rewind(struct arena *a);

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (n)))
#define auto_arena cleanup_with(arena_reset) struct arena

#endif
