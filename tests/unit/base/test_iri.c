/* SPDX-License-Identifier: Apache-2.0 */
#include <base/iri.h>

#include <base/arena.h>

#include <suite.h>

static const struct {
	const char *text;
	bool is;
} iris[] = {
	{"urn:ngsi-ld:WasteContainer:1", true},
	{"http://example.org/a?b=c#d", true},
	{"https://example.org/%20", true},
	{"a:b", true},
	{"a+b-c.9:x", true},
	{"urn:x:\xc3\xa9t\xc3\xa9", true},
	{"", false},
	{":", false},
	{"a:", false},
	{"abc", false},
	{"/a:b", false},
	{"1a:b", false},
	{"+a:b", false},
	{"a_b:c", false},
	{"\xc3\xa9:b", false},
	{"urn:a b", false},
	{"urn:a\tb", false},
	{"urn:a\x7f", false},
	{"urn:a<b", false},
	{"urn:a>b", false},
	{"urn:a\"b", false},
	{"urn:a{b", false},
	{"urn:a}b", false},
	{"urn:a|b", false},
	{"urn:a\\b", false},
	{"urn:a^b", false},
	{"urn:a`b", false},
	{"urn:a\xff", false},
};

START_TEST(knows_absolute_iris)
{
	ck_assert_int_eq(
		iri_is_absolute(iris[_i].text, strlen(iris[_i].text)), iris[_i].is);
}
END_TEST

START_TEST(keeps_to_the_length)
{
	ck_assert(!iri_is_absolute("urn:x", 4));
	ck_assert(!iri_is_absolute("urn:x", 3));
	ck_assert(iri_is_absolute("urn:x y", 5));
	ck_assert(!iri_is_absolute("urn:x\0y", 7));
}
END_TEST

static const struct {
	const char *text;
	bool plus;
	const char *decoded; /* NULL: refused */
} encoded[] = {
	{"", false, ""},
	{"abc", false, "abc"},
	{"a%2Fb%2fc", false, "a/b/c"},
	{"%41%4a%4A", false, "AJJ"},
	{"a+b", false, "a+b"},
	{"a+b", true, "a b"},
	{"a%2Bb", true, "a+b"},
	{"%25", false, "%"},
	{"%C3%A9", false, "\xc3\xa9"},
	{"\xc3\xa9", false, "\xc3\xa9"},
	{"%", false, NULL},
	{"%4", false, NULL},
	{"%4g", false, NULL},
	{"%g4", false, NULL},
	{"%%41", false, NULL},
	{"%00", false, NULL},
	{"a%00b", false, NULL},
	{"%C3", false, NULL},
	{"%FF", false, NULL},
	{"%ED%A0%80", false, NULL},
};

START_TEST(decodes)
{
	auto_arena a = {0};
	char *text = iri_decode(
		&a, encoded[_i].text, strlen(encoded[_i].text), encoded[_i].plus);

	if (encoded[_i].decoded == NULL)
		ck_assert_ptr_null(text);
	else
		ck_assert_pstr_eq(text, encoded[_i].decoded);
}
END_TEST

START_TEST(refuses_a_raw_nul)
{
	auto_arena a = {0};

	ck_assert_ptr_null(iri_decode(&a, "a\0b", 3, false));
}
END_TEST

START_TEST(encodes)
{
	auto_arena a = {0};
	char all[256], *text;

	ck_assert_str_eq(iri_encode(&a, "", ""), "");
	ck_assert_str_eq(iri_encode(&a, "aZ09-._~", ""), "aZ09-._~");
	ck_assert_str_eq(iri_encode(&a, "a b/c:\xc3\xa9%", ""), "a%20b%2Fc%3A%C3%A9%25");
	ck_assert_str_eq(iri_encode(&a, "a b/c:d", "/:"), "a%20b/c:d");
	for (int i = 1; i < 128; i++)
		all[i - 1] = (char)i;
	all[127] = '\0';
	text = iri_encode(&a, all, "");
	ck_assert_str_eq(iri_decode(&a, text, strlen(text), true), all);
}
END_TEST

