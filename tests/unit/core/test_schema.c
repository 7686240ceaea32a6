/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Schema: what is valid, what is told, what cannot be compiled. */
#include <core/schema.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>

#include "suite.h"

#include <stdio.h>
#include <string.h>

#define URL "https://example.org/schemas/a.json"

static struct schema_set *set;
static struct arena arena;

static void setup(void)
{
	set = schema_set_new();
}

static void teardown(void)
{
	schema_set_free(set);
	arena_reset(&arena);
}

static void put(const char *url, const char *text)
{
	struct err err = {0};

	ck_assert_msg(schema_set_add(set, url, text, strlen(text), &err) == 0, "%s",
		err.detail);
}

static const struct schema *compiled(const char *text)
{
	const struct schema *s;
	struct err err = {0};

	put(URL, text);
	s = schema_compile(set, URL, &err);
	ck_assert_msg(s != NULL, "%s", err.detail);
	return s;
}

static const struct jn *parsed(const char *text)
{
	struct jn *v = NULL;
	struct err err = {0};

	ck_assert_msg(jn_parse(text, strlen(text), JN_LIMITS, &arena, &v, &err) == 0,
		"%s", err.detail);
	return v;
}

static void append(void *cookie, const struct schema_fault *fault)
{
	struct strbuf *sb = cookie;

	strbuf_addf(sb, "%s%d %s", sb->len > 0 ? "; " : "", fault->rule, fault->pointer);
	if (fault->member != NULL)
		strbuf_addf(sb, " %.*s", (int)fault->member_len, fault->member);
}

static const struct {
	const char *schema, *value;
	bool valid;
} verdicts[] = {
	{"{\"type\":\"integer\"}", "1.0", true},
	{"{\"type\":\"integer\"}", "1e2", true},
	{"{\"type\":\"integer\"}", "1.5", false},
	{"{\"type\":\"number\"}", "1", true},
	{"{\"type\":\"number\"}", "true", false},
	{"{\"type\":\"string\"}", "null", false},
	{"{\"type\":[\"string\",\"number\"]}", "1", true},
	{"{\"type\":[\"string\",\"number\"]}", "[]", false},
	{"{\"enum\":[1,\"a\"]}", "1.0", true},
	{"{\"enum\":[1,\"a\"]}", "true", false},
	{"{\"enum\":[1,\"a\"]}", "\"\\u0061\"", true},
	{"{\"const\":{\"a\":[1]}}", "{\"a\":[1]}", true},
	{"{\"const\":{\"a\":[1]}}", "{\"a\":[2]}", false},
	{"{\"minimum\":0,\"maximum\":1}", "0", true},
	{"{\"minimum\":0,\"maximum\":1}", "1.0000001", false},
	{"{\"minimum\":0}", "\"-1\"", true},
	{"{\"exclusiveMinimum\":0}", "0", false},
	{"{\"exclusiveMaximum\":1}", "0.99", true},
	{"{\"multipleOf\":0.1}", "0.3", true},
	{"{\"multipleOf\":2}", "3", false},
	{"{\"minLength\":2}", "\"\xc3\xa9\"", false},
	{"{\"maxLength\":1}", "\"\xc3\xa9\"", true},
	{"{\"pattern\":\"^a+$\"}", "\"aaa\"", true},
	{"{\"pattern\":\"^a+$\"}", "\"aab\"", false},
	{"{\"pattern\":\"^[\\\\w\\\\-\\\\.\\\\{\\\\}\\\\$\\\\+\\\\*\\\\[\\\\]`|~^@!,:"
	 "\\\\\\\\]+$\"}",
		"\"a:{b}[c]\\\\\"", true},
	{"{\"pattern\":\"^[\\\\w\\\\-\\\\.\\\\{\\\\}\\\\$\\\\+\\\\*\\\\[\\\\]`|~^@!,:"
	 "\\\\\\\\]+$\"}",
		"\"a b\"", false},
	{"{\"format\":\"date-time\"}", "\"2026-02-28T23:59:60Z\"", true},
	{"{\"format\":\"date-time\"}", "\"2026-02-29T00:00:00Z\"", false},
	{"{\"format\":\"date-time\"}", "\"2026-01-01T00:00:00\"", false},
	{"{\"format\":\"date-time\"}", "\"2026-01-01T00:00:00.5+01:00\"", true},
	{"{\"format\":\"date-time\"}", "\"2026-01-01T00:00:00+0100\"", false},
	{"{\"format\":\"date\"}", "\"2024-02-29\"", true},
	{"{\"format\":\"date\"}", "\"2026-1-1\"", false},
	{"{\"format\":\"time\"}", "\"08:30:00Z\"", true},
	{"{\"format\":\"uri\"}", "\"urn:a:b\"", true},
	{"{\"format\":\"uri\"}", "\"a/b\"", false},
	{"{\"format\":\"uri\"}", "\"http://h/%zz\"", false},
	{"{\"format\":\"ipv4\"}", "\"10.0.0.1\"", true},
	{"{\"format\":\"ipv4\"}", "\"10.0.0.256\"", false},
	{"{\"format\":\"ipv6\"}", "\"::1\"", true},
	{"{\"format\":\"email\"}", "\"a.b\"", false},
	{"{\"format\":\"of-mine\"}", "\"x\"", true},
	{"{\"oneOf\":[{\"format\":\"ipv4\"},{\"format\":\"ipv6\"}]}", "\"::1\"", true},
	{"{\"oneOf\":[{\"minimum\":0},{\"maximum\":9}]}", "5", false},
	{"{\"anyOf\":[{\"minimum\":0},{\"maximum\":9}]}", "5", true},
	{"{\"not\":{\"type\":\"string\"}}", "\"a\"", false},
	{"{\"items\":{\"type\":\"number\"}}", "[1,\"a\"]", false},
	{"{\"minItems\":1}", "[]", false},
	{"{\"maxItems\":1}", "[1,2]", false},
	{"{\"uniqueItems\":true}", "[1,1.0]", false},
	{"{\"uniqueItems\":true}", "[1,true,\"1\"]", true},
	{"{\"required\":[\"a\"]}", "{\"b\":1}", false},
	{"{\"properties\":{\"a\":{\"type\":\"number\"}}}", "{\"b\":\"x\"}", true},
	{"{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{\"b\":1}",
		false},
	{"{\"additionalProperties\":{\"type\":\"number\"}}", "{\"b\":\"x\"}", false},
	{"{\"minProperties\":1}", "{}", false},
	{"{\"properties\":{\"a\":false}}", "{\"a\":1}", false},
	{"{\"min\":9,\"x-unit\":\"CEL\"}", "1", true},
	{"{\"allOf\":[{\"minimum\":0},{\"maximum\":9}]}", "10", false},
	{"{\"$ref\":\"#/definitions/a~1b\",\"type\":\"string\","
	 "\"definitions\":{\"a/b\":{\"type\":\"number\"}}}",
		"1", true},
};

