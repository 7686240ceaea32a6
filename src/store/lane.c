/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue and the threads of the lanes.  Invariant: an entity is in one group at a time,
 * and its operations run in the order they came: a lane leaves those waiting whose entity
 * is under way on another one.  So two writes to one entity never overlap within this
 * program; between programs the row locks of group.c order them.
 */
#include "group_imports.h"
#include "lane_priv.h"

#include <base/clock.h>
#include <base/log.h>
#include <base/metrics.h>
#include <store/dict.h>
#include <store/value_paths.h>

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Most of what riding together gains is there at 16; beyond 256 only latency grows. */
#define GROUP_MAX    256
#define GROUP_SHARED 32 /* what an idle lane could not do faster */

#define LOOKED 1024 /* of the queue, at most, to find them */
#define PLACES 4096 /* a power of two */

struct lane {
	struct lanes *all;
	pthread_t thread;
	struct pg *pg; /* the thread's own, as the next one */
	struct arena arena;
};

struct lanes {
	struct lanes_config config;
	pthread_mutex_t lock; /* guards all below up to the next comment */
	pthread_cond_t wake;
	struct write_op *head, **tail;
	size_t waiting; /* the length of the queue */
	unsigned idle; /* lanes that wait */
	bool stop;
	/* Operations under way by the hash of their entity: who shares a place with one waits,
	 * be it the same entity or not. */
	uint16_t under_way[PLACES];
	size_t len; /* threads that run; changed by nobody but them who start and stop them */
	struct lane *lane;
};

static unsigned place_of(int tenant, const char *id)
{
	uint64_t h = 1469598103934665603u ^ (uint64_t)tenant;

	for (; *id != '\0'; id++)
		h = (h ^ (unsigned char)*id) * 1099511628211u;
	return (h ^ h >> 29) & (PLACES - 1);
}

/* Ends one operation; the last of a write ends the write.  op is void afterwards. */
static void finish(struct write_op *op)
{
	struct write *w = op->write;

	if (atomic_fetch_sub(&w->pending, 1) == 1)
		w->done(w);
}

static void forget_results(struct write_op **ops, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		err_clear(&ops[i]->err);
		ops[i]->created = false;
		ops[i]->not_updated = NULL;
		ops[i]->updated_len = 0;
	}
}

static void end_matching(struct group *g, bool committed)
{
	int64_t *sids;
	size_t len = 0;

	if (g->begun == NULL)
		return;
	for (size_t i = 0; i < g->matched_len; i++)
		len += g->matched[i].len;
	sids = arena_array(g->arena, int64_t, len + 1);
	len = 0;
	for (size_t i = 0; committed && i < g->matched_len; i++)
		for (size_t j = 0; j < g->matched[i].len; j++)
			sids[len++] = g->matched[i].sids[j];
	g->listener->end(g->listener->self, g->begun, sids, len);
	metric_add(METRIC_notifications_matched_total, (int64_t)len);
}

static void tell_watcher(const struct lane *lane, const struct group *g)
{
	const struct change_watcher *w = lane->all->config.watcher;

	if (w != NULL && g->changes_len > 0)
		w->committed(w->self, g->changes, g->changes_len);
}

/* careful: what is thought to be new may be there already. */
static int try_group(
	struct lane *lane, struct write_op **ops, size_t n, bool careful, struct err *err)
{
	struct group g = {
		.pg = lane->pg,
		.names = lane->all->config.names,
		.paths = lane->all->config.paths,
		.block_keeper = lane->all->config.block_keeper,
		.policy = lane->all->config.policy,
		.keep_newer = lane->all->config.keep_newer,
		.listener = lane->all->config.listener,
		.arena = &lane->arena,
		.ops = ops,
		.ops_len = n,
		.careful = careful,
	};
	int rc;

	forget_results(ops, n);
	rc = group_run(&g, err);
	if (rc < 0)
		pg_rollback(lane->pg);
	else
		tell_watcher(lane, &g);
	end_matching(&g, rc == 0);
	imports_group_fini(&g);
	value_set_unref(g.values);
	arena_rewind(&lane->arena);
	return rc;
}

/* What a database error leaves: everything fails where the database is gone, else each
 * operation is tried alone, so that only the culprit fails. */
static void take_apart(
	struct lane *lane, struct write_op **ops, size_t n, struct err *why)
{
	metric_add(METRIC_lane_retries_total, 1);
	for (size_t i = 0; i < n; i++) {
		struct err err = {0};

		if (why->kind == ERR_UNAVAILABLE) {
			forget_results(&ops[i], 1);
			ops[i]->err = *why;
		} else if (try_group(lane, &ops[i], 1, true, &err) < 0) {
			forget_results(&ops[i], 1);
			ops[i]->err = err;
		}
	}
}

/* Called with the lock: ends it, and calls a lane that waits where there is work.  The
 * caller counts it out, so that two calls never mean the same. */
static void unlock_and_call(struct lanes *all)
{
	bool call = all->head != NULL && all->idle > 0;

	all->idle -= call;
	pthread_mutex_unlock(&all->lock);
	if (call)
		pthread_cond_signal(&all->wake);
}

/* What waits for one of these entities may go. */
static void release(struct lanes *all, struct write_op **ops, size_t n)
{
	pthread_mutex_lock(&all->lock);
	for (size_t i = 0; i < n; i++)
		all->under_way[ops[i]->place]--;
	unlock_and_call(all);
}

