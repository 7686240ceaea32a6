/* SPDX-License-Identifier: Apache-2.0 */
/* What notifications say, 5.3.1, 5.8.6, and the headers that go with them, 6.3.8. */
#include <core/notification.h>

#include <core/q.h>

#include "subscription_case.h"

#include <suite.h>

#define THING "{'id':'urn:e','type':['$T'],@@,"
#define P     "'$p':{'type':'Property','value':1,@@}"
#define R     "'$r':{'type':'Relationship','object':'urn:o',@@}"
#define D                                                                                \
	"'$d':[{'type':'Property','value':1,@@},"                                        \
	"{'type':'Property','value':2,'datasetId':'urn:d',@@}]"
#define THEN     "'createdAt':'2025-01-01T00:00:00Z',"
#define MODIFIED "'modifiedAt':'2025-01-02T00:00:00.123Z'"
#define GONE     "'deletedAt':'2025-02-01T00:00:00Z'"
#define T        "'id':'urn:e','type':'T'"
#define ALL      "'entities':[{'type':'*'}],"

static const struct {
	const char *members, *notification, *endpoint;
	struct op op;
	const char *entity, *doc;
	const char *data;
} rows[] = {
	/* creation and update: the entity as it is now */
	{ALL, "", "", {.kind = OP_CREATE}, NULL, "{'id':'urn:e','type':['$T']," P "}",
		"[{" T ",'p':{'type':'Property','value':1}}]"},
	{ALL, "", "", {.kind = OP_UPDATE}, THING P "," R "}",
		"{'$p':{'type':'Property','value':2}}",
		"[{" T ",'p':{'type':'Property','value':2},"
		"'r':{'type':'Relationship','object':'urn:o'}}]"},
	{ALL, "'format':'concise',", "", {.kind = OP_UPDATE}, THING P "," R "}",
		"{'$p':{'type':'Property','value':2}}",
		"[{" T ",'p':2,'r':{'object':'urn:o'}}]"},
	{ALL, "'format':'keyValues',", "", {.kind = OP_UPDATE}, THING P "," R "}",
		"{'$p':{'type':'Property','value':2}}", "[{" T ",'p':2,'r':'urn:o'}]"},
	{ALL, "'sysAttrs':true,", "", {.kind = OP_UPDATE}, THING R "}",
		"{'$p':{'type':'Property','value':2}}",
		"[{'id':'urn:e','type':'T'," THEN "'modifiedAt':'2025-02-01T00:00:00Z',"
		"'r':{'type':'Relationship','object':'urn:o'," THEN MODIFIED "},"
		"'p':{'type':'Property','value':2,'createdAt':'2025-02-01T00:00:00Z',"
		"'modifiedAt':'2025-02-01T00:00:00Z'}}]"},
	/* projection */
	{ALL, "'pick':['id','$p'],", "", {.kind = OP_UPDATE}, THING R "}",
		"{'$p':{'type':'Property','value':2}}",
		"[{'id':'urn:e','p':{'type':'Property','value':2}}]"},
	{ALL, "'omit':['type','$r'],", "", {.kind = OP_UPDATE}, THING R "}",
		"{'$p':{'type':'Property','value':2}}",
		"[{'id':'urn:e','p':{'type':'Property','value':2}}]"},
	{ALL, "'attributes':['$r'],", "", {.kind = OP_UPDATE}, THING R "}",
		"{'$p':{'type':'Property','value':2}}",
		"[{" T ",'r':{'type':'Relationship','object':'urn:o'}}]"},
	{ALL "'datasetId':['urn:d'],", "", "", {.kind = OP_UPDATE}, THING D "}",
		"{'$p':{'type':'Property','value':2}}",
		"[{" T ",'d':{'type':'Property','value':2,'datasetId':'urn:d'}}]"},
	{ALL "'lang':'fr',", "", "", {.kind = OP_UPDATE}, THING P "}",
		"{'$l':{'type':'LanguageProperty','languageMap':{'en':'a','fr':'b'}}}",
		"[{" T ",'p':{'type':'Property','value':1},"
		"'l':{'type':'Property','value':'b','lang':'fr'}}]"},
	{ALL "'ngsildConformance':'1.7',", "", "", {.kind = OP_UPDATE}, THING P "}",
		"{'$p':{'type':'JsonProperty','json':{'a':1}}}",
		"[{" T ",'p':{'type':'Property','value':{'a':1}}}]"},
	/* representations */
	{ALL, "", ",'accept':'application/ld+json'", {.kind = OP_UPDATE}, THING R "}",
		"{'$p':{'type':'Property','value':2}}",
		"[{" T ",'r':{'type':'Relationship','object':'urn:o'},"
		"'p':{'type':'Property','value':2},'@context':'http://h/c'}]"},
	{ALL, "'format':'concise',", ",'accept':'application/geo+json'",
		{.kind = OP_UPDATE}, THING R "}", "{'$p':{'type':'Property','value':2}}",
		"{'type':'FeatureCollection','features':[{'id':'urn:e','type':'Feature',"
		"'geometry':null,'properties':{'type':'T','r':{'object':'urn:o'},'p':2}}]"
		","
		"'@context':'http://h/c'}"},
	{ALL, "'format':'concise',",
		",'accept':'application/"
		"geo+json','receiverInfo':[{'key':'prefer','value':"
		"'body=json'}]",
		{.kind = OP_UPDATE}, THING R "}", "{'$p':{'type':'Property','value':2}}",
		"{'type':'FeatureCollection','features':[{'id':'urn:e','type':'Feature',"
		"'geometry':null,'properties':{'type':'T','r':{'object':'urn:o'},'p':2}}]"
		"}"},
	/* previous values: of what changed, never of what is new */
	{ALL, "'showChanges':true,", "", {.kind = OP_UPDATE}, THING P "," R "}",
		"{'$p':{'type':'Property','value':2},'$r':{'type':'Relationship',"
		"'object':'urn:o'},'$n':{'type':'Property','value':3}}",
		"[{" T ",'p':{'type':'Property','value':2,'previousValue':1},"
		"'r':{'type':'Relationship','object':'urn:o'},"
		"'n':{'type':'Property','value':3}}]"},
	{ALL, "'showChanges':true,'format':'concise',", "", {.kind = OP_UPDATE},
		THING P "," R "}",
		"{'$p':{'type':'Property','value':2},"
		"'$r':{'type':'Relationship','object':'urn:q'}}",
		"[{" T ",'p':{'value':2,'previousValue':1},"
		"'r':{'object':'urn:q','previousObject':'urn:o'}}]"},
	{ALL, "'showChanges':true,", "", {.kind = OP_UPDATE},
		THING "'$v':{'type':'VocabProperty','vocab':'$old',@@},"
		      "'$l':{'type':'ListRelationship','objectList':['urn:o'],@@}}",
		"{'$v':{'type':'VocabProperty','vocab':'$new'},"
		"'$l':{'type':'ListRelationship','objectList':['urn:q']}}",
		"[{" T
		",'v':{'type':'VocabProperty','vocab':'new','previousVocab':'old'},"
		"'l':{'type':'ListRelationship','objectList':[{'object':'urn:q'}],"
		"'previousObjectList':[{'object':'urn:o'}]}}]"},
	{ALL, "'showChanges':true,", "", {.kind = OP_UPDATE}, THING D "}",
		"{'$d':{'type':'Property','value':9,'datasetId':'urn:d'}}",
		"[{" T ",'d':[{'type':'Property','value':1},{'type':'Property','value':9,"
		"'datasetId':'urn:d','previousValue':2}]}]"},
	/* a deleted attribute: bare, or as much of an object as is needed */
	{ALL, "", "", {.kind = OP_DELETE_ATTR, .attr = "$p"}, THING P "," R "}", NULL,
		"[{" T ",'r':{'type':'Relationship','object':'urn:o'},"
		"'p':{'type':'Property','value':'urn:ngsi-ld:null'}}]"},
	{ALL, "'format':'concise',", "", {.kind = OP_DELETE_ATTR, .attr = "$r"},
		THING P "," R "}", NULL, "[{" T ",'p':1,'r':'urn:ngsi-ld:null'}]"},
	{ALL, "'format':'simplified',", "", {.kind = OP_DELETE_ATTR, .attr = "$l"},
		THING P ",'$l':{'type':'LanguageProperty','languageMap':{'en':'a'},@@}}",
		NULL, "[{" T ",'p':1,'l':'urn:ngsi-ld:null'}]"},
	{ALL, "'format':'concise','sysAttrs':true,", "",
		{.kind = OP_DELETE_ATTR, .attr = "$r"}, THING R "}", NULL,
		"[{" T "," THEN "'modifiedAt':'2025-02-01T00:00:00Z','r':{"
		"'object':'urn:ngsi-ld:null'," THEN MODIFIED "," GONE "}}]"},
	{ALL, "'format':'concise','showChanges':true,", "",
		{.kind = OP_DELETE_ATTR, .attr = "$r"}, THING R "}", NULL,
		"[{" T ",'r':{'object':'urn:ngsi-ld:null','previousObject':'urn:o'}}]"},
	{ALL, "'format':'concise',", "",
		{.kind = OP_DELETE_ATTR, .attr = "$d", .dataset_id = "urn:d"},
		THING D "}", NULL,
		"[{" T ",'d':[{'value':1},{'value':'urn:ngsi-ld:null',"
		"'datasetId':'urn:d'}]}]"},
	{ALL, "'format':'simplified',", "",
		{.kind = OP_DELETE_ATTR, .attr = "$d", .dataset_id = "urn:d"},
		THING D "}", NULL,
		"[{" T ",'d':{'dataset':{'@none':1,'urn:d':'urn:ngsi-ld:null'}}}]"},
	{ALL, "", "", {.kind = OP_DELETE_ATTR, .attr = "$d", .delete_all = true},
		THING D "}", NULL,
		"[{" T ",'d':{'type':'Property','value':'urn:ngsi-ld:null'}}]"},
	{ALL, "'showChanges':true,", "",
		{.kind = OP_DELETE_ATTR, .attr = "$d", .delete_all = true}, THING D "}",
		NULL,
		"[{" T ",'d':[{'type':'Property','value':'urn:ngsi-ld:null',"
		"'previousValue':1},{'type':'Property','value':'urn:ngsi-ld:null',"
		"'datasetId':'urn:d','previousValue':2}]}]"},
	{ALL "'notificationTrigger':['attributeDeleted'],", "'format':'concise',", "",
		{.kind = OP_DELETE}, THING D "}", NULL,
		"[{" T "," GONE ",'d':'urn:ngsi-ld:null'}]"},
	{ALL, "", "", {.kind = OP_DELETE_ATTR, .attr = "$l"},
		THING "'$l':{'type':'LanguageProperty','languageMap':{'en':'a'},@@}}",
		NULL,
		"[{" T ",'l':{'type':'LanguageProperty','languageMap':{'@none':"
		"'urn:ngsi-ld:null'}}}]"},
	{ALL, "'showChanges':true,", "", {.kind = OP_DELETE_ATTR, .attr = "$l"},
		THING "'$l':{'type':'ListRelationship','objectList':['urn:o'],@@}}", NULL,
		"[{" T
		",'l':{'type':'ListRelationship','objectList':['urn:ngsi-ld:null'],"
		"'previousObjectList':[{'object':'urn:o'}]}}]"},
	{ALL, "'showChanges':true,", "", {.kind = OP_DELETE_ATTR, .attr = "$j"},
		THING "'$j':{'type':'JsonProperty','json':{'a':1},@@}}", NULL,
		"[{" T ",'j':{'type':'JsonProperty','json':'urn:ngsi-ld:null',"
		"'previousJson':{'a':1}}}]"},
	/* a deleted entity */
	{ALL "'notificationTrigger':['entityDeleted'],", "", "", {.kind = OP_DELETE},
		THING P "}", NULL, "[{" T "," GONE "}]"},
	{ALL "'notificationTrigger':['entityDeleted'],", "'sysAttrs':true,", "",
		{.kind = OP_DELETE}, THING P "}", NULL,
		"[{" T "," THEN MODIFIED "," GONE "}]"},
	{ALL "'notificationTrigger':['entityDeleted'],", "'pick':['id'],", "",
		{.kind = OP_DELETE}, THING P "}", NULL, "[{'id':'urn:e'," GONE "}]"},
	{ALL "'notificationTrigger':['entityDeleted'],", "'showChanges':true,", "",
		{.kind = OP_DELETE}, THING P "," R "}", NULL,
		"[{" T "," GONE ",'p':{'type':'Property','value':'urn:ngsi-ld:null',"
		"'previousValue':1},'r':{'type':'Relationship',"
		"'object':'urn:ngsi-ld:null','previousObject':'urn:o'}}]"},
	/* … that was watched for its attributes */
	{ALL "'notificationTrigger':['attributeDeleted'],'watchedAttributes':['$p'],", "",
		"", {.kind = OP_DELETE}, THING P "," R "}", NULL,
		"[{" T "," GONE ",'p':{'type':'Property','value':'urn:ngsi-ld:null'}}]"},
};

