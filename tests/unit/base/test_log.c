/* SPDX-License-Identifier: Apache-2.0 */
#include <base/log.h>

#include <base/arena.h>
#include <base/clock.h>

#include <suite.h>

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <unistd.h>

static int saved_stderr = -1, pipe_end = -1;

static void capture_start(void)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	saved_stderr = dup(STDERR_FILENO);
	ck_assert_int_ge(dup2(ends[1], STDERR_FILENO), 0);
	ck_assert_int_eq(close(ends[1]), 0);
	pipe_end = ends[0];
}

/* What was written since capture_start(). */
static char *capture_end(struct arena *a)
{
	char *text = arena_alloc(a, 65536);
	size_t len = 0;
	ssize_t n;

	ck_assert_int_ge(dup2(saved_stderr, STDERR_FILENO), 0);
	ck_assert_int_eq(close(saved_stderr), 0);
	while ((n = read(pipe_end, text + len, 65535 - len)) > 0)
		len += (size_t)n;
	ck_assert_int_eq(close(pipe_end), 0);
	return text;
}

/* The line behind its timestamp, which is checked here. */
static const char *after_time(const char *line, enum log_format format)
{
	const char *lead = format == LOG_JSON ? "{\"ts\":\"" : "ts=";
	size_t len;
	int64_t us;

	ck_assert_int_eq(strncmp(line, lead, strlen(lead)), 0);
	line += strlen(lead);
	len = strcspn(line, " \"");
	ck_assert(clock_parse(line, len, &us));
	ck_assert_int_lt(llabs(clock_now() - us), INT64_C(60000000));
	return line + len;
}

START_TEST(writes_logfmt)
{
	auto_arena a = {0};

	log_init(LOG_INFO, LOG_LOGFMT);
	log_request("7f3a");
	capture_start();
	log_info("listening port=%d host=%s", 1026, "local host");
	log_request(NULL);
	ck_assert_str_eq(after_time(capture_end(&a), LOG_LOGFMT),
		" level=info msg=\"listening\" req=7f3a port=1026 host=\"local host\"\n");
}
END_TEST

START_TEST(writes_json)
{
	auto_arena a = {0};

	log_init(LOG_INFO, LOG_JSON);
	log_request("7f3a");
	capture_start();
	log_warn("slow query seconds=%.3f rows=%zu name=%s id=%s", 1.25, (size_t)3, "12",
		"a=b");
	log_request(NULL);
	ck_assert_str_eq(after_time(capture_end(&a), LOG_JSON),
		"\",\"level\":\"warn\",\"msg\":\"slow "
		"query\",\"req\":\"7f3a\",\"seconds\":1.250,"
		"\"rows\":3,\"name\":\"12\",\"id\":\"a=b\"}\n");
}
END_TEST

/* Nothing in an argument ends the line, the value, or becomes a pair. */
START_TEST(escapes)
{
	static const char evil[] = "a\nts=0 level=error \"x\"\\\t\x1b[2J\x7f";
	auto_arena a = {0};

	log_init(LOG_INFO, LOG_LOGFMT);
	capture_start();
	log_error("refused %s path=%s", evil, evil);
	ck_assert_str_eq(after_time(capture_end(&a), LOG_LOGFMT),
		" level=error msg=\"refused a\\nts=0 level=error "
		"\\\"x\\\"\\\\\\t\\u001b[2J\\u007f\""
		" path=\"a\\nts=0 level=error \\\"x\\\"\\\\\\t\\u001b[2J\\u007f\"\n");
	log_init(LOG_INFO, LOG_JSON);
	capture_start();
	log_error("refused path=%s", "\xc3\xa9\xc3(\xff\"");
	ck_assert_str_eq(after_time(capture_end(&a), LOG_JSON),
		"\",\"level\":\"error\",\"msg\":\"refused\",\"path\":"
		"\"\xc3\xa9\xef\xbf\xbd(\xef\xbf\xbd\\\"\"}\n");
}
END_TEST

/* JSON has no number for it, so it is a string. */
START_TEST(quotes_what_is_no_number)
{
	auto_arena a = {0};

	log_init(LOG_INFO, LOG_JSON);
	capture_start();
	log_info("x ratio=%f empty=%s", (double)INFINITY, "");
	ck_assert_str_eq(after_time(capture_end(&a), LOG_JSON),
		"\",\"level\":\"info\",\"msg\":\"x\",\"ratio\":\"inf\",\"empty\":\"\"}"
		"\n");
}
END_TEST

START_TEST(starts_with_a_pair)
{
	auto_arena a = {0};

	log_init(LOG_INFO, LOG_LOGFMT);
	capture_start();
	log_info("a=%d b=%s", 1, "");
	ck_assert_str_eq(
		after_time(capture_end(&a), LOG_LOGFMT), " level=info a=1 b=\"\"\n");
}
END_TEST

START_TEST(obeys_the_level)
{
	auto_arena a = {0};

	log_init(LOG_WARN, LOG_LOGFMT);
	capture_start();
	log_debug("no");
	log_info("no");
	errno = ENOENT;
	log_warn("yes");
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_str_eq(
		after_time(capture_end(&a), LOG_LOGFMT), " level=warn msg=\"yes\"\n");
}
END_TEST

static void *log_many(void *name)
{
	log_request(name);
	for (int i = 0; i < 200; i++)
		log_info("line i=%d", i);
	return NULL;
}

/* Two threads, each with its own request id, and whole lines. */
START_TEST(threads_do_not_mix)
{
	auto_arena a = {0};
	pthread_t threads[2];
	char *text, *line, *rest;
	int lines = 0;

	log_init(LOG_INFO, LOG_LOGFMT);
	capture_start();
	ck_assert_int_eq(pthread_create(&threads[0], NULL, log_many, "one"), 0);
	ck_assert_int_eq(pthread_create(&threads[1], NULL, log_many, "two"), 0);
	ck_assert_int_eq(pthread_join(threads[0], NULL), 0);
	ck_assert_int_eq(pthread_join(threads[1], NULL), 0);
	text = capture_end(&a);
	for (line = strtok_r(text, "\n", &rest); line != NULL;
		line = strtok_r(NULL, "\n", &rest)) {
		const char *s = after_time(line, LOG_LOGFMT);

		ck_assert(strncmp(s, " level=info msg=\"line\" req=one i=", 33) == 0 ||
			strncmp(s, " level=info msg=\"line\" req=two i=", 33) == 0);
		lines++;
	}
	ck_assert_int_eq(lines, 400);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("log");

	tcase_add_test(tc, writes_logfmt);
	tcase_add_test(tc, writes_json);
	tcase_add_test(tc, escapes);
	tcase_add_test(tc, quotes_what_is_no_number);
	tcase_add_test(tc, starts_with_a_pair);
	tcase_add_test(tc, obeys_the_level);
	tcase_add_test(tc, threads_do_not_mix);
	return suite_run("base/log", tc);
}
