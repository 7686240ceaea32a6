/* SPDX-License-Identifier: Apache-2.0 */
/* Subscriptions in the database, and when their changes are seen. */
#include <store/subscriptions.h>

#include "pgfixture.h"
#include "suite.h"

#include <base/arena.h>
#include <base/err.h>
#include <store/pg.h>

#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define NOW INT64_C(1700000000000000)

static struct pg *pg, *other;
static struct arena a;
static struct err err;

static void setup(void)
{
	const struct pg_config config = {.conninfo = pgfixture_conninfo()};

	memset(&err, 0, sizeof(err));
	pg = pg_open(&config);
	other = pg_open(&config);
	pgfixture_exec(
		"TRUNCATE calanque.subscription, calanque.subscription_gone CASCADE;"
		"UPDATE calanque.subscription_version SET n = 0");
}

static void teardown(void)
{
	pg_close(pg);
	pg_close(other);
	arena_reset(&a);
}

/* The text is the id. */
static int make_new(void *self, const char *old, const char **text, struct err *e)
{
	*text = self;
	return 0;
}

static int try_create(struct pg *with, const struct subscription_key *key, struct err *e)
{
	const struct subscription_change change = {make_new, NULL, (void *)key->id};

	return subscriptions_create(with, key, NOW, &change, e);
}

static void create(int tenant, const char *id)
{
	const struct subscription_key key = {.tenant = tenant, .id = id};

	ck_assert_msg(try_create(pg, &key, &err) == 0, "%s", err.detail);
}

static const struct subscription_key key_a = {.tenant = 1, .id = "urn:a"};
static const struct subscription_key key_all = {.tenant = 1};

static struct subscription_news news(int64_t since)
{
	struct subscription_news n = {0};

	ck_assert_msg(subscriptions_news(pg, since, &a, &n, &err) == 0, "%s", err.detail);
	return n;
}

