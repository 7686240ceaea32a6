/* SPDX-License-Identifier: Apache-2.0 */
/* Imports leave alone what is there, and can be taken back. */
#include "apply_case.h"

#include <core/import_effect.h>
#include <suite.h>

#define P(value, rest) "{'type':'Property','value':" value rest "}"
#define OBSERVED(value, hour, rest)                                                      \
	P(value, ",'observedAt':'2024-06-01T" hour ":00:00Z'" rest)
#define HEAD "{'id':'e:1','type':['t:A'],"
/* written at THEN; then its second write at NOW */
#define STORED HEAD "@00,'a:p':" P("1", ",@00") ",'a:q':" P("[1,2]", ",@00") "}"

#define IMPORT                                                                           \
	{                                                                                \
		.kind = OP_IMPORT, .keep_newer = true                                    \
	}

static const struct apply_case imports[] = {
	{"creates", IMPORT, NULL, HEAD "'a:p':" P("1", "") "}",
		HEAD "@11,'a:p':" P("1", ",@11") "}", "E+ +a:p", NULL, 0, NULL},
	{"the same again", IMPORT, STORED,
		HEAD "'a:p':" P("1.0", "") ",'a:q':" P("[1,2]", "") "}", STORED, "", NULL,
		0, NULL},
	{"one differs", IMPORT, STORED,
		HEAD "'a:p':" P("2", "") ",'a:q':" P("[1,2]", "") "}",
		HEAD "@01,'a:p':" P("2", ",@01") ",'a:q':" P("[1,2]", ",@00") "}", "~a:p",
		NULL, 0, NULL},
	{"a unit more", IMPORT, STORED, HEAD "'a:p':" P("1", ",'unitCode':'C62'") "}",
		HEAD "@01,'a:p':" P("1", ",'unitCode':'C62',@01") ",'a:q':" P(
			"[1,2]", ",@00") "}",
		"~a:p", NULL, 0, NULL},
	{"a sub-attribute that differs", IMPORT,
		HEAD "@00,'a:p':" P("1", ",'a:s':" P("1", ",@00") ",@00") "}",
		HEAD "'a:p':" P("1", ",'a:s':" P("2", "")) "}",
		HEAD "@01,'a:p':" P("1", ",'a:s':" P("2", ",@01") ",@01") "}", "~a:p",
		NULL, 0, NULL},
	{"only the instance that differs", IMPORT,
		HEAD
		"@00,'a:p':[" P("1", ",@00") "," P("2", ",'datasetId':'d:1',@00") "]}",
		HEAD "'a:p':[" P("1", "") "," P("3", ",'datasetId':'d:1'") "]}",
		HEAD
		"@01,'a:p':[" P("1", ",@00") "," P("3", ",'datasetId':'d:1',@01") "]}",
		"~a:p[d:1]", NULL, 0, NULL},
	{"a scope is added, which an update would not", IMPORT, STORED,
		HEAD "'scope':['/a'],'a:p':" P("1", "") "}",
		HEAD "@01,'a:p':" P("1", ",@00") ",'a:q':" P(
			"[1,2]", ",@00") ",'scope':['/a']}",
		"S", NULL, 0, NULL},
	{"the same scope and types", IMPORT, HEAD "'scope':['/a'],@00}",
		HEAD "'scope':['/a']}", HEAD "'scope':['/a'],@00}", "", NULL, 0, NULL},
	{"what is older is for the history", IMPORT,
		HEAD "@00,'a:p':" OBSERVED("1", "12", ",@00") "}",
		HEAD "'a:p':" OBSERVED("0", "11", "") "}",
		HEAD "@00,'a:p':" OBSERVED("1", "12", ",@00") "}", "<a:p", NULL, 0, NULL},
	{"or for nothing", {.kind = OP_IMPORT, .keep_newer = true, .drop_late = true},
		HEAD "@00,'a:p':" OBSERVED("1", "12", ",@00") "}",
		HEAD "'a:p':" OBSERVED("0", "11", "") "}",
		HEAD "@00,'a:p':" OBSERVED("1", "12", ",@00") "}", "", NULL, 0, NULL},
	{"what has expired is no more", IMPORT,
		HEAD "@00,'a:p':" P("1", ",'expiresAt':'2025-01-02T00:00:00Z',@00") "}",
		HEAD "'a:p':" P("1", "") "}", HEAD "@01,'a:p':" P("1", ",@11") "}",
		"-a:p +a:p", NULL, 0, NULL},
};

