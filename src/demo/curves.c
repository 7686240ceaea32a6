/* SPDX-License-Identifier: Apache-2.0 */
#include "curves.h"

#include <math.h>
#include <stdbool.h>
#include <time.h>

#define RADIANS (M_PI / 180)

enum salt {
	SALT_TEMPERATURE = 1000,
	SALT_PRESSURE,
	SALT_MISTRAL,
	SALT_GUSTS,
	SALT_FRONT,
	SALT_SHOWERS,
	SALT_CLOUDS,
	SALT_AIR,
};

/* 01:00 UTC on the last Sunday of a month of 31 days: when the clocks change. */
static time_t last_sunday(int year, int month)
{
	struct tm tm = {.tm_year = year, .tm_mon = month, .tm_mday = 31, .tm_hour = 1};
	time_t t = timegm(&tm);

	return t - (time_t)tm.tm_wday * 86400;
}

struct moment moment_at(int64_t us)
{
	struct moment m = {.us = us};
	time_t t = (time_t)(us / SECOND);
	struct tm tm;
	int64_t local;

	(void)gmtime_r(&t, &tm);
	m.offset = t >= last_sunday(tm.tm_year, 2) && t < last_sunday(tm.tm_year, 9)
		? 2 * HOUR
		: HOUR;
	local = us + m.offset;
	t = (time_t)(local / SECOND);
	(void)gmtime_r(&t, &tm);
	m.day = local / DAY;
	m.hour = (double)(local % DAY) / (double)HOUR;
	m.weekday = (tm.tm_wday + 6) % 7;
	m.year_day = tm.tm_yday;
	return m;
}

/* The finalizer of splitmix64. */
uint64_t mix(uint64_t key, uint64_t salt)
{
	uint64_t z =
		key * UINT64_C(0x9e3779b97f4a7c15) + salt + UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

double chance(uint64_t key, uint64_t salt)
{
	return (double)(mix(key, salt) >> 11) * 0x1p-53;
}

unsigned dice(uint64_t key, uint64_t salt, unsigned sides)
{
	return (unsigned)(chance(key, salt) * sides);
}

double wander(uint64_t key, uint64_t salt, int64_t us, int64_t period)
{
	int64_t step = us / period;
	double x = (double)(us % period) / (double)period;
	uint64_t k = mix(key, salt);
	double from = 2 * chance(k, (uint64_t)step) - 1;
	double to = 2 * chance(k, (uint64_t)step + 1) - 1;

	return from + (to - from) * x * x * (3 - 2 * x);
}

double clamp(double v, double low, double high)
{
	return v < low ? low : v > high ? high : v;
}

double bell(double hour, double at, double wide)
{
	double away = fabs(hour - at);

	if (away > 12)
		away = 24 - away;
	return exp(-(away * away) / (wide * wide));
}

double sun_elevation(double lon, double lat, int64_t us)
{
	double days = (double)us / (double)DAY - 10957.5; /* since 2000-01-01T12:00Z */
	double anomaly = (357.529 + 0.98560028 * days) * RADIANS;
	double longitude = 280.459 + 0.98564736 * days + 1.915 * sin(anomaly);
	double tilt = 23.439 * RADIANS;
	double along = longitude * RADIANS;
	double ascension = atan2(cos(tilt) * sin(along), cos(along));
	double declination = asin(sin(tilt) * sin(along));
	double sidereal = (280.46061837 + 360.98564736629 * days + lon) * RADIANS;
	double angle = sidereal - ascension;

	return asin(sin(lat * RADIANS) * sin(declination) +
		       cos(lat * RADIANS) * cos(declination) * cos(angle)) /
		RADIANS;
}

static double rain_at(uint64_t seed, int64_t us)
{
	double front = wander(seed, SALT_FRONT, us, 30 * HOUR);
	double showers = 0.5 + 0.5 * wander(seed, SALT_SHOWERS, us, HOUR);

	return front > 0.6 ? (front - 0.6) / 0.4 * 14 * showers : 0;
}

struct weather weather_at(uint64_t seed, int64_t us)
{
	struct moment m = moment_at(us);
	double season = cos(2 * M_PI * (m.year_day - 203) / 365.25);
	double mistral = wander(seed, SALT_MISTRAL, us, 60 * HOUR);
	struct weather w = {.rain = rain_at(seed, us)};
	bool sea_breeze = m.hour > 10 && m.hour < 19;

	w.clouds = w.rain > 0
		? 1
		: clamp(0.35 + 0.5 * wander(seed, SALT_CLOUDS, us, 9 * HOUR), 0, 1);
	w.temperature = 15 + 9 * season +
		(3.5 + 1.5 * season) * cos(2 * M_PI * (m.hour - 15) / 24) +
		4 * wander(seed, SALT_TEMPERATURE, us, 96 * HOUR) - (w.rain > 0 ? 2 : 0);
	w.humidity = clamp(0.62 - 0.13 * cos(2 * M_PI * (m.hour - 15) / 24) -
			0.2 * clamp(mistral, 0, 1) +
			0.1 * wander(seed, SALT_AIR, us, 12 * HOUR) +
			(w.rain > 0 ? 0.25 : 0),
		0.2, 0.99);
	w.pressure =
		1016 + 9 * wander(seed, SALT_PRESSURE, us, 120 * HOUR) - 0.5 * w.rain;
	w.wind = 1.5 + 13 * pow(clamp(mistral, 0, 1), 1.5) + (sea_breeze ? 2 : 0) +
		wander(seed, SALT_GUSTS, us, 2 * HOUR);
	w.wind = clamp(w.wind, 0.2, 30);
	w.wind_from = mistral > 0.25 ? 325 : sea_breeze ? 220 : 40;
	w.wind_from += 20 * wander(seed, SALT_GUSTS, us, 3 * HOUR);
	return w;
}

double wetness(uint64_t seed, int64_t us)
{
	double sum = 0;

	for (int h = 0; h < 48; h++)
		sum += rain_at(seed, us - h * HOUR) * exp(-h / 12.0);
	return sum / 60;
}

double heat_island(double density, double hour)
{
	return density * (0.8 + 2.4 * bell(hour, 3, 6));
}
