/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open addressing with linear probing over slots of (entry, hash), eight to a cache line;
 * the entries themselves lie dense, in the order of insertion.
 */
#include <base/map.h>

#include <base/mem.h>

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

__extension__ typedef unsigned __int128 uint128;

static _Atomic uint64_t seed;

static uint64_t seed_get(void)
{
	uint64_t s = atomic_load_explicit(&seed, memory_order_relaxed), none = 0;

	if (s != 0)
		return s;
	if (getrandom(&s, sizeof(s), 0) != sizeof(s))
		s = (uintptr_t)&none; /* address space layout is some chance, too */
	s |= 1;
	return atomic_compare_exchange_strong(&seed, &none, s) ? s : none;
}

static inline uint64_t mix(uint64_t a, uint64_t b)
{
	uint128 product = (uint128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t load(const char *p, size_t len)
{
	uint64_t v = 0;

	memcpy(&v, p, len);
	return v;
}

uint64_t map_hash(const char *key, size_t len)
{
	uint64_t s = seed_get(), h = s ^ len;

	for (; len >= 8; key += 8, len -= 8)
		h = mix(h ^ load(key, 8), s ^ 0x9e3779b97f4a7c14u);
	if (len >= 4)
		h ^= load(key, 4) << 32 | load(key + len - 4, 4);
	else if (len > 0)
		h ^= load(key, 1) << 16 | load(key + len / 2, 1) << 8 |
			load(key + len - 1, 1);
	return mix(h, 0xd6e8feb86659fd93u);
}

void map_init(struct map *m)
{
	*m = (struct map){0};
}

void map_fini(struct map *m)
{
	free(m->entries);
	free(m->slots);
	*m = (struct map){0};
}

/* The slot that holds the key, or the free one where it belongs. */
static struct map_slot *find(
	const struct map *m, const char *key, size_t len, uint32_t hash)
{
	for (uint32_t i = hash;; i++) {
		struct map_slot *slot = &m->slots[i & m->mask];
		const struct map_entry *e;

		if (slot->entry == 0)
			return slot;
		if (slot->hash != hash)
			continue;
		e = &m->entries[slot->entry - 1];
		if (e->len == len && (len == 0 || memcmp(e->key, key, len) == 0))
			return slot;
	}
}

void *map_get(const struct map *m, const char *key, size_t len)
{
	const struct map_slot *slot;

	if (m == NULL || m->count == 0)
		return NULL;
	slot = find(m, key, len, (uint32_t)map_hash(key, len));
	return slot->entry != 0 ? m->entries[slot->entry - 1].value : NULL;
}

static void resize(struct map *m, uint32_t slots)
{
	free(m->slots);
	m->slots = mem_alloc((size_t)slots * sizeof(*m->slots));
	m->mask = slots - 1;
	m->entries = mem_resize(m->entries, (size_t)slots / 2 * sizeof(*m->entries));
	for (uint32_t i = 0; i < m->count; i++) {
		uint32_t at = m->entries[i].hash;

		while (m->slots[at & m->mask].entry != 0)
			at++;
		m->slots[at & m->mask] = (struct map_slot){i + 1, m->entries[i].hash};
	}
}

void map_reserve(struct map *m, size_t count)
{
	uint32_t slots = m->slots != NULL ? m->mask + 1 : 0,
		 wanted = slots > 0 ? slots : 16;

	assert(count < (size_t)1 << 30);
	while ((size_t)wanted / 2 < count)
		wanted *= 2;
	if (wanted != slots)
		resize(m, wanted);
}

void map_put(struct map *m, const char *key, size_t len, void *value)
{
	uint32_t hash = (uint32_t)map_hash(key, len);
	struct map_slot *slot;

	assert(value != NULL);
	map_reserve(m, (size_t)m->count + 1);
	slot = find(m, key, len, hash);
	if (slot->entry != 0) {
		m->entries[slot->entry - 1].value = value;
		return;
	}
	m->entries[m->count++] = (struct map_entry){key, len, value, hash};
	*slot = (struct map_slot){m->count, hash};
}
