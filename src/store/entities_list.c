/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists by type, or of all: entities are added up by type and block of their numbers
 * (sql/0019_entity_blocks.sql), so that any page begins at once, and how many there are is
 * known.  The functions that are asked see what the statement around them sees.
 */
#include "entities_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <core/type_q.h>
#include <store/dict.h>

#include <string.h>

static bool is_list(const struct entity_query *query)
{
	const struct entity_selector *sel = query->selectors;

	if (query->map != 0 || query->q != NULL || query->geo != NULL ||
		query->scope != NULL || query->attrs != NULL || query->observed != NULL ||
		query->selectors_len > 1)
		return false;
	return query->selectors_len == 0 ||
		(sel->ids_len == 0 && sel->id_pattern == NULL);
}

/* Types by number, each once; 0 where one alternative asks for several types at once. */
static int number_types(struct statement *s, const struct type_q *q, int *out,
	size_t *len, struct err *err)
{
	*len = 0;
	for (size_t i = 0; i < q->len; i++) {
		const char *iri = q->any[i].iris[0];
		size_t at = 0;
		int type;

		if (q->any[i].len > 1) {
			*len = 0;
			return 0;
		}
		if (dict_id(s->index->names, iri, strlen(iri), false, &type, err) < 0)
			return -1;
		while (at < *len && out[at] != type)
			at++;
		out[at] = type;
		*len += at == *len && type != 0; /* 0: no entity has it */
	}
	return 0;
}

int list_types(struct statement *s, struct err *err)
{
	const struct entity_query *query = s->query;
	const struct type_q *q =
		query->selectors_len > 0 ? query->selectors[0].type : NULL;

	if (!is_list(query))
		return 0;
	s->types = arena_array(s->sql.arena, int, q != NULL ? q->len : 1);
	if (q != NULL)
		return number_types(s, q, s->types, &s->types_len, err);
	s->types[0] = 0; /* all */
	s->types_len = 1;
	return 0;
}

/* Where the sums tell the block, its rows are skipped before any entity is read. */
void list_page_sql(struct statement *s)
{
	const struct entity_query *query = s->query;
	struct sql *sql = &s->sql;
	bool all = s->types[0] == 0;

	pg_int4(&sql->args, query->tenant);
	pg_int4(&sql->args, s->types[0]);
	pg_int(&sql->args, query->offset);
	pg_time(&sql->args, query->now);
	sql_add(sql,
		"WITH s AS MATERIALIZED (SELECT eid, skip"
		" FROM calanque_list_place($1::int4, $2::int4, $3::int8)"
		" WHERE NOT EXISTS (SELECT FROM entity WHERE expires <= "
		"$4::timestamptz))"
		" SELECT e.doc, e.eid FROM (SELECT t.eid FROM ");
	sql_add(sql,
		all ? "entity t WHERE t.tenant = $1"
		    : "entity_type t WHERE t.tenant = $1 AND t.type = $2");
	sql_addf(sql,
		" AND t.eid >= coalesce((SELECT eid FROM s),"
		" calanque_page_start($1, ARRAY[$2], $4, $3))"
		" ORDER BY t.eid OFFSET (SELECT skip FROM s)) t"
		" JOIN entity e ON e.eid = t.eid"
		" WHERE e.expires IS NULL OR e.expires > $4"
		" ORDER BY t.eid LIMIT %u",
		query->limit + 1);
}

void list_start_sql(struct statement *s)
{
	struct sql *sql = &s->sql;

	sql_addf(sql, " AND %s >= (SELECT calanque_page_start($1, ", s->order);
	sql_ints(sql, s->types, s->types_len);
	sql_add(sql, ", ");
	sql_time(sql, s->query->now);
	sql_add(sql, ", ");
	sql_int(sql, s->query->offset);
	sql_add(sql, "))");
}

int list_count(struct statement *s, int64_t *out, struct err *err)
{
	static const struct pg_stmt count = {"entities_list_count",
		"SELECT calanque_entity_count($1::int4, $2::int4[], $3::timestamptz)",
		.binary = true};
	auto_pgresult *res = NULL;
	auto_pg_array types = {0};
	struct pg_args args = {0};

	pg_array_init(&types, PG_INT4);
	for (size_t i = 0; i < s->types_len; i++)
		pg_array_int(&types, s->types[i]);
	pg_int4(&args, s->query->tenant);
	pg_args_array(&args, &types);
	pg_time(&args, s->query->now);
	if (pg_query(s->pg, &count, &args, &res, err) < 0)
		return -1;
	*out = PQgetisnull(res, 0, 0) ? -1 : pg_get_int(res, 0, 0);
	return 0;
}
