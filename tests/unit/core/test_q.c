/* SPDX-License-Identifier: Apache-2.0 */
/* The q parser (4.9): what is understood, and where it stopped when it is not. */
#include <core/q.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/pattern.h>
#include <core/type_q.h>

#include "suite.h"

#include <string.h>

static void show(struct strbuf *sb, const struct q *q);

/* IRIs by their last part, so that the tables stay readable. */
static const char *tail(const char *iri)
{
	const char *slash = strrchr(iri, '/');

	return slash == NULL ? iri : slash + 1;
}

static void show_path(struct strbuf *sb, const struct q_path *path)
{
	for (size_t i = 0; i < path->names_len; i++)
		strbuf_addf(sb, "%s%s", i > 0 ? "." : "", tail(path->names[i]));
	for (size_t i = 0; i < path->trail_len; i++)
		strbuf_addf(sb, "%s%s", i > 0 ? "." : "[", path->trail[i]);
	if (path->trail_len > 0)
		strbuf_addc(sb, ']');
	if (path->expand_values)
		strbuf_addc(sb, '^');
}

static void show_value(struct strbuf *sb, const struct q_value *v)
{
	switch (v->type) {
	case Q_NUMBER:
		strbuf_addf(sb, "%g", v->number);
		break;
	case Q_STRING:
		strbuf_addf(sb, "'%s'", v->text);
		break;
	case Q_BOOL:
		strbuf_adds(sb, v->truth ? "true" : "false");
		break;
	case Q_DATE_TIME:
		strbuf_addf(sb, "@%lld", (long long)v->instant);
		break;
	case Q_DATE:
		strbuf_addf(sb, "date %s", v->text);
		break;
	case Q_TIME:
		strbuf_addf(sb, "time %lld", (long long)v->instant);
		break;
	case Q_URI:
		strbuf_addf(sb, "<%s>", v->text);
		break;
	}
}

static void show_term(struct strbuf *sb, const struct q *q)
{
	static const char *const text[] = {[Q_EQ] = "==",
		[Q_NE] = "!=",
		[Q_LT] = "<",
		[Q_LE] = "<=",
		[Q_GT] = ">",
		[Q_GE] = ">=",
		[Q_MATCH] = "~=",
		[Q_NO_MATCH] = "!~="};

	show_path(sb, &q->path);
	if (q->op == Q_EXISTS)
		return;
	strbuf_adds(sb, text[q->op]);
	for (size_t i = 0; i < q->values_len; i++) {
		if (i > 0)
			strbuf_adds(sb, q->range ? ".." : ",");
		show_value(sb, &q->values[i]);
	}
}

static void show_linked(struct strbuf *sb, const struct q *q)
{
	show_path(sb, &q->path);
	strbuf_addc(sb, '{');
	for (size_t i = 0; q->linked_types != NULL && i < q->linked_types->len; i++)
		strbuf_addf(sb, "%s%s", i > 0 ? "," : "",
			tail(q->linked_types->any[i].iris[0]));
	if (q->linked_types != NULL)
		strbuf_addc(sb, ':');
	show(sb, q->left);
	strbuf_addc(sb, '}');
}

static void show(struct strbuf *sb, const struct q *q)
{
	if (q->op == Q_LINKED) {
		show_linked(sb, q);
	} else if (q->op == Q_AND || q->op == Q_OR) {
		strbuf_addc(sb, '(');
		show(sb, q->left);
		strbuf_adds(sb, q->op == Q_AND ? " & " : " | ");
		show(sb, q->right);
		strbuf_addc(sb, ')');
	} else {
		show_term(sb, q);
	}
}

static struct q_options options(void)
{
	static struct context *ctx;

	if (ctx == NULL)
		ctx = context_core();
	return (struct q_options){.ctx = ctx, .expand_values = "gender", .max_linked = 2};
}

