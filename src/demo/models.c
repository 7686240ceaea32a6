/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each model says, in the names, units and ranges of the Smart Data Models: `fixed` is
 * what a sensor is, `measures` what it observes.  Units are UNECE Rec 20 codes.
 */
#include "city_priv.h"

#include <math.h>
#include <stdio.h>

enum salt {
	SALT_KIND = 1,
	SALT_CYCLE,
	SALT_PHASE,
	SALT_HOUR,
	SALT_SPEED,
	SALT_SIZE,
	SALT_AMOUNT,
	SALT_TURN,
	SALT_NOISE,
	SALT_PEAK,
	SALT_FAULT,
	SALT_HEAT,
	SALT_SITE,
	SALT_SERVICE,
};

/* ---- WasteContainer ---- */

static const struct {
	const char *kind, *french;
	unsigned days; /* between two collections, at most */
} wastes[] = {
	{"glass", "verre", 10},
	{"paper", "papiers", 7},
	{"plastic", "emballages", 5},
	{"other", "ordures ménagères", 3},
	{"organic", "biodéchets", 4},
};

static unsigned waste_kind(const struct sensor *s)
{
	return dice(s->key, SALT_KIND, 5);
}

/* The last collection: every `days` days, between six and eleven. */
static int64_t last_emptying(
	const struct sensor *s, const struct moment *now, int64_t *cycle)
{
	unsigned most = wastes[waste_kind(s)].days;
	int64_t days = (int64_t)most - dice(s->key, SALT_CYCLE, 2);
	int64_t phase = dice(s->key, SALT_PHASE, (unsigned)days);
	int64_t day = now->day - (now->day + phase) % days;
	int64_t at = day * DAY - now->offset + 6 * HOUR +
		(int64_t)(chance(s->key, SALT_HOUR) * 5 * (double)HOUR);

	*cycle = days * DAY;
	return at > now->us ? at - *cycle : at;
}

static void waste_fixed(struct page *p, const struct sensor *s)
{
	static const char *const categories[] = {
		"[\"underground\"]", "[\"ground\", \"fixed\"]"};
	unsigned kind = waste_kind(s);
	char text[96];

	(void)snprintf(
		text, sizeof(text), "Point d'apport volontaire, %s", wastes[kind].french);
	put_text(p, "description", text);
	put_text(p, "storedWasteKind", wastes[kind].kind);
	put_text(p, "storedWasteOrigin", "household");
	put_json(p, "category", categories[dice(s->key, SALT_SITE, 2)]);
	put_fact(p, "binCapacity", 3000 + 1000 * dice(s->key, SALT_SIZE, 3), "LTR");
	put_time(p, "dateServiceStarted",
		(18262 + dice(s->key, SALT_SERVICE, 1400)) * DAY);
	put_links(p, "refDevice", s->device);
}

static void waste_measures(struct page *p, const struct sensor *s)
{
	int64_t cycle;
	int64_t emptied = last_emptying(s, &p->now, &cycle);
	double since = (double)(p->now.us - emptied) / (double)cycle;
	double fast = 0.5 + 0.65 * chance(s->key, SALT_SPEED);
	double level = clamp(0.02 + fast * since, 0, 1);
	struct weather w = weather_at(s->seed, p->now.us);

	put_number(p, "fillingLevel", level, 2, "C62");
	put_number(p, "temperature",
		w.temperature + 2 + 3 * bell(p->now.hour, 15, 4) +
			wander(s->key, SALT_HEAT, p->now.us, HOUR),
		1, "CEL");
	put_word(p, "status", chance(s->key, SALT_FAULT) < 0.03 ? "lidOpen" : "ok");
	put_time(p, "dateLastEmptying", emptied);
}

/* ---- TrafficFlowObserved, CrowdFlowObserved: quarters of an hour ---- */

static void put_quarter(struct page *p)
{
	char from[CLOCK_TEXT], to[CLOCK_TEXT], both[2 * CLOCK_TEXT];
	int64_t end = p->now.us - p->now.us % (15 * MINUTE);

	(void)clock_format(end - 15 * MINUTE, from);
	(void)clock_format(end, to);
	(void)snprintf(both, sizeof(both), "%s/%s", from, to);
	put_text(p, "dateObserved", both);
	put_text(p, "dateObservedFrom", from);
	put_text(p, "dateObservedTo", to);
}

