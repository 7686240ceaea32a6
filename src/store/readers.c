/* SPDX-License-Identifier: Apache-2.0 */
/* A stack of connections under a mutex that is held for two instructions. */
#include <store/readers.h>

#include <store/pg.h>

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct readers {
	pthread_mutex_t lock; /* guards free_len and the order of pg */
	size_t len, free_len;
	struct pg **pg;
};

struct readers *readers_new(const struct pg_config *config, size_t n)
{
	struct readers *r = calloc(1, sizeof(*r));

	assert(r != NULL && n > 0);
	r->pg = calloc(n, sizeof(struct pg *));
	assert(r->pg != NULL);
	pthread_mutex_init(&r->lock, NULL);
	for (r->len = 0; r->len < n; r->len++)
		r->pg[r->len] = pg_open(config);
	r->free_len = n;
	return r;
}

void readers_free(struct readers *r)
{
	if (r == NULL)
		return;
	assert(r->free_len == r->len);
	for (size_t i = 0; i < r->len; i++)
		pg_close(r->pg[i]);
	pthread_mutex_destroy(&r->lock);
	free(r->pg);
	free(r);
}

struct pg *readers_take(struct readers *r)
{
	struct pg *pg;

	pthread_mutex_lock(&r->lock);
	assert(r->free_len > 0);
	pg = r->pg[--r->free_len];
	pthread_mutex_unlock(&r->lock);
	return pg;
}

void readers_put(struct readers *r, struct pg *pg)
{
	pthread_mutex_lock(&r->lock);
	assert(r->free_len < r->len);
	r->pg[r->free_len++] = pg;
	pthread_mutex_unlock(&r->lock);
}
