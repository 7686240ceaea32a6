/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue in memory.  The database's is the truth; a lane compares versions in each
 * transaction, so a path that another broker added is seen before anything is written.
 */
#include "value_priv.h"

#include <base/err.h>
#include <base/mem.h>
#include <core/q.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const struct pg_stmt read_paths = {"value_paths",
	"SELECT path, tenant, key, ready FROM value_path ORDER BY tenant, key COLLATE "
	"\"C\"",
	.binary = true};

const struct value_path *value_set_paths(const struct value_set *set, size_t *len)
{
	*len = set->len;
	return set->paths;
}

void value_set_unref(struct value_set *set)
{
	if (set == NULL || atomic_fetch_sub(&set->refs, 1) > 1)
		return;
	arena_reset(&set->arena);
	free(set);
}

static struct value_set *value_set_ref(struct value_set *set)
{
	atomic_fetch_add(&set->refs, 1);
	return set;
}

int value_set_read(struct pg *pg, struct value_set **out, struct err *err)
{
	auto_pgresult *res = NULL;
	struct value_set *set;
	int rows;

	if (pg_query(pg, &read_paths, NULL, &res, err) < 0)
		return -1;
	rows = PQntuples(res);
	set = mem_alloc(sizeof(*set));
	atomic_init(&set->refs, 1);
	set->len = (size_t)rows;
	set->paths = arena_array(&set->arena, struct value_path, set->len + 1);
	for (int i = 0; i < rows; i++) {
		struct value_path *p = &set->paths[i];

		p->path = (int)pg_get_int(res, i, 0);
		p->tenant = (int)pg_get_int(res, i, 1);
		p->key = arena_strdup(&set->arena, PQgetvalue(res, i, 2));
		p->ready = pg_get_int(res, i, 3) != 0;
		p->parsed = q_path_of_key(p->key, &set->arena);
		assert(p->parsed != NULL);
		if (p->path > set->version)
			set->version = p->path;
	}
	*out = set;
	return 0;
}

void value_paths_put(struct value_paths *vp, struct value_set *set)
{
	struct value_set *old;

	pthread_mutex_lock(&vp->lock);
	old = vp->set;
	vp->set = set;
	pthread_mutex_unlock(&vp->lock);
	value_set_unref(old);
}

static struct value_set *current(struct value_paths *vp)
{
	struct value_set *set;

	pthread_mutex_lock(&vp->lock);
	set = value_set_ref(vp->set);
	pthread_mutex_unlock(&vp->lock);
	return set;
}

int value_paths_at(struct value_paths *vp, int version, struct pg *pg,
	struct value_set **out, struct err *err)
{
	struct value_set *set = current(vp);

	if (set->version != version) {
		value_set_unref(set);
		if (value_set_read(pg, &set, err) < 0)
			return -1;
		value_paths_put(vp, value_set_ref(set));
	}
	*out = set;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct value_path *x = a, *y = b;

	if (x->tenant != y->tenant)
		return x->tenant < y->tenant ? -1 : 1;
	return strcmp(x->key, y->key);
}

int value_paths_find(struct value_paths *vp, int tenant, const char *key)
{
	const struct value_path wanted = {.tenant = tenant, .key = key};
	struct value_set *set = current(vp);
	const struct value_path *found =
		bsearch(&wanted, set->paths, set->len, sizeof(*set->paths), compare);
	int path = found != NULL && found->ready ? found->path : 0;

	value_set_unref(set);
	return path;
}
