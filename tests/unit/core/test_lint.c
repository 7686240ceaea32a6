/* SPDX-License-Identifier: Apache-2.0 */
/* What the checks find in an entity, how it is mended, and that the mended is clean. */
#include <core/lint.h>

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/expand.h>

#include "suite.h"

#include <string.h>

#define HEAD  "{'id':'urn:ngsi-ld:WasteContainer:1','type':'WasteContainer'"
#define PLACE ",'location':{'type':'Point','coordinates':[5.4,43.3]}"
#define NOISE "{'id':'urn:ngsi-ld:NoiseLevelObserved:1','type':'NoiseLevelObserved'" PLACE
#define NOISE_REST                                                                       \
	",'dateObservedFrom':'2026-01-01T00:00:00Z','dateObservedTo':"                   \
	"'2026-01-01T01:00:00Z'"

static struct profiles *profiles;
static struct context *ctx;
static struct territory *territory;
static struct arena arena;

static void setup(void)
{
	json_t *value = json_string(CONTEXT_DEFAULT_URL);
	struct err err = {0};

	profiles = profiles_new();
	ck_assert_int_eq(profiles_compile(profiles, &err), 0);
	ctx = context_new(value, NULL, &err);
	ck_assert_ptr_nonnull(ctx);
	json_decref(value);
	ck_assert_int_eq(territory_parse("5,43,6,44", &arena, &territory, &err), 0);
}

static void teardown(void)
{
	context_unref(ctx);
	profiles_free(profiles);
	arena_reset(&arena);
}

/* The expanded document, whose nodes are nobody else's. */
static struct jn *expanded(const char *text, unsigned flags)
{
	char *copy = arena_strdup(&arena, text);
	struct jn *body = NULL, *doc = NULL;
	struct err err = {0};

	for (char *p = copy; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	ck_assert_msg(jn_parse(copy, strlen(copy), JN_LIMITS, &arena, &body, &err) == 0,
		"%s", err.detail);
	ck_assert_msg(entity_expand(body, ctx, flags, &arena, &doc, &err) == 0, "%s: %s",
		text, err.detail);
	return jn_copy(&arena, doc);
}

static struct lint now(void)
{
	struct lint l = {.profiles = profiles, .territory = territory, .ctx = ctx};

