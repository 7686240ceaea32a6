/* SPDX-License-Identifier: Apache-2.0 */
/* What lanes leave in the history: rows in the transaction of the change itself. */
#include <base/arena.h>
#include <base/clock.h>
#include <core/context.h>
#include <core/history_policy.h>
#include <store/dict.h>
#include <store/history_keeper.h>
#include <store/lane.h>
#include <store/pg.h>
#include <store/value_paths.h>

#include "pgfixture.h"
#include "suite.h"
#include "waiting.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define T0 INT64_C(1735689600000000) /* 2025-01-01T00:00:00Z */

static struct pg_config config;
static struct lanes_config lanes_config;
static struct history_policy policy;
static struct lanes *lanes;
static struct pg *pg;
static struct arena arena;

/* All in one write, `minute` minutes after T0; each must succeed. */
static void run_at(int minute, struct write_op *ops, size_t len)
{
	struct waiting w;

	for (size_t i = 0; i < len; i++) {
		ops[i].tenant = 1;
		ops[i].op.now = T0 + minute * INT64_C(60000000);
	}
	waiting_begin(&w, lanes, ops, len, &arena);
	waiting_end(&w);
	for (size_t i = 0; i < len; i++)
		ck_assert_msg(ops[i].err.kind == ERR_NONE, "%s", ops[i].err.detail);
}

static const struct jn *doc(const char *text)
{
	char *copy = arena_strdup(&arena, text);
	struct jn *v;

	for (char *c = copy; *c != '\0'; c++)
		*c = *c == '\'' ? '"' : *c;
	v = jn_parse_trusted(copy, strlen(copy), &arena);
	ck_assert_ptr_nonnull(v);
	return v;
}

static struct write_op op(enum op_kind kind, const char *id, const char *text)
{
	return (struct write_op){
		.op = {.kind = kind, .id = id, .doc = text != NULL ? doc(text) : NULL}};
}

static void one(int minute, enum op_kind kind, const char *id, const char *text)
{
	struct write_op o = op(kind, id, text);

	run_at(minute, &o, 1);
}

static const char *ask(const char *sql)
{
	return first_value(pg, sql, &arena);
}

/* The history of an entity, in its order: attribute[datasetId]@minute=value, a deletion
 * with '-', o where `at` is observedAt. */
static const char *history(const char *id)
{
	return ask(arena_printf(&arena,
		"SELECT coalesce(string_agg(regexp_replace(a.iri, '^.*[/:#]', '')"
		" || CASE WHEN h.dataset > 0 THEN '[' || d.iri || ']' ELSE '' END || '@'"
		" || (extract(epoch FROM h.at - '2025-01-01Z')::int / 60)"
		" || CASE WHEN h.dup = 0 THEN 'o' ELSE '' END"
		" || CASE WHEN h.deleted IS NULL THEN '=' ELSE '-' END"
		" || coalesce(h.num::text, h.doc::jsonb->>'value', "
		"h.doc::jsonb->>'object', "
		"'?'),"
		" ' ' ORDER BY h.at, h.seq), '') FROM evolution e JOIN history h USING "
		"(hid)"
		" JOIN name a ON a.id = h.attr LEFT JOIN name d ON d.id = h.dataset"
		" WHERE e.tenant = 1 AND e.id = '%s'",
		id));
}

#define T        "'type':['https://x.org/T']"
#define P(value) "{'type':'Property','value':" value "}"
#define AT(value, minute)                                                                \
	"{'type':'Property','value':" value ",'observedAt':'2025-01-01T00:" minute       \
	":00Z'}"

