/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the private PostgreSQL share. */
#ifndef STORE_CLUSTER_PRIV_H
#define STORE_CLUSTER_PRIV_H

#include <base/attr.h>

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct cluster_config;
struct err;

#define PG_OLDEST 13
#define PG_NEWEST 17

#define CLUSTER_ROLE     "calanque"
#define CLUSTER_DATABASE "calanque"
#define CLUSTER_PORT     "5432" /* only a part of the socket's name */

/* An installed PostgreSQL. */
struct installation {
	int major;
	char bindir[PATH_MAX];
};

/* Whom PostgreSQL's programs run as. */
struct account {
	bool change; /* we are root and must become it */
	uid_t uid;
	gid_t gid;
	char name[64];
};

struct places {
	char data[PATH_MAX]; /* the directory, real path */
	char cluster[PATH_MAX]; /* data/postgres */
	char half_made[PATH_MAX]; /* data/postgres.new */
	char lock[PATH_MAX]; /* data/calanque.lock */
	char alive[PATH_MAX]; /* data/postgres.lock */
	char run[PATH_MAX]; /* where the socket is */
};

/* cluster_find.c.  `root` stands before every path ("" but in tests); major 0: newest.
 * `whose` names the data directory in the message when a given major is missing. */
int installation_find(const char *root, int major, const char *whose,
	struct installation *out, struct err *err) must_check;

/* cluster_spawn.c */
struct spawn {
	const char *const *argv; /* argv[0] is the path */
	const struct account *as;
	const char *dir; /* working directory */
	int in, out; /* standard input; output and error.  -1: /dev/null */
	int keep; /* a descriptor that stays open; -1: none */
	int death_signal; /* that the child gets when the calling thread ends; 0: none */
};
/* The child's process id, or -1 with errno. */
pid_t spawn(const struct spawn *s) must_check;
/* Runs a program to its end with `input` on its standard input.  Its exit status (-1: did
 * not run or was killed); `said` gets the most telling line of its output. */
int run_program(const char *const *argv, const struct account *as, const char *dir,
	const char *input, int keep, char *said, size_t room) must_check;
/* Fills `line` with the most telling line of a program's output. */
void telling_line(const char *output, char *line, size_t room);
/* The first line of what a program prints; false when it fails. */
bool ask_program(const char *path, const char *arg, char *line, size_t room);

/* cluster_dirs.c */
int account_find(const char *wanted, const char *cluster, struct account *out,
	struct err *err) must_check;
int places_open(
	const char *data, struct places *out, bool *made, struct err *err) must_check;
/* Gives directories that we made to the account; makes and checks the socket's. */
int places_give(struct places *p, const struct account *as, bool made,
	struct err *err) must_check;
/* The broker's own lock: a descriptor, or -1. */
int places_lock(
	const struct places *p, const struct account *as, struct err *err) must_check;
int remove_tree(const char *path, struct err *err) must_check;
/* The major version that made it; 0: there is no cluster yet. */
int cluster_major(const struct places *p);

/* cluster_leftover.c.  Ends what still runs on the directory and returns a descriptor
 * for the next PostgreSQL to inherit (the lock of postgres.lock); -1 with err.  Gives up
 * once *stop (may be NULL). */
int leftovers_end(const struct places *p, const struct account *as,
	const atomic_bool *stop, struct err *err) must_check;

/* memory.c.  What there is: the machine's, or what the control groups that we are in allow.
 * `root` stands before every path ("" but in tests). */
uint64_t memory_bytes(const char *root);

/* cluster_init.c */
int cluster_make(const struct places *p, const struct installation *pg,
	const struct account *as, int alive, struct err *err) must_check;
int cluster_configure(const struct places *p, const struct installation *pg,
	const struct account *as, const struct cluster_config *config,
	struct err *err) must_check;

/* Opens a lock file, made and given to the account where it does not exist; -1 with errno. */
int lock_file(const char *path, const struct account *as) must_check;

/* Fills err for a failed system call on a path: what, path, why, how to mend it. */
int path_fail(struct err *err, const char *what, const char *path);

#endif
