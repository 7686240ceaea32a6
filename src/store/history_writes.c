/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every statement finds the evolution by tenant and id and locks it first, so that nothing
 * is added to what is being deleted.  Who also needs the row of the entity takes that
 * before, as lanes do.
 */
#include "history_writes_priv.h"

#include "doc_names.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <base/jn.h>
#include <base/metrics.h>
#include <core/entity.h>
#include <store/dict.h>

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 3

struct history_writers {
	pthread_mutex_t lock; /* guards free, free_len */
	pthread_cond_t returned;
	struct pg **all, **free;
	size_t len, free_len;
	struct dict *names;
};

struct history_writers *history_writers_new(
	const struct pg_config *config, struct dict *names, size_t n)
{
	struct history_writers *hw = calloc(1, sizeof(*hw));
	struct pg_config own = *config;

	assert(hw != NULL && n > 0);
	own.lane = true;
	pthread_mutex_init(&hw->lock, NULL);
	pthread_cond_init(&hw->returned, NULL);
	hw->names = names;
	hw->all = calloc(n, sizeof(struct pg *));
	hw->free = calloc(n, sizeof(struct pg *));
	assert(hw->all != NULL && hw->free != NULL);
	for (; hw->len < n; hw->len++)
		hw->all[hw->len] = hw->free[hw->len] = pg_open(&own);
	hw->free_len = n;
	return hw;
}

void history_writers_free(struct history_writers *hw)
{
	if (hw == NULL)
		return;
	assert(hw->free_len == hw->len);
	for (size_t i = 0; i < hw->len; i++)
		pg_close(hw->all[i]);
	pthread_mutex_destroy(&hw->lock);
	pthread_cond_destroy(&hw->returned);
	free(hw->all);
	free(hw->free);
	free(hw);
}

static struct pg *take(struct history_writers *hw)
{
	struct pg *pg;

	pthread_mutex_lock(&hw->lock);
	while (hw->free_len == 0)
		pthread_cond_wait(&hw->returned, &hw->lock);
	pg = hw->free[--hw->free_len];
	pthread_mutex_unlock(&hw->lock);
	return pg;
}

static void give_back(struct history_writers *hw, struct pg *pg)
{
	pthread_mutex_lock(&hw->lock);
	hw->free[hw->free_len++] = pg;
	pthread_cond_signal(&hw->returned);
	pthread_mutex_unlock(&hw->lock);
}

/* Tries again where a lane made the same evolution, or a month got its table meanwhile. */
int history_run(struct history_job *job, int (*body)(struct history_job *, struct err *),
	struct err *err)
{
	int rc = -1;

	job->names = job->hw->names;
	job->pg = take(job->hw);
	for (int i = 0; i < TRIES; i++) {
		err_clear(err);
		pg_tries_again(job->pg, i + 1 < TRIES);
		rc = body(job, err);
		if (rc == 0 || err->kind != ERR_INTERNAL || !pg_was_late(job->pg))
			break;
		pg_rollback(job->pg);
	}
	pg_tries_again(job->pg, false);
	if (rc < 0)
		pg_rollback(job->pg);
	give_back(job->hw, job->pg);
	return rc;
}

int history_no_evolution(const struct history_target *t, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "entity %s has no history", t->id);
}

/* ---- adding */

static const struct pg_stmt begin = {"history_begin", "BEGIN", .binary = true};
static const struct pg_stmt commit = {"history_commit", "COMMIT", .binary = true};
#define UNITED                                                                           \
	"e.types || ARRAY(SELECT t FROM unnest($3::int4[]) AS t WHERE t <> ALL "         \
	"(e.types))"
static const struct pg_stmt make_evolution = {"evolution_make",
	"INSERT INTO evolution AS e (tenant, hid, id, types, created)"
	" VALUES ($1::int4, nextval('entity_number'), $2::text, $3::int4[],"
	" $4::timestamptz) ON CONFLICT (tenant, id) DO UPDATE SET types = " UNITED
	" RETURNING hid, (xmax = 0)::int",
	.binary = true};
static const struct pg_stmt find_evolution = {"evolution_find",
	"UPDATE evolution AS e SET types = " UNITED
	" WHERE tenant = $1::int4 AND id = $2::text RETURNING hid, 0",
	.binary = true};
static const struct pg_stmt add_types = {"evolution_types",
	"INSERT INTO evolution_type SELECT $1::int4, t, $2::int8 FROM unnest($3::int4[]) "
	"t"
	" ON CONFLICT DO NOTHING",
	.binary = true};

static int read_types(struct history_job *job, struct pg_array *types, struct err *err)
{
	jn_each (it, jn_getn(job->doc, "type", 4)) {
		size_t len = 0;
		const char *iri = jn_span(it, job->a, &len);
		int type;

		if (dict_id(job->names, iri, len, true, &type, err) < 0)
			return -1;
		pg_array_int(types, type);
	}
	return 0;
}

