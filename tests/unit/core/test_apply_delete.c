/* SPDX-License-Identifier: Apache-2.0 */
/* Delete attribute (5.6.5); purge with keep and drop (5.6.21); expiry (4.22). */
#include "apply_case.h"

#include <core/project.h>
#include <suite.h>

#define P(value, rest) "{'type':'Property','value':" value "," rest "}"
#define HEAD(instants) "{'id':'e:1','type':['t:A'],'scope':['/a']," instants
#define THREE                                                                            \
	HEAD("@00")                                                                      \
	",'a:p':[" P("1", "@00") "," P("2", "'datasetId':'d:1',@00") "," P(              \
		"3", "'datasetId':'d:2',@00") "]}"
#define DELETE(...)                                                                      \
	{                                                                                \
		.kind = OP_DELETE_ATTR, .attr = "a:p", .attr_name = "p", __VA_ARGS__     \
	}

static const struct apply_case delete[] = {
	{"the default instance", DELETE(.dataset_id = NULL), THREE, NULL,
		HEAD("@01") ",'a:p':[" P("2", "'datasetId':'d:1',@00") "," P(
			"3", "'datasetId':'d:2',@00") "]}",
		"-a:p", NULL, 0, NULL},
	{"which @none names, too", DELETE(.dataset_id = "@none"), THREE, NULL,
		HEAD("@01") ",'a:p':[" P("2", "'datasetId':'d:1',@00") "," P(
			"3", "'datasetId':'d:2',@00") "]}",
		"-a:p", NULL, 0, NULL},
	{"the instance of a datasetId", DELETE(.dataset_id = "d:2"), THREE, NULL,
		HEAD("@01") ",'a:p':[" P("1", "@00") "," P(
			"2", "'datasetId':'d:1',@00") "]}",
		"-a:p[d:2]", NULL, 0, NULL},
	{"the last instance", DELETE(.dataset_id = NULL),
		HEAD("@00") ",'a:p':" P("1", "@00") "}", NULL, HEAD("@01") "}", "-a:p",
		NULL, 0, NULL},
	{"one of two leaves an object", DELETE(.dataset_id = "d:1"),
		HEAD("@00") ",'a:p':[" P("1", "@00") "," P(
			"2", "'datasetId':'d:1',@00") "]}",
		NULL, HEAD("@01") ",'a:p':" P("1", "@00") "}", "-a:p[d:1]", NULL, 0,
		NULL},
	{"all of them", DELETE(.delete_all = true), THREE, NULL, HEAD("@01") "}",
		"-a:p -a:p[d:1] -a:p[d:2]", NULL, 0, NULL},
	{"the scope", {.kind = OP_DELETE_ATTR, .attr = "scope"}, HEAD("@00") "}", NULL,
		"{'id':'e:1','type':['t:A'],@01}", "S", NULL, 0, NULL},
	{"no scope", {.kind = OP_DELETE_ATTR, .attr = "scope"},
		"{'id':'e:1','type':['t:A'],@00}", NULL, NULL, NULL, NULL, ERR_NOT_FOUND,
		"entity e:1 has no scope"},
	{"no such attribute", DELETE(.dataset_id = NULL), HEAD("@00") "}", NULL, NULL,
		NULL, NULL, ERR_NOT_FOUND, "attribute p does not exist on entity e:1"},
	{"no such attribute, all of it", DELETE(.delete_all = true), HEAD("@00") "}",
		NULL, NULL, NULL, NULL, ERR_NOT_FOUND,
		"attribute p does not exist on entity e:1"},
	{"no such datasetId", DELETE(.dataset_id = "d:3"), THREE, NULL, NULL, NULL, NULL,
		ERR_NOT_FOUND,
		"attribute p with datasetId d:3 does not exist on entity e:1"},
	{"no default instance", DELETE(.dataset_id = NULL),
		HEAD("@00") ",'a:p':" P("1", "'datasetId':'d:1',@00") "}", NULL, NULL,
		NULL, NULL, ERR_NOT_FOUND,
		"attribute p without datasetId does not exist on entity e:1"},
	{"what has expired (4.22)", {.kind = OP_EXPIRE},
		HEAD("@00") ",'a:p':[" P("1", "@00") "," P("2",
			"'datasetId':'d:1','expiresAt':'2000-01-01T00:00:00Z',@00") "]}",
		NULL, HEAD("@01") ",'a:p':" P("1", "@00") "}", "-a:p[d:1]", NULL, 0,
		NULL},
	{"an expired instance", DELETE(.dataset_id = "d:1"),
		HEAD("@00") ",'a:p':[" P("1", "@00") "," P("2",
			"'datasetId':'d:1','expiresAt':'2025-01-31T23:59:59Z',@00") "]}",
		NULL, NULL, NULL, NULL, ERR_NOT_FOUND,
		"attribute p with datasetId d:1 does not exist on entity e:1"},
	{"an expired attribute", DELETE(.delete_all = true),
		HEAD("@00") ",'a:p':" P(
			"1", "'expiresAt':'2025-01-31T23:59:59Z',@00") "}",
		NULL, NULL, NULL, NULL, ERR_NOT_FOUND,
		"attribute p does not exist on entity e:1"},
	{"no entity", DELETE(.dataset_id = NULL), NULL, NULL, NULL, NULL, NULL,
		ERR_NOT_FOUND, "entity e:1 does not exist"},
};

