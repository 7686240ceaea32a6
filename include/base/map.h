/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash map from byte strings to pointers, for lookups by (pointer, length): the terms of
 * a context, the keys of a large object.  Keys and values are borrowed and must outlive
 * the map.  Nothing is removed singly.  Reading is safe from any number of threads while
 * nobody writes.  Iteration is in the order of insertion.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <base/attr.h>

#include <stddef.h>
#include <stdint.h>

struct map_entry {
	const char *key;
	size_t len;
	void *value;
	uint32_t hash;
};

struct map_slot {
	uint32_t entry; /* its index + 1; 0: free */
	uint32_t hash;
};

/* Zero-initialised is as good as map_init(). */
struct map {
	struct map_entry *entries;
	struct map_slot *slots; /* a power of two, at most half of them taken */
	uint32_t count, mask;
};

void map_init(struct map *m);
void map_fini(struct map *m);
/* The value, or NULL where the key is absent; `m` may be NULL. */
void *map_get(const struct map *m, const char *key, size_t len);
/* Adds, or replaces the value (the first key stays); `value` is not NULL. */
void map_put(struct map *m, const char *key, size_t len, void *value);
/* Room for `count` entries at once. */
void map_reserve(struct map *m, size_t count);

#define map_each(it, m)                                                                  \
	for (const struct map_entry *it = (m)->entries,                                  \
				    *it##_end = it != NULL ? it + (m)->count : NULL;     \
		it != it##_end; it++)

/* The map's hash: seeded anew in every process, so that no client can choose keys that
 * collide; do not store it. */
uint64_t map_hash(const char *key, size_t len);

#define auto_map cleanup_with(map_fini) struct map

#endif
