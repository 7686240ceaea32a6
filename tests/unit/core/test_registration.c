/* SPDX-License-Identifier: Apache-2.0 */
#include <core/registration.h>

#include "suite.h"

#include <base/arena.h>
#include <base/err.h>
#include <base/jn.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/pattern.h>
#include <core/type_q.h>

#include <check.h>
#include <stdio.h>
#include <string.h>

#define VOCAB "https://uri.etsi.org/ngsi-ld/default-context/"

static struct arena a;
static struct context *ctx;

static void setup(void)
{
	ctx = context_core();
}

static void teardown(void)
{
	context_unref(ctx);
	arena_reset(&a);
}

/* As a client would send it; its information, and members more. */
static const struct registration *make(const char *information, const char *more)
{
	const char *body = arena_printf(&a,
		"{\"type\":\"ContextSourceRegistration\",\"endpoint\":\"http://x\","
		"\"information\":%s%s}",
		information, more);
	struct registration_source source = {.ctx = ctx, .id = "urn:r", .now = 1000};
	const struct registration *r;
	struct jn *doc;
	const char *text;
	struct err err = {0};

	ck_assert_int_eq(jn_parse(body, strlen(body), JN_LIMITS, &a, &doc, &err), 0);
	source.body = doc;
	ck_assert_msg(registration_read(&source, &a, &text, &err) == 0, "%s", err.detail);
	r = registration_new(text, strlen(text), &err);
	ck_assert_msg(r != NULL, "%s", err.detail);
	return r;
}

static const char *const wide = "[{\"entities\":[{\"type\":\"A\"}]}]";

/* 5.12: each condition on entities and attributes. */
static const struct {
	const char *information, *type, *id, *pattern, *attr;
	bool match;
} cases[] = {
	{"[{\"entities\":[{\"type\":\"A\"}]}]", "A", NULL, NULL, NULL, true},
	{"[{\"entities\":[{\"type\":\"A\"}]}]", "B", NULL, NULL, NULL, false},
	{"[{\"entities\":[{\"type\":\"A\"}]}]", "(A;B)", NULL, NULL, NULL, false},
	{"[{\"entities\":[{\"type\":[\"A\",\"B\"]}]}]", "(A;B)", NULL, NULL, NULL, true},
	{"[{\"entities\":[{\"type\":\"A\"}]}]", "B|A", NULL, NULL, NULL, true},
	{"[{\"propertyNames\":[\"p\"]}]", "B", NULL, NULL, NULL, true},
	{"[{\"propertyNames\":[\"p\"]}]", "B", NULL, NULL, "p", true},
	{"[{\"propertyNames\":[\"p\"]}]", "B", NULL, NULL, "q", false},
	{"[{\"relationshipNames\":[\"p\"]}]", NULL, NULL, NULL, "p", true},
	{"[{\"entities\":[{\"type\":\"A\",\"id\":\"urn:1\"}]}]", "A", "urn:1", NULL, NULL,
		true},
	{"[{\"entities\":[{\"type\":\"A\",\"id\":\"urn:1\"}]}]", "A", "urn:2", NULL, NULL,
		false},
	{"[{\"entities\":[{\"type\":\"A\",\"id\":\"urn:1\"}]}]", "A", NULL, "2$", NULL,
		false},
	{"[{\"entities\":[{\"type\":\"A\",\"id\":\"urn:1\"}]}]", "A", NULL, "1$", NULL,
		true},
	{"[{\"entities\":[{\"type\":\"A\",\"idPattern\":\"1$\"}]}]", "A", "urn:1", NULL,
		NULL, true},
	{"[{\"entities\":[{\"type\":\"A\",\"idPattern\":\"1$\"}]}]", "A", "urn:2", NULL,
		NULL, false},
	{"[{\"entities\":[{\"type\":\"A\",\"idPattern\":\"1$\"}]}]", "A", NULL, "2$",
		NULL, true},
	/* one element must match as a whole */
	{"[{\"entities\":[{\"type\":\"A\"}],\"propertyNames\":[\"p\"]},"
	 "{\"entities\":[{\"type\":\"B\"}],\"propertyNames\":[\"q\"]}]",
		"A", NULL, NULL, "q", false},
};

START_TEST(matches)
{
	const struct registration *r = make(cases[_i].information, "");
	struct type_q *type = NULL;
	struct pattern *pattern = NULL;
	struct selector selector = {
		.ids = &cases[_i].id, .ids_len = cases[_i].id != NULL};
	const char *attr = cases[_i].attr != NULL
		? arena_printf(&a, VOCAB "%s", cases[_i].attr)
		: NULL;
	struct registration_query q = {.selectors = &selector,
		.selectors_len = 1,
		.attrs = &attr,
		.attrs_len = attr != NULL};
	struct err err = {0};

	if (cases[_i].type != NULL)
		ck_assert_int_eq(type_q_parse(cases[_i].type, ctx, &a, &type, &err), 0);
	if (cases[_i].pattern != NULL)
		ck_assert_int_eq(
			pattern_parse(cases[_i].pattern, strlen(cases[_i].pattern),
				"idPattern", 0, &a, &pattern, &err),
			0);
	selector.type = type;
	selector.id_pattern = pattern;
	ck_assert_int_eq(registration_matches(r, &q, NULL, &a), cases[_i].match);
	registration_free(r);
}
END_TEST

