/* SPDX-License-Identifier: Apache-2.0 */
/* The profiles of the city's models, a user's schemas, and how strictly each is held. */
#include <core/profile.h>

#include <base/arena.h>
#include <base/err.h>
#include <core/entity.h>

#include "suite.h"

#include <string.h>

#define WASTE "https://smartdatamodels.org/dataModel.WasteManagement/"

static struct profiles *profiles;
static struct err err;

static void setup(void)
{
	profiles = profiles_new();
	memset(&err, 0, sizeof(err));
}

static void teardown(void)
{
	profiles_free(profiles);
}

static void compile(void)
{
	ck_assert_msg(profiles_compile(profiles, &err) == 0, "%s", err.detail);
}

static const struct profile *find(const char *iri)
{
	return profiles_find(profiles, iri, strlen(iri));
}

static void add(const char *name, const char *text)
{
	ck_assert_msg(profiles_add(profiles, name, text, strlen(text), &err) == 0, "%s",
		err.detail);
}

START_TEST(has_the_models_of_the_city)
{
	const struct profile *p;
	const struct profile_attr *attr;

	compile();
	ck_assert_uint_eq(profiles_count(profiles), 11);
	ck_assert_str_eq(profiles_at(profiles, 0)->name, "AirQualityObserved");
	p = find(WASTE "WasteContainer");
	ck_assert_ptr_nonnull(p);
	attr = profile_attr(p, WASTE "fillingLevel", strlen(WASTE "fillingLevel"));
	ck_assert_str_eq(attr->units[0], "C62");
	ck_assert(attr->fraction && attr->expected && attr->required == 0);
	ck_assert_uint_eq(attr->kinds, 1U << KIND_PROPERTY);
	attr = profile_attr(p, NGSILD_VOCAB "location", strlen(NGSILD_VOCAB "location"));
	ck_assert(attr->required != 0 && attr->kinds == 1U << KIND_GEO_PROPERTY);
}
END_TEST

/* Whatever @context gave the name; but not a word of another vocabulary. */
START_TEST(knows_a_type_by_its_names)
{
	compile();
	ck_assert_ptr_nonnull(find(DEFAULT_CONTEXT_VOCAB "WasteContainer"));
	ck_assert_ptr_nonnull(
		find("https://uri.fiware.org/ns/data-models#WasteContainer"));
	ck_assert_ptr_null(find("https://saref.etsi.org/core/Device"));
	ck_assert_ptr_null(find(DEFAULT_CONTEXT_VOCAB "Bench"));
	ck_assert_ptr_nonnull(profile_attr(find(DEFAULT_CONTEXT_VOCAB "Device"),
		NGSILD_VOCAB "hasValue", strlen(NGSILD_VOCAB "hasValue")));
}
END_TEST

/* A plain schema is enough; what it lacks comes from the built-in one. */
START_TEST(takes_a_schema_of_ones_own)
{
	const struct profile *p;

	add("Bench.json",
		"{\"properties\":{\"type\":{\"enum\":[\"Bench\"]},\"seats\":"
		"{\"type\":\"integer\",\"description\":\"Property. How many\"}}}");
	add("WasteContainer/schema.json",
		"{\"allOf\":[{\"$ref\":\"https://smart-data-models.github.io/data-models/"
		"common-schema.json#/definitions/"
		"GSMA-Commons\"}],\"properties\":{\"type\":"
		"{\"enum\":[\"WasteContainer\"]},\"fillingLevel\":{\"type\":\"number\"}}"
		"}");
	add("parts.json", "{\"definitions\":{}}");
	compile();
	ck_assert_uint_eq(profiles_count(profiles), 12);
	p = find("https://city.example/ns#Bench");
	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(profile_attr(p, "https://city.example/ns#seats", 29)->kinds,
		1U << KIND_PROPERTY);
	p = find(WASTE "WasteContainer");
	ck_assert(p->own);
	ck_assert(profile_attr(p, WASTE "fillingLevel", strlen(WASTE "fillingLevel"))
			  ->fraction);
}
END_TEST

START_TEST(refuses_what_is_no_schema)
{
	ck_assert_int_eq(profiles_add(profiles, "x.json", "[]", 2, &err), -1);
	ck_assert_str_eq(
		err.detail, "calanque:schemas/x.json: a schema is a JSON object");
	err_clear(&err);
	add("y.json", "{\"$ref\":\"z.json\"}");
	ck_assert_int_eq(profiles_compile(profiles, &err), -1);
	ck_assert_str_eq(err.detail,
		"calanque:schemas/y.json#/$ref: 'z.json' is not here; "
		"put the file beside the schema");
}
END_TEST

START_TEST(is_as_strict_as_it_is_told)
{
	compile();
	ck_assert_int_eq(find(WASTE "WasteContainer")->level, CHECK_WARN);
	ck_assert_int_eq(profiles_set_levels(
				 profiles, "off,strict:WasteContainer,warn:Bench", &err),
		0);
	ck_assert_int_eq(find(WASTE "WasteContainer")->level, CHECK_STRICT);
	ck_assert_int_eq(find(DEFAULT_CONTEXT_VOCAB "Device")->level, CHECK_OFF);
	ck_assert_int_eq(profiles_level(profiles, "x:/Bench", 8), CHECK_WARN);
	ck_assert_int_eq(profiles_level(profiles, "x:/Other", 8), CHECK_OFF);
	ck_assert(!profiles_are_off(profiles));
	ck_assert_int_eq(profiles_set_levels(profiles, "warn,loud:Bench", &err), -1);
	ck_assert_str_eq(err.detail,
		"'loud:Bench': expected off, warn or strict, and then "
		"off:Type, warn:Type or strict:Type, separated by commas");
}
END_TEST

START_TEST(can_be_off)
{
	compile();
	ck_assert(!profiles_are_off(profiles));
	ck_assert_int_eq(profiles_set_levels(profiles, "off", &err), 0);
	ck_assert(profiles_are_off(profiles));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("profile");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, has_the_models_of_the_city);
	tcase_add_test(tc, knows_a_type_by_its_names);
	tcase_add_test(tc, takes_a_schema_of_ones_own);
	tcase_add_test(tc, refuses_what_is_no_schema);
	tcase_add_test(tc, is_as_strict_as_it_is_told);
	tcase_add_test(tc, can_be_off);
	return suite_run("profile", tc);
}
