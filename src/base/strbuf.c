/* SPDX-License-Identifier: Apache-2.0 */
#include <base/strbuf.h>

#include <base/mem.h>

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST 256

void strbuf_grow(struct strbuf *sb, size_t more)
{
	size_t need, room = sb->room * 2;

	assert(more < SIZE_MAX / 2 - sb->len);
	need = sb->len + more + 1;
	if (need <= sb->room)
		return;
	if (room < FIRST)
		room = FIRST;
	if (room < need)
		room = need;
	sb->data = mem_resize(sb->data, room);
	sb->room = room;
	sb->data[sb->len] = '\0';
}

void strbuf_add(struct strbuf *sb, const char *data, size_t len)
{
	if (len >= sb->room - sb->len)
		strbuf_grow(sb, len);
	if (len > 0)
		memcpy(sb->data + sb->len, data, len);
	sb->len += len;
	sb->data[sb->len] = '\0';
}

void strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list args, again;
	int len;

	va_start(args, fmt);
	va_copy(again, args);
	strbuf_grow(sb, 64);
	len = vsnprintf(sb->data + sb->len, sb->room - sb->len, fmt, args);
	va_end(args);
	assert(len >= 0);
	if ((size_t)len >= sb->room - sb->len) {
		strbuf_grow(sb, (size_t)len);
		(void)vsnprintf(sb->data + sb->len, sb->room - sb->len, fmt, again);
	}
	va_end(again);
	sb->len += (size_t)len;
}

char *strbuf_steal(struct strbuf *sb, size_t *len)
{
	char *data;

	strbuf_grow(sb, 0);
	data = sb->data;
	if (len != NULL)
		*len = sb->len;
	*sb = (struct strbuf){0};
	return data;
}

void strbuf_reset(struct strbuf *sb)
{
	sb->len = 0;
	if (sb->data != NULL)
		sb->data[0] = '\0';
}

void strbuf_fini(struct strbuf *sb)
{
	free(sb->data);
	*sb = (struct strbuf){0};
}
