/* SPDX-License-Identifier: Apache-2.0 */
#include <core/entity.h>

#include <base/arena.h>

#include <suite.h>

#include <string.h>

static struct arena arena;

static void setup(void)
{
	arena = (struct arena){0};
}

static void teardown(void)
{
	arena_reset(&arena);
}

static struct jn *parse(const char *text)
{
	struct jn *v = jn_parse_trusted(text, strlen(text), &arena);

	ck_assert_ptr_nonnull(v);
	return v;
}

START_TEST(tables_agree)
{
	ck_assert_int_eq(KINDS, 8);
	ck_assert_str_eq(kind_type[KIND_LANGUAGE_PROPERTY], "LanguageProperty");
	ck_assert_str_eq(kind_member[KIND_LANGUAGE_PROPERTY], "languageMap");
	ck_assert_str_eq(kind_previous[KIND_LANGUAGE_PROPERTY], "previousLanguageMap");
	for (int k = 0; k < KINDS; k++)
		ck_assert_int_eq(kind_from_type(jn_string(&arena, kind_type[k])), k);
	ck_assert_int_eq(kind_from_type(parse("\"\\u0050roperty\"")), KIND_PROPERTY);
	ck_assert_int_eq(kind_from_type(parse("\"property\"")), KINDS);
	ck_assert_int_eq(kind_from_type(parse("5")), KINDS);
	ck_assert_int_eq(kind_from_type(NULL), KINDS);
}
END_TEST

START_TEST(kind_and_value)
{
	const struct jn *v = parse("{\"type\":\"Property\",\"value\":5}");

	ck_assert_int_eq(instance_kind(v), KIND_PROPERTY);
	ck_assert_str_eq(jn_text(instance_value(v), &arena), "5");
	v = parse("{\"unitCode\":\"X\",\"value\":6,\"type\":\"Property\"}");
	ck_assert_str_eq(jn_text(instance_value(v), &arena), "6");
	v = parse("{\"value\":5}");
	ck_assert_int_eq(instance_kind(v), KINDS);
	ck_assert_ptr_null(instance_value(v));
	ck_assert_ptr_null(instance_value(parse("{\"type\":\"Relationship\"}")));
	ck_assert_int_eq(instance_kind(parse("{}")), KINDS);
	ck_assert_int_eq(instance_kind(parse("[]")), KINDS);
	ck_assert_int_eq(instance_kind(NULL), KINDS);
}
END_TEST

static const struct {
	const char *text;
	bool null;
} nulls[] = {
	{"{\"type\":\"Property\",\"value\":\"urn:ngsi-ld:null\"}", true},
	{"{\"type\":\"Property\",\"value\":\"urn:ngsi-ld:nul\\u006c\"}", true},
	{"{\"type\":\"Property\",\"value\":\"urn:ngsi-ld:nullx\"}", false},
	{"{\"type\":\"Property\",\"value\":[\"urn:ngsi-ld:null\"]}", false},
	{"{\"type\":\"Property\",\"value\":null}", false},
	{"{\"type\":\"GeoProperty\",\"value\":\"urn:ngsi-ld:null\"}", true},
	{"{\"type\":\"Relationship\",\"object\":\"urn:ngsi-ld:null\"}", true},
	{"{\"type\":\"VocabProperty\",\"vocab\":\"urn:ngsi-ld:null\"}", true},
	{"{\"type\":\"JsonProperty\",\"json\":\"urn:ngsi-ld:null\"}", true},
	{"{\"type\":\"LanguageProperty\",\"languageMap\":{\"@none\":\"urn:ngsi-ld:null\"}"
	 "}",
		true},
	{"{\"type\":\"LanguageProperty\",\"languageMap\":{\"fr\":\"urn:ngsi-ld:null\"}}",
		false},
	{"{\"type\":\"LanguageProperty\",\"languageMap\":{\"@none\":\"urn:ngsi-ld:null\","
	 "\"fr\":\"x\"}}",
		false},
	{"{\"type\":\"ListProperty\",\"valueList\":[\"urn:ngsi-ld:null\"]}", true},
	{"{\"type\":\"ListProperty\",\"valueList\":[\"urn:ngsi-ld:null\",1]}", false},
	{"{\"type\":\"ListRelationship\",\"objectList\":[\"urn:ngsi-ld:null\"]}", true},
	{"{\"type\":\"ListRelationship\",\"objectList\":[]}", false},
	{"{\"type\":\"Property\"}", false},
	{"{\"value\":\"urn:ngsi-ld:null\"}", false},
};

