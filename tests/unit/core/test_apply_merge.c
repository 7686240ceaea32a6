/* SPDX-License-Identifier: Apache-2.0 */
/* Merge patch: 5.5.12, 5.6.17, 6.5.3.4. */
#include "apply_case.h"

#include <suite.h>

#define ENTITY(instants, rest) "{'id':'e:1','type':['t:A']," instants ",'a:p':" rest "}"
#define P(value, rest)         "{'type':'Property','value':" value "," rest "}"
#define GEO(coordinates)       "{'type':'Point','coordinates':" coordinates "}"
#define REL(object, rest)      "{'type':'Relationship','object':" object "," rest "}"
#define LANG(map, rest)        "{'type':'LanguageProperty','languageMap':" map "," rest "}"
#define NULL_P                 "{'type':'Property','value':'urn:ngsi-ld:null'}"
#define MERGE                                                                            \
	{                                                                                \
		.kind = OP_MERGE                                                         \
	}
#define SIMPLIFIED                                                                       \
	{                                                                                \
		.kind = OP_MERGE, .simplified = true                                     \
	}
#define IN_FRENCH                                                                        \
	{                                                                                \
		.kind = OP_MERGE, .lang = "fr"                                           \
	}
#define OBSERVED                                                                         \
	{                                                                                \
		.kind = OP_MERGE, .observed_at = "2025-01-31T00:00:00Z"                  \
	}
#define KEEPS(kind, must)                                                                \
	"attribute a:p is a " kind " and stays one in a merge of a simplified "          \
	"body: " must