#define UNDO                                                                             \
	{                                                                                \
		.kind = OP_UNDO                                                          \
	}
#define AT_THEN      "'now':'2025-01-01T00:00:00Z'"
#define SINCE        "somebody else has changed it since"
#define OLD          "'createdAt':'2024-01-01T00:00:00Z','modifiedAt':'2024-01-01T00:00:00Z'"
#define WAS          "'modifiedAt':'2024-01-01T00:00:00Z'"
#define OLD_HEAD     HEAD "'createdAt':'2024-01-01T00:00:00Z'," WAS
#define TOUCHED_HEAD HEAD "'createdAt':'2024-01-01T00:00:00Z','modifiedAt':'" THEN "'"

static const struct apply_case undos[] = {
	{"what it created goes", UNDO, STORED, "[{" AT_THEN ",'created':true}]", NULL,
		"E-", NULL, 0, NULL},
	{"an attribute that it added goes, to the instant", UNDO,
		TOUCHED_HEAD ",'a:p':" P("1", "," OLD) ",'a:q':" P("1", ",@00") "}",
		"[{" AT_THEN "," WAS ",'attributes':[['a:q',null,null]]}]",
		OLD_HEAD ",'a:p':" P("1", "," OLD) "}", "-a:q", NULL, 0, NULL},
	{"a value that it changed is as before", UNDO,
		TOUCHED_HEAD
		",'a:p':[" P("1", "," OLD) "," P("5", ",'datasetId':'d:1',@00") "]}",
		"[{" AT_THEN "," WAS
		",'attributes':[['a:p','d:1'," P("2", ",'datasetId':'d:1'," OLD) "]]}]",
		OLD_HEAD
		",'a:p':[" P("1", "," OLD) "," P("2", ",'datasetId':'d:1'," OLD) "]}",
		"~a:p[d:1]", NULL, 0, NULL},
	{"what others wrote since stays", UNDO, HEAD "@01,'a:p':" P("9", ",@01") "}",
		"[{" AT_THEN "," WAS ",'attributes':[['a:p',null," P("2", "," OLD) "]]}]",
		HEAD "@01,'a:p':" P("9", ",@01") "}", "", "a:p: " SINCE, 0, NULL},
	{"what others deleted since does not come back", UNDO, HEAD "@01}",
		"[{" AT_THEN "," WAS ",'attributes':[['a:p',null," P("2", "," OLD) "]]}]",
		HEAD "@01}", "", "a:p: " SINCE, 0, NULL},
	{"what others added to what it created stays with it", UNDO,
		HEAD "@01,'a:p':" P("1", ",@00") ",'a:q':" P("1", ",@11") "}",
		"[{" AT_THEN ",'created':true}]",
		HEAD "@01,'a:p':" P("1", ",@00") ",'a:q':" P("1", ",@11") "}", "",
		"id: " SINCE, 0, NULL},
	{"rows on top of each other, the newest first", UNDO,
		HEAD "'createdAt':'" THEN "','modifiedAt':'" NOW "','a:p':" P(
			"3", ",'createdAt':'" THEN "','modifiedAt':'" NOW "'") "}",
		"[{'now':'" NOW "','modifiedAt':'" THEN "','attributes':[['a:p',null," P(
			"2", ",@00") "]]},{" AT_THEN ",'created':true}]",
		NULL, "E-", NULL, 0, NULL},
	{"types and scopes", UNDO,
		"{'id':'e:1','type':['t:A','t:B'],'createdAt':'2024-01-01T00:00:00Z',"
		"'modifiedAt':'" THEN "','scope':['/b']}",
		"[{" AT_THEN "," WAS
		",'type':[['t:A'],['t:A','t:B']],'scope':[['/a'],['/b']]}]",
		"{'id':'e:1','type':['t:A'],'createdAt':'2024-01-01T00:00:00Z'," WAS
		",'scope':['/a']}",
		"T S", NULL, 0, NULL},
	{"nothing to undo", UNDO, STORED, "[{'now':'" NOW "'," WAS "}]", STORED, "", NULL,
		0, NULL},
	{"no entity", UNDO, NULL, "[]", NULL, NULL, NULL, ERR_NOT_FOUND,
		"entity e:1 does not exist"},
};

START_TEST(imports_leave_alone)
{
	case_run(&imports[_i]);
}
END_TEST

