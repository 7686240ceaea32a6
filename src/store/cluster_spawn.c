/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting PostgreSQL's programs: another user, a clean environment, nothing inherited.
 * Between fork() and execve() only calls that are safe after the fork of a program with
 * threads.
 */
#include "cluster_priv.h"

#include <base/strbuf.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MOST 65536

static void complain(const char *user, const char *what, const char *arg)
{
	const char *why = strerrordesc_np(errno);
	const char *parts[] = {
		"error: user ", user, what, arg, ": ", why != NULL ? why : "", "\n"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0)
			break;
	_exit(126);
}

static void child_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void child_descriptors(const struct spawn *s)
{
	int null = open("/dev/null", O_RDWR);

	if (dup2(s->in >= 0 ? s->in : null, STDIN_FILENO) < 0 ||
		dup2(s->out >= 0 ? s->out : null, STDOUT_FILENO) < 0 ||
		dup2(s->out >= 0 ? s->out : null, STDERR_FILENO) < 0)
		_exit(126);
	/* What some library opened without O_CLOEXEC must not live on in PostgreSQL. */
	(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	if (s->keep >= 0)
		(void)fcntl(s->keep, F_SETFD, 0);
}

static void child(const struct spawn *s, pid_t parent)
{
	static char *const env[] = {
		"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", NULL};

	child_descriptors(s);
	child_signals();
	(void)setsid(); /* Ctrl-C is for the broker; it tells PostgreSQL in good order */
	if (s->as->change &&
		(setgroups(1, &s->as->gid) < 0 || setgid(s->as->gid) < 0 ||
			setuid(s->as->uid) < 0))
		complain("root", " cannot become ", s->as->name);
	/* After setuid(), which clears it. */
	if (s->death_signal != 0 &&
		(prctl(PR_SET_PDEATHSIG, s->death_signal) < 0 || getppid() != parent))
		_exit(126);
	if (chdir(s->dir) < 0)
		complain(s->as->name, " cannot enter ", s->dir);
	execve(s->argv[0], (char *const *)s->argv, env);
	complain(s->as->name, " cannot run ", s->argv[0]);
}

pid_t spawn(const struct spawn *s)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		child(s, parent);
	return pid;
}

void telling_line(const char *output, char *line, size_t room)
{
	static const char *const signs[] = {"PANIC:", "FATAL:", "ERROR:", "error:"};
	const char *from = NULL, *last = output;
	size_t len;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]) && from == NULL; i++) {
		from = strstr(output, signs[i]);
		if (from != NULL)
			from += strlen(signs[i]);
	}
	for (const char *p = output; from == NULL && *p != '\0';
		p = strchr(p, '\n') + 1) {
		if (*p != '\n')
			last = p;
		if (strchr(p, '\n') == NULL)
			break;
	}
	if (from == NULL)
		from = last;
	from += strspn(from, " \t");
	len = strcspn(from, "\n");
	snprintf(line, room, "%.*s", (int)len, from);
}

/* Everything the program says, or as much as tells enough. */
static void read_all(int fd, struct strbuf *sb)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0 && sb->len < OUTPUT_MOST)
			strbuf_add(sb, buf, (size_t)n);
	}
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A pipe that holds the input; it is far smaller than a pipe. */
static int input_pipe(const char *input)
{
	int fd[2];
	size_t len = strlen(input);

	if (pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	if (write(fd[1], input, len) != (ssize_t)len) {
		close(fd[0]);
		fd[0] = -1;
	}
	close(fd[1]);
	return fd[0];
}

int run_program(const char *const *argv, const struct account *as, const char *dir,
	const char *input, int keep, char *said, size_t room)
{
	struct spawn s = {argv, as, dir, -1, -1, keep, SIGKILL};
	auto_strbuf output = {0};
	int fd[2], status = -1;
	pid_t pid;

	snprintf(said, room, "%s could not be started", argv[0]);
	if (pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	s.in = input_pipe(input);
	s.out = fd[1];
	pid = spawn(&s);
	close(fd[1]);
	if (s.in >= 0)
		close(s.in);
	if (pid > 0) {
		read_all(fd[0], &output);
		status = wait_for(pid);
		strbuf_adds(&output, "");
		telling_line(output.data != NULL ? output.data : "", said, room);
	}
	close(fd[0]);
	/* The single-user server goes on after an error and ends well. */
	if (status == 0 && output.data != NULL &&
		(strstr(output.data, "ERROR:") != NULL ||
			strstr(output.data, "FATAL:") != NULL))
		status = 1;
	return status;
}

bool ask_program(const char *path, const char *arg, char *line, size_t room)
{
	const char *const argv[] = {path, arg, NULL};
	const struct account myself = {0};

	if (run_program(argv, &myself, "/", "", -1, line, room) != 0)
		return false;
	return line[0] != '\0';
}
