/* SPDX-License-Identifier: Apache-2.0 */
/* From documents to rows. */
#include <suite.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/project.h>
#include <core/render.h>
#include <table/layout.h>

#include <string.h>

#define V "https://uri.etsi.org/ngsi-ld/default-context/"

static const char container[] =
	"{\"id\":\"urn:a:1\",\"type\":[\"" V "Bin\",\"" V "Thing\"],\"scope\":[\"/a/b\"],"
	"\"" V "level\":[{\"type\":\"Property\",\"value\":0.5,\"unitCode\":\"C62\","
	"\"observedAt\":\"2026-06-01T08:00:00Z\",\"" V "by\":{\"type\":\"Property\","
	"\"value\":\"x\"}},{\"type\":\"Property\",\"value\":7,\"datasetId\":\"urn:d:1\","
	"\"observedAt\":\"2026-06-01T09:00:00Z\"}],"
	"\"" V "where\":{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Point\","
	"\"coordinates\":[5.1,43.2,9]}},"
	"\"" V "kinds\":{\"type\":\"Property\",\"value\":[\"a\",\"b\"]},"
	"\"" V "owner\":{\"type\":\"Relationship\",\"object\":[\"urn:o:1\",\"urn:o:2\"]},"
	"\"" V "word\":{\"type\":\"VocabProperty\",\"vocab\":\"" V "glass\"},"
	"\"" V "name\":{\"type\":\"LanguageProperty\",\"languageMap\":{\"fr\":\"verre\","
	"\"en\":\"glass\"}},"
	"\"" V "gone\":{\"type\":\"Property\",\"value\":1,"
	"\"expiresAt\":\"2000-01-01T00:00:00Z\"},"
	"\"" V "more\":{\"type\":\"Property\",\"value\":{\"a\":[1,true]}}}";

static void export(struct strbuf *sb, bool is_long, const char *pick, const char *lang)
{
	auto_arena a = {0};
	struct err err = {0};
	struct context *ctx = context_core();
	struct projection projection = {0};
	struct layout_config config = {.kind = is_long ? LAYOUT_LONG : LAYOUT_WIDE,
		.ctx = ctx,
		.projection = &projection,
		.now = INT64_C(1780000000000000)};
	struct jn *entity = jn_parse_trusted(container, strlen(container), &a);
	struct table_config to = {.format = TABLE_CSV};
	struct lang *languages = NULL;
	struct layout *l;
	struct table *t;

	if (pick != NULL)
		ck_assert_int_eq(
			pick_parse(pick, "pick", ctx, 0, &a, &projection.pick, &err), 0);
	if (lang != NULL)
		ck_assert_int_eq(lang_parse(lang, &a, &languages, &err), 0);
	config.lang = languages;
	l = layout_new(&config, &a);
	if (!is_long)
		layout_look(l, entity);
	to.columns = layout_columns(l, &to.columns_len);
	t = table_new(&to);
	table_begin(t, sb);
	layout_rows(l, entity, t, sb, &a);
	table_end(t, sb);
	table_free(t);
	context_unref(ctx);
}

START_TEST(wide_is_one_row)
{
	auto_strbuf sb = {0};

	export(&sb, false, NULL, NULL);
	ck_assert_str_eq(sb.data,
		"id,type,scope,observedAt,level,where.longitude,where.latitude,where,"
		"kinds,"
		"owner,word,name,gone,more\r\n"
		"urn:a:1,Bin Thing,/a/b,2026-06-01T09:00:00Z,0.5,5.1,43.2,,\"a, b\","
		"urn:o:1 "
		"urn:o:2,glass,\"{\"\"fr\"\":\"\"verre\"\",\"\"en\"\":\"\"glass\"\"}\",,"
		"\"{\"\"a\"\":[1,true]}\"\r\n");
}
END_TEST

START_TEST(wide_has_what_was_picked)
{
	auto_strbuf sb = {0};

	export(&sb, false, "name,kinds", "fr");
	ck_assert_str_eq(sb.data,
		"id,type,scope,observedAt,kinds,name\r\n"
		"urn:a:1,Bin Thing,/a/b,,\"a, b\",verre\r\n");
}
END_TEST

START_TEST(long_has_a_row_for_each_instance)
{
	auto_strbuf sb = {0};

	export(&sb, true, "level,where", NULL);
	ck_assert_str_eq(sb.data,
		"id,type,attribute,datasetId,value,unitCode,observedAt,longitude,"
		"latitude\r\n"
		"urn:a:1,Bin Thing,level,,0.5,C62,2026-06-01T08:00:00Z,,\r\n"
		"urn:a:1,Bin Thing,level.by,,x,,,,\r\n"
		"urn:a:1,Bin Thing,level,urn:d:1,7,,2026-06-01T09:00:00Z,,\r\n"
		"urn:a:1,Bin Thing,where,,,,,5.1,43.2\r\n");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("layout");

	tcase_add_test(tc, wide_is_one_row);
	tcase_add_test(tc, wide_has_what_was_picked);
	tcase_add_test(tc, long_has_a_row_for_each_instance);
	return suite_run("table/layout", tc);
}
