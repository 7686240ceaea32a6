/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The city is what the Smart Data Models allow: names, units, ranges, enumerations; it
 * stands on dry land; and it is the same each time.
 */
#include <demo/city.h>

#include <base/clock.h>
#include <base/strbuf.h>

#include "curves.h"
#include "places.h"

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define SEED 13

/* Winter and summer, night and noon, a weekday and a Sunday, both sides of a clock change. */
static const char *const instants[] = {
	"2024-01-17T03:10:00Z",
	"2024-07-02T12:00:00Z",
	"2025-03-30T00:59:59Z",
	"2025-03-30T01:00:01Z",
	"2026-08-09T16:45:30Z",
	"2026-11-23T07:20:00Z",
};

static int64_t instant(int i)
{
	int64_t us = 0;

	ck_assert(clock_parse(instants[i], strlen(instants[i]), &us));
	return us;
}

static json_t *entity(uint64_t seed, size_t index, int64_t now)
{
	auto_strbuf sb = {0};
	json_error_t at;
	json_t *e;

	city_entity(&sb, seed, index, now);
	e = json_loadb(sb.data, sb.len, JSON_REJECT_DUPLICATES, &at);
	ck_assert_msg(e != NULL, "%s in %s", at.text, sb.data);
	return e;
}

/* What numbers may be: SDM's ranges where it has them, good sense elsewhere. */
static const struct {
	const char *name, *unit;
	double low, high;
} numbers[] = {
	{"fillingLevel", "C62", 0, 1},
	{"relativeHumidity", "C62", 0, 1},
	{"batteryLevel", "C62", 0, 1},
	{"occupancy", "C62", 0, 1},
	{"illuminanceLevel", "C62", 0, 1},
	{"temperature", "CEL", -15, 50},
	{"dewPoint", "CEL", -25, 30},
	{"feelsLikeTemperature", "CEL", -25, 55},
	{"binCapacity", "LTR", 100, 10000},
	{"intensity", "C62", 0, 500},
	{"averageVehicleSpeed", "KMH", 5, 40},
	{"peopleCount", "C62", 0, 5000},
	{"peopleCountTowards", "C62", 0, 5000},
	{"peopleCountAway", "C62", 0, 5000},
	{"averageCrowdSpeed", "KMH", 1, 8},
	{"LAeq", "2N", 25, 95},
	{"LAmax", "2N", 25, 115},
	{"LAS", "2N", 20, 100},
	{"height", "MTR", 0, 10},
	{"flow", "MQS", 0, 2000},
	{"lanternHeight", "MTR", 3, 15},
	{"powerRating", "WTT", 10, 400},
	{"powerConsumption", "WTT", 0, 400},
	{"voltage", "VLT", 207, 253},
	{"atmosphericPressure", "A97", 950, 1060},
	{"windSpeed", "MTS", 0, 50},
	{"windDirection", "DD", 0, 360},
	{"precipitation", "MMT", 0, 100},
	{"solarRadiation", "D54", 0, 1200},
};

/* What words may be. */
static const struct {
	const char *type, *name, *words;
} enums[] = {
	{"WasteContainer", "status",
		"ok lidOpen dropped moved vandalized burning unknown"},
	{"WasteContainer", "storedWasteKind",
		"organic inorganic glass oil plastic metal paper batteries electronics "
		"hazardous "
		"other"},
	{"WasteContainer", "storedWasteOrigin",
		"household municipal industrial construction hostelry agriculture other"},
	{"TrafficFlowObserved", "vehicleType", "bicycle"},
	{"TrafficFlowObserved", "laneDirection", "forward backward"},
	{"CrowdFlowObserved", "direction", "inbound outbound"},
	{"NoiseLevelObserved", "sonometerClass", "0 1 2"},
	{"Streetlight", "status", "brokenLantern columnIssue defectiveLamp ok"},
	{"Streetlight", "powerState", "bootingUp low off on"},
	{"Streetlight", "locationCategory",
		"bridge centralIsland facade garden park parking pedestrianPath "
		"playground road "
		"sidewalk tunnel"},
	{"Streetlight", "controllingMethod", "group individual"},
};

