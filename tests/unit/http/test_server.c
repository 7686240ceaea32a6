/* SPDX-License-Identifier: Apache-2.0 */
/* What a client sees of the server: the answers and what goes with them. */
#include "http_client.h"

#include <base/err.h>
#include <base/strbuf.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#define BIG 100000

static enum handled plain(void *cookie, struct req *req, struct resp *resp)
{
	const char *q = req_param(req, "q");

	resp->status = 200;
	resp->content_type = "application/json";
	strbuf_addf(&resp->body, "[\"%s\",\"%s\",\"%s\"]", req->method,
		req->param[0] != NULL ? req->param[0] : "", q != NULL ? q : "");
	return HANDLED;
}

static enum handled echo(void *cookie, struct req *req, struct resp *resp)
{
	resp->status = 201;
	resp->content_type = "application/json";
	resp_header(resp, "Location", "/echo/urn:a:b");
	strbuf_add(&resp->body, req->body, req->body_len);
	return HANDLED;
}

static enum handled nothing(void *cookie, struct req *req, struct resp *resp)
{
	resp->status = 204;
	return HANDLED;
}

static enum handled big(void *cookie, struct req *req, struct resp *resp)
{
	resp->status = 200;
	resp->content_type = "application/json";
	while (resp->body.len < BIG)
		strbuf_addf(&resp->body, "%zu,", resp->body.len);
	return HANDLED;
}

static enum handled encoded(void *cookie, struct req *req, struct resp *resp)
{
	resp_header(resp, "Content-Encoding", "br");
	return big(cookie, req, resp);
}

static enum handled fails(void *cookie, struct req *req, struct resp *resp)
{
	resp_header(resp, "Location", "/half/done");
	strbuf_adds(&resp->body, "half an answer");
	if (req_param(req, "silently") == NULL)
		(void)err_set(&req->err, ERR_UNAVAILABLE, "the \"database\" is away");
	return HANDLED_ERROR;
}

static enum handled splits(void *cookie, struct req *req, struct resp *resp)
{
	resp_header(resp, "X-Evil", "a\r\nX-Injected: b");
	return nothing(cookie, req, resp);
}

static const char *const q_only[] = {"q", NULL};
static const struct route routes[] = {
	{"GET", "/plain/{id}", plain, NULL, 0, q_only},
	{"GET", "/inline", plain, NULL, ROUTE_INLINE, q_only},
	{"POST", "/echo", echo, NULL, 0, NULL},
	{"PATCH", "/echo", echo, NULL, 0, NULL},
	{"DELETE", "/echo", nothing, NULL, 0, NULL},
	{"POST", "/query", echo, NULL, ROUTE_QUERY | ROUTE_GEOJSON, NULL},
	{"GET", "/big", big, NULL, ROUTE_PLAIN, NULL},
	{"GET", "/encoded", encoded, NULL, ROUTE_PLAIN, NULL},
	{"GET", "/fails", fails, NULL, 0, NULL},
	{"GET", "/splits", splits, NULL, ROUTE_PLAIN, NULL},
	{0},
};

static struct fixture f;

static void setup(void)
{
	fixture_start(&f, &fixture_config, routes);
}

static void teardown(void)
{
	fixture_stop(&f);
}

#define H    "Host: x\r\n"
#define GET  " HTTP/1.1\r\n" H
#define JSON "Content-Type: application/json\r\n"
#define TYPE "{\"type\":\"https://uri.etsi.org/ngsi-ld/errors/"

