/* SPDX-License-Identifier: Apache-2.0 */
/* One instance as a row of `history`: typed columns beside its text. */
#include "geometry_text.h"
#include "history_priv.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/jn.h>
#include <core/entity.h>
#include <core/import_effect.h>
#include <store/dict.h>

#include <math.h>
#include <string.h>

/*
 * What says when it was observed has one row for that instant (dup = 0): the same again
 * takes its place and keeps number and creation; of several in one statement the last one
 * counts.  Rows go in by key, so that two writers cannot wait for each other in a ring.
 */
const struct pg_stmt history_insert = {"history_insert",
	"INSERT INTO history AS h (hid, attr, dataset, at, dup, seq, created, modified,"
	" deleted, num, geom, doc)"
	" SELECT DISTINCT ON (hid, attr, at, dataset, dup) hid, attr, dataset, at, dup, "
	"seq,"
	" now, now, deleted, num,"
	" " GEOMETRY_OR_NULL_SQL ", doc"
	" FROM (SELECT *, CASE WHEN observed THEN 0 ELSE seq END AS dup"
	" FROM (SELECT *, nextval('instance_number') AS seq"
	" FROM unnest($1::int8[], $2::int4[], $3::int4[], $4::timestamptz[], $5::bool[],"
	" $6::timestamptz[], $7::timestamptz[], $8::float8[], $9::text[], $10::text[])"
	" WITH ORDINALITY AS u(hid, attr, dataset, at, observed, now, deleted, num, "
	"geojson,"
	" doc, n) OFFSET 0) AS s) AS r"
	" ORDER BY hid, attr, at, dataset, dup, n DESC"
	" ON CONFLICT (hid, attr, at, dataset, dup) DO UPDATE SET"
	" modified = excluded.modified, deleted = excluded.deleted, num = excluded.num,"
	" geom = excluded.geom, doc = excluded.doc"
	" WHERE h.doc <> excluded.doc OR h.deleted IS DISTINCT FROM excluded.deleted",
	.binary = true};
/* Where none can be there already: a third less work. */
const struct pg_stmt history_append = {"history_append",
	"INSERT INTO history (hid, attr, dataset, at, dup, seq, created, modified,"
	" deleted, num, geom, doc)"
	" SELECT hid, attr, dataset, at, CASE WHEN observed THEN 0 ELSE seq END, seq, "
	"now, now,"
	" deleted, num,"
	" " GEOMETRY_OR_NULL_SQL ", doc"
	" FROM (SELECT *, nextval('instance_number') AS seq"
	" FROM unnest($1::int8[], $2::int4[], $3::int4[], $4::timestamptz[], $5::bool[],"
	" $6::timestamptz[], $7::timestamptz[], $8::float8[], $9::text[], $10::text[])"
	" AS u(hid, attr, dataset, at, observed, now, deleted, num, geojson, doc)"
	" OFFSET 0) AS s",
	.binary = true};
const enum pg_type history_columns[HISTORY_COLUMNS] = {PG_INT8, PG_INT4, PG_INT4,
	PG_TIMESTAMPTZ, PG_BOOL, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_FLOAT8, PG_TEXT,
	PG_TEXT};

/* Types only come: what an entity once was, its history may be asked by (5.6.11.4). */
const struct pg_stmt evolution_upsert = {"evolution_upsert",
	"WITH r AS MATERIALIZED (SELECT tenant, hid, id, types::int4[] AS types, now, "
	"deleted"
	" FROM unnest($1::int4[], $2::int8[], $3::text[], $4::text[], $5::timestamptz[],"
	" $6::timestamptz[]) AS u(tenant, hid, id, types, now, deleted)),"
	" e AS (INSERT INTO evolution AS e (tenant, hid, id, types, created, deleted)"
	" SELECT * FROM r ON CONFLICT (tenant, hid) DO UPDATE SET deleted = "
	"excluded.deleted,"
	" types = e.types || ARRAY(SELECT t FROM unnest(excluded.types) AS t"
	" WHERE t <> ALL (e.types)))"
	" INSERT INTO evolution_type SELECT DISTINCT tenant, unnest(types), hid FROM r"
	" ON CONFLICT DO NOTHING",
	.binary = true};
const enum pg_type evolution_columns[EVOLUTION_COLUMNS] = {
	PG_INT4, PG_INT8, PG_TEXT, PG_TEXT, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ};

void history_writer_fini(struct history_writer *w)
{
	strbuf_fini(&w->text);
}