/* What must be there. */
static const struct {
	const char *type, *names;
} required[] = {
	{"WasteContainer", "location fillingLevel dateLastEmptying refDevice category"},
	{"TrafficFlowObserved",
		"location dateObserved dateObservedFrom dateObservedTo intensity"},
	{"CrowdFlowObserved", "location dateObserved peopleCount"},
	{"NoiseLevelObserved", "location dateObservedFrom dateObservedTo LAeq refDevice"},
	{"WaterObserved", "location dateObserved height flow refDevice"},
	{"Streetlight", "location status powerState refDevice"},
	{"WeatherObserved",
		"location dateObserved temperature relativeHumidity refDevice"},
	{"Device", "location controlledProperty controlledAsset category"},
};

static bool has_word(const char *words, const char *word, size_t len)
{
	for (const char *p = words; *p != '\0';) {
		size_t n = strcspn(p, " ");

		if (n == len && strncmp(p, word, len) == 0)
			return true;
		p += n + (p[n] == ' ');
	}
	return false;
}

static const char *text_of(const json_t *e, const char *name)
{
	return json_string_value(json_object_get(json_object_get(e, name), "value"));
}

static void check_number(const char *name, const json_t *attribute)
{
	double v = json_number_value(json_object_get(attribute, "value"));
	const char *unit = json_string_value(json_object_get(attribute, "unitCode"));

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(numbers[i].name, name) != 0)
			continue;
		ck_assert_str_eq(unit, numbers[i].unit);
		ck_assert_msg(
			v >= numbers[i].low && v <= numbers[i].high, "%s %g", name, v);
		return;
	}
	ck_assert_msg(strcmp(name, "laneId") == 0, "unknown number %s", name);
}

static void check_attributes(json_t *e, int64_t now)
{
	const char *name, *type = json_string_value(json_object_get(e, "type"));
	json_t *a;

	json_object_foreach(e, name, a)
	{
		const char *observed =
			json_string_value(json_object_get(a, "observedAt"));
		int64_t us = 0;

		if (json_is_number(json_object_get(a, "value")))
			check_number(name, a);
		if (observed != NULL) {
			ck_assert(clock_parse(observed, strlen(observed), &us));
			ck_assert_int_le(us, now);
		}
		if (strncmp(name, "date", 4) == 0 && strcmp(name, "dateObserved") != 0)
			ck_assert(clock_parse(
				text_of(e, name), strlen(text_of(e, name)), &us));
	}
	for (size_t i = 0; i < sizeof(enums) / sizeof(enums[0]); i++)
		if (strcmp(enums[i].type, type) == 0)
			ck_assert_msg(has_word(enums[i].words, text_of(e, enums[i].name),
					      strlen(text_of(e, enums[i].name))),
				"%s", text_of(e, enums[i].name));
}

static void check_required(const json_t *e)
{
	const char *type = json_string_value(json_object_get(e, "type"));

	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
		const char *p = required[i].names;

		while (strcmp(required[i].type, type) == 0 && *p != '\0') {
			char name[64];
			size_t n = strcspn(p, " ");

			(void)snprintf(name, sizeof(name), "%.*s", (int)n, p);
			ck_assert_msg(
				json_object_get(e, name) != NULL, "%s %s", type, name);
			p += n + (p[n] == ' ');
		}
	}
}

START_TEST(keeps_to_the_models)
{
	int64_t now = instant(_i);

	for (size_t i = 0; i < city_size(); i++) {
		json_t *e = entity(SEED + (uint64_t)_i, i, now);

		check_required(e);
		check_attributes(e, now);
		json_decref(e);
	}
}
END_TEST

START_TEST(is_large_enough)
{
	ck_assert_uint_ge(city_sensors(), 150);
	ck_assert_uint_eq(city_size(), 2 * city_sensors());
	ck_assert_uint_eq(city_communes(), 28);
}
END_TEST

START_TEST(covers_every_commune)
{
	for (size_t c = 0; c < COMMUNES; c++) {
		size_t found = 0;

		for (size_t i = 0; i < city_sensors(); i++) {
			json_t *e = entity(SEED, i, instant(0));
			json_t *address =
				json_object_get(json_object_get(e, "address"), "value");

			found += strcmp(places[c].commune,
					 json_string_value(json_object_get(
						 address, "addressLocality"))) == 0;
			json_decref(e);
		}
		ck_assert_msg(found >= 2, "%s: %zu", places[c].commune, found);
	}
}
END_TEST

