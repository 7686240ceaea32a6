/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of N entities a condition leaves n.  A page of 20 in order meets 20·N/n rows; by value n
 * rows are fetched and sorted, at about twice the price each.  They cost the same at
 * n = sqrt(10·N): 1,000 of 100,000, 3,200 of a million.
 */
#include <store/rarity.h>

#include <base/clock.h>
#include <base/mem.h>
#include <base/strbuf.h>
#include <store/pg.h>

#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FEWEST  100
#define SLOTS   4096
#define KEEP_US (30 * INT64_C(1000000))

struct known {
	uint64_t hash;
	int64_t until; /* monotonic */
	bool rare;
};

struct rarity {
	pthread_mutex_t lock; /* guards the rest */
	struct known slots[SLOTS];
	int few; /* sqrt(10·N), as of few_until */
	int64_t few_until;
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

static uint64_t hash_of(const char *rows, const struct pg_args *args, int known)
{
	uint64_t h = mix(1469598103934665603u, rows, strlen(rows));

	for (int i = 0; i < known; i++)
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
	r->slots[hash % SLOTS] = (struct known){hash, clock_monotonic() + KEEP_US, rare};
	pthread_mutex_unlock(&r->lock);
}

/* How many are few, by PostgreSQL's estimate of N. */
static int few_of(struct rarity *r, struct pg *pg, int *few, struct err *err)
{
	static const struct pg_stmt count = {"rarity_entities",
		"SELECT greatest(reltuples, 0)::float8 FROM pg_class"
		" WHERE oid = 'entity'::regclass",
		.binary = true};
	int64_t now = clock_monotonic();
	auto_pgresult *res = NULL;
	bool fresh;

	pthread_mutex_lock(&r->lock);
	*few = r->few;
	fresh = r->few_until > now;
	pthread_mutex_unlock(&r->lock);
	if (fresh)
		return 0;
	if (pg_query(pg, &count, NULL, &res, err) < 0)
		return -1;
	*few = (int)sqrt(10 * pg_get_float(res, 0, 0));
	if (*few < FEWEST)
		*few = FEWEST;
	pthread_mutex_lock(&r->lock);
	r->few = *few;
	r->few_until = now + KEEP_US;
	pthread_mutex_unlock(&r->lock);
	return 0;
}

/* *res: the count and, with `eids`, what is counted; NULL where *out is remembered. */
static int look(struct rarity *r, struct pg *pg, const char *rows,
	const struct pg_args *args, int known, bool eids, bool *out, PGresult **res,
	struct err *err)
{
	uint64_t hash = hash_of(rows, args, known);
	auto_strbuf text = {0};
	struct pg_stmt stmt = {.binary = true};
	int few;

	if (find(r, hash, out))
		return 0;
	if (few_of(r, pg, &few, err) < 0)
		return -1;
	strbuf_adds(&text, "SELECT count(*)");
	if (eids)
		strbuf_addf(&text,
			", CASE WHEN count(*) < %d THEN array_agg(few.eid) END", few);
	strbuf_addf(&text, " FROM (%s%s LIMIT %d) few", eids ? "SELECT g.eid FROM " : "",
		rows, few);
	stmt.sql = text.data;
	if (pg_query(pg, &stmt, args, res, err) < 0)
		return -1;
	*out = pg_get_int(*res, 0, 0) < few;
	remember(r, hash, *out);
	return 0;
}

int rarity_of(struct rarity *r, struct pg *pg, const char *rows,
	const struct pg_args *args, int known, bool *out, struct err *err)
{
	auto_pgresult *res = NULL;

	return look(r, pg, rows, args, known, false, out, &res, err);
}

int rarity_eids(struct rarity *r, struct pg *pg, const char *rows,
	const struct pg_args *args, int known, bool *out, PGresult **eids,
	struct err *err)
{
	auto_pgresult *res = NULL;

	*eids = NULL;
	if (look(r, pg, rows, args, known, true, out, &res, err) < 0)
		return -1;
	if (*out) {
		*eids = res;
		res = NULL;
	}
	return 0;
}
