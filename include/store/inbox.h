/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test inbox: what was posted to a name, for people who have no server of their own yet.
 * Bounded: INBOX_KEPT messages a name, for INBOX_TIME, INBOX_NAMES names.
 */
#ifndef STORE_INBOX_H
#define STORE_INBOX_H

#include <base/attr.h>

#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct pg;

#define INBOX_KEPT  100
#define INBOX_NAMES 1000
#define INBOX_TIME  (INT64_C(24) * 3600 * 1000000) /* us */
#define INBOX_BODY  262144 /* bytes */

struct inbox_message {
	int64_t n, at;
	const char *headers; /* a JSON object */
	const char *body;
};

/* TOO_MANY_RESULTS: there are too many names. */
int inbox_put(struct pg *pg, const char *name, const struct inbox_message *m,
	struct err *err) must_check;
/* Newest first, in the arena. */
int inbox_get(struct pg *pg, const char *name, int64_t now, struct arena *a,
	struct inbox_message **out, size_t *len, struct err *err) must_check;
int inbox_empty(struct pg *pg, const char *name, struct err *err) must_check;

#endif