START_TEST(keeps_them)
{
	const struct subscription_key other_tenant = {.tenant = 2, .id = "urn:a"};
	struct stored_subscription s;

	create(1, "urn:a");
	create(2, "urn:a");
	ck_assert_int_eq(subscriptions_get(pg, &key_a, &a, &s, &err), 0);
	ck_assert_str_eq(s.text, "urn:a");
	ck_assert_int_eq(s.tenant, 1);
	ck_assert_int_eq(s.output.created, NOW);
	ck_assert_int_eq(s.output.times_sent, 0);
	ck_assert_int_eq(s.output.last_success, 0);
	ck_assert_int_eq(try_create(pg, &key_a, &err), -1);
	ck_assert_int_eq(err.kind, ERR_ALREADY_EXISTS);
	ck_assert(!pg_in_transaction(pg));
	err_clear(&err);
	ck_assert_int_eq(subscriptions_delete(pg, &key_a, &err), 0);
	ck_assert_int_eq(subscriptions_delete(pg, &key_a, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	err_clear(&err);
	ck_assert_int_eq(subscriptions_get(pg, &key_a, &a, &s, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	err_clear(&err);
	ck_assert_int_eq(subscriptions_get(pg, &other_tenant, &a, &s, &err), 0);
}
END_TEST

/* Those of sources are another collection. */
START_TEST(keeps_collections_apart)
{
	const struct subscription_key key = {1, true, "urn:a"};
	struct subscription_page page;
	struct stored_subscription s;

	create(1, "urn:a");
	ck_assert_int_eq(subscriptions_get(pg, &key, &a, &s, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	err_clear(&err);
	ck_assert_int_eq(try_create(pg, &key, &err), 0);
	ck_assert_int_eq(
		subscriptions_list(pg, &key_all, 9, 0, true, &a, &page, &err), 0);
	ck_assert_int_eq(page.count, 1);
	ck_assert(!page.items[0].of_sources);
	ck_assert_uint_eq(news(-1).len, 2);
	ck_assert_int_eq(subscriptions_delete(pg, &key, &err), 0);
	ck_assert_int_eq(subscriptions_get(pg, &key_a, &a, &s, &err), 0);
}
END_TEST

static int refuse(void *self, const char *old, const char **text, struct err *e)
{
	return err_set(e, ERR_BAD_REQUEST_DATA, "no");
}

static int append(void *self, const char *old, const char **text, struct err *e)
{
	*text = arena_printf(self, "%s!", old);
	return 0;
}

/* What is written with it, is with it. */
static int refuse_late(void *self, struct pg *with, int64_t sid, struct err *e)
{
	return err_set(e, ERR_BAD_REQUEST_DATA, "sid %d", sid > 0);
}

START_TEST(updates_them)
{
	const struct subscription_change refusing = {refuse, NULL, NULL};
	const struct subscription_change appending = {append, NULL, &a};
	const struct subscription_change late = {append, refuse_late, &a};
	const struct subscription_key nobody = {.tenant = 1, .id = "urn:x"};
	struct stored_subscription s;
	int64_t version;

	create(1, "urn:a");
	version = news(-1).version;
	ck_assert_int_eq(subscriptions_update(pg, &key_a, NOW + 1, &refusing, &err), -1);
	ck_assert_str_eq(err.detail, "no");
	err_clear(&err);
	ck_assert_int_eq(subscriptions_update(pg, &key_a, NOW + 1, &late, &err), -1);
	ck_assert_str_eq(err.detail, "sid 1");
	ck_assert_int_eq(news(-1).version, version);
	err_clear(&err);
	ck_assert_int_eq(subscriptions_update(pg, &nobody, NOW, &appending, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	err_clear(&err);
	ck_assert_int_eq(subscriptions_update(pg, &key_a, NOW + 1, &appending, &err), 0);
	ck_assert_int_eq(subscriptions_get(pg, &key_a, &a, &s, &err), 0);
	ck_assert_str_eq(s.text, "urn:a!");
	ck_assert_int_eq(s.output.created, NOW);
	ck_assert_int_eq(s.output.modified, NOW + 1);
	ck_assert_int_eq(news(version).len, 1);
}
END_TEST

START_TEST(lists_pages)
{
	struct subscription_page page;

	create(1, "urn:c");
	create(1, "urn:a");
	create(2, "urn:x");
	create(1, "urn:b");
	ck_assert_int_eq(
		subscriptions_list(pg, &key_all, 2, 0, true, &a, &page, &err), 0);
	ck_assert_uint_eq(page.len, 2);
	ck_assert(page.more);
	ck_assert_int_eq(page.count, 3);
	ck_assert_str_eq(page.items[0].text, "urn:c");
	ck_assert_int_eq(
		subscriptions_list(pg, &key_all, 2, 2, false, &a, &page, &err), 0);
	ck_assert_uint_eq(page.len, 1);
	ck_assert(!page.more);
	ck_assert_int_eq(page.count, -1);
	ck_assert_str_eq(page.items[0].text, "urn:b");
}
END_TEST

START_TEST(tells_what_is_new)
{
	struct subscription_news n = news(-1);
	int64_t sid;

	ck_assert(n.all);
	ck_assert_uint_eq(n.len, 0);
	create(1, "urn:a");
	create(1, "urn:b");
	n = news(n.version);
	ck_assert(!n.all);
	ck_assert_uint_eq(n.len, 2);
	ck_assert_str_eq(n.items[1].text, "urn:b");
	sid = n.items[0].sid;
	ck_assert_int_eq(subscriptions_delete(pg, &key_a, &err), 0);
	n = news(n.version);
	ck_assert_uint_eq(n.len, 0);
	ck_assert_uint_eq(n.gone_len, 1);
	ck_assert_int_eq(n.gone[0], sid);
	n = news(n.version);
	ck_assert_uint_eq(n.len + n.gone_len, 0);
	/* who knows what was long ago begins anew */
	pgfixture_exec("UPDATE calanque.subscription_version SET n = n + 20000");
	n = news(n.version);
	ck_assert(n.all);
	ck_assert_uint_eq(n.len, 1);
}
END_TEST

static atomic_bool done;

static void *create_elsewhere(void *arg)
{
	const struct subscription_key key = {.tenant = 1, .id = "urn:late"};
	struct err e = {0};

	ck_assert_int_eq(try_create(other, &key, &e), 0);
	atomic_store(&done, true);
	return NULL;
}

/* A group of writes keeps subscriptions from changing until it committed. */
START_TEST(waits_for_groups)
{
	auto_pgresult *res = NULL;
	pthread_t thread;

	atomic_store(&done, false);
	ck_assert_int_eq(pg_script(pg, "BEGIN", &err), 0);
	ck_assert_int_eq(pg_exec(pg, &subscriptions_share, NULL, NULL, &err), 0);
	ck_assert_int_eq(pg_query(pg, &subscriptions_version, NULL, &res, &err), 0);
	ck_assert_int_eq(pg_get_int(res, 0, 0), 0);
	pthread_create(&thread, NULL, create_elsewhere, NULL);
	usleep(200000);
	ck_assert(!atomic_load(&done));
	ck_assert_uint_eq(news(0).len, 0);
	ck_assert_int_eq(pg_script(pg, "COMMIT", &err), 0);
	pthread_join(thread, NULL);
	ck_assert(atomic_load(&done));
	ck_assert_int_eq(news(0).version, 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("subscriptions");

	pgfixture_start_migrated();
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, keeps_them);
	tcase_add_test(tc, keeps_collections_apart);
	tcase_add_test(tc, updates_them);
	tcase_add_test(tc, lists_pages);
	tcase_add_test(tc, tells_what_is_new);
	tcase_add_test(tc, waits_for_groups);
	return suite_run("subscriptions", tc);
}
