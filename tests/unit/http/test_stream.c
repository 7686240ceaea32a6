/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that are made while they are sent. */
#include "http_client.h"

#include <suite.h>

#include <base/err.h>
#include <base/strbuf.h>

#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#define LINES 100000
#define LINE  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct source {
	struct req *req;
	int left, per_pull;
	enum pulled last;
	int waits; /* PULLED_LATER before the end */
};

static _Atomic int pulls, ends, running;
static struct source *_Atomic waiting;

static enum pulled pull(void *self, struct strbuf *out)
{
	struct source *s = self;

	ck_assert_int_eq(atomic_fetch_add(&running, 1), 0); /* one call at a time */
	pulls++;
	for (int i = 0; i < s->per_pull && s->left > 0; i++, s->left--)
		strbuf_adds(out, LINE "\n");
	atomic_fetch_sub(&running, 1);
	if (s->left > 0)
		return PULLED_MORE;
	return s->last;
}

/* A line, then nothing until it is woken, and so on. */
static enum pulled pull_live(void *self, struct strbuf *out)
{
	struct source *s = self;

	pulls++;
	if (s->left == 0 && s->waits == 0)
		return PULLED_END;
	if (s->left > 0) {
		s->left--;
		strbuf_adds(out, "event\n");
		return PULLED_MORE;
	}
	s->waits--;
	s->left = 1;
	atomic_store(&waiting, s);
	return PULLED_LATER;
}

static void end(void *self)
{
	ends++;
	free(self);
}

static enum handled start(struct req *req, struct resp *resp, struct source s)
{
	struct source *copy = malloc(sizeof(*copy));

	s.req = req;
	*copy = s;
	resp->status = 200;
	resp->content_type = "text/plain";
	strbuf_adds(&resp->body, "head\n");
	resp->stream = (struct stream){pull, end, copy, false};
	return HANDLED;
}

static enum handled lines(void *cookie, struct req *req, struct resp *resp)
{
	return start(req, resp,
		(struct source){.left = LINES, .per_pull = 100, .last = PULLED_END});
}

static enum handled broken(void *cookie, struct req *req, struct resp *resp)
{
	return start(req, resp,
		(struct source){.left = 10, .per_pull = 4, .last = PULLED_BROKEN});
}

static enum handled live(void *cookie, struct req *req, struct resp *resp)
{
	(void)start(req, resp, (struct source){.left = 1, .waits = 2});
	resp->stream.pull = pull_live;
	resp->stream.live = true;
	return HANDLED;
}

/* A handler that fails after it has begun a stream. */
static enum handled fails(void *cookie, struct req *req, struct resp *resp)
{
	(void)lines(cookie, req, resp);
	return err_set(&req->err, ERR_NOT_FOUND, "not here"), HANDLED_ERROR;
}

static const struct route routes[] = {
	{"GET", "/lines", lines, NULL, ROUTE_PLAIN, NULL},
	{"GET", "/broken", broken, NULL, ROUTE_PLAIN, NULL},
	{"GET", "/live", live, NULL, ROUTE_PLAIN, NULL},
	{"GET", "/fails", fails, NULL, ROUTE_PLAIN, NULL},
	{0},
};

static struct fixture f;

static void setup(void)
{
	pulls = ends = running = 0;
	waiting = NULL;
	fixture_start(&f, &fixture_config, routes);
}

static void teardown(void)
{
	fixture_stop(&f);
}

