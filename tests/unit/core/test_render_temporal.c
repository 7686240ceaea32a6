/* SPDX-License-Identifier: Apache-2.0 */
/* Temporal representations: 4.5.6 to 4.5.9, 4.5.19. */
#include <core/render_temporal.h>

#include <base/arena.h>
#include <base/clock.h>
#include <core/context.h>
#include <core/downshift.h>

#include "suite.h"

#include <string.h>

#define D  "https://uri.etsi.org/ngsi-ld/default-context/"
#define T0 "2026-06-01T08:00:00Z"
#define T1 "2026-06-01T09:00:00Z"

static struct arena arena;
static struct context *ctx;
static struct strbuf sb;
static struct render render;
static struct temporal_pen pen;

static int64_t instant(const char *text)
{
	int64_t us;

	ck_assert(clock_parse(text, strlen(text), &us));
	return us;
}

static void setup(void)
{
	ctx = context_core();
	render = (struct render){.ctx = ctx};
	pen = (struct temporal_pen){.sb = &sb, .arena = &arena, .render = &render};
}

static void teardown(void)
{
	temporal_pen_fini(&pen);
	strbuf_fini(&sb);
	arena_reset(&arena);
	context_unref(ctx);
}

static void begin(void)
{
	static const char *const types[] = {D "Sensor"};

	temporal_entity_begin(&pen,
		&(struct temporal_head){.id = "urn:s:1",
			.types = types,
			.types_len = 1,
			.created = instant(T0),
			.deleted = instant(T1)});
}

static void series(const char *attr, enum kind kind)
{
	temporal_series_begin(&pen,
		&(struct temporal_series){
			.attr = attr, .kind = kind, .first = true, .last = true});
}

static void put(const char *doc, const char *time, int64_t deleted)
{
	temporal_put(&pen,
		&(struct temporal_instance){.time = instant(time),
			.seq = 7,
			.created = instant(T0),
			.modified = instant(T1),
			.deleted = deleted,
			.doc = doc,
			.len = strlen(doc)});
}

static void says(const char *text)
{
	temporal_series_end(&pen);
	temporal_entity_end(&pen);
	ck_assert_str_eq(sb.data, text);
}

#define ID   "\"instanceId\":\"urn:ngsi-ld:Instance:7\""
#define HEAD "{\"id\":\"urn:s:1\",\"type\":\"Sensor\","
#define FIVE "{\"type\":\"Property\",\"value\":5,\"observedAt\":\"" T0 "\"}"
#define NAME                                                                             \
	"{\"type\":\"LanguageProperty\",\"languageMap\":{\"fr\":\"un\",\"en\":\"one\"}}"

START_TEST(normalized)
{
	begin();
	series(D "level", KIND_PROPERTY);
	put(FIVE, T0, 0);
	put("{\"type\":\"Property\",\"value\":\"urn:ngsi-ld:null\"}", T1, instant(T1));
	says(HEAD "\"level\":[{\"type\":\"Property\",\"value\":5,\"observedAt\":\"" T0
		  "\"," ID "},{\"type\":\"Property\",\"value\":\"urn:ngsi-ld:null\"," ID
		  ",\"deletedAt\":\"" T1 "\"}]}");
}
END_TEST

START_TEST(concise_and_system_members)
{
	render.format = FORMAT_CONCISE;
	render.sys_attrs = true;
	begin();
	series(D "level", KIND_PROPERTY);
	put(FIVE, T0, 0);
	says(HEAD "\"createdAt\":\"" T0 "\",\"deletedAt\":\"" T1
		  "\",\"level\":[{\"value\":5,\"observedAt\":\"" T0 "\"," ID
		  ",\"createdAt\":\"" T0 "\",\"modifiedAt\":\"" T1 "\"}]}");
}
END_TEST

START_TEST(nothing_is_an_empty_array)
{
	begin();
	series(D "level", KIND_PROPERTY);
	says(HEAD "\"level\":[]}");
}
END_TEST

START_TEST(scopes)
{
	begin();
	series(SCOPE_IRI, KIND_PROPERTY);
	put("{\"type\":\"Property\",\"value\":[\"/a\"],\"observedAt\":\"" T0 "\"}", T0,
		0);
	put("{\"type\":\"Property\",\"value\":[\"/a\",\"/b\"]}", T0, 0);
	put("{\"type\":\"Property\",\"value\":\"urn:ngsi-ld:null\"}", T1, instant(T1));
	says(HEAD
		"\"scope\":[{\"type\":\"Property\",\"value\":\"/a\",\"observedAt\":\"" T0
		"\"," ID "},{\"type\":\"Property\",\"value\":[\"/a\",\"/b\"]," ID
		"},{\"type\":\"Property\",\"value\":[]," ID ",\"deletedAt\":\"" T1
		"\"}]}");
}
END_TEST

