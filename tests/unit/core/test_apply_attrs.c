/* SPDX-License-Identifier: Apache-2.0 */
/* Append (5.6.3), update (5.6.2), partial update (5.6.4), replacement (5.6.19). */
#include "apply_case.h"

#include <core/type_q.h>
#include <suite.h>

#define HEAD(instants) "{'id':'e:1','type':['t:A']," instants ","
#define P(value, rest) "{'type':'Property','value':" value "," rest "}"
#define ONE            HEAD("@00") "'a:p':" P("1", "'unitCode':'CEL',@00") "}"
#define FRAGMENT       "'a:p':{'type':'Property','value':2}"
#define NULL_P         "{'type':'Property','value':'urn:ngsi-ld:null'}"

static const char *other_iri[] = {"t:B"};
static struct type_all other_all = {other_iri, 1};
static const struct type_q other_type = {&other_all, 1};

static const struct apply_case append[] = {
	{"replaces the instance whole and keeps createdAt", {.kind = OP_APPEND}, ONE,
		"{" FRAGMENT "}", HEAD("@01") "'a:p':" P("2", "@01") "}", "~a:p", NULL, 0,
		NULL},
	{"adds what is new", {.kind = OP_APPEND}, ONE,
		"{'a:q':{'type':'Property','value':2}}",
		HEAD("@01") "'a:p':" P("1", "'unitCode':'CEL',@00") ",'a:q':" P(
			"2", "@11") "}",
		"+a:q", NULL, 0, NULL},
	{"another datasetId is another instance", {.kind = OP_APPEND}, ONE,
		"{'a:p':{'type':'Property','value':2,'datasetId':'d:1'}}",
		HEAD("@01") "'a:p':[" P("1", "'unitCode':'CEL',@00") "," P(
			"2", "'datasetId':'d:1',@11") "]}",
		"+a:p[d:1]", NULL, 0, NULL},
	{"the default instance comes first", {.kind = OP_APPEND},
		HEAD("@00") "'a:p':" P("1", "'datasetId':'d:1',@00") "}",
		"{" FRAGMENT "}",
		HEAD("@01") "'a:p':[" P("2", "@11") "," P(
			"1", "'datasetId':'d:1',@00") "]}",
		"+a:p", NULL, 0, NULL},
	{"two instances at once, one of them there", {.kind = OP_APPEND},
		HEAD("@00") "'a:p':" P("1", "'datasetId':'d:1',@00") "}",
		"{'a:p':[{'type':'Property','value':2,'datasetId':'d:1'},"
		"{'type':'Property','value':3,'datasetId':'d:2'}]}",
		HEAD("@01") "'a:p':[" P("2", "'datasetId':'d:1',@01") "," P(
			"3", "'datasetId':'d:2',@11") "]}",
		"~a:p[d:1] +a:p[d:2]", NULL, 0, NULL},
	{"the same again is the same, modified now", {.kind = OP_APPEND}, ONE,
		"{'a:p':{'type':'Property','value':1.0,'unitCode':'CEL'}}",
		HEAD("@01") "'a:p':" P("1.0", "'unitCode':'CEL',@01") "}", "=a:p", NULL,
		0, NULL},
	{"sub-attributes get instants and keep createdAt", {.kind = OP_APPEND},
		HEAD("@00") "'a:p':" P("1", "'a:s':" P("1", "@00") ",@00") "}",
		"{'a:p':{'type':'Property','value':1,'a:s':{'type':'Property','value':1},"
		"'a:u':{'type':'Property','value':1}}}",
		HEAD("@01") "'a:p':" P(
			"1", "'a:s':" P("1", "@01") ",'a:u':" P("1", "@11") ",@01") "}",
		"~a:p", NULL, 0, NULL},
	{"sub-attributes of several instances", {.kind = OP_APPEND},
		HEAD("@00") "'a:p':" P(
			"1", "'a:s':" P("1", "'datasetId':'d:1',@00") ",@00") "}",
		"{'a:p':{'type':'Property','value':1,'a:s':[{'type':'Property','value':2}"
		","
		"{'type':'Property','value':1,'datasetId':'d:1'}]}}",
		HEAD("@01") "'a:p':" P("1",
			"'a:s':[" P("2", "@11") "," P(
				"1", "'datasetId':'d:1',@01") "],@01") "}",
		"~a:p", NULL, 0, NULL},
	{"fewer instances of a sub-attribute are not the same", {.kind = OP_APPEND},
		HEAD("@00") "'a:p':" P("1",
			"'a:s':[" P("2", "@00") "," P(
				"1", "'datasetId':'d:1',@00") "],@00") "}",
		"{'a:p':{'type':'Property','value':1,'a:s':{'type':'Property','value':2}}"
		"}",
		HEAD("@01") "'a:p':" P("1", "'a:s':" P("2", "@01") ",@01") "}", "~a:p",
		NULL, 0, NULL},
	{"types only come", {.kind = OP_APPEND}, ONE, "{'type':['t:B','t:A']}",
		"{'id':'e:1','type':['t:A','t:B'],@01,'a:p':" P(
			"1", "'unitCode':'CEL',@00") "}",
		"T", NULL, 0, NULL},
	{"scope is replaced", {.kind = OP_APPEND},
		"{'id':'e:1','type':['t:A'],'scope':['/a'],@00}", "{'scope':['/b']}",
		"{'id':'e:1','type':['t:A'],'scope':['/b'],@01}", "S", NULL, 0, NULL},
	{"scope is added", {.kind = OP_APPEND}, "{'id':'e:1','type':['t:A'],@00}",
		"{'scope':['/b']}", "{'id':'e:1','type':['t:A'],@01,'scope':['/b']}", "S",
		NULL, 0, NULL},
	{"noOverwrite: scopes unite", {.kind = OP_APPEND, .no_overwrite = true},
		"{'id':'e:1','type':['t:A'],'scope':['/a'],@00}", "{'scope':['/a','/b']}",
		"{'id':'e:1','type':['t:A'],'scope':['/a','/b'],@01}", "S", NULL, 0,
		NULL},
	{"noOverwrite: scopes that are there", {.kind = OP_APPEND, .no_overwrite = true},
		"{'id':'e:1','type':['t:A'],'scope':['/a','/b'],@00}", "{'scope':['/b']}",
		"{'id':'e:1','type':['t:A'],'scope':['/a','/b'],@00}", "", NULL, 0, NULL},
	{"noOverwrite leaves alone and says so",
		{.kind = OP_APPEND, .no_overwrite = true}, ONE,
		"{" FRAGMENT ",'a:q':{'type':'Property','value':2}}",
		HEAD("@01") "'a:p':" P("1", "'unitCode':'CEL',@00") ",'a:q':" P(
			"2", "@11") "}",
		"+a:q", "a:p: it exists, and noOverwrite was asked for", 0, NULL},
	{"noOverwrite, everything there", {.kind = OP_APPEND, .no_overwrite = true},
		HEAD("@00") "'a:p':" P("1", "'datasetId':'d:1',@00") "}",
		"{'a:p':{'type':'Property','value':2,'datasetId':'d:1'}}",
		HEAD("@00") "'a:p':" P("1", "'datasetId':'d:1',@00") "}", "",
		"a:p: its instance with datasetId d:1 exists, and noOverwrite was asked "
		"for",
		0, NULL},
	{"an expired instance is none", {.kind = OP_APPEND, .no_overwrite = true},
		HEAD("@00") "'a:p':" P("1", "'expiresAt':'2025-01-31T23:59:59Z',@00") "}",
		"{" FRAGMENT "}", HEAD("@01") "'a:p':" P("2", "@11") "}", "-a:p +a:p",
		NULL, 0, NULL},
	{"expiresAt of the entity", {.kind = OP_APPEND},
		"{'id':'e:1','type':['t:A'],@00}", "{'expiresAt':'2099-01-01T00:00:00Z'}",
		"{'id':'e:1','type':['t:A'],@01,'expiresAt':'2099-01-01T00:00:00Z'}", "",
		NULL, 0, NULL},
	{"noOverwrite keeps expiresAt", {.kind = OP_APPEND, .no_overwrite = true},
		"{'id':'e:1','type':['t:A'],@00,'expiresAt':'2098-01-01T00:00:00Z'}",
		"{'expiresAt':'2099-01-01T00:00:00Z'}",
		"{'id':'e:1','type':['t:A'],@00,'expiresAt':'2098-01-01T00:00:00Z'}", "",
		NULL, 0, NULL},
	{"an empty fragment does nothing", {.kind = OP_APPEND}, ONE, "{}", ONE, "", NULL,
		0, NULL},
	{"the id may be repeated", {.kind = OP_APPEND}, ONE, "{'id':'e:1'}", ONE, "",
		NULL, 0, NULL},
	{"but not contradicted", {.kind = OP_APPEND}, ONE, "{'id':'e:2'}", NULL, NULL,
		NULL, ERR_BAD_REQUEST_DATA,
		"the body's id is e:2, but the entity's is e:1; leave it out or repeat "
		"it"},
	{"no Null", {.kind = OP_APPEND}, ONE, "{'a:p':" NULL_P "}", NULL, NULL, NULL,
		ERR_BAD_REQUEST_DATA,
		"attribute a:p: an NGSI-LD Null cannot be appended"},
	{"no entity", {.kind = OP_APPEND}, NULL, "{" FRAGMENT "}", NULL, NULL, NULL,
		ERR_NOT_FOUND, "entity e:1 does not exist"},
	{"another type", {.kind = OP_APPEND, .type = &other_type}, ONE, "{" FRAGMENT "}",
		NULL, NULL, NULL, ERR_NOT_FOUND,
		"entity e:1 exists, but not with the type asked for"},
};

