/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files and mappings: the first byte says which, up to a byte 0 is a mapping in JSON, the
 * rest a file.  Whatever the mapping, each row becomes an entity or is said to be wrong,
 * and the rows are as many as were counted.
 */
#include <table/mapping.h>
#include <table/rows.h>
#include <table/zone.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/iri.h>
#include <base/strbuf.h>

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char units[] =
	"{\"type\":\"{a}\",\"id\":\"urn:x:{a}\",\"decimal\":\",\",\"attributes\":{"
	"\"n\":{\"column\":\"b\",\"value\":\"number\",\"scale\":0.1},"
	"\"t\":{\"column\":\"a\",\"value\":\"auto\",\"observedAt\":\"b\"},"
	"\"l\":{\"wkt\":\"a\",\"crs\":\"2154\"},\"p\":{\"point\":\"b\"}}}";
static const char places[] =
	"{\"type\":\"T\",\"id\":\"{a}\",\"attributes\":{\"l\":{\"longitude\":\"a\","
	"\"latitude\":\"b\",\"crs\":\"3857\"},\"d\":{\"column\":\"b\",\"value\":\"date\"}"
	","
	"\"k\":{\"column\":\"b\",\"list\":\"|\",\"value\":\"json\"}}}";
static const char features[] =
	"{\"type\":\"T\",\"id\":\"urn:{id}\",\"crs\":\"EPSG:32631\",\"attributes\":{"
	"\"l\":{\"geometry\":true},\"x\":{\"column\":\"a.b\",\"value\":\"auto\"}}}";
static const char *const mappings[] = {units, places, features};

static void check(const struct rows *rows, const struct mapping *m, struct zone *zone,
	struct one_row *row, struct arena *a)
{
	struct row_problem *problems;
	const struct jn *entity;
	auto_strbuf sb = {0};

	row->source.zone = zone;
	entity = mapping_row(m, &row->source, a, &problems);
	assert(row->line >= 1 && row->number <= rows->total);
	assert((entity != NULL) == (problems == NULL));
	if (entity != NULL)
		jn_write(&sb, entity);
	for (; problems != NULL; problems = problems->next) {
		assert(problems->why[0] != '\0' && problems->mend[0] != '\0');
		assert(utf8_valid(problems->value, strlen(problems->value)));
	}
	assert(utf8_valid(sb.data != NULL ? sb.data : "", sb.len));
}

static void read_all(bool geojson, const struct mapping *m, const char *text, size_t len)
{
	static struct zone *zone;
	auto_arena a = {.cap = 256 << 20};
	struct err err = {0};
	struct one_row row;
	struct rows rows;
	int rc;

	if (zone == NULL)
		zone = zone_open("Europe/Paris", &err);
	if (rows_open(&rows, geojson, text, len, m, &a, &err) < 0)
		return;
	while ((rc = rows_next(&rows, &a, &row, &err)) != 0) {
		if (rc == 1)
			check(&rows, m, zone, &row, &a);
		err_clear(&err);
	}
	assert(rows.number == rows.total);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena a = {.cap = 64 << 20};
	struct mapping *m = NULL;
	struct jn *source;
	struct err err = {0};
	const char *text = (const char *)data + 1, *zero;

	if (size < 2 || size > 5000)
		return 0;
	size--;
	if ((data[0] & 3) == 3) {
		zero = memchr(text, '\0', size);
		if (zero == NULL ||
			jn_parse(text, (size_t)(zero - text), JN_LIMITS, &a, &source,
				&err) < 0)
			return 0;
		size -= (size_t)(zero + 1 - text);
		text = zero + 1;
	} else {
		const char *json = mappings[data[0] & 3];

		if (jn_parse(json, strlen(json), JN_LIMITS, &a, &source, &err) < 0)
			return 0;
	}
	m = mapping_new(source, &a, &err);
	if (m != NULL)
		read_all((data[0] & 4) != 0, m, text, size);
	return 0;
}
