/* SPDX-License-Identifier: Apache-2.0 */
/* How much memory there is, in trees of control groups that are made up. */
#include "cluster_priv.h"

#include "pgfixture.h"
#include "suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char root[300];

static void setup(void)
{
	snprintf(root, sizeof(root), "%s/root-XXXXXX", pgfixture_dir());
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static void put(const char *path, const char *text)
{
	pgfixture_put(root, path, text);
}

START_TEST(without_groups_it_is_the_machines)
{
	uint64_t all = memory_bytes("");

	ck_assert_uint_gt(all, 1 << 20);
	ck_assert_uint_ge(memory_bytes(root), all);
	put("/proc/self/cgroup", "0::/\n");
	put("/sys/fs/cgroup/memory.max", "max\n");
	ck_assert_uint_ge(memory_bytes(root), all);
}
END_TEST

START_TEST(a_container_sees_its_own_limit_at_the_top)
{
	put("/proc/self/cgroup", "0::/\n");
	put("/sys/fs/cgroup/memory.max", "1048576\n");
	ck_assert_uint_eq(memory_bytes(root), 1048576);
}
END_TEST

/* A service has a limit, or what it is part of has a narrower one. */
START_TEST(the_least_limit_above_counts)
{
	put("/proc/self/cgroup", "0::/system.slice/calanque.service\n");
	put("/sys/fs/cgroup/system.slice/calanque.service/memory.max", "3145728\n");
	put("/sys/fs/cgroup/system.slice/memory.max", "max\n");
	ck_assert_uint_eq(memory_bytes(root), 3145728);
	put("/sys/fs/cgroup/system.slice/memory.max", "2097152\n");
	ck_assert_uint_eq(memory_bytes(root), 2097152);
}
END_TEST

START_TEST(the_first_version_of_groups_is_known)
{
	put("/proc/self/cgroup",
		"9:name=systemd:/\n7:cpu,memory:/docker/0123\n1:cpuset:/\n0::/\n");
	/* the container does not see the way to its group */
	put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "4194304\n");
	ck_assert_uint_eq(memory_bytes(root), 4194304);
	put("/sys/fs/cgroup/memory/docker/0123/memory.limit_in_bytes", "2097152\n");
	ck_assert_uint_eq(memory_bytes(root), 2097152);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("memory");

	(void)pgfixture_dir();
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, without_groups_it_is_the_machines);
	tcase_add_test(tc, a_container_sees_its_own_limit_at_the_top);
	tcase_add_test(tc, the_least_limit_above_counts);
	tcase_add_test(tc, the_first_version_of_groups_is_known);
	return suite_run("memory", tc);
}