START_TEST(every_step_leaves_an_instance)
{
	one(0, OP_CREATE, "urn:h:1", "{'id':'urn:h:1'," T ",'urn:a:n':" P("1") "}");
	one(1, OP_UPDATE, "urn:h:1", "{'urn:a:n':" P("2") ",'urn:a:s':" P("'x'") "}");
	one(2, OP_UPDATE, "urn:h:1", "{'urn:a:n':" P("2") ",'urn:a:s':" P("'x'") "}");
	one(3, OP_UPDATE, "urn:h:1", "{'urn:a:n':" P("true") ",'urn:a:s':" P("'y'") "}");
	/* a number said again is a measurement, a text is not */
	ck_assert_str_eq(history("urn:h:1"), "n@0=1 n@1=2 s@1=x n@2=2 n@3=1 s@3=y");
	ck_assert_str_eq(ask("SELECT doc FROM history h JOIN evolution e USING (hid)"
			     " WHERE e.id = 'urn:h:1' ORDER BY seq LIMIT 1"),
		"{\"type\":\"Property\",\"value\":1}");
	ck_assert_str_eq(
		ask("SELECT created = modified AND deleted IS NULL FROM evolution e"
		    " JOIN history h USING (hid, deleted, created) UNION ALL"
		    " SELECT true"),
		"t");
}
END_TEST

START_TEST(deletions_are_nulls)
{
	one(0, OP_CREATE, "urn:h:2",
		"{'id':'urn:h:2'," T ",'urn:a:n':[" P(
			"1") ",{'type':'Relationship','object':'urn:x:1','datasetId':'"
			     "urn:d:1'}],"
			     "'urn:a:l':{'type':'LanguageProperty','languageMap':{'fr':'"
			     "a'}},"
			     "'urn:a:v':{'type':'ListProperty','valueList':[1]}}");
	struct write_op gone = op(OP_DELETE_ATTR, "urn:h:2", NULL);

	gone.op.attr = "urn:a:n";
	gone.op.delete_all = true;
	run_at(1, &gone, 1);
	ck_assert_str_eq(history("urn:h:2"),
		"n@0=1 n[urn:d:1]@0=urn:x:1 l@0=? v@0=? n@1-urn:ngsi-ld:null"
		" n[urn:d:1]@1-urn:ngsi-ld:null");
	one(2, OP_DELETE, "urn:h:2", NULL);
	ck_assert_str_eq(
		ask("SELECT string_agg(doc, ' ' ORDER BY seq) FROM history h"
		    " JOIN evolution e USING (hid) WHERE e.id = 'urn:h:2'"
		    " AND h.deleted = '2025-01-01T00:02Z' AND h.modified = h.deleted"),
		"{\"type\":\"LanguageProperty\",\"languageMap\":"
		"{\"@none\":\"urn:ngsi-ld:null\"}}"
		" {\"type\":\"ListProperty\",\"valueList\":[\"urn:ngsi-ld:null\"]}");
	ck_assert_str_eq(ask("SELECT deleted = '2025-01-01T00:02Z' FROM evolution"
			     " WHERE id = 'urn:h:2'"),
		"t");
}
END_TEST

START_TEST(an_id_goes_on_with_its_history)
{
	one(0, OP_CREATE, "urn:h:3", "{'id':'urn:h:3'," T ",'urn:a:n':" P("1") "}");
	one(1, OP_DELETE, "urn:h:3", NULL);
	one(2, OP_CREATE, "urn:h:3",
		"{'id':'urn:h:3','type':['https://x.org/U'],'urn:a:n':" P("2") "}");
	one(3, OP_UPDATE, "urn:h:3", "{'urn:a:n':" P("3") "}");
	ck_assert_str_eq(history("urn:h:3"), "n@0=1 n@1-urn:ngsi-ld:null n@2=2 n@3=3");
	ck_assert_str_eq(
		ask("SELECT e.deleted IS NULL AND created = '2025-01-01Z' AND"
		    " (SELECT string_agg(n.iri, ' ' ORDER BY n.iri) FROM evolution_type t"
		    " JOIN name n ON n.id = t.type WHERE t.hid = e.hid)"
		    " = 'https://x.org/T https://x.org/U' AND cardinality(e.types) = 2"
		    " FROM evolution e WHERE id = 'urn:h:3'"),
		"t");
	ck_assert_str_eq(ask("SELECT count(DISTINCT e.hid) FROM evolution e"
			     " JOIN entity c USING (hid) WHERE e.id = 'urn:h:3'"),
		"1");
}
END_TEST

