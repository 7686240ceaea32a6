/* SPDX-License-Identifier: Apache-2.0 */
/* What city.c (who stands where) and models.c (what it says) share. */
#ifndef DEMO_CITY_PRIV_H
#define DEMO_CITY_PRIV_H

#include "curves.h"
#include "places.h"

#include <base/clock.h>
#include <base/strbuf.h>
#include <demo/city.h>

#include <stdbool.h>

enum model {
	WASTE_CONTAINER,
	TRAFFIC_FLOW_OBSERVED,
	CROWD_FLOW_OBSERVED,
	NOISE_LEVEL_OBSERVED,
	WATER_OBSERVED,
	STREETLIGHT,
	WEATHER_OBSERVED,
	MODELS
};

struct sensor {
	enum model model;
	unsigned number; /* in its model, from 1 */
	uint64_t seed, key; /* the city's chance, the sensor's own */
	const struct place *place;
	const struct gauge *gauge; /* WATER_OBSERVED only */
	double lon, lat;
	char id[CITY_ID], device[CITY_ID];
};

/* The entity that is being written, and the instant it is written for. */
struct page {
	struct strbuf *sb;
	struct moment now;
	char observed_at[CLOCK_TEXT];
	bool observed_only; /* nothing but what says when it was observed */
	bool absurd; /* the sensor is out of its mind */
	size_t instances; /* that it has, those with observedAt */
	struct series *series; /* where instances go, by attribute; NULL: to sb */
};

/* The instances of each attribute, side by side. */
#define SERIES_MAX 16
struct series {
	const char *name[SERIES_MAX];
	struct strbuf text[SERIES_MAX];
	size_t len;
};

struct model_info {
	const char *type;
	unsigned count;
	int64_t rhythm; /* between two reports */
	const char *properties; /* of its Device: JSON items of controlledProperty */
	const char *maker;
	void (*fixed)(struct page *p, const struct sensor *s);
	void (*measures)(struct page *p, const struct sensor *s);
};

/* city.c */
struct sensor sensor_at(uint64_t seed, size_t index); /* index of a sensor */
struct page page_at(struct strbuf *sb, int64_t now);
void device_measures(struct page *p, const struct sensor *s);
int64_t report_before(const struct sensor *s, int64_t now); /* its last one */

extern const struct model_info models[MODELS];

/* put.c: each appends `,"name":{...}`. */
void put_begin(struct page *p, const char *id, const char *type);
void put_end(struct page *p);
void put_text(struct page *p, const char *name, const char *value);
void put_json(
	struct page *p, const char *name, const char *json); /* a Property's value */
void put_time(struct page *p, const char *name, int64_t us);
void put_word(struct page *p, const char *name, const char *value); /* with observedAt */
void put_number(struct page *p, const char *name, double value, int decimals,
	const char *unit); /* with observedAt */
void put_fact(struct page *p, const char *name, double value, const char *unit);
void put_link(struct page *p, const char *name, const char *id);
void put_links(struct page *p, const char *name, const char *id); /* an array of one */
void put_point(struct page *p, double lon, double lat);
void put_line(struct page *p, const double (*at)[2], size_t len);

#endif
