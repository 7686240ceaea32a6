/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts in the database: pinned once, replaced on purpose only, counted. */
#include <store/contexts.h>

#include "pgfixture.h"
#include "suite.h"

#include <base/arena.h>
#include <base/err.h>
#include <store/pg.h>

#include <check.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define NOW    (INT64_C(1700000000) * SECOND)
#define URL    "https://example.org/c.jsonld"
/* printf '%s' '{"@context":{}}' | sha256sum */
#define EMPTY      "{\"@context\":{}}"
#define EMPTY_HASH "be91264c0b027b7ac5ab84db22a5eb371751abe030a5007b42bcfb75bb9501b3"

static struct context_store *cs, *other;
static struct arena a;
static struct err err;
static struct stored_context got;

static void setup(void)
{
	const struct pg_config config = {.conninfo = pgfixture_conninfo()};

	memset(&err, 0, sizeof(err));
	memset(&got, 0, sizeof(got));
	cs = context_store_new(&config);
	other = context_store_new(&config);
	pgfixture_exec("TRUNCATE calanque.context");
}

static void teardown(void)
{
	context_store_free(cs);
	context_store_free(other);
	arena_reset(&a);
}

static const char *host(enum context_kind kind, const char *text)
{
	const char *id = NULL;

	ck_assert_int_eq(
		context_store_host(cs, kind, text, strlen(text), NOW, &a, &id, &err), 0);
	return id;
}

static void pin(struct context_store *by, const char *text, int64_t expires)
{
	ck_assert_int_eq(context_store_pin(by, URL, text, strlen(text), expires, NOW, &a,
				 &got, &err),
		0);
}

static void find(const char *name)
{
	ck_assert_int_eq(context_store_find(cs, name, &a, &got, &err), 0);
}

static void use(const char *id, int64_t hits, int64_t last)
{
	const struct context_usage usage[] = {{id, hits, last}, {id, 1, last - 5}};

	ck_assert_int_eq(context_store_used(cs, usage, 2, &err), 0);
}

static size_t due(int64_t now)
{
	struct stored_context *list = NULL;
	size_t len = 99;

	ck_assert_int_eq(
		context_store_due(cs, now, now + 60 * SECOND, &a, &list, &len, &err), 0);
	return len;
}

static int64_t changes(void)
{
	int64_t n = -1;

	ck_assert_int_eq(context_store_changes(other, &n, &err), 0);
	return n;
}

START_TEST(kinds_have_names)
{
	enum context_kind kind = CONTEXT_ANY;

	ck_assert_str_eq(context_kind_name(CONTEXT_CACHED), "Cached");
	ck_assert_str_eq(context_kind_name(CONTEXT_HOSTED), "Hosted");
	ck_assert(context_kind_of("ImplicitlyCreated", &kind));
	ck_assert_int_eq(kind, CONTEXT_IMPLICIT);
	ck_assert(!context_kind_of("cached", &kind));
}
END_TEST

START_TEST(hosts_each_anew)
{
	const char *first = host(CONTEXT_HOSTED, EMPTY),
		   *second = host(CONTEXT_HOSTED, EMPTY);

	ck_assert_str_ne(first, second);
	ck_assert_int_eq(strncmp(first, CONTEXT_ID_PREFIX, strlen(CONTEXT_ID_PREFIX)), 0);
	find(second);
	ck_assert_int_eq(got.kind, CONTEXT_HOSTED);
	ck_assert_str_eq(got.id, second);
	ck_assert_ptr_null(got.url);
	ck_assert_str_eq(got.document, EMPTY);
	ck_assert_uint_eq(got.len, strlen(EMPTY));
	ck_assert_int_eq(got.created, NOW);
	ck_assert_int_eq(got.expires, 0);
	ck_assert_int_eq(got.used, 0);
}
END_TEST

START_TEST(makes_each_once)
{
	const char *first = host(CONTEXT_IMPLICIT, EMPTY);

	ck_assert_str_eq(first, host(CONTEXT_IMPLICIT, EMPTY));
	ck_assert_str_ne(first, host(CONTEXT_IMPLICIT, "{\"@context\":[]}"));
	find(first);
	ck_assert_int_eq(got.kind, CONTEXT_IMPLICIT);
	ck_assert_str_eq(got.id + strlen(CONTEXT_ID_PREFIX), got.sha256);
}
END_TEST

