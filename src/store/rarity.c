/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page of 20 of a condition that holds for one row in s costs about 20·s rows in order,
 * against N/s rows and a sort by value.  The two meet near N = 1,000,000 at some 3,000
 * rows; for fewer entities everything is cheap.
 */
#include <store/rarity.h>

#include <base/clock.h>
#include <base/mem.h>
#include <base/strbuf.h>
#include <store/pg.h>

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FEW      3000
#define SLOTS    4096
#define KEEP_US  (30 * INT64_C(1000000))

struct known {
	uint64_t hash;
	int64_t until; /* monotonic */
	bool rare;
};

struct rarity {
	pthread_mutex_t lock; /* guards slots */
	struct known slots[SLOTS];
};

struct rarity *rarity_new(void)
{
	struct rarity *r = mem_alloc(sizeof(*r));

	pthread_mutex_init(&r->lock, NULL);
	return r;
}

void rarity_free(struct rarity *r)
{
	if (r == NULL)
		return;
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static uint64_t mix(uint64_t h, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)data[i]) * 1099511628211u;
	return h ^ h >> 31;
}

static uint64_t hash_of(const char *rows, const struct pg_args *args)
{
	uint64_t h = mix(1469598103934665603u, rows, strlen(rows));

	for (int i = 0; i < args->n; i++)
		if (args->value[i] != NULL)
			h = mix(h + 1, args->value[i],
				args->format[i] ? (size_t)args->len[i]
						: strlen(args->value[i]));
	return h;
}

static bool find(struct rarity *r, uint64_t hash, bool *rare)
{
	const struct known *k = &r->slots[hash % SLOTS];
	bool hit;

	pthread_mutex_lock(&r->lock);
	hit = k->hash == hash && k->until > clock_monotonic();
	*rare = k->rare;
	pthread_mutex_unlock(&r->lock);
	return hit;
}

static void remember(struct rarity *r, uint64_t hash, bool rare)
{
	pthread_mutex_lock(&r->lock);
	r->slots[hash % SLOTS] =
		(struct known){hash, clock_monotonic() + KEEP_US, rare};
	pthread_mutex_unlock(&r->lock);
}

int rarity_of(struct rarity *r, struct pg *pg, const char *rows,
	const struct pg_args *args, bool *out, struct err *err)
{
	uint64_t hash = hash_of(rows, args);
	auto_pgresult *res = NULL;
	auto_strbuf text = {0};
	struct pg_stmt stmt = {.binary = true};

	if (find(r, hash, out))
		return 0;
	strbuf_addf(&text, "SELECT count(*) FROM (%s LIMIT %d) few", rows, FEW);
	stmt.sql = text.data;
	if (pg_query(pg, &stmt, args, &res, err) < 0)
		return -1;
	*out = pg_get_int(res, 0, 0) < FEW;
	remember(r, hash, *out);
	return 0;
}
