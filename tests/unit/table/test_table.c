/* SPDX-License-Identifier: Apache-2.0 */
/* CSV to the byte; of XLSX the parts, by reading the archive back. */
#include <suite.h>

#include <base/err.h>
#include <base/strbuf.h>
#include <table/table.h>
#include <table/zone.h>

#include <string.h>
#include <zlib.h>

#define TEXT(s)                                                                          \
	{                                                                                \
		.kind = CELL_TEXT, .text = (s), .len = sizeof(s) - 1                     \
	}
#define NUMBER(s)                                                                        \
	{                                                                                \
		.kind = CELL_NUMBER, .text = (s), .len = sizeof(s) - 1                   \
	}
#define NOON INT64_C(1782302400000000) /* 2026-06-24T12:00:00Z */

static const struct column columns[] = {
	{"name", false}, {"seen", true}, {"value", false}};
static const struct table_note notes[] = {{"Licence", "etalab\r\n2.0"}};

static void write_all(struct strbuf *sb, enum table_format format, size_t notes_len,
	const struct cell (*rows)[3], size_t n)
{
	struct err err = {0};
	struct zone *zone = zone_open("Europe/Paris", &err);
	struct table_config config = {.format = format,
		.zone = zone,
		.sheet = "Data",
		.columns = columns,
		.columns_len = 3,
		.notes = notes,
		.notes_len = notes_len};
	struct table *t = table_new(&config);

	table_begin(t, sb);
	for (size_t i = 0; i < n; i++)
		table_row(t, rows[i], sb);
	table_end(t, sb);
	table_free(t);
	zone_close(zone);
}

static const struct cell hard[][3] = {
	{TEXT("a,b;c"), {.kind = CELL_TIME, .at = NOON}, NUMBER("-1.5e3")},
	{TEXT("say \"hi\"\nthere"), {0}, {.kind = CELL_BOOL, .truth = true}},
	{TEXT("=1+2"), {.kind = CELL_TIME, .at = NOON + 500000, .text = "then", .len = 4},
		TEXT(" blank ")},
	{TEXT("-"), {0}, {.kind = CELL_TIME, .at = NOON}},
};

START_TEST(csv_for_machines)
{
	auto_strbuf sb = {0};

	write_all(&sb, TABLE_CSV, 1, hard, 4);
	ck_assert_str_eq(sb.data,
		"# Licence: etalab  2.0\r\n"
		"name,seen,value\r\n"
		"\"a,b;c\",2026-06-24T12:00:00Z,-1.5e3\r\n"
		"\"say \"\"hi\"\"\nthere\",,true\r\n"
		"=1+2,then,\" blank \"\r\n"
		"-,,2026-06-24T12:00:00Z\r\n");
}
END_TEST

START_TEST(csv_for_a_french_excel)
{
	auto_strbuf sb = {0};

	write_all(&sb, TABLE_CSV_FR, 0, hard, 4);
	ck_assert_str_eq(sb.data,
		"\xef\xbb\xbf"
		"name;seen (Europe/Paris);seen (UTC);value\r\n"
		"\"a,b;c\";24/06/2026 14:00:00;2026-06-24T12:00:00Z;-1,5e3\r\n"
		"\"say \"\"hi\"\"\nthere\";;;VRAI\r\n"
		"\"'=1+2\";24/06/2026 14:00:00;2026-06-24T12:00:00.500Z;\" blank \"\r\n"
		"\"'-\";;;24/06/2026 14:00:00\r\n");
}
END_TEST

