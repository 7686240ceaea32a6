/* SPDX-License-Identifier: Apache-2.0 */
#include <base/strbuf.h>

#include <suite.h>

START_TEST(adds)
{
	auto_strbuf sb = {0};

	strbuf_addc(&sb, 'a');
	strbuf_adds(&sb, "bc");
	strbuf_add(&sb, "d\0e", 3);
	strbuf_add(&sb, NULL, 0);
	strbuf_addf(&sb, "%d-%s", 7, "x");
	ck_assert_uint_eq(sb.len, 9);
	ck_assert_mem_eq(sb.data, "abcd\0e7-x", 10);
}
END_TEST

START_TEST(grows)
{
	auto_strbuf sb = {0}, long_one = {0};

	for (int i = 0; i < 5000; i++) {
		strbuf_addc(&sb, (char)('a' + i % 26));
		ck_assert_int_eq(sb.data[sb.len], '\0');
	}
	for (int i = 0; i < 5000; i++)
		ck_assert_int_eq(sb.data[i], 'a' + i % 26);
	strbuf_addf(&long_one, "%s", sb.data);
	ck_assert_str_eq(long_one.data, sb.data);
	strbuf_addf(&long_one, "%.10s", sb.data);
	ck_assert_uint_eq(long_one.len, 5010);
}
END_TEST

START_TEST(fills_to_the_brim)
{
	for (size_t len = 250; len < 260; len++) {
		auto_strbuf sb = {0};

		strbuf_grow(&sb, len);
		ck_assert_uint_gt(sb.room, len);
		for (size_t i = 0; i < len; i++)
			strbuf_addc(&sb, 'x');
		strbuf_addf(&sb, "%s", "yz");
		ck_assert_uint_eq(strlen(sb.data), len + 2);
	}
}
END_TEST

START_TEST(is_stolen_and_reset)
{
	struct strbuf sb = {0};
	size_t len = 42;
	char *data = strbuf_steal(&sb, &len);

	ck_assert_str_eq(data, "");
	ck_assert_uint_eq(len, 0);
	free(data);
	strbuf_adds(&sb, "abc");
	data = strbuf_steal(&sb, NULL);
	ck_assert_str_eq(data, "abc");
	ck_assert_ptr_null(sb.data);
	ck_assert_uint_eq(sb.len, 0);
	free(data);
	strbuf_reset(&sb);
	strbuf_adds(&sb, "abcdef");
	strbuf_reset(&sb);
	ck_assert_uint_eq(sb.len, 0);
	ck_assert_str_eq(sb.data, "");
	strbuf_fini(&sb);
	ck_assert_ptr_null(sb.data);
	strbuf_fini(&sb);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("strbuf");

	tcase_add_test(tc, adds);
	tcase_add_test(tc, grows);
	tcase_add_test(tc, fills_to_the_brim);
	tcase_add_test(tc, is_stolen_and_reset);
	return suite_run("base/strbuf", tc);
}
