/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks on tables are waited for two seconds: who waits for one holds up all that come
 * after it.  What did not work is done at the next look.
 */
#include <store/history_keeper.h>

#include "history_priv.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <base/metrics.h>
#include <core/history_policy.h>
#include <store/dict.h>
#include <store/pg.h>

#include <assert.h>
#include <pthread.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CANCEL_MS 200 /* between two words to a statement that is to end */
#define STEP      20000 /* rows that go in one transaction */
#define DAY_STEPS 8 /* between two looks at whether to end */

struct history_keeper {
	struct history_keeper_config config;
	struct pg_config pg;
	pthread_t thread;
	pthread_mutex_t lock; /* guards `ended` */
	pthread_cond_t wake;
	_Atomic bool stop;
	bool ended;
};

struct keeping {
	const struct history_keeper_config *config;
	struct pg *pg;
	int64_t now;
};

static const struct pg_stmt try_lock = {"history_lock",
	"SELECT pg_try_advisory_lock(4711, 7)::int, set_config('lock_timeout', '2s', "
	"false)",
	.binary = true};
static const struct pg_stmt unlock = {
	"history_unlock", "SELECT pg_advisory_unlock(4711, 7)", .binary = true};
/* Whoever has the lock, be it another broker's keeper: that one tries again. */
static const struct pg_stmt cancel = {"history_cancel",
	"SELECT count(pg_cancel_backend(pid)) FROM pg_locks WHERE locktype = 'advisory'"
	" AND classid = 4711 AND objid = 7 AND granted AND database ="
	" (SELECT oid FROM pg_database WHERE datname = current_database())",
	.binary = true};

/* This month and the two next ones; months of late data: of the last two years any, older
 * ones where they hold enough rows to be worth a table. */
static const struct pg_stmt missing_months = {"history_missing",
	"WITH n AS (SELECT date_trunc('month', $1::timestamptz AT TIME ZONE 'UTC')::date "
	"AS m),"
	" late AS (SELECT date_trunc('month', at AT TIME ZONE 'UTC')::date AS m, "
	"count(*) AS"
	" rows FROM history_default WHERE at >= '1900-01-01Z' AND at < '9999-01-01Z'"
	" AND at >= $2::timestamptz GROUP BY 1),"
	" wanted AS (SELECT (n.m + i * interval '1 month')::date AS m FROM n,"
	" generate_series(0, 2) AS i UNION SELECT late.m FROM late, n WHERE rows >= 10000"
	" OR late.m BETWEEN n.m - interval '2 years' AND n.m + interval '2 months')"
	" SELECT m::text FROM wanted"
	" WHERE to_regclass('history_' || to_char(m, 'YYYY_MM')) IS NULL ORDER BY m "
	"LIMIT 120",
	.binary = true};
static const struct pg_stmt make_month = {"history_make_month",
	"SELECT calanque_history_month($1::text::date)", .binary = true};

static const struct pg_stmt old_months = {"history_old_months",
	"SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
	" WHERE i.inhparent = 'history'::regclass AND c.relname ~ "
	"'^history_\\d{4}_\\d{2}$'"
	" AND (to_date(substr(c.relname, 9), 'YYYY_MM') + interval '1 month')"
	" AT TIME ZONE 'UTC' <= $1::timestamptz ORDER BY 1",
	.binary = true};
static const struct pg_stmt drop_month = {
	"history_drop_month", "SELECT calanque_history_drop($1::text)", .binary = true};

/*
 * A step through the evolutions, those after (tenant, hid): rows that are older than any
 * of their types keeps go, as many as a step may; then what nothing is left of.
 */
static const struct pg_stmt expire_step = {"history_expire",
	"WITH e AS MATERIALIZED (SELECT tenant, hid, types FROM evolution"
	" WHERE (tenant, hid) > ($1::int4, $2::int8) ORDER BY tenant, hid LIMIT 500),"
	" k AS MATERIALIZED (SELECT e.tenant, e.hid, coalesce(max(r.cut_us), $5::int8) "
	"AS us"
	" FROM e LEFT JOIN (SELECT type, -cut AS cut_us FROM unnest($3::int4[], "
	"$4::int8[])"
	" AS u(type, cut)) AS r ON r.type = ANY (e.types) GROUP BY e.tenant, e.hid),"
	" c AS MATERIALIZED (SELECT tenant, hid,"
	" to_timestamp(-us / 1000000.0) AS cut FROM k WHERE us < $6::int8),"
	" o AS MATERIALIZED (SELECT h.hid, h.attr, h.at, h.dataset, h.dup FROM c"
	" JOIN history h ON h.hid = c.hid AND h.at < c.cut AND h.at < $7::timestamptz"
	" LIMIT $8::int8),"
	" d AS (DELETE FROM history h USING o WHERE h.hid = o.hid AND h.attr = o.attr"
	" AND h.at = o.at AND h.dataset = o.dataset AND h.dup = o.dup RETURNING 1),"
	" s AS (DELETE FROM history_day s USING c WHERE s.hid = c.hid"
	" AND s.day::timestamp AT TIME ZONE 'UTC' < c.cut),"
	" g AS (DELETE FROM evolution v USING c WHERE v.tenant = c.tenant AND v.hid = "
	"c.hid"
	" AND v.deleted < c.cut AND NOT EXISTS (SELECT FROM history h WHERE h.hid = "
	"v.hid)"
	" AND NOT EXISTS (SELECT FROM entity n WHERE n.tenant = v.tenant AND n.id = v.id)"
	" RETURNING v.tenant, v.hid, v.types),"
	" t AS (DELETE FROM evolution_type t USING g WHERE t.tenant = g.tenant"
	" AND t.type = ANY (g.types) AND t.hid = g.hid)"
	" SELECT (SELECT count(*) FROM d), tenant, hid FROM e ORDER BY tenant DESC, hid "
	"DESC"
	" LIMIT 1",
	.binary = true};

