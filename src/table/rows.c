/* SPDX-License-Identifier: Apache-2.0 */
#include "rows_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>

#include <string.h>

#define LISTED 150 /* bytes of the list of columns in an error */

static const char *trimmed(struct csv_cell cell, struct arena *a)
{
	while (cell.len > 0 && *cell.text == ' ') {
		cell.text++;
		cell.len--;
	}
	while (cell.len > 0 && cell.text[cell.len - 1] == ' ')
		cell.len--;
	return arena_strndup(a, cell.text, cell.len);
}

static int read_header(struct rows *r, struct arena *a, struct err *err)
{
	struct csv_record record;
	int rc = csv_next(&r->csv, a, &record, err);

	if (rc < 0)
		return err_wrap(err, "the header");
	if (rc == 0)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"the file is empty; its first line must be the names of the "
			"columns");
	r->header = arena_array(a, const char *, record.len);
	r->header_len = record.len;
	for (size_t i = 0; i < record.len; i++)
		r->header[i] = trimmed(record.cells[i], a);
	return 0;
}

static int no_column(const struct rows *r, const char *name, struct err *err)
{
	auto_strbuf list = {0};

	for (size_t i = 0; i < r->header_len && list.len < LISTED; i++)
		strbuf_addf(&list, "%s%.40s", i > 0 ? ", " : "", r->header[i]);
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"the mapping reads a column '%.60s', which the file has not; it has: "
		"%s%s",
		name, list.data, list.len >= LISTED ? ", …" : "");
}

static int bind(struct rows *r, struct arena *a, struct err *err)
{
	size_t len;
	const char *const *columns = mapping_columns(r->mapping, &len);

	r->index = arena_array(a, size_t, len + 1);
	for (size_t i = 0; i < len; i++) {
		size_t found = r->header_len;

		for (size_t j = 0; j < r->header_len; j++) {
			if (strcmp(r->header[j], columns[i]) != 0)
				continue;
			if (found < r->header_len)
				return err_set(err, ERR_BAD_REQUEST_DATA,
					"two columns of the file are called '%.60s', "
					"which "
					"the mapping reads; give them names of their own",
					columns[i]);
			found = j;
		}
		if (found == r->header_len)
			return no_column(r, columns[i], err);
		r->index[i] = found;
	}
	return 0;
}

static int csv_rows_open(
	struct rows *r, const char *text, size_t len, struct arena *a, struct err *err)
{
	const struct mapping_file *f = mapping_file(r->mapping);

	if (csv_open(&r->csv, text, len, f->separator, f->encoding, f->skip, err) < 0 ||
		read_header(r, a, err) < 0 || bind(r, a, err) < 0)
		return -1;
	return csv_count(r->csv, &r->total, err);
}

int rows_open(struct rows *r, bool geojson, const char *text, size_t len,
	const struct mapping *m, struct arena *a, struct err *err)
{
	*r = (struct rows){.geojson = geojson, .mapping = m};
	return geojson ? geojson_open(r, text, len, a, err)
		       : csv_rows_open(r, text, len, a, err);
}

/* Spreadsheets leave out empty cells at the end, or add some. */
static bool fits(const struct rows *r, const struct csv_record *record)
{
	for (size_t i = r->header_len; i < record->len; i++)
		if (record->cells[i].len > 0)
			return false;
	return record->len >= r->header_len;
}

int rows_next(struct rows *r, struct arena *a, struct one_row *out, struct err *err)
{
	struct csv_record record = {0};
	struct row_cell *cells;
	size_t len;
	int rc;

	if (r->geojson)
		return geojson_next(r, a, out, err);
	rc = csv_next(&r->csv, a, &record, err);
	if (rc == 0)
		return 0;
	*out = (struct one_row){.number = ++r->number, .line = record.line};
	if (rc < 0)
		return -1;
	if (!fits(r, &record))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"%zu cells, where the header has %zu; a separator '%c' inside of "
			"a "
			"cell needs quotes around the cell",
			record.len, r->header_len, r->csv.separator);
	(void)mapping_columns(r->mapping, &len);
	cells = arena_array(a, struct row_cell, len + 1);
	for (size_t i = 0; i < len; i++)
		cells[i] = (struct row_cell){.text = record.cells[r->index[i]].text,
			.len = record.cells[r->index[i]].len};
	out->source.cells = cells;
	return 1;
}
