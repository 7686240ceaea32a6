/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that indexes a path.  First the path is announced: under a lock on the table
 * that waits for every group under way, so that all groups after it know the path and
 * keep its rows.  Then the entities that were there already are read, in the order in
 * which lanes lock them, and their rows are added where a lane has not done so.
 */
#include "value_priv.h"

#include <base/err.h>
#include <base/jn.h>
#include <base/log.h>
#include <base/mem.h>
#include <core/q.h>
#include <core/q_target.h>

#include <stdlib.h>
#include <string.h>

#define BATCH 500

static const struct pg_stmt begin = {"value_begin", "BEGIN", .binary = true};
static const struct pg_stmt commit = {"value_commit", "COMMIT", .binary = true};
static const struct pg_stmt lock_entity = {
	"value_lock", "LOCK TABLE entity IN EXCLUSIVE MODE", .binary = true};
static const struct pg_stmt announce = {"value_announce",
	"INSERT INTO value_path (tenant, key)"
	" SELECT $1::int4, $2 WHERE (SELECT count(*) FROM value_path WHERE tenant = $1) "
	"< $3::int8"
	" ON CONFLICT (tenant, key) DO UPDATE SET tenant = EXCLUDED.tenant"
	" RETURNING path, ready",
	.binary = true};
static const struct pg_stmt read_batch = {"value_batch",
	"SELECT eid, id, doc FROM entity WHERE tenant = $1::int4 AND id > $2"
	" ORDER BY tenant, id LIMIT 500 FOR SHARE",
	.binary = true};
static const struct pg_stmt add_rows = {"value_add",
	"INSERT INTO value (path, eid, n, num, txt, at, expires)"
	" SELECT * FROM unnest($1::int4[], $2::int8[], $3::int4[], $4::float8[], "
	"$5::text[],"
	" $6::int8[], $7::int8[]) ON CONFLICT DO NOTHING",
	.binary = true};
static const struct pg_stmt finish = {"value_ready",
	"UPDATE value_path SET ready = true WHERE path = $1::int4", .binary = true};

const enum pg_type value_columns[VALUE_COLUMNS] = {
	PG_INT4, PG_INT8, PG_INT4, PG_FLOAT8, PG_TEXT, PG_INT8, PG_INT8};

void value_row_add(
	struct pg_array *column, int path, int64_t eid, const struct q_row *row)
{
	pg_array_int(&column[0], path);
	pg_array_int(&column[1], eid);
	pg_array_int(&column[2], row->n);
	if (row->has_num)
		pg_array_float(&column[3], row->num);
	else
		pg_array_null(&column[3]);
	if (row->txt != NULL)
		pg_array_text(&column[4], row->txt, row->txt_len);
	else
		pg_array_null(&column[4]);
	if (row->has_at)
		pg_array_int(&column[5], row->at);
	else
		pg_array_null(&column[5]);
	if (row->expires != INT64_MAX)
		pg_array_int(&column[6], row->expires);
	else
		pg_array_null(&column[6]);
}

/* Makes the path known to all lanes, of all brokers.  *path is 0 where it is ready already
 * or the tenant has its share. */
static int announce_path(
	struct value_paths *vp, const struct want *w, int *path, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int4(&args, w->tenant);
	pg_text(&args, w->key);
	pg_int(&args, VALUE_PATHS_MAX);
	if (pg_exec(vp->pg, &begin, NULL, NULL, err) < 0 ||
		pg_exec(vp->pg, &lock_entity, NULL, NULL, err) < 0 ||
		pg_query(vp->pg, &announce, &args, &res, err) < 0 ||
		pg_exec(vp->pg, &commit, NULL, NULL, err) < 0)
		return -1;
	*path = PQntuples(res) == 0 || pg_get_int(res, 0, 1) != 0
		? 0
		: (int)pg_get_int(res, 0, 0);
	return 0;
}

static int store_batch(struct value_paths *vp, int path, const struct q_path *parsed,
	const PGresult *res, struct err *err)
{
	struct pg_array column[VALUE_COLUMNS];
	struct pg_args args = {0};
	auto_arena arena = {0};
	int rc;

	for (size_t i = 0; i < VALUE_COLUMNS; i++)
		pg_array_init(&column[i], value_columns[i]);
	for (int i = 0; i < PQntuples(res); i++) {
		struct jn *doc = jn_parse_trusted(
			PQgetvalue(res, i, 2), (size_t)PQgetlength(res, i, 2), &arena);
		struct q_row *rows;
		size_t n = doc != NULL ? q_rows(parsed, doc, &arena, &rows) : 0;

		for (size_t j = 0; j < n; j++)
			value_row_add(column, path, pg_get_int(res, i, 0), &rows[j]);
	}
	for (size_t i = 0; i < VALUE_COLUMNS; i++)
		pg_args_array(&args, &column[i]);
	rc = column[0].n > 0 ? pg_exec(vp->pg, &add_rows, &args, NULL, err) : 0;
	for (size_t i = 0; i < VALUE_COLUMNS; i++)
		pg_array_fini(&column[i]);
	return rc;
}

