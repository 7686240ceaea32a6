/* SPDX-License-Identifier: Apache-2.0 */
/* Requests on their way between threads: queued, gathered, answered later, given up. */
#include "http_client.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/strbuf.h>

#include <check.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static sem_t entered, leave; /* handlers of /block say that they are in, and wait */
static _Atomic size_t most_together, before_calls, after_calls;
static struct req *_Atomic lent;
static pthread_t finisher;

static enum handled block(void *cookie, struct req *req, struct resp *resp)
{
	sem_post(&entered);
	sem_wait(&leave);
	resp->status = 204;
	return HANDLED;
}

static void block_many(
	void *cookie, struct req *const *req, struct resp *const *resp, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)block(cookie, req[i], resp[i]);
}

static enum handled quick(void *cookie, struct req *req, struct resp *resp)
{
	resp->status = 200;
	resp->content_type = "text/plain";
	strbuf_adds(&resp->body, req->param[0]);
	return HANDLED;
}

static void quick_many(
	void *cookie, struct req *const *req, struct resp *const *resp, size_t n)
{
	if (n > most_together)
		most_together = n;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(req[i]->param[0], "bad") == 0)
			(void)err_set(&req[i]->err, ERR_NOT_FOUND, "bad is not here");
		else
			(void)quick(cookie, req[i], resp[i]);
	}
}

static enum handled later(void *cookie, struct req *req, struct resp *resp)
{
	lent = req;
	return HANDLED_LATER;
}

static void *finish_main(void *cookie)
{
	struct req *req = cookie;
	const char *fail = req_param(req, "fail");

	if (fail != NULL) {
		(void)err_set(&req->err, ERR_CONFLICT, "%s", fail);
	} else {
		struct resp *resp = req_resp(req);

		resp->status = 201;
		resp->content_type = "text/plain";
		while (resp->body.len < 5000)
			strbuf_adds(&resp->body, "later ");
	}
	req_finish(req);
	return NULL;
}

/* Answers within the handler's own call: a lane may be that fast. */
static enum handled at_once(void *cookie, struct req *req, struct resp *resp)
{
	resp->status = 204;
	req_finish(req);
	return HANDLED_LATER;
}

static unsigned steps_left, steps_ended;

/* The last of the steps answers. */
static enum handled step(void *self, struct req *req, struct resp *resp)
{
	ck_assert_ptr_eq(self, &steps_left);
	if (steps_left-- > 0) {
		req_resume(req, step, &steps_left);
		return HANDLED_LATER;
	}
	if (req_param(req, "fail") != NULL) {
		err_set(&req->err, ERR_CONFLICT, "one step too far");
		return HANDLED_ERROR;
	}
	resp->status = 204;
	return HANDLED;
}

static void steps_end(void *self)
{
	ck_assert_ptr_eq(self, &steps_left);
	steps_ended++;
}

static enum handled steps(void *cookie, struct req *req, struct resp *resp)
{
	req_at_end(req, steps_end, &steps_left);
	return step(&steps_left, req, resp);
}

static int count_before(void *cookie, struct req *req)
{
	before_calls++;
	if (req_header(req, "X-Refuse") != NULL)
		return err_set(&req->err, ERR_NONEXISTENT_TENANT, "no such tenant");
	return 0;
}

static void count_after(void *cookie, struct req *req, struct resp *resp)
{
	after_calls++;
	resp_header(resp, "X-After", "yes");
}

/* The query is the number of the question; the answer tells who was handled together. */
static uint64_t company_of(const struct req *req)
{
	return strtoull(req->query, NULL, 10);
}

static void tell_company(
	void *cookie, struct req *const *req, struct resp *const *resp, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		resp[i]->status = 200;
		resp[i]->content_type = "text/plain";
		for (size_t j = 0; j < n; j++)
			strbuf_addf(&resp[i]->body, "%s ", req[j]->query);
	}
}

static enum handled tell_alone(void *cookie, struct req *req, struct resp *resp)
{
	tell_company(cookie, &req, &resp, 1);
	return HANDLED;
}

/* A question with a w must wait for something. */
static bool waits(void *cookie, struct req *req)
{
	return strchr(req->query, 'w') != NULL;
}

static const struct together quick_together = {.handle = quick_many};
static const struct together block_together = {.handle = block_many};
static const struct together company_together = {tell_company, company_of, waits};