static const struct {
	const char *text, *means;
} good[] = {
	/* the examples of 4.9 */
	{"temperature", "temperature"},
	{"temperature==20", "temperature==20"},
	{"brandName!=\"Mercedes\"", "brandName!='Mercedes'"},
	{"isParked==\"urn:ngsi-ld:OffStreetParking:Downtown1\"",
		"isParked=='urn:ngsi-ld:OffStreetParking:Downtown1'"},
	{"speed>50;brandName!=\"Mercedes\"", "(speed>50 & brandName!='Mercedes')"},
	{"((speed>50|rpm>3000);brandName==\"Mercedes\")",
		"((speed>50 | rpm>3000) & brandName=='Mercedes')"},
	{"(temperature>=20;temperature<=25)|capacity<=10",
		"((temperature>=20 & temperature<=25) | capacity<=10)"},
	{"temperature.observedAt>=2017-12-24T12:00:00Z",
		"temperature.observedAt>=@1514116800000000"},
	{"address[city]==\"Berlin\"", "address[city]=='Berlin'"},
	{"sensor.rawdata[airquality.particulate]==40",
		"sensor.rawdata[airquality.particulate]==40"},
	{"gender==Male", "gender^=='Male'"},
	{"sensor{humidity}==40", "sensor{humidity==40}"},
	{"sensor{Device:humidity}==40", "sensor{Device:humidity==40}"},
	{"color==\"black\", \"red\"", "color=='black','red'"},
	{"temperature==10..20", "temperature==10..20"},
	{"color[*]!=\"red\"", "color[*]!='red'"},
	/* AND before OR, any nesting, left to right */
	{"a|b;c", "(a | (b & c))"},
	{"a;b|c;d|e", "(((a & b) | (c & d)) | e)"},
	{"((((a))))", "a"},
	{"(a|(b;(c|d)));e", "((a | (b & (c | d))) & e)"},
	/* operators and values */
	{"a>-1.5e3", "a>-1500"},
	{"a>=0", "a>=0"},
	{"a<5;b<=6", "(a<5 & b<=6)"},
	{"a!=true;b==false", "(a!=true & b==false)"},
	{"a==1,\"x\",true,2020-01-01", "a==1,'x',true,date 2020-01-01"},
	{"a==\"q\\\"\\u00e9;|)\"", "a=='q\"\xc3\xa9;|)'"},
	{"a==\"\"", "a==''"},
	{"a!=\"a\"..\"b\"", "a!='a'..'b'"},
	{"a==-2..-1", "a==-2..-1"},
	{"a==1.5..2.5", "a==1.5..2.5"},
	{"a==2020-01-01T00:00:00Z..2021-01-01T00:00:00Z",
		"a==@1577836800000000..@1609459200000000"},
	{"a>2020-01-01T00:00:00,5Z", "a>@1577836800500000"},
	{"a==2020-01-01T00:00:00,5Z,7", "a==@1577836800500000,7"},
	{"a>2020-01-01T01:00:00 01:00", "a>@1577836800000000"},
	{"a>2020-01-01T01:00:00+01:00", "a>@1577836800000000"},
	{"a>12:30:00Z", "a>time 45000000000"},
	{"a==12:30:00.5Z", "a==time 45000500000"},
	{"a==2020-01-01..2020-12-31", "a==date 2020-01-01..date 2020-12-31"},
	{"a==\"2020-01-01T00:00:00Z\"", "a=='2020-01-01T00:00:00Z'"},
	{"modifiedAt>\"2020-01-01T00:00:00Z\"", "modifiedAt>@1577836800000000"},
	{"rel==urn:ngsi-ld:X:1", "rel==<urn:ngsi-ld:X:1>"},
	{"rel==urn:a,urn:b", "rel==<urn:a>,<urn:b>"},
	{"rel==http://a/b..c", "rel==<http://a/b..c>"},
	{"a==Male,Female", "a=='Male','Female'"},
	{"a==12AB", "a=='12AB'"},
	{"a==e", "a=='e'"},
	{"a==truex", "a=='truex'"},
	/* patterns */
	{"a~=^b.*c$", "a~='^b.*c$'"},
	{"a~=(x|y);b", "(a~='(x|y)' & b)"},
	{"a!~=\"x;y|z\"", "a!~='x;y|z'"},
	{"(a~=x{2,3})|b", "(a~='x{2,3}' | b)"},
	{"a~=[;)|]+|b", "(a~='[;)|]+' | b)"},
	{"a~=\\;x", "a~='\\;x'"},
	/* paths */
	{"a.b.c>1", "a.b.c>1"},
	{"a[b.c.d]", "a[b.c.d]"},
	{"a[\"b.c\".d]", "a[b.c.d]"},
	{"a[en-GB]==\"x\"", "a[en-GB]=='x'"},
	{"id==urn:x:1;type==Vehicle;scope==\"/a\"",
		"((id==<urn:x:1> & type=='Vehicle') & scope=='/a')"},
	{"a.datasetId==urn:d;a.unitCode==CEL",
		"(a.datasetId==<urn:d> & a.unitCode=='CEL')"},
	{"temp\xc3\xa9rature>1", "temp\xc3\xa9rature>1"},
	{"https://example.org/ns/a.b==1", "a.b==1"},
	/* linked */
	{"a{b}", "a{b}"},
	{"a{b>1;c}", "a{(b>1 & c)}"},
	{"a{T,U:b{V:c}}!=\"x\"", "a{T,U:b{V:c!='x'}}"},
	{"a{(b|c)}|d", "(a{(b | c)} | d)"},
	{"a{b~=x}", "a{b~='x'}"},
	/* spaces */
	{" a == 1 ; b ", "(a==1 & b)"},
	{"( a | b )", "(a | b)"},
	{"a == 1 , 2", "a==1,2"},
};

