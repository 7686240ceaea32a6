/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of contexts without a database: what is asked for how often. */
#include <api/contexts.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/jn.h>

#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <suite.h>
#include <unistd.h>

#define URL "https://example.org/c.jsonld"

/* A network with one document, for every URL but those with "gone" in them. */
static atomic_int asked;
static atomic_uint delay_us;
static const char *served;

static int get(void *self, const char *url, char **text, size_t *len, int64_t *expires,
	struct err *err)
{
	atomic_fetch_add(&asked, 1);
	usleep(atomic_load(&delay_us));
	if (strstr(url, "gone") != NULL)
		return err_set(err, ERR_CONTEXT_NOT_AVAILABLE, "@context %s: gone", url);
	*text = strdup(served);
	*len = strlen(served);
	*expires = 0;
	return 0;
}

static struct contexts *contexts;
static struct arena arena;
static struct err err;

static struct contexts *make(unsigned failure_ms, unsigned max_cached)
{
	const struct contexts_config config = {
		.source = {get, NULL},
		.default_url = CONTEXT_DEFAULT_URL,
		.max_cached = max_cached,
		.failure_ms = failure_ms,
	};

	return contexts_new(&config, &err);
}

static void setup(void)
{
	memset(&err, 0, sizeof(err));
	atomic_store(&asked, 0);
	atomic_store(&delay_us, 0);
	served = "{\"@context\":{\"a\":\"https://example.org/v/a\"}}";
	contexts = make(60000, 100);
	ck_assert_ptr_nonnull(contexts);
}

static void teardown(void)
{
	contexts_free(contexts);
	arena_reset(&arena);
}

/* What the context of that URL makes of "a"; NULL where there is none. */
static const char *meaning(const char *url)
{
	struct context *ctx = contexts_by_url(contexts, url, &err);
	const char *iri = ctx != NULL ? context_expand(ctx, "a", 1, &arena) : NULL;

	iri = iri != NULL ? arena_strdup(&arena, iri) : NULL;
	context_unref(ctx);
	return iri;
}

START_TEST(downloads_once)
{
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(meaning(URL), "https://example.org/v/a");
	ck_assert_int_eq(asked, 1);
	ck_assert_str_eq(meaning("https://example.org/other"), "https://example.org/v/a");
	ck_assert_int_eq(asked, 2);
}
END_TEST

START_TEST(downloads_nothing_that_is_built_in)
{
	struct context *standard = contexts_default(contexts);

	ck_assert_str_eq(context_url(standard), CONTEXT_DEFAULT_URL);
	context_unref(standard);
	ck_assert_ptr_nonnull(meaning(CORE_CONTEXT_URL));
	ck_assert_ptr_nonnull(
		meaning("http://any.host" CONTEXTS_PATH CONTEXT_DEFAULT_URL));
	ck_assert_ptr_nonnull(
		meaning("http://h" CONTEXTS_PATH "urn%3Acalanque%3Acontext:default"));
	ck_assert_int_eq(asked, 0);
}
END_TEST

START_TEST(remembers_failures)
{
	for (int i = 0; i < 3; i++) {
		memset(&err, 0, sizeof(err));
		ck_assert_ptr_null(meaning("http://h/gone"));
		ck_assert_int_eq(err.kind, ERR_CONTEXT_NOT_AVAILABLE);
		ck_assert_str_eq(err.detail, "@context http://h/gone: gone");
	}
	ck_assert_int_eq(asked, 1);
}
END_TEST

START_TEST(remembers_failures_for_a_moment)
{
	contexts_free(contexts);
	contexts = make(0, 100);
	for (int i = 0; i < 3; i++) {
		memset(&err, 0, sizeof(err));
		ck_assert_ptr_null(meaning("http://h/gone"));
	}
	ck_assert_int_eq(asked, 3);
}
END_TEST

START_TEST(refuses_downloads_that_are_wrong)
{
	served = "{\"@context\":{\"a\":5}}";
	ck_assert_ptr_null(meaning(URL));
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
	ck_assert_ptr_nonnull(strstr(err.detail, "a"));
}
END_TEST

START_TEST(refuses_long_urls)
{
	char url[2100] = "https://";

	memset(url + 8, 'a', sizeof(url) - 9);
	url[sizeof(url) - 1] = '\0';
	ck_assert_ptr_null(meaning(url));
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
	ck_assert_ptr_nonnull(
		strstr(err.detail, "...: the URL is longer than 2000 bytes"));
	ck_assert_int_eq(asked, 0);
}
END_TEST

START_TEST(knows_that_ids_have_no_origin)
{
	ck_assert_ptr_null(meaning("urn:calanque:context:none"));
	ck_assert_int_eq(err.kind, ERR_CONTEXT_NOT_AVAILABLE);
	ck_assert_str_eq(
		err.detail, "@context urn:calanque:context:none is not hosted here");
	ck_assert_int_eq(asked, 0);
}
END_TEST

static void *ask(void *arg)
{
	struct err mine = {0};
	struct context *ctx = contexts_by_url(contexts, arg, &mine);

	context_unref(ctx);
	return ctx != NULL ? contexts : NULL;
}

