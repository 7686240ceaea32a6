/* SPDX-License-Identifier: Apache-2.0 */
/* Time zones by their names in the IANA database (ICU's copy of it). */
#ifndef TABLE_ZONE_H
#define TABLE_ZONE_H

#include <base/attr.h>

#include <stdint.h>

struct err;
struct zone; /* opaque; belongs to one thread at a time */

#define ZONE_TEXT 20 /* bytes zone_local_text() needs */

/* INVALID_REQUEST: there is no such zone. */
struct zone *zone_open(const char *name, struct err *err) must_check;
void zone_close(struct zone *z); /* NULL is fine */
const char *zone_name(const struct zone *z);
/* Microseconds to add to an instant (since 1970, UTC) for what clocks there show. */
int64_t zone_offset(struct zone *z, int64_t at);
/* The instant at which clocks there show `local` (microseconds, as if it were UTC).  What
 * they show twice is the first time, what they skip is as long after the jump. */
int64_t zone_instant(struct zone *z, int64_t local);
/* `28/11/2026 18:39:03`, as clocks there show it.  Returns buf. */
char *zone_local_text(struct zone *z, int64_t at, char buf[ZONE_TEXT]);

#endif