/* us since 1970 of what is kept at least; INT64_MIN where it is kept for good. */
static int64_t cut_of(const struct keeping *k, int64_t keep)
{
	return keep == HISTORY_FOR_GOOD ? INT64_MIN : k->now - keep;
}

struct cuts {
	int64_t first, last; /* before `first` nothing is kept, after `last` all is */
};

static struct cuts find_cuts(const struct keeping *k)
{
	const struct history_policy *p = k->config->policy;
	int64_t any = cut_of(k, p->any.keep);
	struct cuts c = {any, any};

	for (size_t i = 0; i < p->len; i++) {
		int64_t cut = cut_of(k, p->rules[i].keep);

		c.first = cut < c.first ? cut : c.first;
		c.last = cut > c.last ? cut : c.last;
	}
	return c;
}

static int make_months(struct keeping *k, struct err *err)
{
	int64_t cut = find_cuts(k).first;
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_time(&args, k->now);
	pg_time(&args, cut != INT64_MIN ? cut : -INT64_C(2208988800000000)); /* 1900 */
	if (pg_query(k->pg, &missing_months, &args, &res, err) < 0)
		return -1;
	for (int row = 0; row < PQntuples(res); row++) {
		struct pg_args month = {0};
		auto_pgresult *moved = NULL;

		pg_text(&month, PQgetvalue(res, row, 0));
		if (pg_query(k->pg, &make_month, &month, &moved, err) < 0)
			return -1;
		metric_add(METRIC_history_tables_made_total, 1);
		if (!PQgetisnull(moved, 0, 0))
			metric_add(
				METRIC_history_rows_moved_total, pg_get_int(moved, 0, 0));
	}
	return 0;
}

static int drop_months(struct keeping *k, int64_t before, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_time(&args, before);
	if (pg_query(k->pg, &old_months, &args, &res, err) < 0)
		return -1;
	for (int row = 0; row < PQntuples(res); row++) {
		struct pg_args table = {0};

		pg_text(&table, PQgetvalue(res, row, 0));
		if (pg_exec(k->pg, &drop_month, &table, NULL, err) < 0)
			return -1;
		metric_add(METRIC_history_tables_dropped_total, 1);
		log_info("the history of a month is kept no longer table=%s",
			PQgetvalue(res, row, 0));
	}
	return 0;
}

/* The rules as columns: type, and before when what it had goes. */
static int fill_rules(const struct keeping *k, struct pg_array *types,
	struct pg_array *cuts, struct err *err)
{
	const struct history_policy *p = k->config->policy;

	for (size_t i = 0; i < p->len; i++) {
		const struct history_rule *rule = &p->rules[i];
		int type;

		if (dict_id(k->config->names, rule->iri, strlen(rule->iri), true, &type,
			    err) < 0)
			return -1;
		pg_array_int(types, type);
		pg_array_int(cuts,
			rule->keep == HISTORY_FOR_GOOD ? -INT64_MAX
						       : cut_of(k, rule->keep));
	}
	return 0;
}

static bool stopped(const struct keeping *k)
{
	return k->config->stop != NULL && atomic_load(k->config->stop);
}

static int expire_all(struct keeping *k, int64_t last, struct pg_array *types,
	struct pg_array *cuts, struct err *err)
{
	int64_t keep = k->config->policy->any.keep, tenant = 0, hid = 0, gone;

	while (!stopped(k)) {
		struct pg_args args = {0};
		auto_pgresult *res = NULL;

		pg_int4(&args, (int32_t)tenant);
		pg_int(&args, hid);
		pg_args_array(&args, types);
		pg_args_array(&args, cuts);
		pg_int(&args, keep == HISTORY_FOR_GOOD ? INT64_MAX : -cut_of(k, keep));
		pg_int(&args, INT64_MAX);
		pg_time(&args, last);
		pg_int(&args, STEP);
		if (pg_query(k->pg, &expire_step, &args, &res, err) < 0)
			return -1;
		if (PQntuples(res) == 0)
			return 0;
		gone = pg_get_int(res, 0, 0);
		metric_add(METRIC_history_rows_expired_total, gone);
		if (gone == STEP)
			continue; /* there may be more of these */
		tenant = pg_get_int(res, 0, 1);
		hid = pg_get_int(res, 0, 2);
	}
	return 0;
}