START_TEST(says)
{
	auto_arena a = {.cap = 1 << 20};
	auto_strbuf sb = {0};
	const struct jn *entity;
	struct outcome out;
	struct subscription *s;
	struct notified notified;
	struct notification n;

	entity = rows[_i].entity != NULL ? case_json(rows[_i].entity, &a) : NULL;
	out = case_apply(rows[_i].op, entity, rows[_i].doc, &a);
	s = case_subscription(rows[_i].members, rows[_i].notification, rows[_i].endpoint);
	notified = (struct notified){entity, out.entity, out.changes, NOW};
	n = (struct notification){.subscription = s,
		.id = "urn:n",
		.at = NOW,
		.entities = &notified,
		.entities_len = 1};
	notification_body(&sb, &n, &a);
	ck_assert_str_eq(sb.data,
		case_text(arena_printf(&a,
				  "{'id':'urn:n','type':'Notification',"
				  "'subscriptionId':'urn:s',"
				  "'notifiedAt':'2025-02-01T00:00:00Z','data':%s}",
				  rows[_i].data),
			&a));
	subscription_unref(s);
}
END_TEST

/* ---- joins */

static const struct jn *get(void *self, const char *id, size_t len)
{
	static const char *const docs[] = {
		"{'id':'urn:o','type':['$O'],@@," P ",'$r':{'type':'Relationship',"
		"'object':'urn:q',@@}}",
		"{'id':'urn:q','type':['$Q'],@@,'$r':{'type':'Relationship',"
		"'object':'urn:e',@@}}",
	};

	for (int i = 0; i < 2; i++)
		if (len == 5 && strncmp(docs[i] + 7, id, len) == 0)
			return case_json(docs[i], self);
	return NULL;
}