/* How busy ways are: 0 at night to 1 at the peaks; they are shared by the whole city. */
static double bustle(const struct sensor *s, const struct moment *now)
{
	struct weather w = weather_at(s->seed, now->us);
	double work = bell(now->hour, 8.3, 1.2) + 0.9 * bell(now->hour, 17.8, 1.8) +
		0.35 * bell(now->hour, 12.8, 2);
	double leisure = 0.75 * bell(now->hour, 15.5, 4);
	double busy = now->weekday < 5 ? work : leisure;

	busy *= 0.85 + 0.15 * wander(s->key, SALT_AMOUNT, now->us, 15 * MINUTE);
	busy *= w.rain > 0 ? 0.45 : 1;
	return clamp(busy + 0.01, 0, 1.3);
}

static void traffic_fixed(struct page *p, const struct sensor *s)
{
	put_text(p, "description", "Comptage vélos sur piste cyclable");
	put_text(p, "vehicleType", "bicycle");
	put_json(p, "laneId", s->number % 2 == 1 ? "1" : "2");
	put_text(p, "laneDirection", s->number % 2 == 1 ? "forward" : "backward");
	put_link(p, "refDevice", s->device);
}

static void traffic_measures(struct page *p, const struct sensor *s)
{
	double most =
		12 + 90 * s->place->density * (0.4 + 0.6 * chance(s->key, SALT_SIZE));
	double bikes = floor(most * bustle(s, &p->now));
	double speed = 17 + 4 * (chance(s->key, SALT_SPEED) - 0.5) +
		1.5 * wander(s->key, SALT_SPEED, p->now.us, 15 * MINUTE);

	put_quarter(p);
	put_number(p, "intensity", bikes, 0, "C62");
	if (bikes > 0)
		put_number(p, "averageVehicleSpeed", speed, 1, "KMH");
	put_number(p, "occupancy", clamp(bikes * 1.2 / 900, 0, 1), 3, "C62");
}

static void crowd_fixed(struct page *p, const struct sensor *s)
{
	put_text(p, "description", "Comptage piétons");
	put_text(p, "direction", s->number % 2 == 1 ? "inbound" : "outbound");
	put_link(p, "refDevice", s->device);
}

static void crowd_measures(struct page *p, const struct sensor *s)
{
	double most =
		40 + 600 * s->place->density * (0.3 + 0.7 * chance(s->key, SALT_SIZE));
	double people = floor(most * bustle(s, &p->now));
	double split = 0.5 + (p->now.hour < 12 ? 0.15 : -0.1) +
		0.1 * wander(s->key, SALT_TURN, p->now.us, HOUR);
	double towards = floor(people * split);

	put_quarter(p);
	put_number(p, "peopleCount", people, 0, "C62");
	put_number(p, "peopleCountTowards", towards, 0, "C62");
	put_number(p, "peopleCountAway", people - towards, 0, "C62");
	put_number(p, "averageCrowdSpeed",
		4.2 + 0.5 * wander(s->key, SALT_SPEED, p->now.us, 15 * MINUTE), 1, "KMH");
	put_number(p, "occupancy", clamp(people / 900, 0, 1), 3, "C62");
}

/* ---- NoiseLevelObserved ---- */

static void noise_fixed(struct page *p, const struct sensor *s)
{
	put_text(p, "description", "Sonomètre en façade, sans enregistrement sonore");
	put_text(p, "sonometerClass", s->number % 3 == 0 ? "1" : "2");
	put_text(p, "heightAverage", "4");
	put_link(p, "refDevice", s->device);
}

