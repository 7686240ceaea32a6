/* SPDX-License-Identifier: Apache-2.0 */
#include "http_client.h"

#include <base/err.h>
#include <base/strbuf.h>

#include <assert.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 5000

const struct server_config fixture_config = {
	.address = "127.0.0.1",
	.workers = 2,
	.queue = 64,
	.max_body = 100000,
	.max_header = 4096,
	.timeout_s = 10,
	.max_connections = 100,
};

void fixture_start(
	struct fixture *f, const struct server_config *config, const struct route *routes)
{
	const struct route_table tables[] = {{routes, f}, {0}};
	struct err err = {0};

	f->router = router_new(tables);
	f->server = server_start(config, f->router, &err);
	if (f->server == NULL) {
		fprintf(stderr, "%s\n", err.detail);
		abort();
	}
	f->port = server_port(f->server);
}

void fixture_stop(struct fixture *f)
{
	server_stop(f->server, 2000);
	router_free(f->router);
	*f = (struct fixture){0};
}

unsigned fixture_connections(const struct fixture *f)
{
	auto_strbuf sb = {0};
	unsigned n = 0;

	server_metrics(f->server, &sb);
	if (sscanf(strstr(sb.data, "\ncalanque_http_connections "), "%*s %u", &n) != 1)
		abort();
	return n;
}

int client_connect(unsigned port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		abort();
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A server that has had enough closes: what it then does not take is no matter. */
void client_send(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		p += n;
		len -= (size_t)n;
	}
}

void client_puts(int fd, const char *text)
{
	client_send(fd, text, strlen(text));
}

/* At most `most` bytes more; 0: the end, or no patience left. */
static size_t read_more(int fd, struct strbuf *sb, size_t most)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char buf[65536];
	ssize_t n;

	if (most > sizeof(buf))
		most = sizeof(buf);
	if (poll(&p, 1, PATIENCE_MS) <= 0)
		return 0;
	n = recv(fd, buf, most, 0);
	if (n <= 0)
		return 0;
	strbuf_add(sb, buf, (size_t)n);
	return (size_t)n;
}

void client_read(int fd, bool head_only, struct answer *a)
{
	struct strbuf head = {0}, body = {0};
	const char *length;

	*a = (struct answer){0};
	/* One byte at a time: what follows belongs to the next answer. */
	while (head.len < 4 || memcmp(head.data + head.len - 4, "\r\n\r\n", 4) != 0) {
		if (read_more(fd, &head, 1) == 0)
			break;
	}
	strbuf_grow(&head, 0);
	strbuf_grow(&body, 0);
	a->head = head.data;
	if (sscanf(head.data, "HTTP/1.1 %d", &a->status) != 1)
		a->status = 0;
	length = answer_header(a, "Content-Length");
	if (length != NULL && !head_only) {
		size_t want = strtoul(length, NULL, 10);

		while (body.len < want && read_more(fd, &body, want - body.len) > 0)
			continue;
	}
	a->body = body.data;
	a->body_len = body.len;
}

bool client_is_closed(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char c;

	return poll(&p, 1, ms) > 0 && recv(fd, &c, 1, 0) <= 0;
}

void client_ask(unsigned port, const char *request, struct answer *a)
{
	int fd = client_connect(port);

	client_puts(fd, request);
	client_read(fd, strncmp(request, "HEAD ", 5) == 0, a);
	close(fd);
}

void answer_fini(struct answer *a)
{
	free(a->head);
	free(a->body);
	*a = (struct answer){0};
}

const char *answer_header(const struct answer *a, const char *name)
{
	static _Thread_local char value[1024];
	const char *line = a->head;
	size_t len = strlen(name);

	while (line != NULL && (line = strstr(line, "\r\n")) != NULL) {
		line += 2;
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1 + strspn(line + len + 1, " ");
		(void)snprintf(
			value, sizeof(value), "%.*s", (int)strcspn(line, "\r"), line);
		return value;
	}
	return NULL;
}