static const struct {
	const char *notification, *data;
} joins[] = {
	{"'join':'flat','format':'simplified',",
		"[{" T
		",'p':1,'r':'urn:o'},{'id':'urn:o','type':'O','p':1,'r':'urn:q'}]"},
	{"'join':'flat','joinLevel':3,'format':'simplified',",
		"[{" T ",'p':1,'r':'urn:o'},{'id':'urn:o','type':'O','p':1,'r':'urn:q'},"
		"{'id':'urn:q','type':'Q','r':'urn:e'}]"},
	{"'join':'inline','format':'simplified',",
		"[{" T ",'p':1,'r':{'id':'urn:o','type':'O','p':1,'r':'urn:q'}}]"},
	/* attributes are those of the entity itself; pick is everybody's */
	{"'join':'flat','attributes':['$r'],'format':'simplified',",
		"[{" T ",'r':'urn:o'},{'id':'urn:o','type':'O','p':1,'r':'urn:q'}]"},
	{"'join':'inline','attributes':['$r'],'format':'simplified',",
		"[{" T ",'r':{'id':'urn:o','type':'O','p':1,'r':'urn:q'}}]"},
	{"'join':'flat','pick':['id','$r'],'format':'simplified',",
		"[{'id':'urn:e','r':'urn:o'},{'id':'urn:o','r':'urn:q'}]"},
	{"'join':'flat','pick':['id','$r{type,$p}'],'format':'simplified',",
		"[{'id':'urn:e','r':'urn:o'},{'type':'O','p':1}]"},
};

