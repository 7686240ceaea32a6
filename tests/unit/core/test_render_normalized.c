/* SPDX-License-Identifier: Apache-2.0 */
/* The normalized representation (4.5.2.2 and its kin), and what all of them share. */
#include "render_case.h"

#include <suite.h>

#define HEAD "{'id':'urn:x:1','type':['$T'],@@"
#define ID   "{'id':'urn:x:1','type':'T'"
#define INSTANT                                                                          \
	"'createdAt':'2025-01-01T00:00:00Z','modifiedAt':'2025-01-02T00:00:00.123Z'"

static const char *const default_only[] = {"@none"};
static const char *const one_and_two[] = {"urn:d:1", "urn:d:2"};

#define MULTI                                                                            \
	HEAD ",'$a':[{'type':'Property','value':1,@@},"                                  \
	     "{'type':'Property','value':2,'datasetId':'urn:d:1',@@},"                   \
	     "{'type':'Property','value':3,'datasetId':'urn:d:2',@@}],"                  \
	     "'$b':{'type':'Property','value':4,'$s':{'type':'Property','value':5,"      \
	     "'datasetId':'urn:d:9',@@},@@}}"
#define LANGUAGES                                                                        \
	HEAD ",'$l':{'type':'LanguageProperty','languageMap':{'en':'yes','fr':['oui',"   \
	     "'ouais']},'observedAt':'2025-01-01T00:00:00Z',@@}}"

