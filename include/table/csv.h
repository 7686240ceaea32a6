/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads CSV as people have it: RFC 4180, any separator, line ends of any system, lines
 * `# key: value` before the header (our own exports), a byte order mark.
 *
 *	file   = [BOM] *comment header *record
 *	record = cell *(separator cell) (CRLF / LF / CR / end)
 *	cell   = *char / '"' *(char / '""') '"'
 *
 * Pure; the text is borrowed and must outlive what is read of it.
 */
#ifndef TABLE_CSV_H
#define TABLE_CSV_H

#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct err;

#define CSV_COLUMNS 2000 /* at most */

enum csv_encoding {
	CSV_UTF8,
	CSV_WINDOWS_1252, /* and ISO-8859-1, of which it has all that is printable */
	CSV_LATIN_9, /* ISO-8859-15 */
};

struct csv_cell {
	const char *text; /* UTF-8, without the quotes; not NUL-terminated */
	size_t len;
};

struct csv_record {
	size_t line; /* where it begins, from 1 */
	struct csv_cell *cells; /* in the arena */
	size_t len;
};

struct csv {
	const char *at, *end;
	size_t line; /* of `at` */
	char separator;
	enum csv_encoding encoding;
	bool unclosed; /* a quote is, to the end */
};

/* "utf-8", "windows-1252", "iso-8859-1", "latin1", "iso-8859-15", in any case. */
bool csv_encoding_named(const char *name, enum csv_encoding *out);
/* Skips a byte order mark and comments, then `skip` lines.  separator 0: the one of ; , tab
 * and | that the next line has most of.  BAD_REQUEST_DATA: it is UTF-16. */
int csv_open(struct csv *c, const char *text, size_t len, char separator,
	enum csv_encoding encoding, unsigned skip, struct err *err) must_check;
/*
 * The next record; empty lines are none.  1: there it is; 0: that was all; -1: it is
 * malformed (BAD_REQUEST_DATA says where) and was passed over, the next call goes on after
 * it.
 */
int csv_next(struct csv *c, struct arena *a, struct csv_record *out,
	struct err *err) must_check;
/* Looks through the rest: how many records there are.  BAD_REQUEST_DATA: a quote is never
 * closed. */
int csv_count(struct csv c, size_t *records, struct err *err) must_check;

#endif
