/* SPDX-License-Identifier: Apache-2.0 */
#include <base/err.h>

#include <base/iri.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

#undef err_set /* what compilers may know, see err.h */
#undef err_wrap

static const struct {
	int status;
	const char *type, *title;
} kinds[ERR_KINDS] = {
#define ERR(kind, status, uri, title)                                                    \
	[ERR_##kind] = {status, "https://uri.etsi.org/ngsi-ld/errors/" uri, title},
#include <base/err.def>
#undef ERR
};

/* A detail may quote what the client sent, and may have been cut in the middle of a
 * character: what is not UTF-8 becomes '?', a last half character goes. */
static void mend_utf8(char *s)
{
	size_t len = strlen(s), i = 0, n;

	while (i < len) {
		for (n = 1; n <= 4 && i + n <= len && !utf8_valid(s + i, n); n++)
			continue;
		if (n <= 4 && i + n <= len) {
			i += n;
			continue;
		}
		if ((unsigned char)s[i] >= 0xc2 &&
			len == sizeof(((struct err *)0)->detail) - 1 && len - i < 4) {
			s[i] = '\0';
			return;
		}
		s[i++] = '?';
	}
}

int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	char detail[sizeof(err->detail)]; /* the arguments may quote err->detail */
	va_list args;

	assert(kind > ERR_NONE && kind < ERR_KINDS);
	va_start(args, fmt);
	(void)vsnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	mend_utf8(detail);
	err->kind = kind;
	memcpy(err->detail, detail, sizeof(detail));
	return -1;
}

int err_wrap(struct err *err, const char *fmt, ...)
{
	char where[sizeof(err->detail)], detail[sizeof(err->detail)];
	va_list args;

	assert(err->kind != ERR_NONE);
	va_start(args, fmt);
	(void)vsnprintf(where, sizeof(where), fmt, args);
	va_end(args);
	(void)snprintf(detail, sizeof(detail), "%s: %s", where, err->detail);
	mend_utf8(detail);
	memcpy(err->detail, detail, sizeof(detail));
	return -1;
}

void err_clear(struct err *err)
{
	err->kind = ERR_NONE;
	err->detail[0] = '\0';
}

int err_status(enum err_kind kind)
{
	assert(kind > ERR_NONE && kind < ERR_KINDS);
	return kinds[kind].status;
}

const char *err_type(enum err_kind kind)
{
	assert(kind > ERR_NONE && kind < ERR_KINDS);
	return kinds[kind].type;
}

const char *err_title(enum err_kind kind)
{
	assert(kind > ERR_NONE && kind < ERR_KINDS);
	return kinds[kind].title;
}
