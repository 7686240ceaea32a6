/* SPDX-License-Identifier: Apache-2.0 */
#include <base/mem.h>

#include <suite.h>

#include <string.h>

START_TEST(gives_memory)
{
	char *p = mem_alloc(100);

	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(p[i], 0);
	memset(p, 'x', 100);
	p = mem_resize(p, 100000);
	ck_assert_int_eq(p[99], 'x');
	free(p);
	p = mem_alloc(0);
	ck_assert_ptr_nonnull(p);
	free(p);
}
END_TEST

START_TEST(copies_strings)
{
	char *p = mem_strdup("calanque");

	ck_assert_str_eq(p, "calanque");
	free(p);
	p = mem_strndup("a\0bc", 3);
	ck_assert_mem_eq(p, "a\0b", 4);
	free(p);
	p = mem_strndup(NULL, 0);
	ck_assert_str_eq(p, "");
	free(p);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("mem");

	tcase_add_test(tc, gives_memory);
	tcase_add_test(tc, copies_strings);
	return suite_run("base/mem", tc);
}
