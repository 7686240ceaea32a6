/* SPDX-License-Identifier: Apache-2.0 */
/* PCRE2 has Unicode's tables; two patterns are compiled at the first need and kept. */
#include <core/letter.h>

#include <base/iri.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pcre2_code *letters, *numbers;

static pcre2_code *compile(const char *pattern)
{
	PCRE2_SIZE where;
	int error;

	return pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
		PCRE2_UTF | PCRE2_ANCHORED, &error, &where, NULL);
}

static void compile_both(void)
{
	letters = compile("\\p{L}");
	numbers = compile("\\p{N}");
}

static size_t encode(unsigned code, char text[4])
{
	if (code < 0x800) {
		text[0] = (char)(0xc0 | code >> 6);
		text[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		text[0] = (char)(0xe0 | code >> 12);
		text[1] = (char)(0x80 | (code >> 6 & 0x3f));
		text[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	text[0] = (char)(0xf0 | code >> 18);
	text[1] = (char)(0x80 | (code >> 12 & 0x3f));
	text[2] = (char)(0x80 | (code >> 6 & 0x3f));
	text[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* Out of memory answers no: there is nothing better to say, and nothing is lost by it. */
static bool matches(pcre2_code **pattern, unsigned code)
{
	pcre2_match_data *data;
	char text[4];
	int rc;

	(void)pthread_once(&once, compile_both);
	if (*pattern == NULL)
		return false;
	data = pcre2_match_data_create(1, NULL);
	if (data == NULL)
		return false;
	rc = pcre2_match(*pattern, (PCRE2_SPTR)text, encode(code, text), 0,
		PCRE2_NO_UTF_CHECK, data, NULL);
	pcre2_match_data_free(data);
	return rc > 0;
}

bool is_letter(unsigned code)
{
	if (code < 0x80)
		return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
	return matches(&letters, code);
}

bool is_number(unsigned code)
{
	if (code < 0x80)
		return code >= '0' && code <= '9';
	return matches(&numbers, code);
}

size_t name_char(const char *p, const char *end, bool first)
{
	unsigned code = 0;
	size_t n = p < end ? utf8_next(p, (size_t)(end - p), &code) : 0;

	if (n == 0)
		return 0;
	if (is_letter(code) || (!first && (code == '_' || is_number(code))))
		return n;
	return 0;
}