static const struct route routes[] = {
	{"GET", "/block", block, NULL, ROUTE_PLAIN, NULL},
	{"GET", "/block/{x}", block, &block_together, ROUTE_PLAIN, NULL},
	{"GET", "/quick/{x}", quick, &quick_together, ROUTE_PLAIN, NULL},
	{"GET", "/company", tell_alone, &company_together, ROUTE_PLAIN, NULL},
	{"GET", "/inline/{x}", quick, NULL, ROUTE_PLAIN | ROUTE_INLINE, NULL},
	{"GET", "/later", later, NULL, ROUTE_PLAIN, NULL},
	{"GET", "/steps", steps, NULL, ROUTE_PLAIN, NULL},
	{"GET", "/at-once", at_once, NULL, ROUTE_PLAIN, NULL},
	{"GET", "/at-once-inline", at_once, NULL, ROUTE_PLAIN | ROUTE_INLINE, NULL},
	{0},
};

static struct fixture f;

#define GET " HTTP/1.1\r\nHost: x\r\n"

static void start(unsigned workers, unsigned queue)
{
	struct server_config config = fixture_config;

	config.workers = workers;
	config.queue = queue;
	config.before = count_before;
	config.after = count_after;
	sem_init(&entered, 0, 0);
	sem_init(&leave, 0, 0);
	most_together = before_calls = after_calls = 0;
	lent = NULL;
	fixture_start(&f, &config, routes);
}

static void stop(void)
{
	fixture_stop(&f);
	sem_destroy(&entered);
	sem_destroy(&leave);
}

static int ask(const char *request)
{
	int fd = client_connect(f.port);

	client_puts(fd, request);
	return fd;
}

static int status_of(int fd)
{
	struct answer a;
	int status;

	client_read(fd, false, &a);
	status = a.status;
	answer_fini(&a);
	close(fd);
	return status;
}

/* While all workers block, the queue fills; then 503 at once, and inline routes answer. */
START_TEST(refuses_when_the_queue_is_full)
{
	auto_answer a = {0};
	int blocked, waiting[4];

	start(1, 4);
	blocked = ask("GET /block" GET "\r\n");
	sem_wait(&entered);
	for (int i = 0; i < 4; i++) {
		waiting[i] = ask("GET /quick/a" GET "\r\n");
		/* the next must find it in the queue */
		client_ask(f.port, "GET /inline/x" GET "\r\n", &a);
		ck_assert_str_eq(a.body, "x");
		answer_fini(&a);
	}
	client_ask(f.port, "GET /quick/b" GET "\r\n", &a);
	ck_assert_int_eq(a.status, 503);
	ck_assert_str_eq(answer_header(&a, "Retry-After"), "1");
	ck_assert_ptr_nonnull(strstr(a.body, "too many requests wait already"));
	sem_post(&leave);
	ck_assert_int_eq(status_of(blocked), 204);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(status_of(waiting[i]), 200);
	stop();
}
END_TEST

/* What gathers behind batches that last does not wait for them, although nothing else
 * happens. */
START_TEST(passes_slow_batches)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	int fd[65], len = n < 2 ? 3 : n > 64 ? 65 : (int)n + 1;
	struct timespec until;

	start((unsigned)len, 128);
	for (int i = 0; i < len; i++) {
		fd[i] = ask("GET /block/a" GET "\r\n");
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 10;
		ck_assert_int_eq(sem_timedwait(&entered, &until), 0);
	}
	for (int i = 0; i < len; i++)
		sem_post(&leave);
	for (int i = 0; i < len; i++)
		ck_assert_int_eq(status_of(fd[i]), 204);
	stop();
}
END_TEST

START_TEST(gathers_what_waits)
{
	int blocked, fd[10];

	start(1, 64);
	blocked = ask("GET /block" GET "\r\n");
	sem_wait(&entered);
	for (int i = 0; i < 10; i++)
		fd[i] = ask(i == 3       ? "GET /quick/bad" GET "\r\n"
				: i == 5 ? "GET /quick/a" GET "X-Refuse: 1\r\n\r\n"
					 : "GET /quick/a" GET "\r\n");
	usleep(200000);
	sem_post(&leave);
	ck_assert_int_eq(status_of(blocked), 204);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(status_of(fd[i]), i == 3 || i == 5 ? 404 : 200);
	ck_assert_uint_eq(most_together, 9); /* number 5 was refused before */
	most_together = 0;
	ck_assert_int_eq(status_of(ask("GET /quick/a" GET "\r\n")), 200);
	ck_assert_uint_eq(most_together, 0); /* a lonely one goes the plain way */
	stop();
}
END_TEST

/* The same questions go together, 0 alone, and what waits; of the small ones (odd) a few that
 * differ, too. */
