/* SPDX-License-Identifier: Apache-2.0 */
/* Writing trees: spans are copied as they are; only keys and new strings are searched for
 * what needs escapes. */
#include <base/jn.h>

#include "jn_priv.h"

#include <base/arena.h>
#include <base/strbuf.h>

#include <assert.h>

/* Room for n bytes and a NUL; where to write them. */
static inline char *room(struct strbuf *sb, size_t n)
{
	if (n >= sb->room - sb->len)
		strbuf_grow(sb, n);
	return sb->data + sb->len;
}

/* memcpy() of what is mostly short. */
static inline char *put(char *out, const char *s, size_t len)
{
	if (len > 16) {
		memcpy(out, s, len);
	} else if (len >= 8) {
		memcpy(out, s, 8);
		memcpy(out + len - 8, s + len - 8, 8);
	} else if (len >= 4) {
		memcpy(out, s, 4);
		memcpy(out + len - 4, s + len - 4, 4);
	} else {
		for (size_t i = 0; i < len; i++)
			out[i] = s[i];
	}
	return out + len;
}

char *jn_escape(char *out, const char *s, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		const char *named = c != '\0' && (c < 0x20 || c == '"' || c == '\\')
			? strchr(from, c)
			: NULL;

		if (named != NULL) {
			*out++ = '\\';
			*out++ = to[named - from];
		} else if (c < 0x20) {
			out = put(out, "\\u00", 4);
			*out++ = digits[c >> 4];
			*out++ = digits[c & 15];
		} else {
			*out++ = (char)c;
		}
	}
	return out;
}

/* Copies s quoted, then looks for what should have been escaped in the copy: its room
 * reaches far enough behind it to look at 16 bytes at a time. */
void jn_write_string(struct strbuf *sb, const char *s, size_t len)
{
	char *start = room(sb, len + 2 + SCAN_STEP), *p = start + 1;
	unsigned high, special;

	*start = '"';
	put(p, s, len);
	for (size_t i = 0; i < len; i += SCAN_STEP) {
		special = scan_block(p + i, &high);
		if (len - i < SCAN_STEP)
			special &= (1u << (len - i)) - 1;
		if (special == 0)
			continue;
		sb->len += 1 + i;
		p = room(sb, (len - i) * 6 + 1);
		p = jn_escape(p, s + i, len - i);
		*p++ = '"';
		*p = '\0';
		sb->len = (size_t)(p - sb->data);
		return;
	}
	start[len + 1] = '"';
	start[len + 2] = '\0';
	sb->len += len + 2;
}

static void write_value(struct strbuf *sb, const struct jn *v);

static void write_container(struct strbuf *sb, const struct jn *v)
{
	bool object = v->kind == JN_OBJECT;
	char *p = room(sb, 2);

	*p = object ? '{' : '[';
	sb->len++;
	jn_each (child, v) {
		if (child != v->child) {
			*room(sb, 1) = ',';
			sb->len++;
		}
		if (object) {
			jn_write_string(sb, child->key, child->key_len);
			*room(sb, 1) = ':';
			sb->len++;
		}
		write_value(sb, child);
	}
	*room(sb, 1) = object ? '}' : ']';
	sb->len++;
}

static void write_value(struct strbuf *sb, const struct jn *v)
{
	char *p;

	switch ((enum jn_kind)v->kind) {
	case JN_STRING:
		p = room(sb, (size_t)v->len + 2);
		*p++ = '"';
		p = put(p, v->text, v->len);
		*p++ = '"';
		break;
	case JN_NUMBER:
		p = put(room(sb, v->len), v->text, v->len);
		break;
	case JN_NULL:
		p = put(room(sb, 4), "null", 4);
		break;
	case JN_TRUE:
		p = put(room(sb, 4), "true", 4);
		break;
	case JN_FALSE:
		p = put(room(sb, 5), "false", 5);
		break;
	default:
		write_container(sb, v);
		return;
	}
	sb->len = (size_t)(p - sb->data);
}

void jn_write(struct strbuf *sb, const struct jn *v)
{
	assert(v != NULL);
	write_value(sb, v);
	*room(sb, 0) = '\0';
}

char *jn_text(const struct jn *v, struct arena *a)
{
	auto_strbuf sb = {0};

	jn_write(&sb, v);
	return arena_strndup(a, sb.data, sb.len);
}
