/* SPDX-License-Identifier: Apache-2.0 */
#include "generate.h"

#include <base/strbuf.h>

#include <stdbool.h>
#include <stddef.h>

#define DV            "https://uri.etsi.org/ngsi-ld/default-context/"
#define PICK(r, list) (list)[random_below(r, sizeof(list) / sizeof((list)[0]))]

unsigned random_below(struct random *r, unsigned n)
{
	r->state ^= r->state << 13; /* xorshift64 */
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return (unsigned)(r->state >> 33) % n;
}

static bool one_in(struct random *r, unsigned n)
{
	return random_below(r, n) == 0;
}

/* Longer than what the index keeps, and different only behind that. */
#define LONG_60 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LONG    LONG_60 LONG_60 LONG_60 LONG_60 LONG_60
static const char long_a[] = "\"" LONG "a\"", long_b[] = "\"" LONG "b\"",
		  long_prefix[] = "\"" LONG "\"";

static const char male[] = "\"" DV "Male\"";

/* What documents hold; expressions ask for much the same. */
static const char *const scalars[] = {
	"0",
	"-0.0",
	"1",
	"5",
	"5.0",
	"5e0",
	"-1.5",
	"0.1",
	"0.30000000000000004",
	"1e-400",
	"100",
	"9007199254740993",
	"1.7976931348623157e308",
	"5e-324",
	"2.5e-324",
	"1.7976931348623158e308",
	"1.7976931348623159e308",
	"-1e400",
	"true",
	"false",
	"null",
	"\"\"",
	"\"x\"",
	"\"y\"",
	"\"xy\"",
	"\"X\"",
	"\"a\\\"b\\nc\"",
	"\"\\u00e9\"",
	"\"\xc3\xa9\"",
	"\"\xf0\x9f\x98\x80\"",
	"\"Male\"",
	male,
	"\"true\"",
	"\"5\"",
	"\"urn:x:1\"",
	"\"URN:X:1\"",
	long_a,
	long_b,
	"\"2020-01-01T00:00:00Z\"",
	"\"2020-01-01T00:00:00.000Z\"",
	"\"2020-01-01T00:00:00,5Z\"",
	"\"2020-01-01T01:00:00+01:00\"",
	"\"2020-01-01t00:00:00z\"",
	"\"2020-02-29T23:59:59.999999Z\"",
	"\"2019-02-29T00:00:00Z\"",
	"\"2020-01-01T24:00:00Z\"",
	"\"2020-01-01\"",
	"\"2020-01-31\"",
	"\"2020-04-31\"",
	"\"12:00:00Z\"",
	"\"12:00:00.50Z\"",
};

static const char *const uris[] = {
	"\"urn:x:1\"",
	"\"urn:x:2\"",
	"\"urn:x:3\"",
	"\"URN:X:1\"",
	"\"urn:x:Thing\"",
	"\"http://Example.org/%7eA\"",
	"\"http://example.org/~A\"",
	"\"http://u@Example.org:80/a?B#c\"",
};

static const char *const iris[] = {
	"\"" DV "Male\"",
	"\"" DV "x\"",
	"\"" DV "y\"",
	"\"http://example.org/Male\"",
};

static void add_value(struct random *r, struct strbuf *sb, unsigned depth);

static void add_array(struct random *r, struct strbuf *sb, unsigned depth)
{
	unsigned n = random_below(r, 4);

	strbuf_addc(sb, '[');
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			strbuf_addc(sb, ',');
		add_value(r, sb, depth);
	}
	strbuf_addc(sb, ']');
}

static void add_object(struct random *r, struct strbuf *sb, unsigned depth)
{
	static const char *const keys[] = {"k", "l", "a.b", "value", "@value"};
	unsigned first = random_below(r, 5), n = 1 + random_below(r, 3);

	strbuf_addc(sb, '{');
	for (unsigned i = 0; i < n; i++) {
		strbuf_addf(sb, "%s\"%s\":", i > 0 ? "," : "", keys[(first + i) % 5]);
		add_value(r, sb, depth);
	}
	strbuf_addc(sb, '}');
}