/* One transaction: up to BATCH entities after *id; *id is NULL at the end. */
static int build_batch(struct value_paths *vp, const struct want *w, int path,
	const struct q_path *parsed, char **id, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;
	int n;

	pg_int4(&args, w->tenant);
	pg_text(&args, *id);
	if (pg_exec(vp->pg, &begin, NULL, NULL, err) < 0 ||
		pg_query(vp->pg, &read_batch, &args, &res, err) < 0 ||
		store_batch(vp, path, parsed, res, err) < 0 ||
		pg_exec(vp->pg, &commit, NULL, NULL, err) < 0)
		return -1;
	n = PQntuples(res);
	free(*id);
	*id = n == BATCH ? mem_strdup(PQgetvalue(res, n - 1, 1)) : NULL;
	return 0;
}

static bool stopping(struct value_paths *vp)
{
	bool stop;

	pthread_mutex_lock(&vp->lock);
	stop = vp->stop;
	pthread_mutex_unlock(&vp->lock);
	return stop;
}

static int reload(struct value_paths *vp, struct err *err)
{
	struct value_set *set;

	if (value_set_read(vp->pg, &set, err) < 0)
		return -1;
	value_paths_put(vp, set);
	return 0;
}

static int build(struct value_paths *vp, const struct want *w, struct err *err)
{
	auto_arena arena = {0};
	const struct q_path *parsed = q_path_of_key(w->key, &arena);
	char *id = mem_strdup("");
	struct pg_args args = {0};
	int path = 0, rc = announce_path(vp, w, &path, err);

	if (rc == 0 && path != 0)
		rc = reload(vp, err);
	while (rc == 0 && path != 0 && id != NULL && !stopping(vp))
		rc = build_batch(vp, w, path, parsed, &id, err);
	if (rc == 0 && id == NULL) {
		pg_int4(&args, path);
		rc = pg_exec(vp->pg, &finish, &args, NULL, err);
		/* Pages that are marked as visible to all are read without looking back. */
		if (rc == 0)
			rc = pg_script(vp->pg, "VACUUM (ANALYZE) value", err);
		log_info("indexed for q tenant=%d path=%s", w->tenant, w->key);
	}
	free(id);
	if (rc == 0)
		rc = reload(vp, err);
	return rc;
}

/* The next want, NULL at the end. */
static struct want *next_want(struct value_paths *vp)
{
	struct want *w = NULL;

	pthread_mutex_lock(&vp->lock);
	while (vp->wants == NULL && !vp->stop)
		pthread_cond_wait(&vp->wake, &vp->lock);
	if (!vp->stop) {
		w = vp->wants;
		vp->wants = w->next;
		vp->wants_len--;
	}
	pthread_mutex_unlock(&vp->lock);
	return w;
}

static void want_free(struct want *w)
{
	free(w->key);
	free(w);
}

static void *build_main(void *arg)
{
	struct value_paths *vp = arg;
	struct want *w;

	while ((w = next_want(vp)) != NULL) {
		struct err err = {0};

		if (build(vp, w, &err) < 0) {
			log_warn("not indexed tenant=%d path=%s reason=\"%s\"", w->tenant,
				w->key, err.detail);
			pg_rollback(vp->pg);
		}
		want_free(w);
	}
	return NULL;
}

void value_paths_want(struct value_paths *vp, int tenant, const char *key)
{
	struct want **end = &vp->wants, *w;

	pthread_mutex_lock(&vp->lock);
	for (; *end != NULL; end = &(*end)->next)
		if ((*end)->tenant == tenant && strcmp((*end)->key, key) == 0)
			break;
	if (*end == NULL && vp->wants_len < VALUE_PATHS_MAX) {
		w = mem_alloc(sizeof(*w));
		w->tenant = tenant;
		w->key = mem_strdup(key);
		*end = w;
		vp->wants_len++;
		pthread_cond_signal(&vp->wake);
	}
	pthread_mutex_unlock(&vp->lock);
}

struct value_paths *value_paths_start(const struct pg_config *config, struct err *err)
{
	struct value_paths *vp = mem_alloc(sizeof(*vp));
	struct pg_config own = *config;

	own.statement_timeout_ms = 0; /* VACUUM and the lock may take their time */
	pthread_mutex_init(&vp->lock, NULL);
	pthread_cond_init(&vp->wake, NULL);
	vp->pg = pg_open(&own);
	if (value_set_read(vp->pg, &vp->set, err) < 0) {
		pg_close(vp->pg);
		free(vp);
		return NULL;
	}
	if (pthread_create(&vp->thread, NULL, build_main, vp) != 0) {
		value_set_unref(vp->set);
		pg_close(vp->pg);
		free(vp);
		err_set(err, ERR_INTERNAL, "cannot start the thread that builds indexes");
		return NULL;
	}
	return vp;
}

void value_paths_stop(struct value_paths *vp)
{
	if (vp == NULL)
		return;
	pthread_mutex_lock(&vp->lock);
	vp->stop = true;
	pthread_cond_signal(&vp->wake);
	pthread_mutex_unlock(&vp->lock);
	pthread_join(vp->thread, NULL);
	while (vp->wants != NULL) {
		struct want *w = vp->wants;

		vp->wants = w->next;
		want_free(w);
	}
	value_set_unref(vp->set);
	pg_close(vp->pg);
	free(vp);
}