START_TEST(is_the_same_each_time)
{
	auto_strbuf a = {0}, b = {0};

	for (size_t i = 0; i < city_size(); i++) {
		city_entity(&a, SEED, i, instant(1));
		city_entity(&b, SEED, i, instant(1));
	}
	ck_assert_uint_eq(a.len, b.len);
	ck_assert_int_eq(memcmp(a.data, b.data, a.len), 0);
	strbuf_reset(&b);
	for (size_t i = 0; i < city_size(); i++)
		city_entity(&b, SEED + 1, i, instant(1));
	ck_assert(a.len != b.len || memcmp(a.data, b.data, a.len) != 0);
}
END_TEST

START_TEST(ids_are_unique_and_do_not_depend_on_the_seed)
{
	json_t *ids = json_object();
	char id[CITY_ID];

	for (size_t i = 0; i < city_size(); i++) {
		json_t *e = entity(SEED + i, i, instant(0));

		ck_assert_str_eq(
			json_string_value(json_object_get(e, "id")), city_id(i, id));
		ck_assert_int_eq(json_object_set_new(ids, id, json_true()), 0);
		json_decref(e);
	}
	ck_assert_uint_eq(json_object_size(ids), city_size());
	json_decref(ids);
}
END_TEST

START_TEST(devices_and_sensors_know_each_other)
{
	for (size_t i = 0; i < city_sensors(); i++) {
		json_t *s = entity(SEED, i, instant(0));
		json_t *d = entity(SEED, i + city_sensors(), instant(0));
		json_t *ref = json_object_get(json_object_get(s, "refDevice"), "object");
		json_t *asset =
			json_object_get(json_object_get(d, "controlledAsset"), "object");

		if (json_is_array(ref))
			ref = json_array_get(ref, 0);
		ck_assert(json_equal(ref, json_object_get(d, "id")));
		ck_assert(json_equal(json_array_get(asset, 0), json_object_get(s, "id")));
		json_decref(s);
		json_decref(d);
	}
}
END_TEST

/* Coarse outlines, a little larger than the water: [lon, lat]. */
static const double berre[][2] = {{5.065, 43.405}, {5.110, 43.400}, {5.190, 43.405},
	{5.220, 43.455}, {5.215, 43.480}, {5.165, 43.468}, {5.110, 43.500},
	{5.030, 43.545}, {5.000, 43.525}, {5.000, 43.480}, {5.030, 43.430}};
static const double sea[][2] = {{4.60, 43.00}, {5.90, 43.00}, {5.90, 43.12},
	{5.62, 43.172}, {5.585, 43.180}, {5.535, 43.205}, {5.45, 43.205}, {5.355, 43.215},
	{5.365, 43.250}, {5.372, 43.275}, {5.362, 43.300}, {5.350, 43.340},
	{5.300, 43.358}, {5.20, 43.330}, {5.05, 43.325}, {5.00, 43.375}, {4.975, 43.400},
	{4.935, 43.425}, {4.60, 43.42}};

static bool is_inside(double lon, double lat, const double (*ring)[2], size_t n)
{
	bool in = false;

	for (size_t i = 0, j = n - 1; i < n; j = i++)
		if ((ring[i][1] > lat) != (ring[j][1] > lat) &&
			lon < (ring[j][0] - ring[i][0]) * (lat - ring[i][1]) /
						(ring[j][1] - ring[i][1]) +
					ring[i][0])
			in = !in;
	return in;
}

START_TEST(stands_on_dry_land)
{
	for (size_t i = 0; i < city_sensors(); i++) {
		json_t *e = entity(SEED + (uint64_t)_i, i, instant(0));
		json_t *at = json_object_get(
			json_object_get(json_object_get(e, "location"), "value"),
			"coordinates");
		double lon, lat;

		if (json_is_array(json_array_get(at, 0)))
			at = json_array_get(at, 1);
		lon = json_number_value(json_array_get(at, 0));
		lat = json_number_value(json_array_get(at, 1));
		ck_assert_msg(lon > 4.9 && lon < 5.8 && lat > 43.15 && lat < 43.75,
			"%g %g", lon, lat);
		ck_assert_msg(
			!is_inside(lon, lat, berre, sizeof(berre) / sizeof(berre[0])),
			"%g %g is in the Étang de Berre", lon, lat);
		ck_assert_msg(!is_inside(lon, lat, sea, sizeof(sea) / sizeof(sea[0])),
			"%g %g is in the sea", lon, lat);
		json_decref(e);
	}
}
END_TEST

