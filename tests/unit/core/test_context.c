/* SPDX-License-Identifier: Apache-2.0 */
/* Expected names and IRIs were computed with pyld 2.0.3 where JSON-LD decides. */
#include <core/context.h>

#include <base/arena.h>
#include <base/err.h>

#include <suite.h>

#include <pthread.h>
#include <string.h>

#define NGSI "https://uri.etsi.org/ngsi-ld/"
#define DV   NGSI "default-context/"
#define SDM  "https://smartdatamodels.org/"

/* Documents by URL, for the loader. */
static const struct {
	const char *url, *text;
} documents[] = {
	{"http://a.org/1.jsonld", "{'@context': {'one': 'http://a.org/one'}}"},
	{"http://a.org/d/rel.jsonld",
		"{'@context': ['../1.jsonld', {'two': 'http://a.org/two'}]}"},
	{"http://a.org/loop.jsonld", "{'@context': 'loop2.jsonld'}"},
	{"http://a.org/loop2.jsonld", "{'@context': ['http://a.org/loop.jsonld']}"},
	{"http://a.org/none.jsonld", "{'terms': {}}"},
	{"http://a.org/bad.jsonld", "{'@context': [{}, {'t': 5}]}"},
	{"http://a.org/scoped.jsonld",
		"{'@context': {'t': {'@id': 'http://a.org/t', '@context': {}}}}"},
	{"https://w3id.org/scoped",
		"{'@context': {'t': {'@id': 'http://a.org/t', '@context': "
		"{'location': 'http://evil/'}}}}"},
	{"http://a.org/import.jsonld",
		"{'@context': {'@import': '1.jsonld', 'three': 'http://a.org/three'}}"},
	{"http://a.org/import5.jsonld", "{'@context': {'@import': 5}}"},
	{"http://a.org/compound.jsonld",
		"{'@context': ['http://a.org/1.jsonld', '" NGSI
		"v1/ngsi-ld-core-context-v1.6.jsonld']}"},
};

static int loads;

static json_t *quoted(const char *text)
{
	char *s = strdup(text);
	json_error_t why;
	json_t *json;

	for (char *p = s; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	json = json_loads(s, JSON_DECODE_ANY, &why);
	ck_assert_msg(json != NULL, "%s: %s", s, why.text);
	free(s);
	return json;
}

static int load(void *self, const char *url, json_t **out, struct err *err)
{
	loads++;
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		if (strcmp(documents[i].url, url) == 0) {
			*out = quoted(documents[i].text);
			return 0;
		}
	}
	if (strncmp(url, "http://deep.org/", 16) == 0) {
		*out = json_pack("{s:s+}", "@context", url, "x");
		return 0;
	}
	if (strncmp(url, "http://wide.org/", 16) == 0) {
		*out = json_pack("{s:{}}", "@context");
		return 0;
	}
	return err_set(err, ERR_CONTEXT_NOT_AVAILABLE, "%s: not here", url);
}

static const struct context_loader loader = {load, NULL};

static struct context *make(const char *text, struct err *err)
{
	json_t *value = quoted(text);
	struct context *ctx = context_new(value, &loader, err);

	json_decref(value);
	return ctx;
}

static struct context *good(const char *text)
{
	struct err err = {0};
	struct context *ctx = make(text, &err);

	ck_assert_msg(ctx != NULL, "%s: %s", text, err.detail);
	ck_assert_int_eq(err.kind, ERR_NONE);
	return ctx;
}

static void expands(const struct context *ctx, const char *term, const char *iri)
{
	auto_arena a = {0};

	ck_assert_str_eq(context_expand(ctx, term, strlen(term), &a), iri);
}

static void compacts(const struct context *ctx, const char *iri, const char *term)
{
	auto_arena a = {0};

	ck_assert_str_eq(context_compact(ctx, iri, strlen(iri), &a), term);
}

