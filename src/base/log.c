/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pairs of a line are found in the format, not in the formatted text, so that nothing
 * a client sent can pose as a pair: " key=" in the format becomes a mark, and the text is
 * cut at the marks, in their order.
 */
#include <base/log.h>

#include <base/clock.h>
#include <base/iri.h>
#include <base/mem.h>
#include <base/strbuf.h>

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PAIRS 16
#define MARK  '\xff' /* is in no UTF-8 text */

struct pair {
	const char *key;
	size_t key_len;
	bool number; /* the value is one numeric conversion */
};

struct pairs {
	struct pair pair[PAIRS];
	unsigned count;
};

static _Atomic int max_level = LOG_INFO;
static _Atomic int line_format = LOG_LOGFMT;
static _Thread_local const char *request;

static const char *const level_names[] = {"error", "warn", "info", "debug"};

void log_init(enum log_level level, enum log_format format)
{
	assert(level <= LOG_DEBUG && format <= LOG_JSON);
	atomic_store(&max_level, (int)level);
	atomic_store(&line_format, (int)format);
}

void log_request(const char *id)
{
	request = id;
}

static size_t key_span(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_.");

	return s[n] == '=' ? n : 0;
}

/* Is the text up to the next space one conversion that prints a number? */
static bool is_number_format(const char *s)
{
	if (*s++ != '%')
		return false;
	s += strspn(s, "-+0123456789.*hljzt");
	return *s != '\0' && strchr("diufg", *s) != NULL && (s[1] == '\0' || s[1] == ' ');
}

/* The format with each " key=" replaced by a mark. */
static char *cut_format(const char *fmt, struct pairs *pairs)
{
	char *cut = mem_resize(NULL, strlen(fmt) + 2), *out = cut;
	const char *s = fmt;

	while (*s != '\0') {
		bool starts = s == fmt || *s == ' ';
		const char *key = s + (*s == ' ');
		size_t n = starts ? key_span(key) : 0;

		if (n == 0 || pairs->count == PAIRS) {
			*out++ = *s++;
			continue;
		}
		s = key + n + 1;
		pairs->pair[pairs->count++] = (struct pair){key, n, is_number_format(s)};
		*out++ = MARK;
	}
	*out = '\0';
	return cut;
}

/* Within quotes, for logfmt and JSON alike: one line, valid UTF-8. */
static void add_escaped(struct strbuf *sb, const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)s[i];
		size_t n = 1;

		while (c >= 0x80 && n <= 4 && (i + n > len || !utf8_valid(s + i, n)))
			n++;
		if (n > 4)
			strbuf_adds(sb, "\xef\xbf\xbd"); /* U+FFFD */
		else if (c == '"' || c == '\\')
			strbuf_addf(sb, "\\%c", c);
		else if (c == '\n')
			strbuf_adds(sb, "\\n");
		else if (c == '\t')
			strbuf_adds(sb, "\\t");
		else if (c < 0x20 || c == 0x7f)
			strbuf_addf(sb, "\\u%04x", c);
		else
			strbuf_add(sb, s + i, n);
		i += n > 4 ? 1 : n;
	}
}

static bool is_bare(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] <= ' ' || s[i] == '"' || s[i] == '\\' || s[i] == '=' ||
			s[i] == 0x7f)
			return false;
	}
	return len > 0;
}

static bool is_digits(const char *s, size_t len)
{
	size_t i = len > 0 && s[0] == '-';

	if (i == len)
		return false;
	while (i < len && ((s[i] >= '0' && s[i] <= '9') || s[i] == '.'))
		i++;
	return i == len;
}

static void add_pair(
	struct strbuf *sb, const struct pair *pair, const char *s, size_t len)
{
	bool json = atomic_load(&line_format) == LOG_JSON;
	bool bare = json ? pair->number && is_digits(s, len) : is_bare(s, len);

	if (json)
		strbuf_addf(sb, ",\"%.*s\":", (int)pair->key_len, pair->key);
	else
		strbuf_addf(sb, " %.*s=", (int)pair->key_len, pair->key);
	if (bare) {
		strbuf_add(sb, s, len);
		return;
	}
	strbuf_addc(sb, '"');
	add_escaped(sb, s, len);
	strbuf_addc(sb, '"');
}

static void add_head(struct strbuf *sb, enum log_level level, const char *msg, size_t len)
{
	bool json = atomic_load(&line_format) == LOG_JSON;
	char now[CLOCK_TEXT];

	strbuf_addf(sb, json ? "{\"ts\":\"%s\",\"level\":\"%s\"" : "ts=%s level=%s",
		clock_format(clock_now(), now), level_names[level]);
	if (len > 0) {
		strbuf_adds(sb, json ? ",\"msg\":\"" : " msg=\"");
		add_escaped(sb, msg, len);
		strbuf_addc(sb, '"');
	}
	if (request != NULL)
		add_pair(sb, &(struct pair){"req", 3, false}, request, strlen(request));
}

static void add_line(struct strbuf *sb, enum log_level level, const char *text,
	const struct pairs *pairs)
{
	size_t len = strcspn(text, "\xff");

	add_head(sb, level, text, len);
	for (unsigned i = 0; i < pairs->count && text[len] == MARK; i++) {
		text += len + 1;
		/* The last value takes the rest, marks that came from arguments included. */
		len = i + 1 < pairs->count ? strcspn(text, "\xff") : strlen(text);
		add_pair(sb, &pairs->pair[i], text, len);
	}
	strbuf_adds(sb, atomic_load(&line_format) == LOG_JSON ? "}\n" : "\n");
}

void log_write(enum log_level level, const char *fmt, ...)
{
	struct pairs pairs = {0};
	auto_strbuf line = {0};
	char *cut, *text = NULL;
	int saved = errno;
	ssize_t n;
	va_list args;

	assert(level <= LOG_DEBUG);
	if ((int)level > atomic_load_explicit(&max_level, memory_order_relaxed))
		return;
	cut = cut_format(fmt, &pairs);
	va_start(args, fmt);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (vasprintf(&text, cut, args) < 0)
		abort();
#pragma GCC diagnostic pop
	va_end(args);
	add_line(&line, level, text, &pairs);
	do {
		n = write(STDERR_FILENO, line.data, line.len);
	} while (n < 0 && errno == EINTR);
	free(text);
	free(cut);
	errno = saved;
}
