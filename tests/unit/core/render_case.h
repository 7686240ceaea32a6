/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entity, rendered, as a row of a table.  JSON has ' for "; in stored documents $ stands
 * for the default vocabulary and ~ for that of NGSI-LD; @@ for the instants of an instance.
 */
#ifndef RENDER_CASE_H
#define RENDER_CASE_H

#include <core/render.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/project.h>

#include <check.h>
#include <string.h>

#define NOW 1738368000000000 /* 2025-02-01 */

struct render_case {
	const char *entity;
	const char *shows;
	struct render r; /* without ctx and now */
	const char *lang;
	const char *attrs, *pick, *omit;
};

static inline char *case_text(const char *text, struct arena *a)
{
	auto_strbuf sb = {0};

	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '$')
			strbuf_adds(&sb, DEFAULT_CONTEXT_VOCAB);
		else if (*p == '~')
			strbuf_adds(&sb, NGSILD_VOCAB);
		else if (*p == '@' && p[1] == '@')
			strbuf_adds(&sb,
				"\"createdAt\":\"2025-01-01T00:00:00Z\",\"modifiedAt\""
				":\"2025-01-02T00:00:00.123Z\"");
		else
			strbuf_addc(&sb, *p == '\'' ? '"' : *p);
		p += *p == '@' && p[1] == '@';
	}
	return arena_strndup(a, sb.data, sb.len);
}

static inline struct jn *case_json(const char *text, struct arena *a)
{
	char *json = case_text(text, a);
	struct jn *v = jn_parse_trusted(json, strlen(json), a);

	ck_assert_msg(v != NULL, "not JSON: %s", json);
	return v;
}

static inline const struct pick_list *case_list(
	const char *text, struct context *ctx, struct arena *a)
{
	const struct pick_list *list = NULL;
	struct err err = {0};

	if (text != NULL)
		ck_assert_int_eq(pick_parse(text, "pick", ctx, 4, a, &list, &err), 0);
	return list;
}

static inline void case_run(const struct render_case *t)
{
	auto_arena a = {.cap = 1 << 20};
	auto_strbuf sb = {0};
	struct render r = t->r;
	struct context *ctx = context_core();
	struct projection projection = {case_list(t->attrs, ctx, &a),
		case_list(t->pick, ctx, &a), case_list(t->omit, ctx, &a)};
	struct jn *entity = case_json(t->entity, &a);
	struct lang *lang = NULL;
	struct err err = {0};

	r.ctx = ctx;
	r.now = NOW;
	r.projection = &projection;
	if (t->lang != NULL)
		ck_assert_int_eq(lang_parse(t->lang, &a, &lang, &err), 0);
	r.lang = lang;
	render_entity(&sb, entity, &r, &a);
	ck_assert_str_eq(sb.data, case_text(t->shows, &a));
	ck_assert_ptr_nonnull(jn_parse_trusted(sb.data, sb.len, &a));
	context_unref(ctx);
}

#endif