/* One context for the two tables that follow. */
#define MIXED                                                                            \
	"{'x': 'http://example.org/x', 'ex': 'http://example.org/',"                     \
	" 'short': 'http://example.org/long', 's': 'http://example.org/long',"           \
	" 'b': 'http://example.org/two', 'a': 'http://example.org/two',"                 \
	" 'dc': {'@id': 'http://purl.org/dc/', '@prefix': true},"                        \
	" 'np': {'@id': 'http://np.org/'}, 'exs': 'http://example.org/sub/',"            \
	" 'never': {'@id': 'http://never.org/', '@prefix': false},"                      \
	" 'DateProp': {'@id': 'http://example.org/DateProp', '@type': 'http://t/D'},"    \
	" 'rel': {'@id': 'http://example.org/rel', '@type': '@id'},"                     \
	" 'location': 'http://example.org/location', 'gone': null,"                      \
	" 'gone2': {'@id': null}, 'desc': 'http://purl.org/dc/terms/description',"       \
	" 'tb': 'http://tie.org/', 'ta': 'http://tie.org/a', 'tc': 'http://tie.org/',"   \
	" '_': 'http://blank.org/', 'later': '@later', 'free:form': {'@type': '@id'},"   \
	" 'ex:odd': 'http://odd.org/', 'Vehicle': 'ex:Vehicle', '@future': 1}"

static const struct {
	const char *term, *iri;
} expansions[] = {
	{"x", "http://example.org/x"},
	{"ex:y", "http://example.org/y"},
	{"y", DV "y"},
	{"location", NGSI "location"}, /* 5.5.7: the core wins */
	{"dc:q", "http://purl.org/dc/q"},
	{"np:q", "http://np.org/q"}, /* as JSON-LD 1.0 would */
	{"never:q", "never:q"},
	{"x:q", "x:q"}, /* its IRI ends in no delimiter */
	{"ngsi-ld:foo", NGSI "foo"},
	{"http://a/b", "http://a/b"},
	{"ex://b", "ex://b"},
	{"urn:x:y", "urn:x:y"},
	{"nope:x", "nope:x"},
	{"DateTime", NGSI "DateTime"},
	{"gone", DV "gone"},
	{"gone2", DV "gone2"},
	{"ex:odd", "http://odd.org/"},
	{"Vehicle", "http://example.org/Vehicle"},
	{"fran\xc3\xa7"
	 "ais",
		DV "fran\xc3\xa7"
		   "ais"},
	{"later", DV "later"},
	{"_:b0", "_:b0"},
	{"free:form", "free:form"},
	{"id", DV "id"},
	{"", DV},
};

START_TEST(expands_names)
{
	struct context *ctx = good(MIXED);

	expands(ctx, expansions[_i].term, expansions[_i].iri);
	context_unref(ctx);
}
END_TEST

static const struct {
	const char *iri, *term;
} compactions[] = {
	{"http://example.org/x", "x"},
	{DV "x", "ngsi-ld:default-context/x"}, /* x is another IRI's name */
	{DV "y", "y"},
	{DV "location", "ngsi-ld:default-context/location"},
	{"http://example.org/zz", "ex:zz"},
	{"http://example.org/long", "s"}, /* the shortest */
	{"http://example.org/two", "a"}, /* the least */
	{"http://purl.org/dc/t", "dc:t"},
	{"http://np.org/q", "http://np.org/q"}, /* no prefix for JSON-LD 1.1 */
	{"http://never.org/q", "http://never.org/q"},
	{"http://example.org/sub/a", "exs:a"},
	{"http://example.org/", "ex"},
	{"http://example.org/odd", "http://example.org/odd"}, /* ex:odd means another */
	{"http://example.org//b", "ex:/b"},
	{"http://example.org///b", "http://example.org///b"}, /* ex://b would be a URL */
	{"http://example.org/rel", "rel"},
	{"http://example.org/DateProp", "DateProp"}, /* an object is not coerced */
	{"http://example.org/location", "ex:location"},
	{NGSI "location", "location"},
	{NGSI "hasValue", "value"},
	{NGSI "unknown", "ngsi-ld:unknown"},
	{"http://purl.org/dc/terms/description", "desc"},
	{"http://purl.org/dc/terms/title", "title"},
	{"https://purl.org/geojson/vocab#Point", "Point"},
	{"http://tie.org/x", "tb:x"}, /* or tc:x */
	{"http://blank.org/x", "http://blank.org/x"},
	{"urn:a:b", "urn:a:b"},
	{DV "gone", "gone"},
	{DV "a:b",
		"ngsi-ld:default-context/a:b"}, /* pyld: a:b, which reads back otherwise */
	{DV "a/b", "ngsi-ld:default-context/a/b"}, /* pyld: a/b, which is no legal name */
	{DV "@id", "ngsi-ld:default-context/@id"},
	{DV, "ngsi-ld:default-context/"},
	{"", ""},
};