static const struct {
	const char *request;
	int status;
	const char *body;
} answers[] = {
	{"GET /plain/a%2Fb?q=c+d" GET "\r\n", 200, "[\"GET\",\"a/b\",\"c d\"]"},
	{"GET /plain/a/" GET "\r\n", 200, "[\"GET\",\"a\",\"\"]"},
	{"GET /plain/a/?q=x" GET "\r\n", 200, "[\"GET\",\"a\",\"x\"]"},
	{"GET /plain/a?q=%2B1:00+1" GET "\r\n", 200, "[\"GET\",\"a\",\"+1:00 1\"]"},
	{"GET http://x:1/inline?q=a" GET "\r\n", 200, "[\"GET\",\"\",\"a\"]"},
	{"GET /inline HTTP/1.0\r\n\r\n", 200, "[\"GET\",\"\",\"\"]"},
	{"\r\nGET /inline" GET "\r\n", 200, "[\"GET\",\"\",\"\"]"},
	{"POST /echo" GET JSON "Content-Length: 2\r\n\r\n{}", 201, "{}"},
	{"POST /echo" GET JSON
	 "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\n"
	 "T: u\r\n\r\n",
		201, "{}"},
	{"PATCH /echo" GET "Content-Type: application/merge-patch+json\r\n"
	 "Content-Length: 2\r\n\r\n{}",
		201, "{}"},
	{"POST /echo" GET "Content-Length: 0\r\n\r\n", 201, ""},
	{"DELETE /echo" GET "\r\n", 204, ""},
	{"DELETE /echo" GET "Content-Type: application/ld+json\r\n\r\n", 204, ""},
	{"DELETE /echo" GET "Content-Length: 3\r\n\r\nabc", 204, ""},
	{"POST /query" GET JSON
	 "Accept: application/geo+json\r\nContent-Length: 2\r\n\r\n{}",
		201, "{}"},
	{"OPTIONS *" GET "\r\n", 204, ""},
	{"GET /nope" GET "\r\n", 404,
		TYPE "ResourceNotFound\",\"title\":\"Resource not found\",\"status\":404,"
		     "\"detail\":\"there is no resource '/nope'\"}"},
	{"PUT /echo" GET "\r\n", 405,
		TYPE
		"InvalidRequest\",\"title\":\"Method not allowed\",\"status\":405,"
		"\"detail\":\"PUT is not allowed here; allowed: POST, PATCH, DELETE, "
		"OPTIONS\"}"},
	{"GET /plain/a?limit=1" GET "\r\n", 400,
		TYPE "InvalidRequest\",\"title\":\"Invalid request\",\"status\":400,"
		     "\"detail\":\"unknown query parameter 'limit'; allowed here: q\"}"},
	{"GET /inline?limit=1" GET "\r\n", 400,
		TYPE "InvalidRequest\",\"title\":\"Invalid request\",\"status\":400,"
		     "\"detail\":\"unknown query parameter 'limit'; allowed here: q\"}"},
	{"GET /plain/a" GET "Accept: text/html\r\n\r\n", 406,
		TYPE
		"InvalidRequest\",\"title\":\"Not acceptable\",\"status\":406,\"detail\":"
		"\"Accept 'text/html' allows nothing that is available here: "
		"application/json, application/ld+json\"}"},
	{"GET /inline" GET "Accept: text/html\r\n\r\n", 406, NULL},
	{"HEAD /plain/a" GET "Accept: text/html\r\n\r\n", 406, NULL},
	{"POST /query" GET JSON "Accept: text/html\r\nContent-Length: 2\r\n\r\n{}", 406,
		NULL},
	{"POST /echo" GET JSON "Accept: text/html\r\nContent-Length: 2\r\n\r\n{}", 201,
		"{}"},
	{"GET /big" GET "Accept: text/html\r\n\r\n", 200, NULL},
	/* 6.3.4: without a body */
	{"POST /echo" GET JSON "\r\n", 411, ""},
	{"POST /echo" GET "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415,
		""},
	{"POST /echo" GET "Content-Length: 2\r\n\r\n{}", 415, ""},
	{"GET /fails" GET "\r\n", 503,
		TYPE "InternalError\",\"title\":\"Service unavailable\",\"status\":503,"
		     "\"detail\":\"the \\\"database\\\" is away\"}"},
	{"GET /fails?silently" GET "\r\n", 500, NULL},
};

START_TEST(answers_requests)
{
	auto_answer a = {0};

	client_ask(f.port, answers[_i].request, &a);
	ck_assert_int_eq(a.status, answers[_i].status);
	if (answers[_i].body != NULL)
		ck_assert_str_eq(a.body, answers[_i].body);
	if (a.status == 411 || a.status == 415)
		ck_assert_ptr_null(answer_header(&a, "Content-Type"));
	else if (a.status >= 400)
		ck_assert_str_eq(answer_header(&a, "Content-Type"), "application/json");
	if (a.status == 415)
		ck_assert_str_eq(answer_header(&a, "Accept"),
			"application/json, application/ld+json");
	if (a.status == 503)
		ck_assert_str_eq(answer_header(&a, "Retry-After"), "1");
	ck_assert(a.status < 400 || answer_header(&a, "Location") == NULL);
	ck_assert_ptr_nonnull(answer_header(&a, "Date"));
}
END_TEST

/* All of them, in one write, on one connection. */
START_TEST(answers_in_order)
{
	auto_strbuf sb = {0};
	auto_answer a = {0};
	int fd = client_connect(f.port);

	for (int i = 0; i < 20; i++)
		strbuf_addf(&sb, "GET /%s?q=%d" GET "\r\n",
			i % 2 == 0 ? "plain/x" : "inline", i);
	client_send(fd, sb.data, sb.len);
	for (int i = 0; i < 20; i++) {
		answer_fini(&a);
		client_read(fd, false, &a);
		strbuf_reset(&sb);
		strbuf_addf(&sb, "[\"GET\",\"%s\",\"%d\"]", i % 2 == 0 ? "x" : "", i);
		ck_assert_str_eq(a.body, sb.data);
	}
	close(fd);
}
END_TEST

