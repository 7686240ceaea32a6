/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An XLSX workbook (ECMA-376): worksheets with typed cells, the first row in bold and fixed,
 * instants as dates; a second kind of worksheet says what the file is.  A worksheet has at
 * most 1,048,576 rows, so what is longer goes on in the next.  The parts that name all
 * worksheets come last in the archive, when they are known.
 */
#include "table_priv.h"
#include "zip.h"

#include <base/mem.h>
#include <table/zone.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX   1048576
#define SHEETS_MAX (ZIP_FILES - 8)
#define TEXT_MAX   32767 /* characters of a cell */
#define DIGITS_MAX 15 /* that a spreadsheet keeps */
#define PIECE      ((size_t)16 << 10)
#define EPOCH      25569 /* 1970-01-01 in days of a spreadsheet */
#define DAY_US     86400e6
#define MAIN       "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define OFFICE     "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE    "http://schemas.openxmlformats.org/package/2006/"
#define SHEET_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml."
#define HEAD       "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"

enum style {
	STYLE_PLAIN,
	STYLE_BOLD,
	STYLE_TIME,
};

struct xlsx {
	const struct table_config *config;
	struct zip zip;
	struct strbuf xml; /* of the worksheet, not compressed yet */
	unsigned sheets; /* begun so far */
	unsigned row, column; /* written last; from 1 */
};

struct xlsx *xlsx_new(const struct table_config *config)
{
	struct xlsx *x = mem_alloc(sizeof(*x));

	x->config = config;
	zip_init(&x->zip);
	return x;
}

void xlsx_free(struct xlsx *x)
{
	if (x == NULL)
		return;
	zip_fini(&x->zip);
	strbuf_fini(&x->xml);
	free(x);
}

/* Compresses what has gathered, where that is more than `from`. */
static void flush(struct xlsx *x, size_t from, struct strbuf *out)
{
	if (x->xml.len <= from)
		return;
	zip_write(&x->zip, x->xml.data, x->xml.len, out);
	strbuf_reset(&x->xml);
}

/* Text of an element or an attribute.  What XML 1.0 has no characters for is left out. */
static void add_xml(struct strbuf *sb, const char *s, size_t len)
{
	for (size_t i = 0, n = 0; i < len && n < TEXT_MAX; i++) {
		unsigned char c = (unsigned char)s[i];

		n += (c & 0xc0) != 0x80; /* a character begins */
		n += c >= 0xf0; /* one that UTF-16 has in two */
		if (c == '&')
			strbuf_adds(sb, "&amp;");
		else if (c == '<')
			strbuf_adds(sb, "&lt;");
		else if (c == '>')
			strbuf_adds(sb, "&gt;");
		else if (c == '"')
			strbuf_adds(sb, "&quot;");
		else if (c >= 0x20 || c == '\n' || c == '\t')
			strbuf_addc(sb, (char)c);
	}
}

/* A1, … Z1, AA1, … */
static void add_reference(struct xlsx *x)
{
	char letters[8];
	size_t n = sizeof(letters);

	for (unsigned c = x->column; c > 0; c = (c - 1) / 26)
		letters[--n] = (char)('A' + (c - 1) % 26);
	strbuf_add(&x->xml, letters + n, sizeof(letters) - n);
	strbuf_addf(&x->xml, "%u", x->row);
}

static void begin_cell(struct xlsx *x, const char *type, enum style style)
{
	strbuf_adds(&x->xml, "<c r=\"");
	add_reference(x);
	strbuf_addc(&x->xml, '"');
	if (style != STYLE_PLAIN)
		strbuf_addf(&x->xml, " s=\"%d\"", (int)style);
	if (type != NULL)
		strbuf_addf(&x->xml, " t=\"%s\"", type);
	strbuf_addc(&x->xml, '>');
}

static void put_text(struct xlsx *x, const char *s, size_t len, enum style style)
{
	x->column++;
	begin_cell(x, "inlineStr", style);
	strbuf_adds(&x->xml, "<is><t xml:space=\"preserve\">");
	add_xml(&x->xml, s, len);
	strbuf_adds(&x->xml, "</t></is></c>");
}

static void put_value(
	struct xlsx *x, const char *type, enum style style, const char *s, size_t len)
{
	x->column++;
	begin_cell(x, type, style);
	strbuf_adds(&x->xml, "<v>");
	strbuf_add(&x->xml, s, len);
	strbuf_adds(&x->xml, "</v></c>");
}

static void put_time(struct xlsx *x, int64_t local)
{
	char text[40];
	int len = snprintf(text, sizeof(text), "%.9f", EPOCH + (double)local / DAY_US);

	put_value(x, NULL, STYLE_TIME, text, (size_t)len);
}