static void run(struct lane *lane, struct write_op **ops, size_t n)
{
	int64_t start = clock_monotonic();
	struct err err = {0};
	int rc;

	pg_tries_again(lane->pg, true);
	rc = try_group(lane, ops, n, false, &err);
	pg_tries_again(lane->pg, false);
	/* also where an observation was there already, or a month got its table meanwhile */
	if (rc < 0 && pg_was_late(lane->pg)) {
		err_clear(&err);
		rc = try_group(lane, ops, n, true, &err);
	}
	if (rc < 0)
		take_apart(lane, ops, n, &err);
	metric_observe(METRIC_lane_group_duration_seconds, clock_monotonic() - start);
	metric_add(METRIC_lane_groups_total, 1);
	metric_add(METRIC_lane_operations_total, (int64_t)n);
	metric_add(METRIC_lane_waiting, -(int64_t)n);
	release(lane->all, ops, n);
	for (size_t i = 0; i < n; i++)
		finish(ops[i]);
}

/* A long queue is shared with a lane that has nothing to do. */
static size_t group_most(const struct lanes *all)
{
	size_t share = all->waiting / (all->idle + 1);

	if (share < GROUP_SHARED)
		share = GROUP_SHARED;
	return share < GROUP_MAX ? share : GROUP_MAX;
}

/* Called with the lock: takes from the queue what may go. */
static size_t take_ready(struct lanes *all, struct write_op **ops)
{
	struct write_op **at = &all->head;
	size_t n = 0, most = group_most(all);

	for (int i = 0; i < LOOKED && *at != NULL && n < most; i++) {
		if (all->under_way[(*at)->place] > 0) {
			at = &(*at)->next;
			continue;
		}
		ops[n++] = *at;
		*at = (*at)->next;
		if (*at == NULL)
			all->tail = at;
	}
	for (size_t i = 0; i < n; i++)
		all->under_way[ops[i]->place]++;
	all->waiting -= n;
	return n;
}

/* Waits for work.  0: the lane is to end. */
static size_t take(struct lanes *all, struct write_op **ops)
{
	size_t n;

	pthread_mutex_lock(&all->lock);
	while ((n = take_ready(all, ops)) == 0 && !(all->stop && all->head == NULL)) {
		all->idle++;
		pthread_cond_wait(&all->wake, &all->lock);
	}
	if (n == 0)
		pthread_cond_broadcast(&all->wake); /* nothing is left for anybody */
	unlock_and_call(all);
	return n;
}

static void *lane_main(void *arg)
{
	struct lane *lane = arg;
	struct write_op *ops[GROUP_MAX];
	size_t n;

	while ((n = take(lane->all, ops)) > 0)
		run(lane, ops, n);
	return NULL;
}

struct lanes *lanes_start(const struct lanes_config *config, struct err *err)
{
	struct lanes *lanes = calloc(1, sizeof(*lanes));
	struct pg_config own = *config->pg;

	assert(lanes != NULL && config->lanes > 0);
	lanes->config = *config;
	lanes->tail = &lanes->head;
	pthread_mutex_init(&lanes->lock, NULL);
	pthread_cond_init(&lanes->wake, NULL);
	own.lane = true;
	lanes->lane = calloc(config->lanes, sizeof(*lanes->lane));
	assert(lanes->lane != NULL);
	while (lanes->len < config->lanes) {
		struct lane *lane = &lanes->lane[lanes->len];

		lane->all = lanes;
		lane->pg = pg_open(&own);
		if (pthread_create(&lane->thread, NULL, lane_main, lane) != 0) {
			pg_close(lane->pg);
			lanes_stop(lanes);
			err_set(err, ERR_INTERNAL, "cannot start the thread of a lane");
			return NULL;
		}
		(void)pthread_setname_np(lane->thread, "lane");
		lanes->len++;
	}
	return lanes;
}

void lanes_stop(struct lanes *lanes)
{
	if (lanes == NULL)
		return;
	pthread_mutex_lock(&lanes->lock);
	lanes->stop = true;
	pthread_cond_broadcast(&lanes->wake);
	pthread_mutex_unlock(&lanes->lock);
	for (size_t i = 0; i < lanes->len; i++) {
		struct lane *lane = &lanes->lane[i];

		pthread_join(lane->thread, NULL);
		pg_close(lane->pg);
		arena_reset(&lane->arena);
	}
	pthread_cond_destroy(&lanes->wake);
	pthread_mutex_destroy(&lanes->lock);
	free(lanes->lane);
	free(lanes);
}

void lanes_submit(struct lanes *lanes, struct write *w)
{
	size_t len = w->len;

	assert(len > 0 && w->done != NULL);
	atomic_init(&w->pending, len);
	metric_add(METRIC_lane_waiting, (int64_t)len);
	for (size_t i = 0; i < len; i++) {
		struct write_op *op = &w->ops[i];

		op->write = w;
		op->place = place_of(op->tenant, op->op.id);
		op->next = i + 1 < len ? op + 1 : NULL;
	}
	/* From the unlocking on the write may be over, and its arena gone. */
	pthread_mutex_lock(&lanes->lock);
	*lanes->tail = &w->ops[0];
	lanes->tail = &w->ops[len - 1].next;
	lanes->waiting += len;
	unlock_and_call(lanes);
}
