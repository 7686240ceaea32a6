/* SPDX-License-Identifier: Apache-2.0 */
/* @contexts from a server of our own on loopback, and from files. */
#include <net/context_fetch.h>

#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <net/guard.h>

#include "fake_server.h"

#include <check.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OK     "HTTP/1.1 200 OK\r\nConnection: close\r\n"
#define CTX    "{\"@context\": {\"a\": \"https://example.org/a\"}}"
#define BUSY   "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
#define MINUTE (INT64_C(60) * 1000000)

static const struct answer answers[] = {
	{.path = "/plain", .raw = OK "Content-Type: application/ld+json\r\n\r\n" CTX},
	{.path = "/bom", .raw = OK "\r\n\xef\xbb\xbf" CTX},
	{.path = "/minute", .raw = OK "Cache-Control: public, max-age=60\r\n\r\n" CTX},
	{.path = "/moved",
		.raw = "HTTP/1.1 301 Moved\r\nLocation: /plain\r\n"
		       "Content-Length: 0\r\n\r\n"},
	{.path = "/mute-once", .raw = OK "\r\n" CTX, .failures = 1},
	{.path = "/busy-once", .raw = OK "\r\n" CTX, .failures = 1, .first = BUSY},
	{.path = "/busy", .raw = BUSY},
	{.path = "/mute"},
	{.path = "/gone", .raw = "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"},
	{.path = "/big", .raw = OK "\r\n", .repeat = 3000},
	{.path = "/slow", .raw = OK "\r\n" CTX, .delay_ms = 1500},
	{.path = "/page", .raw = OK "Content-Type: text/html; charset=utf-8\r\n\r\n<p>"},
	{.path = "/torn", .raw = OK "Content-Type: application/json\r\n\r\n{\n\"a\""},
	{.path = "/empty", .raw = OK "\r\n"},
	{.path = "/array", .raw = OK "\r\n[]"},
	{.path = "/other", .raw = OK "\r\n{\"context\": {}}"},
	{0},
};

static struct fake_server *server;
static struct context_fetch *fetch;
static struct context_document doc;
static struct err err;
static char dir[64];

