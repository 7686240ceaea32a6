/* SPDX-License-Identifier: Apache-2.0 */
/* The language filter, 4.15. */
#include <core/render.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>

#include <check.h>
#include <string.h>
#include <suite.h>

static const struct {
	const char *text, *ranges;
} good[] = {
	{"en", "en"},
	{"fr-CH,fr", "fr-CH fr"},
	{"*", "*"},
	{"fr-CH,fr;q=0.9,en;q=0.8,*;q=0.5", "fr-CH fr en *"},
	{"en;q=0.1,fr;q=0.75,de;q=0.751", "de fr en"},
	{" en ; q=0.5 , fr ", "fr en"},
	{"en;q=1.000,fr;Q=1.", "en fr"},
	{"en,fr;q=0,de;q=0.0", "en"},
	{"fr;q=0", ""},
	{"zh-Hant-TW,x-klingon", "zh-Hant-TW x-klingon"},
	{"de-1996", "de-1996"},
};

START_TEST(orders_by_weight)
{
	auto_arena a = {.cap = 1 << 20};
	auto_strbuf sb = {0};
	struct lang *lang = NULL;
	struct err err = {0};

	ck_assert_msg(lang_parse(good[_i].text, &a, &lang, &err) == 0, "%s", err.detail);
	strbuf_adds(&sb, "");
	for (size_t i = 0; i < lang->len; i++)
		strbuf_addf(&sb, "%s%s", i > 0 ? " " : "", lang->ranges[i]);
	ck_assert_str_eq(sb.data, good[_i].ranges);
}
END_TEST

static const struct {
	const char *text, *says;
} bad[] = {
	{"", "lang: expected a language tag or '*' at offset 0"},
	{"en,", "lang: expected a language tag or '*' at offset 3"},
	{"en,,fr", "lang: expected a language tag or '*' at offset 3"},
	{"e n", "lang: expected ',' or ';' at offset 2"},
	{"en_GB", "lang: expected ',' or ';' at offset 2"},
	{"1", "lang: expected a language tag or '*' at offset 0"},
	{"en-", "lang: expected a language tag or '*' at offset 0"},
	{"en--GB", "lang: expected a language tag or '*' at offset 0"},
	{"abcdefghi", "lang: expected a language tag or '*' at offset 0"},
	{"en-abcdefghi", "lang: expected a language tag or '*' at offset 0"},
	{"**", "lang: expected ',' or ';' at offset 1"},
	{"en;w=1", "lang: expected q= at offset 3"},
	{"en;q=", "lang: expected a weight from 0 to 1 at offset 5"},
	{"en;q=2", "lang: expected a weight from 0 to 1 at offset 5"},
	{"en;q=1.1",
		"lang: expected a weight from 0 to 1, of at most 3 decimals at offset 8"},
	{"en;q=0.1234",
		"lang: expected a weight from 0 to 1, of at most 3 decimals at offset "
		"10"},
	{"en;q=0.5x", "lang: expected ',' or ';' at offset 8"},
};

START_TEST(says_where_it_stopped)
{
	auto_arena a = {.cap = 1 << 20};
	struct lang *lang = NULL;
	struct err err = {0};

	ck_assert_int_eq(lang_parse(bad[_i].text, &a, &lang, &err), -1);
	ck_assert_str_eq(err.detail, bad[_i].says);
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
	ck_assert_ptr_null(lang);
}
END_TEST

START_TEST(is_bounded)
{
	auto_arena a = {.cap = 1 << 20};
	struct lang *lang = NULL;
	struct err err = {0};
	char text[3 * 65];

	for (size_t i = 0; i < 65; i++)
		memcpy(text + 3 * i, "en,", 3);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(lang_parse(text, &a, &lang, &err), -1);
	ck_assert_str_eq(err.detail, "lang: more than 64 languages at offset 192");
}
END_TEST

static const struct {
	const char *lang, *map, *tag;
} choices[] = {
	{"fr", "{\"en\":1,\"fr\":1}", "fr"},
	{"FR", "{\"en\":1,\"fr\":1}", "fr"},
	{"fr-CH,fr", "{\"fr\":1,\"fr-CH\":1}", "fr-CH"},
	{"fr-CH,fr;q=0.9,en;q=0.8,*;q=0.5", "{\"de\":1,\"en\":1}", "en"},
	{"en;q=0.8,fr", "{\"en\":1,\"fr\":1}", "fr"},
	/* a range takes longer tags, then loses its own end */
	{"en", "{\"de\":1,\"en-GB\":1}", "en-GB"},
	{"en", "{\"en-GB\":1,\"en\":1}", "en"},
	{"en", "{\"en-GB\":1,\"en-US\":1}", "en-GB"},
	{"en", "{\"eng\":1,\"fr\":1}", "eng"}, /* not by its letters: the first */
	{"nl-BE,en;q=0.8", "{\"en\":1,\"nl\":1}", "nl"},
	{"zh-Hant-TW", "{\"zh\":1,\"zh-Hant\":1}", "zh-Hant"},
	/* no match: @none, else any */
	{"pt", "{\"en\":1,\"@none\":1}", "@none"},
	{"pt", "{\"en\":1,\"fr\":1}", "en"},
	{"*", "{\"en\":1,\"@none\":1}", "@none"},
	{"*", "{\"en\":1,\"fr\":1}", "en"},
	{"pt,*;q=0.5,fr;q=0.1", "{\"en\":1,\"fr\":1}", "en"},
	{"pt;q=0", "{\"pt\":1}", "pt"},
};

START_TEST(chooses)
{
	auto_arena a = {.cap = 1 << 20};
	struct jn *map = jn_parse_trusted(choices[_i].map, strlen(choices[_i].map), &a);
	const struct jn *tag;
	struct lang *lang = NULL;
	struct err err = {0};

	ck_assert_int_eq(lang_parse(choices[_i].lang, &a, &lang, &err), 0);
	tag = lang_choose(lang, map);
	ck_assert_ptr_nonnull(tag);
	ck_assert_msg(jn_key_is(tag, choices[_i].tag), "%s: %.*s", choices[_i].lang,
		(int)tag->key_len, tag->key);
	ck_assert_ptr_null(lang_choose(lang, jn_object(&a)));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("lang");

	tcase_add_loop_test(tc, orders_by_weight, 0, ROWS(good));
	tcase_add_loop_test(tc, says_where_it_stopped, 0, ROWS(bad));
	tcase_add_test(tc, is_bounded);
	tcase_add_loop_test(tc, chooses, 0, ROWS(choices));
	return suite_run("lang", tc);
}
