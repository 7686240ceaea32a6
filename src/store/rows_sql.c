/* SPDX-License-Identifier: Apache-2.0 */
/* What a group writes: statements and the types of their columns. */
#include "rows_priv.h"

#include "entity_blocks.h"
#include "geometry_text.h"
#include "group_imports.h"
#include "history_priv.h"

static const struct pg_stmt insert_rows = {"entity_insert",
	"INSERT INTO entity (tenant, eid, id, types, expires, scopes, doc, hid)"
	" SELECT tenant, eid, id, types::int4[], expires, string_to_array(scopes, ','),"
	" doc, hid"
	" FROM unnest($1::int4[], $2::int8[], $3::text[], $4::text[], $5::timestamptz[],"
	" $6::text[], $7::text[], $8::int8[])"
	" AS r(tenant, eid, id, types, expires, scopes, doc, hid)",
	.binary = true};
/* By the place of the row: group.c has locked it, so it is still there. */
static const struct pg_stmt update_docs = {"entity_update_doc",
	"UPDATE entity e SET doc = r.doc FROM unnest($1::tid[], $2::text[]) AS r(at, doc)"
	" WHERE e.ctid = r.at",
	.binary = true};
static const struct pg_stmt update_rows = {"entity_update",
	"UPDATE entity e SET types = r.types::int4[], expires = r.expires,"
	" scopes = string_to_array(r.scopes, ','), doc = r.doc"
	" FROM unnest($1::tid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[])"
	" AS r(at, types, expires, scopes, doc) WHERE e.ctid = r.at",
	.binary = true};
static const struct pg_stmt delete_rows = {"entity_delete",
	"DELETE FROM entity e USING unnest($1::tid[]) AS r(at) WHERE e.ctid = r.at",
	.binary = true};
static const struct pg_stmt delete_types = {"type_delete",
	"DELETE FROM entity_type t"
	" USING unnest($1::int4[], $2::int4[], $3::int8[]) AS r(tenant, type, eid)"
	" WHERE t.tenant = r.tenant AND t.type = r.type AND t.eid = r.eid",
	.binary = true};
static const struct pg_stmt insert_types = {"type_insert",
	"INSERT INTO entity_type (tenant, type, eid)"
	" SELECT * FROM unnest($1::int4[], $2::int4[], $3::int8[])",
	.binary = true};
static const struct pg_stmt delete_geometries = {"geometry_delete",
	"DELETE FROM entity_geometry g USING unnest($1::int4[], $2::int8[]) AS r(tenant, "
	"eid)"
	" WHERE g.tenant = r.tenant AND g.eid = r.eid",
	.binary = true};
static const struct pg_stmt insert_geometries = {"geometry_insert",
	"INSERT INTO entity_geometry (tenant, eid, attr, n, alone, geom, expires)"
	" SELECT tenant, eid, attr, n, alone, " GEOMETRY_SQL ", expires"
	" FROM unnest($1::int4[], $2::int8[], $3::int4[], $4::int4[], $5::bool[], "
	"$6::text[], $7::timestamptz[])"
	" AS r(tenant, eid, attr, n, alone, geojson, expires)",
	.binary = true};
static const struct pg_stmt delete_values = {"value_delete",
	"DELETE FROM value v USING unnest($1::int4[], $2::int8[]) AS r(path, eid)"
	" WHERE v.path = r.path AND v.eid = r.eid",
	.binary = true};
static const struct pg_stmt update_values = {"value_update",
	"UPDATE value v SET num = r.num, txt = r.txt, at = r.at, expires = r.expires"
	" FROM unnest($1::int4[], $2::int8[], $3::int4[], $4::float8[], $5::text[],"
	" $6::int8[], $7::int8[]) AS r(path, eid, n, num, txt, at, expires)"
	" WHERE v.path = r.path AND v.eid = r.eid AND v.n = r.n",
	.binary = true};
static const struct pg_stmt insert_values = {"value_insert",
	"INSERT INTO value (path, eid, n, num, txt, at, expires)"
	" SELECT * FROM unnest($1::int4[], $2::int8[], $3::int4[], $4::float8[], "
	"$5::text[],"
	" $6::int8[], $7::int8[])",
	.binary = true};
/* Entities share shapes: each is sent once, rows name it by its place. */
static const struct pg_stmt delete_shapes = {"shape_delete",
	"WITH d AS MATERIALIZED (SELECT n, calanque_shape_number(text::jsonb) AS shape"
	" FROM unnest($4::text[]) WITH ORDINALITY AS u(text, n))"
	" DELETE FROM entity_shape s USING unnest($1::int4[], $2::int8[], $3::int8[])"
	" AS r(tenant, eid, n) JOIN d ON d.n = r.n"
	" WHERE s.tenant = r.tenant AND s.shape = d.shape AND s.eid = r.eid",
	.binary = true};