static const struct render_case cases[] = {
	{.entity = HEAD "}", .shows = ID "}"},
	{.entity = "{'id':'urn:x:1','type':['$T','http://e.org/U'],'scope':['/a'],@@}",
		.shows = "{'id':'urn:x:1','type':['T','http://e.org/U'],'scope':'/a'}"},
	{.entity = "{'id':'urn:x:1','type':['$T'],'scope':['/a','/b'],@@}",
		.shows = ID ",'scope':['/a','/b']}"},
	/* the kinds */
	{.entity = HEAD
		",'$a':{'type':'Property','value':{'x':[1e2,null]},'unitCode':'CEL',"
		"'observedAt':'2025-01-01T00:00:00,5Z','valueType':'~DateTime',@@}}",
		.shows = ID ",'a':{'type':'Property','value':{'x':[1e2,null]},"
			    "'unitCode':'CEL','observedAt':'2025-01-01T00:00:00,5Z',"
			    "'valueType':'DateTime'}}"},
	{.entity = HEAD ",'~location':{'type':'GeoProperty','value':{'type':'Point',"
			"'coordinates':[5.30,43]},@@}}",
		.shows = ID ",'location':{'type':'GeoProperty','value':{'type':'Point',"
			    "'coordinates':[5.30,43]}}}"},
	{.entity = HEAD ",'$a':{'type':'Relationship','object':'urn:x:2',"
			"'objectType':['$T','$U'],@@}}",
		.shows = ID ",'a':{'type':'Relationship','object':'urn:x:2',"
			    "'objectType':['T','U']}}"},
	{.entity = HEAD
		",'$a':{'type':'Relationship','object':['urn:x:2','urn:x:3'],@@}}",
		.shows = ID
		",'a':{'type':'Relationship','object':['urn:x:2','urn:x:3']}}"},
	{.entity = LANGUAGES,
		.shows =
			ID ",'l':{'type':'LanguageProperty','languageMap':{'en':'yes',"
			   "'fr':['oui','ouais']},'observedAt':'2025-01-01T00:00:00Z'}}"},
	{.entity = HEAD ",'$a':{'type':'VocabProperty','vocab':'$male',@@},"
			"'$b':{'type':'VocabProperty','vocab':['$x','urn:y'],@@}}",
		.shows = ID ",'a':{'type':'VocabProperty','vocab':'male'},"
			    "'b':{'type':'VocabProperty','vocab':['x','urn:y']}}"},
	{.entity = HEAD ",'$a':{'type':'JsonProperty','json':{'id':1,'$x':[]},@@}}",
		.shows = ID ",'a':{'type':'JsonProperty','json':{'id':1,'$x':[]}}}"},
	{.entity = HEAD ",'$a':{'type':'ListProperty','valueList':[1],@@},"
			"'$b':{'type':'ListProperty','valueList':[],@@}}",
		.shows = ID ",'a':{'type':'ListProperty','valueList':[1]},"
			    "'b':{'type':'ListProperty','valueList':[]}}"},
	{.entity = HEAD
		",'$a':{'type':'ListRelationship','objectList':['urn:x:2','urn:x:2'],"
		"@@}}",
		.shows = ID ",'a':{'type':'ListRelationship','objectList':"
			    "[{'object':'urn:x:2'},{'object':'urn:x:2'}]}}"},
	/* sub-attributes, instances, datasets */
	{.entity = MULTI,
		.shows = ID
		",'a':[{'type':'Property','value':1},"
		"{'type':'Property','value':2,'datasetId':'urn:d:1'},"
		"{'type':'Property','value':3,'datasetId':'urn:d:2'}],"
		"'b':{'type':'Property','value':4,'s':{'type':'Property','value':5,"
		"'datasetId':'urn:d:9'}}}"},
	{.entity = MULTI,
		.r = {.dataset_ids = default_only, .dataset_ids_len = 1},
		.shows = ID ",'a':{'type':'Property','value':1},'b':{'type':'Property',"
			    "'value':4,'s':{'type':'Property','value':5,"
			    "'datasetId':'urn:d:9'}}}"},
	{.entity = MULTI,
		.r = {.dataset_ids = one_and_two, .dataset_ids_len = 2},
		.shows = ID ",'a':[{'type':'Property','value':2,'datasetId':'urn:d:1'},"
			    "{'type':'Property','value':3,'datasetId':'urn:d:2'}]}"},
	{.entity = MULTI,
		.r = {.dataset_ids = one_and_two, .dataset_ids_len = 1},
		.shows = ID ",'a':{'type':'Property','value':2,'datasetId':'urn:d:1'}}"},
	/* sysAttrs */
	{.entity = "{'id':'urn:x:1','type':['$T'],@@,'expiresAt':'2099-01-01T00:00:00Z',"
		   "'$a':{'type':'Property','value':1,'$s':{'type':'Property','value':5,@"
		   "@},"
		   "'expiresAt':'2098-01-01T00:00:00Z',@@}}",
		.r = {.sys_attrs = true},
		.shows = ID
		"," INSTANT ",'expiresAt':'2099-01-01T00:00:00Z','a':"
		"{'type':'Property','value':1,'s':{'type':'Property','value':5," INSTANT
		"},'expiresAt':'2098-01-01T00:00:00Z'," INSTANT "}}"},
	{.entity = "{'id':'urn:x:1','type':['$T'],@@,'expiresAt':'2099-01-01T00:00:00Z',"
		   "'$a':{'type':'Property','value':1,'$s':{'type':'Property','value':5,@"
		   "@},"
		   "'expiresAt':'2098-01-01T00:00:00Z',@@}}",
		.shows = ID ",'a':{'type':'Property','value':1,'s':{'type':'Property',"
			    "'value':5}}}"},
	/* what has expired (4.22) */
	{.entity = HEAD
		",'$a':{'type':'Property','value':1,"
		"'expiresAt':'2025-02-01T00:00:00Z',@@},"
		"'$b':[{'type':'Property','value':2,'expiresAt':'2025-01-31T23:59:59Z',"
		"@@},{'type':'Property','value':3,'datasetId':'urn:d:1',@@}],"
		"'$c':{'type':'Property','value':4,'$s':{'type':'Property','value':5,"
		"'expiresAt':'2024-01-01T00:00:00Z',@@},@@}}",
		.shows = ID ",'b':{'type':'Property','value':3,'datasetId':'urn:d:1'},"
			    "'c':{'type':'Property','value':4}}"},
	/* one language (4.15) */
	{.entity = LANGUAGES,
		.lang = "en",
		.shows = ID ",'l':{'type':'Property','value':'yes','lang':'en',"
			    "'observedAt':'2025-01-01T00:00:00Z'}}"},
	{.entity = LANGUAGES,
		.lang = "fr-CH,de;q=0.5",
		.shows = ID ",'l':{'type':'Property','value':['oui','ouais'],'lang':'fr',"
			    "'observedAt':'2025-01-01T00:00:00Z'}}"},
	{.entity = HEAD
		",'$a':{'type':'Property','value':1,'$l':{'type':'LanguageProperty',"
		"'languageMap':{'@none':'x','en':'y'},@@},@@}}",
		.lang = "pt",
		.shows = ID ",'a':{'type':'Property','value':1,'l':{'type':'Property',"
			    "'value':'x','lang':'@none'}}}"},
	{.entity = HEAD ",'$l':{'type':'LanguageProperty','languageMap':{},@@}}",
		.lang = "en",
		.shows = ID ",'l':{'type':'LanguageProperty','languageMap':{}}}"},
	/* projection */
	{.entity = MULTI,
		.attrs = "b",
		.r = {.dataset_ids = default_only, .dataset_ids_len = 1},
		.shows = ID ",'b':{'type':'Property','value':4,'s':{'type':'Property',"
			    "'value':5,'datasetId':'urn:d:9'}}}"},
	{.entity = MULTI, .pick = "type", .shows = "{'type':'T'}"},
	{.entity = MULTI, .pick = "nothing", .shows = "{}"},
	{.entity = MULTI, .omit = "id,a,b", .shows = "{'type':'T'}"},
	{.entity = MULTI, .pick = "id,createdAt", .shows = "{'id':'urn:x:1'}"},
	{.entity = MULTI,
		.pick = "id,createdAt",
		.r = {.sys_attrs = true},
		.shows = "{'id':'urn:x:1','createdAt':'2025-01-01T00:00:00Z'}"},
	/* "@context" */
	{.entity = HEAD "}",
		.r = {.context_member = true, .context_text = "[\"http://e.org/c\"]"},
		.shows = ID ",'@context':['http://e.org/c']}"},
	{.entity = MULTI,
		.pick = "nothing",
		.r = {.context_member = true, .context_text = "\"http://e.org/c\""},
		.shows = "{'@context':'http://e.org/c'}"},
};

START_TEST(renders)
{
	case_run(&cases[_i]);
}
END_TEST

START_TEST(lists)
{
	auto_arena a = {.cap = 1 << 20};
	auto_strbuf sb = {0};
	struct context *ctx = context_core();
	struct render r = {.ctx = ctx, .now = NOW, .context_text = "1"};

	strbuf_adds(&sb, "x");
	render_list_begin(&sb, &r);
	render_list_end(&sb, &r);
	ck_assert_str_eq(sb.data, "x[]");
	strbuf_reset(&sb);
	r.context_member = true;
	render_list_begin(&sb, &r);
	for (int i = 0; i < 2; i++)
		render_list_item(&sb, case_json(HEAD "}", &a), &r, &a);
	render_list_end(&sb, &r);
	ck_assert_str_eq(
		sb.data, case_text("[" ID ",'@context':1}," ID ",'@context':1}]", &a));
	context_unref(ctx);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("render_normalized");

	tcase_add_loop_test(tc, renders, 0, ROWS(cases));
	tcase_add_test(tc, lists);
	return suite_run("render_normalized", tc);
}
