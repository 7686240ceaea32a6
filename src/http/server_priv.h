/* SPDX-License-Identifier: Apache-2.0 */
/* The server's own: one epoll loop, its connections, and what they share.  All but the
 * atomics belongs to the HTTP thread while that runs. */
#ifndef HTTP_SERVER_PRIV_H
#define HTTP_SERVER_PRIV_H

#include <http/server.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/socket.h>

struct MHD_Daemon;
struct counts;
struct exchange;
struct lingering;
struct pool;

enum watch_kind {
	WATCH_LISTENER,
	WATCH_WAKE,
	WATCH_CONN,
	WATCH_LINGER,
};

/* What epoll hands back; the first member of what is watched. */
struct watch {
	enum watch_kind kind;
};

enum conn_state {
	CONN_WAITING, /* for a request line */
	CONN_HEAD, /* the request line is there */
	CONN_BODY, /* the head was accepted */
	CONN_LENT, /* a worker or a lane has the exchange; microhttpd is left alone */
	CONN_ANSWERED, /* the answer stands */
	CONN_SENDING,
};

struct conn {
	struct watch watch;
	struct server *server;
	struct MHD_Daemon *mhd;
	struct exchange *x;
	char peer[INET6_ADDRSTRLEN]; /* address of the client */
	int fd;
	enum conn_state state;
	bool closed; /* microhttpd has closed fd */
	bool refused; /* answered behind microhttpd's back, or not to be answered */
	bool ended; /* the client sends no more */
	bool gone; /* nor takes any more */
	bool broken; /* an answer was cut short */
	bool in_again;
	int unsent; /* bytes that were in the socket when last looked at */
	int64_t active; /* when something last moved; monotonic */
	int64_t began; /* when the request under way began; 0: none is */
	struct conn *prev, *next, *again;
};

struct server {
	struct server_config config;
	char *address, *cors_origin;
	struct router *router;
	struct pool *pool;
	struct counts *counts;
	pthread_t thread;
	bool running;
	int epoll, listener, wake;
	struct watch listener_watch, wake_watch;
	bool listening; /* the listener is in the epoll set */
	unsigned port;
	struct conn *conns, *again;
	struct lingering *lingers;
	_Atomic unsigned nconns;
	_Atomic(struct exchange *)
		finished; /* newest first; FINISHED_CLOSED after the end */
	_Atomic unsigned held; /* by server_hold() */
	_Atomic bool draining;
	int64_t deadline; /* monotonic; of draining */
	/* monotonic, of this turn of the loop; of the last tick, of the last pool_look() */
	int64_t now, ticked, looked;
	uint64_t seed, ids;
	pthread_mutex_t lock; /* guards conns and orphans once the loop has ended */
	unsigned orphans; /* connections that are still lent then */
};

const struct server_config *server_config(const struct server *s);
struct pool *server_pool(struct server *s);
/* Keeps the server while a thread gives its last exchange back: with that, the server may
 * have nothing to wait for.  Held for moments only. */
void server_hold(struct server *s);
void server_release(struct server *s);

/* A listening socket, non-blocking; -1 with err set. */
int listen_open(
	const struct server_config *config, unsigned *port, struct err *err) must_check;

/* Takes fd over. */
void conn_open(struct server *s, int fd, const struct sockaddr *addr, socklen_t len);
void conn_event(struct conn *c, unsigned events);
/* The exchange is back with its answer. */
void conn_answered(struct conn *c);
/* Lets microhttpd work; may free the connection. */
void conn_run(struct conn *c);
/* Looks at the clock; may free the connection. */
void conn_tick(struct conn *c);
/* Ends it at once. */
void conn_free(struct conn *c);

/* conn_request.c: a microhttpd of the connection's own; NULL where there is none. */
struct MHD_Daemon *conn_daemon(struct conn *c);

/* The request ended before it was complete: says so, where it can be said. */
void conn_cut_short(struct conn *c);

/* Answers and closes without microhttpd: for what it would answer itself, in HTML, and for
 * what must not be read to its end. */
void refuse(struct conn *c, const struct err *err);
/* The same for a connection that has no struct conn yet; takes fd over. */
void refuse_socket(struct server *s, int fd, const struct err *err);
void linger_event(struct lingering *l);
void linger_tick(struct server *s);
void linger_free_all(struct server *s);

#endif
