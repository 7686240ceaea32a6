/* SPDX-License-Identifier: Apache-2.0 */
/* Entities as earlier editions had them, 4.3.6.8: each boundary from both sides. */
#include "render_case.h"

#include <core/downshift.h>

#include <suite.h>

#define HEAD "{'id':'urn:x:1','type':['$T','$U'],@@"
#define TWO  "{'id':'urn:x:1','type':['T','U']"
#define ONE  "{'id':'urn:x:1','type':'T'"

static const char *const dataset[] = {"urn:d:1"};

static const struct {
	unsigned minor;
	bool amended;
	struct render_case c;
} cases[] = {
	{9, false,
		{.entity = HEAD ",'$a':{'type':'JsonProperty','json':1,@@}}",
			.shows = TWO ",'a':{'type':'JsonProperty','json':1}}"}},
	{8, false,
		{.entity = HEAD ",'$a':{'type':'JsonProperty','json':1,@@}}",
			.shows = TWO ",'a':{'type':'JsonProperty','json':1}}"}},
	{7, true,
		{.entity = HEAD ",'$a':{'type':'JsonProperty','json':{'k':1},@@}}",
			.shows = TWO ",'a':{'type':'Property','value':{'k':1}}}"}},
	{7, true,
		{.entity = HEAD
			",'$a':{'type':'VocabProperty','vocab':'$x',@@},"
			"'$b':{'type':'VocabProperty','vocab':['$x','urn:y'],@@}}",
			.shows = TWO ",'a':{'type':'Property','value':'x'},"
				     "'b':{'type':'Property','value':['x','urn:y']}}"}},
	{7, true,
		{.entity = HEAD ",'$a':{'type':'ListProperty','valueList':[1,[2]],@@}}",
			.shows = TWO ",'a':{'type':'Property','value':[1,[2]]}}"}},
	{7, true,
		{.entity = HEAD
			",'$a':{'type':'ListRelationship','objectList':['urn:a:b',"
			"'urn:c:d'],'objectType':'$T',@@}}",
			.shows = TWO
			",'a':{'type':'Relationship','object':['urn:a:b','urn:c:d']}}"}},
	{7, true,
		{.entity = HEAD ",'$a':{'type':'Relationship','object':'urn:a:b',"
				"'objectType':'$T',@@}}",
			.shows = TWO ",'a':{'type':'Relationship','object':'urn:a:b'}}"}},
	{8, false,
		{.entity = HEAD ",'$a':{'type':'Relationship','object':'urn:a:b',"
				"'objectType':'$T',@@}}",
			.shows = TWO ",'a':{'type':'Relationship','object':'urn:a:b',"
				     "'objectType':'T'}}"}},
	{9, false,
		{.entity = HEAD
			",'$a':{'type':'Property','value':1,'valueType':'$N',@@}}",
			.shows = TWO
			",'a':{'type':'Property','value':1,'valueType':'N'}}"}},
	{8, true,
		{.entity = HEAD
			",'$a':{'type':'Property','value':1,'valueType':'$N',@@}}",
			.shows = TWO ",'a':{'type':'Property','value':1}}"}},
	/* expiresAt goes, what has expired does not come back */
	{8, true,
		{.r = {.sys_attrs = true},
			.entity = "{'id':'urn:x:1','type':['$T'],'expiresAt':'2099-01-"
				  "01T00:00:00Z',"
				  "'$a':{'type':'Property','value':1,"
				  "'expiresAt':'2099-01-01T00:00:00Z'},'$b':{'type':'"
				  "Property',"
				  "'value':2,'expiresAt':'2000-01-01T00:00:00Z'}}",
			.shows = ONE ",'a':{'type':'Property','value':1}}"}},
	{8, false,
		{.entity = "{'id':'urn:x:1','type':['$T'],"
			   "'expiresAt':'2099-01-01T00:00:00Z'}",
			.shows = ONE "}"}},
	{4, false,
		{.entity = HEAD
			",'scope':['/a'],"
			"'$a':{'type':'LanguageProperty','languageMap':{'en':'x'},@@}}",
			.shows = TWO
			",'scope':'/a',"
			"'a':{'type':'LanguageProperty','languageMap':{'en':'x'}}}"}},
	{3, true,
		{.entity = HEAD
			",'scope':['/a'],"
			"'$a':{'type':'LanguageProperty','languageMap':{'en':'x'},@@}}",
			.shows = TWO ",'a':{'type':'Property','value':{'en':'x'}}}"}},
	{3, true,
		{.lang = "fr",
			.entity = HEAD
			",'$a':{'type':'LanguageProperty','languageMap':{'en':'x',"
			"'fr':'y'},@@}}",
			.shows = TWO ",'a':{'type':'Property','value':'y'}}"}},
	{3, false,
		{.entity = HEAD
			",'$a':{'type':'Property','value':1,'unitCode':'CEL',"
			"'observedAt':'2020-01-01T00:00:00Z','datasetId':'urn:d:1',@@}}",
			.shows = TWO
			",'a':{'type':'Property','value':1,'unitCode':'CEL',"
			"'observedAt':'2020-01-01T00:00:00Z','datasetId':'urn:d:1'}}"}},
	{2, true,
		{.entity = HEAD
			",'$a':{'type':'Property','value':1,'unitCode':'CEL',"
			"'observedAt':'2020-01-01T00:00:00Z','datasetId':'urn:d:1',@@}}",
			.shows = ONE ",'a':{'type':'Property','value':1}}"}},
	{3, false,
		{.entity = HEAD
			",'$a':[{'type':'Property','value':1,@@},{'type':'Property',"
			"'value':2,'datasetId':'urn:d:1',@@}]}",
			.shows = TWO
			",'a':[{'type':'Property','value':1},{'type':'Property',"
			"'value':2,'datasetId':'urn:d:1'}]}"}},
	{0, true,
		{.entity = HEAD
			",'$a':[{'type':'Property','value':1,@@},{'type':'Property',"
			"'value':2,'datasetId':'urn:d:1',@@}]}",
			.shows = ONE ",'a':{'type':'Property','value':1}}"}},
	/* datasetId chooses before it is gone */
	{0, true,
		{.r = {.dataset_ids = dataset, .dataset_ids_len = 1},
			.entity = HEAD
			",'$a':[{'type':'Property','value':1,@@},{'type':'Property',"
			"'value':2,'datasetId':'urn:d:1',@@}],"
			"'$b':{'type':'Property','value':1,@@}}",
			.shows = ONE ",'a':{'type':'Property','value':2}}"}},
	/* sub-attributes are attributes */
	{7, true,
		{.entity = HEAD ",'$a':{'type':'Property','value':1,'$s':{"
				"'type':'JsonProperty','json':2,@@},@@}}",
			.shows = TWO ",'a':{'type':'Property','value':1,"
				     "'s':{'type':'Property','value':2}}}"}},
	{7, true,
		{.r = {.format = FORMAT_CONCISE},
			.entity =
				HEAD ",'$a':{'type':'ListProperty','valueList':[1],@@}}",
			.shows = TWO ",'a':[1]}"}},
	{7, true,
		{.r = {.format = FORMAT_SIMPLIFIED},
			.entity = HEAD ",'$a':{'type':'JsonProperty','json':{'k':1},@@}}",
			.shows = TWO ",'a':{'k':1}}"}},
};

