/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that anybody opens: rows of typed cells as CSV (RFC 4180, UTF-8), as CSV for a
 * French Excel (byte order mark, semicolons, decimal commas, local time beside UTC), or as
 * an XLSX workbook.  Written row by row into a buffer that the caller empties as it likes:
 * no more than a row is kept here.
 */
#ifndef TABLE_TABLE_H
#define TABLE_TABLE_H

#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf;
struct table; /* opaque */
struct zone;

enum table_format {
	TABLE_CSV,
	TABLE_CSV_FR,
	TABLE_XLSX,
};

enum cell_kind {
	CELL_EMPTY,
	CELL_TEXT,
	CELL_NUMBER, /* `text` is a JSON number */
	CELL_BOOL,
	CELL_TIME,
};

struct cell {
	enum cell_kind kind;
	/* TEXT (UTF-8), NUMBER, TIME (as it was sent; may be NULL); not NUL-terminated. */
	const char *text;
	size_t len;
	bool truth;
	int64_t at; /* microseconds since 1970 */
};

/* A column of instants becomes two, local time and UTC, but for TABLE_CSV. */
struct column {
	const char *name;
	bool times;
};

/* A line of what the file says of itself: licence, filters, date. */
struct table_note {
	const char *key, *value;
};

struct table_config {
	enum table_format format;
	struct zone *zone; /* borrowed; not needed for TABLE_CSV */
	const char *
		sheet; /* name of the worksheet: at most 31 characters, none of []:*?/\ */
	const struct column *columns; /* borrowed, as all texts */
	size_t columns_len;
	const struct table_note *notes; /* a second worksheet, or lines `# key: value` */
	size_t notes_len;
};

/* Never NULL. */
struct table *table_new(const struct table_config *config) must_check;
void table_free(struct table *t); /* NULL is fine */
void table_begin(struct table *t, struct strbuf *out);
/* As many cells as columns. */
void table_row(struct table *t, const struct cell *cells, struct strbuf *out);
void table_end(struct table *t, struct strbuf *out);

#endif
