/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directories of the private PostgreSQL and who owns them.  What exists is never
 * given away: only directories that we made ourselves change hands.
 */
#include "cluster_priv.h"

#include <base/err.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKET_PATH_MOST 107 /* bytes of a unix socket's path */

int path_fail(struct err *err, const char *what, const char *path)
{
	if (errno == ENOSPC || errno == EDQUOT)
		return err_set(
			err, ERR_UNAVAILABLE, "no room is left on the disk of %s", path);
	return err_set(
		err, ERR_UNAVAILABLE, "cannot %s %s: %s", what, path, strerror(errno));
}

static int account_named(const char *name, struct account *out)
{
	struct passwd pw, *found = NULL;
	char buf[4096];

	if (getpwnam_r(name, &pw, buf, sizeof(buf), &found) != 0 || found == NULL)
		return -1;
	out->uid = pw.pw_uid;
	out->gid = pw.pw_gid;
	snprintf(out->name, sizeof(out->name), "%s", pw.pw_name);
	return 0;
}

static void account_numbered(uid_t uid, gid_t gid, struct account *out)
{
	struct passwd pw, *found = NULL;
	char buf[4096];

	out->uid = uid;
	out->gid = gid;
	if (getpwuid_r(uid, &pw, buf, sizeof(buf), &found) == 0 && found != NULL)
		snprintf(out->name, sizeof(out->name), "%s", pw.pw_name);
	else
		snprintf(out->name, sizeof(out->name), "%ju", (uintmax_t)uid);
}

/* A cluster that exists keeps its owner, whatever is configured. */
int account_find(
	const char *wanted, const char *cluster, struct account *out, struct err *err)
{
	struct stat st;

	memset(out, 0, sizeof(*out));
	account_numbered(geteuid(), getegid(), out);
	if (stat(cluster, &st) == 0) {
		struct account owner = {0};

		account_numbered(st.st_uid, st.st_gid, &owner);
		if (geteuid() == 0 && st.st_uid != 0)
			owner.change = true;
		else if (geteuid() == 0 || st.st_uid != geteuid())
			return err_set(err, ERR_UNAVAILABLE,
				"%s belongs to user %s; start calanque as %s, or choose "
				"another "
				"--data",
				cluster, owner.name,
				st.st_uid == 0 ? "another user" : "that user or root");
		*out = owner;
		return 0;
	}
	if (geteuid() != 0)
		return 0;
	out->change = true;
	if (wanted != NULL && account_named(wanted, out) < 0)
		return err_set(err, ERR_UNAVAILABLE, "there is no user %s", wanted);
	if (wanted == NULL && account_named("postgres", out) < 0 &&
		account_named("nobody", out) < 0)
		return err_set(err, ERR_UNAVAILABLE,
			"PostgreSQL must not run as root, and there is neither a user "
			"postgres "
			"nor nobody; start calanque as an ordinary user");
	if (out->uid == 0)
		return err_set(err, ERR_UNAVAILABLE,
			"PostgreSQL must not run as root; name another user");
	return 0;
}

/* mkdir -p; *made tells whether the last one is new. */
static int make_dirs(const char *path, bool *made)
{
	char part[PATH_MAX];

	*made = false;
	for (const char *p = path; *p != '\0'; p++) {
		if (p[1] != '/' && p[1] != '\0')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)(p + 1 - path), path);
		*made = mkdir(part, p[1] == '\0' ? 0700 : 0755) == 0;
		if (!*made && errno != EEXIST)
			return -1;
	}
	return 0;
}

/* An empty directory that only root may enter was meant for us to give. */
static bool is_gift(const char *path, const struct stat *st)
{
	DIR *dir;
	size_t n = 0;

	if (geteuid() != 0 || st->st_uid != 0 || (st->st_mode & 077) != 0)
		return false;
	dir = opendir(path);
	if (dir == NULL)
		return false;
	while (n < 3 && readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n == 2; /* "." and ".." */
}

static int join(char *out, const char *dir, const char *name, struct err *err)
{
	if (snprintf(out, PATH_MAX, "%s/%s", dir, name) >= PATH_MAX)
		return err_set(err, ERR_UNAVAILABLE, "the path of --data is too long");
	return 0;
}

int places_open(const char *data, struct places *out, bool *made, struct err *err)
{
	struct stat st;

	if (make_dirs(data, made) < 0)
		return path_fail(err, "make the directory", data);
	if (realpath(data, out->data) == NULL || stat(out->data, &st) < 0)
		return path_fail(err, "use the directory", data);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_UNAVAILABLE, "%s is not a directory", data);
	*made = *made || is_gift(out->data, &st);
	if (join(out->cluster, out->data, "postgres", err) < 0 ||
		join(out->half_made, out->data, "postgres.new", err) < 0 ||
		join(out->lock, out->data, "calanque.lock", err) < 0 ||
		join(out->alive, out->data, "postgres.lock", err) < 0 ||
		join(out->run, out->data, "run", err) < 0)
		return -1;
	return 0;
}

