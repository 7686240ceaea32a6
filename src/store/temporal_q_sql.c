/* SPDX-License-Identifier: Apache-2.0 */
/*
 * q over the instances in an interval (5.7.4.4): each term holds where some instance of its
 * attribute makes it true; of an attribute that was never observed, the last one (C.5.5).  The instance is looked at as an entity that has nothing else, by
 * what core/q.h means on entities (store/q_sql.h).
 */
#include "temporal_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <core/q.h>
#include <store/dict.h>
#include <store/q_sql.h>

#include <string.h>

/* Nothing of the past has expired. */
#define NEVER 0

#define INSTANT_TEXT(column)                                                             \
	"to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

/* Where the value is a number, its column tells most that do not match without their text.
 * Wide by a rounding: the term itself decides. */
static void add_number(const struct q *q, struct sql *sql)
{
	static const char *const op[] = {
		[Q_LT] = "<=", [Q_LE] = "<=", [Q_GT] = ">=", [Q_GE] = ">="};

	if (q->op < Q_LT || q->op > Q_GE || q->values_len != 1 ||
		q->values[0].type != Q_NUMBER || q->path.names_len != 1 ||
		q->path.trail_len > 0)
		return;
	sql_addf(sql, " AND (h.num IS NULL OR h.num %s ", op[q->op]);
	sql_float(sql, q->values[0].number);
	sql_add(sql, ")");
}

static bool names_column(const struct q_path *path)
{
	const char *last = path->names[path->names_len - 1];

	return strcmp(last, "createdAt") == 0 || strcmp(last, "modifiedAt") == 0 ||
		strcmp(last, "deletedAt") == 0 || strcmp(last, "instanceId") == 0;
}

/* The rows h of one attribute of the evolution e, each as an entity that has nothing else. */
static void begin_rows(
	const struct q_path *path, const char *key, int attr, struct sql *sql)
{
	sql_add(sql, "EXISTS (SELECT FROM (SELECT '{' || ");
	sql_text(sql, key);
	if (names_column(path))
		sql_add(sql,
			" || ':' || (h.doc::jsonb || jsonb_strip_nulls("
			"jsonb_build_object('createdAt', " INSTANT_TEXT(
				"h.created") ", 'modifiedAt', " INSTANT_TEXT("h.modified") ", 'deletedAt', " INSTANT_TEXT("h.deleted") ", 'instanceId', 'urn:ngsi-ld:Instance:' || h.seq)))::text || '}' AS doc");
	else
		sql_add(sql, " || ':' || h.doc || '}' AS doc");
	sql_add(sql, " FROM history h WHERE h.hid = e.hid AND h.attr = ");
	sql_int4(sql, attr);
}

static int end_rows(const struct q *q, struct sql *sql, struct err *err)
{
	sql_add(sql, " OFFSET 0) e WHERE ");
	if (q_sql(q, NEVER, sql, err) < 0)
		return -1;
	sql_add(sql, ")");
	return 0;
}

/* An attribute that was never observed has no evolution; it is asked about as it last was
 * (C.5.5).  Cheapest first: most have an instance in the interval. */
static int add_unobserved(const struct temporal_names *n, const struct q *q,
	const char *key, int attr, struct sql *sql, struct err *err)
{
	sql_add(sql,
		" OR (NOT EXISTS (SELECT FROM history h WHERE h.hid = e.hid"
		" AND h.attr = ");
	sql_int4(sql, attr);
	instance_sql(n, true, sql);
	sql_add(sql,
		") AND NOT EXISTS (SELECT FROM history h WHERE h.hid = e.hid AND h.dup = "
		"0"
		" AND h.attr = ");
	sql_int4(sql, attr);
	sql_add(sql, ") AND ");
	begin_rows(&q->path, key, attr, sql);
	sql_add(sql,
		" AND h.deleted IS NULL AND NOT EXISTS (SELECT FROM history l WHERE"
		" l.hid = h.hid AND l.attr = h.attr AND l.dataset = h.dataset"
		" AND (l.at, l.seq) > (h.at, h.seq))");
	if (end_rows(q, sql, err) < 0)
		return -1;
	sql_add(sql, ")");
	return 0;
}

static int add_instance_term(const struct temporal_names *n,
	const struct entity_index *index, const struct q *q, struct sql *sql,
	struct err *err)
{
	const struct temporal_q *when = n->query->temporal;
	const char *name = q->path.names[0];
	auto_strbuf key = {0};
	int attr;

	if (dict_id(index->names, name, strlen(name), false, &attr, err) < 0)
		return -1;
	jn_write_string(&key, name, strlen(name));
	sql_add(sql, "(");
	begin_rows(&q->path, key.data, attr, sql);
	instance_sql(n, true, sql);
	add_number(q, sql);
	if (end_rows(q, sql, err) < 0)
		return -1;
	if (when->property == TIME_OBSERVED && temporal_q_strict(when) &&
		add_unobserved(n, q, key.data, attr, sql, err) < 0)
		return -1;
	sql_add(sql, ")");
	return 0;
}

/* id, type, createdAt …: of the entity as it is, or of what is left of it. */
static int add_entity_term(const struct q *q, struct sql *sql, struct err *err)
{
	sql_add(sql,
		"EXISTS (SELECT FROM (SELECT coalesce((SELECT c.doc FROM entity c"
		" WHERE c.tenant = e.tenant AND c.id = e.id),"
		" jsonb_strip_nulls(jsonb_build_object('id', e.id, 'type',"
		" (SELECT jsonb_agg(t.iri) FROM name t WHERE t.id = ANY(e.types)),"
		" 'createdAt', " INSTANT_TEXT("e.created") ", 'deletedAt', " INSTANT_TEXT(
			"e.deleted") "))::text) AS doc OFFSET 0) e WHERE ");
	if (q_sql(q, NEVER, sql, err) < 0)
		return -1;
	sql_add(sql, ")");
	return 0;
}

static int add(const struct temporal_names *n, const struct entity_index *index,
	const struct q *q, struct sql *sql, struct err *err)
{
	if (q->op == Q_AND || q->op == Q_OR) {
		sql_add(sql, "(");
		if (add(n, index, q->left, sql, err) < 0)
			return -1;
		sql_add(sql, q->op == Q_AND ? " AND " : " OR ");
		if (add(n, index, q->right, sql, err) < 0)
			return -1;
		sql_add(sql, ")");
		return 0;
	}
	if (strchr(q->path.names[0], ':') == NULL)
		return add_entity_term(q, sql, err);
	return add_instance_term(n, index, q, sql, err);
}

int history_q_sql(const struct temporal_names *n, const struct entity_index *index,
	struct sql *sql, struct err *err)
{
	if (n->query->entities.q == NULL)
		return 0;
	sql_add(sql, " AND ");
	return add(n, index, n->query->entities.q, sql, err);
}
