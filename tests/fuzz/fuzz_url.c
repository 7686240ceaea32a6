/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-decoding and the check for absolute IRIs, as they meet a request target. */
#include <base/arena.h>
#include <base/iri.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>

#define ARENA_CAP ((size_t)256 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was decoded can be encoded, and reads back. */
static void check_decoded(struct arena *a, const char *s)
{
	const char *all = iri_encode(a, s, ""),
		   *some = iri_encode(a, s, "/:@?=&;,!$'()*");

	assert(utf8_valid(s, strlen(s)));
	assert(strspn(all,
		       "%-._~"
		       "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY"
		       "Z") == strlen(all));
	assert(strcmp(iri_decode(a, all, strlen(all), true), s) == 0);
	assert(strcmp(iri_decode(a, some, strlen(some), false), s) == 0);
}

static void check_absolute(const char *s, size_t len)
{
	const char *colon = memchr(s, ':', len);

	assert(colon != NULL && colon > s && colon < s + len - 1);
	assert(utf8_valid(s, len));
	for (size_t i = 0; i < len; i++)
		assert((unsigned char)s[i] > ' ' &&
			memchr("<>\"{}|\\^`\x7f", s[i], 10) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena a = {.cap = ARENA_CAP};
	const char *text = (const char *)data;
	char *plain = iri_decode(&a, text, size, false);
	char *form = iri_decode(&a, text, size, true);

	assert((plain == NULL) == (form == NULL));
	if (plain != NULL) {
		assert(strlen(plain) == strlen(form) && strlen(plain) <= size);
		check_decoded(&a, plain);
		check_decoded(&a, form);
	}
	if (iri_is_absolute(text, size))
		check_absolute(text, size);
	return 0;
}