START_TEST(compacts_iris)
{
	struct context *ctx = good(MIXED);

	compacts(ctx, compactions[_i].iri, compactions[_i].term);
	context_unref(ctx);
}
END_TEST

START_TEST(compacting_borrows)
{
	struct context *ctx = good(MIXED);
	const char *iri = "http://example.org/x";
	struct arena a = {0};
	size_t len;

	ck_assert_ptr_eq(context_compact_span(ctx, iri, 20, &a, &len),
		context_compact_span(ctx, iri, 20, &a, &len));
	ck_assert_uint_eq(len, 1);
	iri = DV "speed";
	ck_assert_ptr_eq(
		context_compact_span(ctx, iri, strlen(iri), &a, &len), iri + strlen(DV));
	ck_assert_uint_eq(len, 5);
	ck_assert_ptr_null(a.head); /* nothing was allocated */
	context_unref(ctx);
}
END_TEST

START_TEST(expands_ids_by_prefix_only)
{
	struct context *ctx = good(MIXED);
	auto_arena a = {0};

	ck_assert_str_eq(context_expand_id(ctx, "ex:1", 4, &a), "http://example.org/1");
	ck_assert_str_eq(context_expand_id(ctx, "x", 1, &a), "x");
	ck_assert_str_eq(context_expand_id(ctx, "urn:x", 5, &a), "urn:x");
	context_unref(ctx);
}
END_TEST

START_TEST(user_vocab)
{
	struct context *ctx =
		good("{'@vocab': 'http://v.org/', 'own': {'@type': '@id'}}");

	expands(ctx, "own", "http://v.org/own");
	expands(ctx, "zzz", "http://v.org/zzz");
	compacts(ctx, "http://v.org/own", "own");
	compacts(ctx, "http://v.org/other", "other");
	compacts(ctx, DV "k", "ngsi-ld:default-context/k");
	context_unref(ctx);
	/* the last counts; null brings the core's back; the core's place means nothing */
	ctx = good("[{'@vocab': 'http://v.org/'}, {'@vocab': null}]");
	expands(ctx, "zzz", DV "zzz");
	context_unref(ctx);
	ctx = good(
		"[{'@vocab': 'http://v.org/', 'location': 'http://l.org/'}, "
		"'" CORE_CONTEXT_URL "', {'ex': 'http://ex.org/'}, {'@vocab': 'ex:v#'}]");
	expands(ctx, "zzz", "http://ex.org/v#zzz");
	expands(ctx, "location", NGSI "location");
	context_unref(ctx);
}
END_TEST

START_TEST(terms_in_any_order)
{
	struct context *ctx =
		good("{'c': 'b:x', 'b': 'a:y/', 'a': 'http://a.org/', 'd': 'c', "
		     "'same': 'same', 'b:z': {'@type': '@id'}}");

	expands(ctx, "c", "http://a.org/y/x");
	expands(ctx, "d", "http://a.org/y/x");
	expands(ctx, "same", DV "same");
	expands(ctx, "b:z", "http://a.org/y/z");
	compacts(ctx, "http://a.org/y/z", "b:z");
	context_unref(ctx);
	/* what an earlier object defined stays as it was */
	ctx = good("[{'p': 'http://p.org/', 't': 'p:t', 'gone': 'http://g.org/'},"
		   " {'p': 'http://q.org/', 'gone': null}]");
	expands(ctx, "t", "http://p.org/t");
	expands(ctx, "p:t", "http://q.org/t");
	expands(ctx, "gone", DV "gone");
	compacts(ctx, "http://g.org/", "http://g.org/");
	context_unref(ctx);
}
END_TEST

START_TEST(loads_documents)
{
	struct context *ctx = good("'http://a.org/d/rel.jsonld'");

	expands(ctx, "one", "http://a.org/one");
	expands(ctx, "two", "http://a.org/two");
	ck_assert_str_eq(context_url(ctx), "http://a.org/d/rel.jsonld");
	context_unref(ctx);
	ctx = good("[['http://a.org/1.jsonld', [{'x': 'http://x.org/'}]], []]");
	expands(ctx, "one", "http://a.org/one");
	ck_assert_ptr_null(context_url(ctx));
	context_unref(ctx);
	ctx = good("['https://w3id.org/scoped', 'http://a.org/import.jsonld']");
	expands(ctx, "t", "http://a.org/t");
	expands(ctx, "one", "http://a.org/one");
	expands(ctx, "three", "http://a.org/three");
	context_unref(ctx);
	ctx = good("'http://a.org/compound.jsonld'"); /* the core is never asked for */
	expands(ctx, "one", "http://a.org/one");
	context_unref(ctx);
}
END_TEST