/* Created, changed twice and deleted in one group: each step is there. */
START_TEST(steps_of_one_group)
{
	struct write_op ops[] = {
		op(OP_CREATE, "urn:h:4", "{'id':'urn:h:4'," T ",'urn:a:n':" P("1") "}"),
		op(OP_UPDATE, "urn:h:4", "{'urn:a:n':" P("2") "}"),
		op(OP_UPDATE, "urn:h:4", "{'urn:a:n':" AT("3", "05") "}"),
		op(OP_UPDATE, "urn:h:4", "{'urn:a:n':" AT("4", "05") "}"),
		op(OP_DELETE, "urn:h:4", NULL),
	};

	run_at(9, ops, ROWS(ops));
	/* two of one instant: the last one counts */
	ck_assert_str_eq(history("urn:h:4"), "n@5o=4 n@9=1 n@9=2 n@9-urn:ngsi-ld:null");
	ck_assert_str_eq(ask("SELECT count(*) FROM entity WHERE id = 'urn:h:4'"), "0");
}
END_TEST

START_TEST(late_data_find_their_place)
{
	one(30, OP_CREATE, "urn:h:5",
		"{'id':'urn:h:5'," T ",'urn:a:n':" AT("9", "30") "}");
	one(31, OP_UPDATE, "urn:h:5", "{'urn:a:n':" AT("1", "10") "}");
	one(32, OP_UPDATE, "urn:h:5", "{'urn:a:n':" AT("2", "20") "}");
	ck_assert_str_eq(history("urn:h:5"), "n@10o=1 n@20o=2 n@30o=9");
	ck_assert_str_eq(ask("SELECT doc::jsonb#>>'{urn:a:n,value}' FROM entity WHERE id "
			     "= 'urn:h:5'"),
		"9");
	/* nothing was changed: the entity keeps its modifiedAt */
	ck_assert_str_eq(
		ask("SELECT doc::jsonb->>'modifiedAt' FROM entity WHERE id = 'urn:h:5'"),
		"2025-01-01T00:30:00Z");
	const char *seq =
		ask("SELECT max(seq) FROM history h JOIN evolution e USING (hid)"
		    " WHERE e.id = 'urn:h:5' AND num = 2");

	/* the same key takes the place and keeps its number and creation */
	one(33, OP_UPDATE, "urn:h:5", "{'urn:a:n':" AT("7", "20") "}");
	ck_assert_str_eq(history("urn:h:5"), "n@10o=1 n@20o=7 n@30o=9");
	ck_assert_str_eq(
		ask(arena_printf(&arena,
			"SELECT created = '2025-01-01T00:32Z' AND modified ="
			" '2025-01-01T00:33Z' FROM history WHERE num = 7 AND seq = %s",
			seq)),
		"t");
}
END_TEST

START_TEST(scopes_are_properties)
{
	struct write_op gone = op(OP_DELETE_ATTR, "urn:h:6", NULL);

	one(0, OP_CREATE, "urn:h:6", "{'id':'urn:h:6'," T ",'scope':['/a']}");
	one(1, OP_APPEND, "urn:h:6", "{'scope':['/a','/b']}");
	one(2, OP_APPEND, "urn:h:6", "{'scope':['/a','/b']}");
	gone.op.attr = "scope";
	run_at(3, &gone, 1);
	ck_assert_str_eq(history("urn:h:6"),
		"scope@0o=/a scope@1o=[\"/a\", \"/b\"] scope@3-urn:ngsi-ld:null");
	ck_assert_str_eq(
		ask("SELECT iri FROM name n JOIN history h ON h.attr = n.id"
		    " JOIN evolution e USING (hid) WHERE e.id = 'urn:h:6' LIMIT 1"),
		"https://uri.etsi.org/ngsi-ld/scope");
}
END_TEST

