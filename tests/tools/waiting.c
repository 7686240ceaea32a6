/* SPDX-License-Identifier: Apache-2.0 */
#include "waiting.h"

#include <base/arena.h>
#include <base/err.h>
#include <store/pg.h>

#include <check.h>

static void done(struct write *write)
{
	struct waiting *w = write->cookie;

	pthread_mutex_lock(&w->lock);
	w->done = true;
	pthread_cond_signal(&w->ended);
	pthread_mutex_unlock(&w->lock);
}

void waiting_begin(struct waiting *w, struct lanes *lanes, struct write_op *ops,
	size_t len, struct arena *a)
{
	*w = (struct waiting){
		.write = {.ops = ops, .len = len, .arena = a, .done = done, .cookie = w}};
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->ended, NULL);
	lanes_submit(lanes, &w->write);
}

bool waiting_is_over(struct waiting *w)
{
	bool is;

	pthread_mutex_lock(&w->lock);
	is = w->done;
	pthread_mutex_unlock(&w->lock);
	return is;
}

void waiting_end(struct waiting *w)
{
	pthread_mutex_lock(&w->lock);
	while (!w->done)
		pthread_cond_wait(&w->ended, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

const char *first_value(struct pg *pg, const char *sql, struct arena *a)
{
	struct pg_stmt stmt = {.sql = sql};
	auto_pgresult *res = NULL;
	struct err err = {0};

	ck_assert_msg(pg_query(pg, &stmt, NULL, &res, &err) == 0, "%s", err.detail);
	if (PQresultStatus(res) == PGRES_COMMAND_OK)
		return "";
	ck_assert_int_gt(PQntuples(res), 0);
	return arena_strdup(a, PQgetvalue(res, 0, 0));
}