/* RFC 3986, 5.4, from http://a/b/c/d;p?q */
static const struct {
	const char *ref, *url;
} references[] = {
	{"g:h", "g:h"},
	{"g", "http://a/b/c/g"},
	{"./g", "http://a/b/c/g"},
	{"g/", "http://a/b/c/g/"},
	{"/g", "http://a/g"},
	{"//g", "http://g"},
	{"?y", "http://a/b/c/d;p?y"},
	{"g?y", "http://a/b/c/g?y"},
	{"#s", "http://a/b/c/d;p?q#s"},
	{"g#s", "http://a/b/c/g#s"},
	{";x", "http://a/b/c/;x"},
	{".", "http://a/b/c/"},
	{"..", "http://a/b/"},
	{"../g", "http://a/b/g"},
	{"../..", "http://a/"},
	{"../../g", "http://a/g"},
	{"../../../g", "http://a/g"},
	{"/./g", "http://a/g"},
	{"g.", "http://a/b/c/g."},
	{"./../g", "http://a/b/g"},
	{"g;x=1/../y", "http://a/b/c/y"},
	{"g?y/../x", "http://a/b/c/g?y/../x"},
};

static int load_reference(void *self, const char *url, json_t **out, struct err *err)
{
	const char **asked = self;

	if (strcmp(url, "http://a/b/c/d;p?q") == 0) {
		*out = json_pack("{s:s}", "@context", *asked);
		return 0;
	}
	*asked = NULL;
	return err_set(err, ERR_CONTEXT_NOT_AVAILABLE, "%s", url);
}

START_TEST(resolves_references)
{
	const char *asked = references[_i].ref;
	struct context_loader own = {load_reference, &asked};
	json_t *value = json_string("http://a/b/c/d;p?q");
	struct err err = {0};

	ck_assert_ptr_null(context_new(value, &own, &err));
	ck_assert_ptr_null(asked);
	ck_assert_msg(strstr(err.detail, references[_i].url) != NULL &&
			strcmp(strstr(err.detail, ": ") + 2, references[_i].url) == 0,
		"%s: %s", references[_i].ref, err.detail);
	json_decref(value);
}
END_TEST

START_TEST(urls_and_values)
{
	struct context *ctx = good("['http://a.org/1.jsonld', '" CORE_CONTEXT_URL "']");
	json_t *again;

	ck_assert_str_eq(
		context_url(ctx), "http://a.org/1.jsonld"); /* the core is implied */
	again = quoted("['http://a.org/1.jsonld', '" CORE_CONTEXT_URL "']");
	ck_assert(json_equal(context_value(ctx), again));
	json_decref(again);
	context_unref(ctx);
	ctx = good("[]");
	ck_assert_str_eq(context_url(ctx), CORE_CONTEXT_URL);
	context_unref(ctx);
	ctx = good("{}");
	ck_assert_ptr_null(context_url(ctx));
	context_unref(ctx);
	ctx = context_core();
	ck_assert_str_eq(context_url(ctx), CORE_CONTEXT_URL);
	ck_assert_str_eq(json_string_value(context_value(ctx)), CORE_CONTEXT_URL);
	context_unref(context_ref(ctx));
	context_unref(ctx);
	context_unref(NULL);
}
END_TEST

