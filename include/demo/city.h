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

/* Appends what it has observed in the week before `now`, without the last report: an
 * EntityTemporal, an instance an hour. */
void city_week(struct strbuf *sb, uint64_t seed, size_t index, int64_t now);

/* When the entity's sensor last reported, at `now`: each has its own rhythm. */
int64_t city_last_report(uint64_t seed, size_t index, int64_t now);
/* One sensor of the city fell silent days ago, so that somebody may notice. */
bool city_is_silent(size_t index);

#endif
