/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection: how it comes about, is lost, and is made anew.
 *
 * libpq's own PQconnectdbParams() makes it, so that several hosts, connect_timeout and
 * target_session_attrs mean what its manual says; but it can block for seconds a host, so
 * it runs on a thread of its own and a request waits for it at most CONNECT_WAIT.  What
 * comes too late is taken up by the next use.
 */
#include <store/pg.h>

#include "pg_priv.h"

#include <base/clock.h>
#include <base/log.h>
#include <base/mem.h>
#include <base/metrics.h>

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONNECT_WAIT_MS 1000
#define BACKOFF_FIRST   50000 /* us */
#define BACKOFF_MOST    250000 /* us */
#define IDLE_CHECK      5000 /* us without use after which the socket is looked at */

static const char unreachable[] = "the database is not reachable; try again in a moment";

/* Shared by the thread that connects and the pg that waits; the last one frees it. */
struct attempt {
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t ended;
	char *conninfo;
	char *settings; /* SQL to run first */
	PGconn *conn;
	bool usable; /* connected and set up */
	bool done, abandoned;
};

static void attempt_free(struct attempt *at)
{
	if (at->conn != NULL)
		PQfinish(at->conn);
	pthread_cond_destroy(&at->ended);
	pthread_mutex_destroy(&at->lock);
	free(at->conninfo);
	free(at->settings);
	free(at);
}

/* libpq says what happened in the first line, and guesses why in the next. */
static char *first_line(const char *said, char *buf, size_t room)
{
	snprintf(buf, room, "%s", said != NULL ? said : "");
	buf[strcspn(buf, "\n")] = '\0';
	return buf;
}

/* What is said without an error: "already exists, skipping" and the like. */
static void on_notice(void *self, const char *message)
{
	char line[256];

	log_debug("postgresql: %s", first_line(message, line, sizeof(line)));
}

/*
 * Defaults come before the conninfo, which overrides them; what must hold comes after.
 * The TCP ones bound how long a request can hang on a host that vanished.
 */
static PGconn *connect_now(const char *conninfo)
{
	static const char *const keys[] = {"fallback_application_name", "connect_timeout",
		"tcp_user_timeout", "keepalives_idle", "keepalives_interval",
		"keepalives_count", "dbname", "client_encoding", NULL};
	const char *const values[] = {
		"calanque", "3", "10000", "10", "5", "3", conninfo, "UTF8", NULL};

	return PQconnectdbParams(keys, values, 1);
}

static void *attempt_main(void *arg)
{
	struct attempt *at = arg;
	PGconn *conn = connect_now(at->conninfo);
	bool usable = false, abandoned;

	if (PQstatus(conn) == CONNECTION_OK) {
		PGresult *res;

		PQsetNoticeProcessor(conn, on_notice, NULL);
		res = PQexec(conn, at->settings);
		usable = PQresultStatus(res) == PGRES_TUPLES_OK;
		PQclear(res);
	}
	pthread_mutex_lock(&at->lock);
	at->conn = conn;
	at->usable = usable;
	at->done = true;
	abandoned = at->abandoned;
	pthread_cond_signal(&at->ended);
	pthread_mutex_unlock(&at->lock);
	if (abandoned)
		attempt_free(at);
	return NULL;
}

/* Queries are written so that pages come out of an index in their order: a plan that sorts
 * or reads a whole index to merge it has misjudged how many rows there are, and a plan made
 * anew each time costs more than what most queries do. */
static const char reader_settings[] =
	"set_config('enable_sort', 'off', false), set_config('enable_mergejoin', 'off', "
	"false), "
	"set_config('plan_cache_mode', 'force_generic_plan', false), ";

/* Planning for the arrays of each group anew costs more than the group. */
static const char lane_settings[] =
	"set_config('enable_seqscan', 'off', false), set_config('enable_hashjoin', "
	"'off', "
	"false), set_config('enable_mergejoin', 'off', false), "
	"set_config('plan_cache_mode', 'force_generic_plan', false), ";

/*
 * Every session's settings.  The extension's schema goes on the search path because
 * PostGIS may live anywhere; a stronger synchronous_commit of the server stays.
 */
