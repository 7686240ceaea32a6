/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client against a server of our own on loopback. */
#include <net/client.h>

#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>

#include "fake_server.h"

#include <check.h>
#include <curl/curl.h>
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const struct answer answers[] = {
	{.path = "/hello",
		.raw = "HTTP/1.1 200 OK\r\nX-Two: 2\r\nContent-Length: 5\r\n\r\nhello"},
	{.path = "/nothing",
		.raw = "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"},
	{.path = "/teapot", .raw = "HTTP/1.1 418 Teapot\r\nContent-Length: 2\r\n\r\n{}"},
	{.path = "/once",
		.raw = "HTTP/1.1 302 Found\r\nLocation: /hello\r\n"
		       "Content-Length: 0\r\n\r\n"},
	{.path = "/round",
		.raw = "HTTP/1.1 302 Found\r\nLocation: /round\r\n"
		       "Content-Length: 0\r\n\r\n"},
	{.path = "/to-file",
		.raw = "HTTP/1.1 302 Found\r\nLocation: file:///etc/hostname\r\n"
		       "Content-Length: 0\r\n\r\n"},
	{.path = "/slow",
		.raw = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		.delay_ms = 900},
	{.path = "/half",
		.raw = "HTTP/1.1 200 OK\r\nConnection: close\r\n"
		       "Content-Length: 100\r\n\r\nhalf"},
	{.path = "/mute"},
	{.path = "/big",
		.raw = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
		.repeat = 100000},
	{0},
};

static struct fake_server *server;
static struct client *client;
static struct client_reply reply;
static struct err err;

/* libcurl's resolver, with one name server that does not answer. */
int getaddrinfo(const char *restrict node, const char *restrict service,
	const struct addrinfo *restrict hints, struct addrinfo **restrict out)
{
	int (*real)(const char *, const char *, const struct addrinfo *,
		struct addrinfo **) = NULL;

	if (node != NULL && strcmp(node, "dead-name-server.test") == 0) {
		sleep(4);
		return EAI_AGAIN;
	}
	if (node != NULL && strcmp(node, "no-such-host.test") == 0)
		return EAI_NONAME;
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	return real(node, service, hints, out);
}

static void setup(void)
{
	server = fake_server_start(answers);
	client = client_new(&(struct client_config){
		.connect_ms = 500, .total_ms = 700, .redirects = 2, .max_body = 50000});
	err_clear(&err);
}

static void teardown(void)
{
	client_free(client);
	client_reply_fini(&reply);
	fake_server_stop(server);
}

static int get(const char *url)
{
	struct client_request request = {.method = "GET", .url = url};

	return client_send(client, &request, &reply, &err);
}

START_TEST(gets)
{
	ck_assert_int_eq(get(fake_server_url(server, "/hello")), 0);
	ck_assert_int_eq(reply.status, 200);
	ck_assert_str_eq(reply.body.data, "hello");
	ck_assert_str_eq(client_header(client, "x-two"), "2");
	ck_assert_ptr_null(client_header(client, "x-three"));
	ck_assert_int_eq(client_failure(client), CLIENT_OK);
	ck_assert_ptr_nonnull(
		strstr(fake_server_last(server), "\r\nUser-Agent: calanque\r\n"));
}
END_TEST

START_TEST(any_status_is_an_answer)
{
	ck_assert_int_eq(get(fake_server_url(server, "/teapot")), 0);
	ck_assert_int_eq(reply.status, 418);
	ck_assert_int_eq(get(fake_server_url(server, "/elsewhere")), 0);
	ck_assert_int_eq(reply.status, 404);
	ck_assert_uint_eq(reply.body.len, 0);
}
END_TEST

START_TEST(sends_method_headers_and_body)
{
	static const char *const headers[] = {
		"Content-Type: application/json", "X-A: b", NULL};
	static const char *const methods[] = {"POST", "PATCH", "PUT", "DELETE"};
	struct client_request request = {
		.url = fake_server_url(server, "/nothing"),
		.method = methods[_i],
		.headers = headers,
		.body = "{\"a\":1}",
		.body_len = 7,
	};

	ck_assert_int_eq(client_send(client, &request, &reply, &err), 0);
	ck_assert_int_eq(reply.status, 204);
	ck_assert_int_eq(
		strncmp(fake_server_last(server), request.method, strlen(request.method)),
		0);
	ck_assert_ptr_nonnull(strstr(fake_server_last(server), "\r\nX-A: b\r\n"));
	ck_assert_ptr_nonnull(strstr(
		fake_server_last(server), "\r\nContent-Type: application/json\r\n"));
	ck_assert_ptr_null(strstr(fake_server_last(server), "Expect"));
	ck_assert_ptr_nonnull(strstr(fake_server_last(server), "\r\n\r\n{\"a\":1}"));
}
END_TEST

