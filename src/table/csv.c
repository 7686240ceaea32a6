/* SPDX-License-Identifier: Apache-2.0 */
/* Cells without anything to undo are spans of the text; only others are copied. */
#include <table/csv.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/iri.h>

#include <stdint.h>
#include <string.h>
#include <strings.h>

bool csv_encoding_named(const char *name, enum csv_encoding *out)
{
	static const struct {
		const char *name;
		enum csv_encoding encoding;
	} known[] = {
		{"utf-8", CSV_UTF8},
		{"utf8", CSV_UTF8},
		{"windows-1252", CSV_WINDOWS_1252},
		{"cp1252", CSV_WINDOWS_1252},
		{"iso-8859-1", CSV_WINDOWS_1252},
		{"latin1", CSV_WINDOWS_1252},
		{"iso-8859-15", CSV_LATIN_9},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcasecmp(known[i].name, name) == 0) {
			*out = known[i].encoding;
			return true;
		}
	}
	return false;
}

/* ---- encodings */

/* 0x80 to 0x9f of Windows-1252; what it leaves free stays the control that it is. */
static const uint16_t windows[32] = {
	0x20ac,
	0x81,
	0x201a,
	0x0192,
	0x201e,
	0x2026,
	0x2020,
	0x2021,
	0x02c6,
	0x2030,
	0x0160,
	0x2039,
	0x0152,
	0x8d,
	0x017d,
	0x8f,
	0x90,
	0x2018,
	0x2019,
	0x201c,
	0x201d,
	0x2022,
	0x2013,
	0x2014,
	0x02dc,
	0x2122,
	0x0161,
	0x203a,
	0x0153,
	0x9d,
	0x017e,
	0x0178,
};

static unsigned code_of(unsigned char c, enum csv_encoding encoding)
{
	static const struct {
		unsigned char byte;
		uint16_t code;
	} latin9[] = {{0xa4, 0x20ac}, {0xa6, 0x0160}, {0xa8, 0x0161}, {0xb4, 0x017d},
		{0xb8, 0x017e}, {0xbc, 0x0152}, {0xbd, 0x0153}, {0xbe, 0x0178}};

	if (encoding == CSV_WINDOWS_1252 && c >= 0x80 && c < 0xa0)
		return windows[c - 0x80];
	for (size_t i = 0; encoding == CSV_LATIN_9 && i < 8; i++)
		if (latin9[i].byte == c)
			return latin9[i].code;
	return c;
}

static struct csv_cell recode(
	struct csv_cell cell, enum csv_encoding encoding, struct arena *a)
{
	char *out = arena_raw(a, cell.len * 3 + 1), *p = out;

	for (size_t i = 0; i < cell.len; i++) {
		unsigned code = code_of((unsigned char)cell.text[i], encoding);

		if (code < 0x80) {
			*p++ = (char)code;
		} else if (code < 0x800) {
			*p++ = (char)(0xc0 | code >> 6);
			*p++ = (char)(0x80 | (code & 0x3f));
		} else {
			*p++ = (char)(0xe0 | code >> 12);
			*p++ = (char)(0x80 | (code >> 6 & 0x3f));
			*p++ = (char)(0x80 | (code & 0x3f));
		}
	}
	*p = '\0';
	return (struct csv_cell){out, (size_t)(p - out)};
}

/* ---- lines */

static bool is_end(char c)
{
	return c == '\n' || c == '\r';
}

/* After a line's end, if there is one here. */
static void skip_end(struct csv *c)
{
	if (c->at < c->end && *c->at == '\r')
		c->at += c->at + 1 < c->end && c->at[1] == '\n' ? 2 : 1;
	else if (c->at < c->end && *c->at == '\n')
		c->at++;
	else
		return;
	c->line++;
}

static void skip_line(struct csv *c)
{
	while (c->at < c->end && !is_end(*c->at))
		c->at++;
	skip_end(c);
}

static void skip_empty(struct csv *c)
{
	while (c->at < c->end && is_end(*c->at))
		skip_end(c);
}

static char guess_separator(const struct csv *c)
{
	static const char known[] = {';', ',', '\t', '|'};
	size_t count[sizeof(known)] = {0}, best = 0;
	bool quoted = false;

	for (const char *p = c->at; p < c->end && (quoted || !is_end(*p)); p++) {
		if (*p == '"')
			quoted = !quoted;
		for (size_t i = 0; i < sizeof(known) && !quoted; i++)
			count[i] += *p == known[i];
	}
	for (size_t i = 0; i < sizeof(known); i++)
		if (count[i] > count[best])
			best = i;
	return count[best] > 0 ? known[best] : ',';
}

int csv_open(struct csv *c, const char *text, size_t len, char separator,
	enum csv_encoding encoding, unsigned skip, struct err *err)
{
	*c = (struct csv){.at = text, .end = text + len, .line = 1, .encoding = encoding};
	if (len >= 2 &&
		(memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"the file is UTF-16; save it as \"CSV UTF-8\"");
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		c->at += 3;
		c->encoding = CSV_UTF8;
	}
	for (; skip > 0; skip--)
		skip_line(c);
	skip_empty(c);
	while (c->end - c->at >= 2 && c->at[0] == '#' && c->at[1] == ' ') {
		skip_line(c);
		skip_empty(c);
	}
	c->separator = separator != 0 ? separator : guess_separator(c);
	return 0;
}

