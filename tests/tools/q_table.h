/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries, documents and what must come of it: for q_eval() (tests/unit/core/test_q_eval.c)
 * and for the database (tests/diff).  Attribute names are terms of the core context, so
 * `a` is A below.  "now" is 2024-01-01T00:00:00Z.
 */
#ifndef TOOLS_Q_TABLE_H
#define TOOLS_Q_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define Q_NOW INT64_C(1704067200000000)
#define DV    "https://uri.etsi.org/ngsi-ld/default-context/"
#define A     "\"" DV "a\":"
#define B     "\"" DV "b\":"

/* Documents, by the names the rows below give them. */
#define PROPERTY(v) "{" A "{\"type\":\"Property\",\"value\":" v "}}"
#define FIVE        PROPERTY("5")
#define TEXT        PROPERTY("\"text\"")
#define NUMBERS     PROPERTY("[1,5,9]")
#define TEXTS       PROPERTY("[\"x\",\"y\"]")
#define TYPED(t, v) PROPERTY("{\"@type\":\"" t "\",\"@value\":" v "}")
#define INSTANT     PROPERTY("\"2020-01-01T00:00:00Z\"")
#define NESTED                                                                           \
	"{" A "{\"type\":\"Property\",\"value\":1," B                                    \
	"{\"type\":\"Property\",\"value\":7,"                                            \
	"\"observedAt\":\"2020-01-01T00:00:00.5Z\",\"unitCode\":\"CEL\"}}}"
#define COMPOUND                                                                         \
	PROPERTY("{\"city\":\"Berlin\",\"geo\":{\"lat\":52.5,\"tags\":[\"x\",\"y\"]},"   \
		 "\"a.b\":1,\"none\":null,\"when\":{\"@type\":\"DateTime\","             \
		 "\"@value\":\"2020-01-01T00:00:00Z\"}}")
#define MULTI                                                                            \
	"{" A "[{\"type\":\"Property\",\"value\":1},"                                    \
	"{\"type\":\"Property\",\"value\":\"x\",\"datasetId\":\"urn:d:2\"}]}"
#define RELATION(o) "{" A "{\"type\":\"Relationship\",\"object\":" o "}}"
#define LINK        RELATION("\"urn:ngsi-ld:X:1\"")
#define LINKS       RELATION("[\"urn:ngsi-ld:X:1\",\"http://Example.org/%7ex\"]")
#define LINK_LIST                                                                        \
	"{" A "{\"type\":\"ListRelationship\",\"objectList\":[\"urn:x:1\",\"urn:x:2\"]}" \
	"}"
#define LIST        "{" A "{\"type\":\"ListProperty\",\"valueList\":[3,\"z\",3]}}"
#define LANGUAGE(m) "{" A "{\"type\":\"LanguageProperty\",\"languageMap\":" m "}}"
#define COLOUR      LANGUAGE("{\"fr\":\"rouge\",\"en\":\"red\",\"de-CH\":\"rot\"}")
#define COLOURS     LANGUAGE("{\"fr\":[\"chat\",\"rouge\"],\"en\":[\"red\",\"cat\"]}")
#define VOCAB(v)    "{" A "{\"type\":\"VocabProperty\",\"vocab\":" v "}}"
#define MALE        VOCAB("\"" DV "Male\"")
#define JSON(v)     "{" A "{\"type\":\"JsonProperty\",\"json\":" v "}}"
#define RAW         JSON("{\"value\":\"Overstay\",\"n\":5,\"@value\":3,\"l\":[1,2]}")
#define POINT                                                                            \
	"{" A "{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Point\",\"coordinates\":" \
	"[1,2]}}}"
#define EXPIRED                                                                          \
	"{" A                                                                            \
	"{\"type\":\"Property\",\"value\":5,\"expiresAt\":\"2023-12-31T23:59:59Z\"}}"
#define EXPIRING                                                                         \
	"{" A                                                                            \
	"{\"type\":\"Property\",\"value\":5,\"expiresAt\":\"2024-01-01T00:00:01Z\"}}"
#define EXPIRED_ONE                                                                      \
	"{" A "[{\"type\":\"Property\",\"value\":1},{\"type\":\"Property\",\"value\":2," \
	"\"datasetId\":\"urn:d\",\"expiresAt\":\"2024-01-01T00:00:00Z\"}]}"
