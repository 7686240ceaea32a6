/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that must not be taken.  Each is sent twice: first on its connection, and after
 * a good request.  Whatever refuses it, microhttpd or we, the answer is a ProblemDetails in
 * JSON, and the connection ends, for nobody knows where the next request would begin.
 */
#include "http_client.h"

#include <base/strbuf.h>

#include <check.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static enum handled echo(void *cookie, struct req *req, struct resp *resp)
{
	resp->status = 200;
	resp->content_type = "application/json";
	strbuf_add(&resp->body, req->body, req->body_len);
	return HANDLED;
}

static const struct route routes[] = {
	{"GET", "/a", echo, NULL, ROUTE_PLAIN | ROUTE_INLINE, NULL},
	{"GET", "/worker", echo, NULL, 0, NULL},
	{"POST", "/echo", echo, NULL, ROUTE_PLAIN, NULL},
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

#define H "Host: x\r\n"
#define LINES                                                                            \
	"the headers are malformed; each must be one line, 'Name: value', that ends "    \
	"with CR LF"
#define LINE                                                                             \
	"the request line is malformed; expected one space between method, target "      \
	"and version"
#define PARSE "the request line is malformed; expected 'METHOD TARGET HTTP/1.1'"
#define FIELD                                                                            \
	"the headers are malformed; each must be one line, 'Name: value', and "          \
	"Content-Length a number"
#define SPACE "the request target holds a space or control character; percent-encode it"
#define CODED "Transfer-Encoding: only 'chunked' is understood, in HTTP/1.1"
#define POST  "POST /echo HTTP/1.1\r\n" H
#define CHUNK POST "Transfer-Encoding: chunked\r\n\r\n"
#define CUT   "the connection ended before the request was complete"

static const struct {
	const char *text, *says;
	int status;
	size_t len; /* where it holds a NUL */
} table[] = {
	/* bare LF */
	{"GET /a HTTP/1.1\n" H "\r\n", LINES, 400, 0},
	{"GET /a HTTP/1.1\r\nHost: x\n\r\n", LINES, 400, 0},
	{"GET /a HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", LINES, 400, 0},
	{"GET /a HTTP/1.1\r\nHost: x\r\n\n", LINES, 400, 0},
	{"GET /a HTTP/1.1\nHost: x\n\n", LINES, 400, 0},
	{"GET /a HTTP/1.0\n\n", LINES, 400, 0},
	{"GET /a HTTP/1.0\r\n\n", LINES, 400, 0},
	/* folded lines */
	{"GET /a HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n", LINES, 400, 0},
	{"GET /a HTTP/1.1\r\n" H "A: b\r\n\tc: d\r\n\r\n", LINES, 400, 0},
	{"GET /a HTTP/1.1\r\n" H "A:\r\n \r\n\r\n", LINES, 400, 0},
	{"GET /a HTTP/1.1\r\n" H "A: b\r\n c\r\nD: e\r\n\r\n", LINES, 400, 0},
	{"GET /a HTTP/1.1\r\n A: b\r\n" H "\r\n", "the header name ' A' is not a token",
		400, 0},
	/* framing */
	{POST "Content-Length: 2\r\nTransfer-Encoding: "
	      "chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"Content-Length and Transfer-Encoding exclude each other", 400, 0},
	{POST "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
		"Content-Length and Transfer-Encoding exclude each other", 400, 0},
	{POST "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
		"there is more than one Content-Length", 400, 0},
	{POST "Content-Length: 2\r\ncontent-length: 2\r\n\r\n{}",
		"there is more than one Content-Length", 400, 0},
	{"GET /a HTTP/1.1\r\n\r\n", "HTTP/1.1 needs a Host header", 400, 0},
	{"GET /a HTTP/1.1\r\n" H H "\r\n", "there is more than one Host header", 400, 0},
	{"GET /a HTTP/1.0\r\n" H H "\r\n", "there is more than one Host header", 400, 0},
	{"GET /a HTTP/1.1\r\nHost: a\"b\r\n\r\n", "Host: 'a\\\"b' is no host name", 400,
		0},
	{"GET /a HTTP/1.1\r\nHost: a b\r\n\r\n", "Host: 'a b' is no host name", 400, 0},
	{"GET /a HTTP/1.1\r\nHost: <a>\r\n\r\n", "Host: '<a>' is no host name", 400, 0},
	{"GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n", "Host: 'a/b' is no host name", 400, 0},
	{POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", CODED, 400, 0},
	{POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", CODED, 400, 0},
	{POST "Transfer-Encoding: identity\r\n\r\n", CODED, 400, 0},
	{POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
		CODED, 400, 0},
	{"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", CODED, 400,
		0},
	{POST "Content-Length: abc\r\n\r\n", FIELD, 400, 0},
	{POST "Content-Length: -1\r\n\r\n", FIELD, 400, 0},
	{POST "Content-Length: +1\r\n\r\nx", FIELD, 400, 0},
	{POST "Content-Length: 1, 1\r\n\r\nx", FIELD, 400, 0},
	{POST "Content-Length: 0x1\r\n\r\nx", FIELD, 400, 0},
	{POST "Content-Length:\r\n\r\n", FIELD, 400, 0},
	/* the request line */
	{"garbage\r\n\r\n", PARSE, 400, 0},
	{"GET /a\r\n\r\n", PARSE, 400, 0},
	{"GET\r\n\r\n", PARSE, 400, 0},
	{"GET /a http/1.1\r\n" H "\r\n", PARSE, 400, 0},
	{"GET /a HTTP/1.1 \r\n" H "\r\n", PARSE, 400, 0},
	{"GET /a HTTP/2.0\r\n" H "\r\n", "HTTP/1.1 and HTTP/1.0 are spoken here", 505, 0},
	{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 and HTTP/1.0 are spoken here", 505,
		0},
	{"GET /a HTTP/0.9\r\n" H "\r\n", "HTTP/1.1 and HTTP/1.0 are spoken here", 505, 0},
	{"GET  /a HTTP/1.1\r\n" H "\r\n", LINE, 400, 0},
	{" GET /a HTTP/1.1\r\n" H "\r\n", PARSE, 400, 0},
	{"GET /a  HTTP/1.1\r\n" H "\r\n", SPACE, 400, 0},
	{"GET /a b HTTP/1.1\r\n" H "\r\n", SPACE, 400, 0},
	{"GET /a?q=b c HTTP/1.1\r\n" H "\r\n", SPACE, 400, 0},
	{"GET /a\tb HTTP/1.1\r\n" H "\r\n", SPACE, 400, 0},
	{"GET /a\x01 HTTP/1.1\r\n" H "\r\n", SPACE, 400, 0},
	{"GET /a\x7f HTTP/1.1\r\n" H "\r\n", SPACE, 400, 0},
	{"GET /a\rb HTTP/1.1\r\n" H "\r\n", SPACE, 400, 0},
	{"GET /a\0b HTTP/1.1\r\n" H "\r\n", LINE, 400, 30},
	{"GET /a#b HTTP/1.1\r\n" H "\r\n",
		"the request target holds a '#'; percent-encode it", 400, 0},
	{"GET a HTTP/1.1\r\n" H "\r\n", "the request target must begin with '/'", 400, 0},
	{"G(T /a HTTP/1.1\r\n" H "\r\n", "the method is not a token", 400, 0},
	/* header fields */
	{"GET /a HTTP/1.1\r\n" H "nocolon\r\n\r\n", FIELD, 400, 0},
	{"GET /a HTTP/1.1\r\nnocolon\r\n" H "\r\n", FIELD, 400, 0},
	{"GET /a HTTP/1.1\r\nHost : x\r\n\r\n", "the header name 'Host ' is not a token",
		400, 0},
	{"GET /a HTTP/1.1\r\n" H ": x\r\n\r\n", LINES, 400, 0},
	{"GET /a HTTP/1.1\r\n" H "A: \x02\r\n\r\n",
		"the header A holds a control character", 400, 0},
	{"GET /a HTTP/1.1\r\n" H "A: b\rc\r\n\r\n",
		"the header A holds a control character", 400, 0},
	{"GET /a HTTP/1.1\r\n" H "A: b\0c\r\n\r\n", LINES, 400, 36},
	/* bodies */
	{CHUNK "xyz\r\n", "the chunked body is malformed", 400, 0},
	{CHUNK "2\r\n{}x\r\n0\r\n\r\n", "the chunked body is malformed", 400, 0},
	{CHUNK "\r\n", "the chunked body is malformed", 400, 0},
	{CHUNK "fffffffffffffffff\r\n",
		"the body is too long; at most 100000 bytes are taken", 413, 0},
	{CHUNK "0\r\nno trailer\r\n\r\n", "the chunked body is malformed", 400, 0},
	{POST "Content-Length: 100001\r\n\r\n",
		"the body has 100001 bytes; at most 100000 are taken", 413, 0},
	{POST "Content-Length: 99999999999999999999999\r\n\r\n",
		"the body is too long; at most 100000 bytes are taken", 413, 0},
	{POST "Expect: 100-continue\r\nContent-Length: 100001\r\n\r\n",
		"the body has 100001 bytes; at most 100000 are taken", 413, 0},
};

static void check_refusal(int fd, int status, const char *says)
{
	auto_answer a = {0};
	auto_strbuf detail = {0};

	client_read(fd, false, &a);
	ck_assert_int_eq(a.status, status);
	ck_assert_str_eq(answer_header(&a, "Content-Type"), "application/json");
	ck_assert_str_eq(answer_header(&a, "Connection"), "close");
	ck_assert_ptr_nonnull(answer_header(&a, "Date"));
	ck_assert_ptr_nonnull(
		strstr(a.body, "{\"type\":\"https://uri.etsi.org/ngsi-ld/errors/"));
	strbuf_addf(&detail, "\"status\":%d,\"detail\":\"%s\"}", status, says);
	ck_assert_msg(
		strstr(a.body, detail.data) != NULL, "%s\nlacks %s", a.body, detail.data);
	ck_assert(client_is_closed(fd, 3000));
	close(fd);
}

static void check_after_good(const void *text, size_t len, int status, const char *says)
{
	auto_answer a = {0};
	int fd = client_connect(f.port);

	client_puts(fd, "GET /worker HTTP/1.1\r\n" H "\r\n");
	client_read(fd, false, &a);
	ck_assert_int_eq(a.status, 200);
	client_send(fd, text, len);
	check_refusal(fd, status, says);
}

START_TEST(refuses)
{
	const char *text = table[_i].text;
	size_t len = table[_i].len != 0 ? table[_i].len : strlen(text);
	int fd = client_connect(f.port);

	client_send(fd, text, len);
	check_refusal(fd, table[_i].status, table[_i].says);
	check_after_good(text, len, table[_i].status, table[_i].says);
}
END_TEST

/* Byte by byte the answers are the same: no check depends on how a head arrives. */
START_TEST(refuses_in_pieces)
{
	const char *text = table[_i].text;
	size_t len = table[_i].len != 0 ? table[_i].len : strlen(text);
	int fd = client_connect(f.port);

	for (size_t i = 0; i < len; i++)
		client_send(fd, text + i, 1);
	check_refusal(fd, table[_i].status, table[_i].says);
}
END_TEST

static const struct {
	const char *before, *after; /* with `bytes` times `what` between */
	const char *what;
	unsigned times;
	int status;
	const char *says;
} large[] = {
	{"GET /", " HTTP/1.1\r\n" H "\r\n", "a", 4100, 414,
		"the request target has 4101 bytes; at most 4096 are taken"},
	{"GET /", " HTTP/1.1\r\n" H "\r\n", "a", 100000, 414,
		"the request line is too long; at most 4096 bytes are taken"},
	{"GET /a HTTP/1.1\r\n" H "A: ", "\r\n\r\n", "b", 4096, 431,
		"request line and headers have 4129 bytes; at most 4096 are taken"},
	{"GET /a HTTP/1.1\r\n" H "A: ", "\r\n\r\n", "b", 100000, 431,
		"request line and headers are too long; at most 4096 bytes are taken"},
	{"GET /a HTTP/1.1\r\n" H, "\r\n", "A: b\r\n", 20000, 431,
		"request line and headers are too long; at most 4096 bytes are taken"},
	{CHUNK, "", "1\r\nx\r\n", 100001, 413,
		"the body has more than 100000 bytes, which is the most that is taken"},
	{CHUNK "186a1\r\n", "", "x", 100001, 413,
		"the body has more than 100000 bytes, which is the most that is taken"},
};

START_TEST(refuses_what_is_too_large)
{
	auto_strbuf sb = {0};
	int fd = client_connect(f.port);

	strbuf_adds(&sb, large[_i].before);
	for (unsigned i = 0; i < large[_i].times; i++)
		strbuf_adds(&sb, large[_i].what);
	strbuf_adds(&sb, large[_i].after);
	client_send(fd, sb.data, sb.len);
	check_refusal(fd, large[_i].status, large[_i].says);
	check_after_good(sb.data, sb.len, large[_i].status, large[_i].says);
}
END_TEST

/* A client that announces a large body and sends it all the same can still read why. */
START_TEST(answers_before_a_large_body_is_read)
{
	auto_strbuf sb = {0};
	int fd = client_connect(f.port);

	strbuf_adds(&sb, POST "Content-Length: 4000000\r\n\r\n");
	for (int i = 0; i < 4000000; i++)
		strbuf_addc(&sb, 'x');
	client_send(fd, sb.data, sb.len);
	check_refusal(fd, 413, "the body has 4000000 bytes; at most 100000 are taken");
}
END_TEST

static const struct {
	const char *text, *says;
} cut[] = {
	{"GET /a HT", PARSE},
	{"GET /a HTTP/1.1\r\nHo", CUT},
	{POST "Content-Length: 10\r\n\r\n12345", CUT},
	{CHUNK "5\r\n123", CUT},
};

START_TEST(answers_what_stops_halfway)
{
	int fd = client_connect(f.port);

	client_puts(fd, cut[_i].text);
	shutdown(fd, SHUT_WR);
	check_refusal(fd, 400, cut[_i].says);
}
END_TEST

/* Of a TLS client's greeting nothing can be understood, but it hears something. */
START_TEST(answers_a_tls_greeting)
{
	static const char hello[] =
		"\x16\x03\x01\x00\x2a\x01\x00\x00\x26\x03\x03 \r\n abc \r\n";
	int fd = client_connect(f.port);

	client_send(fd, hello, sizeof(hello) - 1);
	shutdown(fd, SHUT_WR);
	check_refusal(fd, 400, PARSE);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	TCase *tc = tcase_create("refusals");
	Suite *s = suite_create("http");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, refuses, 0, COUNT(table));
	tcase_add_loop_test(tc, refuses_in_pieces, 0, COUNT(table));
	tcase_add_loop_test(tc, refuses_what_is_too_large, 0, COUNT(large));
	tcase_add_test(tc, answers_before_a_large_body_is_read);
	tcase_add_loop_test(tc, answers_what_stops_halfway, 0, COUNT(cut));
	tcase_add_test(tc, answers_a_tls_greeting);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
