/* SPDX-License-Identifier: Apache-2.0 */
/* Late data: what was observed before the stored instance does not become the current one. */
#include "apply_case.h"

#include <suite.h>

#define AT(value, at, rest)                                                              \
	"{'type':'Property','value':" value ",'observedAt':'2024-06-0" at                \
	"T00:00:00Z'" rest "}"
#define ENTITY(attributes) "{'id':'e:1','type':['t:A']," attributes "}"
#define STORED             ENTITY("@00,'a:p':" AT("1", "5", ",@00") ",'a:q':" AT("1", "5", ",@00"))
#define PLAIN(value)       "{'type':'Property','value':" value "}"

static const struct apply_case late[] = {
	{"append", {.kind = OP_APPEND, .keep_newer = true}, STORED,
		"{'a:p':" AT("0", "4", "") "}", STORED, "<a:p", NULL, 0, NULL},
	{"update", {.kind = OP_UPDATE, .keep_newer = true}, STORED,
		"{'a:p':" AT("0", "4", "") "}", STORED, "<a:p", NULL, 0, NULL},
	{"merge", {.kind = OP_MERGE, .keep_newer = true}, STORED,
		"{'a:p':" AT("0", "4", "") "}", STORED, "<a:p", NULL, 0, NULL},
	{"merge with observedAt as a parameter",
		{.kind = OP_MERGE,
			.keep_newer = true,
			.observed_at = "2024-06-04T00:00:00Z"},
		STORED, "{'a:p':" PLAIN("0") "}", STORED, "<a:p", NULL, 0, NULL},
	{"upsert", {.kind = OP_UPSERT_UPDATE, .keep_newer = true}, STORED,
		"{'id':'e:1','type':['t:A'],'a:p':" AT("0", "4", "") "}", STORED, "<a:p",
		NULL, 0, NULL},
	{"partial update", {.kind = OP_PARTIAL, .attr = "a:p", .keep_newer = true},
		STORED, AT("0", "4", ""), STORED, "<a:p", NULL, 0, NULL},
	{"upsert by replacement", {.kind = OP_UPSERT_REPLACE, .keep_newer = true}, STORED,
		"{'id':'e:1','type':['t:A'],'a:p':" AT("0", "4", "") ",'a:q':" AT(
			"2", "6", "") "}",
		ENTITY("@01,'a:p':" AT("1", "5", ",@00") ",'a:q':" AT("2", "6", ",@11")),
		"<a:p ~a:q", NULL, 0, NULL},
	{"one late, one not", {.kind = OP_UPDATE, .keep_newer = true}, STORED,
		"{'a:p':" AT("0", "4", "") ",'a:q':" AT("2", "6", "") "}",
		ENTITY("@01,'a:p':" AT("1", "5", ",@00") ",'a:q':" AT("2", "6", ",@01")),
		"<a:p ~a:q", NULL, 0, NULL},
	{"each datasetId has its own time", {.kind = OP_APPEND, .keep_newer = true},
		ENTITY("@00,'a:p':[" AT("1", "5", ",@00") "," AT(
			"1", "3", ",'datasetId':'d:1',@00") "]"),
		"{'a:p':[" AT("0", "4", "") "," AT("2", "4", ",'datasetId':'d:1'") "]}",
		ENTITY("@01,'a:p':[" AT("1", "5", ",@00") "," AT(
			"2", "4", ",'datasetId':'d:1',@01") "]"),
		"<a:p ~a:p[d:1]", NULL, 0, NULL},
};

static const struct apply_case not_late[] = {
	{"the same instant: the same again, or its correction",
		{.kind = OP_UPDATE, .keep_newer = true}, STORED,
		"{'a:p':" AT("2", "5", "") "}",
		ENTITY("@01,'a:p':" AT("2", "5", ",@01") ",'a:q':" AT("1", "5", ",@00")),
		"~a:p", NULL, 0, NULL},
	{"without observedAt the last one wins", {.kind = OP_UPDATE, .keep_newer = true},
		STORED, "{'a:p':" PLAIN("2") "}",
		ENTITY("@01,'a:p':{'type':'Property','value':2,@01},'a:q':" AT(
			"1", "5", ",@00")),
		"~a:p", NULL, 0, NULL},
	{"an observedAt alone is a correction",
		{.kind = OP_PARTIAL, .attr = "a:p", .keep_newer = true}, STORED,
		"{'observedAt':'2024-06-04T00:00:00Z'}",
		ENTITY("@01,'a:p':" AT("1", "4", ",@01") ",'a:q':" AT("1", "5", ",@00")),
		"~a:p", NULL, 0, NULL},
	{"replacement of an attribute, 5.6.19",
		{.kind = OP_REPLACE_ATTR, .attr = "a:p", .keep_newer = true}, STORED,
		AT("0", "4", ""),
		ENTITY("@01,'a:p':" AT("0", "4", ",@01") ",'a:q':" AT("1", "5", ",@00")),
		"~a:p", NULL, 0, NULL},
	{"replacement of the entity, 5.6.18", {.kind = OP_REPLACE, .keep_newer = true},
		STORED, "{'type':['t:A'],'a:p':" AT("0", "4", "") "}",
		ENTITY("@01,'a:p':" AT("0", "4", ",@11")), "~a:p -a:q", NULL, 0, NULL},
	{"what has expired is in nobody's way", {.kind = OP_UPDATE, .keep_newer = true},
		ENTITY("@00,'a:p':" AT(
			"1", "5", ",'expiresAt':'2025-01-02T00:00:00Z',@00")),
		"{'a:p':" AT("0", "4", "") "}", ENTITY("@01,'a:p':" AT("0", "4", ",@11")),
		"-a:p +a:p", NULL, 0, NULL},
	{"the letter of 5.6, where asked for", {.kind = OP_UPDATE}, STORED,
		"{'a:p':" AT("0", "4", "") "}",
		ENTITY("@01,'a:p':" AT("0", "4", ",@01") ",'a:q':" AT("1", "5", ",@00")),
		"~a:p", NULL, 0, NULL},
	{"a zone is no other instant", {.kind = OP_UPDATE, .keep_newer = true}, STORED,
		"{'a:p':{'type':'Property','value':2,"
		"'observedAt':'2024-06-05T01:00:00+01:00'}}",
		ENTITY("@01,'a:p':{'type':'Property','value':2,"
		       "'observedAt':'2024-06-05T01:00:00+01:00',@01},'a:q':" AT(
			       "1", "5", ",@00")),
		"~a:p", NULL, 0, NULL},
};

START_TEST(late_data)
{
	case_run(&late[_i]);
}
END_TEST

START_TEST(not_late_data)
{
	case_run(&not_late[_i]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("apply_late");

	tcase_add_loop_test(tc, late_data, 0, ROWS(late));
	tcase_add_loop_test(tc, not_late_data, 0, ROWS(not_late));
	return suite_run("apply_late", tc);
}