START_TEST(values_of_each_kind)
{
	static const struct {
		enum kind kind;
		const char *doc, *text;
	} rows[] = {
		{KIND_PROPERTY, FIVE, "\"Property\",\"values\":[[5,"},
		{KIND_GEO_PROPERTY,
			"{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Point\"}}",
			"\"GeoProperty\",\"values\":[[{\"type\":\"Point\"},"},
		{KIND_RELATIONSHIP, "{\"type\":\"Relationship\",\"object\":\"urn:a:b\"}",
			"\"Relationship\",\"objects\":[[\"urn:a:b\","},
		{KIND_LANGUAGE_PROPERTY, NAME,
			"\"LanguageProperty\",\"languageMaps\":[[{\"languageMap\":"
			"{\"fr\":\"un\",\"en\":\"one\"}},"},
		{KIND_VOCAB_PROPERTY,
			"{\"type\":\"VocabProperty\",\"vocab\":\"" D "on\"}",
			"\"VocabProperty\",\"vocabs\":[[{\"vocab\":\"on\"},"},
		{KIND_JSON_PROPERTY, "{\"type\":\"JsonProperty\",\"json\":{\"a\":1}}",
			"\"JsonProperty\",\"jsons\":[[{\"json\":{\"a\":1}},"},
		{KIND_LIST_PROPERTY, "{\"type\":\"ListProperty\",\"valueList\":[1,2]}",
			"\"ListProperty\",\"valueLists\":[[[1,2],"},
		{KIND_LIST_RELATIONSHIP,
			"{\"type\":\"ListRelationship\",\"objectList\":[\"urn:a:b\"]}",
			"\"ListRelationship\",\"objectLists\":[[[\"urn:a:b\"],"},
	};

	for (int i = 0; i < ROWS(rows); i++) {
		strbuf_reset(&sb);
		pen.form = TEMPORAL_VALUES;
		begin();
		series(D "x", rows[i].kind);
		put(rows[i].doc, T0, 0);
		says(arena_printf(
			&arena, HEAD "\"x\":{\"type\":%s\"" T0 "\"]]}}", rows[i].text));
	}
}
END_TEST

START_TEST(datasets_are_objects)
{
	struct temporal_series s = {
		.attr = D "x", .kind = KIND_PROPERTY, .first = true, .last = false};

	pen.form = TEMPORAL_VALUES;
	begin();
	temporal_series_begin(&pen, &s);
	put(FIVE, T0, 0);
	put(FIVE, T1, 0);
	temporal_series_end(&pen);
	s.dataset = "urn:d:1";
	s.first = false;
	s.last = true;
	temporal_series_begin(&pen, &s);
	put(FIVE, T0, 0);
	says(HEAD "\"x\":[{\"type\":\"Property\",\"values\":[[5,\"" T0 "\"],[5,\"" T1
		  "\"]]},{\"type\":\"Property\",\"datasetId\":\"urn:d:1\",\"values\":"
		  "[[5,\"" T0 "\"]]}]}");
}
END_TEST

START_TEST(one_language)
{
	static const char *ranges[] = {"en"};
	static const struct lang english = {ranges, 1};

	render.lang = &english;
	pen.form = TEMPORAL_VALUES;
	begin();
	series(D "name", KIND_LANGUAGE_PROPERTY);
	put(NAME, T0, 0);
	says(HEAD "\"name\":{\"type\":\"Property\",\"values\":[[\"one\",\"" T0 "\"]]}}");
}
END_TEST

START_TEST(earlier_editions)
{
	struct version version = {.minor = 3};

	render.version = &version;
	begin();
	series(D "name", KIND_LANGUAGE_PROPERTY);
	put(NAME, T0, 0);
	says(HEAD "\"name\":[{\"type\":\"Property\",\"value\":{\"fr\":\"un\",\"en\":"
		  "\"one\"}," ID "}]}");
	ck_assert(version.amended);
	strbuf_reset(&sb);
	pen.form = TEMPORAL_VALUES;
	begin();
	series(D "name", KIND_LANGUAGE_PROPERTY);
	put(NAME, T0, 0);
	says(HEAD "\"name\":{\"type\":\"Property\",\"values\":"
		  "[[{\"fr\":\"un\",\"en\":\"one\"},\"" T0 "\"]]}}");
}
END_TEST

START_TEST(aggregated)
{
	struct temporal_q q = {.order = {AGGR_MAX, AGGR_AVG},
		.order_len = 2,
		.methods = 1u << AGGR_MAX | 1u << AGGR_AVG,
		.completeness = true};
	struct bucket b = {.start = instant(T0),
		.end = instant(T1),
		.total = 2,
		.numbers = {.count = 2, .sum = 5, .max = 3}};

	pen.form = TEMPORAL_AGGREGATED;
	pen.q = &q;
	begin();
	series(D "x", KIND_PROPERTY);
	temporal_put_bucket(&pen, &b);
	b.numbers.count = 0; /* a period without numbers has no values */
	temporal_put_bucket(&pen, &b);
	temporal_put_complete(&pen, b.start, b.end, 2, 6);
	temporal_put_complete(&pen, b.start, b.end, 1, -1);
	says(HEAD "\"x\":{\"type\":\"Property\",\"max\":[[3,\"" T0 "\",\"" T1
		  "\"]],\"avg\":[[2.5,\"" T0 "\",\"" T1 "\"]],\"observed\":[[2,\"" T0
		  "\",\"" T1 "\"],[1,\"" T0 "\",\"" T1 "\"]],\"expected\":[[6,\"" T0
		  "\",\"" T1 "\"]]}}");
	bucket_fini(&b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("render_temporal");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, normalized);
	tcase_add_test(tc, concise_and_system_members);
	tcase_add_test(tc, nothing_is_an_empty_array);
	tcase_add_test(tc, scopes);
	tcase_add_test(tc, values_of_each_kind);
	tcase_add_test(tc, datasets_are_objects);
	tcase_add_test(tc, one_language);
	tcase_add_test(tc, earlier_editions);
	tcase_add_test(tc, aggregated);
	return suite_run("render_temporal", tc);
}
