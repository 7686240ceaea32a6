/* SPDX-License-Identifier: Apache-2.0 */
#include <base/iri.h>

#include <base/arena.h>

#include <stdint.h>
#include <string.h>

enum {
	UNRESERVED = 1, /* RFC 3986, 2.3 */
	SCHEME = 2, /* may follow the first letter of a scheme */
	LETTER = 4, /* may be that first letter */
	REFUSED = 8, /* never in an IRI */
	/* the classes as the table writes them */
	U = UNRESERVED,
	S = SCHEME,
	D = UNRESERVED | SCHEME,
	L = UNRESERVED | SCHEME | LETTER,
	R = REFUSED,
};

/* What a byte may be, 16 to a row; the bytes of longer characters are 0. */
/* clang-format off */
static const uint8_t class_of[256] = {
	R, R, R, R, R, R, R, R, R, R, R, R, R, R, R, R,
	R, R, R, R, R, R, R, R, R, R, R, R, R, R, R, R,
	R, 0, R, 0, 0, 0, 0, 0, 0, 0, 0, S, 0, D, D, 0,
	D, D, D, D, D, D, D, D, D, D, 0, 0, R, 0, R, 0,
	0, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
	L, L, L, L, L, L, L, L, L, L, L, 0, R, 0, R, U,
	R, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
	L, L, L, L, L, L, L, L, L, L, L, R, R, R, U, R,
};
/* clang-format on */

static uint8_t class(char c)
{
	return class_of[(unsigned char)c];
}

bool iri_is_absolute(const char *s, size_t len)
{
	size_t i = 1;
	bool ascii = true;

	if (len == 0 || (class(s[0]) & LETTER) == 0)
		return false;
	while (i < len && (class(s[i]) & SCHEME) != 0)
		i++;
	if (i + 1 >= len || s[i] != ':')
		return false;
	while (++i < len) {
		if ((class(s[i]) & REFUSED) != 0)
			return false;
		ascii = ascii && (unsigned char)s[i] < 0x80;
	}
	return ascii || utf8_valid(s, len);
}

bool iri_is_authority(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((class(s[i]) & UNRESERVED) == 0 &&
			(s[i] == '\0' || strchr(":[]%!$&'()*+,;=", s[i]) == NULL))
			return false;
	}
	return true;
}

static int hex(char c)
{
	int letter = c | 0x20;

	if (c >= '0' && c <= '9')
		return c - '0';
	return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

char *iri_decode(struct arena *a, const char *s, size_t len, bool plus_is_space)
{
	char *text = arena_raw(a, len + 1), *out = text;

	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (s[i] == '\0')
			return NULL;
		if (s[i] != '%') {
			*out++ = s[i] == '+' && plus_is_space ? ' ' : s[i];
			continue;
		}
		if (len - i < 3)
			return NULL;
		high = hex(s[i + 1]);
		low = hex(s[i + 2]);
		if (high < 0 || low < 0 || high + low == 0)
			return NULL;
		*out++ = (char)(high << 4 | low);
		i += 2;
	}
	*out = '\0';
	return utf8_valid(text, (size_t)(out - text)) ? text : NULL;
}

char *iri_encode(struct arena *a, const char *s, const char *keep)
{
	static const char digits[] = "0123456789ABCDEF";
	char *text = arena_raw(a, arena_size(strlen(s) + 1, 3)), *out = text;

	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if ((class_of[c] & UNRESERVED) != 0 || strchr(keep, *s) != NULL) {
			*out++ = *s;
			continue;
		}
		*out++ = '%';
		*out++ = digits[c >> 4];
		*out++ = digits[c & 15];
	}
	*out = '\0';
	return text;
}

/* The length of the character at p, which is not ASCII; 0 where it is not UTF-8: stray or
 * missing continuation, overlong, surrogate, beyond U+10FFFF. */
static size_t char_len(const unsigned char *p, size_t len)
{
	if (p[0] < 0xc2 || p[0] > 0xf4 || len < 2 || (p[1] & 0xc0) != 0x80)
		return 0;
	if (p[0] < 0xe0)
		return 2;
	if (len < 3 || (p[2] & 0xc0) != 0x80)
		return 0;
	if (p[0] < 0xf0) {
		if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f))
			return 0;
		return 3;
	}
	if (len < 4 || (p[3] & 0xc0) != 0x80)
		return 0;
	if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return 4;
}

bool utf8_valid(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t i = 0, n;

	while (i < len) {
		uint64_t word;

		if (len - i >= sizeof(word)) {
			memcpy(&word, p + i, sizeof(word));
			if ((word & 0x8080808080808080u) == 0) {
				i += sizeof(word);
				continue;
			}
		}
		n = p[i] < 0x80 ? 1 : char_len(p + i, len - i);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

size_t utf8_next(const char *s, size_t len, unsigned *code)
{
	const unsigned char *p = (const unsigned char *)s;

	if (len == 0)
		return 0;
	if (p[0] < 0x80) {
		*code = p[0];
		return 1;
	}
	if (p[0] < 0xe0 && len >= 2) {
		*code = (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
		return 2;
	}
	if (p[0] < 0xf0 && len >= 3) {
		*code = (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
		return 3;
	}
	if (len >= 4) {
		*code = (p[0] & 0x07u) << 18 | (p[1] & 0x3fu) << 12 |
			(p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
		return 4;
	}
	return 0;
}
