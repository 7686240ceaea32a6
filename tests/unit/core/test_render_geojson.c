/* SPDX-License-Identifier: Apache-2.0 */
/* GeoJSON, 4.5.16 and 4.5.17. */
#include "render_case.h"

#include <suite.h>

#define HEAD     "{'id':'urn:x:1','type':['$T'],@@"
#define POINT    "{'type':'Point','coordinates':[5,43]}"
#define OTHER    "{'type':'Point','coordinates':[6,44]}"
#define GEO(v)   "{'type':'GeoProperty','value':" v "}"
#define FEATURE  "{'id':'urn:x:1','type':'Feature','geometry':"
#define PROPS    ",'properties':{'type':'T'"
#define LOCATION HEAD ",'~location':{'type':'GeoProperty','value':" POINT ",@@}}"
#define TWO                                                                              \
	HEAD ",'~location':[{'type':'GeoProperty','value':" POINT ",@@},"                \
	     "{'type':'GeoProperty','value':" OTHER ",'datasetId':'urn:d:1',@@}],"       \
	     "'$spot':{'type':'GeoProperty','value':" OTHER                              \
	     ",'datasetId':'urn:d:1',@@}}"
#define TWO_PROPS                                                                        \
	PROPS ",'location':[" GEO(POINT) ",{'type':'GeoProperty','value':" OTHER         \
					 ",'datasetId':'urn:d:1'}],'spot':{'type':"      \
					 "'GeoProperty','value':" OTHER                  \
					 ",'datasetId':'urn:d:1'}}}"

static const struct render_case cases[] = {
	{.r = {.geojson = true},
		.entity = LOCATION,
		.shows = FEATURE POINT PROPS ",'location':" GEO(POINT) "}}"},
	{.r = {.geojson = true, .format = FORMAT_SIMPLIFIED},
		.entity = LOCATION,
		.shows = FEATURE POINT PROPS ",'location':" POINT "}}"},
	{.r = {.geojson = true, .format = FORMAT_CONCISE},
		.entity = LOCATION,
		.shows = FEATURE POINT PROPS ",'location':" POINT "}}"},
	/* no geometry to be had */
	{.r = {.geojson = true}, .entity = HEAD "}", .shows = FEATURE "null" PROPS "}}"},
	{.r = {.geojson = true},
		.entity = HEAD ",'~location':{'type':'Property','value':1,@@}}",
		.shows = FEATURE "null" PROPS
				 ",'location':{'type':'Property','value':1}}}"},
	{.r = {.geojson = true},
		.entity = HEAD ",'~location':{'type':'GeoProperty','value':" POINT
			       ",'expiresAt':'2024-01-01T00:00:00Z',@@}}",
		.shows = FEATURE "null" PROPS "}}"},
	/* which geometry (4.5.16.1) */
	{.r = {.geojson = true}, .entity = TWO, .shows = FEATURE POINT TWO_PROPS},
	{.r = {.geojson = true, .geometry_dataset = "urn:d:1"},
		.entity = TWO,
		.shows = FEATURE OTHER TWO_PROPS},
	{.r = {.geojson = true, .geometry_dataset = "urn:d:2"},
		.entity = TWO,
		.shows = FEATURE "null" TWO_PROPS},
	{.r = {.geojson = true, .geometry_property = DEFAULT_CONTEXT_VOCAB "spot"},
		.entity = TWO,
		.shows = FEATURE "null" TWO_PROPS},
	{.r = {.geojson = true,
		 .geometry_property = DEFAULT_CONTEXT_VOCAB "spot",
		 .geometry_dataset = "urn:d:1"},
		.entity = TWO,
		.shows = FEATURE OTHER TWO_PROPS},
	/* the geometry is found where properties are projected */
	{.r = {.geojson = true},
		.entity = TWO,
		.attrs = "x",
		.shows = FEATURE POINT PROPS "}}"},
	{.r = {.geojson = true},
		.entity = TWO,
		.pick = "x",
		.shows = "{'type':'Feature','geometry':" POINT ",'properties':{}}"},
	{.r = {.geojson = true, .context_member = true, .context_text = "\"urn:c\""},
		.entity = LOCATION,
		.shows = FEATURE POINT PROPS
		",'location':" GEO(POINT) "},'@context':'urn:c'}"},
};

START_TEST(renders)
{
	case_run(&cases[_i]);
}
END_TEST

START_TEST(collects)
{
	auto_arena a = {.cap = 1 << 20};
	auto_strbuf sb = {0};
	struct context *ctx = context_core();
	struct render r = {.ctx = ctx, .now = NOW, .geojson = true, .context_text = "1"};

	render_list_begin(&sb, &r);
	render_list_end(&sb, &r);
	ck_assert_str_eq(sb.data, "{\"type\":\"FeatureCollection\",\"features\":[]}");
	strbuf_reset(&sb);
	r.context_member = true; /* once, not in each Feature */
	render_list_begin(&sb, &r);
	for (int i = 0; i < 2; i++)
		render_list_item(&sb, case_json(HEAD "}", &a), &r, &a);
	render_list_end(&sb, &r);
	ck_assert_str_eq(sb.data,
		case_text("{'type':'FeatureCollection','features':[" FEATURE "null" PROPS
			  "}}," FEATURE "null" PROPS "}}],'@context':1}",
			&a));
	context_unref(ctx);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("render_geojson");

	tcase_add_loop_test(tc, renders, 0, ROWS(cases));
	tcase_add_test(tc, collects);
	return suite_run("render_geojson", tc);
}