START_TEST(null_in_the_form_of_its_kind)
{
	ck_assert_int_eq(instance_is_null(parse(nulls[_i].text)), nulls[_i].null);
}
END_TEST

START_TEST(attributes_have_a_colon)
{
	const struct jn *v =
		parse("{\"id\":1,\"http://x/y\":2,\"a:b\":3,\"createdAt\":4}");
	int n = 0;

	jn_each (m, v)
		n += is_attribute(m);
	ck_assert_int_eq(n, 2);
	ck_assert(!is_attribute(v)); /* no member */
	ck_assert(!is_attribute(NULL));
}
END_TEST

START_TEST(instances)
{
	const struct jn *v = parse("{\"a:one\":{\"n\":1},\"a:two\":[{\"n\":2},{\"n\":3,"
				   "\"datasetId\":\"urn:d\"}],\"a:none\":[]}");
	int sum = 0;

	jn_each (m, v) {
		each_instance(it, m) sum += (int)jn_number(jn_get(it, "n"));
	}
	ck_assert_int_eq(
		sum, 6); /* each one once: the next attribute is no next instance */
	ck_assert_ptr_null(instance_first(NULL));
	v = jn_get(v, "a:two");
	ck_assert_str_eq(jn_text(instance_find(v, NULL, 0), &arena), "{\"n\":2}");
	ck_assert_ptr_eq(instance_find(v, "@none", 5), instance_find(v, NULL, 0));
	ck_assert_ptr_eq(instance_find(v, "urn:d", 5), v->last);
	ck_assert_ptr_null(instance_find(v, "urn:e", 5));
	ck_assert_ptr_null(instance_find(v, "urn:", 4));
	ck_assert_ptr_null(instance_find(v->last, NULL, 0));
	ck_assert_ptr_null(instance_find(NULL, NULL, 0));
}
END_TEST

START_TEST(expiry)
{
	const struct jn *v = parse("{\"expiresAt\":\"1970-01-01T00:00:01.5Z\"}");

	ck_assert(!is_expired(v, 1499999));
	ck_assert(is_expired(v, 1500000)); /* at that instant it is no more */
	ck_assert(!is_expired(parse("{}"), INT64_MAX));
	ck_assert(!is_expired(parse("{\"expiresAt\":\"never\"}"), INT64_MAX));
	ck_assert(!is_expired(parse("{\"expiresAt\":5}"), INT64_MAX));
	ck_assert(!is_expired(NULL, 0));
}
END_TEST

START_TEST(types)
{
	const struct jn *v = parse("{\"type\":[\"http://a/A\",\"http://a/B\"]}");

	ck_assert(entity_has_type(v, "http://a/B", 10));
	ck_assert(!entity_has_type(v, "http://a/", 9));
	ck_assert(!entity_has_type(v, "http://a/C", 10));
	ck_assert(!entity_has_type(parse("{}"), "http://a/B", 10));
	ck_assert(!entity_has_type(NULL, "http://a/B", 10));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("entity");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, tables_agree);
	tcase_add_test(tc, kind_and_value);
	tcase_add_loop_test(tc, null_in_the_form_of_its_kind, 0, ROWS(nulls));
	tcase_add_test(tc, attributes_have_a_colon);
	tcase_add_test(tc, instances);
	tcase_add_test(tc, expiry);
	tcase_add_test(tc, types);
	return suite_run("entity", tc);
}
