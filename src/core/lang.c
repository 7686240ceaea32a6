/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language filter, 4.15, written like Accept-Language:
 *	lang  = item *("," item)
 *	item  = range [";" "q=" weight]
 *	range = "*" / 1*8ALPHA *("-" 1*8alphanum)
 *
 * The whole may stand in quotes, as in the examples of 4.15.
 */
#include <core/render.h>

#include <base/arena.h>
#include <base/err.h>

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define MAX_RANGES 64
#define MAX_SUBTAG 8

struct parser {
	const char *text, *p;
	struct err *err;
};

static int fail(const struct parser *ps, const char *complaint)
{
	return err_set(ps->err, ERR_BAD_REQUEST_DATA, "lang: %s at offset %td", complaint,
		ps->p - ps->text);
}

static void skip_blanks(struct parser *ps)
{
	ps->p += strspn(ps->p, " \t");
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Length of the range at p; 0 where there is none. */
static size_t range_len(const char *p)
{
	size_t len = strspn(p, LETTERS), subtag = len;

	if (*p == '*')
		return 1;
	while (subtag > 0 && subtag <= MAX_SUBTAG) {
		if (p[len] != '-')
			return len;
		subtag = strspn(p + len + 1, LETTERS "0123456789");
		len += 1 + subtag;
	}
	return 0;
}

/* A weight in thousandths. */
static int read_weight(struct parser *ps, int *out)
{
	int scale = 100;

	*out = 1000;
	skip_blanks(ps);
	if (*ps->p != ';')
		return 0;
	ps->p++;
	skip_blanks(ps);
	if ((*ps->p | 0x20) != 'q' || ps->p[1] != '=')
		return fail(ps, "expected q=");
	ps->p += 2;
	if (*ps->p != '0' && *ps->p != '1')
		return fail(ps, "expected a weight from 0 to 1");
	*out = (*ps->p++ - '0') * 1000;
	if (*ps->p == '.') {
		for (ps->p++; isdigit((unsigned char)*ps->p) && scale > 0; scale /= 10)
			*out += (*ps->p++ - '0') * scale;
	}
	if (*out > 1000 || isdigit((unsigned char)*ps->p))
		return fail(ps, "expected a weight from 0 to 1, of at most 3 decimals");
	skip_blanks(ps);
	return 0;
}

int lang_parse(const char *text, struct arena *a, struct lang **out, struct err *err)
{
	size_t size = strlen(text);
	bool quoted = size >= 2 && text[0] == '"' && text[size - 1] == '"';
	struct parser ps = {.text = text, .p = text + quoted, .err = err};
	const char *ranges[MAX_RANGES];
	int weights[MAX_RANGES], weight;
	struct lang *lang;
	size_t n = 0, len, i;

	for (;; ps.p++) {
		const char *range;

		skip_blanks(&ps);
		len = range_len(ps.p);
		if (len == 0)
			return fail(&ps, "expected a language tag or '*'");
		if (n == MAX_RANGES)
			return fail(&ps, "more than 64 languages");
		range = arena_strndup(a, ps.p, len);
		ps.p += len;
		if (read_weight(&ps, &weight) < 0)
			return -1;
		for (i = n; weight > 0 && i > 0 && weights[i - 1] < weight; i--) {
			weights[i] = weights[i - 1];
			ranges[i] = ranges[i - 1];
		}
		weights[i] = weight;
		ranges[i] = range;
		n += weight > 0; /* q=0: not wanted */
		if (*ps.p != ',')
			break;
	}
	if (*ps.p != '\0' && (!quoted || ps.p != text + size - 1))
		return fail(&ps, "expected ',' or ';'");
	lang = arena_new(a, struct lang);
	lang->len = n;
	lang->ranges = arena_array(a, const char *, n);
	for (i = 0; i < n; i++)
		lang->ranges[i] = ranges[i];
	*out = lang;
	return 0;
}

/* A tag of the map that is `range`, or begins with it and '-'. */
static const struct jn *find_tag(const struct jn *map, const char *range, size_t len)
{
	const struct jn *longer = NULL;

	jn_each (it, map) {
		if (it->key_len < len || strncasecmp(it->key, range, len) != 0)
			continue;
		if (it->key_len == len)
			return it;
		if (longer == NULL && it->key[len] == '-')
			longer = it;
	}
	return longer;
}

const struct jn *lang_choose(const struct lang *lang, const struct jn *map)
{
	const struct jn *tag;

	for (size_t i = 0; i < lang->len; i++) {
		const char *range = lang->ranges[i];
		size_t len = strlen(range);

		if (range[0] == '*')
			break;
		while (len > 0) { /* fr-CH, then fr: the lookup of RFC 4647 */
			tag = find_tag(map, range, len);
			if (tag != NULL)
				return tag;
			while (len > 0 && range[--len] != '-')
				;
		}
	}
	tag = jn_get(map, "@none");
	return tag != NULL || map == NULL ? tag : map->child;
}
