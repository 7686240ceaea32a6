/* SPDX-License-Identifier: Apache-2.0 */
/* Between rows.c, which fills columns, rows_sql.c, which says what they mean, and
 * rows_send.c. */
#ifndef STORE_ROWS_PRIV_H
#define STORE_ROWS_PRIV_H

#include "value_priv.h"

#include <base/attr.h>
#include <store/pg.h>

struct err;
struct group;

#define ROW_COLUMNS 10 /* at most */

/* In the order they are sent: rows go before they come. */
enum rows_kind {
	DELETE_TYPES,
	DELETE_GEOMETRIES,
	DELETE_VALUES,
	DELETE_SHAPES,
	DELETE_ROWS,
	INSERT_ROWS,
	UPDATE_DOCS,
	UPDATE_ROWS,
	INSERT_TYPES,
	INSERT_BLOCKS,
	INSERT_GEOMETRIES,
	INSERT_SHAPES,
	UPDATE_VALUES,
	INSERT_VALUES,
	UPDATE_HIDS,
	UPSERT_EVOLUTIONS,
	INSERT_HISTORY,
	MARK_HISTORY,
	INSERT_IMPORT_ROWS,
	INSERT_OUTBOX,
	ROWS
};

/* A statement and its parameters, arrays all. */
struct row_statement {
	const struct pg_stmt *stmt;
	enum pg_type column[ROW_COLUMNS + 1]; /* ends with 0 */
};
extern const struct row_statement row_statements[ROWS];

/* A statement of the group and its columns; sent only where it has rows. */
struct rows {
	const struct pg_stmt *stmt;
	size_t columns;
	struct pg_array column[ROW_COLUMNS];
};
/* Sends rows[ROWS] and commits. */
int rows_send(struct group *g, struct rows *rows, struct err *err) must_check;

#endif
