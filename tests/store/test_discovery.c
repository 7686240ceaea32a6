/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes: the lanes and the migration agree, and what discovery says follows each write. */
#include <store/discovery.h>

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <core/apply.h>
#include <store/dict.h>
#include <store/lane.h>
#include <store/migrate.h>
#include <store/pg.h>
#include <store/value_paths.h>

#include "pgfixture.h"
#include "suite.h"
#include "waiting.h"

#include <stdio.h>
#include <string.h>

#define X "https://x.org/"

static struct pg_config config;
static struct dict *names;
static struct value_paths *paths;
static struct lanes *lanes;
static struct pg *pg;
static struct arena arena;

/* One operation, to its end. */
static void run(enum op_kind kind, int tenant, const char *id, const char *text)
{
	struct write_op op = {
		.tenant = tenant, .op = {.kind = kind, .id = id, .now = clock_now()}};
	struct waiting w;

	if (text != NULL) {
		op.op.doc = jn_parse_trusted(text, strlen(text), &arena);
		ck_assert_ptr_nonnull(op.op.doc);
	}
	waiting_begin(&w, lanes, &op, 1, &arena);
	waiting_end(&w);
	ck_assert_msg(op.err.kind == ERR_NONE, "%s", op.err.detail);
}

static void create(int tenant, const char *id, const char *types, const char *members)
{
	run(OP_CREATE, tenant, id,
		arena_printf(
			&arena, "{\"id\":\"%s\",\"type\":[%s]%s}", id, types, members));
}

static const char *ask(const char *sql)
{
	return first_value(pg, sql, &arena);
}

/* "iri[with] iri[with]" of what was found. */
static const char *said(const struct discovery *d)
{
	const char *text = "";

	for (size_t i = 0; i < d->len; i++) {
		const struct jn *with = d->items[i].with;

		text = arena_printf(&arena, "%s%s%s%s", text, i > 0 ? " " : "",
			d->items[i].iri, with != NULL ? jn_text(with, &arena) : "");
	}
	return text;
}

#define SAYS(found, expected)                                                            \
	do {                                                                             \
		struct discovery found_ = found;                                         \
		ck_assert_str_eq(said(&found_), expected);                               \
	} while (0)

static struct discovery one_type(int tenant, const char *iri, int64_t now)
{
	struct discovery d;
	struct err err = {0};

	ck_assert_msg(discovery_type(pg, tenant, iri, now, &arena, &d, &err) == 0, "%s",
		err.detail);
	return d;
}

static struct discovery one_attribute(int tenant, const char *iri, int64_t now)
{
	struct discovery d;
	struct err err = {0};

	ck_assert_msg(discovery_attribute(pg, tenant, iri, now, &arena, &d, &err) == 0,
		"%s", err.detail);
	return d;
}

static struct discovery types(int tenant, bool details, int64_t now)
{
	struct discovery d;
	struct err err = {0};

	ck_assert_int_eq(discovery_types(pg, tenant, details, now, &arena, &d, &err), 0);
	return d;
}

static struct discovery attributes(int tenant, bool details, int64_t now)
{
	struct discovery d;
	struct err err = {0};

	ck_assert_int_eq(
		discovery_attributes(pg, tenant, details, now, &arena, &d, &err), 0);
	return d;
}

static const char odd[] =
	",\"" X "p\":[{\"type\":\"Property\",\"value\":{\"a:b\":1}},"
	"{\"type\":\"Property\",\"value\":2,\"datasetId\":\"urn:d\"}]"
	",\"" X "\\u00e9\\\"\\\\\":{\"type\":\"Relationship\",\"object\":\"urn:x:y\"}"
	",\"" X "a\":[{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Point\","
	"\"coordinates\":[1,2]}},{\"type\":\"Property\",\"value\":1,\"datasetId\":\"urn:"
	"e\"}]";

/* What a migration wrote for an entity must be what a lane deletes. */
START_TEST(lanes_and_sql_write_the_same_shape)
{
	create(10, "urn:shape:1", "\"" X "T\"", "");
	create(10, "urn:shape:2", "\"" X "b\",\"" X "a\",\"" X "B\"", odd);
	ck_assert_str_eq(ask("SELECT count(*) FROM entity e JOIN entity_shape s USING "
			     "(tenant, eid)"
			     " WHERE tenant = 10 AND s.shape = "
			     "calanque_shape_number(calanque_shape("
			     "e.doc::jsonb))"),
		"2");
	ck_assert_str_eq(
		ask("SELECT count(*) FROM entity e JOIN entity_shape s USING"
		    " (tenant, eid) JOIN shape b USING (tenant, shape)"
		    " WHERE tenant = 10 AND b.body = calanque_shape(e.doc::jsonb)"),
		"2");
}
END_TEST