static const struct apply_case update[] = {
	{"replaces whole: the unit goes (5.5.8, example 2)", {.kind = OP_UPDATE}, ONE,
		"{" FRAGMENT "}", HEAD("@01") "'a:p':" P("2", "@01") "}", "~a:p", NULL, 0,
		NULL},
	{"a Null deletes (5.5.8, example 3)", {.kind = OP_UPDATE}, ONE,
		"{'a:p':" NULL_P "}", "{'id':'e:1','type':['t:A'],@01}", "-a:p", NULL, 0,
		NULL},
	{"a Null deletes its instance", {.kind = OP_UPDATE},
		HEAD("@00") "'a:p':[" P("1", "@00") "," P(
			"2", "'datasetId':'d:1',@00") "]}",
		"{'a:p':{'type':'Property','value':'urn:ngsi-ld:null','datasetId':'d:1'}"
		"}",
		HEAD("@01") "'a:p':" P("1", "@00") "}", "-a:p[d:1]", NULL, 0, NULL},
	{"the Null of a map", {.kind = OP_UPDATE},
		HEAD("@00") "'a:l':{'type':'LanguageProperty','languageMap':{'fr':'x'},@"
			    "00}}",
		"{'a:l':{'type':'LanguageProperty','languageMap':{'@none':'urn:ngsi-ld:"
		"null'}}}",
		"{'id':'e:1','type':['t:A'],@01}", "-a:l", NULL, 0, NULL},
	{"the Null of a list", {.kind = OP_UPDATE},
		HEAD("@00") "'a:l':{'type':'ListProperty','valueList':[1],@00}}",
		"{'a:l':{'type':'ListProperty','valueList':['urn:ngsi-ld:null']}}",
		"{'id':'e:1','type':['t:A'],@01}", "-a:l", NULL, 0, NULL},
	{"a Null of what is not there", {.kind = OP_UPDATE}, ONE, "{'a:q':" NULL_P "}",
		ONE, "", NULL, 0, NULL},
	{"appends what is missing", {.kind = OP_UPDATE}, ONE,
		"{'a:q':{'type':'Relationship','object':'e:2'}}",
		HEAD("@01") "'a:p':" P(
			"1", "'unitCode':'CEL',@00") ",'a:q':{'type':'Relationship','"
						     "object':'e:2',@11}}",
		"+a:q", NULL, 0, NULL},
	{"Nulls inside a new instance are not stored", {.kind = OP_UPDATE}, ONE,
		"{'a:p':{'type':'Property','value':2,'unitCode':'urn:ngsi-ld:null','a:s'"
		":" NULL_P ",'a:u':[" NULL_P "]}}",
		HEAD("@01") "'a:p':" P("2", "@01") "}", "~a:p", NULL, 0, NULL},
	{"the kind may change", {.kind = OP_UPDATE}, ONE,
		"{'a:p':{'type':'Relationship','object':'e:2'}}",
		HEAD("@01") "'a:p':{'type':'Relationship','object':'e:2',@01}}", "~a:p",
		NULL, 0, NULL},
	{"scope is replaced where there is one", {.kind = OP_UPDATE},
		"{'id':'e:1','type':['t:A'],'scope':['/a'],@00}", "{'scope':['/a']}",
		"{'id':'e:1','type':['t:A'],'scope':['/a'],@01}", "s", NULL, 0, NULL},
	{"scope is left where there is none", {.kind = OP_UPDATE},
		"{'id':'e:1','type':['t:A'],@00}", "{'scope':['/b']}",
		"{'id':'e:1','type':['t:A'],@00}", "",
		"scope: the entity has no scope, and an update does not add one", 0,
		NULL},
	{"scope is deleted by a Null", {.kind = OP_UPDATE},
		"{'id':'e:1','type':['t:A'],'scope':['/a'],@00}",
		"{'scope':['urn:ngsi-ld:null']}", "{'id':'e:1','type':['t:A'],@01}", "S",
		NULL, 0, NULL},
	{"expiresAt is deleted by a Null", {.kind = OP_UPDATE},
		"{'id':'e:1','type':['t:A'],@00,'expiresAt':'2098-01-01T00:00:00Z'}",
		"{'expiresAt':'urn:ngsi-ld:null'}", "{'id':'e:1','type':['t:A'],@01}", "",
		NULL, 0, NULL},
	{"upsert updates what is there", {.kind = OP_UPSERT_UPDATE}, ONE,
		"{'id':'e:1','type':['t:A','t:B']," FRAGMENT "}",
		"{'id':'e:1','type':['t:A','t:B'],@01,'a:p':" P("2", "@01") "}", "T ~a:p",
		NULL, 0, NULL},
};