START_TEST(an_edition_gets_what_it_knew)
{
	struct version version = {.minor = cases[_i].minor};
	struct render_case c = cases[_i].c;

	c.r.version = &version;
	case_run(&c);
	ck_assert_int_eq(version.amended, cases[_i].amended);
}
END_TEST

static const struct {
	const char *prefer;
	int minor; /* -1: there is none */
} headers[] = {
	{"ngsi-ld=1.5", 5},
	{"ngsi-ld=1.0", 0},
	{"NGSI-LD=\"1.3\"", 3},
	{"body=json, ngsi-ld=1.4", 4},
	{"respond-async,ngsi-ld = 1.8;x=1", 8},
	{"ngsi-ld=1.10", 9},
	{"ngsi-ld=2.1", 9},
	{"ngsi-ld=99999999999999999999.1", 9},
	{"ngsi-ld=0.9", -1},
	{"ngsi-ld=1", -1},
	{"ngsi-ld=1.", -1},
	{"ngsi-ld=1.5x", -1},
	{"ngsi-ld=x", -1},
	{"ngsi-ld", -1},
	{"xngsi-ld=1.5", -1},
	{"body=json", -1},
	{"", -1},
	{",,", -1},
};

START_TEST(prefer)
{
	struct version version = {.minor = 77};
	bool found = version_parse(headers[_i].prefer, &version);

	ck_assert_int_eq(found ? (int)version.minor : -1, headers[_i].minor);
	ck_assert(found || version.minor == 77);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("downshift");

	tcase_add_loop_test(tc, an_edition_gets_what_it_knew, 0, ROWS(cases));
	tcase_add_loop_test(tc, prefer, 0, ROWS(headers));
	return suite_run("downshift", tc);
}
