/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the parts of q_sql(): q_sql.c (how terms combine), q_sql_path.c (terms as
 * jsonpath), q_sql_leaf.c (what they say of a leaf), q_sql_temporal.c (terms with dates
 * and times), q_sql_value.c (terms on indexed paths).
 */
#ifndef STORE_Q_SQL_PRIV_H
#define STORE_Q_SQL_PRIV_H

#include <base/strbuf.h>
#include <core/q.h>
#include <core/q_target.h>
#include <store/q_sql.h>

/* Whether a term has an index is asked once. */
struct q_known {
	const struct q *q;
	int path;
};

/* A name that documents are searched for, and the parameter that it is. */
struct q_searched {
	const char *name;
	int param;
};
#define MAX_SEARCHED 8

struct q_sql {
	struct sql *sql;
	int64_t now;
	const struct q_index *index; /* NULL: nothing is indexed */
	const struct q *taken;
	unsigned level; /* rel{…} open: the row is e<level>, its document d<level>.j */
	struct q_known known[Q_MAX_TERMS];
	size_t known_len;
	struct q_searched searched[MAX_SEARCHED];
	size_t searched_len;
	unsigned quick; /* terms that go the quick way */
	int now_param; /* $n of `now` in microseconds; 0: not bound yet */
};

void q_sql_now(struct q_sql *c); /* appends $n::int8 */
const char *q_sql_row(const struct q_sql *c); /* "e", "e1" … */
void q_sql_doc(const struct q_sql *c); /* appends "d.j", "d1.j" … */

/* A jsonpath in the making and the values it refers to as $v0, $v1 … */
struct jpath {
	struct strbuf text, vars;
	struct arena *arena;
	unsigned nvars;
};
void jpath_init(struct jpath *jp, struct arena *a);
void jpath_fini(struct jpath *jp);
#define auto_jpath cleanup_with(jpath_fini) struct jpath
/* The bound parameters "$n::jsonpath, $m::jsonb, silent => true", after a document. */
void jpath_bind(struct jpath *jp, struct sql *sql);

/* Has the term values that jsonpath cannot compare? */
bool q_is_temporal(const struct q *q);
bool q_value_is_temporal(const struct q_value *v);
/* Appends the path to what has the term's members: the instances, or the entity. */
void jpath_instances(struct jpath *jp, const struct q_path *path);
/* Appends `.m.k1.k2`, what a base is below an instance. */
void jpath_base(struct jpath *jp, const struct q_path *path, const struct q_base *base);
/* Can the order and patterns be asked of it?  Not of lists and of whole JSON values. */
bool q_base_is_scalar(const struct q_path *path, const struct q_base *base);
/* Appends a condition about an instance @: the trail leads through objects only.  False
 * where nothing needed to be said. */
bool jpath_guard(struct jpath *jp, const struct q_path *path, const struct q_base *base);
/* A leaf of a term: the base below @, or the "@value" in it. */
struct jpath_leaf {
	const struct q_path *path;
	const struct q_base *base;
	bool typed;
};
void jpath_leaf(struct jpath *jp, const struct jpath_leaf *l);
/* Alternatives: `(`, then ` || ` between them; `)`, or what is false where none came. */
void jpath_or(struct jpath *jp, unsigned *n);
void jpath_end_or(struct jpath *jp, unsigned n);
/* The alternatives that a leaf contributes: some value is equal (== and !=); the order
 * and the patterns. */
void jpath_equal(
	struct jpath *jp, const struct jpath_leaf *l, const struct q *q, unsigned *n);
void jpath_compare(
	struct jpath *jp, const struct jpath_leaf *l, const struct q *q, unsigned *n);

/* Appends the predicate of a term about the document $, or about an instance @ (all of it
 * but the values of dates and times). */
void jpath_term(struct jpath *jp, const struct q *q);
void jpath_instance_term(struct jpath *jp, const struct q *q);

/* A term with dates or times. */
void q_sql_temporal(struct q_sql *c, const struct q *q);

/* The number of the term's path where the quick way answers the term exactly, else 0. */
int q_sql_quick(const struct q_index *index, const struct q *q, struct arena *a);
/* EXISTS (…) about the row of c. */
void q_sql_value(struct q_sql *c, const struct q *q, int path);

#endif