static void noise_measures(struct page *p, const struct sensor *s)
{
	struct weather w = weather_at(s->seed, p->now.us);
	int64_t end = p->now.us - p->now.us % (15 * MINUTE);
	double quiet = 36 + 9 * s->place->density;
	double loud = 8 + 16 * s->place->density * chance(s->key, SALT_SITE);
	double day = clamp(bell(p->now.hour, 13, 7) + 0.2 * bustle(s, &p->now), 0, 1.2);
	double level = quiet + loud * day +
		2 * wander(s->key, SALT_NOISE, end, 15 * MINUTE) + (w.wind > 10 ? 3 : 0) +
		(w.rain > 2 ? 3 : 0);
	double peak = level + 6 + 12 * chance(s->key, mix(SALT_PEAK, (uint64_t)end));

	put_number(p, "LAeq", level, 1, "2N");
	put_number(p, "LAmax", peak, 1, "2N");
	put_number(
		p, "LAS", level + wander(s->key, SALT_TURN, p->now.us, MINUTE), 1, "2N");
	put_time(p, "dateObservedFrom", end - 15 * MINUTE);
	put_time(p, "dateObservedTo", end);
}

/* ---- WaterObserved ---- */

static void water_fixed(struct page *p, const struct sensor *s)
{
	char text[96];

	(void)snprintf(text, sizeof(text), "Hauteur et débit : %s, %s", s->gauge->river,
		s->gauge->spot);
	put_text(p, "description", text);
	put_link(p, "refDevice", s->device);
}

static void water_measures(struct page *p, const struct sensor *s)
{
	double wet = wetness(s->seed, p->now.us);
	double height = s->gauge->height * (1 + 1.6 * wet) +
		0.01 * wander(s->key, SALT_NOISE, p->now.us, 10 * MINUTE);
	double flow = s->gauge->flow * pow(height / s->gauge->height, 1.7);

	put_number(p, "height", height, 2, "MTR");
	put_number(p, "flow", flow, 2, "MQS");
	put_time(p, "dateObserved", p->now.us);
}

/* ---- Streetlight ---- */

static bool is_dark(const struct sensor *s, int64_t us)
{
	return sun_elevation(s->lon, s->lat, us) < -3;
}

/* When it was last switched on (or off): looks back in steps of five minutes. */
static int64_t last_switch(const struct sensor *s, int64_t now, bool on)
{
	int64_t us = now - now % (5 * MINUTE);

	for (int i = 0; i < 2 * 24 * 12; i++, us -= 5 * MINUTE)
		if (is_dark(s, us) == on && is_dark(s, us - 5 * MINUTE) != on)
			break;
	return us;
}

static double rating(const struct sensor *s)
{
	return 40 + 20 * dice(s->key, SALT_SIZE, 4);
}

static void light_fixed(struct page *p, const struct sensor *s)
{
	static const char *const where[] = {
		"sidewalk", "road", "pedestrianPath", "parking", "park", "facade"};
	char circuit[32];

	(void)snprintf(circuit, sizeof(circuit), "EP-%s-%02u", s->place->postcode,
		1 + dice(s->key, SALT_SITE, 4));
	put_text(p, "description", "Candélabre à diodes");
	put_text(p, "circuit", circuit);
	put_text(p, "locationCategory", where[dice(s->key, SALT_KIND, 6)]);
	put_text(p, "controllingMethod", "individual");
	put_fact(p, "lanternHeight", 4 + dice(s->key, SALT_PHASE, 6), "MTR");
	put_fact(p, "powerRating", rating(s), "WTT");
	put_time(p, "dateLastLampChange",
		(18262 + dice(s->key, SALT_SERVICE, 1600)) * DAY);
	put_links(p, "refDevice", s->device);
}

static void light_measures(struct page *p, const struct sensor *s)
{
	bool dark = is_dark(s, p->now.us);
	bool broken = chance(s->key, SALT_FAULT) < 0.06;
	bool dimmed = p->now.hour >= 23.5 || p->now.hour < 5;
	double level = !dark || broken ? 0 : dimmed ? 0.5 : 1;

	put_word(p, "powerState", !dark ? "off" : dimmed ? "low" : "on");
	put_word(p, "status", broken ? "defectiveLamp" : "ok");
	put_number(p, "illuminanceLevel", level, 1, "C62");
	put_number(p, "powerConsumption", level * rating(s) * 0.97, 1, "WTT");
	put_number(p, "voltage", 230 + 4 * wander(s->key, SALT_NOISE, p->now.us, HOUR), 1,
		"VLT");
	put_time(p, "dateLastSwitchingOn", last_switch(s, p->now.us, true));
	put_time(p, "dateLastSwitchingOff", last_switch(s, p->now.us, false));
}

