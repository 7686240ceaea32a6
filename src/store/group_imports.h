/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What imports add to a group of writes: the record of each row, in the same transaction,
 * and what it takes to undo it.  All but imports_gone() may be called for a group that has
 * nothing of an import.
 */
#ifndef STORE_GROUP_IMPORTS_H
#define STORE_GROUP_IMPORTS_H

#include <base/attr.h>

#define IMPORTS_SENT 5 /* statements, of the two imports_send_…() */

struct err;
struct group;
struct jn;
struct outcome;
struct pg_array;
struct pg_stmt;
struct write_op;

extern const struct pg_stmt import_rows_insert;

/* After apply() of an operation of an import. */
void imports_applied(struct group *g, struct write_op *op, const struct jn *before,
	const struct outcome *out);
/* OP_UNDO finds no entity: what it did to its history is undone all the same. */
void imports_gone(struct write_op *op);
/* After all operations: what became of each row; asks the history. */
int imports_settle(struct group *g, struct err *err) must_check;
/* For history_fill(); NULL: not wanted. */
struct pg_array *imports_column(struct group *g);
void imports_fill(struct group *g, struct pg_array *column);
/* In the pipeline; *sent counts statements.  history: columns of the rows to come. */
int imports_send_replaced(
	struct group *g, struct pg_array *history, int *sent, struct err *err) must_check;
int imports_send_undone(struct group *g, int *sent, struct err *err) must_check;
void imports_group_fini(struct group *g);

#endif