START_TEST(no_content_has_none)
{
	auto_answer a = {0};
	int fd = client_connect(f.port);

	client_puts(fd, "DELETE /echo" GET "\r\n");
	client_read(fd, false, &a);
	ck_assert_int_eq(a.status, 204);
	ck_assert_ptr_null(answer_header(&a, "Content-Length"));
	ck_assert_ptr_null(answer_header(&a, "Content-Type"));
	ck_assert_ptr_null(answer_header(&a, "Transfer-Encoding"));
	answer_fini(&a);
	client_puts(fd, "GET /inline" GET "\r\n"); /* and the connection goes on */
	client_read(fd, false, &a);
	ck_assert_int_eq(a.status, 200);
	close(fd);
}
END_TEST

START_TEST(head_is_get_without_body)
{
	auto_answer get = {0}, head = {0};
	int fd = client_connect(f.port);

	client_puts(fd, "GET /plain/ab" GET "X-Request-ID: r\r\n\r\n");
	client_read(fd, false, &get);
	client_puts(fd, "HEAD /plain/a" GET "X-Request-ID: r\r\n\r\n");
	client_read(fd, true, &head);
	ck_assert_int_eq(head.status, 200);
	/* "HEAD" in the body is as much longer as "ab" than "a" */
	ck_assert_str_eq(strstr(head.head, "\r\nContent-Type"),
		strstr(get.head, "\r\nContent-Type"));
	answer_fini(&get);
	client_puts(fd, "GET /inline" GET "\r\n"); /* no byte of a body in between */
	client_read(fd, false, &get);
	ck_assert_int_eq(get.status, 200);
	close(fd);
}
END_TEST

START_TEST(options_names_the_methods)
{
	auto_answer a = {0};

	client_ask(f.port, "OPTIONS /echo" GET "Origin: http://y\r\n\r\n", &a);
	ck_assert_int_eq(a.status, 204);
	ck_assert_str_eq(answer_header(&a, "Allow"), "POST, PATCH, DELETE, OPTIONS");
	ck_assert_ptr_null(
		answer_header(&a, "Access-Control-Allow-Methods")); /* CORS is off */
	ck_assert_ptr_null(answer_header(&a, "Access-Control-Allow-Origin"));
	answer_fini(&a);
	client_ask(f.port, "OPTIONS /nope" GET "\r\n", &a);
	ck_assert_int_eq(a.status, 404);
	answer_fini(&a);
	client_ask(f.port, "PUT /echo" GET "\r\n", &a);
	ck_assert_str_eq(answer_header(&a, "Allow"), "POST, PATCH, DELETE, OPTIONS");
}
END_TEST