START_TEST(undos_take_back)
{
	case_run(&undos[_i]);
}
END_TEST

/* What an import records is what takes it back. */
START_TEST(the_record_undoes)
{
	static const char *const before[] = {NULL, STORED,
		"{'id':'e:1','type':['t:B'],@00,'scope':['/x'],'a:p':" P(
			"5", ",'datasetId':'d:2',@00") "}"};
	static const char row[] = "{'id':'e:1','type':['t:A'],'scope':['/y'],'a:p':[" P(
		"7", "") "," P("8", ",'datasetId':'d:2'") "],'a:new':" P("1", "") "}";
	auto_arena a = {.cap = 64 << 20};
	struct op op = {.kind = OP_IMPORT, .id = "e:1", .keep_newer = true};
	struct jn *entity = case_json(before[_i], &a), *records = jn_array(&a);
	struct outcome out = {0}, undone = {0};
	auto_strbuf sb = {0};
	struct err err = {0};

	op.doc = case_json(row, &a);
	op.now = (int64_t)NOW_S * 1000000;
	ck_assert_int_eq(apply(&op, entity, &a, &out, &err), 0);
	apply_undo_record(&sb, &op, entity, &out);
	jn_append(records, jn_parse_trusted(sb.data, sb.len, &a));
	op = (struct op){.kind = OP_UNDO, .id = "e:1", .doc = records, .now = op.now + 1};
	ck_assert_int_eq(apply(&op, out.entity, &a, &undone, &err), 0);
	ck_assert_ptr_null(undone.not_updated);
	if (entity == NULL)
		ck_assert_ptr_null(undone.entity);
	else
		ck_assert(jn_equal(undone.entity, entity));
}
END_TEST

static void add(struct import_seen *seen, const char *at, const char *value,
	enum change_kind kind, struct import_effect *effect, struct arena *a)
{
	const char *text = arena_printf(
		a, "{'type':'Property','value':%s,'observedAt':'%s'}", value, at);
	struct change *c = arena_new(a, struct change);
	struct outcome out = {.changes = c, .touched = kind != CHANGE_ATTRIBUTE_LATE};

	c->kind = kind;
	c->attr = "a:p";
	c->attr_len = 3;
	c->after = case_json(text, a);
	import_effect(seen, "e:1", &out, true, a, effect);
}

START_TEST(late_rows_are_new_once)
{
	auto_arena a = {.cap = 64 << 20};
	auto_import_seen seen = {0};
	struct import_effect e;

	add(&seen, NOW, "5", CHANGE_ATTRIBUTE_UPDATED, &e, &a);
	ck_assert(e.result == IMPORT_UPDATED && e.late_len == 0);
	add(&seen, THEN, "1", CHANGE_ATTRIBUTE_LATE, &e,
		&a); /* the history is to be asked */
	ck_assert(e.result == IMPORT_UNCHANGED && e.late_len == 1);
	add(&seen, THEN, "1", CHANGE_ATTRIBUTE_LATE, &e, &a);
	ck_assert(e.result == IMPORT_UNCHANGED && e.late_len == 0);
	add(&seen, THEN, "2", CHANGE_ATTRIBUTE_LATE, &e, &a);
	ck_assert(e.result == IMPORT_HISTORIZED && e.late_len == 0);
	add(&seen, NOW, "5", CHANGE_ATTRIBUTE_LATE, &e, &a);
	ck_assert(e.result == IMPORT_UNCHANGED && e.late_len == 0);
	for (int i = 0; i < 5000; i++) { /* the table grows */
		add(&seen,
			arena_printf(&a, "2024-06-01T%02d:%02d:%02dZ", i / 3600,
				i / 60 % 60, i % 60),
			"1", CHANGE_ATTRIBUTE_LATE, &e, &a);
		ck_assert(e.late_len == 1);
	}
	add(&seen, THEN, "2", CHANGE_ATTRIBUTE_LATE, &e, &a);
	ck_assert(e.result == IMPORT_UNCHANGED && e.late_len == 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("apply_import");

	tcase_add_loop_test(tc, imports_leave_alone, 0, ROWS(imports));
	tcase_add_loop_test(tc, undos_take_back, 0, ROWS(undos));
	tcase_add_loop_test(tc, the_record_undoes, 0, 3);
	tcase_add_test(tc, late_rows_are_new_once);
	return suite_run("core/apply_import", tc);
}
