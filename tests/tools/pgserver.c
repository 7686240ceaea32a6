/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pgserver COMMAND [ARGUMENT...]: runs a command with CALANQUE_TEST_DB set to a private
 * PostgreSQL that lives as long as the command, so that a whole test run needs only one.
 */
#include "pgfixture.h"

#include <base/err.h>
#include <base/log.h>
#include <store/cluster.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(char **argv)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		fprintf(stderr, "pgserver: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	struct cluster_config config = {
		.connections = 200, .settings = pgfixture_settings};
	char data[300], conninfo[512];
	struct cluster *cluster;
	struct err err = {0};
	int status;

	if (argc < 2) {
		fprintf(stderr, "usage: pgserver COMMAND [ARGUMENT...]\n");
		return 2;
	}
	log_init(LOG_WARN, LOG_LOGFMT);
	snprintf(data, sizeof(data), "%s/db", pgfixture_dir());
	config.data = data;
	cluster = cluster_start(&config, &err);
	if (cluster == NULL) {
		fprintf(stderr, "pgserver: %s\n", err.detail);
		return 99;
	}
	/* Not connected to "calanque", the template of the programs' databases. */
	snprintf(conninfo, sizeof(conninfo), "%s dbname=postgres",
		cluster_conninfo(cluster));
	setenv("CALANQUE_TEST_DB", conninfo, 1);
	status = run(argv + 1);
	cluster_stop(cluster);
	return status;
}
