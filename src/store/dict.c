/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map in memory over a table (id, name).  A hit takes the read lock only.  An unknown
 * name is looked up in the database each time (it may have been created by another
 * broker) and is not remembered, so that strangers cannot fill the memory by asking.
 */
#include <store/dict.h>

#include <base/err.h>
#include <base/map.h>
#include <base/mem.h>
#include <store/pg.h>

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct dict {
	pthread_rwlock_t lock; /* guards map */
	struct map map; /* name -> number; keys are ours */
	pthread_mutex_t pg_lock; /* guards pg; taken before `lock` */
	struct pg *pg;
	const struct pg_stmt *find, *create;
};

static const struct pg_stmt tenant_find = {
	"tenant_find", "SELECT id FROM tenant WHERE name = $1", .binary = true};
static const struct pg_stmt tenant_create = {"tenant_create",
	"WITH i AS (INSERT INTO tenant (name) VALUES ($1) ON CONFLICT DO NOTHING "
	"RETURNING id)"
	" SELECT id FROM i UNION ALL SELECT id FROM tenant WHERE name = $1 LIMIT 1",
	.binary = true};
static const struct pg_stmt name_find = {
	"name_find", "SELECT id FROM name WHERE iri = $1", .binary = true};
static const struct pg_stmt name_create = {"name_create",
	"WITH i AS (INSERT INTO name (iri) VALUES ($1) ON CONFLICT DO NOTHING RETURNING "
	"id)"
	" SELECT id FROM i UNION ALL SELECT id FROM name WHERE iri = $1 LIMIT 1",
	.binary = true};

/* In order, so that two brokers do not wait for each other; what is there takes no number. */
static const struct pg_stmt name_learn = {"name_learn",
	"WITH w AS (SELECT DISTINCT u AS iri FROM unnest($1::text[]) u), "
	"i AS (INSERT INTO name (iri) SELECT iri FROM w "
	"WHERE NOT EXISTS (SELECT 1 FROM name n WHERE n.iri = w.iri) ORDER BY iri "
	"ON CONFLICT DO NOTHING RETURNING id, iri) "
	"SELECT id, iri FROM i UNION ALL "
	"SELECT n.id, n.iri FROM w JOIN name n USING (iri)",
	.binary = true};

static struct dict *dict_new(const struct pg_config *config, const struct pg_stmt *find,
	const struct pg_stmt *create)
{
	struct dict *d = calloc(1, sizeof(*d));

	assert(d != NULL);
	pthread_rwlock_init(&d->lock, NULL);
	pthread_mutex_init(&d->pg_lock, NULL);
	map_init(&d->map);
	d->pg = pg_open(config);
	d->find = find;
	d->create = create;
	return d;
}

struct dict *dict_tenants(const struct pg_config *config)
{
	return dict_new(config, &tenant_find, &tenant_create);
}

struct dict *dict_names(const struct pg_config *config)
{
	return dict_new(config, &name_find, &name_create);
}

void dict_free(struct dict *d)
{
	if (d == NULL)
		return;
	map_each(it, &d->map) free((char *)it->key);
	map_fini(&d->map);
	pg_close(d->pg);
	pthread_mutex_destroy(&d->pg_lock);
	pthread_rwlock_destroy(&d->lock);
	free(d);
}

static int known(struct dict *d, const char *name, size_t len)
{
	void *found;

	pthread_rwlock_rdlock(&d->lock);
	found = map_get(&d->map, name, len);
	pthread_rwlock_unlock(&d->lock);
	return (int)(intptr_t)found;
}

/* Asks the database; -1 with err, else 0 and *out (0: there is none). */
static int ask(struct dict *d, const struct pg_stmt *stmt, const char *name, size_t len,
	int *out, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_textn(&args, name, len);
	if (pg_query(d->pg, stmt, &args, &res, err) < 0)
		return -1;
	*out = PQntuples(res) > 0 ? (int)pg_get_int(res, 0, 0) : 0;
	return 0;
}

static void remember(struct dict *d, const char *name, size_t len, int id)
{
	char *key = mem_strndup(name, len);

	pthread_rwlock_wrlock(&d->lock);
	if (map_get(&d->map, name, len) == NULL)
		map_put(&d->map, key, len, (void *)(intptr_t)id);
	else
		free(key);
	pthread_rwlock_unlock(&d->lock);
}

int dict_id(struct dict *d, const char *name, size_t len, bool create, int *out,
	struct err *err)
{
	int id = known(d, name, len), rc;

	if (id != 0) {
		*out = id;
		return 0;
	}
	pthread_mutex_lock(&d->pg_lock);
	rc = ask(d, d->find, name, len, &id, err);
	/* Created by a transaction that this one cannot see yet: the second try can. */
	for (int i = 0; rc == 0 && id == 0 && create && i < 2; i++)
		rc = ask(d, d->create, name, len, &id, err);
	pthread_mutex_unlock(&d->pg_lock);
	if (rc < 0)
		return -1;
	if (id == 0 && create)
		return err_set(err, ERR_INTERNAL, "storage failure");
	if (id != 0)
		remember(d, name, len, id);
	*out = id;
	return 0;
}

int dict_learn(struct dict *d, const struct dict_name *names, size_t n, struct err *err)
{
	auto_pgresult *res = NULL;
	struct pg_args args = {0};
	auto_pg_array unknown = {0};
	int rc;

	pg_array_init(&unknown, PG_TEXT);
	for (size_t i = 0; i < n; i++)
		if (known(d, names[i].text, names[i].len) == 0)
			pg_array_text(&unknown, names[i].text, names[i].len);
	if (unknown.n == 0)
		return 0;
	pg_args_array(&args, &unknown);
	pthread_mutex_lock(&d->pg_lock);
	rc = pg_query(d->pg, &name_learn, &args, &res, err);
	pthread_mutex_unlock(&d->pg_lock);
	for (int row = 0; rc == 0 && row < PQntuples(res); row++)
		remember(d, PQgetvalue(res, row, 1), (size_t)PQgetlength(res, row, 1),
			(int)pg_get_int(res, row, 0));
	return rc < 0 ? -1 : 0;
}
