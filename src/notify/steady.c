/* SPDX-License-Identifier: Apache-2.0 */
#include "steady.h"

#define JUMP (INT64_C(60) * 1000000) /* less than this is drift */

void steady_init(struct steady *s, int64_t wall, int64_t monotonic)
{
	*s = (struct steady){.wall = wall, .monotonic = monotonic};
}

int64_t steady_now(
	struct steady *s, int64_t wall, int64_t monotonic, int64_t patience, bool *jumped)
{
	int64_t expected = s->wall + monotonic - s->monotonic;
	bool ahead = wall > expected + JUMP;

	*jumped = ahead && s->apart == 0;
	if (*jumped)
		s->apart = monotonic;
	if (ahead && monotonic - s->apart < patience)
		return expected;
	steady_init(s, wall, monotonic);
	return wall;
}
