/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was stored, rendered normalized or concise, and sent again is what was stored: over
 * generated entities with every kind, names of several vocabularies, and values that look
 * like something else.
 */
#include <core/expand.h>
#include <core/render.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/entity.h>

#include <check.h>
#include <string.h>
#include <suite.h>

#define SEEDS          45
#define PICK(g, table) table[below(g, sizeof(table) / sizeof((table)[0]))]

struct gen {
	uint64_t state;
	struct strbuf sb;
	bool sys_attrs;
};

static unsigned below(struct gen *g, size_t n)
{
	g->state ^= g->state << 13;
	g->state ^= g->state >> 7;
	g->state ^= g->state << 17;
	return (unsigned)(g->state >> 33) % (unsigned)n;
}

static const char *const iris[] = {
	DEFAULT_CONTEXT_VOCAB "a",
	DEFAULT_CONTEXT_VOCAB "é_1",
	DEFAULT_CONTEXT_VOCAB "location",
	DEFAULT_CONTEXT_VOCAB "value",
	DEFAULT_CONTEXT_VOCAB "type",
	"http://example.org/own/b",
	"http://example.org/own/c/d",
	"http://example.org/elsewhere#x",
	"http://example.org/elsewhere/link",
	"urn:name:1",
	"https://smartdatamodels.org/dataModel.WasteManagement/fillingLevel",
};
static const char *const uris[] = {
	"urn:ngsi-ld:A:1", "http://e.org/?a=b&c=%20", "own:x", "urn:caf\xc3\xa9:1"};
static const char *const strings[] = {"\"\"", "\"x\"", "\"2025-01-01T00:00:00Z\"",
	"\"\\\"\\\\\\u0001\\u00e9\"", "\"urn:ngsi-ld:nul\"",
	"\"{\\\"type\\\":\\\"Point\\\"}\"", "\"<>=;()'\""};
static const char *const numbers[] = {
	"0", "-1", "1e2", "5.0", "3.14159265358979323846", "12345678901234567890"};
static const char *const geometries[] = {
	"{\"type\":\"Point\",\"coordinates\":[5.36978,43.296482]}",
	"{\"type\":\"Point\",\"coordinates\":[5,43,12.5]}",
	"{\"type\":\"LineString\",\"coordinates\":[[5,43],[5.1,43.1]]}",
	"{\"type\":\"Polygon\",\"coordinates\":[[[5,43],[6,43],[6,44],[5,43]]]}",
	"{\"type\":\"MultiPoint\",\"coordinates\":[[5,43]]}",
};
static const char *const keys[] = {"x", "y", "type", "value", "object", "id", "vocab",
	"json", "coordinates", "observedAt", "languageMap", "valueList", "objectList",
	"datasetId", "unitCode", "lang", "@value", "previousValue", "createdAt",
	"http://e.org/k", "a:b"};

static void put_value(struct gen *g, unsigned depth);

static void put_object(struct gen *g, unsigned depth)
{
	unsigned used = 0, n = below(g, 4);

	strbuf_addc(&g->sb, '{');
	for (unsigned i = 0; i < n; i++) {
		unsigned k = below(g, sizeof(keys) / sizeof(keys[0]));

		if (used & 1U << k)
			continue;
		used |= 1U << k;
		if (g->sb.data[g->sb.len - 1] != '{')
			strbuf_addc(&g->sb, ',');
		strbuf_addf(&g->sb, "\"%s\":", keys[k]);
		/* a type that is one of the kinds is the hardest to keep */
		if (strcmp(keys[k], "type") == 0 && below(g, 2) == 0)
			strbuf_addf(&g->sb, "\"%s\"", kind_type[below(g, KINDS)]);
		else
			put_value(g, depth + 1);
	}
	strbuf_addc(&g->sb, '}');
}

static void put_array(struct gen *g, unsigned depth)
{
	unsigned n = below(g, 4);

	strbuf_addc(&g->sb, '[');
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			strbuf_addc(&g->sb, ',');
		put_value(g, depth + 1);
	}
	strbuf_addc(&g->sb, ']');
}

