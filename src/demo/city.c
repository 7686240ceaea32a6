/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who stands where: an index is a sensor, or the Device of one.  Every choice is a hash of
 * seed, model and number, so that nothing has to be remembered.
 */
#include <demo/city.h>

#include "city_priv.h"

#include <base/strbuf.h>

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SILENT      6 /* index of the sensor that fell silent */
#define SILENT_DAYS 5
#define PROVIDER    "Calanque, ville de démonstration"

enum salt {
	SALT_PLACE = 2000,
	SALT_RADIUS,
	SALT_ANGLE,
	SALT_STREET,
	SALT_NUMBER,
	SALT_RHYTHM,
	SALT_BATTERY,
	SALT_INSTALLED,
	SALT_SERIAL,
	SALT_PROTOCOL,
	SALT_COURSE,
};

size_t city_sensors(void)
{
	size_t n = 0;

	for (int m = 0; m < MODELS; m++)
		n += models[m].count;
	return n;
}

size_t city_size(void)
{
	return 2 * city_sensors();
}

size_t city_communes(void)
{
	return COMMUNES;
}

bool city_is_silent(size_t index)
{
	return index % city_sensors() == SILENT;
}

static void number(size_t index, struct sensor *s)
{
	int m = 0;

	assert(index < city_sensors());
	while (index >= models[m].count)
		index -= models[m++].count;
	s->model = (enum model)m;
	s->number = (unsigned)index + 1;
	(void)snprintf(s->id, sizeof(s->id), "urn:ngsi-ld:%s:demo-%03u", models[m].type,
		s->number);
	(void)snprintf(s->device, sizeof(s->device), "urn:ngsi-ld:Device:demo-%s-%03u",
		models[m].type, s->number);
}

char *city_id(size_t index, char buf[CITY_ID])
{
	struct sensor s = {0};

	number(index % city_sensors(), &s);
	(void)snprintf(buf, CITY_ID, "%s", index < city_sensors() ? s.id : s.device);
	return buf;
}

static const struct place *place_of(const struct gauge *gauge)
{
	size_t i = 0;

	while (i < COMMUNES - 1 && strcmp(places[i].commune, gauge->commune) != 0)
		i++;
	return &places[i];
}

/* Stations and the first containers: one a commune.  The rest: more where more people
 * live, which is at the end of the table. */
static const struct place *choose_place(const struct sensor *s)
{
	bool one_each = s->model == WEATHER_OBSERVED || s->model == WASTE_CONTAINER;

	if (one_each && s->number <= COMMUNES)
		return &places[s->number - 1];
	if (chance(s->key, SALT_PLACE) < 0.55)
		return &places[COMMUNES +
			dice(s->key, SALT_PLACE + 50, (unsigned)(places_len - COMMUNES))];
	return &places[dice(s->key, SALT_PLACE + 51, COMMUNES)];
}

static void move(double *lon, double *lat, double metres, double angle)
{
	*lon += metres * cos(angle) / (111320 * cos(*lat * M_PI / 180));
	*lat += metres * sin(angle) / 110574;
}

struct sensor sensor_at(uint64_t seed, size_t index)
{
	struct sensor s = {.seed = seed};

	number(index, &s);
	s.key = mix(mix(seed, (uint64_t)s.model + 1), s.number);
	if (s.model == WATER_OBSERVED) {
		s.gauge = &gauges[s.number - 1];
		s.place = place_of(s.gauge);
		s.lon = s.gauge->lon;
		s.lat = s.gauge->lat;
		return s;
	}
	s.place = choose_place(&s);
	s.lon = s.place->lon;
	s.lat = s.place->lat;
	move(&s.lon, &s.lat, s.place->reach * sqrt(chance(s.key, SALT_RADIUS)),
		2 * M_PI * chance(s.key, SALT_ANGLE));
	return s;
}

static void street_of(const struct sensor *s, char *buf, size_t size)
{
	if (s->gauge != NULL)
		(void)snprintf(buf, size, "%s", s->gauge->spot);
	else
		(void)snprintf(buf, size, "%u %s", 1 + dice(s->key, SALT_NUMBER, 120),
			streets[dice(s->key, SALT_STREET, (unsigned)streets_len)]);
}

static void put_address(struct page *p, const struct sensor *s)
{
	const char *commune = s->gauge != NULL ? s->gauge->commune : s->place->commune;
	const char *postcode = s->gauge != NULL ? s->gauge->postcode : s->place->postcode;
	char street[96], text[384];
	int n;

	street_of(s, street, sizeof(street));
	n = snprintf(text, sizeof(text),
		"{\"streetAddress\":\"%s\",\"addressLocality\":\"%s\",\"postalCode\":\"%"
		"s\","
		"\"addressRegion\":\"Provence-Alpes-Côte "
		"d'Azur\",\"addressCountry\":\"FR\"",
		street, commune, postcode);
	if (s->gauge == NULL && s->place->district != NULL)
		n += snprintf(text + n, sizeof(text) - (size_t)n, ",\"district\":\"%s\"",
			s->place->district);
	(void)snprintf(text + n, sizeof(text) - (size_t)n, "}");
	put_json(p, "address", text);
	put_text(p, "areaServed", commune);
}

