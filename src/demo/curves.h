/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hours, the weather and chance: pure functions.  Instants are us since 1970; `key`
 * says whose chance it is (a sensor's, or the city's for what all share).
 */
#ifndef DEMO_CURVES_H
#define DEMO_CURVES_H

#include <stdint.h>

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* An instant as people in Marseille see it. */
struct moment {
	int64_t us;
	int64_t offset; /* local time - UTC, us */
	int64_t day; /* local days since 1970 */
	double hour; /* 0 to 24 */
	int weekday; /* 0: Monday */
	int year_day; /* 0: 1 January */
};

struct moment moment_at(int64_t us);

uint64_t mix(uint64_t key, uint64_t salt);
double chance(uint64_t key, uint64_t salt); /* 0 to below 1 */
unsigned dice(uint64_t key, uint64_t salt, unsigned sides); /* 0 to sides - 1 */
/* -1 to 1, moving from one random value to the next in `period`. */
double wander(uint64_t key, uint64_t salt, int64_t us, int64_t period);
double clamp(double v, double low, double high);
/* A bell of height 1 around `at` (hours), `wide` hours to each side. */
double bell(double hour, double at, double wide);

double sun_elevation(double lon, double lat, int64_t us); /* degrees */

/* The weather over the territory. */
struct weather {
	double temperature; /* degrees Celsius, in open country */
	double humidity; /* 0 to 1 */
	double pressure; /* hPa */
	double wind; /* m/s */
	double wind_from; /* degrees */
	double rain; /* mm/h */
	double clouds; /* 0 to 1 */
};

struct weather weather_at(uint64_t seed, int64_t us);
/* Rain of the last two days still on its way down the rivers: 0 (dry) to about 1. */
double wetness(uint64_t seed, int64_t us);
/* What a built-up place adds to the temperature: most in the small hours. */
double heat_island(double density, double hour);

#endif
