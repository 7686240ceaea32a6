/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	map   = *(line LF)
 *	line  = "" / "#" *char / URL 1*HTAB file
 * Sorted by URL once read, so that a lookup is a binary search.
 */
#include "origin_map.h"

#include <base/err.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct entry {
	char *url, *file;
	unsigned line;
};

struct origin_map {
	struct entry *entries;
	size_t len, room;
};

/* Where we are while reading. */
struct reader {
	const char *name;
	unsigned line;
	struct origin_map *map;
	struct err *err;
};

static int by_url(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->url, y->url);
}

static int wrong(const struct reader *r, const char *what)
{
	return err_set(r->err, ERR_INTERNAL, "%.100s:%u: %s", r->name, r->line, what);
}

/* A file name relative to the folder of the map. */
static char *relative_to(const char *map, const char *file)
{
	const char *slash = strrchr(map, '/');
	char *path = NULL;
	int rc;

	if (file[0] == '/' || slash == NULL)
		rc = asprintf(&path, "%s", file);
	else
		rc = asprintf(&path, "%.*s/%s", (int)(slash - map), map, file);
	if (rc < 0)
		abort();
	return path;
}

static struct entry *add(struct origin_map *map)
{
	if (map->len == map->room) {
		map->room = map->room == 0 ? 16 : 2 * map->room;
		map->entries =
			reallocarray(map->entries, map->room, sizeof(*map->entries));
		if (map->entries == NULL)
			abort();
	}
	return &map->entries[map->len++];
}

static int read_line(struct reader *r, char *line)
{
	char *tab = strchr(line, '\t'), *file;
	struct entry *e;

	if (line[0] == '\0' || line[0] == '#')
		return 0;
	if (tab == NULL)
		return wrong(r, "expected URL<TAB>file");
	*tab = '\0';
	file = tab + 1 + strspn(tab + 1, "\t");
	if (line[0] == '\0' || strchr(line, ':') == NULL || strchr(line, ' ') != NULL)
		return wrong(r, "expected an absolute URL before the tab");
	if (file[0] == '\0')
		return wrong(r, "expected a file name after the tab");
	e = add(r->map);
	e->url = strdup(line);
	e->file = relative_to(r->name, file);
	e->line = r->line;
	if (e->url == NULL)
		abort();
	if (access(e->file, R_OK) == 0)
		return 0;
	return err_set(r->err, ERR_INTERNAL, "%.100s:%u: cannot read %.80s: %s", r->name,
		r->line, file, strerror(errno));
}

static int read_lines(struct reader *r, FILE *f)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int rc = 0;

	while (rc == 0 && (len = getline(&line, &room, f)) >= 0) {
		r->line++;
		if ((size_t)len != strlen(line)) {
			rc = wrong(r, "a NUL byte in a text file");
			break;
		}
		while (len > 0 && strchr("\r\n \t", line[len - 1]) != NULL)
			line[--len] = '\0';
		rc = read_line(r, line);
	}
	if (rc == 0 && ferror(f))
		rc = wrong(r, "cannot be read to its end");
	free(line);
	return rc;
}

static int no_duplicates(struct reader *r)
{
	const struct origin_map *map = r->map;

	for (size_t i = 1; i < map->len; i++) {
		const struct entry *a = &map->entries[i - 1], *b = &map->entries[i];

		if (strcmp(a->url, b->url) != 0)
			continue;
		r->line = a->line > b->line ? a->line : b->line;
		return err_set(r->err, ERR_INTERNAL,
			"%.100s:%u: %.100s is in line %u already", r->name, r->line,
			a->url, a->line < b->line ? a->line : b->line);
	}
	return 0;
}

struct origin_map *origin_map_load(const char *file, struct err *err)
{
	struct origin_map *map = calloc(1, sizeof(*map));
	struct reader r = {.name = file, .map = map, .err = err};
	FILE *f = fopen(file, "re");
	int rc;

	if (map == NULL)
		abort();
	if (f == NULL) {
		(void)err_set(err, ERR_INTERNAL, "cannot read the context map %.150s: %s",
			file, strerror(errno));
		goto fail;
	}
	rc = read_lines(&r, f);
	(void)fclose(f);
	if (rc < 0)
		goto fail;
	if (map->len > 0)
		qsort(map->entries, map->len, sizeof(*map->entries), by_url);
	if (no_duplicates(&r) < 0)
		goto fail;
	return map;
fail:
	origin_map_free(map);
	return NULL;
}

void origin_map_free(struct origin_map *map)
{
	if (map == NULL)
		return;
	for (size_t i = 0; i < map->len; i++) {
		free(map->entries[i].url);
		free(map->entries[i].file);
	}
	free(map->entries);
	free(map);
}

const char *origin_map_find(const struct origin_map *map, const char *url)
{
	struct entry key = {.url = (char *)url};
	const struct entry *e;

	if (map == NULL || map->len == 0)
		return NULL;
	e = bsearch(&key, map->entries, map->len, sizeof(*map->entries), by_url);
	return e != NULL ? e->file : NULL;
}