#define PARTIAL                                                                          \
	{                                                                                \
		.kind = OP_PARTIAL, .attr = "a:p", .attr_name = "p"                      \
	}

static const struct apply_case partial[] = {
	{"members stay that are not sent (5.5.8, example 1)", PARTIAL, ONE,
		"{'type':'Property','value':2,'observedAt':'2025-01-31T00:00:00Z'}",
		HEAD("@01") "'a:p':" P("2",
			"'unitCode':'CEL',@01,'observedAt':'2025-01-31T00:00:00Z'") "}",
		"~a:p", NULL, 0, NULL},
	{"without type and value", PARTIAL, ONE, "{'unitCode':'FAR'}",
		HEAD("@01") "'a:p':" P("1", "'unitCode':'FAR',@01") "}", "~a:p", NULL, 0,
		NULL},
	{"a value without type", PARTIAL, ONE, "{'value':3}",
		HEAD("@01") "'a:p':" P("3", "'unitCode':'CEL',@01") "}", "~a:p", NULL, 0,
		NULL},
	{"objects are replaced, not merged", PARTIAL,
		HEAD("@00") "'a:p':" P("{'x':1,'y':1}", "@00") "}", "{'value':{'x':2}}",
		HEAD("@01") "'a:p':" P("{'x':2}", "@01") "}", "~a:p", NULL, 0, NULL},
	{"a Null deletes a member", PARTIAL, ONE, "{'unitCode':'urn:ngsi-ld:null'}",
		HEAD("@01") "'a:p':" P("1", "@01") "}", "~a:p", NULL, 0, NULL},
	{"a Null deletes a sub-attribute", PARTIAL,
		HEAD("@00") "'a:p':" P("1", "'a:s':" P("1", "@00") ",@00") "}",
		"{'a:s':" NULL_P "}", HEAD("@01") "'a:p':" P("1", "@01") "}", "~a:p",
		NULL, 0, NULL},
	{"a sub-attribute is replaced whole", PARTIAL,
		HEAD("@00") "'a:p':" P(
			"1", "'a:s':" P("1", "'unitCode':'CEL',@00") ",@00") "}",
		"{'a:s':{'type':'Property','value':2}}",
		HEAD("@01") "'a:p':" P("1", "'a:s':" P("2", "@01") ",@01") "}", "~a:p",
		NULL, 0, NULL},
	{"the instance with its datasetId", PARTIAL,
		HEAD("@00") "'a:p':[" P("1", "@00") "," P(
			"2", "'datasetId':'d:1',@00") "]}",
		"{'value':3,'datasetId':'d:1'}",
		HEAD("@01") "'a:p':[" P("1", "@00") "," P(
			"3", "'datasetId':'d:1',@01") "]}",
		"~a:p[d:1]", NULL, 0, NULL},
	{"nothing new is the same", PARTIAL, ONE, "{'value':1}",
		HEAD("@01") "'a:p':" P("1", "'unitCode':'CEL',@01") "}", "=a:p", NULL, 0,
		NULL},
	{"another kind", PARTIAL, ONE, "{'type':'Relationship','object':'e:2'}", NULL,
		NULL, NULL, ERR_BAD_REQUEST_DATA,
		"attribute p is a Property, and a partial update cannot make it a "
		"Relationship; "
		"use PUT"},
	{"the value of another kind", PARTIAL, ONE, "{'object':'e:2'}", NULL, NULL, NULL,
		ERR_BAD_REQUEST_DATA,
		"attribute p is a Property, and a partial update cannot make it a "
		"Relationship; "
		"use PUT"},
	{"another kind, without value", PARTIAL, ONE, "{'type':'GeoProperty'}", NULL,
		NULL, NULL, ERR_BAD_REQUEST_DATA,
		"attribute p is a Property, and a partial update cannot make it a "
		"GeoProperty; "
		"use PUT"},
	{"a Null deletes it", PARTIAL, ONE, NULL_P, "{'id':'e:1','type':['t:A'],@01}",
		"-a:p", NULL, 0, NULL},
	{"a Null without type deletes it", PARTIAL, ONE, "{'value':'urn:ngsi-ld:null'}",
		"{'id':'e:1','type':['t:A'],@01}", "-a:p", NULL, 0, NULL},
	{"a Null deletes the instance with its datasetId", PARTIAL,
		HEAD("@00") "'a:p':[" P("1", "@00") "," P(
			"2", "'datasetId':'d:1',@00") "]}",
		"{'value':'urn:ngsi-ld:null','datasetId':'d:1'}",
		HEAD("@01") "'a:p':" P("1", "@00") "}", "-a:p[d:1]", NULL, 0, NULL},
	{"no such attribute", PARTIAL, "{'id':'e:1','type':['t:A'],@00}", "{'value':3}",
		NULL, NULL, NULL, ERR_NOT_FOUND,
		"attribute p does not exist on entity e:1"},
	{"no such datasetId", PARTIAL, ONE, "{'value':3,'datasetId':'d:1'}", NULL, NULL,
		NULL, ERR_NOT_FOUND,
		"attribute p with datasetId d:1 does not exist on entity e:1"},
	{"no default instance", PARTIAL,
		HEAD("@00") "'a:p':" P("1", "'datasetId':'d:1',@00") "}", "{'value':3}",
		NULL, NULL, NULL, ERR_NOT_FOUND,
		"attribute p without datasetId does not exist on entity e:1"},
	{"an expired instance", PARTIAL,
		HEAD("@00") "'a:p':" P("1", "'expiresAt':'2025-01-31T23:59:59Z',@00") "}",
		"{'value':3}", NULL, NULL, NULL, ERR_NOT_FOUND,
		"attribute p without datasetId does not exist on entity e:1"},
	{"a new sub-attribute needs a value", PARTIAL, ONE, "{'a:s':{'unitCode':'CEL'}}",
		NULL, NULL, NULL, ERR_BAD_REQUEST_DATA,
		"attribute a:s is new to entity e:1, so it needs a type and a value"},
	{"no entity", PARTIAL, NULL, "{'value':3}", NULL, NULL, NULL, ERR_NOT_FOUND,
		"entity e:1 does not exist"},
};

