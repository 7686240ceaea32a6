/* SPDX-License-Identifier: Apache-2.0 */
#include <core/expand.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/entity.h>

#include <suite.h>

#include <stdio.h>
#include <string.h>

#define DV   DEFAULT_CONTEXT_VOCAB
#define NGSI NGSILD_VOCAB
#define NIL  "'urn:ngsi-ld:null'"

#define NEW     EXPAND_CREATE
#define PATCH   EXPAND_NULL
#define PARTIAL (EXPAND_PARTIAL | EXPAND_NULL)
#define MERGE   (EXPAND_NULL | EXPAND_NULL_NESTED)
#define SIMPLE  EXPAND_SIMPLIFIED

static struct arena arena;
static struct context *ctx;

/* JSON with ' for " */
static char *quoted(const char *text)
{
	char *s = arena_strdup(&arena, text);

	for (char *p = s; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	return s;
}

static void setup(void)
{
	struct err err = {0};
	json_t *value;

	arena = (struct arena){0};
	value = json_loads(quoted("{'ex': 'http://e.org/', 'T': 'ex:T', 'speed': "
				  "'ex:speed', 'velocity': "
				  "'ex:speed', 'link': {'@id': 'ex:link', '@type': "
				  "'@id'}, 'ident': '@id', "
				  "'kind': '@type'}"),
		0, NULL);
	ctx = context_new(value, NULL, &err);
	ck_assert_ptr_nonnull(ctx);
	json_decref(value);
}

static void teardown(void)
{
	context_unref(ctx);
	arena_reset(&arena);
}

static struct jn *parse(const char *text)
{
	struct err err = {0};
	struct jn *v = NULL;

	text = quoted(text);
	ck_assert_msg(jn_parse(text, strlen(text), JN_LIMITS, &arena, &v, &err) == 0,
		"%s: %s", text, err.detail);
	return v;
}

struct sample {
	unsigned flags;
	const char *body, *out;
};

static const struct sample entities[] = {
	/* the head, in whatever order and spelling */
	{NEW, "{'type':'T','id':'urn:a:1'}",
		"{'id':'urn:a:1','type':['http://e.org/T']}"},
	{NEW, "{'@type':['T','ex:T','U'],'x':1,'@id':'urn:a:1'}",
		"{'id':'urn:a:1','type':['http://e.org/T','" DV "U'],'" DV
		"x':{'type':'Property','value':1}}"},
	{NEW, "{'ident':'urn:a:1','kind':'http://t/T'}",
		"{'id':'urn:a:1','type':['http://t/T']}"},
	{0, "{}", "{}"},
	{0, "{'id':'urn:a:\\u0031'}", "{'id':'urn:a:1'}"},
	{0, "{'createdAt':'x','modifiedAt':5,'deletedAt':null}", "{}"},
	{0, "{'scope':'A/b'}", "{'scope':['/A/b']}"},
	{0, "{'scope':['/A','A','/B']}", "{'scope':['/A','/B']}"},
	{0, "{'scope':[]}", "{}"},
	{PATCH, "{'scope':" NIL "}", "{'scope':[" NIL "]}"},
	{0, "{'expiresAt':'2030-01-01T00:00:00Z'}",
		"{'expiresAt':'2030-01-01T00:00:00Z'}"},
	{PATCH, "{'expiresAt':" NIL "}", "{'expiresAt':" NIL "}"},
	{EXPAND_CONTEXT_MEMBER, "{'@context':['x']}", "{}"},
	/* names */
	{0,
		"{'fran\xc3\xa7"
		"ais':1}",
		"{'" DV "fran\xc3\xa7"
		"ais':{'type':'Property','value':1}}"},
	{0, "{'http://x/a~b/c':1}", "{'http://x/a~b/c':{'type':'Property','value':1}}"},
	{0, "{'ngsi-ld:default-context/x':1}",
		"{'" DV "x':{'type':'Property','value':1}}"},
	/* the model of a Device */
	{0, "{'value':{'type':'Property','value':'l=0.22'}}",
		"{'" NGSI "hasValue':{'type':'Property','value':'l=0.22'}}"},
	/* a fragment with Nulls */
	{PATCH, "{'speed':" NIL ",'location':" NIL "}",
		"{'http://e.org/speed':{'type':'Property','value':" NIL "},'" NGSI
		"location':{'type':'Property','value':" NIL "}}"},
	{MERGE, "{'speed':{'unitCode':'KMH'}}",
		"{'http://e.org/speed':{'unitCode':'KMH'}}"},
	{MERGE, "{'speed':{'ex:s':{'type':'Property','value':1},'ex:t':" NIL "}}",
		"{'http://e.org/speed':{'http://e.org/s':{'type':'Property','value':1},"
		"'http://e.org/t':{'type':'Property','value':" NIL "}}}"},
	{MERGE, "{'speed':{'ex:s':[{'type':'Relationship','object':'urn:x'}]}}",
		"{'http://e.org/speed':{'http://e.org/s':{'type':'Relationship',"
		"'object':'urn:x'}}}"},
	{PATCH, "{'speed':{'s':{'type':'Property','value':1}}}",
		"{'http://e.org/speed':{'type':'Property','value':"
		"{'s':{'type':'Property','value':1}}}}"},
	{MERGE, "{'speed':{'datasetId':'urn:d','ex:s':{'observedAt':" NIL "}}}",
		"{'http://e.org/speed':{'datasetId':'urn:d','http://e.org/"
		"s':{'observedAt':" NIL "}}}"},
	{EXPAND_PARTIAL, "{'speed':{'type':'Property','unitCode':'KMH'}}",
		"{'http://e.org/speed':{'type':'Property','unitCode':'KMH'}}"},
};

/* Bodies and results of the attribute ex:p in a fragment. */
static const struct sample attributes[] = {
	/* normalized, every kind; type and value come first */
	{0, "{'unitCode':'KMH','value':5,'type':'Property'}",
		"{'type':'Property','value':5,'unitCode':'KMH'}"},
	{0, "{'type':'ngsi-ld:Property','value':5}", "{'type':'Property','value':5}"},
	{0, "{'@type':'" NGSI "Relationship','object':'urn:x'}",
		"{'type':'Relationship','object':'urn:x'}"},
	{0, "{'type':'GeoProperty','value':{'type':'Point','coordinates':[1,2]}}",
		"{'type':'GeoProperty','value':{'type':'Point','coordinates':[1,2]}}"},
	{0,
		"{'type':'GeoProperty','value':'{\\'type\\':\\'Point\\',\\'coordinates\\'"
		":[1,2]}'}",
		"{'type':'GeoProperty','value':{'type':'Point','coordinates':[1,2]}}"},
	{0, "{'type':'Relationship','object':['urn:x','urn:y','urn:x']}",
		"{'type':'Relationship','object':['urn:x','urn:y','urn:x']}"},
	{0, "{'type':'Relationship','object':'urn:x','objectType':'T'}",
		"{'type':'Relationship','object':'urn:x','objectType':'http://e.org/T'}"},
	{0, "{'type':'Relationship','object':'urn:x','objectType':['T','U']}",
		"{'type':'Relationship','object':'urn:x','objectType':['http://e.org/"
		"T','" DV "U']}"},
	{0, "{'type':'Relationship','object':'ex:stays'}",
		"{'type':'Relationship','object':'ex:stays'}"},
	{0,
		"{'type':'LanguageProperty','languageMap':{'fr-CH':'oui','@none':['a','b'"
		"]},"
		"'valueType':'langString'}",
		"{'type':'LanguageProperty','languageMap':{'fr-CH':'oui','@none':['a','b'"
		"]},"
		"'valueType':'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString'}"},
	{0, "{'languageMap':{'de-1996':'ja'}}",
		"{'type':'LanguageProperty','languageMap':{'de-1996':'ja'}}"},
	{0, "{'type':'VocabProperty','vocab':'speed'}",
		"{'type':'VocabProperty','vocab':'http://e.org/speed'}"},
	{0, "{'type':'VocabProperty','vocab':['petrol(leaded)','ex:a','http://x/y']}",
		"{'type':'VocabProperty','vocab':['" DV
		"petrol(leaded)','http://e.org/a','http://x/y']}"},
	{0, "{'type':'JsonProperty','json':{'id':null,'@context':{},'value':[" NIL "]}}",
		"{'type':'JsonProperty','json':{'id':null,'@context':{},'value':[" NIL
		"]}}"},
	{0, "{'type':'JsonProperty','json':[]}", "{'type':'JsonProperty','json':[]}"},
	{0, "{'type':'ListProperty','valueList':[1,'a',1,{'b':[]}],'unitCode':'KMH'}",
		"{'type':'ListProperty','valueList':[1,'a',1,{'b':[]}],'unitCode':'KMH'"
		"}"},
	{0, "{'type':'ListProperty','valueList':[]}",
		"{'type':'ListProperty','valueList':[]}"},
	{0, "{'type':'ListRelationship','objectList':[{'object':'urn:x'},'urn:y']}",
		"{'type':'ListRelationship','objectList':['urn:x','urn:y']}"},
	{0, "{'type':'Property','value':[]}", "{'type':'Property','value':[]}"},
	{0, "{'type':'Property','value':[1]}", "{'type':'Property','value':[1]}"},
	/* a Property may hold a geometry where it says so */
	{0, "{'type':'Property','value':{'type':'Point','coordinates':[1,2]}}",
		"{'type':'Property','value':{'type':'Point','coordinates':[1,2]}}"},
	/* values stay as they are */
	{0,
		"{'type':'Property','value':{'@type':'DateTime','@value':'2020'},"
		"'valueType':'DateTime'}",
		"{'type':'Property','value':{'@type':'DateTime','@value':'2020'},'"
		"valueType':'" NGSI "DateTime'}"},
	{0, "{'value':{'@type':'@json','@value':null}}",
		"{'type':'Property','value':{'@type':'@json','@value':null}}"},
	{0, "{'value':'<a>\\u00e9\\n;(='}",
		"{'type':'Property','value':'<a>\\u00e9\\n;(='}"},
	{0, "1.50e1", "{'type':'Property','value':1.50e1}"},
	{0, "['" NGSI "',{'type':'Foo'}]",
		"{'type':'Property','value':['" NGSI "',{'type':'Foo'}]}"},
	/* concise */
	{0, "true", "{'type':'Property','value':true}"},
	{0, "[]", "{'type':'Property','value':[]}"},
	{0, "[{'a':1},{'value':2}]", "{'type':'Property','value':[{'a':1},{'value':2}]}"},
	{0, "{'street':'x','n':[{'value':1}]}",
		"{'type':'Property','value':{'street':'x','n':[{'value':1}]}}"},
	{0, "{'type':'Point','coordinates':[1,2]}",
		"{'type':'GeoProperty','value':{'type':'Point','coordinates':[1,2]}}"},
	{0,
		"{'value':{'type':'Point','coordinates':[1,2]},'observedAt':'2020-01-"
		"01T00:00:00Z'}",
		"{'type':'GeoProperty','value':{'type':'Point','coordinates':[1,2]},"
		"'observedAt':'2020-01-01T00:00:00Z'}"},
	{0, "{'object':'urn:x'}", "{'type':'Relationship','object':'urn:x'}"},
	{0, "{'languageMap':{}}", "{'type':'LanguageProperty','languageMap':{}}"},
	{0, "{'vocab':'a'}", "{'type':'VocabProperty','vocab':'" DV "a'}"},
	{0, "{'json':{}}", "{'type':'JsonProperty','json':{}}"},
	{0, "{'valueList':[]}", "{'type':'ListProperty','valueList':[]}"},
	{0, "{'objectList':['urn:x']}",
		"{'type':'ListRelationship','objectList':['urn:x']}"},
	/* read-only members go */
	{0,
		"{'value':1,'createdAt':5,'modifiedAt':5,'deletedAt':5,'instanceId':5,"
		"'previousValue':5,'lang':'fr'}",
		"{'type':'Property','value':1}"},
	{0, "{'languageMap':{},'previousLanguageMap':5}",
		"{'type':'LanguageProperty','languageMap':{}}"},
	{0, "{'object':'urn:x','entity':{},'previousObject':5}",
		"{'type':'Relationship','object':'urn:x'}"},
	{0, "{'objectList':[],'entityList':[],'previousObjectList':5}",
		"{'type':'ListRelationship','objectList':[]}"},
	/* times: as sent where answers may have them so, else brought into shape */
	{0, "{'value':1,'observedAt':'2020-01-01T00:00:00.123456Z'}",
		"{'type':'Property','value':1,'observedAt':'2020-01-01T00:00:00.123456Z'"
		"}"},
	{0,
		"{'value':1,'observedAt':'2020-01-01T00:00:00,5Z','expiresAt':"
		"'2020-01-01T02:00:00Z'}",
		"{'type':'Property','value':1,'observedAt':'2020-01-01T00:00:00.500Z',"
		"'expiresAt':'2020-01-01T02:00:00Z'}"},
	/* several instances: the default one first, @none never */
	{0,
		"[{'value':1,'datasetId':'urn:d'},{'value':2,'datasetId':'@none'},"
		"{'value':3,'datasetId':'urn:e'}]",
		"[{'type':'Property','value':2},{'type':'Property','value':1,'datasetId':"
		"'urn:d'},"
		"{'type':'Property','value':3,'datasetId':'urn:e'}]"},
	{0, "[{'value':1,'datasetId':'urn:d'},{'object':'urn:x','datasetId':'urn:e'}]",
		"[{'type':'Property','value':1,'datasetId':'urn:d'},{'type':'"
		"Relationship',"
		"'object':'urn:x','datasetId':'urn:e'}]"},
	{0, "[{'type':'Property','value':1}]", "{'type':'Property','value':1}"},
	{0, "[{'value':1,'datasetId':'urn:d'}]",
		"{'type':'Property','value':1,'datasetId':'urn:d'}"},
	/* sub-attributes, to any depth */
	{0,
		"{'value':1,'ex:a':{'value':2,'speed':[{'value':3},{'value':4,'datasetId'"
		":'urn:d'}]},"
		"'link':{'object':'urn:x'}}",
		"{'type':'Property','value':1,'http://e.org/"
		"a':{'type':'Property','value':2,"
		"'http://e.org/"
		"speed':[{'type':'Property','value':3},{'type':'Property','value':4,"
		"'datasetId':'urn:d'}]},'http://e.org/"
		"link':{'type':'Relationship','object':"
		"'urn:x'}}"},
	/* a proof is kept to the letter (4.5.2.2) */
	{0,
		"{'value':1,'ngsildproof':{'type':'Property','entityIdSealed':'urn:e',"
		"'entityTypeSealed':'T','value':{'type':'X','@context':'u','n':null}}}",
		"{'type':'Property','value':1,'" NGSI
		"ngsildproof':{'type':'Property','value':{'type':'X','@context':'u','n':"
		"null},"
		"'entityIdSealed':'urn:e','entityTypeSealed':'T'}}"},
	/* Nulls */
	{PATCH, "{'type':'Relationship','object':" NIL "}",
		"{'type':'Relationship','object':" NIL "}"},
	{PATCH, "{'type':'GeoProperty','value':" NIL "}",
		"{'type':'GeoProperty','value':" NIL "}"},
	{PATCH, "{'vocab':" NIL ",'datasetId':'urn:d'}",
		"{'type':'VocabProperty','vocab':" NIL ",'datasetId':'urn:d'}"},
	{PATCH, "{'json':" NIL "}", "{'type':'JsonProperty','json':" NIL "}"},
	{PATCH, "{'languageMap':{'@none':" NIL "}}",
		"{'type':'LanguageProperty','languageMap':{'@none':" NIL "}}"},
	{PATCH, "{'valueList':[" NIL "]}",
		"{'type':'ListProperty','valueList':[" NIL "]}"},
	{PATCH, "{'objectList':[" NIL "]}",
		"{'type':'ListRelationship','objectList':[" NIL "]}"},
	{PATCH,
		"{'value':1,'unitCode':" NIL ",'observedAt':" NIL ",'expiresAt':" NIL
		",'valueType':" NIL ",'ex:s':" NIL "}",
		"{'type':'Property','value':1,'unitCode':" NIL ",'observedAt':" NIL
		",'expiresAt':" NIL ",'valueType':" NIL
		",'http://e.org/s':{'type':'Property','value':" NIL "}}"},
	{PATCH, "{'object':'urn:x','objectType':" NIL "}",
		"{'type':'Relationship','object':'urn:x','objectType':" NIL "}"},
	{MERGE, "{'value':{'a':" NIL ",'b':{'c':" NIL "}}}",
		"{'type':'Property','value':{'a':" NIL ",'b':{'c':" NIL "}}}"},
	{MERGE, "{'a':" NIL "}", "{'type':'Property','value':{'a':" NIL "}}"},
	{MERGE, "{'languageMap':{'fr':" NIL ",'en':'x'}}",
		"{'type':'LanguageProperty','languageMap':{'fr':" NIL ",'en':'x'}}"},
	/* simplified */
	{SIMPLE, "5", "{'type':'Property','value':5}"},
	{SIMPLE, "{'type':'PostalAddress','value':1,'datasetId':2}",
		"{'type':'Property','value':{'type':'PostalAddress','value':1,'datasetId'"
		":2}}"},
	{SIMPLE, "{'type':'Point','coordinates':[1,2]}",
		"{'type':'GeoProperty','value':{'type':'Point','coordinates':[1,2]}}"},
	{SIMPLE, "{'languageMap':{'fr':'oui'}}",
		"{'type':'LanguageProperty','languageMap':{'fr':'oui'}}"},
	{SIMPLE, "{'json':{'a':null}}", "{'type':'JsonProperty','json':{'a':null}}"},
	{SIMPLE, "{'vocab':'speed'}",
		"{'type':'VocabProperty','vocab':'http://e.org/speed'}"},
	{SIMPLE, "{'vocab':'speed','x':1}",
		"{'type':'Property','value':{'vocab':'speed','x':1}}"},
	{SIMPLE, "'urn:x:y'", "{'type':'Property','value':'urn:x:y'}"},
	{SIMPLE, "{'dataset':{'urn:d':{'vocab':'speed'},'@none':5}}",
		"[{'type':'Property','value':5},{'type':'VocabProperty','vocab':"
		"'http://e.org/speed','datasetId':'urn:d'}]"},
	{SIMPLE, "{'dataset':{'urn:d':1}}",
		"{'type':'Property','value':1,'datasetId':'urn:d'}"},
	{SIMPLE | PATCH, NIL, "{'type':'Property','value':" NIL "}"},
};

static void same(const struct jn *out, const char *expected, const char *body)
{
	ck_assert_msg(strcmp(jn_text(out, &arena), expected) == 0,
		"%s\n  gives  %s\n  not    %s", body, jn_text(out, &arena), expected);
}

START_TEST(expands_entities)
{
	const struct sample *s = &entities[_i];
	struct err err = {0};
	struct jn *out = NULL;

	ck_assert_msg(
		entity_expand(parse(s->body), ctx, s->flags, &arena, &out, &err) == 0,
		"%s: %s", s->body, err.detail);
	ck_assert_int_eq(err.kind, ERR_NONE);
	same(out, quoted(s->out), s->body);
}
END_TEST

START_TEST(expands_attributes)
{
	const struct sample *s = &attributes[_i];
	const char *body = arena_printf(&arena, "{'ex:p':%s}", s->body);
	const char *expected = arena_printf(&arena, "{'http://e.org/p':%s}", s->out);
	struct err err = {0};
	struct jn *out = NULL;

	ck_assert_msg(entity_expand(parse(body), ctx, s->flags, &arena, &out, &err) == 0,
		"%s: %s", body, err.detail);
	same(out, quoted(expected), body);
}
END_TEST

/* Where the name says what the value is. */
static const struct sample named[] = {
	{0, "{'location':{'value':'{\\'type\\':\\'Point\\',\\'coordinates\\':[1,2]}'}}",
		"{'" NGSI
		"location':{'type':'GeoProperty','value':{'type':'Point','coordinates':"
		"[1,2]}}}"},
	{0, "{'observationSpace':'{\\'type\\':\\'Point\\',\\'coordinates\\':[1,2]}'}",
		"{'" NGSI
		"observationSpace':{'type':'GeoProperty','value':{'type':'Point',"
		"'coordinates':[1,2]}}}"},
	{0, "{'ex:l':'{\\'type\\':\\'Point\\',\\'coordinates\\':[1,2]}'}",
		"{'http://e.org/l':{'type':'Property','value':"
		"'{\\'type\\':\\'Point\\',\\'coordinates\\':[1,2]}'}}"},
	{SIMPLE, "{'link':'urn:x'}",
		"{'http://e.org/link':{'type':'Relationship','object':'urn:x'}}"},
	{SIMPLE, "{'link':['urn:x','urn:y']}",
		"{'http://e.org/"
		"link':{'type':'Relationship','object':['urn:x','urn:y']}}"},
	{SIMPLE, "{'link':['urn:x',5]}",
		"{'http://e.org/link':{'type':'Property','value':['urn:x',5]}}"},
	{SIMPLE, "{'link':5}", "{'http://e.org/link':{'type':'Property','value':5}}"},
	{SIMPLE, "{'link':'x'}", "{'http://e.org/link':{'type':'Property','value':'x'}}"},
	{0, "{'link':'urn:x'}",
		"{'http://e.org/link':{'type':'Property','value':'urn:x'}}"},
};

START_TEST(names_decide)
{
	const struct sample *s = &named[_i];
	struct err err = {0};
	struct jn *out = NULL;

	ck_assert_msg(
		entity_expand(parse(s->body), ctx, s->flags, &arena, &out, &err) == 0,
		"%s: %s", s->body, err.detail);
	same(out, quoted(s->out), s->body);
}
END_TEST

/* Bodies of …/attrs/ex:p. */
static const struct sample fragments[] = {
	{PARTIAL, "{'unitCode':'KMH'}", "{'unitCode':'KMH'}"},
	{PARTIAL, "{'value':5}", "{'type':'Property','value':5}"},
	{PARTIAL, "{'speed':5}", "{'http://e.org/speed':{'type':'Property','value':5}}"},
	{PARTIAL, "{'type':'Point','coordinates':[1,2]}",
		"{'type':'GeoProperty','value':{'type':'Point','coordinates':[1,2]}}"},
	{PARTIAL, "[{'value':1},{'unitCode':'X','datasetId':'urn:d'}]",
		"[{'type':'Property','value':1},{'unitCode':'X','datasetId':'urn:d'}]"},
	{EXPAND_CONTEXT_MEMBER, "{'@context':'x','value':5}",
		"{'type':'Property','value':5}"},
	{PATCH, "{'type':'Property','value':" NIL "}",
		"{'type':'Property','value':" NIL "}"},
};

START_TEST(expands_fragments)
{
	const struct sample *s = &fragments[_i];
	struct err err = {0};
	struct jn *out = NULL;

	ck_assert_msg(attribute_expand(parse(s->body), "http://e.org/p", ctx, s->flags,
			      &arena, &out, &err) == 0,
		"%s: %s", s->body, err.detail);
	same(out, quoted(s->out), s->body);
}
END_TEST

#define NULL_SAYS                                                                        \
	": null cannot be stored; send 'urn:ngsi-ld:null' in a PATCH to delete the "     \
	"attribute"
#define NIL_SAYS                                                                         \
	": 'urn:ngsi-ld:null' deletes, which this operation cannot; leave it out, or "   \
	"use PATCH"
#define ARRAY_SAYS  ": 'urn:ngsi-ld:null' has no place in an array (5.2.1)"
#define INSIDE_SAYS ": 'urn:ngsi-ld:null' inside a value is for merging only (5.5.4)"
#define NAME_SAYS                                                                        \
	": not a legal attribute name: a letter, then letters, digits or '_' (4.6.2), "  \
	"a "                                                                             \
	"term of the @context, or a URI"
#define SCOPE_SAYS                                                                       \
	": must be a scope such as /Marseille/Vieux_Port: levels of a letter and "       \
	"letters, "                                                                      \
	"digits or '_' (4.18)"
#define TIME_SAYS ": must be a DateTime in UTC, YYYY-MM-DDThh:mm:ss[.ffffff]Z (4.6.3)"

/* `out` is what the error says, with ' for ". */
static const struct sample bad_entities[] = {
	{0, "[]", "body: must be an entity, a JSON object"},
	{NEW, "{'type':'T'}", "body: an entity needs an 'id', which is a URI"},
	{NEW, "{'id':'urn:a'}", "body: an entity needs a 'type'"},
	{0, "{'id':5}", "/id: must be a URI"},
	{0, "{'id':'Room1'}",
		"/id: 'Room1' is no URI; it needs a scheme, as in urn:ngsi-ld:…"},
	{0, "{'id':'urn:a b'}",
		"/id: 'urn:a b' is no URI; it needs a scheme, as in urn:ngsi-ld:…"},
	{0, "{'id':null}", "/id" NULL_SAYS},
	{PATCH, "{'id':" NIL "}", "/id: the id cannot be deleted"},
	{0, "{'id':'urn:a','@id':'urn:a'}", "/@id: is there twice"},
	{0, "{'ident':'urn:a','x':1,'id':'urn:a'}", "/id: is there twice"},
	{0, "{'type':'T','@type':'T'}", "/@type: is there twice"},
	{0, "{'type':5}", "/type: must be a name or a URI"},
	{0, "{'type':[]}", "/type: must not be empty"},
	{0, "{'type':['T',null]}", "/type/1: must be a name or a URI"},
	{PATCH, "{'type':" NIL "}", "/type: a type cannot be removed (4.16)"},
	{0, "{'type':'a b'}",
		"/type: not a legal type name: a letter, then letters, digits or '_' "
		"(4.6.2), a term of the @context, or a URI"},
	{0, "{'type':'a-b'}",
		"/type: not a legal type name: a letter, then letters, digits or '_' "
		"(4.6.2), a term of the @context, or a URI"},
	{0, "{'a-b':1}", "/a-b" NAME_SAYS},
	{0, "{'p':{'value':1,'a-b':1}}", "/p/a-b" NAME_SAYS},
	{0, "{'type':'\xc3\xa9:x'}", "/type: the @context does not define the prefix"},
	{0, "{'scope':null}", "/scope" NULL_SAYS},
	{0, "{'scope':" NIL "}", "/scope" NIL_SAYS},
	{0, "{'scope':5}", "/scope" SCOPE_SAYS},
	{0, "{'scope':['/A','a//b']}", "/scope/1" SCOPE_SAYS},
	{PATCH, "{'scope':['/A'," NIL "]}", "/scope/1" SCOPE_SAYS},
	{0, "{'expiresAt':'tomorrow'}", "/expiresAt" TIME_SAYS},
	{0, "{'expiresAt':'2020-01-01T02:00:00+02:00'}", "/expiresAt" TIME_SAYS},
	{0, "{'expiresAt':'2020-01-01T02:00:00.1234567Z'}", "/expiresAt" TIME_SAYS},
	{0, "{'expiresAt':'2020-01-01T02:00:00.Z'}", "/expiresAt" TIME_SAYS},
	{0, "{'expiresAt':'2020-01-01t02:00:00Z'}", "/expiresAt" TIME_SAYS},
	{0, "{'expiresAt':null}", "/expiresAt" NULL_SAYS},
	{0, "{'@context':'x'}",
		"/@context: not with Content-Type application/json; send "
		"application/ld+json, or a Link header (6.3.5)"},
	/* names */
	{0, "{'':1}", "/" NAME_SAYS},
	{0, "{'1a':1}", "/1a" NAME_SAYS},
	{0, "{'_a':1}", "/_a" NAME_SAYS},
	{0, "{'-a':1}", "/-a" NAME_SAYS},
	{0, "{'a.b':1}", "/a.b" NAME_SAYS},
	{0, "{'a/b~c':1}", "/a~1b~0c" NAME_SAYS},
	{0, "{'@graph':1}", "/@graph" NAME_SAYS},
	{0, "{'http://a b':1}", "/http:~1~1a b" NAME_SAYS},
	{0, "{'\xe2\x82\xac':1}", "/\xe2\x82\xac" NAME_SAYS}, /* a currency sign */
	{0, "{'\xc3\xa9t\xc3\xa9:x':1}",
		"/\xc3\xa9t\xc3\xa9:x: the @context does not define the "
		"prefix"},
	{0, "{'datasetId':'urn:d'}",
		"/datasetId: a core member cannot name an attribute (4.5.1)"},
	{0, "{'object':'urn:d'}",
		"/object: a core member cannot name an attribute (4.5.1)"},
	{0, "{'ngsi-ld:observedAt':1}",
		"/ngsi-ld:observedAt: a core member cannot name an attribute (4.5.1)"},
	{0, "{'previousValue':1}",
		"/previousValue: a core member cannot name an attribute (4.5.1)"},
	{0, "{'speed':1,'velocity':2}",
		"/velocity: means the same as another member here"},
	{0, "{'speed':1,'ex:speed':2}",
		"/ex:speed: means the same as another member here"},
	/* the predefined GeoProperties */
	{0, "{'location':5}",
		"/location: must be a GeoProperty, with a GeoJSON geometry (5.2.4)"},
	{0, "{'location':{'object':'urn:x'}}",
		"/location: must be a GeoProperty, with a GeoJSON geometry (5.2.4)"},
	{0,
		"{'location':{'type':'Property','value':{'type':'Point','coordinates':[1,"
		"2]}}}",
		"/location: must be a GeoProperty, with a GeoJSON geometry (5.2.4)"},
	{0, "{'location':'Marseille'}",
		"/location: a geometry as text must be GeoJSON: expected a "
		"value at offset 0 (line 1, column 1)"},
	{0, "{'ngsildproof':5}",
		"/ngsildproof: must have an object as its value (4.5.2.2)"},
	{0, "{'ngsildproof':{'object':'urn:x'}}",
		"/ngsildproof: must be a Property (4.5.2.2)"},
};

static const struct sample bad_attributes[] = {
	{0, "null", NULL_SAYS},
	{0, "{'type':'Property','value':null}", "/value" NULL_SAYS},
	{0, "{'a':{'b':[1,null]}}", "/a/b/1" NULL_SAYS},
	{0, "{'value':{'@type':'x','@value':null}}", "/value/@value" NULL_SAYS},
	{0, "{'valueList':[null]}", "/valueList/0" NULL_SAYS},
	{0, "{'valueList':null}", "/valueList" NULL_SAYS},
	{0, "{'object':null}", "/object" NULL_SAYS},
	{0, "{'objectList':null}", "/objectList" NULL_SAYS},
	{0, "{'languageMap':null}", "/languageMap" NULL_SAYS},
	{0, "{'languageMap':{'fr':null}}", "/languageMap/fr" NULL_SAYS},
	{0, "{'vocab':null}", "/vocab" NULL_SAYS},
	{0, "{'json':null}", "/json" NULL_SAYS},
	{0, "{'type':'GeoProperty','value':null}", "/value" NULL_SAYS},
	{0, "{'value':1,'unitCode':null}", "/unitCode" NULL_SAYS},
	{0, "{'value':1,'observedAt':null}", "/observedAt" NULL_SAYS},
	{0, "{'value':1,'datasetId':null}", "/datasetId" NULL_SAYS},
	/* NGSI-LD Nulls where they may not be */
	{0, NIL, NIL_SAYS},
	{0, "{'value':" NIL "}", "/value" NIL_SAYS},
	{0, "{'object':" NIL "}", "/object" NIL_SAYS},
	{0, "{'vocab':" NIL "}", "/vocab" NIL_SAYS},
	{0, "{'json':" NIL "}", "/json" NIL_SAYS},
	{0, "{'type':'GeoProperty','value':" NIL "}", "/value" NIL_SAYS},
	{0, "{'valueList':[" NIL "]}", "/valueList" NIL_SAYS},
	{0, "{'objectList':[" NIL "]}", "/objectList" NIL_SAYS},
	{0, "{'languageMap':{'@none':" NIL "}}", "/languageMap/@none" NIL_SAYS},
	{0, "{'value':1,'unitCode':" NIL "}", "/unitCode" NIL_SAYS},
	{0, "{'value':1,'observedAt':" NIL "}", "/observedAt" NIL_SAYS},
	{0, "{'value':1,'ex:s':" NIL "}", "/ex:s" NIL_SAYS},
	{PATCH, "{'value':{'a':" NIL "}}", "/value/a" INSIDE_SAYS},
	{MERGE, "{'value':[{'a':" NIL "}]}", "/value/0/a" INSIDE_SAYS},
	{PATCH, "{'languageMap':{'fr':" NIL "}}",
		"/languageMap/fr: one language can be deleted by merging only; here "
		"{'@none': 'urn:ngsi-ld:null'} alone is possible"},
	{PATCH, "{'object':[" NIL "]}",
		"/object/0: 'urn:ngsi-ld:null' cannot be one of several"},
	{PATCH, "{'vocab':['a'," NIL "]}",
		"/vocab/1: 'urn:ngsi-ld:null' cannot be one of several"},
	{MERGE, "['a'," NIL "]", "/1" ARRAY_SAYS},
	{MERGE, "{'value':{'a':[[" NIL "]]}}", "/value/a/0/0" ARRAY_SAYS},
	{MERGE, "{'valueList':[1," NIL "]}", "/valueList/1" ARRAY_SAYS},
	{MERGE, "{'languageMap':{'fr':[" NIL "]}}",
		"/languageMap/fr/0: 'urn:ngsi-ld:null' cannot be one of several"},
	/* what answers have of other kinds */
	{0, "{'value':1,'previousObject':5}",
		"/previousObject: is not for a Property (4.5.2); leave it out"},
	{0, "{'object':'urn:x','entityList':[]}",
		"/entityList: is not for a Relationship (4.5.2); leave it out"},
	{0, "{'objectList':[],'entity':{}}",
		"/entity: is not for a ListRelationship (4.5.2); leave it out"},
	{PATCH, "{'value':1,'datasetId':" NIL "}",
		"/datasetId: a datasetId cannot be deleted (5.5.8)"},
	/* kinds */
	{0, "{'type':'Text','value':'x'}",
		"/type: 'Text' is a type of NGSI v2; send 'Property', or no type"},
	{0, "{'type':'Number','value':5,'metadata':{}}",
		"/type: 'Number' is a type of NGSI v2; send 'Property', or no type"},
	{0, "{'type':'geo:json','value':{}}",
		"/type: 'geo:json' is a type of NGSI v2; send "
		"'GeoProperty' with GeoJSON in 'value'"},
	{0, "{'type':'PostalAddress','street':'x'}",
		"/type: 'PostalAddress' is no kind of attribute; send Property, "
		"GeoProperty, "
		"Relationship, … (an object that has a type of its own goes into "
		"'value')"},
	{0, "{'type':['Property'],'value':1}",
		"/type: must be one string: the kind of the attribute"},
	{0, "{'type':'Point'}", ": a Point needs 'coordinates'"},
	{0, "{'type':'GeometryCollection','geometries':[]}",
		"/type: GeometryCollection is not allowed in NGSI-LD (4.7.1)"},
	{0, "{'type':'Property','@type':'Property','value':1}",
		"/type: the type is there twice"},
	{0, "{'type':'Property'}", ": a Property needs 'value'"},
	{0, "{'type':'ListRelationship'}", ": a ListRelationship needs 'objectList'"},
	{0, "{'street':'x','unitCode':'X'}",
		": has 'unitCode' but no value: 'value', 'object' or another"},
	{0, "{'value':1,'object':'urn:x'}",
		": has both 'value' and 'object'; an attribute has one value"},
	{0, "{'type':'Property','value':1,'object':'urn:x'}",
		"/object: is not for a Property, whose value is in 'value'; a "
		"Relationship has it"},
	{0, "{'type':'LanguageProperty','value':'x'}",
		"/value: is not for a LanguageProperty, whose value is in 'languageMap'; "
		"a Property "
		"has it"},
	{0, "{'type':'ListRelationship','objectList':[],'object':'urn:x'}",
		"/object: is not for a ListRelationship, whose value is in 'objectList'; "
		"a "
		"Relationship has it"},
	{0, "{'type':'Relationship','value':'urn:x'}",
		"/value: is not for a Relationship, whose value is in 'object'; a "
		"Property has it"},
	/* values */
	{0, "{'object':5}", "/object: must be a URI"},
	{0, "{'object':[]}", "/object: must name at least one entity"},
	{0, "{'object':['urn:x',5]}", "/object/1: must be a URI"},
	{0, "{'objectList':'urn:x'}",
		"/objectList: must be an array of {'object': <URI>} or URIs"},
	{0, "{'objectList':[{'object':'urn:x','y':1}]}",
		"/objectList/0: must be {'object': <URI>} or a URI"},
	{0, "{'objectList':[{'object':'x'}]}",
		"/objectList/0: 'x' is no URI; it needs a scheme, as in urn:ngsi-ld:…"},
	{0, "{'valueList':5}", "/valueList: must be an array"},
	{0, "{'json':5}",
		"/json: must be an object or an array; a single value goes into a "
		"Property"},
	{0, "{'languageMap':'x'}",
		"/languageMap: must be an object of language tags and strings"},
	{0, "{'languageMap':{'fr_FR':'x'}}",
		"/languageMap/fr_FR: not a language tag (RFC 5646), such as fr or fr-CH"},
	{0, "{'languageMap':{'-fr':'x'}}",
		"/languageMap/-fr: not a language tag (RFC 5646), such as fr or fr-CH"},
	{0, "{'languageMap':{'f1':'x'}}",
		"/languageMap/f1: not a language tag (RFC 5646), such as fr or fr-CH"},
	{0, "{'languageMap':{'francaise':'x'}}",
		"/languageMap/francaise: not a language tag (RFC 5646), such as fr or "
		"fr-CH"},
	{0, "{'languageMap':{'':'x'}}",
		"/languageMap/: not a language tag (RFC 5646), such as fr or fr-CH"},
	{0, "{'languageMap':{'fr':5}}",
		"/languageMap/fr: must be a string or an array of strings"},
	{0, "{'languageMap':{'fr':['x',5]}}", "/languageMap/fr/1: must be a string"},
	{0, "{'vocab':5}", "/vocab: must be a name or a URI"},
	{0, "{'vocab':[]}", "/vocab: must not be empty"},
	{0, "{'vocab':''}",
		"/vocab: '' does not make an IRI; leave out spaces and <>'{}|\\^`"},
	{0, "{'vocab':['a','b c']}",
		"/vocab/1: 'b c' does not make an IRI; leave out spaces and <>'{}|\\^`"},
	{0, "{'type':'GeoProperty','value':{'type':'Point','coordinates':[1]}}",
		"/value/coordinates: a position is [longitude, latitude] or [longitude, "
		"latitude, "
		"altitude]"},
	{0, "{'value':{'type':'Point','coordinates':[999,0]}}",
		"/value/coordinates: longitude (the first number) is between -180 and "
		"180"},
	{0, "{'type':'Point','coordinates':[0]}",
		"/coordinates: a position is [longitude, latitude] or [longitude, "
		"latitude, "
		"altitude]"},
	{0, "{'type':'GeoProperty','value':'{\\'type\\':\\'Point\\'}'}",
		"/value: a Point needs 'coordinates'"},
	{0, "{'type':'GeoProperty','value':5}",
		"/value: must be a GeoJSON geometry, an object with 'type' and "
		"'coordinates'"},
	{0, "{'value':{'@context':{}}}",
		"/value/@context: no @context inside attributes (5.5.7)"},
	/* other members */
	{0, "{'value':1,'@context':{}}",
		"/@context: no @context inside attributes (5.5.7)"},
	{0, "{'value':1,'id':'urn:x'}", "/id: has no place in an attribute"},
	{0, "{'value':1,'scope':'/A'}", "/scope: has no place in an attribute"},
	{0, "{'value':1,'datasetId':'d'}",
		"/datasetId: 'd' is no URI; it needs a scheme, as in urn:ngsi-ld:…"},
	{0, "{'value':1,'observedAt':5}", "/observedAt" TIME_SAYS},
	{0, "{'value':1,'observedAt':'2020-02-30T00:00:00Z'}", "/observedAt" TIME_SAYS},
	{0, "{'value':1,'unitCode':5}",
		"/unitCode: must be a UN/CEFACT code, such as 'CEL'"},
	{0, "{'value':1,'unitCode':''}",
		"/unitCode: must be a UN/CEFACT code, such as 'CEL'"},
	{0, "{'object':'urn:x','unitCode':'X'}",
		"/unitCode: a Relationship has no unit; only Property and ListProperty "
		"have"},
	{0,
		"{'type':'GeoProperty','value':{'type':'Point','coordinates':[1,2]},'"
		"unitCode':'X'}",
		"/unitCode: a GeoProperty has no unit; only Property and ListProperty "
		"have"},
	{0, "{'value':1,'objectType':'T'}",
		"/objectType: a Property has no objectType; send valueType"},
	{0, "{'objectList':[],'valueType':'T'}",
		"/valueType: a ListRelationship has no valueType; send objectType"},
	{0, "{'value':1,'valueType':['T']}", "/valueType: must be one name or URI"},
	{0, "{'languageMap':{},'valueType':'T'}",
		"/valueType: of a LanguageProperty can only be langString"},
	{0, "{'value':1,'entityIdSealed':'urn:x'}",
		"/entityIdSealed: is for ngsildproof only (4.5.2.2)"},
	{0, "{'value':1,'ngsildproof':{'value':{},'entityIdSealed':5}}",
		"/ngsildproof/entityIdSealed: must be a string"},
	{0, "{'value':1,'ngsildproof':{'value':'x'}}",
		"/ngsildproof: must have an object as its value (4.5.2.2)"},
	{0, "{'value':1,'ex:a':{'value':2,'a b':3}}", "/ex:a/a b" NAME_SAYS},
	{0, "{'value':1,'ngsi-ld:hasValue':3}",
		"/ngsi-ld:hasValue: a core member cannot name an attribute (4.5.1)"},
	{0, "{'value':1,'speed':1,'velocity':2}",
		"/velocity: means the same as another member here"},
	/* several instances */
	{0, "[{'value':1},{'value':2}]",
		"/1: a second instance without datasetId; give each its own (4.5.5)"},
	{0, "[{'value':1},{'value':2,'datasetId':'@none'}]",
		"/1: a second instance without datasetId; give each its own (4.5.5)"},
	{0, "[{'value':1,'datasetId':'urn:d'},{'value':2,'datasetId':'urn:\\u0064'}]",
		"/1: a second instance with this datasetId (4.5.5)"},
	{0, "[{'value':1},5]", "/1: must be an attribute, as the others are"},
	{0, "[{'value':1},{'a':5}]", "/1: has no value: 'value', 'object' or another"},
	/* simplified */
	{SIMPLE, "null", NULL_SAYS},
	{SIMPLE, "{'type':'Property','value':5}",
		": is normalized, but the request says simplified; send the bare value "
		"or leave out "
		"options=keyValues"},
	{SIMPLE, "{'dataset':{}}", "/dataset: must not be empty"},
	{SIMPLE, "{'dataset':{'d':1}}",
		"/dataset/d: a datasetId must be a URI or '@none'"},
	{SIMPLE, "{'dataset':{'urn:d':null}}", "/dataset/urn:d" NULL_SAYS},
	{SIMPLE, "{'languageMap':5}",
		"/languageMap: must be an object of language tags and strings"},
	{SIMPLE, NIL, NIL_SAYS},
};

static void refuses(const struct sample *s, const char *body, const char *says)
{
	struct err err = {0};
	struct jn *out = NULL;

	ck_assert_msg(entity_expand(parse(body), ctx, s->flags, &arena, &out, &err) == -1,
		"%s is accepted", body);
	ck_assert_ptr_null(out);
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
	for (char *p = err.detail; *p != '\0'; p++)
		*p = *p == '"' ? '\'' : *p;
	ck_assert_str_eq(err.detail, says);
}

START_TEST(refuses_entities)
{
	refuses(&bad_entities[_i], bad_entities[_i].body, bad_entities[_i].out);
}
END_TEST

START_TEST(refuses_attributes)
{
	const struct sample *s = &bad_attributes[_i];

	refuses(s, arena_printf(&arena, "{'ex:p':%s}", s->body),
		arena_printf(&arena, "/ex:p%s", s->out));
}
END_TEST

static const struct sample bad_fragments[] = {
	{PARTIAL, "5", "body: must be an attribute, an object, or an array of these"},
	{PARTIAL, "[]", "body: must be an attribute, an object, or an array of these"},
	{0, "{'a':1}", "body: has no value: 'value', 'object' or another"},
	{PARTIAL, "{'@context':'x','value':1}",
		"/@context: no @context inside attributes (5.5.7)"},
	{PARTIAL, "{'value':1,'ex:s':{'unitCode':'X'}}",
		"/ex:s: has 'unitCode' but no value: 'value', 'object' or another"},
	{PARTIAL, "[{'value':1},{'value':2}]",
		"/1: a second instance without datasetId; give each its own (4.5.5)"},
};

START_TEST(refuses_fragments)
{
	const struct sample *s = &bad_fragments[_i];
	struct err err = {0};
	struct jn *out = NULL;

	ck_assert_int_eq(attribute_expand(parse(s->body), "http://e.org/p", ctx, s->flags,
				 &arena, &out, &err),
		-1);
	ck_assert_ptr_null(out);
	for (char *p = err.detail; *p != '\0'; p++)
		*p = *p == '"' ? '\'' : *p;
	ck_assert_str_eq(err.detail, s->out);
}
END_TEST

/* The name of the attribute counts in its URL, too. */
START_TEST(fragment_of_location)
{
	struct err err = {0};
	struct jn *out = NULL;

	ck_assert_int_eq(attribute_expand(parse("{'value':5}"), NGSI "location", ctx,
				 PARTIAL, &arena, &out, &err),
		-1);
	ck_assert_str_eq(err.detail,
		"body: must be a GeoProperty, with a GeoJSON geometry (5.2.4)");
}
END_TEST

/* Large bodies do not make the checks for duplicates slow, nor wrong. */
START_TEST(many_members)
{
	auto_strbuf sb = {0};
	struct err err = {0};
	struct jn *out = NULL;

	strbuf_adds(&sb, "{'type':[");
	for (int i = 0; i < 20000; i++)
		strbuf_addf(&sb, "%s'T%d'", i > 0 ? "," : "", i % 10000);
	strbuf_adds(&sb, "],'speed':[{'value':1}");
	for (int i = 0; i < 20000; i++)
		strbuf_addf(&sb, ",{'value':1,'datasetId':'urn:%d'}", i);
	strbuf_adds(&sb, "]");
	for (int i = 0; i < 50000; i++)
		strbuf_addf(&sb, ",'a%d':1", i);
	strbuf_adds(&sb, "}");
	ck_assert_msg(entity_expand(parse(sb.data), ctx, 0, &arena, &out, &err) == 0,
		"%s", err.detail);
	ck_assert_uint_eq(out->count, 50002);
	ck_assert_uint_eq(jn_get(out, "type")->count, 10000);
	ck_assert_uint_eq(jn_get(out, "http://e.org/speed")->count, 20001);
	sb.data[sb.len - 1] = ',';
	strbuf_adds(&sb, "'velocity':1}");
	ck_assert_int_eq(entity_expand(parse(sb.data), ctx, 0, &arena, &out, &err), -1);
	ck_assert_str_eq(err.detail, "/velocity: means the same as another member here");
}
END_TEST

START_TEST(many_instances_twice)
{
	auto_strbuf sb = {0};
	struct err err = {0};
	struct jn *out = NULL;

	strbuf_adds(&sb, "{'speed':[{'value':1}");
	for (int i = 0; i < 100; i++)
		strbuf_addf(&sb, ",{'value':1,'datasetId':'urn:%d'}", i % 99);
	strbuf_adds(&sb, "]}");
	ck_assert_int_eq(entity_expand(parse(sb.data), ctx, 0, &arena, &out, &err), -1);
	ck_assert_str_eq(
		err.detail, "/speed/100: a second instance with this datasetId (4.5.5)");
}
END_TEST

START_TEST(long_positions_are_cut)
{
	auto_strbuf sb = {0};
	struct err err = {0};
	struct jn *out = NULL;

	strbuf_adds(&sb, "{'");
	for (int i = 0; i < 300; i++)
		strbuf_addc(&sb, 'n');
	strbuf_adds(&sb, "':null}");
	ck_assert_int_eq(entity_expand(parse(sb.data), ctx, 0, &arena, &out, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.detail, "nn: null cannot be stored"));
}
END_TEST

static const struct {
	const char *name;
	bool legal;
} names[] = {
	{"a", true},
	{"A1_b-c", true},
	{"\xc3\xa9t\xc3\xa9", true}, /* été */
	{"\xd0\xaf\xd9\xa3", true}, /* Я٣: a letter, an Arabic digit */
	{"\xe6\xb8\xa9\xe5\xba\xa6", true}, /* 温度 */
	{"a\xe2\x85\xa7", true}, /* a Ⅷ: a letter number */
	{"ex:name", true},
	{"\xc3\xa9:\xc3\xa9", true},
	{"http://x/y?z#a", true},
	{"urn:x", true},
	{"", false},
	{"1", false},
	{"_a", false},
	{"-a", false},
	{"a b", false},
	{"a.b", false},
	{"a/b", false},
	{"a[1]", false},
	{"a;b", false},
	{"a\xe2\x82\xac", false}, /* € */
	{"\xd9\xa3", false}, /* ٣ */
	{":a", false},
	{"a:", false},
	{"1:a", false},
	{"http://x/{y}", false},
};

START_TEST(legal_names)
{
	ck_assert_int_eq(
		name_is_legal(names[_i].name, strlen(names[_i].name)), names[_i].legal);
}
END_TEST

START_TEST(names_have_an_end)
{
	char name[NAME_MAX_LEN + 1];

	memset(name, 'a', sizeof(name));
	ck_assert(name_is_legal(name, NAME_MAX_LEN));
	ck_assert(!name_is_legal(name, NAME_MAX_LEN + 1));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("expand");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, expands_entities, 0, ROWS(entities));
	tcase_add_loop_test(tc, expands_attributes, 0, ROWS(attributes));
	tcase_add_loop_test(tc, names_decide, 0, ROWS(named));
	tcase_add_loop_test(tc, expands_fragments, 0, ROWS(fragments));
	tcase_add_loop_test(tc, refuses_entities, 0, ROWS(bad_entities));
	tcase_add_loop_test(tc, refuses_attributes, 0, ROWS(bad_attributes));
	tcase_add_loop_test(tc, refuses_fragments, 0, ROWS(bad_fragments));
	tcase_add_test(tc, fragment_of_location);
	tcase_add_test(tc, many_members);
	tcase_add_test(tc, many_instances_twice);
	tcase_add_test(tc, long_positions_are_cut);
	tcase_add_loop_test(tc, legal_names, 0, ROWS(names));
	tcase_add_test(tc, names_have_an_end);
	return suite_run("expand", tc);
}
