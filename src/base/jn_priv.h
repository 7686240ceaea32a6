/* SPDX-License-Identifier: Apache-2.0 */
/* What the jn_*.c files share: the search for bytes that a JSON string cannot hold as they
 * are, 16 at a time, and the decoding of escapes. */
#ifndef BASE_JN_PRIV_H
#define BASE_JN_PRIV_H

#include <base/jn.h>

#include <stddef.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define SCAN_STEP 16

/* One bit for each of the 16 bytes at p: the result for quotes, backslashes and control
 * characters, *high for those >= 0x80. */
static inline unsigned scan_block(const char *p, unsigned *high)
{
#ifdef __SSE2__
	__m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i control = _mm_set1_epi8(0x1f);
	__m128i special = _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('"')),
		_mm_cmpeq_epi8(x, _mm_set1_epi8('\\')));

	special =
		_mm_or_si128(special, _mm_cmpeq_epi8(_mm_max_epu8(x, control), control));
	*high = (unsigned)_mm_movemask_epi8(x);
	return (unsigned)_mm_movemask_epi8(special);
#else
	unsigned special = 0;

	*high = 0;
	for (unsigned i = 0; i < SCAN_STEP; i++) {
		unsigned char c = (unsigned char)p[i];

		special |= (unsigned)(c < 0x20 || c == '"' || c == '\\') << i;
		*high |= (unsigned)(c >> 7) << i;
	}
	return special;
#endif
}

/* The first quote, backslash or control character from p on, or end; *high gets bits where
 * bytes >= 0x80 come before it. */
static inline const char *scan_plain(const char *p, const char *end, unsigned *high)
{
	unsigned special, h;

	for (; end - p >= SCAN_STEP; p += SCAN_STEP) {
		special = scan_block(p, &h);
		*high |= h & ((special & -special) - 1);
		if (special != 0)
			return p + __builtin_ctz(special);
	}
	for (; p < end; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == '"' || c == '\\')
			break;
		*high |= c & 0x80;
	}
	return p;
}

/* The four hexadecimal digits at p, or -1. */
int jn_hex4(const char *p);
/* Decodes the escapes of a valid string; `out` has room for len bytes.  Returns how many
 * it took. */
size_t jn_unescape(char *out, const char *text, size_t len);
/* Writes s with the escapes it needs, at most 6 bytes for one.  Returns the end. */
char *jn_escape(char *out, const char *s, size_t len);

#endif