START_TEST(entities_from_before_have_their_shapes)
{
	int64_t now = clock_now();
	struct discovery d = one_type(9, X "Old", now);

	ck_assert_int_eq(d.count, 1);
	SAYS(d, X "p[\"Property\"]");
	ck_assert_str_eq(ask("SELECT expires = '2100-01-01T00:00:00.5Z' FROM entity_shape"
			     " WHERE tenant = 9"),
		"t");
	run(OP_DELETE, 9, "urn:old", NULL);
	ck_assert_str_eq(ask("SELECT count(*) FROM entity_shape WHERE tenant = 9"), "0");
}
END_TEST

/* The promise to writers: a change of a value touches no shape. */
START_TEST(values_change_nothing)
{
	const char *before;

	create(11, "urn:v:1", "\"" X "T\"",
		",\"" X "p\":{\"type\":\"Property\",\"value\":1}");
	before = ask("SELECT xmin FROM entity_shape WHERE tenant = 11");
	run(OP_UPDATE, 11, "urn:v:1", "{\"" X "p\":{\"type\":\"Property\",\"value\":2}}");
	run(OP_MERGE, 11, "urn:v:1", "{\"" X "p\":{\"type\":\"Property\",\"value\":{}}}");
	ck_assert_str_eq(ask("SELECT xmin FROM entity_shape WHERE tenant = 11"), before);
	run(OP_UPDATE, 11, "urn:v:1",
		"{\"" X "p\":{\"type\":\"VocabProperty\",\"vocab\":\"x:y\"}}");
	ck_assert_str_ne(ask("SELECT xmin FROM entity_shape WHERE tenant = 11"), before);
}
END_TEST

START_TEST(lists_and_counts)
{
	int64_t now = clock_now();
	struct discovery d;

	create(12, "urn:l:1", "\"" X "T\",\"" X "S\"", odd);
	create(12, "urn:l:2", "\"" X "T\"",
		",\"" X "p\":{\"type\":\"JsonProperty\",\"json\":1}");
	create(12, "urn:l:3", "\"" X "U\"", "");
	SAYS(types(12, false, now), X "S " X "T " X "U");
	SAYS(attributes(12, false, now), X "a " X "p " X "\xc3\xa9\"\\");
	SAYS(types(12, true, now),
		X "S[\"" X "a\",\"" X "p\",\"" X "\xc3\xa9\\\"\\\\\"] " X "T[\"" X
		  "a\",\"" X "p\",\"" X "\xc3\xa9\\\"\\\\\"] " X "U[]");
	SAYS(attributes(12, true, now),
		X "a[\"" X "S\",\"" X "T\"] " X "p[\"" X "S\",\"" X "T\"] " X
		  "\xc3\xa9\"\\[\"" X "S\",\"" X "T\"]");
	d = one_type(12, X "T", now);
	ck_assert_int_eq(d.count, 2);
	SAYS(d,
		X "a[\"GeoProperty\",\"Property\"] " X
		  "p[\"JsonProperty\",\"Property\"] " X "\xc3\xa9\"\\[\"Relationship\"]");
	d = one_attribute(12, X "p", now);
	ck_assert_int_eq(d.count, 3);
	ck_assert_str_eq(jn_text(d.kinds, &arena), "[\"JsonProperty\",\"Property\"]");
	SAYS(d, X "S " X "T");
	ck_assert_int_eq(one_type(12, X "V", now).count, 0);
	ck_assert_int_eq(one_attribute(12, X "v", now).count, 0);
}
END_TEST

