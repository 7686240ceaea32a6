/* SPDX-License-Identifier: Apache-2.0 */
/* Writes ride together: order, isolation of errors, and what stands beside a document. */
#include <base/arena.h>
#include <base/clock.h>
#include <core/expand.h>
#include <store/dict.h>
#include <store/entities.h>
#include <store/lane.h>
#include <store/pg.h>
#include <store/value_paths.h>

#include "pgfixture.h"
#include "suite.h"
#include "waiting.h"

#include <string.h>

static struct pg_config config;
static struct dict *names;
static struct value_paths *paths;
static struct lanes *lanes;
static struct pg *pg;
static struct arena arena;

static void begin(struct waiting *w, struct write_op *ops, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		ops[i].tenant = ops[i].tenant != 0 ? ops[i].tenant : 1;
		ops[i].op.now = clock_now();
	}
	waiting_begin(w, lanes, ops, len, &arena);
}

static void run(struct write_op *ops, size_t len)
{
	struct waiting w;

	begin(&w, ops, len);
	waiting_end(&w);
}

static struct jn *doc(const char *text)
{
	struct jn *v = jn_parse_trusted(text, strlen(text), &arena);

	ck_assert_ptr_nonnull(v);
	return v;
}

static struct write_op create_op(const char *id, const char *members)
{
	const char *text = arena_printf(
		&arena, "{\"id\":\"%s\",\"type\":[\"https://x.org/T\"]%s}", id, members);

	return (struct write_op){.op = {.kind = OP_CREATE, .id = id, .doc = doc(text)}};
}

static struct write_op number_op(const char *id, const char *attr, int value)
{
	const char *text = arena_printf(&arena,
		"{\"https://x.org/%s\":{\"type\":\"Property\",\"value\":%d}}", attr,
		value);

	return (struct write_op){.op = {.kind = OP_UPDATE, .id = id, .doc = doc(text)}};
}

static const char *ask(const char *sql)
{
	return first_value(pg, sql, &arena);
}

START_TEST(created_is_on_disk_when_it_is_answered)
{
	struct write_op op = create_op("urn:lane:1", "");

	run(&op, 1);
	ck_assert_int_eq(op.err.kind, ERR_NONE);
	ck_assert(op.created);
	ck_assert_str_eq(ask("SELECT count(*) FROM entity WHERE id = 'urn:lane:1'"), "1");
	ck_assert_str_eq(
		ask("SELECT n.iri FROM entity e JOIN entity_type t USING (tenant, eid)"
		    " JOIN name n ON n.id = t.type WHERE e.id = 'urn:lane:1'"),
		"https://x.org/T");
}
END_TEST

START_TEST(an_error_is_its_operations_own)
{
	struct write_op ops[] = {
		create_op("urn:lane:2", ""),
		create_op("urn:lane:2", ""),
		number_op("urn:lane:none", "a", 1),
		create_op("urn:lane:3", ""),
	};

	run(ops, 4);
	ck_assert_int_eq(ops[0].err.kind, ERR_NONE);
	ck_assert_int_eq(ops[1].err.kind, ERR_ALREADY_EXISTS);
	ck_assert_int_eq(ops[2].err.kind, ERR_NOT_FOUND);
	ck_assert_str_eq(ops[2].err.detail, "entity urn:lane:none does not exist");
	ck_assert_int_eq(ops[3].err.kind, ERR_NONE);
}
END_TEST

/* One statement that the database refuses must not take its company down: a geometry that
 * expand would have refused stands for any such surprise. */
START_TEST(a_database_error_hits_the_culprit_only)
{
	struct write_op ops[] = {
		create_op("urn:lane:ok:1", ""),
		create_op("urn:lane:bad",
			",\"https://x.org/g\":{\"type\":\"GeoProperty\","
			"\"value\":{\"type\":\"Nonsense\"}}"),
		create_op("urn:lane:ok:2", ""),
	};

	run(ops, 3);
	ck_assert_int_eq(ops[0].err.kind, ERR_NONE);
	ck_assert_int_eq(ops[1].err.kind, ERR_INTERNAL);
	ck_assert_str_eq(ops[1].err.detail, "storage failure");
	ck_assert_int_eq(ops[2].err.kind, ERR_NONE);
	ck_assert_str_eq(
		ask("SELECT count(*) FROM entity WHERE id LIKE 'urn:lane:ok:%'"), "2");
	ck_assert_str_eq(
		ask("SELECT count(*) FROM entity WHERE id = 'urn:lane:bad'"), "0");
}
END_TEST