static const struct apply_case merge[] = {
	{"members stay that are not sent (example 1)", MERGE,
		ENTITY("@00",
			P("25",
				"'unitCode':'CEL','observedAt':'2022-03-14T01:59:26Z',@"
				"00")),
		"{'a:p':{'type':'Property','value':100,'observedAt':'2022-03-14T13:00:"
		"00Z'}}",
		ENTITY("@01",
			P("100",
				"'unitCode':'CEL','observedAt':'2022-03-14T13:00:00Z',@"
				"01")),
		"~a:p", NULL, 0, NULL},
	{"values merge, Nulls inside them remove (example 2)", MERGE,
		ENTITY("@00",
			P("{'street':'17. Juni','city':'Berlin','country':'DE'}", "@00")),
		"{'a:p':{'type':'Property','value':{'street':'Pariser Platz',"
		"'country':'urn:ngsi-ld:null'}}}",
		ENTITY("@01", P("{'street':'Pariser Platz','city':'Berlin'}", "@01")),
		"~a:p", NULL, 0, NULL},
	{"to any depth", MERGE, ENTITY("@00", P("{'x':{'y':{'z':1,'u':2}}}", "@00")),
		"{'a:p':{'type':'Property','value':{'x':{'y':{'z':'urn:ngsi-ld:null','v':"
		"3}}}}}",
		ENTITY("@01", P("{'x':{'y':{'u':2,'v':3}}}", "@01")), "~a:p", NULL, 0,
		NULL},
	{"Nulls are not stored where an object is new", MERGE,
		ENTITY("@00", P("1", "@00")),
		"{'a:p':{'type':'Property','value':{'x':{'y':'urn:ngsi-ld:null','z':1},"
		"'u':'urn:ngsi-ld:null'}}}",
		ENTITY("@01", P("{'x':{'z':1}}", "@01")), "~a:p", NULL, 0, NULL},
	{"nor where a member is", MERGE, ENTITY("@00", P("{'x':1}", "@00")),
		"{'a:p':{'type':'Property','value':{'y':{'z':'urn:ngsi-ld:null'}}}}",
		ENTITY("@01", P("{'x':1,'y':{}}", "@01")), "~a:p", NULL, 0, NULL},
	{"nor where the attribute is", MERGE, "{'id':'e:1','type':['t:A'],@00}",
		"{'a:p':{'type':'Property','value':{'y':'urn:ngsi-ld:null','z':1},"
		"'unitCode':'urn:ngsi-ld:null','a:s':" NULL_P "}}",
		ENTITY("@01", P("{'z':1}", "@11")), "+a:p", NULL, 0, NULL},
	{"arrays are replaced", MERGE, ENTITY("@00", P("{'x':[1,2]}", "@00")),
		"{'a:p':{'type':'Property','value':{'x':[3]}}}",
		ENTITY("@01", P("{'x':[3]}", "@01")), "~a:p", NULL, 0, NULL},
	{"a Null deletes", MERGE, ENTITY("@00", P("1", "@00")), "{'a:p':" NULL_P "}",
		"{'id':'e:1','type':['t:A'],@01}", "-a:p", NULL, 0, NULL},
	{"a Null of what is not there", MERGE, ENTITY("@00", P("1", "@00")),
		"{'a:q':" NULL_P "}", ENTITY("@00", P("1", "@00")), "", NULL, 0, NULL},
	{"a Null deletes its instance only", MERGE,
		ENTITY("@00", "[" P("1", "@00") "," P("2", "'datasetId':'d:1',@00") "]"),
		"{'a:p':" NULL_P "}", ENTITY("@01", P("2", "'datasetId':'d:1',@00")),
		"-a:p", NULL, 0, NULL},
	{"instances by datasetId", MERGE,
		ENTITY("@00",
			"[" P("1", "@00") "," P(
				"2", "'datasetId':'d:1','unitCode':'X',@00") "]"),
		"{'a:p':[{'type':'Property','value':3,'datasetId':'d:1'},"
		"{'type':'Property','value':4,'datasetId':'d:2'}]}",
		ENTITY("@01",
			"[" P("1", "@00") "," P(
				"3", "'datasetId':'d:1','unitCode':'X',@01") "," P("4",
				"'datasetId':'d:2',@11") "]"),
		"~a:p[d:1] +a:p[d:2]", NULL, 0, NULL},
	{"sub-attributes merge, others stay", MERGE,
		ENTITY("@00",
			P("1",
				"'a:s':" P("{'x':1}", "'unitCode':'CEL',@00") ",'a:u':" P(
					"1", "@00") ",@00")),
		"{'a:p':{'type':'Property','value':1,'a:s':{'type':'Property','value':{'"
		"y':2}},"
		"'a:u':" NULL_P ",'a:v':{'type':'Property','value':3}}}",
		ENTITY("@01",
			P("1",
				"'a:s':" P("{'x':1,'y':2}",
					"'unitCode':'CEL',@01") ",@01,'a:v':" P("3",
					"@11"))),
		"~a:p", NULL, 0, NULL},
	{"without type and value", MERGE, ENTITY("@00", P("1", "@00")),
		"{'a:p':{'unitCode':'CEL'}}",
		ENTITY("@01", P("1", "@01,'unitCode':'CEL'")), "~a:p", NULL, 0, NULL},
	{"a Null removes a member", MERGE, ENTITY("@00", P("1", "'unitCode':'CEL',@00")),
		"{'a:p':{'type':'Property','unitCode':'urn:ngsi-ld:null'}}",
		ENTITY("@01", P("1", "@01")), "~a:p", NULL, 0, NULL},
	{"another kind takes the place of the value", MERGE,
		ENTITY("@00",
			P("1",
				"'unitCode':'CEL','observedAt':'2025-01-01T00:00:00Z',@"
				"00")),
		"{'a:p':{'type':'Relationship','object':'e:2'}}",
		ENTITY("@01", REL("'e:2'", "'observedAt':'2025-01-01T00:00:00Z',@01")),
		"~a:p", NULL, 0, NULL},
	{"another kind needs its value", MERGE, ENTITY("@00", P("1", "@00")),
		"{'a:p':{'type':'Relationship'}}", NULL, NULL, NULL, ERR_BAD_REQUEST_DATA,
		"attribute a:p is a Property: to make it a Relationship, send its "
		"\"object\" too"},
	{"a geometry is replaced", MERGE,
		ENTITY("@00",
			"{'type':'GeoProperty','value':{'type':'Point','coordinates':[1,"
			"2],"
			"'bbox':[1,2,1,2]},@00}"),
		"{'a:p':{'type':'GeoProperty','value':" GEO("[3,4]") "}}",
		ENTITY("@01", "{'type':'GeoProperty','value':" GEO("[3,4]") ",@01}"),
		"~a:p", NULL, 0, NULL},
	{"json merges", MERGE,
		ENTITY("@00", "{'type':'JsonProperty','json':{'id':1},@00}"),
		"{'a:p':{'type':'JsonProperty','json':{'type':2}}}",
		ENTITY("@01", "{'type':'JsonProperty','json':{'id':1,'type':2},@01}"),
		"~a:p", NULL, 0, NULL},
	{"languages merge", MERGE, ENTITY("@00", LANG("{'fr':'oui','en':'yes'}", "@00")),
		"{'a:p':{'type':'LanguageProperty','languageMap':{'de':'ja',"
		"'en':'urn:ngsi-ld:null'}}}",
		ENTITY("@01", LANG("{'fr':'oui','de':'ja'}", "@01")), "~a:p", NULL, 0,
		NULL},
	{"the Null of a map", MERGE, ENTITY("@00", LANG("{'fr':'oui'}", "@00")),
		"{'a:p':{'type':'LanguageProperty','languageMap':{'@none':'urn:ngsi-ld:"
		"null'}}}",
		"{'id':'e:1','type':['t:A'],@01}", "-a:p", NULL, 0, NULL},
	{"the Null of a list", MERGE,
		ENTITY("@00", "{'type':'ListRelationship','objectList':['e:2'],@00}"),
		"{'a:p':{'type':'ListRelationship','objectList':['urn:ngsi-ld:null']}}",
		"{'id':'e:1','type':['t:A'],@01}", "-a:p", NULL, 0, NULL},
	{"types unite, scope is replaced", MERGE,
		"{'id':'e:1','type':['t:A'],'scope':['/a'],@00}",
		"{'id':'e:1','type':['t:B'],'scope':['/b']}",
		"{'id':'e:1','type':['t:A','t:B'],'scope':['/b'],@01}", "T S", NULL, 0,
		NULL},
	{"scope is added", MERGE, "{'id':'e:1','type':['t:A'],@00}", "{'scope':['/b']}",
		"{'id':'e:1','type':['t:A'],@01,'scope':['/b']}", "S", NULL, 0, NULL},
	{"the same again is the same", MERGE, ENTITY("@00", P("{'x':1,'y':2}", "@00")),
		"{'a:p':{'type':'Property','value':{'y':2.0}}}",
		ENTITY("@01", P("{'x':1,'y':2.0}", "@01")), "=a:p", NULL, 0, NULL},
	{"a new attribute needs a value", MERGE, ENTITY("@00", P("1", "@00")),
		"{'a:q':{'unitCode':'CEL'}}", NULL, NULL, NULL, ERR_BAD_REQUEST_DATA,
		"attribute a:q is new to entity e:1, so it needs a type and a value"},
};

