/* SPDX-License-Identifier: Apache-2.0 */
/* What every Check program ends with. */
#ifndef TOOLS_SUITE_H
#define TOOLS_SUITE_H

#include <check.h>

#include <stdlib.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* Runs the case; returns the exit status. */
static inline int suite_run(const char *name, TCase *tc)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