START_TEST(operations_on_one_entity_keep_their_order)
{
	enum { N = 500 };
	struct write_op *ops = arena_array(&arena, struct write_op, N + 1);

	ops[0] = create_op("urn:lane:order", "");
	for (int i = 1; i <= N; i++)
		ops[i] = number_op("urn:lane:order", "n", i);
	run(ops, N + 1);
	for (int i = 0; i <= N; i++)
		ck_assert_int_eq(ops[i].err.kind, ERR_NONE);
	ck_assert_str_eq(ask("SELECT doc::jsonb->'https://x.org/n'->>'value' FROM entity"
			     " WHERE id = 'urn:lane:order'"),
		"500");
}
END_TEST

/* Many writers, each with an attribute of its own: none of their updates is lost. */
START_TEST(no_update_is_lost)
{
	enum { WRITERS = 64 };
	struct write_op create = create_op("urn:lane:many", ""), ops[WRITERS];
	struct waiting w[WRITERS];

	run(&create, 1);
	for (int i = 0; i < WRITERS; i++) {
		ops[i] = number_op("urn:lane:many", arena_printf(&arena, "a%d", i), i);
		begin(&w[i], &ops[i], 1);
	}
	for (int i = 0; i < WRITERS; i++)
		waiting_end(&w[i]);
	ck_assert_str_eq(
		ask("SELECT count(*) FROM entity, jsonb_object_keys(doc::jsonb) k"
		    " WHERE id = 'urn:lane:many' AND k LIKE 'https://x.org/a%'"),
		"64");
}
END_TEST

/* Somebody else holds an entity: who wants it waits, nobody else does, and its operations
 * keep their order. */
START_TEST(who_waits_for_an_entity_holds_up_nobody)
{
	struct write_op make[] = {
		create_op("urn:lane:held", ""), create_op("urn:lane:free", "")};
	struct write_op held[] = {
		number_op("urn:lane:held", "n", 1), number_op("urn:lane:held", "n", 2)};
	struct write_op other = number_op("urn:lane:free", "n", 3);
	struct waiting w[2];

	run(make, 2);
	ask("BEGIN");
	ask("SELECT eid FROM entity WHERE id = 'urn:lane:held' FOR UPDATE");
	begin(&w[0], &held[0], 1);
	ask("SELECT pg_sleep(0.1)"); /* a lane is at it */
	begin(&w[1], &held[1], 1);
	run(&other, 1);
	ck_assert_int_eq(other.err.kind, ERR_NONE);
	ck_assert(!waiting_is_over(&w[0]) && !waiting_is_over(&w[1]));
	ask("ROLLBACK");
	waiting_end(&w[0]);
	waiting_end(&w[1]);
	ck_assert_str_eq(ask("SELECT doc::jsonb->'https://x.org/n'->>'value' FROM entity"
			     " WHERE id = 'urn:lane:held'"),
		"2");
}
END_TEST

START_TEST(geometries_follow_the_document)
{
	struct write_op create = create_op("urn:lane:geo",
		",\"https://x.org/g\":{\"type\":\"GeoProperty\","
		"\"value\":{\"type\":\"Point\",\"coordinates\":[5,-43.1,100]}}"
		",\"https://x.org/line\":{\"type\":\"GeoProperty\","
		"\"value\":{\"type\":\"LineString\",\"coordinates\":[[0,1],[2,3]]}}"
		",\"https://x.org/text\":{\"type\":\"GeoProperty\","
		"\"value\":\"{\\\"type\\\":\\\"Point\\\","
		"\\\"coordinates\\\":[6,7]}\"}");
	struct write_op gone = {.op = {.kind = OP_DELETE_ATTR,
					.id = "urn:lane:geo",
					.attr = "https://x.org/g",
					.attr_name = "g"}};
	const char *where =
		"SELECT string_agg(ST_AsText(g.geom), ' ' ORDER BY n.iri) FROM"
		" entity_geometry g JOIN entity e USING (tenant, eid)"
		" JOIN name n ON n.id = g.attr WHERE e.id = 'urn:lane:geo'";

	run(&create, 1);
	ck_assert_str_eq(ask(where), "POINT(5 -43.1) LINESTRING(0 1,2 3) POINT(6 7)");
	run(&gone, 1);
	ck_assert_int_eq(gone.err.kind, ERR_NONE);
	ck_assert_str_eq(ask(where), "LINESTRING(0 1,2 3) POINT(6 7)");
}
END_TEST