/* What is there within a second, or until `enough` bytes. */
static size_t read_some(int fd, char *buf, size_t room, size_t enough)
{
	size_t len = 0;

	while (len < enough && len < room) {
		ssize_t n = recv(fd, buf + len, room - len, 0);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	return len;
}

static char *read_all(int fd, size_t *len)
{
	size_t room = (size_t)16 << 20;
	char *buf = malloc(room);

	*len = read_some(fd, buf, room - 1, room);
	buf[*len] = '\0';
	return buf;
}

/* Takes the chunks of a chunked body apart, in place. */
static size_t unchunk(char *body, const char *last)
{
	char *to = body, *p = body;

	for (;;) {
		char *data;
		size_t n = strtoul(p, &data, 16);

		ck_assert(data != p && data + 2 <= last);
		data += 2;
		if (n == 0)
			return (size_t)(to - body);
		memmove(to, data, n);
		to += n;
		p = data + n + 2;
	}
}

static char *ask(const char *request, size_t *len)
{
	int fd = client_connect(f.port);
	char *answer;

	client_puts(fd, request);
	answer = read_all(fd, len);
	close(fd);
	return answer;
}

START_TEST(comes_whole_and_in_pieces)
{
	size_t len, body_len;
	char *answer =
		ask("GET /lines HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", &len);
	char *body = strstr(answer, "\r\n\r\n");

	ck_assert_ptr_nonnull(strstr(answer, "HTTP/1.1 200 "));
	ck_assert_ptr_nonnull(strstr(answer, "Transfer-Encoding: chunked"));
	ck_assert_ptr_nonnull(strstr(answer, "Content-Type: text/plain"));
	body_len = unchunk(body + 4, answer + len);
	ck_assert_uint_eq(body_len, 5 + LINES * (sizeof(LINE "\n") - 1));
	ck_assert_int_eq(memcmp(body + 4, "head\n" LINE "\n", 20), 0);
	ck_assert_int_eq(pulls, LINES / 100);
	ck_assert_int_eq(ends, 1);
	free(answer);
}
END_TEST

START_TEST(is_compressed_where_the_client_likes_it)
{
	size_t len, body_len;
	char *answer = ask("GET /lines HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
			   "Accept-Encoding: gzip\r\n\r\n",
		&len);
	char *body = strstr(answer, "\r\n\r\n") + 4, *plain = malloc(16 << 20);
	z_stream z = {0};

	ck_assert_ptr_nonnull(strstr(answer, "Content-Encoding: gzip"));
	body_len = unchunk(body, answer + len);
	ck_assert_uint_lt(body_len, 200000);
	ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
	z.next_in = (Bytef *)body;
	z.avail_in = (uInt)body_len;
	z.next_out = (Bytef *)plain;
	z.avail_out = 16 << 20;
	ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
	ck_assert_uint_eq(z.total_out, 5 + LINES * (sizeof(LINE "\n") - 1));
	ck_assert_int_eq(memcmp(plain, "head\n" LINE "\n", 20), 0);
	inflateEnd(&z);
	free(plain);
	free(answer);
}
END_TEST

/* The client sees that it did not get all. */
START_TEST(is_cut_short_where_it_breaks)
{
	size_t len;
	char *answer = ask("GET /broken HTTP/1.1\r\nHost: x\r\n\r\n", &len);

	ck_assert_ptr_nonnull(strstr(answer, "head\n"));
	ck_assert_ptr_null(strstr(answer, "\r\n0\r\n\r\n"));
	ck_assert_int_eq(ends, 1);
	free(answer);
}
END_TEST

START_TEST(nothing_is_pulled_beyond_what_the_client_takes)
{
	int fd = client_connect(f.port), small = 4096, seen;
	char buf[1024];

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	client_puts(fd, "GET /lines HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert_uint_gt(read_some(fd, buf, sizeof(buf), 1), 0);
	usleep(300000);
	seen = pulls;
	ck_assert_int_lt(seen, LINES / 100); /* the sockets hold a few megabytes */
	usleep(300000);
	ck_assert_int_eq(pulls, seen);
	close(fd);
	for (int i = 0; i < 100 && ends == 0; i++)
		usleep(20000);
	ck_assert_int_eq(ends, 1);
}
END_TEST

static bool wake(void)
{
	struct source *s = atomic_exchange(&waiting, NULL);

	if (s != NULL)
		req_more(s->req);
	return s != NULL;
}

static void wake_surely(void)
{
	for (int i = 0; i < 200; i++) {
		if (wake())
			return;
		usleep(10000);
	}
	ck_abort_msg("nobody waits");
}

START_TEST(a_live_one_sends_what_there_is_and_waits)
{
	int fd = client_connect(f.port);
	char buf[2048] = "";
	size_t len;

	client_puts(fd, "GET /live HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
	len = read_some(fd, buf, sizeof(buf) - 1, 1);
	for (int i = 0; i < 50 && strstr(buf, "event\n") == NULL; i++)
		len += read_some(fd, buf + len, sizeof(buf) - 1 - len, 1);
	ck_assert_ptr_null(strstr(buf, "gzip"));
	wake_surely();
	len = read_some(fd, buf, sizeof(buf) - 1, 1);
	buf[len] = '\0';
	ck_assert_ptr_nonnull(strstr(buf, "event\n"));
	wake_surely();
	len = 0;
	do {
		len += read_some(fd, buf + len, sizeof(buf) - 1 - len, 1);
		buf[len] = '\0';
	} while (strstr(buf, "\r\n0\r\n\r\n") == NULL && len < 1000);
	/* The connection is good for the next request. */
	client_puts(fd, "GET /fails HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	len = read_some(fd, buf, sizeof(buf) - 1, 2000);
	buf[len] = '\0';
	ck_assert_ptr_nonnull(strstr(buf, "404"));
	ck_assert_ptr_nonnull(strstr(buf, "not here"));
	ck_assert_int_eq(ends, 2);
	close(fd);
}
END_TEST

/* A client that goes is noticed at the latest with the second piece that it is sent. */
START_TEST(a_live_one_ends_with_its_client)
{
	int fd = client_connect(f.port);
	char buf[512];

	client_puts(fd, "GET /live HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert_uint_gt(read_some(fd, buf, sizeof(buf), 1), 0);
	close(fd);
	for (int i = 0; i < 200 && ends == 0; i++) {
		(void)wake();
		usleep(10000);
	}
	ck_assert_int_eq(ends, 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("stream");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, comes_whole_and_in_pieces);
	tcase_add_test(tc, is_compressed_where_the_client_likes_it);
	tcase_add_test(tc, is_cut_short_where_it_breaks);
	tcase_add_test(tc, nothing_is_pulled_beyond_what_the_client_takes);
	tcase_add_test(tc, a_live_one_sends_what_there_is_and_waits);
	tcase_add_test(tc, a_live_one_ends_with_its_client);
	return suite_run("http/stream", tc);
}
