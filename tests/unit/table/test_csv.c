/* SPDX-License-Identifier: Apache-2.0 */
#include <suite.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <table/csv.h>

#include <string.h>

/* Cells between [ ], an error as !, each record after its line. */
static void show(struct csv *c, struct strbuf *out)
{
	auto_arena a = {0};
	int rc;

	do {
		struct csv_record record;
		struct err err = {0};

		rc = csv_next(c, &a, &record, &err);
		if (rc < 0)
			strbuf_addf(out, "!%s\n", err.detail);
		if (rc <= 0)
			continue;
		strbuf_addf(out, "%zu", record.line);
		for (size_t i = 0; i < record.len; i++)
			strbuf_addf(out, "[%.*s]", (int)record.cells[i].len,
				record.cells[i].text);
		strbuf_addc(out, '\n');
	} while (rc != 0);
}

static const struct {
	const char *text;
	char separator;
	enum csv_encoding encoding;
	const char *shown;
} files[] = {
	{"a,b\n1,2\n", 0, 0, "1[a][b]\n2[1][2]\n"},
	{"\xef\xbb\xbf"
	 "a;b\r\n1,5;2\r\n",
		0, 0, "1[a][b]\n2[1,5][2]\n"},
	{"a\tb\r1\t2\r", 0, 0, "1[a][b]\n2[1][2]\n"},
	{"# Source: x\r\n# Licence: y\r\na,b\r\n1,\r\n", 0, 0, "3[a][b]\n4[1][]\n"},
	{"\n\na,b\n\n,\n\n\n3", 0, 0, "3[a][b]\n5[][]\n8[3]\n"},
	{"a,b\n\"x \"\"y\"\"\",\"1\n2\"\n3,4", 0, 0,
		"1[a][b]\n2[x \"y\"][1\n2]\n4[3][4]\n"},
	{"\"a;b\";c\n", 0, 0, "1[a;b][c]\n"},
	{"a,b;c,d\n", ';', 0, "1[a,b][c,d]\n"},
	{"a\n\"b\"c,d\ne\n", 0, 0,
		"1[a]\n!line 2: text follows the quote that closes a cell; write a quote "
		"inside of a cell twice\n3[e]\n"},
	{"a\n\"b\nc\n", 0, 0,
		"1[a]\n!line 2: a cell begins with a quote that is never closed; close "
		"it, or "
		"write the quote twice if it is text\n"},
	{"a\n\xe9t\xe9\nb", 0, 0,
		"1[a]\n!line 2: this is not UTF-8; if the file is from Excel, say "
		"\"encoding\": \"windows-1252\" in the mapping\n3[b]\n"},
	{"\xe9t\xe9,\x80,\x9c", 0, CSV_WINDOWS_1252, "1[été][€][œ]\n"},
	{"\xe9,\xa4,\xbd", 0, CSV_LATIN_9, "1[é][€][œ]\n"},
	/* a mark says UTF-8, whatever the mapping says */
	{"\xef\xbb\xbf\xc3\xa9", 0, CSV_WINDOWS_1252, "1[é]\n"},
	{"", 0, 0, ""},
	{"\n\r\n", 0, 0, ""},
};

START_TEST(reads_what_people_have)
{
	auto_strbuf out = {0};
	struct err err = {0};
	struct csv c;

	ck_assert_int_eq(csv_open(&c, files[_i].text, strlen(files[_i].text),
				 files[_i].separator, files[_i].encoding, 0, &err),
		0);
	show(&c, &out);
	ck_assert_str_eq(out.data != NULL ? out.data : "", files[_i].shown);
}
END_TEST

START_TEST(skips_titles)
{
	static const char text[] = "Relevés de novembre\nécrits à la main\n\na;b\n";
	auto_strbuf out = {0};
	struct err err = {0};
	struct csv c;

	ck_assert_int_eq(csv_open(&c, text, strlen(text), 0, 0, 2, &err), 0);
	show(&c, &out);
	ck_assert_str_eq(out.data, "4[a][b]\n");
}
END_TEST

START_TEST(counts_before_anything_is_written)
{
	static const char good[] = "a,b\n1,\"2\n3\"\n\n4,5",
			  bad[] = "a,b\n1,2\n\"3,4\n5,6\n";
	struct err err = {0};
	struct csv c;
	size_t n;

	ck_assert_int_eq(csv_open(&c, good, strlen(good), 0, 0, 0, &err), 0);
	ck_assert_int_eq(csv_count(c, &n, &err), 0);
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(csv_open(&c, bad, strlen(bad), 0, 0, 0, &err), 0);
	ck_assert_int_eq(csv_count(c, &n, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.detail, "line 3: a cell begins with a quote"));
}
END_TEST

START_TEST(refuses_utf16)
{
	struct err err = {0};
	struct csv c;

	ck_assert_int_eq(csv_open(&c,
				 "\xff\xfe"
				 "a\0",
				 4, 0, 0, 0, &err),
		-1);
	ck_assert_str_eq(err.detail, "the file is UTF-16; save it as \"CSV UTF-8\"");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("csv");

	tcase_add_loop_test(tc, reads_what_people_have, 0, ROWS(files));
	tcase_add_test(tc, skips_titles);
	tcase_add_test(tc, counts_before_anything_is_written);
	tcase_add_test(tc, refuses_utf16);
	return suite_run("table/csv", tc);
}