/* A spreadsheet would make 12345678901234567 end with zeros. */
static bool is_long(const struct cell *c)
{
	size_t digits = 0;

	for (size_t i = 0; i < c->len; i++) {
		if (c->text[i] == '.' || (c->text[i] | 0x20) == 'e')
			return false;
		digits += c->text[i] >= '0' && c->text[i] <= '9';
	}
	return digits > DIGITS_MAX;
}

static void put_cell(struct xlsx *x, const struct cell *c)
{
	switch (c->kind) {
	case CELL_EMPTY:
		x->column++;
		break;
	case CELL_TEXT:
		put_text(x, c->text, c->len, STYLE_PLAIN);
		break;
	case CELL_NUMBER:
		if (is_long(c))
			put_text(x, c->text, c->len, STYLE_PLAIN);
		else
			put_value(x, NULL, STYLE_PLAIN, c->text, c->len);
		break;
	case CELL_BOOL:
		put_value(x, "b", STYLE_PLAIN, c->truth ? "1" : "0", 1);
		break;
	case CELL_TIME:
		put_time(x, c->at + zone_offset(x->config->zone, c->at));
		break;
	}
}

static void begin_row(struct xlsx *x)
{
	x->row++;
	x->column = 0;
	strbuf_addf(&x->xml, "<row r=\"%u\">", x->row);
}

static void end_row(struct xlsx *x)
{
	strbuf_adds(&x->xml, "</row>");
}

static void begin_sheet(struct xlsx *x, bool frozen, struct strbuf *out)
{
	char name[48];

	(void)snprintf(name, sizeof(name), "xl/worksheets/sheet%u.xml", ++x->sheets);
	zip_begin(&x->zip, name, out);
	x->row = 0;
	strbuf_adds(&x->xml, HEAD "<worksheet xmlns=\"" MAIN "\">");
	if (frozen)
		strbuf_adds(&x->xml,
			"<sheetViews><sheetView workbookViewId=\"0\">"
			"<pane ySplit=\"1\" topLeftCell=\"A2\" "
			"activePane=\"bottomLeft\" "
			"state=\"frozen\"/></sheetView></sheetViews>");
	strbuf_adds(&x->xml,
		"<sheetFormatPr defaultRowHeight=\"15\"/>"
		"<cols><col min=\"1\" max=\"200\" width=\"22\" "
		"customWidth=\"1\"/></cols><sheetData>");
}

static void end_sheet(struct xlsx *x, struct strbuf *out)
{
	strbuf_adds(&x->xml, "</sheetData></worksheet>");
	flush(x, 0, out);
	zip_end(&x->zip, out);
}

static void put_names(struct xlsx *x)
{
	const struct table_config *config = x->config;
	char name[256];
	int len;

	begin_row(x);
	for (size_t i = 0; i < config->columns_len; i++) {
		const struct column *column = &config->columns[i];

		if (!column->times) {
			put_text(x, column->name, strlen(column->name), STYLE_BOLD);
			continue;
		}
		len = snprintf(name, sizeof(name), "%.180s (%s)", column->name,
			zone_name(config->zone));
		put_text(x, name, (size_t)len, STYLE_BOLD);
		len = snprintf(name, sizeof(name), "%.180s (UTC)", column->name);
		put_text(x, name, (size_t)len, STYLE_BOLD);
	}
	end_row(x);
}

void xlsx_begin(struct xlsx *x, struct strbuf *out)
{
	begin_sheet(x, true, out);
	put_names(x);
}

void xlsx_row(struct xlsx *x, const struct cell *cells, struct strbuf *out)
{
	const struct table_config *config = x->config;

	if (x->row == ROWS_MAX) {
		if (x->sheets == SHEETS_MAX)
			return; /* 58 million rows: nobody can open it anyway */
		end_sheet(x, out);
		xlsx_begin(x, out);
	}
	begin_row(x);
	for (size_t i = 0; i < config->columns_len; i++) {
		put_cell(x, &cells[i]);
		if (!config->columns[i].times)
			continue;
		if (cells[i].kind == CELL_TIME)
			put_time(x, cells[i].at);
		else
			x->column++;
	}
	end_row(x);
	flush(x, PIECE, out);
}

static void put_notes(struct xlsx *x, struct strbuf *out)
{
	begin_sheet(x, false, out);
	for (size_t i = 0; i < x->config->notes_len; i++) {
		const struct table_note *note = &x->config->notes[i];

		begin_row(x);
		put_text(x, note->key, strlen(note->key), STYLE_BOLD);
		put_text(x, note->value, strlen(note->value), STYLE_PLAIN);
		end_row(x);
	}
	end_sheet(x, out);
}

static void put_part(struct xlsx *x, const char *name, struct strbuf *out)
{
	zip_begin(&x->zip, name, out);
	flush(x, 0, out);
	zip_end(&x->zip, out);
}

