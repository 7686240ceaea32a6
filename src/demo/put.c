/* SPDX-License-Identifier: Apache-2.0 */
/* Normalized attributes as text.  What is put is our own and needs no escapes. */
#include "city_priv.h"

#include <base/strbuf.h>

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define ABSURD 85 /* degrees */

void put_begin(struct page *p, const char *id, const char *type)
{
	strbuf_addf(p->sb, "{\"id\":\"%s\",\"type\":\"%s\"", id, type);
}

void put_end(struct page *p)
{
	strbuf_addc(p->sb, '}');
}

/* Begins an instance in the series of its attribute; the text goes where it returns. */
static struct strbuf *begin_instance(struct page *p, const char *name)
{
	struct series *series = p->series;
	size_t i = 0;

	p->instances++;
	if (series == NULL) {
		strbuf_addf(p->sb, ",\"%s\":", name);
		return p->sb;
	}
	while (i < series->len && strcmp(series->name[i], name) != 0)
		i++;
	assert(i < SERIES_MAX);
	if (i == series->len)
		series->name[series->len++] = name;
	else
		strbuf_addc(&series->text[i], ',');
	return &series->text[i];
}

void put_text(struct page *p, const char *name, const char *value)
{
	if (p->observed_only)
		return;
	strbuf_addf(
		p->sb, ",\"%s\":{\"type\":\"Property\",\"value\":\"%s\"}", name, value);
}

void put_json(struct page *p, const char *name, const char *json)
{
	strbuf_addf(p->sb, ",\"%s\":{\"type\":\"Property\",\"value\":%s}", name, json);
}

void put_time(struct page *p, const char *name, int64_t us)
{
	char text[CLOCK_TEXT];

	put_text(p, name, clock_format(us - us % SECOND, text));
}

void put_word(struct page *p, const char *name, const char *value)
{
	strbuf_addf(begin_instance(p, name),
		"{\"type\":\"Property\",\"value\":\"%s\",\"observedAt\":\"%s\"}", value,
		p->observed_at);
}

/* No more digits than it has: 0.5, 12, -3.25. */
static void number_text(double value, int decimals, char buf[32])
{
	double unit = pow(10, decimals);
	char *end;

	value = round(value * unit) / unit;
	if (value == 0)
		value = 0; /* no "-0" */
	(void)snprintf(buf, 32, "%.*f", decimals, value);
	if (decimals == 0)
		return;
	end = buf + strlen(buf);
	while (end[-1] == '0')
		*--end = '\0';
	if (end[-1] == '.')
		end[-1] = '\0';
}

void put_number(
	struct page *p, const char *name, double value, int decimals, const char *unit)
{
	char text[32];

	if (p->absurd && strcmp(name, "temperature") == 0)
		value = ABSURD;
	number_text(value, decimals, text);
	strbuf_addf(begin_instance(p, name),
		"{\"type\":\"Property\",\"value\":%s,\"unitCode\":\"%s\","
		"\"observedAt\":\"%s\"}",
		text, unit, p->observed_at);
}

void put_fact(struct page *p, const char *name, double value, const char *unit)
{
	char text[32];

	number_text(value, 2, text);
	strbuf_addf(p->sb,
		",\"%s\":{\"type\":\"Property\",\"value\":%s,\"unitCode\":\"%s\"}", name,
		text, unit);
}

void put_link(struct page *p, const char *name, const char *id)
{
	strbuf_addf(
		p->sb, ",\"%s\":{\"type\":\"Relationship\",\"object\":\"%s\"}", name, id);
}

void put_links(struct page *p, const char *name, const char *id)
{
	strbuf_addf(p->sb, ",\"%s\":{\"type\":\"Relationship\",\"object\":[\"%s\"]}",
		name, id);
}

void put_point(struct page *p, double lon, double lat)
{
	strbuf_addf(p->sb,
		",\"location\":{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Point\","
		"\"coordinates\":[%.5f,%.5f]}}",
		lon, lat);
}

void put_line(struct page *p, const double (*at)[2], size_t len)
{
	strbuf_adds(p->sb,
		",\"location\":{\"type\":\"GeoProperty\",\"value\":"
		"{\"type\":\"LineString\",\"coordinates\":[");
	for (size_t i = 0; i < len; i++)
		strbuf_addf(p->sb, "%s[%.5f,%.5f]", i > 0 ? "," : "", at[i][0], at[i][1]);
	strbuf_adds(p->sb, "]}}");
}
