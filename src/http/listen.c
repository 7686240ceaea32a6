/* SPDX-License-Identifier: Apache-2.0 */
#include <base/err.h>
#include <base/log.h>

#include "server_priv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 1024

static int open_one(const struct addrinfo *ai)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1, off = 0, saved;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* "::" means every address of the machine, IPv4 too. */
	if (ai->ai_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static unsigned port_of(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in ip4;
		struct sockaddr_in6 ip6;
	} addr = {.ip6 = {0}};
	socklen_t len = sizeof(addr);

	if (getsockname(fd, &addr.any, &len) < 0)
		return 0;
	return ntohs(
		addr.any.sa_family == AF_INET6 ? addr.ip6.sin6_port : addr.ip4.sin_port);
}

int listen_open(const struct server_config *config, unsigned *port, struct err *err)
{
	const struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	char service[16];
	int rc, fd = -1;

	(void)snprintf(service, sizeof(service), "%u", config->port);
	rc = getaddrinfo(config->address, service, &hints, &list);
	if (rc != 0)
		return err_set(err, ERR_UNAVAILABLE, "cannot listen on '%s': %s",
			config->address, gai_strerror(rc));
	for (const struct addrinfo *ai = list; ai != NULL && fd < 0; ai = ai->ai_next)
		fd = open_one(ai);
	freeaddrinfo(list);
	if (fd < 0)
		return err_set(err, ERR_UNAVAILABLE, "cannot listen on %s port %u: %s",
			config->address, config->port, strerror(errno));
	*port = port_of(fd);
	return fd;
}