static const struct apply_case params[] = {
	{"observedAt= where there was one", OBSERVED,
		ENTITY("@00", P("1", "'observedAt':'2025-01-01T00:00:00Z',@00")),
		"{'a:p':{'type':'Property','value':2}}",
		ENTITY("@01", P("2", "'observedAt':'2025-01-31T00:00:00Z',@01")), "~a:p",
		NULL, 0, NULL},
	{"observedAt= where there was none", OBSERVED, ENTITY("@00", P("1", "@00")),
		"{'a:p':{'type':'Property','value':2},'a:q':{'type':'Property','value':3}"
		"}",
		ENTITY("@01", P("2", "@01") ",'a:q':" P("3", "@11")), "~a:p +a:q", NULL,
		0, NULL},
	{"observedAt= where the fragment has its own", OBSERVED,
		ENTITY("@00", P("1", "'observedAt':'2025-01-01T00:00:00Z',@00")),
		"{'a:p':{'type':'Property','value':2,'observedAt':'2025-01-15T00:00:00Z'}"
		"}",
		ENTITY("@01", P("2", "'observedAt':'2025-01-15T00:00:00Z',@01")), "~a:p",
		NULL, 0, NULL},
	{"observedAt= where the fragment removes it", OBSERVED,
		ENTITY("@00", P("1", "'observedAt':'2025-01-01T00:00:00Z',@00")),
		"{'a:p':{'type':'Property','value':2,'observedAt':'urn:ngsi-ld:null'}}",
		ENTITY("@01", P("2", "@01")), "~a:p", NULL, 0, NULL},
	{"observedAt= of attributes, not sub-attributes", OBSERVED,
		ENTITY("@00",
			P("1",
				"'a:s':" P("1",
					"'observedAt':'2025-01-01T00:00:00Z',@00") ",@"
										   "00")),
		"{'a:p':{'type':'Property','value':1,'a:s':{'type':'Property','value':2}}"
		"}",
		ENTITY("@01",
			P("1",
				"'a:s':" P("2",
					"'observedAt':'2025-01-01T00:00:00Z',@01") ",@"
										   "01")),
		"~a:p", NULL, 0, NULL},
	{"lang= is one language of the map", IN_FRENCH,
		ENTITY("@00", LANG("{'en':'yes','fr':'oui'}", "@00")),
		"{'a:p':{'type':'Property','value':'ouais'}}",
		ENTITY("@01", LANG("{'en':'yes','fr':'ouais'}", "@01")), "~a:p", NULL, 0,
		NULL},
	{"lang= adds it", IN_FRENCH, ENTITY("@00", LANG("{'en':'yes'}", "@00")),
		"{'a:p':{'type':'Property','value':['oui','ouais']}}",
		ENTITY("@01", LANG("{'en':'yes','fr':['oui','ouais']}", "@01")), "~a:p",
		NULL, 0, NULL},
	{"lang= without regard to case", IN_FRENCH,
		ENTITY("@00", LANG("{'FR':'oui'}", "@00")),
		"{'a:p':{'type':'Property','value':'ouais'}}",
		ENTITY("@01", LANG("{'FR':'ouais'}", "@01")), "~a:p", NULL, 0, NULL},
	{"lang= leaves other kinds alone", IN_FRENCH, ENTITY("@00", P("'yes'", "@00")),
		"{'a:p':{'type':'Property','value':'oui'}}",
		ENTITY("@01", P("'oui'", "@01")), "~a:p", NULL, 0, NULL},
	{"lang= and a number: another kind", IN_FRENCH,
		ENTITY("@00", LANG("{'fr':'un'}", "@00")),
		"{'a:p':{'type':'Property','value':1}}", ENTITY("@01", P("1", "@01")),
		"~a:p", NULL, 0, NULL},
};