static void put_value(struct gen *g, unsigned depth)
{
	switch (below(g, depth < 4 ? 7 : 3)) {
	case 0:
		strbuf_adds(&g->sb, PICK(g, strings));
		break;
	case 1:
		strbuf_adds(&g->sb, PICK(g, numbers));
		break;
	case 2:
		strbuf_adds(&g->sb, below(g, 2) ? "true" : "false");
		break;
	case 3:
		strbuf_adds(&g->sb, PICK(g, geometries));
		break;
	case 4:
		put_array(g, depth);
		break;
	default:
		put_object(g, depth);
		break;
	}
}

static void put_strings(struct gen *g, const char *const *table, size_t len, bool array)
{
	unsigned n = array ? 1 + below(g, 3) : 1;

	if (array)
		strbuf_addc(&g->sb, '[');
	for (unsigned i = 0; i < n; i++)
		strbuf_addf(&g->sb, "%s\"%s\"", i > 0 ? "," : "", table[below(g, len)]);
	if (array)
		strbuf_addc(&g->sb, ']');
}
#define PUT_STRINGS(g, table, array)                                                     \
	put_strings(g, table, sizeof(table) / sizeof((table)[0]), array)

static void put_kind_value(struct gen *g, enum kind kind)
{
	switch (kind) {
	case KIND_GEO_PROPERTY:
		strbuf_adds(&g->sb, PICK(g, geometries));
		break;
	case KIND_RELATIONSHIP:
		PUT_STRINGS(g, uris, below(g, 2));
		break;
	case KIND_LANGUAGE_PROPERTY:
		strbuf_addf(&g->sb, "{\"fr-CH\":%s,\"@none\":[%s,\"y\"]}",
			PICK(g, strings), PICK(g, strings));
		break;
	case KIND_VOCAB_PROPERTY:
		PUT_STRINGS(g, iris, below(g, 2));
		break;
	case KIND_JSON_PROPERTY:
		put_object(g, 0);
		break;
	case KIND_LIST_PROPERTY:
		put_array(g, 0);
		break;
	case KIND_LIST_RELATIONSHIP:
		PUT_STRINGS(g, uris, true);
		break;
	default:
		put_value(g, 0);
		break;
	}
}

static void put_attributes(struct gen *g, unsigned depth);

static void put_instance(struct gen *g, enum kind kind, int dataset, unsigned depth)
{
	strbuf_addf(
		&g->sb, "{\"type\":\"%s\",\"%s\":", kind_type[kind], kind_member[kind]);
	put_kind_value(g, kind);
	if (dataset > 0)
		strbuf_addf(&g->sb, ",\"datasetId\":\"urn:d:%d\"", dataset);
	if (below(g, 4) == 0)
		strbuf_adds(&g->sb, ",\"observedAt\":\"2025-01-01T00:00:00.5Z\"");
	if (g->sys_attrs && below(g, 4) == 0)
		strbuf_adds(&g->sb, ",\"expiresAt\":\"2099-01-01T00:00:00Z\"");
	if (kind == KIND_PROPERTY && below(g, 4) == 0)
		strbuf_adds(&g->sb, ",\"unitCode\":\"CEL\"");
	if (kind == KIND_RELATIONSHIP && below(g, 4) == 0) {
		strbuf_adds(&g->sb, ",\"objectType\":");
		PUT_STRINGS(g, iris, below(g, 2));
	}
	if (depth < 3 && below(g, 3) == 0)
		put_attributes(g, depth + 1);
	strbuf_addc(&g->sb, '}');
}

static void put_attributes(struct gen *g, unsigned depth)
{
	unsigned used = 0, n = below(g, 5);

	for (unsigned i = 0; i < n; i++) {
		unsigned k = below(g, sizeof(iris) / sizeof(iris[0]));
		int several = below(g, 4) == 0 ? 2 + (int)below(g, 2) : 1;
		int dataset = (int)below(g, 2);

		if (used & 1U << k)
			continue;
		used |= 1U << k;
		strbuf_addf(&g->sb, ",\"%s\":%s", iris[k], several > 1 ? "[" : "");
		for (int j = 0; j < several; j++) {
			if (j > 0)
				strbuf_addc(&g->sb, ',');
			put_instance(g, (enum kind)below(g, KINDS), dataset + j, depth);
		}
		if (several > 1)
			strbuf_addc(&g->sb, ']');
	}
}

