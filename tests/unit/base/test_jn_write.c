/* SPDX-License-Identifier: Apache-2.0 */
#include <base/jn.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>

#include <suite.h>

START_TEST(appends)
{
	auto_arena a = {0};
	auto_strbuf sb = {0};

	strbuf_adds(&sb, "[");
	jn_write(&sb, jn_parse_trusted("{ \"a\" : 1 }", 11, &a));
	strbuf_addc(&sb, ',');
	jn_write_string(&sb, "b", 1);
	strbuf_addc(&sb, ']');
	ck_assert_str_eq(sb.data, "[{\"a\":1},\"b\"]");
	ck_assert_uint_eq(sb.len, strlen(sb.data));
}
END_TEST

/* Escapes of the source stay; a solidus and what is not ASCII need none. */
START_TEST(copies_spans)
{
	static const char text[] =
		"[\"\\u0041\\/\\ud83c\\udf0a\",1.50E+02,\"/\xc3\xa9\x7f\"]";
	auto_arena a = {0};

	ck_assert_str_eq(jn_text(jn_parse_trusted(text, strlen(text), &a), &a), text);
}
END_TEST

START_TEST(escapes_what_json_requires)
{
	auto_strbuf sb = {0};

	for (int c = 0; c < 0x20; c++)
		jn_write_string(&sb, &(char){(char)c}, 1);
	ck_assert_str_eq(sb.data,
		"\"\\u0000\"\"\\u0001\"\"\\u0002\"\"\\u0003\"\"\\u0004\"\"\\u0005\"\"\\u0"
		"006\"\"\\u0007\""
		"\"\\b\"\"\\t\"\"\\n\"\"\\u000b\"\"\\f\"\"\\r\"\"\\u000e\"\"\\u000f\""
		"\"\\u0010\"\"\\u0011\"\"\\u0012\"\"\\u0013\"\"\\u0014\"\"\\u0015\"\"\\u0"
		"016\"\"\\u0017\""
		"\"\\u0018\"\"\\u0019\"\"\\u001a\"\"\\u001b\"\"\\u001c\"\"\\u001d\"\"\\u0"
		"01e\"\"\\u001f\"");
	strbuf_reset(&sb);
	jn_write_string(&sb, "\"\\/\x7f\xc3\xa9", 6);
	ck_assert_str_eq(sb.data, "\"\\\"\\\\/\x7f\xc3\xa9\"");
	strbuf_reset(&sb);
	jn_write_string(&sb, NULL, 0);
	ck_assert_str_eq(sb.data, "\"\"");
}
END_TEST

/* Any string reads back as it was, wherever its special byte lies. */
START_TEST(reads_back)
{
	static const char specials[] = "\"\\\n\x01/\x7f";

	for (size_t len = 1; len < 40; len++) {
		for (size_t at = 0; at < len * (sizeof(specials) - 1); at++) {
			auto_arena a = {0};
			auto_strbuf sb = {0};
			char *s = malloc(len);
			const char *back;
			struct err err = {0};
			struct jn *v = NULL;
			size_t back_len;

			memset(s, 'x', len);
			s[at % len] = specials[at / len];
			jn_write_string(&sb, s, len);
			ck_assert_uint_eq(sb.len, strlen(sb.data));
			ck_assert_int_eq(
				jn_parse(sb.data, sb.len, JN_LIMITS, &a, &v, &err), 0);
			back = jn_span(v, &a, &back_len);
			ck_assert_uint_eq(back_len, len);
			ck_assert_mem_eq(back, s, len);
			free(s);
		}
	}
}
END_TEST

/* Keys that a program set are escaped where they need it. */
START_TEST(escapes_keys)
{
	auto_arena a = {0};
	struct jn *v = jn_object(&a);

	jn_add(v, "a\"b", jn_null(&a));
	jn_add(v, "", jn_null(&a));
	jn_add(v, "a key of more than sixteen bytes\n", jn_null(&a));
	ck_assert_str_eq(jn_text(v, &a),
		"{\"a\\\"b\":null,\"\":null,\"a key of more than sixteen "
		"bytes\\n\":null}");
}
END_TEST

START_TEST(writes_spans_of_any_length)
{
	for (size_t len = 0; len < 70; len++) {
		auto_arena a = {0};
		char *text = arena_raw(&a, len + 2);

		for (size_t i = 0; i <= len; i++)
			text[i] = (char)('a' + i % 26);
		text[0] = text[len + 1] = '"';
		ck_assert_mem_eq(
			jn_text(jn_parse_trusted(text, len + 2, &a), &a), text, len + 2);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("jn_write");

	tcase_add_test(tc, appends);
	tcase_add_test(tc, copies_spans);
	tcase_add_test(tc, escapes_what_json_requires);
	tcase_add_test(tc, reads_back);
	tcase_add_test(tc, escapes_keys);
	tcase_add_test(tc, writes_spans_of_any_length);
	return suite_run("base/jn_write", tc);
}