START_TEST(gives_the_verdict)
{
	const struct schema *s = compiled(verdicts[_i].schema);
	const struct jn *v = parsed(verdicts[_i].value);
	auto_strbuf sb = {0};

	ck_assert_msg(schema_valid(s, v, &arena) == verdicts[_i].valid, "%s %s",
		verdicts[_i].schema, verdicts[_i].value);
	ck_assert(schema_explain(s, v, &arena, append, &sb) == verdicts[_i].valid);
	ck_assert((sb.len == 0) == verdicts[_i].valid);
}
END_TEST

/* Every fault, with the way to it. */
START_TEST(tells_all_faults)
{
	const struct schema *s = compiled(
		"{\"required\":[\"x\"],\"properties\":{\"a/b\":{\"items\":{\"type\":"
		"\"number\"}},\"c\":{\"minimum\":0}}}");
	auto_strbuf sb = {0};

	ck_assert(!schema_explain(
		s, parsed("{\"a/b\":[1,\"2\",null],\"c\":-1}"), &arena, append, &sb));
	ck_assert_str_eq(sb.data, "2  x; 0 /a~1b/1; 0 /a~1b/2; 4 /c");
}
END_TEST

static const struct {
	const char *schema, *says;
} words[] = {
	{"{\"type\":\"number\",\"minimum\":0,\"maximum\":1}", "a number from 0 to 1"},
	{"{\"type\":\"integer\",\"minimum\":1}", "a whole number from 1"},
	{"{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}", "one of \"a\", \"b\""},
	{"{\"type\":\"string\",\"format\":\"date\"}", "a date, such as 2026-01-31"},
	{"{\"anyOf\":[{\"type\":\"string\",\"maxLength\":3},{\"type\":\"boolean\"}]}",
		"a text of at most 3 characters, or true or false"},
	{"{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true}",
		"a list of at least 1, each once"},
};

START_TEST(describes)
{
	auto_strbuf sb = {0};

	schema_describe(compiled(words[_i].schema), &sb);
	ck_assert_str_eq(sb.data, words[_i].says);
}
END_TEST