/* Fits into sockaddr_un, and needs no quoting in PostgreSQL's list of directories. */
static bool socket_fits(const char *dir)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/._-+@";

	return strlen(dir) + strlen("/.s.PGSQL." CLUSTER_PORT) <= SOCKET_PATH_MOST &&
		dir[strspn(dir, plain)] == '\0';
}

/* A short place for the socket of a long path: its name is a hash of the path. */
static void short_run(struct places *p)
{
	const char *base = geteuid() != 0 ? getenv("XDG_RUNTIME_DIR") : NULL;
	uint64_t h = 0xcbf29ce484222325ULL;

	for (const char *s = p->data; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3ULL;
	if (base != NULL && access(base, W_OK | X_OK) == 0) {
		snprintf(
			p->run, sizeof(p->run), "%s/calanque-%016jx", base, (uintmax_t)h);
		if (socket_fits(p->run))
			return;
	}
	snprintf(p->run, sizeof(p->run), "/tmp/calanque-%016jx", (uintmax_t)h);
}

/* 0700 and theirs; somebody else's directory of that name in /tmp is not used. */
static int give_run(const struct places *p, const struct account *as, struct err *err)
{
	struct stat st;

	if (mkdir(p->run, 0700) == 0) {
		if (as->change && lchown(p->run, as->uid, as->gid) < 0)
			return path_fail(err, "give away", p->run);
	} else if (errno != EEXIST) {
		return path_fail(err, "make the directory", p->run);
	}
	if (lstat(p->run, &st) < 0)
		return path_fail(err, "use the directory", p->run);
	if (!S_ISDIR(st.st_mode) || st.st_uid != as->uid || (st.st_mode & 077) != 0)
		return err_set(err, ERR_UNAVAILABLE,
			"%s must be a directory of user %s with mode 0700; remove it",
			p->run, as->name);
	return 0;
}

int places_give(struct places *p, const struct account *as, bool made, struct err *err)
{
	if (made && as->change && chown(p->data, as->uid, as->gid) < 0)
		return path_fail(err, "give away", p->data);
	if (!socket_fits(p->run))
		short_run(p);
	return give_run(p, as, err);
}

static int lock_refused(const struct places *p, int fd, struct err *err)
{
	char pid[32] = "";

	if (errno != EWOULDBLOCK)
		return path_fail(err, "lock", p->lock);
	if (read(fd, pid, sizeof(pid) - 1) < 0)
		pid[0] = '\0';
	pid[strspn(pid, "0123456789")] = '\0';
	return err_set(err, ERR_UNAVAILABLE,
		"another calanque (process %s) uses %s; stop it, or choose another "
		"--data",
		pid[0] != '\0' ? pid : "unknown", p->data);
}

int lock_file(const char *path, const struct account *as)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0 && as->change)
		(void)!fchown(fd, as->uid, as->gid); /* so that they can start it, too */
	return fd;
}

int places_lock(const struct places *p, const struct account *as, struct err *err)
{
	int fd = lock_file(p->lock, as);
	char pid[32];
	int len;

	if (fd < 0)
		return path_fail(err, "open", p->lock);
	len = snprintf(pid, sizeof(pid), "%jd\n", (intmax_t)getpid());
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		(void)lock_refused(p, fd, err);
	else if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, (size_t)len, 0) != len)
		(void)path_fail(err, "write", p->lock);
	else
		return fd;
	close(fd);
	return -1;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	return remove(path);
}

int remove_tree(const char *path, struct err *err)
{
	struct stat st;

	if (lstat(path, &st) < 0 && errno == ENOENT)
		return 0;
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
		return path_fail(err, "remove", path);
	return 0;
}

int cluster_major(const struct places *p)
{
	char path[PATH_MAX + 16];
	int major = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/PG_VERSION", p->cluster);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%d", &major) != 1)
		major = 0;
	fclose(f);
	return major;
}
