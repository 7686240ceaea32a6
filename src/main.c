/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program: settings, log, signals, database, broker; the settings are dealt out to the
 * layers here.  What is started last is stopped first.
 */
#include "broker.h"

#include <api/checks.h>
#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <demo/demo.h>
#include <ops/config.h>
#include <ops/signals.h>
#include <store/cluster.h>
#include <store/database.h>
#include <store/migrate.h>

#include <curl/curl.h>

#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define DATABASE_WAIT_MS 30000 /* for a server that starts at the same time as we do */
#define SPARE            12 /* connections beside workers and lanes */

struct database {
	struct cluster *cluster; /* NULL: the server is somebody else's */
	const char *conninfo;
	char version[32];
};

static void start_log(const struct config *config)
{
	enum log_format format = LOG_LOGFMT;

	if (config->log_format == CONFIG_LOG_JSON ||
		(config->log_format == CONFIG_LOG_AUTO && !isatty(STDERR_FILENO)))
		format = LOG_JSON;
	log_init((enum log_level)config->log_level, format);
}

/* A descriptor a connection: as many as we may have. */
static void raise_limits(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		log_warn("cannot raise the limit of open files");
}

/* A batch needs a megabyte for a moment: giving it back to the kernel and asking for it
 * again costs more than what is done with it. */
static void keep_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 4 << 20);
	mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

static int start_cluster(
	const struct config *config, struct database *db, struct err *err)
{
	struct cluster_config cluster = {
		.user = config->postgres_user,
		.connections = config->workers + config->lanes + SPARE,
		.stop = signals_stop(),
	};
	char data[PATH_MAX];

	if (config_data_dir(config, data, sizeof(data), err) < 0)
		return -1;
	cluster.data = data;
	db->cluster = cluster_start(&cluster, err);
	if (db->cluster == NULL)
		return -1;
	db->conninfo = cluster_conninfo(db->cluster);
	return 0;
}

/* A database that is fit and up to date. */
static int start_database(
	const struct config *config, struct database *db, struct err *err)
{
	int applied = 0;

	db->conninfo = config->database;
	if (db->conninfo == NULL && start_cluster(config, db, err) < 0)
		return -1;
	if (database_check(db->conninfo, DATABASE_WAIT_MS, signals_stop(), db->version,
		    err) < 0 ||
		migrate(db->conninfo, migrations, &applied, err) < 0)
		return -1;
	if (applied > 0)
		log_info("the database is up to date migrations=%d", applied);
	return 0;
}

static void deal_out(
	const struct config *c, const char *conninfo, struct broker_config *out)
{
	*out = (struct broker_config){
		.pg = {.conninfo = conninfo,
			.statement_timeout_ms = c->statement_timeout},
		.server = {.address = c->address,
			.port = c->port,
			.workers = c->workers,
			.queue = c->queue,
			.max_body = c->max_body,
			.upload_path = "/calanque/v1/imports",
			.max_upload = c->import_max,
			.max_header = c->max_header,
			.timeout_s = c->timeout / 1000,
			.max_connections = c->max_connections,
			.cors_origin = strcmp(c->cors_origin, "none") != 0
				? c->cors_origin
				: NULL},
		.app = {.page_size = c->page_size,
			.page_max = c->page_max,
			.temporal_max = c->temporal_max,
			.max_depth = c->max_depth,
			.time_zone = c->time_zone,
			.licence = c->licence,
			.port = c->port,
			.import_keep = c->import_keep},
		.fetch = {.map = c->context_map,
			.max_bytes = c->context_max_size,
			.total_ms = c->context_timeout,
			.user_agent = "calanque/" CALANQUE_VERSION},
		.pages = {.tiles = c->map_tiles,
			.credit = c->map_credit,
			.outlines = c->map_outlines},
		.notify = {.allow = c->outbound_allow,
			.deny = c->outbound_deny,
			.ca = c->notify_ca,
			.cert = c->notify_cert,
			.key = c->notify_key,
			.user_agent = "calanque/" CALANQUE_VERSION,
			.timeout_ms = c->notify_timeout,
			.parallel = c->notify_parallel,
			.retry_ms = c->notify_retry,
			.retry_max_ms = c->notify_retry_max,
			.retention_ms = c->outbox_retention,
			.max_events = c->outbox_events,
			.dead_letters = c->dead_letters},
		.default_context = c->default_context,
		.lanes = c->lanes,
		.history = c->history,
		.keep_newer = c->late_data == 0,
		.sweep_ms = c->sweep,
	};
}

/* First of all: a schema that is none shows at once. */
static int start_checks(const struct config *c, struct checks **out, struct err *err)
{
	const struct checks_config checks = {
		.schemas = c->schemas, .levels = c->checks, .territory = c->territory};

	if (c->command != COMMAND_SERVE)
		return 0;
	*out = checks_new(&checks, err);
	return *out != NULL ? 0 : -1;
}

/* Serves until a signal; everything below is there. */
static int broker_run(const struct config *config, const struct database *db,
	struct checks *checks, int64_t started, struct err *err)
{
	struct broker_config broker;
	struct broker *b;

	deal_out(config, db->conninfo, &broker);
	broker.checks = checks;
	b = broker_start(&broker, err);
	if (b == NULL)
		return -1;
	log_info("ready address=%s port=%u data=%s postgresql=%s startup_ms=%jd",
		config->address, broker_port(b),
		db->cluster != NULL ? cluster_data(db->cluster) : "-", db->version,
		(intmax_t)((clock_monotonic() - started) / 1000));
	signals_notify("READY=1");
	signals_wait();
	signals_notify("STOPPING=1");
	broker_stop(b, config->grace);
	return 0;
}

static int run(const struct config *config)
{
	struct checks *checks = NULL;
	struct database db = {0};
	int64_t started = clock_monotonic();
	struct err err = {0};
	int rc;

	raise_limits();
	keep_memory();
	rc = signals_start(&err);
	if (rc == 0)
		rc = start_checks(config, &checks, &err);
	if (rc == 0)
		rc = start_database(config, &db, &err);
	if (rc == 0 && config->command == COMMAND_SERVE)
		rc = broker_run(config, &db, checks, started, &err);
	cluster_stop(db.cluster);
	checks_free(checks);
	if (rc < 0 && !atomic_load(signals_stop()))
		log_error("%s", err.detail);
	else
		log_info("stopped");
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct config config;
	struct err err = {0};

	if (config_parse(argc, argv, environ, &config, &err) < 0) {
		fprintf(stderr, "calanque: %s\n", err.detail);
		return 2;
	}
	start_log(&config);
	switch (config.command) {
	case COMMAND_NONE:
		fprintf(stderr,
			"calanque: expected a command; calanque --help lists them\n");
		return 2;
	case COMMAND_SERVE:
	case COMMAND_MIGRATE:
		curl_global_init(CURL_GLOBAL_DEFAULT);
		return run(&config);
	case COMMAND_DEMO:
		curl_global_init(CURL_GLOBAL_DEFAULT);
		return demo_main(argc - config.command_arg, argv + config.command_arg);
	case COMMAND_ROUTES:
		return broker_print_routes(stdout) < 0;
	case COMMAND_VERSION:
		return puts("calanque " CALANQUE_VERSION) < 0;
	default:
		return config_print(&config, stdout) < 0;
	}
}
