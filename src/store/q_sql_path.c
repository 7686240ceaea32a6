/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terms of q as jsonpath predicates, in lax mode.  A trail leads through objects only,
 * where lax mode would also go into arrays: hence the guards.  Values of different types
 * compare as unknown, which is not true, but whose negation is not true either; so "not"
 * is `!(p) || (p) is unknown`.
 */
#include "q_sql_priv.h"

#include <base/arena.h>
#include <store/sql.h>

#include <string.h>

void jpath_init(struct jpath *jp, struct arena *a)
{
	*jp = (struct jpath){.arena = a};
	strbuf_addc(&jp->vars, '{');
}

void jpath_fini(struct jpath *jp)
{
	strbuf_fini(&jp->text);
	strbuf_fini(&jp->vars);
}

void jpath_bind(struct jpath *jp, struct sql *sql)
{
	sql_param(sql, "jsonpath", jp->text.data);
	if (jp->nvars > 0) {
		strbuf_addc(&jp->vars, '}');
		sql_add(sql, ", ");
		sql_param(sql, "jsonb", jp->vars.data);
	}
	sql_add(sql, ", silent => true");
}

static void add(struct jpath *jp, const char *text)
{
	strbuf_adds(&jp->text, text);
}

/* A string of jsonpath is one of JSON. */
static void add_string(struct jpath *jp, const char *s)
{
	jn_write_string(&jp->text, s, strlen(s));
}

static void add_key(struct jpath *jp, const char *key)
{
	add(jp, ".");
	add_string(jp, key);
}

bool q_value_is_temporal(const struct q_value *v)
{
	return v->type == Q_DATE_TIME || v->type == Q_DATE || v->type == Q_TIME;
}

bool q_is_temporal(const struct q *q)
{
	for (size_t i = 0; i < q->values_len; i++)
		if (q_value_is_temporal(&q->values[i]))
			return true;
	return false;
}

void jpath_instances(struct jpath *jp, const struct q_path *path)
{
	size_t steps = path->names_len - q_path_is_core(path);

	add(jp, "$");
	for (size_t i = 0; i < steps; i++) {
		add_key(jp, path->names[i]);
		add(jp, "[*]");
	}
}

/* ^(tag)$ whatever the case of its letters. */
static void add_tag_pattern(struct jpath *jp, const char *tag)
{
	auto_strbuf sb = {0};

	strbuf_addc(&sb, '^');
	for (; *tag != '\0'; tag++) {
		char c = *tag;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
			strbuf_addf(&sb, "[%c%c]", c, c ^ 0x20);
		else if (c > ' ' && c < 0x7f && (c < '0' || c > '9'))
			strbuf_addf(&sb, "\\%c", c);
		else
			strbuf_addc(&sb, c);
	}
	strbuf_addc(&sb, '$');
	add_string(jp, sb.data);
}

void jpath_base(struct jpath *jp, const struct q_path *path, const struct q_base *base)
{
	add_key(jp, base->member);
	if (base->class != Q_LANGUAGE) {
		for (size_t i = 0; i < path->trail_len; i++)
			add_key(jp, path->trail[i]);
	} else if (path->trail_len == 0 || strcmp(path->trail[0], "*") == 0) {
		add(jp, ".*");
	} else {
		add(jp, ".keyvalue() ? (@.key like_regex ");
		add_tag_pattern(jp, path->trail[0]);
		add(jp, ").value");
	}
}

bool q_base_is_scalar(const struct q_path *path, const struct q_base *base)
{
	return path->trail_len > 0 || q_path_is_core(path) ||
		(strcmp(base->member, "valueList") != 0 &&
			strcmp(base->member, "json") != 0);
}

bool jpath_guard(struct jpath *jp, const struct q_path *path, const struct q_base *base)
{
	if (base->class == Q_LANGUAGE || path->trail_len == 0)
		return false;
	for (size_t i = 0; i < path->trail_len; i++) {
		add(jp, i > 0 ? " && @" : "@");
		add_key(jp, base->member);
		for (size_t j = 0; j < i; j++)
			add_key(jp, path->trail[j]);
		add(jp, ".type() == \"object\"");
	}
	return true;
}

/* For one base: that there is a target; for == and !=: that one of its leaves is equal;
 * else what the operator says. */
static void add_base(
	struct jpath *jp, const struct jpath_leaf *l, const struct q *q, bool exists)
{
	unsigned n = 0;

	if (jpath_guard(jp, l->path, l->base))
		add(jp, " && ");
	if (exists) {
		add(jp, "exists(");
		if (l->base->class == Q_LANGUAGE && l->path->trail_len == 0) {
			add(jp, "@");
			add_key(jp, l->base->member);
		} else {
			jpath_leaf(jp, l);
		}
		add(jp, ")");
		return;
	}
	if (q->op == Q_EQ || q->op == Q_NE)
		jpath_equal(jp, l, q, &n);
	else
		jpath_compare(jp, l, q, &n);
	jpath_end_or(jp, n);
}

static void add_bases(struct jpath *jp, const struct q *q, bool exists)
{
	size_t len;
	const struct q_base *bases = q_bases(&q->path, &len);
	unsigned n = 0;

	for (size_t i = 0; i < len; i++) {
		struct jpath_leaf l = {&q->path, &bases[i], false};

		if (bases[i].class == Q_LANGUAGE && q->path.trail_len > 1)
			continue;
		jpath_or(jp, &n);
		add_base(jp, &l, q, exists);
	}
	jpath_end_or(jp, n);
}

void jpath_instance_term(struct jpath *jp, const struct q *q)
{
	if (q->op == Q_EXISTS) {
		add_bases(jp, q, true);
		return;
	}
	if (q->op != Q_NE) {
		add_bases(jp, q, false);
		return;
	}
	add_bases(jp, q, true);
	add(jp, " && (!");
	add_bases(jp, q, false);
	add(jp, " || (");
	add_bases(jp, q, false);
	add(jp, ") is unknown)");
}

void jpath_term(struct jpath *jp, const struct q *q)
{
	add(jp, "exists(");
	jpath_instances(jp, &q->path);
	/* An instance has a value (core/entity.h): no need to look for it. */
	if (q->op != Q_EXISTS || q->path.trail_len > 0 || q_path_is_core(&q->path)) {
		add(jp, " ? (");
		jpath_instance_term(jp, q);
		add(jp, ")");
	}
	add(jp, ")");
}