START_TEST(means_what_it_says)
{
	auto_arena a = {.cap = 1 << 20};
	struct q_options o = options();
	auto_strbuf sb = {0};
	struct err err = {0};
	struct q *q = NULL;

	ck_assert_msg(q_parse(good[_i].text, &o, &a, &q, &err) == 0, "%s: %s",
		good[_i].text, err.detail);
	show(&sb, q);
	ck_assert_str_eq(sb.data, good[_i].means);
	ck_assert_int_eq(err.kind, ERR_NONE);
}
END_TEST

static const struct {
	const char *text, *says;
} bad[] = {
	{"", "q: expected an attribute name at offset 0"},
	{"a==", "q: expected a value at offset 3"},
	{"a>", "q: expected a value at offset 2"},
	{"a==,", "q: expected a value at offset 3"},
	{"a==1,", "q: expected a value at offset 5"},
	{"a==1;", "q: expected an attribute name at offset 5"},
	{"a|", "q: expected an attribute name at offset 2"},
	{";a", "q: expected an attribute name at offset 0"},
	{"(a;b", "q: expected ')' at offset 4"},
	{"()", "q: expected an attribute name at offset 1"},
	{"a)", "q: nothing to close at offset 1"},
	{"a}", "q: nothing to close at offset 1"},
	{"a b", "q: expected ';', '|' or the end at offset 2"},
	{"a==1 2", "q: expected ';', '|' or the end at offset 5"},
	{"a==b>c", "q: expected ';', '|' or the end at offset 4"},
	{"a=1", "q: expected one of == != > >= < <= ~= !~= at offset 1"},
	{"a!1", "q: expected one of == != > >= < <= ~= !~= at offset 1"},
	{"!a", "q: expected an attribute name at offset 0"},
	{"1a", "q: expected an attribute name at offset 0"},
	{"a.", "q: expected an attribute name at offset 2"},
	{"a:==1", "q: expected a name after the prefix at offset 2"},
	{"observedAt.a", "q: nothing can follow a core member at offset 11"},
	{"a[", "q: expected the name of a member at offset 2"},
	{"a[b", "q: expected ']' at offset 3"},
	{"a[]", "q: expected the name of a member at offset 2"},
	{"a[b.]", "q: expected the name of a member at offset 4"},
	{"a[b][c]", "q: nothing can follow ']' but an operator at offset 4"},
	{"a[b].c", "q: nothing can follow ']' but an operator at offset 4"},
	{"a==\"x", "q: the string that begins here does not end at offset 3"},
	{"a==\"x\\q\"", "q: not a JSON string at offset 3"},
	{"a=='x'", "q: a string stands in double quotes at offset 3"},
	{"a==x\"y\"", "q: expected ';', '|' or the end at offset 4"},
	{"a==007", "q: not a number as JSON writes it at offset 3"},
	{"a==1.", "q: not a number as JSON writes it at offset 3"},
	{"a==+1", "q: not a number as JSON writes it at offset 3"},
	{"a==1e999", "q: the number is out of range at offset 3"},
	{"a>1..2", "q: a range can follow == and != only at offset 3"},
	{"a>1,2", "q: a list can follow == and != only at offset 3"},
	{"a==1..", "q: expected a value at offset 6"},
	{"a==1..\"x\"", "q: both ends of a range must be of one kind at offset 4"},
	{"a==true..false",
		"q: a range needs numbers, quoted strings, dates or times at offset 7"},
	{"a==\"a\"..urn:x", "q: both ends of a range must be of one kind at offset 6"},
	{"a>true", "q: true and false can follow == and != only at offset 6"},
	{"a==2020-02-30T00:00:00Z", "q: no such date or time at offset 3"},
	{"a==2020-02-30", "q: no such date or time at offset 3"},
	{"a==25:00:00Z", "q: no such date or time at offset 3"},
	{"a==2020-01-01T00:00:00",
		"q: not a DateTime (YYYY-MM-DDThh:mm:ssZ) at offset 3"},
	{"a~=", "q: expected a pattern at offset 3"},
	{"a~=\"\"", "q: expected a pattern at offset 4"},
	{"a~=\"x", "q: the string that begins here does not end at offset 3"},
	{"a~=x**", "q: a repetition cannot be repeated at offset 5"},
	{"b;a~=\"(x\"", "q: the group that begins here does not end at offset 6"},
	{"a{", "q: expected an attribute name at offset 2"},
	{"a{b", "q: expected '}' at offset 3"},
	{"a{b{c{d}}}", "q: deeper than joinLevel 2 at offset 5"},
	{"a[b]{c}", "q: only a relationship can be followed at offset 4"},
	{"observedAt{c}", "q: only a relationship can be followed at offset 10"},
	{"a{b;c}==1", "q: an operator after } needs a single path inside at offset 6"},
	{"a{b>1}==1", "q: an operator after } needs a single path inside at offset 6"},
	{"((((((((((((((((((((((((((((((((((a", "q: nested too deeply at offset 33"},
};

