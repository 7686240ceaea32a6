/* SPDX-License-Identifier: Apache-2.0 */
/* The formats that schemas ask for, as their RFCs say. */
#include "schema_priv.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

static const char *const names[FORMATS] = {
#define FORMAT(id, name, words) [FORMAT_##id] = name,
#include "schema_format.def"
#undef FORMAT
};

static const char *const words_of[FORMATS] = {
#define FORMAT(id, name, words) [FORMAT_##id] = words,
#include "schema_format.def"
#undef FORMAT
};

enum schema_format format_find(const struct jn *name)
{
	for (int i = FORMAT_NONE + 1; i < FORMATS; i++)
		if (jn_str_is(name, names[i]))
			return (enum schema_format)i;
	return FORMAT_NONE;
}

const char *format_words(enum schema_format format)
{
	return words_of[format];
}

/* `n` digits at s as a number, -1 where they are none. */
static int digits(const char *s, size_t n)
{
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

static bool is_date(const char *s, size_t len)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int y, m, d, last;

	if (len != 10 || s[4] != '-' || s[7] != '-')
		return false;
	y = digits(s, 4);
	m = digits(s + 5, 2);
	d = digits(s + 8, 2);
	if (y < 0 || m < 1 || m > 12 || d < 1)
		return false;
	last = days[m - 1];
	if (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0))
		last++;
	return d <= last;
}

/* partial-time and time-offset of RFC 3339. */
static bool is_time(const char *s, size_t len)
{
	size_t i = 8;
	int h, m, sec;

	if (len < 9 || s[2] != ':' || s[5] != ':')
		return false;
	h = digits(s, 2);
	m = digits(s + 3, 2);
	sec = digits(s + 6, 2);
	if (h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 60)
		return false;
	if (s[i] == '.') {
		size_t begin = ++i;

		while (i < len && isdigit((unsigned char)s[i]))
			i++;
		if (i == begin)
			return false;
	}
	if (i + 1 == len)
		return s[i] == 'Z' || s[i] == 'z';
	if (i + 6 != len || (s[i] != '+' && s[i] != '-') || s[i + 3] != ':')
		return false;
	h = digits(s + i + 1, 2);
	m = digits(s + i + 4, 2);
	return h >= 0 && h <= 23 && m >= 0 && m <= 59;
}

static bool is_date_time(const char *s, size_t len)
{
	return len > 11 && is_date(s, 10) && (s[10] == 'T' || s[10] == 't') &&
		is_time(s + 11, len - 11);
}

static bool is_uri(const char *s, size_t len)
{
	size_t i = 1;

	if (len < 2 || !isalpha((unsigned char)s[0]))
		return false;
	while (i < len && (isalnum((unsigned char)s[i]) || strchr("+-.", s[i]) != NULL))
		i++;
	if (i == len || s[i] != ':')
		return false;
	for (i++; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c <= ' ' || c >= 127 || strchr("<>\"{}|\\^`", c) != NULL)
			return false;
		if (c == '%' &&
			(i + 2 >= len || !isxdigit((unsigned char)s[i + 1]) ||
				!isxdigit((unsigned char)s[i + 2])))
			return false;
	}
	return true;
}

static bool is_address(int family, const char *s, size_t len)
{
	char text[INET6_ADDRSTRLEN + 1];
	struct in6_addr addr;

	if (len >= sizeof(text) || memchr(s, '\0', len) != NULL)
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	return inet_pton(family, text, &addr) == 1;
}

bool format_matches(enum schema_format format, const char *s, size_t len)
{
	switch (format) {
	case FORMAT_DATE_TIME:
		return is_date_time(s, len);
	case FORMAT_DATE:
		return is_date(s, len);
	case FORMAT_TIME:
		return is_time(s, len);
	case FORMAT_URI:
		return is_uri(s, len);
	case FORMAT_EMAIL:
	case FORMAT_IDN_EMAIL:
		return memchr(s, '@', len) != NULL;
	case FORMAT_IPV4:
		return is_address(AF_INET, s, len);
	case FORMAT_IPV6:
		return is_address(AF_INET6, s, len);
	default:
		return true;
	}
}

bool entity_id_matches(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (!isalnum(c) &&
			(c == '\0' || strchr("_-.{}$+*[]`|~^@!,:\\", c) == NULL))
			return false;
	}
	return len > 0;
}
