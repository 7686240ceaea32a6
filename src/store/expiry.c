/* SPDX-License-Identifier: Apache-2.0 */
#include <store/expiry.h>

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <base/mem.h>
#include <store/entity_maps.h>
#include <store/lane.h>
#include <store/pg.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAGE  1000
#define PAGES 100 /* of one sweep, then others may have their turn */

/* Held by the connection of whoever sweeps. */
#define LOCK "7308327726489427059"
static const struct pg_stmt lock = {
	"expiry_lock", "SELECT pg_try_advisory_lock(" LOCK ")", .binary = true};
static const struct pg_stmt unlock = {
	"expiry_unlock", "SELECT pg_advisory_unlock(" LOCK ")", .binary = true};
static const struct pg_stmt due = {"expiry_due",
	"SELECT DISTINCT e.tenant, e.id FROM (SELECT eid FROM entity_shape"
	" WHERE expires <= $1::timestamptz ORDER BY expires LIMIT $2::int8) s"
	" JOIN entity e ON e.eid = s.eid",
	.binary = true};

struct expiry {
	struct lanes *lanes;
	unsigned interval_ms;
	struct pg *pg;
	pthread_t thread;
	pthread_mutex_t lock; /* guards stop and ended */
	pthread_cond_t wake;
	bool stop;
	bool ended; /* the write under way */
};

static void write_done(struct write *write)
{
	struct expiry *x = write->cookie;

	pthread_mutex_lock(&x->lock);
	x->ended = true;
	pthread_cond_signal(&x->wake);
	pthread_mutex_unlock(&x->lock);
}

/* An operation that finds nothing to do is no error: somebody else was quicker. */
static void hand_over(struct expiry *x, const PGresult *res, int64_t now, struct arena *a)
{
	size_t len = (size_t)PQntuples(res);
	struct write_op *ops = arena_array(a, struct write_op, len);
	struct write write = {.ops = ops,
		.len = len,
		.arena = a,
		.summary = true,
		.done = write_done,
		.cookie = x};

	for (size_t i = 0; i < len; i++)
		ops[i] = (struct write_op){.tenant = (int)pg_get_int(res, (int)i, 0),
			.op = {.kind = OP_EXPIRE,
				.id = PQgetvalue(res, (int)i, 1),
				.now = now}};
	x->ended = false;
	lanes_submit(x->lanes, &write);
	pthread_mutex_lock(&x->lock);
	while (!x->ended)
		pthread_cond_wait(&x->wake, &x->lock);
	pthread_mutex_unlock(&x->lock);
}

/* *more: there may be others. */
static int sweep_page(struct expiry *x, bool *more, struct err *err)
{
	auto_pgresult *res = NULL;
	auto_arena a = {0};
	struct pg_args args = {0};
	int64_t now = clock_now();

	pg_time(&args, now);
	pg_int(&args, PAGE);
	if (pg_query(x->pg, &due, &args, &res, err) < 0)
		return -1;
	*more = PQntuples(res) == PAGE;
	if (PQntuples(res) > 0)
		hand_over(x, res, now, &a);
	return 0;
}

static int sweep_all(struct expiry *x, struct err *err)
{
	auto_pgresult *res = NULL;
	bool more = true;
	int rc = 0;

	if (pg_query(x->pg, &lock, NULL, &res, err) < 0)
		return -1;
	if (pg_get_int(res, 0, 0) == 0)
		return 0; /* another broker does */
	for (int i = 0; rc == 0 && more && i < PAGES; i++)
		rc = sweep_page(x, &more, err);
	if (rc == 0)
		rc = entity_maps_sweep(x->pg, clock_now(), err);
	if (pg_exec(x->pg, &unlock, NULL, NULL, rc == 0 ? err : &(struct err){0}) < 0)
		rc = -1;
	return rc;
}

/* Waits for the next turn; false: it is over. */
static bool wait_turn(struct expiry *x)
{
	struct timespec until;
	bool stop;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += x->interval_ms / 1000;
	until.tv_nsec += (long)(x->interval_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&x->lock);
	while (!x->stop && pthread_cond_timedwait(&x->wake, &x->lock, &until) == 0)
		;
	stop = x->stop;
	pthread_mutex_unlock(&x->lock);
	return !stop;
}

static void *expiry_main(void *arg)
{
	struct expiry *x = arg;

	while (wait_turn(x)) {
		struct err err = {0};

		if (sweep_all(x, &err) < 0)
			log_warn("cannot sweep what has expired; will try again "
				 "reason=\"%s\"",
				err.detail);
	}
	return NULL;
}

static void expiry_free(struct expiry *x)
{
	pg_close(x->pg);
	pthread_cond_destroy(&x->wake);
	pthread_mutex_destroy(&x->lock);
	free(x);
}

struct expiry *expiry_start(const struct pg_config *config, struct lanes *lanes,
	unsigned interval_ms, struct err *err)
{
	struct expiry *x = mem_alloc(sizeof(*x));
	pthread_condattr_t attr;

	x->lanes = lanes;
	x->interval_ms = interval_ms;
	x->pg = pg_open(config);
	pthread_mutex_init(&x->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&x->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&x->thread, NULL, expiry_main, x) == 0)
		return x;
	expiry_free(x);
	err_set(err, ERR_INTERNAL, "cannot start the thread that sweeps");
	return NULL;
}

void expiry_stop(struct expiry *x)
{
	if (x == NULL)
		return;
	pthread_mutex_lock(&x->lock);
	x->stop = true;
	pthread_cond_signal(&x->wake);
	pthread_mutex_unlock(&x->lock);
	pthread_join(x->thread, NULL);
	expiry_free(x);
}
