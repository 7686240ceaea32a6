/* SPDX-License-Identifier: Apache-2.0 */
#include <core/q_target.h>

#include <base/arena.h>
#include <base/clock.h>
#include <core/entity.h>
#include <core/q.h>

#include <string.h>

/* The value members of core/kind.def; then those that [a.b] can lead into. */
static const struct q_base values[] = {
	{"value", Q_PLAIN},
	{"object", Q_RELATION},
	{"valueList", Q_PLAIN},
	{"languageMap", Q_LANGUAGE},
	{"vocab", Q_VOCAB},
	{"json", Q_RAW},
	{"objectList", Q_RELATION},
};
static const struct q_base compounds[] = {
	{"value", Q_PLAIN},
	{"json", Q_RAW},
	{"languageMap", Q_LANGUAGE},
};

/* Core members that are not Q_PLAIN.  `type` of an instance is its kind: see below. */
static const struct q_base members[] = {
	{"id", Q_ID},
	{"type", Q_VOCAB},
	{"datasetId", Q_ID},
	{"instanceId", Q_ID},
	{"object", Q_RELATION},
	{"objectList", Q_RELATION},
	{"objectType", Q_VOCAB},
	{"languageMap", Q_LANGUAGE},
	{"vocab", Q_VOCAB},
	{"valueType", Q_VOCAB},
	{"json", Q_RAW},
};
static const struct q_base plain_members[] = {
	{"createdAt", Q_PLAIN},
	{"modifiedAt", Q_PLAIN},
	{"observedAt", Q_PLAIN},
	{"unitCode", Q_PLAIN},
	{"expiresAt", Q_PLAIN},
	{"deletedAt", Q_PLAIN},
	{"scope", Q_PLAIN},
	{"type", Q_PLAIN},
	{"value", Q_PLAIN},
	{"valueList", Q_PLAIN},
};

static const struct q_base *find(const struct q_base *list, size_t len, const char *name)
{
	for (size_t i = 0; i < len; i++)
		if (strcmp(list[i].member, name) == 0)
			return &list[i];
	return NULL;
}