static const struct {
	const char *schema, *says;
} bad[] = {
	{"{\"type\":\"text\"}",
		URL "#/type: must be null, boolean, number, integer, string, array, "
		    "object, or a list of these"},
	{"{\"properties\":{\"a\":{\"if\":{}}}}",
		URL "#/properties/a/if: this keyword is not supported"},
	{"{\"items\":[{}]}", URL "#/items: a schema is an object, true or false"},
	{"{\"allOf\":[{\"$ref\":\"#\"}]}",
		URL "#: refers to itself; recursive schemas are not supported"},
	{"{\"$ref\":\"#/definitions/a\"}",
		URL "#/definitions/a: there is no such schema"},
	{"{\"$ref\":\"b.json\"}",
		URL "#/$ref: 'b.json' is not here; put the file beside "
		    "the schema"},
	{"{\"minLength\":-1}", URL "#/minLength: must be a whole number from 0"},
	{"{\"multipleOf\":0}", URL "#/multipleOf: must be greater than 0"},
	{"{\"enum\":1}", URL "#/enum: must be a list"},
	{"{\"anyOf\":[]}", URL "#/anyOf: must be a list of schemas"},
	{"{\"required\":[1]}", URL "#/required: must be a list of names"},
	{"{\"pattern\":\"(\"}",
		URL "#: pattern: the group that begins here does not end at offset 0"},
	{"{\"minimum\":\"0\"}", URL "#/minimum: must be a number"},
};

START_TEST(says_what_it_cannot_compile)
{
	struct err err = {0};

	put(URL, bad[_i].schema);
	ck_assert_ptr_null(schema_compile(set, URL, &err));
	ck_assert_str_eq(err.detail, bad[_i].says);
}
END_TEST

/* What no document can reach is nobody's fault. */
START_TEST(leaves_the_unreachable_alone)
{
	compiled("{\"type\":\"object\",\"definitions\":{\"x\":{\"dependencies\":{}}}}");
}
END_TEST

/* Relative, absolute, under another name, and beside it though meant to be far away. */
START_TEST(follows_references)
{
	static const char *const refs[] = {"b.json#/definitions/n",
		"https://example.org/schemas/b.json#/definitions/n",
		("https://raw.githubusercontent.com/smart-data-models/data-models/master/"
		 "c.json#/definitions/n"),
		"https://smart-data-models.github.io/data-models/c.json#/definitions/n",
		"https://smart-data-models.github.io/far/away/b.json#/definitions/n"};
	char text[300];

	put("https://example.org/schemas/b.json",
		"{\"definitions\":{\"n\":{\"type\":\"number\"}}}");
	put("https://smart-data-models.github.io/data-models/c.json",
		"{\"definitions\":{\"n\":{\"$ref\":\"#/definitions/m\"},"
		"\"m\":{\"type\":\"number\"}}}");
	for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++) {
		struct err err = {0};
		char url[60];
		const struct schema *s;

		snprintf(text, sizeof(text), "{\"$ref\":\"%s\"}", refs[i]);
		snprintf(url, sizeof(url), "https://example.org/schemas/r%zu.json", i);
		put(url, text);
		s = schema_compile(set, url, &err);
		ck_assert_msg(s != NULL, "%s", err.detail);
		ck_assert(schema_valid(s, parsed("1"), &arena));
		ck_assert(!schema_valid(s, parsed("\"1\""), &arena));
	}
}
END_TEST

/* Schemas that double at every step are refused before they are run. */
START_TEST(bounds_the_work)
{
	auto_strbuf sb = {0};
	struct err err = {0};

	strbuf_adds(&sb, "{\"$ref\":\"#/definitions/a0\",\"definitions\":{");
	for (int i = 0; i < 30; i++)
		strbuf_addf(&sb,
			"\"a%d\":{\"allOf\":[{\"$ref\":\"#/definitions/a%d\"},"
			"{\"$ref\":\"#/definitions/a%d\"}]},",
			i, i + 1, i + 1);
	strbuf_adds(&sb, "\"a30\":{}}}");
	put(URL, sb.data);
	ck_assert_ptr_null(schema_compile(set, URL, &err));
	ck_assert_ptr_nonnull(strstr(err.detail, "too many schemas for one value"));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("schema");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, gives_the_verdict, 0, ROWS(verdicts));
	tcase_add_test(tc, tells_all_faults);
	tcase_add_loop_test(tc, describes, 0, ROWS(words));
	tcase_add_loop_test(tc, says_what_it_cannot_compile, 0, ROWS(bad));
	tcase_add_test(tc, leaves_the_unreachable_alone);
	tcase_add_test(tc, follows_references);
	tcase_add_test(tc, bounds_the_work);
	return suite_run("schema", tc);
}
