/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of a file to be imported, one after the other: records of CSV, or Features of a
 * GeoJSON FeatureCollection (or the one Feature that a file is).  The text is borrowed; no
 * more than a row is kept.
 */
#ifndef TABLE_ROWS_H
#define TABLE_ROWS_H

#include <base/attr.h>
#include <base/jn.h>
#include <table/csv.h>
#include <table/mapping.h>

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct err;

struct rows {
	bool geojson;
	const struct mapping *mapping; /* NULL: Features are taken as they are */
	size_t number; /* of the last row, from 1 */
	size_t total; /* of rows, found out when it is opened */
	/* CSV */
	struct csv csv;
	const char **header; /* in the arena */
	size_t header_len;
	size_t *index; /* of the mapping's columns in a record */
	/* GeoJSON */
	const char *at, *end;
	size_t line;
	const char *crs; /* that the file names; NULL: none */
};

struct one_row {
	size_t number, line;
	struct row_source source; /* without zone */
	const struct jn *feature; /* GeoJSON */
};

/*
 * Looks through the file once.  BAD_REQUEST_DATA: it is no such file, a quote is never
 * closed, or a column that the mapping names is not there (those that are, are listed).
 * Everything lives in `a`.
 */
int rows_open(struct rows *r, bool geojson, const char *text, size_t len,
	const struct mapping *m, struct arena *a, struct err *err) must_check;
/* 1: *out is the next one, in the arena; 0: there is none; -1: out->number and out->line
 * say which one cannot be read, err why, and the next call goes on after it. */
int rows_next(
	struct rows *r, struct arena *a, struct one_row *out, struct err *err) must_check;

#endif