static void ask_at_once(const char *url, bool found)
{
	pthread_t threads[4];
	void *answer;

	atomic_store(&delay_us, 100000);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, ask, (void *)url), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &answer);
		ck_assert_int_eq(answer != NULL, found);
	}
	ck_assert_int_eq(asked, 1);
}

START_TEST(lets_others_wait_for_one_download)
{
	ask_at_once(URL, true);
}
END_TEST

START_TEST(lets_others_share_one_failure)
{
	ask_at_once("http://h/gone", false);
}
END_TEST

START_TEST(forgets_the_oldest)
{
	char url[64];

	contexts_free(contexts);
	contexts = make(60000, 4);
	for (int i = 0; i < 20; i++) {
		snprintf(url, sizeof(url), "https://example.org/%d", i);
		ck_assert_ptr_nonnull(meaning(url));
	}
	ck_assert_int_eq(asked, 20);
	ck_assert_ptr_nonnull(meaning("https://example.org/19"));
	ck_assert_int_eq(asked, 20);
	ck_assert_ptr_nonnull(meaning("https://example.org/0"));
	ck_assert_int_eq(asked, 21);
}
END_TEST

START_TEST(compiles_values_once)
{
	static const char text[] = "[\"" URL "\",{\"b\":\"urn:b\"}]";
	const struct jn *value = jn_parse_trusted(text, sizeof(text) - 1, &arena);
	struct context *first = contexts_by_value(contexts, value, &arena, &err);
	struct context *second = contexts_by_value(contexts, value, &arena, &err);

	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_eq(first, second);
	ck_assert_ptr_null(context_url(first));
	ck_assert_ptr_null(contexts_host(contexts, first, &arena, &err));
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_str_eq(err.detail, "there is no database to host an @context in");
	context_unref(first);
	context_unref(second);
	ck_assert_int_eq(asked, 1);
}
END_TEST

static const struct {
	const char *url, *id;
} locals[] = {
	{"http://h" CONTEXTS_PATH "urn:x:y", "urn:x:y"},
	{"https://h:1026" CONTEXTS_PATH "urn%3Ax%3Ay", "urn:x:y"},
	{CONTEXTS_PATH "https%3A%2F%2Fx%2Fy", "https://x/y"},
	{"http://h" CONTEXTS_PATH, NULL},
	{"http://h" CONTEXTS_PATH "a/b", NULL},
	{"http://h" CONTEXTS_PATH "a?details=true", NULL},
	{"http://h" CONTEXTS_PATH "a#b", NULL},
	{"http://h" CONTEXTS_PATH "%zz", NULL},
	{"http://h/x" CONTEXTS_PATH "a", NULL},
	{"http://h?q=" CONTEXTS_PATH "a", NULL},
	{"ftp://h" CONTEXTS_PATH "a", NULL},
	{"http://", NULL},
	{"", NULL},
};

START_TEST(knows_its_own_urls)
{
	const char *id = contexts_local_id(locals[_i].url, &arena);

	if (locals[_i].id == NULL)
		ck_assert_msg(id == NULL, "%s: %s", locals[_i].url, id);
	else
		ck_assert_str_eq(id, locals[_i].id);
}
END_TEST

static const struct {
	const char *text;
	bool good;
} documents[] = {
	{"{\"@context\":{}}", true},
	{"{\"@context\":\"https://h/gone\"}", true}, /* nobody is asked */
	{"{\"@context\":[\"https://h/gone\",{\"a\":\"urn:a\"}]}", true},
	{"{\"@context\":{\"a\":{\"@id\":\"urn:a\",\"@type\":\"@id\"}}}", true},
	{"{\"@context\":5}", false},
	{"{\"@context\":null}", false},
	{"{\"@context\":{\"a\":5}}", false},
	{"{\"@context\":[true]}", false},
	{"{\"@context\":\"relative\"}", false},
};

START_TEST(checks_documents_without_the_network)
{
	json_t *document = json_loads(documents[_i].text, 0, NULL);
	int rc = contexts_check(document, &err);

	ck_assert_msg(rc == (documents[_i].good ? 0 : -1), "%s", documents[_i].text);
	ck_assert_int_eq(err.kind, documents[_i].good ? ERR_NONE : ERR_BAD_REQUEST_DATA);
	ck_assert_int_eq(asked, 0);
	json_decref(document);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("contexts");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, downloads_once);
	tcase_add_test(tc, downloads_nothing_that_is_built_in);
	tcase_add_test(tc, remembers_failures);
	tcase_add_test(tc, remembers_failures_for_a_moment);
	tcase_add_test(tc, refuses_downloads_that_are_wrong);
	tcase_add_test(tc, refuses_long_urls);
	tcase_add_test(tc, knows_that_ids_have_no_origin);
	tcase_add_test(tc, lets_others_wait_for_one_download);
	tcase_add_test(tc, lets_others_share_one_failure);
	tcase_add_test(tc, forgets_the_oldest);
	tcase_add_test(tc, compiles_values_once);
	tcase_add_loop_test(tc, knows_its_own_urls, 0, ROWS(locals));
	tcase_add_loop_test(tc, checks_documents_without_the_network, 0, ROWS(documents));
	return suite_run("contexts", tc);
}