START_TEST(deletes_without_a_body)
{
	struct client_request request = {
		.url = fake_server_url(server, "/nothing"), .method = "DELETE"};

	ck_assert_int_eq(client_send(client, &request, &reply, &err), 0);
	ck_assert_int_eq(reply.status, 204);
	ck_assert_int_eq(strncmp(fake_server_last(server), "DELETE /nothing", 15), 0);
	ck_assert_ptr_null(strstr(fake_server_last(server), "Content-Type"));
}
END_TEST

START_TEST(keeps_the_connection)
{
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(get(fake_server_url(server, "/hello")), 0);
	ck_assert_uint_eq(fake_server_requests(server), 5);
	ck_assert_uint_eq(fake_server_connections(server), 1);
}
END_TEST

START_TEST(follows_a_redirect)
{
	ck_assert_int_eq(get(fake_server_url(server, "/once")), 0);
	ck_assert_int_eq(reply.status, 200);
	ck_assert_str_eq(reply.body.data, "hello");
}
END_TEST

START_TEST(ignores_the_environments_proxy_on_this_machine)
{
	ck_assert_int_eq(setenv("http_proxy", "http://127.0.0.1:1/", 1), 0);
	ck_assert_int_eq(get(fake_server_url(server, "/hello")), 0);
	ck_assert_int_eq(unsetenv("http_proxy"), 0);
}
END_TEST

static const struct {
	const char *path, *says;
	enum client_failure failure;
} bad[] = {
	{"/round", "it redirects too often, or to what is no http or https URL",
		CLIENT_REDIRECTS},
	{"/to-file", "it redirects too often, or to what is no http or https URL",
		CLIENT_REDIRECTS},
	{"/slow", "no answer in time", CLIENT_TIMEOUT},
	{"/half", "the connection broke before the answer was complete", CLIENT_BROKEN},
	{"/mute", "the connection broke before the answer was complete", CLIENT_BROKEN},
	{"/big", "the answer is larger than 50000 bytes", CLIENT_TOO_LARGE},
};

START_TEST(says_why_there_is_no_answer)
{
	char says[512];

	ck_assert_int_eq(get(fake_server_url(server, bad[_i].path)), -1);
	(void)snprintf(says, sizeof(says), "%s: %s",
		fake_server_url(server, bad[_i].path), bad[_i].says);
	ck_assert_str_eq(err.detail, says);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_int_eq(client_failure(client), bad[_i].failure);
	err_clear(&err);
	/* and is as good as new */
	ck_assert_int_eq(get(fake_server_url(server, "/hello")), 0);
	ck_assert_str_eq(reply.body.data, "hello");
}
END_TEST

START_TEST(says_that_nobody_listens)
{
	ck_assert_int_eq(get("http://127.0.0.1:1/x"), -1);
	ck_assert_str_eq(err.detail, "http://127.0.0.1:1/x: the connection was refused");
	ck_assert_int_eq(client_failure(client), CLIENT_REFUSED);
}
END_TEST

START_TEST(refuses_what_is_no_http_url)
{
	static const char *const urls[] = {
		"file:///etc/hostname", "ftp://x/y", "urn:x", "mailto:a@localhost", ""};
	char says[128];

	ck_assert_int_eq(get(urls[_i]), -1);
	(void)snprintf(says, sizeof(says), "%s: it is no http or https URL", urls[_i]);
	ck_assert_str_eq(err.detail, says);
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
	ck_assert_int_eq(client_failure(client), CLIENT_BAD_URL);
}
END_TEST

START_TEST(unknown_hosts_fail_fast)
{
	static const char *const urls[] = {
		"http://no-such-host.test/c", "http://dead-name-server.test/c"};
	int64_t start = clock_monotonic();
	char says[128];

	ck_assert_int_eq(get(urls[_i]), -1);
	ck_assert_int_lt(clock_monotonic() - start, 2000000);
	(void)snprintf(
		says, sizeof(says), "%s: the host name cannot be resolved", urls[_i]);
	ck_assert_str_eq(err.detail, says);
	ck_assert_int_eq(client_failure(client), CLIENT_UNKNOWN);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("client");
	Suite *s = suite_create("net");
	SRunner *runner = srunner_create(s);
	int failed;

	log_init(LOG_ERROR, LOG_LOGFMT);
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 20);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, gets);
	tcase_add_test(tc, any_status_is_an_answer);
	tcase_add_loop_test(tc, sends_method_headers_and_body, 0, 4);
	tcase_add_test(tc, deletes_without_a_body);
	tcase_add_test(tc, keeps_the_connection);
	tcase_add_test(tc, follows_a_redirect);
	tcase_add_test(tc, ignores_the_environments_proxy_on_this_machine);
	tcase_add_loop_test(
		tc, says_why_there_is_no_answer, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, says_that_nobody_listens);
	tcase_add_loop_test(tc, refuses_what_is_no_http_url, 0, 5);
	tcase_add_loop_test(tc, unknown_hosts_fail_fast, 0, 2);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	curl_global_cleanup();
	return failed == 0 ? 0 : 1;
}
