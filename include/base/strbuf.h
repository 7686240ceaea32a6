/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte buffer on the heap: answers, SQL text, log lines.  Zero-initialise. */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <base/attr.h>

#include <stddef.h>
#include <string.h>

struct strbuf {
	char *data; /* NUL-terminated once anything was added; NULL before */
	size_t len, room;
};

void strbuf_grow(struct strbuf *sb, size_t more); /* room for `more` bytes and a NUL */
void strbuf_add(struct strbuf *sb, const char *data, size_t len);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) printf_like(2, 3);
char *strbuf_steal(
	struct strbuf *sb, size_t *len); /* free() it; never NULL; len may be NULL */
void strbuf_reset(struct strbuf *sb); /* empty, memory kept */
void strbuf_fini(struct strbuf *sb);

static inline void strbuf_addc(struct strbuf *sb, char c)
{
	if (sb->len + 2 > sb->room)
		strbuf_grow(sb, 1);
	sb->data[sb->len++] = c;
	sb->data[sb->len] = '\0';
}

static inline void strbuf_adds(struct strbuf *sb, const char *s)
{
	strbuf_add(sb, s, strlen(s));
}

#define auto_strbuf cleanup_with(strbuf_fini) struct strbuf

#endif