/* The evolution, locked. */
static int open_evolution(
	struct history_job *job, struct pg_array *types, int64_t *hid, struct err *err)
{
	bool make = job->create && types->n > 0;
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int4(&args, job->t->tenant);
	pg_text(&args, job->t->id);
	pg_args_array(&args, types);
	if (make)
		pg_time(&args, job->now);
	if (pg_pipeline(job->pg, err) < 0 || pg_send(job->pg, &begin, NULL, err) < 0 ||
		pg_send(job->pg, make ? &make_evolution : &find_evolution, &args, err) <
			0 ||
		pg_sync(job->pg, err) < 0 || pg_next(job->pg, NULL, err) < 0 ||
		pg_next(job->pg, &res, err) < 0 || pg_leave(job->pg, err) < 0)
		return -1;
	if (PQntuples(res) == 0 && job->create)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"entity %s has no history yet, so it needs a \"type\"",
			job->t->id);
	if (PQntuples(res) == 0)
		return history_no_evolution(job->t, err);
	*hid = pg_get_int(res, 0, 0);
	job->created = pg_get_int(res, 0, 1) != 0;
	return 0;
}

/* What is a Null is a deletion: when, it says itself. */
int64_t history_deleted_at(const struct jn *instance, int64_t now, struct arena *a)
{
	static const char *const told[] = {"deletedAt", "observedAt"};
	int64_t at;

	if (!instance_is_null(instance))
		return 0;
	for (int i = 0; i < 2; i++) {
		size_t len = 0;
		const char *text = jn_span(jn_get(instance, told[i]), a, &len);

		if (text != NULL && clock_parse(text, len, &at))
			return at;
	}
	return now;
}

/* What one transaction adds. */
struct addition {
	struct pg_array types, column[HISTORY_COLUMNS], marks[HISTORY_MARK_COLUMNS];
};

static int fill(
	struct history_job *job, int64_t hid, struct addition *add, struct err *err)
{
	struct history_writer w = {.column = add->column,
		.marks.column = add->marks,
		.names = job->names,
		.arena = job->a};
	struct history_row row = {.hid = hid, .now = job->now};
	int rc = doc_names_learn(job->names, job->doc, job->a, err);

	if (rc < 0)
		return -1;
	jn_each (attribute, job->doc) {
		if (!is_attribute(attribute))
			continue;
		rc = dict_id(job->names, attribute->key, attribute->key_len, true,
			&row.attr, err);
		for (row.instance = instance_first(attribute);
			rc == 0 && row.instance != NULL;
			row.instance = instance_next(attribute, row.instance)) {
			row.deleted = history_deleted_at(row.instance, job->now, job->a);
			rc = history_add(&w, &row, err);
		}
		if (rc < 0)
			break;
	}
	history_writer_fini(&w);
	return rc;
}

static int send_rows(
	struct history_job *job, int64_t hid, struct addition *add, struct err *err)
{
	struct pg_args types = {0}, rows = {0}, marks = {0};
	int sent = 1;

	pg_int4(&types, job->t->tenant);
	pg_int(&types, hid);
	pg_args_array(&types, &add->types);
	for (size_t i = 0; i < HISTORY_COLUMNS; i++)
		pg_args_array(&rows, &add->column[i]);
	for (size_t i = 0; i < HISTORY_MARK_COLUMNS; i++)
		pg_args_array(&marks, &add->marks[i]);
	if (pg_pipeline(job->pg, err) < 0)
		return -1;
	if (add->types.n > 0 && (sent++, pg_send(job->pg, &add_types, &types, err) < 0))
		return -1;
	if (add->column[0].n > 0 &&
		(sent++, pg_send(job->pg, &history_insert, &rows, err) < 0))
		return -1;
	if (add->marks[0].n > 0 &&
		(sent++, pg_send(job->pg, &history_mark, &marks, err) < 0))
		return -1;
	if (pg_send(job->pg, &commit, NULL, err) < 0 || pg_sync(job->pg, err) < 0)
		return -1;
	for (; sent > 0; sent--)
		if (pg_next(job->pg, NULL, err) < 0)
			return -1;
	return pg_leave(job->pg, err);
}

static int put_rows(struct history_job *job, struct addition *add, struct err *err)
{
	int64_t hid = 0;

	if (read_types(job, &add->types, err) < 0 ||
		open_evolution(job, &add->types, &hid, err) < 0 ||
		fill(job, hid, add, err) < 0 || send_rows(job, hid, add, err) < 0)
		return -1;
	metric_add(METRIC_history_rows_total, add->column[0].n);
	return 0;
}

void history_columns_init(struct pg_array *column)
{
	for (size_t i = 0; i < HISTORY_COLUMNS; i++)
		pg_array_init(&column[i], history_columns[i]);
}

void history_columns_fini(struct pg_array *column)
{
	for (size_t i = 0; i < HISTORY_COLUMNS; i++)
		pg_array_fini(&column[i]);
}

static int put(struct history_job *job, struct err *err)
{
	struct addition add;
	int rc;

	history_columns_init(add.column);
	pg_array_init(&add.types, PG_INT4);
	for (size_t i = 0; i < HISTORY_MARK_COLUMNS; i++)
		pg_array_init(&add.marks[i], history_mark_columns[i]);
	rc = put_rows(job, &add, err);
	for (size_t i = 0; i < HISTORY_MARK_COLUMNS; i++)
		pg_array_fini(&add.marks[i]);
	pg_array_fini(&add.types);
	history_columns_fini(add.column);
	return rc;
}

int history_put(struct history_writers *hw, const struct history_target *t,
	const struct jn *doc, int64_t now, bool create, struct arena *a, bool *created,
	struct err *err)
{
	struct history_job job = {
		.hw = hw, .t = t, .doc = doc, .now = now, .create = create, .a = a};

	if (history_run(&job, put, err) < 0)
		return -1;
	if (created != NULL)
		*created = job.created;
	return 0;
}
