/* SPDX-License-Identifier: Apache-2.0 */
/* Create (5.6.1), replace (5.6.18), upsert (5.6.8), delete (5.6.6) an entity. */
#include "apply_case.h"

#include <core/type_q.h>
#include <suite.h>

#define P(value, rest) "{'type':'Property','value':" value "," rest "}"
#define NULL_P         "{'type':'Property','value':'urn:ngsi-ld:null'}"
#define STORED                                                                           \
	"{'id':'e:1','type':['t:A'],'scope':['/a'],@00,'a:p':" P(                        \
		"1", "@00") ",'a:q':" P("1", "@00") "}"

static const char *other_iri[] = {"t:B"};
static struct type_all other_all = {other_iri, 1};
static const struct type_q other_type = {&other_all, 1};

static const struct apply_case create[] = {
	{"everything gets its instants", {.kind = OP_CREATE}, NULL,
		"{'id':'e:1','type':['t:A','t:B'],'scope':['/a'],"
		"'expiresAt':'2099-01-01T00:00:00Z',"
		"'a:p':{'type':'Property','value':1,'a:s':{'type':'Property','value':2}},"
		"'a:q':[{'type':'Property','value':1},"
		"{'type':'Property','value':2,'datasetId':'d:1'}]}",
		"{'id':'e:1','type':['t:A','t:B'],@11,'scope':['/a'],"
		"'expiresAt':'2099-01-01T00:00:00Z',"
		"'a:p':" P("1", "'a:s':" P("2", "@11") ",@11") ",'a:q':[" P(
			"1", "@11") "," P("2", "'datasetId':'d:1',@11") "]}",
		"E+ S +a:p +a:q +a:q[d:1]", NULL, 0, NULL},
	{"nothing but an id and a type", {.kind = OP_CREATE}, NULL,
		"{'id':'e:1','type':['t:A']}", "{'id':'e:1','type':['t:A'],@11}", "E+",
		NULL, 0, NULL},
	{"upsert creates", {.kind = OP_UPSERT_REPLACE}, NULL,
		"{'id':'e:1','type':['t:A'],'a:p':{'type':'Property','value':1}}",
		"{'id':'e:1','type':['t:A'],@11,'a:p':" P("1", "@11") "}", "E+ +a:p",
		NULL, 0, NULL},
	{"upsert with update creates", {.kind = OP_UPSERT_UPDATE}, NULL,
		"{'id':'e:1','type':['t:A'],'a:p':{'type':'Property','value':1}}",
		"{'id':'e:1','type':['t:A'],@11,'a:p':" P("1", "@11") "}", "E+ +a:p",
		NULL, 0, NULL},
	{"is there", {.kind = OP_CREATE}, STORED, "{'id':'e:1','type':['t:A']}", NULL,
		NULL, NULL, ERR_ALREADY_EXISTS, "entity e:1 already exists"},
	{"no type", {.kind = OP_UPSERT_UPDATE}, NULL, "{'id':'e:1'}", NULL, NULL, NULL,
		ERR_BAD_REQUEST_DATA, "entity e:1 needs a type"},
	{"a Null has nothing to delete", {.kind = OP_UPSERT_UPDATE}, NULL,
		"{'id':'e:1','type':['t:A'],'a:p':" NULL_P "}", NULL, NULL, NULL,
		ERR_BAD_REQUEST_DATA, "a:p: an NGSI-LD Null cannot be stored"},
	{"another id", {.kind = OP_CREATE}, NULL, "{'id':'e:2','type':['t:A']}", NULL,
		NULL, NULL, ERR_BAD_REQUEST_DATA,
		"the body's id is e:2, but the entity's is e:1; leave it out or repeat "
		"it"},
};

