/* SPDX-License-Identifier: Apache-2.0 */
#include <ops/signals.h>

#include <base/err.h>
#include <base/log.h>

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Of the process, as signals are. */
static atomic_bool stop;
static sem_t stopped;
static sigset_t wanted;

static void *signals_main(void *arg)
{
	int sig = 0;

	for (;;) {
		if (sigwait(&wanted, &sig) != 0)
			continue;
		if (atomic_exchange(&stop, true)) {
			log_warn("SIG%s again: ending at once", sigabbrev_np(sig));
			_exit(128 + sig);
		}
		log_info("stopping signal=SIG%s", sigabbrev_np(sig));
		sem_post(&stopped);
	}
	return NULL;
}

int signals_start(struct err *err)
{
	struct sigaction hup;
	pthread_t thread;
	int rc;

	(void)signal(SIGPIPE, SIG_IGN);
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGTERM);
	/* nohup ignores it, and means it. */
	if (sigaction(SIGHUP, NULL, &hup) == 0 && hup.sa_handler != SIG_IGN)
		sigaddset(&wanted, SIGHUP);
	sem_init(&stopped, 0, 0);
	pthread_sigmask(SIG_BLOCK, &wanted, NULL);
	rc = pthread_create(&thread, NULL, signals_main, NULL);
	if (rc != 0)
		return err_set(
			err, ERR_INTERNAL, "cannot start a thread: %s", strerror(rc));
	pthread_detach(thread);
	return 0;
}

const atomic_bool *signals_stop(void)
{
	return &stop;
}

void signals_wait(void)
{
	while (sem_wait(&stopped) < 0 && errno == EINTR)
		;
}

void signals_notify(const char *state)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path != NULL ? strlen(path) : 0;
	int fd;

	if (len < 2 || len >= sizeof(addr.sun_path))
		return;
	memcpy(addr.sun_path, path, len);
	if (path[0] == '@')
		addr.sun_path[0] = '\0'; /* the abstract namespace */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&addr,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		log_warn("cannot tell systemd at %s: %s", path, strerror(errno));
	close(fd);
}
