/* SPDX-License-Identifier: Apache-2.0 */
/* The last changes, as they are told to those who ask. */
#include <notify/recent.h>

#include <base/arena.h>
#include <core/apply.h>
#include <store/lane.h>

#include "../core/render_case.h"

#include <suite.h>

static void add(struct recent *r, int tenant, const char *id, const char *before,
	const char *after)
{
	auto_arena a = {0};
	const struct entity_change c = {.tenant = tenant,
		.id = id,
		.now = NOW,
		.before = before != NULL ? case_json(before, &a) : NULL,
		.after = after != NULL ? case_json(after, &a) : NULL};

	recent_add(r, &c);
}

#define ONE "{'id':'urn:a','type':['$T'],'$p':{'type':'Property','value':1}}"
#define TWO "{'id':'urn:a','type':['$T'],'$p':{'type':'Property','value':2}}"

START_TEST(remembers)
{
	auto_arena a = {0};
	struct recent *r = recent_new();
	struct entity_change list[4];

	ck_assert_uint_eq(recent_list(r, 1, NULL, 4, &a, list), 0);
	add(r, 1, "urn:a", NULL, ONE);
	add(r, 2, "urn:a", NULL, ONE);
	add(r, 1, "urn:b", NULL, ONE);
	add(r, 1, "urn:a", ONE, TWO);
	add(r, 1, "urn:a", TWO, NULL);
	ck_assert_uint_eq(recent_list(r, 1, "urn:a", 4, &a, list), 3);
	ck_assert_ptr_null(list[0].after);
	ck_assert_int_eq(list[0].changes->kind, CHANGE_ENTITY_DELETED);
	ck_assert_int_eq(list[1].changes->kind, CHANGE_ATTRIBUTE_UPDATED);
	ck_assert_str_eq(jn_text(list[1].after, &a), case_text(TWO, &a));
	ck_assert_str_eq(jn_text(list[1].before, &a), case_text(ONE, &a));
	ck_assert_int_eq(list[1].now, NOW);
	ck_assert_int_eq(list[2].changes->kind, CHANGE_ENTITY_CREATED);
	ck_assert_int_eq(list[2].changes->next->kind, CHANGE_ATTRIBUTE_CREATED);
	ck_assert_uint_eq(recent_list(r, 1, NULL, 2, &a, list), 2);
	ck_assert_uint_eq(recent_list(r, 1, NULL, 4, &a, list), 4);
	ck_assert_str_eq(list[2].id, "urn:b");
	recent_free(r);
}
END_TEST

/* The oldest go, and what is too large never comes. */
START_TEST(is_bounded)
{
	auto_arena a = {0};
	struct recent *r = recent_new();
	struct entity_change *list =
		arena_array(&a, struct entity_change, RECENT_SLOTS + 10);
	char *large = arena_alloc(&a, RECENT_BYTES + 1);

	for (int i = 0; i < RECENT_SLOTS + 5; i++)
		add(r, 1, arena_printf(&a, "urn:%d", i), NULL, ONE);
	memset(large, 'x', RECENT_BYTES);
	add(r, 1, large, NULL, ONE);
	ck_assert_uint_eq(
		recent_list(r, 1, NULL, RECENT_SLOTS + 10, &a, list), RECENT_SLOTS);
	ck_assert_str_eq(list[0].id, arena_printf(&a, "urn:%d", RECENT_SLOTS + 4));
	ck_assert_str_eq(list[RECENT_SLOTS - 1].id, "urn:5");
	ck_assert_uint_eq(recent_list(r, 1, "urn:4", 1, &a, list), 0);
	recent_free(r);
	recent_free(NULL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("recent");

	tcase_add_test(tc, remembers);
	tcase_add_test(tc, is_bounded);
	return suite_run("recent", tc);
}