START_TEST(one_sensor_is_silent)
{
	int64_t now = instant(4);
	size_t silent = 0;

	for (size_t i = 0; i < city_sensors(); i++) {
		int64_t at = city_last_report(SEED, i, now);

		silent += city_is_silent(i);
		ck_assert_int_le(at, now);
		ck_assert_int_eq(at % SECOND, 0);
		ck_assert_int_eq(
			at == city_last_report(SEED, i + city_sensors(), now), 1);
		if (city_is_silent(i))
			ck_assert_int_lt(at, now - 4 * DAY);
		else
			ck_assert_int_gt(at, now - 2 * HOUR);
	}
	ck_assert_uint_eq(silent, 1);
}
END_TEST

START_TEST(measures_are_a_part_of_the_entity)
{
	for (size_t i = 0; i < city_size(); i++) {
		auto_strbuf sb = {0};
		json_t *whole = entity(SEED, i, instant(4)), *part, *v;
		const char *name;

		city_measures(&sb, SEED, i, instant(4));
		part = json_loadb(sb.data, sb.len, JSON_REJECT_DUPLICATES, NULL);
		ck_assert_uint_gt(json_object_size(part), 3);
		ck_assert_uint_lt(json_object_size(part), json_object_size(whole));
		json_object_foreach(part, name, v)
			ck_assert(json_equal(v, json_object_get(whole, name)));
		json_decref(whole);
		json_decref(part);
	}
}
END_TEST

/* Hours of a day at which values are read from one sensor after the other. */
static double mean(const char *type, const char *name, const char *time)
{
	double sum = 0;
	int n = 0;
	int64_t us = 0;

	ck_assert(clock_parse(time, strlen(time), &us));
	for (size_t i = 0; i < city_sensors(); i++) {
		json_t *e = entity(SEED, i, us);

		if (strcmp(json_string_value(json_object_get(e, "type")), type) == 0) {
			sum += json_number_value(
				json_object_get(json_object_get(e, name), "value"));
			n++;
		}
		json_decref(e);
	}
	return sum / n;
}

START_TEST(days_have_their_course)
{
	/* a Wednesday; Marseille is two hours ahead of UTC */
	ck_assert_double_gt(
		mean("TrafficFlowObserved", "intensity", "2026-06-17T06:20:00Z"),
		5 * mean("TrafficFlowObserved", "intensity", "2026-06-17T01:20:00Z"));
	ck_assert_double_gt(mean("NoiseLevelObserved", "LAeq", "2026-06-17T11:00:00Z"),
		5 + mean("NoiseLevelObserved", "LAeq", "2026-06-17T01:00:00Z"));
	ck_assert_double_gt(
		mean("WeatherObserved", "temperature", "2026-06-17T13:00:00Z"),
		3 + mean("WeatherObserved", "temperature", "2026-06-17T02:00:00Z"));
	ck_assert_double_eq(
		mean("Streetlight", "powerConsumption", "2026-06-17T11:00:00Z"), 0);
	ck_assert_double_gt(
		mean("Streetlight", "powerConsumption", "2026-06-17T21:00:00Z"), 20);
}
END_TEST

START_TEST(knows_when_the_clocks_change)
{
	ck_assert_int_eq(moment_at(instant(0)).offset, HOUR);
	ck_assert_int_eq(moment_at(instant(1)).offset, 2 * HOUR);
	ck_assert_int_eq(moment_at(instant(2)).offset, HOUR);
	ck_assert_int_eq(moment_at(instant(3)).offset, 2 * HOUR);
	ck_assert_int_eq(moment_at(instant(4)).weekday, 6);
	ck_assert_int_eq(moment_at(instant(5)).weekday, 0);
}
END_TEST

START_TEST(knows_where_the_sun_is)
{
	int64_t us = 0;

	/* noon and midnight of the summer solstice in Marseille */
	ck_assert(clock_parse("2026-06-21T11:40:00Z", 20, &us));
	ck_assert_double_eq_tol(sun_elevation(5.38, 43.3, us), 70.1, 0.5);
	ck_assert_double_eq_tol(sun_elevation(5.38, 43.3, us + 12 * HOUR), -23.2, 0.5);
	/* sunset of the winter solstice: 17:07 */
	ck_assert(clock_parse("2026-12-21T16:07:00Z", 20, &us));
	ck_assert_double_eq_tol(sun_elevation(5.38, 43.3, us), -0.8, 0.5);
}
END_TEST

/* ---- the last days */

