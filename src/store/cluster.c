/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The private PostgreSQL: starting, watching, stopping.
 *
 * Two threads: the supervisor is the postmaster's parent (it forks, waits for its end and
 * starts it again; it must live as long as the broker, because the postmaster's
 * PR_SET_PDEATHSIG belongs to it), the reader passes PostgreSQL's log on to ours.
 */
#include <store/cluster.h>

#include "cluster_priv.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <base/mem.h>
#include <base/metrics.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define POLL_US       2000
#define LOG_US        5000000
#define STEADY_US     10000000 /* a postmaster that lived so long is no frequent crasher */
#define BACKOFF_FIRST 100 /* ms */
#define BACKOFF_MOST  5000 /* ms */
#define STOP_S        60 /* for a fast shutdown, before it becomes an immediate one */

struct cluster {
	struct places places;
	struct installation pg;
	struct account as;
	char conninfo[PATH_MAX + 128];
	int lock; /* of calanque.lock */
	int alive; /* of postgres.lock, until a postmaster has inherited it */
	int log[2]; /* pipe: PostgreSQL's log */
	bool has_reader, has_supervisor;
	pthread_t supervisor, reader;

	pthread_mutex_t mutex; /* guards all below */
	pthread_cond_t changed;
	pid_t pid; /* 0: not running */
	bool ready; /* was ready once */
	bool stopping;
	bool ended; /* the supervisor gave up */
	char said[200]; /* the last fatal line of PostgreSQL's log */
};

/* One line of PostgreSQL's log: levels as ours, what ended it kept for messages. */
static void log_line(struct cluster *c, const char *line)
{
	const char *fatal = strstr(line, "FATAL:");
	const char *text;

	if (fatal == NULL)
		fatal = strstr(line, "PANIC:");
	if (fatal == NULL) {
		log_debug("postgresql: %s", line);
		return;
	}
	text = fatal + strlen("FATAL:");
	text += strspn(text, " ");
	if (strncmp(text, "the database system is", 22) == 0 ||
		strncmp(text, "terminating connection", 22) == 0) {
		log_debug("postgresql: %s", line);
		return;
	}
	log_error("postgresql: %s", line);
	pthread_mutex_lock(&c->mutex);
	snprintf(c->said, sizeof(c->said), "%s", text);
	pthread_mutex_unlock(&c->mutex);
}

static void *reader_main(void *arg)
{
	struct cluster *c = arg;
	FILE *f = fdopen(c->log[0], "r");
	char line[1024];

	assert(f != NULL);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '\0')
			log_line(c, line);
	}
	fclose(f);
	return NULL;
}

/* Forks the postmaster.  Not under the mutex: leftovers_end() may take its time. */
static int launch(struct cluster *c, struct err *err)
{
	char postgres[PATH_MAX + 16], sockets[PATH_MAX + 64];
	const char *const argv[] = {postgres, "-D", c->places.cluster, "-p", CLUSTER_PORT,
		"-c", sockets, NULL};
	struct spawn s = {argv, &c->as, c->places.cluster, -1, c->log[1], -1, SIGINT};
	pid_t pid;

	snprintf(postgres, sizeof(postgres), "%s/postgres", c->pg.bindir);
	snprintf(sockets, sizeof(sockets), "unix_socket_directories=%s", c->places.run);
	if (c->alive < 0)
		c->alive = leftovers_end(&c->places, &c->as, NULL, err);
	if (c->alive < 0)
		return -1;
	s.keep = c->alive;
	pid = spawn(&s);
	if (pid < 0)
		return path_fail(err, "start", postgres);
	/* The postmaster and its children hold the lock from here on. */
	close(c->alive);
	c->alive = -1;
	pthread_mutex_lock(&c->mutex);
	c->pid = pid;
	if (c->stopping)
		(void)kill(pid, SIGINT);
	pthread_mutex_unlock(&c->mutex);
	return 0;
}

/* Waits for the postmaster's end.  It is reaped under the mutex, so that nobody signals a
 * number that belongs to another process by then. */