START_TEST(joins_entities)
{
	auto_arena a = {.cap = 1 << 20};
	auto_strbuf sb = {0};
	const struct q_linked linked = {get, &a};
	const struct jn *entity = case_json(THING P "," R "}", &a);
	struct subscription *s = case_subscription(ALL, joins[_i].notification, "");
	struct notified notified = {NULL, entity, NULL, NOW};
	struct notification n = {.subscription = s,
		.id = "urn:n",
		.at = NOW,
		.entities = &notified,
		.entities_len = 1,
		.linked = &linked};

	ck_assert(notification_joins(s));
	notification_body(&sb, &n, &a);
	ck_assert_str_eq(strstr(sb.data, "\"data\":") + 7,
		case_text(arena_printf(&a, "%s}", joins[_i].data), &a));
	subscription_unref(s);
}
END_TEST

/* ---- headers */

#define LINK                                                                             \
	"Link=<http://h/c>; rel=\"http://www.w3.org/ns/json-ld#context\"; "              \
	"type=\"application/ld+json\" "

static const struct {
	const char *endpoint, *tenant, *headers;
} headers[] = {
	{"", NULL, "Content-Type=application/json " LINK},
	{"", "t", "Content-Type=application/json " LINK "NGSILD-Tenant=t "},
	{",'accept':'application/ld+json'", NULL, "Content-Type=application/ld+json "},
	{",'accept':'application/geo+json'", NULL, "Content-Type=application/geo+json "},
	{",'accept':'application/geo+json','receiverInfo':[{'key':'Prefer','value':"
	 "'body=json'}]",
		NULL, "Content-Type=application/geo+json " LINK "Prefer=body=json "},
	{",'receiverInfo':[{'key':'Authorization','value':'x'},{'key':'content-type',"
	 "'value':'text/html'},{'key':'Host','value':'y'},{'key':'link','value':'z'},"
	 "{'key':'ngsild-tenant','value':'u'}]",
		"t",
		"Content-Type=application/json Authorization=x link=z ngsild-tenant=u "},
};

START_TEST(has_headers)
{
	auto_arena a = {.cap = 1 << 20};
	auto_strbuf sb = {0};
	struct subscription *s = case_subscription(ALL, "", headers[_i].endpoint);
	const struct notification n = {.subscription = s, .tenant = headers[_i].tenant};
	const struct key_value *list;
	size_t len = notification_headers(&n, &a, &list);

	for (size_t i = 0; i < len; i++)
		strbuf_addf(&sb, "%s=%s ", list[i].key, list[i].value);
	ck_assert_str_eq(sb.data, headers[_i].headers);
	subscription_unref(s);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("notification");

	tcase_add_loop_test(tc, says, 0, ROWS(rows));
	tcase_add_loop_test(tc, joins_entities, 0, ROWS(joins));
	tcase_add_loop_test(tc, has_headers, 0, ROWS(headers));
	return suite_run("notification", tc);
}
