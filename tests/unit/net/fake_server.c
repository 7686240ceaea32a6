/* SPDX-License-Identifier: Apache-2.0 */
/* One thread a connection; everything else under one lock. */
#include "fake_server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ANSWERS     32
#define CONNECTIONS 256

struct fake_server {
	const struct answer *answers;
	int socket;
	unsigned port;
	pthread_t thread;
	pthread_mutex_t lock; /* guards all below */
	unsigned requests, connections;
	unsigned seen[ANSWERS];
	char last[8192];
	int fd[CONNECTIONS];
	pthread_t serving[CONNECTIONS];
	char shown[8192], url[256]; /* the test's thread only */
};

struct connection {
	struct fake_server *server;
	int fd;
};

static void send_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

/* One request, head and body; false where the client left. */
static bool receive(int fd, char *buf, size_t size)
{
	size_t len = 0, want = 0;

	for (;;) {
		ssize_t n = recv(fd, buf + len, size - 1 - len, 0);
		char *end, *length;

		if (n <= 0)
			return false;
		len += (size_t)n;
		buf[len] = '\0';
		end = strstr(buf, "\r\n\r\n");
		if (end == NULL)
			continue;
		length = strcasestr(buf, "\r\nContent-Length:");
		want = (size_t)(end + 4 - buf);
		if (length != NULL && length < end)
			want += strtoul(length + 17, NULL, 10);
		if (len >= want || len == size - 1)
			return true;
	}
}

static const struct answer *choose(
	struct fake_server *s, const char *request, bool *first)
{
	const char *path = strchr(request, ' ');
	size_t len = path != NULL ? strcspn(path + 1, " ") : 0;
	const struct answer *a = NULL;

	(void)pthread_mutex_lock(&s->lock);
	s->requests++;
	(void)snprintf(s->last, sizeof(s->last), "%s", request);
	for (size_t i = 0; path != NULL && s->answers[i].path != NULL; i++) {
		assert(i < ANSWERS);
		if (strlen(s->answers[i].path) != len ||
			strncmp(s->answers[i].path, path + 1, len) != 0)
			continue;
		a = &s->answers[i];
		*first = s->seen[i]++ < a->failures;
	}
	(void)pthread_mutex_unlock(&s->lock);
	return a;
}

static bool respond(int fd, const struct answer *a, bool first)
{
	static const char none[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
	const char *raw = a == NULL ? none : first ? a->first : a->raw;
	char filler[4096];

	if (raw == NULL)
		return false;
	if (a != NULL && a->delay_ms > 0) {
		struct timespec t = {a->delay_ms / 1000, (a->delay_ms % 1000) * 1000000L};

		(void)nanosleep(&t, NULL);
	}
	send_all(fd, raw, strlen(raw));
	memset(filler, 'x', sizeof(filler));
	for (size_t n = a != NULL ? a->repeat : 0; n > 0;) {
		size_t len = n < sizeof(filler) ? n : sizeof(filler);

		send_all(fd, filler, len);
		n -= len;
	}
	return strcasestr(raw, "\r\nContent-Length:") != NULL &&
		strcasestr(raw, "\r\nConnection: close") == NULL;
}

static void *serve(void *cookie)
{
	struct connection *c = cookie;
	char request[8192];
	bool go_on = true;

	while (go_on && receive(c->fd, request, sizeof(request))) {
		bool first = false;
		const struct answer *a = choose(c->server, request, &first);

		go_on = respond(c->fd, a, first);
	}
	(void)shutdown(c->fd, SHUT_RDWR);
	free(c);
	return NULL;
}

static void *listen_on(void *cookie)
{
	struct fake_server *s = cookie;
	int fd;

	while ((fd = accept(s->socket, NULL, NULL)) >= 0) {
		struct connection *c = malloc(sizeof(*c));

		assert(c != NULL);
		*c = (struct connection){.server = s, .fd = fd};
		(void)pthread_mutex_lock(&s->lock);
		assert(s->connections < CONNECTIONS);
		s->fd[s->connections] = fd;
		if (pthread_create(&s->serving[s->connections], NULL, serve, c) != 0)
			abort();
		s->connections++;
		(void)pthread_mutex_unlock(&s->lock);
	}
	return NULL;
}

struct fake_server *fake_server_start(const struct answer *answers)
{
	struct fake_server *s = calloc(1, sizeof(*s));
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof(at);

	assert(s != NULL);
	s->answers = answers;
	(void)pthread_mutex_init(&s->lock, NULL);
	s->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(s->socket, (struct sockaddr *)&at, sizeof(at)) != 0 ||
		listen(s->socket, 64) != 0 ||
		getsockname(s->socket, (struct sockaddr *)&at, &len) != 0)
		abort();
	s->port = ntohs(at.sin_port);
	if (pthread_create(&s->thread, NULL, listen_on, s) != 0)
		abort();
	return s;
}

void fake_server_stop(struct fake_server *s)
{
	(void)shutdown(s->socket, SHUT_RDWR); /* wakes accept() */
	(void)pthread_join(s->thread, NULL);
	for (unsigned i = 0; i < s->connections; i++) {
		(void)shutdown(s->fd[i], SHUT_RDWR);
		(void)pthread_join(s->serving[i], NULL);
		(void)close(s->fd[i]);
	}
	(void)close(s->socket);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

unsigned fake_server_port(const struct fake_server *s)
{
	return s->port;
}

const char *fake_server_url(struct fake_server *s, const char *path)
{
	(void)snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%u%s", s->port, path);
	return s->url;
}

unsigned fake_server_requests(struct fake_server *s)
{
	unsigned n;

	(void)pthread_mutex_lock(&s->lock);
	n = s->requests;
	(void)pthread_mutex_unlock(&s->lock);
	return n;
}

unsigned fake_server_connections(struct fake_server *s)
{
	unsigned n;

	(void)pthread_mutex_lock(&s->lock);
	n = s->connections;
	(void)pthread_mutex_unlock(&s->lock);
	return n;
}

const char *fake_server_last(struct fake_server *s)
{
	(void)pthread_mutex_lock(&s->lock);
	(void)memcpy(s->shown, s->last, sizeof(s->shown));
	(void)pthread_mutex_unlock(&s->lock);
	return s->shown;
}