START_TEST(geometries_are_typed)
{
	one(0, OP_CREATE, "urn:h:7",
		"{'id':'urn:h:7'," T ",'urn:a:g':{'type':'GeoProperty','value':"
		"{'type':'Point','coordinates':[5.5,43.25]}}}");
	ck_assert_str_eq(ask("SELECT ST_AsText(geom) FROM history h JOIN evolution e"
			     " USING (hid) WHERE e.id = 'urn:h:7'"),
		"POINT(5.5 43.25)");
}
END_TEST

/* What had expired and was not swept ends where another takes its place. */
START_TEST(expired_and_made_again)
{
	one(0, OP_CREATE, "urn:h:8",
		"{'id':'urn:h:8'," T
		",'expiresAt':'2025-01-01T00:01:00Z','urn:a:n':" P("1") "}");
	one(2, OP_CREATE, "urn:h:8", "{'id':'urn:h:8'," T ",'urn:a:n':" P("2") "}");
	ck_assert_str_eq(history("urn:h:8"), "n@0=1 n@2-urn:ngsi-ld:null n@2=2");
}
END_TEST

static void restart(const char *rules)
{
	struct context *ctx = context_core();
	struct err err = {0};

	lanes_stop(lanes);
	history_policy_fini(&policy);
	policy = (struct history_policy){0};
	ck_assert_msg(
		history_policy_parse(rules, ctx, &policy, &err) == 0, "%s", err.detail);
	context_unref(ctx);
	lanes = lanes_start(&lanes_config, &err);
	ck_assert_ptr_nonnull(lanes);
}

/* Off leaves nothing; what exists when it is switched on begins a history then. */
START_TEST(policy_by_type)
{
	restart("https://x.org/T=off");
	one(0, OP_CREATE, "urn:h:9", "{'id':'urn:h:9'," T ",'urn:a:n':" P("1") "}");
	one(1, OP_UPDATE, "urn:h:9", "{'urn:a:n':" P("2") "}");
	one(1, OP_CREATE, "urn:h:10",
		"{'id':'urn:h:10','type':['https://x.org/U'],'urn:a:n':" P("1") "}");
	ck_assert_str_eq(ask("SELECT count(*) FROM evolution WHERE id = 'urn:h:9'"), "0");
	ck_assert_str_eq(history("urn:h:10"), "n@1=1");
	ck_assert_str_eq(ask("SELECT hid IS NULL FROM entity WHERE id = 'urn:h:9'"), "t");
	restart("on");
	one(2, OP_UPDATE, "urn:h:9", "{'urn:a:n':" P("3") "}");
	one(3, OP_UPDATE, "urn:h:9", "{'urn:a:n':" P("4") "}");
	ck_assert_str_eq(history("urn:h:9"), "n@2=3 n@3=4");
	one(4, OP_DELETE, "urn:h:9", NULL);
	ck_assert_str_eq(history("urn:h:9"), "n@2=3 n@3=4 n@4-urn:ngsi-ld:null");
}
END_TEST

static void keep_at(int day, bool retention)
{
	struct history_keeper_config kc = {
		.pg = &config, .names = lanes_config.names, .policy = &policy};
	struct err err = {0};
	struct history_look look = {.busy = true};

	ck_assert_msg(history_keep(&kc, T0 + day * INT64_C(86400000000), retention, &look,
			      &err) == 0,
		"%s", err.detail);
	ck_assert(!look.busy);
}

#define TABLES                                                                           \
	"SELECT string_agg(substr(inhrelid::regclass::text, 9), ' ' ORDER BY"            \
	" inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = "                 \
	"'history'::regclass"

