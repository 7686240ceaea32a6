/* SPDX-License-Identifier: Apache-2.0 */
/* Where things stand: communes, districts, streets, gauges. */
#ifndef DEMO_PLACES_H
#define DEMO_PLACES_H

#include <stddef.h>

/* A disc on dry land, in which every point is one where a sensor may stand. */
struct place {
	const char *commune, *district; /* district: NULL where it is the centre */
	const char *postcode;
	double lon, lat;
	unsigned reach; /* radius in metres */
	double density; /* 0 (garrigue) to 1 (city centre): heat, noise, passers-by */
};

/* A gauge on a river of the territory. */
struct gauge {
	const char *river, *spot;
	const char *commune, *postcode;
	double lon, lat;
	double height; /* usual level, metres */
	double flow; /* usual flow, m3/s */
};

#define COMMUNES 28

/* The first COMMUNES entries are the communes, one each; then further districts. */
extern const struct place places[];
extern const size_t places_len;
extern const struct gauge gauges[];
extern const size_t gauges_len;
extern const char *const streets[];
extern const size_t streets_len;

#endif
