/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bump allocator with one lifetime: a request, a group of writes, a test.
 * Nothing in it is freed singly.  An arena belongs to one thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <base/attr.h>

#include <stddef.h>
#include <string.h>

/* Under AddressSanitizer each allocation is fenced, which the fast path cannot do. */
#ifdef __SANITIZE_ADDRESS__
#define ARENA_FENCED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_FENCED 1
#endif
#endif
#ifndef ARENA_FENCED
#define ARENA_FENCED 0
#endif

#define ARENA_ALIGN 16

struct arena_block;

/* Zero-initialise; `cap` is the most bytes it may hold (0: no limit).  Going over the cap
 * or out of memory aborts: parsers bound their input so that clients cannot reach it. */
struct arena {
	struct arena_block *head; /* newest first */
	char *next, *end; /* what is free of the newest block */
	size_t used, cap; /* bytes of all blocks */
	size_t first; /* of the first block; 0: what suits a request */
};

/* The slow path of the allocators: another block. */
void *arena_more(struct arena *a, size_t size) __attribute__((malloc));

/* Memory aligned for any type, not zeroed: for what is filled at once; never NULL. */
static inline void *arena_raw(struct arena *a, size_t size)
{
	size_t need = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	char *p = a->next;

	/* Also sends size 0 and sizes that wrapped around to the slow path. */
	if (ARENA_FENCED || need - 1 >= (size_t)(a->end - p))
		return arena_more(a, size);
	a->next = p + need;
	return p;
}

/* As arena_raw(), zeroed. */
static inline void *arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_raw(a, size), 0, size);
}

/* n * size, or a size that no arena can serve. */
static inline size_t arena_size(size_t n, size_t size)
{
	size_t total;

	return __builtin_mul_overflow(n, size, &total) ? (size_t)-1 : total;
}

/* Copies, always NUL-terminated. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) printf_like(2, 3);
/* Frees everything; the arena can be used again.  Keeps nothing. */
void arena_reset(struct arena *a);
/* Frees everything but the first block, for loops that refill the same arena. */
void arena_rewind(struct arena *a);

#define arena_new(a, type)      ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_alloc((a), arena_size((n), sizeof(type))))
#define auto_arena              cleanup_with(arena_reset) struct arena

#endif