/* Months are made ahead, and where late data lie; rows move there, none is lost. */
START_TEST(months_get_tables)
{
	one(0, OP_CREATE, "urn:h:11",
		"{'id':'urn:h:11'," T ",'urn:a:n':" AT("1", "00") "}");
	one(1, OP_UPDATE, "urn:h:11",
		"{'urn:a:n':{'type':'Property','value':2,"
		"'observedAt':'2023-07-31T23:59:59.999999Z'}}");
	one(1, OP_UPDATE, "urn:h:11",
		"{'urn:a:n':{'type':'Property','value':3,"
		"'observedAt':'1999-01-01T00:00:00Z'}}");
	/* sums of those days, if there are any, are not true any more */
	ck_assert_str_eq(ask("SELECT string_agg(day::text, ' ' ORDER BY day)"
			     " FROM history_stale"),
		"1999-01-01 2023-07-31");
	keep_at(40, false);
	ck_assert_str_eq(ask(TABLES), "2023_07 2025_01 2025_02 2025_03 2025_04 default");
	ck_assert_str_eq(
		ask("SELECT string_agg(h.tableoid::regclass || '=' || num, ' ' ORDER BY"
		    " at) FROM history h JOIN evolution e USING (hid)"
		    " WHERE e.id = 'urn:h:11'"),
		"history_default=3 history_2023_07=2 history_2025_01=1");
	keep_at(40, true);
	one(2, OP_UPDATE, "urn:h:11", "{'urn:a:n':" AT("5", "00") "}");
	ck_assert_str_eq(history("urn:h:11"), "n@-13675680o=3 n@-747360o=2 n@0o=5");
}
END_TEST

struct counting {
	bool stop;
	int wrong;
};

/* Counts the rows on a connection of its own, by a statement that is new each time: what was
 * planned before is planned again where a table came. */
static void *count_on(void *arg)
{
	struct counting *c = arg;
	struct pg *own = pg_open(&config);

	for (int i = 0; !__atomic_load_n(&c->stop, __ATOMIC_ACQUIRE); i++) {
		char sql[128];
		const struct pg_stmt count = {.sql = sql, .binary = true};
		auto_pgresult *res = NULL;
		struct err err = {0};

		(void)snprintf(sql, sizeof(sql),
			"SELECT count(*), %d FROM history WHERE hid = 99", i);
		ck_assert_msg(
			pg_query(own, &count, NULL, &res, &err) == 0, "%s", err.detail);
		c->wrong += pg_get_int(res, 0, 0) != 60;
	}
	pg_close(own);
	return NULL;
}

/* Who reads while rows move to their month finds all of them. */
START_TEST(months_are_made_beside_readers)
{
	struct counting counting[2] = {0};
	pthread_t reader[2];

	pgfixture_exec(
		"INSERT INTO calanque.history SELECT 99, 1, 0,"
		" '2001-01-01Z'::timestamptz + i * interval '1 month', 0, i, now(),"
		" now(), NULL, i, NULL, '{}' FROM generate_series(0, 59) i");
	for (int i = 0; i < 2; i++)
		ck_assert(pthread_create(&reader[i], NULL, count_on, &counting[i]) == 0);
	for (int i = 0; i < 60; i++)
		pgfixture_exec(arena_printf(&arena,
			"SET search_path = calanque, public; SET TIME ZONE 'UTC';"
			"SELECT calanque_history_month('%d-%02d-01')",
			2001 + i / 12, 1 + i % 12));
	for (int i = 0; i < 2; i++) {
		__atomic_store_n(&counting[i].stop, true, __ATOMIC_RELEASE);
		pthread_join(reader[i], NULL);
		ck_assert_int_eq(counting[i].wrong, 0);
	}
	ck_assert_str_eq(ask("SELECT count(*) FROM history_default WHERE hid = 99"), "0");
	pgfixture_exec("DELETE FROM calanque.history WHERE hid = 99");
}
END_TEST

