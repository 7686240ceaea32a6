/* SPDX-License-Identifier: Apache-2.0 */
/* The concise representation, 4.5.2.3 and its kin. */
#include "render_case.h"

#include <suite.h>

#define HEAD "{'id':'urn:x:1','type':['$T'],@@"
#define ID   "{'id':'urn:x:1','type':'T'"
#define INSTANT                                                                          \
	"'createdAt':'2025-01-01T00:00:00Z','modifiedAt':'2025-01-02T00:00:00.123Z'"
#define CONCISE      .r = {.format = FORMAT_CONCISE}
#define VALUE(value) HEAD ",'$a':{'type':'Property','value':" value ",@@}}"
#define POINT        "{'type':'Point','coordinates':[5,43]}"

static const struct render_case cases[] = {
	{CONCISE, .entity = VALUE("1"), .shows = ID ",'a':1}"},
	{CONCISE, .entity = VALUE("'x'"), .shows = ID ",'a':'x'}"},
	{CONCISE, .entity = VALUE("[]"), .shows = ID ",'a':[]}"},
	{CONCISE, .entity = VALUE("[1,[2]]"), .shows = ID ",'a':[1,[2]]}"},
	{CONCISE, .entity = VALUE("{}"), .shows = ID ",'a':{}}"},
	{CONCISE, .entity = VALUE("{'x':1}"), .shows = ID ",'a':{'x':1}}"},
	{CONCISE, .entity = VALUE("{'x':{'type':1}}"),
		.shows = ID ",'a':{'x':{'type':1}}}"},
	{CONCISE, .entity = VALUE("[{'x':1}]"), .shows = ID ",'a':[{'x':1}]}"},
	/* values that would be taken for an instance */
	{CONCISE, .entity = VALUE("{'type':'x'}"),
		.shows = ID ",'a':{'value':{'type':'x'}}}"},
	{CONCISE, .entity = VALUE("{'value':1}"),
		.shows = ID ",'a':{'value':{'value':1}}}"},
	{CONCISE, .entity = VALUE("{'object':1}"),
		.shows = ID ",'a':{'value':{'object':1}}}"},
	{CONCISE, .entity = VALUE("{'observedAt':1}"),
		.shows = ID ",'a':{'value':{'observedAt':1}}}"},
	{CONCISE, .entity = VALUE("[1,{'vocab':1}]"),
		.shows = ID ",'a':{'value':[1,{'vocab':1}]}}"},
	{CONCISE, .entity = VALUE("{'@type':'@json','@value':null}"),
		.shows = ID ",'a':{'value':{'@type':'@json','@value':null}}}"},
	{CONCISE, .entity = VALUE("{'previousValue':1}"),
		.shows = ID ",'a':{'value':{'previousValue':1}}}"},
	/* … or for a GeoProperty */
	{CONCISE, .entity = VALUE(POINT),
		.shows = ID ",'a':{'type':'Property','value':" POINT "}}"},
	{CONCISE, .entity = VALUE("{'type':'Foo','coordinates':1}"),
		.shows = ID ",'a':{'value':{'type':'Foo','coordinates':1}}}"},
	{CONCISE,
		.entity =
			HEAD ",'~location':{'type':'GeoProperty','value':" POINT ",@@}}",
		.shows = ID ",'location':" POINT "}"},
	{CONCISE,
		.entity = HEAD ",'~location':{'type':'GeoProperty','value':" POINT
			       ",'observedAt':'2025-01-01T00:00:00Z',@@}}",
		.shows = ID ",'location':{'value':" POINT
			    ",'observedAt':'2025-01-01T00:00:00Z'}}"},
	{CONCISE,
		.entity = HEAD ",'$a':{'type':'GeoProperty','value':'urn:ngsi-ld:null',"
			       "'datasetId':'urn:d:1',@@}}",
		.shows = ID ",'a':{'type':'GeoProperty','value':'urn:ngsi-ld:null',"
			    "'datasetId':'urn:d:1'}}"},
	/* sub-members */
	{CONCISE,
		.entity = HEAD ",'$a':{'type':'Property','value':1,'unitCode':'CEL',@@}}",
		.shows = ID ",'a':{'value':1,'unitCode':'CEL'}}"},
	{CONCISE,
		.entity = HEAD
		",'$a':{'type':'Property','value':1,'datasetId':'urn:d:1',@@}}",
		.shows = ID ",'a':{'value':1,'datasetId':'urn:d:1'}}"},
	{CONCISE,
		.entity =
			HEAD ",'$a':{'type':'Property','value':1,'$s':{'type':'Property',"
			     "'value':2,@@},@@}}",
		.shows = ID ",'a':{'value':1,'s':2}}"},
	{CONCISE,
		.entity =
			HEAD ",'$a':{'type':'Property','value':1,'$s':{'type':'Property',"
			     "'value':2,'expiresAt':'2024-01-01T00:00:00Z',@@},@@}}",
		.shows = ID ",'a':1}"},
	{CONCISE,
		.entity = HEAD ",'$a':{'type':'Property','value':1,"
			       "'expiresAt':'2099-01-01T00:00:00Z',@@}}",
		.shows = ID ",'a':1}"},
	{.r = {.format = FORMAT_CONCISE, .sys_attrs = true},
		.entity = VALUE("1"),
		.shows = ID "," INSTANT ",'a':{'value':1," INSTANT "}}"},
	/* instances */
	{CONCISE,
		.entity =
			HEAD ",'$a':[{'type':'Property','value':1,@@},{'type':'Property',"
			     "'value':2,'datasetId':'urn:d:1',@@}]}",
		.shows = ID ",'a':[{'value':1},{'value':2,'datasetId':'urn:d:1'}]}"},
	/* other kinds */
	{CONCISE, .entity = HEAD ",'$a':{'type':'Relationship','object':'urn:x:2',@@}}",
		.shows = ID ",'a':{'object':'urn:x:2'}}"},
	{CONCISE,
		.entity = HEAD
		",'$a':{'type':'ListRelationship','objectList':['urn:x:2'],@@}}",
		.shows = ID ",'a':{'objectList':['urn:x:2']}}"},
	{CONCISE, .entity = HEAD ",'$a':{'type':'ListProperty','valueList':[1],@@}}",
		.shows = ID ",'a':{'valueList':[1]}}"},
	{CONCISE, .entity = HEAD ",'$a':{'type':'VocabProperty','vocab':'$x',@@}}",
		.shows = ID ",'a':{'vocab':'x'}}"},
	{CONCISE, .entity = HEAD ",'$a':{'type':'JsonProperty','json':{'x':1},@@}}",
		.shows = ID ",'a':{'json':{'x':1}}}"},
	{CONCISE,
		.entity = HEAD
		",'$a':{'type':'LanguageProperty','languageMap':{'en':'y'},@@}}",
		.shows = ID ",'a':{'languageMap':{'en':'y'}}}"},
	{CONCISE, .lang = "en",
		.entity = HEAD
		",'$a':{'type':'LanguageProperty','languageMap':{'en':'y'},@@}}",
		.shows = ID ",'a':{'value':'y','lang':'en'}}"},
};

START_TEST(renders)
{
	case_run(&cases[_i]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("render_concise");

	tcase_add_loop_test(tc, renders, 0, ROWS(cases));
	return suite_run("render_concise", tc);
}
