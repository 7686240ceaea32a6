/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The private PostgreSQL: a cluster that Calanque makes, starts, watches and stops, for
 * nobody else.  It lives in a data directory:
 *
 *	calanque.lock   held (flock) by the broker; names its process
 *	postgres/       the cluster (PGDATA), 0700; a half-made one is postgres.new
 *	postgres.lock   held by every PostgreSQL process, so that none is overlooked
 *	run/            the socket, 0700: whoever may enter it may connect (auth is "trust"),
 *	                which is the owner, and root; no TCP
 *
 * PostgreSQL refuses to run as root.  A broker started by root gives the directory to the
 * user `postgres` (or `nobody`) and runs PostgreSQL as that user.
 *
 * When the broker dies, the kernel tells PostgreSQL to shut down fast (PR_SET_PDEATHSIG,
 * SIGINT); a broker started meanwhile waits for the end of it and then starts its own.  A
 * postmaster that dies is started again at once.
 */
#ifndef STORE_CLUSTER_H
#define STORE_CLUSTER_H

#include <base/attr.h>

#include <stdatomic.h>

struct cluster; /* opaque */
struct err;

struct cluster_config {
	const char *data; /* the directory; made where it does not exist */
	const char *user; /* whom PostgreSQL runs as when we are root; NULL: see above */
	unsigned connections; /* that the broker will open at most */
	const char *settings; /* more lines for postgresql.conf; NULL: none */
	const atomic_bool *stop; /* gives up starting once it is true; may be NULL */
};

/*
 * Returns when PostgreSQL accepts connections: a few hundred milliseconds, some seconds
 * when the cluster must be made, longer while it recovers from a crash.  NULL with err
 * (UNAVAILABLE; the detail is for whoever starts the program) when the directory is in use
 * or closed to us, no PostgreSQL with PostGIS is installed, the disk is full ...
 * The database in it has PostGIS and nothing else.
 */
struct cluster *cluster_start(
	const struct cluster_config *config, struct err *err) must_check;
/* For struct pg_config. */
const char *cluster_conninfo(const struct cluster *c);
/* The postmaster's process; 0 while there is none.  For tests and messages. */
int cluster_pid(struct cluster *c);
/* The real path of the directory. */
const char *cluster_data(const struct cluster *c);
/* Fast shutdown, waits for it, frees.  Connections should be closed before.  NULL is fine. */
void cluster_stop(struct cluster *c);

#endif