static const struct apply_case simplified[] = {
	{"a value", SIMPLIFIED, ENTITY("@00", P("1", "'unitCode':'CEL',@00")),
		"{'a:p':{'type':'Property','value':2}}",
		ENTITY("@01", P("2", "'unitCode':'CEL',@01")), "~a:p", NULL, 0, NULL},
	{"a new attribute", SIMPLIFIED, "{'id':'e:1','type':['t:A'],@00}",
		"{'a:p':{'type':'Property','value':2}}", ENTITY("@01", P("2", "@11")),
		"+a:p", NULL, 0, NULL},
	{"the URI of a Relationship", SIMPLIFIED, ENTITY("@00", REL("'e:2'", "@00")),
		"{'a:p':{'type':'Property','value':'e:3'}}",
		ENTITY("@01", REL("'e:3'", "@01")), "~a:p", NULL, 0, NULL},
	{"URIs of a Relationship", SIMPLIFIED, ENTITY("@00", REL("'e:2'", "@00")),
		"{'a:p':{'type':'Property','value':['e:3','e:4']}}",
		ENTITY("@01", REL("['e:3','e:4']", "@01")), "~a:p", NULL, 0, NULL},
	{"an array for a ListProperty", SIMPLIFIED,
		ENTITY("@00", "{'type':'ListProperty','valueList':[1],@00}"),
		"{'a:p':{'type':'Property','value':[2,3]}}",
		ENTITY("@01", "{'type':'ListProperty','valueList':[2,3],@01}"), "~a:p",
		NULL, 0, NULL},
	{"URIs of a ListRelationship", SIMPLIFIED,
		ENTITY("@00", "{'type':'ListRelationship','objectList':['e:2'],@00}"),
		"{'a:p':{'type':'Property','value':['e:4','e:3']}}",
		ENTITY("@01",
			"{'type':'ListRelationship','objectList':['e:4','e:3'],@01}"),
		"~a:p", NULL, 0, NULL},
	{"a Property that holds a geometry", SIMPLIFIED, ENTITY("@00", P("1", "@00")),
		"{'a:p':{'type':'GeoProperty','value':" GEO("[1,2]") "}}",
		ENTITY("@01", P(GEO("[1,2]"), "@01")), "~a:p", NULL, 0, NULL},
	{"a languageMap", SIMPLIFIED, ENTITY("@00", LANG("{'fr':'oui'}", "@00")),
		"{'a:p':{'type':'LanguageProperty','languageMap':{'en':'yes'}}}",
		ENTITY("@01", LANG("{'fr':'oui','en':'yes'}", "@01")), "~a:p", NULL, 0,
		NULL},
	{"a string with lang=", {.kind = OP_MERGE, .simplified = true, .lang = "en"},
		ENTITY("@00", LANG("{'fr':'oui'}", "@00")),
		"{'a:p':{'type':'Property','value':'yes'}}",
		ENTITY("@01", LANG("{'fr':'oui','en':'yes'}", "@01")), "~a:p", NULL, 0,
		NULL},
	{"a Null", SIMPLIFIED, ENTITY("@00", REL("'e:2'", "@00")), "{'a:p':" NULL_P "}",
		"{'id':'e:1','type':['t:A'],@01}", "-a:p", NULL, 0, NULL},
	{"no URI", SIMPLIFIED, ENTITY("@00", REL("'e:2'", "@00")),
		"{'a:p':{'type':'Property','value':5}}", NULL, NULL, NULL,
		ERR_BAD_REQUEST_DATA,
		KEEPS("Relationship", "send a URI or an array of URIs")},
	{"no array", SIMPLIFIED,
		ENTITY("@00", "{'type':'ListProperty','valueList':[1],@00}"),
		"{'a:p':{'type':'Property','value':5}}", NULL, NULL, NULL,
		ERR_BAD_REQUEST_DATA, KEEPS("ListProperty", "send an array")},
	{"no URIs", SIMPLIFIED,
		ENTITY("@00", "{'type':'ListRelationship','objectList':['e:2'],@00}"),
		"{'a:p':{'type':'Property','value':['e:2',1]}}", NULL, NULL, NULL,
		ERR_BAD_REQUEST_DATA, KEEPS("ListRelationship", "send an array of URIs")},
	{"no geometry", SIMPLIFIED,
		ENTITY("@00", "{'type':'GeoProperty','value':" GEO("[1,2]") ",@00}"),
		"{'a:p':{'type':'Property','value':5}}", NULL, NULL, NULL,
		ERR_BAD_REQUEST_DATA, KEEPS("GeoProperty", "send a GeoJSON geometry")},
	{"no lang=", SIMPLIFIED, ENTITY("@00", LANG("{'fr':'oui'}", "@00")),
		"{'a:p':{'type':'Property','value':'yes'}}", NULL, NULL, NULL,
		ERR_BAD_REQUEST_DATA,
		KEEPS("LanguageProperty",
			"send {\"languageMap\": ...}, or a string with lang=")},
	{"no vocab", SIMPLIFIED,
		ENTITY("@00", "{'type':'VocabProperty','vocab':'v:x',@00}"),
		"{'a:p':{'type':'Property','value':'x'}}", NULL, NULL, NULL,
		ERR_BAD_REQUEST_DATA, KEEPS("VocabProperty", "send {\"vocab\": ...}")},
	{"no json", SIMPLIFIED, ENTITY("@00", "{'type':'JsonProperty','json':{},@00}"),
		"{'a:p':{'type':'Property','value':{}}}", NULL, NULL, NULL,
		ERR_BAD_REQUEST_DATA, KEEPS("JsonProperty", "send {\"json\": ...}")},
	{"a map for a Property", SIMPLIFIED, ENTITY("@00", P("1", "@00")),
		"{'a:p':{'type':'LanguageProperty','languageMap':{'en':'yes'}}}", NULL,
		NULL, NULL, ERR_BAD_REQUEST_DATA,
		KEEPS("Property", "send its bare value")},
};

