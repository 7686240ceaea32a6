/* SPDX-License-Identifier: Apache-2.0 */
/* --history: rules by type, the most generous one of an entity, errors word for word. */
#include <core/history_policy.h>

#include <base/err.h>
#include <base/jn.h>
#include <core/context.h>
#include <suite.h>

#include <check.h>
#include <string.h>

#define DAY   (INT64_C(86400) * 1000000)
#define WANTS "; rules are on, off, TYPE=off, TYPE=90d or *=2y, with commas between"

static const struct {
	const char *rules, *types; /* of the entity, JSON */
	bool record;
	int64_t keep;
} found[] = {
	{"on", "['https://x.org/A']", true, HISTORY_FOR_GOOD},
	{"off", "['https://x.org/A']", false, HISTORY_FOR_GOOD},
	{"30d", "['https://x.org/A']", true, 30 * DAY},
	{"*=2w", "['https://x.org/A']", true, 14 * DAY},
	{"https://x.org/A=off", "['https://x.org/A']", false, HISTORY_FOR_GOOD},
	{"https://x.org/A=off", "['https://x.org/B']", true, HISTORY_FOR_GOOD},
	{"https://x.org/A=off,2y", "['https://x.org/A']", false, 730 * DAY},
	{"off, https://x.org/A=36h", "['https://x.org/A']", true, 36 * DAY / 24},
	{"off, https://x.org/A=36h", "['https://x.org/B','https://x.org/A']", true,
		36 * DAY / 24},
	{"https://x.org/A=1d,https://x.org/B=9d", "['https://x.org/A','https://x.org/B']",
		true, 9 * DAY},
	{"https://x.org/A=9d,https://x.org/B=off",
		"['https://x.org/B','https://x.org/A']", true, 9 * DAY},
	{"Sensor=off", "['https://uri.etsi.org/ngsi-ld/default-context/Sensor']", false,
		HISTORY_FOR_GOOD},
};

START_TEST(finds_the_rule)
{
	struct context *ctx = context_core();
	struct history_policy p = {0};
	auto_arena a = {0};
	struct err err = {0};
	char *types = arena_strdup(&a, found[_i].types);
	const struct history_rule *rule;

	for (char *c = types; *c != '\0'; c++)
		*c = *c == '\'' ? '"' : *c;
	ck_assert_msg(history_policy_parse(found[_i].rules, ctx, &p, &err) == 0, "%s",
		err.detail);
	rule = history_policy_find(&p, jn_parse_trusted(types, strlen(types), &a));
	ck_assert_int_eq(rule->record, found[_i].record);
	ck_assert_int_eq(rule->keep, found[_i].keep);
	history_policy_fini(&p);
	context_unref(ctx);
}
END_TEST

static const struct {
	const char *rules, *says;
} wrong[] = {
	{"", "history: '' says neither on nor off nor how long" WANTS},
	{"on,", "history: '' says neither on nor off nor how long" WANTS},
	{"A=forever", "history: 'A=forever' says neither on nor off nor how long" WANTS},
	{"A=0d", "history: 'A=0d' says neither on nor off nor how long" WANTS},
	{"A=5m", "history: 'A=5m' says neither on nor off nor how long" WANTS},
	{"A=d", "history: 'A=d' says neither on nor off nor how long" WANTS},
	{"A=999999d", "history: 'A=999999d' says neither on nor off nor how long" WANTS},
	{"A", "history: 'A' says neither on nor off nor how long" WANTS},
	{"=off", "history: '=off' does not begin with the name of a type" WANTS},
	{"9=off", "history: '9=off' does not begin with the name of a type" WANTS},
	{"on,*=off", "history: '*=off' is a second rule for all types" WANTS},
	{"A=on,A=off", "history: 'A=off' is a second rule for its type" WANTS},
};

START_TEST(refuses)
{
	struct context *ctx = context_core();
	struct history_policy p = {0};
	struct err err = {0};

	ck_assert_int_eq(history_policy_parse(wrong[_i].rules, ctx, &p, &err), -1);
	ck_assert_str_eq(err.detail, wrong[_i].says);
	ck_assert_int_eq(err.kind, ERR_INVALID_REQUEST);
	context_unref(ctx);
}
END_TEST

START_TEST(no_policy_keeps_everything)
{
	ck_assert(history_policy_find(NULL, NULL)->record);
	ck_assert_int_eq(history_policy_find(NULL, NULL)->keep, HISTORY_FOR_GOOD);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("history_policy");

	tcase_add_loop_test(tc, finds_the_rule, 0, ROWS(found));
	tcase_add_loop_test(tc, refuses, 0, ROWS(wrong));
	tcase_add_test(tc, no_policy_keeps_everything);
	return suite_run("history_policy", tc);
}