static void put_entity(struct gen *g)
{
	strbuf_adds(&g->sb,
		"{\"id\":\"urn:ngsi-ld:A:\xc3\xa9\",\"type\":[\"http://example.org/own/"
		"T\"");
	if (below(g, 2))
		strbuf_adds(&g->sb, ",\"" DEFAULT_CONTEXT_VOCAB "Property\"");
	strbuf_adds(&g->sb, "]");
	if (below(g, 2))
		strbuf_addf(
			&g->sb, ",\"scope\":[\"/a/b\"%s]", below(g, 2) ? ",\"/c\"" : "");
	if (below(g, 2))
		strbuf_addf(&g->sb,
			",\"" NGSILD_VOCAB "location\":{\"type\":\"GeoProperty\","
			"\"value\":%s}",
			PICK(g, geometries));
	put_attributes(g, 0);
	strbuf_addc(&g->sb, '}');
}

static const char *const contexts[] = {
	"\"" CORE_CONTEXT_URL "\"",
	"[{\"own\":\"http://example.org/own/\",\"b\":\"own:b\",\"T\":\"own:T\","
	"\"link\":{\"@id\":\"http://example.org/elsewhere/link\",\"@type\":\"@id\"},"
	"\"fillingLevel\":\"https://smartdatamodels.org/dataModel.WasteManagement/"
	"fillingLevel\"}]",
	"{\"@vocab\":\"http://example.org/own/\",\"x\":\"http://example.org/"
	"elsewhere#x\","
	"\"y\":\"@id\"}",
};

static void once(struct gen *g, struct context *ctx, enum format format)
{
	auto_arena a = {.cap = 16 << 20};
	auto_strbuf sb = {0};
	struct render r = {.ctx = ctx, .format = format, .sys_attrs = g->sys_attrs};
	struct jn *entity = jn_parse_trusted(g->sb.data, g->sb.len, &a), *body = NULL,
		  *back = NULL;
	struct err err = {0};

	ck_assert_msg(entity != NULL, "not JSON: %s", g->sb.data);
	render_entity(&sb, entity, &r, &a);
	ck_assert_msg(jn_parse(sb.data, sb.len, JN_LIMITS, &a, &body, &err) == 0,
		"%s: %.2000s", err.detail, sb.data);
	ck_assert_msg(entity_expand(body, ctx, EXPAND_CREATE, &a, &back, &err) == 0,
		"%s: %.2000s", err.detail, sb.data);
	ck_assert_msg(strcmp(jn_text(back, &a), g->sb.data) == 0,
		"\nstored  %.2000s\nshown   %.2000s\nbecomes %.2000s", g->sb.data,
		sb.data, jn_text(back, &a));
}

START_TEST(comes_back)
{
	struct gen g = {.state = 0x9e3779b97f4a7c15u * (unsigned)(_i + 1)};
	json_t *value = json_loads(contexts[_i % 3], JSON_DECODE_ANY, NULL);
	struct err err = {0};
	struct context *ctx = context_new(value, NULL, &err);

	ck_assert_msg(ctx != NULL, "%s", err.detail);
	for (int i = 0; i < 20; i++) {
		strbuf_reset(&g.sb);
		g.sys_attrs = below(&g, 2);
		put_entity(&g);
		once(&g, ctx, FORMAT_NORMALIZED);
		once(&g, ctx, FORMAT_CONCISE);
	}
	strbuf_fini(&g.sb);
	context_unref(ctx);
	json_decref(value);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("roundtrip");

	tcase_add_loop_test(tc, comes_back, 0, SEEDS);
	return suite_run("roundtrip", tc);
}