	ck_assert(clock_parse("2026-06-01T12:00:00Z", 20, &l.now));
	return l;
}

/* "code at mend; …" */
static void tell(struct strbuf *sb, const struct findings *found)
{
	strbuf_adds(sb, "");
	for (const struct finding *f = found->first; f != NULL; f = f->next)
		strbuf_addf(sb, "%s%s %s: %s", f != found->first ? "; " : "",
			lint_names[f->code], f->pointer, f->mend);
}

static const struct {
	const char *entity, *says;
	bool stays; /* it cannot be repaired for certain */
} cases[] = {
	{HEAD PLACE ",'fillingLevel':0.57}", "", false},
	{HEAD PLACE ",'fillingLevel':57}",
		"percent-for-fraction /fillingLevel/value: send 0.57", false},
	{HEAD PLACE ",'fillingLevel':'57 %'}",
		"percent-for-fraction /fillingLevel/value: send 0.57", false},
	{HEAD PLACE ",'fillingLevel':{'value':16.56,'unitCode':'P1'}}",
		"percent-for-fraction /fillingLevel/value: send 0.1656 with unitCode C62 "
		"(or none)",
		false},
	{HEAD PLACE ",'fillingLevel':{'value':0.5,'unitCode':'P1'}}",
		"wrong-unit /fillingLevel/unitCode: send unitCode C62 (or none)", false},
	{HEAD PLACE ",'fillingLevel':570}",
		"out-of-range /fillingLevel/value: correct the value or its unit; leave "
		"the "
		"attribute out where nothing was measured",
		true},
	{HEAD PLACE ",'fillingLvl':0.5}",
		"misspelt-attribute /fillingLvl: did you mean fillingLevel?", true},
	{HEAD PLACE ",'filling_level':0.5}",
		"misspelt-attribute /filling_level: did you mean fillingLevel?", false},
	{HEAD PLACE ",'fillingLevels':0.5}",
		"misspelt-attribute /fillingLevels: did you mean fillingLevel?", false},
	{HEAD PLACE ",'fillingLevels':0.5,'fillingLevel':0.5}", "", false},
	{HEAD PLACE ",'https://city.example/ns#fillingLvl':0.5}", "", false},
	{HEAD PLACE ",'ownAttribute':0.5,'observationSpace':{'type':'Point',"
		    "'coordinates':[5.4,43.3]}}",
		"", false},
	{HEAD "}", "missing-attribute /location: send location: a GeoJSON geometry",
		true},
	{HEAD ",'location':{'type':'Point','coordinates':[43.3,5.4]}}",
		"swapped-coordinates /location/value/coordinates: send [5.4,43.3]: the "
		"longitude comes first",
		false},
	{HEAD ",'location':{'type':'LineString','coordinates':[[43.3,5.4,9],[43.4,5.4]]}"
	      "}",
		"swapped-coordinates /location/value/coordinates: send "
		"[[5.4,43.3,9],[5.4,43.4]]: the longitude comes first",
		false},
	{HEAD ",'location':{'type':'Point','coordinates':[2.3,48.8]}}",
		"outside-territory /location/value/coordinates: send [longitude, "
		"latitude] "
		"in degrees (WGS 84), not projected metres; or widen the setting "
		"territory",
		true},
	{HEAD PLACE ",'status':'OK'}", "other-spelling /status/value: send \"ok\"",
		false},
	{HEAD PLACE ",'status':'lid_open'}",
		"other-spelling /status/value: send \"lidOpen\"", false},
	{HEAD PLACE ",'status':'vandalised'}",
		"other-spelling /status/value: did you mean \"vandalized\"?", true},
	{HEAD PLACE ",'status':'full'}",
		"not-in-list /status/value: send one of \"burning\", \"dropped\", "
		"\"lidOpen\", \"moved\", \"ok\", \"unknown\", \"vandalized\"",
		true},
	{HEAD PLACE ",'cargoWeight':'12,5'}",
		"value-in-text /cargoWeight/value: send 12.5", false},
	{HEAD PLACE ",'cargoWeight':false}",
		"wrong-type /cargoWeight/value: send a number from 0; leave the "
		"attribute "
		"out where nothing was measured",
		true},
	{HEAD PLACE ",'category':'fixed'}",
		"wrong-type /category/value: send [\"fixed\"]", false},
	{HEAD PLACE ",'category':['fixed','Ground']}",
		"other-spelling /category/value/1: send \"ground\"", false},
	{HEAD PLACE ",'category':['fixed','fixed']}",
		"wrong-items /category/value: send a list of at least 1, each once",
		true},
	{HEAD PLACE ",'storedWasteKind':['glass']}",
		"wrong-type /storedWasteKind/value: send \"glass\"", false},
	{HEAD PLACE ",'refDevice':{'object':'urn:ngsi-ld:Device:1'}}", "", false},
	{HEAD PLACE ",'refDevice':{'object':['urn:ngsi-ld:Device:1']}}", "", false},
	{HEAD PLACE ",'refWasteContainerIsle':'urn:ngsi-ld:WasteContainerIsle:1'}",
		"wrong-kind /refWasteContainerIsle/type: send {\"type\": "
		"\"Relationship\", "
		"\"object\": \"urn:ngsi-ld:WasteContainerIsle:1\"}",
		false},
	{HEAD PLACE ",'serialNumber':{'object':'urn:x:1'}}",
		"wrong-kind /serialNumber/type: send {\"type\": \"Property\", \"value\": "
		"\"urn:x:1\"}",
		false},
	{HEAD PLACE ",'dateLastEmptying':'2026-01-01T10:00:00'}",
		"date-without-zone /dateLastEmptying/value: send 2026-01-01T10:00:00Z if "
		"it "
		"is UTC, or 2026-01-01T10:00:00+01:00 (winter) for French time",
		true},
	{HEAD PLACE ",'dateLastEmptying':{'value':{'@type':'DateTime','@value':"
		    "'2026-01-01T10:00:00Z'}}}",
		"", false},
	{HEAD PLACE ",'dateLastEmptying':'2026-01-01'}",
		"wrong-format /dateLastEmptying/value: send for example "
		"2026-01-01T00:00:00Z",
		true},
	{HEAD PLACE ",'dateLastEmptying':'2026-01-01T00:00:00Z/2026-01-02T00:00:00Z'}",
		"wrong-format /dateLastEmptying/value: send 2026-01-01T00:00:00Z as the "
		"instant, and the period as dateObservedFrom and dateObservedTo",
		true},
	{HEAD PLACE ",'dateLastEmptying':'2026-06-01T13:00:00Z'}",
		"date-in-future /dateLastEmptying/value: check the clock of the sensor "
		"and "
		"the zone; a local time may have been sent as UTC",
		true},
	{HEAD PLACE ",'nextActuationDeadline':'2026-06-03T13:00:00Z'}", "", false},
	{HEAD PLACE ",'fillingLevel':{'value':0.5,'observedAt':'2027-01-01T00:00:00Z'}}",
		"date-in-future /fillingLevel/observedAt: check the clock of the sensor "
		"and "
		"the zone; a local time may have been sent as UTC",
		true},
	{HEAD PLACE ",'note':'{\\'a\\':[1]}'}",
		"json-in-text /note/value: send "
		"{\"a\":[1]}",
		false},
	{HEAD PLACE ",'note':'[see below]'}", "", false},
	{HEAD PLACE ",'binCapacity':{'value':1.1,'unitCode':'MTQ'}}",
		"wrong-unit /binCapacity/unitCode: send 1100 with unitCode LTR (or "
		"none)",
		false},
	{HEAD PLACE ",'binCapacity':{'value':1100,'unitCode':'l'}}",
		"wrong-unit /binCapacity/unitCode: send unitCode LTR", false},
	{HEAD PLACE ",'binCapacity':{'value':1100,'unitCode':'XYZ'}}",
		"wrong-unit /binCapacity/unitCode: convert the value to LTR, or correct "
		"the "
		"unitCode if the value is in it already",
		true},
	{HEAD PLACE ",'binCapacity':11000000}",
		"unexpected-value /binCapacity/value: check the sensor, its unit, and "
		"the "
		"conversion",
		true},
	{HEAD PLACE ",'fillingLevel':[{'value':0.5},{'value':80,'datasetId':'urn:d:1'}]}",
		"percent-for-fraction /fillingLevel/1/value: send 0.8", false},
	{HEAD PLACE ",'binId':{'value':'a','metadata':{'unit':'x'}}}",
		"ngsi-v2-metadata /binId/metadata: send observedAt for a timestamp, "
		"unitCode "
		"for a unit, and other metadata as sub-attributes beside \"value\"",
		true},
	{HEAD PLACE ",'address':{'PostalCode':'13001'}}",
		"misspelt-attribute /address/value/PostalCode: did you mean postalCode?",
		false},
	{NOISE NOISE_REST ",'sonometerClass':1,'heightAverage':4}",
		"wrong-type /sonometerClass/value: send \"1\"; wrong-type "
		"/heightAverage/value: send \"4\"",
		false},
	{NOISE NOISE_REST ",'LAeq2':60}", "", false},
	{"{'id':'urn:ngsi-ld:Streetlight:1','type':'Streetlight','status':'ok'" PLACE
	 ",'powerState':true}",
		"wrong-type /powerState/value: send \"on\"", false},
	{"{'id':'urn:ngsi-ld:KeyPerformanceIndicator:1','type':"
	 "'KeyPerformanceIndicator','https://smartdatamodels.org/"
	 "dataModel.KeyPerformanceIndicator/dateNextCalculation':"
	 "'2026-06-30T00:00:00Z'}",
		"wrong-format "
		"/https://smartdatamodels.org/dataModel.KeyPerformanceIndicator/"
		"dateNextCalculation/value: send \"2026-06-30\"",
		false},
	{"{'id':'urn:ngsi-ld:TrafficFlowObserved:1','type':'TrafficFlowObserved',"
	 "'dateObserved':'2016-12-07T11:10:00/2016-12-07T11:15:00'}",
		"date-without-zone /dateObserved/value: send 2016-12-07T11:10:00Z if it "
		"is "
		"UTC, or 2016-12-07T11:10:00+01:00 (winter) for French time",
		true},
	{"{'id':'urn:ngsi-ld:Bench:2026-05-01T00:00:00','type':'Bench'}",
		"timestamp-in-id /id: name the place or the sensor in the id, update the "
		"same entity, and send the time as dateObserved and observedAt",
		true},
	{"{'id':'urn:ngsi-ld:Bench:1780000000','type':'Bench','seen':'2026-05-01T00:00'}",
		"date-without-zone /seen/value: send 2026-05-01T00:00:00Z if it is UTC, "
		"or "
		"2026-05-01T00:00:00+01:00 (winter) for French time; timestamp-in-id "
		"/id: "
		"name the place or the sensor in the id, update the same entity, and "
		"send "
		"the time as dateObserved and observedAt",
		true},
	{"{'id':'urn:ngsi-ld:W:1','type':'WasteContainr'}",
		"misspelt-type /type: did you mean WasteContainer?", true},
};

START_TEST(finds_and_mends)
{
	struct jn *doc = expanded(cases[_i].entity, EXPAND_CREATE);
	struct findings found = {0}, left = {0};
	struct lint l = now();
	auto_strbuf sb = {0};

	lint_entity(&l, doc, &arena, &found);
	tell(&sb, &found);
	ck_assert_str_eq(sb.data, cases[_i].says);
	lint_mend(doc, &found, &arena);
	lint_entity(&l, doc, &arena, &left);
	strbuf_reset(&sb);
	tell(&sb, &left);
	ck_assert_str_eq(sb.data, cases[_i].stays ? cases[_i].says : "");
}
END_TEST

/* Of a fragment nothing is missing, Nulls mean nothing, and parts of objects are parts. */
START_TEST(is_mild_with_fragments)
{
	const unsigned flags = EXPAND_NULL | EXPAND_NULL_NESTED;
	struct lint l = now();
	struct findings found = {0};
	auto_strbuf sb = {0};

	l.fragment = l.merging = true;
	lint_entity(&l,
		expanded("{'type':'WasteContainer','fillingLevel':'urn:ngsi-ld:null',"
			 "'address':{'postalCode':'urn:ngsi-ld:null'}}",
			flags),
		&arena, &found);
	ck_assert_uint_eq(found.count, 0);
	l.simplified = true;
	lint_entity(&l,
		expanded(
			"{'type':'WasteContainer','refDevice':['urn:x:1'],'status':'OK'}",
			flags | EXPAND_SIMPLIFIED),
		&arena, &found);
	tell(&sb, &found);
	ck_assert_str_eq(sb.data, "other-spelling /status/value: send \"ok\"");
}
END_TEST

/* A fragment that names no type is read as what the stored entity is. */
START_TEST(takes_the_types_from_elsewhere)
{
	const struct jn *types = jn_get(expanded(HEAD PLACE "}", EXPAND_CREATE), "type");
	struct jn *doc = expanded("{'fillingLevel':57}", 0);
	struct findings found = {0};
	struct lint l = now();

	l.fragment = true;
	lint_entity(&l, doc, &arena, &found);
	ck_assert_uint_eq(found.count, 0);
	lint_fragment(&l, doc, types, &arena, &found);
	ck_assert_uint_eq(found.count, 1);
	lint_attribute(&l, doc->child->key, doc->child->key_len, doc->child, types,
		&arena, &found);
	ck_assert_uint_eq(found.count, 2);
}
END_TEST

START_TEST(heeds_the_levels)
{
	struct jn *doc = expanded(HEAD PLACE ",'fillingLevel':57}", EXPAND_CREATE);
	struct findings found = {0};
	struct lint l = now();
	struct err err = {0};

	lint_entity(&l, doc, &arena, &found);
	ck_assert(found.count == 1 && !found.refuse && found.worst == LINT_ERROR);
	ck_assert_int_eq(
		profiles_set_levels(profiles, "off,strict:WasteContainer", &err), 0);
	found = (struct findings){0};
	lint_entity(&l, doc, &arena, &found);
	ck_assert(found.count == 1 && found.refuse);
	ck_assert_int_eq(profiles_set_levels(profiles, "off:WasteContainer", &err), 0);
	found = (struct findings){0};
	lint_entity(&l, doc, &arena, &found);
	ck_assert_uint_eq(found.count, 0);
	l.all = true;
	lint_entity(&l, doc, &arena, &found);
	ck_assert(found.count == 1 && !found.refuse);
}
END_TEST

/* A warning is never a reason to refuse, a hint is only told where hints are asked for. */
START_TEST(tells_how_bad_it_is)
{
	struct jn *doc = expanded(
		HEAD PLACE ",'binCapacity':11000000,'ownAttribute':1}", EXPAND_CREATE);
	struct findings found = {0};
	struct lint l = now();
	struct err err = {0};
	auto_strbuf sb = {0};

	ck_assert_int_eq(profiles_set_levels(profiles, "strict", &err), 0);
	l.hints = true;
	lint_entity(&l, doc, &arena, &found);
	ck_assert(found.count == 2 && !found.refuse && found.worst == LINT_WARNING);
	findings_write(&sb, &found, false);
	ck_assert_str_eq(sb.data,
		"[{\"code\":\"unexpected-value\",\"level\":\"warning\",\"type\":"
		"\"WasteContainer\",\"attribute\":\"binCapacity\",\"at\":"
		"\"/binCapacity/value\",\"seen\":\"11000000\",\"why\":\"binCapacity is "
		"usually from 20 to 10000 LTR\",\"mend\":\"check the sensor, its unit, "
		"and "
		"the conversion\"},{\"code\":\"unknown-attribute\",\"level\":\"hint\","
		"\"type\":\"WasteContainer\",\"attribute\":\"ownAttribute\",\"at\":"
		"\"/ownAttribute\",\"why\":\"ownAttribute is unknown in WasteContainer\","
		"\"mend\":\"nothing, where it is an attribute of your own; define it in "
		"your @context\"}]");
}
END_TEST

/* Headers are ASCII. */
START_TEST(writes_ascii)
{
	struct finding f = {.code = LINT_NOT_IN_LIST,
		.pointer = "",
		.attribute = "",
		.type = "",
		.seen = "\"\xc3\xa9\xf0\x9f\x9a\xae\"",
		.why = "",
		.mend = ""};
	auto_strbuf sb = {0};

	finding_write(&sb, &f, true);
	ck_assert_str_eq(sb.data,
		"{\"code\":\"not-in-list\",\"level\":\"error\",\"seen\":"
		"\"\\\"\\u00e9\\ud83d\\udeae\\\"\"}");
}
END_TEST

/* A client that gets everything wrong gets a bounded answer. */
START_TEST(keeps_a_bounded_list)
{
	auto_strbuf sb = {0};
	struct findings found = {0};
	struct lint l = now();
	size_t n = 0;

	strbuf_adds(&sb, HEAD);
	for (int i = 0; i < 100; i++)
		strbuf_addf(&sb, ",'a%d':'2026-01-01T00:00:00'", i);
	strbuf_adds(&sb, "}");
	lint_entity(&l, expanded(sb.data, EXPAND_CREATE), &arena, &found);
	ck_assert_uint_eq(found.count, 101);
	for (const struct finding *f = found.first; f != NULL; f = f->next)
		n++;
	ck_assert_uint_eq(n, FINDINGS_MAX);
}
END_TEST

static const struct {
	const char *text;
	double lon, lat;
	bool in;
} places[] = {
	{"5,43,6,44", 5.5, 43.5, true},
	{"5,43,6,44", 43.5, 5.5, false},
	{"5,43 6,43 5,44", 5.2, 43.2, true},
	{"5,43 6,43 5,44", 5.9, 43.9, false},
	{" 5, 43, 6, 44 ", 5, 44, true},
};

START_TEST(knows_the_territory)
{
	struct territory *t = NULL;
	struct err err = {0};

	ck_assert_int_eq(territory_parse(places[_i].text, &arena, &t, &err), 0);
	ck_assert(territory_has(t, places[_i].lon, places[_i].lat) == places[_i].in);
}
END_TEST

static const char *const nowhere[] = {"", "5,43,6", "6,43,5,44", "5,43 6,43", "5;43;6;44",
	"-200,0,1,1", "5,43,6,nan", "5,43 6,43 5"};

START_TEST(refuses_what_is_no_territory)
{
	struct territory *t = NULL;
	struct err err = {0};

	ck_assert_int_eq(territory_parse(nowhere[_i], &arena, &t, &err), -1);
	ck_assert_str_eq(err.detail,
		"expected west,south,east,north in degrees, or at least "
		"three corners \"lon,lat lon,lat lon,lat\"");
	ck_assert_ptr_null(t);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("lint");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, finds_and_mends, 0, ROWS(cases));
	tcase_add_test(tc, is_mild_with_fragments);
	tcase_add_test(tc, takes_the_types_from_elsewhere);
	tcase_add_test(tc, heeds_the_levels);
	tcase_add_test(tc, tells_how_bad_it_is);
	tcase_add_test(tc, writes_ascii);
	tcase_add_test(tc, keeps_a_bounded_list);
	tcase_add_loop_test(tc, knows_the_territory, 0, ROWS(places));
	tcase_add_loop_test(tc, refuses_what_is_no_territory, 0, ROWS(nowhere));
	return suite_run("lint", tc);
}
