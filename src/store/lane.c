/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queues and threads of the lanes.  Invariant: an entity has one lane, and a lane takes
 * operations in the order they came, so two writes to one entity never overlap within
 * this program; between programs the row locks of group.c order them.
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
#define GROUP_MAX 256

struct lane {
	struct lanes *all;
	pthread_t thread;
	pthread_mutex_t lock; /* guards head, tail, stop */
	pthread_cond_t wake;
	struct write_op *head, **tail;
	bool stop;
	struct pg *pg; /* the thread's own from here */
	struct arena arena;
};

struct lanes {
	struct lanes_config config;
	size_t len; /* threads that run */
	struct lane *lane;
};

static uint64_t hash_entity(int tenant, const char *id)
{
	uint64_t h = 1469598103934665603u ^ (uint64_t)tenant;

	for (; *id != '\0'; id++)
		h = (h ^ (unsigned char)*id) * 1099511628211u;
	return h ^ h >> 29;
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
		.marks = lane->all->config.marks,
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

/* A second try of the whole helps where somebody else was in the way: a deadlock, a
 * serialisation failure, an id that another broker created meanwhile, a month that got its
 * table of the history meanwhile; or where an observation was there already. */
static bool worth_retry(const struct pg *pg)
{
	const char *state = pg_sqlstate(pg);

	return strcmp(state, "40P01") == 0 || strcmp(state, "40001") == 0 ||
		strcmp(state, "23505") == 0 || strcmp(state, "23514") == 0;
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

static void run(struct lane *lane, struct write_op **ops, size_t n)
{
	int64_t start = clock_monotonic();
	struct err err = {0};
	int rc = try_group(lane, ops, n, false, &err);

	if (rc < 0 && worth_retry(lane->pg)) {
		err_clear(&err);
		rc = try_group(lane, ops, n, true, &err);
	}
	if (rc < 0)
		take_apart(lane, ops, n, &err);
	metric_observe(METRIC_lane_group_duration_seconds, clock_monotonic() - start);
	metric_add(METRIC_lane_groups_total, 1);
	metric_add(METRIC_lane_operations_total, (int64_t)n);
	metric_add(METRIC_lane_waiting, -(int64_t)n);
	for (size_t i = 0; i < n; i++)
		finish(ops[i]);
}

/* Waits for work and takes all of it, up to GROUP_MAX.  0: the lane is to end. */
static size_t take(struct lane *lane, struct write_op **ops)
{
	size_t n = 0;

	pthread_mutex_lock(&lane->lock);
	while (lane->head == NULL && !lane->stop)
		pthread_cond_wait(&lane->wake, &lane->lock);
	for (; lane->head != NULL && n < GROUP_MAX; n++) {
		ops[n] = lane->head;
		lane->head = ops[n]->next;
	}
	if (lane->head == NULL)
		lane->tail = &lane->head;
	pthread_mutex_unlock(&lane->lock);
	return n;
}

static void *lane_main(void *arg)
{
	struct lane *lane = arg;
	struct write_op *ops[GROUP_MAX];
	size_t n;

	while ((n = take(lane, ops)) > 0)
		run(lane, ops, n);
	return NULL;
}

struct lanes *lanes_start(const struct lanes_config *config, struct err *err)
{
	struct lanes *lanes = calloc(1, sizeof(*lanes));
	struct pg_config own = *config->pg;

	assert(lanes != NULL && config->lanes > 0);
	lanes->config = *config;
	own.lane = true;
	lanes->lane = calloc(config->lanes, sizeof(*lanes->lane));
	assert(lanes->lane != NULL);
	while (lanes->len < config->lanes) {
		struct lane *lane = &lanes->lane[lanes->len];

		lane->all = lanes;
		lane->tail = &lane->head;
		pthread_mutex_init(&lane->lock, NULL);
		pthread_cond_init(&lane->wake, NULL);
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
	for (size_t i = 0; i < lanes->len; i++) {
		struct lane *lane = &lanes->lane[i];

		pthread_mutex_lock(&lane->lock);
		lane->stop = true;
		pthread_cond_signal(&lane->wake);
		pthread_mutex_unlock(&lane->lock);
		pthread_join(lane->thread, NULL);
		pg_close(lane->pg);
		arena_reset(&lane->arena);
		pthread_cond_destroy(&lane->wake);
		pthread_mutex_destroy(&lane->lock);
	}
	free(lanes->lane);
	free(lanes);
}

/* Hangs a chain of operations onto a lane at once, so that a request's operations stay
 * together. */
static void enqueue(struct lane *lane, struct write_op *first, struct write_op **last)
{
	pthread_mutex_lock(&lane->lock);
	*lane->tail = first;
	lane->tail = last;
	pthread_cond_signal(&lane->wake);
	pthread_mutex_unlock(&lane->lock);
}

void lanes_submit(struct lanes *lanes, struct write *w)
{
	struct chain {
		struct write_op *first, **last;
	} *chain = arena_array(w->arena, struct chain, lanes->len);

	assert(w->len > 0 && w->done != NULL);
	atomic_init(&w->pending, w->len);
	metric_add(METRIC_lane_waiting, (int64_t)w->len);
	for (size_t i = 0; i < w->len; i++) {
		struct write_op *op = &w->ops[i];
		struct chain *c = &chain[hash_entity(op->tenant, op->op.id) % lanes->len];

		op->write = w;
		op->next = NULL;
		if (c->first == NULL)
			c->first = op;
		else
			*c->last = op;
		c->last = &op->next;
	}
	/* The write may be over, and its arena gone, as soon as its last operation is in a
	 * lane: nothing of it may be read after that. */
	size_t used = 0, done = 0;

	for (size_t i = 0; i < lanes->len; i++)
		used += chain[i].first != NULL;
	for (size_t i = 0; done < used; i++) {
		if (chain[i].first == NULL)
			continue;
		done++;
		enqueue(&lanes->lane[i], chain[i].first, chain[i].last);
	}
}