START_TEST(merges)
{
	case_run(&merge[_i]);
}
END_TEST

START_TEST(follows_parameters)
{
	case_run(&params[_i]);
}
END_TEST

START_TEST(keeps_kinds_of_simplified)
{
	case_run(&simplified[_i]);
}
END_TEST

/* Nulls at the bottom of a deep value cost no more than elsewhere. */
START_TEST(goes_deep)
{
	auto_strbuf sb = {0};
	struct apply_case t = {"deep", MERGE, "{'id':'e:1','type':['t:A'],@00}", NULL,
		NULL, "+a:p", NULL, 0, NULL};
	auto_strbuf after = {0};

	strbuf_adds(&sb, "{'a:p':{'type':'Property','value':");
	strbuf_adds(&after,
		"{'id':'e:1','type':['t:A'],@01,'a:p':{'type':'Property','value':");
	for (int i = 0; i < 60; i++) {
		strbuf_adds(&sb, "{'x':");
		strbuf_adds(&after, "{'x':");
	}
	strbuf_adds(&sb, "{'y':'urn:ngsi-ld:null'}");
	strbuf_adds(&after, "{}");
	for (int i = 0; i < 60; i++) {
		strbuf_addc(&sb, '}');
		strbuf_addc(&after, '}');
	}
	strbuf_adds(&sb, "}}");
	strbuf_adds(&after, ",@11}}");
	t.doc = sb.data;
	t.becomes = after.data;
	case_run(&t);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("apply_merge");

	tcase_add_loop_test(tc, merges, 0, ROWS(merge));
	tcase_add_loop_test(tc, follows_parameters, 0, ROWS(params));
	tcase_add_loop_test(tc, keeps_kinds_of_simplified, 0, ROWS(simplified));
	tcase_add_test(tc, goes_deep);
	return suite_run("apply_merge", tc);
}
