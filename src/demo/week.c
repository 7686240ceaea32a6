/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the sensors said in the last days: the same curves as now, at the instants at which
 * they would have reported.
 */
#include <demo/city.h>

#include "city_priv.h"

#include <base/strbuf.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define USUAL       (30 * MINUTE)
#define ABSURD_DAYS 3
#define LATE_DAYS   2

static size_t first_of(enum model model)
{
	size_t index = 0;

	for (int m = 0; m < (int)model; m++)
		index += models[m].count;
	return index;
}

struct city_flaws city_flaws(void)
{
	return (struct city_flaws){
		.absurd = first_of(WEATHER_OBSERVED) + 4,
		.late = first_of(NOISE_LEVEL_OBSERVED) + 2,
	};
}

/* Is it of the local day that many days before `now`? */
static bool is_day(const struct moment *m, int64_t now, int days)
{
	return m->day == moment_at(now).day - days;
}

static void measure(
	struct page *p, const struct sensor *s, struct series *series, bool device)
{
	p->observed_only = true;
	p->series = series;
	if (device)
		device_measures(p, s);
	else
		models[s->model].measures(p, s);
}

static void write_entity(
	struct strbuf *sb, const char *id, const char *type, const struct series *series)
{
	strbuf_addf(sb, "{\"id\":\"%s\",\"type\":\"%s\"", id, type);
	for (size_t i = 0; i < series->len; i++) {
		strbuf_addf(sb, ",\"%s\":[", series->name[i]);
		strbuf_add(sb, series->text[i].data, series->text[i].len);
		strbuf_addc(sb, ']');
	}
	strbuf_addc(sb, '}');
}

size_t city_week(
	struct strbuf *sb, uint64_t seed, size_t index, int64_t now, unsigned days)
{
	size_t sensor = index % city_sensors(), absurd = city_flaws().absurd;
	struct sensor s = sensor_at(seed, sensor);
	bool device = index != sensor, mad = false;
	int64_t rhythm = device ? DAY : models[s.model].rhythm;
	int64_t usual = rhythm > USUAL ? rhythm : USUAL;
	int64_t last = city_last_report(seed, index, now), from = now - days * DAY;
	struct series series = {0};
	size_t n = 0;

	for (int64_t t = last; t > from; t -= t > now - DAY ? rhythm : usual) {
		struct page p = page_at(sb, t);

		if (index == city_flaws().late && is_day(&p.now, now, LATE_DAYS))
			continue;
		if (index == absurd && !mad && is_day(&p.now, now, ABSURD_DAYS))
			p.absurd = mad = true;
		measure(&p, &s, &series, device);
		n += p.instances;
	}
	if (n > 0)
		write_entity(sb, device ? s.device : s.id,
			device ? "Device" : models[s.model].type, &series);
	for (size_t i = 0; i < series.len; i++)
		strbuf_fini(&series.text[i]);
	return n;
}

size_t city_late(struct strbuf *sb, uint64_t seed, int64_t now)
{
	struct sensor s = sensor_at(seed, city_flaws().late);
	size_t n = 0;

	for (int64_t t = report_before(&s, now); t > now - (LATE_DAYS + 2) * DAY;
		t -= USUAL) {
		struct page p = page_at(sb, t);

		if (!is_day(&p.now, now, LATE_DAYS))
			continue;
		if (n > 0)
			strbuf_addc(sb, ',');
		put_begin(&p, s.id, models[s.model].type);
		measure(&p, &s, NULL, false);
		n += p.instances;
		put_end(&p);
	}
	return n;
}
