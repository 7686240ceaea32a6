/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One operation on one entity, as a row of a table.  Documents are JSON with ' for " and
 * @cm for createdAt and modifiedAt, each 0 (when the entity was stored) or 1 (when the
 * operation runs).  Changes are E+ E- entity, T types, S scope (s: the same as before),
 * +a:p created, ~a:p updated, =a:p the same as before, -a:p deleted, <a:p late, each with
 * [datasetId].
 */
#ifndef APPLY_CASE_H
#define APPLY_CASE_H

#include <core/apply.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <core/entity.h>

#include <check.h>
#include <string.h>

#define THEN  "2025-01-01T00:00:00Z"
#define NOW   "2025-02-01T00:00:00Z"
#define NOW_S 1738368000

struct apply_case {
	const char *name; /* what it shows */
	struct op op; /* without id, doc and now */
	const char *entity; /* NULL: there is none */
	const char *doc;
	const char *becomes; /* NULL: deleted */
	const char *changes; /* "" and becomes == entity: untouched */
	const char *not_updated; /* attr: reason; … */
	enum err_kind kind; /* ERR_NONE: it works */
	const char *says;
};

static inline struct jn *case_json(const char *text, struct arena *a)
{
	auto_strbuf sb = {0};
	struct jn *v;

	if (text == NULL)
		return NULL;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '@' && (p[1] == '0' || p[1] == '1')) {
			strbuf_addf(&sb, "\"createdAt\":\"%s\",\"modifiedAt\":\"%s\"",
				p[1] == '0' ? THEN : NOW, p[2] == '0' ? THEN : NOW);
			p += 2;
		} else {
			strbuf_addc(&sb, *p == '\'' ? '"' : *p);
		}
	}
	v = jn_parse_trusted(arena_strndup(a, sb.data, sb.len), sb.len, a);
	ck_assert_msg(v != NULL, "not JSON: %s", sb.data);
	return v;
}

/* before and after are what the documents hold under that name. */
static inline void check_sides(const struct change *c, const struct jn *entity,
	const struct jn *result, struct arena *a)
{
	const struct jn *sides[] = {c->before, c->after}, *docs[] = {entity, result};

	for (int i = 0; i < 2; i++) {
		const struct jn *attribute, *instance, *id;

		if (sides[i] == NULL || (i == 1 && c->kind == CHANGE_ATTRIBUTE_LATE))
			continue;
		id = jn_get(sides[i], "datasetId");
		attribute = jn_getn(docs[i], c->attr, c->attr_len);
		ck_assert_ptr_nonnull(attribute);
		instance = instance_find(attribute, id != NULL ? id->text : NULL,
			id != NULL ? id->len : 0);
		ck_assert_ptr_nonnull(instance);
		ck_assert_str_eq(jn_text(sides[i], a), jn_text(instance, a));
	}
}

static inline void write_change(
	struct strbuf *sb, const struct change *c, struct arena *a)
{
	static const char signs[] = {
		[CHANGE_ATTRIBUTE_CREATED] = '+',
		[CHANGE_ATTRIBUTE_UPDATED] = '~',
		[CHANGE_ATTRIBUTE_DELETED] = '-',
		[CHANGE_ATTRIBUTE_LATE] = '<',
	};
	const struct jn *id;

	if (sb->len > 0)
		strbuf_addc(sb, ' ');
	switch (c->kind) {
	case CHANGE_ENTITY_CREATED:
		strbuf_adds(sb, "E+");
		return;
	case CHANGE_ENTITY_DELETED:
		strbuf_adds(sb, "E-");
		return;
	case CHANGE_SCOPE:
		strbuf_addc(sb, c->same ? 's' : 'S');
		return;
	case CHANGE_TYPE:
		strbuf_addc(sb, 'T');
		return;
	default:
		break;
	}
	strbuf_addc(sb, c->same ? '=' : signs[c->kind]);
	strbuf_add(sb, c->attr, c->attr_len);
	id = jn_get(c->after != NULL ? c->after : c->before, "datasetId");
	if (id != NULL)
		strbuf_addf(sb, "[%s]", jn_str(id, a));
}

static inline void check_changes(const struct apply_case *t, const struct outcome *out,
	const struct jn *entity, struct arena *a)
{
	auto_strbuf changes = {0}, left = {0};

	strbuf_adds(&changes, "");
	strbuf_adds(&left, "");
	for (const struct change *c = out->changes; c != NULL; c = c->next) {
		write_change(&changes, c, a);
		if (c->attr != NULL)
			check_sides(c, entity, out->entity, a);
	}
	for (const struct not_updated *n = out->not_updated; n != NULL; n = n->next)
		strbuf_addf(
			&left, "%s%s: %s", left.len > 0 ? "; " : "", n->attr, n->reason);
	ck_assert_msg(
		strcmp(changes.data, t->changes) == 0, "%s: %s", t->name, changes.data);
	ck_assert_str_eq(left.data, t->not_updated != NULL ? t->not_updated : "");
}

static inline void case_run(const struct apply_case *t)
{
	auto_arena a = {.cap = 64 << 20};
	struct op op = t->op;
	struct jn *entity = case_json(t->entity, &a);
	char *entity_was = entity != NULL ? jn_text(entity, &a) : NULL, *doc_was = NULL;
	struct outcome out = {0}, none = {0};
	struct err err = {0};
	int rc;

	op.id = "e:1";
	op.doc = case_json(t->doc, &a);
	op.now = (int64_t)NOW_S * 1000000;
	if (op.doc != NULL)
		doc_was = jn_text(op.doc, &a);
	rc = apply(&op, entity, &a, &out, &err);
	if (entity != NULL)
		ck_assert_str_eq(jn_text(entity, &a), entity_was);
	if (op.doc != NULL)
		ck_assert_str_eq(jn_text(op.doc, &a), doc_was);
	if (t->kind != ERR_NONE) {
		ck_assert_msg(rc == -1, "%s: no error", t->name);
		ck_assert_str_eq(err.detail, t->says);
		ck_assert_int_eq(err.kind, t->kind);
		ck_assert_mem_eq(&out, &none, sizeof(out)); /* out untouched */
		return;
	}
	ck_assert_msg(rc == 0, "%s: %s", t->name, err.detail);
	ck_assert_int_eq(err.kind, ERR_NONE);
	if (t->becomes == NULL)
		ck_assert_ptr_null(out.entity);
	else
		ck_assert_msg(strcmp(jn_text(out.entity, &a),
				      jn_text(case_json(t->becomes, &a), &a)) == 0,
			"%s: %s", t->name, jn_text(out.entity, &a));
	check_changes(t, &out, entity, &a);
	ck_assert_int_eq(out.created, entity == NULL);
	ck_assert_msg(out.touched ==
			(t->becomes == NULL || t->entity == NULL ||
				strcmp(t->becomes, t->entity) != 0),
		"%s: touched %d", t->name, out.touched);
}

#endif