START_TEST(says_where_it_stopped)
{
	auto_arena a = {.cap = 1 << 20};
	struct q_options o = options();
	struct err err = {0};
	struct q *q = NULL;

	ck_assert_int_eq(q_parse(bad[_i].text, &o, &a, &q, &err), -1);
	ck_assert_str_eq(err.detail, bad[_i].says);
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
	ck_assert_ptr_null(q);
}
END_TEST

START_TEST(linked_needs_join)
{
	auto_arena a = {0};
	struct q_options o = options();
	struct err err = {0};
	struct q *q = NULL;

	o.max_linked = 0;
	ck_assert_int_eq(q_parse("a{b}", &o, &a, &q, &err), -1);
	ck_assert_str_eq(err.detail,
		"q: linked entities need join=inline or join=flat at offset 1");
}
END_TEST

START_TEST(is_bounded)
{
	auto_arena a = {.cap = 1 << 20};
	struct q_options o = options();
	auto_strbuf many = {0}, list = {0};
	struct err err = {0};
	struct q *q = NULL;

	for (int i = 0; i < Q_MAX_TERMS; i++)
		strbuf_adds(&many, "a;");
	strbuf_adds(&many, "a");
	ck_assert_int_eq(q_parse(many.data, &o, &a, &q, &err), -1);
	ck_assert_int_eq(err.kind, ERR_TOO_COMPLEX_QUERY);
	ck_assert_str_eq(err.detail, "q: more than 100 conditions");

	err = (struct err){0};
	strbuf_adds(&list, "a==1");
	for (int i = 0; i < Q_MAX_VALUES; i++)
		strbuf_adds(&list, ",1");
	ck_assert_int_eq(q_parse(list.data, &o, &a, &q, &err), -1);
	ck_assert_int_eq(err.kind, ERR_TOO_COMPLEX_QUERY);
	ck_assert_str_eq(err.detail, "q: more than 1000 values in a list");
}
END_TEST

