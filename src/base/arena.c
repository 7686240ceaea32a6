/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks double from FIRST to LARGEST.  What does not fit a block gets one of its own,
 * and the open block stays open.  Invariant: [next, end) lies in one block of the list.
 * Under AddressSanitizer free space is poisoned and allocations lie FENCE bytes apart.
 */
#include <base/arena.h>

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#if ARENA_FENCED
#include <sanitizer/asan_interface.h>
#define FENCE             16
#define poison(p, size)   ASAN_POISON_MEMORY_REGION(p, size)
#define unpoison(p, size) ASAN_UNPOISON_MEMORY_REGION(p, size)
#else
#define FENCE             0
#define poison(p, size)   ((void)(p), (void)(size))
#define unpoison(p, size) ((void)(p), (void)(size))
#endif

#define FIRST   ((size_t)8 << 10)
#define LARGEST ((size_t)256 << 10)

struct arena_block {
	struct arena_block *older;
	size_t size; /* with this head */
	_Alignas(ARENA_ALIGN) char data[];
};

static struct arena_block *block_new(struct arena *a, size_t size)
{
	struct arena_block *b;

	if (a->cap != 0 && size > a->cap - a->used)
		abort();
	b = malloc(size);
	if (b == NULL)
		abort();
	b->size = size;
	a->used += size;
	poison(b->data, size - sizeof(*b));
	return b;
}

/* The size of the next ordinary block: as much again, but not beyond the cap. */
static size_t block_size(const struct arena *a)
{
	size_t size = a->used, first = a->first != 0 ? a->first : FIRST;

	if (size < first)
		size = first;
	if (size > LARGEST)
		size = LARGEST;
	if (a->cap != 0 && size > a->cap - a->used)
		size = a->cap - a->used;
	return size & ~(size_t)(ARENA_ALIGN - 1);
}

static void *take(struct arena *a, size_t size, size_t need)
{
	char *p = a->next;

	a->next += need;
	unpoison(p, size);
	return p;
}

void *arena_more(struct arena *a, size_t size)
{
	size_t need, ordinary = block_size(a);
	struct arena_block *b;

	assert(size < SIZE_MAX / 2);
	need = ((size > 0 ? size : 1) + FENCE + ARENA_ALIGN - 1) &
		~(size_t)(ARENA_ALIGN - 1);
	if (need <= (size_t)(a->end - a->next))
		return take(a, size, need);
	if (a->head != NULL && need + sizeof(*b) > ordinary) {
		b = block_new(a, need + sizeof(*b));
		b->older = a->head->older;
		a->head->older = b;
		unpoison(b->data, size);
		return b->data;
	}
	b = block_new(a, need + sizeof(*b) > ordinary ? need + sizeof(*b) : ordinary);
	b->older = a->head;
	a->head = b;
	a->next = b->data;
	a->end = (char *)b + b->size;
	return take(a, size, need);
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_raw(a, len + 1);

	if (len > 0)
		memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

/* Most texts are short: those are formatted once. */
char *arena_printf(struct arena *a, const char *fmt, ...)
{
	char buf[256], *text;
	va_list args, again;
	int len;

	va_start(args, fmt);
	va_copy(again, args);
	len = vsnprintf(buf, sizeof(buf), fmt, args);
	va_end(args);
	assert(len >= 0);
	if ((size_t)len < sizeof(buf)) {
		text = arena_strndup(a, buf, (size_t)len);
	} else {
		text = arena_raw(a, (size_t)len + 1);
		(void)vsnprintf(text, (size_t)len + 1, fmt, again);
	}
	va_end(again);
	return text;
}

static void block_free(struct arena_block *b)
{
	unpoison(b->data, b->size - sizeof(*b));
	free(b);
}

void arena_reset(struct arena *a)
{
	while (a->head != NULL) {
		struct arena_block *b = a->head;

		a->head = b->older;
		block_free(b);
	}
	a->next = a->end = NULL;
	a->used = 0;
}

void arena_rewind(struct arena *a)
{
	struct arena_block *b;

	if (a->head == NULL)
		return;
	while (a->head->older != NULL) {
		b = a->head;
		a->head = b->older;
		block_free(b);
	}
	b = a->head;
	a->used = b->size;
	a->next = b->data;
	a->end = (char *)b + b->size;
	poison(b->data, b->size - sizeof(*b));
}
