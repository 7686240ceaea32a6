/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structured logs on stderr, one line an event, logfmt or JSON:
 *	ts=… level=info msg="…" req=… key=value
 * A line is written with one write(2), so threads do not mix.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <base/attr.h>

enum log_level {
	LOG_ERROR,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG,
};

enum log_format {
	LOG_LOGFMT,
	LOG_JSON,
};

void log_init(enum log_level level, enum log_format format);
/* The request id that the calling thread's lines carry; NULL to stop.  Borrowed. */
void log_request(const char *id);
/* Pairs of key and printf-formatted value do not fit C; so one formatted message: words
 * and key=value pairs.  Control characters are escaped. */
void log_write(enum log_level level, const char *fmt, ...) printf_like(2, 3);

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)

#endif
