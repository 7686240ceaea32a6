/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which PostgreSQL: the newest installed one from 13 to 17 that has PostGIS; for an
 * existing cluster the one of its major version.  Looked for where Debian (and Red Hat,
 * Alpine) put it, then with pg_config, then on the PATH.
 */
#include "cluster_priv.h"

#include <base/err.h>
#include <base/mem.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_file(const char *dir, const char *name)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

static bool has_server(const char *bindir)
{
	return has_file(bindir, "postgres") && has_file(bindir, "initdb");
}

/* Is PostGIS among the extensions of this installation? */
static bool has_postgis(const char *root, const struct installation *pg)
{
	static const char control[] = "extension/postgis.control";
	char dir[PATH_MAX + 64], config[PATH_MAX + 64];

	snprintf(dir, sizeof(dir), "%s/usr/share/postgresql/%d", root, pg->major);
	if (has_file(dir, control))
		return true;
	snprintf(dir, sizeof(dir), "%s/../share", pg->bindir);
	if (has_file(dir, control))
		return true;
	snprintf(dir, sizeof(dir), "%s/../share/postgresql", pg->bindir);
	if (has_file(dir, control))
		return true;
	snprintf(config, sizeof(config), "%s/pg_config", pg->bindir);
	return access(config, X_OK) == 0 &&
		ask_program(config, "--sharedir", dir, sizeof(dir)) &&
		has_file(dir, control);
}

/* "postgres (PostgreSQL) 15.14 (Debian ...)" */
static int major_of(const char *bindir)
{
	char path[PATH_MAX + 16], line[256];
	const char *p;

	snprintf(path, sizeof(path), "%s/postgres", bindir);
	if (!ask_program(path, "--version", line, sizeof(line)))
		return 0;
	p = strpbrk(line, "0123456789");
	return p != NULL ? atoi(p) : 0;
}

/* What the search knows so far. */
struct search {
	const char *root;
	int wanted; /* 0: the newest */
	struct installation best;
	int bare; /* a version that would do had it PostGIS; 0: none */
	unsigned found; /* a bit a version, for the message */
};

static void consider(struct search *s, int major, const char *bindir)
{
	struct installation pg = {.major = major};

	if (major < PG_OLDEST || major > PG_NEWEST || major <= s->best.major)
		return;
	snprintf(pg.bindir, sizeof(pg.bindir), "%s", bindir);
	s->found |= 1U << major;
	if (s->wanted != 0 && major != s->wanted)
		return;
	if (has_postgis(s->root, &pg))
		s->best = pg;
	else if (major > s->bare)
		s->bare = major;
}

static void search_known(struct search *s)
{
	static const char *const layouts[] = {
		"%s/usr/lib/postgresql/%d/bin",
		"%s/usr/pgsql-%d/bin",
		"%s/usr/libexec/postgresql%d",
	};
	char dir[PATH_MAX];

	for (int major = PG_NEWEST; major >= PG_OLDEST; major--) {
		for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			snprintf(dir, sizeof(dir), layouts[i], s->root, major);
#pragma GCC diagnostic pop
			if (has_server(dir))
				consider(s, major, dir);
		}
	}
}

static void search_path(struct search *s)
{
	const char *env = getenv("PATH");
	char *path = mem_strdup(env != NULL ? env : ""), *rest = path;
	char config[PATH_MAX + 16], dir[PATH_MAX];
	const char *item;

	while ((item = strsep(&rest, ":")) != NULL) {
		if (item[0] != '/')
			continue;
		if (has_server(item))
			consider(s, major_of(item), item);
		snprintf(config, sizeof(config), "%s/pg_config", item);
		if (access(config, X_OK) == 0 &&
			ask_program(config, "--bindir", dir, sizeof(dir)) &&
			has_server(dir))
			consider(s, major_of(dir), dir);
	}
	free(path);
}

static int missing(const struct search *s, const char *whose, struct err *err)
{
	char found[64] = "";

	for (int major = PG_NEWEST; major >= PG_OLDEST; major--)
		if ((s->found & 1U << major) != 0)
			snprintf(found + strlen(found), sizeof(found) - strlen(found),
				"%s%d", found[0] != '\0' ? ", " : "", major);
	if (s->wanted != 0 && (s->wanted < PG_OLDEST || s->wanted > PG_NEWEST))
		return err_set(err, ERR_UNAVAILABLE,
			"%s was made by PostgreSQL %d; calanque works with %d to %d: "
			"bring it to "
			"one of these with pg_upgrade",
			whose, s->wanted, PG_OLDEST, PG_NEWEST);
	if (s->bare != 0)
		return err_set(err, ERR_UNAVAILABLE,
			"PostgreSQL %d is installed, but without PostGIS; install it: "
			"apt-get install postgresql-%d-postgis-3",
			s->bare, s->bare);
	if (s->wanted != 0)
		return err_set(err, ERR_UNAVAILABLE,
			"%s was made by PostgreSQL %d, which is not installed (found: "
			"%s); "
			"install it: apt-get install postgresql-%d "
			"postgresql-%d-postgis-3",
			whose, s->wanted, found[0] != '\0' ? found : "none", s->wanted,
			s->wanted);
	return err_set(err, ERR_UNAVAILABLE,
		"no PostgreSQL from %d to %d is installed; install it: apt-get install "
		"postgresql postgresql-postgis, or use a server with --database",
		PG_OLDEST, PG_NEWEST);
}

int installation_find(const char *root, int major, const char *whose,
	struct installation *out, struct err *err)
{
	struct search s = {.root = root, .wanted = major};

	search_known(&s);
	if (s.best.major == 0 && root[0] == '\0')
		search_path(&s);
	if (s.best.major == 0)
		return missing(&s, whose, err);
	*out = s.best;
	return 0;
}
