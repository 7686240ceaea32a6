/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An endpoint of notifications for benchmarks: one thread, keep-alive, answers 200 at once.
 *	receiver PORT     POST counts; GET answers the counts as JSON, and /reset clears them
 * `lost` and `twice` are told by the Calanque-Sequence headers of one subscription.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS   64
#define NUMBERS  (1 << 22) /* the greatest number that is told apart */
#define HEAD_MAX 16384

struct conn {
	int fd;
	size_t len, room;
	char *data;
};

static uint64_t requests, bytes, twice, greatest;
static unsigned char seen[NUMBERS];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void drop(struct conn *c)
{
	close(c->fd);
	free(c->data);
	free(c);
}

/* The value of a header, 0 where there is none; the head ends with a NUL. */
static uint64_t number_of(const char *head, const char *name)
{
	const char *at = strcasestr(head, name);

	return at != NULL ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static void count(const char *head, size_t len)
{
	uint64_t n = number_of(head, "calanque-sequence:");

	requests++;
	bytes += len;
	if (n == 0 || n >= NUMBERS)
		return;
	twice += seen[n];
	seen[n] = 1;
	if (n > greatest)
		greatest = n;
}

static void reset(void)
{
	requests = bytes = twice = greatest = 0;
	memset(seen, 0, sizeof(seen));
}

static bool answer(struct conn *c, const char *head)
{
	uint64_t lost = 0;
	char body[256], text[512];
	int len = 0, n;

	if (strncmp(head, "GET", 3) == 0) {
		for (uint64_t i = 1; i <= greatest; i++)
			lost += seen[i] == 0;
		len = snprintf(body, sizeof(body),
			"{\"requests\":%ju,\"bytes\":%ju,\"greatest\":%ju,\"lost\":%ju,"
			"\"twice\":%ju}\n",
			(uintmax_t)requests, (uintmax_t)bytes, (uintmax_t)greatest,
			(uintmax_t)lost, (uintmax_t)twice);
		if (strncmp(head, "GET /reset", 10) == 0)
			reset();
	}
	n = snprintf(text, sizeof(text),
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
		"Content-Length: %d\r\n\r\n%.*s",
		len, len, body);
	return write(c->fd, text, (size_t)n) == n;
}

/* Takes one request out of the buffer: 1, 0 where it is not whole, -1 where it is none. */
static int take_request(struct conn *c)
{
	char *end = c->len > 0 ? memmem(c->data, c->len, "\r\n\r\n", 4) : NULL;
	size_t head, all;

	if (end == NULL)
		return c->len > HEAD_MAX ? -1 : 0;
	head = (size_t)(end - c->data) + 4;
	*end = '\0';
	all = head + number_of(c->data, "content-length:");
	if (c->len < all) {
		*end = '\r';
		return 0;
	}
	if (strncmp(c->data, "POST", 4) == 0)
		count(c->data, all);
	if (!answer(c, c->data))
		return -1;
	memmove(c->data, c->data + all, c->len - all);
	c->len -= all;
	return 1;
}

static void serve(struct conn *c)
{
	ssize_t n;
	int rc;

	if (c->room - c->len < 65536) {
		c->room = c->room * 2 + 65536;
		c->data = realloc(c->data, c->room);
		if (c->data == NULL)
			fail("realloc");
	}
	n = read(c->fd, c->data + c->len, c->room - c->len);
	if (n <= 0) {
		drop(c);
		return;
	}
	c->len += (size_t)n;
	while ((rc = take_request(c)) > 0)
		;
	if (rc < 0)
		drop(c);
}

static int listen_on(int port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
		bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 512) < 0)
		fail("listen");
	return fd;
}

static void greet(int poll, int listener)
{
	struct epoll_event ev = {.events = EPOLLIN};
	struct conn *c = calloc(1, sizeof(*c));
	int one = 1;

	if (c == NULL)
		fail("calloc");
	c->fd = accept(listener, NULL, NULL);
	if (c->fd < 0) {
		free(c);
		return;
	}
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	ev.data.ptr = c;
	if (epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &ev) < 0)
		drop(c);
}

int main(int argc, char **argv)
{
	struct epoll_event ev = {.events = EPOLLIN}, got[EVENTS];
	int listener = listen_on(argc > 1 ? atoi(argv[1]) : 0), poll = epoll_create1(0);

	if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, listener, &ev) < 0)
		fail("epoll");
	for (;;) {
		int n = epoll_wait(poll, got, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (got[i].data.ptr == NULL)
				greet(poll, listener);
			else
				serve(got[i].data.ptr);
		}
	}
}