static void await_end(struct cluster *c)
{
	siginfo_t info;
	int status = 0;

	while (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOWAIT) < 0 &&
		errno == EINTR)
		;
	pthread_mutex_lock(&c->mutex);
	(void)waitpid(c->pid, &status, 0);
	if (!c->stopping)
		log_error("PostgreSQL ended process=%d %s=%d", (int)c->pid,
			WIFSIGNALED(status) ? "signal" : "status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	c->pid = 0;
	pthread_mutex_unlock(&c->mutex);
}

/* Sleeps before the next start; true when it is time to stop instead. */
static bool pause_ms(struct cluster *c, unsigned ms)
{
	struct timespec until;
	bool stopping;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&c->mutex);
	while (!c->stopping && ms > 0)
		if (pthread_cond_timedwait(&c->changed, &c->mutex, &until) == ETIMEDOUT)
			break;
	stopping = c->stopping;
	pthread_mutex_unlock(&c->mutex);
	return stopping;
}

static bool goes_on(struct cluster *c)
{
	bool on;

	pthread_mutex_lock(&c->mutex);
	on = c->ready && !c->stopping; /* what never got ready is not tried again */
	pthread_mutex_unlock(&c->mutex);
	return on;
}

/* At once after a crash, ever later when it keeps happening. */
static unsigned delay_ms(unsigned crashes)
{
	unsigned ms = BACKOFF_FIRST;

	if (crashes <= 1)
		return 0;
	for (unsigned i = 2; i < crashes && ms < BACKOFF_MOST; i++)
		ms *= 2;
	return ms < BACKOFF_MOST ? ms : BACKOFF_MOST;
}

static void *supervisor_main(void *arg)
{
	struct cluster *c = arg;
	unsigned crashes = 0;
	bool first = true;

	do {
		int64_t start = clock_monotonic();
		struct err err = {0};

		if (!first) {
			metric_add(METRIC_cluster_restarts_total, 1);
			log_warn("starting PostgreSQL again");
		}
		first = false;
		if (launch(c, &err) == 0)
			await_end(c);
		else
			log_error("%s", err.detail);
		if (clock_monotonic() - start > STEADY_US)
			crashes = 0;
		crashes++;
	} while (goes_on(c) && !pause_ms(c, delay_ms(crashes)));
	pthread_mutex_lock(&c->mutex);
	c->ended = true;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->mutex);
	return NULL;
}

/* The postmaster writes its state into line 8 of postmaster.pid. */
static bool says_ready(const struct cluster *c, pid_t pid)
{
	char path[PATH_MAX + 16], line[PATH_MAX + 16] = "";
	bool mine = false, ready = false;
	FILE *f;

	snprintf(path, sizeof(path), "%s/postmaster.pid", c->places.cluster);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	for (int i = 1; i <= 8 && fgets(line, sizeof(line), f) != NULL; i++) {
		if (i == 1)
			mine = atol(line) == (long)pid;
		ready = i == 8 && strncmp(line, "ready", 5) == 0;
	}
	fclose(f);
	return mine && ready;
}

static int start_failed(struct cluster *c, struct err *err)
{
	char said[sizeof(c->said)];

	usleep(50000); /* the reader may be behind */
	pthread_mutex_lock(&c->mutex);
	snprintf(said, sizeof(said), "%s", c->said);
	pthread_mutex_unlock(&c->mutex);
	if (strstr(said, "No space left") != NULL)
		return err_set(err, ERR_UNAVAILABLE,
			"no room is left on the disk of %s to start PostgreSQL",
			c->places.data);
	return err_set(err, ERR_UNAVAILABLE, "PostgreSQL did not start in %s: %s",
		c->places.data, said[0] != '\0' ? said : "see the log above");
}

static int await_ready(struct cluster *c, const atomic_bool *stop, struct err *err)
{
	int64_t told = clock_monotonic();

	for (;;) {
		bool ended, ready;
		pid_t pid;

		pthread_mutex_lock(&c->mutex);
		pid = c->pid;
		ended = c->ended;
		pthread_mutex_unlock(&c->mutex);
		ready = pid != 0 && says_ready(c, pid);
		if (ready) {
			pthread_mutex_lock(&c->mutex);
			c->ready = true;
			pthread_mutex_unlock(&c->mutex);
			return 0;
		}
		if (ended)
			return start_failed(c, err);
		if (stop != NULL && atomic_load(stop))
			return err_set(err, ERR_UNAVAILABLE, "stopped while starting");
		if (clock_monotonic() - told > LOG_US) {
			told = clock_monotonic();
			log_info("PostgreSQL is starting or recovering; waiting");
		}
		usleep(POLL_US);
	}
}