/* Whole months go, then rows of types that are kept shorter, then what nothing is left of. */
START_TEST(old_rows_go)
{
	one(0, OP_CREATE, "urn:h:12",
		"{'id':'urn:h:12','type':['https://x.org/Short'],'urn:a:n':" AT(
			"1", "00") "}");
	one(0, OP_CREATE, "urn:h:13",
		"{'id':'urn:h:13'," T ",'urn:a:n':" AT("1", "00") "}");
	one(1, OP_DELETE, "urn:h:12", NULL);
	pgfixture_exec("SELECT calanque_history_month('2024-10-01')");
	pgfixture_exec(
		"INSERT INTO history SELECT hid, attr, dataset, '2024-10-02Z', dup, 0,"
		" created, modified, NULL, 7, NULL, doc FROM history h JOIN evolution e"
		" USING (hid, created) WHERE e.id = 'urn:h:13'");
	restart("60d,https://x.org/Short=2d");
	keep_at(1, true);
	ck_assert_str_eq(history("urn:h:12"), "n@0o=1 n@1-urn:ngsi-ld:null");
	ck_assert_ptr_null(strstr(ask(TABLES), "2024_10"));
	keep_at(3, true);
	ck_assert_str_eq(history("urn:h:12"), "");
	ck_assert_str_eq(history("urn:h:13"), "n@0o=1");
	keep_at(4, true);
	ck_assert_str_eq(
		ask("SELECT count(*) FROM evolution WHERE id = 'urn:h:12'"), "0");
	keep_at(70, true);
	ck_assert_str_eq(history("urn:h:13"), "");
	ck_assert_str_eq(
		ask("SELECT count(*) FROM evolution WHERE id = 'urn:h:13'"), "1");
	/* the month of the cut is there still, those before are not */
	ck_assert_ptr_nonnull(strstr(ask(TABLES), "2025_01"));
	keep_at(95, true);
	ck_assert_ptr_null(strstr(ask(TABLES), "2025_01"));
	ck_assert_ptr_nonnull(strstr(ask(TABLES), "default"));
}
END_TEST

/* A second broker leaves it to the first. */
START_TEST(one_at_a_time)
{
	struct history_keeper_config kc = {
		.pg = &config, .names = lanes_config.names, .policy = &policy};
	struct err err = {0};
	struct history_look look = {0};

	ck_assert_str_eq(ask("SELECT pg_try_advisory_lock(4711, 7)"), "t");
	ck_assert_int_eq(history_keep(&kc, T0, true, &look, &err), 0);
	ck_assert(look.busy);
}
END_TEST

static void setup(void)
{
	struct err err = {0};

	config = (struct pg_config){.conninfo = pgfixture_conninfo()};
	pg = pg_open(&config);
	lanes_config = (struct lanes_config){.pg = &config,
		.lanes = 2,
		.names = dict_names(&config),
		.paths = value_paths_start(&config, &err),
		.policy = &policy,
		.keep_newer = true};
	restart("on");
}

static void teardown(void)
{
	lanes_stop(lanes);
	lanes = NULL;
	value_paths_stop(lanes_config.paths);
	dict_free(lanes_config.names);
	history_policy_fini(&policy);
	policy = (struct history_policy){0};
	pg_close(pg);
	arena_reset(&arena);
}

int main(void)
{
	TCase *tc = tcase_create("history");

	pgfixture_start_migrated();
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_step_leaves_an_instance);
	tcase_add_test(tc, deletions_are_nulls);
	tcase_add_test(tc, an_id_goes_on_with_its_history);
	tcase_add_test(tc, steps_of_one_group);
	tcase_add_test(tc, late_data_find_their_place);
	tcase_add_test(tc, scopes_are_properties);
	tcase_add_test(tc, geometries_are_typed);
	tcase_add_test(tc, expired_and_made_again);
	tcase_add_test(tc, policy_by_type);
	tcase_add_test(tc, months_get_tables);
	tcase_add_test(tc, old_rows_go);
	tcase_add_test(tc, months_are_made_beside_readers);
	tcase_add_test(tc, one_at_a_time);
	return suite_run("history", tc);
}