static char *session_settings(const struct pg *pg)
{
	struct strbuf sb = {0};

	strbuf_addf(&sb,
		"SELECT set_config('statement_timeout', '%u', false), "
		"set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO', "
		"false), "
		"set_config('bytea_output', 'hex', false), "
		"set_config('standard_conforming_strings', 'on', false), "
		"set_config('jit', 'off', false), %s"
		"CASE current_setting('synchronous_commit') WHEN 'off' THEN "
		"set_config('synchronous_commit', 'on', false) END, "
		"set_config('search_path', concat_ws(', ', 'calanque', (SELECT "
		"quote_ident("
		"n.nspname) FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace "
		"n "
		"ON n.oid = e.extnamespace WHERE e.extname = 'postgis'), 'public'), "
		"false)",
		pg->statement_timeout_ms,
		pg->reader         ? reader_settings
			: pg->lane ? lane_settings
				   : "");
	return strbuf_steal(&sb, NULL);
}

static int attempt_start(struct pg *pg)
{
	struct attempt *at = mem_alloc(sizeof(*at));
	pthread_condattr_t attr;
	pthread_t thread;
	sigset_t all, old;
	int rc;

	at->conninfo = mem_strdup(pg->conninfo);
	at->settings = session_settings(pg);
	pthread_mutex_init(&at->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&at->ended, &attr);
	pthread_condattr_destroy(&attr);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&thread, NULL, attempt_main, at);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0) {
		log_error("cannot start a thread to connect: %s", strerror(rc));
		attempt_free(at);
		return -1;
	}
	pthread_detach(thread);
	pg->attempt = at;
	return 0;
}

/* Waits for the attempt; false while it is still under way. */
static bool attempt_wait(struct attempt *at)
{
	struct timespec until;
	bool done;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CONNECT_WAIT_MS / 1000;
	until.tv_nsec += CONNECT_WAIT_MS % 1000 * 1000000L;
	pthread_mutex_lock(&at->lock);
	while (!at->done)
		if (pthread_cond_timedwait(&at->ended, &at->lock, &until) == ETIMEDOUT)
			break;
	done = at->done;
	pthread_mutex_unlock(&at->lock);
	return done;
}

static void attempt_abandon(struct attempt *at)
{
	bool done;

	if (at == NULL)
		return;
	pthread_mutex_lock(&at->lock);
	at->abandoned = true;
	done = at->done;
	pthread_mutex_unlock(&at->lock);
	if (done)
		attempt_free(at);
}

static void back_off(struct pg *pg)
{
	pg->backoff = pg->backoff == 0 ? BACKOFF_FIRST : pg->backoff * 2;
	if (pg->backoff > BACKOFF_MOST)
		pg->backoff = BACKOFF_MOST;
	pg->not_before = clock_monotonic() + pg->backoff;
}

static void connected(struct pg *pg, PGconn *conn)
{
	pg->conn = conn;
	pg->drop = false;
	pg->backoff = 0;
	pg->why[0] = '\0';
	pg->last_used = clock_monotonic();
	pg_forget(pg);
	metric_add(METRIC_db_connections, 1);
	if (pg->was_connected) {
		metric_add(METRIC_db_reconnects_total, 1);
		log_info("connected to the database again");
	}
	pg->was_connected = true;
	pg->session++;
}

/* The same reason again and again is told once. */
static void connect_failed(struct pg *pg, PGconn *conn)
{
	char why[sizeof(pg->why)];

	first_line(PQerrorMessage(conn), why, sizeof(why));
	log_write(strcmp(why, pg->why) != 0 ? LOG_WARN : LOG_DEBUG,
		"cannot connect to the database: %s", why);
	memcpy(pg->why, why, sizeof(why));
	metric_add(METRIC_db_errors_total, 1);
	PQfinish(conn);
	back_off(pg);
}

int pg_connect(struct pg *pg, struct err *err)
{
	struct attempt *at;
	PGconn *conn;
	bool usable;

	if (pg->conn != NULL && !pg->drop && PQstatus(pg->conn) == CONNECTION_OK)
		return 0;
	pg_disconnect(pg);
	pg->sqlstate[0] = '\0';
	if (pg->attempt == NULL &&
		(clock_monotonic() < pg->not_before || attempt_start(pg) < 0))
		return err_set(err, ERR_UNAVAILABLE, "%s", unreachable);
	at = pg->attempt;
	if (!attempt_wait(at))
		return err_set(err, ERR_UNAVAILABLE, "%s", unreachable);
	conn = at->conn;
	usable = at->usable;
	at->conn = NULL;
	pg->attempt = NULL;
	attempt_free(at);
	if (!usable) {
		connect_failed(pg, conn);
		return err_set(err, ERR_UNAVAILABLE, "%s", unreachable);
	}
	connected(pg, conn);
	return 0;
}

/* Has the server hung up while nobody looked?  Cheap, and it saves a request a 503. */
static bool hung_up(struct pg *pg)
{
	struct pollfd fd = {.fd = PQsocket(pg->conn), .events = POLLRDHUP};

	return poll(&fd, 1, 0) > 0;
}

