/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why q holds or does not: the terms that decide, each with the values it saw.  What a term
 * means is q_eval()'s alone; here it is only put into words.
 */
#include "q_priv.h"

#include <base/arena.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/pattern.h>
#include <core/q_target.h>

#include <string.h>

#define SHOWN_VALUES 5
#define SHOWN_BYTES  80
#define SHOWN_TERMS  8

struct teller {
	const struct jn *entity;
	int64_t now;
	const struct q_linked *linked;
	const struct context *ctx;
	struct arena *a;
	struct strbuf *sb;
	unsigned terms;
};

static void add_cut(struct strbuf *sb, const char *text)
{
	size_t len = strlen(text), cut = len;

	if (len > SHOWN_BYTES)
		for (cut = SHOWN_BYTES; ((unsigned char)text[cut] & 0xc0) == 0x80;)
			cut--;
	strbuf_add(sb, text, cut);
	if (cut < len)
		strbuf_adds(sb, "…");
}

static void add_path(struct teller *t, const struct q_path *path)
{
	for (size_t i = 0; i < path->names_len; i++)
		strbuf_addf(t->sb, "%s%s", i > 0 ? "." : "",
			context_compact(
				t->ctx, path->names[i], strlen(path->names[i]), t->a));
	for (size_t i = 0; i < path->trail_len; i++)
		strbuf_addf(t->sb, "%s%s", i > 0 ? "." : "[", path->trail[i]);
	if (path->trail_len > 0)
		strbuf_addc(t->sb, ']');
}

struct seen {
	struct teller *t;
	unsigned n;
};

static bool add_target(void *cookie, const struct q_target *target)
{
	struct seen *seen = cookie;

	if (seen->n++ >= SHOWN_VALUES)
		return true;
	if (seen->n > 1)
		strbuf_adds(seen->t->sb, ", ");
	add_cut(seen->t->sb, jn_text(target->value, seen->t->a));
	return false;
}

static void add_value(struct teller *t, const struct q_value *v)
{
	if (v->type == Q_BOOL)
		strbuf_adds(t->sb, v->truth ? "true" : "false");
	else if (v->type == Q_STRING && v->pattern == NULL)
		jn_write_string(t->sb, v->text, strlen(v->text));
	else
		add_cut(t->sb, v->pattern != NULL ? v->pattern->source : v->text);
}

static void add_condition(struct teller *t, const struct q *q)
{
	static const char *const ops[] = {[Q_EQ] = "==",
		[Q_NE] = "!=",
		[Q_LT] = "<",
		[Q_LE] = "<=",
		[Q_GT] = ">",
		[Q_GE] = ">=",
		[Q_MATCH] = "~=",
		[Q_NO_MATCH] = "!~="};

	strbuf_addf(t->sb, "%s ", ops[q->op]);
	for (size_t i = 0; i < q->values_len && i < SHOWN_VALUES; i++) {
		if (i > 0)
			strbuf_adds(t->sb, q->range ? ".." : ",");
		add_value(t, &q->values[i]);
	}
	if (q->values_len > SHOWN_VALUES)
		strbuf_adds(t->sb, ",…");
}

static void add_term(struct teller *t, const struct q *q, bool holds)
{
	struct seen seen = {.t = t};

	if (t->terms++ >= SHOWN_TERMS)
		return;
	if (t->terms > 1)
		strbuf_adds(t->sb, "; ");
	add_path(t, &q->path);
	if (q->op == Q_LINKED) {
		strbuf_adds(t->sb,
			holds ? " leads to an entity that fits"
			      : " leads to no entity that fits");
		return;
	}
	strbuf_adds(t->sb, " is ");
	(void)!q_targets(&q->path, t->entity, t->now, add_target, &seen);
	if (seen.n == 0)
		strbuf_adds(t->sb, "not there");
	if (seen.n > SHOWN_VALUES)
		strbuf_adds(t->sb, ", …");
	if (q->op == Q_EXISTS)
		return;
	strbuf_adds(t->sb, holds ? ", " : ", not ");
	add_condition(t, q);
}

/* Tells those terms of q, which holds or not, that make it so. */
static void tell(struct teller *t, const struct q *q, bool holds)
{
	const struct q *sides[] = {q->left, q->right};

	if (q->op != Q_AND && q->op != Q_OR) {
		add_term(t, q, holds);
		return;
	}
	for (int i = 0; i < 2; i++)
		if (q_eval(sides[i], t->entity, t->now, t->linked, t->a) == holds)
			tell(t, sides[i], holds);
}

const char *q_why(const struct q *q, const struct jn *entity, int64_t now,
	const struct q_linked *linked, const struct context *ctx, struct arena *a)
{
	auto_strbuf sb = {0};
	struct teller t = {.entity = entity,
		.now = now,
		.linked = linked,
		.ctx = ctx,
		.a = a,
		.sb = &sb};

	tell(&t, q, q_eval(q, entity, now, linked, a));
	return arena_strndup(a, sb.data != NULL ? sb.data : "", sb.len);
}