static uint32_t u32(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* The part of that name, unpacked and checked; found through the directory at the end. */
static char *part(const struct strbuf *zip, const char *name)
{
	const char *end = zip->data + zip->len - 22;
	const char *entry = zip->data + u32(end + 16);
	unsigned n = u32(end + 8) >> 16;

	ck_assert_int_eq(memcmp(end, "PK\5\6", 4), 0);
	for (unsigned i = 0; i < n; i++) {
		size_t len = u32(entry + 28) & 0xffff;

		ck_assert_int_eq(memcmp(entry, "PK\1\2", 4), 0);
		if (strlen(name) == len && memcmp(entry + 46, name, len) == 0) {
			const char *local = zip->data + u32(entry + 42);
			size_t plain = u32(entry + 24);
			char *out = calloc(1, plain + 1);
			z_stream z = {0};

			ck_assert_int_eq(memcmp(local, "PK\3\4", 4), 0);
			ck_assert_int_eq(inflateInit2(&z, -15), Z_OK);
			z.next_in = (Bytef *)local + 30 + len;
			z.avail_in = u32(entry + 20);
			z.next_out = (Bytef *)out;
			z.avail_out = (uInt)plain;
			ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
			inflateEnd(&z);
			ck_assert_uint_eq(
				crc32(0, (Bytef *)out, (uInt)plain), u32(entry + 16));
			return out;
		}
		entry += 46 + len;
	}
	return NULL;
}

static void check_has(const struct strbuf *zip, const char *name, const char *text)
{
	char *xml = part(zip, name);

	ck_assert_msg(xml != NULL, "no %s", name);
	ck_assert_msg(strstr(xml, text) != NULL, "%s: no %s in %s", name, text, xml);
	free(xml);
}

static const struct cell odd[][3] = {
	{TEXT("<a&\"b\">\x01"), {.kind = CELL_TIME, .at = NOON}, NUMBER("-1.5e3")},
	{TEXT("=1+2"), {0}, {.kind = CELL_BOOL, .truth = true}},
	{{0}, {0}, NUMBER("12345678901234567")},
};

START_TEST(xlsx_has_typed_cells)
{
	static const char *const sheet = "xl/worksheets/sheet1.xml";
	auto_strbuf sb = {0};

	write_all(&sb, TABLE_XLSX, 1, odd, 3);
	check_has(&sb, sheet,
		"<row r=\"1\"><c r=\"A1\" s=\"1\" t=\"inlineStr\"><is><t "
		"xml:space=\"preserve\">name</t></is></c>");
	check_has(&sb, sheet, "seen (Europe/Paris)</t>");
	check_has(&sb, sheet, "seen (UTC)</t>");
	check_has(&sb, sheet,
		"<c r=\"A2\" t=\"inlineStr\"><is><t "
		"xml:space=\"preserve\">&lt;a&amp;&quot;b&quot;&gt;</t></is></c>"
		"<c r=\"B2\" s=\"2\"><v>46197.583333333</v></c>"
		"<c r=\"C2\" s=\"2\"><v>46197.500000000</v></c>"
		"<c r=\"D2\"><v>-1.5e3</v></c></row>");
	check_has(&sb, sheet,
		"preserve\">=1+2</t></is></c><c r=\"D3\" t=\"b\"><v>1</v></c>");
	check_has(&sb, sheet, "<row r=\"4\"><c r=\"D4\" t=\"inlineStr\">");
	check_has(&sb, "xl/worksheets/sheet2.xml", "Licence</t>");
	check_has(&sb, "xl/workbook.xml",
		"<sheet name=\"Data\" sheetId=\"1\" r:id=\"rId1\"/>"
		"<sheet name=\"Info\" sheetId=\"2\" r:id=\"rId2\"/>");
	check_has(&sb, "xl/_rels/workbook.xml.rels", "Target=\"styles.xml\"");
	check_has(&sb, "[Content_Types].xml", "PartName=\"/xl/worksheets/sheet2.xml\"");
	check_has(&sb, "_rels/.rels", "Target=\"xl/workbook.xml\"");
	check_has(&sb, "xl/styles.xml", "numFmtId=\"164\"");
}
END_TEST

/* A worksheet is full at 2^20 rows. */
START_TEST(xlsx_goes_on_with_another_sheet)
{
	static const struct cell row[3] = {NUMBER("1")};
	struct err err = {0};
	struct zone *zone = zone_open("UTC", &err);
	struct table_config config = {.format = TABLE_XLSX,
		.zone = zone,
		.sheet = "Data",
		.columns = columns,
		.columns_len = 1};
	struct table *t = table_new(&config);
	auto_strbuf sb = {0};

	table_begin(t, &sb);
	for (int i = 0; i < (1 << 20); i++)
		table_row(t, row, &sb);
	table_end(t, &sb);
	check_has(&sb, "xl/worksheets/sheet1.xml", "<c r=\"A1048576\"><v>1</v></c>");
	check_has(&sb, "xl/worksheets/sheet2.xml",
		"<c r=\"A2\"><v>1</v></c></row></sheetData>");
	check_has(&sb, "xl/workbook.xml", "name=\"Data 2\"");
	table_free(t);
	zone_close(zone);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("table");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, csv_for_machines);
	tcase_add_test(tc, csv_for_a_french_excel);
	tcase_add_test(tc, xlsx_has_typed_cells);
	tcase_add_test(tc, xlsx_goes_on_with_another_sheet);
	return suite_run("table", tc);
}
