/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits stand in a tree of control groups, each for all that is below.  Within a container
 * only its own is to be seen, at the top; a service's is as far down as
 * /proc/self/cgroup says.
 */
#include "cluster_priv.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A way that the container does not show is passed over, as is "max". */
static void look(const char *dir, const char *name, uint64_t *least)
{
	char path[2 * PATH_MAX];
	uintmax_t limit;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	if (f == NULL)
		return;
	if (fscanf(f, "%ju", &limit) == 1 && limit < *least)
		*least = limit;
	fclose(f);
}

static void look_upwards(
	const char *top, const char *group, const char *name, uint64_t *least)
{
	char dir[2 * PATH_MAX];
	size_t len = strlen(top);

	snprintf(dir, sizeof(dir), "%s%s", top, group);
	while (strlen(dir) > len) {
		look(dir, name, least);
		*strrchr(dir, '/') = '\0';
	}
	look(top, name, least);
}

static bool is_about_memory(const char *controllers)
{
	const char *found = strstr(controllers, "memory");

	return found != NULL && (found == controllers || found[-1] == ',') &&
		(found[6] == ',' || found[6] == '\0');
}

/* "0::/group", or, of the first version, "7:cpu,memory:/group". */
static void look_line(const char *root, char *line, uint64_t *least)
{
	char top[PATH_MAX], *list = strchr(line, ':');
	char *group = list != NULL ? strchr(list + 1, ':') : NULL;

	if (group == NULL || group[1] != '/')
		return;
	list++;
	*group++ = '\0';
	group[strcspn(group, "\n")] = '\0';
	if (list[0] == '\0') {
		snprintf(top, sizeof(top), "%s/sys/fs/cgroup", root);
		look_upwards(top, group, "memory.max", least);
	} else if (is_about_memory(list)) {
		snprintf(top, sizeof(top), "%s/sys/fs/cgroup/memory", root);
		look_upwards(top, group, "memory.limit_in_bytes", least);
	}
}

uint64_t memory_bytes(const char *root)
{
	uint64_t least =
		(uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	char path[PATH_MAX], line[PATH_MAX + 64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/self/cgroup", root);
	f = fopen(path, "re");
	if (f == NULL)
		return least;
	while (fgets(line, sizeof(line), f) != NULL)
		look_line(root, line, &least);
	fclose(f);
	return least;
}