#define EXPIRED_SUB                                                                      \
	"{" A "{\"type\":\"Property\",\"value\":1," B                                    \
	"{\"type\":\"Property\",\"value\":2,"                                            \
	"\"expiresAt\":\"2023-01-01T00:00:00Z\"}}}"
#define SYSTEM                                                                           \
	"{\"id\":\"urn:ngsi-ld:T:1\",\"type\":[\"" DV "T\",\"" DV                        \
	"U\"],\"scope\":[\"/x/y\"],"                                                     \
	"\"createdAt\":\"2020-01-01T00:00:00Z\",\"modifiedAt\":\"2021-01-01T00:00:00."   \
	"25Z\"}"

static const struct {
	const char *doc, *q;
	bool holds;
} q_table[] = {
	/* existence */
	{FIVE, "a", true},
	{FIVE, "b", false},
	{NESTED, "a.b", true},
	{NESTED, "b", false},
	{NESTED, "a.b.unitCode", true},
	{NESTED, "a.unitCode", false},
	{MULTI, "a.datasetId", true},
	{PROPERTY("[]"), "a", true},
	{POINT, "a", true},
	{POINT, "a[type]==\"Point\"", true},
	{POINT, "a[coordinates]==2", true},
	/* numbers */
	{FIVE, "a==5", true},
	{FIVE, "a==5.0", true},
	{FIVE, "a==0.5e1", true},
	{PROPERTY("5.0"), "a==5", true},
	{PROPERTY("50e-1"), "a==5", true},
	{PROPERTY("0.1"), "a==0.1", true},
	{PROPERTY("0.30000000000000004"), "a==0.3", false},
	{PROPERTY("0.1000000000000000055511151231257827"), "a==0.1", true},
	{PROPERTY("9007199254740993"), "a==9007199254740992", true},
	{PROPERTY("9007199254740995"), "a>9007199254740994", true},
	{PROPERTY("9007199254740993"), "a>9007199254740992", false},
	{PROPERTY("-0.0"), "a==0", true},
	{PROPERTY("1e-400"), "a==0", true},
	{PROPERTY("1e300"), "a>1e299", true},
	{PROPERTY("-5"), "a<-4.5", true},
	{FIVE, "a!=5", false},
	{FIVE, "a!=6", true},
	{FIVE, "a>5", false},
	{FIVE, "a>=5", true},
	{FIVE, "a<5", false},
	{FIVE, "a<=5", true},
	{FIVE, "a<5.0000001", true},
	{FIVE, "a==4..6", true},
	{FIVE, "a==5..6", true},
	{FIVE, "a==5.1..6", false},
	{FIVE, "a==6..4", false},
	{FIVE, "a!=6..9", true},
	{FIVE, "a!=5..9", false},
	{FIVE, "a==1,5", true},
	{FIVE, "a!=1,2", true},
	{FIVE, "a==\"5\"", false},
	{FIVE, "a!=\"5\"", true},
	{FIVE, "a>\"4\"", false},
	{FIVE, "b!=5", false},
	/* strings */
	{TEXT, "a==\"text\"", true},
	{TEXT, "a==text", true},
	{TEXT, "a==\"Text\"", false},
	{TEXT, "a!=\"text\"", false},
	{TEXT, "a>\"tex\"", true},
	{TEXT, "a>\"text\"", false},
	{TEXT, "a>=\"text\"", true},
	{TEXT, "a<\"u\"", true},
	{TEXT, "a>1", false},
	{TEXT, "a!=1", true},
	{TEXT, "a==\"s\"..\"u\"", true},
	{PROPERTY("\"\\u00e9\\n\\\"\""), "a==\"\\u00e9\\n\\\"\"", true},
	{PROPERTY("\"\xc3\xa9\""), "a>\"z\"", true},
	{PROPERTY("\"\""), "a==\"\"", true},
	{PROPERTY("\"urn:X:1\""), "a==URN:x:1", false},
	/* booleans and null */
	{PROPERTY("true"), "a==true", true},
	{PROPERTY("true"), "a==false", false},
	{PROPERTY("true"), "a!=false", true},
	{PROPERTY("true"), "a==\"true\"", false},
	{PROPERTY("\"true\""), "a==true", false},
	{PROPERTY("true"), "a==1", false},
	/* arrays: any element, but no order */
	{NUMBERS, "a==5", true},
	{NUMBERS, "a==4", false},
	{NUMBERS, "a!=5", false},
	{NUMBERS, "a!=4", true},
	{NUMBERS, "a==6..8", false},
	{NUMBERS, "a==8..10", true},
	{NUMBERS, "a>0", false},
	{TEXTS, "a==\"z\",\"y\"", true},
	{TEXTS, "a!=\"z\",\"y\"", false},
	{TEXTS, "a~=x", false},
	{TEXTS, "a!~=q", false},
	{PROPERTY("[]"), "a!=5", true},
	{PROPERTY("[]"), "a==5", false},
	{PROPERTY("[[5]]"), "a==5", false},
	{PROPERTY("[[5],6]"), "a==6", true},
	{PROPERTY("[[\"x\"]]"), "a==\"x\"", false},
	{PROPERTY("[[\"x\"]]"), "a!=\"x\"", true},
	{PROPERTY("[\"2020-01-01T00:00:00Z\"]"), "a==2020-01-01T00:00:00.0Z", true},
	{LIST, "a==3", true},
	{LIST, "a==\"z\"", true},
	{LIST, "a!=4", true},
	{LIST, "a>1", false},
	/* values with a type */
	{TYPED("DateTime", "\"2020-01-01T00:00:00Z\""), "a==2020-01-01T00:00:00.000Z",
		true},
	{TYPED("DateTime", "\"2020-01-01T00:00:00Z\""), "a>2019-01-01T00:00:00Z", true},
	{TYPED("xsd:double", "5"), "a==5", true},
	{TYPED("xsd:double", "5"), "a>4", true},
	{TYPED("xsd:double", "5"), "a==4..5", true},
	{TYPED("x", "\"text\""), "a==\"text\"", true},
	{TYPED("x", "\"text\""), "a~=^t", true},
	{TYPED("x", "\"text\""), "a!~=^t", false},
	{TYPED("x", "\"text\""), "a[@value]==\"text\"", true},
	{TYPED("@json", "[1,2]"), "a==2", true},
	{TYPED("@json", "[1,2]"), "a>0", false},
	{TYPED("@json", "[\"2020-01-01T00:00:00Z\"]"), "a>2000-01-01T00:00:00Z", false},
	{TYPED("@json", "[\"2020-01-01T00:00:00Z\"]"), "a==2020-01-01T00:00:00Z", true},
	{PROPERTY("[{\"@value\":5},7]"), "a==5", true},
	{PROPERTY("[{\"@value\":5},7]"), "a==7", true},
	{PROPERTY("{\"n\":5}"), "a==5", false},
	{PROPERTY("{\"n\":5}"), "a!=5", true},
	/* instants */
	{INSTANT, "a==2020-01-01T00:00:00Z", true},
	{INSTANT, "a==2020-01-01T00:00:00.000Z", true},
	{INSTANT, "a==2020-01-01T01:00:00+01:00", true},
	{INSTANT, "a<2020-01-01T00:00:00.5Z", true},
	{INSTANT, "a>2019-12-31T23:59:59,9Z", true},
	{INSTANT, "a==\"2020-01-01T00:00:00Z\"", true},
	{INSTANT, "a==\"2020-01-01T00:00:00.0Z\"", false},
	{INSTANT, "a!=2020-01-01T00:00:00.0Z", false},
	{INSTANT, "a!=2020-01-01T00:00:01Z", true},
	{INSTANT, "a==2019-01-01T00:00:00Z..2021-01-01T00:00:00Z", true},
	{INSTANT, "a!=2019-01-01T00:00:00Z..2021-01-01T00:00:00Z", false},
	{INSTANT, "a==7,2020-01-01T00:00:00Z", true},
	{INSTANT, "a!=7,2020-01-01T00:00:00Z", false},
	{INSTANT, "a!=7,2020-01-01T00:00:01Z", true},
	{INSTANT, "a==2020-01-01", false},
	{INSTANT, "a!=2020-01-01", true},
	{INSTANT, "a>2019-01-01", false},
	{TEXT, "a>2019-01-01T00:00:00Z", false},
	{TEXT, "a!=2019-01-01T00:00:00Z", true},
	{FIVE, "a!=2019-01-01T00:00:00Z", true},
	{PROPERTY("\"2020-01-01T00:00:00,5Z\""), "a==2020-01-01T00:00:00.5Z", true},
	{PROPERTY("\"2020-01-01t02:00:00.1234567+02:00\""),
		"a==2020-01-01T00:00:00.123456Z", true},
	{PROPERTY("\"2020-02-30T00:00:00Z\""), "a>2000-01-01T00:00:00Z", false},
	{PROPERTY("\"0001-01-01T00:00:00Z\""), "a<2000-01-01T00:00:00Z", true},
	{PROPERTY("\"9999-12-31T23:59:59.999999Z\""), "a>2000-01-01T00:00:00Z", true},
	{PROPERTY("\"9999-12-31T23:59:59-23:59\""), "a>2000-01-01T00:00:00Z", false},
	{PROPERTY("\"2020-01-01\""), "a==2020-01-01", true},
	{PROPERTY("\"2020-01-01\""), "a<2020-02-01", true},
	{PROPERTY("\"2020-01-01\""), "a<2020-02-01T00:00:00Z", false},
	{PROPERTY("\"2020-01-01\""), "a==2019-12-31..2020-01-01", true},
	{PROPERTY("\"12:00:00Z\""), "a<12:00:00.5Z", true},
	{PROPERTY("\"12:00:00,50Z\""), "a==12:00:00.5Z", true},
	{PROPERTY("\"12:00:00,50Z\""), "a!=12:00:00.5Z", false},
	{COLOUR, "a!=2020-01-01T00:00:00Z", true},
	{LANGUAGE("{\"en\":\"2020-01-01T00:00:00Z\"}"), "a==2020-01-01T00:00:00Z", false},
	{NESTED, "a.b.observedAt==2020-01-01T00:00:00,5Z", true},
	{NESTED, "a.b.observedAt>\"2020-01-01T00:00:00Z\"", true},
	{NESTED, "a.b.observedAt!=2020-01-01T00:00:00Z", true},
	{NESTED, "a.observedAt!=2020-01-01T00:00:00Z", false},
	{SYSTEM, "createdAt>=2020-01-01T00:00:00Z", true},
	{SYSTEM, "createdAt>2020-01-01T00:00:00Z", false},
	{SYSTEM, "modifiedAt!=2021-01-01T00:00:00.250Z", false},
	{SYSTEM, "modifiedAt==2021-01-01T00:00:00.250Z", true},
	/* system members */
	{SYSTEM, "id==\"urn:ngsi-ld:T:1\"", true},
	{SYSTEM, "id==URN:NGSI-LD:T:1", true},
	{SYSTEM, "id!=urn:ngsi-ld:T:1", false},
	{SYSTEM, "id~=T:[0-9]$", true},
	{SYSTEM, "id>\"urn\"", true},
	{SYSTEM, "type==T", true},
	{SYSTEM, "type!=V", true},
	{SYSTEM, "type==U;type==T", true},
	{SYSTEM, "scope==\"/x/y\"", true},
	{SYSTEM, "scope", true},
	{FIVE, "scope", false},
	{MULTI, "a.datasetId==urn:d:2", true},
	{NESTED, "a.b.unitCode==CEL", true},
	{NESTED, "a.type==Property", true},
	{NESTED, "a.value==1", true},
	/* sub-attributes, trails */
	{NESTED, "a.b==7", true},
	{NESTED, "a.b>7", false},
	{NESTED, "a.b.c", false},
	{COMPOUND, "a[city]==\"Berlin\"", true},
	{COMPOUND, "a[city]!=\"Paris\"", true},
	{COMPOUND, "a[town]!=\"Paris\"", false},
	{COMPOUND, "a[geo.lat]>52", true},
	{COMPOUND, "a[geo.lat]==52.5", true},
	{COMPOUND, "a[geo.tags]==\"y\"", true},
	{COMPOUND, "a[geo.tags.x]", false},
	{COMPOUND, "a[geo]", true},
	{COMPOUND, "a[none]", true},
	{COMPOUND, "a[none]!=1", true},
	{COMPOUND, "a[none]==1", false},
	{COMPOUND, "a[\"a.b\"]==1", true},
	{COMPOUND, "a[a.b]==1", false},
	{COMPOUND, "a[when]==2020-01-01T00:00:00Z", true},
	{COMPOUND, "a[when]!=2020-01-01T00:00:00Z", false},
	{COMPOUND, "a[city.length]", false},
	{PROPERTY("[{\"k\":1}]"), "a[k]", false},
	{PROPERTY("{\"l\":[{\"k\":1}]}"), "a[l.k]", false},
	{PROPERTY("{\"l\":[{\"k\":1}]}"), "a[l]", true},
	{RAW, "a[value]==\"Overstay\"", true},
	{RAW, "a[n]>4", true},
	{RAW, "a[l]==2", true},
	{RAW, "a==3", false},
	{RAW, "a[@value]==3", true},
	{RAW, "a", true},
	{JSON("[1,2]"), "a==2", true},
	{JSON("[{\"@value\":2}]"), "a==2", false},
	{PROPERTY("{\"k\":{\"@value\":2}}"), "a[k]==2", true},
	{PROPERTY("{\"k\":{\"@value\":2}}"), "a[k]>1", true},
	{JSON("{\"k\":{\"@value\":2}}"), "a[k]==2", false},
	{LINK, "a[x]", false},
	/* several instances: any */
	{MULTI, "a==1", true},
	{MULTI, "a==\"x\"", true},
	{MULTI, "a!=1", true},
	{MULTI, "a!=1,\"x\"", false},
	{MULTI, "a>0", true},
	{MULTI, "a~=x", true},
	{MULTI, "a==2", false},
	/* languages */
	{COLOUR, "a==\"red\"", true},
	{COLOUR, "a[*]==\"rouge\"", true},
	{COLOUR, "a[en]==\"red\"", true},
	{COLOUR, "a[fr]==\"red\"", false},
	{COLOUR, "a[EN]==\"red\"", true},
	{COLOUR, "a[de-ch]==\"rot\"", true},
	{COLOUR, "a[de]", false},
	{COLOUR, "a[en]", true},
	{COLOUR, "a[en.x]", false},
	{COLOUR, "a!=\"red\"", false},
	{COLOUR, "a!=\"noir\"", true},
	{COLOUR, "a[fr]!=\"red\"", true},
	{COLOUR, "a[it]!=\"red\"", false},
	{COLOUR, "a>\"rot\"", true},
	{COLOUR, "a[en]>\"rot\"", false},
	{COLOUR, "a~=^ro", true},
	{COLOUR, "a!~=^ro", false},
	{COLOUR, "a!~=^x", true},
	{COLOUR, "a[en]!~=^ro", true},
	{COLOUR, "a==\"red\"..\"ret\"", true},
	{COLOURS, "a==\"cat\"", true},
	{COLOURS, "a[en]==\"cat\"", true},
	{COLOURS, "a[fr]==\"cat\"", false},
	{COLOURS, "a[fr]!=\"cat\"", true},
	{COLOURS, "a[en]~=^ca", true},
	{COLOURS, "a[en]!~=^ca", false},
	{COLOURS, "a[en]>\"cat\"", true},
	{LANGUAGE("{\"en\":[]}"), "a!~=x", false},
	{LANGUAGE("{\"en\":[]}"), "a!=\"x\"", true},
	/* vocabulary */
	{MALE, "a==Male", true},
	{MALE, "a==\"Male\"", true},
	{MALE, "a==\"" DV "Male\"", true},
	{MALE, "a==Female", false},
	{MALE, "a!=Female", true},
	{MALE, "a~=Male$", true},
	{MALE, "a>\"a\"", false},
	{VOCAB("[\"" DV "x\",\"" DV "y\"]"), "a==y", true},
	{VOCAB("[\"" DV "x\",\"" DV "y\"]"), "a!=y", false},
	/* expandValues=e */
	{"{\"" DV "e\":{\"type\":\"Property\",\"value\":\"" DV "Male\"}}", "e==Male",
		true},
	{"{\"" DV "e\":{\"type\":\"Property\",\"value\":\"Male\"}}", "e==Male", true},
	{PROPERTY("\"" DV "Male\""), "a==Male", false},
	/* relationships */
	{LINK, "a==urn:ngsi-ld:X:1", true},
	{LINK, "a==\"urn:ngsi-ld:X:1\"", true},
	{LINK, "a==URN:NGSI-LD:X:1", true},
	{LINK, "a==urn:ngsi-ld:x:1", false},
	{LINK, "a!=urn:ngsi-ld:x:1", true},
	{LINK, "a!=urn:ngsi-ld:X:1", false},
	{LINK, "a>\"urn\"", false},
	{LINK, "a~=urn", false},
	{LINK, "a!~=x", false},
	{LINK, "a==\"urn\"..\"urz\"", false},
	{LINK, "a!=\"urn\"..\"urz\"", true},
	{LINK, "a==1", false},
	{LINK, "a!=1", true},
	{LINKS, "a==urn:ngsi-ld:X:1", true},
	{LINKS, "a==\"http://example.org/%7Ex\"", true},
	{LINKS, "a==\"HTTP://EXAMPLE.org/%7ex\"", true},
	{LINKS, "a==\"http://example.org/%7EX\"", false},
	{LINKS, "a!=urn:x:1,urn:x:2", true},
	{LINKS, "a!=urn:x:1,urn:ngsi-ld:X:1", false},
	{RELATION("\"http://example.org/~x\""), "a==\"http://example.org/%7ex\"", true},
	{LINK_LIST, "a==urn:x:2", true},
	{LINK_LIST, "a!=urn:x:2", false},
	{LINK_LIST, "a!=urn:x:3", true},
	/* patterns */
	{TEXT, "a~=ex", true},
	{TEXT, "a~=\"^t.xt$\"", true},
	{TEXT, "a~=^ex", false},
	{TEXT, "a!~=ex", false},
	{TEXT, "a!~=^ex", true},
	{FIVE, "a~=5", false},
	{FIVE, "a!~=6", false},
	{FIVE, "b!~=6", false},
	{PROPERTY("\"a\\nb\""), "a~=a.b", true},
	{PROPERTY("\"x\\\"y\""), "a~=\"x\\\"y\"", true},
	/* what has expired does not exist */
	{EXPIRED, "a", false},
	{EXPIRED, "a!=6", false},
	{EXPIRING, "a==5", true},
	{EXPIRED_ONE, "a==1", true},
	{EXPIRED_ONE, "a==2", false},
	{EXPIRED_ONE, "a!=1", false},
	{EXPIRED_SUB, "a", true},
	{EXPIRED_SUB, "a.b", false},
	/* logic */
	{FIVE, "a==5;b", false},
	{FIVE, "a==5|b", true},
	{FIVE, "b|a==1;a==5|a==5", true},
	{FIVE, "(b|a==5);a!=6", true},
};