static void add_value(struct random *r, struct strbuf *sb, unsigned depth)
{
	unsigned kind = depth == 0 ? 0 : random_below(r, 10);

	if (kind < 6) {
		strbuf_adds(sb, PICK(r, scalars));
	} else if (kind < 8) {
		add_array(r, sb, depth - 1);
	} else if (kind < 9) {
		add_object(r, sb, depth - 1);
	} else {
		strbuf_adds(sb, "{\"@type\":\"DateTime\",\"@value\":");
		add_value(r, sb, one_in(r, 4) ? depth - 1 : 0);
		strbuf_addc(sb, '}');
	}
}

/* One of the list, or an array of some. */
static void add_some(struct random *r, struct strbuf *sb, const char *const *list,
	unsigned len, bool array)
{
	unsigned n = random_below(r, 3);

	if (!array) {
		strbuf_adds(sb, list[random_below(r, len)]);
		return;
	}
	strbuf_addf(sb, "[%s", list[random_below(r, len)]);
	for (unsigned i = 0; i < n; i++)
		strbuf_addf(sb, ",%s", list[random_below(r, len)]);
	strbuf_addc(sb, ']');
}

static void add_language_map(struct random *r, struct strbuf *sb)
{
	static const char *const strings[] = {
		"\"x\"", "\"y\"", "\"xy\"", "\"\"", "\"2020-01-01T00:00:00Z\""};
	static const char *const tags[] = {"en", "EN", "fr", "en-GB", "@none"};
	unsigned first = random_below(r, 5), n = 1 + random_below(r, 3);

	strbuf_addc(sb, '{');
	for (unsigned i = 0; i < n; i++) {
		strbuf_addf(sb, "%s\"%s\":", i > 0 ? "," : "", tags[(first + i) % 5]);
		if (one_in(r, 8))
			strbuf_adds(sb, "[]");
		else
			add_some(r, sb, strings, 5, one_in(r, 3));
	}
	strbuf_addc(sb, '}');
}

static void add_kind(struct random *r, struct strbuf *sb)
{
	switch (random_below(r, 12)) {
	case 0:
		strbuf_adds(sb, "\"type\":\"Relationship\",\"object\":");
		add_some(r, sb, uris, 8, one_in(r, 3));
		break;
	case 1:
		strbuf_adds(sb, "\"type\":\"ListRelationship\",\"objectList\":");
		add_some(r, sb, uris, 8, true);
		break;
	case 2:
	case 3:
		strbuf_adds(sb, "\"type\":\"LanguageProperty\",\"languageMap\":");
		add_language_map(r, sb);
		break;
	case 4:
		strbuf_adds(sb, "\"type\":\"VocabProperty\",\"vocab\":");
		add_some(r, sb, iris, 4, one_in(r, 3));
		break;
	case 5:
		strbuf_adds(sb, "\"type\":\"JsonProperty\",\"json\":");
		if (one_in(r, 2))
			add_object(r, sb, 2);
		else
			add_array(r, sb, 2);
		break;
	case 6:
		strbuf_adds(sb, "\"type\":\"ListProperty\",\"valueList\":");
		add_array(r, sb, 2);
		break;
	default:
		strbuf_adds(sb, "\"type\":\"Property\",\"value\":");
		add_value(r, sb, 3);
	}
}

static void add_attribute(struct random *r, struct strbuf *sb, int name, unsigned depth);

static void add_instance(struct random *r, struct strbuf *sb, unsigned n, unsigned depth)
{
	static const char *const expiries[] = {
		"2023-12-31T23:59:59.999999Z",
		"2024-01-01T00:00:00Z",
		"2024-01-01T00:00:00,000001Z",
		"2030-01-01T00:00:00Z",
	};

	strbuf_addc(sb, '{');
	add_kind(r, sb);
	if (n > 0)
		strbuf_addf(sb, ",\"datasetId\":\"urn:d:%u\"", n);
	if (one_in(r, 4))
		strbuf_addf(sb, ",\"observedAt\":\"%s\"",
			one_in(r, 2) ? "2020-01-01T00:00:00Z" : "2020-01-31T00:00:00,5Z");
	if (one_in(r, 6))
		strbuf_addf(sb, ",\"expiresAt\":\"%s\"", PICK(r, expiries));
	if (one_in(r, 4))
		strbuf_addf(sb, ",\"unitCode\":\"%c\"", 'x' + (char)random_below(r, 2));
	if (depth > 0 && one_in(r, 3)) {
		strbuf_addc(sb, ',');
		add_attribute(r, sb, 'b', depth - 1);
	}
	strbuf_addc(sb, '}');
}

