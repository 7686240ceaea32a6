/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making the cluster and writing its configuration.
 *
 * A cluster is made under another name, with its database and PostGIS in it, and without
 * fsync; then everything is written to disk and it gets its name.  So a cluster that has
 * its name is whole, whenever the power went.
 */
#include "cluster_priv.h"

#include <base/err.h>
#include <base/log.h>
#include <base/strbuf.h>
#include <store/cluster.h>

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MB ((uint64_t)1 << 20)

static const char *locale_name(void)
{
	locale_t utf8 = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0);

	if (utf8 == (locale_t)0)
		return "--locale=C";
	freelocale(utf8);
	return "--locale=C.UTF-8";
}

static int making_failed(const struct places *p, const char *said, struct err *err)
{
	if (strstr(said, "No space left") != NULL ||
		strstr(said, "quota exceeded") != NULL)
		return err_set(err, ERR_UNAVAILABLE,
			"no room is left on the disk of %s to make the database",
			p->data);
	return err_set(err, ERR_UNAVAILABLE, "cannot make the database in %s: %s",
		p->data, said);
}

/* The directory belongs to the account, which we may outrank: no link of its is followed. */
static int write_file(const char *dir, const char *name, const char *text, bool append,
	const struct account *as, struct err *err)
{
	size_t len = strlen(text);
	char path[PATH_MAX + 32];
	int fd, rc = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (!append && unlink(path) < 0 && errno != ENOENT)
		return path_fail(err, "replace", path);
	fd = open(path,
		O_WRONLY | O_CLOEXEC | O_NOFOLLOW |
			(append ? O_APPEND : O_CREAT | O_EXCL),
		0600);
	if (fd < 0)
		return path_fail(err, "write", path);
	if (write(fd, text, len) != (ssize_t)len ||
		(as->change && fchown(fd, as->uid, as->gid) < 0))
		rc = path_fail(err, "write", path);
	close(fd);
	return rc;
}

/* One statement in the single-user server; quick, since nothing is on disk for sure yet. */
static int single_user(const struct places *p, const char *postgres,
	const struct account *as, int alive, const char *database, const char *sql,
	struct err *err)
{
	const char *const argv[] = {postgres, "--single", "-F", "-D", p->half_made, "-c",
		"full_page_writes=off", "-c", "synchronous_commit=off", database, NULL};
	char said[256];

	if (run_program(argv, as, p->half_made, sql, alive, said, sizeof(said)) != 0)
		return making_failed(p, said, err);
	return 0;
}

static int fill(const struct places *p, const struct installation *pg,
	const struct account *as, int alive, struct err *err)
{
	char initdb[PATH_MAX + 16], postgres[PATH_MAX + 16], said[256];
	const char *const make[] = {initdb, "-D", p->half_made, "-U", CLUSTER_ROLE, "-E",
		"UTF8", locale_name(), "--lc-messages=C", "-k", "--auth=trust", "-N",
		NULL};
	const char *const sync[] = {initdb, "-D", p->half_made, "-S", NULL};

	snprintf(initdb, sizeof(initdb), "%s/initdb", pg->bindir);
	snprintf(postgres, sizeof(postgres), "%s/postgres", pg->bindir);
	if (run_program(make, as, p->half_made, "", alive, said, sizeof(said)) != 0)
		return making_failed(p, said, err);
	if (single_user(p, postgres, as, alive, "postgres",
		    "CREATE DATABASE " CLUSTER_DATABASE "\n", err) < 0 ||
		single_user(p, postgres, as, alive, CLUSTER_DATABASE,
			"CREATE EXTENSION postgis\n", err) < 0)
		return -1;
	if (write_file(p->half_made, "pg_hba.conf",
		    "# The socket's directory is closed to all but the owner and root.\n"
		    "local all all trust\n",
		    false, as, err) < 0 ||
		write_file(p->half_made, "postgresql.conf",
			"\n# Written by calanque at each start; local.conf is yours.\n"
			"include 'calanque.conf'\ninclude_if_exists 'local.conf'\n",
			true, as, err) < 0)
		return -1;
	if (run_program(sync, as, p->half_made, "", alive, said, sizeof(said)) != 0)
		return making_failed(p, said, err);
	return 0;
}

static int sync_dir(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) < 0 ? path_fail(err, "sync", path) : 0;

	if (fd >= 0)
		close(fd);
	return rc;
}

int cluster_make(const struct places *p, const struct installation *pg,
	const struct account *as, int alive, struct err *err)
{
	struct err ignored = {0};

	if (rmdir(p->cluster) < 0 && errno != ENOENT)
		return path_fail(err, "make a database in", p->cluster);
	log_info("making a database in %s postgresql=%d", p->data, pg->major);
	if (remove_tree(p->half_made, err) < 0)
		return -1;
	if (mkdir(p->half_made, 0700) < 0)
		return path_fail(err, "make the directory", p->half_made);
	if (as->change && lchown(p->half_made, as->uid, as->gid) < 0)
		return path_fail(err, "give away", p->half_made);
	if (fill(p, pg, as, alive, err) < 0) {
		(void)!remove_tree(p->half_made, &ignored);
		return -1;
	}
	if (rename(p->half_made, p->cluster) < 0)
		return path_fail(err, "make the directory", p->cluster);
	return sync_dir(p->data, err);
}