bool q_path_is_core(const struct q_path *path)
{
	return strchr(path->names[path->names_len - 1], ':') == NULL;
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

const struct q_base *q_bases(const struct q_path *path, size_t *len)
{
	const char *last = path->names[path->names_len - 1];
	const struct q_base *base = NULL;

	if (!q_path_is_core(path)) {
		*len = path->trail_len > 0 ? COUNT(compounds) : COUNT(values);
		return path->trail_len > 0 ? compounds : values;
	}
	if (path->names_len == 1 || strcmp(last, "type") != 0)
		base = find(members, COUNT(members), last);
	if (base == NULL)
		base = find(plain_members, COUNT(plain_members), last);
	*len = base != NULL ? 1 : 0;
	return base;
}

struct walk {
	const struct q_path *path;
	int64_t now;
	q_target_fn fn;
	void *cookie;
};

/* ECMA-262 member access: only objects have members. */
static const struct jn *follow(const struct jn *value, const struct q_path *path)
{
	for (size_t i = 0; i < path->trail_len && value != NULL; i++)
		value = jn_is(value, JN_OBJECT) ? jn_get(value, path->trail[i]) : NULL;
	return value;
}

/* Tags of languages compare without case (RFC 5646, 2.1.1). */
static bool is_tag(const struct jn *member, const char *tag)
{
	return member->key_len == strlen(tag) &&
		strncasecmp(member->key, tag, member->key_len) == 0;
}

static bool has_tag(const struct jn *map, const char *tag)
{
	jn_each (it, map)
		if (is_tag(it, tag))
			return true;
	return false;
}

/* One member of what has it. */
static bool visit_base(const struct walk *w, const struct jn *object,
	const struct q_base *base, int64_t expires)
{
	struct q_target t = {.class = base->class, .expires = expires};

	t.value = jn_get(object, base->member);
	if (t.value == NULL)
		return false;
	if (base->class == Q_LANGUAGE) {
		if (w->path->trail_len > 1 || !jn_is(t.value, JN_OBJECT))
			return false;
		if (w->path->trail_len == 1 && strcmp(w->path->trail[0], "*") != 0)
			t.tag = w->path->trail[0];
		if (t.tag != NULL && !has_tag(t.value, t.tag))
			return false;
	} else {
		t.value = follow(t.value, w->path);
	}
	/* fn may keep it until it returns, and no longer */
	return t.value != NULL && w->fn(w->cookie, &t); /* NOLINT(*StackAddressEscape) */
}

static bool visit(const struct walk *w, const struct jn *object, int64_t expires)
{
	size_t len;
	const struct q_base *bases = q_bases(w->path, &len);

	for (size_t i = 0; i < len; i++)
		if (visit_base(w, object, &bases[i], expires))
			return true;
	return false;
}

static int64_t sooner(const struct jn *instance, int64_t expires)
{
	const struct jn *at = jn_get(instance, "expiresAt");
	char text[64];
	int64_t us;

	/* Escapes are for what is no DateTime anyway. */
	if (!jn_is(at, JN_STRING) || at->escaped || at->len >= sizeof(text) ||
		!clock_parse(at->text, at->len, &us))
		return expires;
	return us < expires ? us : expires;
}

/* From what `object` is along names[i] on. */
static bool step(const struct walk *w, const struct jn *object, size_t i, int64_t expires)
{
	const struct jn *attribute;

	if (i == w->path->names_len || strchr(w->path->names[i], ':') == NULL)
		return visit(w, object, expires);
	attribute = jn_get(object, w->path->names[i]);
	if (attribute == NULL)
		return false;
	each_instance(it, attribute)
	{
		if (is_expired(it, w->now))
			continue;
		if (step(w, it, i + 1, sooner(it, expires)))
			return true;
	}
	return false;
}

bool q_targets(const struct q_path *path, const struct jn *entity, int64_t now,
	q_target_fn fn, void *cookie)
{
	struct walk w = {path, now, fn, cookie};

	return step(&w, entity, 0, INT64_MAX);
}

static bool leaf(const struct jn *v, bool element, q_leaf_fn fn, void *cookie)
{
	return !jn_is(v, JN_ARRAY) && !jn_is(v, JN_OBJECT) && fn(cookie, v, element);
}

/* The leaves of a value or of an element of an array of values. */
static bool plain_leaves(const struct jn *v, bool element, q_leaf_fn fn, void *cookie)
{
	const struct jn *typed = jn_is(v, JN_OBJECT) ? jn_get(v, "@value") : NULL;

	if (typed == NULL)
		return leaf(v, element, fn, cookie);
	if (!jn_is(typed, JN_ARRAY))
		return leaf(typed, element, fn, cookie);
	jn_each (it, typed)
		if (leaf(it, true, fn, cookie))
			return true;
	return false;
}

static bool language_leaves(const struct q_target *t, q_leaf_fn fn, void *cookie)
{
	jn_each (it, t->value) {
		if (t->tag != NULL && !is_tag(it, t->tag))
			continue;
		if (!jn_is(it, JN_ARRAY) && leaf(it, false, fn, cookie))
			return true;
		if (!jn_is(it, JN_ARRAY))
			continue;
		jn_each (item, it)
			if (leaf(item, false, fn, cookie))
				return true;
	}
	return false;
}

bool q_leaves(const struct q_target *t, q_leaf_fn fn, void *cookie)
{
	bool plain = t->class == Q_PLAIN;

	if (t->class == Q_LANGUAGE)
		return language_leaves(t, fn, cookie);
	if (!jn_is(t->value, JN_ARRAY))
		return plain ? plain_leaves(t->value, false, fn, cookie)
			     : leaf(t->value, false, fn, cookie);
	jn_each (it, t->value)
		if (plain ? plain_leaves(it, true, fn, cookie)
			  : leaf(it, true, fn, cookie))
			return true;
	return false;
}

static int two(const char *s)
{
	return (s[0] - '0') * 10 + s[1] - '0';
}

bool q_time(const char *s, size_t len, int64_t *out)
{
	int64_t us = 0, unit = 100000;

	if (!clock_is_time(s, len))
		return false;
	for (size_t i = 9; i + 1 < len; i++, unit /= 10)
		us += (s[i] - '0') * unit;
	*out = (two(s) * 3600 + two(s + 3) * 60 + two(s + 6)) * INT64_C(1000000) + us;
	return true;
}

bool q_date(const char *s, size_t len, int64_t *out)
{
	char text[] = "YYYY-MM-DDT00:00:00Z";

	if (!clock_is_date(s, len))
		return false;
	memcpy(text, s, len);
	return clock_parse(text, sizeof(text) - 1, out);
}

struct rows {
	struct arena *a;
	const struct q_target *target;
	struct q_row *rows;
	size_t len, room;
	size_t leaves; /* of this target so far */
	int n;
};

static struct q_row *add_row(struct rows *r, bool element)
{
	struct q_row *row;

	if (r->len == r->room) {
		struct q_row *more = arena_array(r->a, struct q_row, 2 * r->room + 4);

		if (r->len > 0)
			memcpy(more, r->rows, r->len * sizeof(*more));
		r->rows = more;
		r->room = 2 * r->room + 4;
	}
	row = &r->rows[r->len++];
	*row = (struct q_row){.expires = r->target->expires};
	r->n++;
	row->n = element ? -r->n : r->n;
	return row;
}

/* No more than is needed to compare with Q_TXT_MAX bytes, ending with a character. */
static size_t cut(const char *s, size_t len)
{
	size_t end = Q_TXT_MAX + 1;

	if (len <= end)
		return len;
	while (end < len && ((unsigned char)s[end] & 0xc0) == 0x80)
		end++;
	return end;
}

static void set_txt(
	struct rows *r, struct q_row *row, char class, const char *s, size_t len)
{
	char *txt;

	len = cut(s, len);
	txt = arena_raw(r->a, len + 2);
	txt[0] = class;
	memcpy(txt + 1, s, len);
	txt[len + 1] = '\0';
	row->txt = txt;
	row->txt_len = len + 1;
}

static void set_string(struct rows *r, struct q_row *row, const struct jn *v)
{
	size_t len = 0;
	const char *s = jn_span(v, r->a, &len);

	switch (r->target->class) {
	case Q_PLAIN:
	case Q_RAW:
		row->has_at = clock_parse(s, len, &row->at);
		set_txt(r, row, 's', s, len);
		break;
	case Q_LANGUAGE:
		set_txt(r, row, 's', s, len);
		break;
	case Q_VOCAB:
		set_txt(r, row, 'v', s, len);
		break;
	case Q_RELATION:
	case Q_ID:
		s = q_uri(s, len, r->a);
		set_txt(r, row, 'u', s, strlen(s));
		break;
	}
}

static bool leaf_row(void *cookie, const struct jn *v, bool element)
{
	struct rows *r = cookie;
	struct q_row *row;

	if (jn_is(v, JN_NULL))
		return false;
	row = add_row(r, element);
	r->leaves++;
	if (jn_is(v, JN_NUMBER)) {
		row->has_num = true;
		row->num = jn_number(v);
	} else if (jn_is(v, JN_STRING)) {
		set_string(r, row, v);
	} else {
		set_txt(r, row, 'b', jn_is(v, JN_TRUE) ? "t" : "f", 1);
	}
	return false;
}

static bool target_rows(void *cookie, const struct q_target *target)
{
	struct rows *r = cookie;

	r->target = target;
	r->leaves = 0;
	(void)q_leaves(target, leaf_row, r);
	if (r->leaves == 0)
		(void)add_row(r, false);
	return false;
}

size_t q_rows(const struct q_path *path, const struct jn *entity, struct arena *a,
	struct q_row **out)
{
	struct rows r = {.a = a};

	(void)q_targets(path, entity, INT64_MIN, target_rows, &r);
	*out = r.rows;
	return r.len;
}