START_TEST(coercions_and_aliases)
{
	struct context *ctx =
		good("{'r': {'@id': 'http://r/', '@type': '@id'}, 'v': {'@id': "
		     "'http://v/', '@type': '@vocab'}, 'j': {'@id': 'http://j/', "
		     "'@type': '@json'}, 'd': {'@id': 'http://d/', '@type': "
		     "'xsd:date'}, 'n': {'@id': 'http://n/', '@type': '@none'}, "
		     "'ident': '@id', 'kind': 'kind2', 'kind2': '@type'}");

	ck_assert_int_eq(context_coercion(ctx, "r", 1), COERCION_ID);
	ck_assert_int_eq(context_coercion(ctx, "v", 1), COERCION_VOCAB);
	ck_assert_int_eq(context_coercion(ctx, "j", 1), COERCION_JSON);
	ck_assert_int_eq(context_coercion(ctx, "d", 1), COERCION_DATATYPE);
	ck_assert_int_eq(context_coercion(ctx, "n", 1), COERCION_NONE);
	ck_assert_int_eq(context_coercion(ctx, "object", 6), COERCION_ID);
	ck_assert_int_eq(context_coercion(ctx, "zzz", 3), COERCION_NONE);
	ck_assert_str_eq(context_alias(ctx, "ident", 5), "@id");
	ck_assert_str_eq(context_alias(ctx, "kind", 4), "@type");
	ck_assert_ptr_null(context_alias(ctx, "id", 2));
	ck_assert_ptr_null(context_alias(ctx, "r", 1));
	ck_assert(context_defines(ctx, "r", 1));
	ck_assert(context_defines(ctx, "location", 8));
	ck_assert(!context_defines(ctx, "zzz", 3));
	context_unref(ctx);
}
END_TEST

static const struct {
	const char *value, *says;
	enum err_kind kind;
} bad[] = {
	{"null", "@context: null is not allowed: the core @context always applies", 0},
	{"[{}, null]",
		"@context/1: null is not allowed: the core @context always applies", 0},
	{"5", "@context: must be a URL, an object or an array of these", 0},
	{"[[true]]", "@context/0/0: must be a URL, an object or an array of these", 0},
	{"'c.jsonld'", "@context: \"c.jsonld\" is no absolute URL", 0},
	{"''", "@context: \"\" is no absolute URL", 0},
	{"['http://a b/']", "@context/0: \"http://a b/\" is no absolute URL", 0},
	{"{'t': 5}", "@context/t: a term is defined by an IRI, an object or null", 0},
	{"{'t': ['http://a/']}",
		"@context/t: a term is defined by an IRI, an object or null", 0},
	{"{'t': 'http://a b/'}", "@context/t: \"http://a b/\" is no IRI", 0},
	{"{'t': {'@id': 5}}", "@context/t: @id must be a string", 0},
	{"{'t': {'@id': 'http://a/', '@type': 5}}", "@context/t: @type must be a string",
		0},
	{"{'t': {'@id': 'http://a/', '@type': '@set'}}",
		"@context/t: @type must be @id, @vocab, @json, @none or an IRI", 0},
	{"{'t': {'id': 'http://a/'}}",
		"@context/t: \"id\" has no place in a term definition", 0},
	{"{'t': {'@id': 'http://a/', '@context': {}}}",
		"@context/t: a scoped @context is not allowed in NGSI-LD (5.5.7); define "
		"its "
		"terms at the top of the @context",
		0},
	{"{'t': {'@reverse': 'http://a/'}}",
		"@context/t: @reverse is not possible in NGSI-LD; name the Relationship "
		"on the "
		"entity that it starts from",
		0},
	{"{'': 'http://a/'}", "@context/: a term cannot be empty", 0},
	{"{'@context': {}}", "@context/@context: an @context inside the @context", 0},
	{"{'c': '@context'}", "@context/c: @context cannot have another name", 0},
	{"{'@version': 1.0}", "@context/@version: must be 1.1", 0},
	{"{'@vocab': 'words'}", "@context/@vocab: must be an absolute IRI, or null", 0},
	{"{'@vocab': ''}", "@context/@vocab: must be an absolute IRI, or null", 0},
	{"{'@vocab': 5}", "@context/@vocab: must be an absolute IRI, or null", 0},
	{"{'@import': 'http://a.org/1.jsonld'}",
		"@context/@import: is not allowed here; make the @context an array", 0},
	{"{'@vocab': 'ex://a b'}", "@context/@vocab: must be an absolute IRI, or null",
		0},
	{"'http://a.org/import5.jsonld'",
		"http://a.org/import5.jsonld: @context/@import: must be a URL", 0},
	{"{'a': 'b:x', 'b': 'a:y'}", "@context/a: the term is defined by itself", 0},
	{"[{'a': 'b', 'b': 'c', 'c': 'a'}]",
		"@context/0/a: the term is defined by itself", 0},
	{"'http://a.org/loop.jsonld'",
		"http://a.org/loop.jsonld: http://a.org/loop2.jsonld: @context/0: "
		"http://a.org/loop.jsonld leads back to itself",
		0},
	{"'http://a.org/none.jsonld'", "http://a.org/none.jsonld: has no \"@context\"",
		0},
	{"'http://a.org/bad.jsonld'",
		"http://a.org/bad.jsonld: @context/1/t: a term is defined "
		"by an IRI, an object or null",
		0},
	{"'http://a.org/scoped.jsonld'",
		"http://a.org/scoped.jsonld: @context/t: a scoped @context is not "
		"allowed in "
		"NGSI-LD (5.5.7); define its terms at the top of the @context",
		0},
	{"[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]",
		"@context/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0: too many arrays within each "
		"other",
		0},
	{"['http://a.org/1.jsonld', 'http://b.org/']", "http://b.org/: not here",
		ERR_CONTEXT_NOT_AVAILABLE},
};