int pg_ready(struct pg *pg, struct err *err)
{
	int64_t now = clock_monotonic();

	if (pg->conn != NULL && !pg->drop && now - pg->last_used > IDLE_CHECK &&
		PQtransactionStatus(pg->conn) == PQTRANS_IDLE && hung_up(pg))
		pg->drop = true;
	pg->last_used = now;
	return pg_connect(pg, err);
}

void pg_disconnect(struct pg *pg)
{
	if (pg->conn == NULL)
		return;
	PQfinish(pg->conn);
	pg->conn = NULL;
	pg->drop = false;
	pg_pipeline_reset(pg);
	metric_add(METRIC_db_connections, -1);
}

struct pg *pg_open(const struct pg_config *config)
{
	struct pg *pg = mem_alloc(sizeof(*pg));

	assert(config->conninfo != NULL);
	pg->conninfo = mem_strdup(config->conninfo);
	pg->statement_timeout_ms = config->statement_timeout_ms;
	pg->reader = config->reader;
	pg->lane = config->lane;
	return pg;
}

void pg_close(struct pg *pg)
{
	if (pg == NULL)
		return;
	pg_disconnect(pg);
	attempt_abandon(pg->attempt);
	pg_forget_all(pg);
	free(pg->expected);
	free(pg->conninfo);
	free(pg);
}

int pg_version(const struct pg *pg)
{
	return pg->conn != NULL ? PQserverVersion(pg->conn) : 0;
}

const char *pg_why(const struct pg *pg)
{
	return pg->why;
}

const char *pg_sqlstate(const struct pg *pg)
{
	return pg->sqlstate;
}

bool pg_was_late(const struct pg *pg)
{
	static const char late[][6] = {"40P01", "40001", "23505", "23514"};

	for (size_t i = 0; i < sizeof(late) / sizeof(late[0]); i++)
		if (strcmp(pg->sqlstate, late[i]) == 0)
			return true;
	return false;
}

void pg_tries_again(struct pg *pg, bool will)
{
	pg->tries_again = will;
}

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Class 57 is shutdown and start, 53300 too many connections, 25006 a standby: all pass. */
static bool passes_by_itself(const char *state)
{
	if (strcmp(state, "08P01") == 0)
		return false; /* a statement and its parameters do not fit: our mistake */
	return starts_with(state, "08") || starts_with(state, "57P") ||
		strcmp(state, "53300") == 0 || strcmp(state, "25006") == 0;
}

/* The statement is not what the server thinks (DISCARD, changed tables): start afresh. */
static bool stale(const char *state)
{
	return strcmp(state, "26000") == 0 || strcmp(state, "0A000") == 0 ||
		strcmp(state, "42P05") == 0;
}

static enum log_level level_of(const struct pg *pg)
{
	if (pg->tries_again && pg_was_late(pg))
		return LOG_DEBUG;
	return strcmp(pg->sqlstate, "57014") == 0 ? LOG_WARN : LOG_ERROR;
}

int pg_fail(struct pg *pg, const PGresult *res, const char *what, struct err *err)
{
	const char *state =
		res != NULL ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
	const char *said =
		res != NULL ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	const char *detail =
		res != NULL ? PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL) : NULL;
	bool lost = PQstatus(pg->conn) != CONNECTION_OK;
	char line[512];

	if (state == NULL)
		state = "";
	if (said == NULL)
		said = PQerrorMessage(pg->conn);
	snprintf(pg->sqlstate, sizeof(pg->sqlstate), "%s", state);
	metric_add(METRIC_db_errors_total, 1);
	log_write(level_of(pg), "database: %s: %s%s%s sqlstate=%s", what,
		first_line(said, line, sizeof(line)), detail != NULL ? "; " : "",
		detail != NULL ? detail : "", state[0] != '\0' ? state : "-");
	if (lost || passes_by_itself(state)) {
		pg->drop = true;
		return err_set(err, ERR_UNAVAILABLE, "%s", unreachable);
	}
	if (stale(state))
		pg->drop = true;
	if (strcmp(state, "57014") == 0)
		return err_set(err, ERR_TOO_COMPLEX_QUERY,
			"the database needed more than %u ms; narrow the request "
			"(by type, id, q or geometry) or ask for fewer results",
			pg->statement_timeout_ms);
	if (strcmp(state, "53100") == 0)
		return err_set(err, ERR_UNAVAILABLE, "the database has no room left");
	return err_set(err, ERR_INTERNAL, "storage failure");
}
