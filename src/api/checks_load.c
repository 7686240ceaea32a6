/* SPDX-License-Identifier: Apache-2.0 */
/* The checks at the start: settings, and the schemas of a folder. */
#include "checks_priv.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <base/mem.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX  (4 << 20)
#define DEPTH_MAX 4 /* folders in folders */

static int read_file(const char *path, char **text, size_t *len, struct err *err)
{
	FILE *f = fopen(path, "re");
	char *data = NULL;
	bool ok;

	if (f == NULL)
		return err_set(err, ERR_INVALID_REQUEST, "%s: %s", path, strerror(errno));
	data = mem_alloc(FILE_MAX + 1);
	*len = fread(data, 1, FILE_MAX + 1, f);
	ok = ferror(f) == 0 && *len <= FILE_MAX;
	(void)fclose(f);
	if (!ok) {
		free(data);
		return err_set(err, ERR_INVALID_REQUEST,
			"%s: cannot be read, or is larger than 4 MiB", path);
	}
	*text = data;
	return 0;
}

static int add_file(struct checks *c, const char *path, const char *name, struct err *err)
{
	char *text = NULL;
	size_t len = 0;
	int rc;

	if (read_file(path, &text, &len, err) < 0)
		return -1;
	rc = profiles_add(c->profiles, name, text, len, err);
	free(text);
	return rc;
}

static int add_folder(struct checks *c, const char *path, const char *name,
	unsigned depth, struct err *err);

static int add_entry(struct checks *c, const char *path, const char *name, unsigned depth,
	struct err *err)
{
	const char *dot = strrchr(name, '.');
	struct stat st;

	if (stat(path, &st) < 0)
		return err_set(err, ERR_INVALID_REQUEST, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return depth < DEPTH_MAX ? add_folder(c, path, name, depth + 1, err) : 0;
	return S_ISREG(st.st_mode) && dot != NULL && strcmp(dot, ".json") == 0
		? add_file(c, path, name, err)
		: 0;
}

/* In the order of the names, so that the same files always mean the same. */
static int add_folder(struct checks *c, const char *path, const char *name,
	unsigned depth, struct err *err)
{
	struct dirent **list;
	int n = scandir(path, &list, NULL, alphasort), rc = 0;

	if (n < 0)
		return err_set(err, ERR_INVALID_REQUEST, "%s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		const char *entry = list[i]->d_name;

		if (rc == 0 && entry[0] != '.')
			rc = add_entry(c, arena_printf(&c->arena, "%s/%s", path, entry),
				arena_printf(&c->arena, "%s%s%s", name,
					*name != '\0' ? "/" : "", entry),
				depth, err);
		free(list[i]);
	}
	free(list);
	return rc;
}

static int load(struct checks *c, const struct checks_config *config, struct err *err)
{
	if (config->schemas != NULL && add_folder(c, config->schemas, "", 0, err) < 0)
		return err_wrap(err, "--schemas");
	if (profiles_compile(c->profiles, err) < 0)
		return err_wrap(err, "--schemas");
	if (config->levels != NULL &&
		profiles_set_levels(c->profiles, config->levels, err) < 0)
		return err_wrap(err, "--checks");
	if (config->territory != NULL &&
		territory_parse(config->territory, &c->arena, &c->territory, err) < 0)
		return err_wrap(err, "--territory");
	return 0;
}

struct checks *checks_new(const struct checks_config *config, struct err *err)
{
	struct checks *c = mem_alloc(sizeof(*c));

	c->profiles = profiles_new();
	c->log = check_log_new();
	c->since = clock_now();
	if (load(c, config, err) < 0) {
		checks_free(c);
		return NULL;
	}
	c->off = profiles_are_off(c->profiles);
	if (config->schemas != NULL)
		log_info("schemas folder=%s profiles=%zu", config->schemas,
			profiles_count(c->profiles));
	return c;
}

void checks_free(struct checks *c)
{
	if (c == NULL)
		return;
	check_log_free(c->log);
	profiles_free(c->profiles);
	arena_reset(&c->arena);
	free(c);
}