static void put_name(struct page *p, const struct sensor *s, const char *what)
{
	char street[96], text[256];

	street_of(s, street, sizeof(street));
	(void)snprintf(text, sizeof(text), "%s %03u, %s%s%s", what, s->number,
		s->gauge != NULL ? s->gauge->river : street, s->gauge != NULL ? ", " : "",
		s->gauge != NULL ? s->gauge->spot : "");
	put_text(p, "name", text);
}

static void put_location(struct page *p, const struct sensor *s)
{
	double line[2][2] = {{s->lon, s->lat}, {s->lon, s->lat}};

	if (s->model != TRAFFIC_FLOW_OBSERVED) {
		put_point(p, s->lon, s->lat);
		return;
	}
	move(&line[1][0], &line[1][1], 60, 2 * M_PI * chance(s->key, SALT_COURSE));
	put_line(p, (const double(*)[2])line, 2);
}

static void sensor_fixed(struct page *p, const struct sensor *s)
{
	static const char *const names[MODELS] = {
		[WASTE_CONTAINER] = "PAV",
		[TRAFFIC_FLOW_OBSERVED] = "Vélos",
		[CROWD_FLOW_OBSERVED] = "Piétons",
		[NOISE_LEVEL_OBSERVED] = "Bruit",
		[WATER_OBSERVED] = "Cours d'eau",
		[STREETLIGHT] = "Candélabre",
		[WEATHER_OBSERVED] = "Fraîcheur",
	};

	put_name(p, s, names[s->model]);
	put_address(p, s);
	put_location(p, s);
	put_text(p, "dataProvider", PROVIDER);
	models[s->model].fixed(p, s);
}

static void device_fixed(struct page *p, const struct sensor *s)
{
	static const char *const protocols[] = {
		"[\"lora\"]", "[\"nb-iot\", \"mqtt\"]", "[\"lora\"]"};
	int64_t installed = (18993 + dice(s->key, SALT_INSTALLED, 900)) * DAY + 9 * HOUR;
	char text[256];

	put_name(p, s, models[s->model].maker);
	put_address(p, s);
	put_point(p, s->lon, s->lat);
	put_text(p, "dataProvider", PROVIDER);
	put_json(p, "category", "[\"sensor\"]");
	(void)snprintf(text, sizeof(text), "[%s]", models[s->model].properties);
	put_json(p, "controlledProperty", text);
	put_links(p, "controlledAsset", s->id);
	put_json(p, "supportedProtocol", protocols[dice(s->key, SALT_PROTOCOL, 3)]);
	(void)snprintf(
		text, sizeof(text), "CLQ-%08X", (unsigned)mix(s->key, SALT_SERIAL));
	put_text(p, "serialNumber", text);
	put_text(p, "firmwareVersion", s->number % 4 == 0 ? "1.3.2" : "1.4.0");
	put_time(p, "dateInstalled", installed);
}

void device_measures(struct page *p, const struct sensor *s)
{
	double years = (double)(p->now.day - 18993) / 365.25;
	double worn = years * (0.05 + 0.06 * chance(s->key, SALT_BATTERY));

	put_number(p, "batteryLevel", clamp(1 - worn, 0.08, 1), 2, "C62");
	put_word(p, "deviceState", "ok");
	put_time(p, "dateLastValueReported", p->now.us);
}

struct page page_at(struct strbuf *sb, int64_t now)
{
	struct page p = {.sb = sb, .now = moment_at(now - now % SECOND)};

	(void)clock_format(p.now.us, p.observed_at);
	return p;
}

void city_entity(struct strbuf *sb, uint64_t seed, size_t index, int64_t now)
{
	bool device = index >= city_sensors();
	struct sensor s = sensor_at(seed, index % city_sensors());
	struct page p = page_at(sb, now);

	assert(index < city_size());
	put_begin(&p, device ? s.device : s.id, device ? "Device" : models[s.model].type);
	if (device) {
		device_fixed(&p, &s);
		device_measures(&p, &s);
	} else {
		sensor_fixed(&p, &s);
		models[s.model].measures(&p, &s);
	}
	put_end(&p);
}

void city_measures(struct strbuf *sb, uint64_t seed, size_t index, int64_t now)
{
	bool device = index >= city_sensors();
	struct sensor s = sensor_at(seed, index % city_sensors());
	struct page p = page_at(sb, now);

	assert(index < city_size());
	put_begin(&p, device ? s.device : s.id, device ? "Device" : models[s.model].type);
	if (device)
		device_measures(&p, &s);
	else
		models[s.model].measures(&p, &s);
	put_end(&p);
}

int64_t report_before(const struct sensor *s, int64_t now)
{
	int64_t rhythm = models[s->model].rhythm;
	int64_t late = (int64_t)(chance(s->key, SALT_RHYTHM) * (double)rhythm);

	late -= late % SECOND;
	return (now - late) - (now - late) % rhythm + late;
}

int64_t city_last_report(uint64_t seed, size_t index, int64_t now)
{
	struct sensor s = sensor_at(seed, index % city_sensors());

	if (city_is_silent(index))
		now -= SILENT_DAYS * DAY;
	return report_before(&s, now);
}