/* 4.3.6.3 */
static const struct {
	const char *a, *b;
	bool meet;
} pairs[] = {
	{"[{\"propertyNames\":[\"p\"]}]", "[{\"propertyNames\":[\"p\"]}]", true},
	{"[{\"propertyNames\":[\"p\"]}]", "[{\"propertyNames\":[\"q\"]}]", false},
	{"[{\"propertyNames\":[\"p\"]}]", "[{\"entities\":[{\"type\":\"A\"}]}]", true},
	{"[{\"entities\":[{\"type\":\"A\"}]}]", "[{\"entities\":[{\"type\":\"B\"}]}]",
		false},
	{"[{\"entities\":[{\"type\":\"A\",\"id\":\"urn:1\"}]}]",
		"[{\"entities\":[{\"type\":\"A\",\"idPattern\":\"1$\"}]}]", true},
	{"[{\"entities\":[{\"type\":\"A\",\"id\":\"urn:1\"}]}]",
		"[{\"entities\":[{\"type\":\"A\",\"id\":\"urn:2\"}]}]", false},
};

START_TEST(overlaps)
{
	const struct registration *x = make(pairs[_i].a, ""), *y = make(pairs[_i].b, "");

	ck_assert_int_eq(registration_overlaps(x, y, &a), pairs[_i].meet);
	ck_assert_int_eq(registration_overlaps(y, x, &a), pairs[_i].meet);
	registration_free(x);
	registration_free(y);
}
END_TEST

#define HAS(r, name) (((r)->operations >> OPERATION_##name & 1) != 0)

START_TEST(knows_groups)
{
	const struct registration *r = make(wide, "");

	ck_assert(HAS(r, retrieveEntity) && HAS(r, queryBatch) &&
		HAS(r, createSubscription));
	ck_assert(!HAS(r, createEntity) && !HAS(r, queryTemporal));
	registration_free(r);
	r = make(wide, ",\"operations\":[\"updateOps\",\"purgeEntity\"]");
	ck_assert(HAS(r, replaceAttrs) && HAS(r, purgeEntity));
	ck_assert(!HAS(r, deleteEntity) && !HAS(r, retrieveEntity));
	registration_free(r);
	r = make(wide, ",\"operations\":[\"associationOps\"]");
	ck_assert(HAS(r, retrieveEntity) && !HAS(r, retrieveEntityMap));
	registration_free(r);
}
END_TEST

/* Expired ones match nothing; all of what is asked must hold. */
START_TEST(looks_at_the_whole)
{
	const struct registration *r = make(wide,
		",\"datasetId\":[\"urn:d\"],\"expiresAt\":\"2099-01-01T00:00:00Z\"");
	const char *set = "urn:e";
	struct registration_query q = {.dataset_ids = &set, .dataset_ids_len = 1};

	ck_assert(!registration_matches(r, &q, NULL, &a));
	set = "urn:d";
	ck_assert(registration_matches(r, &q, NULL, &a));
	q.now = INT64_MAX;
	ck_assert(!registration_matches(r, &q, NULL, &a));
	registration_free(r);
}
END_TEST

START_TEST(shows_the_part_that_matches)
{
	const struct registration *r = make("[{\"entities\":[{\"type\":\"A\"}]},"
					    "{\"entities\":[{\"type\":\"B\"}]}]",
		"");
	const struct registration_output nothing = {0};
	const struct registration_view view = {.ctx = ctx, .type_lists = true};
	const bool infos[] = {false, true};
	auto_strbuf sb = {0};

	registration_render(&sb, registration_part(r, infos, &a), &nothing, &view, &a);
	ck_assert_str_eq(sb.data,
		"{\"id\":\"urn:r\",\"type\":\"ContextSourceRegistration\",\"endpoint\":"
		"\"http://x\",\"information\":[{\"entities\":[{\"type\":[\"B\"]}]}],"
		"\"mode\":\"inclusive\",\"operations\":[\"federationOps\"]}");
	registration_free(r);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("registration");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, matches, 0, ROWS(cases));
	tcase_add_loop_test(tc, overlaps, 0, ROWS(pairs));
	tcase_add_test(tc, knows_groups);
	tcase_add_test(tc, looks_at_the_whole);
	tcase_add_test(tc, shows_the_part_that_matches);
	return suite_run("registration", tc);
}
