/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts for schema_oracle.py: reads lines `{"type": …, "doc": …}` and prints 1 or 0, is
 * the document valid by the built-in profile of its type?
 */
#include <base/arena.h>
#include <base/err.h>
#include <core/profile.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int verdict(const struct profiles *profiles, const char *line, size_t len)
{
	auto_arena a = {0};
	struct err err = {0};
	const struct profile *p;
	struct jn *v;
	char *type;

	if (jn_parse(line, len, JN_LIMITS, &a, &v, &err) < 0)
		return -1;
	type = jn_str(jn_get(v, "type"), &a);
	p = type != NULL ? profiles_by_name(profiles, type, strlen(type)) : NULL;
	if (p == NULL || jn_get(v, "doc") == NULL)
		return -1;
	return schema_valid(p->schema, jn_get(v, "doc"), &a);
}

int main(void)
{
	struct profiles *profiles = profiles_new();
	struct err err = {0};
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int one = profiles_compile(profiles, &err);

	while (one >= 0 && (len = getline(&line, &room, stdin)) > 0) {
		one = verdict(profiles, line, (size_t)len);
		printf("%d\n", one);
	}
	free(line);
	profiles_free(profiles);
	return one < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
