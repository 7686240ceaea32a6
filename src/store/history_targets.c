/* SPDX-License-Identifier: Apache-2.0 */
/* What clients change and delete in the history: an attribute, an instance, all of it. */
#include "geometry_text.h"
#include "history_writes_priv.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <base/jn.h>
#include <store/dict.h>

#include <string.h>

/* ---- what is there of the target: evolution, attribute, and how much was hit */

static int check_hit(const struct history_job *job, const PGresult *res, struct err *err)
{
	const struct history_target *t = job->t;

	if (pg_get_int(res, 0, 0) == 0)
		return history_no_evolution(t, err);
	if (pg_get_int(res, 0, 1) == 0)
		return err_set(err, ERR_NOT_FOUND,
			"the history of entity %s has no attribute %s", t->id,
			t->attr_name);
	if (pg_get_int(res, 0, 2) > 0)
		return 0;
	if (t->instance_id != NULL)
		return err_set(err, ERR_NOT_FOUND,
			"attribute %s of entity %s has no instance %s in its history",
			t->attr_name, t->id, t->instance_id);
	return err_set(err, ERR_NOT_FOUND,
		"attribute %s of entity %s has no instance %s%s in its history",
		t->attr_name, t->id,
		t->dataset_id != NULL ? "with datasetId " : "without datasetId",
		t->dataset_id != NULL ? t->dataset_id : "");
}

#define EVOLUTION                                                                        \
	"WITH e AS MATERIALIZED (SELECT hid FROM evolution WHERE tenant = $1::int4"      \
	" AND id = $2::text FOR UPDATE)"
#define HIT(what)                                                                        \
	" SELECT (SELECT count(*) FROM e), (SELECT count(*) FROM (SELECT FROM history h" \
	" JOIN e USING (hid) WHERE h.attr = $3::int4 LIMIT 1) AS one),"                  \
	" (SELECT count(*) FROM " what ")"

/* Days of which the sums are not true any more, of rows what(hid, attr, at), before the day
 * `open` (history_days_open()). */
#define MARK(what, open)                                                                 \
	", mark AS (INSERT INTO history_stale SELECT DISTINCT hid, attr,"                \
	" (at AT TIME ZONE 'UTC')::date FROM " what                                      \
	" WHERE (at AT TIME ZONE 'UTC')::date"                                           \
	" < '1970-01-01'::date + " open ")"

static const struct pg_stmt delete_attribute = {"history_delete_attribute",
	EVOLUTION ", d AS (DELETE FROM history h USING e WHERE h.hid = e.hid"
		  " AND h.attr = $3::int4 AND (h.dataset = $4::int4 OR $5::bool)"
		  " RETURNING h.hid, h.attr, h.at)" MARK("d", "$6::int4") HIT("d"),
	.binary = true};
static const struct pg_stmt delete_instance = {"history_delete_instance",
	EVOLUTION ", d AS (DELETE FROM history h USING e WHERE h.hid = e.hid"
		  " AND h.attr = $3::int4 AND h.seq = $4::int8"
		  " RETURNING h.hid, h.attr, h.at)" MARK("d", "$5::int4") HIT("d"),
	.binary = true};
/* Both where it was and where it goes. */
static const struct pg_stmt replace_instance = {"history_replace_instance",
	EVOLUTION
	", was AS MATERIALIZED (SELECT h.hid, h.attr, h.at FROM history h JOIN e USING "
	"(hid)"
	" WHERE h.attr = $3::int4 AND h.seq = $4::int8), u AS (UPDATE history h SET "
	"dataset = u.dataset, at = u.at,"
	" dup = CASE WHEN u.observed THEN 0 ELSE h.seq END, modified = u.now,"
	" deleted = u.deleted, num = u.num, geom = " GEOMETRY_OR_NULL_SQL
	", doc = u.doc FROM e, unnest($5::int8[], $6::int4[], "
	"$7::int4[],"
	" $8::timestamptz[], $9::bool[], $10::timestamptz[], $11::timestamptz[],"
	" $12::float8[], $13::text[], $14::text[]) AS u(hid, attr, dataset, at, observed,"
	" now, deleted, num, geojson, doc) WHERE h.hid = e.hid AND h.attr = $3::int4"
	" AND h.seq = $4::int8 RETURNING h.hid, h.attr, h.at)" MARK(
		"(TABLE was UNION ALL TABLE u) AS b", "$15::int4") HIT("u"),
	.binary = true};

static int find_name(
	const struct history_job *job, const char *iri, int *out, struct err *err)
{
	return dict_id(job->names, iri, strlen(iri), false, out, err);
}

/* The parameters that all have: tenant, id, attribute. */
static int target_args(
	const struct history_job *job, struct pg_args *args, struct err *err)
{
	int attr;

	if (find_name(job, job->t->attr, &attr, err) < 0)
		return -1;
	pg_int4(args, job->t->tenant);
	pg_text(args, job->t->id);
	pg_int4(args, attr);
	return 0;
}

static void add_open_day(struct pg_args *args)
{
	pg_int4(args, (int32_t)history_days_open(clock_now()));
}