static json_t *week(size_t index, int64_t now, unsigned days, size_t *n)
{
	auto_strbuf sb = {0}, again = {0};
	json_t *e;

	*n = city_week(&sb, SEED, index, now, days);
	ck_assert_uint_eq(city_week(&again, SEED, index, now, days), *n);
	if (*n == 0)
		return NULL;
	ck_assert_str_eq(sb.data, again.data);
	e = json_loadb(sb.data, sb.len, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(e);
	return e;
}

static const char *observed(const json_t *series, size_t i)
{
	return json_string_value(
		json_object_get(json_array_get(series, i), "observedAt"));
}

START_TEST(every_sensor_has_a_week)
{
	int64_t now = instant(_i);
	char since[CLOCK_TEXT], until[CLOCK_TEXT];

	clock_format(now - 7 * DAY, since);
	clock_format(now, until);
	/* each instant for a sixth of them: a week is long */
	for (size_t i = (size_t)_i; i < city_size(); i += 6) {
		size_t n, seen = 0;
		json_t *e = week(i, now, 7, &n), *series;
		const char *name;

		json_object_foreach(e, name, series)
		{
			if (!json_is_array(series))
				continue;
			seen += json_array_size(series);
			ck_assert_str_gt(
				observed(series, json_array_size(series) - 1), since);
			ck_assert_str_le(observed(series, 0), until);
		}
		ck_assert_uint_eq(seen, n);
		/* a Device has two attributes a day; sensors at least two an hour */
		ck_assert_uint_ge(n, i >= city_sensors() ? 2 : 96);
		json_decref(e);
	}
}
END_TEST

START_TEST(one_fell_silent)
{
	int64_t now = instant(_i);
	size_t silent = 0, n, m;

	while (!city_is_silent(silent))
		silent++;
	json_decref(week(silent, now, 4, &n));
	ck_assert_uint_eq(n, 0);
	json_decref(week(silent, now, 7, &n));
	json_decref(week(silent - 1, now, 7, &m));
	ck_assert_uint_lt(n, m / 2);
}
END_TEST

START_TEST(one_is_absurd_once)
{
	size_t n, times = 0, i;
	json_t *e = week(city_flaws().absurd, instant(_i), 7, &n), *it;

	json_array_foreach(json_object_get(e, "temperature"), i, it)
	{
		times += json_number_value(json_object_get(it, "value")) == 85;
	}
	ck_assert_uint_eq(times, 1);
	json_decref(e);
}
END_TEST

/* What the week lacks comes late, and nothing else does. */
START_TEST(one_is_late)
{
	auto_strbuf sb = {0};
	int64_t now = instant(_i);
	size_t n, late, i, j;
	json_t *e = week(city_flaws().late, now, 7, &n), *batch, *it, *other;

	strbuf_addc(&sb, '[');
	late = city_late(&sb, SEED, now);
	strbuf_addc(&sb, ']');
	batch = json_loadb(sb.data, sb.len, 0, NULL);
	ck_assert_uint_ge(json_array_size(batch), 46); /* of a day of 23 hours */
	ck_assert_uint_le(json_array_size(batch), 50);
	ck_assert_uint_eq(late, 3 * json_array_size(batch));
	json_array_foreach(batch, i, it)
	{
		const char *at = json_string_value(
			json_object_get(json_object_get(it, "LAeq"), "observedAt"));

		json_array_foreach(json_object_get(e, "LAeq"), j, other)
			ck_assert_str_ne(at, observed(json_object_get(e, "LAeq"), j));
	}
	json_decref(batch);
	json_decref(e);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("city");
	Suite *s = suite_create("demo");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, keeps_to_the_models, 0, 6);
	tcase_add_test(tc, is_large_enough);
	tcase_add_test(tc, covers_every_commune);
	tcase_add_test(tc, is_the_same_each_time);
	tcase_add_test(tc, ids_are_unique_and_do_not_depend_on_the_seed);
	tcase_add_test(tc, devices_and_sensors_know_each_other);
	tcase_add_loop_test(tc, stands_on_dry_land, 0, 10);
	tcase_add_test(tc, one_sensor_is_silent);
	tcase_add_test(tc, measures_are_a_part_of_the_entity);
	tcase_add_test(tc, days_have_their_course);
	tcase_add_test(tc, knows_when_the_clocks_change);
	tcase_add_test(tc, knows_where_the_sun_is);
	tcase_add_loop_test(tc, every_sensor_has_a_week, 0, 6);
	tcase_add_loop_test(tc, one_fell_silent, 0, 6);
	tcase_add_loop_test(tc, one_is_absurd_once, 0, 6);
	tcase_add_loop_test(tc, one_is_late, 0, 6);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
