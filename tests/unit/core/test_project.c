/* SPDX-License-Identifier: Apache-2.0 */
/* The attribute projection language, 4.21. */
#include <core/project.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <core/context.h>

#include <check.h>
#include <string.h>
#include <suite.h>

#define VOCAB "https://uri.etsi.org/ngsi-ld/default-context/"

static void write_list(struct strbuf *sb, const struct pick_list *list)
{
	const size_t vocab = strlen(VOCAB);

	for (size_t i = 0; i < list->len; i++) {
		const struct pick_item *item = &list->items[i];
		bool user = strncmp(item->name, VOCAB, vocab) == 0;

		ck_assert_uint_eq(item->len, strlen(item->name));
		if (i > 0)
			strbuf_addc(sb, ' ');
		strbuf_addf(sb, "%s%s", user ? ":" : "", item->name + (user ? vocab : 0));
		if (item->nested != NULL) {
			strbuf_addc(sb, '{');
			write_list(sb, item->nested);
			strbuf_addc(sb, '}');
		}
	}
}

static const struct {
	const char *text, *reads; /* sorted by length, then bytes; ":x" is x expanded */
} good[] = {
	{"temperature", ":temperature"},
	{"temperature,humidity", ":humidity :temperature"}, {"b|a,c", ":a :b :c"},
	{"id,type,scope", "id type scope"}, {"@id,@type", "id type"},
	{"createdAt,modifiedAt,expiresAt,deletedAt",
		"createdAt deletedAt expiresAt modifiedAt"},
	{"location", "https://uri.etsi.org/ngsi-ld/location"},
	{"http://example.org/x", "http://example.org/x"},
	{"observation{temperature,humidity}", ":observation{:humidity :temperature}"},
	{"a{b{c}|d},e", ":a{:b{:c} :d} :e"},
	{"a,a{b},a", ":a{:b} :a :a"}, /* the nested one is found first */
};

START_TEST(reads)
{
	auto_arena a = {.cap = 1 << 20};
	auto_strbuf sb = {0};
	struct context *ctx = context_core();
	const struct pick_list *list = NULL;
	struct err err = {0};

	ck_assert_msg(pick_parse(good[_i].text, "pick", ctx, 2, &a, &list, &err) == 0,
		"%s", err.detail);
	write_list(&sb, list);
	ck_assert_str_eq(sb.data, good[_i].reads);
	context_unref(ctx);
}
END_TEST

static const struct {
	const char *text;
	unsigned max_depth;
	const char *says;
} bad[] = {
	{"", 2, "pick: expected a name at offset 0"},
	{"a,", 2, "pick: expected a name at offset 2"},
	{"a||b", 2, "pick: expected a name at offset 2"},
	{",a", 2, "pick: expected a name at offset 0"},
	{"a,b c", 2, "pick: b c is not a legal name at offset 2"},
	{"a{b", 2, "pick: expected '}' at offset 3"},
	{"a{}", 2, "pick: expected a name at offset 2"},
	{"{a}", 2, "pick: expected a name at offset 0"},
	{"a}", 2, "pick: '}' without '{' at offset 1"},
	{"a{b}}", 2, "pick: '}' without '{' at offset 4"},
	{"a{b}c", 2, "pick: expected ',' or '|' at offset 4"},
	{"a{b}", 0, "pick: names of linked entities need join at offset 1"},
	{"a{b{c{d}}}", 2, "pick: nested deeper than joinLevel at offset 5"},
};

START_TEST(says_where_it_stopped)
{
	auto_arena a = {.cap = 1 << 20};
	struct context *ctx = context_core();
	const struct pick_list *list = NULL;
	struct err err = {0};

	ck_assert_int_eq(
		pick_parse(bad[_i].text, "pick", ctx, bad[_i].max_depth, &a, &list, &err),
		-1);
	ck_assert_str_eq(err.detail, bad[_i].says);
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
	ck_assert_ptr_null(list);
	context_unref(ctx);
}
END_TEST

/* However deep joinLevel goes. */
START_TEST(is_bounded)
{
	auto_arena a = {.cap = 1 << 20};
	struct context *ctx = context_core();
	const struct pick_list *list = NULL;
	struct err err = {0};
	char text[2001];

	for (size_t i = 0; i < 1000; i++)
		memcpy(text + 2 * i, "a{", 2);
	text[2000] = '\0';
	ck_assert_int_eq(pick_parse(text, "omit", ctx, 4000000000, &a, &list, &err), -1);
	ck_assert_str_eq(err.detail, "omit: nested deeper than joinLevel at offset 33");
	context_unref(ctx);
}
END_TEST

static bool keeps(const struct projection *p, const char *name)
{
	return projection_keeps(p, name, strlen(name));
}

static const struct pick_list *list_of(
	const char *text, struct context *ctx, struct arena *a)
{
	const struct pick_list *list = NULL;
	struct err err = {0};

	ck_assert_int_eq(pick_parse(text, "pick", ctx, 1, a, &list, &err), 0);
	return list;
}