START_TEST(deleted_leaves_nothing_behind)
{
	struct write_op create = create_op("urn:lane:gone",
		",\"scope\":[\"/a/b\"],\"https://x.org/g\":{\"type\":\"GeoProperty\","
		"\"value\":{\"type\":\"Point\",\"coordinates\":[5,43]}}");
	struct write_op gone = {.op = {.kind = OP_DELETE, .id = "urn:lane:gone"}};
	const char *eid;

	run(&create, 1);
	eid = ask("SELECT eid FROM entity WHERE id = 'urn:lane:gone' AND scopes = "
		  "'{/a/b}'");
	run(&gone, 1);
	ck_assert_int_eq(gone.err.kind, ERR_NONE);
	ck_assert_str_eq(
		ask(arena_printf(&arena,
			"SELECT (SELECT count(*) FROM entity WHERE eid = %s)"
			" + (SELECT count(*) FROM entity_type WHERE eid = %s)"
			" + (SELECT count(*) FROM entity_geometry WHERE eid = %s)",
			eid, eid, eid)),
		"0");
}
END_TEST

/* An expired entity does not exist: its id is free, and its row is taken over. */
START_TEST(expired_makes_room)
{
	struct write_op old =
		create_op("urn:lane:old", ",\"expiresAt\":\"2001-01-01T00:00:00Z\"");
	struct write_op again = create_op("urn:lane:old", "");
	struct entity_key key = {1, "urn:lane:old"};
	auto_entity_page page = {0};
	struct err err = {0};

	run(&old, 1);
	ck_assert_int_eq(entities_get(pg, &key, 1, clock_now(), &arena, &page, &err), 0);
	ck_assert_ptr_null(page.docs[0].text);
	entity_page_fini(&page);
	run(&again, 1);
	ck_assert_int_eq(again.err.kind, ERR_NONE);
	ck_assert(again.created);
	ck_assert_int_eq(entities_get(pg, &key, 1, clock_now(), &arena, &page, &err), 0);
	ck_assert_ptr_nonnull(page.docs[0].text);
}
END_TEST

START_TEST(tenants_do_not_meet)
{
	struct write_op a = create_op("urn:lane:tenant", ""), b = a,
			gone = {.tenant = 8,
				.op = {.kind = OP_DELETE, .id = "urn:lane:tenant"}};

	a.tenant = 7;
	b.tenant = 8;
	run(&a, 1);
	run(&b, 1);
	ck_assert_int_eq(b.err.kind, ERR_NONE);
	run(&gone, 1);
	ck_assert_str_eq(ask("SELECT string_agg(tenant::text, ',') FROM entity"
			     " WHERE id = 'urn:lane:tenant'"),
		"7");
}
END_TEST

static void open_all(void)
{
	struct err err = {0};
	struct lanes_config lc = {.pg = &config, .lanes = 2};

	config.conninfo = pgfixture_conninfo();
	names = lc.names = dict_names(&config);
	paths = lc.paths = value_paths_start(&config, &err);
	ck_assert_msg(paths != NULL, "%s", err.detail);
	lanes = lanes_start(&lc, &err);
	pg = pg_open(&config);
	ck_assert_msg(lanes != NULL, "%s", err.detail);
}

static void close_all(void)
{
	lanes_stop(lanes);
	value_paths_stop(paths);
	dict_free(names);
	pg_close(pg);
	arena_reset(&arena);
}

int main(void)
{
	TCase *tc = tcase_create("lane");

	pgfixture_start_migrated();
	tcase_add_checked_fixture(tc, open_all, close_all);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, created_is_on_disk_when_it_is_answered);
	tcase_add_test(tc, an_error_is_its_operations_own);
	tcase_add_test(tc, a_database_error_hits_the_culprit_only);
	tcase_add_test(tc, operations_on_one_entity_keep_their_order);
	tcase_add_test(tc, no_update_is_lost);
	tcase_add_test(tc, who_waits_for_an_entity_holds_up_nobody);
	tcase_add_test(tc, geometries_follow_the_document);
	tcase_add_test(tc, deleted_leaves_nothing_behind);
	tcase_add_test(tc, expired_makes_room);
	tcase_add_test(tc, tenants_do_not_meet);
	return suite_run("lane", tc);
}