static struct pick_item p_item = {"a:p", 3, NULL}, scope_item = {"scope", 5, NULL},
			none_item = {"a:x", 3, NULL}, id_item = {"id", 2, NULL};
static const struct pick_list p_list = {&p_item, 1}, scope_list = {&scope_item, 1},
			      none_list = {&none_item, 1}, id_list = {&id_item, 1};

#define TWO HEAD("@00") ",'a:p':" P("1", "@00") ",'a:q':" P("2", "@00") "}"

static const struct apply_case purge[] = {
	{"drop an attribute", {.kind = OP_DROP, .names = &p_list}, TWO, NULL,
		HEAD("@01") ",'a:q':" P("2", "@00") "}", "-a:p", NULL, 0, NULL},
	{"drop all instances", {.kind = OP_DROP, .names = &p_list}, THREE, NULL,
		HEAD("@01") "}", "-a:p -a:p[d:1] -a:p[d:2]", NULL, 0, NULL},
	{"drop the scope", {.kind = OP_DROP, .names = &scope_list}, HEAD("@00") "}", NULL,
		"{'id':'e:1','type':['t:A'],@01}", "S", NULL, 0, NULL},
	{"drop what is not there", {.kind = OP_DROP, .names = &none_list}, TWO, NULL, TWO,
		"", NULL, 0, NULL},
	{"the id cannot be dropped", {.kind = OP_DROP, .names = &id_list}, TWO, NULL, TWO,
		"", NULL, 0, NULL},
	{"keep an attribute", {.kind = OP_KEEP, .names = &p_list}, TWO, NULL,
		HEAD("@01") ",'a:p':" P("1", "@00") "}", "-a:q", NULL, 0, NULL},
	{"keep what is not there", {.kind = OP_KEEP, .names = &none_list}, TWO, NULL,
		HEAD("@01") "}", "-a:p -a:q", NULL, 0, NULL},
	{"keep all there is", {.kind = OP_KEEP, .names = &p_list}, THREE, NULL, THREE, "",
		NULL, 0, NULL},
};

START_TEST(deletes)
{
	case_run(&delete[_i]);
}
END_TEST

START_TEST(purges)
{
	case_run(&purge[_i]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("apply_delete");

	tcase_add_loop_test(tc, deletes, 0, ROWS(delete));
	tcase_add_loop_test(tc, purges, 0, ROWS(purge));
	return suite_run("apply_delete", tc);
}