static const struct apply_case replace[] = {
	{"nothing stays but the entity's createdAt", {.kind = OP_REPLACE}, STORED,
		"{'type':['t:B'],'a:p':{'type':'Property','value':2}}",
		"{'id':'e:1','type':['t:B'],@01,'a:p':" P("2", "@11") "}",
		"T S ~a:p -a:q", NULL, 0, NULL},
	{"the same content", {.kind = OP_REPLACE}, STORED,
		"{'id':'e:1','type':['t:A'],'scope':['/"
		"a'],'a:p':{'type':'Property','value':1},"
		"'a:q':{'type':'Property','value':1}}",
		"{'id':'e:1','type':['t:A'],@01,'scope':['/a'],'a:p':" P(
			"1", "@11") ",'a:q':" P("1", "@11") "}",
		"=a:p =a:q", NULL, 0, NULL},
	{"instances come and go", {.kind = OP_UPSERT_REPLACE},
		"{'id':'e:1','type':['t:A'],@00,'a:p':[" P("1", "@00") "," P(
			"2", "'datasetId':'d:1',@00") "]}",
		"{'type':['t:A'],'a:p':[{'type':'Property','value':1,'datasetId':'d:2'},"
		"{'type':'Property','value':3,'datasetId':'d:1'}]}",
		"{'id':'e:1','type':['t:A'],@01,'a:p':[" P("1",
			"'datasetId':'d:2',@11") "," P("3", "'datasetId':'d:1',@11") "]}",
		"+a:p[d:2] ~a:p[d:1] -a:p", NULL, 0, NULL},
	{"an expired instance was none", {.kind = OP_REPLACE},
		"{'id':'e:1','type':['t:A'],@00,'a:p':" P(
			"1", "'expiresAt':'2025-01-31T23:59:59Z',@00") "}",
		"{'type':['t:A'],'a:p':{'type':'Property','value':2}}",
		"{'id':'e:1','type':['t:A'],@01,'a:p':" P("2", "@11") "}", "-a:p +a:p",
		NULL, 0, NULL},
	{"no entity", {.kind = OP_REPLACE}, NULL, "{'type':['t:B']}", NULL, NULL, NULL,
		ERR_NOT_FOUND, "entity e:1 does not exist"},
	{"another type", {.kind = OP_REPLACE, .type = &other_type}, STORED,
		"{'type':['t:B']}", NULL, NULL, NULL, ERR_NOT_FOUND,
		"entity e:1 exists, but not with the type asked for"},
	{"no type", {.kind = OP_REPLACE}, STORED, "{}", NULL, NULL, NULL,
		ERR_BAD_REQUEST_DATA, "entity e:1 needs a type"},
	{"no Null", {.kind = OP_REPLACE}, STORED, "{'type':['t:A'],'a:p':" NULL_P "}",
		NULL, NULL, NULL, ERR_BAD_REQUEST_DATA,
		"a:p: an NGSI-LD Null cannot be stored"},
};

static const struct apply_case delete[] = {
	{"all of it", {.kind = OP_DELETE}, STORED, NULL, NULL, "E-", NULL, 0, NULL},
	{"no entity", {.kind = OP_DELETE}, NULL, NULL, NULL, NULL, NULL, ERR_NOT_FOUND,
		"entity e:1 does not exist"},
	{"another type", {.kind = OP_DELETE, .type = &other_type}, STORED, NULL, NULL,
		NULL, NULL, ERR_NOT_FOUND,
		"entity e:1 exists, but not with the type asked for"},
};

START_TEST(creates)
{
	case_run(&create[_i]);
}
END_TEST

START_TEST(replaces)
{
	case_run(&replace[_i]);
}
END_TEST

START_TEST(deletes)
{
	case_run(&delete[_i]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("apply_replace");

	tcase_add_loop_test(tc, creates, 0, ROWS(create));
	tcase_add_loop_test(tc, replaces, 0, ROWS(replace));
	tcase_add_loop_test(tc, deletes, 0, ROWS(delete));
	return suite_run("apply_replace", tc);
}