static void add_number(struct pg_array *column, const struct jn *instance)
{
	const struct jn *value = instance_value(instance);
	double number =
		jn_is(value, JN_NUMBER) ? jn_number(value) : jn_is(value, JN_TRUE);

	if (instance_kind(instance) == KIND_PROPERTY && isfinite(number) &&
		(jn_is(value, JN_NUMBER) || jn_is_bool(value)))
		pg_array_float(column, number);
	else
		pg_array_null(column);
}

static void add_geometry(
	struct history_writer *w, struct pg_array *column, const struct jn *instance)
{
	const struct jn *value = instance_value(instance);
	const char *text;
	size_t len = 0;

	if (instance_kind(instance) != KIND_GEO_PROPERTY || text_is_null(value)) {
		pg_array_null(column);
		return;
	}
	text = geometry_text(value, w->arena, &w->text, &len);
	pg_array_text(column, text, len);
}

static void add_doc(
	struct history_writer *w, struct pg_array *column, const struct jn *instance)
{
	strbuf_reset(&w->text);
	import_instance_text(&w->text, instance);
	pg_array_text(column, w->text.data, w->text.len);
}

static int find_dataset(
	struct history_writer *w, const struct jn *instance, int *out, struct err *err)
{
	size_t len = 0;
	const char *id = jn_span(jn_getn(instance, "datasetId", 9), w->arena, &len);

	*out = 0;
	if (id == NULL || (len == 5 && memcmp(id, "@none", 5) == 0))
		return 0;
	return dict_id(w->names, id, len, true, out, err);
}

/* May what was observed `at` be there already?  Of what is later than the current one only
 * what was brought for the future could be: then the database says so (23505). */
static bool may_meet(
	const struct history_writer *w, const struct history_row *row, int64_t at)
{
	int64_t before;
	size_t len = 0;
	const char *text;

	if (!row->current || row->replaced == NULL)
		return !row->current;
	text = jn_span(jn_getn(row->replaced, "observedAt", 10), w->arena, &len);
	return text != NULL && clock_parse(text, len, &before) && before >= at;
}

int history_add(struct history_writer *w, const struct history_row *row, struct err *err)
{
	size_t len = 0;
	const char *text =
		jn_span(jn_getn(row->instance, "observedAt", 10), w->arena, &len);
	int64_t at = row->now;
	bool observed = text != NULL && clock_parse(text, len, &at);
	int dataset;

	if (find_dataset(w, row->instance, &dataset, err) < 0)
		return -1;
	w->meets |= observed && may_meet(w, row, at);
	if (observed)
		history_marks_add(&w->marks, row->hid, row->attr, at, row->now);
	if (w->imports != NULL)
		pg_array_int(w->imports, row->import);
	pg_array_int(&w->column[0], row->hid);
	pg_array_int(&w->column[1], row->attr);
	pg_array_int(&w->column[2], dataset);
	pg_array_time(&w->column[3], at);
	pg_array_int(&w->column[4], observed);
	pg_array_time(&w->column[5], row->now);
	if (row->deleted != 0)
		pg_array_time(&w->column[6], row->deleted);
	else
		pg_array_null(&w->column[6]);
	add_number(&w->column[7], row->instance);
	add_geometry(w, &w->column[8], row->instance);
	add_doc(w, &w->column[9], row->instance);
	return 0;
}

static struct jn *null_value(enum kind kind, struct arena *a)
{
	struct jn *text = jn_string_ref(a, NGSILD_NULL), *in;

	switch (kind) {
	case KIND_LANGUAGE_PROPERTY:
		in = jn_object(a);
		jn_add(in, "@none", text);
		return in;
	case KIND_LIST_PROPERTY:
	case KIND_LIST_RELATIONSHIP:
		in = jn_array(a);
		jn_append(in, text);
		return in;
	default:
		return text;
	}
}

const struct jn *history_null(const struct jn *instance, struct arena *a)
{
	const struct jn *dataset = jn_getn(instance, "datasetId", 9);
	enum kind kind = instance_kind(instance);
	struct jn *null = jn_object(a);

	if (kind == KINDS)
		kind = KIND_PROPERTY;
	jn_add(null, "type", jn_string_ref(a, kind_type[kind]));
	jn_add(null, kind_member[kind], null_value(kind, a));
	if (dataset != NULL)
		jn_add(null, "datasetId", jn_share(a, dataset));
	return null;
}

const struct jn *history_scope(
	const struct jn *scopes, const char *observed_at, struct arena *a)
{
	const struct jn *value = scopes->count == 1 ? scopes->child : scopes;
	struct jn *instance = jn_object(a);

	jn_add(instance, "type", jn_string_ref(a, kind_type[KIND_PROPERTY]));
	jn_add(instance, "value", jn_share(a, value));
	jn_add(instance, "observedAt", jn_string_ref(a, observed_at));
	return instance;
}