START_TEST(refuses_and_says_why)
{
	struct err err = {0};

	ck_assert_ptr_null(make(bad[_i].value, &err));
	ck_assert_str_eq(err.detail, bad[_i].says);
	ck_assert_int_eq(
		err.kind, bad[_i].kind != ERR_NONE ? bad[_i].kind : ERR_BAD_REQUEST_DATA);
}
END_TEST

START_TEST(bounds_what_it_loads)
{
	json_t *many = json_array();
	struct err err = {0};
	char url[64];

	ck_assert_ptr_null(make("'http://deep.org/'", &err));
	ck_assert_ptr_nonnull(strstr(err.detail, "http://deep.org/: "));
	loads = 0;
	for (int i = 0; i < 100; i++) {
		(void)snprintf(url, sizeof(url), "http://wide.org/%d", i);
		json_array_append_new(many, json_string(url));
	}
	err_clear(&err);
	ck_assert_ptr_null(context_new(many, &loader, &err));
	ck_assert_str_eq(err.detail, "@context/64: too many @contexts within each other");
	ck_assert_int_eq(loads, 64);
	json_decref(many);
}
END_TEST

/* A chain of terms must not cost the stack. */
START_TEST(bounds_chains_of_terms)
{
	json_t *object = json_object();
	struct err err = {0};
	char name[16], next[16];

	for (int i = 0; i < 100000; i++) {
		(void)snprintf(name, sizeof(name), "t%d", i);
		(void)snprintf(next, sizeof(next), "t%d", i + 1);
		json_object_set_new(object, name, json_string(next));
	}
	ck_assert_ptr_null(context_new(object, NULL, &err));
	ck_assert_str_eq(err.detail, "@context/t64: too many terms that need each other");
	json_decref(object);
}
END_TEST

START_TEST(no_loader_no_network)
{
	json_t *url = json_string("http://a.org/1.jsonld");
	struct err err = {0};

	ck_assert_ptr_null(context_new(url, NULL, &err));
	ck_assert_int_eq(err.kind, ERR_CONTEXT_NOT_AVAILABLE);
	ck_assert_str_eq(err.detail, "http://a.org/1.jsonld: cannot be loaded");
	json_decref(url);
}
END_TEST

static const struct {
	const char *url;
	bool core;
} core_urls[] = {
	{NGSI "v1/ngsi-ld-core-context.jsonld", true},
	{NGSI "v1/ngsi-ld-core-context-v1.0.jsonld", true},
	{NGSI "v1/ngsi-ld-core-context-v1.3.jsonld", true},
	{NGSI "v1/ngsi-ld-core-context-v1.9.jsonld", true},
	{"http://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld", true},
	{"http://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld", true},
	{NGSI "v1/ngsi-ld-core-context-v1.10.jsonld", false},
	{NGSI "v1/ngsi-ld-core-context-v2.0.jsonld", false},
	{NGSI "v1/ngsi-ld-core-context-non-existing.jsonld", false},
	{NGSI "v1/ngsi-ld-core-context.jsonld/", false},
	{"https://example.org/ngsi-ld-core-context.jsonld", false},
	{"", false},
};

START_TEST(knows_the_core)
{
	ck_assert_int_eq(context_is_core_url(core_urls[_i].url), core_urls[_i].core);
	ck_assert_int_eq(context_builtin(core_urls[_i].url) != NULL, core_urls[_i].core);
}
END_TEST

