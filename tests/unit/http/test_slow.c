/* SPDX-License-Identifier: Apache-2.0 */
/* Clients that are slow to send, or do not read.  The server's patience here: 1 s. */
#include "http_client.h"

#include <base/clock.h>
#include <base/strbuf.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LARGE ((size_t)32 << 20) /* more than the sockets' buffers hold */

static enum handled large(void *cookie, struct req *req, struct resp *resp)
{
	resp->status = 200;
	resp->content_type = "text/plain";
	strbuf_grow(&resp->body, LARGE);
	memset(resp->body.data, 'x', LARGE);
	resp->body.len = LARGE;
	return HANDLED;
}

static enum handled echo(void *cookie, struct req *req, struct resp *resp)
{
	resp->status = 200;
	resp->content_type = "text/plain";
	strbuf_add(&resp->body, req->body, req->body_len);
	return HANDLED;
}

static const struct route routes[] = {
	{"GET", "/large", large, NULL, ROUTE_PLAIN, NULL},
	{"POST", "/echo", echo, NULL, ROUTE_PLAIN, NULL},
	{0},
};

static struct fixture f;

static void setup(void)
{
	struct server_config config = fixture_config;

	config.timeout_s = 1;
	fixture_start(&f, &config, routes);
}

static void teardown(void)
{
	fixture_stop(&f);
}

static void check_gone(void)
{
	for (int i = 0; i < 400 && fixture_connections(&f) > 0; i++)
		usleep(10000);
	ck_assert_uint_eq(fixture_connections(&f), 0);
}

#define POST "POST /echo HTTP/1.1\r\nHost: x\r\n"

static const char *const parts[] = {
	"GET /la",
	"GET /large HTTP/1.1\r\nHo",
	POST "Content-Length: 10\r\n\r\n12345",
	POST "Transfer-Encoding: chunked\r\n\r\n5\r\n12",
	POST "Expect: 100-continue\r\nContent-Length: 10\r\n\r\n",
};

START_TEST(gives_up_on_half_a_request)
{
	auto_answer a = {0};
	int fd = client_connect(f.port);

	client_puts(fd, parts[_i]);
	client_read(fd, false, &a);
	if (a.status == 100) {
		answer_fini(&a);
		client_read(fd, false, &a);
	}
	ck_assert_int_eq(a.status, 408);
	ck_assert_str_eq(answer_header(&a, "Content-Type"), "application/json");
	ck_assert_ptr_nonnull(
		strstr(a.body, "\"detail\":\"the request did not come in time\""));
	ck_assert(client_is_closed(fd, 3000));
	close(fd);
	check_gone();
}
END_TEST

/* A head that drips, one byte at a time, is not kept waiting for. */
START_TEST(gives_up_on_a_drip)
{
	auto_answer a = {0};
	int fd = client_connect(f.port);
	int64_t began = clock_monotonic();

	client_puts(fd, "GET /large HTTP/1.1\r\nHost: ");
	while (!client_is_closed(fd, 0) && clock_monotonic() - began < 4000000) {
		client_puts(fd, "x");
		usleep(100000);
		if (recv(fd, &(char){0}, 1, MSG_DONTWAIT | MSG_PEEK) > 0)
			break;
	}
	ck_assert_int_lt(clock_monotonic() - began, 3000000);
	client_read(fd, false, &a);
	ck_assert_int_eq(a.status, 408);
	close(fd);
	check_gone();
}
END_TEST

/* An idle connection is closed without a word: it asked nothing. */
START_TEST(closes_idle_connections)
{
	auto_answer a = {0};
	int fresh = client_connect(f.port), used = client_connect(f.port);
	char c;

	client_puts(used, POST "Content-Length: 1\r\n\r\nx");
	client_read(used, false, &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert_int_eq(recv(fresh, &c, 1, 0), 0);
	ck_assert_int_eq(recv(used, &c, 1, 0), 0);
	close(fresh);
	close(used);
	check_gone();
}
END_TEST

START_TEST(gives_up_on_who_does_not_read)
{
	int fd = client_connect(f.port);

	client_puts(fd, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
	usleep(300000);
	ck_assert_uint_eq(fixture_connections(&f), 1);
	check_gone();
	close(fd);
}
END_TEST

/* Slow, but reading: that takes longer than the patience, and is no reason to stop. */
START_TEST(lets_slow_readers_read)
{
	static char buf[1 << 20];
	int fd = client_connect(f.port);
	int64_t began = clock_monotonic();
	size_t total = 0;
	ssize_t n;

	client_puts(fd, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
	while (total < LARGE && (n = recv(fd, buf, sizeof(buf), 0)) > 0) {
		total += (size_t)n;
		if (clock_monotonic() - began < 2500000)
			usleep(200000);
	}
	ck_assert_uint_ge(total, LARGE);
	ck_assert_int_gt(clock_monotonic() - began, 2000000);
	close(fd);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("slow");
	Suite *s = suite_create("http");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
		tc, gives_up_on_half_a_request, 0, sizeof(parts) / sizeof(parts[0]));
	tcase_add_test(tc, gives_up_on_a_drip);
	tcase_add_test(tc, closes_idle_connections);
	tcase_add_test(tc, gives_up_on_who_does_not_read);
	tcase_add_test(tc, lets_slow_readers_read);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