#define REPLACE                                                                          \
	{                                                                                \
		.kind = OP_REPLACE_ATTR, .attr = "a:p", .attr_name = "p"                 \
	}

static const struct apply_case replace[] = {
	{"whole, createdAt stays", REPLACE, ONE, "{'type':'Property','value':2}",
		HEAD("@01") "'a:p':" P("2", "@01") "}", "~a:p", NULL, 0, NULL},
	{"the kind may change", REPLACE, ONE,
		"{'type':'VocabProperty','vocab':'http://example.org/x'}",
		HEAD("@01") "'a:p':{'type':'VocabProperty','vocab':'http://example.org/"
			    "x',@01}}",
		"~a:p", NULL, 0, NULL},
	{"the instance with its datasetId", REPLACE,
		HEAD("@00") "'a:p':[" P("1", "@00") "," P(
			"2", "'datasetId':'d:1',@00") "]}",
		"{'type':'Property','value':3,'datasetId':'d:1'}",
		HEAD("@01") "'a:p':[" P("1", "@00") "," P(
			"3", "'datasetId':'d:1',@01") "]}",
		"~a:p[d:1]", NULL, 0, NULL},
	{"several instances", REPLACE,
		HEAD("@00") "'a:p':[" P("1", "@00") "," P(
			"2", "'datasetId':'d:1',@00") "]}",
		"[{'type':'Property','value':3,'datasetId':'d:1'},{'type':'Property','"
		"value':4}]",
		HEAD("@01") "'a:p':[" P("4", "@01") "," P(
			"3", "'datasetId':'d:1',@01") "]}",
		"~a:p[d:1] ~a:p", NULL, 0, NULL},
	{"several instances, one of them not there", REPLACE, ONE,
		"[{'type':'Property','value':4},{'type':'Property','value':3,'datasetId':"
		"'d:1'}]",
		NULL, NULL, NULL, ERR_NOT_FOUND,
		"attribute p with datasetId d:1 does not exist on entity e:1"},
	{"no such attribute", REPLACE, "{'id':'e:1','type':['t:A'],@00}",
		"{'type':'Property','value':2}", NULL, NULL, NULL, ERR_NOT_FOUND,
		"attribute p does not exist on entity e:1"},
};

