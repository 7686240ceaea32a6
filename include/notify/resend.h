/* SPDX-License-Identifier: Apache-2.0 */
/* Notifying once more what was notified, or what would be notified now. */
#ifndef NOTIFY_RESEND_H
#define NOTIFY_RESEND_H

#include <base/attr.h>

#include <stdint.h>

struct err;
struct pg;
struct subscription;

/*
 * Re-runs the stored changes from an instant up to another: those that match the
 * subscription as it is now are due once more, under the ids they had.  *n: how many; at
 * most 100,000, *until is the change after which it stopped, 0 where it did not.
 */
int resend_range(struct pg *pg, const struct subscription *s, int64_t from, int64_t to,
	int64_t *n, int64_t *until, struct err *err) must_check;
/* One that was delivered, or that is a dead letter.  NOT_FOUND: it is not stored. */
int resend_one(struct pg *pg, const struct subscription *s, int64_t event, int64_t *n,
	struct err *err) must_check;

#endif
