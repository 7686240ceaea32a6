/* SPDX-License-Identifier: Apache-2.0 */
/* URIs that mean the same (RFC 3986, 6.2.2; RFC 8141, 3.1), as far as letters and
 * %-encoding go. */
#include "q_priv.h"

#include <base/arena.h>
#include <base/iri.h>

#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f');
}

static bool is_encoded(const char *p)
{
	return p[0] == '%' && is_hex(p[1]) && is_hex(p[2]);
}

static char upper_hex(char c)
{
	return c >= 'a' && c <= 'f' ? (char)(c - 32) : c;
}

/* Where the part without case ends: the host of an authority, the namespace of a URN. */
static size_t caseless(const char *s, size_t scheme)
{
	size_t n = scheme + 1;

	if (s[n] == '/' && s[n + 1] == '/')
		return n + 2 + strcspn(s + n + 2, "/?#");
	if (scheme == 3 && strncasecmp(s, "urn", 3) == 0)
		return n + strcspn(s + n, ":");
	return n;
}

const char *q_uri(const char *s, size_t len, struct arena *a)
{
	char *uri = arena_strndup(a, s, len), *at;
	size_t scheme, end;

	if (!iri_is_absolute(s, len))
		return uri;
	scheme = strcspn(uri, ":");
	end = caseless(uri, scheme);
	at = memchr(uri + scheme, '@', end - scheme); /* user@host: the user has case */
	for (size_t i = 0; i < scheme; i++)
		uri[i] = lower(uri[i]);
	for (size_t i = at != NULL ? (size_t)(at - uri) : scheme; i < end; i++)
		uri[i] = lower(uri[i]);
	for (size_t i = 0; i + 2 < len; i++) {
		if (is_encoded(uri + i)) {
			uri[i + 1] = upper_hex(uri[i + 1]);
			uri[i + 2] = upper_hex(uri[i + 2]);
		}
	}
	return uri;
}

static int digit(char c)
{
	return c <= '9' ? c - '0' : lower(c) - 'a' + 10;
}

static bool is_unreserved(char c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
		(c != '\0' && strchr("-._~", c) != NULL);
}

const char *q_uri_decoded(const char *uri, struct arena *a)
{
	char *text = arena_strdup(a, uri), *out = text;

	if (strchr(uri, ':') == NULL)
		return text;
	for (const char *p = uri; *p != '\0'; p++) {
		char c = *p;

		if (is_encoded(p)) {
			c = (char)(digit(p[1]) << 4 | digit(p[2]));
			if (is_unreserved(c))
				p += 2;
			else
				c = *p;
		}
		*out++ = c;
	}
	*out = '\0';
	return text;
}

static bool is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

const char *q_uri_pattern(const char *uri, struct arena *a)
{
	size_t len = strlen(uri), scheme = 0, end = 0, host = 0;
	char *text = arena_raw(a, 4 * len + 1), *out = text;
	const char *at;

	if (iri_is_absolute(uri, len)) {
		scheme = strcspn(uri, ":");
		end = caseless(uri, scheme);
		at = memchr(uri + scheme, '@', end - scheme);
		host = at != NULL ? (size_t)(at - uri) : scheme;
	}
	for (size_t i = 0; i < len; i++) {
		char c = uri[i];
		bool hex = end > 0 &&
			((i > 0 && is_encoded(uri + i - 1)) ||
				(i > 1 && is_encoded(uri + i - 2)));

		if (is_letter(c) && (i < scheme || (i >= host && i < end) || hex)) {
			*out++ = '[';
			*out++ = c;
			*out++ = (char)(c ^ 0x20);
			*out++ = ']';
			continue;
		}
		if (c > ' ' && c < 0x7f && !is_letter(c) && (c < '0' || c > '9'))
			*out++ = '\\';
		*out++ = c;
	}
	*out = '\0';
	return text;
}
