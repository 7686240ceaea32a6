/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The demo city: a metropolis around Marseille, 28 communes, sensors of the six models and
 * a Device for each.  A pure function of seed, index and instant: the same three give the
 * same text, on any machine.  Index and id of an entity do not depend on the seed.
 */
#ifndef DEMO_CITY_H
#define DEMO_CITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf;

#define CITY_ID 64 /* bytes city_id() needs */

/* Entities: the sensors first, at 0 to city_sensors() - 1; then their Devices in the same
 * order. */
size_t city_size(void);
size_t city_sensors(void);
size_t city_communes(void);
/* "urn:ngsi-ld:WasteContainer:demo-001"; returns buf. */
char *city_id(size_t index, char buf[CITY_ID]);

/* Appends the entity as it is at `now` (us since 1970): normalized JSON, short names. */
void city_entity(struct strbuf *sb, uint64_t seed, size_t index, int64_t now);
/* Appends id, type and what changes by itself: measured values and their instants. */
void city_measures(struct strbuf *sb, uint64_t seed, size_t index, int64_t now);

/* When the entity's sensor last reported, at `now`: each has its own rhythm. */
int64_t city_last_report(uint64_t seed, size_t index, int64_t now);
/* One sensor of the city fell silent days ago, so that somebody may notice. */
bool city_is_silent(size_t index);

/* Something went wrong with these in the last days, so that somebody may find out. */
struct city_flaws {
	size_t absurd; /* a station that once said 85 degrees, three days ago */
	size_t late; /* what it measured two days ago is late: its logger had no network */
};
struct city_flaws city_flaws(void);

/*
 * Appends, as one temporal entity, what the entity measured in the `days` before its last
 * report at `now`: every half hour or at its rhythm, whichever is longer, and at its rhythm
 * on the last day; Devices once a day.  Returns how many instances; 0: there are none, and
 * nothing was appended.
 */
size_t city_week(
	struct strbuf *sb, uint64_t seed, size_t index, int64_t now, unsigned days);
/* Appends, as fragments for a batch with commas between, what is late; returns how many
 * instances. */
size_t city_late(struct strbuf *sb, uint64_t seed, int64_t now);

#endif
