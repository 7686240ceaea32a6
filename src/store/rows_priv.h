/* SPDX-License-Identifier: Apache-2.0 */
/* Between rows.c, which fills columns, and rows_sql.c, which says what they mean. */
#ifndef STORE_ROWS_PRIV_H
#define STORE_ROWS_PRIV_H

#include "value_priv.h"

#include <store/pg.h>

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

#endif
