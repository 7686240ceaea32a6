/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a killed broker or postmaster left behind.  Every PostgreSQL process we start
 * inherits a lock on postgres.lock, so the lock is free exactly when none is left, in
 * whatever container; no process id can mislead.  Whom to signal is read from /proc: the
 * processes named postgres whose working directory is the cluster (all of them chdir to
 * it), which also finds a server that somebody started there by hand.  Then the pid files,
 * stale by now, go: PostgreSQL would believe them if a number were taken again.
 */
#include "cluster_priv.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LEFTOVERS_MOST 512
#define POLL_US        5000
/* Microseconds after which a postmaster, then its orphans, are asked less kindly. */
#define FAST_US   60000000
#define ORPHAN_US 1000000
#define LOG_US    5000000

/* Is it a postgres at work in that directory? */
static bool works_in(const char *pid, const struct stat *dir)
{
	char path[300], exe[PATH_MAX];
	const char *name;
	struct stat st;
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%s/cwd", pid);
	if (stat(path, &st) < 0 || st.st_ino != dir->st_ino || st.st_dev != dir->st_dev)
		return false;
	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	len = readlink(path, exe, sizeof(exe) - 1);
	if (len < 0)
		return false;
	exe[len] = '\0';
	name = strrchr(exe, '/');
	return name != NULL && strncmp(name, "/postgres", 9) == 0;
}

static size_t find_all(const char *cluster, pid_t *pids)
{
	struct dirent *e;
	struct stat dir;
	size_t n = 0;
	DIR *proc;

	if (stat(cluster, &dir) < 0)
		return 0;
	proc = opendir("/proc");
	if (proc == NULL)
		return 0;
	while (n < LEFTOVERS_MOST && (e = readdir(proc)) != NULL)
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' &&
			works_in(e->d_name, &dir))
			pids[n++] = (pid_t)atol(e->d_name);
	closedir(proc);
	return n;
}

/* The process that postmaster.pid names; 0: none. */
static pid_t recorded(const struct places *p)
{
	char path[PATH_MAX + 16];
	long pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/postmaster.pid", p->cluster);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%ld", &pid) != 1)
		pid = 0;
	fclose(f);
	return (pid_t)pid;
}

/* A postmaster is asked to shut down fast and gets its time; orphans have nobody left to
 * work for. */
static int kind_of_signal(bool has_postmaster, int64_t waited)
{
	if (has_postmaster)
		return waited < FAST_US ? SIGINT : SIGQUIT;
	return waited < ORPHAN_US ? SIGQUIT : SIGKILL;
}

static void signal_all(
	const struct places *p, const pid_t *pids, size_t n, int64_t waited, int *sent)
{
	pid_t postmaster = recorded(p);
	bool has_postmaster = false;
	int sig;

	for (size_t i = 0; i < n; i++)
		has_postmaster = has_postmaster || pids[i] == postmaster;
	sig = kind_of_signal(has_postmaster, waited);
	if (sig == *sent)
		return;
	*sent = sig;
	log_info("ending what is left of PostgreSQL in %s processes=%zu signal=%s",
		p->cluster, n, sigabbrev_np(sig));
	for (size_t i = 0; i < n; i++)
		if (!has_postmaster || pids[i] == postmaster)
			(void)kill(pids[i], sig);
}

static bool forget(const char *dir, const char *name)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return unlink(path) == 0;
}

/* The pid file, and the socket's with its own. */
static void forget_pids(const struct places *p)
{
	if (forget(p->cluster, "postmaster.pid"))
		log_info("removed a stale postmaster.pid in %s", p->cluster);
	(void)forget(p->run, ".s.PGSQL." CLUSTER_PORT ".lock");
	(void)forget(p->run, ".s.PGSQL." CLUSTER_PORT);
}

int leftovers_end(const struct places *p, const struct account *as,
	const atomic_bool *stop, struct err *err)
{
	int fd = lock_file(p->alive, as);
	int64_t start = clock_monotonic(), told = start;
	pid_t pids[LEFTOVERS_MOST];
	int sent = 0;

	if (fd < 0)
		return path_fail(err, "open", p->alive);
	for (;;) {
		bool locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
		int64_t now = clock_monotonic();
		size_t n;

		if (!locked && errno != EWOULDBLOCK && errno != EINTR)
			break;
		n = locked && recorded(p) == 0 ? 0 : find_all(p->cluster, pids);
		if (locked && n == 0) {
			forget_pids(p);
			return fd;
		}
		if (stop != NULL && atomic_load(stop)) {
			close(fd);
			return err_set(err, ERR_UNAVAILABLE, "stopped while starting");
		}
		if (n > 0)
			signal_all(p, pids, n, now - start, &sent);
		if (now - told > LOG_US) {
			log_info("waiting for PostgreSQL in %s to end", p->cluster);
			told = now;
		}
		usleep(POLL_US);
	}
	(void)path_fail(err, "lock", p->alive);
	close(fd);
	return -1;
}
