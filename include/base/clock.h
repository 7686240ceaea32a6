/* SPDX-License-Identifier: Apache-2.0 */
/* Instants as microseconds since 1970 (UTC), and the DateTime text of 4.6.3. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_TEXT 32 /* bytes clock_format() needs */

int64_t clock_now(void); /* wall clock, microseconds since 1970 */
int64_t clock_monotonic(void); /* microseconds; for durations */

/*
 * YYYY-MM-DDThh:mm:ss[.f*]Z (4.6.3).  Tolerated besides: ',' before the fraction, a numeric
 * zone (+hh:mm, and ' hh:mm', a lost '+'), lower-case t and z.  Digits past microseconds
 * are cut.  false where it is none or no such day exists.
 */
bool clock_parse(const char *s, size_t len, int64_t *out);
/* The same without the tolerances but ',': what 4.6.3 allows in a document. */
bool clock_is_date_time(const char *s, size_t len);
bool clock_is_date(const char *s, size_t len); /* YYYY-MM-DD */
bool clock_is_time(const char *s, size_t len); /* hh:mm:ss[.f*]Z */
/* YYYY-MM-DDThh:mm:ss[.ffffff]Z; the fraction only where it is not zero, without trailing
 * zeros in groups of three (.123, .123456).  Returns buf. */
char *clock_format(int64_t us, char buf[CLOCK_TEXT]);

#endif