static void add_attribute(struct random *r, struct strbuf *sb, int name, unsigned depth)
{
	unsigned n = one_in(r, 4) ? 2 + random_below(r, 2) : 1;

	strbuf_addf(sb, "\"" DV "%c\":%s", name, n > 1 ? "[" : "");
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			strbuf_addc(sb, ',');
		add_instance(r, sb, i, depth);
	}
	if (n > 1)
		strbuf_addc(sb, ']');
}

void generate_doc(struct random *r, int64_t eid, struct strbuf *sb)
{
	strbuf_addf(sb,
		"{\"id\":\"urn:x:%lld\",\"type\":[\"" DV "%s\"],"
		"\"createdAt\":\"2020-01-%02uT00:00:00Z\"",
		(long long)eid, one_in(r, 2) ? "T" : "U", 1 + random_below(r, 31));
	if (one_in(r, 3)) {
		strbuf_adds(sb, ",\"scope\":");
		generate_scopes(r, sb);
	}
	for (int name = 'a'; name <= 'e'; name++) {
		if (!one_in(r, 2))
			continue;
		strbuf_addc(sb, ',');
		add_attribute(r, sb, name, 2);
	}
	strbuf_addc(sb, '}');
}

static void add_path(struct random *r, struct strbuf *sb)
{
	static const char *const core[] = {
		"createdAt", "id", "type", "scope", "modifiedAt"};
	static const char *const last[] = {"observedAt", "unitCode", "datasetId", "type",
		"value", "expiresAt", "object"};
	static const char *const trails[] = {"[k]", "[k.l]", "[en]", "[*]", "[\"a.b\"]",
		"[@value]", "[l.@value]", "[fr.x]"};

	if (one_in(r, 12)) {
		strbuf_adds(sb, PICK(r, core));
		return;
	}
	strbuf_addc(sb, 'a' + (char)random_below(r, 5));
	if (one_in(r, 6))
		strbuf_adds(sb, one_in(r, 4) ? ".b.b" : ".b");
	if (one_in(r, 8))
		strbuf_addf(sb, ".%s", PICK(r, last));
	if (one_in(r, 6))
		strbuf_adds(sb, PICK(r, trails));
}

static const char *const numbers[] = {"0", "1", "5", "-1.5", "0.1", "0.3", "100",
	"4.99999", "9007199254740992", "1.7976931348623157e308",
	"-1.7976931348623157e308", "5e-324"};
static const char *const strings[] = {"\"\"", "\"x\"", "\"y\"", "\"xy\"",
	"\"a\\\"b\\nc\"", "\"\xc3\xa9\"", "\"Male\"", "\"true\"", "\"urn:x:1\"",
	"\"URN:X:1\"", "\"http://example.org/%7EA\"", "\"http://example.org/%7eA\"",
	"\"HTTP://u@EXAMPLE.org:80/a?B#c\"", "\"2020-01-01T00:00:00Z\"", long_a,
	long_prefix, male};
static const char *const instants[] = {"2020-01-01T00:00:00Z", "2020-01-01T00:00:00.5Z",
	"2020-01-01T01:00:00+01:00", "2020-01-15T00:00:00Z",
	"2020-02-29T23:59:59.999999Z"};
static const char *const dates[] = {"2020-01-01", "2020-01-15", "2020-01-31"};
static const char *const times[] = {"12:00:00Z", "12:00:00,5Z"};
static const char *const bare[] = {
	"x", "Male", "urn:x:1", "URN:X:1", "true", "false", "http://example.org/~A", "T"};

static const char *kind_of_value(struct random *r, unsigned kind)
{
	switch (kind) {
	case 0:
		return PICK(r, numbers);
	case 1:
		return PICK(r, strings);
	case 2:
		return PICK(r, instants);
	case 3:
		return PICK(r, dates);
	case 4:
		return PICK(r, times);
	default:
		return PICK(r, bare);
	}
}

/* A string that looks like an instant would be one after observedAt: both or none. */
static const char *end_of_range(struct random *r, unsigned kind)
{
	static const char *const ends[] = {
		"\"\"", "\"x\"", "\"xy\"", "\"y\"", "\"\xc3\xa9\"", "\"u\"", "\"v\""};

	return kind == 1 ? PICK(r, ends) : kind_of_value(r, kind);
}

