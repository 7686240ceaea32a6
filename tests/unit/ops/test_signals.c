/* SPDX-License-Identifier: Apache-2.0 */
/* Each test in a process of its own (Check's fork): signals belong to processes. */
#include <ops/signals.h>

#include "suite.h"

#include <base/err.h>
#include <base/log.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct err err;

START_TEST(signal_asks_to_stop)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

	signal(signals[_i], SIG_DFL); /* be it that nohup runs the tests */
	ck_assert_int_eq(signals_start(&err), 0);
	ck_assert(!atomic_load(signals_stop()));
	ck_assert_int_eq(kill(getpid(), signals[_i]), 0);
	signals_wait();
	ck_assert(atomic_load(signals_stop()));
}
END_TEST

/* Who is impatient is heard: the second one ends the program, whatever it does. */
START_TEST(second_signal_ends_at_once)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		if (signals_start(&err) < 0)
			_exit(1);
		kill(getpid(), SIGINT);
		signals_wait();
		kill(getpid(), SIGTERM);
		sleep(20);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 128 + SIGTERM);
}
END_TEST

START_TEST(nohup_is_respected)
{
	signal(SIGHUP, SIG_IGN);
	ck_assert_int_eq(signals_start(&err), 0);
	ck_assert_int_eq(kill(getpid(), SIGHUP), 0);
	usleep(50000);
	ck_assert(!atomic_load(signals_stop()));
}
END_TEST

START_TEST(systemd_is_told)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), len;
	char name[64], got[32] = "";

	len = snprintf(name, sizeof(name), "@calanque-test-%d", (int)getpid());
	memcpy(addr.sun_path + 1, name + 1, (size_t)len - 1);
	ck_assert_int_eq(
		bind(fd, (struct sockaddr *)&addr,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
		0);
	unsetenv("NOTIFY_SOCKET");
	signals_notify("LOST=1");
	setenv("NOTIFY_SOCKET", name, 1);
	signals_notify("READY=1");
	ck_assert_int_eq(recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT), 7);
	ck_assert_str_eq(got, "READY=1");
	close(fd);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("signals");

	log_init(LOG_ERROR, LOG_LOGFMT);
	tcase_add_loop_test(tc, signal_asks_to_stop, 0, 3);
	tcase_add_test(tc, second_signal_ends_at_once);
	tcase_add_test(tc, nohup_is_respected);
	tcase_add_test(tc, systemd_is_told);
	return suite_run("signals", tc);
}
