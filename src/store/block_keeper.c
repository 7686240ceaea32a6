/* SPDX-License-Identifier: Apache-2.0 */
#include <store/block_keeper.h>

#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <base/mem.h>
#include <store/pg.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define STEP      2000 /* rows that go in one transaction */
#define PAUSE_US  1000000 /* after it was woken, so that there is something to add up */
#define SHARE     20 /* of the time, one in so many goes into adding up, at most */
#define UNASKED_S 60 /* what a broker that is no more left behind */

/* Held by the connection of whoever adds up. */
static const struct pg_stmt lock = {
	"blocks_lock", "SELECT pg_try_advisory_lock(4711, 8)", .binary = true};
static const struct pg_stmt unlock = {
	"blocks_unlock", "SELECT pg_advisory_unlock(4711, 8)", .binary = true};
static const struct pg_stmt fold = {
	"blocks_fold", "SELECT calanque_fold_blocks($1::int4)", .binary = true};

struct block_keeper {
	struct pg *pg;
	pthread_t thread;
	pthread_mutex_t lock; /* held to set stop, and to wait */
	pthread_cond_t wake;
	_Atomic bool stop, wanted;
};

static int fold_all(struct block_keeper *k, struct err *err)
{
	int64_t folded = STEP;

	while (folded == STEP && !atomic_load(&k->stop)) {
		auto_pgresult *res = NULL;
		struct pg_args args = {0};

		pg_int4(&args, STEP);
		if (pg_query(k->pg, &fold, &args, &res, err) < 0)
			return -1;
		folded = pg_get_int(res, 0, 0);
	}
	return 0;
}

static int fold_locked(struct block_keeper *k, struct err *err)
{
	auto_pgresult *res = NULL;
	struct err ignored = {0};
	int rc;

	if (pg_query(k->pg, &lock, NULL, &res, err) < 0)
		return -1;
	if (pg_get_int(res, 0, 0) == 0) {
		/* Another broker does, perhaps without what was written just now. */
		atomic_store(&k->wanted, true);
		return 0;
	}
	rc = fold_all(k, err);
	if (pg_exec(k->pg, &unlock, NULL, NULL, &ignored) < 0)
		log_debug("the lock of the blocks went with its connection");
	return rc;
}

/* Waits that long, or, where `wanted` may end it, until somebody wants it.  False: it is
 * over. */
static bool wait_us(struct block_keeper *k, int64_t us, bool wanted)
{
	struct timespec until;
	bool stop;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	us += until.tv_nsec / 1000;
	until.tv_sec += us / 1000000;
	until.tv_nsec = us % 1000000 * 1000;
	pthread_mutex_lock(&k->lock);
	while (!atomic_load(&k->stop) && !(wanted && atomic_load(&k->wanted)))
		if (pthread_cond_timedwait(&k->wake, &k->lock, &until) == ETIMEDOUT)
			break;
	stop = atomic_load(&k->stop);
	pthread_mutex_unlock(&k->lock);
	return !stop;
}

static void *keeper_main(void *arg)
{
	struct block_keeper *k = arg;
	int64_t pause = PAUSE_US;

	while (wait_us(k, UNASKED_S * INT64_C(1000000), true) &&
		wait_us(k, pause, false)) {
		int64_t start = clock_monotonic();
		struct err err = {0};

		atomic_store(&k->wanted, false);
		if (fold_locked(k, &err) < 0) {
			log_warn("what there is by type could not be added up, which is "
				 "tried again reason=\"%s\"",
				err.detail);
			atomic_store(&k->wanted, true);
		}
		pause = (clock_monotonic() - start) * SHARE;
		if (pause < PAUSE_US)
			pause = PAUSE_US;
	}
	return NULL;
}

static void keeper_free(struct block_keeper *k)
{
	pg_close(k->pg);
	pthread_mutex_destroy(&k->lock);
	pthread_cond_destroy(&k->wake);
	free(k);
}

struct block_keeper *block_keeper_start(const struct pg_config *config, struct err *err)
{
	struct block_keeper *k = mem_alloc(sizeof(*k));
	struct pg_config own = *config;
	pthread_condattr_t attr;

	own.lane = true;
	k->pg = pg_open(&own);
	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&k->wake, &attr);
	pthread_condattr_destroy(&attr);
	atomic_init(&k->wanted, true);
	if (pthread_create(&k->thread, NULL, keeper_main, k) == 0)
		return k;
	keeper_free(k);
	err_set(err, ERR_INTERNAL, "cannot start the thread that adds up entities");
	return NULL;
}

void block_keeper_wake(struct block_keeper *k)
{
	if (k == NULL || atomic_exchange(&k->wanted, true))
		return;
	pthread_mutex_lock(&k->lock);
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->lock);
}

void block_keeper_stop(struct block_keeper *k)
{
	if (k == NULL)
		return;
	pthread_mutex_lock(&k->lock);
	atomic_store(&k->stop, true);
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->lock);
	pthread_join(k->thread, NULL);
	keeper_free(k);
}
