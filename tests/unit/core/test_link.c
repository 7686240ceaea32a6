/* SPDX-License-Identifier: Apache-2.0 */
/* The @context of Link headers, as clients write them (RFC 8288, 6.3.5). */
#include <core/link.h>

#include <base/arena.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <suite.h>

#define REL "rel=\"" LINK_CONTEXT_REL "\""
#define U   "https://example.org/c"

static const char *const found[] = {
	"<" U ">; " REL "; type=\"application/ld+json\"",
	"<" U ">;" REL ";type=\"application/ld+json\"",
	"<" U ">; type=\"application/ld+json\"; " REL,
	"  <" U "> ;  rel = \"" LINK_CONTEXT_REL "\" ",
	"<" U ">; REL=\"HTTP://www.w3.org/NS/json-ld#context\"",
	"<" U ">; rel=" LINK_CONTEXT_REL,
	"<" U ">; rel=" LINK_CONTEXT_REL ";type=x",
	"<" U ">; rel=\"next " LINK_CONTEXT_REL " up\"",
	"<" U ">; rel=\"" LINK_CONTEXT_REL, /* unclosed quotes */
	"<" U ">; " REL "; type=\"application/ld+json",
	"<" U ">; " REL ",",
	", ;<" U ">; " REL,
	"<" U ">;;; ;" REL,
	"<" U ">; flag; " REL,
	"<" U ">; =; " REL,
	"<http://a/b>; rel=\"next\", <" U ">; " REL,
	"<http://a/b>; rel=\"next\" <" U ">; " REL,
	"<http://a/b>,<" U ">; " REL,
	"<" U ">; " REL ", <http://second>; " REL,
	"<" U ">; rel=\"up\"; " REL,
};

START_TEST(finds_the_context)
{
	auto_arena a = {.cap = 1 << 20};
	const char *url = link_context(found[_i], &a);

	ck_assert_msg(url != NULL, "%s", found[_i]);
	ck_assert_str_eq(url, U);
}
END_TEST

static const char *const none[] = {
	"",
	"<",
	"<>",
	"<" U,
	"<" U ">",
	"<" U ">; rel=\"next\"",
	"<" U ">; rel",
	"<" U ">; rel=",
	"<" U ">; rel=\"\"",
	"<" U ">; title=\"" LINK_CONTEXT_REL "\"",
	"<" U ">; rel=\"" LINK_CONTEXT_REL "s\"",
	"<" U ">; rel=\"x" LINK_CONTEXT_REL "\"",
	"<" U ">; rel=\"http://www.w3.org/ns/json-ld\"",
	"<" U ">; type=\"x; " REL, /* the quotes hold what begins the parameter */
	"<" U ">, " REL,
	"<" U "> , rel=next; " REL,
	U "; " REL,
	REL,
};

START_TEST(finds_nothing_else)
{
	auto_arena a = {.cap = 1 << 20};
	const char *url = link_context(none[_i], &a);

	ck_assert_msg(url == NULL, "%s: %s", none[_i], url);
}
END_TEST

START_TEST(takes_the_url_as_it_is)
{
	auto_arena a = {.cap = 1 << 20};

	ck_assert_str_eq(link_context("<>; " REL, &a), "");
	ck_assert_str_eq(link_context("< a b >; " REL, &a), " a b ");
	ck_assert_str_eq(link_context("<http://h/?a=b,c;d&e=\"f\">; " REL, &a),
		"http://h/?a=b,c;d&e=\"f\"");
	ck_assert_str_eq(link_context("<a<b>; " REL, &a), "a<b");
}
END_TEST

START_TEST(is_linear)
{
	static char text[1 << 16];
	auto_arena a = {.cap = 1 << 20};

	memset(text, '<', sizeof(text) - 1);
	ck_assert_ptr_null(link_context(text, &a));
	for (size_t i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "<>;", 3);
	ck_assert_ptr_null(link_context(text, &a));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("link");

	tcase_add_loop_test(tc, finds_the_context, 0, ROWS(found));
	tcase_add_loop_test(tc, finds_nothing_else, 0, ROWS(none));
	tcase_add_test(tc, takes_the_url_as_it_is);
	tcase_add_test(tc, is_linear);
	return suite_run("link", tc);
}