START_TEST(appends)
{
	case_run(&append[_i]);
}
END_TEST

START_TEST(updates)
{
	case_run(&update[_i]);
}
END_TEST

START_TEST(updates_partially)
{
	case_run(&partial[_i]);
}
END_TEST

START_TEST(replaces)
{
	case_run(&replace[_i]);
}
END_TEST

/* For the 207 of 5.2.18. */
START_TEST(names_what_was_updated)
{
	auto_arena a = {.cap = 1 << 20};
	struct op op = {.kind = OP_UPDATE, .id = "e:1", .now = NOW_S};
	struct outcome out = {0};
	struct err err = {0};

	op.doc = case_json("{'a:1':{'type':'Property','value':1},"
			   "'a:2':[{'type':'Property','value':1},"
			   "{'type':'Property','value':1,'datasetId':'d:1'}],"
			   "'a:p':" NULL_P ",'a:4':{'type':'Property','value':1},"
			   "'a:5':{'type':'Property','value':1},"
			   "'a:none':" NULL_P ",'scope':['/a']}",
		&a);
	ck_assert_int_eq(apply(&op, case_json(ONE, &a), &a, &out, &err), 0);
	ck_assert_uint_eq(out.updated_len, 5);
	ck_assert_str_eq(out.updated[0], "a:1");
	ck_assert_str_eq(out.updated[1], "a:2");
	ck_assert_str_eq(out.updated[2], "a:p");
	ck_assert_str_eq(out.updated[4], "a:5");
	ck_assert_str_eq(out.not_updated->attr, "scope");
	ck_assert_ptr_null(out.not_updated->next);
}
END_TEST