/* In order, so that lanes that meet a new shape together do not wait for each other. */
static const struct pg_stmt insert_shapes = {"shape_insert",
	"WITH d AS MATERIALIZED (SELECT n, body, calanque_shape_number(body) AS shape"
	" FROM unnest($5::text[]) WITH ORDINALITY AS u(text, n)"
	" CROSS JOIN LATERAL (SELECT text::jsonb AS body OFFSET 0) AS b),"
	" r AS MATERIALIZED (SELECT tenant, eid, expires, shape, body"
	" FROM unnest($1::int4[], $2::int8[], $3::int8[], $4::timestamptz[])"
	" AS u(tenant, eid, n, expires) JOIN d ON d.n = u.n),"
	" s AS (INSERT INTO shape SELECT DISTINCT ON (tenant, shape) tenant, shape, body"
	" FROM r ORDER BY tenant, shape ON CONFLICT DO NOTHING)"
	" INSERT INTO entity_shape SELECT tenant, shape, eid, expires FROM r",
	.binary = true};

/* Entities whose history begins after they did. */
static const struct pg_stmt update_hids = {"entity_update_hid",
	"UPDATE entity e SET hid = r.hid"
	" FROM unnest($1::int4[], $2::int8[], $3::int8[]) AS r(tenant, eid, hid)"
	" WHERE e.tenant = r.tenant AND e.eid = r.eid",
	.binary = true};

/* Last: what it counts in is shared with other lanes until the commit. */
static const struct pg_stmt insert_outbox = {"outbox_insert",
	"WITH e AS MATERIALIZED (SELECT array_agg(nextval('outbox_number')) AS list"
	" FROM generate_series(1, cardinality($1::int4[]))),"
	" i AS (INSERT INTO outbox_event SELECT (SELECT list FROM e)[n], tenant, at, id, "
	"body"
	" FROM unnest($1::int4[], $2::timestamptz[], $3::text[], $4::text[])"
	" WITH ORDINALITY AS u(tenant, at, id, body, n)),"
	" d AS (INSERT INTO outbox_delivery SELECT sid, (SELECT list FROM e)[n]"
	" FROM unnest($5::int8[], $6::int8[]) AS r(n, sid))"
	" UPDATE outbox_count SET matched = matched + cardinality($6::int8[])"
	" WHERE slot = pg_backend_pid() % 64",
	.binary = true};

const struct row_statement row_statements[ROWS] = {
	[DELETE_TYPES] = {&delete_types, {PG_INT4, PG_INT4, PG_INT8}},
	[DELETE_GEOMETRIES] = {&delete_geometries, {PG_INT4, PG_INT8}},
	[DELETE_VALUES] = {&delete_values, {PG_INT4, PG_INT8}},
	[DELETE_SHAPES] = {&delete_shapes, {PG_INT4, PG_INT8, PG_INT8, PG_TEXT}},
	[DELETE_ROWS] = {&delete_rows, {PG_TID}},
	[INSERT_ROWS] = {&insert_rows,
		{PG_INT4, PG_INT8, PG_TEXT, PG_TEXT, PG_TIMESTAMPTZ, PG_TEXT, PG_TEXT,
			PG_INT8}},
	[UPDATE_DOCS] = {&update_docs, {PG_TID, PG_TEXT}},
	[UPDATE_ROWS] = {&update_rows,
		{PG_TID, PG_TEXT, PG_TIMESTAMPTZ, PG_TEXT, PG_TEXT}},
	[INSERT_TYPES] = {&insert_types, {PG_INT4, PG_INT4, PG_INT8}},
	[INSERT_BLOCKS] = {&entity_blocks_insert, {PG_INT4, PG_INT4, PG_INT8, PG_INT4}},
	[INSERT_GEOMETRIES] = {&insert_geometries,
		{PG_INT4, PG_INT8, PG_INT4, PG_INT4, PG_BOOL, PG_TEXT, PG_TIMESTAMPTZ}},
	[INSERT_SHAPES] = {&insert_shapes,
		{PG_INT4, PG_INT8, PG_INT8, PG_TIMESTAMPTZ, PG_TEXT}},
	[UPDATE_VALUES] = {&update_values,
		{PG_INT4, PG_INT8, PG_INT4, PG_FLOAT8, PG_TEXT, PG_INT8, PG_INT8}},
	[INSERT_VALUES] = {&insert_values,
		{PG_INT4, PG_INT8, PG_INT4, PG_FLOAT8, PG_TEXT, PG_INT8, PG_INT8}},
	[UPDATE_HIDS] = {&update_hids, {PG_INT4, PG_INT8, PG_INT8}},
	[UPSERT_EVOLUTIONS] = {&evolution_upsert,
		{PG_INT4, PG_INT8, PG_TEXT, PG_TEXT, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ}},
	[INSERT_HISTORY] = {&history_insert,
		{PG_INT8, PG_INT4, PG_INT4, PG_TIMESTAMPTZ, PG_BOOL, PG_TIMESTAMPTZ,
			PG_TIMESTAMPTZ, PG_FLOAT8, PG_TEXT, PG_TEXT}},
	[MARK_HISTORY] = {&history_mark, {PG_INT8, PG_INT4, PG_INT4}},
	[INSERT_IMPORT_ROWS] = {&import_rows_insert,
		{PG_INT8, PG_INT8, PG_INT8, PG_INT4, PG_TEXT, PG_TIMESTAMPTZ, PG_TEXT,
			PG_TEXT}},
	[INSERT_OUTBOX] = {&insert_outbox,
		{PG_INT4, PG_TIMESTAMPTZ, PG_TEXT, PG_TEXT, PG_INT8, PG_INT8}},
};
