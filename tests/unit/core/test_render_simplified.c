/* SPDX-License-Identifier: Apache-2.0 */
/* The simplified representation, 4.5.4. */
#include "render_case.h"

#include <suite.h>

#define HEAD       "{'id':'urn:x:1','type':['$T'],@@"
#define ID         "{'id':'urn:x:1','type':'T'"
#define SIMPLIFIED .r = {.format = FORMAT_SIMPLIFIED}
#define MULTI                                                                            \
	HEAD ",'$a':[{'type':'Property','value':'Bowie',@@},{'type':'Relationship',"     \
	     "'object':'urn:x:2','datasetId':'urn:d:1',@@},{'type':'VocabProperty',"     \
	     "'vocab':'$x','datasetId':'urn:d:2',@@}]}"

static const char *const one[] = {"urn:d:1"};

static const struct render_case cases[] = {
	{SIMPLIFIED,
		.entity = HEAD ",'$a':{'type':'Property','value':'x','unitCode':'CEL',"
			       "'$s':{'type':'Property','value':2,@@},@@}}",
		.shows = ID ",'a':'x'}"},
	{SIMPLIFIED,
		.entity =
			HEAD ",'~location':{'type':'GeoProperty','value':{'type':'Point',"
			     "'coordinates':[13.3986,52.5547]},@@}}",
		.shows = ID
		",'location':{'type':'Point','coordinates':[13.3986,52.5547]}}"},
	{SIMPLIFIED,
		.entity =
			HEAD ",'$a':{'type':'LanguageProperty','languageMap':{'en':'yes',"
			     "'fr':'oui'},@@}}",
		.shows = ID ",'a':{'languageMap':{'en':'yes','fr':'oui'}}}"},
	{SIMPLIFIED, .lang = "fr",
		.entity =
			HEAD ",'$a':{'type':'LanguageProperty','languageMap':{'en':'yes',"
			     "'fr':['oui','ouais']},@@}}",
		.shows = ID ",'a':['oui','ouais']}"},
	{SIMPLIFIED, .entity = HEAD ",'$a':{'type':'JsonProperty','json':{'id':1},@@}}",
		.shows = ID ",'a':{'json':{'id':1}}}"},
	{SIMPLIFIED,
		.entity = HEAD
		",'$a':{'type':'VocabProperty','vocab':['$Male','urn:y'],@@}}",
		.shows = ID ",'a':{'vocab':['Male','urn:y']}}"},
	{SIMPLIFIED,
		.entity = HEAD
		",'$a':{'type':'Relationship','object':'urn:x:2',@@},"
		"'$b':{'type':'Relationship','object':['urn:x:2','urn:x:3'],@@}}",
		.shows = ID ",'a':'urn:x:2','b':['urn:x:2','urn:x:3']}"},
	{SIMPLIFIED,
		.entity = HEAD
		",'$a':{'type':'ListProperty','valueList':['First','Second'],@@},"
		"'$b':{'type':'ListRelationship','objectList':['urn:x:2'],@@}}",
		.shows = ID ",'a':['First','Second'],'b':['urn:x:2']}"},
	{SIMPLIFIED, .entity = MULTI,
		.shows = ID ",'a':{'dataset':{'@none':'Bowie','urn:d:1':'urn:x:2',"
			    "'urn:d:2':{'vocab':'x'}}}}"},
	{.r = {.format = FORMAT_SIMPLIFIED, .dataset_ids = one, .dataset_ids_len = 1},
		.entity = MULTI,
		.shows = ID ",'a':'urn:x:2'}"},
	{SIMPLIFIED,
		.entity = HEAD ",'$a':{'type':'Property','value':1,"
			       "'expiresAt':'2024-01-01T00:00:00Z',@@}}",
		.shows = ID "}"},
	{SIMPLIFIED,
		.entity = "{'id':'urn:x:1','type':['$T','$U'],'scope':['/a','/b'],@@}",
		.shows = "{'id':'urn:x:1','type':['T','U'],'scope':['/a','/b']}"},
	{.r = {.format = FORMAT_SIMPLIFIED, .sys_attrs = true},
		.entity = HEAD ",'$a':{'type':'Property','value':1,@@}}",
		.shows = ID ",'createdAt':'2025-01-01T00:00:00Z',"
			    "'modifiedAt':'2025-01-02T00:00:00.123Z','a':1}"},
	{SIMPLIFIED, .pick = "a", .entity = MULTI,
		.shows = "{'a':{'dataset':{'@none':'Bowie','urn:d:1':'urn:x:2',"
			 "'urn:d:2':{'vocab':'x'}}}}"},
};

START_TEST(renders)
{
	case_run(&cases[_i]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("render_simplified");

	tcase_add_loop_test(tc, renders, 0, ROWS(cases));
	return suite_run("render_simplified", tc);
}