#define MANY 3000U

static struct jn *property(int value, struct arena *a)
{
	struct jn *p = jn_object(a);

	jn_add(p, "type", jn_string(a, "Property"));
	jn_add(p, "value", jn_integer(a, value));
	return p;
}

static struct jn *many(int value, struct arena *a)
{
	struct jn *entity = case_json("{'id':'e:1','type':['t:A'],@00}", a);
	struct jn *instances = jn_array(a);

	for (unsigned i = 0; i < MANY; i++) {
		struct jn *instance = property(value, a);

		jn_add(instance, "datasetId", jn_string(a, arena_printf(a, "d:%u", i)));
		jn_append(instances, instance);
		jn_add(entity, arena_printf(a, "a:%u", i), property(value, a));
	}
	jn_add(entity, "a:many", instances);
	return entity;
}

/* Attributes and instances by the thousand go through maps. */
START_TEST(takes_large_entities)
{
	auto_arena a = {0};
	struct op op = {
		.kind = _i == 0 ? OP_UPDATE : OP_MERGE, .id = "e:1", .now = NOW_S};
	struct outcome out = {0};
	struct err err = {0};
	struct jn *entity = many(1, &a);
	size_t n = 0;

	op.doc = many(2, &a);
	ck_assert_int_eq(apply(&op, entity, &a, &out, &err), 0);
	ck_assert_uint_eq(jn_get(out.entity, "a:many")->count, MANY);
	ck_assert_str_eq(jn_text(instance_value(jn_get(out.entity, "a:2999")), &a), "2");
	ck_assert_str_eq(
		jn_text(instance_value(jn_get(out.entity, "a:many")->last), &a), "2");
	ck_assert_uint_eq(out.entity->count, entity->count);
	for (const struct change *c = out.changes; c != NULL; c = c->next)
		n += c->kind == CHANGE_ATTRIBUTE_UPDATED && !c->same;
	ck_assert_uint_eq(n, 2 * (size_t)MANY);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("apply_attrs");

	tcase_add_loop_test(tc, appends, 0, ROWS(append));
	tcase_add_loop_test(tc, updates, 0, ROWS(update));
	tcase_add_loop_test(tc, updates_partially, 0, ROWS(partial));
	tcase_add_loop_test(tc, replaces, 0, ROWS(replace));
	tcase_add_test(tc, names_what_was_updated);
	tcase_add_loop_test(tc, takes_large_entities, 0, 2);
	return suite_run("apply_attrs", tc);
}