/* ---- WeatherObserved: heat islands ---- */

static void weather_fixed(struct page *p, const struct sensor *s)
{
	put_text(p, "description",
		s->place->density >= 0.5
			? "Station îlot de chaleur, secteur minéral"
			: "Station îlot de chaleur, secteur de référence");
	put_link(p, "refDevice", s->device);
}

static void weather_measures(struct page *p, const struct sensor *s)
{
	struct weather w = weather_at(s->seed, p->now.us);
	double t = w.temperature + heat_island(s->place->density, p->now.hour) +
		0.6 * (chance(s->key, SALT_SITE) - 0.5) +
		0.3 * wander(s->key, SALT_HEAT, p->now.us, HOUR);
	double wind = clamp(w.wind * (1.1 - 0.6 * s->place->density), 0, 40);
	double from = fmod(
		w.wind_from + 8 * wander(s->key, SALT_TURN, p->now.us, HOUR) + 360, 360);
	double high = sun_elevation(s->lon, s->lat, p->now.us);
	double sun = high > 0 ? 980 * sin(high * M_PI / 180) * (1 - 0.75 * w.clouds) : 0;

	put_number(p, "temperature", t, 1, "CEL");
	put_number(p, "relativeHumidity", w.humidity, 2, "C62");
	put_number(p, "dewPoint", t - (1 - w.humidity) * 20, 1, "CEL");
	put_number(p, "feelsLikeTemperature",
		t + (t > 20 ? 4 * (w.humidity - 0.4) : 0) - (t < 12 ? 0.4 * wind : 0), 1,
		"CEL");
	put_number(p, "atmosphericPressure", w.pressure, 1, "A97");
	put_number(p, "windSpeed", wind, 1, "MTS");
	put_number(p, "windDirection", floor(from), 0, "DD");
	put_number(p, "precipitation", w.rain, 1, "MMT");
	put_number(p, "solarRadiation", sun, 0, "D54");
	put_time(p, "dateObserved", p->now.us);
}

/* clang-format off */
const struct model_info models[MODELS] = {
	[WASTE_CONTAINER] = {"WasteContainer", 60, HOUR,
		"\"fillingLevel\",\"temperature\"", "Sonde de remplissage",
		waste_fixed, waste_measures},
	[TRAFFIC_FLOW_OBSERVED] = {"TrafficFlowObserved", 24, 15 * MINUTE,
		"\"trafficFlow\",\"speed\"", "Compteur vélos",
		traffic_fixed, traffic_measures},
	[CROWD_FLOW_OBSERVED] = {"CrowdFlowObserved", 12, 15 * MINUTE,
		"\"movementActivity\",\"occupancy\"", "Compteur piétons",
		crowd_fixed, crowd_measures},
	[NOISE_LEVEL_OBSERVED] = {"NoiseLevelObserved", 24, 15 * MINUTE,
		"\"noiseLevel\"", "Sonomètre",
		noise_fixed, noise_measures},
	[WATER_OBSERVED] = {"WaterObserved", 16, 10 * MINUTE,
		"\"waterLevel\",\"waterFlow\"", "Limnimètre radar",
		water_fixed, water_measures},
	[STREETLIGHT] = {"Streetlight", 40, 30 * MINUTE,
		"\"light\",\"power\"", "Télégestion d'éclairage",
		light_fixed, light_measures},
	[WEATHER_OBSERVED] = {"WeatherObserved", COMMUNES, 15 * MINUTE,
		"\"temperature\",\"humidity\",\"windSpeed\",\"windDirection\","
		"\"precipitation\",\"solarRadiation\"", "Station météo",
		weather_fixed, weather_measures},
};
/* clang-format on */