static const struct {
	const char *text;
	unsigned code; /* of the only character; 0: not UTF-8 */
} characters[] = {
	{"a", 'a'},
	{"\x7f", 0x7f},
	{"\xc2\x80", 0x80},
	{"\xdf\xbf", 0x7ff},
	{"\xe0\xa0\x80", 0x800},
	{"\xed\x9f\xbf", 0xd7ff},
	{"\xee\x80\x80", 0xe000},
	{"\xef\xbf\xbf", 0xffff},
	{"\xf0\x90\x80\x80", 0x10000},
	{"\xf4\x8f\xbf\xbf", 0x10ffff},
	{"\x80", 0},
	{"\xbf", 0},
	{"\xc0\x80", 0},
	{"\xc1\xbf", 0},
	{"\xc2", 0},
	{"\xc2"
	 "a",
		0},
	{"\xe0\x9f\xbf", 0},
	{"\xe0\xa0", 0},
	{"\xe1\x80"
	 "a",
		0},
	{"\xed\xa0\x80", 0},
	{"\xed\xbf\xbf", 0},
	{"\xf0\x8f\xbf\xbf", 0},
	{"\xf0\x90\x80", 0},
	{"\xf1\x80\x80"
	 "a",
		0},
	{"\xf4\x90\x80\x80", 0},
	{"\xf5\x80\x80\x80", 0},
	{"\xff", 0},
};

/* At every distance from the words that the check takes at once. */
START_TEST(checks_utf8)
{
	size_t len = strlen(characters[_i].text);
	char text[40];

	for (size_t at = 0; at < 20; at++) {
		memset(text, 'x', sizeof(text));
		memcpy(text + at, characters[_i].text, len);
		ck_assert_int_eq(utf8_valid(text, at + len), characters[_i].code != 0);
		ck_assert_int_eq(
			utf8_valid(text, sizeof(text)), characters[_i].code != 0);
	}
}
END_TEST

START_TEST(reads_characters)
{
	size_t len = strlen(characters[_i].text);
	unsigned code = 0;

	if (characters[_i].code == 0)
		return;
	ck_assert_uint_eq(utf8_next(characters[_i].text, len, &code), len);
	ck_assert_uint_eq(code, characters[_i].code);
	ck_assert_uint_eq(utf8_next(characters[_i].text, 0, &code), 0);
}
END_TEST

START_TEST(knows_hosts_with_ports)
{
	static const char *const good[] = {"", "localhost", "h:1026", "[::1]:80",
		"192.168.0.1", "a-b_c.example.org", "%C3%A9.org", "h:"};
	static const char *const bad[] = {"a\"b", "a b", "<h>", "h/", "h?", "h#", "u@h",
		"h\\", "a\tb", "\xc3\xa9.org", "h\x7f"};

	for (size_t i = 0; i < ROWS(good); i++)
		ck_assert_msg(iri_is_authority(good[i], strlen(good[i])), "%s", good[i]);
	for (size_t i = 0; i < ROWS(bad); i++)
		ck_assert_msg(!iri_is_authority(bad[i], strlen(bad[i])), "%s", bad[i]);
	ck_assert(!iri_is_authority("a\0b", 3));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("iri");

	tcase_add_loop_test(tc, knows_absolute_iris, 0, ROWS(iris));
	tcase_add_test(tc, keeps_to_the_length);
	tcase_add_loop_test(tc, decodes, 0, ROWS(encoded));
	tcase_add_test(tc, refuses_a_raw_nul);
	tcase_add_test(tc, encodes);
	tcase_add_test(tc, knows_hosts_with_ports);
	tcase_add_loop_test(tc, checks_utf8, 0, ROWS(characters));
	tcase_add_loop_test(tc, reads_characters, 0, ROWS(characters));
	return suite_run("base/iri", tc);
}