static unsigned some_kind(struct random *r)
{
	static const unsigned char kinds[] = {0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 4, 5, 5};

	return PICK(r, kinds);
}

static void add_equality(struct random *r, struct strbuf *sb)
{
	unsigned kind = some_kind(r), n = one_in(r, 4) ? 2 + random_below(r, 2) : 1;

	strbuf_adds(sb, one_in(r, 3) ? "!=" : "==");
	if (kind < 5 && one_in(r, 5)) {
		strbuf_addf(sb, "%s..", end_of_range(r, kind));
		strbuf_adds(sb, end_of_range(r, kind));
		return;
	}
	strbuf_adds(sb, kind_of_value(r, kind));
	while (--n > 0)
		strbuf_addf(sb, ",%s", kind_of_value(r, some_kind(r)));
}

static void add_comparison(struct random *r, struct strbuf *sb)
{
	static const char *const operators[] = {"<", "<=", ">", ">="};
	static const char *const patterns[] = {"~=x", "!~=x", "~=^x", "!~=\"^.y$\"",
		"~=^(x|y)*$", "~=a.b.c", "!~=\xc3\xa9", "~=:1$", "!~=[0-9]", "~=x{250}"};

	if (one_in(r, 3)) {
		strbuf_adds(sb, PICK(r, patterns));
	} else {
		strbuf_adds(sb, PICK(r, operators));
		strbuf_adds(sb, kind_of_value(r, random_below(r, 5)));
	}
}

static void add_term(struct random *r, struct strbuf *sb)
{
	add_path(r, sb);
	switch (random_below(r, 8)) {
	case 0:
		break;
	case 1:
	case 2:
	case 3:
		add_comparison(r, sb);
		break;
	default:
		add_equality(r, sb);
	}
}

static void add_q(struct random *r, struct strbuf *sb, unsigned depth, unsigned links)
{
	static const char *const hints[] = {"", "", "T:", "U,T:"};

	if (depth > 0 && one_in(r, 2)) {
		strbuf_addc(sb, '(');
		add_q(r, sb, depth - 1, links);
		strbuf_addc(sb, one_in(r, 2) ? ';' : '|');
		add_q(r, sb, depth - 1, links);
		strbuf_addc(sb, ')');
	} else if (links > 0 && one_in(r, 8)) {
		strbuf_addf(sb, "%c{", 'a' + (char)random_below(r, 5));
		strbuf_adds(sb, PICK(r, hints));
		add_q(r, sb, depth, links - 1);
		strbuf_addc(sb, '}');
	} else {
		add_term(r, sb);
	}
}

void generate_q(struct random *r, struct strbuf *sb)
{
	add_q(r, sb, 3, 2);
}

static void add_scope(struct random *r, struct strbuf *sb, bool wild)
{
	unsigned n = 1 + random_below(r, 3);

	for (unsigned i = 0; i < n; i++) {
		strbuf_addc(sb, '/');
		if (wild && one_in(r, 4))
			strbuf_addc(sb, '+');
		else
			strbuf_addf(sb, "%s",
				one_in(r, 3)           ? "ab"
					: one_in(r, 2) ? "a"
						       : "b");
	}
	if (wild && one_in(r, 3))
		strbuf_adds(sb, "/#");
}

void generate_scopes(struct random *r, struct strbuf *sb)
{
	unsigned n = 1 + random_below(r, 3);

	strbuf_addc(sb, '[');
	for (unsigned i = 0; i < n; i++) {
		strbuf_adds(sb, i > 0 ? ",\"" : "\"");
		add_scope(r, sb, false);
		strbuf_addc(sb, '"');
	}
	strbuf_addc(sb, ']');
}

static void add_scope_q(struct random *r, struct strbuf *sb, unsigned depth)
{
	static const char separators[] = ";|,";

	if (depth == 0 || one_in(r, 2)) {
		if (one_in(r, 12))
			strbuf_adds(sb, "/#");
		else
			add_scope(r, sb, true);
		return;
	}
	strbuf_addc(sb, '(');
	add_scope_q(r, sb, depth - 1);
	strbuf_addc(sb, separators[random_below(r, 3)]);
	add_scope_q(r, sb, depth - 1);
	strbuf_addc(sb, ')');
}

void generate_scope_q(struct random *r, struct strbuf *sb)
{
	add_scope_q(r, sb, 2);
}
