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

/* Is one of the 8 bytes a quote, a backslash or a control character? */
static inline bool has_special(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';

	/* Of each, the high bit of a byte where subtracting made it negative. */
	return ((((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
			((word - ones * 0x20) & ~word)) &
		       ones * 0x80) != 0;
}

/* Does the string need no escapes?  Short ones are looked at as two words that overlap. */
static inline bool is_plain(const char *s, size_t len)
{
	uint64_t first = 0, last = 0;
	uint32_t low, high;
	unsigned ignored;

	if (len >= SCAN_STEP) {
		for (size_t i = 0; i < len - SCAN_STEP; i += SCAN_STEP) {
			if (scan_block(s + i, &ignored) != 0)
				return false;
		}
		return scan_block(s + len - SCAN_STEP, &ignored) == 0;
	}
	if (len >= 8) {
		memcpy(&first, s, 8);
		memcpy(&last, s + len - 8, 8);
		return !has_special(first) && !has_special(last);
	}
	if (len >= 4) {
		memcpy(&low, s, 4);
		memcpy(&high, s + len - 4, 4);
		return !has_special((uint64_t)high << 32 | low);
	}
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)s[i] < 0x20 || s[i] == '"' || s[i] == '\\')
			return false;
	}
	return true;
}

void jn_write_string(struct strbuf *sb, const char *s, size_t len)
{
	bool plain = is_plain(s, len);
	char *p = room(sb, (plain ? len : len * 6) + 2);

	*p++ = '"';
	p = plain ? put(p, s, len) : jn_escape(p, s, len);
	*p++ = '"';
	*p = '\0';
	sb->len = (size_t)(p - sb->data);
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
