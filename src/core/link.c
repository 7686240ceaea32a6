/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	Link  = link *("," link)
 *	link  = "<" url ">" *(";" name ["=" (token / quoted)])
 * What does not fit is skipped up to the next '<'.
 */
#include <core/link.h>

#include <base/arena.h>

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const char *skip(const char *p, const char *any_of)
{
	return p + strspn(p, any_of);
}

/* Reads a parameter's value: quoted up to the closing quote, or what ends the link where
 * that is missing; else a token. */
static const char *value_end(const char *p, const char **start, size_t *len)
{
	if (*p == '"') {
		*start = ++p;
		*len = strcspn(p, "\"<>");
		p += *len;
		return *p == '"' ? p + 1 : p;
	}
	*start = p;
	*len = strcspn(p, ";, \t<");
	return p + *len;
}

/* A rel is a list of relation types parted by spaces. */
static bool is_context_rel(const char *value, size_t len)
{
	size_t want = strlen(LINK_CONTEXT_REL);

	while (len > 0) {
		size_t word = 0;

		while (word < len && value[word] != ' ')
			word++;
		if (word == want && strncasecmp(value, LINK_CONTEXT_REL, want) == 0)
			return true;
		word += word < len;
		value += word;
		len -= word;
	}
	return false;
}

/* Reads the parameters after '>' and leaves *p at what follows the link. */
static bool read_params(const char **p)
{
	bool is_context = false;

	for (;;) {
		const char *name, *value;
		size_t name_len, len;

		*p = skip(*p, " \t;");
		name = *p;
		name_len = strcspn(name, "=;, \t<");
		*p = skip(name + name_len, " \t");
		if (**p == '=') {
			*p = value_end(skip(*p + 1, " \t"), &value, &len);
			if (name_len == 3 && strncasecmp(name, "rel", 3) == 0)
				is_context |= is_context_rel(value, len);
		} else if (name_len == 0) {
			return is_context; /* ',', '<' or the end */
		}
	}
}

char *link_context_next(const char **rest, struct arena *a)
{
	const char *p = strchr(*rest, '<');

	while (p != NULL) {
		size_t len = strcspn(++p, ">");
		const char *url = p;

		if (p[len] == '\0')
			return NULL;
		p += len + 1;
		if (read_params(&p)) {
			*rest = p;
			return arena_strndup(a, url, len);
		}
		p = strchr(p, '<');
	}
	return NULL;
}

char *link_context(const char *value, struct arena *a)
{
	return link_context_next(&value, a);
}