/* ---- cells */

/* The cell in quotes that begins at c->at; -1: it is never closed. */
static int quoted_cell(
	struct csv *c, struct arena *a, struct csv_cell *out, struct err *err)
{
	const char *start = c->at + 1, *p = start;
	size_t doubled = 0, line = c->line;
	char *copy, *to;

	for (;; p++) {
		if (p >= c->end) {
			c->at = c->end;
			c->unclosed = true;
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"line %zu: a cell begins with a quote that is never "
				"closed; "
				"close it, or write the quote twice if it is text",
				line);
		}
		if (*p == '\n' || (*p == '\r' && (p + 1 == c->end || p[1] != '\n')))
			c->line++;
		if (*p != '"')
			continue;
		if (p + 1 >= c->end || p[1] != '"')
			break;
		doubled++;
		p++;
	}
	c->at = p + 1;
	*out = (struct csv_cell){start, (size_t)(p - start)};
	if (doubled == 0 || a == NULL)
		return 0;
	copy = to = arena_raw(a, out->len);
	for (const char *from = start; from < p; from++) {
		*to++ = *from;
		from += *from == '"';
	}
	*out = (struct csv_cell){copy, (size_t)(to - copy)};
	return 0;
}

static void plain_cell(struct csv *c, struct csv_cell *out)
{
	const char *start = c->at;

	while (c->at < c->end && *c->at != c->separator && !is_end(*c->at))
		c->at++;
	*out = (struct csv_cell){start, (size_t)(c->at - start)};
}

/* 1: another one follows, 0: it was the record's last. */
static int next_cell(
	struct csv *c, struct arena *a, struct csv_cell *out, struct err *err)
{
	if (c->at < c->end && *c->at == '"') {
		size_t line = c->line;

		if (quoted_cell(c, a, out, err) < 0)
			return -1;
		if (c->at < c->end && *c->at != c->separator && !is_end(*c->at)) {
			skip_line(c);
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"line %zu: text follows the quote that closes a cell; "
				"write a quote inside of a cell twice",
				line);
		}
	} else {
		plain_cell(c, out);
	}
	if (c->at < c->end && *c->at == c->separator) {
		c->at++;
		return 1;
	}
	skip_end(c);
	return 0;
}

static int settle_cell(const struct csv *c, size_t line, struct arena *a,
	struct csv_cell *cell, struct err *err)
{
	bool ascii = true;

	for (size_t i = 0; i < cell->len; i++) {
		if (cell->text[i] == '\0')
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"line %zu: a byte 0, which no text has", line);
		ascii &= (unsigned char)cell->text[i] < 0x80;
	}
	if (ascii)
		return 0;
	if (c->encoding != CSV_UTF8)
		*cell = recode(*cell, c->encoding, a);
	else if (!utf8_valid(cell->text, cell->len))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"line %zu: this is not UTF-8; if the file is from Excel, say "
			"\"encoding\": \"windows-1252\" in the mapping",
			line);
	return 0;
}

/* The record's cells, to the end of its line whatever is wrong with them. */
static int read_cells(struct csv *c, struct arena *a, struct csv_cell cells[CSV_COLUMNS],
	size_t *len, struct err *err)
{
	struct csv_cell extra;
	int more = 1;

	for (*len = 0; more == 1; ++*len) {
		more = next_cell(c, a, *len < CSV_COLUMNS ? &cells[*len] : &extra, err);
		if (more < 0)
			return -1;
	}
	if (*len > CSV_COLUMNS)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"more than %d cells in a line; is the separator really '%c'?",
			CSV_COLUMNS, c->separator);
	return 0;
}

int csv_next(struct csv *c, struct arena *a, struct csv_record *out, struct err *err)
{
	struct csv_cell cells[CSV_COLUMNS];
	size_t len, line;

	skip_empty(c);
	if (c->at >= c->end)
		return 0;
	*out = (struct csv_record){.line = line = c->line};
	if (read_cells(c, a, cells, &len, err) < 0)
		return -1;
	for (size_t i = 0; i < len; i++)
		if (settle_cell(c, line, a, &cells[i], err) < 0)
			return -1;
	out->len = len;
	out->cells = arena_raw(a, len * sizeof(*cells));
	memcpy(out->cells, cells, len * sizeof(*cells));
	return 1;
}

int csv_count(struct csv c, size_t *records, struct err *err)
{
	struct csv_cell cell;
	int rc;

	*records = 0;
	for (skip_empty(&c); c.at < c.end; skip_empty(&c)) {
		++*records;
		do {
			rc = next_cell(&c, NULL, &cell, err);
		} while (rc == 1);
		if (c.unclosed)
			return -1;
		err_clear(err);
	}
	return 0;
}