static int start_threads(struct cluster *c, struct err *err)
{
	sigset_t all, old;
	int rc;

	if (pipe2(c->log, O_CLOEXEC) < 0)
		return path_fail(err, "make a pipe for", "PostgreSQL's log");
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&c->reader, NULL, reader_main, c);
	c->has_reader = rc == 0;
	if (rc == 0) {
		rc = pthread_create(&c->supervisor, NULL, supervisor_main, c);
		c->has_supervisor = rc == 0;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0)
		return err_set(
			err, ERR_UNAVAILABLE, "cannot start a thread: %s", strerror(rc));
	return 0;
}

static int prepare(
	struct cluster *c, const struct cluster_config *config, struct err *err)
{
	struct places *p = &c->places;
	bool made = false;
	int major;

	if (places_open(config->data, p, &made, err) < 0)
		return -1;
	if (account_find(config->user, p->cluster, &c->as, err) < 0)
		return -1;
	c->lock = places_lock(p, &c->as, err);
	if (c->lock < 0)
		return -1;
	major = cluster_major(p);
	if (installation_find("", major, p->data, &c->pg, err) < 0 ||
		places_give(p, &c->as, made, err) < 0)
		return -1;
	c->alive = leftovers_end(p, &c->as, config->stop, err);
	if (c->alive < 0)
		return -1;
	if (major == 0 && cluster_make(p, &c->pg, &c->as, c->alive, err) < 0)
		return -1;
	if (cluster_configure(p, &c->pg, &c->as, config, err) < 0)
		return -1;
	snprintf(c->conninfo, sizeof(c->conninfo), "host=%s port=%s user=%s dbname=%s",
		p->run, CLUSTER_PORT, CLUSTER_ROLE, CLUSTER_DATABASE);
	return 0;
}

struct cluster *cluster_start(const struct cluster_config *config, struct err *err)
{
	struct cluster *c = mem_alloc(sizeof(*c));
	pthread_condattr_t attr;

	assert(config->data != NULL);
	c->lock = c->alive = c->log[0] = c->log[1] = -1;
	pthread_mutex_init(&c->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->changed, &attr);
	pthread_condattr_destroy(&attr);
	if (prepare(c, config, err) == 0 && start_threads(c, err) == 0 &&
		await_ready(c, config->stop, err) == 0)
		return c;
	cluster_stop(c);
	return NULL;
}

const char *cluster_conninfo(const struct cluster *c)
{
	return c->conninfo;
}

const char *cluster_data(const struct cluster *c)
{
	return c->places.data;
}

int cluster_pid(struct cluster *c)
{
	int pid;

	pthread_mutex_lock(&c->mutex);
	pid = (int)c->pid;
	pthread_mutex_unlock(&c->mutex);
	return pid;
}

static void tell(struct cluster *c, int sig)
{
	pthread_mutex_lock(&c->mutex);
	c->stopping = true;
	if (c->pid != 0)
		(void)kill(c->pid, sig);
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->mutex);
}

static void stop_supervisor(struct cluster *c)
{
	struct timespec until;

	tell(c, SIGINT);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_S;
	if (pthread_timedjoin_np(c->supervisor, NULL, &until) == 0)
		return;
	log_warn("PostgreSQL needs more than %d s to stop; it will recover at the next "
		 "start",
		STOP_S);
	tell(c, SIGQUIT);
	pthread_join(c->supervisor, NULL);
}

void cluster_stop(struct cluster *c)
{
	if (c == NULL)
		return;
	if (c->has_supervisor)
		stop_supervisor(c);
	if (c->log[1] >= 0)
		close(c->log[1]);
	if (c->has_reader)
		pthread_join(c->reader, NULL); /* reads to the end and closes its side */
	else if (c->log[0] >= 0)
		close(c->log[0]);
	if (c->alive >= 0)
		close(c->alive);
	if (c->lock >= 0)
		close(c->lock);
	pthread_cond_destroy(&c->changed);
	pthread_mutex_destroy(&c->mutex);
	free(c);
}