START_TEST(gathers_by_company)
{
	static const struct {
		const char *query, *batch;
	} asked[] = {{"0", "0 "}, {"4", "4 4 "}, {"4w", "4w "}, {"0", "0 "}, {"3", "*"},
		{"4", "4 4 "}, {"5", "*"}, {"7", "*"}, {"9", "*"}, {"11", "*"},
		{"13", "*"}, {"15", "*"}, {"17", "*"}, {"19", "19 "}, {"3", "*"},
		{"6", "6 "}, {"3", "*"}};
	enum { N = sizeof(asked) / sizeof(asked[0]) };
	int blocked, fd[N];
	char text[64];

	start(1, 64);
	blocked = ask("GET /block" GET "\r\n");
	sem_wait(&entered);
	for (int i = 0; i < N; i++) {
		(void)snprintf(
			text, sizeof(text), "GET /company?%s" GET "\r\n", asked[i].query);
		fd[i] = ask(text);
		/* the next must come after it */
		ck_assert_int_eq(status_of(ask("GET /inline/x" GET "\r\n")), 200);
	}
	/* and the last be queued, which is after that turn of the loop */
	ck_assert_int_eq(status_of(ask("GET /inline/x" GET "\r\n")), 200);
	sem_post(&leave);
	ck_assert_int_eq(status_of(blocked), 204);
	for (int i = 0; i < N; i++) {
		auto_answer a = {0};

		client_read(fd[i], false, &a);
		close(fd[i]);
		ck_assert_str_eq(a.body,
			*asked[i].batch == '*' ? "3 5 7 9 11 13 15 17 3 3 "
					       : asked[i].batch);
	}
	stop();
}
END_TEST

/* One worker: between the steps it does what else waits. */
START_TEST(goes_step_by_step)
{
	start(1, 64);
	for (unsigned i = 0; i < 3; i++) {
		steps_left = i;
		ck_assert_int_eq(status_of(ask("GET /steps" GET "\r\n")), 204);
	}
	steps_left = 5;
	ck_assert_int_eq(status_of(ask("GET /steps?fail=1" GET "\r\n")), 409);
	ck_assert_int_eq(status_of(ask("GET /quick/a" GET "\r\n")), 200);
	stop();
	ck_assert_uint_eq(steps_ended, 4);
}
END_TEST

START_TEST(calls_before_and_after)
{
	auto_answer a = {0};

	start(2, 64);
	client_ask(f.port, "GET /quick/a" GET "X-Refuse: 1\r\n\r\n", &a);
	ck_assert_int_eq(a.status, 404);
	ck_assert_ptr_nonnull(strstr(a.body, "\"detail\":\"no such tenant\""));
	ck_assert_str_eq(answer_header(&a, "X-After"), "yes");
	answer_fini(&a);
	client_ask(f.port, "GET /inline/a" GET "X-Refuse: 1\r\n\r\n", &a);
	ck_assert_int_eq(a.status, 200); /* inline: without before */
	ck_assert_str_eq(answer_header(&a, "X-After"), "yes");
	answer_fini(&a);
	client_ask(f.port, "GET /nope" GET "\r\n", &a);
	ck_assert_str_eq(answer_header(&a, "X-After"), "yes");
	ck_assert_uint_eq(before_calls, 1);
	ck_assert_uint_eq(after_calls, 3);
	stop();
}
END_TEST

static struct req *wait_lent(void)
{
	struct req *req = NULL;

	for (int i = 0; i < 5000 && (req = atomic_exchange(&lent, NULL)) == NULL; i++)
		usleep(1000);
	ck_assert_ptr_nonnull(req);
	return req;
}

START_TEST(answers_later)
{
	auto_answer a = {0};
	int fd;

	start(1, 64);
	fd = ask("GET /later" GET "Accept-Encoding: gzip\r\n\r\n");
	pthread_create(&finisher, NULL, finish_main, wait_lent());
	client_read(fd, false, &a);
	ck_assert_int_eq(a.status, 201);
	ck_assert_str_eq(answer_header(&a, "Content-Encoding"), "gzip");
	ck_assert_str_eq(answer_header(&a, "X-After"), "yes");
	pthread_join(finisher, NULL);
	answer_fini(&a);
	client_puts(fd, "GET /later?fail=why" GET "\r\n");
	pthread_create(&finisher, NULL, finish_main, wait_lent());
	client_read(fd, false, &a);
	ck_assert_int_eq(a.status, 409);
	ck_assert_ptr_nonnull(strstr(a.body, "\"detail\":\"why\""));
	pthread_join(finisher, NULL);
	close(fd);
	ck_assert_int_eq(status_of(ask("GET /at-once" GET "\r\n")), 204);
	ck_assert_int_eq(status_of(ask("GET /at-once-inline" GET "\r\n")), 204);
	stop();
}
END_TEST