static const struct {
	const char *text;
	bool has;
} attributes[] = {
	{"temperature", true},
	{"temperature.observedAt>2020-01-01T00:00:00Z", true},
	{"modifiedAt>2020-01-01T00:00:00Z", false},
	{"createdAt|id==urn:x", false},
	{"createdAt|speed", true},
	{"a{modifiedAt}", true},
};

START_TEST(knows_whether_it_is_too_wide)
{
	auto_arena a = {0};
	struct q_options o = options();
	struct err err = {0};
	struct q *q = NULL;

	ck_assert_int_eq(q_parse(attributes[_i].text, &o, &a, &q, &err), 0);
	ck_assert(q_has_attribute(q) == attributes[_i].has);
}
END_TEST

START_TEST(strings_are_completed)
{
	auto_arena a = {0};
	struct q_options o = options();
	struct err err = {0};
	struct q *q = NULL;

	ck_assert_int_eq(
		q_parse("r==HTTP://Example.ORG/%7ea%2f,Male", &o, &a, &q, &err), 0);
	ck_assert_str_eq(q->values[0].uri[0], "http://example.org/%7Ea%2F");
	ck_assert_str_eq(q->values[0].uri[1], "http://example.org/~a%2F");
	ck_assert_str_eq(
		q->values[1].iri, "https://uri.etsi.org/ngsi-ld/default-context/Male");
	ck_assert_str_eq(q->values[1].uri[0], "Male");
	ck_assert_ptr_null(q->values[1].uri[1]);
}
END_TEST

static const struct {
	const char *uri, *is;
} uris[] = {
	{"URN:NGSI-LD:Thing:A", "urn:ngsi-ld:Thing:A"},
	{"HTTPS://User@Host.Example:80/Path?Q#F",
		"https://User@host.example:80/Path?Q#F"},
	{"http://Host", "http://host"},
	{"mailto:Joe@Example.org", "mailto:Joe@Example.org"},
	{"no uri %7e", "no uri %7e"},
	{"a:%", "a:%"},
	{"", ""},
};

START_TEST(uris_have_one_form)
{
	auto_arena a = {0};

	ck_assert_str_eq(q_uri(uris[_i].uri, strlen(uris[_i].uri), &a), uris[_i].is);
}
END_TEST

START_TEST(a_path_has_one_key)
{
	auto_arena a = {0};
	struct q_options o = options();
	struct err err = {0};
	struct q *q = NULL;
	const struct q_path *path;
	const char *key;

	ck_assert_int_eq(q_parse("a.observedAt[\"x\\\"y\".z]", &o, &a, &q, &err), 0);
	key = q_path_key(&q->path, &a);
	ck_assert_str_eq(key,
		"[[\"https://uri.etsi.org/ngsi-ld/default-context/a\",\"observedAt\"],"
		"[\"x\\\"y\",\"z\"]]");
	path = q_path_of_key(key, &a);
	ck_assert_ptr_nonnull(path);
	ck_assert_uint_eq(path->names_len, 2);
	ck_assert_uint_eq(path->trail_len, 2);
	ck_assert_str_eq(q_path_key(path, &a), key);
	ck_assert_ptr_null(q_path_of_key("", &a));
	ck_assert_ptr_null(q_path_of_key("[]", &a));
	ck_assert_ptr_null(q_path_of_key("[[],[]]", &a));
	ck_assert_ptr_null(q_path_of_key("[[1],[]]", &a));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("q");

	tcase_add_loop_test(tc, means_what_it_says, 0, ROWS(good));
	tcase_add_loop_test(tc, says_where_it_stopped, 0, ROWS(bad));
	tcase_add_test(tc, linked_needs_join);
	tcase_add_test(tc, is_bounded);
	tcase_add_loop_test(tc, knows_whether_it_is_too_wide, 0, ROWS(attributes));
	tcase_add_test(tc, strings_are_completed);
	tcase_add_loop_test(tc, uris_have_one_form, 0, ROWS(uris));
	tcase_add_test(tc, a_path_has_one_key);
	return suite_run("q", tc);
}