static void setup(void)
{
	server = fake_server_start(answers);
	fetch = context_fetch_new(
		&(struct context_fetch_config){
			.max_bytes = 2000, .connect_ms = 300, .total_ms = 500},
		&err);
	ck_assert_ptr_nonnull(fetch);
	err_clear(&err);
	(void)strcpy(dir, "/tmp/test_context_fetch-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void)
{
	char command[128];

	context_document_fini(&doc);
	context_fetch_free(fetch);
	fake_server_stop(server);
	(void)snprintf(command, sizeof(command), "rm -r '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(ends_when_the_program_ends)
{
	int64_t start = clock_monotonic();

	context_fetch_stop(fetch);
	context_fetch_stop(NULL);
	ck_assert_int_eq(
		context_fetch(fetch, fake_server_url(server, "/slow"), &doc, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CONTEXT_NOT_AVAILABLE);
	ck_assert_int_lt(clock_monotonic() - start, 400000);
}
END_TEST

static const struct {
	const char *path;
	unsigned requests;
} good[] = {
	{"/plain", 1},
	{"/bom", 1},
	{"/moved", 2},
	{"/mute-once", 2},
	{"/busy-once", 2},
};

START_TEST(downloads)
{
	const json_t *term;

	ck_assert_int_eq(
		context_fetch(fetch, fake_server_url(server, good[_i].path), &doc, &err),
		0);
	term = json_object_get(json_object_get(doc.json, "@context"), "a");
	ck_assert_str_eq(json_string_value(term), "https://example.org/a");
	ck_assert_ptr_nonnull(strstr(doc.text, CTX));
	ck_assert_uint_eq(doc.len, strlen(doc.text));
	ck_assert_int_eq(doc.expires, 0);
	ck_assert(!doc.mapped);
	ck_assert_uint_eq(fake_server_requests(server), good[_i].requests);
	ck_assert_ptr_nonnull(strstr(fake_server_last(server),
		"\r\nAccept: application/ld+json, application/json;q=0.9, "
		"*/*;q=0.1\r\n"));
}
END_TEST

START_TEST(tells_how_long_it_may_be_kept)
{
	int64_t before = clock_now();

	ck_assert_int_eq(
		context_fetch(fetch, fake_server_url(server, "/minute"), &doc, &err), 0);
	ck_assert_int_ge(doc.expires, before + MINUTE);
	ck_assert_int_le(doc.expires, clock_now() + MINUTE);
}
END_TEST

/* The guard is asked about the address, and again where a redirect leads. */
START_TEST(asks_the_guard)
{
	struct guard *guard = guard_new(NULL, "private", &err);
	struct context_fetch_config config = {.guard = guard};
	struct context_fetch *guarded = context_fetch_new(&config, &err);
	char url[128], detail[256];

	(void)snprintf(url, sizeof(url), "%s", fake_server_url(server, "/plain"));
	ck_assert_int_eq(context_fetch(guarded, url, &doc, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CONTEXT_NOT_AVAILABLE);
	(void)snprintf(detail, sizeof(detail),
		"@context %s: the address is not allowed (settings outbound-allow, "
		"outbound-deny)",
		url);
	ck_assert_str_eq(err.detail, detail);
	ck_assert_uint_eq(fake_server_requests(server), 0);
	context_fetch_free(guarded);
	err_clear(&err);
	config.trusted = url;
	guarded = context_fetch_new(&config, &err);
	ck_assert_int_eq(context_fetch(guarded, url, &doc, &err), 0);
	ck_assert_int_eq(
		context_fetch(guarded, fake_server_url(server, "/minute"), &doc, &err),
		-1);
	ck_assert_uint_eq(fake_server_requests(server), 1);
	context_fetch_free(guarded);
	guard_free(guard);
}
END_TEST

START_TEST(is_a_context_loader)
{
	json_t *json = NULL;

	ck_assert_int_eq(
		context_fetch_load(fetch, fake_server_url(server, "/plain"), &json, &err),
		0);
	ck_assert_ptr_nonnull(json_object_get(json, "@context"));
	ck_assert_uint_eq(json->refcount, 1);
	json_decref(json);
}
END_TEST

static const struct {
	const char *path, *says;
	enum err_kind kind;
	unsigned requests;
} bad[] = {
	{"/busy", "the server answered with status 503", ERR_CONTEXT_NOT_AVAILABLE, 2},
	{"/gone", "the server answered with status 410", ERR_CONTEXT_NOT_AVAILABLE, 1},
	{"/nowhere", "the server answered with status 404", ERR_CONTEXT_NOT_AVAILABLE, 1},
	{"/mute", "the connection broke before the answer was complete",
		ERR_CONTEXT_NOT_AVAILABLE, 2},
	{"/big", "the answer is larger than 2000 bytes", ERR_CONTEXT_NOT_AVAILABLE, 1},
	{"/slow", "no answer in time", ERR_CONTEXT_NOT_AVAILABLE, 1},
	{"/page", "the document is no JSON (line 1) but text/html", ERR_BAD_REQUEST_DATA,
		1},
	{"/torn", "the document is no JSON (line 2)", ERR_BAD_REQUEST_DATA, 1},
	{"/empty", "the document is no JSON (line 1)", ERR_BAD_REQUEST_DATA, 1},
	{"/array", "the document is no JSON object with a member \"@context\"",
		ERR_BAD_REQUEST_DATA, 1},
	{"/other", "the document is no JSON object with a member \"@context\"",
		ERR_BAD_REQUEST_DATA, 1},
};

START_TEST(says_why_it_cannot_be_had)
{
	const char *url = fake_server_url(server, bad[_i].path);
	char says[512];

	ck_assert_int_eq(context_fetch(fetch, url, &doc, &err), -1);
	(void)snprintf(says, sizeof(says), "@context %s: %s", url, bad[_i].says);
	ck_assert_str_eq(err.detail, says);
	ck_assert_int_eq(err.kind, bad[_i].kind);
	ck_assert_ptr_null(doc.json); /* out untouched */
	ck_assert_ptr_null(doc.text);
	ck_assert_uint_eq(fake_server_requests(server), bad[_i].requests);
}
END_TEST

START_TEST(refuses_other_schemes)
{
	ck_assert_int_eq(context_fetch(fetch, "file:///etc/passwd", &doc, &err), -1);
	ck_assert_str_eq(
		err.detail, "@context file:///etc/passwd: it is no http or https URL");
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
}
END_TEST

START_TEST(unknown_hosts_fail_fast)
{
	int64_t start = clock_monotonic();

	ck_assert_int_eq(
		context_fetch(fetch, "http://no-such-host.invalid/c", &doc, &err), -1);
	ck_assert_int_lt(clock_monotonic() - start, 2000000);
	ck_assert_int_eq(err.kind, ERR_CONTEXT_NOT_AVAILABLE);
	ck_assert_str_eq(err.detail,
		"@context http://no-such-host.invalid/c: the host name cannot be "
		"resolved");
}
END_TEST

static void *fetch_often(void *cookie)
{
	struct err e = {0};

	for (int i = 0; i < 20; i++) {
		auto_context_document d = {0};

		if (context_fetch(fetch, cookie, &d, &e) < 0)
			return (void *)"failed";
	}
	return NULL;
}

START_TEST(many_threads_fetch_at_once)
{
	pthread_t threads[6];
	char url[128];
	void *failed;

	(void)snprintf(url, sizeof(url), "%s", fake_server_url(server, "/plain"));
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, fetch_often, url), 0);
	for (int i = 0; i < 6; i++) {
		(void)pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	ck_assert_uint_eq(fake_server_requests(server), 120);
}
END_TEST

static const char *in_dir(const char *name, char buf[128])
{
	(void)snprintf(buf, 128, "%s/%s", dir, name);
	return buf;
}

static void write_file(const char *name, const char *text)
{
	char path[128];
	FILE *f = fopen(in_dir(name, path), "w");

	ck_assert_ptr_nonnull(f);
	(void)fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static int load_map(const char *text)
{
	char path[128];

	write_file("map.tsv", text);
	context_fetch_free(fetch);
	fetch = context_fetch_new(
		&(struct context_fetch_config){
			.map = in_dir("map.tsv", path), .max_bytes = 100},
		&err);
	return fetch != NULL ? 0 : -1;
}

START_TEST(the_map_takes_the_place_of_the_network)
{
	write_file("c.jsonld", CTX);
	ck_assert_int_eq(load_map("# comment\n\nhttps://x.invalid/other\tc.jsonld\n"
				  "https://x.invalid/c\t\tc.jsonld\r\n"),
		0);
	ck_assert_int_eq(context_fetch(fetch, "https://x.invalid/c", &doc, &err), 0);
	ck_assert_str_eq(doc.text, CTX);
	ck_assert(doc.mapped);
	ck_assert_int_eq(doc.expires, 0);
	ck_assert_int_eq(fake_server_requests(server), 0);
	context_document_fini(&doc);
	/* what is not in the map goes to the network */
	ck_assert_int_eq(
		context_fetch(fetch, fake_server_url(server, "/plain"), &doc, &err), 0);
	ck_assert(!doc.mapped);
}
END_TEST

START_TEST(mapped_files_are_read_anew_and_checked)
{
	char path[128], large[200];

	write_file("c.jsonld", CTX);
	ck_assert_int_eq(load_map("https://x.invalid/c\tc.jsonld\n"), 0);
	write_file("c.jsonld", "<html>");
	ck_assert_int_eq(context_fetch(fetch, "https://x.invalid/c", &doc, &err), -1);
	ck_assert_str_eq(err.detail,
		"@context https://x.invalid/c: the document is no JSON (line 1)");
	memset(large, ' ', sizeof(large));
	large[sizeof(large) - 1] = '\0';
	write_file("c.jsonld", large);
	ck_assert_int_eq(context_fetch(fetch, "https://x.invalid/c", &doc, &err), -1);
	ck_assert_str_eq(err.detail,
		"@context https://x.invalid/c: the file is larger than 100 bytes");
	ck_assert_int_eq(unlink(in_dir("c.jsonld", path)), 0);
	ck_assert_int_eq(context_fetch(fetch, "https://x.invalid/c", &doc, &err), -1);
	ck_assert_str_eq(err.detail,
		"@context https://x.invalid/c: the file that the context map names is "
		"gone");
	ck_assert_int_eq(err.kind, ERR_CONTEXT_NOT_AVAILABLE);
}
END_TEST

static const struct {
	const char *map, *says;
} bad_maps[] = {
	{"# c\nhttps://x/c c.jsonld\n", ":2: expected URL<TAB>file"},
	{"https://x/c\t\n", ":1: expected URL<TAB>file"},
	{"\tc.jsonld\n", ":1: expected an absolute URL before the tab"},
	{"x\tc.jsonld\n", ":1: expected an absolute URL before the tab"},
	{"https://x/c\tno.jsonld\n",
		":1: cannot read no.jsonld: No such file or directory"},
	{"https://x/c\tc.jsonld\nhttps://y/c\tc.jsonld\nhttps://x/c\tc.jsonld\n",
		":3: https://x/c is in line 1 already"},
};

START_TEST(says_where_the_map_is_wrong)
{
	char says[256];

	write_file("c.jsonld", CTX);
	ck_assert_int_eq(load_map(bad_maps[_i].map), -1);
	(void)snprintf(says, sizeof(says), "%s/map.tsv%s", dir, bad_maps[_i].says);
	ck_assert_str_eq(err.detail, says);
}
END_TEST

START_TEST(says_that_there_is_no_map)
{
	char says[256];

	context_fetch_free(fetch);
	fetch = context_fetch_new(
		&(struct context_fetch_config){.map = "/nowhere/map"}, &err);
	ck_assert_ptr_null(fetch);
	(void)snprintf(says, sizeof(says),
		"cannot read the context map /nowhere/map: No such file or directory");
	ck_assert_str_eq(err.detail, says);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("context_fetch");
	Suite *s = suite_create("net");
	SRunner *runner = srunner_create(s);
	int failed;

	log_init(LOG_ERROR, LOG_LOGFMT);
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 20);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, ends_when_the_program_ends);
	tcase_add_loop_test(tc, downloads, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_test(tc, tells_how_long_it_may_be_kept);
	tcase_add_test(tc, asks_the_guard);
	tcase_add_test(tc, is_a_context_loader);
	tcase_add_loop_test(
		tc, says_why_it_cannot_be_had, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, refuses_other_schemes);
	tcase_add_test(tc, unknown_hosts_fail_fast);
	tcase_add_test(tc, many_threads_fetch_at_once);
	tcase_add_test(tc, the_map_takes_the_place_of_the_network);
	tcase_add_test(tc, mapped_files_are_read_anew_and_checked);
	tcase_add_loop_test(tc, says_where_the_map_is_wrong, 0,
		sizeof(bad_maps) / sizeof(bad_maps[0]));
	tcase_add_test(tc, says_that_there_is_no_map);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	curl_global_cleanup();
	return failed == 0 ? 0 : 1;
}
