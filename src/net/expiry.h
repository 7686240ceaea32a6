/* SPDX-License-Identifier: Apache-2.0 */
/* How long an answer may be kept, as its headers say (RFC 9111, a shared cache). */
#ifndef NET_EXPIRY_H
#define NET_EXPIRY_H

#include <stdint.h>

struct client;

/* Of the last answer: us since 1970; `now` where it must not be kept; 0: not said. */
int64_t expiry(const struct client *c, int64_t now);
/* The same from the headers' values, NULL where absent. */
int64_t expiry_of(
	const char *cache_control, const char *age, const char *expires, int64_t now);

#endif
