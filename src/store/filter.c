/* SPDX-License-Identifier: Apache-2.0 */
/* Types, scopes, geometry and attributes as SQL. */
#include <store/filter.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <core/project.h>
#include <core/scope_q.h>
#include <core/type_q.h>
#include <store/dict.h>
#include <store/entities.h>
#include <store/sql.h>

#include <ctype.h>
#include <string.h>

/* The numbers of the types of one alternative; *known is false where a type has none, so
 * that no entity can match. */
static int type_numbers(const struct type_all *all, struct dict *names, int *out,
	bool *known, struct err *err)
{
	*known = true;
	for (size_t i = 0; i < all->len; i++) {
		if (dict_id(names, all->iris[i], strlen(all->iris[i]), false, &out[i],
			    err) < 0)
			return -1;
		*known &= out[i] != 0;
	}
	return 0;
}

/* In a source, where no entity is at hand. */
static void type_exists(struct sql *sql, int type)
{
	sql_add(sql,
		"EXISTS (SELECT FROM entity_type x WHERE x.tenant = $1 AND x.eid = t.eid"
		" AND x.type = ");
	sql_int4(sql, type);
	sql_add(sql, ")");
}

int type_source_sql(const struct type_q *q, struct dict *names, struct sql *sql,
	bool *none, struct err *err)
{
	size_t branches = 0;

	*none = false;
	for (size_t i = 0; i < q->len; i++) {
		int *types = arena_array(sql->arena, int, q->any[i].len);
		bool known;

		if (type_numbers(&q->any[i], names, types, &known, err) < 0)
			return -1;
		if (!known)
			continue;
		sql_add(sql,
			branches++ == 0
				? "(SELECT b.eid FROM ((SELECT t.eid FROM"
				  " entity_type t WHERE t.tenant = $1 AND t.type = "
				: " UNION ALL (SELECT t.eid FROM entity_type t"
				  " WHERE t.tenant = $1 AND t.type = ");
		sql_int4(sql, types[0]);
		for (size_t j = 1; j < q->any[i].len; j++) {
			sql_add(sql, " AND ");
			type_exists(sql, types[j]);
		}
		/* Said, though the index gives them so: only then are branches merged. */
		sql_add(sql, " ORDER BY t.eid)");
	}
	if (branches == 0)
		*none = true;
	else
		sql_add(sql, branches == 1 ? ") b)" : ") b GROUP BY b.eid)");
	return 0;
}

int type_sql(const struct type_q *q, struct dict *names, struct sql *sql, struct err *err)
{
	sql_add(sql, "(false");
	for (size_t i = 0; i < q->len; i++) {
		int *types = arena_array(sql->arena, int, q->any[i].len);
		bool known;

		if (type_numbers(&q->any[i], names, types, &known, err) < 0)
			return -1;
		if (!known)
			continue;
		sql_add(sql, " OR (true");
		for (size_t j = 0; j < q->any[i].len; j++) {
			sql_add(sql, " AND ");
			sql_int4(sql, types[j]);
			sql_add(sql, " = ANY(e.types)");
		}
		sql_add(sql, ")");
	}
	sql_add(sql, ")");
	return 0;
}

/* '+' is one level; the rest is literal. */
static const char *scope_regex(const struct scope_q *q, struct arena *a)
{
	auto_strbuf sb = {0};

	strbuf_addc(&sb, '^');
	for (const char *p = q->pattern; *p != '\0'; p++) {
		if (*p == '+' && (p[1] == '/' || p[1] == '\0'))
			strbuf_adds(&sb, "[^/]+");
		else if (isalnum((unsigned char)*p) || (*p & 0x80) || *p == '/' ||
			*p == '_')
			strbuf_addc(&sb, *p);
		else
			strbuf_addf(&sb, "\\%c", *p);
	}
	strbuf_adds(&sb, q->deep ? "(/.*)?$" : "$");
	return arena_strndup(a, sb.data, sb.len);
}

static void scope_pattern(const struct scope_q *q, struct sql *sql)
{
	if (q->deep && *q->pattern == '\0') {
		sql_add(sql, "e.scopes IS NOT NULL");
	} else if (q->wild) {
		sql_add(sql, "EXISTS (SELECT FROM unnest(e.scopes) s WHERE s ~ ");
		sql_text(sql, scope_regex(q, sql->arena));
		sql_add(sql, ")");
	} else if (q->deep) {
		sql_add(sql, "EXISTS (SELECT FROM unnest(e.scopes) s WHERE s = ");
		sql_text(sql, q->pattern);
		sql_add(sql, " OR starts_with(s, ");
		sql_text(sql, arena_printf(sql->arena, "%s/", q->pattern));
		sql_add(sql, "))");
	} else {
		sql_add(sql, "e.scopes @> ARRAY[");
		sql_text(sql, q->pattern);
		sql_add(sql, "]");
	}
}

static int selector_sql(const struct entity_selector *sel, bool typed, bool with_ids,
	struct dict *names, struct sql *sql, struct err *err)
{
	sql_add(sql, "(true");
	if (sel->type != NULL && !typed) {
		sql_add(sql, " AND ");
		if (type_sql(sel->type, names, sql, err) < 0)
			return -1;
	}
	if (sel->ids_len > 0 && !with_ids) {
		sql_add(sql, " AND e.id = ANY(");
		sql_texts(sql, sel->ids, sel->ids_len);
		sql_add(sql, ")");
	}
	if (sel->id_pattern != NULL) {
		sql_add(sql, " AND e.id ~ ");
		sql_text(sql, sel->id_pattern);
	}
	sql_add(sql, ")");
	return 0;
}

int selectors_sql(const struct entity_query *query, bool typed, bool with_ids,
	struct dict *names, struct sql *sql, struct err *err)
{
	for (size_t i = 0; i < query->selectors_len; i++) {
		sql_add(sql, i == 0 ? " AND (" : " OR ");
		if (selector_sql(&query->selectors[i], typed, with_ids, names, sql, err) <
			0)
			return -1;
	}
	if (query->selectors_len > 0)
		sql_add(sql, ")");
	return 0;
}

void scope_sql(const struct scope_q *q, struct sql *sql)
{
	if (q->op == SCOPE_PATTERN) {
		/* NULL scopes are no match, never unknown: conditions get combined. */
		sql_add(sql, "(e.scopes IS NOT NULL AND ");
		scope_pattern(q, sql);
		sql_add(sql, ")");
		return;
	}
	sql_add(sql, "(");
	scope_sql(q->left, sql);
	sql_add(sql, q->op == SCOPE_AND ? " AND " : " OR ");
	scope_sql(q->right, sql);
	sql_add(sql, ")");
}

/* The text is searched before it is parsed: most documents that lack the attribute do not
 * have its name in them at all. */
void attrs_sql(const struct pick_list *attrs, struct sql *sql)
{
	sql_add(sql, "(false");
	for (size_t i = 0; i < attrs->len; i++) {
		const struct pick_item *item = &attrs->items[i];

		sql_add(sql, " OR (strpos(e.doc, ");
		sql_text(sql,
			arena_printf(
				sql->arena, "\"%.*s\":", (int)item->len, item->name));
		sql_add(sql, ") > 0 AND e.doc::jsonb ? ");
		sql_textn(sql, item->name, item->len);
		sql_add(sql, ")");
	}
	sql_add(sql, ")");
}