static void put_styles(struct xlsx *x, struct strbuf *out)
{
	strbuf_adds(&x->xml,
		HEAD "<styleSheet xmlns=\"" MAIN "\"><numFmts count=\"1\">"
		     "<numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm:ss\"/>"
		     "</numFmts><fonts count=\"2\"><font><sz val=\"11\"/>"
		     "<name val=\"Calibri\"/></font><font><b/><sz val=\"11\"/>"
		     "<name val=\"Calibri\"/></font></fonts><fills count=\"2\"><fill>"
		     "<patternFill patternType=\"none\"/></fill><fill>"
		     "<patternFill patternType=\"gray125\"/></fill></fills>"
		     "<borders count=\"1\"><border><left/><right/><top/><bottom/>"
		     "<diagonal/></border></borders><cellStyleXfs count=\"1\">"
		     "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>"
		     "</cellStyleXfs><cellXfs count=\"3\">"
		     "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" "
		     "xfId=\"0\"/><xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" "
		     "borderId=\"0\" xfId=\"0\" applyFont=\"1\"/>"
		     "<xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" "
		     "xfId=\"0\" applyNumberFormat=\"1\"/></cellXfs>"
		     "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" "
		     "builtinId=\"0\"/></cellStyles></styleSheet>");
	put_part(x, "xl/styles.xml", out);
}

/* The name of a worksheet; those that go on with the first have a number. */
static void add_sheet_name(struct xlsx *x, unsigned sheet)
{
	if (sheet == x->sheets && x->config->notes_len > 0) {
		strbuf_adds(&x->xml, "Info");
		return;
	}
	add_xml(&x->xml, x->config->sheet, strlen(x->config->sheet));
	if (sheet > 1)
		strbuf_addf(&x->xml, " %u", sheet);
}

static void put_workbook(struct xlsx *x, struct strbuf *out)
{
	strbuf_adds(&x->xml,
		HEAD "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" OFFICE "\"><sheets>");
	for (unsigned i = 1; i <= x->sheets; i++) {
		strbuf_adds(&x->xml, "<sheet name=\"");
		add_sheet_name(x, i);
		strbuf_addf(&x->xml, "\" sheetId=\"%u\" r:id=\"rId%u\"/>", i, i);
	}
	strbuf_adds(&x->xml, "</sheets></workbook>");
	put_part(x, "xl/workbook.xml", out);
	strbuf_adds(&x->xml, HEAD "<Relationships xmlns=\"" PACKAGE "relationships\">");
	for (unsigned i = 1; i <= x->sheets; i++)
		strbuf_addf(&x->xml,
			"<Relationship Id=\"rId%u\" Type=\"" OFFICE "/worksheet\" "
			"Target=\"worksheets/sheet%u.xml\"/>",
			i, i);
	strbuf_addf(&x->xml,
		"<Relationship Id=\"rId%u\" Type=\"" OFFICE "/styles\" "
		"Target=\"styles.xml\"/></Relationships>",
		x->sheets + 1);
	put_part(x, "xl/_rels/workbook.xml.rels", out);
}

static void put_package(struct xlsx *x, struct strbuf *out)
{
	strbuf_adds(&x->xml,
		HEAD "<Relationships xmlns=\"" PACKAGE "relationships\">"
		     "<Relationship Id=\"rId1\" Type=\"" OFFICE "/officeDocument\" "
		     "Target=\"xl/workbook.xml\"/></Relationships>");
	put_part(x, "_rels/.rels", out);
	strbuf_adds(&x->xml,
		HEAD "<Types xmlns=\"" PACKAGE "content-types\">"
		     "<Default Extension=\"rels\" ContentType=\"application/"
		     "vnd.openxmlformats-package.relationships+xml\"/>"
		     "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
		     "<Override PartName=\"/xl/workbook.xml\" ContentType=\"" SHEET_TYPE
		     "sheet.main+xml\"/><Override PartName=\"/xl/styles.xml\" "
		     "ContentType=\"" SHEET_TYPE "styles+xml\"/>");
	for (unsigned i = 1; i <= x->sheets; i++)
		strbuf_addf(&x->xml,
			"<Override PartName=\"/xl/worksheets/sheet%u.xml\" "
			"ContentType=\"" SHEET_TYPE "worksheet+xml\"/>",
			i);
	strbuf_adds(&x->xml, "</Types>");
	put_part(x, "[Content_Types].xml", out);
}

void xlsx_end(struct xlsx *x, struct strbuf *out)
{
	end_sheet(x, out);
	if (x->config->notes_len > 0)
		put_notes(x, out);
	put_styles(x, out);
	put_workbook(x, out);
	put_package(x, out);
	zip_close(&x->zip, out);
}
