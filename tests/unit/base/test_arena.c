/* SPDX-License-Identifier: Apache-2.0 */
#include <base/arena.h>

#include <suite.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(zeroes_and_aligns)
{
	static const char zeros[300];
	auto_arena a = {0};

	for (size_t size = 0; size < 300; size++) {
		unsigned char *p = arena_alloc(&a, size);

		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq((uintptr_t)p % ARENA_ALIGN, 0);
		ck_assert_mem_eq(p, zeros, size);
		memset(p, 0xa5, size);
	}
}
END_TEST

/* Every allocation keeps its bytes, whatever blocks come after it. */
START_TEST(keeps_what_it_gave)
{
	static const size_t sizes[] = {
		1, 4000, 9000, 16, 300000, 40, 70000, 8160, 8192, 5};
	auto_arena a = {0};
	char *given[200];

	for (int i = 0; i < 200; i++) {
		size_t size = sizes[i % ROWS(sizes)];

		given[i] = arena_raw(&a, size);
		memset(given[i], i, size);
	}
	for (int i = 0; i < 200; i++) {
		size_t size = sizes[i % ROWS(sizes)];

		ck_assert_int_eq((unsigned char)given[i][0], i);
		/* Every byte is like the one before it. */
		ck_assert_mem_eq(given[i], given[i] + 1, size - 1);
	}
}
END_TEST

START_TEST(a_large_one_leaves_the_open_block_open)
{
	auto_arena a = {0};
	char *first = arena_raw(&a, 16), *second;

	(void)arena_raw(&a, 1000000);
	second = arena_raw(&a, 16);
	ck_assert_ptr_eq(second, first + 16);
}
END_TEST

START_TEST(copies_strings)
{
	auto_arena a = {0};

	ck_assert_str_eq(arena_strdup(&a, "calanque"), "calanque");
	ck_assert_str_eq(arena_strndup(&a, "calanque", 3), "cal");
	ck_assert_str_eq(arena_strndup(&a, NULL, 0), "");
	ck_assert_mem_eq(arena_strndup(&a, "a\0b", 3), "a\0b", 4);
	ck_assert_str_eq(arena_printf(&a, "%s-%05d", "x", 42), "x-00042");
	ck_assert_uint_eq(strlen(arena_printf(&a, "%20000d", 1)), 20000);
}
END_TEST

START_TEST(reset_and_rewind_start_again)
{
	auto_arena a = {0};
	size_t first;
	char *p = arena_raw(&a, 100);

	first = a.used;
	for (int i = 0; i < 1000; i++)
		(void)arena_raw(&a, 1000);
	ck_assert_uint_gt(a.used, 1000000);
	arena_rewind(&a);
	ck_assert_uint_eq(a.used, first);
	ck_assert_ptr_eq(arena_raw(&a, 100), p);
	arena_reset(&a);
	ck_assert_uint_eq(a.used, 0);
	ck_assert_ptr_null(a.head);
	arena_rewind(&a); /* nothing to keep */
	ck_assert_str_eq(arena_strdup(&a, "again"), "again");
}
END_TEST

static void within_cap(struct arena *a)
{
	for (int i = 0; i < 55; i++)
		(void)arena_raw(a, 1000);
}

static void beyond_cap(struct arena *a)
{
	for (int i = 0; i < 70; i++)
		(void)arena_raw(a, 1000);
}

static void beyond_cap_at_once(struct arena *a)
{
	(void)arena_raw(a, 70000);
}

static void product_too_large(struct arena *a)
{
	(void)arena_array(a, uint64_t, SIZE_MAX / 4);
}

static void size_too_large(struct arena *a)
{
	volatile size_t size = SIZE_MAX;

	(void)arena_raw(a, size);
}

static const struct {
	void (*use)(struct arena *a);
	bool aborts;
} uses[] = {
	{within_cap, false},
	{beyond_cap, true},
	{beyond_cap_at_once, true},
	{product_too_large, true},
	{size_too_large, true},
};

START_TEST(aborts_beyond_its_cap)
{
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct arena a = {.cap = 64000};
		struct rlimit no_core = {0, 0};

		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)signal(SIGABRT, SIG_DFL);
		(void)close(STDERR_FILENO); /* assert() need not be read here */
		uses[_i].use(&a);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(WIFEXITED(status) && WEXITSTATUS(status) == 0, !uses[_i].aborts);
	if (uses[_i].aborts)
		ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("arena");

	tcase_add_test(tc, zeroes_and_aligns);
	tcase_add_test(tc, keeps_what_it_gave);
	if (!ARENA_FENCED)
		tcase_add_test(tc, a_large_one_leaves_the_open_block_open);
	tcase_add_test(tc, copies_strings);
	tcase_add_test(tc, reset_and_rewind_start_again);
	tcase_add_loop_test(tc, aborts_beyond_its_cap, 0, ROWS(uses));
	return suite_run("base/arena", tc);
}