START_TEST(says_what_is_missing)
{
	ck_assert_int_eq(context_store_find(cs, "urn:none", &a, &got, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	ck_assert_str_eq(err.detail, "no @context urn:none is kept here");
	memset(&err, 0, sizeof(err));
	ck_assert_int_eq(context_store_delete(cs, "urn:none", &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	memset(&err, 0, sizeof(err));
	ck_assert_int_eq(
		context_store_replace(cs, "urn:none", "", 0, 0, NOW, &a, &got, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
}
END_TEST

START_TEST(the_first_pin_counts)
{
	const char *id;

	pin(cs, EMPTY, NOW + SECOND);
	id = got.id;
	ck_assert_int_eq(got.kind, CONTEXT_CACHED);
	ck_assert_str_eq(got.url, URL);
	ck_assert_str_eq(got.sha256, EMPTY_HASH);
	pin(other, "{\"@context\":5}", NOW + 9 * SECOND);
	ck_assert_str_eq(got.id, id);
	ck_assert_str_eq(got.document, EMPTY);
	ck_assert_int_eq(got.expires, NOW + SECOND);
	find(URL);
	ck_assert_str_eq(got.id, id);
	find(id);
	ck_assert_str_eq(got.url, URL);
}
END_TEST

START_TEST(a_check_notes_and_keeps)
{
	const char *changed = "{\"@context\":{\"a\":\"urn:a\"}}", *pinned;
	int64_t before = changes();

	pin(cs, EMPTY, NOW);
	pinned = got.sha256;
	ck_assert_int_eq(context_store_checked(cs, got.id, changed, strlen(changed),
				 NOW + 7, NOW, &a, &got, &err),
		0);
	ck_assert_str_eq(got.sha256, pinned);
	ck_assert_ptr_nonnull(got.differs);
	ck_assert_str_ne(got.differs, pinned);
	find(URL);
	ck_assert_str_eq(got.document, EMPTY);
	ck_assert_int_eq(got.expires, NOW + 7);
	ck_assert_int_eq(context_store_checked(cs, got.id, EMPTY, strlen(EMPTY), 0, NOW,
				 &a, &got, &err),
		0);
	ck_assert_ptr_null(got.differs);
	ck_assert_int_eq(got.expires, 0);
	ck_assert_int_eq(changes(), before);
}
END_TEST

START_TEST(replacing_is_told_to_other_brokers)
{
	const char *changed = "{\"@context\":{\"a\":\"urn:a\"}}", *pinned, *id;
	int64_t before;

	pin(cs, EMPTY, NOW);
	pinned = got.sha256;
	id = got.id;
	before = changes();
	ck_assert_int_eq(context_store_replace(cs, id, changed, strlen(changed), NOW + 7,
				 NOW + 1, &a, &got, &err),
		0);
	ck_assert_str_ne(got.sha256, pinned);
	ck_assert_int_eq(got.created, NOW + 1);
	ck_assert_int_eq(changes(), before + 1);
	find(id);
	ck_assert_str_eq(got.document, changed);
	ck_assert_int_eq(context_store_delete(cs, id, &err), 0);
	ck_assert_int_eq(changes(), before + 2);
	ck_assert_int_eq(context_store_find(other, id, &a, &got, &err), -1);
	memset(&err, 0, sizeof(err));
	ck_assert_int_eq(context_store_delete(cs, id, &err), -1);
	ck_assert_int_eq(changes(), before + 2);
}
END_TEST

START_TEST(counts_uses)
{
	const char *id = host(CONTEXT_HOSTED, EMPTY);

	use(id, 3, NOW + 10);
	use(id, 1, NOW + 2);
	use("urn:gone", 1, NOW);
	find(id);
	ck_assert_int_eq(got.hits, 6);
	ck_assert_int_eq(got.used, NOW + 10);
}
END_TEST

START_TEST(only_what_is_used_is_due)
{
	pin(cs, EMPTY, NOW + 10);
	ck_assert_uint_eq(due(NOW + 10), 0);
	use(got.id, 1, NOW + 6);
	ck_assert_uint_eq(due(NOW + 9), 0);
	ck_assert_uint_eq(due(NOW + 10), 1);
	ck_assert_uint_eq(due(NOW + 11), 0); /* it is somebody's now */
	ck_assert_uint_eq(due(NOW + 10 + 60 * SECOND), 1); /* who failed */
}
END_TEST

START_TEST(lists_by_kind)
{
	struct stored_context *list = NULL;
	size_t len = 99;

	pin(cs, EMPTY, 0);
	(void)host(CONTEXT_HOSTED, EMPTY);
	ck_assert_int_eq(context_store_list(cs, CONTEXT_ANY, &a, &list, &len, &err), 0);
	ck_assert_uint_eq(len, 2);
	ck_assert_ptr_null(list[0].document);
	ck_assert_int_eq(
		context_store_list(cs, CONTEXT_CACHED, &a, &list, &len, &err), 0);
	ck_assert_uint_eq(len, 1);
	ck_assert_str_eq(list[0].url, URL);
	ck_assert_int_eq(
		context_store_list(cs, CONTEXT_IMPLICIT, &a, &list, &len, &err), 0);
	ck_assert_uint_eq(len, 0);
}
END_TEST

START_TEST(trims_what_was_used_longest_ago)
{
	const char *hosted = host(CONTEXT_HOSTED, EMPTY),
		   *made = host(CONTEXT_IMPLICIT, EMPTY);
	const char *newer = host(CONTEXT_IMPLICIT, "{\"@context\":[]}");

	use(newer, 1, NOW + SECOND);
	ck_assert_int_eq(context_store_trim(cs, 1, &err), 0);
	find(hosted);
	find(newer);
	ck_assert_int_eq(context_store_find(cs, made, &a, &got, &err), -1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("contexts");

	pgfixture_start_migrated();
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, kinds_have_names);
	tcase_add_test(tc, hosts_each_anew);
	tcase_add_test(tc, makes_each_once);
	tcase_add_test(tc, says_what_is_missing);
	tcase_add_test(tc, the_first_pin_counts);
	tcase_add_test(tc, a_check_notes_and_keeps);
	tcase_add_test(tc, replacing_is_told_to_other_brokers);
	tcase_add_test(tc, counts_uses);
	tcase_add_test(tc, only_what_is_used_is_due);
	tcase_add_test(tc, lists_by_kind);
	tcase_add_test(tc, trims_what_was_used_longest_ago);
	return suite_run("contexts", tc);
}