static int remove_attribute(struct history_job *job, struct err *err)
{
	const char *dataset = job->t->dataset_id;
	struct pg_args args = {0};
	auto_pgresult *res = NULL;
	int number = 0;

	if (dataset != NULL && strcmp(dataset, "@none") != 0) {
		if (find_name(job, dataset, &number, err) < 0)
			return -1;
		number = number != 0 ? number : -1; /* nobody has it */
	}
	if (target_args(job, &args, err) < 0)
		return -1;
	pg_int4(&args, number);
	pg_bool(&args, job->t->all);
	add_open_day(&args);
	if (pg_query(job->pg, &delete_attribute, &args, &res, err) < 0)
		return -1;
	return check_hit(job, res, err);
}

int history_delete_attribute(
	struct history_writers *hw, const struct history_target *t, struct err *err)
{
	return history_run(
		&(struct history_job){.hw = hw, .t = t}, remove_attribute, err);
}

/* The number in an instanceId of ours; 0 where it is no such one. */
static int64_t instance_number(const char *id)
{
	size_t prefix = strlen(HISTORY_INSTANCE), len = strlen(id);
	int64_t n = 0;

	if (strncmp(id, HISTORY_INSTANCE, prefix) != 0 || len - prefix > 18 ||
		strspn(id + prefix, "0123456789") != len - prefix)
		return 0;
	for (const char *p = id + prefix; *p != '\0'; p++)
		n = n * 10 + *p - '0';
	return n;
}

static int remove_instance(struct history_job *job, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	if (target_args(job, &args, err) < 0)
		return -1;
	pg_int(&args, instance_number(job->t->instance_id));
	add_open_day(&args);
	if (pg_query(job->pg, &delete_instance, &args, &res, err) < 0)
		return -1;
	return check_hit(job, res, err);
}

int history_delete_instance(
	struct history_writers *hw, const struct history_target *t, struct err *err)
{
	return history_run(&(struct history_job){.hw = hw, .t = t}, remove_instance, err);
}

static int send_replacement(
	struct history_job *job, struct pg_array *column, struct err *err)
{
	struct history_writer w = {
		.column = column, .names = job->names, .arena = job->a};
	struct history_row row = {.instance = job->doc,
		.now = job->now,
		.deleted = history_deleted_at(job->doc, job->now, job->a)};
	struct pg_args args = {0};
	auto_pgresult *res = NULL;
	int rc = history_add(&w, &row, err);

	history_writer_fini(&w);
	if (rc < 0 || target_args(job, &args, err) < 0)
		return -1;
	pg_int(&args, instance_number(job->t->instance_id));
	for (size_t i = 0; i < HISTORY_COLUMNS; i++)
		pg_args_array(&args, &column[i]);
	add_open_day(&args);
	if (pg_query(job->pg, &replace_instance, &args, &res, err) < 0) {
		if (strcmp(pg_sqlstate(job->pg), "23505") != 0)
			return -1;
		err_clear(err);
		return err_set(err, ERR_ALREADY_EXISTS,
			"attribute %s of entity %s has another instance with this "
			"observedAt and datasetId; change or delete that one",
			job->t->attr_name, job->t->id);
	}
	return check_hit(job, res, err);
}

static int replace(struct history_job *job, struct err *err)
{
	struct pg_array column[HISTORY_COLUMNS];
	int rc;

	history_columns_init(column);
	rc = send_replacement(job, column, err);
	history_columns_fini(column);
	return rc;
}

int history_replace_instance(struct history_writers *hw, const struct history_target *t,
	const struct jn *instance, int64_t now, struct arena *a, struct err *err)
{
	struct history_job job = {.hw = hw, .t = t, .doc = instance, .now = now, .a = a};

	return history_run(&job, replace, err);
}

/* ---- the whole evolution */

/* The current entity, if there is one, begins another with its next change. */
static const struct pg_stmt forget_hid = {"history_forget",
	"UPDATE entity SET hid = NULL WHERE tenant = $1::int4 AND id = $2::text"
	" AND hid IS NOT NULL",
	.binary = true};
static const struct pg_stmt delete_evolution = {"evolution_delete",
	"WITH e AS (DELETE FROM evolution WHERE tenant = $1::int4 AND id = $2::text"
	" RETURNING tenant, hid, types),"
	" t AS (DELETE FROM evolution_type t USING e WHERE t.tenant = e.tenant"
	" AND t.type = ANY (e.types) AND t.hid = e.hid),"
	" h AS (DELETE FROM history h USING e WHERE h.hid = e.hid),"
	" d AS (DELETE FROM history_day d USING e WHERE d.hid = e.hid)"
	" SELECT count(*) FROM e",
	.binary = true};

static int remove_all(struct history_job *job, struct err *err)
{
	struct pg_args entity = {0}, evolution = {0};
	auto_pgresult *res = NULL;

	pg_int4(&entity, job->t->tenant);
	pg_text(&entity, job->t->id);
	pg_int4(&evolution, job->t->tenant);
	pg_text(&evolution, job->t->id);
	/* one transaction: all stands between two syncs */
	if (pg_pipeline(job->pg, err) < 0 ||
		pg_send(job->pg, &forget_hid, &entity, err) < 0 ||
		pg_send(job->pg, &delete_evolution, &evolution, err) < 0 ||
		pg_sync(job->pg, err) < 0 || pg_next(job->pg, NULL, err) < 0 ||
		pg_next(job->pg, &res, err) < 0 || pg_leave(job->pg, err) < 0)
		return -1;
	return pg_get_int(res, 0, 0) > 0 ? 0 : history_no_evolution(job->t, err);
}

int history_delete(
	struct history_writers *hw, const struct history_target *t, struct err *err)
{
	return history_run(&(struct history_job){.hw = hw, .t = t}, remove_all, err);
}
