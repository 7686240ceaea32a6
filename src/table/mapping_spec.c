/* SPDX-License-Identifier: Apache-2.0 */
/* Members of the JSON of a mapping. */
#include "mapping_spec.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <base/jn.h>

#include <string.h>

int spec_wrong(const struct spec_reader *c, const char *member, const char *what)
{
	return err_set(c->err, ERR_BAD_REQUEST_DATA, "%s%s%s: %s", c->where,
		*member != '\0' ? "/" : "", member, what);
}

int spec_check_members(
	const struct spec_reader *c, const struct jn *object, const char *const *known)
{
	jn_each (it, object) {
		size_t i = 0;

		while (known[i] != NULL && !jn_key_is(it, known[i]))
			i++;
		if (known[i] == NULL)
			return err_set(c->err, ERR_BAD_REQUEST_DATA,
				"%s/%.*s: there is no such member of a mapping; see "
				"docs/en/imports.md for those there are",
				c->where, (int)(it->key_len < 60 ? it->key_len : 60),
				it->key);
	}
	return 0;
}

/* A text that is not empty; 1: there is one, 0: there is no such member. */
int spec_text(const struct spec_reader *c, const struct jn *object, const char *member,
	const char **out)
{
	const struct jn *v = jn_get(object, member);

	if (v == NULL)
		return 0;
	*out = jn_str(v, c->a);
	if (*out == NULL || **out == '\0')
		return spec_wrong(c, member, "must be a text that is not empty");
	return 1;
}

int spec_column_named(struct spec_reader *c, const char *name)
{
	struct mapping *m = c->m;

	for (size_t i = 0; i < m->columns_len; i++)
		if (strcmp(m->columns[i], name) == 0)
			return (int)i;
	if (m->columns_len == m->columns_room) {
		const char **more;

		m->columns_room = m->columns_room > 0 ? m->columns_room * 2 : 16;
		more = arena_array(c->a, const char *, m->columns_room);
		if (m->columns_len > 0)
			memcpy(more, m->columns, m->columns_len * sizeof(*more));
		m->columns = more;
	}
	m->columns[m->columns_len] = name;
	return (int)m->columns_len++;
}

int spec_column(
	struct spec_reader *c, const struct jn *object, const char *member, int *out)
{
	const char *name;
	int rc = spec_text(c, object, member, &name);

	if (rc == 1)
		*out = spec_column_named(c, name);
	return rc;
}

int spec_read_template(
	struct spec_reader *c, const char *member, const char *text, struct template *out)
{
	size_t room = 1;

	for (const char *p = text; *p != '\0'; p++)
		room += *p == '{' ? 2 : 0;
	out->parts = arena_array(c->a, struct template_part, room);
	while (*text != '\0') {
		struct template_part *part = &out->parts[out->len++];
		const char *end;

		if (*text != '{') {
			part->text = text;
			part->len = strcspn(text, "{");
			text += part->len;
			continue;
		}
		end = strchr(text, '}');
		if (end == NULL || end == text + 1)
			return spec_wrong(
				c, member, "'{' wants the name of a column and '}'");
		part->column = spec_column_named(
			c, arena_strndup(c->a, text + 1, (size_t)(end - text - 1)));
		text = end + 1;
	}
	return 0;
}

int spec_template(struct spec_reader *c, const struct jn *object, const char *member,
	struct template *out)
{
	const char *text;
	int rc = spec_text(c, object, member, &text);

	if (rc == 1 && spec_read_template(c, member, text, out) < 0)
		return -1;
	return rc;
}

int spec_character(
	struct spec_reader *c, const struct jn *object, const char *member, char *out)
{
	const char *text;
	int rc = spec_text(c, object, member, &text);

	if (rc != 1)
		return rc;
	if (strcmp(text, "\\t") == 0 || strcmp(text, "tab") == 0)
		text = "\t";
	if (text[1] != '\0' || (unsigned char)*text >= 0x80 || *text == '"' ||
		*text == '\n' || *text == '\r')
		return spec_wrong(c, member, "must be one character, such as ; or ,");
	*out = *text;
	return 1;
}

int spec_bool(
	struct spec_reader *c, const struct jn *object, const char *member, bool *out)
{
	const struct jn *v = jn_get(object, member);

	if (v != NULL && !jn_is_bool(v))
		return spec_wrong(c, member, "must be true or false");
	if (v != NULL)
		*out = v->kind == JN_TRUE;
	return v != NULL;
}

int spec_crs(struct spec_reader *c, const struct jn *object, const struct crs **out)
{
	struct crs *crs = arena_new(c->a, struct crs);
	const char *name;
	int rc = spec_text(c, object, "crs", &name);

	if (rc != 1)
		return rc;
	if (crs_find(name, crs, c->err) < 0)
		return err_wrap(c->err, "%s/crs", c->where);
	*out = crs;
	return 1;
}

/* ---- observedAt */

static int read_time_columns(
	struct spec_reader *c, const struct jn *v, struct map_time *t)
{
	const struct jn *list = jn_get(v, "column");

	if (jn_is(v, JN_STRING))
		list = v;
	t->columns = arena_array(c->a, int, jn_is(list, JN_ARRAY) ? list->count + 1 : 1);
	for (const struct jn *it = jn_is(list, JN_ARRAY) ? list->child : list; it != NULL;
		it = jn_is(list, JN_ARRAY) ? it->next : NULL) {
		const char *name = jn_str(it, c->a);

		if (name == NULL || *name == '\0')
			return spec_wrong(c, "observedAt",
				"\"column\" must be the name of a column, or several");
		t->columns[t->len++] = spec_column_named(c, name);
	}
	return t->len > 0
		? 0
		: spec_wrong(c, "observedAt", "needs a \"column\" or a \"constant\"");
}

/* NULL where it says false; otherwise what is there already stays. */
int spec_time(struct spec_reader *c, const struct jn *object, const struct map_time **out)
{
	static const char *const known[] = {"column", "format", "constant", NULL};
	const struct jn *v = jn_get(object, "observedAt");
	struct map_time *t;
	int64_t at;

	if (v == NULL)
		return 0;
	if (v->kind == JN_FALSE) {
		*out = NULL;
		return 0;
	}
	if (v->kind != JN_STRING && v->kind != JN_OBJECT)
		return spec_wrong(c, "observedAt",
			"must be the name of a column, or {\"column\": …, \"format\": "
			"…}");
	t = arena_new(c->a, struct map_time);
	*out = t;
	if (v->kind == JN_OBJECT &&
		(spec_check_members(c, v, known) < 0 ||
			spec_text(c, v, "format", &t->format) < 0 ||
			spec_text(c, v, "constant", &t->constant) < 0))
		return -1;
	if (t->constant != NULL && !clock_parse(t->constant, strlen(t->constant), &at))
		return spec_wrong(c, "observedAt",
			"\"constant\" must be like 2026-11-28T18:39:03Z");
	if (t->format != NULL && !time_format_is_known(t->format))
		return spec_wrong(c, "observedAt",
			"\"format\" has the letters yyyy MM dd HH mm ss, such as "
			"dd/MM/yyyy "
			"HH:mm, or is epoch or epochMillis");
	return t->constant != NULL ? 0 : read_time_columns(c, v, t);
}