/* rel{…}: entities by id, then the same as above. */
#define C "\"" DV "c\":"
static const struct {
	const char *id, *doc;
} q_linked_docs[] = {
	{"urn:x:1",
		"{\"id\":\"urn:x:1\",\"type\":[\"" DV "T\"]," B
		"{\"type\":\"Property\",\"value\":40}," C
		"{\"type\":\"Relationship\",\"object\":\"urn:x:2\"}}"},
	{"urn:x:2",
		"{\"id\":\"urn:x:2\",\"type\":[\"" DV "U\"]," B
		"{\"type\":\"Property\",\"value\":\"deep\"}," C
		"{\"type\":\"Relationship\",\"object\":\"urn:x:none\"}}"},
};

static const struct {
	const char *doc, *q;
	bool holds;
} q_linked_table[] = {
	{RELATION("\"urn:x:1\""), "a{b}", true},
	{RELATION("\"urn:x:1\""), "a{b}==40", true},
	{RELATION("\"urn:x:1\""), "a{b}==41", false},
	{RELATION("\"urn:x:1\""), "a{b==40;c}", true},
	{RELATION("\"urn:x:1\""), "a{T:b}==40", true},
	{RELATION("\"urn:x:1\""), "a{U:b}==40", false},
	{RELATION("\"urn:x:1\""), "a{U,T:b}==40", true},
	{RELATION("[\"urn:x:2\",\"urn:x:1\"]"), "a{b}>39", true},
	{RELATION("\"urn:x:1\""), "a{c{b}}==deep", true},
	{RELATION("\"urn:x:1\""), "a{c{U:b~=^de}}", true},
	{RELATION("\"urn:x:1\""), "a{c{T:b~=^de}}", false},
	{RELATION("\"urn:x:2\""), "a{c{b}}", false},
	{RELATION("\"urn:x:9\""), "a{b}", false},
	{RELATION("\"urn:x:9\""), "a{b}|a", true},
	{LINK_LIST, "a{b}==deep", true},
	{PROPERTY("\"urn:x:1\""), "a{b}", false},
	{FIVE, "b{b}", false},
};

#endif
