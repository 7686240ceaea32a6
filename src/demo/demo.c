/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ordinary client of the HTTP API.  Entities go in batches by upsert with short names
 * and no @context: the broker's default one knows the models.
 */
#include <demo/demo.h>

#include "session.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <base/strbuf.h>
#include <demo/city.h>

#include <argp.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH        100
#define SESSIONS     4 /* that load histories */
#define ROUND        30 /* seconds in which --live comes by every sensor once */
#define DEFAULT_BASE "http://localhost:1026"
#define DEFAULT_SEED 13
#define DEFAULT_DAYS 7
#define DAYS_MAX     31

struct demo {
	struct session session;
	uint64_t seed;
	bool live, remove;
	unsigned days;
};

static volatile sig_atomic_t stopped;

static struct client *new_client(void)
{
	return client_new(&(struct client_config){.user_agent = "calanque-demo"});
}

static void on_signal(int number)
{
	stopped = number;
}

/* ---- the command line ---- */

enum option_key {
	KEY_BASE = 'b',
	KEY_SEED = 's',
	KEY_LIVE = 'l',
	KEY_REMOVE = 'r',
	KEY_TENANT = 't',
	KEY_DAYS = 'd',
};

static const struct argp_option options[] = {
	{"base", KEY_BASE, "URL", 0, "The broker (default " DEFAULT_BASE ")", 0},
	{"seed", KEY_SEED, "N", 0, "Another number, another city (default 13)", 0},
	{"live", KEY_LIVE, NULL, 0, "Go on: every sensor reports every half minute", 0},
	{"remove", KEY_REMOVE, NULL, 0,
		"Delete the city's entities and their history, and nothing "
		"else",
		0},
	{"days", KEY_DAYS, "N", 0,
		"How many days of history come along (default 7; 0: none)", 0},
	{"tenant", KEY_TENANT, "NAME", 0, "Put it there (NGSILD-Tenant)", 0},
	{0},
};

static void parse_seed(struct argp_state *state, const char *arg, uint64_t *seed)
{
	char *end;

	errno = 0;
	*seed = strtoull(arg, &end, 10);
	if (errno != 0 || *arg < '0' || *arg > '9' || *end != '\0')
		argp_error(state, "--seed: expected a whole number, not '%s'", arg);
}