/* The client is gone before its answer is. */
START_TEST(survives_a_client_that_left)
{
	struct linger reset = {1, 0};
	int fd;

	start(1, 64);
	fd = ask("GET /later" GET "\r\n");
	if (_i == 1)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (_i == 2)
		shutdown(fd, SHUT_WR);
	pthread_create(&finisher, NULL, finish_main, wait_lent());
	if (_i != 2)
		close(fd);
	else
		ck_assert_int_eq(status_of(fd), 201); /* half-closed still hears */
	pthread_join(finisher, NULL);
	ck_assert_int_eq(status_of(ask("GET /quick/a" GET "\r\n")), 200);
	stop();
}
END_TEST

static void *stop_main(void *cookie)
{
	fixture_stop(&f);
	return NULL;
}

/* What is under way is finished; new requests on open connections hear 503. */
START_TEST(finishes_what_is_under_way)
{
	int idle, blocked, other;
	pthread_t stopper;
	auto_answer a = {0};

	start(1, 64);
	blocked = ask("GET /block" GET "\r\n");
	idle = client_connect(f.port);
	other = client_connect(f.port);
	client_puts(other, "GET /quick/a" GET); /* half a request */
	sem_wait(&entered);
	pthread_create(&stopper, NULL, stop_main, NULL);
	ck_assert(client_is_closed(idle, 3000));
	client_puts(other, "\r\n");
	client_read(other, false, &a);
	ck_assert_int_eq(a.status, 503);
	ck_assert_str_eq(answer_header(&a, "Connection"), "close");
	sem_post(&leave);
	answer_fini(&a);
	client_read(blocked, false, &a);
	ck_assert_int_eq(a.status, 204);
	ck_assert_str_eq(answer_header(&a, "Connection"), "close");
	pthread_join(stopper, NULL);
	close(idle);
	close(blocked);
	close(other);
	sem_destroy(&entered);
	sem_destroy(&leave);
}
END_TEST

/* A lane may answer after the server has stopped: nobody hears it, nothing breaks. */
START_TEST(outlives_the_server)
{
	struct req *req;
	int64_t before;
	int fd;

	start(1, 64);
	fd = ask("GET /later" GET "Accept-Encoding: gzip\r\n\r\n");
	req = wait_lent();
	before = clock_monotonic();
	server_stop(f.server, 50);
	ck_assert_int_lt(clock_monotonic() - before, 2000000);
	(void)finish_main(req);
	router_free(f.router);
	ck_assert(client_is_closed(fd, 1000));
	close(fd);
}
END_TEST

START_TEST(limits_connections)
{
	struct server_config config = fixture_config;
	auto_answer a = {0};
	int fd[3];

	config.max_connections = 3;
	fixture_start(&f, &config, routes);
	for (int i = 0; i < 3; i++) {
		fd[i] = ask("GET /inline/a" GET "\r\n");
		client_read(fd[i], false, &a);
		ck_assert_int_eq(a.status, 200);
		answer_fini(&a);
	}
	client_ask(f.port, "GET /inline/a" GET "\r\n", &a);
	ck_assert_int_eq(a.status, 503);
	ck_assert_ptr_nonnull(strstr(a.body, "there are 3 connections already"));
	for (int i = 0; i < 3; i++)
		close(fd[i]);
	usleep(100000);
	ck_assert_int_eq(status_of(ask("GET /inline/a" GET "\r\n")), 200);
	fixture_stop(&f);
}
END_TEST

START_TEST(says_why_it_cannot_listen)
{
	struct server_config config = fixture_config;
	const struct route_table tables[] = {{routes, NULL}, {0}};
	struct router *router = router_new(tables);
	struct err err = {0};
	char says[100];

	start(1, 1);
	config.port = f.port;
	ck_assert_ptr_null(server_start(&config, router, &err));
	(void)snprintf(says, sizeof(says),
		"cannot listen on 127.0.0.1 port %u: Address already in use", f.port);
	ck_assert_str_eq(err.detail, says);
	err_clear(&err);
	config.address = "not an address";
	ck_assert_ptr_null(server_start(&config, router, &err));
	ck_assert_ptr_nonnull(strstr(err.detail, "cannot listen on 'not an address': "));
	router_free(router);
	stop();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("lend");
	Suite *s = suite_create("http");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, refuses_when_the_queue_is_full);
	tcase_add_test(tc, gathers_what_waits);
	tcase_add_test(tc, passes_slow_batches);
	tcase_add_test(tc, gathers_by_company);
	tcase_add_test(tc, goes_step_by_step);
	tcase_add_test(tc, calls_before_and_after);
	tcase_add_test(tc, answers_later);
	tcase_add_loop_test(tc, survives_a_client_that_left, 0, 3);
	tcase_add_test(tc, finishes_what_is_under_way);
	tcase_add_test(tc, outlives_the_server);
	tcase_add_test(tc, limits_connections);
	tcase_add_test(tc, says_why_it_cannot_listen);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