/* An instant decides, not a sweep: the same rows, asked at three times. */
START_TEST(expiry)
{
	int64_t now = clock_now(), later, last;

	ck_assert(clock_parse("2090-06-01T00:00:00Z", 20, &later));
	ck_assert(clock_parse("2091-06-01T00:00:00Z", 20, &last));
	create(13, "urn:e:1", "\"" X "T\"",
		",\"expiresAt\":\"2091-01-01T00:00:00Z\",\"" X
		"p\":{\"type\":\"Property\","
		"\"value\":1,\"expiresAt\":\"2090-01-01T00:00:00Z\"}"
		",\"" X "r\":{\"type\":\"Property\",\"value\":1}");
	create(13, "urn:e:2", "\"" X "U\"", "");
	SAYS(attributes(13, false, now), X "p " X "r");
	SAYS(attributes(13, false, later), X "r");
	SAYS(attributes(13, false, last), "");
	SAYS(types(13, false, later), X "T " X "U");
	SAYS(types(13, false, last), X "U");
	SAYS(types(13, true, last), X "U[]");
	ck_assert_int_eq(one_attribute(13, X "p", now).count, 1);
	ck_assert_int_eq(one_attribute(13, X "p", later).count, 0);
	ck_assert_int_eq(one_type(13, X "T", later).count, 1);
	ck_assert_int_eq(one_type(13, X "T", last).count, 0);
}
END_TEST

START_TEST(nothing_remains)
{
	int64_t now = clock_now();

	create(14, "urn:n:1", "\"" X "T\"", odd);
	run(OP_DELETE, 14, "urn:n:1", NULL);
	SAYS(types(14, false, now), "");
	SAYS(types(14, true, now), "");
	SAYS(attributes(14, false, now), "");
	SAYS(attributes(14, true, now), "");
	ck_assert_str_eq(ask("SELECT count(*) FROM entity_shape WHERE tenant = 14"), "0");
}
END_TEST

/* Together they get the numbers that each would, and no number is spent on what is there. */
START_TEST(learns_many_names)
{
	struct dict_name list[101];
	struct err err = {0};
	int first, last, again;

	for (size_t i = 0; i < 100; i++) {
		list[i].text = arena_printf(&arena, "urn:learnt:%zu", i);
		list[i].len = strlen(list[i].text);
	}
	list[100] = list[7]; /* twice */
	ck_assert_int_eq(dict_id(names, "urn:learnt:99", 13, true, &first, &err), 0);
	ck_assert_int_eq(dict_learn(names, list, 101, &err), 0);
	ck_assert_str_eq(
		ask("SELECT count(*) FROM name WHERE iri LIKE 'urn:learnt:%'"), "100");
	ck_assert_int_eq(dict_id(names, "urn:learnt:99", 13, false, &again, &err), 0);
	ck_assert_int_eq(again, first);
	ck_assert_int_eq(dict_id(names, "urn:learnt:7", 12, false, &again, &err), 0);
	ck_assert_int_ne(again, 0);
	ck_assert_int_eq(dict_learn(names, list, 101, &err), 0);
	ck_assert_int_eq(dict_id(names, "urn:learnt:new", 14, true, &last, &err), 0);
	ck_assert_int_eq(last, first + 100);
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
	ck_assert_msg(lanes != NULL, "%s", err.detail);
	pg = pg_open(&config);
}

static void close_all(void)
{
	lanes_stop(lanes);
	value_paths_stop(paths);
	dict_free(names);
	pg_close(pg);
	arena_reset(&arena);
}

/* As a database from before shapes: with an entity in it. */
static int migrate_old(struct err *err)
{
	struct migration list[100] = {0};

	for (int i = 0; strcmp(migrations[i].name, "0004_shapes") != 0; i++)
		list[i] = migrations[i];
	if (migrate(pgfixture_conninfo(), list, NULL, err) < 0)
		return -1;
	pgfixture_exec("INSERT INTO calanque.entity (tenant, eid, id, types, doc)"
		       " VALUES (9, 1000000, 'urn:old', '{1}', "
		       "'{\"id\":\"urn:old\",\"type\":[\"" X "Old\"],\"" X
		       "p\":{\"type\":\"Property\",\"value\":1,"
		       "\"expiresAt\":\"2100-01-01T00:00:00.5Z\"}}')");
	return migrate(pgfixture_conninfo(), migrations, NULL, err);
}

int main(void)
{
	TCase *tc = tcase_create("discovery");
	struct err err = {0};

	pgfixture_start();
	if (migrate_old(&err) < 0) {
		fprintf(stderr, "migrate: %s\n", err.detail);
		return 1;
	}
	tcase_add_checked_fixture(tc, open_all, close_all);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, lanes_and_sql_write_the_same_shape);
	tcase_add_test(tc, learns_many_names);
	tcase_add_test(tc, entities_from_before_have_their_shapes);
	tcase_add_test(tc, values_change_nothing);
	tcase_add_test(tc, lists_and_counts);
	tcase_add_test(tc, expiry);
	tcase_add_test(tc, nothing_remains);
	return suite_run("discovery", tc);
}