static void parse_days(struct argp_state *state, const char *arg, unsigned *days)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (*arg < '0' || *arg > '9' || *end != '\0' || n > DAYS_MAX)
		argp_error(state, "--days: expected 0 to %d, not '%s'", DAYS_MAX, arg);
	*days = (unsigned)n;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct demo *d = state->input;
	size_t len;

	switch (key) {
	case KEY_BASE:
		len = strlen(arg);
		while (len > 0 && arg[len - 1] == '/')
			len--;
		if (len >= sizeof(d->session.base) - 64)
			argp_error(state, "--base: the URL is too long");
		(void)snprintf(
			d->session.base, sizeof(d->session.base), "%.*s", (int)len, arg);
		return 0;
	case KEY_SEED:
		parse_seed(state, arg, &d->seed);
		return 0;
	case KEY_DAYS:
		parse_days(state, arg, &d->days);
		return 0;
	case KEY_LIVE:
		d->live = true;
		return 0;
	case KEY_REMOVE:
		d->remove = true;
		return 0;
	case KEY_TENANT:
		if (strpbrk(arg, "\r\n") != NULL || strlen(arg) > 200)
			argp_error(state, "--tenant: no such name is allowed");
		(void)snprintf(d->session.tenant, sizeof(d->session.tenant),
			"NGSILD-Tenant: %s", arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is one word too many", arg);
		return 0;
	case ARGP_KEY_END:
		if (d->live && d->remove)
			argp_error(state, "--live and --remove exclude each other");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- loading ---- */

static int upsert(struct demo *d, size_t from, size_t to, int64_t now)
{
	auto_strbuf body = {0};

	for (size_t i = from; i < to; i++) {
		strbuf_addc(&body, i == from ? '[' : ',');
		city_entity(&body, d->seed, i, city_last_report(d->seed, i, now));
	}
	strbuf_addc(&body, ']');
	if (session_post(&d->session, "upsert", &body) < 0)
		return session_unreachable(&d->session);
	if (d->session.reply.status != 201 && d->session.reply.status != 204 &&
		d->session.reply.status != 200)
		return session_refused(&d->session, "take the city");
	return 0;
}

/* What a logger sends when it has a network again. */
static int load_late(struct demo *d, int64_t now, size_t *observations)
{
	auto_strbuf body = {0};

	strbuf_addc(&body, '[');
	*observations += city_late(&body, d->seed, now);
	strbuf_addc(&body, ']');
	if (session_post(&d->session, "update", &body) < 0)
		return session_unreachable(&d->session);
	return d->session.reply.status == 204
		? 0
		: session_refused(&d->session, "take late values");
}

/* What several sessions load together. */
struct week {
	const struct demo *demo;
	int64_t now;
	atomic_size_t next, observations;
	atomic_bool failed; /* somebody has said why */
};

/* -1 where the broker does not take it; the first one to notice says so. */
static int load_history(struct week *w, struct session *s, size_t index)
{
	auto_strbuf body = {0};
	size_t n = city_week(&body, w->demo->seed, index, w->now, w->demo->days);
	bool sent;

	w->observations += n;
	if (n == 0)
		return 0;
	sent = session_send(s, "POST", "temporal/entities", &body) == 0;
	if (sent && (s->reply.status == 201 || s->reply.status == 204))
		return 0;
	if (atomic_exchange(&w->failed, true))
		return -1;
	return sent ? session_refused(s, "take the city's history")
		    : session_unreachable(s);
}

static void *load_histories(void *arg)
{
	struct week *w = arg;
	struct session s = w->demo->session;

	s.client = new_client();
	s.reply = (struct client_reply){0};
	for (size_t i; (i = w->next++) < city_size() && !stopped && !w->failed;)
		if (load_history(w, &s, i) < 0)
			break;
	client_reply_fini(&s.reply);
	client_free(s.client);
	return NULL;
}

static int load_week(struct demo *d, int64_t now)
{
	struct week w = {.demo = d, .now = now};
	int64_t start = clock_monotonic();
	pthread_t threads[SESSIONS];
	size_t n = 0, late = 0;

	while (n < SESSIONS && pthread_create(&threads[n], NULL, load_histories, &w) == 0)
		n++;
	if (n == 0)
		(void)load_histories(&w);
	while (n > 0)
		(void)pthread_join(threads[--n], NULL);
	if (w.failed)
		return -1;
	if (stopped)
		return 0;
	if (load_late(d, now, &late) < 0)
		return -1;
	(void)printf("Its last %u day%s: %zu observations in %.2f s.\n", d->days,
		d->days == 1 ? "" : "s", w.observations + late,
		(double)(clock_monotonic() - start) / 1e6);
	(void)fflush(stdout);
	return 0;
}

static int load(struct demo *d)
{
	int64_t start = clock_monotonic(), now = clock_now();
	size_t n = city_size();

	for (size_t from = 0; from < n && !stopped; from += BATCH)
		if (upsert(d, from, from + BATCH < n ? from + BATCH : n, now) < 0)
			return -1;
	if (stopped)
		return 0;
	(void)printf("The demo city is there: %zu sensors and as many devices in %zu "
		     "communes, "
		     "%zu entities in %.2f s.\n",
		city_sensors(), city_communes(), n,
		(double)(clock_monotonic() - start) / 1e6);
	(void)fflush(stdout);
	return d->days > 0 ? load_week(d, now) : 0;
}

/* A broker without histories, or with none of this one, is as good. */
static int remove_history(struct demo *d)
{
	char id[CITY_ID], path[CITY_ID + 32];

	for (size_t i = 0; i < city_size() && !stopped; i++) {
		(void)snprintf(
			path, sizeof(path), "temporal/entities/%s", city_id(i, id));
		if (session_send(&d->session, "DELETE", path, NULL) < 0)
			return session_unreachable(&d->session);
		if (d->session.reply.status != 204 && d->session.reply.status != 404)
			return session_refused(&d->session, "delete the city's history");
	}
	return 0;
}

static int remove_all(struct demo *d)
{
	char id[CITY_ID];
	size_t n = city_size(), gone = 0;

	for (size_t i = 0; i < n;) {
		auto_strbuf body = {0};
		size_t from = i;
		int absent;

		for (; i < n && i < from + BATCH; i++)
			strbuf_addf(
				&body, "%c\"%s\"", i == from ? '[' : ',', city_id(i, id));
		strbuf_addc(&body, ']');
		if (session_post(&d->session, "delete", &body) < 0)
			return session_unreachable(&d->session);
		absent = d->session.reply.status == 404 ? (int)(i - from)
							: session_missing(&d->session);
		if (absent < 0)
			return session_refused(&d->session, "delete the city");
		gone += i - from - (size_t)absent;
	}
	if (remove_history(d) < 0)
		return -1;
	(void)printf(
		"The demo city is gone: %zu of its %zu entities were there.\n", gone, n);
	return 0;
}

/* ---- --live ---- */

/* One sensor and its device, as they are now; false for the silent one. */
static bool add_report(struct demo *d, struct strbuf *body, size_t sensor, int64_t now)
{
	if (city_is_silent(sensor))
		return false;
	strbuf_addc(body, body->len == 0 ? '[' : ',');
	city_measures(body, d->seed, sensor, now);
	strbuf_addc(body, ',');
	city_measures(body, d->seed, sensor + city_sensors(), now);
	return true;
}

/* The sensors [from, to) report; those that somebody deleted are put back. */
static int report(struct demo *d, size_t from, size_t to)
{
	auto_strbuf body = {0};
	int64_t now = clock_now();
	size_t n = city_sensors();

	for (size_t i = from; i < to; i++)
		(void)add_report(d, &body, i, now);
	if (body.len == 0)
		return 0;
	strbuf_addc(&body, ']');
	if (session_post(&d->session, "update", &body) < 0)
		return -1;
	if (d->session.reply.status == 204 || d->session.reply.status == 200)
		return 0;
	if (d->session.reply.status != 207 && d->session.reply.status != 404)
		return session_refused(&d->session, "take new values");
	if (upsert(d, from, to, now) < 0)
		return -1;
	return upsert(d, n + from, n + to, now);
}

static void pause_until(struct timespec *next)
{
	next->tv_sec++;
	while (!stopped &&
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, next, NULL) == EINTR)
		;
}

static int live(struct demo *d)
{
	size_t n = city_sensors(), step = (n + ROUND - 1) / ROUND, from = 0;
	bool lost = false;
	struct timespec next;

	(void)printf("Sensors report, %zu a second; Ctrl-C ends it.\n", step);
	(void)fflush(stdout);
	(void)clock_gettime(CLOCK_MONOTONIC, &next);
	while (!stopped) {
		size_t to = from + step < n ? from + step : n;
		bool ok = report(d, from, to) == 0;

		if (!ok && !lost && client_failure(d->session.client) != CLIENT_OK)
			(void)fprintf(stderr,
				"calanque demo: %s; trying again every second\n",
				d->session.err.detail);
		if (ok && lost)
			(void)printf("The broker answers again.\n");
		lost = !ok;
		from = to < n ? to : 0;
		pause_until(&next);
	}
	(void)printf("Stopped.\n");
	return 0;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

int demo_main(int argc, char **argv)
{
	static const struct argp argp = {options, parse_option, NULL,
		"Loads a city to play with: a metropolis around Marseille, its sensors "
		"and their "
		"devices.  Loading it again only refreshes the values.",
		NULL, NULL, NULL};
	static char name[] = "calanque demo";
	struct demo d = {.session = {.base = DEFAULT_BASE},
		.seed = DEFAULT_SEED,
		.days = DEFAULT_DAYS};
	char *program = argv[0];
	error_t usage;
	int rc;

	argv[0] = name; /* what --help and complaints begin with */
	argp_err_exit_status = 2;
	usage = argp_parse(&argp, argc, argv, 0, NULL, &d);
	argv[0] = program;
	if (usage != 0)
		return 2;
	log_init(LOG_ERROR,
		LOG_LOGFMT); /* what fails is said below, in words for people */
	d.session.client = new_client();
	catch_signals();
	rc = d.remove ? remove_all(&d) : load(&d);
	if (rc == 0 && d.live && !stopped)
		rc = live(&d);
	client_reply_fini(&d.session.reply);
	client_free(d.session.client);
	return rc == 0 ? 0 : 1;
}
