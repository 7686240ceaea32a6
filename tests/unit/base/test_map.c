/* SPDX-License-Identifier: Apache-2.0 */
#include <base/map.h>

#include <base/arena.h>

#include <suite.h>

#include <stdio.h>

static int values[20000];

START_TEST(finds_what_was_put)
{
	auto_arena a = {0};
	auto_map m = {0};
	const char *keys[20000];

	for (int i = 0; i < ROWS(keys); i++) {
		keys[i] = arena_printf(&a, "https://example.org/term%d", i);
		ck_assert_ptr_null(map_get(&m, keys[i], strlen(keys[i])));
		map_put(&m, keys[i], strlen(keys[i]), &values[i]);
	}
	ck_assert_uint_eq(m.count, ROWS(keys));
	for (int i = 0; i < ROWS(keys); i++) {
		ck_assert_ptr_eq(map_get(&m, keys[i], strlen(keys[i])), &values[i]);
		ck_assert_ptr_null(map_get(&m, keys[i], strlen(keys[i]) - 5));
	}
}
END_TEST

START_TEST(goes_by_length)
{
	static const char text[] = "abcdefghijklmnopqrstuvwxyz\0!";
	auto_map m = {0};

	for (size_t len = 0; len < sizeof(text); len++)
		map_put(&m, text, len, &values[len]);
	for (size_t len = 0; len < sizeof(text); len++)
		ck_assert_ptr_eq(map_get(&m, text, len), &values[len]);
	ck_assert_ptr_eq(map_get(&m, NULL, 0), &values[0]);
}
END_TEST

START_TEST(replaces)
{
	auto_map m = {0};
	char other[] = "id";

	map_put(&m, "id", 2, &values[1]);
	map_put(&m, "type", 4, &values[2]);
	map_put(&m, other, 2, &values[3]);
	ck_assert_uint_eq(m.count, 2);
	ck_assert_ptr_eq(map_get(&m, "id", 2), &values[3]);
	ck_assert_ptr_ne(m.entries[0].key, other);
}
END_TEST

START_TEST(iterates_in_order)
{
	auto_arena a = {0};
	auto_map m = {0};
	int i = 0;

	map_each(none, &m) ck_abort_msg("an entry in an empty map");
	for (int k = 0; k < 100; k++) {
		char *key = arena_printf(&a, "%d", k * 7919 % 101);

		map_put(&m, key, strlen(key), &values[k]);
	}
	map_each(it, &m) ck_assert_ptr_eq(it->value, &values[i++]);
	ck_assert_int_eq(i, 100);
}
END_TEST

START_TEST(lives_from_init_to_fini)
{
	struct map m;

	ck_assert_ptr_null(map_get(NULL, "a", 1));
	map_init(&m);
	ck_assert_ptr_null(map_get(&m, "a", 1));
	map_reserve(&m, 1000);
	ck_assert_ptr_null(map_get(&m, "a", 1));
	map_put(&m, "a", 1, values);
	map_fini(&m);
	ck_assert_uint_eq(m.count, 0);
	ck_assert_ptr_null(map_get(&m, "a", 1));
	map_fini(&m);
}
END_TEST

/* Keys that differ little fall into different slots: no long runs. */
START_TEST(spreads)
{
	unsigned taken[1024] = {0}, most = 0;
	char key[16];

	for (int i = 0; i < 1024; i++) {
		unsigned slot;
		int len = snprintf(key, sizeof(key), "attr%d", i);

		slot = map_hash(key, (size_t)len) & 1023;
		if (++taken[slot] > most)
			most = taken[slot];
	}
	ck_assert_uint_le(most, 12);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("map");

	tcase_add_test(tc, finds_what_was_put);
	tcase_add_test(tc, goes_by_length);
	tcase_add_test(tc, replaces);
	tcase_add_test(tc, iterates_in_order);
	tcase_add_test(tc, lives_from_init_to_fini);
	tcase_add_test(tc, spreads);
	return suite_run("base/map", tc);
}