START_TEST(projects)
{
	auto_arena a = {.cap = 1 << 20};
	struct context *ctx = context_core();
	struct projection attrs = {.attrs = list_of("a,b", ctx, &a)};
	struct projection pick = {.pick = list_of("a,type,b{c}", ctx, &a)};
	struct projection omit = {.omit = list_of("a,id,b{c}", ctx, &a)};
	struct projection both = {.pick = pick.pick, .omit = omit.omit};

	ck_assert(keeps(NULL, VOCAB "a"));
	ck_assert(keeps(&attrs, VOCAB "a") && keeps(&attrs, VOCAB "b"));
	ck_assert(!keeps(&attrs, VOCAB "c") && !keeps(&attrs, VOCAB));
	ck_assert(keeps(&attrs, "id") && keeps(&attrs, "scope") &&
		keeps(&attrs, "createdAt"));
	/* pick is strict: id vanishes unless it is picked */
	ck_assert(keeps(&pick, VOCAB "a") && keeps(&pick, "type") &&
		keeps(&pick, VOCAB "b"));
	ck_assert(!keeps(&pick, "id") && !keeps(&pick, "scope") &&
		!keeps(&pick, VOCAB "c"));
	/* b{c} omits c of what b links to, not b */
	ck_assert(!keeps(&omit, VOCAB "a") && !keeps(&omit, "id") &&
		keeps(&omit, VOCAB "b"));
	ck_assert(keeps(&omit, "type") && keeps(&omit, VOCAB "c"));
	ck_assert(!keeps(&both, VOCAB "a") && keeps(&both, "type") &&
		keeps(&both, VOCAB "b"));
	context_unref(ctx);
}
END_TEST

/* Long lists are searched by halves. */
START_TEST(finds_in_long_lists)
{
	auto_arena a = {.cap = 1 << 20};
	auto_strbuf sb = {0};
	struct context *ctx = context_core();
	const struct pick_list *list;

	for (int i = 0; i < 100; i++)
		strbuf_addf(&sb, "a%d,", i * 7);
	strbuf_adds(&sb, "a7{b},a7");
	list = list_of(sb.data, ctx, &a);
	for (int i = 0; i < 700; i++) {
		const char *name = arena_printf(&a, VOCAB "a%d", i);
		const struct pick_item *item = pick_find(list, name, strlen(name));

		ck_assert_int_eq(item != NULL, i % 7 == 0);
		if (i == 7)
			ck_assert_ptr_nonnull(item->nested);
	}
	ck_assert_ptr_null(pick_find(list, "zzzz", 4));
	ck_assert_ptr_null(pick_find(NULL, "a", 1));
	context_unref(ctx);
}
END_TEST

/* rel{…} says what is shown of the linked; without it the same pick, and no omit. */
START_TEST(goes_on_to_the_linked)
{
	auto_arena a = {0};
	struct context *ctx = context_core();
	struct projection p = {
		.pick = list_of("b{c},d", ctx, &a), .omit = list_of("e{f}", ctx, &a)};
	struct projection inner = projection_linked(&p, VOCAB "b", strlen(VOCAB "b"));

	ck_assert_ptr_nonnull(pick_find(inner.pick, VOCAB "c", strlen(VOCAB "c")));
	ck_assert_ptr_null(pick_find(inner.pick, VOCAB "d", strlen(VOCAB "d")));
	ck_assert_ptr_null(inner.omit);
	inner = projection_linked(&p, VOCAB "e", strlen(VOCAB "e"));
	ck_assert_ptr_eq(inner.pick, p.pick);
	ck_assert_ptr_nonnull(pick_find(inner.omit, VOCAB "f", strlen(VOCAB "f")));
	inner = projection_linked(NULL, VOCAB "b", strlen(VOCAB "b"));
	ck_assert(inner.pick == NULL && inner.omit == NULL && inner.attrs == NULL);
	context_unref(ctx);
}
END_TEST

START_TEST(shows_something)
{
	static const char text[] =
		"{\"id\":\"urn:a\",\"createdAt\":\"2026-01-01T00:00:00Z\",\"" VOCAB
		"b\":{\"expiresAt\":\"2026-01-02T00:00:00Z\"}}";
	auto_arena a = {0};
	struct context *ctx = context_core();
	struct jn *entity = jn_parse_trusted(text, strlen(text), &a);
	struct projection none = {0}, attrs = {.attrs = list_of("c,b", ctx, &a)};
	struct projection b = {.pick = list_of("b", ctx, &a)};
	struct projection c = {.pick = list_of("c,createdAt", ctx, &a)};

	ck_assert(projection_shows(NULL, entity, 0));
	ck_assert(projection_shows(&b, entity, 0));
	ck_assert(!projection_shows(&b, entity, INT64_MAX));
	ck_assert(!projection_shows(&c, entity, 0));
	ck_assert(projection_has_attrs(&none, entity, INT64_MAX));
	ck_assert(projection_has_attrs(&attrs, entity, 0));
	ck_assert(!projection_has_attrs(&attrs, entity, INT64_MAX));
	context_unref(ctx);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("project");

	tcase_add_loop_test(tc, reads, 0, ROWS(good));
	tcase_add_loop_test(tc, says_where_it_stopped, 0, ROWS(bad));
	tcase_add_test(tc, is_bounded);
	tcase_add_test(tc, projects);
	tcase_add_test(tc, finds_in_long_lists);
	tcase_add_test(tc, goes_on_to_the_linked);
	tcase_add_test(tc, shows_something);
	return suite_run("project", tc);
}
