/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What time it is for who gives up what is too old: where the clock jumps ahead (a board
 * without a battery gets the time from the network), what was due a moment ago does not
 * become old.  All in microseconds; pure.
 */
#ifndef NOTIFY_STEADY_H
#define NOTIFY_STEADY_H

#include <stdbool.h>
#include <stdint.h>

struct steady {
	int64_t wall, monotonic; /* they went together here */
	int64_t apart; /* monotonic: since when they do not; 0: they do */
};

void steady_init(struct steady *s, int64_t wall, int64_t monotonic);
/* The time; after a jump ahead, until `patience` is over, as if there had been none.
 * *jumped: it was just noticed. */
int64_t steady_now(struct steady *s, int64_t wall, int64_t monotonic, int64_t patience,
	bool *jumped);

#endif