START_TEST(continues_when_asked)
{
	auto_answer a = {0};
	int fd = client_connect(f.port);

	client_puts(fd,
		"POST /echo" GET JSON
		"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	client_read(fd, false, &a);
	ck_assert_int_eq(a.status, 100);
	answer_fini(&a);
	client_puts(fd, "{}");
	client_read(fd, false, &a);
	ck_assert_int_eq(a.status, 201);
	ck_assert_str_eq(a.body, "{}");
	close(fd);
}
END_TEST

static void check_gunzips(const struct answer *a)
{
	static char out[BIG + 100];
	z_stream z = {.next_in = (Bytef *)a->body,
		.avail_in = (uInt)a->body_len,
		.next_out = (Bytef *)out,
		.avail_out = sizeof(out)};

	ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
	ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
	ck_assert_uint_ge(z.total_out, BIG);
	ck_assert_int_eq(memcmp(out, "0,2,4,", 6), 0);
	(void)inflateEnd(&z);
}

START_TEST(compresses_large_answers)
{
	auto_answer a = {0};

	client_ask(f.port, "GET /big" GET "Accept-Encoding: gzip, br\r\n\r\n", &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert_str_eq(answer_header(&a, "Content-Encoding"), "gzip");
	ck_assert_str_eq(answer_header(&a, "Vary"), "Accept-Encoding");
	ck_assert_uint_lt(a.body_len, BIG / 2);
	check_gunzips(&a);
	answer_fini(&a);
	client_ask(f.port, "GET /big" GET "\r\n", &a);
	ck_assert_ptr_null(answer_header(&a, "Content-Encoding"));
	ck_assert_str_eq(answer_header(&a, "Vary"), "Accept-Encoding"); /* for caches */
	ck_assert_uint_ge(a.body_len, BIG);
	answer_fini(&a);
	client_ask(f.port, "GET /plain/x" GET "Accept-Encoding: gzip\r\n\r\n", &a);
	ck_assert_ptr_null(answer_header(&a, "Content-Encoding")); /* small */
	ck_assert_str_eq(answer_header(&a, "Vary"), "Accept");
	answer_fini(&a);
	client_ask(f.port, "GET /encoded" GET "Accept-Encoding: gzip\r\n\r\n", &a);
	ck_assert_str_eq(answer_header(&a, "Content-Encoding"), "br"); /* it is already */
	ck_assert_uint_ge(a.body_len, BIG);
}
END_TEST

START_TEST(names_the_request)
{
	auto_answer a = {0}, b = {0};

	client_ask(f.port,
		"GET /inline" GET "X-Request-ID: my.id-1_\r\n"
		"Fiware-Correlator: abc;cbnotif=1\r\n\r\n",
		&a);
	ck_assert_str_eq(answer_header(&a, "X-Request-Id"), "my.id-1_");
	ck_assert_str_eq(answer_header(&a, "Fiware-Correlator"), "abc;cbnotif=1");
	answer_fini(&a);
	client_ask(f.port,
		"GET /inline" GET "X-Request-ID: a b\r\nFiware-Correlator: <x>\r\n\r\n",
		&a);
	client_ask(f.port,
		"GET /nope" GET "X-Request-ID: 0123456789012345678901234567890123456789"
		"0123456789012345678901234\r\n\r\n",
		&b);
	ck_assert_uint_eq(strlen(answer_header(&a, "X-Request-Id")), 16);
	ck_assert_uint_eq(strlen(answer_header(&b, "X-Request-Id")), 16);
	ck_assert_ptr_null(strstr(b.head, answer_header(&a, "X-Request-Id")));
	ck_assert_ptr_null(answer_header(&a, "Fiware-Correlator"));
}
END_TEST

/* A value that would begin another header is left out, not sent. */
START_TEST(does_not_split_headers)
{
	auto_answer a = {0};

	client_ask(f.port, "GET /splits" GET "\r\n", &a);
	ck_assert_int_eq(a.status, 204);
	ck_assert_ptr_null(strstr(a.head, "Injected"));
}
END_TEST

START_TEST(closes_when_asked)
{
	static const char *const requests[] = {"GET /inline HTTP/1.0\r\n\r\n",
		"GET /plain/x" GET "Connection: close\r\n\r\n"};
	auto_answer a = {0};
	int fd = client_connect(f.port);

	client_puts(fd, requests[_i]);
	client_read(fd, false, &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert(client_is_closed(fd, 3000));
	close(fd);
}
END_TEST

START_TEST(counts_requests)
{
	auto_answer a = {0};
	auto_strbuf sb = {0};

	client_ask(f.port, "GET /plain/x" GET "\r\n", &a);
	answer_fini(&a);
	client_ask(f.port, "BREW /pot" GET "\r\n", &a);
	answer_fini(&a);
	client_ask(f.port, "GET /a b" GET "\r\n", &a);
	server_metrics(f.server, &sb);
	ck_assert_ptr_nonnull(strstr(sb.data,
		"\ncalanque_http_requests_total{method=\"GET\","
		"route=\"/plain/{id}\",status=\"200\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(sb.data,
		"\ncalanque_http_requests_total{method=\"other\","
		"route=\"none\",status=\"404\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(sb.data,
		"\ncalanque_http_requests_total{method=\"GET\","
		"route=\"none\",status=\"400\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(sb.data,
		"\ncalanque_http_request_duration_seconds_count{"
		"method=\"GET\",route=\"/plain/{id}\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(sb.data, "\ncalanque_http_connections "));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("server");
	Suite *s = suite_create("http");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
		tc, answers_requests, 0, sizeof(answers) / sizeof(answers[0]));
	tcase_add_test(tc, answers_in_order);
	tcase_add_test(tc, no_content_has_none);
	tcase_add_test(tc, head_is_get_without_body);
	tcase_add_test(tc, options_names_the_methods);
	tcase_add_test(tc, continues_when_asked);
	tcase_add_test(tc, compresses_large_answers);
	tcase_add_test(tc, names_the_request);
	tcase_add_test(tc, does_not_split_headers);
	tcase_add_loop_test(tc, closes_when_asked, 0, 2);
	tcase_add_test(tc, counts_requests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
