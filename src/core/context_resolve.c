/* SPDX-License-Identifier: Apache-2.0 */
/* Relative references of RFC 3986, 5.2: one @context document naming another. */
#include "context_priv.h"

#include <base/iri.h>

#include <assert.h>
#include <string.h>

/* Takes "." and ".." segments out of a path (from its first '/'), in place. */
static void remove_dots(char *path)
{
	char *in = path, *out = path;

	while (*in != '\0' && *in != '?' && *in != '#') {
		size_t len = 1 + strcspn(in + 1, "/?#");
		bool one = len == 2 && in[1] == '.',
		     two = len == 3 && strncmp(in, "/..", 3) == 0;

		if (one || two) {
			while (two && out > path && *--out != '/')
				continue;
			in += len;
			if (*in != '/')
				*out++ = '/'; /* it was the last: a directory stays one */
			continue;
		}
		memmove(out, in, len);
		out += len;
		in += len;
	}
	memmove(out, in, strlen(in) + 1);
}

char *context_resolve(const char *base, const char *ref, struct arena *a)
{
	const char *authority = strstr(base, "://"), *path, *end;
	char *url;

	if (iri_is_absolute(ref, strlen(ref)) || authority == NULL)
		return arena_strdup(a, ref); /* nothing is relative to urn:… */
	path = authority + 3 + strcspn(authority + 3, "/?#");
	if (strncmp(ref, "//", 2) == 0)
		return arena_printf(a, "%.*s:%s", (int)(authority - base), base, ref);
	if (ref[0] == '\0' || ref[0] == '#')
		end = base + strcspn(base, "#");
	else if (ref[0] == '?')
		end = base + strcspn(base, "?#");
	else if (ref[0] == '/')
		end = path;
	else
		for (end = path + strcspn(path, "?#"); end > path && end[-1] != '/';)
			end--;
	url = arena_printf(a, "%.*s%s%s", (int)(end - base), base,
		end == path && ref[0] != '/' && *path != '/' ? "/" : "", ref);
	if (ref[0] != '\0' && ref[0] != '#' && ref[0] != '?')
		remove_dots(url + (path - base));
	return url;
}