/* What is kept no longer: whole months first. */
static int retain(struct keeping *k, struct err *err)
{
	struct cuts c = find_cuts(k);
	auto_pg_array types = {0}, cuts = {0};

	if (c.first != INT64_MIN && drop_months(k, c.first, err) < 0)
		return -1;
	if (c.last == INT64_MIN)
		return 0;
	pg_array_init(&types, PG_INT4);
	pg_array_init(&cuts, PG_INT8);
	if (fill_rules(k, &types, &cuts, err) < 0)
		return -1;
	return expire_all(k, c.last, &types, &cuts, err);
}

/* Adds up days, some at a time: *more where that was not all. */
static int keep_locked(struct keeping *k, bool retention, bool *more, struct err *err)
{
	int rc = make_months(k, err);

	if (rc == 0 && retention)
		rc = retain(k, err);
	*more = true;
	for (int i = 0; rc == 0 && *more && i < DAY_STEPS && !stopped(k); i++)
		rc = history_days_step(k->pg, k->now, more, err);
	return rc;
}

static int keep(const struct history_keeper_config *config, struct pg *pg, int64_t now,
	bool retention, struct history_look *look, struct err *err)
{
	struct keeping k = {.config = config, .pg = pg, .now = now};
	auto_pgresult *res = NULL;
	struct err ignored = {0};
	int rc;

	if (pg_query(pg, &try_lock, NULL, &res, err) < 0)
		return -1;
	look->busy = pg_get_int(res, 0, 0) == 0;
	if (look->busy)
		return 0;
	rc = keep_locked(&k, retention, &look->more, err);
	if (pg_exec(pg, &unlock, NULL, NULL, &ignored) < 0)
		log_debug("the lock of the history went with its connection");
	return rc;
}

int history_keep(const struct history_keeper_config *config, int64_t now, bool retention,
	struct history_look *look, struct err *err)
{
	struct pg_config own = *config->pg;
	struct pg *pg;
	int rc;

	own.lane = true;
	own.statement_timeout_ms = 60000; /* nobody waits for it but who stops us */
	pg = pg_open(&own);
	*look = (struct history_look){0};
	rc = keep(config, pg, now, retention, look, err);
	pg_close(pg);
	return rc;
}

/* Waits until it is woken, at most so long; called with the lock.  False: the time is over. */
static bool wait_ms(struct history_keeper *k, unsigned ms)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	return pthread_cond_timedwait(&k->wake, &k->lock, &until) != ETIMEDOUT;
}

/* False when it is time to end. */
static bool pause_ms(struct history_keeper *k, unsigned ms)
{
	pthread_mutex_lock(&k->lock);
	while (!atomic_load(&k->stop) && wait_ms(k, ms))
		;
	pthread_mutex_unlock(&k->lock);
	return !atomic_load(&k->stop);
}

static void *keeper_main(void *arg)
{
	struct history_keeper *k = arg;
	struct history_look look = {0};
	unsigned looks = 0;

	do {
		struct err err = {0};
		bool retention = !look.more && looks % k->config.retention_ticks == 0;

		if (history_keep(&k->config, clock_now(), retention, &look, &err) < 0) {
			look.more = false;
			log_write(atomic_load(&k->stop) ? LOG_DEBUG : LOG_WARN,
				"the tables of the history could not be looked after, "
				"which is tried again: %s",
				err.detail);
		} else if (!look.busy && !look.more) {
			looks++;
		}
	} while (pause_ms(k, look.more ? 0 : k->config.tick_ms));
	pthread_mutex_lock(&k->lock);
	k->ended = true;
	pthread_cond_broadcast(&k->wake);
	pthread_mutex_unlock(&k->lock);
	return NULL;
}

struct history_keeper *history_keeper_start(
	const struct history_keeper_config *config, struct err *err)
{
	struct history_keeper *k = calloc(1, sizeof(*k));
	pthread_condattr_t attr;

	assert(k != NULL && config->retention_ticks > 0);
	k->config = *config;
	k->pg = *config->pg;
	k->config.pg = &k->pg;
	k->config.stop = &k->stop;
	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&k->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&k->thread, NULL, keeper_main, k) != 0) {
		free(k);
		err_set(err, ERR_INTERNAL,
			"cannot start the thread that keeps the history");
		return NULL;
	}
	return k;
}

/* A statement may take a minute: nobody waits so long for a broker to end. */
void history_keeper_stop(struct history_keeper *k)
{
	struct err ignored = {0};
	struct pg *pg;

	if (k == NULL)
		return;
	pg = pg_open(k->config.pg);
	pthread_mutex_lock(&k->lock);
	atomic_store(&k->stop, true);
	pthread_cond_broadcast(&k->wake);
	while (!k->ended) {
		if (!wait_ms(k, CANCEL_MS) &&
			pg_exec(pg, &cancel, NULL, NULL, &ignored) < 0)
			log_debug("who keeps the history could not be hurried");
	}
	pthread_mutex_unlock(&k->lock);
	pg_close(pg);
	pthread_join(k->thread, NULL);
	pthread_mutex_destroy(&k->lock);
	pthread_cond_destroy(&k->wake);
	free(k);
}
