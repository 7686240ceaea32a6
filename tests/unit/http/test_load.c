/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many clients at once, good and bad ones, against every way a request can take between
 * threads.  Made for ThreadSanitizer; without it, it still counts that every request of a
 * well-behaved client got its own answer.
 */
#include "http_client.h"

#include <base/clock.h>
#include <base/mem.h>
#include <base/strbuf.h>

#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS     12
#define DURATION_US 1500000

/* The lane: one thread that answers in groups, as the store's lanes do. */
struct waiting {
	struct req *req;
	struct waiting *next;
};

static pthread_mutex_t lane_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t lane_work = PTHREAD_COND_INITIALIZER;
static struct waiting *lane_head;
static bool lane_closing;

static void fill(struct req *req, struct resp *resp)
{
	const char *n = req_param(req, "n");

	resp->status = 200;
	resp->content_type = "text/plain";
	strbuf_adds(&resp->body, n != NULL ? n : "");
	strbuf_addc(&resp->body, ' ');
	while (resp->body.len < 1500)
		strbuf_adds(&resp->body, "filler ");
}

static void *lane_main(void *cookie)
{
	pthread_mutex_lock(&lane_lock);
	while (!lane_closing || lane_head != NULL) {
		struct waiting *w = lane_head;

		if (w == NULL) {
			pthread_cond_wait(&lane_work, &lane_lock);
			continue;
		}
		lane_head = NULL;
		pthread_mutex_unlock(&lane_lock);
		while (w != NULL) {
			struct waiting *next = w->next;

			fill(w->req, req_resp(w->req));
			req_finish(w->req);
			free(w);
			w = next;
		}
		pthread_mutex_lock(&lane_lock);
	}
	pthread_mutex_unlock(&lane_lock);
	return NULL;
}

static enum handled later(void *cookie, struct req *req, struct resp *resp)
{
	struct waiting *w = mem_alloc(sizeof(*w));

	pthread_mutex_lock(&lane_lock);
	*w = (struct waiting){req, lane_head};
	lane_head = w;
	pthread_mutex_unlock(&lane_lock);
	pthread_cond_signal(&lane_work);
	return HANDLED_LATER;
}

static enum handled plain(void *cookie, struct req *req, struct resp *resp)
{
	fill(req, resp);
	return HANDLED;
}

static void many(void *cookie, struct req *const *req, struct resp *const *resp, size_t n)
{
	usleep(200); /* a round trip, so that others gather */
	for (size_t i = 0; i < n; i++)
		fill(req[i], resp[i]);
}

static const struct together all = {.handle = many};

static const struct route routes[] = {
	{"GET", "/plain", plain, NULL, ROUTE_PLAIN, NULL},
	{"GET", "/inline", plain, NULL, ROUTE_PLAIN | ROUTE_INLINE, NULL},
	{"GET", "/many", plain, &all, ROUTE_PLAIN, NULL},
	{"POST", "/later", later, NULL, ROUTE_PLAIN, NULL},
	{0},
};

static struct fixture f;
static _Atomic bool enough;
static _Atomic unsigned answered, refused, wrong;

static const char *const targets[] = {
	"GET /plain", "GET /inline", "GET /many", "POST /later"};

/* One request, and its answer or a 503. */
static bool ask(int fd, unsigned kind, unsigned n)
{
	auto_answer a = {0};
	char text[200];

	(void)snprintf(text, sizeof(text),
		"%s?n=%u HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n%s\r\nabc",
		targets[kind % 4], n, n % 5 == 0 ? "Accept-Encoding: gzip\r\n" : "");
	client_puts(fd, text);
	client_read(fd, false, &a);
	if (a.status == 503)
		refused++;
	else if (a.status != 200)
		return false;
	else if (n % 5 != 0 && strtoul(a.body, NULL, 10) != n)
		wrong++;
	else
		answered++;
	return true;
}

static void *good_main(void *cookie)
{
	unsigned n = (unsigned)(uintptr_t)cookie * 1000000;
	int fd = client_connect(f.port);

	while (!enough) {
		if (!ask(fd, n, n))
			wrong++;
		n++;
		if (n % 50 == 0) {
			close(fd);
			fd = client_connect(f.port);
		}
	}
	close(fd);
	return NULL;
}

/* Asks and leaves: by FIN, by RST, in the middle, with garbage behind. */
static void *bad_main(void *cookie)
{
	struct linger reset = {1, 0};
	char text[200];

	for (unsigned n = 0; !enough; n++) {
		int fd = client_connect(f.port);

		if (fd < 0)
			break; /* it has stopped */
		(void)snprintf(text, sizeof(text), "%s HTTP/1.1\r\nHost: x\r\n%s%s",
			targets[n % 4], n % 7 == 0 ? "" : "Content-Length: 3\r\n\r\nabc",
			n % 5 == 0 ? "garbage\n\r\n\r\n" : "");
		client_puts(fd, text);
		if (n % 3 == 0)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		if (n % 4 == 0)
			usleep(500);
		close(fd);
	}
	return NULL;
}

START_TEST(keeps_its_head)
{
	struct server_config config = fixture_config;
	pthread_t clients[CLIENTS], lane;

	config.workers = 3;
	config.queue = 6; /* so that it is full now and then */
	config.max_connections = 1000;
	enough = lane_closing = false;
	answered = refused = wrong = 0;
	fixture_start(&f, &config, routes);
	pthread_create(&lane, NULL, lane_main, NULL);
	for (uintptr_t i = 0; i < CLIENTS; i++)
		pthread_create(
			&clients[i], NULL, i % 4 == 3 ? bad_main : good_main, (void *)i);
	usleep(DURATION_US);
	enough = true;
	for (int i = 0; i < CLIENTS; i++)
		pthread_join(clients[i], NULL);
	for (int i = 0; i < 300 && fixture_connections(&f) > 0; i++)
		usleep(10000);
	ck_assert_uint_eq(fixture_connections(&f), 0);
	fixture_stop(&f);
	pthread_mutex_lock(&lane_lock);
	lane_closing = true;
	pthread_mutex_unlock(&lane_lock);
	pthread_cond_signal(&lane_work);
	pthread_join(lane, NULL);
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_gt(answered, 100);
}
END_TEST

/* Stops in the middle of everything; whoever still asks is cut off. */
START_TEST(stops_under_load)
{
	pthread_t clients[CLIENTS], lane;
	struct server_config config = fixture_config;

	enough = lane_closing = false;
	config.workers = 2;
	fixture_start(&f, &config, routes);
	pthread_create(&lane, NULL, lane_main, NULL);
	for (uintptr_t i = 0; i < CLIENTS; i++)
		pthread_create(&clients[i], NULL, bad_main, (void *)i);
	usleep(100000);
	enough = true;
	server_stop(f.server, (unsigned)_i);
	for (int i = 0; i < CLIENTS; i++)
		pthread_join(clients[i], NULL);
	pthread_mutex_lock(&lane_lock);
	lane_closing = true;
	pthread_mutex_unlock(&lane_lock);
	pthread_cond_signal(&lane_work);
	pthread_join(lane, NULL);
	router_free(f.router);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("load");
	Suite *s = suite_create("http");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, keeps_its_head);
	tcase_add_loop_test(tc, stops_under_load, 0, 3);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
