/* SPDX-License-Identifier: Apache-2.0 */
/* Marks: the nearest one counts, deletions drop them, tenants and queries do not mix. */
#include <store/page_marks.h>

#include "suite.h"

static struct page_marks *pm;
static unsigned at;
static int64_t eid;

static void setup(void)
{
	pm = page_marks_new();
	at = 0;
	eid = 0;
}

static void teardown(void)
{
	page_marks_free(pm);
}

START_TEST(nearest_before_counts)
{
	page_marks_put(pm, 1, 7, 0, 40, 400);
	page_marks_put(pm, 1, 7, 0, 20, 200);
	page_marks_put(pm, 1, 7, 0, 60, 600);
	ck_assert(!page_marks_find(pm, 1, 7, 19, &at, &eid));
	ck_assert(page_marks_find(pm, 1, 7, 20, &at, &eid));
	ck_assert_uint_eq(at, 20);
	ck_assert_int_eq(eid, 200);
	ck_assert(page_marks_find(pm, 1, 7, 59, &at, &eid));
	ck_assert_uint_eq(at, 40);
	ck_assert(page_marks_find(pm, 1, 7, 1000000, &at, &eid));
	ck_assert_int_eq(eid, 600);
}
END_TEST

START_TEST(a_mark_is_replaced)
{
	page_marks_put(pm, 1, 7, 0, 20, 200);
	page_marks_put(pm, 1, 7, 0, 20, 210);
	ck_assert(page_marks_find(pm, 1, 7, 20, &at, &eid));
	ck_assert_int_eq(eid, 210);
}
END_TEST

START_TEST(queries_and_tenants_do_not_mix)
{
	page_marks_put(pm, 1, 7, 0, 20, 200);
	ck_assert(!page_marks_find(pm, 2, 7, 20, &at, &eid));
	ck_assert(!page_marks_find(pm, 1, 8, 20, &at, &eid));
}
END_TEST

START_TEST(forgotten_when_entities_go)
{
	unsigned before = page_marks_epoch(pm, 1);

	page_marks_put(pm, 1, 7, before, 20, 200);
	page_marks_forget(pm, 1);
	ck_assert(!page_marks_find(pm, 1, 7, 20, &at, &eid));
	/* a page that was read before the deletion leaves no mark after it */
	page_marks_put(pm, 1, 7, before, 20, 200);
	ck_assert(!page_marks_find(pm, 1, 7, 20, &at, &eid));
	page_marks_put(pm, 1, 7, page_marks_epoch(pm, 1), 20, 201);
	ck_assert(page_marks_find(pm, 1, 7, 20, &at, &eid));
	ck_assert_int_eq(eid, 201);
}
END_TEST

START_TEST(full_begins_anew)
{
	for (unsigned i = 0; i < 5000; i++)
		page_marks_put(pm, 1, 7, 0, i * 20, i);
	ck_assert(page_marks_find(pm, 1, 7, 4999 * 20, &at, &eid));
	ck_assert_int_eq(eid, 4999);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("page_marks");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nearest_before_counts);
	tcase_add_test(tc, a_mark_is_replaced);
	tcase_add_test(tc, queries_and_tenants_do_not_mix);
	tcase_add_test(tc, forgotten_when_entities_go);
	tcase_add_test(tc, full_begins_anew);
	return suite_run("page_marks", tc);
}