static uint64_t clamp(uint64_t v, uint64_t least, uint64_t most)
{
	return v < least ? least : v > most ? most : v;
}

/* Megabytes of write-ahead log between checkpoints: much, since the first change of each
 * page after one is logged whole; yet no more than an eighth of the disk. */
static uint64_t log_room(const char *path)
{
	struct statvfs fs;

	if (statvfs(path, &fs) < 0)
		return 1024;
	return clamp((uint64_t)fs.f_blocks * fs.f_frsize / 8 / MB, 256, 4096);
}

/* What whole pages in the log are compressed with: PostgreSQL's own way took 40 % of its time
 * for patches after a checkpoint, lz4 takes 5 %.  A server that does not know lz4 would
 * refuse to start, so it is asked, without its files. */
static const char *compression(
	const struct places *p, const struct installation *pg, const struct account *as)
{
	char postgres[PATH_MAX + 16], said[64];
	const char *const ask[] = {postgres, "-C", "wal_compression", "-D", p->cluster,
		"-c", "config_file=/dev/null", "-c", "wal_compression=lz4", NULL};

	snprintf(postgres, sizeof(postgres), "%s/postgres", pg->bindir);
	if (run_program(ask, as, p->cluster, "", -1, said, sizeof(said)) == 0 &&
		strcmp(said, "lz4") == 0)
		return "lz4";
	return "on";
}

static void describe(struct strbuf *sb, const struct places *p, unsigned connections,
	const char *wal_compression)
{
	uint64_t ram = memory_bytes("") / MB, wal = log_room(p->cluster);

	strbuf_adds(sb,
		"# Written by calanque at each start; put your own settings into "
		"local.conf.\n");
	strbuf_addf(sb, "max_connections = %u\n", connections + 8);
	/* What is not in here is copied from the system's cache at each use: of a million
	 * entities, 3 GB, nearly all that a random page needs. */
	strbuf_addf(sb, "shared_buffers = %juMB\n",
		(uintmax_t)clamp(ram / 4, ram < 512 ? 32 : 128, 8192));
	strbuf_addf(sb, "effective_cache_size = %juMB\n",
		(uintmax_t)clamp(ram / 2, 128, UINT32_MAX));
	strbuf_addf(sb, "work_mem = %juMB\n", (uintmax_t)clamp(ram / 256, 4, 32));
	strbuf_addf(sb, "maintenance_work_mem = %juMB\n",
		(uintmax_t)clamp(ram / 16, 32, 512));
	strbuf_addf(sb, "max_wal_size = %juMB\nmin_wal_size = %juMB\n", (uintmax_t)wal,
		(uintmax_t)clamp(wal / 8, 80, 512));
	strbuf_addf(sb, "wal_compression = %s\n", wal_compression);
	strbuf_adds(sb,
		"listen_addresses = ''\n"
		"unix_socket_permissions = 0700\n"
		"fsync = on\n"
		"full_page_writes = on\n"
		"synchronous_commit = on\n"
		"restart_after_crash = on\n"
		"wal_buffers = 16MB\n"
		"checkpoint_timeout = 15min\n"
		"checkpoint_completion_target = 0.9\n"
		"random_page_cost = 1.1\n"
		"effective_io_concurrency = 64\n"
		"jit = off\n"
		/* Entities are updated all the time: sweep often, in small steps. */
		"autovacuum_naptime = 10s\n"
		"autovacuum_vacuum_scale_factor = 0.05\n"
		"autovacuum_analyze_scale_factor = 0.05\n"
		"autovacuum_vacuum_cost_limit = 1000\n"
		"max_locks_per_transaction = 128\n"
		"timezone = 'UTC'\n"
		"log_timezone = 'UTC'\n"
		/* To the broker's log through a pipe; statements that fail are logged by
		 * the broker itself. */
		"logging_collector = off\n"
		"log_destination = 'stderr'\n"
		"log_line_prefix = ''\n"
		"log_min_messages = log\n"
		"log_min_error_statement = panic\n"
		"log_checkpoints = off\n");
}

int cluster_configure(const struct places *p, const struct installation *pg,
	const struct account *as, const struct cluster_config *config, struct err *err)
{
	auto_strbuf sb = {0};
	char from[PATH_MAX + 32], to[PATH_MAX + 32];

	describe(&sb, p, config->connections, compression(p, pg, as));
	if (config->settings != NULL)
		strbuf_adds(&sb, config->settings);
	if (write_file(p->cluster, "calanque.conf.new", sb.data, false, as, err) < 0)
		return -1;
	snprintf(from, sizeof(from), "%s/calanque.conf.new", p->cluster);
	snprintf(to, sizeof(to), "%s/calanque.conf", p->cluster);
	if (rename(from, to) < 0)
		return path_fail(err, "write", to);
	return 0;
}