START_TEST(builtins_compile_without_a_loader)
{
	const char *const *urls = context_builtin_urls();
	struct err err = {0};

	ck_assert_str_eq(urls[0], CORE_CONTEXT_URL);
	for (int i = 0; urls[i] != NULL; i++) {
		json_t *url = json_string(urls[i]);
		struct context *ctx = context_new(url, NULL, &err);

		ck_assert_msg(ctx != NULL, "%s: %s", urls[i], err.detail);
		ck_assert_ptr_nonnull(
			json_object_get(context_builtin(urls[i]), "@context"));
		context_unref(ctx);
		json_decref(url);
	}
	ck_assert_ptr_null(context_builtin("http://a.org/"));
}
END_TEST

START_TEST(core_terms)
{
	struct context *core = context_core();

	expands(core, "ngsildproof",
		NGSI "ngsildproof"); /* annex B, not in the file of 1.9 */
	expands(core, "attributeCount", NGSI "attributeCount");
	expands(core, "description", "http://purl.org/dc/terms/description");
	expands(core, "entityIdSealed",
		DV "entityIdSealed"); /* its scope is ngsildproof's */
	ck_assert_int_eq(context_coercion(core, "datasetId", 9), COERCION_ID);
	ck_assert_int_eq(context_coercion(core, "vocab", 5), COERCION_VOCAB);
	ck_assert_int_eq(context_coercion(core, "observedAt", 10), COERCION_DATATYPE);
	context_unref(core);
}
END_TEST

static const struct {
	const char *iri, *name;
} city[] = {
	{SDM "dataModel.WasteManagement/WasteContainer", "WasteContainer"},
	{SDM "dataModel.WasteManagement/fillingLevel", "fillingLevel"},
	{SDM "dataModel.Environment/NoiseLevelObserved", "NoiseLevelObserved"},
	{SDM "dataModel.Device/Device", "Device"},
	{SDM "dataModel.Weather/temperature", "temperature"},
	{SDM "dataModel.WasteManagement/temperature", "sdmWasteManagement:temperature"},
	{SDM "dataModel.Weather/refDevice", "refDevice"},
	{SDM "dataModel.Environment/refDevice", "sdmEnvironment:refDevice"},
	{SDM "dataModel.Streetlighting/voltage", "voltage"},
	{SDM "dateObserved", "dateObserved"},
	{NGSI "status", "status"},
};

START_TEST(default_context_names_the_city)
{
	char text[] = "'" CONTEXT_DEFAULT_URL "'";
	struct context *ctx = good(text);

	compacts(ctx, city[_i].iri, city[_i].name);
	expands(ctx, city[_i].name, city[_i].iri);
	context_unref(ctx);
}
END_TEST

static void *use_core(void *unused)
{
	for (int i = 0; i < 200; i++) {
		struct context *ctx = good("['https://smart-data-models.github.io/"
					   "dataModel.Weather/context.jsonld']");

		compacts(ctx, SDM "dataModel.Weather/dewPoint", "dewPoint");
		context_unref(ctx);
		ck_assert_str_eq(context_builtin_urls()[0], CORE_CONTEXT_URL);
	}
	return unused;
}

START_TEST(threads_share)
{
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, use_core, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("context");

	tcase_add_loop_test(tc, expands_names, 0, ROWS(expansions));
	tcase_add_loop_test(tc, compacts_iris, 0, ROWS(compactions));
	tcase_add_test(tc, compacting_borrows);
	tcase_add_test(tc, expands_ids_by_prefix_only);
	tcase_add_test(tc, user_vocab);
	tcase_add_test(tc, terms_in_any_order);
	tcase_add_test(tc, loads_documents);
	tcase_add_loop_test(tc, resolves_references, 0, ROWS(references));
	tcase_add_test(tc, urls_and_values);
	tcase_add_test(tc, coercions_and_aliases);
	tcase_add_loop_test(tc, refuses_and_says_why, 0, ROWS(bad));
	tcase_add_test(tc, bounds_what_it_loads);
	tcase_add_test(tc, bounds_chains_of_terms);
	tcase_add_test(tc, no_loader_no_network);
	tcase_add_loop_test(tc, knows_the_core, 0, ROWS(core_urls));
	tcase_add_test(tc, builtins_compile_without_a_loader);
	tcase_add_test(tc, core_terms);
	tcase_add_loop_test(tc, default_context_names_the_city, 0, ROWS(city));
	tcase_add_test(tc, threads_share);
	return suite_run("context", tc);
}
