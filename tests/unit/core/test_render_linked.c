/* SPDX-License-Identifier: Apache-2.0 */
/* Linked entities inline, 4.5.23.2. */
#include "render_case.h"

#include <suite.h>

/* 1 -> 2 -> 3 -> 1; 9 does not exist. */
#define STORED(n, rest) "{'id':'urn:x:" n "','type':['$T'],@@," rest "}"
static const char *const stored[] = {
	STORED("1",
		"'$to':{'type':'Relationship','object':'urn:x:2','$s':{'type':'"
		"Relationship',"
		"'object':'urn:x:3',@@},@@},'$list':{'type':'ListRelationship','"
		"objectList':"
		"['urn:x:3','urn:x:9','urn:x:2'],@@}"),
	STORED("2",
		"'$to':{'type':'Relationship','object':['urn:x:9','urn:x:3'],@@},"
		"'$a':{'type':'Property','value':1,@@}"),
	STORED("3", "'$to':{'type':'Relationship','object':'urn:x:1',@@}"),
};

struct store {
	struct arena *arena;
};

static const struct jn *get(
	void *self, const struct jn *relationship, const char *id, size_t len)
{
	struct store *store = self;

	ck_assert_ptr_nonnull(instance_value(relationship));
	ck_assert_uint_eq(len, strlen("urn:x:1"));
	return id[6] == '9' ? NULL : case_json(stored[id[6] - '1'], store->arena);
}

#define ENTITY(n, rest) "{'id':'urn:x:" n "','type':'T'," rest "}"
#define REL(n)          "{'type':'Relationship','object':'urn:x:" n "'"
#define LIST                                                                             \
	"'list':{'type':'ListRelationship','objectList':[{'object':'urn:x:3'},"          \
	"{'object':'urn:x:9'},{'object':'urn:x:2'}]"
#define LEAF_3 ENTITY("3", "'to':" REL("1") "}")
#define LEAF_2                                                                           \
	ENTITY("2",                                                                      \
		"'to':{'type':'Relationship','object':['urn:x:9','urn:x:3']},"           \
		"'a':{'type':'Property','value':1}")

static const struct {
	unsigned levels;
	enum format format;
	const char *pick, *shows;
} cases[] = {
	{0, FORMAT_NORMALIZED, "id,type,to",
		ENTITY("1", "'to':" REL("2") ",'s':" REL("3") "}}")},
	{1, FORMAT_NORMALIZED, NULL,
		ENTITY("1",
			"'to':" REL("2") ",'entity':" LEAF_2 ",'s':" REL(
				"3") "}}," LIST ",'entityList':[" LEAF_3 "," LEAF_2
				     "]}")},
	{2, FORMAT_NORMALIZED, "id,to{id,to{id}}",
		"{'id':'urn:x:1','to':" REL(
			"2") ",'entity':{'id':'urn:x:2','to':"
			     "{'type':'Relationship','object':['urn:x:9','urn:x:3'],"
			     "'entity':[{'id':'urn:x:3'}]}},'s':" REL("3") "}}}"},
	/* 3 leads back to 1 */
	{3, FORMAT_SIMPLIFIED, "id,to",
		"{'id':'urn:x:1','to':{'id':'urn:x:2','to':['urn:x:9',{'id':'urn:x:3',"
		"'to':'urn:x:1'}]}}"},
	{1, FORMAT_SIMPLIFIED, "list{id}",
		"{'list':[{'id':'urn:x:3'},'urn:x:9',{'id':'urn:x:2'}]}"},
	{1, FORMAT_CONCISE, "to{a}",
		"{'to':{'object':'urn:x:2','entity':{'a':1},'s':{'object':'urn:x:3'}}}"},
};

START_TEST(goes_in)
{
	auto_arena a = {.cap = 1 << 20};
	auto_strbuf sb = {0};
	struct context *ctx = context_core();
	struct store store = {&a};
	struct linked linked = {get, &store, cases[_i].levels};
	struct projection projection = {.pick = case_list(cases[_i].pick, ctx, &a)};
	struct render r = {.ctx = ctx,
		.now = NOW,
		.format = cases[_i].format,
		.projection = &projection,
		.linked = &linked};

	render_entity(&sb, case_json(stored[0], &a), &r, &a);
	ck_assert_str_eq(sb.data, case_text(cases[_i].shows, &a));
	context_unref(ctx);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("render_linked");

	tcase_add_loop_test(tc, goes_in, 0, ROWS(cases));
	return suite_run("render_linked", tc);
}
