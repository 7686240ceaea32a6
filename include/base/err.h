/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors are values.  A function that can fail returns 0 or -1 (constructors: NULL) with
 * *err filled exactly once; its out parameters are then untouched.  On success *err is
 * untouched.  `err` is never NULL.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <base/attr.h>

#include <stdarg.h>

enum err_kind {
	ERR_NONE,
#define ERR(kind, status, uri, title) ERR_##kind,
#include <base/err.def>
#undef ERR
	ERR_KINDS
};

/* Never allocates, so reporting an error cannot itself fail.  Zero-initialise. */
struct err {
	enum err_kind kind;
	char detail[256]; /* for the client: what, where, how to mend it; UTF-8 */
};

/* Both return -1.  err_set() fills; err_wrap() prepends "<fmt>: " to what is there. */
int err_set(struct err *err, enum err_kind kind, const char *fmt, ...) printf_like(3, 4);
int err_wrap(struct err *err, const char *fmt, ...) printf_like(2, 3);
/* Compilers and analyzers do not see into err.c; that it fails they must know, to see that
 * what is filled by a success is never used after a failure. */
#define err_set(...)                                                                     \
	__extension__({                                                                  \
		(void)err_set(__VA_ARGS__);                                              \
		-1;                                                                      \
	})
#define err_wrap(...)                                                                    \
	__extension__({                                                                  \
		(void)err_wrap(__VA_ARGS__);                                             \
		-1;                                                                      \
	})
void err_clear(struct err *err);

int err_status(enum err_kind kind); /* HTTP status */
const char *err_type(enum err_kind kind); /* full error type URI */
const char *err_title(enum err_kind kind);

#endif
